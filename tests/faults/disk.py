"""A disk that can fail: what the kernel has taken and what lies on the platter are two things here.

Everything that the process writes below one folder passes through `Disk` (tests/faults/calls.py). Each call counts as
one operation; at a given one, or at a named failpoint of the store, a `Fault` happens: the process dies, an error is
raised, or the power goes (tests/faults/platter.py: what that leaves).

After a kill the kernel still has what was written: the next `Disk` on the folder takes up what was not forced.
"""

# ruff: noqa: PTH116, PTH118
from __future__ import annotations

import errno
import os
import pickle
import random
import shutil
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.platter import Platter, real

SPACE = {"write", "create", "mkdir"}  # what needs room on a disk


@dataclass
class Fault:
    """What happens, and when: at the `at`-th operation of a phase, or the `at`-th passing of a failpoint."""

    what: str  # kill | power | error | short: a write takes a part, and the disk is full from then on
    at: int
    failpoint: str = ""
    phase: str = ""  # "": any
    errno: int = errno.EIO
    only: str = ""  # operations of one kind: sync, write, ...
    killed_after: int = 0  # an error is followed by a kill, so many operations later


class Disk:
    """Put under a process by tests.faults.calls.installed."""

    def __init__(self, folder: Path, fault: Fault | None = None, seed: int = 0) -> None:
        self.root, self.attic = str(folder), attic(folder)
        self.fault, self.chance, self.phase = fault, random.Random(seed), ""
        self.count = 0  # operations that the fault may hit
        self.done: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.fired = False
        self.lock = threading.RLock()
        self.attic.mkdir(exist_ok=True)
        saved = self.attic / "state"
        self.known = {os.stat(path).st_ino for path in self._all_files()}
        self.platter = pickle.loads(saved.read_bytes()) if saved.exists() else Platter(self.attic)

    # -- faults

    def step(self, what: str, path: str) -> None:
        """An operation is about to happen."""
        self.done[what] += 1
        fault = self.fault
        if fault and fault.killed_after and self.fired:
            fault.killed_after -= 1
            if not fault.killed_after:
                self._die()
        if fault is None or fault.failpoint or (fault.phase and fault.phase != self.phase):
            return
        if fault.only and fault.only != what:
            return
        self.count += 1
        if self.count >= fault.at and fault.what == "short" and what in SPACE:
            if not self.fired and what == "write":
                self.fired = True
                raise Short
            self.fired = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if self.count == fault.at:
            self.fired = True
            self._strike(path)

    def failpoint(self, name: str) -> None:
        """The store passes a failpoint."""
        self.passed[name] += 1
        with self.lock:
            if self.fault and self.fault.failpoint == name and self.passed[name] == self.fault.at:
                self._strike("")

    def _strike(self, path: str) -> None:
        assert self.fault
        if self.fault.what == "kill":
            self._die()
        elif self.fault.what == "power":
            self.cut()
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.fault.what == "error":
            raise OSError(self.fault.errno, os.strerror(self.fault.errno), path)

    def _die(self) -> None:
        self.save()
        os.kill(os.getpid(), signal.SIGKILL)

    def save(self) -> None:
        """Leave to the next process what was not forced."""
        (self.attic / "state").write_bytes(pickle.dumps(self.platter))

    # -- the power goes

    def cut(self) -> None:
        """Make the folder what a power loss could leave."""
        strangers = [p for p in self._all_files() if os.stat(p).st_ino not in self.known]
        assert not strangers, f"written past the simulated disk: {strangers}"
        self.platter.lose_power(self.chance)
        for path in self._all_files(shared_memory=True):
            if path.endswith("-shm"):
                real["unlink"](path)
        forget(Path(self.root))

    # -- what is known of files

    def covers(self, path: Any) -> bool:
        return (
            isinstance(path, str | os.PathLike)
            and (os.fspath(path) + "/").startswith(self.root + "/")
            and not os.fspath(path).endswith("-shm")
        )

    def touched(self, path: str) -> int:
        """Keep a file's content, whatever becomes of its name -> its number."""
        number = os.stat(path).st_ino
        kept = self.attic / str(number)
        if not kept.exists():
            os.link(path, kept)
        self.known.add(number)
        return number

    def _all_files(self, shared_memory: bool = False) -> list[str]:
        found = (os.path.join(folder, file) for folder, _, files in os.walk(self.root) for file in files)
        return [path for path in found if shared_memory or not path.endswith("-shm")]


class Short(Exception):  # noqa: N818
    """A write that takes only a part of its bytes."""


def attic(folder: Path) -> Path:
    """Where a simulated disk keeps the content of files (hard links) and what was not forced."""
    return folder.with_name(folder.name + ".attic")


def forget(folder: Path) -> None:
    """All that was written counts as forced from now on."""
    shutil.rmtree(attic(folder), ignore_errors=True)
