"""The `query` of a topic: groups and "quoted terms" joined by AND, OR, NOT, NEAR/n and SAME.

    query    = joined                            (the whole of it must need something: NOT alone holds on any page)
    joined   = operand { AND operand } | operand { OR operand }      AND beside OR needs parentheses
    operand  = NOT unit | unit { SAME unit } | unit NEAR/n unit
    unit     = "(" joined ")" | group [ ">=" n ] | '"' term '"' [ ">=" n ]

NEAR and SAME join groups, quoted terms, and several of them joined by OR in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from newslib.topics.query import Query
from newslib.topics.terms import TermError, read_term

LONGEST = 4000  # characters of a query
_DEEPEST = 20  # parentheses
_FARTHEST = 1000  # words of NEAR
_MOST = 1000  # of a threshold
_TOKEN = re.compile(r'\s*("[^"]*"?|>=|[()]|(?:[^\s()">]|>(?!=))+)')
_NEAR = re.compile(r"NEAR/(\d+)")
_JOINTS = ("AND", "OR", "SAME")
_KNOWN = "AND, OR, NOT, NEAR/n, SAME, ( ), >= n"


class QueryError(ValueError):
    """A mistake in a query; `at` is its offset in the query."""

    def __init__(self, message: str, at: int):
        super().__init__(message)
        self.at = at


def parse(text: str, groups: Iterable[str]) -> Query:
    """Read a query over these groups. Raises QueryError, with the place and the fix."""
    if len(text) > LONGEST:
        raise QueryError(f"{len(text)} characters; a query has at most {LONGEST}: put words into groups", LONGEST)
    parser = _Parser(text, list(groups))
    query = parser.joined(0)
    if parser.word is not None:
        raise QueryError("a `)` too many; take it out, or open it with `(`", parser.place)
    if query.holds(()):
        raise QueryError("this holds on a page with none of the words; say what it must have: a AND NOT b", 0)
    return query


class _Parser:
    """Recursive descent, one method a rule of the grammar."""

    def __init__(self, text: str, groups: list[str]):
        self._tokens = [(found[1], found.start(1)) for found in _TOKEN.finditer(text)]
        self._groups, self._end, self._at = groups, len(text), 0

    @property
    def word(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    @property
    def place(self) -> int:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else self._end

    def joined(self, depth: int) -> Query:
        """Operands joined by one kind of operator, up to `)` or the end."""
        parts, joint = [self._operand(depth)], ""
        while self.word not in (None, ")"):
            if self.word not in ("AND", "OR"):
                raise self._unexpected()
            if joint and self.word != joint:
                raise QueryError("AND and OR side by side; say with parentheses which comes first", self.place)
            joint = str(self.word)
            self._at += 1
            parts.append(self._operand(depth))
        return Query(joint.lower(), parts=tuple(parts)) if joint else parts[0]

    def _operand(self, depth: int) -> Query:
        if self.word == "NOT":
            self._at += 1
            return Query("not", parts=(self._unit(depth),))
        start, first = self.place, self._unit(depth)
        near = _NEAR.fullmatch(self.word or "")
        if self.word != "SAME" and not near:
            return first
        parts, op, number = [self._side(first, start)], "same", 0
        if near:
            op, number = "near", int(near[1])
            if not 1 <= number <= _FARTHEST:
                raise QueryError(f"NEAR counts 1 to {_FARTHEST} words; write NEAR/10, or SAME", self.place)
        while self.word == "SAME" or _NEAR.fullmatch(self.word or ""):
            if len(parts) > 1 and (near or self.word != "SAME"):
                raise QueryError("NEAR joins two; join the next by AND, or by OR in parentheses", self.place)
            self._at += 1
            start = self.place
            parts.append(self._side(self._unit(depth), start))
        return Query(op, parts=tuple(parts), number=number)

    def _side(self, part: Query, start: int) -> Query:
        """A part that NEAR and SAME can look for: a group, or groups joined by OR."""
        if part.number or not (part.op == "group" or (part.op == "or" and all(p.op == "group" for p in part.parts))):
            raise QueryError("NEAR and SAME join groups, or (groups joined by OR); split this", start)
        return part

    def _unit(self, depth: int) -> Query:
        word, place = self.word, self.place
        if word is None:
            raise QueryError(f"a group is missing at the end; {self._there()}", place)
        if word == "(":
            if depth >= _DEEPEST:
                raise QueryError(f"parentheses more than {_DEEPEST} deep; take some out", place)
            self._at += 1
            query = self.joined(depth + 1)
            if self.word is None:
                raise QueryError("a `(` that is never closed; add `)`", place)
            self._at += 1
            return query
        if word in (")", ">=", "NOT", *_JOINTS) or _NEAR.fullmatch(word):
            raise QueryError(f"a group is missing before `{word}`; {self._there()}", place)
        if word[0] == '"':
            if len(word) < 2 or word[-1] != '"':
                raise QueryError('a `"` that is never closed; add `"`', place)
            word = f'"{word[1:-1].strip()}"'
            try:
                read_term(word[1:-1])
            except TermError as error:
                raise QueryError(str(error), place) from None
        elif word not in self._groups:
            raise self._unexpected()
        self._at += 1
        return self._threshold(Query("group", word))

    def _threshold(self, group: Query) -> Query:
        if self.word != ">=":
            return group
        self._at += 1
        word, place = self.word or "", self.place
        if not (word.isascii() and word.isdecimal()) or not 1 <= int(word) <= _MOST:
            raise QueryError(f"`>=` asks for a number from 1 to {_MOST}: russia >= 3", place)
        self._at += 1
        return replace(group, number=int(word))

    def _there(self) -> str:
        return f"the groups are {', '.join(self._groups)}" if self._groups else 'write a "quoted term"'

    def _unexpected(self) -> QueryError:
        word, place = str(self.word), self.place
        if word in self._groups or word[0] in '("':
            return QueryError(f"AND or OR is missing before `{word}`; write one of them", place)
        if word == "NOT":
            return QueryError("AND is missing before `NOT`; write AND NOT", place)
        if word == ">=":
            return QueryError("`>=` stands behind a group or a quoted term: russia >= 3", place)
        if word.upper() in (*_JOINTS, "NOT"):
            return QueryError(f"`{word}` in small letters; write {word.upper()}", place)
        if word.upper().startswith("NEAR"):
            return QueryError(f"`{word}` does not say how near; write NEAR/10 for within ten words", place)
        near = get_close_matches(word, [*self._groups, *_JOINTS, "NOT"], 1)
        hint = f"did you mean {near[0]}? " if near else ""
        groups = f" and the groups {', '.join(self._groups)}" if self._groups else ""
        return QueryError(f'unknown word `{word}`; {hint}known are {_KNOWN}, "a term"{groups}', place)
