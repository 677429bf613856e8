"""What the tests of the store share: invented pages and articles, and short ways to store them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newslib.article import Article
from newslib.page import Page
from newslib.store import Archive, Link

FETCHED = "2025-11-03T10:00:00Z"


def url(n: int | str = 1, host: str = "news.example") -> str:
    return f"https://{host}/articles/{n}"


def page(address: str, **known: Any) -> Page:
    body = known.pop("body", f"<p>The page at {address}</p>".encode())
    defaults: dict[str, Any] = {
        "status": 200,
        "headers": [("Content-Type", "text/html")],
        "raw": body,
        "fetched": FETCHED,
    }
    return Page(address, address, body=body, **(defaults | known))


def article(address: str, **known: Any) -> Article:
    defaults: dict[str, Any] = {"fetched_url": address, "title": "A title", "fetched": FETCHED, "source": "example"}
    return Article(url=address, **(defaults | known))


def paragraph(word: object) -> str:
    """A paragraph that is long enough to count, and different for each word."""
    return f"This paragraph is about {word}, says enough about it, and stands in no other article."


def store(archive: Archive, address: str, paragraphs: Sequence[str], **known: Any) -> Article:
    """Admit and store an article, wait for the commit."""
    made = article(address, **known)
    assert archive.admit(made, list(paragraphs)) != "unchanged"
    done: Article = archive.store(made, page(address), url=address).result(10)
    return done


def link(address: str, **known: Any) -> Link:
    return Link(url=address, **({"source": "example", "via": "feed", "found_url": "https://news.example/feed"} | known))


def clean(archive: Archive) -> bool:
    """Whether verify is clean; its failures are shown when it is not."""
    result = archive.verify()
    assert result["ok"], {name: check["failures"] for name, check in result["checks"].items() if not check["ok"]}
    return True
