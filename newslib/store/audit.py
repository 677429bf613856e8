"""The checks of `verify` that read articles/ and warc/."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from newslib.article import Article, paragraphs_of, text_sha256
from newslib.store import disk, warc
from newslib.store.admission import exists, references
from newslib.store.ledger import rows
from newslib.store.records import Files, date_of, guard

_SHOWN = 20  # failures of a check that are listed


@dataclass
class Audit:
    """What the checks share: one snapshot of the ledger, and what they found."""

    root: Path
    db: apsw.Connection
    tell: Callable[[str, int], None]
    records: int = 0
    unfinished: int = 0  # takedowns
    gone: set[str] = field(default_factory=set)  # ids of records that were removed
    removed: set[str] = field(default_factory=set)  # addresses
    theirs: set[tuple[str, int]] = field(
        default_factory=set
    )  # pages at such addresses that other articles were read from
    lengths: dict[str, int] = field(default_factory=dict)  # committed bytes of the files that are long enough
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    more: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def fail(self, check: str, sentence: str) -> None:
        if len(self.failures[check]) < _SHOWN:
            self.failures[check].append(sentence)
        else:
            self.more[check] += 1

    def result(self, check: str) -> dict[str, Any]:
        more = [f"and {self.more[check]} more"] if self.more[check] else []
        return {"ok": not self.failures[check], "failures": self.failures[check] + more}


def check_lines(audit: Audit, files: Files) -> None:
    """Walk rows and lines side by side: rows in commit order lie one after another in the files of articles/."""
    ends: dict[str, int] = {}
    found: Any = audit.db.execute(
        "SELECT path, offset, a.length, paragraphs, article || '-' || version, title, full_sha256, body, language,"
        " date, fetched, digest FROM article a JOIN segment s ON s.id = segment ORDER BY seq"
    )
    for done, (path, offset, length, paragraphs, id, *known) in enumerate(found):
        if done % 500 == 0:
            audit.tell("lines", done)
        if offset != ends.get(path, 0):
            audit.fail("lines", f"{path}: {id} should begin at byte {ends.get(path, 0)}, the ledger says {offset}")
        ends[path] = offset + length
        if ends[path] > audit.lengths.get(path, 0):
            continue  # said by `lengths`
        try:
            record = parse_line(files.read(path, offset, length))
        except (ValueError, OSError) as error:  # also deleted meanwhile, when nothing of it was left
            audit.fail("lines", f"{path}: the line of {id} at byte {offset} is broken: {error}")
            continue
        said = [record.title, record.full_sha256, record.body, record.language, date_of(record), record.fetched]
        said.append(record.warc["digest"] if record.warc else None)
        if said != known or not (record.id == id == f"{record.article}-{record.version}"):
            audit.fail("lines", f"{path}: the line at byte {offset} is {record.id}, not {id} as the ledger has it")
        _check_text(audit, record, paragraphs)
        if record.url in audit.removed:
            audit.fail("removed", f"{path}: {id} at byte {offset} is of {record.url}, which was removed")
        if record.warc is not None:
            _check_pointer(audit, files, record.id, record.warc, warc.uri(record.fetched_url))
            if record.fetched_url in audit.removed:
                audit.theirs.add((record.warc["file"], record.warc["offset"]))
    for path, length in audit.lengths.items():
        if path.startswith("articles/") and ends.get(path, 0) != length:
            audit.fail("lines", f"{path}: its lines end at byte {ends.get(path, 0)}, what is committed at {length}")


def check_kept_pages(audit: Audit, files: Files) -> None:
    """Pages that are no records (WARC_STORE=all, the quarantine) are where the ledger says."""
    for done, (url, at) in enumerate(audit.db.execute("SELECT url, warc FROM url WHERE warc IS NOT NULL")):
        if done % 500 == 0:
            audit.tell("pages", done)
        try:
            _check_pointer(audit, files, url, json.loads(at))
        except (ValueError, KeyError, TypeError) as error:
            audit.fail("warc", f"{url}: the ledger's pointer to its page is broken: {error!r}")


def check_warc_files(audit: Audit) -> None:
    """Records join without a gap, each has its digest, and none is of what was removed."""
    uris = {warc.uri(address) for address in audit.removed}
    for done, path in enumerate(path for path in audit.lengths if path.startswith("warc/")):
        audit.tell("warc", done)
        try:
            with (audit.root / path).open("rb") as file:
                for group in warc.exchanges(file, audit.lengths[path]):
                    for offset, _, record in group:
                        if warc.digest(record.block) != record.headers.get("warc-block-digest"):
                            audit.fail("warc", f"{path}: the record at byte {offset} does not have its digest")
                    target = record.headers.get("warc-target-uri")
                    if target in uris and (path, offset) not in audit.theirs:
                        audit.fail("removed", f"{path}: the record at byte {offset} is of {target}, which was removed")
        except (warc.BadWarc, OSError) as error:
            audit.fail("warc", f"{path}: {error}")


def check_closed(audit: Audit) -> None:
    closed = rows(audit.db, "SELECT path, sha256 FROM segment WHERE sha256 IS NOT NULL")
    for done, (path, sha256) in enumerate(closed):
        audit.tell("closed", done)
        try:
            if path in audit.lengths and (audit.root / path).exists() and disk.sha256(audit.root / path) != sha256:
                audit.fail("closed", f"{path} was changed after it was closed")
        except OSError as error:
            audit.fail("closed", f"{path}: {error}")


def parse_line(line: bytes) -> Article:
    """A record that is one line for every reader. Raises ValueError."""
    text = line.decode()
    if not text.endswith("\n") or len(text.splitlines()) != 1:
        raise ValueError("it is not one line")
    try:
        record = Article.from_json(text)
        clean = guard(Article.from_json(text)) == record
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if not clean:
        raise ValueError("it holds control characters, odd separators or lone surrogates")
    return record


def fault_of(record: Article) -> str | None:
    """What is wrong with a record's text and its hashes, or None."""
    try:
        whole = text_sha256(record.full_text) == record.full_sha256
        if text_sha256(record.text) != record.sha256 or len(record.text) != record.chars:
            return "sha256 or chars is not that of its text"
    except (RuntimeError, KeyError, TypeError, AttributeError):  # more or fewer places than paragraphs, other types
        whole = False
    return None if whole else "its repeats put back do not give the text it had"


def _check_text(audit: Audit, record: Article, paragraphs: int) -> None:
    fault = fault_of(record)
    if fault is None and len(record.repeats) + len(paragraphs_of(record.text)) != paragraphs:
        fault = "it does not have as many paragraphs as the ledger says"
    if fault:
        audit.fail("repeats", f"{record.id}: {fault}")
    for id in sorted(references(record) - {record.id}):
        if id not in audit.gone and not exists(audit.db, id):
            audit.fail("repeats", f"{record.id} refers to {id}, which does not exist")


def _check_pointer(audit: Audit, files: Files, which: str, at: Any, uri: str | None = None) -> None:
    """`which` points there; `uri`: of what must lie there, where that is known."""
    if at["offset"] + at["length"] > audit.lengths.get(at["file"], 0):
        audit.fail("warc", f"{which} points past the end of {at['file']}")
        return
    place = f"{at['file']} at byte {at['offset']}"
    try:
        response = warc.read(files.read(at["file"], at["offset"], at["length"]))
    except (warc.BadWarc, OSError) as error:
        audit.fail("warc", f"{which}: {place}: {error}")
        return
    names = ("warc-type", "warc-target-uri", "warc-payload-digest")
    kind, target, digest = map(response.headers.get, names)
    if (kind, target, digest) != ("response", uri or target, at["digest"]) or warc.digest(response.payload) != digest:
        audit.fail("warc", f"{which}: {place} holds another page or other bytes")
