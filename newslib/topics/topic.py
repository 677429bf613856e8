"""A topic: what an archive follows, and whether a text is about it, with the evidence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from urllib.parse import unquote

from newslib.article import Term
from newslib.topics.fold import fold
from newslib.topics.query import Query, all_of
from newslib.topics.terms import Hit, Terms, entry, primary, without_masked

_MASK = ""  # the group of phrases that `exclude` lists
_TITLE, _LEAD, _BODY = 4.0, 2.0, 1.0  # what one mention weighs
_LEAD_CHARS = 400  # the start of the text that counts as lead
_HOST = re.compile(r"https?://[^/\s]*")  # an outlet's own name says nothing of an article
_HALF = 4.0  # weight of mentions that gives a group half its strength


@dataclass(slots=True)
class Match:
    """What a topic found in an article. `score` is above 0 exactly when `matched`."""

    matched: bool
    score: float
    groups: set[str] = field(default_factory=set)  # with evidence, also when not matched
    terms: list[Term] = field(default_factory=list)  # one entry a term, most frequent first within a group
    hits: list[Hit] = field(default_factory=list)  # every mention in the text, in order of place


class Topic:
    """A subject: named groups of terms and a query over them.

    `terms` maps group -> language code or `any` -> terms as the topic file writes them; `query` defaults to all groups;
    `exclude` are phrases in which no term counts. Raises `terms.TermError` at the first use when a term cannot be
    searched for (config.load_topic checks each beforehand).
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
        file: Path | None = None,
    ):
        self.id, self.version, self.file = id, version, file
        self.title = title or id
        self.terms = terms
        self.groups = list(terms)
        self.query = query or all_of(self.groups)
        self.exclude = exclude or []

    @property
    def languages(self) -> set[str]:
        """The language codes that terms are listed for."""
        return {code for by_language in self.terms.values() for code in by_language} - {"any"}

    def match(self, title: str | None, description: str | None, text: str, language: str | None) -> Match:
        """Judge an article: its title, its description and its text, in a BCP 47 language (None: not known).

        The score of a group is w / (w + 4), where a mention weighs 4 in the title, 2 in the description or the first
        400 characters of the text, 1 below; AND takes the weakest, OR the strongest. So it grows with the number and
        place of mentions, needs both sides of a relation, stays below 1, and does not depend on the text's length.
        """
        counts: dict[tuple[str, str], int] = {}
        weights = dict.fromkeys(self.groups, 0.0)
        in_text = self._find(text, language)
        parts = ((self._find(title or "", language), _TITLE), (self._find(description or "", language), _LEAD))
        for hits, weight in (*parts, (in_text, _BODY)):
            for hit in hits:
                key = (hit.entry.group, hit.entry.term)
                counts[key] = counts.get(key, 0) + 1
                lead = hits is in_text and hit.start < _LEAD_CHARS
                weights[hit.entry.group] += _LEAD if lead else weight
        score = self.query.value(lambda group: weights[group] / (weights[group] + _HALF))
        order = sorted(counts, key=lambda key: (self.groups.index(key[0]), -counts[key]))
        terms = [Term(group=g, term=t, count=counts[g, t], start=None, end=None) for g, t in order]
        return Match(score > 0, round(score, 3), {group for group, _ in counts}, terms, in_text)

    def mentions(self, text: str, language: str | None) -> list[Hit]:
        """Every mention in one piece of text, in order of place; offsets are code points of `text`."""
        return self._find(text, language)

    def groups_in(self, text: str, language: str | None) -> set[str]:
        """The groups that have evidence in one piece of text."""
        return {hit.entry.group for hit in self._find(text, language)}

    def touches(self, text: str) -> float:
        """How likely a title, a summary or a URL belongs to the topic, 0 to 1: for ordering only.

        1 when the query holds in this text alone; else the share of the nearest branch's groups that are mentioned.
        """
        found = self.groups_in(_HOST.sub(" ", unquote(text) if "%" in text else text), None)
        if not found:
            return 0.0
        return self.query.value(lambda group: float(group in found), both=_mean)

    def _find(self, text: str, language: str | None) -> list[Hit]:
        """The hits that count: not masked, and within a group no two on the same letters (leftmost, longest)."""
        if not text:
            return []
        folded = fold(text)
        hits = self._terms.find(folded, primary(language))
        if not hits:
            return hits
        hits = without_masked([h for h in hits if h.entry.group], [h for h in hits if not h.entry.group])
        reached: dict[str, int] = {}
        counted = []
        for hit in hits:
            if hit.start >= reached.get(hit.entry.group, 0):
                reached[hit.entry.group] = hit.end
                counted.append(hit)
        return counted

    @cached_property
    def _terms(self) -> Terms:
        """The search tree. A term that several languages of a group list is one entry."""
        tree = Terms()
        for group, by_language in self.terms.items():
            languages: dict[str, set[str]] = {}
            for code, words in by_language.items():
                for word in words:
                    languages.setdefault(word.strip(), set()).add(primary(code) or code)
            for word, codes in languages.items():
                tree.add(entry(group, word, None if "any" in codes else codes))
        for phrase in self.exclude:
            tree.add(entry(_MASK, phrase))
        return tree


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


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)
