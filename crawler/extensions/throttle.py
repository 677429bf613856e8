"""AutoThrottle with robots.txt's Crawl-delay as a floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.extensions.throttle import AutoThrottle
from scrapy.utils.httpobj import urlparse_cached

from crawler.middlewares.addresses import is_loopback_host

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

LONGEST_CRAWL_DELAY = 120.0
"""Seconds; a robots.txt that asks for more is taken at this: a page an hour would never end."""


class Throttle(AutoThrottle):
    """Stock AutoThrottle lowers a delay after a fast answer and varies it by half; a floor is kept whatever comes.

    With FETCH_PRIVATE_ADDRESSES loopback hosts are asked without any delay of our own.
    """

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        self.floors: dict[str, float] = {}
        self.full_speed = crawler.settings.getbool("FETCH_PRIVATE_ADDRESSES")
        crawler.throttle = self
        crawler.signals.connect(self._scheduled, signal=signals.request_scheduled)

    def floor(self, host: str, seconds: float) -> None:
        """Never ask `host` more often than every `seconds`."""
        self.floors[host] = min(seconds, LONGEST_CRAWL_DELAY)
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {"delay": self.floors[host], "jitter": 0}
        if slot := downloader.slots.get(host):
            slot.delay, slot.jitter = max(slot.delay, self.floors[host]), 0

    def _scheduled(self, request: Request) -> None:
        self.prepare(urlparse_cached(request).hostname or "")

    def prepare(self, host: str) -> None:
        """Before a host's first request: loopback hosts start without delay."""
        slots = self.crawler.engine.downloader.per_slot_settings
        if self.full_speed and host not in slots and is_loopback_host(host):
            slots[host] = {"delay": 0, "jitter": 0}

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        host = urlparse_cached(response.request or response).hostname or ""
        floor = self.floors.get(host, 0.0)
        if self.full_speed and is_loopback_host(host):
            slot.delay = floor
            return
        super()._adjust_delay(slot, latency, response)
        slot.delay = max(slot.delay, floor)
