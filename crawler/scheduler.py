"""The frontier: Scrapy's scheduler over the archive's ledger.

Feeds, redirects and retries wait in Scrapy's memory queue. Article URLs stay in the ledger, where a kill cannot lose
them, and are taken from it a few at a time, fairly by host and likely titles first. What a run has taken and not yet
answered is known in memory only: in the ledger a URL is pending until its outcome commits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.core.scheduler import Scheduler
from scrapy.http import Request
from scrapy.pqueues import DownloaderAwarePriorityQueue, DownloaderInterface
from scrapy.utils.httpobj import urlparse_cached

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from newslib.store import PendingUrl

logger = logging.getLogger(__name__)

AHEAD = 8
"""Article requests a host may have under way or in memory: enough to keep its downloader slot busy."""
SLOW = 2
"""Requests of a host with a delay that may be in the downloader: the next one, and one to follow."""
GAP = 3.0
"""Seconds of stillness after which a request that was not answered is taken for lost: answers pass between components
in single turns of the event loop."""


class _Fair(DownloaderInterface):
    """Only slots that may have another request in the downloader, so that one slow host cannot fill it."""

    def stats(self, possible_slots: Iterable[str]) -> list[tuple[int, str]]:
        active = Counter(map(self.get_slot_key, self.downloader.active))  # those that wait for robots.txt, too
        return [(active[slot], slot) for slot in possible_slots if active[slot] < self._most(slot)]

    def _most(self, key: str) -> int:
        slot = self.downloader.slots.get(key)
        return SLOW if slot is None or slot.delay else self.downloader.domain_concurrency


class FairQueue(DownloaderAwarePriorityQueue):
    """Scrapy's queue by host, with a bound a host."""

    def __init__(self, crawler: Crawler, *args: Any, **kwargs: Any):
        super().__init__(crawler, *args, **kwargs)
        self._downloader_interface = _Fair(crawler)


class FrontierScheduler(Scheduler):
    """A spider with an attribute `frontier` (list of source ids) is fed from the ledger; any other spider is not."""

    def __init__(self, *args: Any, crawler: Crawler, **kwargs: Any):
        super().__init__(*args, crawler=crawler, **kwargs)
        self.crawler: Crawler = crawler
        self.enough = 2 * crawler.settings.getint("CONCURRENT_REQUESTS")
        self.held: set[asyncio.TimerHandle] = set()  # requests of hosts that asked for a short pause
        self.taken: dict[str, set[str]] = {}  # host -> URLs that this run took and that have not ended
        self.ended: Counter[str] = Counter()  # host -> URLs that have; one may come up again (a feed says more of it)
        self.unanswered: dict[str, dict[str, str]] = {}  # host -> URL -> source id: those not answered yet
        self.postponed: set[str] = set()  # hosts left to a later run
        self.waiting: dict[str, int] = {}  # host -> pending in the ledger and not taken, as last counted
        self.stale = True  # the ledger got new URLs since `waiting` was counted
        self.hungry = True  # a host may have room for more
        self.still_since: float | None = None

    def open(self, spider: Spider) -> Deferred[None] | None:
        self.sources: list[str] | None = getattr(spider, "frontier", None)
        self.budget: int | None = getattr(spider, "pages_per_host", None)
        if self.sources is not None:
            self.crawler.signals.connect(self._answered, signal=signals.item_scraped)
            self.crawler.signals.connect(self._dropped, signal=signals.item_dropped)
            self.crawler.signals.connect(self._errored, signal=signals.item_error)
        return super().open(spider)

    def changed(self) -> None:
        """The ledger got new URLs."""
        self.stale = self.hungry = True

    # --- what the engine calls

    def enqueue_request(self, request: Request) -> bool:
        pause = self.crawler.politeness.pause(urlparse_cached(request).netloc)
        if 0 < pause <= self.crawler.politeness.longest:
            self.hold(request, pause)
            return True
        return super().enqueue_request(request)

    def hold(self, request: Request, seconds: float) -> None:
        """Give a request out when its host's pause is over."""

        def over() -> None:
            self.held.discard(timer)
            self.crawler.engine.crawl(request)

        timer = asyncio.get_running_loop().call_later(seconds, over)
        self.held.add(timer)

    def next_request(self) -> Request | None:
        if self.hungry and self.sources is not None and len(self) < self.enough:
            try:
                self._refill()
            except Exception as error:  # a broken ledger; Scrapy would ask again for ever
                self.crawler.stop_run("error", error)
                return None
        return super().next_request()

    def has_pending_requests(self) -> bool:
        """Scrapy asks only when nothing is being downloaded or processed: what is not answered by then was lost."""
        if super().has_pending_requests() or self.held:
            self.still_since = None
            return True
        if any(self.unanswered.values()):
            self.still_since = self.still_since or time.monotonic()
            if time.monotonic() - self.still_since < GAP:
                return True
            self._lose_unanswered()
        return bool(self._available())

    def close(self, reason: str) -> Deferred[None] | None:
        for timer in self.held:
            timer.cancel()
        if self.sources is not None and reason == "finished":
            self._lose_unanswered()
            for host, count in self.waiting.items():
                if count > 0 and host not in self.postponed and self._left(host) == 0:
                    self.crawler.archive.defer(host, "over-budget")
        return super().close(reason)

    def queue_size(self) -> int:
        """How much is still to be fetched in this run, for the progress line."""
        return len(self) + len(self.held) + sum(self._left(host) for host in self.waiting)

    # --- the ledger's side

    def _left(self, host: str) -> int:
        count = max(0, self.waiting[host])
        return count if self.budget is None else min(count, max(0, self.budget - self._served(host)))

    def _served(self, host: str) -> int:
        return self.ended[host] + len(self.taken.get(host, ()))

    def _available(self) -> list[str]:
        """Hosts that have something for this run, the least served first."""
        if self.sources is None:
            return []
        if self.stale:
            self.stale = False
            self.waiting = dict(self.crawler.archive.pending_hosts(self.sources))
            for host in self.waiting:
                self.waiting[host] -= len(self.unanswered.get(host, ()))
        longest, pause = self.crawler.politeness.longest, self.crawler.politeness.pause
        hosts = [
            host
            for host in self.waiting
            if self._left(host) > 0 and host not in self.postponed and pause(host) <= longest
        ]
        return sorted(hosts, key=self._served)

    def _refill(self) -> None:
        """Take URLs of hosts that may be asked now into memory, until that is enough."""
        self.hungry = False
        for host in self._available():
            if len(self) >= self.enough:
                self.hungry = True
                return
            under_way = len(self.unanswered.get(host, ()))
            room = min(AHEAD - under_way, self._left(host))
            if room <= 0:
                continue
            if self.crawler.politeness.pause(host) > 0:
                self.hungry = True
                continue
            rows = self.crawler.archive.pending(host, self.sources, room, self.taken.get(host, ()))
            if len(rows) < room:
                self.waiting[host] = len(rows)
            for row in rows:
                self._take(host, row)

    def _take(self, host: str, row: PendingUrl) -> None:
        self.waiting[host] -= 1
        self.taken.setdefault(host, set()).add(row.url)
        try:
            request = self.crawler.spider.page_request(row)
        except ValueError as error:  # an address that Scrapy does not accept
            self._finish(row.url, row.source, "failed", f"no address to ask for: {error}")
            return
        self.unanswered.setdefault(host, {})[row.url] = row.source
        self.still_since = None
        self.enqueue_request(request)

    def _lose_unanswered(self) -> None:
        """Nothing vanishes: what was taken and never answered failed (a redirect dropped in silence, say)."""
        lost = {url: source for urls in self.unanswered.values() for url, source in urls.items()}
        self.unanswered.clear()
        for url in self.crawler.archive.still_pending(list(lost)):
            logger.warning("No answer came for %s: the request was dropped on its way", url)
            self._finish(url, lost[url], "failed", "no-callback")
        self.hungry = True

    def _finish(self, url: str, source: str, outcome: str, reason: str, **known: Any) -> None:
        self.crawler.archive.finish(url, outcome, reason, **known)
        self.stats.inc_value(f"outcome/{outcome}")
        self.stats.inc_value(f"source/{source}/{outcome}")

    # --- answers: an item of a request went through the pipelines (`response` is its Response or Failure)

    def _answered(self, response: Any) -> tuple[str, str, str] | None:
        """Host, URL and source id of the answer, if this run waited for it."""
        request = getattr(response, "request", None)
        host = request.meta.get("frontier_host") if request is not None else None
        url = request.meta["page"]["url"] if host else None
        if host is None or url not in self.unanswered.get(host, ()):
            return None
        source = self.unanswered[host].pop(url)
        self.hungry, self.still_since = True, None
        self.taken[host].discard(url)
        self.ended[host] += 1
        if not self.unanswered[host]:
            self.stale = True  # an outcome commits before its answer gets here, so a count in between is too low
        return host, url, source

    def _dropped(self, response: Any, exception: Exception) -> None:
        if (answer := self._answered(response)) is None:
            return
        host, url, source = answer
        outcome = getattr(exception, "outcome", None)
        if outcome == "pending":
            self.taken[host].add(url)
            self.ended[host] -= 1
        if outcome is None:  # a step of the user's own: its DropItem is a judgement like a topic's
            topics = {topic.id: topic.version for topic in self.crawler.spider.topics}
            self._finish(url, source, "off-topic", f"dropped by a step: {exception}"[:300], judged=topics)
        elif outcome == "pending" and host not in self.postponed and self._is_closed(host):
            self.postponed.add(host)
            self.crawler.archive.defer(host, exception.reason)
            logger.info("%s is left to a later run: %s", host, exception.reason)

    def _is_closed(self, host: str) -> bool:
        """Whether what kept one of a host's pages back keeps all of them back."""
        return host in self.crawler.robots.unreadable or self.crawler.politeness.pause(host) > 0

    def _errored(self, response: Any, failure: Any) -> None:
        """A step raised something that is no DropItem: a fault of ours, logged by Scrapy; the URL ends all the same."""
        if (answer := self._answered(response)) is not None:
            reason = f"error in a step: {type(failure.value).__name__}: {failure.value}"[:300]
            self._finish(answer[1], answer[2], "failed", reason)
