"""`make soak`: everything; `python -m tests.faults PART [--count N] [--seed S]`: one part."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults import broken, edges, errors, rounds
from tests.killing import crawl_kills

LANES = 3  # parts at a time; those of whole crawls wait for the newsroom a third of their time
REPORT = 20.0  # seconds between lines of progress


@dataclass(frozen=True)
class Part:
    says: str  # of what it counts
    count: int  # in the soak
    run: Callable[..., int]  # (scratch, count, seed, progress)


def _sweep(scratch: Path, count: int, seed: int, progress: Callable[[int], None]) -> int:
    """`count`: every so many operations are struck."""
    return errors.sweep(scratch, seed, step=count, progress=progress)


def _broken(scratch: Path, count: int, seed: int, progress: Callable[[int], None]) -> int:
    return broken.all_caught(scratch, seed, progress)


PARTS = {
    "crawl": Part("crawl kills", 75, crawl_kills),
    "crawl-2": Part("crawl kills", 75, lambda scratch, count, seed, progress: crawl_kills(scratch, count, seed + 1, progress)),
    "errors": Part("injected I/O errors", 1, _sweep),
    "kills": Part("kills", 500, rounds.kills),
    "broken": Part(f"of {len(broken.VARIANTS)} broken variants caught", len(broken.VARIANTS), _broken),
    "power": Part("power losses", 200, rounds.power),
    "edges": Part("kills and power losses in recovery, closing and remove", 45, edges.edges),
    "double-start": Part("double starts", 5, rounds.double_start),
}  # fmt: skip


def one(name: str, count: int, seed: int) -> int:
    """Run a part here, with a line of progress now and then -> what it counted."""
    last = [time.monotonic()]

    def progress(n: int) -> None:
        if time.monotonic() - last[0] >= REPORT:
            last[0] = time.monotonic()
            print(f"{name}: {n} {PARTS[name].says}", flush=True)

    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        return PARTS[name].run(Path(scratch).resolve(), count, seed, progress=progress)


def everything(seed: int) -> int:
    """All parts, each as a program of its own -> the exit code."""
    waiting, sums, failed = list(PARTS), dict.fromkeys((part.says for part in PARTS.values()), 0), []
    lock = threading.Lock()

    def lane() -> None:
        while True:
            with lock:
                if not waiting or failed:
                    return
                name = waiting.pop(0)
            command = [sys.executable, "-m", "tests.faults", name, "--seed", str(seed)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                assert process.stdout
                for line in process.stdout:
                    if line.startswith("done: "):
                        with lock:
                            sums[PARTS[name].says] += int(line[6:])
                    else:
                        print(line, end="", flush=True)
            if process.returncode:
                failed.append(name)

    lanes = [threading.Thread(target=lane) for _ in range(LANES)]
    started = time.monotonic()
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()
    if failed:
        print(f"FAILED: {', '.join(failed)}; SEED={seed} make soak plans the same again")
        return 1
    print(f"{', '.join(f'{n} {says}' for says, n in sums.items())}: 0 lost, 0 doubled, 0 torn", end=" ")
    print(f"(seed {seed}, {time.monotonic() - started:.0f} s)")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS)
    parser.add_argument("--count", type=int, help="how often; for errors: every so many operations")
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    )
    options = parser.parse_args()
    if options.part is None:
        print(f"seed {options.seed}", flush=True)
        return everything(options.seed)
    try:
        print(f"done: {one(options.part, options.count or PARTS[options.part].count, options.seed)}")
    except AssertionError as error:
        print(f"{options.part}, seed {options.seed}: {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
