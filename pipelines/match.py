"""Step 2: is it about a topic of this run, and on what evidence?"""

from __future__ import annotations

from pipelines.draft import Draft
from pipelines.step import Step


class MatchPipeline(Step):
    """Drafts of no topic end as `off-topic`. Without topics (`crawl urls`, a spider of one's own) all pass.

    A stored article keeps getting versions when no topic matches it any more.
    """

    takes = Draft

    async def step(self, draft: Draft) -> Draft:
        if not self.topics:
            return draft
        text = "\n\n".join(draft.paragraphs)
        judged = [(topic, topic.match(draft.title, draft.description, text, draft.language)) for topic in self.topics]
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
