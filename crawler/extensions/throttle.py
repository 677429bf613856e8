"""AutoThrottle over two floors: DOWNLOAD_DELAY and robots.txt's Crawl-delay."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.throttle import AutoThrottle
from scrapy.utils.httpobj import urlparse_cached

from crawler.middlewares.addresses import is_loopback_host

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

LONGEST_CRAWL_DELAY = 120.0
"""Seconds; a robots.txt that asks for more is taken at this: a page an hour would never end."""


class Throttle(AutoThrottle):
    """`crawler.throttle`. Stock AutoThrottle lowers a delay after a fast answer, and knows a longest one; the floors
    are kept whatever it comes to, and without it (AUTOTHROTTLE_ENABLED=0).

    With FETCH_PRIVATE_ADDRESSES loopback hosts are asked without any delay of our own.
    """

    def __init__(self, crawler: Crawler):
        try:
            super().__init__(crawler)
        except NotConfigured as error:
            if str(error):
                logger.warning("AutoThrottle is off: %s", error)
        self.crawler = crawler
        self.crawl_delays: dict[str, float] = {}  # by host, as the slots are
        self.least = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.full_speed = crawler.settings.getbool("FETCH_PRIVATE_ADDRESSES")
        crawler.throttle = self
        crawler.signals.connect(self._scheduled, signal=signals.request_scheduled)

    def floor(self, host: str, seconds: float) -> None:
        """Never ask `host` more often than every `seconds`."""
        self.crawl_delays[host] = max(self.crawl_delays.get(host, 0.0), min(seconds, LONGEST_CRAWL_DELAY))
        downloader = self.crawler.engine.downloader
        known = downloader.per_slot_settings.get(host, {})
        delay = max(self._floor(host), known.get("delay", 0.0 if self._unhurt(host) else downloader._delay))
        downloader.per_slot_settings[host] = {**known, "delay": delay, "jitter": 0}
        if slot := downloader.slots.get(host):
            slot.delay, slot.jitter = max(slot.delay, delay), 0

    def prepare(self, request: Request) -> None:
        """Before a request is queued: it waits in its own host's slot, and loopback hosts start without delay."""
        host = urlparse_cached(request).hostname or ""
        if request.meta.get("download_slot", host) != host:  # a redirect brings that of the host it came from
            del request.meta["download_slot"]
        slots = self.crawler.engine.downloader.per_slot_settings
        if host not in slots and self._unhurt(host):
            slots[host] = {"delay": 0, "jitter": 0}

    def _scheduled(self, request: Request) -> None:
        self.prepare(request)

    def _unhurt(self, host: str) -> bool:
        return self.full_speed and is_loopback_host(host)

    def _floor(self, host: str) -> float:
        return max(self.crawl_delays.get(host, 0.0), 0.0 if self._unhurt(host) else self.least)

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        host = urlparse_cached(response.request or response).hostname or ""
        if not self._unhurt(host):
            super()._adjust_delay(slot, latency, response)
            slot.delay = max(slot.delay, self._floor(host))
