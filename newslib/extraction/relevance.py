"""All that reading a page could come to, for the relevance gate: a page that cannot be on a topic is not read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from newslib.extraction.head import Head

_TEXTS = etree.XPath("descendant::text()[not(parent::script or parent::style)]", smart_strings=False)


def everything(tree: etree._Element, head: Head, known: str = "") -> str:
    """A superset of every title, description and text that `extract` could find on a page, before anything is stripped
    from its tree; `known` is what a feed said of it. In the form that `Gate.may_match` asks for."""
    said = [*(v for values in head.meta.values() for v in values), *_strings(head.nodes), known]
    return "\n".join(["".join(_TEXTS(tree)), *map(_plain, said)])


def _plain(text: str) -> str:
    """A text as written, and without its markup."""
    if "&" in text:
        text = html.unescape(text)
    return f"{text}\n{re.sub('<[^<>]*>', '', text)}" if "<" in text else text


def _strings(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
