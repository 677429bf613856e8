"""Addresses: one canonical form a page, and which canonical link of a page can be believed."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import urljoin, urlsplit

from newslib.domains import registered_domain_of_host
from newslib.same_article import same_article
from newslib.variants import fold, strip_query

MAX_LENGTH = 8000
"""Longer addresses are refused: RFC 9110, 4.1 asks servers for no more than 8,000 octets."""

# RFC 3986, 2: reserved and unreserved characters stand as they are, everything else is percent-encoded.
_ODD = re.compile(r"%(?:([0-9A-Fa-f]{2}))?|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SURROGATE = re.compile("[\ud800-\udfff]")

# As browsers read it (WHATWG URL): any number of slashes or backslashes after the scheme. `http://https://…` is a
# common slip.
_SCHEME = re.compile(r"(?:https?:[/\\]*)*(https?):[/\\]*", re.IGNORECASE)
_SPLIT = re.compile(r"(https?)://([^/?#\\]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^\[\]]*@)?(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::([0-9]*))?", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_ESCAPED_TWICE = re.compile("&#0?38;")  # an ampersand, not the start of a fragment
_BREAKS = re.compile(r"[\t\n\r]")
_BLANK = "".join(map(chr, range(33))) + "\x7f\u00a0\u200b\ufeff\u2028\u2029"
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PORTS = {"http": "80", "https": "443"}


def canonical(url: str, base: str | None = None) -> str | None:
    """The one address of a page: what two spellings of it have in common. Asking again changes nothing.

    `url`: as found, may be relative to `base`. Comes out absolute, http or https, ASCII, at most 8,000 characters; None
    for anything else (`javascript:`, `mailto:`, no host, a host or port that cannot be). Never raises.

    Gone are: fragment, user name and password, default port, campaign and session parameters, empty query; dot
    segments, upper case of scheme and host. Percent-encoding has one spelling (RFC 3986, 6.2.2); a host name with other
    letters is in its ASCII form (UTS 46). Kept are the order of parameters, the case of the path, slashes (also doubled
    and at the end), and http or https.

    AMP addresses (Google's caches, `amp.` hosts, `/amp`, `?amp=1`) become the page's own. `m.` and `mobile.` (and
    `amp.`) before a registered domain become `www.`, before a longer name they go: outlets hold both names alive for
    the same paths. Other mobile spellings are left to the page's canonical link, since a guessed address may not exist.
    """
    found = _clean(url, base)
    for _ in range(4):
        if found is None:
            return None
        folded = fold(found)
        if folded == found:
            return found
        found = _clean(folded, None)
    return None


def believable_canonical(link: str | None, page_url: str) -> str | None:
    """The canonical form of a page's canonical link, when that can be the address of the same article; else None.

    `link`: as the page gives it, may be relative to `page_url`. A link that only differs from the page's own address in
    scheme or `www.` is believed, one to a front page, a section, a search, another outlet or another article is not:
    see same_article.
    """
    page = canonical(page_url)
    found = canonical(link, page_url) if link else None
    if page is None or found is None:
        return None
    if page.startswith("https:") and found.startswith("http:") and _bare(host(page)) == _bare(host(found)):
        found = "https:" + found[5:]  # templates older than the certificate
    return found if found == page or same_article(found, page) else None


def normalise_percent(text: str, encoding: str = "utf-8") -> str:
    """Give a path or query one spelling (RFC 3986, 6.2.2): `%7E` and `~`, `é` and `%c3%a9`; reserved ones keep
    theirs."""

    def spell(match: re.Match[str]) -> str:
        code = match[1]
        if code:
            char = chr(int(code, 16))
            return char if char in _UNRESERVED else "%" + code.upper()
        return "".join(f"%{octet:02X}" for octet in match[0].encode(encoding, "replace"))

    return _ODD.sub(spell, text)


def absolute(url: str, base: str | None = None) -> str | None:
    """`url` as given, but stripped, without line breaks and lone surrogates (U+FFFD), and absolute; None when it is
    not http or https, too long, or has a host or port that cannot be. Never raises."""
    if not isinstance(url, str) or len(url) > MAX_LENGTH:
        return None
    # WHATWG URL, 4.4: blanks and controls around it go, tabs and line breaks inside it go.
    url = url.strip(_BLANK)
    if _BREAKS.search(url):
        url = _BREAKS.sub("", url)
    scheme = _SCHEME.match(url)
    if scheme:
        return _with_host(f"{scheme[1].lower()}://{url[scheme.end() :]}")
    if base is None or not url or _OTHER_SCHEME.match(url):
        return None
    try:
        joined = urljoin(base, url.replace("\\", "/"))
    except ValueError:
        return None
    return _with_host(joined)


def _with_host(url: str) -> str | None:
    url = _SURROGATE.sub("\ufffd", url)
    match = _SPLIT.match(url)
    return url if match and _possible(match[2]) else None


def _possible(authority: str) -> bool:
    """Whether host and port can be asked for: what is not possible, urllib and w3lib (Scrapy's requests) refuse."""
    match = _AUTHORITY.fullmatch(authority)
    if not match:
        return False
    try:
        if match[1].startswith("["):
            IPv6Address(match[1][1:-1])  # RFC 3986, 3.2.2; no IPv4, no zone
        urlsplit("//" + authority).port  # noqa: B018 - raises: above 65535, letters that NFKC makes delimiters of
    except ValueError:
        return False
    return True


def host(url: str) -> str:
    """The host name of an address, lower case, without port; empty when there is none."""
    match = _SPLIT.match(url)
    authority = match and _AUTHORITY.fullmatch(match[2])
    return authority[1].lower() if authority else ""


def registered_domain(url: str) -> str | None:
    """The registered domain of an address by the Public Suffix List that comes with tldextract, its private part
    included (so that two blogs on one platform are two outlets). None for loopback and other bare addresses."""
    return registered_domain_of_host(host(url))


def _bare(name: str) -> str:
    return name.removeprefix("www.")


def _clean(url: str, base: str | None) -> str | None:
    """Everything that needs no knowledge of sites: RFC 3986 and WHATWG."""
    found = absolute(url, base)
    match = found and _SPLIT.match(_ESCAPED_TWICE.sub("&", found))
    authority = match and _AUTHORITY.fullmatch(match[2])
    if not match or not authority:
        return None
    scheme = match[1].lower()
    name = _host(authority[1])
    if name is None:
        return None
    port = authority[2] or ""
    if port:
        number = int(port) if len(port) <= 5 else 65536
        if not 0 < number < 65536:
            return None
        port = "" if str(number) == _PORTS[scheme] else f":{number}"
    path = _without_dots(normalise_percent(match[3].replace("\\", "/")))
    query = strip_query(normalise_percent(match[4])) if match[4] else ""
    result = f"{scheme}://{name}{port}{path}{'?' + query if query else ''}"
    return result if len(result) <= MAX_LENGTH else None


def _host(name: str) -> str | None:
    if "%" in name:
        name = (
            re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), name)
            .encode("latin-1", "replace")
            .decode("utf-8", "replace")
        )
    name = name.lower().rstrip(".")
    if not name.isascii():
        name = _idna(name) or ""
    if len(name) > 253 or max(map(len, name.split("."))) > 63:  # RFC 1035, 2.3.4
        return None
    return name if _HOST.fullmatch(name) and ".." not in name else None


@lru_cache(maxsize=1000)
def _idna(name: str) -> str | None:
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii").rstrip(".")
    except (idna.IDNAError, UnicodeError):
        return None


def _without_dots(path: str) -> str:
    """Dot segments resolved (RFC 3986, 5.2.4), doubled slashes kept; `%2E` is a dot by now."""
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for n, segment in enumerate(segments):
        last = n == len(segments) - 1
        if segment == "..":
            if kept:
                kept.pop()
            if last:
                kept.append("")
        elif segment != ".":
            kept.append(segment)
        elif last:
            kept.append("")
    return "/" + "/".join(kept)
