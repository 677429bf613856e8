"""Crawls that are killed at random times; `python -m tests.killing --kills 25` prints the seed and the result."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from crawler.demo.newsroom import Newsroom
from tests.crawling import command, crawl, crawl_args, records, verified


def kill_cycles(folder: Path, kills: int, seed: int) -> str:
    """Crawl the newsroom calmly, and again under `kills` SIGKILLs of the process group. Raises AssertionError on a difference."""
    chance = random.Random(seed)
    with Newsroom() as newsroom:
        sources = folder / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        calm, wild = folder / "calm", folder / "wild"
        started = time.monotonic()
        assert crawl(calm, sources, "-a", "since=30d").returncode == 0
        longest = max(2.0, (time.monotonic() - started) / 3)
        killed = 0
        for _ in range(kills):
            process = subprocess.Popen(
                command(*crawl_args(wild, sources, "-a", "since=30d")),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                process.wait(chance.uniform(0.8, longest))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                killed += 1
        assert crawl(wild, sources, "-a", "since=30d").returncode == 0
    verified(wild)
    wanted = {(r["id"], r["full_sha256"]) for r in records(calm)}
    got = [(r["id"], r["full_sha256"]) for r in records(wild)]
    assert len(got) == len(set(got)), f"seed {seed}: doubled records"
    assert set(got) == wanted, f"seed {seed}: lost {wanted - set(got)}, extra {set(got) - wanted}"
    return f"seed {seed}: {killed} kills, {len(got)} records as in the calm crawl, none twice, verify clean"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(kill_cycles(Path(scratch), options.kills, options.seed))
