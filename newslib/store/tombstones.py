"""removed.jsonl: what was taken down, when and why, one line a takedown.

A line is written before the first byte of an article is erased, and names every place that is to be: it is the redo
log of a takedown, and what keeps the article away for good.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import apsw

from newslib.article import article_id
from newslib.store import disk
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import plain, rows
from newslib.urls import canonical

NAME = "removed.jsonl"
Place = tuple[str, int, int]  # file, offset, length
Row = tuple[str, str, str, str]  # of the ledger's table `removed`


@dataclass(slots=True)
class Tombstone:
    """One takedown. `url` is the article's own address; nothing in it is a word of the article."""

    url: str
    article: str
    ids: list[str]  # of its records; none when no record was stored
    seqs: list[int]  # their numbers in commit order, which nothing else ever has
    addresses: list[str]  # all that lead to it, its own first
    at: str
    why: str
    lines: list[Place] = field(default_factory=list)  # where its records lay
    warc: list[Place] = field(default_factory=list)  # where its pages lay

    def rows(self) -> set[Row]:
        """What the ledger's table `removed` holds of it."""
        own = {(self.url, id, self.at, self.why) for id in self.ids or [""]}
        return own | {(address, "", self.at, self.why) for address in self.addresses if address != self.url}


def read(root: Path) -> list[Tombstone]:
    """All takedowns, in order. A last line that is torn is none. Raises ArchiveDamaged for any other that is broken."""
    return _read(root)[0]


def raw(root: Path) -> bytes:
    """The whole lines of removed.jsonl."""
    length = _read(root)[1]
    return (root / NAME).read_bytes()[:length] if length else b""


def append(root: Path, stone: Tombstone) -> None:
    """Write a takedown down, durably."""
    path = root / NAME
    fd = disk.open_for_append(path, new=not path.exists())
    try:
        line = json.dumps(asdict(stone), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        disk.write_at(fd, line, os.fstat(fd).st_size)
        disk.sync(fd)
    finally:
        os.close(fd)
    disk.sync_directory(root)
    disk.failpoint("remove-noted")


def cut_torn(root: Path) -> list[Tombstone]:
    """Cut off a last line that was being written when a run was killed -> the whole ones."""
    stones, length, size = _read(root)
    if length < size:
        disk.truncate(root / NAME, length)
    if stones:  # before any is carried out: a run that died may have left them in the kernel alone
        disk.renew(root / NAME)
        disk.sync_directory(root)
    return stones


def unfinished(db: apsw.Connection, stones: Iterable[Tombstone]) -> list[Tombstone]:
    """Those that have not been carried out to the end."""
    done = set(rows(db, "SELECT url, id, at, why FROM removed"))
    return [stone for stone in stones if not stone.rows() <= done]


def is_removed(db: apsw.Connection, *urls: str) -> bool:
    """Whether an article at one of these addresses was taken down."""
    if not rows(db, "SELECT 1 FROM counter WHERE name = 'url removed' AND n"):
        return False
    spellings = {plain(url) for url in urls} | {canonical(url) for url in urls}
    select = "SELECT 1 FROM url WHERE outcome = 'removed' AND url IN (SELECT value FROM json_each(?)) LIMIT 1"
    return bool(rows(db, select, (json.dumps(sorted(filter(None, spellings))),)))


def _read(root: Path) -> tuple[list[Tombstone], int, int]:
    """-> takedowns, the bytes they take, the file's bytes."""
    path = root / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0, 0
    stones: list[Tombstone] = []
    end = 0
    lines = data.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            stone = Tombstone(**json.loads(line))
            if not line.endswith(b"\n") or stone.article != article_id(stone.url):
                raise ValueError
        except (ValueError, TypeError, AttributeError):
            if number < len(lines):
                raise ArchiveDamaged(f"{path}:{number}: is no takedown; restore the file from a backup.") from None
            break
        stone.lines, stone.warc = [(*place,) for place in stone.lines], [(*place,) for place in stone.warc]
        stones.append(stone)
        end += len(line)
    return stones, end, len(data)
