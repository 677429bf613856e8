"""The words of a topic: how a term is written, and what the matcher looks for on its behalf."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from newslib.topics.fold import fold, shape
from newslib.topics.script import (
    ARTICLE,
    BEFORE_ARTICLE,
    BEFORE_LIL,
    KINDS,
    LIL,
    LONG,
    MARK,
    PREFIXES,
    SHORT_PREFIXES,
    SIGN,
)

SHORT = 4  # a Latin term of up to so many letters counts only on pages in its own language
MOST_TERMS = 20_000  # of a topic; what ships has about 3,000
LONGEST_TERM = 200  # characters
_STEM = "*"
_DOTTED = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\.?")
_INITIAL = re.compile(r"(?<!\S)([^\W\d_])\. (?=\w)")
_CAPITALS = 6  # letters of an abbreviation that is looked for with dots too


class TermError(ValueError):
    """A term that cannot be searched for; the message says why, and the fix."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One term of one group. `languages` is None where the page's language does not matter."""

    group: str
    term: str  # as written in the topic file
    languages: frozenset[str] | None = None


@dataclass(slots=True)
class Hit:
    """An entry found in a text, [start, end) in code points of the original text."""

    start: int
    end: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Rule:
    """A way in which an entry can stand in folded text: `needle` as it is, then a rest of a word before each of `rest`.

    So `северн* коре*` has the needle `северн` and the rest (` коре`, ``), a term without stems no rest.
    """

    needle: str
    entry: Entry
    rest: tuple[str, ...] = ()
    exact: re.Pattern[str] | None = None  # what `=` demands of the original's shape
    prefixes: frozenset[str] | None = None  # what may be written in one with it
    dotted: bool = False  # an abbreviation with dots, which no further letter may continue
    simple: bool = True  # none of these three, and counts in all languages

    @property
    def words(self) -> list[str]:
        """The words that a text must have for it, a stem with its `*`."""
        return _STEM.join([self.needle, *self.rest]).split()


def primary(language: str | None) -> str | None:
    """The first subtag of a language tag, in small letters (`zh-Hant` -> `zh`); None when it tells no language."""
    first = re.split("[-_]", language, maxsplit=1)[0].lower() if language else ""
    return None if first in ("", "und", "mul", "zxx") else first


def is_short_latin(term: str) -> bool:
    if not 0 < sum(map(str.isalpha, term)) <= SHORT:
        return False
    return all(unicodedata.name(c, "").startswith("LATIN") for c in term if c.isalpha())


@lru_cache(maxsize=MOST_TERMS)  # read when the file is checked, and again when the topic is made ready
def read_term(term: str) -> str:
    """Check how a term is written and give it folded, stems marked by `*`. Raises TermError."""
    if len(term) > LONGEST_TERM:
        raise TermError(f'"{term[:30]}…" has {len(term)} characters; a term has at most {LONGEST_TERM}: shorten it')
    folded = " ".join(fold.__wrapped__(term.strip().removeprefix("=")).text.split())
    if not folded.replace(_STEM, "").strip():
        raise TermError("an empty term; write a word or take it out")
    if _STEM in folded and (folded[0] == _STEM or re.search(r"\*\S|(?<!\S)\*", folded)):
        raise TermError(f'`*` out of place in "{term}"; it can only end a word, as in "russia*"')
    if KINDS[folded[0]] in (SIGN, MARK) or unicodedata.category(folded[0])[0] == "M":
        raise TermError(f'the term "{term}" begins with a sign; begin it with a letter or a digit')
    return folded


def rules_of(entry: Entry) -> Iterator[Rule]:
    """Every way to look for a term that `read_term` finds no fault with."""
    folded, written = read_term(entry.term), entry.term.removeprefix("=")
    exact = entry.term.startswith("=")
    prefixes = None
    if (kind := KINDS[folded[0]]) in PREFIXES:
        prefixes = (PREFIXES if sum(map(str.isalpha, folded)) >= LONG else SHORT_PREFIXES).get(kind)
    if prefixes and folded.startswith(ARTICLE):
        yield _rule(entry, LIL + folded[len(ARTICLE) :], written if exact else None, BEFORE_LIL)
        prefixes = BEFORE_ARTICLE
    yield _rule(entry, folded, written if exact else None, prefixes)
    if _is_dotted(folded):  # D.P.R.K. also as D.P.R.K and DPRK, but not dprk: U.S. is not "us"
        yield _rule(entry, folded.rstrip("."), written.rstrip(".") if exact else None)
        yield _rule(entry, folded.replace(".", ""), written.replace(".", ""))
    elif written.isupper() and written.isalpha() and 2 <= len(folded) <= _CAPITALS:  # DPRK also as D.P.R.K. and D.P.R.K
        for end in (".", ""):
            yield _rule(entry, ".".join(folded) + end, ".".join(written) + end if exact else None)
    elif "." in folded and _INITIAL.search(folded):  # N. Korea also as N.Korea and N Korea
        for sign in (r"\1.", r"\1 "):
            yield _rule(entry, _INITIAL.sub(sign, folded), _INITIAL.sub(sign, written) if exact else None)


def _rule(entry: Entry, folded: str, exact: str | None, prefixes: frozenset[str] | None = None) -> Rule:
    needle, *rest = folded.split(_STEM)
    pattern = None if exact is None else re.compile(re.escape(shape(exact)).replace(r"\*", r"\S*"))
    dotted = _is_dotted(folded)
    simple = not (exact or prefixes or dotted or entry.languages)
    return Rule(needle, entry, tuple(rest), pattern, prefixes, dotted, simple)


def _is_dotted(folded: str) -> bool:
    return "." in folded and _DOTTED.fullmatch(folded) is not None
