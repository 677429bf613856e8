"""Invented articles that look like language, for measurements: six scripts, paragraphs of 40 to 600 characters."""

from __future__ import annotations

import random
from collections.abc import Iterator

# Script -> syllables that its words are made of, what stands between words, what ends a sentence, median length of a
# paragraph (shorter where a character says more), share of articles.
_SCRIPTS = {
    "latin": ("ba ce di fo gu la me ni ro su ta ve wi ar en is on ul st tr", " ", ". ", 200, 45),
    "accented": ("bá cé dî fö gü lã mè ñi ro sů ta ve wę ar en is on ul śt tř", " ", ". ", 200, 15),
    "cyrillic": ("ба ве ги до жу за ки ло ме ну по ры са ту фи хо че ша эн ют", " ", ". ", 200, 15),
    "arabic": ("با تو ري سم عل في كا لم ما نو هي وا ين ال مر دو قا صح", " ", ". ", 160, 5),
    "hangul": ("가 나 다 라 마 바 사 아 자 차 카 타 파 하 정 상 회 담 북 한", " ", ". ", 100, 10),
    "han": ("北 朝 鮮 会 談 開 催 発 表 政 府 首 相 経 済 新 聞 国 際 平 和 問 題 大 統 領", "", "。", 80, 10),
}
_LATIN_MARKS = ("“%s”", "‘%s’", "%s –", "%s,", "%s’s")
Kind = tuple[list[str], str, str, float, int]


class Prose:
    """A stream of articles, the same for the same seed. `repeated`: share of paragraphs taken from earlier ones."""

    def __init__(self, seed: int = 1, repeated: float = 0.0) -> None:
        self._random, self._repeated = random.Random(seed), repeated
        self._kinds: list[Kind] = []
        self._shares: list[int] = []
        for name, (syllables, gap, stop, median, share) in _SCRIPTS.items():
            parts = syllables.split()
            longest = 4 if gap else 2
            words = ["".join(self._random.choices(parts, k=self._random.randint(1, longest))) for _ in range(4000)]
            if name in ("latin", "accented"):
                words = [self._random.choice(_LATIN_MARKS) % w if self._random.random() < 0.01 else w for w in words]
            mean = sum(map(len, words)) / len(words) + len(gap)
            self._kinds.append((words, gap, stop, mean, median))
            self._shares.append(share)
        self._before: list[str] = []

    def articles(self, count: int, paragraphs: int = 20) -> Iterator[list[str]]:
        """`count` lists of paragraphs, `paragraphs` each on average."""
        for _ in range(count):
            kind = self._random.choices(self._kinds, self._shares)[0]
            number = self._random.randint(paragraphs // 2, paragraphs + paragraphs // 2)
            yield [self._paragraph(kind) for _ in range(number)]

    def _paragraph(self, kind: Kind) -> str:
        if self._before and self._random.random() < self._repeated:
            return self._random.choice(self._before)
        words, gap, stop, mean, median = kind
        length = min(600, max(40, int(median * self._random.lognormvariate(0, 0.6))))
        chosen = self._random.choices(words, k=max(3, int(length / mean)))
        middle = len(chosen) // 2
        text = (gap.join(chosen[:middle]) + stop + gap.join(chosen[middle:])).strip() + stop.strip()
        if self._repeated:
            self._before.append(text)
        return text[:600]
