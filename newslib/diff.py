"""What changed between two versions of an article: paragraph by paragraph, word by word within those that changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from newslib.article import Article, paragraphs_of
from newslib.paragraphs import normalise
from newslib.paragraphs.substance import substance
from newslib.text import UNSPACED

EFFORT = 300_000  # comparisons, so some 700 edits; two texts that would take more are told as one taken for the other
ALIKE = 0.4  # share of words in common from which one paragraph is another one changed
_PAIRS = 10_000  # of paragraphs of one place that are compared with each other
_WORD = re.compile(rf"\s+|[{UNSPACED}]|[^\s{UNSPACED}]+")


class Edit(NamedTuple):
    """A[a:b] has become B[c:d]."""

    same: bool
    a: int
    b: int
    c: int
    d: int


class Part(NamedTuple):
    """A run of words."""

    op: str  # = both have it | - taken out | + put in
    text: str


@dataclass(slots=True)
class Change:
    """One paragraph. `was`, `at`: its number in the older and in the newer version, None where it is not."""

    kind: str  # changed | added | removed
    was: int | None
    at: int | None
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Changes:
    """What one version changed of the one before."""

    before: str  # ids of the records
    after: str
    title: list[Part] | None  # None: it is the same
    paragraphs: list[Change]


def changes(before: Article, after: Article) -> Changes:
    """What changed from one version to the next. Counters, clocks, advertisements and typography do not count."""
    old, new = before.title or "", after.title or ""
    title = words(old, new) if normalise(old) != normalise(new) else None
    return Changes(
        before.id, after.id, title, paragraphs(paragraphs_of(before.full_text), paragraphs_of(after.full_text))
    )


def paragraphs(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    """Changed, added and removed paragraphs of clean texts, in the order of the newer one."""
    old, new = substance(before), substance(after)
    found: list[Change] = []
    for edit in edits([text for _, text in old], [text for _, text in new]):
        if not edit.same:
            was = [(number, before[number]) for number, _ in old[edit.a : edit.b]]
            now = [(number, after[number]) for number, _ in new[edit.c : edit.d]]
            found += _place(was, now)
    return found


def words(before: str, after: str) -> list[Part]:
    """Two texts as what both have and what one alone has: `=` and `-` joined are the first, `=` and `+` the second."""
    a, b = _WORD.findall(before), _WORD.findall(after)
    found: list[Part] = []
    for edit in edits(a, b):
        if edit.same:
            found.append(Part("=", "".join(a[edit.a : edit.b])))
            continue
        if edit.b > edit.a:
            found.append(Part("-", "".join(a[edit.a : edit.b])))
        if edit.d > edit.c:
            found.append(Part("+", "".join(b[edit.c : edit.d])))
    return found


def edits(a: Sequence[str], b: Sequence[str]) -> Iterator[Edit]:
    """The fewest edits that make `b` of `a`, in order, with what stays between them (Myers, An O(ND) difference
    algorithm and its variations, 1986). When that would take more than EFFORT, all that differs is one edit."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    stop_a, stop_b = len(a) - end, len(b) - end
    if start:
        yield Edit(True, 0, start, 0, start)
    yield from _shifted(_myers(a[start:stop_a], b[start:stop_b]), start)
    if end:
        yield Edit(True, stop_a, len(a), stop_b, len(b))


def _shifted(found: Iterator[Edit] | list[Edit], by: int) -> Iterator[Edit]:
    for edit in found:
        yield Edit(edit.same, edit.a + by, edit.b + by, edit.c + by, edit.d + by)


def _myers(a: Sequence[str], b: Sequence[str]) -> list[Edit]:
    if not a or not b:
        return [Edit(False, 0, len(a), 0, len(b))] if a or b else []
    reach = {1: 0}  # diagonal -> how far along `a` it has been followed
    rounds: list[dict[int, int]] = []
    effort = 0
    for distance in range(len(a) + len(b) + 1):
        rounds.append(dict(reach))
        for k in range(-distance, distance + 1, 2):
            down = k == -distance or (k != distance and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            begun = x
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= len(a) and x - k >= len(b):
                return _path(rounds, a, b)
            effort += 1 + x - begun
        effort += distance
        if effort > EFFORT:
            break
    return [Edit(False, 0, len(a), 0, len(b))]


def _path(rounds: list[dict[int, int]], a: Sequence[str], b: Sequence[str]) -> list[Edit]:
    """The edits of the rounds, from the end back to the beginning."""
    x, y = len(a), len(b)
    same: list[tuple[int, int, int]] = []  # where both are alike: place in a, in b, length
    for distance in range(len(rounds) - 1, -1, -1):
        reach, k = rounds[distance], x - y
        down = k == -distance or (k != distance and reach[k - 1] < reach[k + 1])
        from_x = (reach[k + 1] if down else reach[k - 1] + 1) if distance else 0
        if x > from_x:
            same.append((from_x, from_x - k, x - from_x))
        x, y = (from_x, from_x - k - 1) if down else (from_x - 1, from_x - k)
    found: list[Edit] = []
    x = y = 0
    for at_a, at_b, length in [*reversed(same), (len(a), len(b), 0)]:
        if at_a > x or at_b > y:
            found.append(Edit(False, x, at_a, y, at_b))
        if length:
            found.append(Edit(True, at_a, at_a + length, at_b, at_b + length))
        x, y = at_a + length, at_b + length
    return found


def _place(was: list[tuple[int, str]], now: list[tuple[int, str]]) -> Iterator[Change]:
    """Paragraphs of one place: those that are alike are one that has changed, in order."""
    left = 0
    few = len(was) * len(now) <= _PAIRS
    old = [_words(text) for _, text in was] if few else []
    for number, text in now:
        here = _words(text) if few else Counter[str]()
        best = max(range(left, len(old)), key=lambda n: (_alike(old[n], here), -n), default=None) if few else None
        if best is None or _alike(old[best], here) < ALIKE:
            yield Change("added", None, number, [Part("+", text)])
            continue
        yield from (Change("removed", gone, None, [Part("-", lost)]) for gone, lost in was[left:best])
        yield Change("changed", was[best][0], number, words(was[best][1], text))
        left = best + 1
    yield from (Change("removed", gone, None, [Part("-", lost)]) for gone, lost in was[left:])


def _words(text: str) -> Counter[str]:
    return Counter(word for word in _WORD.findall(normalise(text)) if not word.isspace())


def _alike(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())
