"""Words of any script, as the search index keeps them.

A text is folded as topics fold it (case, width, Unicode form), and scripts that are written without spaces between
words, and Korean, whose particles are joined to their words, are cut into overlapping pairs of characters: a run of n
characters becomes n - 1 pairs and its last character, so that each character has one place, and a word of two and more
is found as a phrase of pairs. The default tokenizer of search engines takes such a run for one word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from operator import add

from newslib.topics.fold import fold

# Thai, Lao, Tibetan, Myanmar, Hangul (jamo, syllables), Khmer, kana, bopomofo and Han with their marks.
_CHARS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_RUN = re.compile(f"[{_CHARS}]+")
_PARTS = re.compile(f"[{_CHARS}]+|[^{_CHARS}]+")
_in_pairs = re.compile(f"[{_CHARS}]").match


_known: set[str] = set()
_signs: set[str] = set()


def _without_signs(text: str) -> str:
    """A text with spaces for all that parts words: all but letters, numbers and marks."""
    chars = set(text)
    for char in chars - _known:
        _known.add(char)
        if unicodedata.category(char)[0] not in "LNM":
            _signs.add(char)
    for char in chars & _signs:
        text = text.replace(char, " ")
    return text


class _Cut(dict[str, str]):
    """Word -> the same with its runs in pairs. It keeps short ones, as Korean words come again and again."""

    def __missing__(self, word: str) -> str:
        cut = _RUN.sub(_pairs, word)
        if len(word) <= 8:
            if len(self) >= 100_000:
                self.clear()
            self[word] = cut
        return cut


_cut = _Cut()


def _pairs(run: re.Match[str]) -> str:
    chars = run[0]
    return f" {' '.join(map(add, chars, chars[1:]))} {chars[-1]} "


def indexed(text: str) -> str:
    """A text as the index takes it: words, pairs and last characters, parted by white space."""
    text = _without_signs(fold(text).text)
    if text.isascii() or not _RUN.search(text):
        return text
    return " ".join([_cut[word] for word in text.split()])


def wanted(text: str) -> tuple[list[str], bool]:
    """The words to look for, in a row, for a text of a query, and whether the last is open: other characters may
    follow in the same run."""
    words = indexed(text).split()
    if not words or not _in_pairs(words[-1]):
        return words, False
    if len(words) > 1 and len(words[-2]) == 2 and _in_pairs(words[-2]) and words[-2][1] == words[-1]:
        return words[:-1], False  # the pair before holds it, and the run may go on
    return words, True


def finder(text: str) -> str:
    """A regular expression that finds in a folded text what `wanted` finds in the index, and parts of words too."""
    words = _without_signs(fold(text).text).split()
    parts = [part for word in words for part in _PARTS.findall(word)]
    pattern = ""
    for n, part in enumerate(parts):
        if n:
            pattern += r"\W{0,8}" if _in_pairs(part) or _in_pairs(parts[n - 1]) else r"\W{1,8}"
        pattern += re.escape(part)
    return pattern


def whole(folded: str, start: int, end: int, stem: bool) -> int | None:
    """Where a word that `finder` found ends; None when it is a part of a longer word. `stem`: words that begin so."""
    if start and _in_word(folded[start - 1]) and _in_word(folded[start]):
        return None
    while end < len(folded) and _in_word(folded[end]) and _in_word(folded[end - 1]):
        if not stem:
            return None
        end += 1
    return end


@lru_cache(maxsize=8192)
def _in_word(char: str) -> bool:
    """Whether a character belongs to a script that has spaces between words."""
    return not _without_signs(char).isspace() and not _in_pairs(char)
