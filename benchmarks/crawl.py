"""Crawl speed: this project against an afternoon's Scrapy + trafilatura script, on the same pages in the same run.

    python -m benchmarks.crawl                         # variations of the demo newsroom's pages
    python -m benchmarks.crawl --pages DIR --runs 3    # of real pages: *.html or *.html.gz

Prints a line per run and the medians; docs/benchmarks.md holds the table.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from crawler.demo import render
from crawler.demo.content import load
from crawler.demo.server import Answer, Request, Server

ROOT = Path(__file__).parent.parent
TOPIC = (
    "<p>Moscow and Pyongyang praised the pact between Russia and North Korea, and foreign minister Choe Son Hui met "
    "Sergei Lavrov, agencies reported in item %d.</p>"
)


def pages_of(folder: Path | None) -> list[bytes]:
    """The pages to vary: those of a folder, or the demo's."""
    if folder is not None:
        files = sorted(folder.rglob("*.html*"))
        return [gzip.decompress(f.read_bytes()) if f.suffix == ".gz" else f.read_bytes() for f in files]
    outlets = load(datetime.now(UTC))
    return [render.page(o, a) for o in outlets for a in o.out() if a.charset == "utf-8" and not a.answer]


def vary(page: bytes, number: int) -> bytes:
    """A unique variation of a page that is on the topic: every paragraph gets a suffix, the middle one a neighbour."""
    parts = page.split(b"</p>")
    middle = len(parts) // 2
    return b"".join(
        part + b" [%d-%d]</p>" % (number, n) + (TOPIC % number).encode() * (n == middle)
        for n, part in enumerate(parts[:-1])
    ) + parts[-1]  # fmt: skip


class Newspapers:
    """Eight outlets on loopback with an RSS feed each."""

    def __init__(self, pages: list[bytes], articles: int):
        self.pages, self.each = pages, articles // 8
        self.now = datetime.now(UTC)
        self.server = Server(self.respond)

    def respond(self, request: Request) -> Answer:
        outlet = int(request.host.split(".")[0].removeprefix("outlet"))
        if request.path == "/rss.xml":
            return Answer(200, {"Content-Type": "application/rss+xml"}, self.feed(outlet))
        if request.path.startswith("/a/"):
            number = int(request.path[3:])
            return Answer(200, {"Content-Type": "text/html"}, vary(self.pages[number % len(self.pages)], number))
        return Answer(404)

    def feed(self, outlet: int) -> str:
        base = f"http://outlet{outlet}.localhost:{self.server.port}"
        items = "".join(
            f"<item><title>Report {n}</title><link>{base}/a/{n}</link>"
            f"<pubDate>{format_datetime(self.now - timedelta(minutes=n - outlet * self.each))}</pubDate></item>"
            for n in range(outlet * self.each, (outlet + 1) * self.each)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{outlet}</title>{items}</channel></rss>'

    def sources(self) -> str:
        return "\n".join(
            f'[[source]]\nid = "outlet{n}"\nsite = "{base}"\nfeeds = ["{base}/rss.xml"]'
            for n in range(8)
            for base in [f"http://outlet{n}.localhost:{self.server.port}"]
        )


def timed(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of *.html or *.html.gz (default: the demo's pages)")
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    ratios = []
    papers = Newspapers(pages_of(options.pages), options.articles)
    papers.server.start()
    for run in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            sources, archive = Path(folder) / "sources.toml", Path(folder) / "archive"
            sources.write_text(papers.sources(), encoding="utf-8")
            baseline = timed(
                [sys.executable, "-m", "benchmarks.baseline", str(papers.server.port), f"{folder}/out.jsonl"]
            )
            ours = timed(
                [
                    *(sys.executable, "-m", "scrapy", "crawl", "news", "-a", "topic=russia-north-korea"),
                    *("-a", f"sources={sources}", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", f"ARCHIVE_DIR={archive}"),
                ]
            )
            report = json.loads(next((archive / "runs").glob("*.json")).read_text())
        ratios.append(ours / baseline)
        print(
            f"run {run + 1}: baseline {baseline:.1f} s, this project {ours:.1f} s (ratio {ratios[-1]:.2f}), "
            f"{report['articles']['stored']} of {options.articles} stored, {options.articles / ours:.0f} pages/s, "
            f"peak {report['peak_rss_mb']} MB"
        )
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
