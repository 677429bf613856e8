"""All that reading a page could come to, for the relevance gate: a page that cannot be on a topic is not read."""

from __future__ import annotations

import html
import re

from lxml import etree

from newslib.extraction.head import Head

# A test of each text's parent would take longer than the walk.
_TEXTS = etree.XPath("*[not(self::head)]/descendant::text()", smart_strings=False)


def everything(tree: etree._Element, head: Head, known: str = "") -> str:
    """A superset of every title, description and text that `extract` could find on a page, in the form that
    `Gate.may_match` asks for; `known` is what a feed said of it. Scripts and styles of the tree lose their content,
    which `extract` asks for only on pages that the gate does not see."""
    for element in tree.iter("script", "style"):
        element.text = None
    loose = (tree.text or "", *(child.tail or "" for child in tree))
    body = head.article.get("articleBody")
    said = [*head.claims, *head.descriptions, *(_written(body) if isinstance(body, str) else ()), known]
    return "\n".join([*loose, *filter(str.strip, _TEXTS(tree)), *said])


def _written(text: str) -> tuple[str, str]:
    """A text as it is, and as HTML, which may be escaped: without its markup, in whose place a line break stands."""
    text = html.unescape(text)
    return text, html.unescape(re.sub("<[^<>]*>", "\n", text))
