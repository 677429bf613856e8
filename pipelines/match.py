"""Step 2: is it about a topic of this run, and on what evidence?"""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Any

from newslib.topics import Match, Matcher, Topic
from pipelines.draft import Draft
from pipelines.step import Step

HUGE = 100_000
"""Characters from which a text is matched in a thread: no article is so long; megabytes would hold up the reactor."""


class MatchPipeline(Step):
    """Drafts of no topic end as `off-topic`. Without topics (`crawl urls`, a spider of one's own) all pass.

    A stored article keeps getting versions when no topic matches it any more, and is kept when it is read anew.
    """

    takes = Draft

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.topics)

    def match(self, topics: list[Topic], *article: Any) -> list[Match]:
        """The run's topics share one search of the text; those of a page that is read anew search one by one."""
        return self.matcher.match(*article) if topics is self.topics else [topic.match(*article) for topic in topics]

    async def step(self, draft: Draft) -> Draft:
        topics = self.topics if draft.page.topics is None else draft.page.topics
        if not topics:
            return draft
        article = draft.title, draft.description, "\n\n".join(draft.paragraphs), draft.language
        if len(article[2]) > HUGE:
            loop = asyncio.get_running_loop()
            matches = await loop.run_in_executor(None, self.match, topics, *article)
        else:
            matches = self.match(topics, *article)
        judged = list(zip(topics, matches, strict=True))
        draft.matches = [(topic, match) for topic, match in judged if match.matched]
        if draft.matches or draft.page.record or (draft.body != "feed" and self.archive.latest(draft.article)):
            return draft
        refused = (draft.outcome, draft.reason) if draft.outcome != "stored" else ("off-topic", None)
        await self.end(
            draft.page,
            *refused,
            judged={topic.id: topic.version for topic in topics},
            groups=sorted({f"{topic.id}/{group}" for topic, match in judged for group in match.groups}),
        )
