"""A process that writes is killed again and again: what it acknowledged is there exactly once, and nothing else is.

Short versions of `make soak` (tests/faults), and one child that is a program of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newslib.store import fingerprints, recovery, segments
from tests.crawling import ROOT
from tests.faults.process import part
from tests.faults.work import Trial, check, write


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """What `Trial.settle` sets is for children; a trial that is checked here must not set it for other tests."""
    monkeypatch.setattr(segments, "LIMIT", dict(segments.LIMIT))
    for module, name in ((segments, "today"), (recovery, "today"), (fingerprints, "MERGED")):
        monkeypatch.setattr(module, name, getattr(module, name))


def test_what_was_acknowledged_is_there_exactly_once() -> None:
    part("kills", count=30)


def test_kills_and_power_losses_in_recovery_closing_and_takedown_change_nothing() -> None:
    part("edges", count=9)


def test_a_second_writer_is_sent_away_and_the_first_is_none_the_worse() -> None:
    part("double-start", count=1)


PROGRAM = "import sys; from pathlib import Path; from tests.faults.work import *; write(Trial(Path(sys.argv[1])), 1)"


@pytest.mark.parametrize("failpoint", ["after-jsonl:2", "after-commit:3"])
def test_a_program_that_dies_at_a_failpoint_of_its_environment_goes_on_when_started_again(
    tmp_path: Path, failpoint: str
) -> None:
    trial = Trial(tmp_path / "a")
    environment = {**os.environ, "STORE_FAILPOINT": failpoint}
    program = [sys.executable, "-c", PROGRAM, str(trial.folder)]
    assert subprocess.run(program, cwd=ROOT, env=environment, timeout=60).returncode == -9
    check(trial)
    assert write(trial, 2) == []
    assert trial.notes.read_text().endswith("closed\n")
    check(trial)
