"""The text of a page that a script would draw, out of the data that came with it."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from lxml import etree

from newslib.extraction.blocks import shown
from newslib.extraction.parse import parse
from newslib.text import clean, unspaced

LARGEST = 8_000_000  # characters of one script that are looked at
VALUES = 200_000  # values looked at
_JSON = json.JSONDecoder(strict=False)
_MARKUP = re.compile(r"</?(?:p|div|br|h[1-6]|li)\b", re.I)
_STATE = re.compile(r"""^\s*(?:window|self|globalThis)?[.\["'\]\w$\s]{0,80}=\s*(?:JSON\.parse\(\s*)?(?=[{\["])""")


def scripts(tree: etree._Element) -> list[str]:
    """The JSON that scripts of a page hold: `application/json` blocks (Next.js and its like) and assignments of an
    object, or of JSON.parse of a string, to a global name. To be called before scripts are stripped."""
    out = []
    for script in tree.iter("script"):
        text, kind = script.text or "", (script.get("type") or "").lower()
        if not text or len(text) > LARGEST or "ld+json" in kind:
            continue
        if kind.endswith("json"):
            out.append(text)
        elif not kind or "javascript" in kind:
            match = _STATE.match(text[:200])
            if match:
                out.append(text[match.end() :])
    return out


def from_state(found: list[str]) -> list[str]:
    """The paragraphs of the longest article in page state: strings of one kind (same keys on the way to them, whatever
    their number in a list), in order."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for text in found:
        try:
            value, _ = _JSON.raw_decode(text.strip())
            value = _JSON.raw_decode(value)[0] if isinstance(value, str) else value  # the argument of JSON.parse
        except (ValueError, RecursionError):
            continue
        _collect(value, groups)
    best = max(groups.values(), key=lambda strings: sum(map(len, strings)), default=[])
    return [p for text in best for p in paragraphs(text)]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text with line breaks, or of HTML, escaped or not: an `articleBody`."""
    text = html.unescape(text)
    if _MARKUP.search(text):
        tree = parse(text)
        return [block.text for block in shown(tree).blocks] if tree is not None else []
    return [line for part in text.splitlines() if (line := clean(part))]


def _collect(value: Any, groups: dict[tuple[str, ...], list[str]]) -> None:
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    for _ in range(VALUES):
        if not stack:
            return
        path, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(((*path[-6:], k), v) for k, v in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((path, v) for v in reversed(value))
        elif isinstance(value, str) and _is_prose(value):
            groups.setdefault(path, []).append(value)


def _is_prose(text: str) -> bool:
    """Whether a string reads like a paragraph or more: long, with spaces, and neither code nor an address."""
    if len(text) < 40 or text.startswith(("http", "/", "{", "[", "data:")):
        return bool(len(text) >= 20 and unspaced(text))
    return text.count(" ") * 15 > len(text) or unspaced(text)
