"""Carrying a takedown out. Each step can be done again: killed anywhere, the next opening for writing does them all.

1. the rows go, in one transaction: from then on no reader meets the article;
2. the bytes go from WARC, JSONL and run reports, and the search index, which has its words, goes whole;
3. the ledger learns where the neighbours' lines now end, and what closed files now hash to;
4. SQLite's file is written anew, so that no words stay in its free pages or its log;
5. the ledger notes that it is done.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import apsw

from newslib.article import Article, article_id
from newslib.store import disk, erase, fingerprints, frontier, stories, tombstones, warc
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import row, rows, transaction
from newslib.store.records import Files, split_id
from newslib.store.replay import of_some, prints, replay
from newslib.store.tombstones import Place, Tombstone
from newslib.urls import canonical

_CLEARED: dict[str, Any] = dict.fromkeys(
    "original via found_url found_at title summary published day utc_offset language acted fetched etag last_modified"  # noqa: SIM905
    " article judged groups warc".split()
) | {"dated": ""}
_WAIT = 5_000  # milliseconds for readers to end who hold the log with the words in it
_PAGE = 200
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')  # of JSON


def resume(root: Path, db: apsw.Connection) -> None:
    """Finish the takedowns that were interrupted."""
    for stone in tombstones.unfinished(db, tombstones.cut_torn(root)):
        carry_out(root, db, stone)


def carry_out(root: Path, db: apsw.Connection, stone: Tombstone) -> bool:
    """Erase what a tombstone names. False when all is done but that SQLite's log could not be emptied, since another
    process is reading: then the next opening for writing does that."""
    with transaction(db):
        if not row(db, "SELECT 1 FROM url WHERE url = ? AND outcome = 'removed'", (stone.url,)):
            _forget(root, db, stone)
    disk.failpoint("remove-rows")
    _erase(root, db, stone)
    blank_reports(root, stone.addresses)
    drop_index(root)
    disk.failpoint("remove-bytes")
    _settle(root, db, {path for path, *_ in [*stone.lines, *stone.warc]})
    disk.failpoint("remove-settled")
    if not _rewritten(db):
        return False
    disk.failpoint("remove-rewritten")
    with transaction(db):
        note(db, stone)
    return True


def note(db: apsw.Connection, stone: Tombstone) -> None:
    """Write down that a takedown is done (in a transaction)."""
    db.executemany("INSERT INTO removed VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", sorted(stone.rows()))


def refuse(db: apsw.Connection, stone: Tombstone) -> None:
    """End all addresses of a tombstone as removed, without a word of what was said of them (in a transaction)."""
    for address in stone.addresses:
        if canonical(address) == address or row(db, "SELECT 1 FROM url WHERE url = ?", (address,)):
            frontier.finish(db, address, "removed", stone.why, **_CLEARED)
            db.execute("DELETE FROM visit WHERE id = (SELECT id FROM url WHERE url = ?)", (address,))


def articles_of(stone: Tombstone) -> set[str]:
    """The ids of the articles that a tombstone keeps away."""
    return {*map(article_id, stone.addresses), *(split_id(id)[0] for id in stone.ids)}


def _settle(root: Path, db: apsw.Connection, paths: set[str]) -> None:
    """Bring the ledger in line with files of which something was erased, and delete those of which nothing is left."""
    with transaction(db):
        empty = [path for path in sorted(paths) if not settle(root, db, path)]
    for path in empty:
        disk.delete(root / path)


def settle(root: Path, db: apsw.Connection, path: str) -> bool:
    """Bring the ledger in line with a file of which something was erased (in a transaction). False when none of it is
    left: then its row is gone, and the file is to go."""
    segment = row(db, "SELECT id, kind, length, sha256 FROM segment WHERE path = ?", (path,))
    if segment is None:
        return True
    id, kind, length, sha256 = segment
    if kind == "articles":
        starts = rows(db, "SELECT seq, offset FROM article WHERE segment = ? ORDER BY offset", (id,))
        if not starts:
            db.execute("DELETE FROM segment WHERE id = ?", (id,))
            return False
        ends = [*(offset for _, offset in starts[1:]), length]
        for number, ((seq, offset), end) in enumerate(zip(starts, ends, strict=True)):
            start = offset if number else 0
            db.execute("UPDATE article SET offset = ?, length = ? WHERE seq = ?", (start, end - start, seq))
    if sha256 is not None:
        db.execute("UPDATE segment SET sha256 = ? WHERE id = ?", (disk.sha256(root / path), id))
    return True


def _forget(root: Path, db: apsw.Connection, stone: Tombstone) -> None:
    """Take the rows out of the ledger, and the paragraphs out of its index as if they had never been there. Raises
    ArchiveDamaged when a place of the tombstone holds anything else: then removed.jsonl is of another archive."""
    articles = articles_of(stone)
    these = json.dumps(sorted(articles))
    mine = "article IN (SELECT value FROM json_each(?))"
    places = "SELECT path, offset, a.length, seq FROM article a JOIN segment s ON s.id = segment WHERE "
    gone = rows(db, places + mine, (these,))
    files = Files(root)
    try:
        fingerprints.merge(db)
        _check(root, db, files, stone, gone)
        stories.forget(db, articles, [seq for *_, seq in gone])
        only: set[int] = set()
        for *place, seq in gone:
            db.execute("DELETE FROM verdict WHERE seq = ?", (seq,))
            try:
                only |= {fp for fp, _ in prints(Article.from_json(files.read(*place)))}
            except ValueError:  # its line is damaged: then what it had first is all that can be known
                only |= {fp for (fp,) in rows(db, "SELECT fp FROM fingerprint WHERE seq = ?", (seq,))}
        chosen = "fp IN (SELECT value FROM json_each(?))"
        fps = json.dumps(sorted(only))
        only = {fp for (fp,) in rows(db, f"SELECT fp FROM fingerprint WHERE {chosen}", (fps,))}  # noqa: S608
        counted = rows(db, f"SELECT host, fp FROM boilerplate WHERE {chosen}", (fps,))  # noqa: S608
        only |= {fp for _, fp in counted}
        db.execute(f"DELETE FROM fingerprint WHERE {chosen}", (fps,))  # noqa: S608
        db.execute(f"DELETE FROM boilerplate WHERE {chosen}", (fps,))  # noqa: S608
        db.execute(f"DELETE FROM article WHERE {mine}", (these,))  # noqa: S608
        index = fingerprints.Fingerprints(db)
        index.refresh(after := 0)
        while only and (page := rows(db, places + "seq > ? ORDER BY seq LIMIT ?", (after, _PAGE))):
            for *place, seq in page:
                after = seq
                _again(db, index, files, place, seq, only)
        fingerprints.merge(db)
    finally:
        files.close()
    # An archive that has never counted boilerplate (DEDUP_SCOPE=article) does not begin now.
    for host, fp in set(rows(db, f"SELECT host, fp FROM boilerplate WHERE {chosen}", (fps,))) - set(counted):  # noqa: S608
        db.execute("DELETE FROM boilerplate WHERE host = ? AND fp = ?", (host, fp))
    db.execute(
        "UPDATE url SET warc = NULL WHERE warc IS NOT NULL AND (warc ->> 'file', warc ->> 'offset') IN"
        " (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        (json.dumps(stone.warc),),
    )
    refuse(db, stone)


def _check(root: Path, db: apsw.Connection, files: Files, stone: Tombstone, gone: list[Any]) -> None:
    pages = set(rows(db, "SELECT warc ->> 'file', warc ->> 'offset' FROM url WHERE url = ?", (stone.url,)))
    strange = [place[0] for *place, _ in gone if (*place,) not in stone.lines]
    for *place, _ in gone:
        with contextlib.suppress(ValueError):  # a damaged line goes as well
            at = Article.from_json(files.read(*place)).warc
            pages |= {(at["file"], at["offset"])} if at else set()
    uris = {warc.uri(address) for address in stone.addresses}
    for path, offset, length in reversed(_there(db, stone.warc)):  # a response, then its request
        try:
            target = warc.read(files.read(path, offset, length)).headers.get("warc-target-uri", "")
        except warc.BadWarc:
            target = ""
        if (path, offset) in pages:
            uris.add(target)
        if target not in uris:
            strange.append(path)
    if strange:
        raise ArchiveDamaged(
            f"{root / tombstones.NAME}: what it says of {stone.url} is not so in this archive ({strange[0]}); take that"
            f" line out and run `scrapy archive remove {stone.url}`."
        )


def _there(db: apsw.Connection, places: list[Place]) -> list[Place]:
    """Those that lie in what is committed; all do, unless an older copy of the archive was put back."""
    lengths = dict(rows(db, "SELECT path, length FROM segment"))
    return [place for place in places if place[1] + place[2] <= lengths.get(place[0], 0)]


def _again(
    db: apsw.Connection, index: fingerprints.Fingerprints, files: Files, place: Any, seq: int, only: set[int]
) -> None:
    """Put those paragraphs of a record that stays back into the index."""
    try:
        record = Article.from_json(files.read(*place))
    except ValueError:  # verify says so
        return
    if found := of_some(prints(record), only):
        host = row(db, "SELECT host FROM article WHERE seq = ?", (seq,))[0]
        replay(db, index, record, seq, host, found)


def _erase(root: Path, db: apsw.Connection, stone: Tombstone) -> None:
    """Overwrite the places of a tombstone: WARC members by fillers, lines by blanks."""
    files: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, offset, length in _there(db, [*stone.warc, *stone.lines]):
        files[path].append((offset, length))
    for path, places in files.items():
        if path.startswith("warc/"):
            erase.members(root / path, path, places, stone.at)
        else:
            erase.lines(root / path, places)


def blank_reports(root: Path, addresses: list[str]) -> None:
    """Take what run reports say of addresses out of them."""
    named = re.compile("|".join(rf"{re.escape(address)}(?=[\s:;,)\]\"']|$)" for address in addresses))
    for path in sorted(root.glob("runs/*.json")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if named.search(text):
            blank = _STRING.sub(lambda each: '"(removed)"' if named.search(each[0]) else each[0], text)
            disk.write_whole(path, blank.encode())


def drop_index(root: Path) -> None:
    """Delete the search index: it would hold the words until the next search, which makes it anew."""
    for path in root.glob("search/*"):
        if path.is_file() and path.name != "lock":
            disk.delete(path)


def _rewritten(db: apsw.Connection) -> bool:
    """Write SQLite's file anew and empty its log. False when a reader kept the log from being emptied."""
    db.set_busy_timeout(_WAIT)
    try:
        db.execute("VACUUM")
        return not row(db, "PRAGMA wal_checkpoint(TRUNCATE)")[0]
    finally:
        db.set_busy_timeout(30_000)
