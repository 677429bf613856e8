"""The frontier: Scrapy's scheduler over the archive's ledger.

Feeds, redirects and retries wait in Scrapy's memory queue. Article URLs stay in the ledger, where a kill cannot lose
them, and are taken from it a few at a time, fairly by host and likely titles first. What a run has taken and not yet
answered is known in memory only: in the ledger a URL is pending until its outcome commits.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.core.scheduler import Scheduler
from scrapy.http import Request

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from newslib.store import PendingUrl

logger = logging.getLogger(__name__)

AHEAD = 8
"""Requests a host may have in memory: enough to keep its downloader slot busy, few enough to keep hosts even."""


class FrontierScheduler(Scheduler):
    """A spider with an attribute `frontier` (list of source ids) is fed from the ledger; any other spider is not."""

    def __init__(self, *args: Any, crawler: Crawler, **kwargs: Any):
        super().__init__(*args, crawler=crawler, **kwargs)
        self.crawler: Crawler = crawler
        self.taken: set[str] = set()  # URLs of this run
        self.unanswered: dict[str, set[str]] = {}  # host -> URLs taken and not answered yet
        self.later: dict[str, int] = {}  # host -> answered with "not now": pending still
        self.spent: dict[str, int] = {}  # host -> article fetches of this run
        self.waiting: dict[str, int] = {}  # host -> pending in the ledger and not taken, as last counted
        self.stale = True  # the ledger got new URLs since `waiting` was counted

    def open(self, spider: Spider) -> Deferred[None] | None:
        self.sources: list[str] | None = getattr(spider, "frontier", None)
        self.budget: int | None = getattr(spider, "pages_per_host", None)
        if self.sources is not None:
            for signal in (signals.item_scraped, signals.item_dropped):
                self.crawler.signals.connect(self._answered, signal=signal)
            self.crawler.signals.connect(self._errored, signal=signals.item_error)
        return super().open(spider)

    def next_request(self) -> Request | None:
        if (request := super().next_request()) is not None:
            return request
        try:
            return super().next_request() if self._refill() else None
        except Exception as error:  # a broken ledger; Scrapy would ask again for ever
            self.crawler.failure = error
            self.crawler.stop_run("error")
            return None

    def has_pending_requests(self) -> bool:
        return super().has_pending_requests() or bool(self._available())

    def queue_size(self) -> int:
        """How much is still to be fetched in this run, for the progress line."""
        return len(self) + sum(self._left(host) for host in self.waiting)

    def close(self, reason: str) -> Deferred[None] | None:
        if self.sources is not None and reason == "finished":
            self._settle()
        return super().close(reason)

    def _settle(self) -> None:
        """Nothing vanishes: what was taken and never answered failed, what is over budget says so."""
        archive = self.crawler.archive
        for url in archive.still_pending([url for urls in self.unanswered.values() for url in urls]):
            logger.warning("No answer came for %s: the request was dropped on its way", url)
            archive.finish(url, "failed", "no-callback")
            self.stats.inc_value("outcome/failed")
        for host, count in self.waiting.items():
            if count > 0 and self.budget is not None and self.spent.get(host, 0) >= self.budget:
                archive.defer(host, "over-budget")

    def _left(self, host: str) -> int:
        count = max(0, self.waiting[host])
        return count if self.budget is None else min(count, max(0, self.budget - self.spent.get(host, 0)))

    def _available(self) -> list[str]:
        """Hosts that have something for this run, the least served first."""
        if self.sources is None:
            return []
        if self.stale:
            self.stale = False
            self.waiting = dict(self.crawler.archive.pending_hosts(self.sources))
            for host in self.waiting:
                self.waiting[host] -= len(self.unanswered.get(host, ())) + self.later.get(host, 0)
        longest = self.crawler.politeness.longest
        hosts = [h for h in self.waiting if self._left(h) > 0 and self.crawler.politeness.pause_of_host(h) <= longest]
        return sorted(hosts, key=lambda host: self.spent.get(host, 0))

    def _refill(self) -> bool:
        """Take URLs of hosts that may be asked now into memory. Whether any was taken."""
        found = False
        for host in self._available():
            taken = len(self.unanswered.get(host, ()))
            room = min(AHEAD - taken, self._left(host))
            if room <= 0 or self.crawler.politeness.pause_of_host(host) > 0:
                continue
            rows = self.crawler.archive.pending(host, self.sources, taken + self.later.get(host, 0) + room)
            fresh = [row for row in rows if row.url not in self.taken][:room]
            if len(fresh) < room:
                self.waiting[host] = len(fresh)
            for row in fresh:
                self._take(host, row)
                found = True
        return found

    def _take(self, host: str, row: PendingUrl) -> None:
        self.unanswered.setdefault(host, set()).add(row.url)
        self.taken.add(row.url)
        self.spent[host] = self.spent.get(host, 0) + 1
        self.waiting[host] -= 1
        self.enqueue_request(self.crawler.spider.page_request(row))

    def _answered(self, response: Any, exception: Exception | None = None) -> str | None:
        """An item went through the pipelines (response: its Response or Failure): its URL, if this run took it."""
        request = getattr(response, "request", None)
        host = request.meta.get("frontier_host") if request is not None else None
        url = request.meta["page"]["url"] if host else None
        if url is None or url not in self.unanswered.get(host, ()):
            return None
        self.unanswered[host].discard(url)
        if getattr(exception, "outcome", None) == "pending":
            self.later[host] = self.later.get(host, 0) + 1
        if not self.unanswered[host]:
            self.stale = True  # an outcome commits before its answer gets here, so a count in between is too low
        return url

    def _errored(self, response: Any, failure: Any) -> None:
        """A step raised something that is no DropItem: a fault of ours, logged by Scrapy; the URL ends all the same."""
        if url := self._answered(response):
            reason = f"error in a step: {type(failure.value).__name__}: {failure.value}"[:300]
            self.crawler.archive.finish(url, "failed", reason)
            self.stats.inc_value("outcome/failed")
