"""What makes two paragraphs the same one, and the number that stands for it in the index."""

from __future__ import annotations

import re
import struct
import unicodedata

from xxhash import xxh3_128_digest

from newslib.text import clean, unspaced

NORMALISER = 1
"""Version of `normalise`: fingerprints of different versions do not compare."""

LONG = 40  # characters of the normalised form from which a paragraph counts; shorter ones are datelines, credits, ...
LONG_UNSPACED = 15  # the same for scripts without spaces, where a character carries about as much as half a word

# What NFKC leaves apart but typography alone decides. The minus sign is a dash here: "-3 %" stays apart from "3 %".
_FOLDED = (
    dict.fromkeys("«»“”„‟〝〞〟❝❞⹂「」『』", '"')
    | dict.fromkeys("‘’‚‛‹›❛❜ʼʹ′‵`´\u02bb", "'")
    | dict.fromkeys("‐‑‒–—―−⸺⸻﹘", "-")
)
_FOLD = re.compile(f"[{''.join(_FOLDED)}]")
_parts = struct.Struct(">4xIq").unpack  # of a digest of 128 bits: the low half of its high half, its low half


def normalise(paragraph: str) -> str:
    """A paragraph with typography folded away: NFKC, casefold, quotes, dashes and white space; digits, `.,%+-` and
    accents stay, so that another number is another paragraph. Idempotent."""
    # Most come with nothing for `clean` and NFKC to do. A printable text has no white space but plain spaces.
    tidy = (
        paragraph.isprintable()
        and "  " not in paragraph
        and paragraph.strip() == paragraph
        and (paragraph.isascii() or unicodedata.is_normalized("NFKC", paragraph))
    )
    text = paragraph if tidy else clean(paragraph)
    if text.isascii():
        return text.replace("`", "'").lower()
    if tidy:
        folded = _FOLD.sub(_folded, text).casefold()
        if unicodedata.is_normalized("NFKC", folded):
            return folded
    text = _fold(text)
    # Case folding and NFKC undo each other's work for a few characters: once more then (Unicode 16, 3.13, D146).
    if not unicodedata.is_normalized("NFKC", text):
        text = _fold(text)
    return " ".join(text.split())  # NFKC makes spaces of its own, as of U+00AF


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", _FOLD.sub(_folded, text))
    return _FOLD.sub(_folded, text).casefold()


def _folded(match: re.Match[str]) -> str:
    return _FOLDED[match.group()]


def fingerprint(paragraph: str) -> tuple[int, int]:
    """(low 64 bits of xxh3_128 of the normalised paragraph, signed as SQLite has them; the next 32 bits as check)."""
    return hash_of(normalise(paragraph))


def hash_of(normalised: str) -> tuple[int, int]:
    """`fingerprint` of what `normalise` gave."""
    check, low = _parts(xxh3_128_digest(normalised.encode("utf-8")))
    return low, check


def is_short(paragraph: str, minimum: int = LONG) -> bool:
    """Whether a paragraph is too short to be called a repeat: under `minimum` characters of its normalised form, for
    unspaced scripts under the same part of it as 15 is of 40."""
    return too_short(normalise(paragraph), minimum)


def too_short(normalised: str, minimum: int) -> bool:
    """`is_short` of what `normalise` gave."""
    if len(normalised) >= minimum:
        return False
    return len(normalised) < minimum * LONG_UNSPACED / LONG or not unspaced(normalised)
