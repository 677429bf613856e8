"""What the four steps share: the archive, the counters, and the one way to end a page."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NoReturn

from pipelines.draft import Ended

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newslib.page import Page
    from newslib.store import Archive
    from newslib.topics import Topic


class Step:
    """Base of the pipeline steps. The archive reaches them as `crawler.archive`."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.archive: Archive = crawler.archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Any:
        return cls(crawler)

    @property
    def topics(self) -> list[Topic]:
        """The run's topics; none: everything is kept."""
        return getattr(self.crawler.spider, "topics", [])

    async def end(self, page: Page, outcome: str, reason: str | None = None, **known: Any) -> NoReturn:
        """Commit the outcome of a page's URL, then end its way. `known` goes to Archive.finish."""
        if outcome == "pending":
            await committed(self.archive.defer([page.url], reason))
        else:
            await committed(self.archive.finish(page.url, outcome, reason, page=page, **known))
            self.count(page, outcome, reason)
        raise Ended(outcome, reason)

    def count(self, page: Page, outcome: str, reason: str | None = None) -> None:
        self.crawler.stats.inc_value(f"outcome/{outcome}")
        source = page.source.id if page.source else ""
        self.crawler.stats.inc_value(f"source/{source}/{outcome}")
        if (
            outcome in ("failed", "quarantined", "blocked-address", "truncated", "too-large")
            and (errors := getattr(self.crawler, "errors", None)) is not None
        ):
            errors.append(f"{page.url}: {outcome}: {reason}")


async def committed(future: Future[Any]) -> Any:
    """Wait for the archive's writer without holding up the reactor."""
    return await asyncio.wrap_future(future)
