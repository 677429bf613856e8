"""What a page says of itself, decided among structured data, meta elements and what is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree

from newslib.article import Rights
from newslib.extraction import jsonld
from newslib.extraction.dating import dates
from newslib.extraction.head import Head, plain
from newslib.extraction.people import authors
from newslib.extraction.rights import absolute, rights
from newslib.extraction.titles import title
from newslib.text import clean_or_none

_TAGS, _TAG = 50, 100  # tags of one article, characters of one tag


@dataclass(slots=True)
class Metadata:
    """What is unknown is None, or [] for a list. Instants are `YYYY-MM-DDTHH:MM:SSZ`."""

    title: str | None = None
    description: str | None = None
    authors: list[str] = field(default_factory=list)
    published: str | None = None
    modified: str | None = None
    day: str | None = None  # YYYY-MM-DD as the page prints it
    utc_offset: str | None = None  # of `published`; None when the page gives a clock without a zone
    dated_by: str | None = None  # json-ld | meta | microdata | time | text | url | modified
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    image: str | None = None  # absolute URL
    paywalled: bool | None = None  # as the page states it
    rights: Rights = field(default_factory=lambda: Rights(tdm=None, ai=None, license=None))
    canonical: str | None = None  # the link as the page has it, not yet believed


def metadata(tree: etree._Element, head: Head, url: str, lines: list[str]) -> Metadata:
    """Read one page's metadata. `url` resolves relative links and may hold a date; `lines` of its text may be bylines.
    Never raises for bad input."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    published, modified, dated_by = dates(tree, head, url)
    return Metadata(
        title=title(tree, head.claims, map(plain, head.sites), host),
        description=next(iter(head.descriptions), None),
        authors=authors(tree, head, (host, host.split(".")[0]), lines),
        published=published.iso if published else None,
        modified=modified.iso if modified else None,
        day=published.day if published else None,
        utc_offset=published.offset if published else None,
        dated_by=dated_by,
        section=plain(head.said("articleSection") or head.one("article:section", "og:article:section", "section")),
        tags=_tags(head),
        image=absolute(head.one("og:image", "og:image:url") or _image(head) or head.one("twitter:image"), url),
        paywalled=_paywalled(head),
        rights=rights(head, url),
        canonical=canonical(head),
    )


def canonical(head: Head) -> str | None:
    """The address that the page gives itself, as written."""
    link = next((href for rel, href in head.links if "canonical" in rel), None)
    return clean_or_none(link) or clean_or_none(head.one("og:url"))


def _tags(head: Head) -> list[str]:
    values = (
        jsonld.strings(head.article.get("keywords"))
        or head.all("article:tag")
        or head.all("news_keywords")
        or head.all("keywords")
    )
    parts = re.split(r"[,;、，]", values[0]) if len(values) == 1 else values
    return list(dict.fromkeys(t for p in parts if (t := plain(p)) and len(t) <= _TAG))[:_TAGS]


def _image(head: Head) -> str | None:
    value = head.article.get("image")
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value if "url" in value or "contentUrl" in value else _named(head, value.get("@id"))
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else None


def _named(head: Head, id_: object) -> jsonld.Node:
    return next((n for n in head.nodes if n.get("@id") == id_ and ("url" in n or "contentUrl" in n)), {})


def _paywalled(head: Head) -> bool | None:
    """`isAccessibleForFree` (schema.org) of the article or a part of it, else a meta element's content tier."""
    for node in (head.article, *head.nodes):
        value = node.get("isAccessibleForFree")
        if isinstance(value, (bool, str)):
            return str(value).rsplit("/", 1)[-1].strip().lower() in ("false", "no", "0")
    tier = " ".join(v for k in ("article:content_tier", "content_tier", "paywall") for v in head.all(k)).lower()
    if re.search(r"locked|metered|premium|paid|\btrue\b", tier):
        return True
    return False if re.search(r"free|\bfalse\b", tier) else None
