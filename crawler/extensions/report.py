"""The run report: runs/<run>.json, and the same numbers at the end on the terminal."""

from __future__ import annotations

import logging
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals

from newslib.page import now

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

MOST_ERRORS = 200
"""Error lines a report keeps; the log has them all."""


class RunReport:
    """Writes the report when the spider closes; it stays as `crawler.report`."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.started, self.clock = now(), time.monotonic()
        crawler.faults = 0  # exceptions in our own code: the run goes on, and exits with 1
        crawler.signals.connect(self._fault, signal=signals.item_error)
        crawler.signals.connect(self._fault, signal=signals.spider_error)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunReport:
        return cls(crawler)

    def _fault(self, response: Any, failure: Any) -> None:
        self.crawler.faults += 1
        self.crawler.errors.append(
            f"{getattr(response, 'url', response)}: {type(failure.value).__name__}: {failure.value}"
        )

    def _closed(self, spider: Spider, reason: str) -> None:
        report = self.numbers(spider, reason)
        self.crawler.report = report
        if self.crawler.archive.failed is None:
            self.crawler.archive.write_report(report)

    def numbers(self, spider: Spider, reason: str) -> dict[str, Any]:
        """The report's fields (docs/archive.md lists them)."""
        stats = self.crawler.stats.get_stats()

        def group(prefix: str) -> dict[str, Any]:
            return {key.removeprefix(prefix): value for key, value in sorted(stats.items()) if key.startswith(prefix)}

        sources: dict[str, dict[str, int]] = {}
        for key, value in group("source/").items():
            source, _, what = key.partition("/")
            if source:
                sources.setdefault(source, {})[what] = value
        seconds = time.monotonic() - self.clock
        outcomes = group("outcome/")
        return {
            "run": self.crawler.archive.run,
            "spider": spider.name,
            "topics": {topic.id: topic.version for topic in getattr(spider, "topics", [])},
            "started": self.started,
            "finished": now(),
            "reason": reason,
            "seconds": round(seconds, 1),
            "requests": stats.get("downloader/request_count", 0),
            "bytes": stats.get("downloader/response_bytes", 0),
            "not_modified": stats.get("downloader/response_status_count/304", 0),
            "outcomes": outcomes,
            "articles": {k: stats.get(f"articles/{k}", 0) for k in ("stored", "versions", "copies")},
            "paragraphs": {"kept": stats.get("paragraphs/kept", 0), "dropped": group("paragraphs/dropped/")},
            "pages_per_second": round(sum(outcomes.values()) / seconds, 1) if seconds else 0.0,
            "peak_rss_mb": round(_peak_rss_mb()),
            "sources": sources,
            "errors": self.crawler.errors[:MOST_ERRORS],
        }


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024  # kilobytes on Linux, bytes on macOS


def summary(report: dict[str, Any]) -> str:
    """The report as a few lines for a person."""
    articles, dropped = report["articles"], sum(report["paragraphs"]["dropped"].values())
    outcomes = ", ".join(f"{count} {name}" for name, count in report["outcomes"].items()) or "none"
    polls = report["sources"].values()
    read, failed = sum(s.get("polls_ok", 0) for s in polls), sum(s.get("polls_failed", 0) for s in polls)
    speed = f"{report['pages_per_second']}/s, {report['bytes'] / 1e6:.1f} MB"
    lines = [
        f"run {report['run']}: {report['reason']} after {report['seconds']} s",
        f"  sources   {len(report['sources'])} asked: {read} feeds and sitemaps read, {failed} failed",
        f"  pages     {sum(report['outcomes'].values())} ({speed}): {outcomes}",
        f"  articles  {articles['stored']} new, {articles['versions']} new versions, {articles['copies']} copies",
        f"  repeats   {dropped} paragraphs dropped, {report['paragraphs']['kept']} kept",
    ]
    if report["errors"]:
        lines.append(f"  errors    {len(report['errors'])}, the first: {report['errors'][0]}")
    return "\n".join(lines)
