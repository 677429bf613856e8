"""Check the promises of an archive, one named check each, on one snapshot of the ledger; a crawl may go on meanwhile.

- ledger: SQLite finds its file whole
- lengths: files are there and end where the ledger says (bytes after that are no fault while a run is writing)
- outcomes: each URL is pending or has one known outcome with a reason; what is stored has its record, and its URL
- counters: equal counts
- removed: removed.jsonl and the ledger name the same takedowns, each carried out; nothing of them is left in the files
- recovery: no file of an interrupted commit is left
- lines: each record of the ledger has one line with its id, each line one record, in commit order, without a gap
- repeats: put back they give the full text, and the records that they name exist, or were removed
- warc: each pointer, of records and of URLs, yields a response of that URL and digest; every file is whole, every
  record has its digest
- closed: files of past days are as they were when they were closed
- fingerprints: each names a paragraph that exists
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from newslib.store import ledger, lock, tombstones
from newslib.store.audit import Audit, check_closed, check_kept_pages, check_lines, check_warc_files
from newslib.store.errors import ArchiveDamaged
from newslib.store.frontier import OUTCOMES
from newslib.store.ledger import row, rows
from newslib.store.records import Files
from newslib.store.recovery import is_too_much, unknown_files

QUICK = ("ledger", "lengths", "outcomes", "counters", "recovery", "removed")
_TRIES, _WAIT = 20, 0.1  # seconds for a takedown to end: its search comes before it changes anything
CHECKS = (*QUICK, "lines", "repeats", "warc", "closed", "fingerprints")


def verify(root: Path, quick: bool = False, progress: Callable[[str, int], None] | None = None) -> dict[str, Any]:
    """Check an archive -> {"ok", "articles", "checks": {name: {"ok", "failures": [sentence, ...]}}}.

    `articles` is the number of records. `quick`: only QUICK, nothing that reads articles/ and warc/. `progress` is told
    the check and the number of records or files done.
    """
    for _ in range(_TRIES):
        before, live = _stones(root), lock.is_held(root / "lock")
        audit = _audit(root, quick, progress or (lambda check, done: None))
        if not audit.unfinished and _stones(root) == before:
            break
        if not live and not lock.is_held(root / "lock"):  # it was interrupted
            break
        time.sleep(_WAIT)  # a takedown is going on, and what was read is neither before nor after it
    checks = {check: audit.result(check) for check in (QUICK if quick else CHECKS)}
    return {"ok": all(check["ok"] for check in checks.values()), "articles": audit.records, "checks": checks}


def _audit(root: Path, quick: bool, tell: Callable[[str, int], None]) -> Audit:
    """All checks on one snapshot."""
    db = ledger.connect(root / ledger.NAME, write=False)
    ledger.pretend_migrated(db)
    audit = Audit(root, db, tell)
    files = Files(root)
    try:
        db.execute("BEGIN")
        audit.records = row(db, "SELECT count(*) FROM article")[0]
        _check_ledger(audit)
        _check_outcomes(audit)
        _check_counters(audit)
        _check_lengths(audit)
        _check_removed(audit)
        if not quick:
            check_lines(audit, files)
            check_kept_pages(audit, files)
            check_warc_files(audit)
            check_closed(audit)
            _check_fingerprints(audit)
    finally:
        files.close()
        db.close()
    return audit


def _check_ledger(audit: Audit) -> None:
    for (line,) in rows(audit.db, "PRAGMA integrity_check(20)"):
        if line != "ok":
            audit.fail("ledger", line)


def _check_outcomes(audit: Audit) -> None:
    db = audit.db
    for outcome, count in rows(db, "SELECT outcome, count(*) FROM url WHERE outcome IS NOT NULL GROUP BY outcome"):
        if outcome not in OUTCOMES:
            audit.fail("outcomes", f"{count} URLs end as {outcome!r}, which is no outcome")
    for (url,) in rows(db, "SELECT url FROM url WHERE outcome IS NOT NULL AND coalesce(reason, '') = ''"):
        audit.fail("outcomes", f"{url} has an outcome without a reason")
    lost = "SELECT url FROM url LEFT JOIN article a USING (article) WHERE outcome = 'stored' AND a.article IS NULL"
    for (url,) in rows(db, lost):
        audit.fail("outcomes", f"{url} ends as stored, and no record is")
    unled = (
        "SELECT DISTINCT article FROM article"
        " WHERE article NOT IN (SELECT article FROM url WHERE article IS NOT NULL)"
    )  # fmt: skip
    for (article,) in rows(db, unled):
        audit.fail("outcomes", f"{article} is stored, and no URL leads to it")


def _check_counters(audit: Audit) -> None:
    counted = dict(rows(audit.db, "SELECT 'url ' || coalesce(outcome, 'pending'), count(*) FROM url GROUP BY 1"))
    counted["records"] = row(audit.db, "SELECT count(*) FROM article")[0]
    noted = dict(rows(audit.db, "SELECT name, n FROM counter"))
    for name in sorted(counted.keys() | noted.keys()):
        if counted.get(name, 0) != noted.get(name, 0):
            audit.fail("counters", f"{name}: {noted.get(name, 0)} counted, {counted.get(name, 0)} there")


def _check_lengths(audit: Audit) -> None:
    live = lock.is_held(audit.root / "lock")
    for path, length, closed in rows(audit.db, "SELECT path, length, sha256 IS NOT NULL FROM segment"):
        try:
            size = (audit.root / path).stat().st_size
        except FileNotFoundError:
            audit.fail("lengths", f"{path} is missing")
            continue
        if size < length:
            audit.fail("lengths", f"{path} has {size} bytes of {length}")
            continue
        audit.lengths[path] = length
        if size > length and closed:
            audit.fail("lengths", f"{path} has {size} bytes, it had {length} when it was closed")
        elif size > length and not live:
            more = f"{path} has {size - length} bytes of a commit that was interrupted"
            audit.fail("lengths", f"{more}; {_what_next(audit.root / path, length)}")
    if not live:
        for file in unknown_files(audit.root, audit.db):
            belongs = f"{file.relative_to(audit.root)} belongs to no commit"
            audit.fail("recovery", f"{belongs}; {_what_next(file, 0)}")


def _what_next(path: Path, length: int) -> str:
    if is_too_much(path, length):
        return "they are more than one can leave: the ledger is older than the articles; run `scrapy archive rebuild`"
    return "the next run removes them"


def _stones(root: Path) -> tuple[list[tombstones.Tombstone], str]:
    """What removed.jsonl says, and what is wrong with it."""
    try:
        return tombstones.read(root), ""
    except ArchiveDamaged as error:
        return [], str(error)


def _check_removed(audit: Audit) -> None:
    db = audit.db
    stones, broken = _stones(audit.root)
    if broken:
        audit.fail("removed", broken)
    said = {each for stone in stones for each in stone.rows()}
    done = set(rows(db, "SELECT url, id, at, why FROM removed"))
    audit.removed = {url for url, *_ in said | done}
    audit.gone = {id for stone in stones for id in stone.ids}
    audit.unfinished = len(tombstones.unfinished(db, stones))
    for url, id, *_ in sorted(said - done):
        audit.fail("removed", f"the removal of {id or url} was interrupted; the next run finishes it")
    for url, id, *_ in sorted(done - said):
        audit.fail("removed", f"{tombstones.NAME} lacks the removal of {id or url}; restore the file from a backup")
    here = (
        "SELECT DISTINCT url FROM removed JOIN url USING (url)"
        " WHERE outcome IS NOT 'removed' OR coalesce(title, summary, url.article, alias) IS NOT NULL"
    )
    for (url,) in rows(db, here):
        audit.fail("removed", f"{url} was removed, and the ledger still has more than that")
    kept = "SELECT DISTINCT id FROM removed JOIN article a ON id = a.article || '-' || version"
    for (id,) in rows(db, kept):
        audit.fail("removed", f"{id} was removed, and the ledger still has it")


def _check_fingerprints(audit: Audit) -> None:
    lost = (
        "SELECT seq, f.paragraph"
        " FROM (SELECT seq, paragraph FROM fingerprint UNION ALL SELECT seq, paragraph FROM recent) f"
        " LEFT JOIN article a USING (seq)"
        " WHERE a.seq IS NULL OR f.paragraph NOT BETWEEN 0 AND a.paragraphs - 1"
    )
    for seq, paragraph in rows(audit.db, lost):
        audit.fail("fingerprints", f"paragraph {paragraph} of record number {seq} has a fingerprint and does not exist")
