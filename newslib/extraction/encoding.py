"""Bytes of a page to text: which character set, and whether to believe it."""

from __future__ import annotations

import codecs
import re

# Labels that mean more than they say (Encoding Standard, 4.2 "Names and labels"), and labels Python does not know.
_LABELS = {
    **dict.fromkeys(
        ("latin-1", "latin1", "l1", "iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "ascii"), "cp1252"
    ),
    **dict.fromkeys(("us-ascii", "ansi_x3.4-1968", "cp819", "x-user-defined", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "iso_8859-9"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "dos-874", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "chinese", "csgb2312", "iso-ir-58", "cp936"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "ms932"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601", "ksc_5601", "korean", "windows-949", "euckr"), "cp949"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("utf-16", "ucs-2", "unicode", "iso-10646-ucs-2", "csunicode"), "utf-16-le"),
    **dict.fromkeys(("utf8", "unicode-1-1-utf-8", "unicode11utf8", "x-unicode20utf8"), "utf-8"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac_cyrillic"),
    **{"x-cp1250": "cp1250", "x-cp1251": "cp1251", "win-1251": "cp1251", "iso-8859-8-i": "iso8859-8"},
    **{"x-euc-jp": "euc_jp", "koi": "koi8-r", "koi8": "koi8-r", "koi8-ru": "koi8-u", "macintosh": "mac_roman"},
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_META = re.compile(
    rb"""<(?:meta\s[^>]{0,300}?charset|\?xml\s[^>]{0,100}?encoding)\s*=\s*["']?\s*([a-zA-Z0-9_.:-]+)""", re.I
)
_HEAD = 8192  # bytes searched for a declaration; the standard's 1024 misses it behind long scripts
_MANY = 0.001  # share of replacement characters from which a decoding is not believed


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of a page. A byte-order mark outranks the HTTP charset, which outranks the page's own declaration (HTML
    Standard, 13.2.3.2); a declaration that the bytes contradict loses to UTF-8 where they are valid UTF-8, then to the
    next declaration, then to a guess. Never raises; what cannot be decoded becomes U+FFFD."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    http = _CHARSET.search(content_type or "")
    meta = _META.search(body, 0, _HEAD)
    declared = [_codec(http.group(1)) if http else None, _codec(meta.group(1).decode("ascii")) if meta else None]
    if meta and declared[1] in ("utf-16-le", "utf-16-be"):  # said in ASCII bytes, so it cannot be (13.2.3.2)
        declared[1] = "utf-8"
    codecs_ = list(dict.fromkeys(name for name in declared if name))
    utf8 = _try(body, "utf-8")
    if utf8[1] == 0 and (not codecs_ or not _plausibly_legacy(codecs_[0], utf8[0])):
        return utf8[0]
    tried = [_try(body, name) for name in codecs_] + [utf8]
    for text, bad in tried:
        if bad <= _MANY * len(text):
            return text
    return _guess(body) or min(tried, key=lambda t: t[1])[0]


def _codec(label: str) -> str | None:
    """Python's name for a label; None for one that means nothing."""
    label = label.strip().lower()
    name = _LABELS.get(label) or _LABELS.get(label.replace("_", "-")) or label
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return info.name if info._is_text_encoding else None


def _try(body: bytes, name: str) -> tuple[str, int]:
    """(text, number of characters that could not be decoded); the tail of a cut-off character counts as none."""
    try:
        return body.decode(name), 0
    except UnicodeDecodeError as error:
        if name == "utf-8" and len(body) - error.start < 4:
            return body[: error.start].decode(name), 0
        text = body.decode(name, "replace")
        return text, text.count("\ufffd")


def _plausibly_legacy(name: str, as_utf8: str) -> bool:
    """Whether bytes that are valid UTF-8 can still be what was declared: text of a two-byte set that is so short that
    its characters pass for UTF-8 by accident; escape-coded sets, which are plain ASCII; UTF-16."""
    if name.startswith(("iso2022", "utf-16", "utf-7", "hz")):
        return True
    two_bytes = name in ("gb18030", "big5hkscs", "cp949", "cp932", "euc_jp")
    return two_bytes and 0 < sum(c > "\x7f" for c in as_utf8) < 20


def _guess(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:20000], cp_exclusion=["utf_7"]).best()
    return body.decode(best.encoding, "replace") if best else None
