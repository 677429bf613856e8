"""The newsroom's outlets and articles, read from outlets/*.toml. All names and events in them are invented."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "outlets"
FEEDS = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}
SITEMAPS = ("sitemap", "index", "news")

# What must become of an article whose address answers in a way of its own (`answer` in the TOML).
OUTCOMES = {
    "404": "not-found",
    "410": "gone",
    "403": "blocked",
    "close": "failed",
    "soft-404": "soft-404",
    "javascript": "empty",
    "private": "blocked-by-robots",
}
BY_FEED = (
    "not-found",
    "gone",
    "blocked",
    "blocked-by-robots",
)  # on topic, they become a record from what the feed said


@dataclass
class Way:
    """A way into an outlet: a feed, a sitemap or a section page."""

    path: str
    format: str  # rss | atom | rdf | json | sitemap | index | news | section
    items: int = 50  # the newest so many
    broken: bool = False  # with an entry that is not well-formed
    section: str | None = None  # only its articles


@dataclass
class Article:
    """An article as its outlet has it; the fields are the keys of [[article]]."""

    path: str
    title: str
    on_topic: bool
    hours: float  # published so many hours before the newsroom opened
    text: str = ""  # paragraphs, a blank line between
    summary: str = ""
    section: str = ""
    author: str = ""
    copies: str = ""  # host + path of the article whose paragraphs come first
    twice: int = 0  # so many of the last paragraphs come again at the end
    revised: str = ""  # the text after Newsroom.update()
    late: bool = False  # published by Newsroom.update()
    via: str = "all"  # all | feed | sitemap | none: where it is listed
    variants: list[str] = field(default_factory=list)  # other addresses of it in sitemaps; {path} is its own
    answer: str = ""  # how its address behaves; see Newsroom._article
    target: str = ""  # of a redirect
    charset: str = "utf-8"  # of the bytes, and what <meta> says
    http_charset: str = ""  # what the Content-Type header says, if not the same
    bom: bool = False  # a byte order mark, and no <meta charset>
    published: datetime = datetime.min
    updated: datetime = datetime.min

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs in the page's order, repeats included."""
        found = [p.strip() for p in self.text.strip().split("\n\n")]
        return found + found[len(found) - self.twice :]

    @property
    def lead(self) -> str:
        """What a feed says of it."""
        return self.summary or self.paragraphs[0]


@dataclass
class Outlet:
    """An outlet: a virtual host; the fields are the keys of its file."""

    host: str
    name: str
    language: str
    country: str
    layout: str  # the page template, outlets/LAYOUT.html
    meta: list[str]  # jsonld | opengraph: how its pages state title and date; [] = only <time>
    words: dict[str, str]  # home, related, footer: the few words of the template
    zone: str = "+00:00"
    tags: list[str] = field(default_factory=list)
    robots: str | None = None  # {base} is its address; None: 404
    about: str = ""  # a last paragraph under every article
    listed: bool = True  # False: a sources file gives only `site`, the ways in are found
    gzip: bool = False
    chunked: bool = False
    ways: list[Way] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    base: str = ""  # http://host:port

    @property
    def id(self) -> str:
        return self.host.split(".")[0]

    @property
    def timezone(self) -> timezone:
        hours, minutes = self.zone[1:].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if self.zone[0] == "-" else offset)

    def url(self, path: str) -> str:
        return self.base + path

    def shown(self, article: Article) -> list[str]:
        """The paragraphs on an article's page."""
        if article.answer == "paywall":
            return article.paragraphs[:1]
        return article.paragraphs + ([self.about] if self.about else [])

    def out(self) -> list[Article]:
        """What is published, newest first."""
        return sorted((a for a in self.articles if not a.late), key=lambda a: (a.published, a.path), reverse=True)

    def listing(self, way: Way) -> list[Article]:
        """What a way in lists."""
        kind = "feed" if way.format in FEEDS else "sitemap" if way.format in SITEMAPS else "all"
        listed = [a for a in self.out() if a.via in ("all", kind) and (not way.section or a.section == way.section)]
        return listed[: way.items]


@dataclass(frozen=True)
class Expected:
    """What must become of an address when everything that is listed was crawled."""

    outcome: str  # an outcome of the ledger
    on_topic: bool
    body: str | None  # of its record: full | teaser | feed; None: no record
    published: datetime
    title: str
    paragraphs: tuple[str, ...]  # of the page, in order, repeats and boilerplate included
    fetched_url: str  # where the page is: the end of a redirect, else the address itself


def expected(outlet: Outlet, article: Article) -> Expected:
    """What must become of an article's address."""
    outcome = OUTCOMES.get(article.answer, "stored" if article.on_topic else "off-topic")
    body = None
    if outcome == "stored":
        body = "teaser" if article.answer == "paywall" else "full"
    elif article.on_topic and outcome in BY_FEED:
        body = "feed"
    page = next((a for a in outlet.articles if a.path == article.target), article)
    paragraphs = tuple(outlet.shown(page)) if outcome in ("stored", "off-topic") else ()
    url = outlet.url(page.path)
    return Expected(outcome, article.on_topic, body, article.published, article.title, paragraphs, url)


def load(now: datetime, folder: Path = FOLDER) -> list[Outlet]:
    """The outlets of a folder, by file name; articles are dated back from `now`. A misspelt key raises TypeError."""
    outlets = [_outlet(path, now.astimezone(UTC).replace(microsecond=0)) for path in sorted(folder.glob("*.toml"))]
    every = {o.host + a.path: a for o in outlets for a in o.articles}
    for article in every.values():
        if article.copies:
            article.text = every[article.copies].text.strip() + "\n\n" + article.text.strip()
    return outlets


def _outlet(path: Path, now: datetime) -> Outlet:
    keys = tomllib.loads(path.read_text(encoding="utf-8"))
    keys["ways"] = [_make(Way, w) for w in keys.pop("way", [])]
    keys["articles"] = [_make(Article, a) for a in keys.pop("article", [])]
    outlet: Outlet = _make(Outlet, keys)
    for article in outlet.articles:
        article.published = article.updated = now - timedelta(hours=article.hours)
    return outlet


def _make(kind: Any, keys: dict[str, Any]) -> Any:
    unknown = set(keys) - {f.name for f in fields(kind)}
    if unknown:
        raise TypeError(f"no such key of {kind.__name__}: {', '.join(sorted(unknown))}")
    return kind(**keys)
