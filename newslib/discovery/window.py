"""Which candidates lie in the time that a run asks for. Only what feeds and sitemaps say counts, never the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newslib.discovery.candidate import Candidate


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

    def newest(self, sitemaps: list[Candidate], limit: int) -> tuple[list[Candidate], int]:
        """The children of a sitemap index that can hold what is asked for, newest first, at most `limit`; and how many
        more there are. A child that was last changed before `since` holds nothing newer."""
        wanted = [c for c in sitemaps if c.updated is None or _day(self.since) <= c.updated.day]
        wanted.sort(key=lambda c: c.updated.day if c.updated else "", reverse=True)
        return wanted[:limit], max(0, len(wanted) - limit)


def _day(instant: datetime) -> str:
    return instant.date().isoformat()
