"""What is known of a web host across runs: when it may be asked again, and its robots.txt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import apsw

from newslib.store.ledger import row

_COLUMNS = ("not_before", "robots_status", "robots_body", "robots_etag", "robots_last_modified", "robots_fetched")


@dataclass(slots=True)
class HostState:
    not_before: str | None = None  # instant …Z
    robots_status: int | None = None
    robots_body: bytes | None = None
    robots_etag: str | None = None
    robots_last_modified: str | None = None
    robots_fetched: str | None = None  # instant …Z


def get(db: apsw.Connection, host: str) -> HostState:
    known = row(db, f"SELECT {', '.join(_COLUMNS)} FROM host WHERE host = ?", (host,))  # noqa: S608
    return HostState(*known) if known else HostState()


def put(db: apsw.Connection, host: str, **fields: Any) -> int:
    """Set some fields of a host -> its number in the ledger. Raises ValueError for a field that does not exist."""
    if unknown := set(fields) - set(_COLUMNS):
        raise ValueError(f"a host has no {', '.join(sorted(unknown))}; it has {', '.join(_COLUMNS)}")
    db.execute("INSERT INTO host (host) VALUES (?) ON CONFLICT DO NOTHING", (host,))
    if fields:
        names = ", ".join(f"{name} = ?" for name in fields)
        db.execute(f"UPDATE host SET {names} WHERE host = ?", (*fields.values(), host))  # noqa: S608
    id: int = row(db, "SELECT id FROM host WHERE host = ?", (host,))[0]
    return id
