"""The headline, without the outlet's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from newslib.extraction.parse import text_of
from newslib.text import clean, key, unspaced

_SEPARATOR = re.compile(r"\s+[|–—\-:·•»«/_‹›~]{1,2}\s+|\s*[|｜_]\s*|\s+::\s+")
# Names of outlets end like this where nothing parts them from the headline but a hyphen, a colon or brackets.
_UNSPACED_SITE = re.compile(
    r"\s*[-－–—:：(（]\s*[^\s\-－–—:：(（|｜_]{0,12}(?:新聞|新闻|新聞網|网|網|日[报報]|[时時][报報]|通信|通[讯訊]社?|デジタル|ニュース|オンライン"
    r"|뉴스|일보|신문|방송|경제)(?:\s?[A-Za-z]{1,8})?\s?[)）]?$"
)
_LIKE = 0.6  # share of common words from which two titles are the same headline
_PROPER = 0.5  # of a heading that a claim must make up to stand for it
_LOOKED_AT, _LONGEST = 12, 500  # headings, characters of one


def title(tree: etree._Element, claims: Iterable[str | None], sites: Iterable[str | None], host: str) -> str | None:
    """The headline as the page prints it: the h1 (else an h2) that agrees with what the page's head claims, so that a
    logo is none; without one, the first claim, freed of the site's name. `claims` in order of trust: structured
    data, Open Graph, <title>; `sites` are the outlet's known names."""
    names = {key(s) for s in sites if s} | {
        key(host.removeprefix("www.")),
        key(host.removeprefix("www.").split(".")[0]),
    }
    names.discard("")
    stated = [s for c in claims if c and (s := strip_site(clean(c[:_LONGEST]), names)) and key(s) not in names]
    heads = [h for h in _headings(tree, "h1") if key(h) not in names]
    for group in (heads, _headings(tree, "h2") if stated else []):
        best = max(group, key=lambda h: max((_alike(h, s) for s in stated), default=0.0), default=None)
        if best is not None and max((_alike(best, s) for s in stated), default=0.0) >= _LIKE:
            # A kicker in the same heading, or words of its spans glued together: the claim is the headline proper.
            return next((s for s in stated if key(best).endswith(key(s)) and len(s) > _PROPER * len(best)), best)
    if stated:
        return stated[0]
    return heads[0] if heads else None


def strip_site(text: str, names: set[str]) -> str:
    """A title without the outlet's name at its end or beginning. A part behind a bar goes when it is short; one behind
    a dash or colon only when it is one of `names` (as `_key` writes them): dashes belong to headlines. In scripts
    without spaces, its ending tells."""
    if (site := _UNSPACED_SITE.search(text)) and unspaced(text) and site.start() > 5:
        text = text[: site.start()]
    while cuts := list(_SEPARATOR.finditer(text)):
        last, first = cuts[-1], cuts[0]
        tail, head = text[last.end() :], text[: first.start()]
        if _is_site(tail, names, 20) or (last.group().strip() in "|｜" and len(tail) < 40 and len(tail) < last.start()):
            text = text[: last.start()]
        elif _is_site(head, names, 6):
            text = text[first.end() :]
        else:
            break
    return text.strip()


def _is_site(part: str, names: set[str], extra: int) -> bool:
    """Whether a part is the outlet's name, give or take `extra` letters ("Harbour Post Online")."""
    own = key(part)
    near = [n for n in names if len(n) > 4 and len(own) <= len(n) + extra]
    return bool(own) and (own in names or any(own.startswith(n) or own.endswith(n) for n in near))


def _headings(tree: etree._Element, tag: str) -> list[str]:
    out = []
    for n, el in enumerate(tree.iter(tag)):
        if n == _LOOKED_AT:
            break
        if (text := text_of(el)) and len(text) <= _LONGEST:  # a longer one wraps the page
            out.append(text)
    return out


def _alike(a: str, b: str) -> float:
    """How much two titles have in common, 0 to 1: of their words, or of their characters where there are no spaces. A
    title that begins with the other one is the same headline, in full."""
    if len(key(b)) > 7 and key(a).startswith(key(b)):
        return 1.0
    x, y = set(_words(a)), set(_words(b))
    return len(x & y) / max(1, min(len(x), len(y)), max(len(x), len(y)) / 2)


def _words(text: str) -> list[str]:
    words = re.findall(r"\w+", text.casefold())
    return words if len(words) > 2 else list("".join(words))
