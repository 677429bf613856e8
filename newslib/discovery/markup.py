"""Feeds and sitemaps as trees, however broken they are; markup as plain text."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from html import unescape
from itertools import islice, pairwise
from typing import Any

from lxml import etree

from newslib.extraction.encoding import decode
from newslib.text import clean_or_none

Element = Any  # lxml's elements have no public type

MAX_ENTRIES = 50_000
"""Entries that are read of one file: sitemaps.org's limit for a sitemap, and for an index of them."""

# What XML 1.0 has no place for, and lone surrogates.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BEFORE = "\ufeff \t\r\n\0"
_OTHER = re.compile("[\x80-\ufffc\U00010000-\U0010ffff]+")
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]{0,200}?\sencoding\s*=", re.IGNORECASE)
_LATIN = re.compile(r"charset\s*=\s*[\"']?(?:iso-8859-1|us-ascii)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))  # XML's own entities
_START_TAG = re.compile(r"<([A-Za-z_][\w:.-]*)((?:\s[^<>]*)?)>")

# References to these numbers mean what Windows-1252 has there (HTML Standard, 13.2.5.80).
_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or " " for n in range(0x80, 0xA0)}

# Elements whose content is text that may hold markup that was never escaped.
_TEXTS = re.compile(
    r"<(/?)((?:[\w-]+:)?(?:title|description|summary|subtitle|content|encoded))(?=[\s/>])[^<>]*(/?)>", re.IGNORECASE
)

_INLINE = re.compile(
    r"</?(?:x?html:|h:)?(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|nobr|q|ruby|s|samp|small|span|strike|strong|sub|sup|"
    r"time|tt|u|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"</?(?:x?html:|h:)?(?:address|article|aside|audio|blockquote|body|br|button|center|caption|dd|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|"
    r"h[1-6]|head|header|hr|html|iframe|img|input|label|li|link|main|meta|nav|noscript|object|ol|p|param|picture|pre|section|source|"
    r"svg|table|tbody|td|tfoot|th|thead|title|tr|ul|video)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def to_text(body: bytes, content_type: str | None = None) -> str:
    """Text of a feed or sitemap, without what stands before its first character. Never raises.

    As for pages, and what is met in feeds only: UTF-16 without a mark, and a summary cut inside a character, which does
    not make the rest another encoding than UTF-8.
    """
    if body[1:4:2] == b"\0\0" or body[0:4:2] == b"\0\0":
        name = "utf-16-be" if body[0] == 0 else "utf-16-le"
        return body.decode(name, "replace").lstrip(_BEFORE)
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if not bad or 5 * bad > sum(map(len, _OTHER.findall(text))):
        declared = _XML_ENCODING.match(body)
        default = _LATIN.search(content_type or "")  # what servers say that know nothing better
        text = decode(body, None if declared and default else content_type)
    return text.lstrip(_BEFORE)


def read_xml(text: str, names: frozenset[str]) -> tuple[Element, list[Element], bool]:
    """Parse a file that is a root and a list of entries.

    `text` begins with the root's start tag: no DTD, whose entities could be expanded or loaded. `names`: local names of
    entries, lower case. Returns the root (with its header; None when there is no element), the entries in order (at
    most MAX_ENTRIES and one, which says that there are more), and whether the file was well-formed. One that is not is
    taken apart, so that no entry can spoil another: each is parsed for itself, with the root's namespaces. Linear in
    the size of the text.
    """
    text = _ILLEGAL.sub(" ", text)
    entries = _strictly(text, names)
    if entries:
        return *entries, True
    # Bare ampersands and entities of HTML are the commonest slips: without them most files are well-formed.
    text = _REFERENCE.sub(_readable, _without_sections(text))
    entries = _strictly(text, names)
    if entries:
        return *entries, False
    entry = re.compile(rf"<(?:[\w-]+:)?(?:{'|'.join(sorted(names))})(?=[\s/>])", re.IGNORECASE)
    starts = [m.start() for m in entry.finditer(text)]
    root = _recovered(_escaped(text[: starts[0]] if starts else text))
    outer = _START_TAG.search(text)
    wrapper = f"<{outer[1]}{outer[2].rstrip('/')}>" if outer else "<root>"
    found = []
    for start, end in islice(pairwise([*starts, len(text)]), MAX_ENTRIES + 1):
        piece = _recovered(wrapper + _escaped(text[start:end]))
        element = next((e for e in piece.iter() if local(e) in names), None) if piece is not None else None
        if element is not None:
            found.append(element)
    return root, found, False


def _strictly(text: str, names: frozenset[str]) -> tuple[Element, list[Element]] | None:
    """Root and entries of a well-formed file."""
    try:
        root = etree.fromstring(text.encode(), _parser(recover=False))
    except etree.XMLSyntaxError:
        return None
    exact = list(islice(root.iter(*(f"{{*}}{name}" for name in names)), MAX_ENTRIES + 1))  # compared in C
    return root, exact or list(islice((e for e in root.iter() if local(e) in names), MAX_ENTRIES + 1))


def local(element: Element) -> str:
    """The name of an element without namespace or prefix, lower case; empty for comments and the like."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1000)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def text_of(element: Element) -> str:
    """The text of an element; its markup where it holds elements (XHTML), which `plain` reads."""
    return _inner(element) if len(element) else element.text or ""


def _inner(element: Element) -> str:
    inside = etree.tostring(element, encoding="unicode", with_tail=False)
    return inside[inside.index(">") + 1 : inside.rindex("<")]


def plain(markup: str | None, limit: int = 1000) -> str | None:
    """Plain clean text of a title or summary that may hold HTML, at most `limit` characters, cut at a word; None when
    empty.

    Only names of HTML elements are tags: `<단독>` in a headline is what it says.
    """
    if not markup:
        return None
    text = markup[: 20 * limit]
    if "<" in text:
        text = _BLOCK.sub(" ", _INLINE.sub("", _HIDDEN.sub(" ", text)))
    if "&" in text:
        text = _NAMED.sub(lambda m: unescape(m[0]), text)
    clean = clean_or_none(text.translate(_WINDOWS))
    if clean is None or len(clean) <= limit:
        return clean
    return clean[: limit - 1].rpartition(" ")[0] + " …" if " " in clean[:limit] else clean[: limit - 1] + "…"


def _parser(recover: bool) -> Any:
    return etree.XMLParser(
        recover=recover, resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )


def _recovered(text: str) -> Element:
    return etree.fromstring(text.encode(), _parser(recover=True)) if text.strip() else None


def _without_sections(text: str) -> str:
    """CDATA sections as escaped text, comments gone."""
    out = []
    at = 0
    ends = {"-->": 0, "]]>": 0}
    for match in re.finditer(r"<!\[CDATA\[|<!--", text):
        if match.start() < at:
            continue
        closing = "-->" if match[0] == "<!--" else "]]>"
        if ends[closing] >= 0:
            ends[closing] = text.find(closing, match.end())
        end = ends[closing]
        out.append(text[at : match.start()])
        at = match.end() if end < 0 else end + 3  # of one that is never closed only the mark goes
        if closing == "]]>" and end >= 0:
            out.append(_escape(text[match.end() : end]))
    return "".join(out) + text[at:]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _readable(match: re.Match[str]) -> str:
    """An entity of HTML as its character, a bare ampersand as `&amp;`."""
    name = match[1]
    if name in _OWN:
        return match[0]
    if name is None:
        return "&amp;"
    char = unescape(match[0])
    if char == match[0]:
        return "&amp;" + match[0][1:]
    return _ILLEGAL.sub("", _escape(char))


def _escaped(text: str) -> str:
    """Escape what stands between `<title>` and `</title>`, `<description>` and `</description>` and so on: a tag that
    was opened in there can no longer swallow what comes after."""
    tags = list(_TEXTS.finditer(text))
    closing: dict[str, list[int]] = {}
    for n, tag in enumerate(tags):
        if tag[1]:
            closing.setdefault(tag[2].lower(), []).append(n)
    out = []
    at = n = 0
    while n < len(tags):
        tag = tags[n]
        ends = closing.get(tag[2].lower(), [])
        position = bisect_right(ends, n)
        if tag[1] or tag[3] or position == len(ends):
            n += 1
            continue
        end = tags[ends[position]]
        out.append(text[at : tag.end()])
        out.append(text[tag.end() : end.start()].replace("<", "&lt;").replace(">", "&gt;"))
        at = end.start()
        n = ends[position] + 1
    return "".join(out) + text[at:]
