"""What a page's head and structured data claim, read once before the tree is pruned."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml import etree

from newslib.extraction import jsonld
from newslib.extraction.parse import text_of
from newslib.text import clean, clean_or_none

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ITEMS = etree.XPath("descendant::*[@itemprop]")
_MOST = 2000  # elements with an itemprop, links


@dataclass(frozen=True)
class Head:
    """`meta`: contents of <meta> by property, name, itemprop or http-equiv as `squash` writes it; `nodes`: JSON-LD
    objects; `article`: the one that describes this page's article, or {}; `title`: of <title>; `links`:
    (rel tokens, href); `language`: as the page states it, as written."""

    meta: dict[str, list[str]]
    nodes: list[jsonld.Node]
    article: jsonld.Node
    title: str | None
    links: list[tuple[list[str], str]]
    language: str | None
    items: list[tuple[str, etree._Element]]  # elements by itemprop (lower-case), where asked

    def one(self, *keys: str) -> str | None:
        """The first content of the first key that has one."""
        return next((v for k in keys for v in self.all(k)), None)

    def all(self, key: str) -> list[str]:
        """The contents of a <meta>; none is blank."""
        return self.meta.get(squash(key), [])

    def said(self, key: str) -> str | None:
        """The first string of a property of the article's JSON-LD."""
        return next(iter(jsonld.strings(self.article.get(key))), None)

    @cached_property
    def claims(self) -> list[str]:
        """The titles that the page's head claims, best first."""
        headline = self.said("headline") or (self.said("name") if jsonld.kind(self.article) != "WebPage" else None)
        return _clean(headline, self.one("og:title"), self.title, self.one("twitter:title"))

    @cached_property
    def descriptions(self) -> list[str]:
        """What the page's head says the article is about, best first."""
        stated = (self.one("og:description"), self.said("description"), self.one("description"))
        return _clean(*stated, self.one("twitter:description"))

    @cached_property
    def sites(self) -> list[str]:
        """Names the outlet goes by."""
        given = [*self.all("og:site_name"), *self.all("application-name")]
        given += jsonld.strings(self.article.get("publisher"))
        for node in self.nodes:
            if re.search(r"Organization|WebSite", jsonld.kind(node)):
                given += jsonld.strings(node.get("name"))
        return list(dict.fromkeys(clean(s) for s in given))[:20]


def read_head(tree: etree._Element) -> Head:
    meta: dict[str, list[str]] = {}
    for el in tree.iter("meta"):
        content = el.get("content")
        if content and content.strip():
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                if key := el.get(attribute):
                    meta.setdefault(squash(key), []).append(content)
    nodes = jsonld.nodes(tree)
    titles = next((el for el in tree.iter("title") if not any(a.tag == "svg" for a in el.iterancestors())), None)
    title = (text_of(titles) or None) if titles is not None else None
    article = jsonld.article(nodes, next(iter(meta.get("ogtitle", ())), title))
    spoken = (
        tree.get("lang"),
        tree.get(_XML_LANG),
        next(iter(meta.get("contentlanguage", ())), None),
        next(iter(jsonld.strings(article.get("inLanguage"))), None),
        next(iter(meta.get("oglocale", ())), None),
    )
    # Microdata is asked where JSON-LD leaves something to say: an author, a change, a clock.
    needed = not (article.get("author") and article.get("dateModified") and "T" in str(article.get("datePublished")))
    items = _ITEMS(tree) if needed else []
    return Head(
        meta=meta,
        nodes=nodes,
        article=article,
        title=title,
        links=[
            (rel.lower().split(), href)
            for el in tree.iter("link", "a")
            if (rel := el.get("rel")) and (href := el.get("href"))
        ][:_MOST],
        language=next((s for s in spoken if s and s.strip()), None),
        items=[(el.get("itemprop", "").strip().lower(), el) for el in items[:_MOST] if el.tag != "meta"],
    )


@lru_cache(maxsize=1024)
def squash(key: str) -> str:
    """A name without its punctuation and case: `article:published_time` and `article.publishedTime` are one."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _clean(*values: str | None) -> list[str]:
    return list(dict.fromkeys(text for value in values if (text := plain(value))))


def plain(value: str | None) -> str | None:
    """The clean text of a field that may carry escaped markup; None when nothing is left."""
    return clean_or_none(re.sub(r"</?[a-zA-Z][^<>]{0,300}>", " ", html.unescape(value))) if value else None
