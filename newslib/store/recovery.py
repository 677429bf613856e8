"""Opening an archive for writing: bring its files back to what the ledger has committed.

What was being appended when a run was killed was acknowledged to nobody and goes. What was acknowledged must be there:
otherwise nothing is touched and ArchiveDamaged says which file. Doing it twice, or being killed in between, is the same
as doing it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import apsw

from newslib.store import disk, ledger
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import rows
from newslib.store.segments import day_of, today
from newslib.store.writer import BATCH

_OURS = re.compile(r"(articles|warc)/\d{4}/\d\d/\d\d-\d{3,}(\.jsonl|\.warc\.gz)")


def recover(root: Path, db: apsw.Connection) -> None:
    """Truncate files to their committed length, delete those that no commit knows, close those of past days."""
    surplus = []
    for path, length, closed in rows(db, "SELECT path, length, sha256 IS NOT NULL FROM segment"):
        try:
            size = (root / path).stat().st_size
        except FileNotFoundError:
            raise ArchiveDamaged(f"{root / path} is missing; restore it from a backup.") from None
        if size < length:
            raise ArchiveDamaged(
                f"{root / path} has {size} bytes of the {length} that were stored; restore it from a backup."
            )
        if size > length:
            if closed:
                raise ArchiveDamaged(f"{root / path} was changed after it was closed; restore it from a backup.")
            surplus.append((root / path, length))
    surplus += [(path, 0) for path in unknown_files(root, db)]
    for path, length in surplus:
        if path.suffix == ".jsonl" and _lines_after(path, length) > BATCH:
            raise ArchiveDamaged(
                f"{path} holds more than the ledger knows, and more than one interrupted commit can leave: the ledger"
                " is older than the articles. Put the ledger back that belongs to them."
            )
    for path, length in surplus:
        disk.failpoint("during-recovery")
        if length:
            disk.truncate(path, length)
        else:
            disk.delete(path)
    for path in [*root.glob("README.md.tmp"), *root.glob("runs/*.json.tmp")]:
        disk.delete(path)
    disk.failpoint("during-recovery")
    close_past_days(root, db)


def refuse_orphans(root: Path) -> None:
    """Raise ArchiveDamaged when there are articles without the ledger that belongs to them."""
    if next(our_files(root), None):
        raise ArchiveDamaged(f"{root / ledger.NAME} is missing or empty beside articles; put it back from a backup.")


def unknown_files(root: Path, db: apsw.Connection) -> list[Path]:
    """Files with names of ours that no commit knows."""
    known = {path for (path,) in rows(db, "SELECT path FROM segment WHERE length > 0")}
    return [root / path for path in our_files(root) if path not in known]


def our_files(root: Path) -> Iterator[str]:
    """Files under articles/ and warc/ that are named as the archive names them."""
    for path in sorted(root.glob("articles/*/*/*")) + sorted(root.glob("warc/*/*/*")):
        relative = path.relative_to(root).as_posix()
        if _OURS.fullmatch(relative):
            yield relative


def close_past_days(root: Path, db: apsw.Connection) -> None:
    """Write down the hash of every file that will grow no more."""
    for id, path in rows(db, "SELECT id, path FROM segment WHERE sha256 IS NULL"):
        if day_of(path) < today():
            sha256 = disk.sha256(root / path)
            db.execute("UPDATE segment SET sha256 = ? WHERE id = ?", (sha256, id))


def _lines_after(path: Path, offset: int) -> int:
    """Line feeds from `offset` on; counting stops soon after a batch's worth."""
    count = 0
    with path.open("rb") as file:
        file.seek(offset)
        while count <= BATCH and (data := file.read(1 << 20)):
            count += data.count(b"\n")
    return count
