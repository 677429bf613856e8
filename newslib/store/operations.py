"""What the writer does for one page: functions run by it, inside its transaction (see newslib.store.writer)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import apsw

from newslib.article import Article, Warc, article_id
from newslib.page import Page, now
from newslib.store import frontier, hosts, quarantine, records, visits, warc
from newslib.store.admission import Admission, exists, references
from newslib.store.errors import ArchiveDamaged, ReferenceMissing
from newslib.store.fingerprints import remember
from newslib.store.ledger import plain, row
from newslib.store.segments import Segments
from newslib.store.tombstones import is_removed


@dataclass(slots=True)
class End:
    """How a URL ends."""

    url: str
    outcome: str
    reason: str | None
    at: str | None  # when it was fetched, if it was
    etag: str | None = None
    last_modified: str | None = None
    article: str | None = None  # the id of that which it leads to, without a record
    judged: dict[str, str] | None = None
    groups: list[str] = field(default_factory=list)
    keep: bool = False  # its page, though there is no record of it
    wordless: bool = False  # nothing was known of the page, which cannot be had, but its address
    run: str = ""
    who: str = ""  # of `quarantined`: the step that gave up
    revisit: Sequence[float] = ()  # when it is to be asked for again: see newslib.store.visits


def store(
    db: apsw.Connection, segments: Segments, article: Article, page: Page | None, admission: Admission, end: End | None
) -> Article:
    """Put an admitted article into WARC (when there is a page that is not in it yet), JSONL and ledger, and end its
    URL if one is to end."""
    try:
        missing = [id for id in references(article) - {article.id} if not exists(db, id)]
        if missing:
            raise ReferenceMissing(f"{article.id} refers to {', '.join(sorted(missing))}, which could not be stored")
        article.warc = None
        if page is not None:
            article.fetched_url, article.fetched = page.fetched_url, page.fetched  # as in its WARC record
            article.warc = page.warc or cast(Warc, segments.add_exchange(page))
        line = records.line_of(article)
        place = (*segments.add_line(line), len(line))
        host = hosts.put(db, frontier.host_of(article.url))
        seq = records.insert(db, article, host, admission.paragraphs, place)
        remember(db, admission, seq, host)
        if end is not None:
            _end_of_stored(db, article, end)
            _plan(db, article.url, end, changed=article.version > 1)
    except BaseException:
        admission.dropped = True
        raise
    admission.seq = seq  # before the commit: see newslib.store.admission
    return article


def _end_of_stored(db: apsw.Connection, article: Article, end: End) -> None:
    validators = {"etag": plain(end.etag), "last_modified": plain(end.last_modified)}
    columns = {"fetched": end.at, "article": article.article, "source": article.source}
    if end.url == article.url:
        frontier.finish(db, end.url, end.outcome, end.reason or article.id, **columns, **validators)
        return
    frontier.lead(db, end.url, article.article, end.at, source=article.source)
    if article.found and not row(db, "SELECT 1 FROM url WHERE url = ?", (article.url,)):
        columns |= {"via": article.found["via"], "found_url": article.found["url"], "found_at": article.found["at"]}
    frontier.finish(db, article.url, end.outcome, end.reason or article.id, **columns)


def finish(db: apsw.Connection, segments: Segments, page: Page | None, end: End, files: records.Files) -> None:
    """End a URL without a record. Of a page given, what is the same as before goes to the WARC as a revisit."""
    known = row(db, "SELECT article, judged, groups, title FROM url WHERE url = ?", (plain(end.url),))
    article, judged, groups, title = known or (None, None, None, None)
    if end.wordless and title and not article:  # a feed has named it meanwhile: its words may stand for the page
        return
    columns: dict[str, Any] = {}
    if page is not None and is_removed(db, end.url, page.fetched_url):
        page = None  # nothing of it comes back, wherever it was found
    not_modified = page is not None and page.status == 304
    if page is not None:
        unchanged = not_modified or end.outcome == "unchanged"
        before = _stored_before(db, files, article or end.article) if unchanged else None
        same = before is not None and before.warc is not None and before.warc["digest"] == warc.digest(page.raw)
        if not_modified or same:
            segments.add_revisit(page, (before.fetched_url, before.fetched) if before else None)
        elif end.keep:
            columns["warc"] = json.dumps(segments.add_exchange(page))
    if end.article and end.outcome == "unchanged" and end.article != article_id(plain(end.url) or ""):
        frontier.lead(db, end.url, end.article, end.at, **columns)
        return
    if article:  # validators are sent only for what is stored; a 304 need not repeat them
        for name, value in (("etag", end.etag), ("last_modified", end.last_modified)):
            if value or (end.outcome == "unchanged" and not not_modified):
                columns[name] = plain(value)
    if end.at:
        columns["fetched"] = end.at
    if end.judged is not None:
        others = [group for group in json.loads(groups or "[]") if group.partition("/")[0] not in end.judged]
        columns["groups"] = json.dumps(sorted({*others, *end.groups}))
        columns["judged"] = json.dumps(json.loads(judged or "{}") | end.judged)
    frontier.finish(db, end.url, end.outcome, end.reason, **columns)
    _plan(db, plain(end.url) or "", end, changed=False)
    if end.outcome == "quarantined":
        quarantine.put(db, end.url, now(), end.run, end.who, end.reason or end.outcome)


def _plan(db: apsw.Connection, url: str, end: End, changed: bool) -> None:
    if end.revisit and end.at and end.outcome in ("stored", "unchanged"):
        visits.plan(db, url, end.at, end.revisit, changed)


def _stored_before(db: apsw.Connection, files: records.Files, article: str | None) -> Article | None:
    """The newest version of an article; None also while its line waits in this very batch."""
    try:
        return records.one(db, files, article) if article else None
    except ArchiveDamaged:
        return None
