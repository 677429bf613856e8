"""Where words begin and end, in folded text of any script, with spaces between words or without."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import product

HANGUL, KATAKANA, UNSPACED, SIGN, DIGIT, MARK = "HANGUL", "KATAKANA", "UNSPACED", "SIGN", "DIGIT", "MARK"
"""Kinds of characters; a letter of a script that has words is of that script's kind, as "LATIN"."""
LONG = 4
"""Letters of a word that may touch digits (Russia2018, but not KN23), or have a prefix of Arabic or Hebrew."""

_HANGUL = "\uac00-\ud7a3"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
# Thai, Lao, Tibetan, Myanmar, Khmer, Hiragana, Bopomofo, Han
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u3100-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_kind_of = re.compile(f"([{_HANGUL}])|([{_KATAKANA}])|([{_UNSPACED}])").match
WORDS = re.compile(f"[{_KATAKANA}{_UNSPACED}]{{1,2}}|[^\\s{_KATAKANA}{_UNSPACED}]+")
"""What NEAR counts: what white space parts, and two letters of a script without spaces."""


class _Kinds(dict[str, str]):
    """Character -> its kind, worked out once each."""

    def __missing__(self, char: str) -> str:
        category, kind = unicodedata.category(char), SIGN
        if category == "Nd":
            kind = DIGIT
        elif category[0] in "LNM":
            found = _kind_of(char)
            script = sys.intern(unicodedata.name(char, "LETTER").split()[0])  # kinds are compared by `is`
            kind = (HANGUL, KATAKANA, UNSPACED)[(found.lastindex or 1) - 1] if found else script
            if category[0] == "M" and script in ("COMBINING", "VARIATION", "KATAKANA-HIRAGANA"):
                kind = MARK
        self[char] = kind
        return kind


KINDS = _Kinds()

# What may follow a Korean noun and leave it the same: particles (조사), forms of the copula 이다, and 들 (plural),
# 측 (side), 씨 and 님 (polite). No other suffix: 북한산 is a mountain, not something of 북한.
_PARTICLES = (
    "가 이 은 는 을 를 의 에 에서 에게 에게서 께 께서 한테 와 과 랑 이랑 로 으로 로서 으로서 로써 "
    "으로써 로부터 으로부터 부터 까지 도 만 뿐 조차 마저 밖에 처럼 같이 보다 마다 나 이나 든 이든 든지 "
    "이든지 라도 이라도 야 이야 라 이라 란 이란 라는 이라는 라고 이라고 라며 이라며 라면 이라면 라면서 "
    "이라면서 며 이며 면 이면 고 이고 다 이다 인 였다 이었다 였던 이었던 였고 이었고 였으며 이었으며 "
    "지만 이지만 이자 자 에는 에도 에만 들 측 씨 님 하고 요 이요 서 엔 에선 에게는 에서는 에서도 "
    "에게도 로는 으로는 로도 으로도 과는 와는 과의 와의 에서의 로의 으로의 만의 까지의 부터의 였지만 "
    "이었지만 임 입니다 입니다만"
)
PARTICLES = frozenset(_PARTICLES.split())
_LONGEST = max(map(len, PARTICLES))
MOST_PARTICLES = 8  # syllables of particles behind one noun
_hangul_run = re.compile(f"[{_HANGUL}]{{0,{MOST_PARTICLES + 1}}}").match

# What is written in one with the word behind it: and, so; in, for, like, from, that; the. Arabic li + al- is lil-.
ARTICLE = "ال"
LIL = "لل"
_ARABIC = {"".join(p) for p in product(("", "و", "ف"), ("", "ب", "ل", "ك"), ("", ARTICLE))}
_HEBREW = {"".join(p) for p in product(("", "ו"), ("", "ש", "כש", "מש", "לכש"), ("", "ה", "ב", "ל", "מ", "כ", "מה"))}
PREFIXES = {
    "ARABIC": frozenset(_ARABIC - {"", "لال", "ولال", "فلال"} | {"لل", "ولل", "فلل"}),
    "HEBREW": frozenset(_HEBREW - {""}),
}
SHORT_PREFIXES = {"ARABIC": frozenset(p for p in PREFIXES["ARABIC"] if p.endswith((ARTICLE, LIL)))}
"""What a word of less than LONG letters may have before it."""
BEFORE_ARTICLE = frozenset({"و", "ف", "ب", "ك", "وب", "وك", "فب", "فك"})
BEFORE_LIL = frozenset({"و", "ف"})
LONGEST_PREFIX = 5


@lru_cache(maxsize=4096)
def are_particles(rest: str) -> bool:
    """Whether the rest of a Hangul run is a row of particles (true for an empty rest)."""
    if len(rest) > MOST_PARTICLES:
        return False
    return not rest or any(rest[:n] in PARTICLES and are_particles(rest[n:]) for n in range(1, _LONGEST + 1))


def _kind_before(text: str, at: int) -> str:
    """The kind of the letter before this place, whatever marks stand on it."""
    kind = KINDS[text[at - 1]]
    if kind is MARK:
        kind = next((KINDS[char] for char in reversed(text[max(at - 9, 0) : at]) if KINDS[char] is not MARK), MARK)
    return kind


def begins(text: str, at: int, letters: int) -> bool:
    """Whether a word whose first row of letters is so long can begin at this place.

    Always in unspaced scripts, else where the script changes. Letters follow a digit only in a long word.
    """
    kind = KINDS[text[at]]
    if at == 0 or kind is SIGN:
        return True
    if kind is UNSPACED:
        return unicodedata.category(text[at])[0] != "M"
    before = KINDS[text[at - 1]]
    if before is SIGN or before is UNSPACED:
        return True
    if before is DIGIT:
        return kind is not DIGIT and (letters >= LONG or kind is HANGUL or kind is KATAKANA)
    return before is not kind and before is not MARK and kind is not MARK and kind is not DIGIT


def prefixed(text: str, at: int, allowed: frozenset[str]) -> int:
    """Where the word begins that goes on at this place after one of these prefixes; -1 when it is another word."""
    kind, start = KINDS[text[at]], at
    while start and at - start <= LONGEST_PREFIX and KINDS[text[start - 1]] is kind:
        start -= 1
    return start if text[start:at] in allowed else -1


def ends(text: str, at: int, letters: int) -> bool:
    """Whether a word whose last row of letters is so long can end before this place.

    In unspaced scripts always; in Hangul where only particles follow; in Katakana also within a run when three letters
    came before, as long loan-words are joined without a sign (ロシアメディア) where short ones only look alike (コメ in
    コメント); before a digit only a long word; else where the script changes. Never before a mark.
    """
    if at >= len(text):
        return True
    kind, before = KINDS[text[at]], _kind_before(text, at)
    if kind is SIGN:
        return True
    if unicodedata.category(text[at])[0] == "M":
        return False
    if kind is UNSPACED or before is UNSPACED:
        return True
    if kind is DIGIT:
        return before is not DIGIT and (letters >= LONG or before is HANGUL or before is KATAKANA)
    if kind is not before:
        return before is not DIGIT or kind is HANGUL or kind is KATAKANA
    if kind is HANGUL:
        run = _hangul_run(text, at)
        return run is not None and are_particles(run[0])
    if kind is KATAKANA:
        return at >= 3 and all(KINDS[c] is KATAKANA for c in text[at - 3 : at])
    return False


def word_end(text: str, at: int) -> int:
    """Where the word around this place ends: the next change of script, `at` itself in unspaced scripts."""
    kind = _kind_before(text, at)
    if kind is SIGN or kind is UNSPACED:
        return at
    while at < len(text) and (KINDS[text[at]] is kind or KINDS[text[at]] is MARK):
        at += 1
    return at


def row(word: str) -> int:
    """How many letters of one kind a word begins with, as far as it matters: up to LONG."""
    kind = KINDS[word[0]]
    for n, char in enumerate(word[:LONG]):
        if KINDS[char] is not kind:
            return n
    return min(len(word), LONG)
