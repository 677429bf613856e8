"""When an article was published and changed, out of several kinds of evidence that do not always agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from lxml import etree

from newslib.dates import When, parse
from newslib.extraction.head import Head
from newslib.extraction.parse import text_of

Evidence = Iterator[tuple[str, When]]  # (kind, when), best first

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "og:pubdate",
    "datepublished", "publishdate", "published", "published_time", "published_at", "publication_date", "pubdate",
    "article_date_original", "originalpublicationdate", "firstpublished", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "dcterms.available", "dc.date.publication",
    "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "rnews:datepublished", "article.created", "ptime", "date", "datecreated", "article:publication_date",
    "prism.publicationdate", "citation_publication_date", "last-published", "bt:pubdate", "gentime",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified",
    "article:updated_time", "datemodified", "lastmod", "last-modified", "last_updated", "modified_time",
    "dcterms.modified", "dc.date.modified", "article.updated", "utime",
)  # fmt: skip
_PUBLIC_WORDS = re.compile(r"publi|posted|veröff|erschien|created|issued|опублик|dodan|gepost|first|tarih", re.I)
_CHANGE_WORDS = re.compile(
    r"updat|modif|geändert|aktualis|mis[ea]? à jour|actuali|aggiorn|atuali|обнов|оновл|bijgewerkt|uppdat|opdat|zaktual|"
    r"güncel|更新|수정|최종|last[ -]",
    re.I,
)
_DATED_CLASSES = (
    "date", "Date", "datum", "Datum", "fecha", "data-", "ublish", "ublic", "ublié", "ublik", "time", "Time", "posted",
    "byline", "Byline", "meta", "Meta", "info", "tarih", "stamp", "heure",
)  # fmt: skip
_DATED = etree.XPath(
    "descendant::*[self::p or self::div or self::span or self::li or self::em or self::small or self::time or self::td]"
    f"[@class][{' or '.join(f'contains(@class, {word!r})' for word in _DATED_CLASSES)}][string-length() < 500]"
)
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/\-_.]?(0[1-9]|1[0-2])[/\-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_LOOKED_AT = 100  # elements


def dates(
    tree: etree._Element, head: Head, url: str, now: datetime | None = None
) -> tuple[When | None, When | None, str | None]:
    """(published, modified, the evidence that dated it: json-ld | meta | microdata | time | text | url | modified).

    The first evidence gives the day; where it lacks a clock or a zone, later evidence of the same day (a day off at
    most, as zones go) that has them completes it. A modification before publication is none; where nothing else dates
    a page, its modification does."""
    first, by = _agree(_published(tree, head, url, now))
    changed, _ = _agree(_modified(head, now))
    if first is None:
        return (changed, None, "modified") if changed else (None, None, None)
    if changed is not None and _before(changed, first):
        changed = None
    return first, changed, by


def _agree(evidence: Evidence) -> tuple[When | None, str | None]:
    best: tuple[When, str] | None = None
    for kind, when in evidence:
        if best is None or (
            _precision(when) > _precision(best[0]) and abs(_date(when) - _date(best[0])) <= timedelta(1)
        ):
            best = when, kind
        if _precision(best[0]) == 2:
            break
    return best or (None, None)


def _published(tree: etree._Element, head: Head, url: str, now: datetime | None) -> Evidence:
    for key in ("datePublished", "uploadDate", "dateCreated"):
        yield from _each("json-ld", head.article.get(key), now)
    for key in _PUBLISHED:
        yield from _each("meta", head.all(key), now)
    for name, el in head.items:
        if name in ("datepublished", "datecreated"):
            yield from _each("microdata", el.get("content") or el.get("datetime") or text_of(el), now)
    yield from _time_elements(tree, now)
    yield from _printed(tree, head.language, now)
    if match := _URL_DAY.search(url):
        yield from _each("url", "-".join(match.groups()), now)


def _modified(head: Head, now: datetime | None) -> Evidence:
    yield from _each("json-ld", head.article.get("dateModified"), now)
    for key in _MODIFIED:
        yield from _each("meta", head.all(key), now)
    for name, el in head.items:
        if name == "datemodified":
            yield from _each("microdata", el.get("content") or el.get("datetime") or text_of(el), now)


def _time_elements(tree: etree._Element, now: datetime | None) -> Evidence:
    """<time> of the article: those that say published first, those that say updated never; not of teasers in links."""
    found = []
    for n, el in enumerate(tree.iter("time")):
        if n == 50:
            break
        around = f"{el.get('class')} {el.get('itemprop')} {_context(el)}"
        if (
            _CHANGE_WORDS.search(around)
            or el.getparent() is None
            or any(a.tag in ("a", "aside", "footer", "nav") for a in el.iterancestors())
        ):
            continue
        said = el.get("pubdate") is not None or bool(_PUBLIC_WORDS.search(around))
        found.append((not said, not any(a.tag in ("article", "main") for a in el.iterancestors()), n, el))
    for *_, el in sorted(found, key=lambda f: f[:3])[:3]:
        yield from _each("time", el.get("datetime") or text_of(el), now)


def _printed(tree: etree._Element, language: str | None, now: datetime | None) -> Evidence:
    """A day in the short text of an element whose class speaks of dates or bylines. Of English, only the American kind
    puts the month first, and it cannot be told: there a date in digits is read only when it is unmistakable."""
    day_first = None if (language or "en").lower().startswith("en") else True
    for el in _DATED(tree)[:_LOOKED_AT]:
        text = text_of(el)
        if (
            5 < len(text) < 150
            and not _CHANGE_WORDS.search(text)
            and (when := parse(text, day_first=day_first, now=now))
        ):
            yield "text", when


def _context(el: etree._Element) -> str:
    parent = el.getparent()
    before = el.getprevious()
    words = [el.text or "", (parent.get("class") or "") if parent is not None else ""]
    if before is not None:
        words += [before.tail or "", before.text or ""]
    elif parent is not None:
        words.append(parent.text or "")
    return " ".join(w[:100] for w in words)


def _each(kind: str, value: object, now: datetime | None) -> Evidence:
    for text in (value if isinstance(value, list) else [value])[:5]:
        when = parse(str(text)[:100], now=now) if isinstance(text, (str, int)) and not isinstance(text, bool) else None
        if when:
            yield kind, when


def _precision(when: When) -> int:
    return 0 if when.instant is None else 1 if when.offset is None else 2


def _date(when: When) -> date:
    return date.fromisoformat(when.day)


def _before(a: When, b: When) -> bool:
    if a.instant and b.instant:
        return (
            a.instant < b.instant - timedelta(minutes=1)
            if a.offset and b.offset
            else a.instant < b.instant - timedelta(days=1)
        )
    return a.day < b.day
