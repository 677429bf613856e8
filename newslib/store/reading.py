"""The reading half of an archive: no lock, any number of readers, also while a crawl writes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import apsw

from newslib.article import Article, article_id
from newslib.store import frontier, hosts, ledger, polls, records, recovery, verify, warc
from newslib.store.errors import ArchiveDamaged, ArchiveIOError, ArchiveMissing
from newslib.store.frontier import PendingUrl
from newslib.store.hosts import HostState
from newslib.store.ledger import plain, row, rows
from newslib.store.polls import PollState
from newslib.store.records import Latest


class Reader:
    """What is committed in an archive. For one thread."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises ArchiveMissing, ArchiveDamaged, ArchiveNewer, ArchiveIOError."""
        self.path = Path(path).absolute()
        file = self.path / ledger.NAME
        if not file.exists():
            recovery.refuse_orphans(self.path)
            raise ArchiveMissing(f"{self.path} holds no archive; give the folder that a crawl wrote to (ARCHIVE_DIR).")
        with plain_errors(self.path):
            self._db = ledger.connect(file, write=False)
            ledger.check_version(self._db, file)
            ledger.pretend_migrated(self._db)
        self._files = records.Files(self.path)

    def close(self) -> None:
        self._db.close()
        self._files.close()

    # -- articles

    def article(self, id: str) -> Article | None:
        """A record by its id, or the newest version by an article's id."""
        return records.one(self._db, self._files, id)

    def latest(self, which: str) -> Latest | None:
        """The newest version at a canonical URL, or of an article's id, as the ledger has it."""
        return records.latest(self._db, article_id(which) if "/" in which else records.split_id(which)[0])

    def articles(
        self,
        topic: str | None = None,
        language: str | None = None,
        since: str | None = None,
        until: str | None = None,
        latest: bool = False,
    ) -> Iterator[Article]:
        """Records in commit order.

        `since`, `until` (inclusive): days or instants, compared with published, else day, else fetched.
        `language`: `en` includes `en-GB`. `latest`: of each article the newest version alone.
        """
        return records.several(self._db, self._files, topic, language, since, until, latest)

    def page(self, article: Article) -> bytes | None:
        """The response that an article was read from, head and body as sent; None when it has no WARC record."""
        if article.warc is None:
            return None
        data = self._files.read(article.warc["file"], article.warc["offset"], article.warc["length"])
        return warc.read(data).block

    def counts(self) -> dict[str, int]:
        """Numbers of `records`, `articles` (addresses that have one), known `urls`, and `pending` ones."""
        outcomes = self.outcomes()
        return {
            "records": row(self._db, "SELECT coalesce(sum(n), 0) FROM counter WHERE name = 'records'")[0],
            "articles": row(self._db, "SELECT count(DISTINCT article) FROM article")[0],
            "urls": sum(outcomes.values()),
            "pending": outcomes.get("pending", 0),
        }

    def verify(self, quick: bool = False, progress: Callable[[str, int], None] | None = None) -> dict[str, Any]:
        """Check the invariants of the archive; see newslib.store.verify."""
        with plain_errors(self.path):
            return verify.verify(self.path, quick, progress)

    # -- the frontier

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


@contextlib.contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Faults of the disk as ArchiveIOError, of the ledger's bytes as ArchiveDamaged."""
    file = path / ledger.NAME
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise ArchiveIOError(f"{where}: {error.strerror or error}; check the disk and its permissions.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise ArchiveDamaged(f"{file} is damaged ({error}); restore it from a backup.") from error
    except apsw.Error as error:
        raise ArchiveIOError(f"{file}: {error}; check the disk and its permissions.") from error
