"""Stop within ten seconds: Ctrl-C, SIGTERM, a full disk.

Scrapy waits for every request that it has begun, delays and slow servers included. Here the waiting ones are given up
(their URLs stay pending in the ledger), downloads are cancelled, and pages in the workers get a short while.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from crawler.middlewares.errors import Postponed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

GRACE = 4.0
"""Seconds that pages already in the workers get to come out."""


class Stop:
    """`crawler.stop_run(reason, error)` ends the run; `crawler.stopping` is the asyncio.Event that says so."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        crawler.stopping = asyncio.Event()
        crawler.stop_run = self.stop
        self.task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Stop:
        return cls(crawler)

    def stop(self, reason: str = "shutdown", error: BaseException | None = None) -> None:
        """Begin to end the run (`error`: why); call it on the reactor's thread. A second call changes nothing."""
        if self.crawler.stopping.is_set():
            return
        self.crawler.failure = error
        self.crawler.stopping.set()
        self.task = asyncio.ensure_future(self._stop(reason))

    async def _stop(self, reason: str) -> None:
        engine = self.crawler.engine
        if workers := getattr(self.crawler, "workers", None):
            asyncio.get_running_loop().run_in_executor(None, workers.close, GRACE)
        closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))
        while not closing.done():
            self._drain()
            await asyncio.wait({closing}, timeout=0.1)
        if engine.running:
            await engine.stop_async()

    def _drain(self) -> None:
        """Give up what waits for its turn, and cancel what is on the wire."""
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                _, deferred = slot.queue.popleft()
                deferred.errback(Postponed("the run was stopped"))
        for task in list(self.crawler.downloads):
            task.cancel()
