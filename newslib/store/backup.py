"""`backup`: a copy of an archive that is consistent, also while a crawl writes (docs/archive.md, "Backup")."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw

from newslib.store import card, disk, ledger, lock, tombstones, verify
from newslib.store.errors import ArchiveDamaged, ArchiveForeignError, ArchiveLocked
from newslib.store.ledger import NAME, plain_errors, row, rows
from newslib.store.reading import Reader
from newslib.store.recovery import our_files

Tell = Callable[[str, int], None]
_CHUNK = 1 << 20
_PAGES = 4096  # of the ledger, copied at a time
_TRIES, _WAIT = 50, 0.2  # for a takedown to end that is going on


class _Changed(Exception):  # noqa: N818
    """Something was taken down meanwhile: what was copied may be neither before nor after it."""


_Known = dict[str, tuple[int, str | None]]  # files of an earlier backup into the same folder: length, hash when closed


def backup(
    path: str | os.PathLike[str], target: str | os.PathLike[str], progress: Tell | None = None
) -> dict[str, Any]:
    """Copy an archive into a folder of its own, as it is at one moment; a crawl may go on.

    Into the folder of an earlier backup only what is new is copied; what was removed since goes there too. When it is
    interrupted, run it again: only then can the copy be opened. `progress` is told `ledger`, `articles`, `warc` or
    `runs` and what is done of it.

    -> {"records", "files", "copied": bytes, "target"}. Raises ArchiveForeignError when the target is no backup of this
    archive, ArchiveLocked when another process writes there, ArchiveDamaged when bytes are missing here,
    ArchiveMissing, ArchiveIOError.
    """
    root, to = Path(path).absolute(), Path(target).absolute()
    Reader(root).close()
    inside, outside = to.resolve(), root.resolve()
    if inside == outside or outside in inside.parents or inside in outside.parents:
        raise ArchiveForeignError(f"{to} and the archive {root} lie in each other; give a folder of its own.")
    with contextlib.ExitStack() as undo:
        with plain_errors(to):
            if to.exists() and not to.is_dir():
                raise ArchiveForeignError(f"{to} is a file; give a new or an empty folder.")
            if to.exists() and next(to.iterdir(), None) and not _is_copy(to):
                raise ArchiveForeignError(f"{to} holds something else; give an empty folder, or that of a backup.")
            disk.make_directory(to)
            card.write(to)  # from now on it is known as ours
            undo.callback(lock.Lock(to / "lock", "backup").release)
        for _ in range(_TRIES):
            with contextlib.suppress(_Changed), plain_errors(to):
                result = _Copy(root, to, progress or (lambda what, done: None)).all()
                break
            time.sleep(_WAIT)
        else:
            raise ArchiveLocked(f"{root}: a takedown is going on, or was interrupted; run `scrapy archive verify`.")
    with plain_errors(to):
        checks = verify.verify(to, quick=True)["checks"]
    wrong = [failure for check in checks.values() for failure in check["failures"]]
    if wrong:
        raise ArchiveDamaged(f"{to}: the copy is not whole ({wrong[0]}); run `scrapy archive verify` on both.")
    return result


def _is_copy(to: Path) -> bool:
    readme = to / "README.md"
    return readme.exists() and card.is_ours(readme.read_bytes())


class _Copy:
    """One attempt."""

    def __init__(self, root: Path, to: Path, tell: Tell) -> None:
        self.root, self.to, self.tell, self.copied = root, to, tell, 0

    def all(self) -> dict[str, Any]:
        fresh = self.to / f"{NAME}.new"
        _forget(fresh)
        try:
            result = self._all(fresh, tombstones.raw(self.root))
            self._swap(fresh)
        finally:
            _forget(fresh)
        return result

    def _all(self, fresh: Path, removed: bytes) -> dict[str, Any]:
        self._ledger(fresh)
        db = ledger.connect(fresh, write=False)
        try:
            ledger.check_version(db, fresh)
            ledger.pretend_migrated(db)
            if tombstones.unfinished(db, tombstones.read(self.root)):
                raise _Changed
            known = self._known(db)
            files = rows(db, "SELECT path, length, sha256 FROM segment ORDER BY path")
            try:
                for done, (path, length, sha256) in enumerate(files):
                    self.tell(path.partition("/")[0], done)
                    self._file(path, length, sha256, known)
            finally:  # also when it looks like damage
                if tombstones.raw(self.root) != removed:
                    raise _Changed
            self._rest({path for path, *_ in files}, removed)
            records = row(db, "SELECT count(*) FROM article")[0]
        finally:
            db.close()
        return {"records": records, "files": len(files), "copied": self.copied, "target": str(self.to)}

    def _ledger(self, fresh: Path) -> None:
        """The ledger as it is now: SQLite's own copy, from one snapshot."""
        source = ledger.connect(self.root / NAME, write=False)
        copy = apsw.Connection(str(fresh), vfs=ledger.VFS)
        try:
            source.execute("BEGIN")
            rows(source, "SELECT 1 FROM segment")  # the snapshot begins with the first look
            with _named(self.root), copy.backup("main", source, "main") as steps:
                while not steps.done:
                    steps.step(_PAGES)
                    self.tell("ledger", steps.page_count - steps.remaining)
        finally:
            copy.close()
            source.close()
        fd = os.open(fresh, os.O_RDONLY)
        try:
            self.copied += os.fstat(fd).st_size
            disk.sync(fd)
        finally:
            os.close(fd)

    def _known(self, db: apsw.Connection) -> _Known:
        """What is in the target already. Raises ArchiveForeignError when that was not copied from this archive."""
        old = self.to / NAME
        if not old.exists():
            for name in our_files(self.to):  # left by a first backup that was interrupted, or another archive's
                mine, copy = self.root / name, self.to / name
                if not mine.exists() or not _alike(mine, copy, copy.stat().st_size):
                    raise self._foreign()
            return {}
        there = ledger.connect(old, write=False)
        try:
            ledger.check_version(there, old)
            ledger.pretend_migrated(there)
            last = row(there, "SELECT seq, article, version, full_sha256 FROM article ORDER BY seq DESC LIMIT 1")
            here = "SELECT 1 FROM article WHERE (seq, article, version, full_sha256) = (?, ?, ?, ?)"
            gone = "SELECT 1 FROM removed WHERE id = ?"
            if last and not row(db, here, last) and not row(db, gone, (f"{last[1]}-{last[2]}",)):
                raise self._foreign()
            found = None if last else row(there, "SELECT url FROM url LIMIT 1")
            if found and not row(db, "SELECT 1 FROM url WHERE url = ?", found):
                raise self._foreign()
            return {path: (*has,) for path, *has in rows(there, "SELECT path, length, sha256 FROM segment")}
        finally:
            there.close()

    def _foreign(self) -> ArchiveForeignError:
        return ArchiveForeignError(
            f"{self.to} is no backup of {self.root}, or was written to since; give another folder."
        )

    def _file(self, path: str, length: int, sha256: str | None, known: _Known) -> None:
        """Exactly the committed bytes of a file."""
        copy = self.to / path
        size = copy.stat().st_size if copy.exists() else -1
        start, closed = known.get(path, (0, None))
        if sha256 and closed == sha256 and size == length:
            return
        if (
            not closed and 0 < start <= min(size, length) and _alike(self.root / path, copy, start)
        ):  # else taken down or mended
            self._bytes(path, copy, start, length)
            if not sha256 or disk.sha256(copy) == sha256:
                return
        temporary = copy.with_name(copy.name + ".tmp")
        temporary.unlink(missing_ok=True)
        self._bytes(path, temporary, 0, length)
        if sha256 and disk.sha256(temporary) != sha256:
            temporary.unlink()
            raise ArchiveDamaged(f"{self.root / path} was changed after it was closed; restore it from a backup.")
        disk.rename(temporary, copy)

    def _rest(self, files: set[str], removed: bytes) -> None:
        """removed.jsonl and run reports; files that the archive has no more go."""
        for gone in [*(self.to / path for path in set(our_files(self.to)) - files), *self.to.glob("*/*/*/*.tmp")]:
            disk.delete(gone)  # also what an interrupted backup has left
        if tombstones.raw(self.to) != removed:
            disk.write_whole(self.to / tombstones.NAME, removed)
        for done, path in enumerate(sorted(self.root.glob("runs/*.json"))):
            self.tell("runs", done)
            copy, found = self.to / "runs" / path.name, path.stat()
            if copy.exists() and (copy.stat().st_size, copy.stat().st_mtime_ns) == (found.st_size, found.st_mtime_ns):
                continue
            disk.write_whole(copy, path.read_bytes())
            os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))
            self.copied += found.st_size

    def _bytes(self, path: str, copy: Path, start: int, end: int) -> None:
        """Bytes `start` to `end` of a file to the same place in a copy, which ends there; durable on return."""
        fd = disk.open_for_append(copy, new=not copy.exists())
        try:
            os.ftruncate(fd, start)
            with (self.root / path).open("rb") as file:
                file.seek(start)
                while start < end:
                    data = file.read(min(_CHUNK, end - start))
                    if not data:
                        raise ArchiveDamaged(
                            f"{self.root / path} has {start} bytes of {end}; restore it from a backup."
                        )
                    disk.write_at(fd, data, start)
                    start += len(data)
                    self.copied += len(data)
            disk.sync(fd)
        finally:
            os.close(fd)

    def _swap(self, fresh: Path) -> None:
        """The new ledger in the place of the old: from now on the copy is what it says."""
        disk.failpoint("backup-swap")
        _forget(fresh, "-wal", "-shm")
        _forget(self.to / NAME, "-wal", "-shm")  # the old one's log would be taken for the new one's
        disk.rename(fresh, self.to / NAME)


def _alike(one: Path, other: Path, length: int) -> bool:
    """Whether two files begin with the same bytes."""
    with one.open("rb") as here, other.open("rb") as there:
        for at in range(0, length, _CHUNK):
            size = min(_CHUNK, length - at)
            if here.read(size) != there.read(size):
                return False
    return True


@contextlib.contextmanager
def _named(root: Path) -> Iterator[None]:
    """Damage that is the archive's own as such, since the copy is what is written."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise ArchiveDamaged(
            f"{root / NAME} is damaged ({error}); make it anew with `scrapy archive rebuild`."
        ) from error


def _forget(path: Path, *suffixes: str) -> None:
    for suffix in suffixes or ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
