"""How URLs, hosts and runs are changed in the ledger, as the writer of an archive sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import apsw

from newslib.page import now
from newslib.store import frontier, hosts, quarantine, visits
from newslib.store.frontier import Discovered, Link
from newslib.store.polls import Poll
from newslib.store.segments import Segments
from newslib.store.writer import Operation


class FrontierWriter:
    """The frontier's half of `newslib.store.archive.Archive`, which has the writer."""

    run: str
    _sources: set[str]  # of this run
    _revisit: Sequence[float]  # hours

    def _submit(self, operation: Operation) -> Future[Any]:
        raise NotImplementedError

    def begin(self, sources: list[str], topics: dict[str, str]) -> Future[None]:
        """Start a run of these sources (ids) and topics (id -> version): what failed is pending again, thrice, and so
        is what is due again."""
        self._sources = set(sources)

        def begin(db: apsw.Connection, _: Segments) -> None:
            frontier.begin(db, self.run, sources, topics, now())
            if self._revisit:
                visits.begin(db, sources, now())

        return self._submit(begin)

    def discover(
        self, links: Iterable[Link], poll: Poll | None = None, topics: dict[str, str] | None = None
    ) -> Future[Discovered]:
        """Put links into the frontier, together with the poll that gave them.

        `topics`: those of the run (id -> version). A URL that ended as off-topic is pending again when one of them has
        not judged it yet, or when there are none, since then all is kept.
        """
        links, topics, sources = list(links), dict(topics or {}), self._sources
        return self._submit(lambda db, _: frontier.discover(db, links, poll, topics, sources, now()))

    def defer(self, which: str | list[str], reason: str) -> Future[None]:
        """Say why URLs (a list) or all pending ones of a host (a string) stay pending: over-budget, retry-after ..."""
        return self._submit(lambda db, _: frontier.defer(db, which, reason))

    def set_host(self, host: str, **fields: Any) -> Future[int]:
        """Set fields of a HostState."""
        return self._submit(lambda db, _: hosts.put(db, host, **fields))

    def set_aside(self, url: str, why: str) -> Future[None]:
        """Put a record's page, which could not be read anew, into the quarantine; record and outcome stay."""
        who = quarantine.READ_ANEW
        return self._submit(lambda db, _: quarantine.put(db, url, now(), self.run, who, why))

    def retry(self, urls: list[str] | None = None) -> Future[int]:
        """Let what is in the quarantine (None: all of it) be tried again by the next run -> how many there were.

        It stands there until its URL has another outcome.
        """
        return self._submit(lambda db, _: quarantine.retry(db, urls))
