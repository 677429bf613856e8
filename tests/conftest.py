"""What tests share: a running newsroom, and `scrapy` as a user would call it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler.demo.newsroom import Newsroom

ROOT = Path(__file__).parent.parent


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """A newsroom of its own for the test, on a free port, stopped afterwards."""
    with Newsroom() as running:
        yield running


@pytest.fixture
def scrapy() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `scrapy ARGS...` from the project's folder, to its end; a hang is a failure."""

    def run(*args: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrapy", *map(str, args)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)

    return run
