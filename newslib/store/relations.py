"""Relations: what each record has in common with those stored before it, looked at in commit order, once.

How far that has come is in the ledger, committed together with what was found. So it can be done at any time, by a
crawl or later, and comes out the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import apsw

from newslib.article import Article, paragraphs_of
from newslib.copies import SYNDICATED, Relation, Words, join, relate
from newslib.paragraphs.substance import substance
from newslib.store.ledger import row, rows
from newslib.store.records import Files, split_id
from newslib.store.stories import WHAT, ages, came_out, done

POSTINGS = 32  # records that are noted for a shingle: the first ones, which is where a text comes from
VERIFIED = 8  # records that an article is compared with, word for word
_KEPT = 1024  # texts in memory, some 40 kB each
_RANK = ("related", "syndicated", "duplicate")
_PLACE = (
    "SELECT seq, path, offset, a.length, offset + a.length <= s.length FROM article a JOIN segment s ON s.id = segment"
)


class Relations:
    """Looks at records and writes down what is found, inside the caller's transactions."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[int, tuple[str, Words]] = {}  # article and words of records, by number in commit order

    def look(self, db: apsw.Connection, most: int) -> int:
        """Look at the next records, at most so many -> how many there were. A record whose line is not on disk yet,
        since it is part of the commit that is being put together, is left to the next call."""
        after = done(db)
        seen = 0
        for seq, *place, written in rows(db, f"{_PLACE} WHERE seq > ? ORDER BY seq LIMIT ?", (after, most)):
            if not written:
                break
            if (article := self._article(place)) is not None and article.body != "feed":
                self._record(db, seq, article)
            after, seen = seq, seen + 1
        if seen:
            db.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (WHAT, after))
        return seen

    def _article(self, place: list[Any]) -> Article | None:
        """A record; None of a line that is damaged, which `verify` tells of."""
        try:
            return Article.from_json(self._files.read(*place))
        except (ValueError, FileNotFoundError):
            return None

    def _words_of(self, seq: int, article: Article) -> Words:
        """Its own words: without boilerplate, counters and clocks."""
        boilerplate = {repeat["at"] for repeat in article.repeats if repeat["why"] == "boilerplate"}
        found = substance(paragraphs_of(article.full_text))
        words = Words.of([text for number, text in found if number not in boilerplate])
        self._keep(seq, (article.article, words))
        return words

    def _earlier(self, db: apsw.Connection, seq: int) -> tuple[str, Words] | None:
        """A record that was looked at before: the article that it is of, and its words."""
        if (known := self._known.pop(seq, None)) is not None:
            self._keep(seq, known)
            return known
        place = row(db, f"{_PLACE} WHERE seq = ?", (seq,))
        article = self._article(place[1:4]) if place else None
        return (article.article, self._words_of(seq, article)) if article else None

    def _keep(self, seq: int, known: tuple[str, Words]) -> None:
        """Keep what was used last. A text that is copied often is looked at often."""
        self._known[seq] = known
        if len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]

    def _record(self, db: apsw.Connection, seq: int, article: Article) -> None:
        words = self._words_of(seq, article)
        weights = self._by_paragraphs(db, article)
        self._by_sketch(db, seq, article.article, words.sketch(), weights)
        best = sorted(weights, key=lambda other: (-weights[other], other))
        found: dict[str, tuple[Relation, int]] = {}
        compared = 0
        for other in best:
            earlier = self._earlier(db, other)
            if earlier is None or earlier[0] == article.article:
                continue
            relation = relate(words, earlier[1])
            if relation and (earlier[0] not in found or _stronger(relation, found[earlier[0]][0])):
                found[earlier[0]] = relation, other
            compared += 1
            if compared == VERIFIED:
                break
        if found:
            self._write(db, seq, article.article, found)

    def _by_paragraphs(self, db: apsw.Connection, article: Article) -> dict[int, float]:
        """Records that had paragraphs of this one first, as its admission has found in the index of paragraphs -> a
        weight, the share of the text times the size of a sketch."""
        held: dict[str, int] = defaultdict(int)
        for repeat in article.repeats:
            if repeat["why"] == "seen":
                held[repeat["of"]["id"]] += len(repeat["text"])
        full = max(1, article.chars + sum(len(repeat["text"]) for repeat in article.repeats))
        if article.copy_of:
            held[article.copy_of["id"]] += round(article.copy_of["share"] * full)
        weights = {}
        for id, characters in held.items():
            if known := row(db, "SELECT seq FROM article WHERE article = ? AND version = ?", split_id(id)):
                weights[int(known[0])] = 24 * characters / full
        return weights

    def _by_sketch(
        self, db: apsw.Connection, seq: int, article: str, sketch: list[int], weights: dict[int, float]
    ) -> None:
        """Add records that have shingles of the sketch, each weighing the less the more have it; and note this one."""
        own = {each for (each,) in rows(db, "SELECT seq FROM article WHERE article = ? AND seq < ?", (article, seq))}
        fresh = []
        for shingle in sketch:
            having = [
                each for (each,) in rows(db, "SELECT seq FROM sketch WHERE hash = ? LIMIT ?", (shingle, POSTINGS))
            ]
            for each in having:
                if each < seq and each not in own:
                    weights[each] = weights.get(each, 0.0) + 1 / len(having)
            if len(having) < POSTINGS and own.isdisjoint(having):
                fresh.append((shingle, seq))
        db.executemany("INSERT INTO sketch VALUES (?, ?) ON CONFLICT DO NOTHING", fresh)

    def _write(self, db: apsw.Connection, seq: int, article: str, found: dict[str, tuple[Relation, int]]) -> None:
        age = ages(db, [article, *found])
        for other, (relation, of_seq) in found.items():
            pair = (article, other, seq, of_seq)
            if age[other] > age[article]:  # a new version of what was stored first
                pair, relation = (other, article, of_seq, seq), _turned(relation)
            _note(db, pair, relation)
        articles = json.dumps([article, *found])
        select = "SELECT article, story FROM member WHERE article IN (SELECT value FROM json_each(?))"
        stories = dict(rows(db, select, (articles,)))
        for story in set(stories.values()):
            age[story] = row(db, "SELECT founded FROM story WHERE id = ?", (story,))[0]

        def within(other: str, others: Sequence[str]) -> bool:
            these = "IN (SELECT value FROM json_each(?2))"
            half = f"SELECT 1 FROM relation WHERE article = ?1 AND other {these} AND share >= ?3"  # noqa: S608
            turned = f"SELECT 1 FROM relation WHERE other = ?1 AND article {these} AND back >= ?3"  # noqa: S608
            return row(db, f"{half} UNION ALL {turned}", (other, json.dumps(others), SYNDICATED)) is not None

        relations = {other: relation for other, (relation, _) in found.items()}
        joined = join(article, relations, stories, age, within)
        if joined.story is None:
            return
        founder = "a" + joined.story[1:]
        db.execute(
            "INSERT INTO story VALUES (?1, ?2, ?1) ON CONFLICT DO NOTHING", (joined.story, age.get(founder, seq))
        )
        for each in joined.members:
            if out := came_out(db, each):
                db.execute("INSERT INTO member VALUES (?, ?, ?, ?, ?)", (each, joined.story, *out))
        for merged in joined.merged:
            db.execute("UPDATE member SET story = ? WHERE story = ?", (joined.story, merged))
            db.execute("UPDATE story SET story = ? WHERE story = ?", (joined.story, merged))


def _stronger(one: Relation, other: Relation) -> bool:
    return (_RANK.index(one.kind), max(one.share, one.back)) > (_RANK.index(other.kind), max(other.share, other.back))


def _turned(relation: Relation) -> Relation:
    return Relation(relation.kind, relation.back, relation.share, relation.paragraphs, relation.how)


def _note(db: apsw.Connection, pair: tuple[str, str, int, int], relation: Relation) -> None:
    """Write a relation down, unless versions of the two had more in common before."""
    select = "SELECT kind, share, back, paragraphs, how FROM relation WHERE article = ? AND other = ?"
    known = row(db, select, pair[:2])
    if known is None or _stronger(relation, Relation(*known)):
        values = (relation.kind, relation.share, relation.back, relation.paragraphs, relation.how)
        db.execute(
            "INSERT OR REPLACE INTO relation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*pair[:2], *values, *pair[2:])
        )
