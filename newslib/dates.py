"""Dates as outlets write them: the day they print and, where they give a clock, the instant."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from newslib.datewords import AFTERNOON, FORENOON, PHRASES, ZONES, fold, month

EARLIEST = 1990
"""No news page is older than the web (the first is of 1991); earlier years are placeholders, such as 1970."""

_MAX_TEXT = 500  # a date is short; a longer text is prose

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[Tt ]?\s?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s?([Zz]|[+-]\d{2}:?(?:\d{2})?)?(?:\[[\w/+-]+\])?)?"
)
_ISO_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?")
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}|GMT|UTC|Z)"
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")

_COLON_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})\s?:\s?(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?![\d:])")
_WORD_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:h(?![a-z])|시|時|点|點)\s?(?:(\d{1,2})(?!\d)\s?(?:분|分)?)?(?:\s?(\d{1,2})\s?(?:초|秒))?"
)
_DOT_CLOCK = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?!\d)")
_HALF_CLOCK = re.compile(r"(?<!\d)(\d{1,2})()()(?=\s?[ap]\.?m\b)")
_OFFSET = re.compile(r"(?:utc|gmt|z)?\s?([+-])(\d{1,2}):?(\d{2})?(?!\d)")

_NUMBERS = re.compile(r"(?<!\d)(\d{4}|\d{1,2})\s?([-/.])\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{1,2})(?!\d)")
_TOKEN = re.compile(r"@?\d+|(?:[^\W\d_]|[\u0900-\u0dff\u0e00-\u0e7f])+(?:\.(?=[^\W\d_])(?:[^\W\d_]|[\u0e00-\u0e7f])+)*")
# The order in which numbers and a month (`@7`) may follow each other; other words between them do not count.
_ORDERS = [
    re.compile(r"(?<!\S)(?P<d>\d{1,2}) @(?P<m>\d+) (?P<y>\d{4}|\d{2})(?!\S)"),
    re.compile(r"(?<!\S)@(?P<m>\d+) (?P<d>\d{1,2}) (?P<y>\d{4})(?!\S)"),
    re.compile(r"(?<!\S)(?P<y>\d{4}) @(?P<m>\d+) (?P<d>\d{1,2})(?!\S)"),
    re.compile(r"(?<!\S)(?P<y>\d{4}) (?P<d>\d{1,2}) @(?P<m>\d+)(?!\S)"),
]


@dataclass(frozen=True, slots=True)
class When:
    """A date as printed. `day`: YYYY-MM-DD in the outlet's own zone. `instant`: aware, UTC; None for a bare day; a
    clock without zone is read as UTC. `offset`: the zone that was printed, as `+09:00`, or None."""

    day: str
    instant: datetime | None = None
    offset: str | None = None

    @property
    def iso(self) -> str | None:
        """The instant as `YYYY-MM-DDTHH:MM:SSZ`."""
        return self.instant.strftime("%Y-%m-%dT%H:%M:%SZ") if self.instant else None


def parse(text: str | None, *, day_first: bool | None = None, now: datetime | None = None) -> When | None:
    """Read the first date in a short text; None when there is none, when it can be read in two ways, or when it is
    implausible (before 1990, or more than two days after `now`). Never raises.

    ISO 8601, RFC 822, 2822 and 9110, seconds or milliseconds since 1970, and what outlets print: months by name in some
    forty languages, `2025년 7월 3일`, `3.7.25`, `July 3, 2025 5:07 pm KST`. `day_first` settles `02/03/2025` (slashes,
    hyphens; with dots the day comes first everywhere); without it such a date is None.
    """
    text = text.strip() if isinstance(text, str) else ""
    if not text or len(text) > _MAX_TEXT:
        return None
    try:
        when = _exact(text) or _loose(text, day_first)
    except (ValueError, OverflowError):
        return None
    return when if when and _plausible(when, now or datetime.now(UTC)) else None


def _plausible(when: When, now: datetime) -> bool:
    latest = now.astimezone(UTC) + timedelta(days=2)
    if when.instant is not None:
        return when.instant.year >= EARLIEST and when.instant <= latest
    return f"{EARLIEST}-01-01" <= when.day <= latest.date().isoformat()


def _exact(text: str) -> When | None:
    """The forms that standards give."""
    if _ISO_INSTANT.fullmatch(text):  # the commonest form, by the fastest way
        with suppress(ValueError):  # 24:00:00
            local = datetime.fromisoformat(text).replace(microsecond=0)
            offset = text[19:].lstrip(".0123456789").replace("Z", "+00:00").replace("-00:00", "+00:00") or None
            return When(text[:10], local.astimezone(UTC) if offset else local.replace(tzinfo=UTC), offset)
    found = _RFC822.fullmatch(text)
    if found:
        number = month(found[2].lower())
        clock = (found[4], found[5], found[6])
        return _when(found[3], str(number), found[1], clock, _offset(found[7].lower())) if number else None
    found = _ISO.fullmatch(text)
    if found:
        year, number_, day, hour, minute, second, zone = found.groups()
        return _when(year, number_, day, (hour, minute, second) if hour else None, _offset((zone or "").lower()))
    found = _EPOCH.fullmatch(text)
    if found:
        instant = datetime.fromtimestamp(int(found[1]), UTC)
        return When(instant.date().isoformat(), instant, "+00:00")
    return None


def _loose(text: str, day_first: bool | None) -> When | None:
    """What people print: a date, and perhaps a clock, in any order, among other words."""
    plain = fold(text)
    for pattern, readable in PHRASES:
        plain = pattern.sub(readable, plain)
    clock = _COLON_CLOCK.search(plain) or _WORD_CLOCK.search(plain)
    rest = f"{plain[: clock.start()]} ; {plain[clock.end() :]}" if clock else plain
    numbers = _NUMBERS.search(rest)
    parts = _from_numbers(numbers, day_first) if numbers else None
    if numbers and parts:
        rest = f"{rest[: numbers.start()]} ; {rest[numbers.end() :]}"
    else:
        parts = _from_words(rest)
    if not parts:
        return None
    source = plain
    if not clock:
        clock = _HALF_CLOCK.search(rest) or _DOT_CLOCK.search(rest)
        source = rest
    if not clock:
        return _when(*parts, None, None)
    hour, minute, second = clock.groups()
    before, after = source[: clock.start()][-40:].split(), source[clock.end() :][:40]
    hour = _hour(int(hour), before[-1:] + after.split()[:1])
    return _when(*parts, (hour, minute, second), _zone(after, text))


def _from_numbers(found: re.Match[str], day_first: bool | None) -> tuple[str, str, str] | None:
    one, separator, two, three = found.groups()
    if len(one) == 4:
        return (one, two, three) if len(three) < 3 else None
    if len(three) == 1 or (len(three) == 2 and separator == "-" and not day_first):
        return None
    if separator == "." or int(one) > 12:
        day_first = True
    elif int(two) > 12:
        day_first = False
    elif one.zfill(2) == two.zfill(2):
        day_first = True
    if day_first is None:
        return None
    return (three, two, one) if day_first else (three, one, two)


def _from_words(text: str) -> tuple[str, str, str] | None:
    tokens = []
    for token in _TOKEN.findall(text):
        if token[0] == "@" or token.isdigit():
            tokens.append(token)
        else:
            number = month(token)
            if number:
                tokens.append(f"@{number}")
    sequence = " ".join(tokens)
    found = next(filter(None, (order.search(sequence) for order in _ORDERS)), None)
    return (found["y"], found["m"], found["d"]) if found else None


def _hour(hour: int, words: list[str]) -> str:
    near = {word.strip(",;()").rstrip(".") for word in words}
    if near & AFTERNOON and hour < 12:
        hour += 12
    elif near & FORENOON and hour == 12:
        hour = 0
    return str(hour)


def _zone(after: str, text: str) -> str | None:
    """The zone that follows a clock: an offset, or a name in capitals (`est` and `ist` are words, too)."""
    after = after.replace("\u2212", "-")
    for word in re.findall(r"(?:utc|gmt)?\s?[+-]\d[\d:]*|[^\W\d_]+", after)[:3]:
        offset = _offset(word.strip())
        if offset and (not word.strip().isalpha() or word in ("gmt", "utc") or word.upper() in text):
            return offset
    return None


def _offset(zone: str) -> str | None:
    """`+09:00` of a folded zone: a name, `z`, `+0900`, `gmt+9`."""
    if zone in ZONES:
        return ZONES[zone]
    found = _OFFSET.fullmatch(zone)
    if not found:
        return None
    digits = found[2] + (found[3] or "")
    if len(digits) > 2 and not found[3]:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if not hours and not minutes:
        return "+00:00"  # `-0000` says UTC, too (RFC 2822, 3.3)
    return f"{found[1]}{hours:02d}:{minutes:02d}" if hours <= 14 and minutes < 60 else None


def _when(
    year: str, number: str, day: str, clock: tuple[str, str | None, str | None] | None, offset: str | None
) -> When | None:
    y = int(year)
    if len(year) == 2:
        y += 2000 if y < 70 else 1900  # RFC 2822, 4.3 ends at 49; no news of 1950 to 1969 is online
    elif y > 2400:
        y -= 543  # the Buddhist calendar of Thailand
    date = datetime(y, int(number), int(day))  # the zone comes below
    printed = date.date().isoformat()
    if clock is None:
        return When(printed)
    hour, minute, second = int(clock[0]), int(clock[1] or 0), min(int(clock[2] or 0), 59)
    if hour == 24 and minute == 0:
        date, hour = date + timedelta(days=1), 0
    if hour > 23 or minute > 59:
        return When(printed)
    local = date.replace(hour=hour, minute=minute, second=second)
    instant = local.replace(tzinfo=timezone(_delta(offset))).astimezone(UTC)
    return When(local.date().isoformat(), instant, offset)


def _delta(offset: str | None) -> timedelta:
    if offset is None:
        return timedelta()
    size = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -size if offset[0] == "-" else size
