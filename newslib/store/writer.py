"""The writer: one thread that turns waiting operations into commits (group commit, offset ledger).

An operation is a function of the ledger's connection and the segments. A batch is whatever waits when the thread is
free, at most BATCH operations, and never held back for a timer. The order that makes a commit mean something:

1. inside `BEGIN IMMEDIATE`, each operation in a savepoint: rows into the ledger, bytes into memory;
2. append the WARC members, then the JSONL lines; force both files, and the names of new ones, to disk;
3. `COMMIT` (SQLite syncs its log): this moment, and no other, makes the batch exist;
4. resolve the futures.

An operation that fails by its own fault (a wrong value) is undone alone. A fault of the disk ends the writer for good.
"""

from __future__ import annotations

import errno
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw

from newslib.store import disk
from newslib.store.errors import ArchiveError, ArchiveIOError
from newslib.store.segments import Segments

BATCH = 32
Operation = Callable[[apsw.Connection, Segments], Any]
# Faults of one operation's values. Any other of SQLite, and any of the system, ends the writer.
_OWN_FAULT = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError)
_FATAL = (apsw.Error, OSError, MemoryError)
_log = logging.getLogger(__name__)


class Writer:
    """Owns the write connection. `failed` is None or the ArchiveIOError that ended it."""

    def __init__(self, db: apsw.Connection, segments: Segments, name: str, files: Iterable[Path] = ()) -> None:
        """`files`: those that must stay where they are, such as the ledger's; each commit looks."""
        self.failed: ArchiveIOError | None = None
        self.on_failure: Callable[[ArchiveIOError], None] | None = None
        self._db, self._segments, self._name = db, segments, name
        self._files = {path: disk.identity(path) for path in files}
        self._queue: queue.SimpleQueue[tuple[Operation, Future[Any]] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()  # between submitting and failing or closing: no future is left behind
        self._closed = False
        self.thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)
        self.thread.start()

    def submit(self, operation: Operation) -> Future[Any]:
        """Queue an operation; its future resolves to its result after the commit."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()  # what was accepted is written, whoever stops waiting for it
        with self._gate:
            if self.failed or self._closed:
                future.set_exception(self.failed or ArchiveError(f"{self._name}: the archive is closed."))
            else:
                self._queue.put((operation, future))
        return future

    def close(self) -> None:
        """Commit everything that waits, then end. Returns when the thread has ended."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if threading.current_thread() is not self.thread:
            self.thread.join()

    def _run(self) -> None:
        batch: list[tuple[Operation, Future[Any]]] = []
        try:
            while batch := self._take():
                self._commit(batch)
        except BaseException as error:
            self._fail(error, batch)
        finally:
            self._segments.close()

    def _take(self) -> list[tuple[Operation, Future[Any]]]:
        """What waits, at least one operation; [] at the end."""
        batch = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == BATCH:
                break
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
        else:
            if batch:
                self._queue.put(None)  # the end comes after this batch
        return batch

    def _commit(self, batch: list[tuple[Operation, Future[Any]]]) -> None:
        self._look()  # before a new file would be made in a folder that is no longer the archive's
        self._db.execute("BEGIN IMMEDIATE")
        outcomes = [self._apply(operation) for operation, _ in batch]
        disk.failpoint("before-append")
        self._segments.write()
        self._segments.sync()
        disk.failpoint("after-sync")
        disk.failpoint("before-commit")
        self._look()
        self._db.execute("COMMIT")
        disk.failpoint("after-commit")
        self._segments.committed()
        for (_, future), (result, error) in zip(batch, outcomes, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _look(self) -> None:
        for path, known in self._files.items():
            disk.still_there(path, known)

    def _apply(self, operation: Operation) -> tuple[Any, Exception | None]:
        mark = self._segments.mark()
        self._db.execute("SAVEPOINT operation")
        try:
            result = operation(self._db, self._segments)
        except Exception as error:
            if isinstance(error, _FATAL) and not isinstance(error, _OWN_FAULT):
                raise
            self._db.execute("ROLLBACK TO operation")
            self._segments.restore(mark)
            return None, error
        finally:
            if self._db.in_transaction:
                self._db.execute("RELEASE operation")
        return result, None

    def _fail(self, error: BaseException, batch: list[tuple[Operation, Future[Any]]]) -> None:
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if file := getattr(error, "filename", None):
            what = f"{file}: {what}"
        gone = isinstance(error, OSError) and error.errno == errno.ESTALE
        fix = "Put it back" if gone else "What was stored before is safe. Make room on the disk or check it"
        failure = ArchiveIOError(f"{self._name}: the archive cannot be written ({what}). {fix}, then run again.")
        failure.__cause__ = error
        if not isinstance(error, OSError | apsw.Error):
            _log.error("the archive's writer ended", exc_info=error)
        with self._gate:
            self.failed = failure
            waiting = [future for _, future in batch if not future.done()]
            while not self._queue.empty():
                item = self._queue.get()
                if item is not None:
                    waiting.append(item[1])
        for future in waiting:
            future.set_exception(failure)
        if self.on_failure is not None:
            self.on_failure(failure)
