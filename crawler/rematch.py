"""`scrapy archive rematch`: topics as they are today, applied to everything that is archived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from crawler.extensions.archive import open_archive
from crawler.offline import hint_of, listed, read_anew
from crawler.verb import project_path
from newslib.config import ConfigError, load_topic
from newslib.config.sources import Source, list_sources
from newslib.page import Found
from newslib.rematch import Change, rematch
from newslib.store import Archive, ArchiveDamaged
from newslib.text import clean

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newslib.article import Article
    from newslib.page import Page
    from newslib.topics import Topic

KINDS = ("matched", "dropped", "rescored")
SHOWN, FIRST = 1000, 10
"""Changes of a kind that a result lists with their titles, and that are printed; all are counted."""


def judge_again(settings: BaseSettings, ids: list[str], tell: Callable[[str, int], None]) -> tuple[int, dict[str, Any]]:
    """Judge records by topics (ids), then off-topic pages that were kept -> the exit code, and what changed.

    Raises ConfigError and ArchiveError.
    """
    topics = [load_topic(id, project_path(settings, "TOPICS_DIR")) for id in dict.fromkeys(ids)]
    Archive(project_path(settings, "ARCHIVE_DIR")).close()  # one that does not exist is not made
    archive = open_archive(settings)
    counts: dict[str, Counter[str]] = {topic.id: Counter() for topic in topics}
    changes: dict[str, dict[str, list[dict[str, Any]]]] = {t.id: {kind: [] for kind in KINDS} for t in topics}
    versions = {topic.id: topic.version for topic in topics}
    sources: dict[str, Source] = {}  # as the archive knows them

    def told(done: int, article: Article) -> None:
        if article.source and article.source not in sources:
            sources[article.source] = Source(article.source, "", article.publisher, None, article.country)
        tell("records", done)

    try:
        for change in rematch(archive, topics, told):
            counts[change.topic][change.kind] += 1
            if change.kind in KINDS and counts[change.topic][change.kind] <= SHOWN:
                changes[change.topic][change.kind].append(_shown(change))
        waiting = next(archive.unjudged_pages(versions), None)
    except BaseException:
        archive.close()
        raise
    result: dict[str, Any] = {
        "topics": {
            topic.id: {"version": topic.version, "counts": dict(counts[topic.id]), "changes": changes[topic.id]}
            for topic in topics
        },
        "pages": {"read": 0, "stored": 0, "errors": []},
    }
    if waiting is None:
        archive.close()
        return 0, result
    broken: list[str] = []
    pages = kept_pages(archive, topics, sources | _sources(settings), broken)
    code, report = read_anew(settings, archive, "rematch", pages, topics, broken, lambda done: tell("pages", done))
    result["pages"] = {
        "read": sum(report["outcomes"].values()),
        "stored": report["articles"]["stored"],
        "errors": [*broken, *report["errors"]],
    }
    return code, result


def kept_pages(
    archive: Archive, topics: list[Topic], sources: dict[str, Source], broken: list[str]
) -> Iterator[Page | None]:
    """The pages that ended off-topic, lie in the WARC and are to be judged by these topics."""
    for url in archive.unjudged_pages({topic.id: topic.version for topic in topics}):
        known = archive.url(url)
        if known is None:
            continue
        try:
            page = archive.page_at(known["warc"], url)
        except ArchiveDamaged as error:
            broken.append(f"{url}: {error}")
            yield None
            continue
        if known["via"]:
            page.found = Found(known["via"], known["found_url"] or "", known["found_at"] or "")
        if known["source"]:
            page.source = sources.get(known["source"]) or Source(known["source"], "")
        page.hint, page.article, page.topics = hint_of(known), known["article"], topics
        yield page


def _sources(settings: BaseSettings) -> dict[str, Source]:
    """The sources of the project by id, for the names that a record gives; none when a file has a mistake."""
    try:
        return {source.id: source for source in list_sources(project_path(settings, "SOURCES_DIR"))}
    except ConfigError:
        return {}


def _shown(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    scores = {"before": before["score"] if before else None, "after": after["score"] if after else None}
    return {"id": change.id, "url": change.url, "title": change.title} | scores


def told(result: dict[str, Any]) -> list[str]:
    """What changed, as lines for a person."""
    lines = []
    for id, found in result["topics"].items():
        lines.append(f"{id}: {listed(found['counts']) or 'nothing changed'}")
        for kind, changes in found["changes"].items():
            for change in changes[:FIRST]:
                before, after = (f"{x:.3f}" if x is not None else "-" for x in (change["before"], change["after"]))
                lines.append(f"  {kind:8}  {before} → {after}  {clean(change['title'] or change['url'])}")
    pages = result["pages"]
    if pages["read"]:
        lines.append(f"off-topic pages: {pages['read']} read anew, {pages['stored']} stored")
    return lines
