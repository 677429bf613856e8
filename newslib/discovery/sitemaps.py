"""Sitemaps (sitemaps.org, Google's news sitemaps), indexes of them, and plain lists of addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newslib import dates
from newslib.discovery.candidate import Candidate, Errors
from newslib.discovery.feeds import NotAFeed, language_tag, parse_feed
from newslib.discovery.gzipped import gunzip
from newslib.discovery.markup import MAX_ENTRIES, Element, local, plain, read_xml, text_of, to_text
from newslib.urls import absolute

_ROOT = re.compile(r"<(?:[\w-]+:)?(urlset|sitemapindex|rss|rdf|feed|html)(?=[\s/>])", re.IGNORECASE)
_ENTRIES = frozenset(("url", "sitemap"))
_MORE = "more than 50,000 entries, which no sitemap may have: the rest was not read"


class NotASitemap(ValueError):  # noqa: N818 - it says what the file is, not what went wrong
    """The bytes are no sitemap; the message says in one line what they are."""


@dataclass(slots=True)
class Sitemap:
    """`candidates`: pages; `sitemaps`: the children of an index, `updated` = its lastmod. `errors`: a line each."""

    candidates: list[Candidate] = field(default_factory=list)
    sitemaps: list[Candidate] = field(default_factory=list)
    errors: Errors = field(default_factory=Errors)


def parse_sitemap(body: bytes, url: str, content_type: str | None = None) -> Sitemap:
    """Read a sitemap, an index, a list of addresses or a feed that serves as one (sitemaps.org, "Other Sitemap
    formats").

    gzip is told by its bytes, whatever the name says, and read to 10 MB. At most 50,000 entries are read.
    `url`: where it was fetched, for relative addresses. Raises NotASitemap.
    """
    body, error = gunzip(body)
    text = to_text(body, content_type)
    root = _ROOT.search(text)
    kind = root[1].lower() if root else ""
    if root is not None and kind in ("urlset", "sitemapindex"):
        sitemap = _xml(text[root.start() :], url)
    elif kind in ("rss", "rdf", "feed"):
        try:
            feed = parse_feed(body, url, content_type)
        except NotAFeed as reason:
            raise NotASitemap(str(reason)) from None
        sitemap = Sitemap(feed.candidates, [], feed.errors)
    elif text[:4].lower() == "http" and kind != "html":
        sitemap = _list(text)
    else:
        raise NotASitemap(
            "this is an HTML page"
            if kind == "html"
            else "this is neither XML of a sitemap nor a list of addresses"
            if text
            else "the file is empty"
        )
    if error:
        sitemap.errors.insert(0, error)
    return sitemap


def _xml(text: str, url: str) -> Sitemap:
    _, entries, well_formed = read_xml(text, _ENTRIES)
    sitemap = Sitemap()
    if not well_formed:
        sitemap.errors.append("the file is not well-formed XML: each entry was read for itself")
    for number, entry in enumerate(entries, start=1):
        if number > MAX_ENTRIES:
            sitemap.errors.insert(0, _MORE)
            break
        known: dict[str, Element] = {}
        for element in entry:
            known.setdefault(local(element), element)
        loc = text_of(known["loc"]).strip() if "loc" in known else ""
        found = absolute(loc, url) if loc else None
        if found is None:
            sitemap.errors.add(f"entry {number} has no address of a page")
            continue
        candidate = Candidate(found)
        if "lastmod" in known:
            candidate.updated = dates.parse(text_of(known["lastmod"]))
        if local(entry) == "sitemap":
            sitemap.sitemaps.append(candidate)
            continue
        if "news" in known:
            _news(known["news"], candidate)
        sitemap.candidates.append(candidate)
    return sitemap


def _news(news: Element, candidate: Candidate) -> None:
    known = {local(e): e for e in news.iter()}
    candidate.title = plain(text_of(known["title"])) if "title" in known else None
    candidate.published = dates.parse(text_of(known["publication_date"])) if "publication_date" in known else None
    candidate.language = language_tag(text_of(known["language"])) if "language" in known else None


def _list(text: str) -> Sitemap:
    sitemap = Sitemap()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if len(sitemap.candidates) == MAX_ENTRIES:
            sitemap.errors.insert(0, _MORE)
            break
        found = absolute(line) if " " not in line.strip() else None
        if found:
            sitemap.candidates.append(Candidate(found))
        else:
            sitemap.errors.add(f"line {number} is no address")
    return sitemap
