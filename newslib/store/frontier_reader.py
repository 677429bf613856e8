"""What the ledger knows of URLs, feeds and hosts, as a reader sees it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import apsw

from newslib.store import frontier, hosts, polls, quarantine
from newslib.store.frontier import PendingUrl
from newslib.store.hosts import HostState
from newslib.store.ledger import plain, plainly, row, rows
from newslib.store.polls import PollState
from newslib.store.quarantine import Quarantined


@plainly
class FrontierReader:
    """The frontier's half of `newslib.store.reading.Reader`, which opens the ledger."""

    path: Path
    _db: apsw.Connection

    def outcome(self, url: str) -> tuple[str, str] | None:
        """Outcome and reason of a URL; None while it is pending, or when it is not known."""
        select = "SELECT outcome, reason FROM url WHERE url = ? AND outcome IS NOT NULL"
        known: tuple[str, str] | None = row(self._db, select, (plain(url),))
        return known

    def url(self, url: str) -> dict[str, Any] | None:
        """Everything the ledger knows of a URL (`judged`, `groups` and `warc` parsed), or None."""
        return frontier.known(self._db, url)

    def outcomes(self) -> dict[str, int]:
        """Outcome (and `pending`) -> number of URLs."""
        return dict(rows(self._db, "SELECT substr(name, 5), n FROM counter WHERE name LIKE 'url %' AND n"))

    def pending_hosts(self, sources: list[str]) -> dict[str, int]:
        """Host -> number of pending URLs of these sources."""
        return frontier.pending_hosts(self._db, sources)

    def pending(self, host: str, sources: list[str], limit: int, skip: Collection[str] = ()) -> list[PendingUrl]:
        """Pending URLs of a host and these sources, without those in `skip` (a set is fastest), at most `limit`.

        The likeliest first, then by what the feed or sitemap last gave as the date, the newest first and those without
        one last, then the longest known.
        """
        return frontier.pending(self._db, host, sources, limit, skip)

    def still_pending(self, urls: list[str]) -> list[str]:
        """Those of these URLs that are pending."""
        return frontier.still_pending(self._db, urls)

    def polled(self, url: str) -> PollState | None:
        """The validators of a feed or sitemap, and the judge under which it was last read whole."""
        return polls.state(self._db, url)

    def ways(self, source: str) -> list[tuple[str, str]]:
        """Kind (feed | sitemap | section) and URL of what was found for a source and answered when last asked."""
        return polls.ways(self._db, source)

    def host(self, host: str) -> HostState:
        """What is known of a host; all None when nothing is."""
        return hosts.get(self._db, host)

    def coverage(self) -> list[tuple[str, str, int, int, int]]:
        """Source, UTC day, polls that were answered, polls that failed, new items; by source and day."""
        return rows(self._db, "SELECT * FROM coverage ORDER BY source, day")

    def quarantined(self) -> list[Quarantined]:
        """What is set aside, and why, by time."""
        return quarantine.listed(self._db)

    def is_aside(self, url: str) -> bool:
        """Whether the page of the record at this URL is set aside, since it could not be read anew."""
        return quarantine.is_aside(self._db, url)
