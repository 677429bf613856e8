"""The index of paragraphs: how fast, how large, at how many paragraphs stored.

    python -m benchmarks.ledger                                   # empty and 200,000 stored; a minute
    python -m benchmarks.ledger --rows 0 1000000 10000000 --dir /var/tmp    # the table of docs/benchmarks.md

Four measurements for each number of `--rows`, in new archives in a scratch folder:

- look-ups and inserts of new fingerprints as such, 20 to a record, committed and synced in groups of 32 records
- paragraphs, durable with provenance: normalise, fingerprint, look up, decide; the record's row and its paragraphs into
  the ledger, committed and synced in groups of 32 articles. What else an article costs is not in it
- paragraphs of articles as a crawl stores them, but for the WARC: `Archive.admit` and `store` with their hashes, JSONL,
  URLs and all, in two threads
- datatrove's SentenceDedup (its three steps) on the same paragraphs, where it is installed, against the second

A second of CPU time is a second of one core, of all threads, system calls included. Time on the wall includes waiting
for the disk, of which the first line says how long a sync takes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.commit import hold
from benchmarks.prose import Prose
from newslib.article import Article
from newslib.paragraphs import Seen, decide
from newslib.store import Archive, Link, fingerprints, hosts, ledger, records
from newslib.store.fingerprints import Fingerprints, Holder, remember
from newslib.store.writer import BATCH

PARAGRAPHS = 20  # an article, on average
AT = "2025-11-03T10:00:00Z"
MASK = 2**64 - 1
Articles = list[list[str]]


def fill(archive: Archive, count: int) -> None:
    """Put `count` paragraphs into an archive's ledger, as articles of 20: fingerprints are uniform numbers anyway.

    They go over in batches four times as large as a crawl's, which gives the same pages in a fraction of the time.
    """
    made, step = random.Random(count), 4 * fingerprints.MERGED // PARAGRAPHS

    def put(db: Any, start: int, end: int) -> None:
        host = hosts.put(db, "filled.example")
        for _ in range(start, end):
            seq = put_record(db, f"a{made.getrandbits(64):016x}", host)
            rows = [(signed(made), made.getrandbits(32) - 2**31, seq, p) for p in range(PARAGRAPHS)]
            db.executemany("INSERT INTO recent (fp, tag, seq, paragraph) VALUES (?, ?, ?, ?)", rows)
        fingerprints.merge(db)

    articles = count // PARAGRAPHS
    for start in range(0, articles, step):
        archive._submit(lambda db, _, s=start: put(db, s, min(s + step, articles))).result()
        print(
            f"\r{min(start + step, articles) * PARAGRAPHS:,} of {count:,} stored", end="", file=sys.stderr, flush=True
        )


def made_up(url: str) -> Article:
    return Article(
        url=url, fetched_url=url, title=f"What was said of {url[-8:]}", fetched=AT, source="example", language="en"
    )


def grouped(archive: Archive, work: list[Any], submit: Callable[[Any], Any]) -> None:
    """Give the writer `work` in commits of 32."""
    for start in range(0, len(work), BATCH):
        done = hold(archive)
        futures = [submit(each) for each in work[start : start + BATCH]]
        done.set()
    futures[-1].result()


class Clock:
    def __enter__(self) -> Clock:
        self.cpu, self.wall, self.peak = time.process_time(), time.monotonic(), peak()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall, self.peak = (
            time.process_time() - self.cpu,
            time.monotonic() - self.wall,
            peak() - self.peak,
        )


def peak() -> int:
    """Largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


class Index:
    """The paragraphs' part of admission and of a commit, without the rest: one connection reads, the other writes."""

    def __init__(self, archive: Archive, name: str) -> None:
        self.reading, self.seq, self.name = archive._db, 0, f"{name}.example"
        self.writing = ledger.connect(archive.path / ledger.NAME, write=True)
        self.host = hosts.put(self.writing, self.name)
        self.known, self.waiting = Fingerprints(self.reading), list[Holder]()
        self.look()  # takes 3 µs for each row of `recent`, once a run
        self.reading.execute("COMMIT")

    def look(self) -> None:
        """A snapshot to decide in."""
        self.reading.execute("BEGIN")
        self.known.refresh(records.row(self.reading, "SELECT coalesce(max(seq), 0) FROM article")[0])
        for holder in self.waiting:
            self.known.committed(holder)
        self.waiting.clear()

    def seen(self, fps: list[int]) -> dict[int, Seen]:
        self.own = self.known.seen(fps, self.name)
        return {fp: seen for fp, (seen, _) in self.own.items()}

    def admit(self, holder: Holder) -> None:
        self.known.add(holder)
        self.waiting.append(holder)

    def commit(self) -> None:
        self.reading.execute("COMMIT")
        self.writing.execute("BEGIN IMMEDIATE")
        for holder in self.waiting:
            seq = put_record(self.writing, holder.article, self.host)
            remember(self.writing, holder, seq, self.host)
            holder.seq = seq
        self.writing.execute("COMMIT")


def put_record(db: Any, article: str, host: int) -> int:
    """The row of a made-up record."""
    title, sha256 = f"What was said of {article}", f"{article[1:]}{article[1:]}{article[1:]}{article[1:]}"
    values = (article, 1, host, title, sha256, "full", "en", AT, AT, "sha1:" + 32 * "A", PARAGRAPHS, 1, 0, 0)
    db.execute(
        "INSERT INTO article (article, version, host, title, full_sha256, body, language, date, fetched, digest,"
        " paragraphs, segment, offset, length) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        values,
    )
    return int(db.last_insert_rowid())


def look_up_and_insert(archive: Archive, count: int) -> Clock:
    """New fingerprints, an article's at a time, in commits of 32 articles."""
    index, made = Index(archive, "looked"), random.Random(f"look {count}")
    groups = [[signed(made) for _ in range(PARAGRAPHS)] for _ in range(count // PARAGRAPHS)]
    with Clock() as clock:
        for start in range(0, len(groups), BATCH):
            index.look()
            for fps in groups[start : start + BATCH]:
                assert not index.seen(fps)
                article = f"a{fps[0] & MASK:016x}"
                index.admit(Holder(f"{article}-1", article, index.name, first=dict.fromkeys(fps, (1, 0))))
            index.commit()
    index.writing.close()
    return clock


def step(archive: Archive, articles: Articles) -> Clock:
    """Paragraphs in, decisions out, in commits of 32 articles."""
    index = Index(archive, "step")
    with Clock() as clock:
        run(index, articles)
    index.writing.close()
    return clock


def run(index: Index, articles: Articles) -> None:
    for start in range(0, len(articles), BATCH):
        index.look()
        for n, paragraphs in enumerate(articles[start : start + BATCH], start):
            holder = Holder(f"a{n:016x}-1", f"a{n:016x}", index.name)
            decision = decide(paragraphs, holder.id, holder.article, index.seen)
            holder.first = {fp: (check, place) for fp, check, place in decision.first}
            holder.repeated = {fp: index.own[fp][1] for fp in decision.repeated}
            index.admit(holder)
        index.commit()


def signed(made: random.Random) -> int:
    return made.getrandbits(64) - 2**63


def whole(archive: Archive, articles: Articles) -> Clock:
    urls = [f"https://whole{n % 8}.example/{n}" for n in range(len(articles))]
    archive.begin(["example"], {})
    archive.discover(
        [Link(url, source="example", via="feed", found_url="https://whole.example") for url in urls]
    ).result()

    def one(work: tuple[str, list[str]]) -> Any:
        article = made_up(work[0])
        archive.admit(article, work[1])
        return archive.store(article, None, url=work[0])

    with Clock() as clock:
        grouped(archive, list(zip(urls, articles, strict=True)), one)
    return clock


def datatrove(articles: Articles, folder: Path) -> Clock | None:
    """The three steps of SentenceDedup, a paragraph being what it calls a sentence; None when it is not installed."""
    try:
        from datatrove.data import Document
        from datatrove.pipeline.dedup import (
            SentDedupConfig,
            SentenceDedupFilter,
            SentenceDedupSignature,
            SentenceFindDedups,
        )
        from datatrove.utils.logging import logger
        from datatrove.utils.word_tokenizers import WhitespaceTokenizer
    except ImportError:
        return None
    logger.remove()
    config = SentDedupConfig(
        n_sentences=1, split_sentences=False, only_dedup_in_index=False, min_doc_words=0, min_num_sentences=0
    )
    documents = [Document(text="\n".join(paragraphs), id=str(n)) for n, paragraphs in enumerate(articles)]
    signatures, duplicates = str(folder / "signatures"), str(folder / "duplicates")
    tokenizer = WhitespaceTokenizer()  # which is not used: paragraphs are lines
    with Clock() as clock, contextlib.redirect_stderr(io.StringIO()):
        SentenceDedupSignature(signatures, config=config, language=tokenizer).run(documents)
        SentenceFindDedups(signatures, duplicates, config=config).run()
        kept = sum(1 for _ in SentenceDedupFilter(duplicates, config=config, language=tokenizer).run(documents))
    assert kept
    return clock


def size(archive: Archive) -> tuple[float, float]:
    """Bytes a paragraph: of its own two tables; of the whole ledger."""
    count = archive._db.execute("SELECT (SELECT count(*) FROM fingerprint) + (SELECT count(*) FROM recent)").fetchone()[
        0
    ]
    own = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('fingerprint', 'recent')"
    return archive._db.execute(own).fetchone()[0] / count, (archive.path / ledger.NAME).stat().st_size / count


def sync_time(folder: Path) -> float:
    """Milliseconds that forcing 64 KB to disk takes, median of 20."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(20):
            file.write(os.urandom(1 << 16))
            started = time.monotonic()
            getattr(os, "fdatasync", os.fsync)(file.fileno())
            times.append(time.monotonic() - started)
    return 1000 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 200_000], help="paragraphs that are stored before")
    parser.add_argument("--measure", type=int, default=100_000, help="paragraphs of each measurement")
    parser.add_argument("--repeated", type=float, default=0.2, help="share of paragraphs that stood before")
    parser.add_argument("--dir", type=Path, help="where the scratch folder is made")
    options = parser.parse_args()
    articles = list(Prose(repeated=options.repeated).articles(options.measure // PARAGRAPHS, PARAGRAPHS))
    others = list(Prose(seed=2, repeated=options.repeated).articles(options.measure // PARAGRAPHS, PARAGRAPHS))
    count, changed = sum(map(len, articles)), sum(map(len, others))
    ours: Clock | None = None

    def show(what: str, number: int, clock: Clock) -> None:
        cpu, wall = number / clock.cpu, number / clock.wall
        print(f"  {what:<44} {cpu:>9,.0f} a CPU second {wall:>9,.0f} on the wall; peak +{clock.peak} MB", flush=True)

    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        print(f"{count:,} paragraphs; a sync of 64 KB takes {sync_time(Path(folder)):.1f} ms here; {peak()} MB before")
        for stored in options.rows:
            with Archive(Path(folder) / "archive", write=True) as archive:
                fill(archive, stored)
                print(f"\r{stored:,} paragraphs stored before; peak {peak()} MB")
                show("look-ups and inserts", options.measure, look_up_and_insert(archive, options.measure))
                clock = step(archive, articles)
                ours = ours or clock
                show("paragraphs, durable with provenance", count, clock)
                show("paragraphs of stored articles, without WARC", changed, whole(archive, others))
                own, all_of_it = size(archive)
                print(
                    f"  {own:.1f} bytes a paragraph, {all_of_it:.1f} with the ledger's other tables; peak {peak()} MB"
                )
            shutil.rmtree(Path(folder) / "archive")
        theirs = datatrove(articles, Path(folder))
        if theirs is None:
            print("datatrove is not installed (pip install datatrove): not compared")
        elif ours is not None:
            show("datatrove, SentenceDedup", count, theirs)
            print(f"  this project takes 1/{theirs.cpu / ours.cpu:.1f} of its CPU time (at {options.rows[0]:,} stored)")


if __name__ == "__main__":
    main()
