"""Records on disk: the last guard before a line is written, and how one is found again."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from newslib.article import NAMES, Article, full_text, text_sha256
from newslib.store import verdicts
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import row, rows

# Controls but the line feed, separators at which some readers break lines (U+0085, U+2028, U+2029), lone surrogates.
_BAD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BAD_OR_LINE_FEED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PAGE = 200  # rows read at a time: a long read transaction would keep the write-ahead log from being emptied


@dataclass(slots=True)
class Latest:
    """The newest version of an article, as the ledger has it."""

    id: str
    version: int
    title: str | None
    full_sha256: str
    fetched: str
    body: str


def one_line(text: str) -> str:
    """No controls, separators or lone surrogates, character for character: offsets stay true."""
    return text if text.isprintable() else _BAD_OR_LINE_FEED.sub(_replacement, text)


def guard(article: Article) -> Article:
    """Make every string of a record safe for one line of strict UTF-8 and every number JSON, in place.

    Texts come clean from newslib.text; this is for what slipped through. Hashes follow when the text had to change.
    """
    before = article.text, article.repeats
    for name in NAMES:
        value = getattr(article, name)
        if value and not (isinstance(value, str) and value.isprintable()):
            setattr(article, name, _guarded(value, _BAD if name == "text" else _BAD_OR_LINE_FEED))
    if (article.text, article.repeats) != before:
        article.chars, article.sha256 = len(article.text), text_sha256(article.text)
        article.full_sha256 = text_sha256(full_text(article.text, article.repeats))
    return article


def line_of(article: Article) -> bytes:
    """A record as one line of strict UTF-8, guarded."""
    return guard(article).to_json().encode() + b"\n"


def _guarded(value: Any, bad: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return bad.sub(_replacement, value) if bad.search(value) else value
    if isinstance(value, list):
        return [_guarded(item, bad) for item in value]
    if isinstance(value, dict):
        return {key: _guarded(item, bad) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _replacement(match: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else " "


def date_of(article: Article) -> str:
    """What `since` and `until` look at."""
    return article.published or article.day or article.fetched


def split_id(id: str) -> tuple[str, int | None]:
    """`a0123456789abcdef-2` -> article and version; without a version: None."""
    article, _, version = id.partition("-")
    return article, int(version) if version.isdecimal() and len(version) < 10 else None


def latest(db: apsw.Connection, article: str) -> Latest | None:
    known = row(
        db,
        "SELECT article || '-' || version, version, title, full_sha256, fetched, body FROM article WHERE article = ?"
        " ORDER BY version DESC LIMIT 1",
        (article,),
    )
    return Latest(*known) if known else None


def insert(db: apsw.Connection, article: Article, host: int, paragraphs: int, place: tuple[int, int, int]) -> int:
    """Put a record's row into the ledger -> its sequence number. `place`: segment, offset, length of its line."""
    db.execute(
        "INSERT INTO article (article, version, host, title, full_sha256, body, language, date, fetched, digest,"
        " paragraphs, segment, offset, length) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            article.article, article.version, host, article.title, article.full_sha256, article.body, article.language,
            date_of(article), article.fetched, article.warc["digest"] if article.warc else None, paragraphs, *place,
        ),
    )  # fmt: skip
    return db.last_insert_rowid()


class Files:
    """Reads parts of the archive's files, keeping the last few open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[str, int] = {}

    def read(self, path: str, offset: int, length: int) -> bytes:
        """`length` bytes at `offset` of a file (relative to the archive); fewer where it ends. Raises OSError."""
        fd = self._open.get(path)
        if fd is not None and not os.fstat(fd).st_nlink:  # deleted or replaced: another file may have its name by now
            os.close(self._open.pop(path))
            fd = None
        if fd is None:
            if len(self._open) >= 8:
                os.close(self._open.pop(next(iter(self._open))))
            fd = self._open[path] = os.open(self.root / path, os.O_RDONLY)
        return os.pread(fd, length, offset)

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])


def one(db: apsw.Connection, files: Files, id: str) -> Article | None:
    """A record by its id; by an article's id, its newest version. Its topics are as judged now."""
    article, version = split_id(id)
    place = row(
        db,
        "SELECT seq, path, offset, a.length FROM article a JOIN segment s ON s.id = segment WHERE article = ?1"
        " AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1",
        (article, version),
    )
    if place is None:
        return None
    seq, *where = place
    record = _read(db, files, seq, *where)
    return verdicts.overlay(record, verdicts.between(db, seq, seq).get(seq)) if record else None


def _read(db: apsw.Connection, files: Files, seq: int, path: str, offset: int, length: int) -> Article | None:
    """The record with a sequence number; None when it has been removed since its place was looked up."""
    try:
        return Article.from_json(files.read(path, offset, length))
    except (ValueError, FileNotFoundError) as error:
        if not row(db, "SELECT 1 FROM article WHERE seq = ?", (seq,)):
            return None
        what = f"what lies at byte {offset} is {error}" if isinstance(error, ValueError) else "it is missing"
        raise ArchiveDamaged(f"{path}: {what}; restore it from a backup.") from None


def several(
    db: apsw.Connection,
    files: Files,
    topic: str | None,
    language: str | None,
    since: str | None,
    until: str | None,
    newest: bool,
    after: int = 0,
    upto: int | None = None,
    fetched: str | None = None,
) -> Iterator[tuple[int, Article]]:
    """Sequence numbers and records in commit order; see Archive.commits."""
    select = (
        "SELECT seq, path, offset, a.length FROM article a JOIN segment s ON s.id = segment WHERE seq > ?1"
        " AND (?2 IS NULL OR language = ?2 COLLATE NOCASE OR language LIKE ?2 || '-%') AND (?3 IS NULL OR date >= ?3)"
        " AND (?4 IS NULL OR substr(date, 1, length(?4)) <= ?4) AND (?7 IS NULL OR seq <= ?7)"
        " AND (NOT ?5 OR NOT EXISTS (SELECT 1 FROM article b WHERE b.article = a.article AND b.version > a.version"
        " AND (?7 IS NULL OR b.seq <= ?7))) AND (?8 IS NULL OR fetched >= ?8)"
        " ORDER BY seq LIMIT ?6"
    )
    seq = after
    while page := rows(db, select, (seq, language, since, until, newest, _PAGE, upto, fetched)):
        judged = verdicts.between(db, page[0][0], page[-1][0])
        for seq, *place in page:
            article = _read(db, files, seq, *place)
            if article is None:
                continue
            article = verdicts.overlay(article, judged.get(seq))
            if topic is None or any(match["id"] == topic for match in article.topics):
                yield seq, article
