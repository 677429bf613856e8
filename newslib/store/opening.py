"""Opening an archive for writing: one process at a time, and only once the files are what the ledger has committed."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw

from newslib.store import card, disk, ledger, recovery
from newslib.store.lock import Lock


def open_for_writing(path: Path, run: str, undo: contextlib.ExitStack) -> apsw.Connection:
    """Lock, migrate, recover -> the ledger's connection; `undo` takes the way back. A new archive is created.

    Raises ArchiveLocked, ArchiveDamaged, ArchiveNewer, ArchiveForeignError, and errors of the disk as they are.
    """
    disk.make_directory(path)
    undo.callback(Lock(path / "lock", run).release)
    file = path / ledger.NAME
    if not file.exists():
        recovery.refuse_orphans(path)
    disk.renew(file.with_name(file.name + "-wal"))  # there after a run that did not close
    db = ledger.connect(file, write=True)
    undo.callback(_close, db)
    if ledger.is_empty(db):  # new, or its creation was interrupted
        recovery.refuse_orphans(path)
        disk.sync_directory(path)
    else:
        ledger.check_version(db, file)
    ledger.migrate(db)
    recovery.recover(path, db)
    card.write(path)
    return db


def _close(db: apsw.Connection) -> None:
    with contextlib.suppress(apsw.Error):  # what was acknowledged lies in the log; the next opening moves it
        db.close()
