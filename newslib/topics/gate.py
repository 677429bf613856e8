"""The relevance gate: whether a page could be on a topic at all, told from its bare text without reading it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
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


Reading = tuple[str, list[int] | None]
"""A folded text without its line breaks, and where these were (None: perhaps anywhere)."""


class Gate:
    """Says "cannot match" or "may match" of a page's text, for all topics of a run.

    A term can match only if each of its words stands in the page. Languages, capitals asked for with `=`, `exclude`,
    NOT, NEAR, SAME and thresholds are taken for granted. The longest words are looked for first: few pages have them,
    and fewer words cost less. A gate pickles as its words (about 30 KB for the topic that ships) and is ready in
    milliseconds.
    """

    def __init__(self, topics: Iterable[Topic]):
        self._load([(topic.query, _ways(topic)) for topic in topics])

    def __reduce__(self) -> tuple[object, ...]:
        return _loaded, (self._plan,)

    def _load(self, plan: list[tuple[Query, Ways]]) -> None:
        self._plan = plan
        longest = [(query, {g: [words[:1] for words in ways[g]] for g in ways}) for query, ways in plan]
        self._sieves = _Sieve(longest), _Sieve(plan)

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
        readings: list[Reading] = [("".join(lines), list(accumulate(map(len, lines))))]
        if _parted_mark(text):
            readings.append((fold_words(text.replace("\n", "")), None))
        return all(sieve.passes(readings) for sieve in self._sieves)


def _loaded(plan: list[tuple[Query, Ways]]) -> Gate:
    gate = Gate.__new__(Gate)
    gate._load(plan)
    return gate


class _Sieve:
    """Looks for the words of some ways to have evidence."""

    def __init__(self, plan: list[tuple[Query, Ways]]):
        self._tables = []
        words: set[str] = set()
        for query, ways in plan:
            alone: dict[str, set[str]] = {}
            phrases: dict[str, set[tuple[frozenset[str], str]]] = {}
            for group, terms in ways.items():
                for first, *others in terms:
                    words.update((first, *others))
                    if others:
                        phrases.setdefault(first, set()).add((frozenset(others), group))
                    else:
                        alone.setdefault(first, set()).add(group)
            self._tables.append((query, alone, phrases))
        bare = sorted({word.rstrip("*") for word in words})
        self._wanted = [(word, word if word in words else f"{word}*") for word in bare]  # found last, when both are
        self._searcher = automaton(bare)

    def passes(self, readings: list[Reading]) -> bool:
        found = set[str]().union(*(self._found(*reading) for reading in readings))
        for query, alone, phrases in self._tables:
            groups: set[str] = set()
            for word in found:
                groups.update(alone.get(word, ()))
                groups.update(group for others, group in phrases.get(word, ()) if others <= found)
            if query.share(groups) == 1:
                return True
        return False

    def _found(self, glued: str, seams: list[int] | None) -> set[str]:
        """The words and stems that stand in the text as words do, if each line break means nothing or a space."""
        found, wanted = set[str](), self._wanted
        edges = set(seams or ())
        for number, start, end in places(self._searcher, glued):
            word, last = wanted[number]
            if last in found:
                continue
            if seams is None or seams[bisect_right(seams, start)] < end:  # across a line break
                found |= {f"{word}*", word}
            elif start in edges or self._begins(glued, start, seams):
                found.add(f"{word}*")
                if last == word and (end in edges or self._ends(glued, end, seams)):
                    found.add(word)
        return found

    def _begins(self, glued: str, at: int, seams: list[int]) -> bool:
        if not at or (before := KINDS[glued[at - 1]]) is SIGN:
            return True
        kind = KINDS[glued[at]]
        if before is not kind or kind is UNSPACED:
            return begins(glued, at, LONG)
        if kind not in PREFIXES:
            return False
        return seams[bisect_right(seams, at - LONGEST_PREFIX - 1)] < at or prefixed(glued, at, PREFIXES[kind]) >= 0

    def _ends(self, glued: str, at: int, seams: list[int]) -> bool:
        """Particles may end at a line break."""
        return ends(glued, at, LONG) or (
            KINDS[glued[at]] is HANGUL and seams[bisect_right(seams, at)] <= at + MOST_PARTICLES
        )


def _ways(topic: Topic) -> Ways:
    ways: dict[str, set[tuple[str, ...]]] = {group: set() for group in topic.query.groups}
    for rule in topic.rules:
        if rule.entry.group in ways:
            words = sorted(set(rule.words), key=lambda word: (-len(word), word))
            ways[rule.entry.group].add(tuple(w for w in words if len(w) > 1) or (words[0],))
    return {group: sorted(found) for group, found in ways.items()}
