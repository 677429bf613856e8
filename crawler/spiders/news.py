"""Follow a subject across outlets, live: `scrapy crawl news -a topic=russia-north-korea`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from scrapy import Request
from scrapy_spider_metadata import Args

from crawler.spiders.base import FrontierSpider, outcome_of_error
from crawler.verb import project_path
from newslib.config import load_sources
from newslib.discovery import (
    COMMON_FEEDS,
    COMMON_SITEMAPS,
    Candidate,
    NotAFeed,
    NotASitemap,
    Window,
    find_ways,
    parse_feed,
    parse_sitemap,
    section_links,
)
from newslib.since import parse_since
from newslib.store import Link, Poll
from newslib.urls import absolute, canonical
from pipelines.match import judge

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newslib.config import Source

logger = logging.getLogger(__name__)

POLL_PRIORITY = 1000
"""Feeds, sitemaps and section pages come before any article (priority 0): they say which articles are likely ones."""
SITEMAP_PRIORITY = 900


class NewsArgs(BaseModel):
    """The arguments of `scrapy crawl news`."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(description="id of a topic, or several with commas: see `scrapy topics list`")
    sources: str | None = Field(
        default=None,
        description="ids, tag:NAME, a file.toml or the URL of a home page, with commas; default: all enabled",
    )
    since: str = Field(
        default="7d", description="only what feeds and sitemaps date later than this: 36h, 7d, 4w or 2025-10-01"
    )
    until: str | None = Field(default=None, description="only what they date earlier than this, written the same way")

    @field_validator("since", "until")
    @classmethod
    def _instant(cls, value: str | None) -> str | None:
        if value is not None:
            parse_since(value, datetime.now(UTC))  # raises ValueError with what is accepted
        return value


class NewsSpider(Args[NewsArgs], FrontierSpider):
    """Polls feeds, sitemaps and section pages of the sources; the frontier gives the article pages."""

    name = "news"

    @classmethod
    def prepare(cls, settings: Any, args: dict[str, str]) -> dict[str, Any]:
        """Check arguments and load what they name. Raises pydantic.ValidationError or ConfigError."""
        values = NewsArgs(**args)
        topics = cls.load_topics(settings, [t.strip() for t in values.topic.split(",") if t.strip()])
        found = load_sources(values.sources, project_path(settings, "SOURCES_DIR"), Path.cwd())
        moment = datetime.now(UTC)
        return {
            "topics": topics,
            "sources": {source.id: source for source in found},
            "window": Window(parse_since(values.since, moment), values.until and parse_since(values.until, moment)),
        }

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name, value in cls.prepare(crawler.settings, kwargs).items():
            setattr(spider, name, value)
        spider.frontier = list(spider.sources)
        spider.asked_for = f"{judge(spider.topics)} {spider.args.since} {spider.args.until or ''}"
        spider.pages_per_host = crawler.settings.getint("PAGES_PER_HOST")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        await self.begin()
        for source in self.sources.values():
            for request in self.ways_in(source):
                yield request

    def ways_in(self, source: Source) -> Iterator[Request]:
        """A source's feeds, sitemaps and sections; where none are given, those found earlier, else its home page."""
        ways = [("feed", u) for u in source.feeds] + [("sitemap", u) for u in source.sitemaps]
        ways += [("section", u) for u in source.sections]
        ways = ways or self.crawler.archive.ways(source.id)
        for kind, url in ways:
            yield self.poll(source, kind, url)
        if not ways:
            yield Request(
                source.site,
                callback=self.parse_home,
                errback=self.poll_failed,
                priority=POLL_PRIORITY,
                meta={"poll": (source, "home", source.site)},
            )

    def poll(self, source: Source, kind: str, url: str, **meta: Any) -> Request:
        """A conditional request for a feed, sitemap or section page. Under other topics, or for another time
        window, all that it offers is looked at anew."""
        known = self.crawler.archive.polled(url)
        headers = {}
        if known and known.judge == self.asked_for:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        callback = {"feed": self.parse_feed, "section": self.parse_section}.get(kind, self.parse_sitemap)
        return Request(
            url,
            callback=callback,
            errback=self.poll_failed,
            headers=headers,
            priority=SITEMAP_PRIORITY if callback == self.parse_sitemap else POLL_PRIORITY,
            meta={"poll": (source, kind, url), "depth": 0, **meta},
        )

    async def parse_feed(self, response: Response) -> None:
        if not await self.answered(response):
            return
        try:
            feed = parse_feed(response.body, response.url, _content_type(response))
        except NotAFeed as error:
            await self.failed(response.meta["poll"], response.status, str(error), probe=response.meta.get("probe"))
            return
        for fault in feed.errors:
            logger.info("%s: %s", response.url, fault)
        await self.offered(response, feed.candidates)

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Request]:
        if not await self.answered(response):
            return
        try:
            sitemap = parse_sitemap(response.body, response.url, _content_type(response))
        except NotASitemap as error:
            await self.failed(response.meta["poll"], response.status, str(error), probe=response.meta.get("probe"))
            return
        for fault in sitemap.errors:
            logger.info("%s: %s", response.url, fault)
        await self.offered(response, sitemap.candidates)
        source = response.meta["poll"][0]
        if response.meta["depth"] < 2:  # an index of indexes is the deepest that sitemaps.org's own examples go
            children, more = self.window.newest(sitemap.sitemaps, self.settings.getint("SITEMAPS_PER_INDEX"))
            if more:
                logger.warning(
                    "%s lists %d more sitemaps: left to SITEMAPS_PER_INDEX or a narrower since", response.url, more
                )
            for child in children:
                yield self.poll(source, "child", child.url, depth=response.meta["depth"] + 1)

    async def parse_section(self, response: Response) -> None:
        if await self.answered(response):
            await self.offered(response, section_links(response.body, response.url, _content_type(response)))

    async def parse_home(self, response: Response) -> AsyncIterator[Request]:
        """A source known by its home page alone: find its ways in, and take the links it shows at once."""
        source = response.meta["poll"][0]
        if response.status != 200:
            await self.failed(response.meta["poll"], response.status, f"HTTP {response.status}")
            return
        await self.offered(response, section_links(response.body, response.url, _content_type(response)))
        ways = find_ways(response.body, response.url, _content_type(response))
        robots = await self.crawler.robots.rules(*_base(response.url))
        named = [found for s in (robots.sitemaps if robots else []) if (found := absolute(s, response.url))]
        sitemaps = list(dict.fromkeys([*named, *ways.sitemaps]))
        for feed in ways.feeds:
            yield self.poll(source, "feed", feed)
        for sitemap in sitemaps:
            yield self.poll(source, "sitemap", sitemap)
        if not ways.feeds:
            for path in COMMON_FEEDS:
                yield self.poll(source, "feed", response.urljoin(path), probe=True)
        if not sitemaps:
            for path in COMMON_SITEMAPS:
                yield self.poll(source, "sitemap", response.urljoin(path), probe=True)

    async def answered(self, response: Response) -> bool:
        """Whether a poll brought something to read; a 304 or an error is noted in the coverage table."""
        source, kind, url = response.meta["poll"]
        if response.status == 304:
            poll = Poll(source=source.id, url=url, kind=kind, ok=True, status=304, unchanged=True, judge=self.asked_for)
            await self.discover([], poll)
            self.crawler.stats.inc_value(f"source/{source.id}/polls_ok")
            return False
        if response.status != 200:
            await self.failed(
                response.meta["poll"], response.status, f"HTTP {response.status}", probe=response.meta.get("probe")
            )
            return False
        return True

    async def offered(self, response: Response, candidates: list[Candidate]) -> None:
        """Commit what a poll offers, together with its validators."""
        source, kind, url = response.meta["poll"]
        links = [link for c in candidates if (link := self.link(c, source, kind, url)) is not None]
        poll = Poll(
            source=source.id,
            url=url,
            kind=kind,
            ok=True,
            status=response.status,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            judge=self.asked_for,
        )
        done = await self.discover(links, poll)
        stats = self.crawler.stats
        stats.inc_value(f"source/{source.id}/polls_ok")
        stats.inc_value(f"source/{source.id}/found", done.new)
        logger.info("%s: %d links, %d new, %d to be read again", url, len(links), done.new, done.due)

    def link(self, candidate: Candidate, source: Source, kind: str, url: str) -> Link | None:
        """The frontier's entry for a candidate; None when it is outside since/until or no web page."""
        address = canonical(candidate.url)
        date = candidate.published or candidate.updated
        if address is None or not self.window.holds(candidate):
            return None
        words = " ".join(filter(None, [candidate.title, candidate.summary, candidate.url.replace("-", " ")]))
        likely = max((topic.touches(words) for topic in self.topics), default=0.0)
        return Link(
            url=address,
            original=candidate.url,
            source=source.id,
            via={"feed": "feed", "sitemap": "sitemap", "child": "sitemap"}.get(kind, "home"),
            found_url=url,
            title=candidate.title,
            summary=candidate.summary,
            published=candidate.published.iso if candidate.published else None,
            day=date.day if candidate.published and date else None,
            utc_offset=candidate.published.offset if candidate.published else None,
            language=candidate.language,
            updated=candidate.updated.iso if candidate.updated else None,
            priority=round(likely * 50),
        )

    async def poll_failed(self, failure: Failure) -> None:
        request = failure.request  # type: ignore[attr-defined]
        await self.failed(request.meta["poll"], 0, outcome_of_error(failure.value)[1], probe=request.meta.get("probe"))

    async def failed(self, poll: tuple[Source, str, str], status: int, error: str, probe: bool | None = None) -> None:
        """Note a poll that brought nothing. A guess at a common place that is not there is no failure."""
        source, kind, url = poll
        if probe:
            return
        logger.warning("%s (%s of %s): %s", url, kind, source.id, error)
        self.crawler.errors.append(f"{url}: {error}")
        self.crawler.stats.inc_value(f"source/{source.id}/polls_failed")
        await self.discover([], Poll(source=source.id, url=url, kind=kind, ok=False, status=status, error=error))


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _content_type(response: Response) -> str | None:
    return _header(response, "Content-Type")


def _base(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    return scheme, rest.partition("/")[0]
