"""Kills and power losses while an archive is opened, closed, and while an article is taken down."""

from __future__ import annotations

import shutil
from pathlib import Path

from newslib.store import remove
from tests.faults.calls import installed
from tests.faults.disk import Disk, Fault
from tests.faults.process import Ending, forked
from tests.faults.rounds import Broken, Progress, Rounds
from tests.faults.work import WHY, Trial, check_removed
from tests.storing import url

LEFT_OVERS = ("after-warc", "after-jsonl", "after-sync", "before-commit")


def edges(scratch: Path, count: int, seed: int, broken: Broken = None, progress: Progress = lambda n: None) -> int:
    """Strike recovery, closing and takedown in turn -> how often. After each: recovery, verify, the promises."""
    rounds, struck = Rounds(scratch, seed, broken), 0
    removals = Removals(rounds)
    while struck < count:
        if struck % 3 == 0:
            hit = _opening(rounds)
        elif struck % 3 == 1:
            hit = _at_edge(rounds, "closing", 40)
        else:
            hit = removals.strike()
        struck += hit
        progress(struck)
    return struck


def _opening(rounds: Rounds) -> bool:
    """A run that was killed, the next day, is killed again as it recovers."""
    chance = rounds.chance
    left = rounds.child(Fault("kill", chance.randint(1, 3), failpoint=chance.choice(LEFT_OVERS)))
    assert not left.error, left.error
    rounds.tomorrow()
    return _at_edge(rounds, "opening", 30)


def _at_edge(rounds: Rounds, phase: str, operations: int) -> bool:
    fault = Fault(rounds.chance.choice(("kill", "power")), rounds.chance.randint(1, operations), phase=phase)
    ending = rounds.child(fault)
    assert not ending.error, ending.error
    rounds.check()
    if not ending.killed:
        rounds.next_archive()
    return ending.killed


class Removals:
    """Takedowns, one after another, of articles of a whole archive."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds
        self.gone: set[int] = set()
        self.trial = Trial(rounds.scratch / "removing", rounds.plan, 2, rounds.broken)
        self._anew()
        ending = self._remove(0, None)
        assert not ending.error, ending.error
        self.operations: int = ending.result
        self._check()

    def strike(self) -> bool:
        """Kill a takedown or cut the power, see what recovery makes of it, and carry it out."""
        chance = self.rounds.chance
        if len(self.gone) > 6:
            self._anew()
        n = chance.choice(sorted(set(range(self.rounds.plan.articles)) - self.gone))
        ending = self._remove(n, Fault(chance.choice(("kill", "power")), chance.randint(1, self.operations)))
        assert not ending.error, ending.error
        self._check(perhaps=n)
        ending, killed = self._remove(n, None), ending.killed
        assert not ending.error, ending.error
        self.gone.add(n)
        self._check()
        return killed

    def _anew(self) -> None:
        shutil.rmtree(self.trial.folder, ignore_errors=True)
        shutil.copytree(self.rounds.scratch / "calm", self.trial.folder)
        self.gone = set()

    def _remove(self, n: int, fault: Fault | None) -> Ending:
        trial, seed = self.trial, self.rounds.chance.randrange(1 << 30)

        def run() -> int:
            trial.settle()
            with installed(disk := Disk(trial.folder, fault, seed)):
                remove(trial.folder, url(n), WHY)
            disk.cut()  # what is done survives the loss of power
            return sum(disk.done.values())

        ending = forked(run)
        if fault is None:
            self.gone.add(n)
        return ending

    def _check(self, perhaps: int | None = None) -> None:
        trial, gone = self.trial, set(self.gone)
        ending = forked(lambda: check_removed(trial, gone, perhaps))
        assert not ending.error, ending.error
