"""What the tests of the reader share: an archive of the demo newsroom's articles, made without a crawl."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.demo.content import load
from newslib.article import Article
from newslib.store import Archive, Link

TOPIC = {"id": "russia-north-korea", "version": "0" * 16, "score": 0.5, "terms": []}
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)


def record(url: str, **known: Any) -> Article:
    fields: dict[str, Any] = {
        "fetched_url": url,
        "fetched": "2025-11-20T12:00:00Z",
        "source": "example",
        "title": "A title",
    }
    return Article(url=url, **(fields | known))


def put(archive: Archive, article: Article, text: str) -> Article:
    """Store an article with these paragraphs (a blank line between), without a page."""
    assert archive.admit(article, text.split("\n\n")) in ("new", "version")
    stored: Article = archive.store(article, None, url=article.url).result(10)
    return stored


def demo_archive(path: Path) -> Path:
    """All articles of the demo newsroom, on topic or not, as its pages have them."""
    with Archive(path, write=True) as archive:
        outlets = load(NOW)
        archive.begin([o.id for o in outlets], {}).result(10)
        for outlet in outlets:
            for one in reversed(outlet.out()):
                if one.answer not in ("", "paywall"):
                    continue
                article = record(
                    f"https://{outlet.host}.example{one.path}",
                    title=one.title,
                    source=outlet.id,
                    publisher=outlet.name,
                    country=outlet.country,
                    language=outlet.language,
                    authors=[one.author] if one.author else [],
                    published=one.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    day=one.published.strftime("%Y-%m-%d"),
                    topics=[TOPIC] if one.on_topic else [],
                )
                archive.discover([Link(url=article.url, source=outlet.id, via="feed")]).result(10)
                put(archive, article, "\n\n".join(outlet.shown(one)))
    return path
