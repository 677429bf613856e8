"""Stores that do not keep the promise, each in one way: a harness that finds nothing must be one that can find things.

A variant is a change made in the child process alone. `caught` runs the very rounds that the real store passes.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from newslib.store import disk, frontier, ledger, lock, writer
from tests.faults import errors, rounds


@dataclass(frozen=True)
class Variant:
    what: str  # is wrong
    breaks: Callable[[], None]
    part: str  # of the soak that must find it


def commit_before_append() -> None:
    def commit(self: Any, batch: Any) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        outcomes = [self._apply(operation) for operation, _ in batch]
        for segment in self._segments._open:
            self._db.execute("UPDATE segment SET length = ? WHERE id = ?", (segment.length, segment.id))
        self._db.execute("COMMIT")
        disk.failpoint("after-commit")
        self._segments.write()
        for segment in self._segments._open:
            disk.sync(segment.fd)
        self._segments.committed()
        _resolve(batch, outcomes)

    writer.Writer._commit = commit


def acknowledge_before_commit() -> None:
    def commit(self: Any, batch: Any) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        outcomes = [self._apply(operation) for operation, _ in batch]
        _resolve(batch, outcomes)
        disk.failpoint("before-append")
        self._segments.write()
        self._segments.sync()
        disk.failpoint("before-commit")
        self._db.execute("COMMIT")
        self._segments.committed()

    writer.Writer._commit = commit


def _resolve(batch: Any, outcomes: Any) -> None:
    for (_, future), (result, error) in zip(batch, outcomes, strict=True):
        future.set_exception(error) if error else future.set_result(result)


def no_truncation() -> None:
    disk.truncate = lambda path, length: None


def no_deletion() -> None:
    disk.delete = lambda path: None


def files_not_forced() -> None:
    disk.sync = lambda fd: None


def names_not_forced() -> None:
    disk.sync_directory = lambda path: None


def ledger_not_forced() -> None:
    connect = ledger.connect

    def lax(path: Path, write: bool) -> Any:
        db = connect(path, write)
        if write:
            db.pragma("synchronous", "off")
        return db

    ledger.connect = lax


def fsync_tried_again() -> None:
    sync = disk.sync

    def again(fd: int) -> None:
        try:
            sync(fd)
        except OSError:
            sync(fd)

    disk.sync = again


def outcome_lost() -> None:
    finish = frontier.finish

    def forgetful(db: Any, url: str, outcome: str, reason: str | None, **columns: Any) -> None:
        if not url.endswith("refused-3"):
            finish(db, url, outcome, reason, **columns)

    frontier.finish = forgetful


def no_lock() -> None:
    lock.fcntl = type("fcntl", (), {"LOCK_EX": 0, "LOCK_NB": 0, "LOCK_SH": 0, "flock": staticmethod(lambda *_: None)})


def error_swallowed() -> None:
    def write_at(fd: int, data: bytes, offset: int) -> None:
        with contextlib.suppress(OSError):
            os.pwrite(fd, data, offset)  # what a short write leaves is not written either

    disk.write_at = write_at


VARIANTS = [
    Variant("commits before it appends", commit_before_append, "kills"),
    Variant("acknowledges before it commits", acknowledge_before_commit, "kills"),
    Variant("does not cut files at recovery", no_truncation, "kills"),
    Variant("does not delete files at recovery", no_deletion, "kills"),
    Variant("loses an outcome", outcome_lost, "kills"),
    Variant("does not force files to disk", files_not_forced, "power"),
    Variant("does not force names to disk", names_not_forced, "power"),
    Variant("does not force the ledger to disk", ledger_not_forced, "power"),
    Variant("tries fsync again after an error", fsync_tried_again, "fsync errors"),
    Variant("swallows errors of writes", error_swallowed, "write errors"),
    Variant("takes no lock", no_lock, "double start"),
]
TRIES = 6  # threads make no two runs alike: what a seed finds nothing of, the next ones must
_errors = partial(errors.sweep, step=4, states=["new"])
# The rounds that the real store passes, and of which some must catch each variant.
PARTS: dict[str, Callable[..., int]] = {
    "kills": partial(rounds.kills, count=25),
    "power": partial(rounds.power, count=25),
    "fsync errors": partial(_errors, faults=["fsync fails once"], afterwards=["power loss"]),
    "write errors": partial(_errors, faults=["ENOSPC once"], afterwards=["nothing"]),
    "double start": partial(rounds.double_start, count=2),
}


def caught(variant: Variant, scratch: Path, seed: int) -> str | None:
    """What the harness says of a variant, or None when it finds nothing."""
    for number in range(TRIES):
        try:
            PARTS[variant.part](_empty(scratch), seed=seed + number, broken=variant.breaks)
        except AssertionError as error:
            return str(error).strip().rpartition("\n")[2]
    return None


def all_caught(scratch: Path, seed: int, progress: Callable[[int], None] = lambda n: None) -> int:
    """Each variant is caught, and the real store passes the same rounds -> the number of variants."""
    for number, variant in enumerate(VARIANTS, start=1):
        found = caught(variant, scratch, seed)
        assert found, f"nothing was found of a store that {variant.what}"
        print(f"caught: a store that {variant.what}: {found[:200]}", flush=True)
        progress(number)
    for part in PARTS.values():
        part(_empty(scratch), seed=seed)
    return len(VARIANTS)


def _empty(scratch: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=scratch))
