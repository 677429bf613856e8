"""Points in time as people type them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def parse_since(text: str, now: datetime) -> datetime:
    """`36h`, `7d`, `4w` (before `now`, aware), `2025-10-01` (its midnight UTC) or an ISO instant, as aware UTC.

    Raises ValueError with what is accepted.
    """
    value = text.strip()
    try:
        if match := re.fullmatch(r"(\d{1,9})([hdw])", value):
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        instant = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no point in time; write 36h, 7d, 4w or 2025-10-01") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def day_or_instant(value: str) -> str:
    """A day, a month or a year (`2025-10-01`, `2025-10`, `2025`) as it is; an instant (`2025-10-01T08:00:00+02:00`;
    without a zone it is UTC) as UTC `…Z`. Raises ValueError with what is accepted."""
    try:
        if re.fullmatch(r"\d{4}(-\d\d){0,2}", value):
            date.fromisoformat(f"{value}-01-01"[:10])
            return value
        if not re.match(r"\d{4}-\d\d-\d\d[T ]\d", value):
            raise ValueError
        instant = datetime.fromisoformat(value)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        wanted = "a day like '2025-10-01', a month like '2025-10' or an instant like '2025-10-01T08:00:00Z'"
        raise ValueError(f"{value!r} is not {wanted}") from None
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def window(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    """Both ends of a time window as `day_or_instant` gives them. Raises ValueError that names the wrong one."""
    ends: dict[str, str | None] = {"since": since, "until": until}
    for name, value in ends.items():
        try:
            ends[name] = None if value is None else day_or_instant(value)
        except ValueError as error:
            raise ValueError(f"{name}={error}") from None
    first, last = ends["since"], ends["until"]
    if first and last and last < first[: len(last)]:
        raise ValueError(f"since={since!r} is later than until={until!r}: nothing is both")
    return first, last


def bound(text: str, now: datetime) -> str:
    """What a command line gives as the bound of a time window, for Archive.articles: `36h`, `7d` or `4w` before `now`,
    or what `day_or_instant` takes. Raises ValueError with what is accepted."""
    if re.fullmatch(r"\s*\d+[hdw]\s*", text):
        return parse_since(text, now).strftime("%Y-%m-%dT%H:%M:%SZ")
    return day_or_instant(text.strip())
