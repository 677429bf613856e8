"""Polls of feeds, sitemaps and sections: what each last answered, and the coverage table that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import apsw

from newslib.store.ledger import plain, row, rows

_GONE = (404, 410)


@dataclass(slots=True)
class Poll:
    """One request for a feed, sitemap, section or home page, and what is to be sent with the next. `status`: of HTTP, 0
    when no whole answer came."""

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
    ways: list[tuple[str, str]] = field(default_factory=list)  # kind and URL of those that a home page names


@dataclass(slots=True)
class PollState:
    etag: str | None
    last_modified: str | None
    judge: str  # under which it was last read whole
    at: str = field(default="", compare=False)  # when it was last asked; empty when that failed


def note(db: apsw.Connection, poll: Poll, at: str) -> None:
    """Note a poll. Validators of a whole answer replace the old; a 304 renews what it names, a failure nothing.

    The ways that a home page names are noted with it, since a later 304 would not name them again; for the same reason
    the home page is read anew once one of them is gone.
    """
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
        " VALUES (?, ?, ?, ?, ?, ?, ?, iif(?5, ?, NULL), iif(?5, ?, NULL), iif(?5, ?, NULL)) ON CONFLICT DO UPDATE SET"
        " source = excluded.source, kind = excluded.kind, at = excluded.at, ok = excluded.ok, status = excluded.status,"
        f" error = excluded.error, {renewed}",
        (
            *(plain(poll.url), poll.source, poll.kind, at, poll.ok, poll.status, plain(poll.error)),
            *(plain(poll.etag), plain(poll.last_modified), poll.judge),
        ),
    )
    db.executemany(
        "INSERT INTO poll (url, source, kind, ok, status) VALUES (?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
        [(plain(url), poll.source, kind) for kind, url in poll.ways],
    )
    if poll.status in _GONE:
        db.execute(
            "UPDATE poll SET etag = NULL, last_modified = NULL WHERE source = ? AND kind = 'home'", (poll.source,)
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
    select = "SELECT etag, last_modified, coalesce(judge, ''), iif(ok, coalesce(at, ''), '') FROM poll WHERE url = ?"
    known = row(db, select, (plain(url),))
    return PollState(*known) if known else None


def ways(db: apsw.Connection, source: str) -> list[tuple[str, str]]:
    """Kind and URL of the feeds, sitemaps and sections of a source: those that were read whole once, and those that
    have not answered yet. A failure is no reason to forget one; 404 and 410 are."""
    select = (
        "SELECT kind, url FROM poll WHERE source = ? AND kind IN ('feed', 'sitemap', 'section')"
        " AND (coalesce(judge, '') != '' OR status != 200) AND status NOT IN (?, ?) ORDER BY kind, url"
    )
    return rows(db, select, (source, *_GONE))
