"""The one text cleaner: whatever ends in a record went through `clean`."""

from __future__ import annotations

import re
import unicodedata

# Zero-width and invisible characters that carry no meaning in running text (ZWJ and ZWNJ do: they stay), and the two
# code points that Unicode reserves as non-characters of the BMP's end.
_JUNK = re.compile("[\u00ad\u200b\u2060\ufeff\ufffe\uffff]")
# C0, DEL and C1 controls, line and paragraph separator: some readers break lines at them, XML forbids most.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Scripts written without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han.
UNSPACED = (  # a part of a regular expression's class
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]+")


def clean(text: str) -> str:
    """One line of clean text: no control characters or line breaks, no lone surrogates, no invisible junk, white space
    as single spaces, NFC, stripped. Idempotent; the result can always be encoded as UTF-8."""
    if not text.isprintable():  # so it holds none of these characters, and no white space but plain spaces
        if _SURROGATE.search(text):  # halves that belong together are joined, the others go
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        text = _CONTROL.sub(" ", _JUNK.sub("", text))
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean_or_none(value: object) -> str | None:
    """`clean(value)` when that leaves something of a string, else None."""
    return (clean(value) or None) if isinstance(value, str) else None


def unspaced(text: str) -> bool:
    """Whether most of a text's characters belong to a script written without spaces between words."""
    if text.isascii():
        return False
    return 2 * sum(map(len, _UNSPACED.findall(text))) > len(text) - text.count(" ")


def key(text: str) -> str:
    """The letters and digits of a text, to compare it by."""
    return re.sub(r"[\W_]+", "", text).casefold()


def comma_list(text: str | None) -> list[str]:
    """The entries of a list with commas, each once."""
    return list(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
