"""The newsroom's feeds and sitemaps, as bytes: RSS 2.0, Atom, RDF (RSS 1.0), JSON Feed; urlset, index, news sitemap."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import timedelta
from email.utils import format_datetime
from html import escape

from crawler.demo.content import FEEDS, SITEMAPS, Article, Outlet, Way
from crawler.demo.render import home, iso

RECENT = timedelta(hours=72)  # what goes into the first child of a sitemap index, counted from the newest article
BROKEN = "<item><title>Rates & fees &nbsp; <b>today</title><description>No address<pubDate>Someday</pubDate></item>\n"


def way(outlet: Outlet, entry: Way) -> tuple[str, bytes]:
    """The content type and the bytes of a feed, sitemap or section page."""
    articles = outlet.listing(entry)
    if entry.format == "section":
        return "text/html; charset=utf-8", home(outlet, articles, entry.section or outlet.name)
    content_type = "application/xml" if entry.format in SITEMAPS else f"{FEEDS[entry.format]}; charset=utf-8"
    return content_type, MAKERS[entry.format](outlet, entry, articles).encode()


def child(outlet: Outlet, entry: Way, name: str) -> bytes:
    """A gzipped child of a sitemap index: `recent` or `older`."""
    return gzip.compress(_sitemap(outlet, entry, _children(outlet.listing(entry))[name]).encode(), mtime=0)


def child_path(entry: Way, name: str) -> str:
    return f"{entry.path.removesuffix('.xml')}-{name}.xml.gz"


def _x(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text, quote=False)}</{tag}>"


def _newest(outlet: Outlet, articles: list[Article]) -> str:
    return iso(outlet, max(a.updated for a in articles))


def _rss(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    items = [
        f"<item>{_x('title', a.title)}{_x('link', outlet.url(a.path))}{_x('guid', outlet.url(a.path))}"
        f"{_x('description', a.lead)}{_x('category', a.section)}"
        f"{_x('pubDate', format_datetime(a.published.astimezone(outlet.timezone)))}</item>\n"
        for a in articles
    ]
    if entry.broken:
        items.insert(2, BROKEN)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{_x("title", outlet.name)}'
        f"{_x('link', outlet.url('/'))}{_x('description', outlet.name)}{_x('language', outlet.language)}\n"
        f"{''.join(items)}</channel></rss>\n"
    )


def _atom(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    entries = "".join(
        f'<entry>{_x("title", a.title)}<link rel="alternate" href="{outlet.url(a.path)}"/>'
        f"{_x('id', outlet.url(a.path))}{_x('published', iso(outlet, a.published))}"
        f"{_x('updated', iso(outlet, a.updated))}"
        f'<summary type="html">{escape(f"<p>{escape(a.lead)}</p>")}</summary></entry>\n'
        for a in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="{outlet.language}">{_x("title", outlet.name)}{_x("id", outlet.url("/"))}'
        f'<link rel="self" href="{outlet.url(entry.path)}"/>'
        f"{_x('updated', _newest(outlet, articles))}\n{entries}</feed>\n"
    )


def _rdf(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    order = "".join(f'<rdf:li rdf:resource="{outlet.url(a.path)}"/>' for a in articles)
    items = "".join(
        f'<item rdf:about="{outlet.url(a.path)}">{_x("title", a.title)}{_x("link", outlet.url(a.path))}'
        f"{_x('description', a.lead)}{_x('dc:date', iso(outlet, a.published))}</item>\n"
        for a in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{outlet.url("/")}">{_x("title", outlet.name)}{_x("link", outlet.url("/"))}'
        f"{_x('description', outlet.name)}{_x('dc:language', outlet.language)}<items><rdf:Seq>{order}</rdf:Seq></items>"
        f"</channel>\n{items}</rdf:RDF>\n"
    )


def _json(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    items = [
        {
            "id": outlet.url(a.path),
            "url": outlet.url(a.path),
            "title": a.title,
            "summary": a.lead,
            "date_published": iso(outlet, a.published),
            "date_modified": iso(outlet, a.updated),
        }
        for a in articles
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.url("/"),
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _urlset(entries: Iterable[str], more: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{more}>\n'
        f"{''.join(entries)}</urlset>\n"
    )


def _sitemap(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    addresses = [(a, path.format(path=a.path)) for a in articles for path in ("{path}", *a.variants)]
    return _urlset(
        f"<url>{_x('loc', outlet.url(path))}{_x('lastmod', iso(outlet, a.updated))}</url>\n" for a, path in addresses
    )


def _news(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    about = f"<news:publication>{_x('news:name', outlet.name)}{_x('news:language', outlet.language)}</news:publication>"
    return _urlset(
        (
            f"<url>{_x('loc', outlet.url(a.path))}{_x('lastmod', iso(outlet, a.updated))}<news:news>{about}"
            f"{_x('news:publication_date', iso(outlet, a.published))}{_x('news:title', a.title)}</news:news></url>\n"
            for a in articles
        ),
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
    )


def _children(articles: list[Article]) -> dict[str, list[Article]]:
    edge = articles[0].published - RECENT
    return {
        "recent": [a for a in articles if a.published >= edge],
        "older": [a for a in articles if a.published < edge],
    }


def _index(outlet: Outlet, entry: Way, articles: list[Article]) -> str:
    children = "".join(
        f"<sitemap>{_x('loc', outlet.url(child_path(entry, name)))}{_x('lastmod', _newest(outlet, listed))}</sitemap>\n"
        for name, listed in _children(articles).items()
        if listed
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{children}</sitemapindex>\n"
    )


MAKERS = {
    "rss": _rss,
    "atom": _atom,
    "rdf": _rdf,
    "json": _json,
    "sitemap": _sitemap,
    "index": _index,
    "news": _news,
}
