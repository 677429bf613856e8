"""The ledger: one SQLite file that says which bytes of the archive count, and what became of every URL."""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import apsw

from newslib.store.errors import ArchiveDamaged, ArchiveError, ArchiveIOError, ArchiveNewer
from newslib.store.schema import MIGRATIONS

NAME = "ledger.sqlite"
APPLICATION_ID = 0x4E455753  # "NEWS", https://www.sqlite.org/pragma.html#pragma_application_id
VFS: str | None = None  # tests put a faulty one here
R = TypeVar("R")
_SURROGATES = re.compile("[\ud800-\udfff]")


def connect(path: Path, write: bool) -> apsw.Connection:
    """Open the ledger (created when `write`). Write-ahead log, every commit synced."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE if write else apsw.SQLITE_OPEN_READONLY
    db = apsw.Connection(str(path), flags=flags, vfs=VFS)
    db.set_busy_timeout(30_000)
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else statements are planned anew for each value: 27 µs for 5
    db.pragma("cache_size", -32_768)  # KiB
    if write:
        db.pragma("journal_mode", "wal")
        db.pragma("synchronous", "full")
        db.pragma("journal_size_limit", 64 << 20)
    return db


def plain(text: str | None) -> str | None:
    """A text that SQLite's UTF-8 can hold: lone surrogates become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text) if text else text


def rows(db: apsw.Connection, sql: str, values: Any = ()) -> list[Any]:
    """All rows of a query, each a tuple."""
    return db.execute(sql, values).fetchall()


def row(db: apsw.Connection, sql: str, values: Any = ()) -> Any:
    """The first row of a query, or None."""
    return db.execute(sql, values).fetchone()


def is_empty(db: apsw.Connection) -> bool:
    """Whether nothing was ever committed to this ledger (its creation was interrupted)."""
    return db.pragma("user_version") == 0 and not rows(db, "SELECT 1 FROM sqlite_schema")


def check_version(db: apsw.Connection, path: Path) -> None:
    """Raise ArchiveDamaged for another program's database, ArchiveNewer for one of a later version."""
    version = db.pragma("user_version")
    if db.pragma("application_id") != APPLICATION_ID:
        raise ArchiveDamaged(f"{path} is not the ledger of a news archive; put the right file back.")
    if version > len(MIGRATIONS):
        raise ArchiveNewer(
            f"{path} was written by a newer version of this program (format {version}, known here up to"
            f" {len(MIGRATIONS)}); update the program."
        )


def migrate(db: apsw.Connection) -> None:
    """Bring a new or older ledger to the present version, each step in one transaction."""
    for version in range(db.pragma("user_version"), len(MIGRATIONS)):
        with transaction(db):
            db.execute(MIGRATIONS[version])
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {version + 1}")


@contextlib.contextmanager
def transaction(db: apsw.Connection) -> Iterator[None]:
    """Everything in it, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("ROLLBACK")
        raise


def pretend_migrated(db: apsw.Connection) -> None:
    """Give a reader of an older ledger, which it may not change, the tables that later versions added, empty."""
    for script in MIGRATIONS[db.pragma("user_version") :]:
        db.execute(re.sub(r"CREATE (TABLE|INDEX) ", r"CREATE TEMP \1 ", script).replace("TEMP INDEX ", "INDEX temp."))


@contextlib.contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Faults of the disk as ArchiveIOError, of the ledger's bytes as ArchiveDamaged."""
    file = path / NAME
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise ArchiveIOError(f"{where}: {error.strerror or error}; check the disk and its permissions.") from error
    except apsw.ConnectionClosedError:
        raise ArchiveError(f"{path}: the archive was closed; read inside of its `with`, or before `close()`.") from None
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise ArchiveDamaged(f"{file} is damaged ({error}); make it anew with `scrapy archive rebuild`.") from error
    except apsw.Error as error:
        raise ArchiveIOError(f"{file}: {error}; check the disk and its permissions.") from error


def plainly(reader: type[R]) -> type[R]:
    """Let every public method of a class with a `path` raise `plain_errors`; generators do so themselves."""
    for name, method in list(vars(reader).items()):
        if inspect.isfunction(method) and not name.startswith("_") and not inspect.isgeneratorfunction(method):
            setattr(reader, name, _plainly(method))
    return reader


def _plainly(method: Any) -> Any:
    @functools.wraps(method)
    def plain(self: Any, *args: Any, **known: Any) -> Any:
        with plain_errors(self.path):
            return method(self, *args, **known)

    return plain
