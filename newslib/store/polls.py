"""Polls of feeds, sitemaps and sections: what each last answered, and the coverage table that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from newslib.store.ledger import plain, row, rows


@dataclass(slots=True)
class Poll:
    """One request for a feed, sitemap or section page, and what is to be sent with the next."""

    source: str
    url: str
    kind: str
    ok: bool
    status: int = 0
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    unchanged: bool = False  # 304
    judge: str = ""  # names the topics and the time window for which it was read


@dataclass(slots=True)
class PollState:
    etag: str | None
    last_modified: str | None
    judge: str  # under which it was last read whole


def note(db: apsw.Connection, poll: Poll, at: str) -> None:
    """Note a poll. Validators of a whole answer replace the old; a 304 renews what it names, a failure nothing."""
    if poll.ok and not poll.unchanged:
        renewed = "etag = excluded.etag, last_modified = excluded.last_modified, judge = excluded.judge"
    elif poll.ok:
        renewed = (
            "etag = coalesce(excluded.etag, etag), last_modified = coalesce(excluded.last_modified, last_modified)"
        )
    else:
        renewed = "etag = etag"
    db.execute(
        "INSERT INTO poll (url, source, kind, at, ok, status, error, etag, last_modified, judge)"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, iif(?5, ?, NULL), iif(?5, ?, NULL), ?) ON CONFLICT DO UPDATE SET"
        " source = excluded.source, kind = excluded.kind, at = excluded.at, ok = excluded.ok, status = excluded.status,"
        f" error = excluded.error, {renewed}",
        (
            *(plain(poll.url), poll.source, poll.kind, at, poll.ok, poll.status, plain(poll.error)),
            *(plain(poll.etag), plain(poll.last_modified), poll.judge),
        ),
    )
    cover(db, poll.source, at, polls_ok=int(poll.ok), polls_failed=int(not poll.ok))


def cover(
    db: apsw.Connection, source: str, at: str, polls_ok: int = 0, polls_failed: int = 0, new_items: int = 0
) -> None:
    """Add to a source's day."""
    db.execute(
        "INSERT INTO coverage VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET polls_ok = polls_ok + excluded.polls_ok,"
        " polls_failed = polls_failed + excluded.polls_failed, new_items = new_items + excluded.new_items",
        (source, at[:10], polls_ok, polls_failed, new_items),
    )


def state(db: apsw.Connection, url: str) -> PollState | None:
    known = row(db, "SELECT etag, last_modified, coalesce(judge, '') FROM poll WHERE url = ?", (plain(url),))
    return PollState(*known) if known else None


def ways(db: apsw.Connection, source: str) -> list[tuple[str, str]]:
    """Kind and URL of the feeds, sitemaps and sections of a source that answered when they were last asked."""
    select = (
        "SELECT kind, url FROM poll WHERE source = ? AND ok AND kind IN ('feed', 'sitemap', 'section')"
        " ORDER BY kind, url"
    )
    return rows(db, select, (source,))
