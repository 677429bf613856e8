"""A changed topic applied to what is archived: verdicts in the ledger, beside records that never change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newslib.article import Article, TopicMatch, paragraphs_of
from newslib.store import Archive, Verdict
from newslib.topics import Topic, located

BATCH = 500
"""Records whose verdicts are committed at once: what a kill costs is judged again."""


@dataclass(slots=True)
class Change:
    """What a topic of today says of a record that was judged otherwise before."""

    topic: str  # id
    id: str  # of the record
    url: str
    title: str | None
    before: TopicMatch | None  # None: it did not match
    after: TopicMatch | None

    @property
    def kind(self) -> str:
        """matched | dropped | rescored (or on other evidence) | confirmed (by another version of the topic)"""
        if self.before is None:
            return "matched"
        if self.after is None:
            return "dropped"
        return "confirmed" if said(self.before) == said(self.after) else "rescored"


def said(match: TopicMatch) -> object:
    """What a match says, whichever version of the topic it is from."""
    return match["score"], match["terms"]


def judged(topic: Topic, article: Article) -> TopicMatch | None:
    """The entry for `topics` that a topic gives an archived article, as a crawl would have; None: no match."""
    text = article.full_text
    match = topic.match(article.title, article.description, text, article.language)
    if not match.matched:
        return None
    dropped = {repeat["at"] for repeat in article.repeats}
    terms = located(match, paragraphs_of(text), dropped)
    return TopicMatch(id=topic.id, version=topic.version, score=match.score, terms=terms)


def rematch(archive: Archive, topics: list[Topic], tell: Callable[[int, Article], None]) -> Iterator[Change]:
    """Judge the newest version of every article by these topics, and commit what differs from what was said before.

    `archive` is open for writing; `tell` is told of each record, with the number of those done. Yields each change once
    it is committed; doing it again finds none.
    """
    changes: list[Change] = []
    upto = archive.last_commit()
    for done, (_, article) in enumerate(archive.commits(0, upto, latest=True), 1):
        tell(done, article)
        known = {match["id"]: match for match in article.topics}
        for topic in topics:
            before, after = known.get(topic.id), judged(topic, article)
            if before != after:
                changes.append(Change(topic.id, article.id, article.url, article.title, before, after))
        if len(changes) >= BATCH:
            yield from _committed(archive, topics, changes)
            changes = []
    yield from _committed(archive, topics, changes)


def _committed(archive: Archive, topics: list[Topic], changes: list[Change]) -> list[Change]:
    versions = {topic.id: topic.version for topic in topics}
    archive.judge(Verdict(c.id, c.topic, versions[c.topic], c.after) for c in changes).result()
    return changes
