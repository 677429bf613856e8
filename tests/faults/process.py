"""Children that are forked from a warm parent: a few milliseconds instead of an interpreter's start.

The parent must have one thread only, so the parts of the soak run as programs of their own (`python -m tests.faults`).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.crawling import ROOT

DEADLINE = 60.0  # seconds; a child that takes longer hangs


@dataclass
class Ending:
    """How a child ended: `killed`, or with a result, or with the text of an exception."""

    killed: bool = False
    result: Any = None
    error: str = ""


def forked(call: Callable[[], Any], kill_after: float | None = None) -> Ending:
    """Run a function in a child to its end, or kill it (SIGKILL) after some seconds."""
    return ended(start(call), kill_after)


def start(call: Callable[[], Any]) -> tuple[int, int]:
    """Begin to run a function in a child -> its number, and where it will write how it ended."""
    assert threading.active_count() == 1, "a process with threads cannot be forked safely"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            ending = Ending(result=call())
        except BaseException:
            ending = Ending(error=traceback.format_exc())
        with contextlib.suppress(BaseException), os.fdopen(writer, "wb") as pipe:
            pickle.dump(ending, pipe)
        os._exit(0)
    os.close(writer)
    return child, reader


def ended(started: tuple[int, int], kill_after: float | None = None) -> Ending:
    """Wait for a child, or kill it after some seconds."""
    child, reader = started
    data, end = b"", time.monotonic() + (DEADLINE if kill_after is None else kill_after)
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while (wait := end - time.monotonic()) > 0 and select.select([pipe], [], [], wait)[0]:
            part = pipe.read(1 << 16)
            if not part:
                break
            data += part
        else:
            os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert kill_after is not None or time.monotonic() < end, "a child hung"
        return Ending(killed=True)
    ending: Ending = pickle.loads(data)
    return ending


def part(name: str, count: int | None = None, seed: int | None = None) -> None:
    """Run a part of the soak as a program of its own, in a test; what it prints names the seed."""
    command = [sys.executable, "-m", "tests.faults", name]
    command += ["--count", str(count)] if count else []
    command += ["--seed", str(seed)] if seed is not None else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
