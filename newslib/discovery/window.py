"""Which candidates lie in the time that a run asks for. Only what feeds and sitemaps say counts, never the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from newslib.discovery.candidate import Candidate

# 2024, 2024-03, 202403, 2024/03/15, and `?yyyy=2024&mm=03` as WordPress plug-ins have it.
_SEPARATOR = r"(?:[-_/.]?|&[a-z]+=)"
_DATED = re.compile(
    rf"(?<!\d)(?P<year>199\d|20\d\d)(?:{_SEPARATOR}(?P<month>0[1-9]|1[0-2])"
    rf"(?:{_SEPARATOR}(?P<day>0[1-9]|[12]\d|3[01]))?)?(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Window:
    """From `since` to `until` (aware; None: no end)."""

    since: datetime
    until: datetime | None = None

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate is to be taken. What has no date always is; a bare day counts as a whole."""
        dates = [when for when in (candidate.published, candidate.updated) if when]
        if not dates:
            return True
        if max(when.day for when in dates) < _day(self.since):
            return False
        if self.until is not None and min(when.day for when in dates) > _day(self.until):
            return False
        instants = [when.instant for when in dates if when.instant]
        if len(instants) < len(dates):
            return True
        return max(instants) >= self.since and (self.until is None or min(instants) <= self.until)

    def children(
        self, sitemaps: list[Candidate], limit: int, read_at: Callable[[str], str]
    ) -> tuple[list[Candidate], int]:
        """The children of a sitemap index that can hold what is asked for, at most `limit`; and how many more there
        are.

        Left out are those last changed before `since`, and those whose name is a month or a day outside. Then the
        newest come first, with `until` those nearest after `since`, and those without any date from the end of the
        file, where outlets that number theirs add the next. Of more than `limit` those come first that were not read
        yet, or changed since, then those read longest ago, so that later runs get to all; without `until` the newest is
        always among them. `read_at`: the instant (…Z) at which a child was last read whole, empty for never.
        """
        wanted = [c for c in sitemaps if self._can_hold(c)]
        wanted.reverse()
        wanted.sort(key=self._order, reverse=self.until is None)
        if len(wanted) > limit:
            first = 1 if self.until is None else 0
            wanted[first:] = sorted(wanted[first:], key=lambda c: _read_since_changed(c, read_at(c.url)))
        return wanted[:limit], max(0, len(wanted) - limit)

    def _can_hold(self, child: Candidate) -> bool:
        if child.updated is not None and child.updated.day < _day(self.since):
            return False
        name = _dated(child.url)
        if name is None or name["month"] is None:  # a year alone may as well be a running number
            return True
        begin, end = _begin(name), _end(name)
        return (child.updated is not None or end >= _day(self.since)) and (
            self.until is None or begin <= _day(self.until)
        )

    def _order(self, child: Candidate) -> tuple[bool, str, str]:
        name = _dated(child.url)
        changed, named = child.updated.day if child.updated else "", _end(name) if name else ""
        if self.until is None:
            return False, changed or named, named
        day = named if named >= _day(self.since) else changed  # of an old month that changed later, when it did
        return not day, day, ""


def _read_since_changed(child: Candidate, read: str) -> str:
    if not read or child.updated is None:
        return read
    changed = child.updated.iso or child.updated.day
    return read if changed < read[: len(changed)] else ""


def _dated(url: str) -> re.Match[str] | None:
    """The most precise date in a child's path and query, of several the last."""
    found = list(_DATED.finditer(url, max(url.find("/", url.find("//") + 2), 0)))
    return max(reversed(found), key=lambda m: (m["month"] is not None) + (m["day"] is not None), default=None)


def _begin(name: re.Match[str]) -> str:
    return f"{name['year']}-{name['month'] or '01'}-{name['day'] or '01'}"


def _end(name: re.Match[str]) -> str:
    """The last day of a year, month or day; the 31st of any month, since days are only compared."""
    return f"{name['year']}-{name['month'] or '12'}-{name['day'] or '31'}"


def _day(instant: datetime) -> str:
    return instant.date().isoformat()
