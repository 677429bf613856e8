"""The article as the page's JSON-LD describes it, out of blocks that are often not quite JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

Node = dict[str, Any]

_ARTICLE = re.compile(r"(?:News|Blog|Article|Posting|Report|Review|Interview|Opinion|Recipe)")  # schema.org types
_MEDIA = re.compile(r"(?:Video|Audio|Media)Object$|^(?:Podcast|Radio|TV)?Episode$|ImageGallery$")
_PAGE = re.compile(r"(?:Web|Item|Collection|FAQ|Profile)Page$")
# Where a node says what it contains or belongs to: other articles, not this one.
_ELSEWHERE = {
    "itemListElement", "hasPart", "isPartOf", "relatedLink", "citation", "isBasedOn", "mentions", "about",
    "liveBlogUpdate", "comment", "subjectOf", "publisher", "author", "review", "itemReviewed", "video", "audio",
}  # fmt: skip
_LARGEST = 4_000_000  # characters of one block that are looked at
_NODES = 2000  # nodes looked at
# `<!--`, `//<![CDATA[`, `/*<![CDATA[*/` before the JSON, and their ends behind it.
_OPENING = re.compile(r"^(?:\s|<!--|<!\[CDATA\[|//|/\*|\*/)+")
_CLOSING = re.compile(r"(?:\s|;|-->|\]\]>|//|/\*|\*/)+$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_PAIR = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|description|articleSection|isAccessibleForFree)"'
    r'\s*:\s*("(?:[^"\\]|\\.)*"|true|false)',
)


def nodes(tree: etree._Element) -> list[Node]:
    """Every object of the page's JSON-LD blocks that may describe the page, in order, those inside `@graph`, lists and
    `mainEntity` included. Blocks with comments, CDATA, raw line breaks or trailing commas are read; of one beyond
    repair, the plain pairs that matter here."""
    out: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for value in _load(script.text[:_LARGEST]):
                out.extend(_walk(value))
    return out[:_NODES]


def article(found: list[Node], same: str | None = None) -> Node:
    """The node that describes the page's article: the article whose headline is `same`, else the first article, else
    the first with a date among media objects and pages; {} when there is none."""
    articles = [n for n in found if _ARTICLE.search(kind(n))]
    if same:
        for n in articles:
            if isinstance(n.get("headline"), str) and _letters(n["headline"]) == _letters(same):
                return n
    if articles:
        return max(articles, key=lambda n: bool(n.get("datePublished")) + bool(n.get("headline")))
    for wanted in (_MEDIA, _PAGE):
        for n in found:
            if wanted.search(kind(n)) and (n.get("datePublished") or n.get("uploadDate")):
                return n
    return {}


def kind(node: Node) -> str:
    """The types of a node in one string, without their namespace."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return " ".join(re.split(r"[/#:]", n)[-1] for n in names if isinstance(n, str))


def strings(value: object, deep: int = 20) -> list[str]:
    """The strings of a value that may be a string, an object with a name, or a list of either, `deep` levels of them at
    most."""
    if isinstance(value, list) and deep:
        return [s for v in value[:100] for s in strings(v, deep - 1)]
    if isinstance(value, dict) and deep:
        named = value.get("name") or value.get("@value") or value.get("url") or value.get("contentUrl")
        return strings(named, deep - 1)
    return [value] if isinstance(value, str) and value.strip() else []


def _walk(value: object) -> Iterator[Node]:
    stack, seen = [value], 0
    while stack and seen < _NODES:
        value = stack.pop()
        seen += 1
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            yield value
            inner = [v for k, v in value.items() if k not in _ELSEWHERE and isinstance(v, (dict, list))]
            stack.extend(reversed(inner))


def _load(text: str) -> list[object]:
    text = text.strip().lstrip("\ufeff")
    if text[:1] not in ("{", "["):
        text = _OPENING.sub("", text)
    if text[-1:] not in ("}", "]") or text.endswith("]]>"):
        text = text[:-50] + _CLOSING.sub("", text[-50:])
    for attempt in (
        str,
        lambda t: _TRAILING_COMMA.sub(r"\1", t),
        lambda t: _TRAILING_COMMA.sub(r"\1", html.unescape(t)),
    ):
        try:
            return _all(attempt(text))
        except (ValueError, RecursionError):
            continue
    pairs: Node = {}
    for key, value in _PAIR.findall(text):
        try:
            pairs.setdefault(key, json.loads(value, strict=False))
        except ValueError:
            continue
    return [{"@type": "Article", **pairs}] if pairs else []


def _all(text: str) -> list[object]:
    """The JSON values of a text, one after the other."""
    decoder = json.JSONDecoder(strict=False)
    out, at = [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        out.append(value)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return out


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", html.unescape(text)).casefold()
