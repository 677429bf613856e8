"""Using an archive: indexing, search, export, statistics and digest over a generated archive.

    python -m benchmarks.reader --articles 100000 --dir /tmp/scratch

The archive is made once in --dir (articles of 1,900 characters on average, six scripts, 40 outlets, 60 days, 5 in
100 copies of an agency's text) and used again by later runs. Prints a table; docs/benchmarks.md holds it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.prose import Prose
from newslib import Archive
from newslib.article import Article, TopicMatch

OUTLETS, DAYS, COPIES = 40, 60, 0.05
LANGUAGES = ("en", "fr", "ru", "ar", "ko", "ja", "zh-Hans", "de", "es")
COUNTRIES = ("GB", "FR", "RU", "EG", "KR", "JP", "CN", "DE", "ES")
TOPIC: TopicMatch = {
    "id": "benchmark",
    "version": "0123456789abcdef",
    "score": 0.5,
    "terms": [{"group": "g", "term": f"term{n}", "count": 2, "start": 9 * n, "end": 9 * n + 5} for n in range(6)],
}


def make(path: Path, articles: int) -> None:
    """An archive of so many articles, without pages."""
    chance, now = random.Random(1), datetime.now(UTC).replace(microsecond=0)
    agency: list[list[str]] = []
    with Archive(path, write=True) as archive:
        archive.begin([f"outlet{n}" for n in range(OUTLETS)], {}).result()
        waiting = []
        for n, paragraphs in enumerate(Prose(1).articles(articles, paragraphs=9)):
            outlet = chance.randrange(OUTLETS)
            if agency and chance.random() < COPIES:
                paragraphs = [*chance.choice(agency[-200:]), paragraphs[0]]
            elif outlet == 0:
                agency.append(paragraphs)
            published = now - timedelta(minutes=(articles - n) * DAYS * 1440 / articles)
            address = f"https://outlet{outlet}.example/articles/{n}"
            article = Article(
                url=address, fetched_url=address, domain=f"outlet{outlet}.example", source=f"outlet{outlet}",
                publisher=f"Outlet {outlet}", country=COUNTRIES[outlet % 9], language=LANGUAGES[outlet % 9],
                title=paragraphs[0][:70], description=paragraphs[0][:150], authors=[f"Reporter {outlet}"],
                published=published.strftime("%Y-%m-%dT%H:%M:%SZ"), day=published.strftime("%Y-%m-%d"),
                fetched=(published + timedelta(minutes=9)).strftime("%Y-%m-%dT%H:%M:%SZ"), extractor="benchmark",
                found={"via": "feed", "url": f"https://outlet{outlet}.example/feed", "at": "2025-11-03T10:00:00Z"},
                topics=[TOPIC] if n % 2 else [],
            )  # fmt: skip
            if archive.admit(article, paragraphs) != "unchanged":
                waiting.append(archive.store(article, None, url=address))
            if len(waiting) >= 500:
                for future in waiting:
                    future.result()
                waiting = []
                print(f"archive: {n} of {articles}", end="\r", file=sys.stderr)


def measured(task: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """Run a task in a process of its own: seconds, CPU seconds, peak MB, and what it returns."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measure, args=(theirs, task, arguments))
    process.start()
    theirs.close()  # so that a task that fails is an EOFError here
    answer: dict[str, Any] = ours.recv()
    process.join()
    return answer


def _measure(pipe: Any, task: Callable[..., Any], arguments: Any) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    result = task(*arguments)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send({
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "peak_mb": usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        "result": result,
    })  # fmt: skip


def index(path: Path) -> None:
    from reader.search import Search

    with Archive(path) as archive, Search(archive, rebuild=True):
        pass


def queries(path: Path, count: int) -> list[str]:
    """Words, pairs, phrases, stems and exclusions as they stand in the archive's own titles."""
    chance = random.Random(2)
    with Archive(path) as archive:
        last = archive.last_commit()
        titles = []
        while len(titles) < count:
            id = archive.committed(chance.randint(1, last))
            article = archive.article(id) if id else None
            if article and article.title:
                titles.append([w for w in article.title.split() if w.isalpha()] or ["ba"])
    kinds: list[Callable[[list[str]], str]] = [
        lambda words: words[0][:12],
        lambda words: words[0][:2],
        lambda words: " ".join(w[:12] for w in words[:2]),
        lambda words: " OR ".join(w[:12] for w in words[:3]),
        lambda words: f'"{" ".join(w[:12] for w in words[:2])}"',
        lambda words: f"{words[0][:3]}*",
        lambda words: f"{words[0][:12]} -{words[-1][:12]}",
        lambda words: f"title:{words[0][:12]}",
    ]
    return [kinds[n % len(kinds)](words) for n, words in enumerate(titles)]


def search(path: Path, asked: list[str]) -> list[float]:
    """Milliseconds of each search, hits and snippets included."""
    from reader.search import Search

    times = []
    with Archive(path) as archive, Search(archive) as find:
        for _ in range(2):  # the first warms up
            times = []
            for n, query in enumerate(asked):
                started = time.perf_counter()
                find(query, sort="best" if n // 8 % 2 else "newest", facets=False)
                times.append(1000 * (time.perf_counter() - started))
    return sorted(times)


def exported(path: Path, to: str, target: Path) -> int:
    from reader.export import export

    with Archive(path) as archive:
        return export(archive, to, target).records


def numbers(path: Path) -> int:
    from reader.stats import stats

    with Archive(path) as archive:
        return int(stats(archive)["articles"])


def mail(path: Path) -> int:
    """A digest of the last day."""
    from reader.digest import as_text, digest

    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Archive(path) as archive:
        newest = max(each.fetched for each in archive.facets())
        since = min(since, (datetime.fromisoformat(newest) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        started, cpu = time.perf_counter(), time.process_time()
        as_text(found := digest(archive, "benchmark", since))
        print(f"digest of {found.articles} articles: {time.perf_counter() - started:.2f} s, "
              f"{time.process_time() - cpu:.2f} s CPU")  # fmt: skip
        return found.articles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--dir", type=Path, help="scratch folder that is kept (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as scratch:
        path = (options.dir or Path(scratch)) / f"archive-{options.articles}"
        if not path.exists():
            made = path.with_suffix(".part")
            shutil.rmtree(made, ignore_errors=True)
            make(made, options.articles)
            made.rename(path)
        report(path, options.articles, Path(scratch))


def report(path: Path, articles: int, scratch: Path) -> None:
    def line(what: str, run: dict[str, Any], each: bool) -> None:
        rate = f"{articles / run['seconds']:8,.0f} articles/s" if each else ""
        print(f"{what:20}{run['seconds']:8.2f} s{run['cpu']:8.2f} s CPU{run['peak_mb']:7.0f} MB{rate}", flush=True)

    line("index", measured(index, path), True)
    run = measured(search, path, queries(path, 800))
    times = run["result"]
    print(
        f"search, {len(times)} queries: p50 {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms"
    )
    line("export parquet", measured(exported, path, "parquet", scratch / "out.parquet"), True)
    line("export jsonl", measured(exported, path, "jsonl", scratch / "out.jsonl"), True)
    line("stats", measured(numbers, path), False)
    measured(mail, path)


if __name__ == "__main__":
    main()
