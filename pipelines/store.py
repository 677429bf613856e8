"""Step 4: store the record and its page, in one commit with the outcome of its URL."""

from __future__ import annotations

from typing import Any

from newslib.article import paragraphs_of
from pipelines.draft import Draft, is_ours
from pipelines.step import Step, committed


class StorePipeline(Step):
    """Hands on the stored Article: what `-O out.jsonl` writes, and what steps of one's own after this one see."""

    async def process_item(self, draft: Any) -> Any:
        if not is_ours(draft, Draft):
            return draft
        page = draft.page
        article = await committed(
            self.archive.store(
                draft.record(),
                page,
                url=page.url,
                outcome=draft.outcome,
                reason=draft.reason,
                etag=page.header("ETag"),
                last_modified=page.header("Last-Modified"),
            )
        )
        self.count(page, draft.outcome if draft.url == page.url else "unchanged")
        stats = self.crawler.stats
        stats.inc_value("articles/stored" if article.version == 1 else "articles/versions")
        if article.copy_of:
            stats.inc_value("articles/copies")
        stats.inc_value("paragraphs/kept", len(paragraphs_of(article.text)))
        for repeat in article.repeats:
            stats.inc_value(f"paragraphs/dropped/{repeat['why']}")
        return article
