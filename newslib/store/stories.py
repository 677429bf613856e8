"""Stories as a reader sees them: what is in the ledger's tables of relations, with what the records say.

Functions on the ledger's connection; newslib.store.relations fills the tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import apsw

from newslib.article import Article
from newslib.store import records
from newslib.store.ledger import plain, row, rows

WHAT = "relations"  # in the table `done`
SORTS = {"largest": "count(*) DESC, max(at) DESC, m.story", "newest": "max(at) DESC, count(*) DESC, m.story"}


@dataclass(slots=True)
class Member:
    """An article of a story, or one related to it: its newest version, and from whom it has its words."""

    article: str  # id
    id: str  # of the record
    url: str
    outlet: str  # publisher, else the domain
    language: str | None
    title: str | None
    at: str  # when it came out
    dated: str  # how that is known: published | day | fetched
    share: float = 0.0  # of its characters, that stand in `of` as well
    of: str | None = None  # the article that had them first, of those that came out before this one
    paragraphs: int = 0  # in common with it
    how: str | None = None  # paragraphs | words
    kind: str | None = None  # duplicate | syndicated | related


@dataclass(slots=True)
class Story:
    """Articles that are copies of each other. The first member is the one that came out first."""

    id: str
    size: int  # articles
    outlets: int  # hosts
    languages: list[str]
    first: str  # instants
    last: str
    members: list[Member] = field(default_factory=list)  # in the order in which they came out
    related: list[Member] = field(default_factory=list)  # no members: what else has a part in common with one


def listed(
    db: apsw.Connection,
    files: records.Files,
    topic: str | None = None,
    since: str | None = None,
    sort: str = "largest",
    limit: int | None = None,
) -> list[Story]:
    """Stories with their first member alone. `topic`: an id, those with a member on it. `since`: an instant or a day,
    those that spread since. Raises ValueError for another `sort` than those of SORTS."""
    if sort not in SORTS:
        raise ValueError(f"sort is {' or '.join(SORTS)}, not {sort!r}")
    select = f"SELECT story FROM member m GROUP BY story HAVING ?1 IS NULL OR max(at) >= ?1 ORDER BY {SORTS[sort]}"  # noqa: S608
    wanted = (id for (id,) in rows(db, select, (since,)) if topic is None or _is_on(db, files, id, topic))
    outlines = (_outline(db, files, id) for id in wanted)
    return list(islice(filter(None, outlines), limit))


def one(db: apsw.Connection, files: records.Files, which: str) -> Story | None:
    """The story of an id, or of an article's (an id, or an address); ids of stories that were merged lead to theirs."""
    known = row(db, "SELECT story FROM story WHERE id = ?", (which,)) or row(
        db, "SELECT story FROM member WHERE article = ?", (article_of(db, which),)
    )
    if known is None:
        return None
    story = _outline(db, files, known[0])
    if story is None:
        return None
    found = rows(db, "SELECT article, at, dated FROM member WHERE story = ? ORDER BY at, seq", (story.id,))
    order = [article for article, _, _ in found]
    story.members = [
        member for article, at, dated in found if (member := _member(db, files, article, at, dated)) is not None
    ]
    for number, member in enumerate(story.members):
        _from(db, member, order[:number])
    story.related = list(_related(db, files, order))
    return story


def article_of(db: apsw.Connection, which: str) -> str:
    """The id of the article that an address, an article's id or a record's leads to."""
    if "/" not in which:
        return records.split_id(which)[0]
    known = row(db, "SELECT coalesce(alias, article) FROM url WHERE url = ?", (plain(which),))
    return str(known[0]) if known and known[0] else ""


def _outline(db: apsw.Connection, files: records.Files, story: str) -> Story | None:
    """A story with its first member; None of one whose articles have been removed since its id was looked up."""
    head = row(db, "SELECT article, at, dated FROM member WHERE story = ? ORDER BY at, seq LIMIT 1", (story,))
    if head is None:
        return None
    newest = "a.seq = (SELECT max(seq) FROM article WHERE article = m.article)"
    mine = f"FROM member m JOIN article a ON {newest} WHERE story = ?"
    counts = f"SELECT count(*), count(DISTINCT host), min(at), max(at) {mine}"
    size, outlets, first, last = row(db, counts, (story,))
    spoken = f"SELECT language {mine} AND language IS NOT NULL GROUP BY language ORDER BY count(*) DESC, language"
    languages = rows(db, spoken, (story,))
    found = _member(db, files, *head)
    return Story(story, size, outlets, [each for (each,) in languages], first, last, [found] if found else [])


def _member(db: apsw.Connection, files: records.Files, article: str, at: str, dated: str) -> Member | None:
    record = records.one(db, files, article)
    return _as_member(record, at, dated) if record else None


def _as_member(record: Article, at: str, dated: str) -> Member:
    outlet = record.publisher or record.domain or record.url.partition("://")[2].partition("/")[0]
    return Member(record.article, record.id, record.url, outlet, record.language, record.title, at, dated)


def _relations(db: apsw.Connection, article: str) -> Iterator[tuple[str, Any]]:
    """The other article of each relation of this one, and (kind, share of this one, paragraphs, how, share of the
    other)."""
    select = (
        "SELECT other, kind, share, paragraphs, how, back FROM relation WHERE article = ?1"
        " UNION ALL SELECT article, kind, back, paragraphs, how, share FROM relation WHERE other = ?1"
    )
    for other, *rest in rows(db, select, (article,)):
        yield other, rest


def _from(db: apsw.Connection, member: Member, before: list[str]) -> None:
    """Say from which of the articles `before` it a member has most, the earliest of several."""
    order = {article: number for number, article in enumerate(before)}
    found = [(rest[1], -order[other], other, rest) for other, rest in _relations(db, member.article) if other in order]
    if found:
        _, _, member.of, (member.kind, member.share, member.paragraphs, member.how, _) = max(found)


def _related(db: apsw.Connection, files: records.Files, members: list[str]) -> Iterator[Member]:
    """Articles outside of a story that have a part in common with one of it, the largest first."""
    best: dict[str, tuple[float, str, Any]] = {}
    for article in members:
        for other, rest in _relations(db, article):
            if other not in members:
                best[other] = max(best.get(other, (0.0, "", None)), (rest[1], article, rest), key=lambda each: each[0])
    for other, (_, of, rest) in sorted(best.items(), key=lambda each: (-each[1][0], each[0])):
        if (out := came_out(db, other)) and (member := _member(db, files, other, *out[1:])) is not None:
            member.of, member.kind, member.share = of, "related", rest[4]
            member.paragraphs, member.how = rest[2], rest[3]
            yield member


def _is_on(db: apsw.Connection, files: records.Files, story: str, topic: str) -> bool:
    for (article,) in rows(db, "SELECT article FROM member WHERE story = ? ORDER BY at, seq", (story,)):
        record = records.one(db, files, article)
        if record and any(match["id"] == topic for match in record.topics):
            return True
    return False


def stories_of(db: apsw.Connection, articles: list[str]) -> dict[str, str]:
    """Article -> its story, for those of these articles that are in one."""
    select = "SELECT article, story FROM member WHERE article IN (SELECT value FROM json_each(?))"
    return dict(rows(db, select, (json.dumps(articles),)))


def done(db: apsw.Connection) -> int:
    """The number of the last record that was looked at."""
    known = row(db, "SELECT seq FROM done WHERE what = ?", (WHAT,))
    return int(known[0]) if known else 0


def ages(db: apsw.Connection, articles: list[str]) -> dict[str, int]:
    """The number in commit order of each article's first record."""
    select = "SELECT article, min(seq) FROM article WHERE article IN (SELECT value FROM json_each(?)) GROUP BY article"
    return dict(rows(db, select, (json.dumps(articles),)))


def came_out(db: apsw.Connection, article: str) -> tuple[int, str, str] | None:
    """The number of an article's first record; when it came out; how that is known. None when there is none."""
    first = row(db, "SELECT seq, date, fetched FROM article WHERE article = ? ORDER BY seq LIMIT 1", (article,))
    return (first[0], *age(*first[1:])) if first else None


def age(date: str, fetched: str) -> tuple[str, str]:
    """When a record came out, and how that is known: by `published`, else by the end of its `day`, never later than it
    was `fetched`. `date` is one of the three (newslib.store.records.date_of)."""
    at, dated = (date, "published") if len(date) > 10 else (f"{date}T23:59:59Z", "day")
    return (at, dated) if at < fetched else (fetched, "fetched")


def forget(db: apsw.Connection, articles: set[str], seqs: list[int]) -> None:
    """Take articles (ids) and their records (numbers) out of all of this. A story of one is none."""
    these, numbers = json.dumps(sorted(articles)), json.dumps(seqs)
    some = "IN (SELECT value FROM json_each(?))"
    db.execute(f"DELETE FROM relation WHERE article {some} OR other {some}", (these, these))  # noqa: S608
    db.execute(f"DELETE FROM sketch WHERE seq {some}", (numbers,))  # noqa: S608
    for (story,) in rows(db, f"SELECT DISTINCT story FROM member WHERE article {some}", (these,)):  # noqa: S608
        db.execute(f"DELETE FROM member WHERE article {some}", (these,))  # noqa: S608
        if row(db, "SELECT count(*) FROM member WHERE story = ?", (story,))[0] < 2:
            db.execute("DELETE FROM member WHERE story = ?", (story,))
            db.execute("DELETE FROM story WHERE story = ?", (story,))
