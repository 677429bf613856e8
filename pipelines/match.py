"""Step 2: is it about a topic of this run, and on what evidence?"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pipelines.draft import Draft, is_ours
from pipelines.step import Step

if TYPE_CHECKING:
    from newslib.topics import Topic


class MatchPipeline(Step):
    """Drafts of no topic end as `off-topic`. Without topics (`crawl urls`, a spider of one's own) all pass.

    A stored article keeps getting versions when no topic matches it any more.
    """

    async def process_item(self, draft: Any) -> Any:
        if not is_ours(draft, Draft) or not self.topics:
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
            judge=judge(self.topics),
        )
        raise AssertionError("end() raises")


def judge(topics: list[Topic]) -> str:
    """Names a set of topics and their versions: a page refused under one is asked again under another."""
    return sha256(" ".join(sorted(f"{t.id}={t.version}" for t in topics)).encode()).hexdigest()[:16] if topics else ""
