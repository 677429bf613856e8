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

from newslib.store import carryout, disk, ledger
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import rows
from newslib.store.segments import day_of, today
from newslib.store.writer import BATCH

_OURS = re.compile(r"(articles|warc)/\d{4}/\d\d/\d\d-\d{3,}(\.jsonl|\.warc\.gz)")

_FIX = "restore it from a backup, or save what is left with `scrapy archive rebuild`."


def recover(root: Path, db: apsw.Connection) -> None:
    """Truncate files to their committed length, delete those that no commit knows, finish takedowns that were
    interrupted, close the files of past days."""
    surplus = []
    for path, length, closed in rows(db, "SELECT path, length, sha256 IS NOT NULL FROM segment"):
        try:
            size = (root / path).stat().st_size
        except FileNotFoundError:
            raise ArchiveDamaged(f"{root / path} is missing; {_FIX}") from None
        if size < length:
            raise ArchiveDamaged(f"{root / path} has {size} bytes of the {length} that were stored; {_FIX}")
        if size > length:
            if closed:
                raise ArchiveDamaged(f"{root / path} was changed after it was closed; {_FIX}")
            surplus.append((root / path, length))
    surplus += [(path, 0) for path in unknown_files(root, db)]
    for path, length in surplus:
        if is_too_much(path, length):
            raise ArchiveDamaged(
                f"{path} holds more than the ledger knows, and more than one interrupted commit can leave: the ledger"
                " is older than the articles. Make it anew with `scrapy archive rebuild`, or put the ledger back that"
                " belongs to them from a backup."
            )
    for path, length in surplus:
        disk.failpoint("during-recovery")
        if length:
            disk.truncate(path, length)
        else:
            disk.delete(path)
    for path in [*root.glob("README.md.tmp"), *root.glob("runs/*.json.tmp"), *root.glob(f"{ledger.NAME}.new*")]:
        disk.delete(path)
    disk.failpoint("during-recovery")
    carryout.resume(root, db)
    close_past_days(root, db)


def refuse_orphans(root: Path) -> None:
    """Raise ArchiveDamaged when there are articles without the ledger that belongs to them."""
    if next(our_files(root), None):
        raise ArchiveDamaged(
            f"{root / ledger.NAME} is missing or empty beside articles; make it anew with `scrapy archive rebuild`, or"
            " put it back from a backup."
        )


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
    for id, path, length in rows(db, "SELECT id, path, length FROM segment WHERE sha256 IS NULL"):
        if day_of(path) < today():
            disk.truncate(root / path, length)
            sha256 = disk.sha256(root / path)
            db.execute("UPDATE segment SET sha256 = ? WHERE id = ?", (sha256, id))


def is_too_much(path: Path, length: int) -> bool:
    """Whether a file has more lines after `length` than one interrupted commit can leave."""
    if path.suffix != ".jsonl":
        return False
    count = 0
    with path.open("rb") as file:
        file.seek(length)
        while count <= BATCH and (data := file.read(1 << 20)):
            count += data.count(b"\n")
    return count > BATCH
