"""The article's own paragraphs, from the tree."""

from __future__ import annotations

import html
import re
from copy import copy

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_tags, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Document, Extractor

from newslib.extraction.parse import parse
from newslib.text import clean

FEW = 0.5  # of the page's own paragraphs: with less than this found, the slow way is tried

# trafilatura takes quadratic time for pages that are nested deeper or hold more elements than any article: browsers
# stop nesting at 512; the largest of 130 news pages has 2,100 elements after pruning, and 30,000 take three seconds.
_TOO_MUCH = etree.XPath(f"boolean({'/*' * 256}) or count(//*) > 30000")
_OPTIONS = Extractor(fast=True, comments=False, dedup=False)
# Tags of trafilatura's own vocabulary, and of HTML for what its fallback hands through.
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "body", "div", "p", "quote", "item", "list", "row", "table", "code", "ul", "ol", "li", "dl", "dt", "dd", "tr",
    "pre", "blockquote", "section", "article", "main", "header", "details", "summary", "center", "address", "html",
}  # fmt: skip
_BREAKS = {"lb", "br", "hr"}
_CELLS = {"cell", "td", "th"}


def body(tree: HtmlElement) -> list[tuple[str, str]]:
    """(kind, text) of every paragraph in order; kind is the tag of its block (`head` for a heading). The tree is left
    as it was."""
    if _TOO_MUCH(tree):
        return plainly(tree)
    blocks = _main(tree)
    if _size(blocks) < FEW * _paragraphs(tree):
        document = bare_extraction(tree, with_metadata=False, include_comments=False, deduplicate=False)
        other = flatten(document.body) if isinstance(document, Document) and document.body is not None else []
        if _size(other) > 1.2 * _size(blocks):
            return other
    return blocks


def _main(tree: HtmlElement) -> list[tuple[str, str]]:
    """trafilatura's main extractor alone. `bare_extraction(fast=True)` comes to the same text in twice the time, as it
    searches the whole page with XPath regular expressions first (measured on 130 news pages)."""
    cleaned = convert_tags(tree_cleaning(copy(tree), _OPTIONS), _OPTIONS, None)
    return flatten(extract_content(cleaned, _OPTIONS)[0])


def from_structured(text: str) -> list[tuple[str, str]]:
    """The blocks of an `articleBody`, which may be plain text with line breaks or escaped HTML."""
    text = html.unescape(text)
    if re.search(r"</?(?:p|div|br)\b", text, re.I):
        tree = parse(text)
        return flatten(tree) if tree is not None else []
    return [("p", line) for part in text.splitlines() if (line := clean(part))]


def plainly(tree: HtmlElement) -> list[tuple[str, str]]:
    """Every paragraph of the page, in linear time, for when nothing better is to be had."""
    return [(kind, text) for kind, text in flatten(tree) if kind == "p"]


def flatten(element: etree._Element) -> list[tuple[str, str]]:
    """The blocks of an element tree as (kind, text): every heading, paragraph, list item, quotation and table row is
    one; two line breaks in a row part paragraphs, one is a space."""
    out: list[tuple[str, str]] = []
    parts: list[str] = []
    breaks = 0
    kinds = ["p"]

    def flush() -> None:
        nonlocal breaks
        text = clean("".join(parts))
        if text.strip("|- •·*"):
            out.append((kinds[-1], text))
        parts.clear()
        breaks = 0

    def add(text: str | None) -> None:
        nonlocal breaks
        if text:
            if text.strip():
                breaks = 0
            parts.append(text)

    for event, el in etree.iterwalk(element, events=("start", "end")):
        tag = el.tag
        if event == "start":
            if tag in _BLOCKS:
                flush()
                kinds.append("head" if tag in _HEADINGS else tag)
            elif tag in _BREAKS:
                breaks += 1
                if breaks > 1:
                    flush()
                else:
                    parts.append(" ")
            elif tag in _CELLS and "".join(parts).strip():
                parts.append(" | ")
            add(el.text)
        else:
            if tag in _BLOCKS:
                flush()
                kinds.pop()
            if el is not element:
                add(el.tail)
    flush()
    return out


def _size(blocks: list[tuple[str, str]]) -> int:
    return sum(len(text) for _, text in blocks)


def _paragraphs(tree: HtmlElement) -> int:
    """Characters of the longest run of sibling paragraphs: what the page holds of text at least."""
    totals: dict[HtmlElement, int] = {}
    for p in tree.iter("p"):
        parent = p.getparent()
        if parent is not None:
            totals[parent] = totals.get(parent, 0) + len("".join(p.itertext()).strip())
    return max(totals.values(), default=0)
