"""Retry-After: the pause a host asks for is kept, across runs too."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.utils.httpobj import urlparse_cached

from crawler.agent import user_agent
from crawler.middlewares.errors import Postponed
from newslib.robots import retry_after

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class PolitenessMiddleware:
    """Keeps each host's not-before. Short pauses are waited for, longer ones end the host's part of this run."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.longest = crawler.settings.getfloat("RETRY_AFTER_WAIT")
        self.agent = user_agent(crawler.settings)
        self.not_before: dict[str, datetime] = {}
        self.loaded: set[str] = set()
        crawler.politeness = self

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PolitenessMiddleware:
        return cls(crawler)

    def pause(self, base: str) -> float:
        """Seconds until `scheme://authority` may be asked again; 0 or less: now."""
        archive = getattr(self.crawler, "archive", None)
        if base not in self.loaded and archive:
            self.loaded.add(base)
            kept = archive.host(base).not_before
            if kept:
                self.not_before[base] = datetime.fromisoformat(kept)
        until = self.not_before.get(base)
        return (until - datetime.now(UTC)).total_seconds() if until else 0.0

    def pause_of_host(self, authority: str) -> float:
        """As `pause`, for an authority under either scheme."""
        return max(self.pause(f"{scheme}://{authority}") for scheme in ("https", "http"))

    async def process_request(self, request: Request) -> None:
        request.headers["User-Agent"] = self.agent
        base = _base(request)
        if (seconds := self.pause(base)) <= 0:
            return
        if seconds <= self.longest:
            stopping = self.crawler.stopping
            try:
                await asyncio.wait_for(stopping.wait(), seconds)
            except TimeoutError:
                return
            raise Postponed("the run was stopped")
        raise Postponed(f"{base} asked for a pause until {self.not_before[base]:%Y-%m-%dT%H:%M:%SZ}")

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status not in (429, 503):
            return response
        value = response.headers.get("Retry-After")
        until = retry_after(value.decode("latin-1") if value else None, datetime.now(UTC))
        if until is not None:
            base = _base(request)
            self.not_before[base] = max(until, self.not_before.get(base, until))
            archive = getattr(self.crawler, "archive", None)
            if archive:
                archive.set_host(base, not_before=f"{self.not_before[base]:%Y-%m-%dT%H:%M:%SZ}")
            logger.info("%s asks for a pause until %s", base, f"{until:%H:%M:%S}")
        return response


def _base(request: Request) -> str:
    url = urlparse_cached(request)
    return f"{url.scheme}://{url.netloc}"
