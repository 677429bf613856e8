"""`scrapy sources check`: ask for each way into a source once, as politely as a crawl does, and store nothing."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess

from crawler.polling import UNREADABLE, Listing, given_ways, header, read, ways_from_home
from crawler.spiders.base import outcome_of_error
from newslib.discovery import Ways

if TYPE_CHECKING:
    from scrapy.http import Response
    from scrapy.settings import Settings
    from twisted.python.failure import Failure

    from newslib.config import Source
    from newslib.dates import When


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
        self.asked: set[tuple[str, str]] = set()  # source id and URL

    async def start(self) -> AsyncIterator[Request]:
        for source in self.sources:
            for way, url in given_ways(source) or [("home", source.site)]:
                for request in self.ask(WayIn(source.id, way, url)):
                    yield request

    def ask(self, way: WayIn, guess: bool = False) -> Iterator[Request]:
        """A request for a way in that was not asked for yet. `guess`: at a common place, of which nothing is said when
        it isn't there."""
        if (way.source, way.url) in self.asked:
            return
        self.asked.add((way.source, way.url))
        if not guess:
            self.waiting.append(way)
        meta = {"way": way, "guess": guess}
        yield Request(way.url, callback=self.parse_way, errback=self.failed, meta=meta, dont_filter=True)

    async def parse_way(self, response: Response) -> AsyncIterator[Request]:
        way = self.answered(response)
        listing = _read(way, response) if way.status == 200 else None
        self.settle(response.meta, way)
        for request in await self.further(way, response.url, listing.ways if listing else Ways()):
            yield request

    async def further(self, way: WayIn, url: str, named: Ways) -> list[Request]:
        """A source known by its home page alone: the page is a way in, and so are those it leads to."""
        if way.way != "home" or self.crawler.stopping.is_set():
            return []
        found = await ways_from_home(self.crawler, url, named, guess=True)
        return [r for kind, at, guess in found for r in self.ask(WayIn(way.source, kind, at), guess)]

    def answered(self, response: Response) -> WayIn:
        way: WayIn = response.meta["way"]
        way.status = response.status
        if response.status != 200:
            way.errors.append(f"HTTP {response.status}")
        elif "redirect_urls" in response.meta:
            way.errors.append(f"moved to {response.url}")
        return way

    async def failed(self, failure: Failure) -> AsyncIterator[Request]:
        request = failure.request  # type: ignore[attr-defined]
        outcome, reason = outcome_of_error(failure.value)
        way: WayIn = request.meta["way"]
        way.errors.append(reason if outcome in ("failed", "pending") else f"{outcome}: {reason}")
        self.settle(request.meta, way)
        for further in await self.further(way, request.url, Ways()):
            yield further

    def settle(self, meta: dict[str, Any], way: WayIn) -> None:
        if not meta["guess"]:
            self.waiting.remove(way)
        if way.alive or not meta["guess"]:
            self.done(way)


def _read(way: WayIn, response: Response) -> Listing | None:
    try:
        listing = read(way.way, response.body, response.url, header(response, "Content-Type"))
    except UNREADABLE as error:
        way.errors.append(str(error))
        return None
    listed = listing.sitemaps or listing.candidates
    way.kind, way.items = listing.kind, len(listed)
    way.errors += listing.errors
    if "dataloss" in response.flags:
        way.errors.append("the answer was cut off: read as far as it goes")
    if not listed:
        way.errors.append("it lists no article")
    way.alive = bool(listed) or way.way == "sitemap"  # a news sitemap of a quiet day is empty
    dates = [when for c in listed for when in (c.published, c.updated) if when]
    newest = max(dates, key=_moment, default=None)
    way.newest = (newest.iso or newest.day) if newest else None
    return listing


def _moment(when: When) -> str:
    return when.iso or when.day


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
