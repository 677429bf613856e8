"""An article as a row of words, each with the few that follow it (shingles): what copies are recognised by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from newslib.paragraphs.normalise import LONG, hash_of, too_short
from newslib.text import UNSPACED, unspaced

Numbers = NDArray[np.uint64]

SKETCH = 24
"""Shingles kept of an article: those with the smallest hashes, which is MinHash with one permutation (the `min_s` of
Broder, On the resemblance and containment of documents, 1997). Of two articles that have half of their shingles in
common, 8 of the 24 agree on average (a third of the union), and none in fewer than one pair of 10,000."""

LEAST = 20
"""Words of the shortest article that is compared. What is shorter has no text of its own to speak of."""

MOST = 500_000
"""Characters of an article that are looked at, the length of a novel. What is more is no article but a dump."""

_ALPHABETIC = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")  # written without spaces, but in letters
_PUNCTUATION = r"!-/:-@\[-`{-~¡¿·…،؛؟।。、，！？：；\u2000-\u206f\u3000-\u3004\u3008-\u303f\uff00-\uff0f"
_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[{UNSPACED}]|[^\s\d{_PUNCTUATION}{UNSPACED}]+")

# Days and months are as good as numbers: a report of the weather on Monday is no copy of Tuesday's.
_DATE_NAMES = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december jan feb mar apr jun jul aug sep sept oct nov dec
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar märz mai juni juli oktober
dezember lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août septembre
octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio
julio agosto septiembre octubre noviembre diciembre lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio
febbraio aprile maggio giugno luglio settembre ottobre dicembre segunda terça quarta quinta sexta janeiro fevereiro
março maio junho julho setembro outubro dezembro maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari
februari maart mei augustus понедельник вторник среду среда четверг пятницу пятница субботу суббота воскресенье
января февраля марта апреля мая июня июля августа сентября октября ноября декабря понеділок вівторок середу четвер
суботу неділю січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня poniedziałek
wtorek środę czwartek piątek sobotę niedzielę stycznia lutego kwietnia maja czerwca lipca sierpnia września
października listopada grudnia pazartesi salı çarşamba perşembe cuma cumartesi pazar ocak şubat nisan mayıs haziran
temmuz ağustos eylül ekim kasım aralık الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد يناير فبراير مارس
أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر 월요일 화요일 수요일 목요일 금요일 토요일 일요일
"""
_DATES = frozenset(_DATE_NAMES.split())
_PRIME = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, odd: Knuth, TAOCP 3, 6.4


class _Hashes(dict[str, int]):
    """Word -> 56 bits of hash, 7 bits of length, and whether it is a number, a day or a month: one look-up a word."""

    def __missing__(self, word: str) -> int:
        number = word[0].isdigit() or word in _DATES
        value = xxh3_64_intdigest(word.encode("utf-8", "surrogatepass")) & ~0xFF | min(len(word), 127) << 1 | number
        if len(self) > 200_000:
            self.clear()
        self[word] = value
        return value


_hashes = _Hashes()


@dataclass(eq=False)
class Words:
    """An article's words. `shingles` has an entry for each place at which one begins."""

    size: int  # words of a shingle
    words: Numbers  # see _Hashes
    shingles: Numbers
    ordered: Numbers  # the same, sorted
    prints: dict[int, int]  # fingerprint of each paragraph that is not too short -> its characters

    @classmethod
    def of(cls, folded: Sequence[str]) -> Words:
        """The words of paragraphs, as `paragraphs.normalise` gives them."""
        text = "\n".join(folded)[:MOST]
        size = _size(text)
        words = np.array(list(map(_hashes.__getitem__, _TOKEN.findall(text))), np.uint64)
        shingles = _shingles(words, size)
        prints = {hash_of(line)[0]: len(line) for line in folded if not too_short(line, LONG)}
        return cls(size, words, shingles, np.sort(shingles), prints)

    @cached_property
    def lengths(self) -> Numbers:
        """Characters of each word."""
        return (self.words >> np.uint64(1)) & np.uint64(127)

    @cached_property
    def numbers(self) -> NDArray[np.bool_]:
        """Which words are numbers, days or months."""
        return (self.words & np.uint64(1)).astype(bool)

    @cached_property
    def masked(self) -> Numbers:
        """The shingles, numbers being all alike."""
        return _shingles(np.where(self.numbers, np.uint64(1), self.words), self.size)

    @cached_property
    def masked_order(self) -> NDArray[np.intp]:
        """The places of `masked` in the order of their hashes, and of the text."""
        return np.argsort(self.masked, kind="stable")

    def sketch(self) -> list[int]:
        """At most SKETCH numbers, signed as SQLite has them; [] of an article too short to be compared."""
        if len(self.words) < LEAST * self.size // 5:
            return []
        fresh = np.ones(len(self.ordered), bool)
        fresh[1:] = self.ordered[1:] != self.ordered[:-1]
        return [int(each) for each in self.ordered[fresh][:SKETCH].view(np.int64)]


def _size(text: str) -> int:
    """Words of a shingle: five, as is usual for news; characters of scripts without spaces carry less each."""
    if not unspaced(text):
        return 5
    return 16 if 2 * len(_ALPHABETIC.findall(text)) > len(text) else 8


def _shingles(words: Numbers, size: int) -> Numbers:
    """A hash of each `size` words in a row: a polynomial, then mixed, so that the smallest are a fair sample."""
    count = len(words) - size + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    mixed = np.zeros(count, np.uint64)
    for at in range(size):
        mixed = mixed * _PRIME + words[at : at + count]
    mixed ^= mixed >> np.uint64(33)  # the finalizer of MurmurHash3
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    return mixed ^ (mixed >> np.uint64(33))
