"""Where words begin and end, in folded text of any script, with spaces between words or without."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SPACED, HANGUL, KATAKANA, UNSPACED, SIGN = "spaced", "hangul", "katakana", "unspaced", "sign"

_HANGUL = "\uac00-\ud7a3"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_UNSPACED = (  # Thai, Lao, Tibetan, Myanmar, Khmer, Hiragana, Bopomofo, Han
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u3100-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
SPACED_LETTER = f"[^\\W_{_HANGUL}{_KATAKANA}{_UNSPACED}]"
RUNS = re.compile(f"{SPACED_LETTER}+|[{_HANGUL}]+|[{_KATAKANA}]+")
"""Pieces of words for a first look; the marks of Indic scripts part them, as Python's `\\w` leaves marks out."""
_all_spaced = re.compile(r"\w+").findall  # the same, and much faster, on text of spaced scripts only
_find_other = re.compile(f"[{_HANGUL}{_KATAKANA}{_UNSPACED}]").search
_kind_of = re.compile(f"([{_HANGUL}])|([{_KATAKANA}])|([{_UNSPACED}])").match


class _Kinds(dict[str, str]):
    """Character -> the kind of script it belongs to; a mark is of the kind of the letters around it."""

    def __missing__(self, char: str) -> str:
        kind = SIGN
        if unicodedata.category(char)[0] in "LNM":
            found = _kind_of(char)
            kind = (HANGUL, KATAKANA, UNSPACED)[(found.lastindex or 1) - 1] if found else SPACED
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
_MOST = 8  # syllables of particles behind one noun


@lru_cache(maxsize=4096)
def are_particles(rest: str) -> bool:
    """Whether the rest of a Hangul run is a row of particles (true for an empty rest)."""
    if len(rest) > _MOST:
        return False
    return not rest or any(rest[:n] in PARTICLES and are_particles(rest[n:]) for n in range(1, _LONGEST + 1))


_hangul_run = re.compile(f"[{_HANGUL}]{{0,{_MOST + 1}}}").match


def find_runs(text: str) -> list[str]:
    """All pieces of words in a folded text."""
    return RUNS.findall(text) if _find_other(text) else _all_spaced(text)


def begins(text: str, at: int) -> bool:
    """Whether a word can begin at this place: always in unspaced scripts, else where the script changes."""
    kind = KINDS[text[at]]
    if at == 0 or kind is SIGN:
        return True
    if kind is UNSPACED:
        return unicodedata.category(text[at])[0] != "M"
    return KINDS[text[at - 1]] is not kind


def ends(text: str, at: int) -> bool:
    """Whether a word can end before this place.

    In unspaced scripts always; in Hangul where only particles follow; in Katakana also within a run when three letters
    came before, as long loan-words are joined without a sign (ロシアメディア) where short ones only look alike (コメ in
    コメント); else where the script changes. Never before a mark.
    """
    if at >= len(text):
        return True
    char = text[at]
    kind = KINDS[char]
    if kind is SIGN:
        return True
    if unicodedata.category(char)[0] == "M":
        return False
    if kind is UNSPACED or kind is not KINDS[text[at - 1]]:
        return True
    if kind is HANGUL:
        run = _hangul_run(text, at)
        return run is not None and are_particles(run[0])
    if kind is KATAKANA:
        return at >= 3 and all(KINDS[c] is KATAKANA for c in text[at - 3 : at])
    return False


def word_end(text: str, at: int) -> int:
    """Where the word around this place ends: the next change of script, `at` itself in unspaced scripts."""
    kind = KINDS[text[at - 1]]
    if kind is SIGN or kind is UNSPACED:
        return at
    while at < len(text) and KINDS[text[at]] is kind:
        at += 1
    return at
