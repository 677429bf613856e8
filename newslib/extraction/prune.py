"""Take away what is no part of any article, and keep what only looks like furniture."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement

_NO_TEXT = (
    "script", "style", "svg", "template", "noscript", "iframe", "object", "embed", "applet", "canvas", "audio", "video",
    "map", "nav", "button", "select", "option", "optgroup", "textarea", "input", "dialog", "menu", "datalist", "head",
    "aside", "footer", "figure", "picture", "label", "legend", "fieldset",
)  # fmt: skip
# Readers' comments, the next articles that scrolling would append, offers and boxes of links to other stories.
_OTHERS = re.compile(
    r"(?:^| )comments?(?:$|[ _-]|list|area|section)|comol|disqus_thread|dsq-comments|(?:article|post)-comments"
    r"|mvp-post-add-|infinite-?scroll|(?:^|[ _-])(?:relacionad|lire-?aussi|leia-)"
    r"|newsletter|(?:nl|news|letter)[-_]?sign-?up",
    re.I,
)
_ARTICLE = 500  # characters of text outside links from which a box with such a name is not taken away
_ITEMS = etree.XPath("//li[.//a]")
_POINTERS = etree.XPath("//p[.//a][string-length() < 300]")
_LABEL, _HEADLINE = 30, 25  # characters at most before, and at least in, a link to another story
_SENTENCE_END = (".", "!", "?", "。", "…", ";", ":", "؟", "।")


def strip(tree: etree._Element) -> None:
    """Take scripts and furniture out of a page's tree, in linear time: every later pass then has less to walk. Figures
    that hold a quotation, list or table are part of the text, and so is a date or a button inside a sentence."""
    for figure in list(tree.iter("figure")):
        if next(figure.iter("blockquote", "table", "ul", "ol"), None) is not None:
            figure.tag = "div"
            etree.strip_elements(figure, "figcaption", with_tail=False)
    for el in list(tree.iter("time", "button")):
        if next(el.iterancestors("p"), None) is not None:
            el.tag = "span"
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)


def prune(tree: HtmlElement) -> None:
    """Make a stripped tree easier for trafilatura: comments, offers and pointers go, links in the items of a story's
    list are text, live entries become parts of one article, and text in <body> itself gets a frame."""
    for el in list(tree.iter("div", "section", "ol", "ul", "details")):
        if _OTHERS.search(f"{el.get('id') or ''} {el.get('class') or ''}") and _is_small(el):
            el.drop_tree()
    for el in _ITEMS(tree):
        # Items of a story end as sentences do, those of a menu end with their link: the links of the former are text.
        if "".join(el.itertext()).rstrip().endswith(_SENTENCE_END) and not _ends_with_link(el):
            etree.strip_tags(el, "a")
    for el in _POINTERS(tree):
        if _points_elsewhere(el):
            el.drop_tree()
    _join_entries(tree)
    _frame(tree)


def _points_elsewhere(el: HtmlElement) -> bool:
    """Whether a paragraph is nothing but a label with a colon and a headline to click ("Read more: ...")."""
    linked = "".join("".join(a.itertext()) for a in el.iter("a"))
    label = "".join(el.itertext()).removesuffix(linked).strip()
    return len(linked) >= _HEADLINE and 0 < len(label) <= _LABEL and label.endswith((":", "："))


def _is_small(el: HtmlElement) -> bool:
    """Whether an element can be a box beside the article, and not the article in a box."""
    if el.getparent() is None or next(el.iter("h1"), None) is not None:
        return False
    linked = sum(len("".join(a.itertext())) for a in el.iter("a"))
    return len("".join(el.itertext())) - linked < _ARTICLE


def _ends_with_link(el: HtmlElement) -> bool:
    last = el
    while len(last) and not (last[-1].tail or "").strip():
        last = last[-1]
        if last.tag == "a":
            return True
    return False


def _join_entries(tree: HtmlElement) -> None:
    """A live page has many <article>s with text of their own in one parent; an extractor takes the first for the story.
    They become sections of one article, and their headers, which hold the entries' headings, parts of them."""
    parents: dict[HtmlElement, list[HtmlElement]] = {}
    for el in tree.iter("article"):
        parent = el.getparent()
        if parent is not None and any(len("".join(p.itertext())) > 80 for p in el.iter("p")):
            parents.setdefault(parent, []).append(el)
    for parent, entries in parents.items():
        headings = [h for e in entries for h in e.iter("h2", "h3", "h4")]
        if len(entries) < 3 or any(next(h.iter("a"), None) is not None for h in headings):  # teasers link
            continue
        for entry in entries:
            for header in list(entry.iter("header")):
                header.tag = "div"
            entry.tag = "div"
            entry.attrib.clear()  # a class like "entry" would make it the story again
        if parent.tag in ("div", "section", "main"):
            parent.tag = "article"


def _frame(tree: HtmlElement) -> None:
    """Text that stands in <body> itself gets an <article> around it: without a frame, an extractor sees paragraphs
    only."""
    body = tree.find("body")
    if body is not None and len(body.findall("p")) > 2 and next(tree.iter("article", "main"), None) is None:
        article = body.makeelement("article")
        article.extend(list(body))
        body.append(article)
