"""Step 5: what the article has in common with those before it, and which story it belongs to."""

from __future__ import annotations

from newslib.article import Article
from newslib.store import committed
from pipelines.step import Step


class StoriesPipeline(Step):
    """Works on what is committed, in commit order; what a run leaves undone, when it is killed, the next one does."""

    takes = Article

    async def step(self, article: Article) -> Article:
        await committed(self.archive.relate())
        return article
