"""Follow a subject across outlets, live: `scrapy crawl news -a topic=russia-north-korea`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from scrapy import Request
from scrapy_spider_metadata import Args

from crawler.polling import UNREADABLE, Listing, Way, given_ways, header, read, ways_from_home
from crawler.spiders.base import FrontierSpider, outcome_of_error
from crawler.verb import project_path
from newslib.config import load_sources
from newslib.discovery import Candidate, Ways, Window
from newslib.since import parse_since
from newslib.store import Link, Poll
from newslib.text import comma_list
from newslib.topics import judge
from newslib.urls import canonical

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newslib.config import Source

logger = logging.getLogger(__name__)

POLL_PRIORITY = 1000
"""Feeds, sitemaps and section pages come before any article (priority 0): they say which articles are likely ones."""
SITEMAP_PRIORITY = 900
DEPTH = 2
"""Indexes, one in the other, that are followed: sitemaps.org allows one, some outlets have two."""
BATCH = 1000
"""Links a transaction: the articles before it need not wait for a big sitemap."""


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

    @field_validator("topic")
    @classmethod
    def _ids(cls, value: str) -> str:
        ids = comma_list(value)
        if not ids:
            raise ValueError("names no topic; `scrapy topics list` shows those there are")
        return ",".join(ids)

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
        topics = cls.load_topics(settings, values.topic.split(","))
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
        spider.asked = set()  # source id and URL of every poll of this run
        spider.reading = asyncio.Semaphore(1)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        await self.begin()
        for source in self.sources.values():
            for request in self.ways_in(source):
                yield request

    def ways_in(self, source: Source) -> Iterator[Request]:
        """The ways in that a source's file gives; where it gives none, those found earlier and the home page."""
        ways = given_ways(source)
        if not ways:
            ways = self.crawler.archive.ways(source.id)
            yield from self.poll(Way(source, "home", source.site, found_before=bool(ways)))
        for kind, url in ways:
            yield from self.poll(Way(source, kind, url))

    def poll(self, way: Way) -> Iterator[Request]:
        """A conditional request for a way in that this run has not asked for. Under other topics, or for another time
        window, all that it offers is looked at anew."""
        if (way.source.id, way.url) in self.asked:
            return
        self.asked.add((way.source.id, way.url))
        known = self.crawler.archive.polled(way.url)
        headers = {}
        if known and known.judge == self.asked_for:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        yield Request(
            way.url,
            callback=self.parse_poll,
            errback=self.poll_failed,
            headers=headers,
            priority=SITEMAP_PRIORITY if way.via == "sitemap" else POLL_PRIORITY,
            meta={"way": way},
        )

    async def parse_poll(self, response: Response) -> AsyncIterator[Request]:
        way, listing = response.meta["way"], None
        if response.status == 200:
            listing = await self.listed(way, response)
        elif response.status == 304:
            await self.commit(way, [], Poll(way.source.id, way.url, way.kind, ok=True, status=304, unchanged=True))
        else:
            await self.failed(way, response.status, f"HTTP {response.status}")
        for request in await self.further(way, response.url, listing):
            yield request

    async def poll_failed(self, failure: Failure) -> AsyncIterator[Request]:
        request = failure.request  # type: ignore[attr-defined]
        way = request.meta["way"]
        outcome, reason = outcome_of_error(failure.value)
        if outcome == "pending":
            self.postponed(way, reason)
        else:
            await self.failed(way, 0, reason)
        for further in await self.further(way, request.url, None):
            yield further

    async def listed(self, way: Way, response: Response) -> Listing | None:
        """Read an answer and commit what it offers; None when it cannot be read, or the run ends meanwhile."""
        try:
            async with self.reading:
                if self.crawler.stopping.is_set():
                    return None
                # A big sitemap takes seconds: not in the event loop, and one at a time, since Python runs but one.
                listing, links = await asyncio.get_running_loop().run_in_executor(None, self.read, way, response)
        except UNREADABLE as error:
            await self.failed(way, response.status, str(error))
            return None
        for fault in listing.errors:
            logger.info("%s: %s", response.url, fault)
        poll = Poll(way.source.id, way.url, way.kind, ok=True, status=response.status, judge=self.asked_for)
        poll.ways = [("feed", u) for u in listing.ways.feeds] + [("sitemap", u) for u in listing.ways.sitemaps]
        if "dataloss" in response.flags:
            poll.ok, poll.status, poll.error = False, 0, "the answer was cut off: read as far as it goes"
        elif not listing.sitemaps:  # an index that has not changed says nothing of its children: it is read each time
            poll.etag, poll.last_modified = header(response, "ETag"), header(response, "Last-Modified")
        return listing if await self.commit(way, links, poll) else None

    def read(self, way: Way, response: Response) -> tuple[Listing, list[Link]]:
        """What an answer lists, and the frontier's entries for it. In a thread of its own, so without the ledger."""
        kind = "sitemap" if way.kind == "child" else way.kind
        listing = read(kind, response.body, response.url, header(response, "Content-Type"))
        return listing, [link for c in listing.candidates if (link := self.link(c, way)) is not None]

    def link(self, candidate: Candidate, way: Way) -> Link | None:
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
            source=way.source.id,
            via=way.via,
            found_url=way.url,
            title=candidate.title,
            summary=candidate.summary,
            published=candidate.published.iso if candidate.published else None,
            day=date.day if candidate.published and date else None,
            utc_offset=candidate.published.offset if candidate.published else None,
            language=candidate.language,
            updated=candidate.updated.iso if candidate.updated else None,
            priority=round(likely * 50),
        )

    async def commit(self, way: Way, links: list[Link], poll: Poll) -> bool:
        """Commit what a way in offers, the poll with the last of it: what a kill interrupts is read again. False when
        the run ends meanwhile."""
        new = due = 0
        for start in range(0, max(1, len(links)), BATCH):
            if self.crawler.stopping.is_set():
                return False
            last = start + BATCH >= len(links)
            done = await self.discover(links[start : start + BATCH], poll if last else None)
            new, due = new + done.new, due + done.due
        if not poll.unchanged:
            self.count(way, "found", new)
            logger.info("%s: %d links, %d new, %d to be read again", way.url, len(links), new, due)
        if poll.ok:
            self.count(way, "polls_ok")
        else:
            self.complain(way, poll.error or "")
        return True

    async def further(self, way: Way, url: str, listing: Listing | None) -> list[Request]:
        """Requests for what the answer of `url` leads to, or would have: the children of an index; the ways in that a
        home page names, or its robots.txt, or else common places."""
        if self.crawler.stopping.is_set():
            return []
        ways, sitemaps = list[Way](), list[Candidate]()
        if way.kind == "home":
            named = listing.ways if listing else Ways()
            for kind, at, guess in await ways_from_home(self.crawler, url, named, guess=not way.found_before):
                if kind == "sitemap" and not guess:
                    sitemaps.append(Candidate(at))
                else:
                    ways.append(Way(way.source, kind, at, guess=guess))
        elif listing and way.depth < DEPTH:
            sitemaps = listing.sitemaps
        children, more = self.window.children(sitemaps, self.settings.getint("SITEMAPS_PER_INDEX"), self.read_at)
        if more:
            logger.warning("%s leads to %d more sitemaps: left to later runs by SITEMAPS_PER_INDEX", url, more)
        kind, depth = ("sitemap", 0) if way.kind == "home" else ("child", way.depth + 1)
        ways += [Way(way.source, kind, child.url, depth) for child in children]
        return [request for each in ways for request in self.poll(each)]

    def read_at(self, url: str) -> str:
        """When a feed or sitemap was last read whole for what this run asks for; empty for never."""
        known = self.crawler.archive.polled(url)
        return known.at if known and known.judge == self.asked_for else ""

    async def failed(self, way: Way, status: int, error: str) -> None:
        """Note a poll that brought nothing. A guess that is wrong is no failure."""
        if not way.guess:
            self.complain(way, error)
            await self.discover([], Poll(way.source.id, way.url, way.kind, ok=False, status=status, error=error))

    def postponed(self, way: Way, reason: str) -> None:
        """Say that a way in was not asked: no poll, so nothing is noted of it."""
        if not way.guess:
            logger.info("%s (%s of %s): %s", way.url, way.kind, way.source.id, reason)
            self.count(way, "polls_postponed")
            if not self.crawler.stopping.is_set():
                self.crawler.errors.append(f"{way.url}: {reason}")

    def complain(self, way: Way, error: str) -> None:
        logger.warning("%s (%s of %s): %s", way.url, way.kind, way.source.id, error)
        self.crawler.errors.append(f"{way.url}: {error}")
        self.count(way, "polls_failed")

    def count(self, way: Way, what: str, by: int = 1) -> None:
        self.crawler.stats.inc_value(f"source/{way.source.id}/{what}", by)
