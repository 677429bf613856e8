"""All terms of all topics of a run, found in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ahocorasick_rs

from newslib.topics.fold import Folded, fold, shape
from newslib.topics.script import DIGIT, KINDS, LONG, SIGN, UNSPACED, begins, ends, prefixed, row, word_end
from newslib.topics.terms import Entry, Hit, Rule, primary

if TYPE_CHECKING:
    from newslib.topics.topic import Match, Topic

Searcher = ahocorasick_rs.AhoCorasick
_NO_REST = ("",)  # of a stem that ends its term
MASK = ""
"""The group of phrases that `exclude` lists."""


def automaton(needles: Iterable[str], fast: bool = False) -> Searcher:
    """Finds these strings in a text, all of them in one pass: Aho and Corasick, CACM 18 (1975). The `fast` one takes
    half the time of the other, and six times as long to build."""
    kinds = ahocorasick_rs.Implementation
    kind = kinds.DFA if fast else kinds.ContiguousNFA
    return ahocorasick_rs.AhoCorasick(needles, implementation=kind, store_patterns=False)


def places(searcher: Searcher, text: str) -> list[tuple[int, int, int]]:
    """Every place of every needle: (its number, start, end), in order of ends. A lone surrogate is read as `?`."""
    try:
        return searcher.find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:
        return searcher.find_matches_as_indexes(text.encode("utf-8", "replace").decode(), overlapping=True)


Place = tuple[int, int, Entry]
"""[start, end) in folded text."""


def _order(place: Place) -> tuple[int, int, bool]:
    return place[0], -place[1], place[2].group != MASK


@dataclass(slots=True)
class _Needle:
    """A string to look for, and what to make of it where it is found."""

    kind: str
    first: int  # letters in the row that it begins with
    last: int
    plain: list[tuple[int, Rule]] = field(default_factory=list)  # number of the topic
    stems: list[tuple[int, Rule]] = field(default_factory=list)
    prefixes: frozenset[str] | None = None


class Matcher:
    """Finds the terms of several topics."""

    def __init__(self, topics: Sequence[Topic]):
        self.topics = list(topics)
        known: dict[str, _Needle] = {}
        for number, topic in enumerate(topics):
            for rule in topic.rules:
                needle = known.get(rule.needle)
                if needle is None:
                    text = rule.needle
                    needle = known[text] = _Needle(KINDS[text[0]], row(text), row(text[::-1]))
                needle.prefixes = needle.prefixes or rule.prefixes
                if rule.rest:
                    needle.first = max(needle.first, LONG)
                    needle.stems.append((number, rule))
                else:
                    needle.plain.append((number, rule))
        self._needles = list(known.values())
        self._searcher = automaton(known)

    def match(self, title: str | None, description: str | None, text: str, language: str | None) -> list[Match]:
        """Judge an article by each topic, as `Topic.match` does by one."""
        texts = title or "", description or "", text
        found = zip(*(self.find(part, language) for part in texts), strict=True)
        return [topic.judged(texts, hits) for topic, hits in zip(self.topics, found, strict=True)]

    def find(self, text: str, language: str | None) -> list[list[Hit]]:
        """For each topic its hits in a text, in order of place, that count on a page in this language.

        Not masked ones, and within a group no two on the same letters (leftmost, longest).
        """
        found: list[list[Place]] = [[] for _ in self.topics]
        if not text:
            return [[] for _ in found]
        folded = fold(text)
        self._search(folded, primary(language), found)
        span = folded.span
        return [
            [Hit(*span(start, end), entry) for start, end, entry in _counted(places)] if places else []
            for places in found
        ]

    def _search(self, text: Folded, spoken: str | None, found: list[list[Place]]) -> None:
        folded, needles = text.text, self._needles
        kind_of, size = KINDS, len(folded)
        stem_end = -1  # where the last stem's word ends; places come in order of their ends
        for number, start, end in places(self._searcher, folded):
            needle = needles[number]
            begin = start
            if start and (before := kind_of[folded[start - 1]]) is not SIGN:
                if before is needle.kind and before is not UNSPACED:  # inside a word
                    if needle.prefixes is None:
                        continue
                    begin = -1
                elif not begins(folded, start, needle.first):
                    continue
            if needle.plain and (end == size or kind_of[folded[end]] is SIGN or ends(folded, end, needle.last)):
                for topic, rule in needle.plain:
                    if (at := begin if rule.simple else _begin(text, begin, start, end, rule, spoken)) >= 0:
                        found[topic].append((at, end, rule.entry))
            if needle.stems:
                if end > stem_end:
                    stem_end = word_end(folded, end)
                for topic, rule in needle.stems:
                    reached = _follow(folded, stem_end, rule.rest) if rule.rest != _NO_REST else stem_end
                    if reached < 0:
                        continue
                    if (at := begin if rule.simple else _begin(text, begin, start, reached, rule, spoken)) >= 0:
                        found[topic].append((at, reached, rule.entry))


def _begin(text: Folded, begin: int, start: int, end: int, rule: Rule, spoken: str | None) -> int:
    """Where the word of a needle begins if all is there that its rule asks for, else -1.

    `begin` is that place as far as known, -1 where the needle is inside a word.
    """
    languages = rule.entry.languages
    if languages is not None and spoken is not None and spoken not in languages:
        return -1
    if begin < 0 and rule.prefixes:
        begin = prefixed(text.text, start, rule.prefixes)
    if begin >= 0:
        if rule.dotted and _goes_on(text.text, end):
            return -1
        if rule.exact:
            a, b = text.span(start, end)
            return begin if rule.exact.fullmatch(shape(text.original[a:b])) else -1
    return begin


def _follow(text: str, at: int, rest: tuple[str, ...]) -> int:
    """Where a term ends whose first stem's word ends at this place; -1 when what follows is not the rest of it."""
    for piece in rest[:-1]:
        if not text.startswith(piece, at):
            return -1
        at = word_end(text, at + len(piece))
    last = rest[-1]
    if not last:
        return at
    end = at + len(last)
    return end if text.startswith(last, at) and ends(text, end, row(last[::-1])) else -1


def _goes_on(text: str, at: int) -> bool:
    """Whether an abbreviation with dots has another letter: U.S in U.S.A."""
    after = text[at : at + 2]
    if after[:1] == "." and text[at - 1] != ".":
        after = after[1:]
    return bool(after) and KINDS[after[0]] not in (SIGN, DIGIT)


def _counted(places: list[Place]) -> list[Place]:
    """Those that count: within a group no two on the same letters, and none on those of a mask.

    The leftmost wins, then the longest, of masks as of terms: 朝鮮人 does not hide 朝鮮人民軍 nor 北朝鮮.
    """
    if len(places) > 1:
        places.sort(key=_order)
    masked = 0  # up to here
    reached: dict[str, int] = {}
    counted = []
    for place in places:
        start, end, entry = place
        group = entry.group
        if group == MASK:
            masked = max(masked, end)
        elif start >= masked and start >= reached.get(group, 0):
            reached[group] = end
            counted.append(place)
    return counted
