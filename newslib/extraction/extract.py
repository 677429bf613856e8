"""One page: bytes in, `Extracted` out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache

from newslib.extraction.encoding import decode
from newslib.extraction.head import Head, read_head
from newslib.extraction.language import detect
from newslib.extraction.metadata import Metadata, metadata
from newslib.extraction.outcome import outcome
from newslib.extraction.parse import parse
from newslib.extraction.prune import prune
from newslib.paragraphs.normalise import normalise

TEASER = 1200  # characters under which the text of a page that calls itself paid for is its teaser


@dataclass(slots=True)
class Extracted(Metadata):
    """What a page says and what it is; picklable."""

    language: str | None = None  # BCP 47
    language_score: float | None = None
    paragraphs: list[str] = field(default_factory=list)  # clean, not empty, no line break inside
    body: str = "full"  # full | teaser
    extractor: str = ""
    outcome: str | None = None  # empty | soft-404 | blocked when the page holds no article
    reason: str | None = None


def extract(body: bytes, url: str, content_type: str | None = None, hint_language: str | None = None) -> Extracted:
    """Read one page.

    `content_type` is the HTTP header as sent (its charset counts), `hint_language` what the feed or source says, for
    texts too short to tell. Never raises for what a page holds: a page without an article has an `outcome` and a
    `reason`, and keeps whatever else was read. Only MemoryError passes through.
    """
    tree = parse(decode(body, content_type))
    if tree is None:
        return Extracted(extractor=_extractor(), outcome="empty", reason="no HTML to read")
    head = read_head(tree)
    prune(tree)
    found = Extracted(extractor=_extractor())
    for name, value in _items(metadata(tree, head, url)):
        setattr(found, name, value)
    blocks, problem = _blocks(tree, head)
    same = normalise(found.title or "")
    found.paragraphs = [text for kind, text in blocks if kind != "head" or normalise(text) != same]
    text = "\n".join(found.paragraphs)
    found.language, found.language_score = detect(text, head.language or hint_language)
    found.outcome, found.reason = outcome(tree, found.title, text)
    if found.outcome == "empty" and problem:
        found.reason = problem
    if found.paywalled and len(text) < TEASER:
        found.body = "teaser"
    return found


def warm_up() -> None:
    """Load what the first page would have to wait for."""
    extract(
        b"<html><body><article>" + b"<p>A sentence that is long enough to be read.</p>" * 9 + b"</article></body>", ""
    )


def _blocks(tree: object, head: Head) -> tuple[list[tuple[str, str]], str | None]:
    """The article's blocks, and what went wrong if something did. A page that only its structured data can be read of
    (it is drawn by a script) is read there."""
    from newslib.extraction.body import body, from_structured, plainly

    problem = None
    try:
        blocks = body(tree)
    except MemoryError:
        raise
    except Exception as error:  # whatever a hostile page makes of the extractor, its paragraphs can still be read
        blocks, problem = plainly(tree), f"extraction failed: {type(error).__name__}: {error}"[:200]
    stated = head.article.get("articleBody")
    if isinstance(stated, str) and len(stated) > 2 * sum(len(text) for _, text in blocks):
        blocks = from_structured(stated) or blocks
    return blocks, problem


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
