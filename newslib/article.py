"""The record: one news article as the archive keeps it, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypedDict

SCHEMA = 1


class Of(TypedDict):
    id: str
    paragraph: int


class Repeat(TypedDict):
    at: int  # paragraph number in the page's own order, from 0, repeats included
    text: str
    why: str  # same-article | seen | boilerplate
    of: Of  # its first stored occurrence


class CopyOf(TypedDict):
    id: str
    share: float  # characters seen before / characters of the full text


class Term(TypedDict):
    group: str
    term: str
    count: int  # in title, description and full text
    start: int | None  # code points in `text`; None where the term is not in `text`
    end: int | None


class TopicMatch(TypedDict):
    id: str
    version: str  # hash of the topic file
    score: float
    terms: list[Term]


class FoundVia(TypedDict):
    via: str
    url: str
    at: str


class Rights(TypedDict):
    tdm: str | None  # reserved | allowed
    ai: str | None
    license: str | None  # URL


class Warc(TypedDict):
    file: str
    offset: int
    length: int
    digest: str  # sha1:BASE32 of the body as sent


@dataclass(slots=True, repr=False)
class Article:
    """Every field has one type for ever; what is unknown is None, or [] for a list. All values are JSON's own types."""

    schema: int = SCHEMA
    id: str = ""  # article-version
    article: str = ""  # a + 16 hex digits of SHA-256(url)
    version: int = 1
    url: str = ""  # canonical
    fetched_url: str = ""
    domain: str | None = None  # registered domain
    source: str | None = None
    publisher: str | None = None
    country: str | None = None
    found: FoundVia | None = None
    title: str | None = None
    description: str | None = None
    authors: list[str] = field(default_factory=list)
    published: str | None = None  # UTC instant …Z
    modified: str | None = None
    day: str | None = None  # YYYY-MM-DD as the outlet gives it
    utc_offset: str | None = None
    dated_by: str | None = None  # which evidence won
    fetched: str = ""
    language: str | None = None  # BCP 47
    language_score: float | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    image: str | None = None
    text: str = ""  # kept paragraphs, one blank line between
    chars: int = 0  # code points of text
    sha256: str = ""  # of text
    full_sha256: str = ""  # of the text with repeats put back
    body: str = "full"  # full | teaser | feed
    paywalled: bool | None = None
    repeats: list[Repeat] = field(default_factory=list)
    copy_of: CopyOf | None = None
    topics: list[TopicMatch] = field(default_factory=list)
    rights: Rights = field(default_factory=lambda: Rights(tdm=None, ai=None, license=None))
    extractor: str = ""
    run: str = ""
    warc: Warc | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.url}>"

    @property
    def full_text(self) -> str:
        """The text with its repeats put back at their places."""
        return full_text(self.text, self.repeats)

    def to_json(self) -> str:
        """One line of JSON without its line feed; strict UTF-8 is the caller's encoding."""
        return _encode(dict(zip(NAMES, _values(self), strict=True)))

    @classmethod
    def from_json(cls, line: str | bytes) -> Article:
        """The record of one line of articles/. Raises ValueError that says why when it is none."""
        try:
            values = json.loads(line)
        except (TypeError, ValueError) as error:
            raise ValueError(f"no record: a line of JSON in UTF-8 is expected ({error})") from None
        try:
            return cls(**values)
        except TypeError:
            raise ValueError(f"no record: {_why_not(values)}") from None


NAMES = [f.name for f in fields(Article)]  # looking them up each time takes as long as writing the line
_values = attrgetter(*NAMES)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _why_not(value: Any) -> str:
    if not isinstance(value, dict):
        return f"a JSON object is expected, this is {type(value).__name__}"
    if isinstance(value.get("schema"), int) and value["schema"] > SCHEMA:
        return f"its schema is {value['schema']}, this program knows {SCHEMA}; update the program"
    unknown = sorted(set(value) - set(NAMES))
    return f"unknown fields: {', '.join(unknown)}"


def article_id(url: str) -> str:
    """The stable id of the article at a canonical URL: `a` and 16 hex digits of its SHA-256."""
    return "a" + sha256(url.encode()).hexdigest()[:16]


def text_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a clean text."""
    return text.split("\n\n") if text else []


def full_text(text: str, repeats: list[Any]) -> str:
    """Put repeats back: the inverse of dropping them, byte for byte."""
    if not repeats:
        return text
    dropped, own = {r["at"]: r["text"] for r in repeats}, paragraphs_of(text)
    kept, total = iter(own), len(dropped) + len(own)
    return "\n\n".join(dropped[n] if n in dropped else next(kept) for n in range(total))
