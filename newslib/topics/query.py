"""The `query` of a topic: named groups, AND, OR and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_DEEPEST = 20


class QueryError(ValueError):
    """A mistake in a query; `at` is its offset in the query."""

    def __init__(self, message: str, at: int):
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Query:
    """A group's name (`op` "group") or the joining of several queries ("and", "or")."""

    op: str
    name: str = ""
    parts: tuple[Query, ...] = ()

    def __str__(self) -> str:
        inner = (f"({part})" if part.parts else str(part) for part in self.parts)
        return f" {self.op.upper()} ".join(inner) if self.parts else self.name

    def value(self, of: Callable[[str], float], both: Callable[[Iterable[float]], float] = min) -> float:
        """Work out a number: `of` gives each group's, OR takes the greatest, AND what `both` makes of them."""
        if self.op == "group":
            return of(self.name)
        values = (part.value(of, both) for part in self.parts)
        return max(values) if self.op == "or" else both(values)

    def holds(self, groups: Iterable[str]) -> bool:
        """Whether the query is true when exactly these groups have evidence."""
        present = set(groups)
        return self.value(lambda name: float(name in present)) > 0


def all_of(groups: list[str]) -> Query:
    """The default query: every group."""
    parts = tuple(Query("group", name) for name in groups)
    return parts[0] if len(parts) == 1 else Query("and", parts=parts)


def parse(text: str, groups: Iterable[str]) -> Query:
    """Read a query over these groups. Raises QueryError, with the place and the fix."""
    names = list(groups)
    tokens = [(found[1], found.start(1)) for found in _TOKEN.finditer(text)]
    query, rest = _joined(tokens, 0, names, len(text), 0)
    if rest < len(tokens):
        raise QueryError("a `)` too many; take it out, or open it with `(`", tokens[rest][1])
    return query


def _joined(tokens: list[tuple[str, int]], at: int, names: list[str], end: int, depth: int) -> tuple[Query, int]:
    """Read operands joined by one kind of operator, up to `)` or the end."""
    part, at = _operand(tokens, at, names, end, depth)
    parts, joint = [part], ""
    while at < len(tokens) and tokens[at][0] != ")":
        word, place = tokens[at]
        if word not in ("AND", "OR"):
            raise _unexpected(word, place, names)
        if joint and word != joint:
            raise QueryError("AND and OR side by side; say with parentheses which comes first", place)
        joint = word
        part, at = _operand(tokens, at + 1, names, end, depth)
        parts.append(part)
    return (Query(joint.lower(), parts=tuple(parts)) if joint else part), at


def _operand(tokens: list[tuple[str, int]], at: int, names: list[str], end: int, depth: int) -> tuple[Query, int]:
    if at >= len(tokens):
        raise QueryError(f"a group is missing at the end; the groups are {', '.join(names)}", end)
    word, place = tokens[at]
    if word == "(":
        if depth >= _DEEPEST:
            raise QueryError(f"parentheses more than {_DEEPEST} deep; take some out", place)
        query, at = _joined(tokens, at + 1, names, end, depth + 1)
        if at >= len(tokens):
            raise QueryError("a `(` that is never closed; add `)`", place)
        return query, at + 1
    if word in (")", "AND", "OR"):
        raise QueryError(f"a group is missing before `{word}`; the groups are {', '.join(names)}", place)
    if word not in names:
        raise _unexpected(word, place, names)
    return Query("group", word), at + 1


def _unexpected(word: str, place: int, names: list[str]) -> QueryError:
    if word in names or word == "(":
        return QueryError(f"AND or OR is missing before `{word}`; write one of them", place)
    if word.upper() in ("AND", "OR"):
        return QueryError(f"`{word}` in small letters; write {word.upper()}", place)
    near = get_close_matches(word, [*names, "AND", "OR"], 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return QueryError(f"unknown word `{word}`; {hint}Known are AND, OR, ( ) and the groups {', '.join(names)}", place)
