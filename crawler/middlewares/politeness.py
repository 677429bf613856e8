"""Pauses: what a host asks for by 429 or 503 is kept, by all that waits for it, and across runs.

A request of a paused host goes back to the scheduler, which gives it out when the pause is over. A pause of more than
RETRY_AFTER_WAIT leaves the host to a later run.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.httpobj import urlparse_cached

from crawler.agent import user_agent
from crawler.middlewares.errors import Paused, Postponed
from newslib.robots import MAX_PAUSE, retry_after

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

BARE = timedelta(seconds=30)
"""The pause for a 429 that names none (RFC 6585, 4, leaves it open); doubled while they go on coming."""


class PolitenessMiddleware:
    """`crawler.politeness`: `pause(authority)` and `longest`, both in seconds."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.longest = crawler.settings.getfloat("RETRY_AFTER_WAIT")
        self.agent = user_agent(crawler.settings)
        self.not_before: dict[str, datetime] = {}
        self.bare: dict[str, int] = {}  # pauses in a row for which an authority named no time
        self.loaded: set[str] = set()
        crawler.politeness = self
        # Not process_response: by then the host's slot has sent its next request.
        crawler.signals.connect(self._downloaded, signal=signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PolitenessMiddleware:
        return cls(crawler)

    def pause(self, authority: str) -> float:
        """Seconds until an authority (`host` or `host:port`) may be asked again; 0 or less: now."""
        name = _plain(authority)
        archive = getattr(self.crawler, "archive", None)  # absent in `scrapy sources check`
        if name not in self.loaded and archive:
            self.loaded.add(name)
            if kept := archive.host(name).not_before:
                self.not_before[name] = datetime.fromisoformat(kept)
        until = self.not_before.get(name)
        return (until - datetime.now(UTC)).total_seconds() if until else 0.0

    async def process_request(self, request: Request) -> Request | None:
        request.headers["User-Agent"] = self.agent
        self.crawler.throttle.prepare(request)
        return await self._hold(request)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if isinstance(exception, Paused):
            return await self._hold(request) or _again(request)
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status in (429, 503):
            self._leave_if_long(urlparse_cached(request).netloc)
        return response

    async def _hold(self, request: Request) -> Request | None:
        """None: it may be sent. A request: give it back to the scheduler. Raises Postponed."""
        authority = urlparse_cached(request).netloc
        while (seconds := self.pause(authority)) > 0:
            self._leave_if_long(authority)
            until = self.not_before[_plain(authority)]
            if request.meta.get("held_until") != until:
                request = _again(request)
                request.meta["held_until"] = until
                return request
            # Nobody held it: it came by Engine.download_async (robots.txt does) or from a scheduler that cannot.
            try:
                await asyncio.wait_for(self.crawler.stopping.wait(), seconds)
            except TimeoutError:
                continue
            raise Postponed("the run was stopped")
        return None

    def _leave_if_long(self, authority: str) -> None:
        if self.pause(authority) > self.longest:
            name = _plain(authority)
            raise Postponed(f"{name} asked for a pause until {_instant(self.not_before[name])}")

    def _downloaded(self, response: Response, request: Request) -> None:
        name = _plain(urlparse_cached(request).netloc)
        if response.status not in (429, 503):
            if response.status < 400:
                self.bare.pop(name, None)
            return
        now = datetime.now(UTC)
        value = response.headers.get("Retry-After")
        until = retry_after(value.decode("latin-1") if value else None, now)
        if until is None and response.status == 429 and self.pause(name) <= 0:  # else it was sent before the pause
            count = self.bare[name] = self.bare.get(name, 0) + 1
            until = now + min(BARE * 2 ** min(count - 1, 20), MAX_PAUSE)
        if until is None or until <= self.not_before.get(name, now):
            return
        self.not_before[name] = until
        if archive := getattr(self.crawler, "archive", None):
            archive.set_host(name, not_before=_instant(until))
        logger.info("%s asks for a pause until %s", name, _instant(until))


def _plain(authority: str) -> str:
    """An authority in one spelling, whatever the scheme: no user, no default port, lower case."""
    name = authority.rpartition("@")[2].lower()
    return name.removesuffix(":80").removesuffix(":443")


def _again(request: Request) -> Request:
    """The request for the scheduler, whose filter of duplicates has seen it before."""
    return request.replace(dont_filter=True)


def _instant(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
