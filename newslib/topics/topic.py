"""A topic: what an archive follows, and whether a text is about it, with the evidence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from urllib.parse import unquote

from newslib.article import Term
from newslib.topics.evidence import WEIGHTS, Found
from newslib.topics.matcher import MASK, Matcher
from newslib.topics.query import Query, all_of
from newslib.topics.terms import Entry, Hit, Rule, is_short_latin, primary, rules_of

_HOST = re.compile(r"https?://[^/\s]*")  # an outlet's own name says nothing of an article


@dataclass(slots=True)
class Match:
    """What a topic found in an article. `score` is above 0 exactly when `matched`."""

    matched: bool
    score: float
    groups: set[str] = field(default_factory=set)  # with mentions, also when not matched, and those that NOT names
    terms: list[Term] = field(default_factory=list)  # one entry a term, most frequent first within a group
    hits: list[Hit] = field(default_factory=list)  # every mention in the text, in order of place


class Topic:
    """A subject: named groups of terms and a query over them.

    `terms` maps group -> language code or `any` -> terms as the topic file writes them; a quoted term of the query is
    one more group. `query` defaults to all groups; `exclude` are phrases in which no term counts; `weights` are those
    of a mention in `title`, `lead` and `text`. Raises `terms.TermError` at the first use when a term cannot be searched
    for (config.load_topic checks each beforehand).
    """

    def __init__(
        self,
        id: str,
        terms: Mapping[str, Mapping[str, list[str]]],
        *,
        version: str = "",
        title: str | None = None,
        query: Query | None = None,
        exclude: list[str] | None = None,
        weights: Mapping[str, float] | None = None,
        file: Path | None = None,
    ):
        self.id, self.version, self.file = id, version, file
        self.title = title or id
        self.query = query or all_of(list(terms))
        quoted = sorted(self.query.groups - terms.keys())
        self.terms = {**terms, **{name: {"any": [name.strip('"')]} for name in quoted}}
        self.groups = list(self.terms)
        self._wanted = self.query.wanted
        self._held: dict[frozenset[str], bool] = {}
        self.exclude = exclude or []
        self.weights = {**WEIGHTS, **(weights or {})}

    @property
    def languages(self) -> set[str]:
        """The language codes that terms are listed for."""
        return {code for by_language in self.terms.values() for code in by_language} - {"any"}

    def match(self, title: str | None, description: str | None, text: str, language: str | None) -> Match:
        """Judge an article: its title, its description and its text, in a BCP 47 language (None: not known).

        The score ranks, and is below 1 (newslib.topics.evidence says how it is made). Several topics are judged
        together, and faster, by a Matcher.
        """
        return self._matcher.match(title, description, text, language)[0]

    def judged(self, texts: Sequence[str], hits: Sequence[list[Hit]]) -> Match:
        """The match that follows from the hits in title, description and text."""
        if not any(hits):
            return Match(False, 0.0)
        found = Found(texts, hits, self.weights)
        groups, wanted = {group for group, _ in found.counts}, self._wanted
        if not groups <= wanted:  # what a NOT names is no evidence for an article
            found.counts = {key: count for key, count in found.counts.items() if key[0] in wanted}
        order = sorted(found.counts, key=lambda key: (self.groups.index(key[0]), -found.counts[key]))
        terms = [Term(group=g, term=t, count=found.counts[g, t], start=None, end=None) for g, t in order]
        score = found.score(self.query, self._held)
        in_text = hits[-1] if groups <= wanted else [hit for hit in hits[-1] if hit.entry.group in wanted]
        return Match(score > 0, score, groups, terms, in_text)

    def mentions(self, text: str, language: str | None) -> list[Hit]:
        """Every mention in one piece of text, in order of place; offsets are code points of `text`."""
        return self._matcher.find(text, language)[0]

    def groups_in(self, text: str, language: str | None) -> set[str]:
        """The groups that have evidence in one piece of text."""
        return {hit.entry.group for hit in self.mentions(text, language)}

    def touches(self, text: str) -> float:
        """How likely a title, a summary or a URL belongs to the topic, 0 to 1: for ordering only.

        1 when the query can hold in this text alone; else the share of the nearest branch's groups that are mentioned.
        """
        found = self.groups_in(_HOST.sub(" ", unquote(text) if "%" in text else text), None)
        return self.query.share(found) if found else 0.0

    @cached_property
    def rules(self) -> list[Rule]:
        """What to look for. A term that several languages of a group list is one entry."""
        rules: list[Rule] = []
        for group, by_language in self.terms.items():
            languages: dict[str, set[str]] = {}
            for code, words in by_language.items():
                language = primary(code) or code
                for word in words:
                    languages.setdefault(word.strip(), set()).add(language)
            for word, codes in languages.items():
                own = frozenset(codes) if "any" not in codes and is_short_latin(word) else None
                rules += rules_of(Entry(group, word, own))
        for phrase in self.exclude:
            rules += rules_of(Entry(MASK, phrase.strip()))
        return rules

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher([self])


def located(match: Match, paragraphs: list[str], dropped: set[int]) -> list[Term]:
    """The match's terms with `start` and `end` of the first mention in what is left of the text, else None.

    `paragraphs` are those of the text that was judged (joined by blank lines), `dropped` the numbers of those left out.
    """
    kept_start, shift = 0, {}  # paragraph number -> what to take off an offset
    starts = list(_starts(paragraphs))
    for number, paragraph in enumerate(paragraphs):
        if number not in dropped:
            shift[number] = starts[number] - kept_start
            kept_start += len(paragraph) + 2
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for hit in match.hits:
        number = bisect_right(starts, hit.start) - 1
        if number in shift:
            place = hit.start - shift[number], hit.end - shift[number]
            places.setdefault((hit.entry.group, hit.entry.term), place)
    found = []
    for term in match.terms:
        start, end = places.get((term["group"], term["term"]), (None, None))
        found.append(Term(group=term["group"], term=term["term"], count=term["count"], start=start, end=end))
    return found


def carriers(match: Match, paragraphs: list[str]) -> dict[str, set[int]]:
    """Group -> the numbers of the paragraphs of the judged text that hold evidence for it."""
    starts = list(_starts(paragraphs))
    found: dict[str, set[int]] = {}
    for hit in match.hits:
        found.setdefault(hit.entry.group, set()).add(bisect_right(starts, hit.start) - 1)
    return found


def judge(topics: Iterable[Topic]) -> str:
    """A name for a set of topics and their versions."""
    return sha256(" ".join(sorted(f"{t.id}={t.version}" for t in topics)).encode()).hexdigest()[:16]


def _starts(paragraphs: list[str]) -> Iterable[int]:
    """Where each paragraph begins in the joined text."""
    return accumulate((len(p) + 2 for p in paragraphs[:-1]), initial=0)
