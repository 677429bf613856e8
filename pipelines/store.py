"""Step 4: store the record and its page, in one commit with the outcome of its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError
from scrapy.utils.misc import load_object

from newslib.article import Article, paragraphs_of
from newslib.store import ArchiveError, ReferenceMissing, committed
from pipelines.draft import Draft
from pipelines.paragraphs import ParagraphsPipeline
from pipelines.step import Step

if TYPE_CHECKING:
    from concurrent.futures import Future

    from scrapy.crawler import Crawler


class StorePipeline(Step):
    """Hands on the stored Article: what `-O out.jsonl` writes, and what steps of one's own after this one see."""

    takes = Draft

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        steps = crawler.settings.getdict("ITEM_PIPELINES")
        order = [load_object(s) for s in sorted((s for s in steps if steps[s] is not None), key=steps.__getitem__)]
        if ParagraphsPipeline in order and order.index(type(self)) != order.index(ParagraphsPipeline) + 1:
            raise UsageError(
                "ITEM_PIPELINES: no step may stand between pipelines.paragraphs and pipelines.store (what is admitted "
                "must be stored in that order); give yours a number below 300 or above 400",
                print_help=False,
            )

    async def step(self, draft: Draft) -> Article:
        page = draft.page
        try:
            article = await committed(self.store(draft))
        except ArchiveError:
            raise
        except ReferenceMissing as error:
            await self.end(page, "pending", str(error))
        except Exception as error:
            reason = f"the record could not be written: {type(error).__name__}: {error}"
            await self.end(page, "quarantined", reason, who="store")
        self.count(page, draft.outcome if draft.url == page.url else "unchanged")
        stats = self.crawler.stats
        stats.inc_value("articles/stored" if article.version == 1 else "articles/versions")
        if article.copy_of:
            stats.inc_value("articles/copies")
        stats.inc_value("paragraphs/kept", len(paragraphs_of(article.text)))
        for repeat in article.repeats:
            stats.inc_value(f"paragraphs/dropped/{repeat['why']}")
        return article

    def store(self, draft: Draft) -> Future[Article]:
        page = draft.page
        try:
            return self.archive.store(
                draft.record(),
                page,
                url=None if page.in_place else page.url,
                outcome=draft.outcome,
                reason=draft.reason,
                etag=page.header("ETag"),
                last_modified=page.header("Last-Modified"),
            )
        except Exception:
            self.archive.release(draft)
            raise
