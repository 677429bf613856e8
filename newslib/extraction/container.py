"""Which of the blocks that a page shows are its article.

The way of readability (Arc90, 2009) and its heirs, with what a day of trials on 130 news pages of 93 outlets added:
paragraphs vote with their length for the element that holds them; what is called or opens like something else is out
first, unless it holds much of the page; parts of a body that stand apart are joined; the lead is found above it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from newslib.extraction import beside
from newslib.extraction.blocks import HEADINGS, Block, Node, Shown
from newslib.extraction.tidy import heads, kept, lead
from newslib.text import key, unspaced

# Measured on the half of 93 outlets that was looked at; round values. Each but SURE can change by a third without
# moving the body F1 of either half by more than .003. SURE cannot: .33 costs the other half .03, .67 this one .01.
PROSE = 40  # characters outside links from which a block counts as prose
UNSPACED = 2  # what a character counts in scripts without spaces
SMALL = 0.25  # of the page's prose: an element that holds more is no box, whatever it is called
DECAY = (1.0, 0.75, 0.55)  # what a block counts for its parent, grandparent and the next
GAIN = 0.35  # of a container's prose that its surroundings must add to replace it
WHOLE = 0.35  # of the page's prose that an <article> with the headline must hold, so that the rest does not count
SURE = 0.5  # of the page's prose: an article with less is not believed
BRIEF = 500  # characters of a box that needs no link or form to be one
_APART = {"nav", "footer", "aside", "figure", "figcaption", "dialog", "menu", "fieldset", "legend", "search"}
_TEXT = HEADINGS | {"p", "li"}
_INSIDE = {"p", "li", "blockquote", "ul", "ol", "tr", "tbody", "table"}


def article(
    page: Shown, titles: Iterable[str], descriptions: Iterable[str], authors: Iterable[str]
) -> list[Block] | None:
    """The blocks of the page's article in order, lead first, without headline and byline; None where less than half of
    the page's prose is found, so that another reader should try. `titles`, `descriptions` and `authors` are what the
    page says of itself. Marks `page` as it goes; linear time."""
    _weigh(page)
    _spread(page)
    _drop(page)
    _spread(page)
    _within_whole(page)
    best = _best(page)
    if best is None:
        return None
    node, away = _joined(page, best)
    inside = [n for n in range(node.start, node.end) if not page.blocks[n].node.dropped and n not in away]
    blocks = [page.blocks[n] for n in inside]
    if sum(b.mass for b in blocks) < SURE * sum(b.mass for b in page.blocks):
        return None
    first = next((n for n in inside if page.blocks[n].mass), node.start)
    headlines = {k for t in titles if (k := key(t))}
    people = [k for a in authors if (k := key(a))]
    above = lead(page, first, {key(b.text) for b in blocks[:8]}, descriptions)
    body = kept(blocks, headlines, people)
    body = [b for n, b in enumerate(body) if not b.heading or heads(b, body, n + 1)]
    return [*kept(above, headlines, people), *body]


def _weigh(page: Shown) -> None:
    for block in page.blocks:
        own = len(block.text) - block.linked
        if not block.heading and block.linked < own:
            mass = UNSPACED * own if not block.text.isascii() and unspaced(block.text) else own
            block.mass = mass if mass >= PROSE else 0


def _spread(page: Shown) -> None:
    """Sum the prose of every element."""
    for node in page.nodes:
        node.mass = 0.0
    for block in page.blocks:
        if not block.node.dropped:
            block.node.mass += block.mass
    for node in reversed(page.nodes):
        if node.parent is not None:
            node.parent.mass += node.mass


def _drop(page: Shown) -> None:
    """Mark what stands beside the article by its tag, its names, its first words, or as the caption of a picture."""
    small = SMALL * page.nodes[0].mass
    alike: dict[str, float] = {}  # one element may be small: what all of its names hold counts
    for node in page.nodes:
        if node.names:
            alike[node.names] = alike.get(node.names, 0.0) + node.mass
    chars = [0, *accumulate(len(b.text) for b in page.blocks)]
    h1s = _h1s(page)
    first = next((n for n, b in enumerate(page.blocks) if b.mass), 0)
    for node in page.nodes:
        if node.parent is not None and node.parent.dropped:
            node.dropped = True
        elif node.start == node.end:
            continue
        elif node.mass > small:  # comments may be longer than the article above them
            comments = node.start > first and h1s[node.end] == h1s[node.start]
            if comments and beside.says(node.names) & beside.OF_COMMENTS:
                _count_out(page, node.start, node.end)
        elif node.tag in _TEXT:
            node.dropped = bool(beside.says(node.names) & beside.OF_TEXT)
        elif node.tag in _APART:
            node.dropped = node.tag != "figure" or not node.rich
        elif h1s[node.end] == h1s[node.start]:
            size = chars[node.end] - chars[node.start]
            node.dropped = bool(
                (node.names and alike[node.names] <= small and beside.says(node.names) & beside.OF_BOX)
                or (node.tag not in _INSIDE and _is_box(page, node, size))
                or (node.tag not in _INSIDE and _is_caption(page, node, size))
            )


def _count_out(page: Shown, start: int, end: int) -> None:
    """Blocks that are no part of what is looked for: neither found nor missed."""
    for block in page.blocks[start:end]:
        block.mass = 0
        block.node.dropped = True


def _is_box(page: Shown, node: Node, size: int) -> bool:
    """Pointers to other stories, or an offer: begins with such words, and is short or has what such a box has."""
    if node.end - node.start < 2:
        return False
    first = page.blocks[node.start].text
    if beside.opens_box(first):
        return node.linked or size < BRIEF
    return (node.form or size < BRIEF) and beside.opens_offer(first)


def _is_caption(page: Shown, node: Node, size: int) -> bool:
    """A picture with a few words."""
    few = node.image and node.end - node.start <= 3 and size < 400
    return few and not any(b.heading for b in page.blocks[node.start : node.end])


def _within_whole(page: Shown) -> None:
    """Where an <article> with the page's headline holds a good part of its prose, the rest is other stories."""
    h1s, total = _h1s(page), page.nodes[0].mass
    for node in page.nodes:
        if node.tag == "article" and h1s[node.start] == 0 and _is_whole(node, h1s) and node.mass >= WHOLE * total:
            _count_out(page, node.end, len(page.blocks))
            _spread(page)
            return


def _best(page: Shown) -> Node | None:
    """The element with the most votes of the prose near below it. No vote leaves an <article> with its own headline."""
    h1s = _h1s(page)
    holder: dict[Node | None, Node] = {}
    for node in page.nodes:
        if node.mass:
            holder[node] = holder[node.parent] if node.tag in _INSIDE and node.parent is not None else node
    votes: dict[Node, float] = {}
    for block in page.blocks:
        if block.mass and not block.node.dropped:
            node_: Node | None = holder[block.node]
            for share in DECAY:
                if node_ is not None:
                    votes[node_] = votes.get(node_, 0.0) + share * block.mass
                    node_ = None if _is_whole(node_, h1s) else node_.parent
    return max(votes, key=lambda n: votes[n], default=None)


def _joined(page: Shown, best: Node) -> tuple[Node, set[int]]:
    """The container grown over neighbours that are prose too, and the blocks in it that are not. It does not grow out
    of an <article> or <main> with a headline of its own."""
    children: dict[Node | None, list[Node]] = {}
    for node in page.nodes:
        if node.mass and not node.dropped:
            children.setdefault(node.parent, []).append(node)
    h1s = _h1s(page)
    away: set[int] = set()
    others: list[Node] = []
    below = best
    while (parent := below.parent) is not None:
        if _is_whole(below, h1s):
            break
        beside_ = [c for c in children.get(parent, ()) if c is not below]
        prose = {c for c in beside_ if h1s[c.end] == h1s[c.start] and _is_prose(page, c)}
        gain = sum(c.mass for c in prose) + parent.mass - below.mass - sum(c.mass for c in beside_)  # + its own text
        if gain >= GAIN * best.mass:
            best = parent
            for other in (*others, *(c for c in beside_ if c not in prose)):
                away.update(range(other.start, other.end))
            others = []
        else:
            others += beside_
        below = parent
    return best, away


def _h1s(page: Shown) -> list[int]:
    """How many blocks before each are an h1."""
    return [0, *accumulate(b.node.tag == "h1" for b in page.blocks)]


def _is_whole(node: Node, h1s: list[int]) -> bool:
    """Whether an element is a whole article, with its headline."""
    return node.tag in ("article", "main") and h1s[node.end] > h1s[node.start]


def _is_prose(page: Shown, node: Node) -> bool:
    text = linked = mass = 0
    for b in page.blocks[node.start : node.end]:
        if not b.node.dropped:
            linked += b.linked
            text += 0 if b.heading else len(b.text)
            mass += len(b.text) if b.mass else 0
    return mass >= 0.6 * text > 0 and linked <= (0.25 if node.end - node.start > 1 else 0.4) * text
