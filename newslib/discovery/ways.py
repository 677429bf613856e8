"""Ways into an outlet from one of its pages: the feeds and sitemaps it names, and links that look like articles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree

from newslib.discovery.candidate import Candidate
from newslib.discovery.markup import plain
from newslib.extraction.encoding import decode
from newslib.urls import absolute, canonical, host, registered_domain

COMMON_FEEDS = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed/",
    "/rss/",
    "/feeds/posts/default",
    "/feed.json",
)
"""Where feeds are when a page names none: WordPress, Ghost, Hugo and Jekyll, Drupal, Blogger."""

COMMON_SITEMAPS = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap.xml.gz",
)
"""Where sitemaps are when robots.txt names none: sitemaps.org, Yoast and others for WordPress."""

_FEED_TYPES = re.compile(r"\s*application/(?:(?:rss|atom|rdf)\+xml|feed\+json)\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_COMMENTS = re.compile(
    r"comments?\b|kommentare?\b|comentarios?\b|commentaires?\b|comentários?\b|комментари|댓글|コメント", re.IGNORECASE
)

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|mp[34g]|m4[av]|webm|avi|mov|ogg|wav|zip|gz|rar|exe|apk|docx?|xlsx?|pptx?|epub|xml|rss|atom|"
    r"json|js|css|txt|ics)$",
    re.IGNORECASE,
)
# Segments of lists, forms and service pages.
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|themen?|temas?|tagged|categor(?:y|ies|ia|ias)|kategorien?|rubriki?|authors?|autor(?:en|es)?|people|profile|users?|"
    r"account|login|log-in|signin|sign-in|signup|register|registration|logout|subscri(?:be|ptions?)|abo|search|suche|recherche|buscar|"
    r"page|about(?:-us)?|contacts?|contact-us|kontakt|impressum|datenschutz|privacy(?:-policy)?|terms(?:-[a-z-]+)?|cookies?(?:-[a-z]+)?|"
    r"legal|agb|advertis(?:e|ing)|newsletters?|rss|feeds?|sitemap|help|faq|jobs|careers|shop|print|share|wp-(?:admin|content|login|json)[^/]*|cdn-cgi)"
    r"(?:\.[a-z]+)?(?=/|$)",
    re.IGNORECASE,
)
_DATED = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?=[/-]|\d\d)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{5,}|(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,}(?![A-Za-z0-9])")
_ID = re.compile(
    r"(?:^|&)(?:[a-z_]*(?:id|idx|idxno|seq|no|num)|p|story|article|aid|nid|doc)=[A-Za-z0-9._-]*\d", re.IGNORECASE
)
_SLUG = re.compile(r"[^-_.]+(?:[-_][^-_.]+){2,}")


@dataclass(slots=True)
class Ways:
    """`feeds`, `sitemaps`: absolute addresses, in the order they are worth trying, each once."""

    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


def find_ways(body: bytes, url: str, content_type: str | None = None) -> Ways:
    """The feeds and sitemaps that a page names in `<link rel="alternate">` and `<link rel="sitemap">`, feeds of
    comments last.

    What it doesn't name may still be at COMMON_FEEDS and COMMON_SITEMAPS, paths from the root of the host. Never
    raises.
    """
    tree, base = _page(body, url, content_type)
    found: dict[str, bool] = {}
    sitemaps: list[str] = []
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        target = absolute(link.get("href") or "", base)
        if not target or not link.get("href").strip():
            continue
        if "sitemap" in rel:
            sitemaps.append(target)
        elif "alternate" in rel and _FEED_TYPES.fullmatch(link.get("type") or ""):
            found.setdefault(target, bool(_COMMENTS.search(f"{link.get('title') or ''} {target}")))
    return Ways(sorted(found, key=lambda feed: found[feed]), list(dict.fromkeys(sitemaps)))


def section_links(body: bytes, url: str, content_type: str | None = None) -> list[Candidate]:
    """Links of a home or section page that look like articles of the same outlet, in the page's order, each once.

    The link's text is the title (of several links to one article the first text). Looks like an article: a date, an
    identifier or three words in a slug, and no list, form or file. Never raises; linear in the size of the page.
    """
    tree, base = _page(body, url, content_type)
    own = canonical(url) or url
    site = registered_domain(own) or host(own)
    found: dict[str, Candidate] = {}
    for link in tree.iter("a"):
        target = absolute((link.get("href") or "").strip() or "#", base)
        key = canonical(target) if target else None
        if target is None or key is None or key == own:
            continue
        if key not in found:
            if (registered_domain(key) or host(key)) != site or not looks_like_article(key):
                continue
            found[key] = Candidate(target)
        candidate = found[key]
        if candidate.title is None:
            # Nested links of a broken page share their text: only so much is looked at.
            candidate.title = plain("".join(islice(link.itertext(), 50))[:2000] or link.get("title"), 300)
    return list(found.values())


def looks_like_article(url: str) -> bool:
    """Whether a canonical address has the shape of an article's, by its path and query alone."""
    path, _, query = url.partition("//")[2].partition("?")
    path = path[path.find("/") :] if "/" in path else "/"
    if _NO_ARTICLE.search(path) or _FILE.search(path):
        return False
    if _DATED.search(path) and path.rstrip("/").count("/") > 1:
        return bool(re.search(r"[^\d/]", _DATED.sub("", path)))
    segments = [s for s in path.split("/") if s]
    if any(_NUMBER.search(s) for s in segments):
        return True
    if query and _ID.search(query):
        return True
    last = re.sub(r"\.[a-z]{2,5}$", "", segments[-1]) if segments else ""
    return bool(_SLUG.fullmatch(last)) and len(last) >= 15


def _page(body: bytes, url: str, content_type: str | None) -> tuple[Any, str]:
    """The page as a tree, and what its links are relative to."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, remove_comments=True, huge_tree=True)
    text = decode(body, content_type).replace("\0", "")
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    try:
        tree = etree.fromstring(text.encode(), parser) if text.strip() else None
    except etree.XMLSyntaxError:
        tree = None
    if tree is None:
        tree = etree.Element("html")
    base = next((absolute(b.get("href"), url) for b in tree.iter("base") if b.get("href")), None)
    return tree, base or url
