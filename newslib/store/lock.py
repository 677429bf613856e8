"""One writer at a time: an advisory lock on `ARCHIVE/lock` (flock(2)), which the kernel drops when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path

from newslib.page import now
from newslib.store.errors import ArchiveLocked

_held: set[int] = set()


class Lock:
    """Hold it while writing. Raises ArchiveLocked, naming the holder, when another process has it."""

    def __init__(self, path: Path, run: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        for attempt in range(5):  # `is_held` of a reader takes a shared lock for microseconds
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02 * attempt)
        else:
            holder = os.pread(self._fd, 4096, 0)
            os.close(self._fd)
            raise ArchiveLocked(
                f"{path.parent}: another run is writing to this archive ({_describe(holder)}); wait until it ends."
            )
        _held.add(self._fd)
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, json.dumps({"pid": os.getpid(), "started": now(), "run": run}).encode() + b"\n", 0)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        # The file stays: deleting it would let two processes lock two files of one name.
        if self._fd in _held:
            _held.discard(self._fd)
            os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether a process writes to the archive now."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _describe(holder: bytes) -> str:
    try:
        who = json.loads(holder)
        return f"process {who['pid']}, since {who['started']}"
    except (ValueError, KeyError, TypeError):
        return "it has just started"


def _forget_in_child() -> None:
    # A forked child shares the lock: without this an orphaned worker would keep it after its parent was killed.
    for fd in _held:
        with contextlib.suppress(OSError):
            os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)
