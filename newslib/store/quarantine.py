"""The quarantine: pages that no worker survives and records that cannot be written, set aside until somebody looks.

Functions on the ledger's connection; those that write run inside the writer's transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import apsw

from newslib.article import Warc
from newslib.store.ledger import plain, row, rows

READ_ANEW = "reextract"  # who sets a record's page aside: the record stays, and so does its URL's outcome


@dataclass(slots=True)
class Quarantined:
    """What is set aside, and why."""

    url: str
    source: str  # id
    who: str  # the step that gave up: extract | store | reextract
    why: str
    at: str  # instant …Z; empty where an older version of this program did not note it
    run: str  # as `at`
    waiting: bool  # `retry` has been said: its URL is pending
    warc: Warc | None  # where its page lies


def put(db: apsw.Connection, url: str, at: str, run: str, who: str, why: str) -> None:
    """Note what is set aside, over what was noted of it before."""
    db.execute("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?)", (plain(url), at, run, who, plain(why)))


def clear(db: apsw.Connection, url: str) -> None:
    """Forget it: its URL has another outcome now."""
    db.execute("DELETE FROM quarantine WHERE url = ?", (url,))


def listed(db: apsw.Connection) -> list[Quarantined]:
    """All that is set aside, by the time it was."""
    select = (
        "SELECT q.url, source, who, why, at, run, outcome IS NULL, warc FROM quarantine q LEFT JOIN url USING (url)"
        " UNION ALL SELECT url, source, 'extract', reason, '', '', 0, warc FROM url WHERE id IN"
        " (SELECT value FROM json_each(?)) ORDER BY at, url"
    )
    return [
        Quarantined(url, source or "", who, why, at, run, bool(waiting), json.loads(warc) if warc else None)
        for url, source, who, why, at, run, waiting, warc in rows(db, select, (json.dumps(_unnoted(db)),))
    ]


def _unnoted(db: apsw.Connection) -> list[int]:
    """URLs that an older version of this program set aside without a note (rows of `url`)."""
    aside = "SELECT coalesce(sum(n), 0) FROM counter WHERE name = 'url quarantined'"
    noted = "SELECT count(*) FROM quarantine CROSS JOIN url USING (url) WHERE outcome = 'quarantined'"
    if row(db, f"SELECT ({aside}) = ({noted})")[0]:  # else all URLs are looked at
        return []
    select = "SELECT id FROM url WHERE outcome = 'quarantined' AND url NOT IN (SELECT url FROM quarantine)"
    return [id for (id,) in rows(db, select)]


def is_aside(db: apsw.Connection, url: str) -> bool:
    """Whether a record's page has been set aside while it was read anew."""
    select = "SELECT 1 FROM quarantine WHERE url = ? AND who = ?"
    return row(db, select, (plain(url), READ_ANEW)) is not None


def retry(db: apsw.Connection, urls: list[str] | None) -> int:
    """Make what is set aside (None: all of it) pending again; pages of records may be read anew -> how many."""
    these = json.dumps(None if urls is None else [plain(url) for url in urls])
    chosen = "(?1 = 'null' OR url IN (SELECT value FROM json_each(?1)))"
    db.execute(
        "UPDATE url SET outcome = NULL, reason = 'retry', tries = 0, fetched = iif(article IS NULL, NULL, fetched)"  # noqa: S608
        " WHERE (url IN (SELECT url FROM quarantine) OR id IN (SELECT value FROM json_each(?2)))"
        f" AND outcome = 'quarantined' AND {chosen}",
        (these, json.dumps(_unnoted(db))),
    )
    retried = db.changes()
    db.execute(f"DELETE FROM quarantine WHERE who = ?2 AND {chosen}", (these, READ_ANEW))  # noqa: S608
    return retried + db.changes()
