"""The relevance gate: whether a page could be on a topic at all, told from its bare text without reading it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from newslib.topics.fold import JOINING, fold_words
from newslib.topics.matcher import automaton, places
from newslib.topics.query import Query
from newslib.topics.script import (
    HANGUL,
    KINDS,
    LONG,
    LONGEST_PREFIX,
    MOST_PARTICLES,
    PREFIXES,
    SIGN,
    UNSPACED,
    begins,
    ends,
    prefixed,
)

if TYPE_CHECKING:
    from newslib.topics.topic import Topic

_parted_mark = re.compile(f"\n[{JOINING}]").search  # a line break between a letter and its mark
Ways = dict[str, list[tuple[str, ...]]]
"""Group -> the ways to have evidence for it: words that must all be there, a stem with its `*`."""
Tails = dict[str, list[tuple[tuple[str, ...], str]]]
"""The first word of ways -> the others of each, and its group."""


@dataclass(slots=True)
class _Reading:
    """A folded text without its line breaks, and where these were (None: perhaps anywhere)."""

    text: str
    seams: list[int] | None

    def word(self, start: int, end: int) -> int:
        """What stands from `start` to `end`, if each line break means nothing or a space: 2, if it may be a word; 1, if
        it may begin one; 0, if neither."""
        if self.seams is None or self.seams[bisect_right(self.seams, start)] < end:  # across a line break
            return 2
        if not self._seam(start) and not self._begins(start, self.seams):
            return 0
        return 2 if self._seam(end) or self._ends(end, self.seams) else 1

    def holds(self, wanted: str) -> bool:
        """Whether a word, or a stem with its `*`, stands in the text."""
        bare = wanted.rstrip("*")
        least, start = (1 if bare != wanted else 2), self.text.find(bare)
        while start >= 0:
            if self.word(start, start + len(bare)) >= least:
                return True
            start = self.text.find(bare, start + 1)
        return False

    def _seam(self, at: int) -> bool:
        return self.seams is not None and (n := bisect_left(self.seams, at)) < len(self.seams) and self.seams[n] == at

    def _begins(self, at: int, seams: list[int]) -> bool:
        if not at or (before := KINDS[self.text[at - 1]]) is SIGN:
            return True
        kind = KINDS[self.text[at]]
        if before is not kind or kind is UNSPACED:
            return begins(self.text, at, LONG)
        if kind not in PREFIXES:
            return False
        return seams[bisect_right(seams, at - LONGEST_PREFIX - 1)] < at or prefixed(self.text, at, PREFIXES[kind]) >= 0

    def _ends(self, at: int, seams: list[int]) -> bool:
        """Particles may end at a line break."""
        return ends(self.text, at, LONG) or (
            KINDS[self.text[at]] is HANGUL and seams[bisect_right(seams, at)] <= at + MOST_PARTICLES
        )


class Gate:
    """Says "cannot match" or "may match" of a page's text, for all topics of a run.

    A term can match only if each of its words stands in the page. Languages, capitals asked for with `=`, `exclude`,
    NOT, NEAR, SAME and thresholds are taken for granted. The longest word of each term is looked for, the others when
    it is there: few pages have it. A gate pickles as its words (about 30 KB for the topic that ships) and is ready in a
    fiftieth of a second.
    """

    def __init__(self, topics: Iterable[Topic]):
        self._load([(topic.query, _ways(topic)) for topic in topics])

    def __reduce__(self) -> tuple[object, ...]:
        return _loaded, (self._plan,)

    def _load(self, plan: list[tuple[Query, Ways]]) -> None:
        self._plan = plan
        self._tables = []
        words: set[str] = set()
        for query, ways in plan:
            tails: dict[str, set[tuple[tuple[str, ...], str]]] = {}
            for group, terms in ways.items():
                for first, *others in terms:
                    words.add(first)
                    tails.setdefault(first, set()).add((tuple(others), group))
            self._tables.append((query, {first: sorted(others) for first, others in tails.items()}))
        bare = sorted({word.rstrip("*") for word in words})
        self._wanted = [(word, word if word in words else f"{word}*") for word in bare]  # found last, when both are
        self._searcher = automaton(bare, fast=True)

    def may_match(self, text: str) -> bool:
        """Whether any selection of a page's text could match one of the topics; without topics, nothing can.

        `text` is all that extraction could take for title, description or text, entities decoded: text nodes in the
        order of the page, `<title>`, `<meta>` contents, strings of JSON-LD. Pieces are joined by line breaks: a line
        break without white space beside it may mean nothing, as between the text before an inline tag and that in it.
        """
        try:
            text.encode()
        except UnicodeEncodeError:  # as the text cleaner does: halves that belong together are joined
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        lines = fold_words(text).split("\n")
        readings = [_Reading("".join(lines), list(accumulate(map(len, lines))))]
        if _parted_mark(text):
            readings.append(_Reading(fold_words(text.replace("\n", "")), None))
        found = set[str]().union(*map(self._found, readings))
        return any(_passes(query, tails, found, readings) for query, tails in self._tables)

    def _found(self, reading: _Reading) -> set[str]:
        found, wanted = set[str](), self._wanted
        for number, start, end in places(self._searcher, reading.text):
            word, last = wanted[number]
            if last not in found and (kind := reading.word(start, end)):
                found.add(f"{word}*")
                if kind == 2:
                    found.add(word)
        return found


def _passes(query: Query, tails: Tails, found: set[str], readings: list[_Reading]) -> bool:
    """Whether the words that were found, and those that must stand beside them, could answer a query."""
    ways = [way for first in tails.keys() & found for way in tails[first]]
    if query.share({group for _, group in ways}) < 1:
        return False
    groups: set[str] = set()
    for others, group in sorted(ways, key=_length):
        if group not in groups and all(any(reading.holds(word) for reading in readings) for word in others):
            groups.add(group)
            if query.share(groups) == 1:
                return True
    return False


def _length(way: tuple[tuple[str, ...], str]) -> int:
    return len(way[0])


def _loaded(plan: list[tuple[Query, Ways]]) -> Gate:
    gate = Gate.__new__(Gate)
    gate._load(plan)
    return gate


def _ways(topic: Topic) -> Ways:
    ways: dict[str, set[tuple[str, ...]]] = {group: set() for group in topic.query.groups}
    for rule in topic.rules:
        if rule.entry.group in ways:
            words = sorted(set(rule.words), key=lambda word: (-len(word), word))
            ways[rule.entry.group].add(tuple(w for w in words if len(w) > 1) or (words[0],))
    return {group: sorted(found) for group, found in ways.items()}
