"""Kills and power losses, round after round; each is followed by recovery, a full verify and the list of promises."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from newslib.store import ArchiveIOError, ArchiveLocked
from newslib.store import disk as store_disk
from tests.faults import work
from tests.faults.calls import installed
from tests.faults.disk import Disk, Fault
from tests.faults.process import Ending, ended, forked, start
from tests.faults.work import Plan, Trial, check

Broken = Callable[[], None] | None
Progress = Callable[[int], None]


class Rounds:
    """A row of archives under faults, all that happens chosen by one seed."""

    def __init__(self, scratch: Path, seed: int, broken: Broken = None, plan: Plan = Plan()) -> None:  # noqa: B008
        self.scratch, self.chance, self.broken, self.plan = scratch, random.Random(seed), broken, plan
        self.archives, self.children = 0, 0
        began = time.monotonic()
        self.calm, self.passes = self._calm()
        self.took = time.monotonic() - began  # longer than a run on the real disk
        self.trial = self.next_archive()

    def next_archive(self) -> Trial:
        self.archives += 1
        for path in self.scratch.glob("a*"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        self.trial = Trial(self.scratch / f"a{self.archives}", self.plan, 1, self.broken)
        return self.trial

    def _calm(self) -> tuple[Counter[str], Counter[str]]:
        """Operations by kind, and passes of failpoints, of a run without faults (and of a store that is not broken)."""

        def run() -> tuple[Counter[str], Counter[str]]:
            trial = Trial(self.scratch / "calm", self.plan)
            trial.settle()
            with installed(Disk(trial.folder)) as disk:
                assert work.on(disk, trial, 0) == []
            check(trial)
            return disk.done, disk.passed

        ending = forked(run)
        assert not ending.error, ending.error
        return ending.result

    def child(self, fault: Fault | None, kill_after: float | None = None) -> Ending:
        """Go on with the plan on a simulated disk. When nothing happened, the power goes after the end."""
        self.children += 1
        trial, seed = self.trial, self.chance.randrange(1 << 30)

        def run() -> bool:
            trial.settle()
            disk = Disk(trial.folder, fault, seed)
            with installed(disk):
                try:
                    errors = work.on(disk, trial, seed)
                except ArchiveIOError as error:
                    errors = [str(error)]
            if fault and fault.what == "error" and disk.fired:
                disk.save()  # the next run meets what the kernel made of it
                return True
            assert not errors, errors
            disk.cut()
            return False

        return forked(run, kill_after)

    def plain_child(self, failpoint: tuple[str, int] | None, kill_after: float | None) -> Ending:
        """Go on with the plan on the real disk, to be killed at a time or a failpoint."""
        self.children += 1
        trial, seed = self.trial, self.chance.randrange(1 << 30)
        passed: Counter[str] = Counter()

        def die(name: str) -> None:
            passed[name] += 1
            if (name, passed[name]) == failpoint:
                os.kill(os.getpid(), signal.SIGKILL)

        def run() -> None:
            trial.settle()
            store_disk.failpoint = die
            errors = work.write(trial, seed)
            assert not errors, errors

        return forked(run, kill_after)

    def some_failpoint(self) -> tuple[str, int]:
        name = self.chance.choice(sorted(self.passes))
        return name, self.chance.randint(1, max(1, self.passes[name] // 3))

    def some_operation(self) -> int:
        """Early ones as likely as late ones: each power of two, and with it opening and recovery, has its share."""
        total = sum(self.calm.values())
        return int(math.exp(self.chance.uniform(0, math.log(total))))

    def check(self) -> None:
        trial = self.trial
        ending = forked(lambda: check(trial))
        assert not ending.error, ending.error
        self.chance.random() < 0.3 and self.tomorrow()

    def tomorrow(self) -> None:
        self.trial.day += 1


def kills(scratch: Path, count: int, seed: int, broken: Broken = None, progress: Progress = lambda n: None) -> int:
    """SIGKILLs of a process that writes: half at random times, half at the store's failpoints -> how many."""
    rounds, killed = Rounds(scratch, seed, broken), 0
    while killed < count:
        at_failpoint = rounds.chance.random() < 0.5
        ending = rounds.plain_child(
            rounds.some_failpoint() if at_failpoint else None,
            None if at_failpoint else rounds.chance.uniform(0.003, rounds.took),
        )
        assert not ending.error, ending.error
        rounds.check()
        if ending.killed:
            killed += 1
            progress(killed)
        else:
            rounds.next_archive()
    return killed


def power(scratch: Path, count: int, seed: int, broken: Broken = None, progress: Progress = lambda n: None) -> int:
    """Power losses at random operations and failpoints, some after a kill or a failed fsync before -> how many."""
    rounds, lost = Rounds(scratch, seed, broken), 0
    chance = rounds.chance
    while lost < count:
        for _ in range(chance.choice((0, 0, 1, 2))):  # what the kernel had not forced then meets the power loss too
            if chance.random() < 0.3:
                syncs = rounds.calm["sync"]
                rounds.child(
                    Fault("error", chance.randint(1, syncs), only="sync", killed_after=chance.choice((0, 1, 2, 9)))
                )
            else:
                rounds.child(_somewhere(rounds, "kill"))
        ending = rounds.child(_somewhere(rounds, "power"))
        assert not ending.error, ending.error
        rounds.check()
        lost += 1
        progress(lost)
        if not ending.killed:
            rounds.next_archive()
    return lost


def _somewhere(rounds: Rounds, what: str) -> Fault:
    if rounds.chance.random() < 0.25:
        name, at = rounds.some_failpoint()
        return Fault(what, at, failpoint=name)
    return Fault(what, rounds.some_operation())


def double_start(
    scratch: Path, count: int, seed: int, broken: Broken = None, progress: Progress = lambda n: None
) -> int:
    """A second writer starts while a first one is at work: it is sent away, and both are none the worse -> how often."""
    rounds = Rounds(scratch, seed, broken)
    for n in range(count):
        trial, one, other = rounds.next_archive(), rounds.chance.randrange(1 << 30), rounds.chance.randrange(1 << 30)
        ready, go = scratch / "a.ready", scratch / "a.go"

        def first(trial: Trial = trial, seed: int = one, ready: Path = ready, go: Path = go) -> None:
            trial.settle()

            def phase(name: str) -> None:
                if name == "writing":
                    ready.touch()
                if name == "reporting":
                    while not go.exists():
                        time.sleep(0.001)

            assert work.write(trial, seed, phase) == []

        def second(trial: Trial = trial, seed: int = other) -> str:
            trial.settle()
            try:
                work.write(trial, seed)
            except ArchiveLocked as error:
                return str(error)
            return ""

        running = start(first)
        while not ready.exists():
            time.sleep(0.001)
        refused = forked(second)
        go.touch()
        finished = ended(running)
        rounds.check()
        assert not finished.error, finished.error
        assert "another run is writing" in str(refused.result), f"two wrote at once: {refused}"
        progress(n + 1)
    return count
