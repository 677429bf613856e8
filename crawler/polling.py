"""What a crawl and `scrapy sources check` share: how a way into a source is read, and what a home page leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from newslib.discovery import (
    COMMON_FEEDS,
    COMMON_SITEMAPS,
    Candidate,
    NotAFeed,
    NotASitemap,
    Ways,
    find_ways,
    parse_feed,
    parse_sitemap,
    section_links,
)
from newslib.urls import absolute

if TYPE_CHECKING:
    from scrapy.http import Response

    from newslib.config import Source

UNREADABLE = (NotAFeed, NotASitemap)
"""What `read` raises; its text is a line for the user."""

MOST = 50
"""Feeds, and sitemaps, that a home page is believed to have."""


@dataclass(frozen=True)
class Way:
    """A way into a source, as a crawl asks for it."""

    source: Source
    kind: str  # feed | sitemap | child (of a sitemap index) | section | home
    url: str
    depth: int = 0  # of a child
    guess: bool = False  # at a common place, of which nothing is said when it is not there
    found_before: bool = False  # of a home page: ways were found by an earlier run, so none are guessed

    @property
    def via(self) -> str:
        """How its articles are found, as their records say it."""
        return {"feed": "feed", "sitemap": "sitemap", "child": "sitemap"}.get(self.kind, "home")


@dataclass
class Listing:
    """What a way in lists. `sitemaps`: the children of an index; `ways`: what a home page names."""

    kind: str  # rss | atom | rdf | json | sitemap | index | html
    candidates: list[Candidate] = field(default_factory=list)
    sitemaps: list[Candidate] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)


def read(way: str, body: bytes, url: str, content_type: str | None) -> Listing:
    """Read what a way in answered. `way`: feed | sitemap | section | home. Raises NotAFeed, NotASitemap."""
    if way == "feed":
        feed = parse_feed(body, url, content_type)
        return Listing(feed.kind, feed.candidates, errors=feed.errors)
    if way == "sitemap":
        sitemap = parse_sitemap(body, url, content_type)
        kind = "index" if sitemap.sitemaps else "sitemap"
        return Listing(kind, sitemap.candidates, sitemap.sitemaps, sitemap.errors)
    links = section_links(body, url, content_type)
    named = find_ways(body, url, content_type) if way == "home" else Ways()
    return Listing("html", links, ways=Ways(named.feeds[:MOST], named.sitemaps[:MOST]))


async def ways_from_home(crawler: Any, url: str, ways: Ways, guess: bool) -> list[tuple[str, str, bool]]:
    """Kind (feed | sitemap) and URL of the ways into the site of a home page at `url`, which names `ways`, with those
    that its robots.txt names; the third says that it is no more than a guess at a common place (with `guess`, for a
    kind of which none is named)."""
    robots = await crawler.robots.rules(*urlsplit(url)[:2])
    named = [found for s in (robots.sitemaps if robots else ()) if (found := absolute(s, url))]
    result = []
    for kind, urls, common in (
        ("feed", ways.feeds, COMMON_FEEDS),
        ("sitemap", [*named, *ways.sitemaps], COMMON_SITEMAPS),
    ):
        guesses = [found for path in common if (found := absolute(path, url))] if guess and not urls else []
        result += [(kind, found, not urls) for found in dict.fromkeys(urls or guesses)]
    return result


def given_ways(source: Source) -> list[tuple[str, str]]:
    """Kind and URL of the ways in that a source's file gives."""
    kinds = (("feed", source.feeds), ("sitemap", source.sitemaps), ("section", source.sections))
    return [(kind, url) for kind, urls in kinds for url in urls]


def header(response: Response, name: str) -> str | None:
    """A header of an answer as text, None when it has none."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
