"""A page as its reader sees it: the blocks of text it shows, in order, and the elements that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from newslib.text import clean

MOST = 30_000
"""Blocks of a page that are read: a book has fewer paragraphs, the largest of 130 news pages 502 blocks."""

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = HEADINGS | {
    "html", "body", "div", "p", "section", "article", "main", "header", "footer", "aside", "nav", "hgroup", "search",
    "li", "ul", "ol", "menu", "dl", "dt", "dd", "table", "tbody", "thead", "tfoot", "caption", "tr", "blockquote",
    "pre", "figure", "figcaption", "details", "summary", "center", "address", "form", "fieldset", "legend", "dialog",
    "item", "list", "row", "quote",  # trafilatura's own
}  # fmt: skip
CELLS = {"td", "th", "cell"}
_BREAKS = {"br", "hr", "lb"}
_RICH = {"blockquote", "ul", "ol", "table"}
_BLOCK, _LINK, _SILENT, _BREAK, _CELL = range(5)
_SENTENCES = {"p", "li", "blockquote", "dd"}
_NO_TEXT = {
    "script", "style", "svg", "template", "noscript", "iframe", "object", "embed", "applet", "canvas", "audio", "video",
    "map", "select", "option", "optgroup", "textarea", "input", "datalist", "head", "picture", "img", "math", "button",
}  # fmt: skip
_KINDS = {
    **dict.fromkeys(_NO_TEXT, _SILENT),
    **dict.fromkeys(BLOCKS, _BLOCK),
    **dict.fromkeys(_BREAKS, _BREAK),
    **dict.fromkeys(CELLS, _CELL),
    "a": _LINK,
}


@dataclass(slots=True, eq=False)
class Node:
    """An element of block level. `start`, `end` (exclusive): numbers of the blocks inside it."""

    tag: str
    parent: Node | None
    start: int
    names: str = ""  # its class and id, as written; `hiddenattribute` if it has one
    end: int = 0
    image: bool = False  # whether it holds a picture
    rich: bool = False  # whether it holds a quotation, list or table
    linked: bool = False  # whether it holds a link
    form: bool = False  # whether it holds a button or something to fill in
    mass: float = 0.0  # prose inside it
    dropped: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph, heading, list item, quotation or table row, as clean text. `linked`: how many of its characters
    are links."""

    text: str
    node: Node  # the innermost element that holds it
    linked: int = 0
    mass: float = 0.0  # how much prose it is: its characters outside links, or 0

    @property
    def heading(self) -> bool:
        return self.node.tag in HEADINGS


@dataclass(slots=True)
class Shown:
    """`nodes` in the order in which they begin; the first stands for the page."""

    blocks: list[Block]
    nodes: list[Node]


def shown(root: etree._Element) -> Shown:
    """The blocks of a tree, the first MOST of them, in linear time. Two line breaks in a row part paragraphs, one is a
    space; cells of a row are parted by a bar; inline elements dress words and neither part nor glue them; a button
    counts as text inside a sentence only."""
    blocks: list[Block] = []
    node = Node("", None, 0)
    nodes = [node]
    parts: list[str] = []
    linked = breaks = links = 0
    kinds = _KINDS.get

    def flush() -> None:
        nonlocal linked, breaks
        text = clean("".join(parts))
        parts.clear()
        if text.strip("|- •·*"):
            blocks.append(Block(text, node, linked))
        linked = breaks = 0

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, el in walk:
        tag = el.tag
        kind = kinds(tag)
        if event == "start":
            if kind is _BLOCK:
                if parts:
                    flush()
                if len(blocks) >= MOST:
                    break
                hidden = "hiddenattribute" if el.get("hidden") is not None else None
                names = el.get("class"), el.get("id"), hidden
                node = Node(tag, node, len(blocks), " ".join(filter(None, names)) if any(names) else "")
                nodes.append(node)
            elif kind is _LINK:
                if el.get("href") is not None:
                    links += 1
                    node.linked = True
            elif kind is _SILENT:
                if tag == "img" or tag == "picture":
                    node.image = True
                elif tag == "input" or tag == "button":
                    node.form = True
                if tag != "button" or node.tag not in _SENTENCES or not parts:
                    walk.skip_subtree()
                    continue
            elif kind is _BREAK:
                breaks += 1
                if breaks > 1 or tag == "hr":
                    flush()
                elif parts:
                    parts.append(" ")
            elif tag == "cite" and node.tag == "blockquote":
                flush()
            elif kind is _CELL and parts:
                parts.append(" | ")
            text = el.text
        else:
            if kind is _BLOCK:
                if parts:
                    flush()
                node.end = len(blocks)
                above = node.parent
                assert above is not None
                above.image |= node.image
                above.rich |= node.rich or tag in _RICH
                above.linked |= node.linked
                above.form |= node.form
                node = above
            elif kind is _LINK:
                links -= el.get("href") is not None
            text = el.tail if el is not root else None
        if text:
            if not text.isspace():
                breaks = 0
                if links:
                    linked += len(text)
                parts.append(text)
            elif parts:
                parts.append(" ")
    if parts:
        flush()
    for open_ in (node, *_above(node)):
        open_.end = len(blocks)
    return Shown(blocks, nodes)


def _above(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node
