"""From the blocks of a container to the article: its lead, without lines that only stand around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from newslib.extraction import beside
from newslib.extraction.blocks import Block, Node, Shown
from newslib.text import key

LEAD = 30  # letters of the shortest lead
LONG = 60  # characters from which a heading can be a lead
NEAR = 20  # blocks above the body in which something that is called a lead is one


def lead(page: Shown, first: int, have: set[str], descriptions: Iterable[str]) -> list[Block]:
    """What stands between headline and body: the description that the page shows, prose, what is called a lead."""
    stated = [k for d in descriptions if len(k := key(d)) >= LEAD]
    h1 = max((n for n in range(first) if page.blocks[n].node.tag == "h1"), default=first)
    out = []
    for n, block in enumerate(page.blocks[:first]):
        if len(block.text) < LEAD or block.node.tag in ("h1", "figcaption"):
            continue
        k = key(block.text)
        long = block.mass or (block.heading and len(block.text) >= LONG)
        shown = long and not block.node.dropped and block.linked < 0.3 * len(block.text)
        if len(k) < LEAD or k in have:
            continue
        if any(s.startswith(k) or k.startswith(s[:120]) for s in stated) or (
            shown and (n > h1 or (n >= first - NEAR and _called_lead(block.node)))
        ):
            out.append(block)
            have.add(k)
    return out


def _called_lead(node: Node | None) -> bool:
    for _ in range(3):
        if node is None:
            break
        if beside.says(node.names) & beside.OF_LEAD:
            return True
        node = node.parent
    return False


def kept(blocks: list[Block], titles: set[str], people: list[str]) -> list[Block]:
    """Without links that stand alone, tools, dates, bylines, and the headline."""
    out: list[Block] = []
    begun = False
    words = Counter(b.node.parent for b in blocks if b.node.tag == "li" and not _is_link(b))
    links = Counter(b.node.parent for b in blocks if b.node.tag == "li" and _is_link(b))
    for b in blocks:
        listed = b.node.tag == "li" and words[b.node.parent] >= links[b.node.parent]  # a link among items of words
        if (
            (_is_link(b) and not listed)
            or beside.of_line(b.text, b.heading or b.node.tag == "li")
            or (len(b.text) < 60 and _is_byline(b, people))
        ):
            continue
        k = key(b.text) if b.heading or not begun else ""
        if b.heading and k in titles:
            continue
        if not begun:
            if any(t in k and len(k) < 1.7 * len(t) for t in titles):
                continue
            begun = b.mass > 0
            if not (begun or b.heading or b.node.tag == "p"):
                continue
        out.append(b)
    return out


def _is_link(b: Block) -> bool:
    return b.linked >= 0.95 * len(b.text) or (
        b.linked >= 0.7 * len(b.text) and not b.text.endswith(beside.SENTENCE_ENDS)
    )


def _is_byline(b: Block, people: list[str]) -> bool:
    if (b.heading and b.node.tag < "h4") or b.text.endswith(beside.SENTENCE_ENDS):
        return False
    k = key(b.text)
    return any(p in k and len(k) < len(p) + 25 for p in people)


def heads(heading: Block, blocks: list[Block], after: int) -> bool:
    """Whether something follows a heading that it can be the heading of."""
    return after < len(blocks) and not (blocks[after].heading and blocks[after].node.tag <= heading.node.tag)
