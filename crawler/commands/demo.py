"""`scrapy demo`: a real crawl of an invented newsroom on this machine."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.verb import UserError, Verb, project_path

if TYPE_CHECKING:
    from crawler.demo.newsroom import Newsroom
    from newslib import Archive

MARK = ".demo"
"""A file in every archive that a demo made, so that the next demo may replace it and nothing else."""
PORT = 8078
TOPIC = "russia-north-korea"


class Command(Verb):
    def short_desc(self) -> str:
        return "Crawl an invented newsroom on this machine into archive-demo/, and show what comes of it"

    example = "scrapy demo          (or: scrapy demo /tmp/my-demo)"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("directory", nargs="?", default="archive-demo", help="where to (default: archive-demo/)")

    def main(self, opts: argparse.Namespace) -> int:
        directory = Path.cwd() / opts.directory
        if opts.directory == "archive-demo":
            directory = project_path(self.settings, "") / "archive-demo"
        return demo(directory)


def demo(directory: Path) -> int:
    """Crawl twice, a newsroom that goes on publishing in between; print what is stored. Returns the exit code."""
    from crawler.demo.newsroom import Newsroom
    from newslib import Archive

    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise UserError(f"{directory} holds something that no demo made; give an empty or a new folder")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / MARK).touch()
    newsroom = start(Newsroom)
    try:
        say(f"An invented newsroom with {len(newsroom.outlets)} outlets is up on this machine (loopback only).")
        sources = directory / "demo-sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        command = [
            *("crawl", "news", "-a", f"topic={TOPIC}", "-a", f"sources={sources}", "-a", "since=30d"),
            *("-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", f"ARCHIVE_DIR={directory}"),
        ]
        for number, title in enumerate(("The first run", "The newsroom goes on publishing; the second run"), 1):
            say(f"\n{title}:  scrapy {' '.join(command)}\n")
            code = run([sys.executable, "-m", "scrapy", *command])
            if code != 0:
                return code
            if number == 1:
                newsroom.update()
                time.sleep(1)  # what is published now is dated in the next second
    finally:
        newsroom.stop()
    with Archive.open(directory) as archive:
        print(overview(archive, directory))
    return 0


def overview(archive: Archive, directory: Path) -> str:
    """What a person wants to read after a demo."""
    articles = list(archive.articles())
    languages = Counter(a.language for a in articles)
    outlets = Counter(a.publisher for a in articles)
    repeats = Counter(r["why"] for a in articles for r in a.repeats)
    shown = next((a for a in articles if a.repeats and a.language == "en"), articles[0])
    record = asdict(shown)
    record["text"] = record["text"][:300] + " …"
    record["repeats"] = [{**r, "text": r["text"][:80] + " …"} for r in record["repeats"][:2]]
    for match in record["topics"]:
        match["terms"] = match["terms"][:3]
    where = directory.name if directory.parent == Path.cwd() else directory
    outcomes = ", ".join(f"{n} {name}" for name, n in sorted(archive.outcomes().items()))
    return "\n".join(
        [
            "",
            f"{len(articles)} records of {len({a.article for a in articles})} articles on {TOPIC}, "
            f"from {len(outlets)} outlets in {len(languages)} languages:",
            "  " + ", ".join(f"{name} {count}" for name, count in languages.most_common()),
            f"  repeats dropped: {', '.join(f'{n} {why}' for why, n in repeats.most_common()) or 'none'}",
            f"  copies of agency texts: {sum(1 for a in articles if a.copy_of)}; "
            f"new versions: {sum(1 for a in articles if a.version > 1)}; "
            f"from the feed alone (page gone or closed): {sum(1 for a in articles if a.body == 'feed')}",
            f"  what became of every address: {outcomes}",
            "",
            "One record (shortened):",
            json.dumps(record, ensure_ascii=False, indent=2),
            "",
            "Next:" if shutil.which("scrapy") else "Next (after `source .venv/bin/activate`):",
            f"  scrapy archive verify -s ARCHIVE_DIR={where}      check every byte of it",
            f"  head -1 {where}/articles/*/*/*.jsonl               a record as it lies there",
            f"  scrapy topics test {TOPIC} -                       does a text match, and why",
            "  scrapy topics new my-subject WORD WORD             your own subject",
            "  scrapy crawl news -a topic=my-subject -a sources=https://a-news-site.example/",
        ]
    )


def start(factory: type[Newsroom]) -> Newsroom:
    """The newsroom on its usual port, so that addresses stay the same; on a free one when that is taken."""
    try:
        return factory(port=PORT).start()
    except OSError:
        return factory(port=0).start()


def run(command: list[str]) -> int:
    """Run a command to its end and return its exit code; Ctrl-C is the command's own affair."""
    process = subprocess.Popen(command)  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
