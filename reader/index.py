"""The search index: derived from the committed records, kept in ARCHIVE/search/, made anew whenever it is not right.

It holds the newest version of each article. It knows up to which commit it has read (search/state.json), and reads on
from there when a search starts; there is no tie to the crawl. Reading a record twice does no harm, so the state may be
older than the index (a crash in between), never newer.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tantivy

from newslib import Archive
from newslib.store import disk
from reader.documents import FORMAT, document, schema
from reader.errors import SearchIndexError

STATE = "state.json"
_COMMIT = 50_000  # records after which a long job is safe
_NONE = "there is none yet"
_FEW = 2_000  # records that one thread takes in

Say = Callable[[str], None]


def is_fault(error: BaseException) -> bool:
    """Whether the engine failed: it raises plain ValueErrors for whatever happens on disk, or panics."""
    return type(error) is ValueError or "Panic" in type(error).__name__


class Index:
    """The index of an archive. `say` takes sentences for people. A `with` block or `close` ends it."""

    def __init__(self, archive: Archive, say: Say | None = None, rebuild: bool = False) -> None:
        """`rebuild`: make it anew. Raises SearchIndexError."""
        self._archive, self._say = archive, say or (lambda sentence: None)
        self._undo = contextlib.ExitStack()
        self._folder = archive.path / "search"
        self._index: tantivy.Index | None = None
        self._state: dict[str, Any] = {}
        try:
            self._folder.mkdir(exist_ok=True)
            os.close(os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o666))
        except OSError as error:
            self._elsewhere(error)
        self._why = "it is asked for" if rebuild else ""
        self.searcher = self.refresh()

    def close(self) -> None:
        self._undo.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def schema(self) -> tantivy.Schema:
        assert self._index is not None
        return self._index.schema

    def refresh(self) -> tantivy.Searcher:
        """Bring the index up to date with what is committed; nothing happens when it is."""
        if self._index is not None and self._cursor() == self._state.get("cursor"):
            return self.searcher
        with self._locked():
            why, self._why = self._why, ""
            for attempt in (1, 2):
                try:
                    why = why or self._open()
                    if why:
                        self._create(why)
                    self._catch_up()
                    assert self._index is not None
                    self._index.reload()
                    self.searcher = self._index.searcher()
                    break
                except BaseException as error:  # a panic of the engine is no Exception
                    self._index = None
                    if not isinstance(error, OSError) and not is_fault(error):
                        raise
                    if attempt == 2 or isinstance(error, OSError):
                        reason = " ".join(str(error).split())[:300]
                        problem = f"{self._folder}: the search index cannot be made ({reason}); check the disk"
                        raise SearchIndexError(problem) from error
                    why = "it is damaged"
        return self.searcher

    def remake(self, why: str) -> None:
        """Make the index anew."""
        self._index, self._why = None, why
        self.searcher = self.refresh()

    # --- opening

    def _cursor(self) -> list[Any]:
        """What the index must have read: the last commit and its record, takedowns, later verdicts."""
        last = self._archive.last_commit()
        return [last, self._archive.committed(last), len(self._archive.removed()), self._archive.judged()]

    def _open(self) -> str:
        """Open what is there; why it must be made anew, or nothing."""
        state = self._read_state()
        if not state:
            return _NONE if not (self._folder / "meta.json").exists() else "it is incomplete"
        if state.get("format") != FORMAT:
            return "another version of this program made it"
        seq, id, removed, _ = state["cursor"]
        if seq and self._archive.committed(seq) not in (id, None):
            return "the archive is not the one that it was made from"
        if removed != len(self._archive.removed()):  # deleting alone would leave its words in the files
            return "an article was taken down"
        for name, size in state["files"].items():
            path = self._folder / name
            if not path.exists() or path.stat().st_size != size:
                return f"it is damaged ({name})"
        self._index, self._state = tantivy.Index.open(str(self._folder)), state
        return ""

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads((self._folder / STATE).read_bytes())
            seq, _, removed, judged = state["cursor"]
            fine = isinstance(seq, int) and isinstance(removed, int) and isinstance(judged, str)
            return state if fine and isinstance(state["files"], dict) else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _create(self, why: str) -> None:
        if why != _NONE or self._archive.last_commit() > _FEW:
            self._say(f"the search index is made from the archive: {why}")
        self._index = None
        (self._folder / STATE).unlink(missing_ok=True)
        for path in self._folder.iterdir():
            if path.is_file() and path.name != "lock":
                path.unlink()
        self._index = tantivy.Index(schema(), str(self._folder))
        self._state = {"cursor": [0, None, *self._cursor()[2:]]}

    def _elsewhere(self, error: OSError) -> None:
        """A disk that cannot be written: a copy in a temporary folder, brought up to date there."""
        folder = Path(self._undo.enter_context(tempfile.TemporaryDirectory(prefix="news-search-")))
        self._say(f"{self._folder} cannot be written ({error.strerror}): the index is kept in {folder} while this runs")
        with contextlib.suppress(OSError):
            if self._folder.is_dir():
                shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        self._folder = folder

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes or changes the index; others wait for it."""
        fd = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("another search is bringing the index up to date; waiting for it")
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    # --- filling

    def _catch_up(self) -> None:
        """Take in what was committed and judged anew since."""
        assert self._index is not None
        goal = self._cursor()
        done = self._state["cursor"]
        if done == goal and "files" in self._state:
            return
        seq, _, _, judged = done
        if seq:
            self._save(done, closed=False)
        many = goal[0] - seq > _FEW
        threads = min(4, os.cpu_count() or 1) if many else 1
        writer = self._index.writer(threads * (100_000_000 if many else 30_000_000), threads)
        try:
            if goal[3] != judged:
                for each in self._archive.rejudged(judged):
                    self._again(writer, each)
            fresh, said = seq == 0, time.monotonic()
            for count, (at, article) in enumerate(self._archive.commits(seq, goal[0], latest=True), 1):
                if not fresh:
                    writer.delete_documents_by_term("article", article.article)
                writer.add_document(document(article))
                if count % _COMMIT == 0:
                    writer.commit()
                    self._save([at, article.id, *done[2:]], closed=False)
                if time.monotonic() - said > 1:
                    said = time.monotonic()
                    self._say(f"search index: {at} of {goal[0]} records")
            writer.commit()
        finally:
            with contextlib.suppress(ValueError):
                writer.wait_merging_threads()
        self._save(goal)

    def _again(self, writer: tantivy.IndexWriter, seq: int) -> None:
        id = self._archive.committed(seq)
        article = self._archive.article(id) if id else None
        newest = self._archive.latest(article.article) if article else None
        if article is not None and newest is not None and newest.id == article.id:
            writer.delete_documents_by_term("article", article.article)
            writer.add_document(document(article))

    def _save(self, cursor: list[Any], closed: bool = True) -> None:
        """Note how far the index has read; when nobody writes to it any more, also the sizes of its files."""
        files = {
            path.name: path.stat().st_size
            for path in self._folder.iterdir()
            if closed and path.suffix in (".fast", ".idx", ".pos", ".store", ".term", ".fieldnorm")
        }
        mode = (self._folder / "lock").stat().st_mode & 0o777
        for name in ("meta.json", ".managed.json"):  # the engine lets nobody else read them
            (self._folder / name).chmod(mode)
        self._state = {"format": FORMAT, "cursor": cursor, "files": files}
        disk.write_whole(self._folder / STATE, json.dumps(self._state).encode())
