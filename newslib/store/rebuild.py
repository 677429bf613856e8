"""`rebuild`: the ledger anew from what lies in the folder (docs/archive.md, "Making the ledger anew")."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newslib.store import disk, ledger
from newslib.store.errors import ArchiveMissing
from newslib.store.ledger import NAME, plain_errors, row
from newslib.store.lock import Lock
from newslib.store.rebuilder import Rebuilder
from newslib.store.recovery import close_past_days, our_files

Tell = Callable[[str, int], None]
_LOST = (
    "refused addresses (they are asked again when a feed names them)",
    "coverage and the state of feeds, sitemaps and hosts",
    "verdicts of topics (run `scrapy archive rematch`) and the quarantine's list",
    "when stored pages are to be asked for again",
)


def rebuild(
    path: str | os.PathLike[str], scope: str = "archive", minimum: int = 40, progress: Tell | None = None
) -> dict[str, Any]:
    """Make the ledger anew from articles/, warc/, removed.jsonl and runs/. The old one is set aside, never deleted.

    `scope`, `minimum`: as the archive was written with (paragraphs.decide). `progress` is told `warc`, `articles` or
    `stories` and the number of files or records read. A last line or record that was being written is cut off. Any
    other bytes that are no record are copied into quarantine/ and blanked; a record whose page is broken stays, without
    its pointer.

    -> {"ok", "records", "removed": takedowns, "urls", "runs", "damage": [sentence, ...], "cut": [sentence, ...],
    "lost": [what the files do not tell, ...], "old": name of the old ledger or None}. "ok" is False when there was
    damage. Raises ArchiveMissing, ArchiveLocked, ArchiveDamaged (removed.jsonl), ArchiveIOError.
    """
    root = Path(path).absolute()
    if not (root / NAME).exists() and next(our_files(root), None) is None:
        raise ArchiveMissing(f"{root} holds no archive; give the folder that a crawl wrote to (ARCHIVE_DIR).")
    with contextlib.ExitStack() as undo, plain_errors(root):
        undo.callback(Lock(root / "lock", "rebuild").release)
        fresh = root / f"{NAME}.new"
        for suffix in ("", "-wal", "-shm", "-journal"):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
        db = ledger.connect(fresh, write=True)
        undo.callback(db.close)
        db.pragma("synchronous", "off")  # nothing of it counts before it is whole
        ledger.migrate(db)
        work = Rebuilder(root, db, scope, minimum, progress or (lambda what, done: None))
        work.pages()
        work.articles()
        work.takedowns()
        work.runs()
        work.relations()
        close_past_days(root, db)
        result = {
            "ok": not work.damage,
            "records": row(db, "SELECT count(*) FROM article")[0],
            "removed": len(work.stones),
            "urls": row(db, "SELECT count(*) FROM url")[0],
            "runs": row(db, "SELECT count(*) FROM run")[0],
            "damage": work.damage,
            "cut": work.cut,
            "lost": list(_LOST),
        }
        db.pragma("wal_checkpoint(TRUNCATE)")
        db.close()
        disk.failpoint("rebuild-made")
        return result | {"old": _swap(root, fresh)}


def _swap(root: Path, fresh: Path) -> str | None:
    """Put the new ledger in the place of the old, which gets another name -> that name.

    Its log follows it: a log that stays behind would be taken for the new one's.
    """
    fd = os.open(fresh, os.O_RDONLY)
    try:
        disk.sync(fd)
    finally:
        os.close(fd)
    old, stamp, number = root / NAME, datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"), 1
    while next(root.glob(f"{NAME}.{stamp}-{number}.bak*"), None):
        number += 1
    aside = root / f"{NAME}.{stamp}-{number}.bak"
    there = old.exists()
    for suffix in ("", "-wal"):
        path = old.with_name(old.name + suffix)
        if path.exists():
            disk.rename(path, aside.with_name(aside.name + suffix))
        disk.failpoint("rebuild-swap")
    old.with_name(old.name + "-shm").unlink(missing_ok=True)
    disk.rename(fresh, old)
    return aside.name if there else None
