"""The article's own paragraphs, from the tree."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from newslib.extraction.blocks import Block, Shown
from newslib.extraction.container import article
from newslib.text import key

# trafilatura takes quadratic time for pages that are nested deeper or hold more elements than any article: browsers
# stop nesting at 512; the largest of 130 news pages has 2,100 elements after pruning, and 30,000 take three seconds.
_TOO_MUCH = etree.XPath(f"boolean({'/*' * 256}) or count(//*) > 30000")


def body(
    page: Shown, tree: etree._Element, titles: Iterable[str], descriptions: Iterable[str], authors: Iterable[str]
) -> list[Block]:
    """The article's blocks in order: of a page as it is shown, and of its tree, stripped by now.
    `titles`, `descriptions` and `authors` are what the page says of itself. Where most of the page's prose lies outside
    of what looks like its article, trafilatura decides."""
    found = article(page, titles, descriptions, authors)
    if found is not None:
        return _once(found)
    if not _TOO_MUCH(tree):
        from newslib.extraction.fallback import by_trafilatura

        if blocks := by_trafilatura(tree):
            return blocks
    return [b for b in page.blocks if b.mass]


def _once(blocks: list[Block]) -> list[Block]:
    """A template that holds the whole article twice, in two elements (for two widths of screen), shows it once."""
    half, odd = divmod(len(blocks), 2)
    first, second = blocks[:half], blocks[half:]
    if odd or not half or first[-1].node.parent is second[0].node.parent:
        return blocks
    return first if all(key(a.text) == key(b.text) for a, b in zip(first, second, strict=True)) else blocks
