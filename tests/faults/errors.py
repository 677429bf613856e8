"""The N-th operation of the disk fails, for N = 1, 2, ... until a run in which nothing did.

Each run must end well, or with ArchiveIOError (exit code 74) and one plain sentence that names the file; nothing that
was acknowledged may be lost, also when the power goes afterwards or during the next run; the next opening recovers.
"""

from __future__ import annotations

import errno
import random
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from newslib.store import ArchiveIOError, remove
from tests.faults import work
from tests.faults.calls import installed
from tests.faults.disk import Disk, Fault
from tests.faults.process import forked
from tests.faults.work import WHY, Plan, Trial, check, check_removed
from tests.storing import url

SMALL = Plan(articles=7, refused=2)
FAULTS = {
    "EIO once": Fault("error", 1, errno=errno.EIO),
    "ENOSPC once": Fault("error", 1, errno=errno.ENOSPC),
    "a short write, then a full disk": Fault("short", 1),
    "fsync fails once": Fault("error", 1, errno=errno.EIO, only="sync"),
}
AFTERWARDS = ("nothing", "power loss", "next run, then power loss")
STATES = ("new", "to be recovered", "of which an article is taken down")
SENTENCE = re.compile(r"(ArchiveIOError: )?[^\n]+\.")


def sweep(
    scratch: Path,
    seed: int,
    step: int = 1,
    faults: Iterable[str] = tuple(FAULTS),
    afterwards: Sequence[str] = AFTERWARDS,
    states: Sequence[str] = STATES,
    broken: Callable[[], None] | None = None,
    progress: Callable[[int], None] = lambda n: None,
) -> int:
    """Every `step`-th operation, from one that the seed says, in archives of each state -> errors raised."""
    chance, injected = random.Random(seed), 0
    starts = dict(zip(STATES, (None, _left_over(scratch), _whole(scratch)), strict=True))
    for what in faults:
        for state in states:
            for n in count(1 + seed % step, step):
                then = chance.choice(afterwards)
                trial = _trial(scratch, starts[state], broken)
                one = _Run(trial, replace(FAULTS[what], at=n), chance.randrange(1 << 30), then, "taken" in state)
                one.where = f"{what}, operation {n}, archive {state}, then {then}"
                if not one.fired():
                    break
                injected += 1
                progress(injected)
    return injected


def _left_over(scratch: Path) -> Trial:
    """An archive that was killed a day ago, between the lines and the commit: files that a run before had begun are too
    long."""
    trial = Trial(scratch / "left", Plan(articles=2, refused=0))

    def begin() -> None:
        trial.settle()
        assert not work.write(trial, 3)

    def run() -> None:
        trial.settle()
        with installed(disk := Disk(trial.folder, Fault("kill", 2, failpoint="after-jsonl"))):
            work.on(disk, trial, 3)

    assert not forked(begin).error
    trial.plan = SMALL
    trial.notes.write_text(trial.notes.read_text().replace("closed\n", ""))  # it goes on
    assert forked(run).killed
    return trial


def _whole(scratch: Path) -> Trial:
    trial = Trial(scratch / "whole", SMALL)

    def run() -> None:
        trial.settle()
        assert not work.write(trial, 3)

    ending = forked(run)
    assert not ending.error, ending.error
    return trial


def _trial(scratch: Path, start: Trial | None, broken: Callable[[], None] | None) -> Trial:
    for path in scratch.glob("e*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    trial = Trial(scratch / "e", SMALL, 2, broken)
    if start is not None:
        shutil.copytree(start.folder, trial.folder)
        shutil.copy(start.notes, trial.notes)
    return trial


@dataclass
class _Run:
    """A run with one fault, and what follows."""

    trial: Trial
    fault: Fault
    seed: int
    afterwards: str
    takedown: bool
    where: str = ""

    def fired(self) -> bool:
        """Do all of it -> whether the fault happened. Raises AssertionError."""
        fired, errors = self._child(self._struck)
        assert fired or not errors, f"{self.where}: {errors}"
        for message in errors:
            plain = SENTENCE.fullmatch(message) and str(self.trial.folder.parent) in message
            assert plain, f"{self.where}: {message!r}"
        done = not errors
        if "next run" in self.afterwards:
            self._child(self._next)
            done = True
        self._child(
            lambda: check_removed(self.trial, {0} if done else set(), 0) if self.takedown else check(self.trial)
        )
        return bool(fired)

    def _child(self, call: Callable[[], Any]) -> Any:
        ending = forked(call)
        assert not ending.error, f"{self.where}: {ending.error}"
        return ending.result

    def _struck(self) -> tuple[bool, list[str]]:
        disk = Disk(self.trial.folder, self.fault, self.seed)
        with installed(disk):
            try:
                errors = self._work(disk)
            except ArchiveIOError as error:
                errors = [str(error)]
                assert error.exit_code == 74
        disk.save() if self.afterwards != "power loss" else disk.cut()
        return disk.fired, errors

    def _next(self) -> None:
        with installed(disk := Disk(self.trial.folder, None, self.seed)):
            errors = self._work(disk)
        assert not errors, errors
        disk.cut()

    def _work(self, disk: Disk) -> list[str]:
        self.trial.settle()
        if not self.takedown:
            return work.on(disk, self.trial, self.seed)
        remove(self.trial.folder, url(0), WHY)
        return []
