"""Names of persons out of bylines and author fields."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lxml import etree

from newslib.extraction import jsonld
from newslib.extraction.head import Head
from newslib.extraction.parse import text_of
from newslib.text import clean, key, unspaced

_META = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "byline", "cxenseparse:author", "rbauthors", "citation_author", "creator", "og:article:author",
    "twitter:creator:name", "twitter:misc:written by",
)  # fmt: skip
_REL_AUTHOR = etree.XPath("descendant::a[contains(@rel, 'author')]")
_BYLINE_CLASSES = ("byline", "by-line", "Byline", "author", "Author", "autor", "auteur", "autore")
_BYLINES = etree.XPath(
    "descendant::*[not(self::body or self::article or self::section or self::aside)]"
    f"[@class][{' or '.join(f'contains(@class, {word!r})' for word in _BYLINE_CLASSES)}][string-length() < 500]"
)
_MOST, _LONGEST = 20, 60  # names of one article; characters of one name
_LINE = 90  # characters of a line that can be a byline
_NEAR = 16  # lines from a little above the headline on

# "By" in the languages of bylines; a word of its own, followed by a capital or a script without capitals.
_BY = re.compile(
    r"^\W*+(?i:(?:written|words|story|reported|posted|text|published)\s+by|by|from|von|text(?:\s*:|\s+von)|par|por"
    r"|ein artikel von|texte de|redacci[oó]n de|di|a cura di|door|av|af|skrevet av|tekst|od|przez|pi[sš]e|yazan|haber"
    r"|autor(?:in/autor|es|e|a|zy|ka|in|en)?|auteurs?|authors?|autori|автор(?:ы|и|ка)?|текст|oleh|penulis|reporter"
    r"|szerző|teksti|tác giả|โดย|نویسنده|بقلم|كتبت?|إعداد|מאת"
    r"|文|作者|(?:本[报報]|新华社)?(?:記者|记者)|撰文|撰稿|取材(?:・文)?|執筆|기자|글)(?:\s*[:：/／・]\s*|\s+(?=[^\Wa-z]))"
)
# Of any short line of the page, only such words count as are nothing but the beginning of a byline.
_SIGNED = re.compile(r"^\W*+(?:[Bb]y|BY|[Vv]on|[Pp]ar|[Pp]or)\s")
_LABELLED = re.compile(
    r"^\W*+(?:autor(?:in/autor|in|a|es|ka)?|auteurs?|authors?|автор(?:ы|ка)?|текст|oleh|penulis|szerző|tác giả|نویسنده"
    r"|بقلم|كتبت?|إعداد|מאת|文\s*[/／:：・]|作者|(?:本[报報]|新华社)?(?:記者|记者)|撰文|撰稿|取材|執筆|기자\s*[:：]|글\s*[:：])"
    r"(?![a-zа-я])",
    re.I,
)
# 김철수 기자 · 王小明記者 · (서울=연합뉴스) 김철수 기자 = · 【モスクワ＝山田太郎】 · 記者王小明／台北報導
_TITLED = re.compile(
    r"(?:^|[\s=\]）)】])([가-힣]{2,4})\s?(?:선임|수석|인턴|객원|전문)?(?:기자|특파원|논설위원)(?![가-힣])"
    r"|【[^】＝=]{1,15}[＝=]([\u4e00-\u9fff々ぁ-んァ-ヶー]{2,8})】"
    r"|(?:^|[\s（(【])(?:記者|记者)\s?([\u4e00-\u9fff]{2,4})(?=[／/\s）)】，,]|$)"
    r"|^\W*+([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fffぁ-んァ-ヶー]{2,8})\s?(?:記者|记者|特派員|編集委員)\W*$"
)
_PARTICLES = {
    "de", "da", "di", "du", "do", "dos", "del", "van", "von", "der", "den", "ten", "ter", "la", "le", "el", "al", "bin",
    "ibn",
}  # fmt: skip
_AND = "and|und|et|y|e|ed|en|i|a|og|och|și|és|ja|и|та|і|ve|dan|with|mit|avec|con"
_SPLIT = re.compile(rf"\s*(?:[;|•·\n/、，；]|,(?!\s*(?:Jr|Sr|MD|PhD|Dr|II|III)\b)|\s(?:{_AND})\s|\s?&\s?)\s*")
_NOT_A_NAME = re.compile(
    r"https?:|www\.|@|\.(?:com|org|net|de|ru)\b|^\W*$|\d{2}|[{}<>_=:]"
    r"|^(?:admin|administrator|editors?|staff|staff (?:reporter|writer)|redaktion|redacci[oó]n|redazione|reda[cç][aã]o"
    r"|(?:la )?r[eé]daction|redactie|redakcja|редакция|newsroom|(?:news|web) desk|online|agencies|agency|unknown|none"
    r"|null|undefined|n/a|author|user|guest|anonymous|written by|wire services?|our correspondent|by)$",
    re.I,
)
_NOBODY = re.compile(
    r"^(?:admin\w*|root|user|guest|anonymous|unknown|none|null|undefined|n/?a|author|.* developer)$", re.I
)
_DOMAIN = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}$", re.I)
_ROLE = re.compile(
    r"\b(?:editor|correspondent|reporter|writer|columnist|bureau|chief|staff|journalist\w*|redakteur\w*|korrespondent\w*|"
    r"reporterin|redaktor\w*|корреспондент|редактор|обозреватель|photographer|producer|contributor)\b",
    re.I,
)
_TAIL = re.compile(
    r"\s*(?:\(.*\)|\[.*\]|[-–—|]\s.*|\s(?:기자|특파원|선임기자|객원기자|논설위원)|(?<=[\u4e00-\u9fff])(?:記者|记者|特派員))\s*$"
)


def authors(tree: etree._Element, head: Head, outlets: Iterable[str] = (), lines: Iterable[str] = ()) -> list[str]:
    """The article's authors: of the first evidence that names a person. Structured data before meta elements before
    microdata, rel=author and printed bylines (`lines` are short ones beside the headline and about the text); `outlets`
    are names that are not a person's. Where no person is named, the agency, desk or outlet that the page states as its
    author."""
    ids = {n["@id"]: n for n in head.nodes if isinstance(n.get("@id"), str) and n.get("name")}
    value = head.article.get("author") or head.article.get("creator")
    entries = [
        ids.get(str(e.get("@id")), e) if isinstance(e, dict) and not e.get("name") else e
        for e in (value if isinstance(value, list) else [value])
    ]
    people = [e for e in entries if not isinstance(e, dict) or "Organization" not in jsonld.kind(e)]
    outlets = [*outlets, *head.sites]
    evidence = (
        lambda: jsonld.strings(people),
        lambda: [v for k in _META for v in head.all(k)],
        lambda: [_item(el) for name, el in head.items if name == "author"],
        lambda: [text_of(el) for el in _REL_AUTHOR(tree)[:5]],
        lambda: head.all("twitter:data1") if head.one("twitter:label1") else [],  # "Written by" in any language
    )
    for read in evidence:
        if found := names(read(), outlets):
            return found
    for el in _BYLINES(tree)[:20]:
        text = text_of(el)
        if 3 < len(text) < 150 and (found := [n for n in names([text], outlets) if " " in n or unspaced(n)]):
            return found
    for n, line in enumerate(lines):
        if found := names(_signed(line, n < _NEAR), outlets):
            return found
    return _stated([*jsonld.strings(entries), *head.all("author")])


def _signed(line: str, near: bool) -> list[str]:
    """The names in a line of the page that is a byline beyond doubt: labelled, or with a title behind a name; of those
    that begin with a mere "by", near the headline."""
    if titled := [next(filter(None, m.groups())) for m in _TITLED.finditer(line[:_LINE])]:
        return titled
    if len(line) > _LINE or not (_LABELLED.match(line) or (near and _SIGNED.match(line))):
        return []
    return [n for n in split(line) if unspaced(n) or (" " in n and all(map(_capital, n.split())))]


def _capital(word: str) -> bool:
    return not word[0].islower() or word in _PARTICLES


def _stated(values: list[str]) -> list[str]:
    """Who is named as the author though it is no person."""
    texts = [clean(html.unescape(v)) for v in values[:_MOST]]
    fit = [t for t in texts if t and len(t) <= _LONGEST and not re.search(r"://|@|^www\.|[{}<>]", t)]
    return [t for t in dict.fromkeys(fit) if not _NOBODY.search(t)][:1]


def _item(el: etree._Element) -> str:
    name = next((e for e in el.iter() if (e.get("itemprop") or "").lower() == "name"), el)
    return name.get("content") or text_of(name)


def names(values: Iterable[str], not_these: Iterable[str] = ()) -> list[str]:
    """The names in author fields or bylines, in order, each once: split where several are listed, without "By", roles,
    addresses and the outlet's own names (`not_these`). A name printed in capitals gets its ordinary form."""
    outlets = {key(n) for n in not_these if n} - {""}
    out: dict[str, str] = {}
    for value in values:
        for part in split(value):
            same = key(part)
            if same and same not in outlets and same not in out:
                out[same] = part
    return list(out.values())[:_MOST]


def split(value: str) -> list[str]:
    """The names in one field or byline."""
    text = clean(html.unescape(re.sub(r"<[^>]{0,200}>", " ", value[:1000])))
    text = _BY.sub("", text, count=1)
    if "http" in text or "www." in text or len(text) > 400:
        return []
    parts = _SPLIT.split(text)
    if any(map(_DOMAIN.match, parts)):  # an imprint
        return []
    out = []
    for part in parts:
        part = _BY.sub("", part, count=1)
        name = _TAIL.sub("", part).strip(" .,:;-–—*\"'()[]")
        if not name or len(name) > _LONGEST or _NOT_A_NAME.search(name) or _ROLE.search(name):
            continue
        if name[0].islower() and name.split()[0] not in _PARTICLES:
            continue
        if name.isupper() and name.isascii() and " " in name:
            name = name.title()
        if len(name) > 1 and name.count(" ") < 6:
            out.append(name)
    # Beside full names, a word alone is a place, a desk or an agency.
    full = [name for name in out if " " in name or unspaced(name)]
    return full or out
