"""`scrapy sources check`: ask for each way into a source once, as politely as a crawl does, and store nothing."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess

from crawler.spiders.base import outcome_of_error
from newslib.discovery import (
    COMMON_FEEDS,
    COMMON_SITEMAPS,
    NotAFeed,
    NotASitemap,
    find_ways,
    parse_feed,
    parse_sitemap,
    section_links,
)

if TYPE_CHECKING:
    from scrapy.http import Response
    from scrapy.settings import Settings
    from twisted.python.failure import Failure

    from newslib.config import Source
    from newslib.dates import When
    from newslib.discovery import Candidate


@dataclass
class WayIn:
    """What one address answered. The fields are those of `scrapy sources check --json`."""

    source: str
    way: str  # feed | sitemap | section | home
    url: str
    alive: bool = False  # it answered 200, could be read and, but for a sitemap, lists something
    status: int | None = None  # of HTTP; None when no answer came
    kind: str | None = None  # rss | atom | rdf | json | sitemap | index | html
    items: int = 0  # articles it lists; for an index, its sitemaps
    newest: str | None = None  # instant `…Z`, or the day alone where no clock is given
    errors: list[str] = field(default_factory=list)  # why it is dead; of a living one, what is wrong with it


class CheckSpider(scrapy.Spider):
    """Not in crawler/spiders/, so that `scrapy list` shows only what a user would crawl with.

    `done` is called with each WayIn as soon as it is known.
    """

    name = "check"
    custom_settings = {  # noqa: RUF012 (Scrapy's own way)
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "scrapy.extensions.logstats.LogStats": None,
            "crawler.extensions.throttle.Throttle": 10,
            "crawler.extensions.stop.Stop": 20,
        },
    }

    def __init__(self, sources: list[Source], done: Callable[[WayIn], None], **kwargs: Any):
        super().__init__(**kwargs)
        self.sources = sources
        self.done = done
        self.waiting: list[WayIn] = []

    async def start(self) -> AsyncIterator[Request]:
        for source in self.sources:
            ways = [("feed", u) for u in source.feeds] + [("sitemap", u) for u in source.sitemaps]
            ways += [("section", u) for u in source.sections]
            for way, url in ways or [("home", source.site)]:
                yield self.ask(WayIn(source.id, way, url))

    def ask(self, way: WayIn, probe: bool = False) -> Request:
        """`probe`: a guess at a common place, of which nothing is said when it isn't there."""
        callback = self.parse_home if way.way == "home" else self.parse_way
        if not probe:
            self.waiting.append(way)
        return Request(way.url, callback=callback, errback=self.failed, meta={"way": way, "probe": probe})

    def parse_way(self, response: Response) -> None:
        way = self.answered(response)
        if way.status == 200:
            _READERS[way.way](way, response)
        self.settle(response.meta, way)

    async def parse_home(self, response: Response) -> AsyncIterator[Request]:
        """A source known by its home page alone: the page is a way in, and so are those it leads to."""
        way = self.answered(response)
        if way.status == 200:
            _read_section(way, response)
        self.settle(response.meta, way)
        if way.status != 200:
            return
        found = find_ways(response.body, response.url, _content_type(response))
        robots = await self.crawler.robots.rules(*_base(response.url))
        sitemaps = list(dict.fromkeys([*(robots.sitemaps if robots else []), *found.sitemaps]))
        for kind, urls, common in (("feed", found.feeds, COMMON_FEEDS), ("sitemap", sitemaps, COMMON_SITEMAPS)):
            for url in urls or common:
                yield self.ask(WayIn(way.source, kind, response.urljoin(url)), probe=not urls)

    def answered(self, response: Response) -> WayIn:
        way: WayIn = response.meta["way"]
        way.status = response.status
        if response.status != 200:
            way.errors.append(f"HTTP {response.status}")
        elif "redirect_urls" in response.meta:
            way.errors.append(f"moved to {response.url}")
        return way

    def failed(self, failure: Failure) -> None:
        meta = failure.request.meta  # type: ignore[attr-defined]
        outcome, reason = outcome_of_error(failure.value)
        way: WayIn = meta["way"]
        way.errors.append(reason if outcome in ("failed", "pending") else f"{outcome}: {reason}")
        self.settle(meta, way)

    def settle(self, meta: dict[str, Any], way: WayIn) -> None:
        if not meta["probe"]:
            self.waiting.remove(way)
        if way.alive or not meta["probe"]:
            self.done(way)


def _read_feed(way: WayIn, response: Response) -> None:
    try:
        feed = parse_feed(response.body, response.url, _content_type(response))
    except NotAFeed as error:
        way.errors.append(str(error))
        return
    way.kind = feed.kind
    way.errors += feed.errors
    _count(way, feed.candidates)


def _read_sitemap(way: WayIn, response: Response) -> None:
    try:
        sitemap = parse_sitemap(response.body, response.url, _content_type(response))
    except NotASitemap as error:
        way.errors.append(str(error))
        return
    way.kind = "index" if sitemap.sitemaps else "sitemap"
    way.errors += sitemap.errors
    _count(way, sitemap.sitemaps or sitemap.candidates)
    way.alive = True  # a news sitemap of a quiet day is empty


def _read_section(way: WayIn, response: Response) -> None:
    way.kind = "html"
    _count(way, section_links(response.body, response.url, _content_type(response)))


_READERS = {"feed": _read_feed, "sitemap": _read_sitemap, "section": _read_section}


def _count(way: WayIn, candidates: list[Candidate]) -> None:
    way.items = len(candidates)
    way.alive = bool(candidates)
    if not candidates:
        way.errors.append("it lists no article")
    dates = [when for c in candidates for when in (c.published, c.updated) if when]
    newest = max(dates, key=_moment, default=None)
    way.newest = (newest.iso or newest.day) if newest else None


def _moment(when: When) -> str:
    return when.iso or when.day


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def _base(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    return scheme, rest.partition("/")[0]


def check(settings: Settings, sources: list[Source], done: Callable[[WayIn], None]) -> bool:
    """Ask for every way into `sources`; `done` gets each as it is known. False when Ctrl-C cut it short."""
    settings = settings.copy()
    settings.set("LOG_LEVEL", "ERROR", priority="spider")  # the table says it all; `-s LOG_LEVEL=` still wins
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(CheckSpider)
    process.crawl(crawler, sources=sources, done=done)

    interrupted = False

    def stop(*_: Any) -> None:
        from twisted.internet import reactor

        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second one is at once
        reactor.callFromThread(crawler.stop_run)

    previous = signal.signal(signal.SIGINT, stop)
    try:
        process.start(install_signal_handlers=False)
    finally:
        signal.signal(signal.SIGINT, previous)
    for way in getattr(crawler.spider, "waiting", []):
        way.errors.append("not answered" if interrupted else "no answer, and no error: a fault of this program")
        done(way)
    return not interrupted
