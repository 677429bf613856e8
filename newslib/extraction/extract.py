"""One page: bytes in, `Extracted` out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from newslib.extraction.blocks import Shown, shown
from newslib.extraction.body import body
from newslib.extraction.embedded import from_state, paragraphs, scripts
from newslib.extraction.encoding import decode
from newslib.extraction.head import Head, read_head
from newslib.extraction.language import detect
from newslib.extraction.metadata import Metadata, canonical, metadata
from newslib.extraction.outcome import LITTLE, UNSPACED, outcome, paid_for
from newslib.extraction.parse import parse
from newslib.extraction.prune import strip
from newslib.extraction.relevance import everything
from newslib.paragraphs.normalise import normalise
from newslib.text import unspaced

if TYPE_CHECKING:
    from newslib.topics import Gate

TEASER = 1200  # characters under which the text of a page that calls itself paid for is its teaser


@dataclass(slots=True)
class Extracted(Metadata):
    """What a page says and what it is; picklable."""

    language: str | None = None  # BCP 47
    language_score: float | None = None
    paragraphs: list[str] = field(default_factory=list)  # clean, not empty, no line break inside
    body: str = "full"  # full | teaser
    extractor: str = ""
    outcome: str | None = None  # empty | soft-404 | blocked | off-topic when no article was read
    reason: str | None = None


def extract(
    body: bytes,
    url: str,
    content_type: str | None = None,
    hint_language: str | None = None,
    gate: Gate | None = None,
    known: str = "",
) -> Extracted:
    """Read one page.

    `content_type` is the HTTP header as sent (its charset counts), `hint_language` what the feed or source says, for
    texts too short to tell. With a `gate` (newslib.topics.Gate), a page that cannot match is not read any further than
    to its `canonical`: its outcome is `off-topic`; `known` is what the feed said of it, which counts.
    Never raises for what a page holds: a page without an article has an `outcome` and a `reason`, and keeps whatever
    else was read. Only MemoryError passes through.
    """
    tree = parse(decode(body, content_type))
    if tree is None:
        return Extracted(extractor=_extractor(), outcome="empty", reason="no HTML to read")
    head = read_head(tree)
    prose = _prose(tree)
    # A page with little to read is read in any case: it may be a wall, or not found.
    if gate is not None and prose >= LITTLE and not gate.may_match(everything(tree, head, known)):
        return Extracted(extractor=_extractor(), canonical=canonical(head), outcome="off-topic")
    state, page = scripts(tree) if prose < LITTLE else [], shown(tree)
    strip(tree)
    found = Extracted(extractor=_extractor())
    for name, value in _items(metadata(tree, head, url, _lines(page))):
        setattr(found, name, value)
    found.paragraphs, problem = _paragraphs(page, tree, head, found, state)
    text = "\n".join(found.paragraphs)
    found.language, found.language_score = detect(text, head.language or hint_language)
    found.outcome, found.reason = outcome(tree, found.title, text)
    if found.outcome == "empty" and problem:
        found.reason = problem
    if len(text) < TEASER * (UNSPACED if unspaced(text) else 1):
        if found.paywalled is None and found.outcome is None and paid_for(_lines(page)):
            found.paywalled = True
        found.body = "teaser" if found.paywalled else "full"
    return found


def _prose(tree: etree._Element) -> int:
    """Characters in paragraphs of a page, as far as LITTLE."""
    size = 0
    for p in tree.iter("p"):
        size += len("".join(p.itertext()))
        if size >= LITTLE:
            break
    return size


def warm_up() -> None:
    """Load what the first page would have to wait for."""
    extract(
        b"<html><body><article>" + b"<p>A sentence that is long enough to be read.</p>" * 9 + b"</article></body>", ""
    )


def _paragraphs(
    page: Shown, tree: etree._Element, head: Head, meta: Metadata, state: list[str]
) -> tuple[list[str], str | None]:
    """The article's paragraphs without its headline, and what went wrong if something did. A page that only its data
    can be read of (it is drawn by a script) is read there."""
    problem = None
    try:
        blocks = body(page, tree, [t for t in (meta.title, *head.claims) if t], head.descriptions, meta.authors)
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # whatever a hostile page makes of a reader, its paragraphs can still be read
        blocks = [b for b in page.blocks if 2 * b.linked < len(b.text) and not b.heading]
        problem = f"extraction failed: {type(error).__name__}: {error}"[:200]
    same = normalise(meta.title or "")
    found = [b.text for b in blocks if not b.heading or normalise(b.text) != same]
    body_text = head.article.get("articleBody")
    if isinstance(body_text, str):
        found = _longer(found, paragraphs(body_text))
    if state and sum(map(len, found)) < LITTLE:
        found = _longer(found, from_state(state))
    return found, problem


def _lines(page: Shown) -> list[str]:
    """What may be bylines: the text from a little above the headline on."""
    h1 = next((n for n, b in enumerate(page.blocks) if b.node.tag == "h1"), 0)
    return [b.text for b in page.blocks[max(0, h1 - 4) : h1 + 60]]


def _longer(found: list[str], other: list[str]) -> list[str]:
    """What a page shows, unless its data hold more than twice as much."""
    return other if sum(map(len, other)) > 2 * sum(map(len, found)) else found


def _items(meta: Metadata) -> list[tuple[str, object]]:
    return [(f.name, getattr(meta, f.name)) for f in fields(meta)]


@cache
def _extractor() -> str:
    """Which programs read the page, with their versions."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        own = version("news-archive-crawler")
    except PackageNotFoundError:
        own = "0"
    return f"news-archive-crawler {own}, trafilatura {version('trafilatura')}"
