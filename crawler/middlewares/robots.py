"""robots.txt as RFC 9309 has it: what cannot be read forbids everything, what is not there allows everything."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.agent import PRODUCT
from crawler.middlewares.errors import BlockedAddress, BlockedByRobots, Postponed
from newslib.page import now
from newslib.robots import Robots

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class RobotsMiddleware:
    """Asks each authority for its robots.txt once a run, conditionally; the body is kept in the ledger.

    A request whose meta holds `robots: False` is not checked (robots.txt itself).
    """

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.tasks: dict[str, asyncio.Task[Robots | None]] = {}
        self.unreadable: set[str] = set()  # authorities whose rules could not be read in this run
        crawler.robots = self

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots") is False or not self.crawler.settings.getbool("ROBOTSTXT_OBEY"):
            return
        url = urlparse_cached(request)
        robots = await self.rules(url.scheme, url.netloc)
        if robots is None:
            raise Postponed(f"robots.txt of {url.netloc} cannot be read")
        if not robots.allowed(request.url, PRODUCT):
            raise BlockedByRobots(f"robots.txt of {url.netloc} forbids it")

    async def rules(self, scheme: str, authority: str) -> Robots | None:
        """The rules of an authority (host and port), None when they cannot be read, which forbids everything.

        Raises BlockedAddress or CannotResolveHostError: what holds for its robots.txt holds for all of the host.
        """
        key = f"{scheme}://{authority}"
        if key not in self.tasks:
            self.tasks[key] = asyncio.ensure_future(self.fetch(key, authority))
        rules = await asyncio.shield(self.tasks[key])
        if rules is None:
            self.unreadable.add(authority)
        return rules

    async def fetch(self, base: str, authority: str) -> Robots | None:
        archive = getattr(self.crawler, "archive", None)  # absent in `scrapy sources check`
        kept = archive.host(base) if archive else None
        request = Request(
            base + "/robots.txt", callback=NO_CALLBACK, priority=2000, meta={"robots": False, "download_timeout": 15}
        )
        if kept and kept.robots_body is not None:
            if kept.robots_etag:
                request.headers["If-None-Match"] = kept.robots_etag
            if kept.robots_last_modified:
                request.headers["If-Modified-Since"] = kept.robots_last_modified
        try:
            response = await self.crawler.engine.download_async(request)
        except (BlockedAddress, CannotResolveHostError):
            raise
        except IgnoreRequest as error:  # a pause the host asked for, a refused address, too many redirects
            if not self.crawler.stopping.is_set():
                logger.warning("robots.txt of %s cannot be read: %s", authority, error)
            return None
        except Exception as error:  # whatever the network did: unreachable
            logger.warning("robots.txt of %s cannot be reached: %s", authority, error or type(error).__name__)
            return None
        status = response.status
        if status == 304 and kept and kept.robots_body is not None:
            body, etag, modified = kept.robots_body, kept.robots_etag, kept.robots_last_modified
        elif 200 <= status < 300 and "dataloss" in response.flags:  # what is missing may forbid
            logger.warning("robots.txt of %s came cut off: nothing is fetched there until it can be read", authority)
            return None
        elif 200 <= status < 300:
            body = response.body
            etag, modified = _text(response.headers.get("ETag")), _text(response.headers.get("Last-Modified"))
        elif 400 <= status < 500 and status != 429:  # RFC 9309, 2.3.1.3: unavailable; 429 says "later", not "none"
            body, etag, modified = b"", None, None
        else:
            logger.warning(
                "robots.txt of %s answers %s: nothing is fetched there until it can be read", authority, status
            )
            return None
        if archive:
            archive.set_host(
                base,
                robots_status=status,
                robots_body=body,
                robots_etag=etag,
                robots_last_modified=modified,
                robots_fetched=now(),
            )
        robots = Robots(body)
        delay = robots.crawl_delay(PRODUCT)
        if delay:
            self.crawler.throttle.floor(urlparse_cached(request).hostname or "", delay)
        return robots


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value else None
