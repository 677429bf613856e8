"""Verdicts: what a later version of a topic says of a record. The record's line never changes; readers see its `topics`
as they are judged now.

Functions on the ledger's connection; `put` runs inside the writer's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from newslib.article import Article, TopicMatch
from newslib.store.ledger import rows


@dataclass(slots=True)
class Verdict:
    """`match` is an entry for the record's `topics`, or None: it does not match."""

    id: str  # of the record
    topic: str  # id
    version: str  # of the topic
    match: TopicMatch | None


Known = dict[str, TopicMatch | None]  # by topic id


def put(db: apsw.Connection, verdicts: Iterable[Verdict], at: str) -> None:
    """Note verdicts, each over an earlier one of its record and topic."""
    db.executemany(
        "INSERT OR REPLACE INTO verdict SELECT seq, ?, ?, ?, ? FROM article WHERE article = ? AND version = ?",
        [
            (v.topic, v.version, at, json.dumps(v.match, ensure_ascii=False) if v.match else None, *v.id.split("-"))
            for v in verdicts
        ],
    )


def between(db: apsw.Connection, first: int, last: int) -> dict[int, Known]:
    """Those of the records with these sequence numbers."""
    found: dict[int, Known] = {}
    select = "SELECT seq, topic, match FROM verdict WHERE seq BETWEEN ? AND ? ORDER BY seq, topic"
    for seq, topic, match in rows(db, select, (first, last)):
        found.setdefault(seq, {})[topic] = json.loads(match) if match else None
    return found


def last(db: apsw.Connection, id: str, topic: str) -> Verdict | None:
    """The verdict on a record (its id), if there is one."""
    select = "SELECT v.version, match FROM verdict v JOIN article a USING (seq) WHERE a.article = ? AND a.version = ?"
    for version, match in rows(db, f"{select} AND topic = ?", (*id.split("-"), topic)):
        return Verdict(id, topic, version, json.loads(match) if match else None)
    return None


def overlay(article: Article, known: Known | None) -> Article:
    """The article with its `topics` as judged now, in place."""
    if known:
        own = {match["id"]: match for match in article.topics}
        article.topics = [match for match in (own | known).values() if match]
    return article


def unjudged_pages(db: apsw.Connection, topics: dict[str, str]) -> Iterator[str]:
    """URLs that ended off-topic, have their page in the WARC, and were not judged by these versions of topics
    (id -> version), in order of discovery."""
    select = (
        "SELECT id, url, judged FROM url WHERE id > ? AND outcome = 'off-topic' AND warc IS NOT NULL"
        " ORDER BY id LIMIT 200"
    )
    last = 0
    while page := rows(db, select, (last,)):
        last = page[-1][0]
        for _, url, judged in page:
            if not topics.items() <= json.loads(judged or "{}").items():
                yield url
