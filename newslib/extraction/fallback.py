"""trafilatura as the second reader. A module of its own, loaded when it is needed: that takes half a second."""

from __future__ import annotations

from copy import copy

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_tags, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Document, Extractor

from newslib.extraction.blocks import Block, shown
from newslib.extraction.parse import as_html
from newslib.extraction.prune import prune

FEW = 0.5  # of the page's own paragraphs: with less than this found, the slow way is tried
_OPTIONS = Extractor(fast=True, comments=False, dedup=False)


def by_trafilatura(stripped: etree._Element) -> list[Block]:
    """trafilatura's main extractor; its slower cascade when that finds less than half of the longest run of
    paragraphs. `bare_extraction(fast=True)` comes to the same text as the former in twice the time, as it searches the
    whole page with XPath regular expressions first (measured on 130 news pages)."""
    tree = as_html(stripped)
    prune(tree)
    cleaned = convert_tags(tree_cleaning(copy(tree), _OPTIONS), _OPTIONS, None)
    blocks = _blocks(extract_content(cleaned, _OPTIONS)[0])
    if _size(blocks) < FEW * _paragraphs(tree):
        document = bare_extraction(tree, with_metadata=False, include_comments=False, deduplicate=False)
        other = _blocks(document.body) if isinstance(document, Document) and document.body is not None else []
        if _size(other) > 1.2 * _size(blocks):
            return other
    return blocks


def _blocks(found: etree._Element) -> list[Block]:
    for head in found.iter("head"):  # trafilatura's word for a heading
        head.tag = "h2"
    return shown(found).blocks


def _size(blocks: list[Block]) -> int:
    return sum(len(b.text) for b in blocks)


def _paragraphs(tree: HtmlElement) -> int:
    """Characters of the longest run of sibling paragraphs: what the page holds of text at least."""
    totals: dict[HtmlElement, int] = {}
    for p in tree.iter("p"):
        parent = p.getparent()
        if parent is not None:
            totals[parent] = totals.get(parent, 0) + len("".join(p.itertext()).strip())
    return max(totals.values(), default=0)
