"""`scrapy archive diff`: what changed between the versions of an article."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crawler.verb import UserError
from newslib.diff import changes
from newslib.store.records import split_id
from newslib.urls import canonical

if TYPE_CHECKING:
    from newslib.article import Article
    from newslib.store import Archive

MARKS = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}  # as git diff --word-diff has them


def compared(archive: Archive, which: str) -> dict[str, Any]:
    """Each version of an article with what it changed of the one before; of a record's id, that one alone.

    -> {"article", "url", "versions": [{"id", "fetched", "title", "was" id of the one before or None, "title_changed":
    parts or None, "paragraphs": [{"kind", "was", "at", "parts": [{"op", "text"}, ...]}, ...]}, ...]}. Raises UserError.
    """
    records = archive.versions(which) or archive.versions(canonical(which) or which)
    if not records:
        raise UserError(f"{which} is no article of {archive.path}; give an address or id as `scrapy search` has it")
    number = None if "/" in which else split_id(which)[1]
    if number is not None and all(record.version != number for record in records):
        raise UserError(f"{which} is no record of {archive.path}; its newest version is {records[-1].id}")
    found = [_first(records[0]), *(_next(*pair) for pair in pairwise(records))]
    wanted = [each for each, record in zip(found, records, strict=True) if number in (None, record.version)]
    return {"article": records[0].article, "url": records[0].url, "versions": wanted}


def _first(record: Article) -> dict[str, Any]:
    known = {"id": record.id, "fetched": record.fetched, "title": record.title}
    return known | {"was": None, "title_changed": None, "paragraphs": []}


def _next(before: Article, after: Article) -> dict[str, Any]:
    found = changes(before, after)
    title = [part._asdict() for part in found.title] if found.title else None
    paragraphs = [asdict(change) | {"parts": [part._asdict() for part in change.parts]} for change in found.paragraphs]
    return _first(after) | {"was": before.id, "title_changed": title, "paragraphs": paragraphs}


def told(result: dict[str, Any]) -> list[str]:
    """The same, in lines for a person."""
    lines = [result["url"]]
    for version in result["versions"]:
        lines.append(f"{version['id']}  fetched {version['fetched']}  {version['title'] or '(no title)'}")
        if version["title_changed"]:
            lines.append(f"    title: {_line(version['title_changed'])}")
        for change in version["paragraphs"]:
            number = change["was"] if change["at"] is None else change["at"]
            lines.append(f"    {change['kind']} {number}: {_line(change['parts'])}")
        if version["was"] and not version["title_changed"] and not version["paragraphs"]:
            lines.append("    nothing that a reader would see in title or text")
    return lines


def _line(parts: list[dict[str, str]]) -> str:
    return "".join(MARKS[part["op"]].format(part["text"]) for part in parts)
