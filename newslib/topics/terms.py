"""The words of a topic: how a term is written, and the tree that finds them in folded text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from newslib.topics.fold import Folded, fold
from newslib.topics.script import KINDS, RUNS, SPACED, SPACED_LETTER, UNSPACED, begins, ends, find_runs, word_end

SHORT = 4  # a Latin term of up to so many letters counts only on pages in its own language
_KEYS = (4, 2, 1)  # characters of a word that decide whether a closer look is taken
_GAP = re.compile(r" *\n? *")
_STEM = "*"


class TermError(ValueError):
    """A term that cannot be searched for; the message says why, and the fix."""


@dataclass(slots=True)
class Entry:
    """One term of one group. `languages` is None where the page's language does not matter."""

    group: str
    term: str  # as written in the topic file
    exact: re.Pattern[str] | None = None  # what `=` demands letter by letter
    languages: set[str] | None = None


@dataclass(slots=True)
class Hit:
    """An entry found in a text, [start, end) in code points of the original text."""

    start: int
    end: int
    entry: Entry


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


def primary(language: str | None) -> str | None:
    """The first subtag of a language tag, in small letters (`zh-Hant` -> `zh`); None when it tells no language."""
    first = re.split("[-_]", language, maxsplit=1)[0].lower() if language else ""
    return None if first in ("", "und", "mul", "zxx") else first


def is_short_latin(term: str) -> bool:
    letters = [c for c in term if c.isalpha()]
    return 0 < len(letters) <= SHORT and all(unicodedata.name(c, "").startswith("LATIN") for c in letters)


def read_term(term: str) -> str:
    """Check how a term is written and give it folded, stems marked by `*`. Raises TermError."""
    words = fold(term.strip().removeprefix("=")).text.split()
    if not "".join(words).strip(_STEM):
        raise TermError("an empty term; write a word or take it out")
    if any(_STEM in word[:-1] or word == _STEM for word in words):
        raise TermError(f'`*` out of place in "{term}"; it can only end a word, as in "russia*"')
    if not RUNS.match(words[0]) and KINDS[words[0][0]] is not UNSPACED:
        raise TermError(f'the term "{term}" begins with a sign; begin it with a letter or a digit')
    return " ".join(words)


def entry(group: str, term: str, languages: set[str] | None = None) -> Entry:
    """Read a term as a topic file has it, listed under these languages (None: for all)."""
    exact = None
    if term.strip().startswith("="):
        plain = unicodedata.normalize("NFC", term.strip()[1:])
        exact = re.compile(re.escape(plain).replace(r"\*", r"\S*"))
    return Entry(group, term.strip(), exact, languages if is_short_latin(term) else None)


class Terms:
    """All terms of a topic, ready to be looked for."""

    def __init__(self) -> None:
        self._root = _Node()
        self._keys: dict[int, set[str]] = {}  # length -> first letters of words
        self._open: set[str] = set()  # first letters in unspaced scripts
        self._open_find: re.Pattern[str] | None = None

    def add(self, entry: Entry) -> None:
        """Add an entry, whose term `read_term` finds no fault with."""
        folded = read_term(entry.term)
        node = self._root
        for char in folded:
            node = node.next.setdefault(char, _Node())
        node.entries.append(entry)
        if KINDS[folded[0]] is UNSPACED:
            self._open.add(folded[0])
            self._open_find = re.compile(f"[{re.escape(''.join(sorted(self._open)))}]")
            return
        run = RUNS.match(folded)
        assert run is not None  # the first character is no sign
        # A word that the term has whole can be known by all its letters, a stem or a Korean noun only by those given.
        whole = KINDS[folded[0]] is SPACED and folded[run.end() : run.end() + 1] != _STEM
        size = _KEYS[0] if whole else next(n for n in _KEYS if n <= len(run[0]))
        self._keys.setdefault(size, set()).add(run[0][:size])

    def find(self, text: Folded, language: str | None) -> list[Hit]:
        """Every term in the text that counts on a page in this language, in order of place, longer ones first."""
        spoken = primary(language)
        hits = []
        for start in self._starts(text.text):
            for end, entry in self._at(text.text, start):
                if entry.languages is not None and spoken is not None and spoken not in entry.languages:
                    continue
                a, b = text.span(start, end)
                if entry.exact and not entry.exact.fullmatch(unicodedata.normalize("NFC", text.original[a:b])):
                    continue
                hits.append(Hit(a, b, entry))
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        return hits

    def _starts(self, text: str) -> set[int]:
        """Places where a term may begin."""
        words = set(find_runs(text))
        starts = set()
        for size, known in self._keys.items():
            for key in known & {word[:size] for word in words}:
                if len(key) < size:  # a whole word: `d` of D.P.R.K. begins many others
                    starts |= {found.start() for found in _whole(key).finditer(text) if begins(text, found.start())}
                    continue
                at = text.find(key)
                while at >= 0:
                    if begins(text, at):
                        starts.add(at)
                    at = text.find(key, at + 1)
        if self._open_find is not None and not text.isascii():
            starts |= {found.start() for found in self._open_find.finditer(text) if begins(text, found.start())}
        return starts

    def _at(self, text: str, start: int) -> list[tuple[int, Entry]]:
        """The entries that begin at a place, with where they end (a stem's word whole)."""
        found = []
        waiting = [(self._root, start)]
        for node, at in waiting:  # grows where a stem ends
            following: _Node | None = node
            while following is not None:
                node = following
                if node.entries and ends(text, at):
                    found += [(at, entry) for entry in node.entries]
                if _STEM in node.next:
                    waiting.append((node.next[_STEM], word_end(text, at)))
                char = text[at : at + 1]
                if char == " " or char == "\n":
                    gap = _GAP.match(text, at)
                    at = gap.end() if gap else at + 1
                    # a blank line begins another paragraph
                    following = node.next.get(" ") if text[at : at + 1] != "\n" else None
                else:
                    following = node.next.get(char) if char != _STEM else None
                    at += 1
        return found


@lru_cache(maxsize=512)
def _whole(key: str) -> re.Pattern[str]:
    word = re.escape(key)
    return re.compile(f"{word}(?!{SPACED_LETTER})(?<!{SPACED_LETTER}{word})")


def without_masked(hits: list[Hit], masks: Iterable[Hit]) -> list[Hit]:
    """Leave out the hits that share a letter with a mask."""
    merged: list[tuple[int, int]] = []
    for mask in sorted(masks, key=lambda mask: mask.start):
        start, end = mask.start, mask.end
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged[-1][1])
            merged.pop()
        merged.append((start, end))

    def masked(hit: Hit) -> bool:
        before = bisect_left(merged, (hit.end, 0)) - 1
        return before >= 0 and merged[before][1] > hit.start

    return [hit for hit in hits if not masked(hit)] if merged else hits
