"""Invented articles that read like language, in several scripts, with the edits that outlets make; reports that differ
in nothing but their numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import accumulate

# Syllables, what stands between words, between clauses, at the end of a sentence.
_SCRIPTS: dict[str, tuple[str, str, str, str]] = {
    "latin": ("ba ce di fo gu la me ni ro su ta ve wi ar en is on ul st tr", " ", ", ", ". "),
    "accented": ("bá cé dî fö gü lã mè ñi ro sů ta ve wę ar en is on ul śt tř", " ", ", ", ". "),
    "cyrillic": ("ба ве ги до жу за ки ло ме ну по ры са ту фи хо че ша эн ют", " ", ", ", ". "),
    "arabic": ("با تو ري سم عل في كا لم ما نو هي وا ين ال مر دو قا صح", " ", "، ", ". "),
    "hangul": ("가 나 다 라 마 바 사 아 자 차 카 타 파 하 정 상 회 담 북 한", " ", ", ", ". "),
    "han": ("北 朝 鮮 会 談 開 催 発 表 政 府 首 相 経 済 新 聞 国 際 平 和 問 題 大 統 領", "", "、", "。"),
}
SCRIPTS = list(_SCRIPTS)
SHORT = 400  # words that are used again and again, as in any language


class Articles:
    """Articles of one script, the same for the same seed."""

    def __init__(self, script: str, seed: int) -> None:
        syllables, self._gap, self._comma, self._stop = _SCRIPTS[script]
        self.chance = random.Random(f"{script} {seed}")
        parts = syllables.split()
        longest = 4 if self._gap else 2
        self._words = ["".join(self.chance.choices(parts, k=self.chance.randint(1, longest))) for _ in range(6000)]
        self._weights = list(accumulate(8 if n < SHORT else 1 for n in range(len(self._words))))
        self._phrases = [self._some(self.chance.randint(3, 6)) for _ in range(60)]  # set phrases, in any article

    def new(self, paragraphs: int | None = None) -> list[str]:
        """An article of 6 to 16 paragraphs, if it is not said of how many."""
        return [self.paragraph() for _ in range(paragraphs or self.chance.randint(6, 16))]

    def paragraph(self) -> str:
        """Two to four sentences, some with a number or a set phrase in them."""
        return "".join(self._sentence() for _ in range(self.chance.randint(2, 4))).strip()

    def edited(self, paragraph: str) -> str:
        """A paragraph as a desk edits it: a word or two in each 25 are others, a clause goes or comes."""
        words = self._split(paragraph)
        for _ in range(max(1, len(words) // 25) + self.chance.randint(0, 1)):
            words[self.chance.randrange(len(words))] = self._some(1)
        if self.chance.random() < 0.3:
            at = self.chance.randrange(len(words))
            words[at:at] = [self._some(3)]
        return self._gap.join(words)

    def lightly_edited(self, article: list[str]) -> list[str]:
        """One paragraph in three is edited."""
        return [self.edited(each) if self.chance.random() < 0.33 else each for each in article]

    def _split(self, text: str) -> list[str]:
        return text.split(self._gap) if self._gap else re.findall(r"\d+|\D", text)

    def _some(self, count: int) -> str:
        return self._gap.join(self.chance.choices(self._words, cum_weights=self._weights, k=count))

    def _sentence(self) -> str:
        parts = [self._some(self.chance.randint(4, 9)) for _ in range(self.chance.randint(1, 3))]
        if self.chance.random() < 0.3:
            parts.append(self.chance.choice(self._phrases))
        if self.chance.random() < 0.3:
            parts.append(f"{self._some(2)}{self._gap}{self.chance.randint(2, 5000)}")
        self.chance.shuffle(parts)
        return self._comma.join(parts).capitalize() + self._stop


DAYS = "Monday Tuesday Wednesday Thursday Friday".split()  # noqa: SIM905


def _prices(n: Callable[[float, float], str], day: str) -> list[str]:
    return [
        f"Copper for delivery in three months closed at {n(7000, 9900)} dollars a tonne on the exchange on {day}, "
        f"after {n(7000, 9900)} dollars the day before, traders at the exchange said.",
        f"Stocks in the warehouses of the exchange came to {n(90, 300)} thousand tonnes, against {n(90, 300)} thousand "
        "tonnes a week ago, according to the figures that the exchange publishes every morning.",
        f"Aluminium stood at {n(1900, 2900)} dollars, zinc at {n(2100, 3300)} dollars and lead at {n(1800, 2400)} "
        "dollars. The market opens again at eight in the morning and closes at five in the afternoon.",
    ]


def _scores(n: Callable[[float, float], str], day: str) -> list[str]:
    return [
        f"The harbour eleven met the team of the upper town on {day} before {n(2000, 9000)} spectators, and the match "
        f"ended {n(0, 9)[0]}-{n(0, 9)[0]} after a first half of {n(40, 50)} minutes in steady rain from the west.",
        f"The home side had {n(3, 20)} shots at goal and {n(2, 14)} corners, the guests had {n(3, 20)} and {n(2, 14)}. "
        f"The referee showed the yellow card {n(1, 9)} times, as the association's report of the match says.",
        f"The harbour eleven now has {n(20, 70)} points and the upper town {n(20, 70)}, and both meet again in spring.",
    ]


def _weather(n: Callable[[float, float], str], day: str) -> list[str]:
    return [
        f"The weather on {day}: the temperature at the coast rises to {n(1, 30)} degrees in the afternoon and falls to "
        f"{n(-9, 12)} degrees in the night, with a wind of {n(5, 90)} kilometres an hour from the north-west.",
        f"In the hills the temperature reaches {n(-5, 25)} degrees, and {n(0, 40)} millimetres of rain are expected "
        "until the evening. The service asks people who go to sea to listen to the warnings of the coast guard.",
        f"The water has {n(2, 22)} degrees at the pier and {n(2, 22)} degrees in the bay, as measured in the morning.",
    ]


_REPORTS = {"prices": _prices, "scores": _scores, "weather": _weather}
REPORTS = list(_REPORTS)


def report(kind: str, chance: random.Random) -> list[str]:
    """A report of a day: the same words each time, other numbers."""

    def number(low: float, high: float) -> str:
        return f"{chance.uniform(low, high):.1f}"

    return _REPORTS[kind](number, chance.choice(DAYS))
