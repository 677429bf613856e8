"""RSS, Atom, RDF and JSON feeds: bytes in, candidates out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from newslib import dates
from newslib.dates import When
from newslib.discovery.candidate import Candidate, Errors
from newslib.discovery.gzipped import gunzip
from newslib.discovery.markup import Element, local, plain, read_xml, text_of, to_text
from newslib.text import clean_or_none
from newslib.urls import absolute

_KINDS = {"rss": "rss", "channel": "rss", "rdf": "rdf", "feed": "atom"}
_ROOT = re.compile(r"<(?:[\w-]+:)?(rss|rdf|feed|channel|html|urlset|sitemapindex)(?=[\s/>])", re.IGNORECASE)
_ENTRIES = frozenset(("item", "entry"))
# Elements of an entry that speak of something else.
_OTHERS = frozenset(("source", "author", "contributor", "image", "group", "inreplyto"))
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NOT = {"html": "this is an HTML page", "urlset": "this is a sitemap", "sitemapindex": "this is a sitemap index"}
_SUMMARIES = ("description", "summary", "encoded", "content")
_PUBLISHED = ("pubdate", "published", "issued", "created", "date")
_UPDATED = ("updated", "modified")


class NotAFeed(ValueError):  # noqa: N818 - it says what the file is, not what went wrong
    """The bytes are no feed; the message says in one line what they are."""


@dataclass(slots=True)
class Feed:
    """`kind`: rss, atom, rdf or json. `errors`: what was wrong, a line each, at most a hundred."""

    kind: str
    title: str | None = None
    language: str | None = None
    candidates: list[Candidate] = field(default_factory=list)
    errors: Errors = field(default_factory=Errors)


def parse_feed(body: bytes, url: str, content_type: str | None = None) -> Feed:
    """Read a feed of any kind: RSS 0.9x and 2.0, RDF (RSS 1.0), Atom 0.3 and 1.0, JSON Feed 1.x; also gzipped.

    `url`: where it was fetched, for relative links. `content_type`: the HTTP header. A broken entry costs itself only
    and leaves a line in `errors`. Raises NotAFeed.
    """
    body, error = gunzip(body)
    text = to_text(body, content_type)
    if not text:
        raise NotAFeed("the file is empty")
    feed = _json(text, url) if text[0] == "{" else _xml(text, url)
    if error:
        feed.errors.insert(0, error)
    return feed


def language_tag(value: object) -> str | None:
    """A language tag of usual shape (`en_US` becomes `en-US`), or None."""
    tag = clean_or_none(value)
    return tag.replace("_", "-") if tag and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", tag) else None


def _xml(text: str, url: str) -> Feed:
    start = _ROOT.search(text)
    kind = start[1].lower() if start else ""
    if start is None or kind not in _KINDS:
        raise NotAFeed(_NOT.get(kind, "this is neither XML nor JSON of a feed"))
    root, entries, well_formed = read_xml(text[start.start() :], _ENTRIES)
    feed = Feed(_KINDS[kind])
    if not well_formed:
        feed.errors.append("the file is not well-formed XML: each entry was read for itself")
    base = url
    if root is not None:
        channel = next((e for e in root if local(e) == "channel"), root)
        header = _fields(channel, deep=False)
        feed.title = _text(header, "title")
        feed.language = _language(header, channel) or _language({}, root)
        base = _base(root, _base(channel, url)) or url
        site = next((absolute(text_of(e)) for e in header.get("link", ()) if absolute(text_of(e))), None)
        if base == url and site:
            base = site
    day_first = _day_first(feed.language)
    for number, entry in enumerate(entries, start=1):
        fields = _fields(entry, deep=not well_formed)
        link = _link(fields, entry, _base(entry, base))
        if link is None:
            feed.errors.add(f"entry {number} has no link to a page: {_text(fields, 'title') or 'untitled'}")
            continue
        published, updated = (_when(fields, names, day_first) for names in (_PUBLISHED, _UPDATED))
        if published is None and any(text_of(e).strip() for name in _PUBLISHED for e in fields.get(name, ())):
            feed.errors.add(f"entry {number} has a date that cannot be read: {link}")
        summary = next(filter(None, (_text(fields, name) for name in _SUMMARIES)), None)
        language = _language(fields, entry) or feed.language
        feed.candidates.append(Candidate(link, _text(fields, "title"), summary, published, updated, language))
    return feed


def _fields(entry: Element, deep: bool) -> dict[str, list[Element]]:
    """The elements that say something of an entry, by name. `deep`: of a file that is not well-formed, where an element
    that was never closed holds those that follow it."""
    fields: dict[str, list[Element]] = {}
    waiting = list(reversed(entry))
    while waiting:
        element = waiting.pop()
        name = local(element)
        if not name or name in _OTHERS or _foreign(element):
            continue
        fields.setdefault(name, []).append(element)
        if deep:
            waiting.extend(reversed(element))
    return fields


def _foreign(element: Element) -> bool:
    """Whether an element is of a vocabulary on pictures and sound, whose titles and links are not the entry's."""
    prefix = element.prefix or element.tag.rpartition(":")[0]
    return prefix in ("media", "itunes", "image", "video", "googleplay", "podcast") or "/mrss" in element.tag


def _text(fields: dict[str, list[Element]], name: str) -> str | None:
    return next(filter(None, (plain(text_of(e)) for e in fields.get(name, ()))), None)


def _base(element: Element, base: str) -> str:
    """What relative links in an element are relative to (XML Base)."""
    own = element.get(_XML + "base") or element.get("xml:base")
    return (absolute(own, base) if own else None) or base


def _link(fields: dict[str, list[Element]], entry: Element, base: str) -> str | None:
    """The address of the article. A redirecting service keeps the outlet's own in `feedburner:origLink`; a `guid` is an
    address unless it says not to be one (RSS 2.0), an Atom `id` when it is http."""
    links = fields.get("link", [])
    pages = [e for e in links if (e.get("rel") or "alternate").strip().lower() == "alternate" and e.get("href")]
    pages.sort(key=lambda e: "html" not in (e.get("type") or "html"))
    guids = [
        e for e in fields.get("guid", ()) if (e.get("isPermaLink") or e.get("ispermalink") or "").lower() != "false"
    ]
    about = next(
        (value for name, value in entry.attrib.items() if name.rpartition("}")[2].rpartition(":")[2] == "about"), ""
    )
    ways = (
        [(text_of(e), None) for e in fields.get("origlink", ())],
        [(text_of(e), _base(e, base)) for e in links],
        [(e.get("href"), _base(e, base)) for e in pages],
        [(text_of(e), None) for e in guids],
        [(text_of(e), None) for e in fields.get("id", ())],
        [(about, None)],
    )
    for way in ways:
        for given, relative_to in way:
            found = _address(given, relative_to)
            if found:
                return found
    return None


def _address(given: str, base: str | None) -> str | None:
    given = given.strip()
    if not given:
        return None
    if base and re.match(r"www\.[\w-]+(?:\.[\w-]+)+(?:/|$)", given):
        given = f"{base.partition(':')[0]}://{given}"
    return absolute(given, base)


def _when(fields: dict[str, list[Element]], names: tuple[str, ...], day_first: bool | None) -> When | None:
    texts = (text_of(e) for name in names for e in fields.get(name, ()))
    return next(filter(None, (dates.parse(text, day_first=day_first) for text in texts)), None)


def _language(fields: dict[str, list[Element]], element: Element) -> str | None:
    own = next((text_of(e) for e in fields.get("language", ())), None)
    return language_tag(own or element.get(_XML + "lang") or element.get("xml:lang"))


def _day_first(language: str | None) -> bool | None:
    """Whether `02/03/2025` is in March: in all languages but American English. Plain `en` leaves it open."""
    if language is None or language.lower() == "en":
        return None
    return language.lower() != "en-us"


def _json(text: str, url: str) -> Feed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    feed = Feed("json")
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        data = {"items": _salvaged(text)}
        feed.errors.append("the file is not valid JSON: entries were read one by one")
    items = data.get("items")
    if not isinstance(items, list) or not (items or "jsonfeed.org" in str(data.get("version"))):
        raise NotAFeed("this is JSON, but no JSON Feed")
    feed.title, feed.language = plain(_str(data.get("title"))), language_tag(data.get("language"))
    base = absolute(_str(data.get("home_page_url")), url) or url
    for number, item in enumerate(items, start=1):
        known = item if isinstance(item, dict) else {}
        ways = ((known.get("url"), base), (known.get("id"), None), (known.get("external_url"), base))
        link = next(filter(None, (_address(_str(given), relative_to) for given, relative_to in ways)), None)
        if link is None:
            feed.errors.add(f"entry {number} has no link to a page: {plain(_str(known.get('title'))) or 'untitled'}")
            continue
        texts = (plain(_str(known.get(key))) for key in ("summary", "content_text", "content_html"))
        feed.candidates.append(
            Candidate(
                link,
                plain(_str(known.get("title"))),
                next(filter(None, texts), None),
                dates.parse(_str(known.get("date_published"))),
                dates.parse(_str(known.get("date_modified"))),
                language_tag(known.get("language")) or feed.language,
            )
        )
    return feed


def _salvaged(text: str) -> list[Any]:
    """The entries of a JSON feed that can be read when the file as a whole cannot."""
    start = re.search(r'"items"\s*:\s*\[', text)
    found: list[Any] = []
    at = text.find("{", start.end()) if start else -1
    failures = 0
    while at >= 0 and failures < 50:  # each failure may have read to the end
        try:
            item, end = json.JSONDecoder(strict=False).raw_decode(text, at)
        except (ValueError, RecursionError):
            failures += 1
            end = at + 1
        else:
            found.append(item)
        at = text.find("{", end)
    return found


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""
