"""Text made comparable: one case, one width, one Unicode form, with a way back to the original's code points."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

# Characters that may join the one before them under NFC (NFC_Quick_Check=Maybe, UAX #15), and the half-width voicing
# marks that do so under NFKC. A test compares this list with unicodedata.
JOINING = (
    "\u0300-\u0304\u0306-\u030c\u030f\u0311\u0313\u0314\u031b\u0323-\u0328\u032d\u032e\u0330\u0331\u0338\u0342\u0345"
    "\u0653-\u0655\u093c\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf"
    "\u0ddf\u102e\u1161-\u1175\u11a8-\u11c2\u1b35\u3099\u309a\U000110ba\U00011127\U0001133e\U00011357\U000114b0"
    "\U000114ba\U000114bd\U000115af\U00011930\uff9e\uff9f"
)
_is_joining = re.compile(f"[{JOINING}]").match

# Left out wherever they stand: soft hyphen, zero-width and direction marks, variation selectors, Arabic tatweel and
# vowel signs, Hebrew points, the dot that casefold() leaves of a Turkish capital I.
_is_nothing = re.compile(
    "[\u00ad\u034f\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\u0640\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0307]"
).match

# One sign for each family. Hyphens, dashes and middle dots are as good as a space, and so is the zero-width non-joiner,
# which parts a Persian word from its ending.
_SAME = {
    **dict.fromkeys("’‘ʼʹ`´′＇‛ʻ", "'"),
    **dict.fromkeys("-_‐‑‒–—―−﹣－＿﹘⁃\u200c・·‧･", " "),
    **dict.fromkeys("ıİ", "i"),  # a Turkish i matches in either case
    **dict.fromkeys("ёЁ", "е"),  # most Russian papers print е for ё
    **dict.fromkeys("أإآٱ", "ا"),  # Arabic alef with and without its signs
    **dict.fromkeys("یىۍې", "ي"),
    "ک": "ك",
}
_ASCII = {ord(c): " " for c in "-_\t\r\v\f\x1c\x1d\x1e\x1f"} | {ord("`"): "'"}


def fold_char(char: str) -> str:
    """What one character folds to: nothing, one or several characters."""
    if char in _SAME:
        return _SAME[char]
    if _is_nothing(char):
        return ""
    if char.isspace():
        return "\n" if char in "\n\u2029" else " "
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    if folded == char:
        return char
    if not any(map(str.isalnum, folded)) and not unicodedata.combining(char):
        return char  # a sign: its compatibility forms do not matter
    return "".join(_SAME.get(c, "" if _is_nothing(c) else c) for c in folded)


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(fold_char, unicodedata.normalize("NFKC", cluster))))


def is_plain(char: str) -> bool:
    """Whether `str.casefold()` alone folds the character, to exactly one, and nothing before it can change it."""
    return len(folded := fold_char(char)) == 1 and folded == char.casefold() and not _is_joining(char)


@lru_cache(maxsize=1)
def _odd() -> re.Pattern[str]:
    """Finds each character that is not known to be plain. Han and Hangul blocks are plain throughout."""
    small = "".join(chr(c) for a, b in ((0, 0x1100), (0x2010, 0x2070), (0x3000, 0x3100), (0xFF00, 0xFF10))
                    for c in range(a, b) if is_plain(chr(c)))  # fmt: skip
    return re.compile(f"[^{re.escape(small)}\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")


@dataclass(slots=True)
class Folded:
    """`text` is `original` folded. `parts` are set where lengths changed: (original, folded) lengths in turn."""

    text: str
    original: str
    parts: list[tuple[int, int]] | None = None
    _from: list[int] | None = None
    _to: list[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that [start, end) of the folded text came from; start < end."""
        if self.parts is None:
            return start, end
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, index: int) -> tuple[int, int]:
        assert self.parts is not None
        if self._from is None or self._to is None:
            self._from = list(accumulate((o for o, _ in self.parts), initial=0))
            self._to = list(accumulate((f for _, f in self.parts), initial=0))
        n = bisect_right(self._to, index) - 1
        if n % 2:  # parts with an odd number are clusters, which have no inner places
            return self._from[n], self._from[n + 1]
        at = self._from[n] + index - self._to[n]
        return at, at + 1


@lru_cache(maxsize=16)  # several topics, and match, locate and groups_in, read the same text
def fold(text: str) -> Folded:
    """Fold a text of any length, in linear time; raises nothing (a lone surrogate stays as it is)."""
    if text.isascii():
        return Folded(text.translate(_ASCII).casefold(), text)
    odd = {char: fold_char(char) for char in set(_odd().findall(text))}
    uneven = "".join(char for char, folded in odd.items() if len(folded) != 1 or _is_joining(char))
    even = text  # with what folds one for one folded: offsets stay
    if len(odd) < 32:
        for char in odd.keys() - set(uneven):
            even = even.replace(char, odd[char])
    else:
        even = even.translate({ord(char): odd[char] for char in odd.keys() - set(uneven)})
    if not uneven:
        return Folded(even.casefold(), text)
    # Where lengths change, a character and those that join it are one cluster. 32: the limit on marks of UAX #15's
    # stream-safe format, rounded up; longer runs are hostile and would be slow to sort.
    joining = re.escape("".join(filter(_is_joining, uneven)))
    joined = f"[^\n][{joining}]{{1,32}}|" if joining else ""
    parts = re.split(f"({joined}[{re.escape(uneven)}])", even)
    folded_parts = [_fold_cluster(part) if n % 2 else part.casefold() for n, part in enumerate(parts)]
    return Folded("".join(folded_parts), text, list(zip(map(len, parts), map(len, folded_parts), strict=True)))
