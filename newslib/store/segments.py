"""The growing files: articles/YYYY/MM/DD-NNN.jsonl and warc/YYYY/MM/DD-NNN.warc.gz.

Names come from the UTC day of commit and a counter. Bytes are gathered in memory while a batch is put together, then
`write` and `sync` bring them to disk; they count once the ledger commits the new length.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from newslib.page import Page
from newslib.store import disk, warc
from newslib.store.ledger import rows

SUFFIX = {"warc": ".warc.gz", "articles": ".jsonl"}  # in the order in which they are written
LIMIT = {"warc": 1 << 30, "articles": 64 << 20}  # bytes; a file ends with the record that passes it


@dataclass(eq=False)
class Segment:
    id: int
    kind: str
    path: str  # relative to the archive
    committed: int  # bytes
    closed: bool = False
    chunks: list[bytes] = field(default_factory=list)  # of the batch being put together
    length: int = 0  # bytes, chunks included
    info: str = ""  # id of this run's warcinfo in it
    fd: int = -1
    file: tuple[int, int] = (0, 0)  # its identity on disk


def today() -> str:
    return datetime.now(UTC).strftime("%Y/%m/%d")


def day_of(path: str) -> str:
    """`articles/2026/11/25-001.jsonl` -> `2026/11/25`."""
    return path.split("/", 1)[1][:10]


class Segments:
    """The files that the writer appends to, one of each kind at a time."""

    def __init__(self, root: Path, db: apsw.Connection, run: str) -> None:
        self._root, self._db, self._run = root, db, run
        self._current: dict[str, Segment] = {}
        self._open: list[Segment] = []  # those with chunks or a file descriptor
        last = "SELECT id, path, length, sha256 IS NOT NULL FROM segment WHERE kind = ? ORDER BY id DESC LIMIT 1"
        for kind in SUFFIX:
            for id, path, length, closed in rows(db, last, (kind,)):
                self._current[kind] = Segment(id, kind, path, length, bool(closed), length=length)

    def add_line(self, line: bytes) -> tuple[int, int]:
        """Put a line into the batch -> (segment id, offset)."""
        segment = self._choose("articles")
        return segment.id, self._put(segment, line)

    def add_exchange(self, page: Page) -> dict[str, Any]:
        """Put a request and its response into the batch -> the pointer to the response (`warc` of the record)."""
        segment = self._introduced(page.fetched)
        request, response, digest = warc.exchange(page, segment.info)
        self._put(segment, request)
        offset = self._put(segment, response)
        return {"file": segment.path, "offset": offset, "length": len(response), "digest": digest}

    def add_revisit(self, page: Page, refers_to: tuple[str, str] | None) -> None:
        """Put the record of an answer that brought nothing new into the batch."""
        segment = self._introduced(page.fetched)
        self._put(segment, warc.revisit(page, segment.info, refers_to))

    def mark(self) -> Any:
        """The state of the batch, for `restore`."""
        return dict(self._current), [(s, len(s.chunks), s.length, s.info) for s in self._open]

    def restore(self, mark: Any) -> None:
        """Take back what was put into the batch since `mark`."""
        self._current, states = dict(mark[0]), mark[1]
        self._open = [state[0] for state in states]
        for segment, count, segment.length, segment.info in states:
            del segment.chunks[count:]

    def write(self) -> None:
        """Append the batch to its files, one write a file: first the WARC members, then the lines."""
        for kind in SUFFIX:
            for segment in self._open:
                if segment.kind == kind and segment.chunks:
                    if segment.fd < 0:
                        segment.fd = disk.open_for_append(self._root / segment.path, new=not segment.committed)
                        segment.file = disk.identity(self._root / segment.path)
                    disk.write_at(segment.fd, b"".join(segment.chunks), segment.committed)
            disk.failpoint(f"after-{'jsonl' if kind == 'articles' else kind}")

    def sync(self) -> None:
        """Force what `write` wrote to disk, and put the new lengths into the ledger's transaction."""
        for segment in self._open:
            if segment.chunks:
                disk.sync(segment.fd)
                disk.still_there(self._root / segment.path, segment.file)
                self._db.execute("UPDATE segment SET length = ? WHERE id = ?", (segment.length, segment.id))

    def committed(self) -> None:
        """The ledger has committed the batch."""
        for segment in self._open:
            segment.committed = segment.length
            segment.chunks.clear()
        for segment in self._open:
            if segment is not self._current[segment.kind]:
                self._close(segment)
        self._open = [s for s in self._open if s.fd >= 0]

    def close(self) -> None:
        for segment in self._open:
            self._close(segment)

    def _close(self, segment: Segment) -> None:
        if segment.fd >= 0:
            os.close(segment.fd)
            segment.fd = -1

    def _choose(self, kind: str) -> Segment:
        """The file to append to now. Days never go back, whatever the clock does: names follow commit order."""
        current = self._current.get(kind)
        day = max(today(), day_of(current.path)) if current else today()
        if current is None or current.closed or current.length >= LIMIT[kind] or day_of(current.path) != day:
            same_day = current is not None and day_of(current.path) == day
            number = int(current.path[len(kind) + 12 :].partition(".")[0]) + 1 if current and same_day else 1
            path = f"{kind}/{day}-{number:03d}{SUFFIX[kind]}"
            insert = "INSERT INTO segment (kind, path, length) VALUES (?, ?, 0)"
            self._db.execute(insert, (kind, path))
            current = self._current[kind] = Segment(self._db.last_insert_rowid(), kind, path, 0)
        if current not in self._open:
            self._open.append(current)
        return current

    def _introduced(self, date: str) -> Segment:
        segment = self._choose("warc")
        if not segment.info:
            member, segment.info = warc.warcinfo(segment.path, self._run, date)
            self._put(segment, member)
        return segment

    def _put(self, segment: Segment, data: bytes) -> int:
        offset = segment.length
        segment.chunks.append(data)
        segment.length += len(data)
        return offset
