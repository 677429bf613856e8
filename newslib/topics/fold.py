"""Text made comparable: one case, width and Unicode form, single spaces, with a way back to the original's places."""

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
# vowel signs, Hebrew points, the dot that casefold() leaves of a Turkish capital I, the two non-characters that the
# text cleaner drops.
_is_nothing = re.compile(
    "[\u00ad\u034f\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufffe\uffff"
    "\u0640\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0307]"
).match

# One sign for each family. Hyphens, dashes and middle dots are as good as a space, and so is the zero-width non-joiner,
# which parts a Persian word from its ending.
_SIGNS = {
    **dict.fromkeys("’‘ʼʹ`´′＇‛ʻ׳", "'"),
    **dict.fromkeys("“”„‟«»＂״", '"'),
    **dict.fromkeys("-_‐‑‒–—―−﹣－＿﹘⁃־\u200c・·‧･", " "),
}
_LETTERS = {
    **dict.fromkeys("ıİ", "i"),  # a Turkish i matches in either case
    **dict.fromkeys("ёЁ", "е"),  # most Russian papers print е for ё
    **dict.fromkeys("أإآٱ", "ا"),  # Arabic alef with and without its signs
    **dict.fromkeys("یىۍې", "ي"),
    **dict.fromkeys("ەۀہۂ", "ه"),  # Persian, Kurdish and Urdu he
    "ک": "ك",
    **dict(zip("άέήίόύώΐΰ", "αεηιουωϊϋ", strict=True)),  # Greek capitals are printed without their accents
    **dict(zip("şţ", "șț", strict=True)),  # Romanian with a cedilla for want of the comma
}
_SAME = _SIGNS | _LETTERS
_ASCII = {
    **{code: " " for code in (*range(0x20), 0x7F) if code != 0x0A},
    **{ord(char): same for char, same in _SIGNS.items() if char.isascii()},
    **{ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
}
_TYPESET = ("’", "'"), ("“", '"'), ("”", '"'), ("‘", "'"), ("–", " "), ("—", " "), ("\u00a0", " ")
# Stress marks of Russian and its neighbours (Росси́я) and the hamza on a Persian he: what composes is composed before.
_CLEANED = "\u00ad\u200b\u2060\ufeff\ufffe\uffff"
_drop_marks = re.compile("(?<=[\u0400-\u04ff])[\u0300\u0301]+|\u0654").sub
_blank_line = re.compile(r"\n +(?=\n)")


def fold_char(char: str) -> str:
    """What one character folds to: nothing, one or several characters."""
    if char in _SAME:
        return _SAME[char]
    if _is_nothing(char):
        return ""
    if char.isspace() or unicodedata.category(char) == "Cc":
        return "\n" if char in "\n\u2029" else " "
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    if folded == char:
        return char
    if not any(map(str.isalnum, folded)) and not unicodedata.combining(char) and not "！" <= char <= "～":
        return char  # a sign: its compatibility forms do not matter, but for its width
    return "".join(_SAME.get(c, "" if _is_nothing(c) else c) for c in folded)


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    if cluster[0] == cluster[-1] == " ":
        return " "
    composed = _drop_marks("", unicodedata.normalize("NFKC", cluster))
    return unicodedata.normalize("NFC", "".join(map(fold_char, composed)))


@lru_cache(maxsize=1024)
def shape(text: str) -> str:
    """What `=` compares: as folded, but with its capitals and with each letter as it is."""
    kept = "".join(_SIGNS.get(c, "" if _is_nothing(c) else c) for c in unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def is_plain(char: str) -> bool:
    """Whether `str.casefold()` alone folds the character, to exactly one, and nothing before it can change it."""
    return len(folded := fold_char(char)) == 1 and folded == char.casefold() and not _is_joining(char)


@lru_cache(maxsize=1)
def _odd() -> re.Pattern[str]:
    """Finds each character that is not known to be plain. Han and Hangul blocks are plain throughout."""
    blocks = (0, 0x1100), (0x1780, 0x1800), (0x1E00, 0x2070), (0x3000, 0x3100), (0xFF00, 0xFF10)
    small = "".join(char for first, end in blocks for char in map(chr, range(first, end)) if is_plain(char))
    return re.compile(f"[^{re.escape(small)}\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")


@lru_cache(maxsize=256)
def _parted(uneven: str, wide: bool) -> re.Pattern[str]:
    """Parts a text at all that changes its length: these characters, and rows of spaces where there are any.

    A letter and the marks that join it are one cluster; a plain letter is still to be moved there. 32: the limit on
    marks of UAX #15's stream-safe format, rounded up; longer runs are hostile and would be slow to sort.
    """
    nothing = re.escape("".join(char for char in uneven if not fold_char(char)))
    marks = re.escape("".join(filter(_is_joining, uneven)))
    letters = re.escape("".join(char for char in uneven if not _is_joining(char)))
    clusters = [f" [ {nothing}]* "] if wide or nothing else []
    if marks:
        clusters.append(f"[{letters}]?[{marks}]{{1,32}}" if letters else f"[{marks}]{{1,32}}")
    if letters:
        clusters.append(f"[{letters}]")
    return re.compile(f"({'|'.join(clusters)})")


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
        if self._from is None or self._to is None:
            self._from = list(accumulate((o for o, _ in self.parts), initial=0))
            self._to = list(accumulate((f for _, f in self.parts), initial=0))
        first = bisect_right(self._to, start) - 1
        last = first if end <= self._to[first + 1] else bisect_right(self._to, end - 1) - 1
        # Parts with an odd number are clusters, which have no inner places.
        a = self._from[first] if first % 2 else self._from[first] + start - self._to[first]
        return a, self._from[last + 1] if last % 2 else self._from[last] + end - self._to[last]


@lru_cache(maxsize=16)  # several topics, and match, locate and groups_in, read the same text
def fold(text: str) -> Folded:
    """Fold a text of any length, in linear time; raises nothing (a lone surrogate stays as it is).

    White space within a paragraph is one space; a blank line, which ends a paragraph, stays two or more line breaks.
    """
    even, uneven = _level(text)
    if "\n" in even:
        if "\n " in even:
            even = _blank_line.sub(lambda blank: "\n" * len(blank[0]), even)
        even = even.replace("\n\n", "\0\0").replace("\n", " ").replace("\0", "\n")
    wide = "  " in even
    if not uneven:
        return _collapsed(even.casefold(), text) if wide else Folded(even.casefold(), text)
    parts, folded_parts = _fold_parts(_parted(uneven, wide).split(even))
    return Folded("".join(folded_parts), text, list(zip(map(len, parts), map(len, folded_parts), strict=True)))


def fold_words(text: str) -> str:
    """A text folded, without its places, with every line break, and with the rows of spaces that dashes leave.

    What `newslib.text.clean` leaves out is left out first, as it does, so that letters join over it.
    """
    even, uneven = _level(text)
    if any(map(_is_joining, uneven)):
        for char in _CLEANED:
            even = even.replace(char, "")
        return "".join(_fold_parts(_parted(uneven, False).split(even))[1])
    for char in uneven:
        even = even.replace(char, fold_char(char))
    return even.casefold()


def _fold_parts(parts: list[str]) -> tuple[list[str], list[str]]:
    """Plain text and clusters in turn, a cluster's letter moved from the plain text to its marks; and both folded."""
    for n in range(1, len(parts), 2):
        if _is_joining(parts[n]) and parts[n - 1] and parts[n - 1][-1] != "\n":
            parts[n - 1 : n + 1] = parts[n - 1][:-1], parts[n - 1][-1] + parts[n]
    return parts, [_fold_cluster(part) if n % 2 else part.casefold() for n, part in enumerate(parts)]


def _collapsed(even: str, text: str) -> Folded:
    """Rows of spaces, which dashes leave, as one each. `re` would take five times as long to find these few."""
    first, *others = even.split("  ")
    parts, kept = [(len(first), len(first))], [first]
    for other in others:
        rest = other.lstrip(" ")
        gap = 2 + len(other) - len(rest)
        if len(parts) > 1 and not kept[-1]:  # one row, not two
            gap += parts[-2][0]
            del parts[-2:], kept[-1:]
        parts += [(gap, 1), (len(rest), len(rest))]
        kept.append(rest)
    return Folded(" ".join(kept), text, parts)


def _level(text: str) -> tuple[str, str]:
    """The text with what folds one for one folded, case apart, so that places stay; and which characters are left."""
    if not text.isascii():
        typed = text
        for char, same in _TYPESET:
            typed = typed.replace(char, same)
        if not typed.isascii():
            odd = {char: fold_char(char) for char in set(_odd().findall(text))}
            uneven = "".join(sorted(char for char, folded in odd.items() if len(folded) != 1 or _is_joining(char)))
            even = {char: odd[char] for char in odd.keys() - set(uneven)}
            if len(even) > 32:
                return text.translate({ord(char): same for char, same in even.items()}), uneven
            for char, same in even.items():
                text = text.replace(char, same)
            return text, uneven
        text = typed
    return text.translate(_ASCII), ""
