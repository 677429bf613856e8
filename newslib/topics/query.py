"""The `query` of a topic: what it asks of the evidence in an article. `grammar.py` reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Evidence(Protocol):
    """What a query asks of an article."""

    def weight(self, group: str) -> float:
        """What the mentions of a group weigh together, 0 when there is none."""

    def strength(self, group: str) -> float:
        """How strongly a group is there, from 0 to 1."""

    def near(self, one: frozenset[str], other: frozenset[str], words: int) -> bool:
        """Whether mentions of two sets of groups stand at most so many words apart."""

    def same(self, sets: list[frozenset[str]]) -> bool:
        """Whether one paragraph has a mention of each of these sets of groups."""


@dataclass(frozen=True, slots=True)
class Query:
    """A group (`op` "group"), or several queries joined ("and", "or", "not", "near", "same").

    `name` is the group's; a quoted term is a group of its own, which has its quotes in the name. `number` is the
    threshold of a group, or how many words NEAR allows.
    """

    op: str
    name: str = ""
    parts: tuple[Query, ...] = ()
    number: int = 0

    def __str__(self) -> str:
        if self.op == "group":
            return f"{self.name} >= {self.number}" if self.number else self.name
        inner = [f"({part})" if part.parts else str(part) for part in self.parts]
        if self.op == "not":
            return f"NOT {inner[0]}"
        return f" {self.op.upper()}{f'/{self.number}' if self.op == 'near' else ''} ".join(inner)

    @property
    def groups(self) -> frozenset[str]:
        """The groups that are named in it."""
        return frozenset({self.name}) if self.op == "group" else frozenset().union(*(p.groups for p in self.parts))

    @property
    def wanted(self) -> frozenset[str]:
        """The groups whose mentions can speak for an article: those that are not only named after NOT."""
        return self._sides()[0]

    def _sides(self) -> tuple[frozenset[str], frozenset[str]]:
        """The groups that speak for it, and those that speak against it."""
        if self.op == "group":
            return self.groups, frozenset()
        sides = [part._sides() for part in self.parts]
        speaks, against = (frozenset().union(*(side[n] for side in sides)) for n in (0, 1))
        return (against, speaks) if self.op == "not" else (speaks, against)

    def score(self, of: Evidence) -> float:
        """From 0, which means that it does not hold, to 1: AND takes the weakest part, OR the strongest."""
        if self.op == "group":
            return of.strength(self.name) if of.weight(self.name) >= self.number else 0.0
        if self.op == "not":
            return float(not self.parts[0].score(of))
        if self.op == "or":
            return max([part.score(of) for part in self.parts])
        lowest = 1.0
        for part in self.parts:
            lowest = min(lowest, part.score(of))
            if not lowest:
                return 0.0
        if self.op == "near":
            one, other = (part.groups for part in self.parts)
            return lowest if of.near(one, other, self.number) else 0.0
        if self.op == "same":
            return lowest if of.same([part.groups for part in self.parts]) else 0.0
        return lowest

    def share(self, groups: Iterable[str]) -> float:
        """How much of it can hold when these groups are mentioned somewhere, 0 to 1.

        Whatever is said with NOT, NEAR, SAME and thresholds is taken for granted; of what AND joins, the share counts.
        """
        if self.op == "group":
            return float(self.name in groups)
        if self.op == "not":
            return 1.0
        if self.op == "or":
            return max(part.share(groups) for part in self.parts)
        needed = [part.share(groups) for part in self.parts if part.op != "not"]
        return sum(needed) / len(needed) if needed else 1.0

    def holds(self, groups: Iterable[str]) -> bool:
        """Whether it can be true of an article that mentions exactly these groups, thresholds and places apart."""
        return self._holds(frozenset(groups))

    def _holds(self, groups: frozenset[str]) -> bool:
        if self.op == "group":
            return self.name in groups
        if self.op == "not":
            return not self.parts[0]._holds(groups)
        return (any if self.op == "or" else all)(part._holds(groups) for part in self.parts)


def all_of(groups: list[str]) -> Query:
    """The default query: every group."""
    parts = tuple(Query("group", name) for name in groups)
    return parts[0] if len(parts) == 1 else Query("and", parts=parts)
