"""Step 3: drop the paragraphs that stood before, in this article or anywhere in the archive."""

from __future__ import annotations

from newslib.article import Term, TopicMatch
from newslib.topics import Topic, carriers, located
from pipelines.draft import Draft
from pipelines.step import Step


class ParagraphsPipeline(Step):
    """Sets id, version, text, repeats and hashes. An article whose text is its latest version's ends as `unchanged`.

    What is admitted here must be stored next, in this order: "first stored" means the order of admission.
    """

    takes = Draft

    async def step(self, draft: Draft) -> Draft:
        page, record = draft.page, draft.page.record
        before = record if page.in_place else None
        admitted = self.archive.admit(draft, draft.paragraphs, self.evidence(draft), before)
        if admitted == "removed":
            await self.end(page, "removed", f"{draft.url} was removed")
        if admitted == "unchanged":
            if draft.outcome != "stored":
                await self.end(page, draft.outcome, draft.reason)
            alias = "alias" if draft.url != page.url else None
            await self.end(page, "unchanged", alias, **({"article": draft.article} if alias else {}))
        dropped = {repeat["at"] for repeat in draft.repeats}
        draft.topics = [
            {
                "id": topic.id,
                "version": topic.version,
                "score": match.score,
                "terms": located(match, draft.paragraphs, dropped),
            }
            for topic, match in draft.matches
        ]
        if record is not None:
            draft.topics += unjudged(record.topics, page.topics)
        return draft

    def evidence(self, draft: Draft) -> set[int]:
        """Paragraphs that alone carry the evidence for a group of a topic: never dropped."""
        alone: set[int] = set()
        for _, match in draft.matches:
            found = carriers(match, draft.paragraphs)
            alone |= {next(iter(numbers)) for numbers in found.values() if len(numbers) == 1}
        return alone


def unjudged(matches: list[TopicMatch], topics: list[Topic]) -> list[TopicMatch]:
    """What earlier topics said that are not asked anew, since their files are gone; places in another text mean
    nothing."""
    asked = {topic.id for topic in topics}
    return [
        TopicMatch(
            id=match["id"],
            version=match["version"],
            score=match["score"],
            terms=[
                Term(group=t["group"], term=t["term"], count=t["count"], start=None, end=None) for t in match["terms"]
            ],
        )
        for match in matches
        if match["id"] not in asked
    ]
