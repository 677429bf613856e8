"""Points in time as people type them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

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
