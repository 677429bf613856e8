"""What the four steps share: which items are theirs, the archive, and the one way to end a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from itemadapter import ItemAdapter

from newslib.store import ArchiveError, committed
from pipelines.draft import Ended

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newslib.page import Page
    from newslib.store import Archive
    from newslib.topics import Topic

FAULTS = ("failed", "quarantined", "blocked-address", "truncated", "too-large")
"""Outcomes that the run report lists as errors."""


class Step:
    """A pipeline step: `step` works on items of the kind `takes`; others pass by. The archive is `crawler.archive`."""

    takes: type

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.archive: Archive = crawler.archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Any:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if not (ItemAdapter.is_item(item) and isinstance(item, self.takes)):
            return item
        try:
            return await self.step(item)
        except ArchiveError as error:  # the disk is full or broken: the run is ending, and has said so
            raise Ended("pending", str(error)) from error

    async def step(self, item: Any) -> Any:
        raise NotImplementedError

    @property
    def topics(self) -> list[Topic]:
        """The run's topics; none: everything is kept."""
        return getattr(self.crawler.spider, "topics", [])

    async def end(self, page: Page, outcome: str, reason: str | None = None, **known: Any) -> NoReturn:
        """Commit the outcome of a page's URL, then end its way. `known` goes to Archive.finish.

        The page of a record that is read anew ends without a change: the record and its URL's outcome stay.
        """
        if outcome == "pending":
            await committed(self.archive.defer([page.url], reason or outcome))
            raise Ended(outcome, reason)
        if not page.in_place:
            outcome = await self.finish(page, outcome, reason, **known)
        elif outcome == "quarantined":
            await committed(self.archive.set_aside(page.url, reason or outcome))
        self.count(page, outcome, reason)
        raise Ended(outcome, reason)

    async def finish(self, page: Page, outcome: str, reason: str | None, **known: Any) -> str:
        """Commit an outcome with its page, `quarantined` without it when that cannot be written; the outcome."""
        try:
            await committed(self.archive.finish(page.url, outcome, reason, page=page, **known))
            return outcome
        except ArchiveError:
            raise
        except Exception as error:
            why = f"{reason or outcome}; its page could not be written: {error}"
            await committed(self.archive.finish(page.url, "quarantined", why, who="store"))
            return "quarantined"

    def count(self, page: Page, outcome: str, reason: str | None = None) -> None:
        self.crawler.stats.inc_value(f"outcome/{outcome}")
        self.crawler.stats.inc_value(f"source/{page.source.id if page.source else ''}/{outcome}")
        if outcome in FAULTS:
            self.crawler.errors.append(f"{page.url}: {outcome}: {reason}")
