"""What the spiders that are fed by the ledger share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from crawler.middlewares.errors import Refused
from crawler.verb import project_path
from newslib.config import load_topic
from newslib.page import Page, now
from newslib.store import ArchiveError, committed

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newslib.config import Source
    from newslib.store import Discovered, Link, PendingUrl, Poll
    from newslib.topics import Topic


class FrontierSpider(scrapy.Spider):
    """A spider whose article requests come from the ledger (see crawler/scheduler.py).

    `frontier`: ids of the sources whose pending URLs are this run's; `topics`: what is kept, [] keeps everything.
    """

    frontier: list[str]
    sources: dict[str, Source]
    topics: list[Topic]
    pages_per_host: int | None = None
    custom_settings = {"DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter"}  # noqa: RUF012 - the ledger knows

    @staticmethod
    def load_topics(settings: Any, ids: list[str]) -> list[Topic]:
        """The topics of these ids. Raises ConfigError."""
        directory = project_path(settings, "TOPICS_DIR")
        return [load_topic(i, directory) for i in dict.fromkeys(ids)]

    async def begin(self) -> None:
        """Start the run in the ledger: what failed before may be tried again."""
        await committed(self.crawler.archive.begin(self.frontier, self.versions()))

    async def discover(self, links: list[Link], poll: Poll | None = None) -> Discovered:
        """Commit links (and the poll that gave them); the frontier takes them from the ledger."""
        try:
            found = await committed(self.crawler.archive.discover(links, poll, self.versions()))
        except ArchiveError as error:  # the disk is full or broken: the run is ending, and has said so
            raise CloseSpider("disk") from error
        self.crawler.engine.scheduler.changed()
        return found

    def versions(self) -> dict[str, str]:
        """Topic id -> version, of this run."""
        return {topic.id: topic.version for topic in self.topics}

    def page_request(self, row: PendingUrl) -> Request:
        """The request for a pending URL; everything the frontier knows of it travels in its meta."""
        headers = {}
        if row.etag:
            headers["If-None-Match"] = row.etag
        if row.last_modified:
            headers["If-Modified-Since"] = row.last_modified
        return Request(
            row.url,
            callback=self.parse_page,
            errback=self.page_failed,
            headers=headers,
            meta={
                "frontier_host": row.host,
                "as_found": row.original,
                "page": {
                    "url": row.url,
                    "found": row.found,
                    "hint": row.hint,
                    "source": self.sources.get(row.source),
                    "tries": row.tries,
                    "article": row.article,
                },
            },
        )

    def parse_page(self, response: Response) -> Iterator[Page | Request]:
        if response.status in (404, 410) and (other := self.as_found(response.request)):
            yield other
        else:
            yield Page.from_response(response)

    @staticmethod
    def as_found(request: Request) -> Request | None:
        """The same request at the address as it was found, once: an AMP or mobile page may have no other."""
        address = request.meta.pop("as_found", None)
        if address is None or urlsplit(address)[1:3] == urlsplit(request.url)[1:3]:
            return None  # other parameters do not make another page
        again = request.replace(url=address)
        again.meta.pop("download_slot", None)
        return again

    def page_failed(self, failure: Failure) -> Iterator[Page | Request]:
        """No answer: the page goes through the pipelines all the same, with its outcome."""
        request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, CannotResolveHostError) and (other := self.as_found(request)):
            yield other
            return
        outcome, reason = outcome_of_error(failure.value)
        yield Page(
            **{
                "fetched_url": request.url,
                "status": 0,
                "fetched": now(),
                "outcome": outcome,
                "reason": reason,
                **request.meta["page"],
            }
        )


def outcome_of_error(error: Exception) -> tuple[str, str]:
    """Outcome and reason of a URL whose download ended in an exception."""
    text = str(error)
    if isinstance(error, Refused):
        return error.outcome, text
    if isinstance(error, DownloadCancelledError):
        return "too-large", "more than DOWNLOAD_MAXSIZE"
    if isinstance(error, IgnoreRequest):
        if "DOWNLOAD_MAXSIZE" in text:
            return "too-large", "more than DOWNLOAD_MAXSIZE after decompression"
        return "failed", text or "ignored"
    if isinstance(error, DownloadTimeoutError):
        return "failed", "timeout"
    if isinstance(error, CannotResolveHostError):
        return "failed", "host name not found"
    if isinstance(error, DownloadFailedError):  # its text is Twisted's repr of what the connection went through
        causes = getattr(error.__cause__, "reasons", None) or [None]
        detail = causes[0].getErrorMessage() if causes[0] is not None else "no reason given"
        return "failed", f"the connection ended without a whole answer: {detail}"[:200]
    return "failed", f"{type(error).__name__}: {text.splitlines()[0][:200]}" if text else type(error).__name__


def resolve_path(name: str) -> Path:
    """A path given on the command line, relative to where the command was typed."""
    return Path.cwd() / Path(name).expanduser()
