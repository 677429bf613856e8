"""The article's own paragraphs, from the tree."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_tags, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Document, Extractor

from newslib.extraction.blocks import Block, Shown, shown
from newslib.extraction.container import article
from newslib.extraction.parse import as_html
from newslib.extraction.prune import prune
from newslib.extraction.tidy import key

FEW = 0.5  # of the page's own paragraphs: with less than this found, the slow way is tried

# trafilatura takes quadratic time for pages that are nested deeper or hold more elements than any article: browsers
# stop nesting at 512; the largest of 130 news pages has 2,100 elements after pruning, and 30,000 take three seconds.
_TOO_MUCH = etree.XPath(f"boolean({'/*' * 256}) or count(//*) > 30000")
_OPTIONS = Extractor(fast=True, comments=False, dedup=False)


def body(
    page: Shown, tree: etree._Element, titles: Iterable[str], descriptions: Iterable[str], authors: Iterable[str]
) -> list[Block]:
    """The article's blocks in order: of a page as it is shown, and of its tree, stripped by now.
    `titles`, `descriptions` and `authors` are what the page says of itself. Where most of the page's prose lies outside
    of what looks like its article, trafilatura decides."""
    found = article(page, titles, descriptions, authors)
    if found is not None:
        return _once(found)
    return (() if _TOO_MUCH(tree) else by_trafilatura(tree)) or [b for b in page.blocks if b.mass]


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


def _once(blocks: list[Block]) -> list[Block]:
    """A template that holds the whole article twice, in two elements (for two widths of screen), shows it once."""
    half, odd = divmod(len(blocks), 2)
    first, second = blocks[:half], blocks[half:]
    if odd or not half or first[-1].node.parent is second[0].node.parent:
        return blocks
    return first if all(key(a.text) == key(b.text) for a, b in zip(first, second, strict=True)) else blocks


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
