"""Whole crawls of the newsroom that are killed at random times, and must end with what an undisturbed one stores."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crawler.demo.newsroom import Newsroom
from newslib import Archive
from newslib.article import Article, paragraphs_of
from newslib.store import ArchiveError
from tests import forking
from tests.crawling import ROOT, crawl_args
from tests.storing import clean

DELAY = 0.4  # seconds an article's page takes at least: so that most kills come while pages are on their way
GIVE_UP = 120.0  # seconds after which a crawl that is not killed hangs


class SlowNewsroom(Newsroom):
    def _article(self, *asked: Any) -> Any:
        answer = super()._article(*asked)
        answer.delay = max(answer.delay, DELAY)
        return answer


def crawl_kills(scratch: Path, count: int, seed: int, progress: Callable[[int], None] = lambda n: None) -> int:
    """SIGKILLs of crawls, whose workers end with them, counted only while URLs are pending -> how many.

    An archive in which none are left is compared with the undisturbed crawl's, and a new one begun. Raises
    AssertionError when records are lost, doubled or others, a paragraph is kept nowhere, or verify is not clean.
    """
    chance, killed, number = random.Random(seed), 0, 0
    with SlowNewsroom() as newsroom:
        sources = scratch / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        started = time.monotonic()
        assert _run(scratch / "calm", sources, GIVE_UP) == 0, (scratch / "calm.log").read_text()
        took = time.monotonic() - started
        calm = _records(scratch / "calm")
        assert len(calm) > 30
        while killed < count:
            number += 1
            archive = scratch / f"wild-{number}"
            while True:
                code = _run(archive, sources, chance.uniform(0.05, 0.45) * took if killed < count else GIVE_UP)
                if code >= 0:
                    break
                waiting = _pending(archive) > 0
                killed += waiting
                took *= 0.99 if waiting else 1.05  # a machine with other things to do does not come that far
                progress(killed)
                if chance.random() < 0.1:
                    Archive(archive, write=True).close()  # recovers
                    with Archive(archive) as opened:
                        clean(opened)
            assert code == 0, (scratch / f"wild-{number}.log").read_text()
            _compare(calm, archive)
    return killed


def _run(archive: Path, sources: Path, kill_after: float) -> int:
    """A crawl to its end, or to its SIGKILL -> the exit code, or a negative number."""
    log = archive.with_suffix(".log")
    log.write_text("")
    args = crawl_args(archive, sources, "-a", "since=30d")
    process = forking.start(list(map(str, args)), ROOT, None, log, log)
    process.join(kill_after)
    if process.exitcode is None:
        process.kill()
        process.join()
        assert kill_after < GIVE_UP, "a crawl hung"
    return process.exitcode


def _pending(folder: Path) -> int:
    try:
        with Archive(folder) as archive:
            return archive.outcomes().get("pending", 0)
    except ArchiveError:  # its creation was interrupted
        return 0


def _records(folder: Path) -> list[Article]:
    with Archive(folder) as archive:
        clean(archive)
        return list(archive.articles())


def _compare(calm: list[Article], archive: Path) -> None:
    wild = _records(archive)
    wanted, got = ({(a.id, a.full_sha256) for a in records} for records in (calm, wild))
    assert len(got) == len(wild), "doubled records"
    with Archive(archive) as opened:
        lost = {a.url: opened.outcome(a.url) or "pending" for a in calm if (a.id, a.full_sha256) not in got}
    assert got == wanted, f"lost: {lost}, extra: {got - wanted}"
    kept = {paragraph for a in wild for paragraph in paragraphs_of(a.text)}
    assert kept == {p for a in calm for p in paragraphs_of(a.full_text)}, "a paragraph is kept nowhere"
