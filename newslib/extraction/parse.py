"""Text of a page to one tree, which everything else shares."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from newslib.text import clean

# Numeric references that stand for no character of a text: controls, surrogates, the BMP's last two. libxml2 puts the
# controls into the tree, and then refuses them in any text that is set: one `&#11;` costs the whole article.
_REFERENCE = re.compile(
    r"&#(?:0*(\d|[12]\d|3[01]|12[7-9]|1[345]\d|5529[6-9]|55[3-9]\d\d|5[67]\d{3}|6553[45])"
    r"|x0*([01]?[0-9a-f]|7f|[89][0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef]))(?:;|(?![0-9a-f]))",
    re.I,
)
_ODD = bytes.maketrans(bytes([*range(9), 11, 12, *range(14, 32), 127]), b" " * 30)


_WITH_METHODS = HTMLParser(encoding="utf-8", huge_tree=True)


def parse(text: str) -> etree._Element | None:
    """The page's tree, with every text in it free of characters that XML forbids; None when there is no tree to read
    (nothing but white space, or nested beyond what a parser can hold). Raises MemoryError only."""
    if "&#" in text:
        text = _REFERENCE.sub(_character, text)
    data = text.encode("utf-8", "replace").translate(_ODD)
    if b"\xef\xbf" in data:
        data = data.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    if not data.strip():
        return None
    # Not lxml.html's parser: the look-up of a class for every element that is touched costs a tenth of the reading.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    try:
        tree = etree.fromstring(data, parser)
    except etree.LxmlError as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        return None
    return tree if tree is not None and isinstance(tree.tag, str) else None


def as_html(tree: etree._Element) -> HtmlElement:
    """A copy of a tree with the methods of lxml.html, for libraries that need them."""
    return etree.fromstring(etree.tostring(tree, encoding="utf-8", method="html"), _WITH_METHODS)


def _character(match: re.Match[str]) -> str:
    number = int(match.group(1) or match.group(2), 10 if match.group(1) else 16)
    if 0x80 <= number <= 0x9F:  # written by programs that mean windows-1252 (HTML Standard, 13.2.5.80)
        return bytes([number]).decode("cp1252", "replace")
    return " " if number < 0x80 else ""


_SILENT = {"script", "style", "svg", "template", "noscript"}
_SEPARATE = {"br", "div", "p", "li", "td", "small", "h1", "h2", "h3", "h4", "hr", "tr", "ul"}


def text_of(element: etree._Element) -> str:
    """The clean text of an element as it is seen: block children and line breaks separate words, inline ones do not."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, el in walk:
        if event == "start":
            if el.tag in _SILENT:
                walk.skip_subtree()
                continue
            if el.tag in _SEPARATE:
                parts.append(" ")
            parts.append(el.text or "")
        else:
            if el.tag in _SEPARATE:
                parts.append(" ")
            if el is not element:
                parts.append(el.tail or "")
    return clean("".join(parts))
