"""`scrapy archive reextract`: the articles of an archive anew from its WARC, in place or into another archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.extensions.archive import open_archive
from crawler.offline import listed, page_of, read_anew
from crawler.verb import UserError, project_path
from newslib.config import load_topic
from newslib.config.topics import topic_files
from newslib.store import Archive, ArchiveDamaged

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newslib.article import Article
    from newslib.page import Page
    from newslib.topics import Topic


@dataclass
class Selection:
    """Which records are read anew: those of any of these topics (ids; none: of all), in a language, in a time window
    (as for Archive.articles)."""

    topics: list[str] = field(default_factory=list)
    language: str | None = None
    since: str | None = None
    until: str | None = None


class Topics:
    """Today's topics by id, read as they are needed. `gone`: ids of records' topics that have no file any more."""

    def __init__(self, directory: Path, given: list[str]):
        self.directory, self.files, self.gone = directory, topic_files(directory), set[str]()
        self.loaded: dict[str, Topic] = {id: load_topic(id, directory) for id in given}
        self.given = list(self.loaded)

    def of(self, record: Article) -> list[Topic]:
        """Those that judge a record: the ones it had, and the given ones. Raises ConfigError (a mistake in a file)."""
        ids = dict.fromkeys([*(match["id"] for match in record.topics), *self.given])
        self.gone |= ids.keys() - self.files.keys()
        return [self._topic(id) for id in ids if id in self.files]

    def _topic(self, id: str) -> Topic:
        if id not in self.loaded:
            self.loaded[id] = load_topic(id, self.directory)
        return self.loaded[id]


class Pages:
    """The pages of an archive's records. `skipped` counts records by why they have none to read."""

    def __init__(self, source: Archive, into: Archive | None, selection: Selection, topics: Topics):
        self.source, self.into, self.selection, self.topics = source, into, selection, topics
        self.skipped: Counter[str] = Counter()
        self.broken: list[str] = []

    def __iter__(self) -> Iterator[Page | None]:
        """In commit order; None for a record that has none. In place, of each article the newest version alone."""
        wanted, upto = self.selection, self.source.last_commit()
        latest = self.into is None
        for _, record in self.source.commits(0, upto, None, wanted.language, wanted.since, wanted.until, latest):
            if wanted.topics and not any(match["id"] in wanted.topics for match in record.topics):
                yield None
            elif why := self._skipped(record):
                self.skipped[why] += 1
                yield None
            else:
                yield self._page(record)

    def _skipped(self, record: Article) -> str | None:
        if record.body == "feed":
            return "from a feed alone"
        if record.warc is None:
            return "without a page"
        if self.into is None:
            return "in quarantine" if self.source.is_aside(record.url) else None
        known = self.into.url(record.url)
        return "there already" if known and (known["fetched"] or "") >= record.fetched else None

    def _page(self, record: Article) -> Page | None:
        try:
            page = page_of(self.source, record)
        except ArchiveDamaged as error:
            self.broken.append(f"{record.id}: {error}")
            return None
        page.topics = self.topics.of(record)
        if self.into is not None:
            known = self.into.latest(record.url)
            page.warc, page.article = None, known and record.article
        return page


def reextract(
    settings: BaseSettings, selection: Selection, into: Path | None, tell: Callable[[int], None]
) -> tuple[int, dict[str, Any]]:
    """Read the selected records anew -> the exit code, and what came of it.

    Raises UserError, ConfigError and ArchiveError before anything is changed.
    """
    topics = Topics(project_path(settings, "TOPICS_DIR"), selection.topics)
    folder = project_path(settings, "ARCHIVE_DIR")
    if into is not None and into.resolve() == folder.resolve():
        raise UserError(f"--into {into} is the archive itself; leave --into out to make new versions in it")
    with Archive(folder) as source:
        if not source.keeps_pages():
            raise UserError(
                f"{folder} has no pages to read anew: it was filled with WARC_STORE=none. Crawl with matched or all."
            )
        try:
            source.articles(language=selection.language, since=selection.since, until=selection.until)
        except ValueError as error:
            raise UserError(str(error)) from None
        if into is None:
            source.close()
            target = open_archive(settings)
            pages = Pages(target, None, selection, topics)
        else:
            changed = settings.copy()
            changed.set("ARCHIVE_DIR", str(into), priority="cmdline")
            target = open_archive(changed)
            pages = Pages(source, target, selection, topics)
        code, report = read_anew(settings, target, "reextract", iter(pages), [], pages.broken, tell)
    outcomes = Counter(report["outcomes"])
    return code, {
        "run": report["run"],
        "read": outcomes.total(),
        "stored": report["articles"]["stored"],
        "versions": report["articles"]["versions"],
        "unchanged": outcomes["unchanged"],
        "other": {name: n for name, n in outcomes.items() if name not in ("stored", "unchanged")},
        "skipped": dict(pages.skipped),
        "topics_gone": sorted(topics.gone),
        "errors": [*pages.broken, *report["errors"]],
    }


def told(result: dict[str, Any]) -> list[str]:
    """What came of it, as lines for a person."""
    counts = {name: result[name] for name in ("stored", "versions", "unchanged")} | result["other"]
    lines = [f"{result['read']} pages read anew" + f": {listed(counts)}" * bool(result["read"])]
    if result["skipped"]:
        lines.append(f"{sum(result['skipped'].values())} records skipped: {listed(result['skipped'])}")
    for id in result["topics_gone"]:
        lines.append(f"the topic {id} has no file any more: what it said of records stays as it was")
    return lines
