"""Pages that lie in an archive's WARC, through the pipelines again: a crawl without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response
from scrapy.signalmanager import SignalManager

from crawler.commands.crawl import EXIT_CODES, check_settings, run_to_end
from crawler.extensions.disk import check_room
from crawler.extensions.stop import GRACE, Stop
from newslib.config.sources import Source
from newslib.extraction.workers import Workers
from newslib.page import Found, Hint
from newslib.store import committed

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newslib.article import Article
    from newslib.extraction import Extracted
    from newslib.page import Page
    from newslib.store import Archive
    from newslib.topics import Topic

UNDER_WAY = 32
"""Pages between the WARC and the store at a time: what one commit takes, and enough to keep the workers busy."""


class OfflineSpider(scrapy.Spider):
    """Not in crawler/spiders/, so that `scrapy list` shows only what a user would crawl with.

    `pages` are those to read, with None now and then where there is nothing to do for long; `topics` those that are
    noted for the run; `broken` gets a sentence for each page that cannot be read; `tell` is told how many are through.
    """

    name = "offline"
    custom_settings = {  # noqa: RUF012 (Scrapy's own way)
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "DOWNLOADER_MIDDLEWARES": {},
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "scrapy.extensions.logstats.LogStats": None,
            "crawler.extensions.archive.ArchiveExtension": 1,
            "crawler.offline.StopOffline": 20,
            "crawler.extensions.disk.DiskGuard": 25,
            "crawler.extensions.report.RunReport": 30,
        },
    }

    def __init__(
        self,
        name: str,
        pages: Iterator[Page | None],
        topics: list[Topic],
        broken: list[str],
        tell: Callable[[int], None],
        **kwargs: Any,
    ):
        super().__init__(name, **kwargs)
        self.pages, self.topics, self.broken, self.tell = pages, topics, broken, tell
        self.done = 0
        self.under_way: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> AsyncIterator[Any]:
        self.decoded = decoder(self.settings)
        self.crawler.downloads = set()  # see extensions/stop.py: there are none
        try:
            await committed(self.crawler.archive.begin([], {topic.id: topic.version for topic in self.topics}))
            for page in self.pages:
                await asyncio.sleep(0)  # Ctrl-C is heard
                if page is not None:
                    await self.room_for(page)
                if self.crawler.stopping.is_set():
                    break
                if page is not None:
                    self.begin(page)
            if self.under_way:
                await asyncio.wait(self.under_way.values())
        except Exception as error:  # of the archive that is read, or of a topic's file
            self.crawler.stop_run("error", error)
        return
        yield  # an async generator that yields nothing: the pages go into the pipelines by `begin`

    async def room_for(self, page: Page) -> None:
        """Wait for a place, and for the page before it at the same address: versions come in their order."""
        while len(self.under_way) >= UNDER_WAY:
            await asyncio.wait(self.under_way.values(), return_when=asyncio.FIRST_COMPLETED)
        if before := self.under_way.get(page.url):
            await asyncio.wait({before})

    def begin(self, page: Page) -> None:
        def out(_: Any) -> None:
            del self.under_way[page.url]
            self.done += 1
            self.tell(self.done)

        task = asyncio.ensure_future(self.through(page))
        self.under_way[page.url] = task
        task.add_done_callback(out)

    async def through(self, page: Page) -> None:
        """Decode a page and send it through the pipelines."""
        try:
            page.body = self.decoded(page)
        except Exception as error:  # each coding has errors of its own
            self.broken.append(f"{page.url}: its page cannot be decoded ({error})")
            return
        await self.crawler.engine.scraper.start_itemproc_async(page, response=None)


class StopOffline(Stop):
    """Ends the pages under way first: Scrapy's closing waits for ever for items that belong to no answer."""

    async def _stop(self, reason: str) -> None:
        if workers := getattr(self.crawler, "workers", None):
            asyncio.get_running_loop().run_in_executor(None, workers.close, GRACE)
        if under_way := list(self.crawler.spider.under_way.values()):
            await asyncio.wait(under_way)
        await super()._stop(reason)


def decoder(settings: BaseSettings) -> Callable[[Page], bytes]:
    """A function that takes a page's body as sent and undoes its content coding, as a crawl does. Each coding raises
    its own errors."""
    crawler: Any = SimpleNamespace(stats=None, settings=settings, signals=SignalManager())
    compression = HttpCompressionMiddleware(crawler=crawler)
    request = scrapy.Request("http://offline.invalid/")

    def decoded(page: Page) -> bytes:
        coding = [value for name, value in page.headers if name.lower() == "content-encoding"]
        response = Response(page.fetched_url, headers={"Content-Encoding": coding} if coding else None, body=page.raw)
        return compression.process_response(request, response).body  # type: ignore[union-attr]

    return decoded


def extracted(settings: BaseSettings, page: Page) -> Extracted | None:
    """Read one page in a worker; None when it cannot be read, or is no article."""
    workers = Workers(1, settings.getfloat("EXTRACTION_DEADLINE"), settings.getint("EXTRACTION_MEMORY_MB"))
    try:
        body = decoder(settings)(page)
        found = workers.submit(body, page.fetched_url, page.header("Content-Type"), page.hint.language).result()
    except Exception:  # of a coding, or of the worker
        return None
    finally:
        workers.close(0)
    return found if found.outcome is None else None


def read_anew(
    settings: BaseSettings,
    archive: Archive,
    name: str,
    pages: Iterator[Page | None],
    topics: list[Topic],
    broken: list[str],
    tell: Callable[[int], None],
) -> tuple[int, dict[str, Any]]:
    """Send pages through the pipelines of `archive`, which is open for writing and closed on return.

    `name` is the run's; the others are as for OfflineSpider. Returns the exit code of a command and the run's report.
    Raises what ended the run before its time.
    """
    settings = settings.copy()
    settings.set("ARCHIVE_DIR", str(archive.path), priority="cmdline")
    settings.set("LOG_LEVEL", "WARNING", priority="spider")  # `-s LOG_LEVEL=` still wins
    try:
        check_settings(settings)
        check_room(settings)
        process = AsyncCrawlerProcess(settings)
        crawler: Any = process.create_crawler(OfflineSpider)
        crawler.archive = archive
    except BaseException:
        archive.close()
        raise
    arguments = {"name": name, "pages": pages, "topics": topics, "broken": broken, "tell": tell}
    failure, caught = run_to_end(process, crawler, arguments)
    if failure is not None:
        raise failure
    code = EXIT_CODES.get(caught or crawler.report["reason"], 1)
    return code or int(bool(crawler.faults or broken)), crawler.report


def page_of(archive: Archive, record: Article) -> Page:
    """The page that a record was read from, with all that was known of it, to be read anew in its place.

    Raises ArchiveDamaged.
    """
    assert record.warc is not None
    page = archive.page_at(record.warc, record.url)
    page.fetched_url, page.fetched = record.fetched_url, record.fetched
    page.record, page.article = record, record.article
    if record.found is not None:
        page.found = Found(**record.found)
    if record.source is not None:
        page.source = Source(record.source, "", record.publisher, None, record.country)
    page.hint = hint_of(archive.url(record.url) or {}, record)
    return page


def hint_of(known: dict[str, Any], record: Article | None = None) -> Hint:
    """What a feed said of a URL, as the ledger has it; and what a record shows of that, where the ledger has nothing
    (it was rebuilt, or the feed named another address)."""
    names = ("title", "summary", "published", "day", "utc_offset", "language")
    hint = Hint(**{name: known.get(name) for name in names})
    if record is None:
        return hint
    hint.title = hint.title or record.title
    if record.dated_by == "feed":
        hint.published, hint.day, hint.utc_offset = record.published, record.day, record.utc_offset
    if record.language_score is None:  # the page, its feed or its source said it, and no model
        hint.language = hint.language or record.language
    return hint


def listed(counts: dict[str, int]) -> str:
    """`3 stored, 1 unchanged`: what there is of each."""
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)
