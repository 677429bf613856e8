"""A process that writes is killed again and again: what it acknowledged is there exactly once, and nothing else is.

The long version, with power losses and faults of the disk, is for `make soak`.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from newslib import Archive
from newslib.article import paragraphs_of
from tests.storing import article, clean, link, page, paragraph, url

ROOT = Path(__file__).parent.parent
COUNT = 150  # articles of the plan, a third of them with a second version
FAILPOINTS = "before-append after-warc after-jsonl after-sync before-commit after-commit during-recovery".split()  # noqa: SIM905


def plan(n: int, version: int) -> list[str]:
    """The paragraphs of an article: its own, one shared by a few, one of everybody, and agency copy in every seventh."""
    copy = [paragraph(f"agency {n // 28} {k}") for k in range(4)] if n % 7 == 0 else []
    return [paragraph(f"{n} first"), paragraph(f"group {n % 9}"), *copy, paragraph("all"), paragraph(f"{n} v{version}")]


def versions(n: int) -> int:
    return 2 if n % 3 == 0 else 1


def write(folder: Path, acknowledged: Path, seed: int, pause: float = 0) -> None:
    """What the child does: take up the plan where it stands, many writes on their way at once; note what is committed."""
    shuffle = random.Random(seed)
    with acknowledged.open("a", buffering=1) as notes, Archive(folder, write=True) as archive:
        archive.begin(["example"], {})
        archive.discover([link(url(n)) for n in range(COUNT)]).result(60)
        for version in (1, 2):
            todo = [n for n in range(COUNT) if version <= versions(n)]
            shuffle.shuffle(todo)
            for n in todo:
                latest = archive.latest(url(n))
                if latest and latest.version >= version:
                    continue
                made = article(url(n))
                if archive.admit(made, plan(n, version)) == "unchanged":
                    continue
                future = archive.store(made, page(url(n), body=b"x" * shuffle.randrange(20_000)), url=url(n))
                future.add_done_callback(lambda done: notes.write(f"{done.result().id} {done.result().full_sha256}\n"))
                time.sleep(shuffle.random() * pause)
                if shuffle.random() < 0.1:
                    future.result(60)


def child(folder: Path, acknowledged: Path, seed: int, failpoint: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.test_kill_store", str(folder), str(acknowledged), str(seed)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "STORE_FAILPOINT": failpoint})


def check(folder: Path, acknowledged: Path) -> Counter[str]:
    Archive(folder, write=True).close()  # recovers
    with Archive(folder) as archive:
        assert clean(archive)
        stored = Counter(f"{a.id} {a.full_sha256}" for a in archive.articles())
    assert max(stored.values(), default=1) == 1, "doubled"
    promised = set(acknowledged.read_text().splitlines()) if acknowledged.exists() else set()
    assert promised <= set(stored), "lost"
    return stored


@pytest.mark.parametrize("seed", [int(os.environ.get("SEED", "1"))])
def test_what_was_acknowledged_is_there_exactly_once(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    calm = tmp_path / "calm"
    write(calm, tmp_path / "calm-notes", seed)
    expected = check(calm, tmp_path / "calm-notes")
    assert len(expected) == sum(versions(n) for n in range(COUNT))

    shuffle, killed, round_, number = random.Random(seed), 0, 0, 0
    wild, acknowledged = tmp_path / "wild-0", tmp_path / "notes-0"
    while killed < 20:
        failpoint = f"{FAILPOINTS[round_ % 7]}:{shuffle.randint(1, 3)}" if round_ < 14 else ""
        process = child(wild, acknowledged, seed + round_, re.sub("(?<=recovery:).", "1", failpoint))
        if not failpoint:
            time.sleep(shuffle.uniform(0.2, 1.0))
            process.kill()
        round_ += 1
        if process.wait(60) == -9:
            killed += 1
            if round_ % 3:  # else the next child recovers
                check(wild, acknowledged)
        else:
            assert check(wild, acknowledged) == expected
            number += 1
            wild, acknowledged = tmp_path / f"wild-{number}", tmp_path / f"notes-{number}"
    assert child(wild, acknowledged, seed).wait(60) == 0
    assert check(wild, acknowledged) == expected

    with Archive(wild) as archive:
        kept = {p for a in archive.articles() for p in paragraphs_of(a.text)}
    assert kept == {p for n in range(COUNT) for version in range(1, versions(n) + 1) for p in plan(n, version)}


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), pause=0.02)
