"""The frontier in the ledger: what was discovered, what is pending, how each URL ended.

Functions on the ledger's connection; those that write run inside the writer's transaction.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

import apsw

from newslib.page import Found, Hint
from newslib.store import polls, quarantine
from newslib.store.ledger import plain, row, rows
from newslib.store.polls import Poll

TRIES = 4  # one, and by three later runs
_MOVES = 10  # of an article from address to address that are followed
OUTCOMES = frozenset(
    "stored unchanged off-topic empty soft-404 not-found gone blocked blocked-by-robots blocked-address truncated "  # noqa: SIM905
    "too-large failed quarantined removed".split()
)
FROM_FEED = ("not-found", "gone", "blocked", "blocked-by-robots", "failed")  # a feed's words stand for such a page
_FOUND = "source = ?, original = coalesce(?, original), via = ?, found_url = ?, found_at = ?"
_HINT = ("title", "summary", "published", "day", "utc_offset", "language")


@dataclass(slots=True)
class Link:
    """A candidate with a canonical URL, ready for the frontier."""

    url: str
    original: str = ""
    source: str = ""  # id
    via: str = ""  # feed | sitemap | home | list
    found_url: str = ""
    title: str | None = None
    summary: str | None = None
    published: str | None = None  # instant …Z
    day: str | None = None
    utc_offset: str | None = None
    language: str | None = None
    updated: str | None = None  # instant …Z
    priority: int = 0
    depth: int = 0


@dataclass(slots=True)
class Discovered:
    new: int = 0
    due: int = 0  # known, and pending again
    known: int = 0


@dataclass(slots=True)
class PendingUrl:
    url: str
    source: str
    host: str
    depth: int
    original: str
    found: Found
    hint: Hint
    etag: str | None  # of the last fetch that was stored
    last_modified: str | None
    article: str | None  # id, when something is stored of it
    tries: int


def host_of(url: str) -> str:
    """The host a URL's requests go to, with its port. Never raises, whatever stands there."""
    return re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2].lower()


def begin(db: apsw.Connection, run: str, sources: list[str], topics: dict[str, str], at: str) -> None:
    """Start a run: URLs of its sources that failed, and may be tried again, are pending again."""
    db.execute(
        "INSERT INTO run VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sources = excluded.sources,"
        " topics = excluded.topics",
        (run, at, json.dumps(sources), json.dumps(topics)),
    )
    db.execute(
        "UPDATE url SET outcome = NULL WHERE outcome = 'failed' AND tries < ?"
        " AND source IN (SELECT value FROM json_each(?))",
        (TRIES, json.dumps(sources)),
    )


def discover(
    db: apsw.Connection, links: Iterable[Link], poll: Poll | None, topics: dict[str, str], sources: set[str], at: str
) -> Discovered:
    """Put links into the frontier; `sources` and `topics` (id -> version) are those of this run, `at` the present."""
    counts: Counter[str] = Counter()
    new: Counter[str] = Counter()
    for link in links:
        result = _discover(db, link, topics, sources, at)
        counts[result] += 1
        if result == "new":
            new[link.source] += 1
    if poll is not None:
        polls.note(db, poll, at)
    for source, items in new.items():
        polls.cover(db, source, at, new_items=items)
    return Discovered(**counts)


def _discover(db: apsw.Connection, link: Link, topics: dict[str, str], sources: set[str], at: str) -> str:
    url = plain(link.url) or ""
    date = max(link.updated or "", link.published or "")
    dated = max(date, link.day or "")
    hint = [plain(getattr(link, name)) for name in _HINT]
    found = [link.source, plain(link.original), link.via, plain(link.found_url), at]
    select = "SELECT id, outcome, source, fetched, acted, judged, tries, article, alias FROM url WHERE "
    known = row(db, select + "url = ?", (url,))
    if known is None:
        db.execute(
            "INSERT INTO url (url, host, source, original, via, found_url, found_at, title, summary, published, day,"
            " utc_offset, language, priority, depth, acted, dated) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (url, host_of(url), *found, *hint, link.priority, link.depth, date, dated),
        )
        return "new"
    for _ in range(_MOVES):  # what is said of an alias is said of its article, at the article's own address
        if known is None or known[-1] is None:
            break
        found[1] = None
        known = row(db, select + "article = ?", (known[-1],))
    if known is None or known[-1] is not None:
        return "known"
    id, outcome, source, fetched, acted, judged, tries, article, _ = known
    if outcome is None:
        if source not in sources and link.source in sources:  # else this run would never ask for it
            db.execute(f"UPDATE url SET {_FOUND} WHERE id = ?", (*found, id))  # noqa: S608
        filled = ", ".join(f"{name} = coalesce({name}, ?)" for name in _HINT)
        db.execute(
            f"UPDATE url SET {filled}, dated = max(dated, ?), priority = max(priority, ?),"  # noqa: S608
            " depth = min(depth, ?) WHERE id = ?",
            (*hint, dated, link.priority, link.depth, id),
        )
        return "known"
    revisited = article and outcome in ("stored", "unchanged", "failed")
    newer = date > (fetched or "") and date > (acted or "")
    # A page that cannot be had, and that no topic has judged by a feed's words: those that come now can stand for it.
    final = outcome in FROM_FEED and (outcome != "failed" or tries >= TRIES)
    worded = final and not article and bool(link.title and topics) and _unjudged(judged, topics)
    if not (revisited and newer) and not worded and not (outcome == "off-topic" and _unjudged(judged, topics)):
        return "known"
    renewed = ", ".join(f"{name} = coalesce(?, {name})" for name in _HINT)
    db.execute(
        f"UPDATE url SET outcome = NULL, reason = NULL, tries = ?, {_FOUND}, {renewed},"  # noqa: S608
        " acted = max(coalesce(acted, ''), ?), dated = max(dated, ?), priority = ?, depth = ? WHERE id = ?",
        (tries if worded else 0, *found, *hint, date, dated, link.priority, link.depth, id),
    )
    return "due"


def _unjudged(judged: str | None, topics: dict[str, str]) -> bool:
    """Whether these topics may say something else of an off-topic page than those that have judged it. A run without
    topics keeps every page, but for those that a step of such a run has dropped (judged, by no topic)."""
    known: dict[str, str] | None = json.loads(judged) if judged else None
    return known is None or (not topics.items() <= known.items() if topics else bool(known))


def pending_hosts(db: apsw.Connection, sources: list[str]) -> dict[str, int]:
    select = (
        "SELECT host, count(*) FROM url WHERE outcome IS NULL AND source IN (SELECT value FROM json_each(?))"
        " GROUP BY host"
    )
    return dict(rows(db, select, (json.dumps(sources),)))


def pending(
    db: apsw.Connection, host: str, sources: list[str], limit: int, skip: Collection[str] = ()
) -> list[PendingUrl]:
    """See Archive.pending. In the order of an index: nothing is sorted, no row read but those returned or skipped."""
    select = (
        "SELECT url, source, depth, original, via, found_url, found_at, title, summary, published, day, utc_offset,"
        " language, etag, last_modified, article, tries FROM url WHERE outcome IS NULL AND host = ?"
        " AND source IN (SELECT value FROM json_each(?)) ORDER BY priority DESC, dated DESC, id"
    )
    with closing(db.cursor()) as cursor:
        waiting = cursor.execute(select, (host, json.dumps(sources)))
        return [
            PendingUrl(
                url=each[0],
                source=each[1],
                host=host,
                depth=each[2],
                original=each[3] or each[0],
                found=Found(*each[4:7]),
                hint=Hint(*each[7:13]),
                etag=each[13],
                last_modified=each[14],
                article=each[15],
                tries=each[16],
            )
            for each in islice((each for each in waiting if each[0] not in skip), limit)
        ]


def still_pending(db: apsw.Connection, urls: list[str]) -> list[str]:
    select = "SELECT url FROM url WHERE outcome IS NULL AND url IN (SELECT value FROM json_each(?))"
    return [url for (url,) in rows(db, select, (json.dumps([plain(url) for url in urls]),))]


def defer(db: apsw.Connection, which: str | list[str], reason: str) -> None:
    """Say why these URLs (a list) or all of a host (a string) stay pending."""
    if isinstance(which, str):
        db.execute("UPDATE url SET reason = ? WHERE outcome IS NULL AND host = ?", (reason, which))
    else:
        update = "UPDATE url SET reason = ? WHERE outcome IS NULL AND url IN (SELECT value FROM json_each(?))"
        db.execute(update, (reason, json.dumps([plain(url) for url in which])))


def finish(db: apsw.Connection, url: str, outcome: str, reason: str | None, **columns: Any) -> None:
    """Give a URL its one outcome, and set further columns of its row; one that was never discovered gets a row."""
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is no outcome; there are {', '.join(sorted(OUTCOMES))}")
    url = plain(url) or ""
    db.execute(
        "INSERT INTO url (url, host, source, outcome) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (url, host_of(url), columns.pop("source", None) or "", outcome),
    )
    columns = {"alias": None} | columns | {"outcome": outcome, "reason": plain(reason) or outcome}
    names = ", ".join(f"{name} = ?" for name in columns)
    quarantine.clear(db, url)
    tries = "tries + 1" if outcome == "failed" else "0"
    db.execute(f"UPDATE url SET {names}, tries = {tries} WHERE url = ?", (*columns.values(), url))  # noqa: S608


def lead(db: apsw.Connection, url: str, article: str, at: str | None, **columns: Any) -> None:
    """End a URL as a second address of an article: what is said of it from now on holds for the article's own."""
    db.execute(
        "UPDATE url SET alias = NULL, reason = iif(alias IS NULL, reason, outcome),"
        " fetched = max(coalesce(fetched, ''), coalesce(?, '')) WHERE article = ?",
        (at, article),
    )
    finish(db, url, "unchanged", "alias", alias=article, fetched=at, **columns)


def known(db: apsw.Connection, url: str) -> dict[str, Any] | None:
    """A URL's whole row, JSON parsed."""
    cursor = db.execute("SELECT * FROM url WHERE url = ?", (plain(url),))
    for values in cursor:
        result: dict[str, Any] = {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
        return result | {name: json.loads(result[name]) for name in ("judged", "groups", "warc") if result[name]}
    return None
