"""The archive as the rest of the program sees it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from newslib.article import Article
from newslib.page import Page, now
from newslib.store import disk, ledger, operations, records, verdicts
from newslib.store.admission import Admissions
from newslib.store.errors import ArchiveError, ArchiveIOError
from newslib.store.frontier_writer import FrontierWriter
from newslib.store.ledger import plain_errors
from newslib.store.opening import open_for_writing
from newslib.store.operations import End
from newslib.store.reading import Reader
from newslib.store.segments import Segments
from newslib.store.verdicts import Verdict
from newslib.store.writer import Operation, Writer

if TYPE_CHECKING:
    from newslib.store.relations import Relations

WARC_POLICIES = ("matched", "all", "none")


class Archive(FrontierWriter, Reader):
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
        revisit: Sequence[float] = (),
    ) -> None:
        """`run`: its name (made when None). `warc`: matched | all | none. `scope`, `minimum`: for paragraphs.decide.
        `revisit`: hours, for visits.wait; none: no page is asked for again by plan.

        Raises ArchiveMissing (reading only), ArchiveLocked, ArchiveDamaged, ArchiveNewer, ArchiveIOError.
        """
        if warc not in WARC_POLICIES:
            raise ValueError(f"warc is {' | '.join(WARC_POLICIES)}, not {warc!r}")
        self.run = run or datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
        self._warc, self._sources, self._revisit = warc, set[str](), tuple(revisit)
        self._writer: Writer | None = None
        with plain_errors(Path(path)), contextlib.ExitStack() as undo:
            if write:
                self._writer = _writer(Path(path).absolute(), self.run, undo)
            super().__init__(path)
            self._writer_files = records.Files(self.path)
            self._relations: Relations | None = None
            self._admissions = Admissions(self._db, self._files, scope, minimum)
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
        revisit: Sequence[float] = (),
    ) -> Archive:
        """The same as the constructor."""
        return cls(path, write, run, warc, scope, minimum, revisit)

    def close(self) -> None:
        """Commit what waits, close the files, give the lock back. A second call does nothing."""
        super().close()
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

    def admit(
        self,
        article: Article,
        paragraphs: list[str],
        protected: set[int] | frozenset[int] = frozenset(),
        instead_of: Article | None = None,
    ) -> str:
        """Decide what an article is to the archive: `new`, `version`, `unchanged` (title and text as before, but for
        typography, counters, clocks and advertisements), or `removed` (taken down: it may not be stored).

        Sets article, id, version, text, chars, sha256, full_sha256, repeats and copy_of. `paragraphs`: the page's,
        clean, in order; `protected`: numbers of those that must stay. An article that is new or a version must then be
        stored or released; what is admitted later may refer to it.

        `instead_of`: the newest version, when this one was read anew from the same page; then it is a version when any
        field that a page gives differs.
        """
        return self._admissions.admit(article, paragraphs, protected, instead_of)

    def release(self, article: Article) -> None:
        """Drop an admission that will not be stored."""
        self._admissions.release(article)

    def store(
        self,
        article: Article,
        page: Page | None,
        *,
        url: str | None,
        outcome: str = "stored",
        reason: str | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Future[Article]:
        """Store an admitted article and end `url` (the address that was asked for; None: no URL ends) with `outcome`.

        Sets warc and run. When the article's own address is another, `url` ends as `unchanged: alias` and that one as
        `outcome`. A page that lies in the WARC already (`page.warc`) is not written again. Raises ValueError when the
        article was not admitted, or refers to one that is not submitted yet; so does the future when the record cannot
        be written, ReferenceMissing when one that it refers to could not.
        """
        self._require_writer()
        admission = self._admissions.submit(article)
        article.run = self.run
        if page is not None and (article.body == "feed" or not page.status or not (page.warc or self._warc != "none")):
            page = None
        end = None
        if url is not None:
            end = End(url, outcome, reason, article.fetched, etag, last_modified, revisit=self._revisit)
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
        who: str = "extract",
        wordless: bool = False,
    ) -> Future[None]:
        """End a URL without a record.

        `judged`: the topics that judged it off-topic (id -> version), `groups` (topic/group): those found; both are
        added to what other topics said of it. `article`: id of the article that an unchanged URL is an alias of.
        `page` goes to the WARC when all pages do; an answer 304, or an unchanged page with the same body as before,
        goes there as a revisit unless none do. `quarantined` keeps the page too, unless none are, and is noted with
        `who`: the step that gave up. `wordless`: the page cannot be had, and no feed had said a word of it; if one has
        by now, the URL stays pending.
        """
        answered = page is not None and page.status != 0
        fetched = page.fetched if page is not None and answered else now() if outcome == "unchanged" else None
        written = page if page is not None and answered and self._warc != "none" and not page.warc else None
        keep = self._warc == "all" or outcome == "quarantined"
        end = End(url, outcome, reason, fetched, etag, last_modified, article, judged, [*groups], keep)
        end.run, end.who, end.revisit, end.wordless = self.run, who, self._revisit, wordless
        return self._submit(lambda db, segments: operations.finish(db, segments, written, end, self._writer_files))

    def judge(self, found: Iterable[Verdict]) -> Future[None]:
        """Note what topics of today say of records; readers see their `topics` accordingly."""
        found = list(found)
        return self._submit(lambda db, _: verdicts.put(db, found, now()))

    def relate(self, most: int = 32) -> Future[int]:
        """Look at the next stored records, at most so many, for what they have in common with those before, and sort
        them into stories -> how many there were. Where it was interrupted, the next call goes on."""
        if self._relations is None:
            from newslib.store.relations import Relations  # numpy takes a tenth of a second

            self._relations = Relations(self._writer_files)
        look = self._relations.look
        return self._submit(lambda db, _: look(db, most))

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
    """Open for writing, and start the writer; `undo` takes the way back."""
    db = open_for_writing(path, run, undo)
    file = path / ledger.NAME
    watched = [path / "lock", file, file.with_name(file.name + "-wal")]
    writer = Writer(db, Segments(path, db, run), str(path), watched)
    undo.callback(writer.close)
    return writer
