"""How much of one article stands in another, word for word, and what that makes of the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newslib.copies.words import Numbers, Words

DUPLICATE = 0.9  # of both articles
SYNDICATED = 0.5  # of one of them,
PART = 0.2  # and of the other: else a round-up of ten pieces would be one story with all ten
RELATED = 0.1  # of one of them,
PASSAGE = 200  # and so many characters
"""Of 7,760 pairs of 130 real articles, none of them copies, no two have more than 72 characters in common."""
DENSE = 2.5  # a character of Han or kana says as much as so many of an alphabet, as in paragraphs.LONG
OTHER_NUMBERS = 0.25
"""From this share on of the numbers that stand in common wording, other numbers mean another report."""


@dataclass(slots=True)
class Relation:
    """What an article has in common with an earlier one."""

    kind: str  # duplicate | syndicated | related
    share: float  # of its characters, that stand in the earlier one
    back: float  # of the earlier one's, that stand in it
    paragraphs: int  # that are the same in both, but for typography; short ones do not count
    how: str  # paragraphs: most of what is common stands in paragraphs that are the same; words: in edited ones


def relate(article: Words, earlier: Words) -> Relation | None:
    """What `article` has in common with `earlier`; None when that is little, or when they differ in their numbers:
    reports of prices, scores and weather are written alike every day, and are no copies.

    A word counts as common when it stands in a shingle that the other has too. Takes time in proportion to both texts.
    """
    if article.size != earlier.size:
        return None
    here, there = _covered(article, earlier), _covered(earlier, article)
    lengths, before = article.lengths, earlier.lengths
    common, back = int(lengths[here].sum()), int(before[there].sum())
    shares = common / max(1, int(lengths.sum())), back / max(1, int(before.sum()))
    kind = _kind(shares, max(common, back) * (DENSE if article.size == 8 else 1))
    if kind is None or _other_numbers(article, earlier, here):
        return None
    same = article.prints.keys() & earlier.prints.keys()
    exact = sum(article.prints[each] for each in same)
    return Relation(
        kind, round(shares[0], 4), round(shares[1], 4), len(same), "paragraphs" if 2 * exact > common else "words"
    )


def _kind(shares: tuple[float, float], characters: float) -> str | None:
    if characters < PASSAGE / 2 or max(shares) < RELATED:
        return None
    if min(shares) >= DUPLICATE:
        return "duplicate"
    if max(shares) >= SYNDICATED and min(shares) >= PART:
        return "syndicated"
    return "related" if characters >= PASSAGE else None


def _covered(one: Words, other: Words) -> NDArray[np.bool_]:
    """Which words of `one` stand in a shingle that `other` has too."""
    return _spread(_among(one.shingles, other.ordered), one)


def _among(some: Numbers, ordered: Numbers) -> NDArray[np.bool_]:
    """Which of `some` are in a sorted array."""
    if not len(ordered):
        return np.zeros(len(some), bool)
    found: NDArray[np.bool_] = ordered[np.minimum(np.searchsorted(ordered, some), len(ordered) - 1)] == some
    return found


def _spread(hits: NDArray[np.bool_], words: Words) -> NDArray[np.bool_]:
    covered = np.zeros(len(words.words), bool)
    for at in range(words.size):
        covered[at : at + len(hits)] |= hits
    return covered


def _other_numbers(article: Words, earlier: Words, same: NDArray[np.bool_]) -> bool:
    """Whether two articles are written alike and tell other numbers: nothing but numbers differs, or more than one
    number and OTHER_NUMBERS of those in their common wording."""
    changed, counted = _numbers(article, earlier, same)
    if not changed:
        return False
    if changed > 1 and changed >= OTHER_NUMBERS * counted:
        return True
    masked, before = article.masked, earlier.masked
    alike = (
        _spread(_among(masked, before[earlier.masked_order]), article),
        _spread(_among(before, masked[article.masked_order]), earlier),
    )
    return bool(alike[0].all() and alike[1].all())


def _numbers(article: Words, earlier: Words, same: NDArray[np.bool_]) -> tuple[int, int]:
    """Numbers of `article` that are others in `earlier`, within wording that is common; all that are within it."""
    masked, before = article.masked, earlier.masked
    if not (len(masked) and len(before)):
        return 0, 0
    order = earlier.masked_order
    places = order[np.minimum(np.searchsorted(before, masked, sorter=order), len(order) - 1)]
    here = np.flatnonzero(before[places] == masked)
    there = places[here]
    aligned, equal = np.zeros(len(article.words), bool), np.zeros(len(article.words), bool)
    for step in range(article.size):
        aligned[here + step] = True
        equal[here + step] |= article.words[here + step] == earlier.words[there + step]
    counted = article.numbers & (aligned | same)
    return int((counted & ~same & ~equal).sum()), int(counted.sum())
