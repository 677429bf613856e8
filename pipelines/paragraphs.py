"""Step 3: drop the paragraphs that stood before, in this article or anywhere in the archive."""

from __future__ import annotations

from newslib.topics import carriers, located
from pipelines.draft import Draft
from pipelines.step import Step


class ParagraphsPipeline(Step):
    """Sets id, version, text, repeats and hashes. An article whose text is its latest version's ends as `unchanged`.

    What is admitted here must be stored next, in this order: "first stored" means the order of admission.
    """

    takes = Draft

    async def step(self, draft: Draft) -> Draft:
        if self.archive.admit(draft, draft.paragraphs, self.evidence(draft)) == "unchanged":
            if draft.outcome != "stored":
                await self.end(draft.page, draft.outcome, draft.reason)
            alias = "alias" if draft.url != draft.page.url else None
            await self.end(draft.page, "unchanged", alias, **({"article": draft.article} if alias else {}))
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
        return draft

    def evidence(self, draft: Draft) -> set[int]:
        """Paragraphs that alone carry the evidence for a group of a topic: never dropped."""
        alone: set[int] = set()
        for _, match in draft.matches:
            found = carriers(match, draft.paragraphs)
            alone |= {next(iter(numbers)) for numbers in found.values() if len(numbers) == 1}
        return alone
