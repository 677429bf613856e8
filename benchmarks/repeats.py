"""Repeated paragraphs: all found, none lost, whatever the order and however often the program is killed.

    python -m benchmarks.repeats                     # 200,000 paragraphs, and a crawl; some minutes
    python -m benchmarks.repeats --articles 500 --pages 30 --kills 2

1. Articles in which one paragraph in four is another's, in other typography, with same-article repeats, whole copies,
   lines under every article of a host, versions, datelines and corrections are stored in random order by a process that
   is killed at random times and goes on with what is not stored. What must have become of each paragraph follows from
   the order of the records alone: who it is was known before it was written, so no normaliser is asked.
2. Pages of 20 outlets, a third of them an agency's text with local edits, are served on loopback and crawled.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from benchmarks import texts
from crawler.demo.newsroom import Newsroom
from crawler.demo.server import Answer
from newslib.article import Article, paragraphs_of, text_sha256
from newslib.extraction import extract
from newslib.paragraphs import is_short, normalise
from newslib.paragraphs.decide import is_correction
from newslib.store import Archive

AT = "2025-11-03T10:00:00Z"
ROOT = Path(__file__).resolve().parent.parent
BOILERPLATE = 10  # articles of a host, as docs/repeats.md promises
HOSTS = 40
CORRECTION = -2  # never dropped, but it counts for how much of an article stood elsewhere


@dataclass
class Text:
    """An article, or a version of one. `who` says of each paragraph which it is; below 0: never dropped."""

    url: str
    host: str
    paragraphs: list[str]
    who: list[int]


def generated(count: int, seed: int) -> list[Text]:
    """`count` articles of about 20 paragraphs, in random order."""
    chance = random.Random(seed)
    sources = [texts.Articles(script, seed) for script in texts.SCRIPTS]
    pool: list[list[tuple[int, str]]] = [[] for _ in sources]  # of each script
    numbers = iter(range(10**9))
    about = {f"outlet{n}.example": (next(numbers), f"{sources[0].paragraph()} Outlet {n}.") for n in range(HOSTS)}
    made: list[Text] = []

    def variant(paragraph: str) -> str:
        changes: list[Callable[[str], str]] = [str.upper, lambda t: t.replace(" ", "\u00a0"), lambda t: f" {t}  ", str]
        changed = chance.choice(changes)(paragraph)
        return changed if normalise(changed) == normalise(paragraph) else paragraph  # as of ß, which is SS in capitals

    def fresh(script: int) -> tuple[int, str]:
        paragraph = next(numbers), sources[script].paragraph()
        while is_short(paragraph[1]) or is_correction(paragraph[1]):  # syllables at random make labels now and then
            paragraph = paragraph[0], sources[script].paragraph()
        pool[script].append(paragraph)
        return paragraph

    def body(script: int) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for _ in range(chance.randint(10, 28)):
            if pool[script] and chance.random() < 0.25:
                number, text = chance.choice(pool[script])
                found.append((number, variant(text)))
            else:
                found.append(fresh(script))
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            found.append((found[-2][0], variant(found[-2][1])))
        if chance.random() < 0.3:
            found.insert(1, (-1, chance.choice(("— Staff and agencies", "（記者）", "SEOUL, Nov. 3"))))
        if chance.random() < 0.1:
            found.append(
                (CORRECTION, "Correction: in an earlier version the name of the second harbour was given wrongly.")
            )
        return found

    while len(made) < count:
        script, host = chance.randrange(len(sources)), f"outlet{chance.randrange(HOSTS)}.example"
        text = body(script)
        if made and chance.random() < 0.1:  # a copy, with a paragraph or two of its own
            other = chance.choice(made)
            text = [(w, variant(p)) for w, p in zip(other.who, other.paragraphs, strict=True)] + [fresh(script)]
        if chance.random() < 0.5:
            text = [*text, about[host]]
        url = f"https://{host}/{len(made)}"
        made.append(Text(url, host, [p for _, p in text], [w for w, _ in text]))
        if chance.random() < 0.02:
            more = [*text, fresh(script)]
            made.append(Text(url, host, [p for _, p in more], [w for w, _ in more]))
    chance.shuffle(made)
    return made


def shown(text: Text) -> list[str]:
    """Its paragraphs as extraction would give them: clean."""
    return [" ".join(paragraph.split()) for paragraph in text.paragraphs]


def write(folder: Path, count: int, seed: int) -> None:
    """Store what is not stored yet, in a random order; killed at any time."""
    made = generated(count, seed)
    with Archive(folder, write=True) as archive:
        archive.begin(["example"], {})
        there = {(record.url, record.full_sha256) for record in archive.articles()}
        waiting = [t for t in made if (t.url, text_sha256("\n\n".join(shown(t)))) not in there]
        random.shuffle(waiting)
        for number, text in enumerate(waiting, 1):
            article = Article(url=text.url, fetched_url=text.url, title="A title", fetched=AT, source="example")
            if archive.admit(article, shown(text)) != "unchanged":
                done = archive.store(article, None, url=text.url)
            if number % 64 == 0:
                done.result()


def killed(folder: Path, count: int, seed: int, kills: int) -> int:
    """Let a process write, kill it so many times, and let the last one end -> how often it was killed."""
    chance, done = random.Random(seed), 0
    command = [sys.executable, "-m", "benchmarks.repeats", "--write", folder, "--articles", count, "--seed", seed]
    while True:
        process = subprocess.Popen([*map(str, command)], cwd=ROOT)
        before = stored(folder)
        while process.poll() is None and done < kills:
            time.sleep(0.05)
            if stored(folder) - before > chance.uniform(0.3, 1.2) * count / (kills + 1):
                os.kill(process.pid, signal.SIGKILL)
        code = process.wait()
        if code == -signal.SIGKILL:
            done += 1
            continue
        assert code == 0, "the process that writes failed"
        return done


def stored(folder: Path) -> int:
    """Bytes of records, as articles: about 4,000 each. Good enough to say when to kill."""
    return sum(path.stat().st_size for path in folder.glob("articles/**/*.jsonl")) // 4000


@dataclass
class Checked:
    paragraphs: int = 0
    found: Counter[str] = field(default_factory=Counter)  # repeats that were left out, by why
    missed: int = 0  # that should have been
    lost: int = 0  # first occurrences that are in no record's text
    wrong: int = 0  # left out with another origin than the first, or though they are never dropped
    changed: int = 0  # records that do not give the text back byte for byte


def check(folder: Path, made: list[Text]) -> Checked:
    """Compare an archive with what must have become of each paragraph in the order of its records."""
    texts_of = {(t.url, text_sha256("\n\n".join(shown(t)))): t for t in made}
    first: dict[int, tuple[str, str, int]] = {}  # who -> article, record, place
    held: dict[tuple[str, int], set[str]] = defaultdict(set)  # host, who -> articles
    result = Checked()
    with Archive(folder) as archive:
        for record in archive.articles():
            text = texts_of[record.url, record.full_sha256]
            result.paragraphs += len(text.who)
            result.changed += paragraphs_of(record.full_text) != shown(text)
            _check_one(result, record, text, first, held)
        assert archive.verify()["ok"]
    return result


def _check_one(
    result: Checked,
    record: Article,
    text: Text,
    first: dict[int, tuple[str, str, int]],
    held: dict[tuple[str, int], set[str]],
) -> None:
    out = {repeat["at"]: repeat for repeat in record.repeats}
    own: dict[int, int] = {}
    elsewhere = {w for w in text.who if w in first and first[w][0] != record.article}
    lines = {w for w in elsewhere if len(held[text.host, w] - {record.article}) + 1 >= BOILERPLATE}
    lengths = [len(paragraph) for paragraph in shown(text)]
    seen = sum(size for w, size in zip(text.who, lengths, strict=True) if w in elsewhere - lines)
    copy = seen / sum(lengths) > 0.5
    result.wrong += copy != (record.copy_of is not None)
    for at, who in enumerate(text.who):
        why, origin = None, None
        if who >= 0 and who in own:
            why, origin = "same-article", (record.id, own[who])
        elif who >= 0 and who in elsewhere and (who in lines or not copy):
            why, origin = ("boilerplate" if who in lines else "seen"), first[who][1:]
        own.setdefault(who, at)
        if at in out:
            repeat = out[at]
            right = why == repeat["why"] and origin == (repeat["of"]["id"], repeat["of"]["paragraph"]) and at > 0
            result.found[repeat["why"]] += right
            result.wrong += not right
            result.lost += who not in first and own[who] == at
        elif why is not None and at > 0:
            result.missed += 1
    for who, at in own.items():
        if who != -1:
            first.setdefault(who, (record.article, record.id, at))
            if record.version == 1:
                held[text.host, who].add(record.article)


# A crawl


def pages(count: int, seed: int) -> Iterator[tuple[str, str, list[str]]]:
    """Host, path and paragraphs of so many pages, a third of them an agency's text with local edits."""
    chance, articles = random.Random(seed), texts.Articles("latin", seed)
    wire = [articles.new(12) for _ in range(max(1, count // 12))]
    for number in range(count):
        text = articles.new(10)
        if number < len(wire):
            text = wire[number]
        elif number % 3 == 0:
            agency = chance.choice(wire)
            text = articles.lightly_edited(agency)[: chance.randint(6, 12)]
            for _ in range(chance.randint(0, 4)):
                text.insert(chance.randrange(len(text) + 1), articles.paragraph())
        host = "wire.localhost" if number < len(wire) else f"desk{chance.randrange(20)}.localhost"
        about = "This outlet is owned by its readers, who have printed it in the harbour for a hundred years."
        yield host, f"/news/{number}-{'-'.join(text[0].split()[:4])}".lower().strip(",."), [*text, about]


def crawled(folder: Path, count: int, seed: int) -> dict[str, int]:
    """Crawl such pages -> what is wrong with the records, by kind: nothing should be."""
    with Newsroom() as newsroom:
        urls = []
        for host, path, text in pages(count, seed):
            body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in text)
            title = escape(" ".join(text[0].split()[:8]))
            html = f'<!DOCTYPE html><html lang="eo"><head><meta charset="utf-8"><title>{title}</title></head>'
            html += f"<body><article><h1>{title}</h1>{body}</article></body></html>"
            newsroom.route(host, path, Answer(200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()))
            newsroom.route(host, "/robots.txt", Answer(404))
            urls.append(newsroom.url(host, path))
        (folder / "urls.txt").write_text("\n".join(urls), encoding="utf-8")
        command = [sys.executable, "-m", "scrapy", "crawl", "urls", "-a", f"file={folder / 'urls.txt'}"]
        command += ["-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", f"ARCHIVE_DIR={folder / 'archive'}"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with Archive(folder / "archive") as archive:
        records = list(archive.articles())
        read = {r.id: extract(archive.page_at(r.warc, r.url).raw, r.fetched_url, "text/html; charset=utf-8").paragraphs
                for r in records if r.warc}  # fmt: skip
    return {"pages": count, "records": len(records), "copies": sum(r.copy_of is not None for r in records)} | faults(
        records, read
    )


def faults(records: list[Article], read: dict[str, list[str]]) -> dict[str, int]:
    """Of records in commit order. `read`: what extraction gives of the page of each."""
    found = Counter({"not byte for byte": 0, "stubs": 0, "in no text": 0, "in two texts": 0})
    kept: Counter[str] = Counter()
    every: set[str] = set()
    for record in records:
        found["not byte for byte"] += paragraphs_of(record.full_text) != read[record.id]
        left_out = sum(len(repeat["text"]) for repeat in record.repeats if repeat["why"] == "seen")
        found["stubs"] += 2 * left_out > len(record.full_text)
        every |= {normalise(paragraph) for paragraph in paragraphs_of(record.full_text)}
        if record.copy_of is None:
            kept.update({normalise(p) for n, p in enumerate(paragraphs_of(record.text)) if n and not is_short(p)})
    texts_of = {normalise(p) for record in records for p in paragraphs_of(record.text)}
    found["in no text"] = len(every - texts_of)
    found["in two texts"] = sum(count > 1 for count in kept.values())
    return dict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000, help="of about 20 paragraphs")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write, options.articles, options.seed)
        return
    made = generated(options.articles, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        kills = killed(Path(folder) / "archive", options.articles, options.seed, options.kills)
        result = check(Path(folder) / "archive", made)
    repeats = ", ".join(f"{count:,} {why}" for why, count in sorted(result.found.items()))
    print(f"{result.paragraphs:,} paragraphs in random order, {kills} kills: repeats found: {repeats}")
    print(f"  missed {result.missed}, first occurrences lost {result.lost}, wrong {result.wrong}, "
          f"records not given back byte for byte {result.changed}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        print(
            "crawl:", ", ".join(f"{what} {n}" for what, n in crawled(Path(folder), options.pages, options.seed).items())
        )


if __name__ == "__main__":
    main()
