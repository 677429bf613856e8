"""What a commit costs on a slow disk, and how often the store waits for it.

    python -m benchmarks.commit

Articles of 20 paragraphs with their pages (40 KB, sent as gzip) are admitted and then committed 16 at once; the time is
that of the commit, all of it: rows, WARC, JSONL, three syncs. Forcing a file to disk takes 5 ms whatever this machine's
disk does: `disk.sync` and SQLite's xSync wait that long and do nothing else. On a machine that has other things to do,
look at the second figure: what the processor did, and 5 ms a sync.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from benchmarks.prose import Prose
from newslib.article import Article
from newslib.page import Page
from newslib.store import Archive, Link, disk, ledger

AT = "2025-11-03T10:00:00Z"
SYNC = 0.005  # seconds


class SlowDisk(apsw.VFS):
    """The machine's own files, but for what `sync` takes."""

    def __init__(self, waits: Counter[str]) -> None:
        self.waits = waits
        super().__init__("slow", "")

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> SlowFile:  # noqa: N802
        return SlowFile(name, flags, self.waits)


class SlowFile(apsw.VFSFile):
    def __init__(self, name: apsw.URIFilename | str | None, flags: list[int], waits: Counter[str]) -> None:
        self.waits = waits
        super().__init__("", name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.waits["SQLite"] += 1
        time.sleep(SYNC)


def hold(archive: Archive) -> threading.Event:
    """Keep the writer busy until the event is set: what is submitted meanwhile becomes one commit."""
    begun, done = threading.Event(), threading.Event()
    archive._submit(lambda *_: (begun.set(), done.wait()))
    begun.wait()
    return done


def commits(folder: Path, batch: int, count: int) -> list[tuple[float, float, int]]:
    """Of each of `count` commits of `batch` articles: seconds on the wall, of processor time, number of syncs."""
    waits: Counter[str] = Counter()

    def sync(_: int) -> None:
        waits["files"] += 1
        time.sleep(SYNC)

    vfs = SlowDisk(waits)
    before = disk.sync, ledger.VFS
    disk.sync, ledger.VFS = sync, "slow"
    try:
        with Archive(folder, write=True) as archive:
            return timed(archive, batch, count, waits)
    finally:
        disk.sync, ledger.VFS = before
        vfs.unregister()


def timed(archive: Archive, batch: int, count: int, waits: Counter[str]) -> list[tuple[float, float, int]]:
    found, writer = [], archive._writer
    assert writer is not None
    commit = writer._commit

    def clocked(operations: list[Any]) -> None:
        wall, cpu, before = time.perf_counter(), time.thread_time(), waits.total()
        commit(operations)
        if len(operations) == batch:
            found.append((time.perf_counter() - wall, time.thread_time() - cpu, waits.total() - before))

    writer._commit = clocked  # type: ignore[method-assign]
    archive.begin(["example"], {})
    for number, pages in enumerate(made_up(batch, count)):
        urls = [f"https://news{n % 8}.example/{number}/{n}" for n in range(batch)]
        links = [Link(url, source="example", via="feed", found_url="https://news.example") for url in urls]
        archive.discover(links).result()
        done, futures = hold(archive), []
        for url, (paragraphs, body, raw) in zip(urls, pages, strict=True):
            article = Article(url=url, fetched_url=url, title=f"What {url} said", fetched=AT, source="example")
            archive.admit(article, paragraphs)
            headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
            page = Page(url, url, status=200, headers=headers, body=body, raw=raw, fetched=AT)
            futures.append(archive.store(article, page, url=url))
        done.set()
        for future in futures:
            future.result()
    return found


def made_up(batch: int, count: int) -> Iterator[list[tuple[list[str], bytes, bytes]]]:
    """Paragraphs, their page, the page as sent."""
    made, articles = random.Random(1), Prose(repeated=0.2).articles(batch * count)
    for _ in range(count):
        pages = []
        for paragraphs in islice(articles, batch):
            body = "".join(f"<p class={made.getrandbits(256):x}>{paragraph}</p>" for paragraph in paragraphs).encode()
            body = body.ljust(40_000)
            pages.append((paragraphs, body, gzip.compress(body)))
        yield pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[8, 16, 32], help="articles a commit")
    parser.add_argument("--commits", type=int, default=40, help="measured for each; the first two are left out")
    options = parser.parse_args()
    print(f"a sync takes {1000 * SYNC:.0f} ms; milliseconds an article, medians")
    for batch in options.batches:
        with tempfile.TemporaryDirectory() as folder:
            found = commits(Path(folder), batch, options.commits)[2:]
        wall = statistics.median(wall for wall, _, _ in found) / batch
        work = statistics.median(cpu + syncs * SYNC for _, cpu, syncs in found) / batch
        syncs = sum(syncs for *_, syncs in found) / len(found)
        longest = max(wall for wall, _, _ in found)
        print(
            f"  {batch:>2} a commit: {1000 * wall:.2f} on the wall, {1000 * work:.2f} without waiting for the"
            f" processor; {syncs:.1f} syncs a commit, the longest took {1000 * longest:.0f} ms"
        )


if __name__ == "__main__":
    main()
