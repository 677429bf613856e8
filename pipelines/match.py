"""Step 2: is it about a topic of this run, and on what evidence?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipelines.draft import Draft
from pipelines.step import Step

if TYPE_CHECKING:
    from newslib.topics import Match, Topic

HUGE = 100_000
"""Characters from which a text is matched in a thread: no article is so long; megabytes would hold up the reactor."""


class MatchPipeline(Step):
    """Drafts of no topic end as `off-topic`. Without topics (`crawl urls`, a spider of one's own) all pass.

    A stored article keeps getting versions when no topic matches it any more.
    """

    takes = Draft

    async def step(self, draft: Draft) -> Draft:
        if not self.topics:
            return draft
        text = "\n\n".join(draft.paragraphs)

        def match(topic: Topic) -> Match:
            return topic.match(draft.title, draft.description, text, draft.language)

        if len(text) > HUGE:
            loop = asyncio.get_running_loop()
            judged = [(topic, await loop.run_in_executor(None, match, topic)) for topic in self.topics]
        else:
            judged = [(topic, match(topic)) for topic in self.topics]
        draft.matches = [(topic, match) for topic, match in judged if match.matched]
        if draft.matches or (draft.body != "feed" and self.archive.latest(draft.article)):
            return draft
        if draft.outcome != "stored":
            await self.end(draft.page, draft.outcome, draft.reason)
        await self.end(
            draft.page,
            "off-topic",
            judged={topic.id: topic.version for topic in self.topics},
            groups=sorted({f"{topic.id}/{group}" for topic, match in judged for group in match.groups}),
        )
