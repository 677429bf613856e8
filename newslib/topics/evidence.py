"""What was found in an article, weighed: where its mentions stand, and what a query makes of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

from newslib.topics.query import Query
from newslib.topics.script import WORDS
from newslib.topics.terms import Hit

WEIGHTS = {"title": 4.0, "lead": 2.0, "text": 1.0}
"""What one mention weighs, unless a topic file says otherwise. The description counts as lead."""
_LEAD_CHARS = 400  # the start of the text that counts as lead
_HALF = 4.0  # weight of mentions that gives a group half its strength
_SPREAD, _TOGETHER = 4.0, 2.0  # paragraphs that give half of what spread and co-occurrence add
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


class Found:
    """The hits of one topic in title, description and text, as a query asks for them (`query.Evidence`)."""

    def __init__(self, texts: Sequence[str], hits: Sequence[list[Hit]], weights: Mapping[str, float]):
        self._texts, self._hits = texts, hits
        self.counts: dict[tuple[str, str], int] = {}  # (group, term) -> mentions
        self._weights: dict[str, float] = {}
        title, lead, text = weights["title"], weights["lead"], weights["text"]
        for found, weight in zip(hits, (title, lead, text), strict=True):
            for hit in found:
                group = hit.entry.group
                key = group, hit.entry.term
                self.counts[key] = self.counts.get(key, 0) + 1
                mention = lead if found is hits[-1] and hit.start < _LEAD_CHARS else weight
                self._weights[group] = self._weights.get(group, 0.0) + mention

    def weight(self, group: str) -> float:
        return self._weights.get(group, 0.0)

    def strength(self, group: str) -> float:
        weight = self._weights.get(group, 0.0)
        return weight / (weight + _HALF)

    def near(self, one: frozenset[str], other: frozenset[str], words: int) -> bool:
        """Words are counted in title, description and text apart, across paragraphs; side by side is 1."""
        for text, hits in zip(self._texts, self._hits, strict=True):
            names = {hit.entry.group for hit in hits}
            if not (names & one and names & other):
                continue
            starts = [found.start() for found in WORDS.finditer(text)]
            last = {one: -2 * len(text), other: -2 * len(text)}  # the last word of either side so far
            for hit in hits:
                first = bisect_right(starts, hit.start)
                for side, opposite in ((one, other), (other, one)):
                    if hit.entry.group in side:
                        if first - last[opposite] <= words:
                            return True
                        last[side] = max(last[side], bisect_right(starts, hit.end - 1))
        return False

    def same(self, sets: list[frozenset[str]]) -> bool:
        return any(all(groups & one for one in sets) for groups in self.paragraphs)

    @cached_property
    def paragraphs(self) -> list[frozenset[str]]:
        """The groups of each paragraph that has any; title and description are one each."""
        *short, text = self._hits
        found = [frozenset(hit.entry.group for hit in hits) for hits in short if hits]
        if text:
            ends = [blank.end() for blank in _BLANK_LINE.finditer(self._texts[-1])]
            groups: dict[int, set[str]] = {}
            for hit in text:
                groups.setdefault(bisect_right(ends, hit.start), set()).add(hit.entry.group)
            found += map(frozenset, groups.values())
        return found

    def score(self, query: Query, held: dict[frozenset[str], bool]) -> float:
        """0 when the query does not hold, else up to 1. `held` remembers, for all articles, which groups can do.

        A group's strength is w / (w + 4), where w is the weight of its mentions; AND takes the weakest group, OR the
        strongest. Half of the score is that; a quarter more comes with the spread, p / (p + 4) for p paragraphs with
        evidence, and a quarter with co-occurrence, t / (t + 2) for t paragraphs in which the query holds by itself. So
        it grows with the number and place of mentions and needs both sides of a relation, best together. The numbers
        are a choice: the score is for ordering.
        """
        base = query.score(self)
        if not base:
            return 0.0
        spread, together = len(self.paragraphs), 0
        for groups in self.paragraphs:
            if groups not in held:
                held[groups] = query.holds(groups)
            together += held[groups]
        more = spread / (spread + _SPREAD) + together / (together + _TOGETHER)
        return max(0.001, min(0.999, round(base * (2 + more) / 4, 3)))
