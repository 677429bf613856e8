"""Text of strangers on a terminal, in mail and in pipes: harmless, and as wide as it looks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from newslib.text import clean

# Format characters (category Cf: direction overrides and isolates, tags, invisible signs) can make a line read as
# something else (CVE-2021-42574) and have no width of their own. The two joiners stay: Persian and Indic scripts spell
# with them.
_JOINERS = "\u200c\u200d"
_NUMBER = re.compile(r"[\d.,%?!]*")
_MARKS = 4  # marks on one letter; Hebrew with vowels and accents needs as many, what is longer climbs over other lines
LONGEST = 2_000  # characters of one line that are looked at


def plain(text: str | None) -> str:
    """One line without controls, escapes, format characters or towers of marks."""
    if not text:
        return ""
    return clean(visible(clean(text[:LONGEST])))


def visible(text: str) -> str:
    """The same of a line as it stands: nothing else is changed."""
    if text.isascii() and text.isprintable():
        return text
    text = "".join(c for c in text if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn"))
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append(char)
    return "".join(kept)


def short(text: str | None, characters: int) -> str:
    """A text made plain, and cut with an ellipsis when it is longer than that."""
    text = plain(text)
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


@lru_cache(maxsize=4096)
def _cells(char: str) -> int:
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """How many cells of a terminal a plain text takes (UAX #11: wide and full-width characters take two)."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str | None, cells: int, right: bool = False) -> str:
    """A text made plain and exactly as wide: cut with an ellipsis, or filled up with spaces."""
    text = plain(text)
    if width(text) > cells:
        taken, kept = 1, []
        for char in text:
            taken += _cells(char)
            if taken > cells:
                break
            kept.append(char)
        text = "".join(kept) + "…"
    space = " " * (cells - width(text))
    return space + text if right else text + space


def table(rows: list[list[str]], most: int = 40) -> list[str]:
    """Lines with the columns of `rows` aligned, those of numbers to the right; the first row is a heading. `most`:
    cells of the widest column."""
    if not rows:
        return []
    plains = [[plain(cell) for cell in row] for row in rows]
    columns = list(zip(*plains, strict=True))
    widths = [min(most, max(map(width, column))) for column in columns]
    right = [all(_NUMBER.fullmatch(cell) for cell in column[1:]) for column in columns]  # the first row is a heading
    return [
        "  ".join(fit(cell, cells, to) for cell, cells, to in zip(row, widths, right, strict=True)).rstrip()
        for row in plains
    ]
