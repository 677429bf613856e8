"""The query language of `scrapy search`.

    kim putin              both words        "kim jong un"     in a row         sanction*     words that begin so
    kim OR putin           either            kim -putin        without          (a OR b) c    grouped
    title:summit           in the title      author:sato       by               site:yna.co.kr   an outlet or host

`+word` and AND are the same as a space, NOT is the same as `-`; AND binds closer than OR. Capital letters matter in
AND, OR and NOT alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from reader.errors import QueryError
from reader.words import wanted

FIELDS = ("title", "author", "site")
LONGEST = 2000  # characters of a query
DEEPEST = 50  # parentheses in one another

_QUOTES = '"“”„'
_TOKEN = re.compile(
    rf"\s*(?:(?P<sign>[()])|[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?P<end>[{_QUOTES}]?)|(?P<word>[^\s(){_QUOTES}]+))"
)
_FIELD = re.compile(r"([^\W\d_]+):")


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a row, in one field (None: in the title, the description or the text)."""

    text: str
    field: str | None = None
    stem: bool = False


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Node, ...]


Node = Words | Everything | Not | AllOf | AnyOf


@dataclass(slots=True)
class _Token:
    kind: str  # ( ) AND OR NOT field phrase word
    text: str
    at: int  # column, from 1


def parse(query: str) -> Node:
    """The tree of a query. Raises QueryError, which points at the mistake."""
    if len(query) > LONGEST:
        raise QueryError(query, LONGEST + 1, f"it has {len(query)} characters; {LONGEST} are the most")
    return _Parser(query).whole()


def positive(node: Node) -> list[Words]:
    """The words that a hit may show: all but those behind NOT."""
    if isinstance(node, Words):
        return [node]
    return [words for part in getattr(node, "parts", ()) for words in positive(part)]


class _Parser:
    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = list(self._read())
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        if not self._tokens:
            self._fail(1, "say what to look for; `*` is everything")
        node = self._either(None)
        if token := self._peek():
            self._fail(token.at, "this ) closes nothing; leave it out")
        return node

    # --- tokens

    def _read(self) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while match := _TOKEN.match(self._query, at):
            start, at = match.start(match.lastgroup or 0), match.end()
            if match["sign"]:
                tokens.append(_Token(match["sign"], "", start + 1))
            elif match["phrase"] is not None:
                start = match.start("phrase")
                if not match["end"]:
                    self._fail(start, "this quotation mark is never closed; add one at the end of the phrase")
                if self._query[at : at + 1] in ("*", "~", "^"):
                    self._fail(at + 1, f"`{self._query[at]}` means nothing behind a phrase; leave it out")
                tokens.append(_Token("phrase", match["phrase"], start))
            else:
                self._word(tokens, match["word"], match.start("word") + 1)
        return tokens

    def _word(self, tokens: list[_Token], word: str, at: int) -> None:
        """Signs, a field and a word, as they are joined without a space."""
        while word and word[0] in "+-" and (len(word) > 1 or self._query[at : at + 1].strip()):
            tokens.append(_Token("NOT" if word[0] == "-" else "+", word[0], at))
            word, at = word[1:], at + 1
        if not word:
            return
        if match := _FIELD.match(word):
            name = match[1].lower()
            if name not in FIELDS:
                near = get_close_matches(name, FIELDS, 1)
                there = f"did you mean {near[0]}:?" if near else "there are title:, author: and site:"
                self._fail(at, f"no field `{match[1]}`; {there} (a colon that is part of the text goes in quotes)")
            tokens.append(_Token("field", name, at))
            word, at = word[match.end() :], at + match.end()
            if not word:
                return
        tokens.append(_Token(word, word, at) if word in ("AND", "OR", "NOT") else _Token("word", word, at))

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _fail(self, at: int, problem: str) -> NoReturn:
        raise QueryError(self._query, at, problem)

    # --- grammar

    def _either(self, field: str | None) -> Node:
        parts = [self._both(field)]
        while (token := self._peek()) and token.kind == "OR":
            self._next += 1
            parts.append(self._both(field, token))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self, field: str | None, before: _Token | None = None) -> Node:
        parts: list[Node] = []
        while (token := self._peek()) and token.kind not in ("OR", ")"):
            if token.kind == "AND":
                if not parts or before:
                    self._fail(token.at, "AND needs a word on either side")
                self._next += 1
                before = token
                continue
            parts.append(self._one(field))
            before = None
        if not parts or before:
            if before and before.kind != "(":
                self._fail(before.at, f"{before.kind} needs a word on either side")
            if token:
                what = "OR needs a word on either side" if token.kind == "OR" else "nothing stands in these parentheses"
                self._fail(token.at, what)
            self._fail(len(self._query) + 1, "something is missing at the end")
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, field: str | None) -> Node:
        token = self._peek()
        assert token is not None
        self._next += 1
        if token.kind in ("NOT", "+", "field"):
            after = self._peek()
            if after is None or after.kind in ("AND", "OR", ")"):
                self._fail(token.at, f"`{token.text}{':' * (token.kind == 'field')}` needs a word behind it")
            self._deeper(token)
            part = self._one(token.text if token.kind == "field" else field)
            self._depth -= 1
            return Not(part) if token.kind == "NOT" else part
        if token.kind == "(":
            self._deeper(token)
            node = self._either(field)
            self._depth -= 1
            if self._peek() is None:
                self._fail(token.at, "this ( is never closed; add a )")
            self._next += 1
            return node
        return self._leaf(token, field)

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(token.at, f"more than {DEEPEST} parentheses and signs in one another")

    def _leaf(self, token: _Token, field: str | None) -> Node:
        text, stem = token.text, False
        if token.kind == "word":
            if text == "*" and field is None:
                return Everything()
            if text[0] == "*":
                self._fail(token.at, "a word cannot begin with `*`; it ends a stem, as in sanction*")
            if match := re.search(r"[~^][\d.]*$", text):
                self._fail(token.at + match.start(), f"`{match[0]}` is not part of this query language; leave it out")
            stem = text[-1] == "*"
            text = text.rstrip("*")
        if field == "site":
            if not text.strip() or stem:
                self._fail(token.at, "site: takes the whole name of an outlet or host, as in site:yna.co.kr")
            return Words(text.strip().lower(), field)
        if not wanted(text)[0]:
            self._fail(token.at, f"`{text or token.text}` has no letter or digit to look for")
        return Words(text, field, stem)
