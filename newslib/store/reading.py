"""The reading half of an archive: no lock, any number of readers, also while a crawl writes."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from newslib.article import Article, Warc, article_id
from newslib.page import Page
from newslib.since import window
from newslib.store import ledger, pages, records, recovery, stories, verdicts, verify
from newslib.store.errors import ArchiveDamaged, ArchiveMissing
from newslib.store.facets import Facets, facets
from newslib.store.frontier_reader import FrontierReader
from newslib.store.ledger import plain_errors, plainly, row, rows
from newslib.store.records import Latest
from newslib.store.stories import Story
from newslib.store.verdicts import Verdict

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, roughly


@plainly
class Reader(FrontierReader):
    """What is committed in an archive. For one thread."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises ArchiveMissing, ArchiveDamaged, ArchiveNewer, ArchiveIOError."""
        self.path = Path(path).absolute()
        file = self.path / ledger.NAME
        if not file.exists():
            recovery.refuse_orphans(self.path)
            raise ArchiveMissing(f"{self.path} holds no archive; give the folder that a crawl wrote to (ARCHIVE_DIR).")
        with plain_errors(self.path):
            self._db = ledger.connect(file, write=False)
            ledger.check_version(self._db, file)
            ledger.pretend_migrated(self._db)
        self._files = records.Files(self.path)

    def close(self) -> None:
        self._db.close()
        self._files.close()

    # -- articles

    def article(self, id: str) -> Article | None:
        """A record by its id, or the newest version by an article's id."""
        return records.one(self._db, self._files, id)

    def latest(self, which: str) -> Latest | None:
        """The newest version at a canonical URL, or of an article's id, as the ledger has it."""
        return records.latest(self._db, article_id(which) if "/" in which else records.split_id(which)[0])

    def versions(self, which: str) -> list[Article]:
        """All versions of the article that an id or an address leads to, in order; [] when there is none."""
        article = stories.article_of(self._db, which)
        known = rows(self._db, "SELECT version FROM article WHERE article = ? ORDER BY version", (article,))
        found = (self.article(f"{article}-{version}") for (version,) in known)
        return [record for record in found if record is not None]

    def articles(
        self,
        topic: str | None = None,
        language: str | None = None,
        since: str | None = None,
        until: str | None = None,
        latest: bool = False,
    ) -> Iterator[Article]:
        """Records in commit order.

        `topic`: an id; the topics of a record are as they are judged now (`archive rematch`). `since`, `until`
        (inclusive): a day `2025-10-01` or an instant `2025-10-01T08:00:00Z`, compared with published, else day, else
        fetched. `language`: a BCP 47 code; `en` includes `en-GB`. `latest`: of each article the newest version alone.
        Raises ValueError for what is none of these.
        """
        return (article for _, article in self.commits(0, None, topic, language, since, until, latest))

    def commits(
        self,
        after: int = 0,
        upto: int | None = None,
        topic: str | None = None,
        language: str | None = None,
        since: str | None = None,
        until: str | None = None,
        latest: bool = False,
        fetched: str | None = None,
    ) -> Iterator[tuple[int, Article]]:
        """Records with their sequence numbers (commit order), those behind `after` up to `upto` (inclusive) alone.

        `fetched`: an instant, those fetched since. `latest`: as of `upto`. The others are those of `articles`.
        """
        since, until = window(since, until)
        if language is not None and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            raise ValueError(f"language={language!r} is no BCP 47 code like 'en' or 'zh-Hant'")
        found = records.several(self._db, self._files, topic, language, since, until, latest, after, upto, fetched)
        return self._plainly(found)

    def _plainly(self, found: Iterator[tuple[int, Article]]) -> Iterator[tuple[int, Article]]:
        with plain_errors(self.path):
            yield from found

    def last_commit(self) -> int:
        """The sequence number of the last record that was committed, 0 when there is none."""
        return int(row(self._db, "SELECT coalesce(max(seq), 0) FROM article")[0])

    def committed(self, seq: int) -> str | None:
        """The id of the record with a sequence number."""
        known = row(self._db, "SELECT article || '-' || version FROM article WHERE seq = ?", (seq,))
        return known[0] if known else None

    def removed(self) -> list[str]:
        """Ids of the records that were taken down."""
        return [id for (id,) in rows(self._db, "SELECT id FROM removed WHERE id != '' ORDER BY at, id")]

    def judged(self) -> str:
        """How far `archive rematch` has come, to ask later what it has judged since."""
        newest, n = row(self._db, "SELECT coalesce(max(at), ''), count(*) FROM verdict")
        return f"{newest} {n}" if n else ""

    def rejudged(self, since: str) -> list[int]:
        """The sequence numbers of the records that were judged anew since `judged` was asked."""
        select = "SELECT DISTINCT seq FROM verdict WHERE at >= ? ORDER BY seq"
        return [seq for (seq,) in rows(self._db, select, (since.partition(" ")[0],))]

    def topics(self) -> set[str]:
        """Ids of all topics that runs had, or that records were judged by later."""
        found = rows(self._db, "SELECT DISTINCT key FROM run, json_each(run.topics) UNION SELECT topic FROM verdict")
        return {topic for (topic,) in found}

    def facets(self) -> Iterator[Facets]:
        """The few fields of every record that statistics count, in commit order; four times faster than `articles`."""
        with plain_errors(self.path):
            yield from facets(self._db, self._files)

    def runs(self, last: int = 100) -> list[dict[str, Any]]:
        """The last runs, oldest first: `run`, `started`, `sources`, `topics` (id -> version), and `report`, which a run
        that was killed never wrote (None)."""
        select = "SELECT run, started, sources, topics FROM run ORDER BY started DESC, run DESC LIMIT ?"
        known = reversed(rows(self._db, select, (last,)))
        return [
            {"run": run, "started": at, "sources": json.loads(sources), "topics": json.loads(topics),
             "report": self._report(run)}
            for run, at, sources, topics in known
        ]  # fmt: skip

    def _report(self, run: str) -> dict[str, Any] | None:
        with contextlib.suppress(OSError, ValueError):
            report = json.loads((self.path / "runs" / f"{run}.json").read_bytes())
            return report if isinstance(report, dict) else None
        return None

    def page(self, article: Article) -> bytes | None:
        """The response that an article was read from, head and body as sent; None when it has no WARC record."""
        if article.warc is None:
            return None
        try:
            record = pages.record_at(self._files, article.warc)
        except ArchiveDamaged:
            if self.article(article.id) is None:  # removed while it was held here
                return None
            raise
        return record.block if record.headers.get("warc-type") == "response" else None

    def page_at(self, at: Warc, url: str) -> Page:
        """The page that a pointer leads to, ready to be read anew; see newslib.store.pages."""
        return pages.page_at(self._files, at, url)

    def verdict(self, id: str, topic: str) -> Verdict | None:
        """What `archive rematch` said of a record (its id) and a topic (its id), if it said anything new."""
        return verdicts.last(self._db, id, topic)

    def unjudged_pages(self, topics: dict[str, str]) -> Iterator[str]:
        """URLs that ended off-topic, whose pages were kept (WARC_STORE=all) and not judged by these versions of topics
        (id -> version)."""
        with plain_errors(self.path):
            yield from verdicts.unjudged_pages(self._db, topics)

    def keeps_pages(self) -> bool:
        """Whether any record has its page in the WARC, or none was read from a page: not with WARC_STORE=none."""
        select = "SELECT EXISTS (SELECT 1 FROM article WHERE digest IS NOT NULL)"
        return bool(row(self._db, f"{select} OR NOT EXISTS (SELECT 1 FROM article WHERE body != 'feed')")[0])  # noqa: S608

    def counts(self) -> dict[str, int]:
        """Numbers of `records`, `articles` (addresses that have one), known `urls`, and `pending` ones."""
        outcomes = self.outcomes()
        return {
            "records": row(self._db, "SELECT coalesce(sum(n), 0) FROM counter WHERE name = 'records'")[0],
            "articles": row(self._db, "SELECT count(DISTINCT article) FROM article")[0],
            "urls": sum(outcomes.values()),
            "pending": outcomes.get("pending", 0),
        }

    def verify(self, quick: bool = False, progress: Callable[[str, int], None] | None = None) -> dict[str, Any]:
        """Check the invariants of the archive; see newslib.store.verify."""
        return verify.verify(self.path, quick, progress)

    # -- stories

    def stories(
        self, topic: str | None = None, since: str | None = None, sort: str = "largest", limit: int | None = None
    ) -> list[Story]:
        """Articles that are copies of each other, with the first of each alone; see newslib.store.stories."""
        return stories.listed(self._db, self._files, topic, window(since, None)[0], sort, limit)

    def story(self, which: str) -> Story | None:
        """A story with all its members, by its id, or by the id or address of one of its articles."""
        return stories.one(self._db, self._files, which)

    def stories_of(self, articles: list[str]) -> dict[str, str]:
        """Article id -> id of its story, for those that are in one."""
        return stories.stories_of(self._db, articles)

    def unrelated(self) -> int:
        """How many records were not looked at yet for what they have in common with others."""
        return int(row(self._db, "SELECT count(*) FROM article WHERE seq > ?", (stories.done(self._db),))[0])
