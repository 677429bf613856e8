"""robots.txt (RFC 9309) and Retry-After (RFC 9110, 10.2.3): what a server asks of a robot."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from newslib.urls import normalise_percent

MAX_BYTES = 500 * 1024
"""What is read of a robots.txt: RFC 9309, 2.5 asks for at least 500 KiB."""

MAX_PAUSE = timedelta(days=30)
"""The longest Retry-After that is believed; a later one is a slip of the server."""

# Field names as site owners write them; the misspellings are those of Google's open-source parser (robots.cc).
_LINE = re.compile(
    r"(?P<agent>user[ _-]?agent)|(?P<disallow>d(?:is{1,2}al{1,2}ow|iasllow|isallaw))|(?P<allow>allow)"
    r"|(?P<delay>crawl[ _-]?delay)|(?P<sitemap>site[ _-]?maps?)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[ \t]*:[ \t]*|[ \t]+")
_TOKEN = re.compile(r"\*|[A-Za-z0-9_-]*")
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^#]*)")


class _Rule(NamedTuple):
    allow: bool
    parts: list[str]  # the pattern split at `*`
    anchored: bool  # the pattern ended with `$`
    length: int


class _Group:
    def __init__(self) -> None:
        self.rules: list[_Rule] = []
        self.delay: float | None = None


class Robots:
    """The rules of one robots.txt.

    Written to RFC 9309 rather than laid over protego (0.7), which takes the beginning of our name for our name, splits
    lines at U+0085, knows neither byte-order marks nor a limit, and holds `%3F` for `?`, `%3D` for `=` and `%23` for
    nothing.

    `body`: the file as served. No input is an error: what cannot be read is no rule.
    `sitemaps`: the addresses it names, as written (they may be relative to the robots.txt).
    """

    def __init__(self, body: bytes) -> None:
        self.sitemaps: list[str] = []
        self._groups: dict[str, _Group] = {}
        self._parse(_decode(body))

    def allowed(self, url: str, agent: str) -> bool:
        """Whether a robot may fetch `url`. `agent`: its product token, or a User-Agent header that begins with it."""
        match = _PATH.match(url)
        path = match[1] if match else url.partition("#")[0]
        if not path.startswith("/"):
            path = "/" + path
        if path == "/robots.txt":
            return True
        group = self._group(agent)
        if group is None:
            return True
        path = normalise_percent(path).replace("*", "%2A").replace("$", "%24")
        return next((rule.allow for rule in group.rules if _matches(rule, path)), True)

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds between two requests that the group of `agent` asks for, or None. Not in RFC 9309, but in wide
        use."""
        group = self._group(agent)
        return group.delay if group else None

    def _group(self, agent: str) -> _Group | None:
        match = _TOKEN.match(agent)
        return self._groups.get(match[0].lower() if match else "") or self._groups.get("*")

    def _parse(self, lines: list[str]) -> None:
        groups: list[_Group] = []  # those that the lines now read belong to
        naming = False  # the last line of a group was a user-agent line: another one joins it
        for line in lines:
            line = line.partition("#")[0].strip()
            field = _LINE.match(line)
            separator = field and _SEPARATOR.match(line, field.end())
            if not field or not separator:
                continue
            value = line[separator.end() :]
            kind = field.lastgroup
            if kind == "agent":
                groups = groups if naming else []
                naming = True
                token = _TOKEN.match(value)
                if token and token[0]:
                    groups.append(self._groups.setdefault(token[0].lower(), _Group()))
            elif kind == "sitemap":
                if value:
                    self.sitemaps.append(value)
            elif kind == "delay":
                # A rule to us, so that a name after it begins another group, which is what its writer means; read
                # strictly (RFC 9309, 2.2.4) the line would not be there, and `Disallow: /` for the next robot would be
                # for this one, too.
                naming = False
                for group in groups:
                    group.delay = _longest(group.delay, value)
            else:
                naming = False
                if value:
                    rule = _rule(kind == "allow", value)
                    for group in groups:
                        group.rules.append(rule)
        for group in self._groups.values():
            # The longest pattern wins, allow before disallow (RFC 9309, 2.2.2); a stable order, so once is enough.
            group.rules.sort(key=lambda rule: (-rule.length, not rule.allow))


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """The instant (UTC) before which the server wants no request, at most 30 days from `now`; None when it asks for
    none.

    `value`: a Retry-After header, seconds or one of the three HTTP dates of RFC 9110, 5.6.7. `now` must be aware.
    Nonsense, a negative number and a date that is over ask for nothing.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # More digits than nine are more than 30 days, however many there are.
        until = now + min(timedelta(seconds=int(text[:10] if len(text.lstrip("0")) > 9 else text)), MAX_PAUSE)
    else:
        try:
            until = parsedate_to_datetime(text[:100])
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        until = until.replace(tzinfo=until.tzinfo or UTC)
    try:
        until = min(until.astimezone(UTC), now.astimezone(UTC) + MAX_PAUSE)
    except OverflowError:
        return None
    return until if until > now else None


def _decode(body: bytes) -> list[str]:
    """Lines, one character an octet, so that non-ASCII octets are percent-encoded as they were sent."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body[:MAX_BYTES].decode("utf-16", "ignore").encode("utf-8", "ignore")
    text = body[:MAX_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").replace(b"\0", b"")
    return [line.decode("latin-1") for line in text.splitlines()]


def _longest(known: float | None, value: str) -> float | None:
    try:
        delay = float(value)
    except ValueError:
        return known
    if not math.isfinite(delay) or delay < 0:
        return known
    return max(known or 0.0, delay)


def _rule(allow: bool, pattern: str) -> _Rule:
    absolute = _PATH.match(pattern)
    if absolute:
        pattern = absolute[1]
    if not pattern.startswith(("/", "*")):
        pattern = "/" + pattern  # `Disallow: private/` can mean one thing only
    anchored = pattern.endswith("$")
    if anchored:
        pattern = pattern[:-1]
    pattern = normalise_percent(pattern, encoding="latin-1").replace("$", "%24")
    parts = re.sub(r"\*+", "*", pattern).split("*")
    return _Rule(allow, parts, anchored, len(pattern) + anchored)


def _matches(rule: _Rule, path: str) -> bool:
    """Leftmost matches of the parts in turn: linear in the path, unlike a regular expression with many `.*`."""
    first, *rest = rule.parts
    if not path.startswith(first):
        return False
    if not rest:
        return not rule.anchored or path == first
    at = len(first)
    for part in rest[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    last = rest[-1]
    if rule.anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0
