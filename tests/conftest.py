"""What tests share: a running newsroom, and `scrapy` as a user would call it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from crawler.demo.newsroom import Newsroom
from tests import crawling


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """A newsroom of its own for the test, on a free port, stopped afterwards."""
    with Newsroom() as running:
        yield running


@pytest.fixture
def scrapy() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `scrapy ARGS...` from the project's folder, to its end; a hang is a failure."""
    return crawling.scrapy
