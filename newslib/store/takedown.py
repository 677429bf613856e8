"""Takedown: `remove` takes an article out of everything that the archive holds (docs/archive.md, "Taking down")."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from newslib.article import Article
from newslib.page import now
from newslib.store import carryout, tombstones, warc
from newslib.store.errors import ArchiveDamaged, ArchiveLocked, UrlUnknown
from newslib.store.ledger import NAME, plain, plain_errors, row, rows
from newslib.store.opening import open_for_writing
from newslib.store.reading import Reader
from newslib.store.records import Files, one_line
from newslib.store.tombstones import Place, Tombstone
from newslib.urls import canonical

Tell = Callable[[str, int], None]


def remove(path: str | os.PathLike[str], which: str, why: str, progress: Tell | None = None) -> dict[str, Any]:
    """Take an article down: its records, pages, paragraphs, and what feeds said of it. No run stores it again.

    `which`: a URL (any that leads to it), the id of the article or of a record: all versions go. `why` is kept in
    removed.jsonl. `progress` is told `warc` and the number of files read. What other articles hold stays theirs.

    -> {"url", "ids" of records, "addresses" that are refused from now on, "pages": WARC records erased, "at", "why",
    "left": files beside the archive's own that may still hold it}. What was removed before is only told again, with
    "pages" 0. Raises UrlUnknown, ArchiveLocked, ArchiveDamaged, ArchiveIOError.
    """
    root = Path(path).absolute()
    Reader(root).close()  # an archive, and one of this version
    with contextlib.ExitStack() as undo, plain_errors(root):
        db = open_for_writing(root, "remove", undo)
        files = Files(root)
        undo.callback(files.close)
        found = _find(db, files, which)
        if isinstance(found, Tombstone):
            if tombstones.unfinished(db, [found]):
                raise _held(root, found)
            return _told(root, found, 0)
        stone = Tombstone(
            url=found.url,
            article=tombstones.article_id(found.url),
            ids=[id for _, id, _ in found.records],
            seqs=[seq for seq, _, _ in found.records],
            addresses=_addresses(db, found),
            at=now(),
            why=one_line(plain(why) or "").strip(),
            lines=[place for _, _, place in found.records],
        )
        stone.warc = _pages(db, files, found, stone.addresses, progress)
        tombstones.append(root, stone)
        if not carryout.carry_out(root, db, stone):
            raise _held(root, stone)
        return _told(root, stone, len(stone.warc))


@dataclass
class _Found:
    url: str  # its own address
    articles: set[str]  # its ids: more than one when it has moved
    records: list[tuple[int, str, Place]] = field(default_factory=list)  # number, id, place of the line
    fetched: set[str] = field(default_factory=set)  # addresses that its pages came from
    pages: set[tuple[str, int]] = field(default_factory=set)  # file and offset of those that are pointed to


def _find(db: apsw.Connection, files: Files, which: str) -> _Found | Tombstone:
    """What is to go, or the tombstone of what has gone. Raises UrlUnknown."""
    spellings = [which, canonical(which) or which]
    for stone in tombstones.read(files.root):
        if {*stone.addresses, *stone.ids, *carryout.articles_of(stone)} & set(spellings):
            return stone
    known = None
    article = which.partition("-")[0]
    for where, value in [("article", article), *(("url", plain(each)) for each in spellings)]:
        known = known or row(db, f"SELECT url, article, alias FROM url WHERE {where} = ?", (value,))  # noqa: S608
    if known is None:
        raise UrlUnknown(
            f"{which} is not known to {files.root}; give the URL of an article as `scrapy search` or its record has it,"
            " or its id (a and 16 hex digits)."
        )
    found = _Found(known[0], set())
    if known[2] or known[1]:
        found.articles = _moved(db, known[2] or known[1])
        own = row(db, "SELECT url FROM url WHERE article = ? AND alias IS NULL", (known[2] or known[1],))
        found.url = own[0] if own else known[0]
    _gather(db, files, found)
    return found


def _moved(db: apsw.Connection, article: str) -> set[str]:
    """The ids of an article, with those that it had at addresses that have led to it since."""
    ids, more = {article}, {article}
    while more:
        select = "SELECT article FROM url WHERE alias = ? AND article IS NOT NULL"
        more = {each for id in more for (each,) in rows(db, select, (id,))} - ids
        ids |= more
    return ids


def _gather(db: apsw.Connection, files: Files, found: _Found) -> None:
    select = (
        "SELECT seq, article || '-' || version, path, offset, a.length FROM article a JOIN segment s ON s.id = segment"
        " WHERE article = ? ORDER BY seq"
    )
    for article in sorted(found.articles):
        for seq, id, *place in rows(db, select, (article,)):
            try:
                record = Article.from_json(files.read(*place))
            except ValueError as error:
                raise ArchiveDamaged(
                    f"{place[0]}: the line of {id} is broken ({error}); run `scrapy archive rebuild`, then this again."
                ) from None
            found.records.append((seq, id, (*place,)))
            found.fetched.add(record.fetched_url)
            if record.warc:
                found.pages.add((record.warc["file"], record.warc["offset"]))
    found.records.sort()


def _addresses(db: apsw.Connection, found: _Found) -> list[str]:
    """All addresses that lead to it, its own first, without those that are another article's by now."""
    led = [found.url]
    for article in sorted(found.articles):
        led += [url for (url,) in rows(db, "SELECT url FROM url WHERE ? IN (article, alias)", (article,))]
    for fetched in sorted(found.fetched):
        for each in (fetched, canonical(fetched) or fetched):
            others = row(db, "SELECT article, alias FROM url WHERE url = ?", (plain(each),)) or ()
            if {*filter(None, others)} <= found.articles:
                led.append(each)
    gone = {url for (url,) in rows(db, "SELECT url FROM removed")}
    return [each for each in dict.fromkeys(led) if each not in gone]


def _pages(
    db: apsw.Connection, files: Files, found: _Found, addresses: list[str], progress: Tell | None
) -> list[Place]:
    """The WARC records of its addresses, and those that it points to; without those that another record points to."""
    uris, pages = {warc.uri(each) for each in addresses}, set(found.pages)
    for address in addresses:
        kept = "SELECT warc ->> 'file', warc ->> 'offset' FROM url WHERE url = ? AND warc IS NOT NULL"
        pages |= set(rows(db, kept, (address,)))
    places: list[Place] = []
    segments = rows(db, "SELECT path, length FROM segment WHERE kind = 'warc' ORDER BY path")
    for done, (path, length) in enumerate(segments):
        if progress:
            progress("warc", done)
        try:
            with (files.root / path).open("rb") as file:
                for group in warc.exchanges(file, length):
                    if _hit(group, path, uris, pages) and not _is_anothers(db, files, found.articles, path, group):
                        places += [(path, offset, size) for offset, size, _ in group]
        except warc.BadWarc as error:
            raise ArchiveDamaged(
                f"{files.root / path}: {error}; run `scrapy archive rebuild`, then this again."
            ) from None
    return places


def _hit(group: list[warc.Member], path: str, uris: set[str], pages: set[tuple[str, int]]) -> bool:
    return any(record.headers.get("warc-target-uri") in uris or (path, offset) in pages for offset, _, record in group)


def _is_anothers(db: apsw.Connection, files: Files, articles: set[str], path: str, group: list[warc.Member]) -> bool:
    """Whether a record of another article was read from this page."""
    for offset, _, record in group:
        same = rows(
            db,
            "SELECT path, offset, a.length, article FROM article a JOIN segment s ON s.id = segment WHERE digest = ?",
            (record.headers.get("warc-payload-digest"),),
        )
        for *place, article in same:
            at = Article.from_json(files.read(*place)).warc if article not in articles else None
            if at and (at["file"], at["offset"]) == (path, offset):
                return True
    return False


def _held(root: Path, stone: Tombstone) -> ArchiveLocked:
    return ArchiveLocked(
        f"{root / NAME}: {stone.url} is removed, but another process is reading, and for as long the ledger's log keeps"
        " what was said of it; wait until it ends, and run this again."
    )


def _told(root: Path, stone: Tombstone, pages: int) -> dict[str, Any]:
    left = [str(each.relative_to(root)) for each in sorted([*root.glob(f"{NAME}.*.bak*"), *root.glob("quarantine/*")])]
    return {
        "url": stone.url, "ids": stone.ids, "addresses": stone.addresses, "pages": pages, "at": stone.at,
        "why": stone.why, "left": left,
    }  # fmt: skip
