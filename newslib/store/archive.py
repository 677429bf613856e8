"""The archive as the rest of the program sees it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from newslib.article import Article
from newslib.page import Page, now
from newslib.store import card, disk, frontier, hosts, ledger, operations, records, recovery
from newslib.store.admission import Admissions
from newslib.store.errors import ArchiveError, ArchiveIOError
from newslib.store.frontier import Discovered, Link
from newslib.store.lock import Lock
from newslib.store.operations import End
from newslib.store.polls import Poll
from newslib.store.reading import Reader, plain_errors
from newslib.store.segments import Segments
from newslib.store.writer import Operation, Writer

WARC_POLICIES = ("matched", "all", "none")


class Archive(Reader):
    """A folder of articles, and everything known about how they came there.

    Reading needs no lock and goes on while a crawl writes: `Archive("archive").articles(topic="russia-north-korea")`.
    Writing takes the one-writer lock and recovers first. Methods that write return a Future at once; it resolves after
    the commit, and from then on the change survives any crash. Reads see what is committed, and like `admit` are for
    the thread that opened the archive. After a fault of the disk `failed` is set, and all futures raise it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        write: bool = False,
        run: str | None = None,
        warc: str = "matched",
        scope: str = "archive",
        minimum: int = 40,
    ) -> None:
        """`run`: its name (made when None). `warc`: matched | all | none. `scope`, `minimum`: for paragraphs.decide.

        Raises ArchiveMissing (reading only), ArchiveLocked, ArchiveDamaged, ArchiveNewer, ArchiveIOError.
        """
        if warc not in WARC_POLICIES:
            raise ValueError(f"warc is {' | '.join(WARC_POLICIES)}, not {warc!r}")
        self.run = run or datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
        self._warc, self._sources = warc, set[str]()
        self._writer: Writer | None = None
        with contextlib.ExitStack() as undo:
            if write:
                with plain_errors(Path(path)):
                    self._writer = _writer(Path(path).absolute(), self.run, undo)
            super().__init__(path)
            self._writer_files = records.Files(self.path)
            self._admissions = Admissions(self._db, scope, minimum)
            self._undo = undo.pop_all()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        write: bool = False,
        run: str | None = None,
        warc: str = "matched",
        scope: str = "archive",
        minimum: int = 40,
    ) -> Archive:
        """The same as the constructor."""
        return cls(path, write, run, warc, scope, minimum)

    def close(self) -> None:
        """Commit what waits, close the files, give the lock back. A second call does nothing."""
        super().close()
        with contextlib.suppress(apsw.Error):  # what was acknowledged lies in the log; the next opening moves it
            self._undo.close()
        self._writer_files.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def failed(self) -> ArchiveIOError | None:
        """The fault that stopped the writer, or None."""
        return self._writer.failed if self._writer else None

    def on_failure(self, callback: Callable[[ArchiveIOError], None]) -> None:
        """Call this once, from the writer's thread, when a fault stops the writer."""
        self._require_writer().on_failure = callback

    def begin(self, sources: list[str], topics: dict[str, str]) -> Future[None]:
        """Start a run of these sources (ids) and topics (id -> version): what failed is pending again, thrice."""
        self._sources = set(sources)
        return self._submit(lambda db, _: frontier.begin(db, self.run, sources, topics, now()))

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

    def admit(self, article: Article, paragraphs: list[str], protected: set[int] | frozenset[int] = frozenset()) -> str:
        """Decide what an article is to the archive: `new`, `version` or `unchanged` (title and full text as before).

        Sets article, id, version, text, chars, sha256, full_sha256, repeats and copy_of. `paragraphs`: the page's,
        clean, in order; `protected`: numbers of those that must stay. An article that is new or a version must then be
        stored or released; what is admitted later may refer to it.
        """
        return self._admissions.admit(article, paragraphs, protected)

    def release(self, article: Article) -> None:
        """Drop an admission that will not be stored."""
        self._admissions.release(article)

    def store(
        self,
        article: Article,
        page: Page | None,
        *,
        url: str,
        outcome: str = "stored",
        reason: str | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Future[Article]:
        """Store an admitted article and end `url` (the address that was asked for) with `outcome`.

        Sets warc and run. When the article's own address is another, `url` ends as `unchanged: alias` and that one as
        `outcome`. Raises ValueError when the article was not admitted, or refers to one that is not submitted yet.
        """
        self._require_writer()
        admission = self._admissions.submit(article)
        article.run = self.run
        if page is not None and (article.body == "feed" or self._warc == "none" or not page.status):
            page = None
        end = End(url, outcome, reason, article.fetched, etag, last_modified)
        return self._submit(lambda db, segments: operations.store(db, segments, article, page, admission, end))

    def finish(
        self,
        url: str,
        outcome: str,
        reason: str | None = None,
        *,
        judged: dict[str, str] | None = None,
        groups: Iterable[str] = (),
        article: str | None = None,
        page: Page | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Future[None]:
        """End a URL without a record.

        `judged`: the topics that judged it off-topic (id -> version), `groups` (topic/group): those found; both are
        added to what other topics said of it. `article`: id of the article that an unchanged URL is an alias of.
        `page` goes to the WARC when all pages do; an answer 304, or an unchanged page with the same body as before, goes
        there as a revisit unless none do.
        """
        answered = page is not None and page.status != 0
        fetched = page.fetched if page is not None and answered else now() if outcome == "unchanged" else None
        written = page if answered and self._warc != "none" else None
        end = End(url, outcome, reason, fetched, etag, last_modified, article, judged, list(groups), self._warc == "all")
        return self._submit(lambda db, segments: operations.finish(db, segments, written, end, self._writer_files))

    def write_report(self, report: dict[str, Any]) -> Path:
        """Write runs/<run>.json at once and whole."""
        path = self.path / "runs" / f"{self.run}.json"
        with plain_errors(self.path):
            disk.write_whole(path, json.dumps(report, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n")
        return path

    def _require_writer(self) -> Writer:
        if self._writer is None:
            raise ArchiveError(f"{self.path} was opened for reading.")
        return self._writer

    def _submit(self, operation: Operation) -> Future[Any]:
        return self._require_writer().submit(operation)


def _writer(path: Path, run: str, undo: contextlib.ExitStack) -> Writer:
    """Lock, recover, and start the writer; `undo` takes the way back."""
    disk.make_directory(path)
    undo.callback(Lock(path / "lock", run).release)
    file = path / ledger.NAME
    if not file.exists():
        recovery.refuse_orphans(path)
    db = ledger.connect(file, write=True)
    undo.callback(db.close)
    if ledger.is_empty(db):  # new, or its creation was interrupted
        recovery.refuse_orphans(path)
        disk.sync_directory(path)
    else:
        ledger.check_version(db, file)
    ledger.migrate(db)
    recovery.recover(path, db)
    card.write(path)
    watched = [path / "lock", file, file.with_name(file.name + "-wal")]
    writer = Writer(db, Segments(path, db, run), str(path), watched)
    undo.callback(writer.close)
    return writer
