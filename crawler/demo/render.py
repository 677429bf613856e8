"""The newsroom's pages, as bytes: articles, home and section pages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from html import escape
from string import Template

from crawler.demo.content import FEEDS, FOLDER, Article, Outlet


def page(outlet: Outlet, article: Article) -> bytes:
    """An article page in its outlet's layout and the article's character set."""
    others = [a for a in outlet.out() if a is not article and a.via in ("all", "feed")][:4]
    charset = "" if article.bom else f'<meta charset="{article.charset}">'
    byline = f'<span class="author" rel="author">{escape(article.author)}</span>' if article.author else ""
    wall = f'<div class="paywall"><a href="/subscribe">{escape(outlet.words["wall"])}</a></div>'
    text = _layout(outlet.layout).substitute(
        _common(outlet),
        head=charset + _meta(outlet, article),
        title=escape(article.title),
        lead=escape(article.lead),
        section=escape(article.section),
        byline=byline,
        time=f'<time datetime="{iso(outlet, article.published)}">{_local(outlet, article.published)}</time>',
        paragraphs="\n".join(f"<p>{escape(p, quote=False)}</p>" for p in outlet.shown(article)),
        wall=wall if article.answer == "paywall" else "",
        related=_links(others),
    )
    return (b"\xef\xbb\xbf" if article.bom else b"") + text.encode(article.charset, "xmlcharrefreplace")


def home(outlet: Outlet, articles: Iterable[Article], title: str) -> bytes:
    """The home page or a section page: headlines with leads, and where the feeds are."""
    alternates = "".join(
        f'<link rel="alternate" type="{FEEDS[w.format]}" title="{escape(outlet.name)}" href="{w.path}">'
        for w in outlet.ways
        if w.format in FEEDS
    )
    news = "\n".join(
        f'<article class="teaser"><h2><a href="{a.path}">{escape(a.title)}</a></h2><p>{escape(a.lead)}</p></article>'
        for a in articles
        if a.via in ("all", "feed")
    )
    common = _common(outlet)
    return (
        f'<!DOCTYPE html>\n<html lang="{outlet.language}" dir="{common["dir"]}"><head><meta charset="utf-8">'
        f'<title>{escape(title)}</title>{alternates}</head>\n<body><header><a href="/">{escape(outlet.name)}</a>'
        f"<nav>{common['nav']}</nav></header>\n<main>{news}</main>\n<footer>{common['footer']}</footer></body></html>\n"
    ).encode()


@cache
def _layout(name: str) -> Template:
    return Template((FOLDER / f"{name}.html").read_text(encoding="utf-8"))


def _common(outlet: Outlet) -> dict[str, str]:
    nav = [f'<a href="/">{escape(outlet.words["home"])}</a>']
    nav += [f'<a href="{w.path}">{escape(w.section or "")}</a>' for w in outlet.ways if w.format == "section"]
    return {
        "language": outlet.language,
        "dir": "rtl" if outlet.language in ("ar", "fa", "he", "ur") else "ltr",
        "outlet": escape(outlet.name),
        "nav": " ".join(nav),
        "related_title": escape(outlet.words["related"]),
        "footer": escape(outlet.words["footer"]),
    }


def _links(articles: list[Article]) -> str:
    return "\n".join(f'<li><a href="{a.path}">{escape(a.title)}</a></li>' for a in articles)


def _meta(outlet: Outlet, article: Article) -> str:
    url, published, updated = outlet.url(article.path), iso(outlet, article.published), iso(outlet, article.updated)
    tags = [f'<link rel="canonical" href="{url}">', f'<meta name="description" content="{escape(article.lead)}">']
    if "opengraph" in outlet.meta:
        tags += [
            f'<meta property="{k}" content="{escape(v)}">'
            for k, v in {
                "og:type": "article",
                "og:title": article.title,
                "og:url": url,
                "og:site_name": outlet.name,
                "article:published_time": published,
                "article:modified_time": updated,
            }.items()
        ]
    if "jsonld" in outlet.meta:
        about = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": published,
            "dateModified": updated,
            "inLanguage": outlet.language,
            "isAccessibleForFree": article.answer != "paywall",
            "mainEntityOfPage": url,
            "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        }
        if article.author:
            about["author"] = {"@type": "Person", "name": article.author}
        tags.append(f'<script type="application/ld+json">{json.dumps(about)}</script>')
    return "\n".join(tags)


def iso(outlet: Outlet, when: datetime) -> str:
    return when.astimezone(outlet.timezone).isoformat()


def _local(outlet: Outlet, when: datetime) -> str:
    return when.astimezone(outlet.timezone).strftime("%Y-%m-%d %H:%M")
