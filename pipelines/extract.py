"""Step 1: from a page's bytes to an article, in worker processes that can be killed."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newslib.article import Rights, article_id
from newslib.extraction.workers import WorkerError, Workers, WorkersBrokenError
from newslib.page import Page
from newslib.store import FROM_FEED, TRIES
from newslib.text import clean_or_none
from newslib.topics import Gate
from newslib.urls import believable_canonical, canonical, host, registered_domain
from pipelines.draft import Draft
from pipelines.step import Step

if TYPE_CHECKING:
    from newslib.extraction import Extracted

logger = logging.getLogger(__name__)

OUTCOMES = {401: "blocked", 403: "blocked", 404: "not-found", 410: "gone", 451: "blocked"}


class ExtractPipeline(Step):
    """Page in, Draft out. A page with nothing to read ends here, or goes on as what its feed said of it."""

    takes = Page

    def open_spider(self) -> None:
        settings = self.crawler.settings
        self.workers = Workers(
            settings.getint("EXTRACTION_WORKERS") or os.cpu_count() or 1,
            deadline=settings.getfloat("EXTRACTION_DEADLINE"),
            memory_mb=settings.getint("EXTRACTION_MEMORY_MB"),
            gate=Gate(self.topics) if self.topics else None,
        )
        self.crawler.workers = self.workers

    def close_spider(self) -> None:
        self.workers.close(grace=2.0)

    async def step(self, page: Page) -> Draft:
        outcome, reason = outcome_of(page)
        if outcome == "unchanged":
            await self.end(page, "unchanged", reason)
        if outcome is None:
            extracted = await self.read(page, self.gated(page))
            if extracted.outcome == "off-topic":  # as far as the gate knows; versions of stored articles are kept
                if not self.archive.latest(article_id(address(page, extracted))):
                    await self.end(page, "off-topic", judged={topic.id: topic.version for topic in self.topics})
                extracted = await self.read(page)
            if extracted.outcome is None:
                return draft_of(page, extracted)
            outcome, reason = extracted.outcome, extracted.reason
        return await self.refuse(page, outcome, reason)

    def gated(self, page: Page) -> str | None:
        """What the feed said of a page that must pass the gate, None for a page that is read in any case."""
        if not self.topics or page.article or page.record or page.topics is not None:
            return None
        return f"{page.hint.title or ''}\n{page.hint.summary or ''}"

    async def read(self, page: Page, known: str | None = None) -> Extracted:
        """Extract in a worker, through the gate unless `known` is None; a page that kills or times out two of them is
        quarantined."""
        language = page.hint.language or (page.source.language if page.source else None)
        for attempt in (1, 2):
            try:
                return await asyncio.wrap_future(
                    self.workers.submit(page.body, page.fetched_url, page.header("Content-Type"), language, known)
                )
            except WorkersBrokenError as error:
                self.crawler.stop_run("error", error)
                await self.end(page, "pending", str(error))
            except WorkerError as error:
                if self.crawler.stopping.is_set():
                    await self.end(page, "pending", "the run was stopped")
                logger.warning("Reading %s: %s (attempt %d of 2)", page.url, error, attempt)
                reason = str(error)
            except asyncio.CancelledError:
                await self.end(page, "pending", "the run was stopped")
        await self.end(page, "quarantined", reason, who="extract")

    async def refuse(self, page: Page, outcome: str, reason: str | None) -> Draft:
        final = outcome != "failed" or page.tries + 1 >= TRIES
        if outcome in FROM_FEED and final and self.topics and not page.article:
            if not page.hint.title:
                await self.end(page, outcome, reason, wordless=True)
            if is_own(page):
                return draft_from_feed(page, outcome, reason)
            await self.end(page, outcome, reason, judged={topic.id: topic.version for topic in self.topics})
        await self.end(page, outcome, reason)


def outcome_of(page: Page) -> tuple[str | None, str | None]:
    """Outcome and reason of a page that holds nothing to read; None when it is to be read."""
    if page.outcome is not None:
        return page.outcome, page.reason
    if page.status == 304:
        return "unchanged", "not modified"
    if page.status == 429:
        return "pending", "HTTP 429: the host asks for a pause"
    if page.status in OUTCOMES:
        return OUTCOMES[page.status], f"HTTP {page.status}"
    if not 200 <= page.status < 300:
        return "failed", f"HTTP {page.status}"
    if _is_home(page.fetched_url) and not _is_home(page.url):
        return "soft-404", "redirected to the home page"
    if "dataloss" in page.flags:
        return "truncated", "the connection ended before the page did"
    kind = (page.header("Content-Type") or "text/html").partition(";")[0].strip().lower()
    if kind and not (kind.startswith("text/") or kind.endswith(("html", "xml"))) and not _looks_like_html(page.body):
        return "empty", f"not a page: {kind[:60]}"
    return None, None


def is_own(page: Page) -> bool:
    """Whether a page's address is of the site of the source that named it: nobody speaks for another outlet."""
    if page.source is None:
        return False
    site = page.source.site
    return (registered_domain(page.url) or host(page.url)) == (registered_domain(site) or host(site))


def _looks_like_html(body: bytes) -> bool:
    return b"<" in body[:1024] and any(tag in body[:1024].lower() for tag in (b"<!doctype html", b"<html", b"<head"))


def _is_home(url: str) -> bool:
    return urlsplit(url).path in ("", "/") and not urlsplit(url).query


def address(page: Page, read: Extracted) -> str:
    """The canonical address of a page's article."""
    if page.record is not None:  # an article keeps its address
        return page.record.url
    url = canonical(page.fetched_url) or page.url  # a redirect says where the article is
    return believable_canonical(read.canonical, url) or url


def draft_of(page: Page, read: Extracted) -> Draft:
    """The record as far as the page alone tells it."""
    source, hint, url = page.source, page.hint, address(page, read)
    published, day, offset, dated_by = read.published, read.day, read.utc_offset, read.dated_by
    if day is None and hint.day is not None:
        published, day, offset, dated_by = hint.published, hint.day, hint.utc_offset, "feed"
    return Draft(
        article=article_id(url),
        url=url,
        fetched_url=page.fetched_url,
        domain=registered_domain(url),
        source=source.id if source else None,
        publisher=source.name if source else None,
        country=source.country if source else None,
        found={"via": page.found.via, "url": page.found.url, "at": page.found.at} if page.found else None,
        title=read.title or clean_or_none(hint.title),
        description=read.description or clean_or_none(hint.summary),
        authors=read.authors,
        published=published,
        modified=read.modified,
        day=day,
        utc_offset=offset,
        dated_by=dated_by,
        fetched=page.fetched,
        language=read.language,
        language_score=read.language_score,
        section=read.section,
        tags=read.tags,
        image=read.image,
        body=read.body,
        paywalled=read.paywalled,
        rights=Rights(**{"tdm": None, "ai": None, "license": None, **read.rights}),
        extractor=read.extractor,
        page=page,
        paragraphs=read.paragraphs,
    )


def draft_from_feed(page: Page, outcome: str, reason: str | None) -> Draft:
    """What the feed said of an article that cannot be had: `body` = feed."""
    source, hint = page.source, page.hint
    summary = clean_or_none(hint.summary)
    return Draft(
        article=article_id(page.url),
        url=page.url,
        fetched_url=page.fetched_url,
        domain=registered_domain(page.url),
        source=source.id if source else None,
        publisher=source.name if source else None,
        country=source.country if source else None,
        found={"via": page.found.via, "url": page.found.url, "at": page.found.at} if page.found else None,
        title=clean_or_none(hint.title),
        description=summary,
        published=hint.published,
        day=hint.day,
        utc_offset=hint.utc_offset,
        dated_by="feed" if hint.day else None,
        fetched=page.fetched,
        language=hint.language or (source.language if source else None),
        body="feed",
        extractor="feed",
        page=page,
        paragraphs=[summary] if summary else [],
        outcome=outcome,
        reason=reason,
    )
