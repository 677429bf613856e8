"""The checks of `verify` that read articles/ and warc/."""

from __future__ import annotations

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
from newslib.store.records import Files, guard

_SHOWN = 20  # failures of a check that are listed


@dataclass
class Audit:
    """What the checks share: one snapshot of the ledger, and what they found."""

    root: Path
    db: apsw.Connection
    tell: Callable[[str, int], None]
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
        "SELECT path, offset, a.length, article || '-' || version, title, full_sha256, digest, paragraphs"
        " FROM article a JOIN segment s ON s.id = segment ORDER BY seq"
    )
    for done, (path, offset, length, id, title, full_sha256, digest, paragraphs) in enumerate(found):
        if done % 500 == 0:
            audit.tell("lines", done)
        if offset != ends.get(path, 0):
            audit.fail("lines", f"{path}: {id} should begin at byte {ends.get(path, 0)}, the ledger says {offset}")
        ends[path] = offset + length
        if ends[path] > audit.lengths.get(path, 0):
            continue  # said by `lengths`
        try:
            record = _parse(files.read(path, offset, length))
        except ValueError as error:
            audit.fail("lines", f"{path}: the line of {id} at byte {offset} is broken: {error}")
            continue
        known = (record.id, record.title, record.full_sha256, record.warc["digest"] if record.warc else None)
        if known != (id, title, full_sha256, digest) or id != f"{record.article}-{record.version}":
            audit.fail("lines", f"{path}: the line at byte {offset} is {record.id}, not {id} as the ledger has it")
        _check_text(audit, record, paragraphs)
        if record.warc is not None:
            _check_pointer(audit, files, record, record.warc)
    for path, length in audit.lengths.items():
        if path.startswith("articles/") and ends.get(path, 0) != length:
            audit.fail("lines", f"{path}: its lines end at byte {ends.get(path, 0)}, what is committed at {length}")


def check_warc_files(audit: Audit) -> None:
    """Records join without a gap, and each has its digest."""
    for done, path in enumerate(path for path in audit.lengths if path.startswith("warc/")):
        audit.tell("warc", done)
        try:
            with (audit.root / path).open("rb") as file:
                for offset, _, record in warc.members(file, audit.lengths[path]):
                    if warc.digest(record.block) != record.headers.get("warc-block-digest"):
                        audit.fail("warc", f"{path}: the record at byte {offset} does not have its digest")
        except warc.BadWarc as error:
            audit.fail("warc", f"{path}: {error}")


def check_closed(audit: Audit) -> None:
    closed = rows(audit.db, "SELECT path, sha256 FROM segment WHERE sha256 IS NOT NULL")
    for done, (path, sha256) in enumerate(closed):
        audit.tell("closed", done)
        if path in audit.lengths and disk.sha256(audit.root / path) != sha256:
            audit.fail("closed", f"{path} was changed after it was closed")


def _parse(line: bytes) -> Article:
    """A record that is one line for every reader. Raises ValueError."""
    text = line.decode()
    if not text.endswith("\n") or len(text.splitlines()) != 1:
        raise ValueError("it is not one line")
    try:
        record = Article.from_json(text)
        clean = guard(Article.from_json(text)) == record
    except TypeError as error:
        raise ValueError(str(error)) from None
    if not clean:
        raise ValueError("it holds control characters, odd separators or lone surrogates")
    return record


def _check_text(audit: Audit, record: Article, paragraphs: int) -> None:
    if text_sha256(record.text) != record.sha256 or len(record.text) != record.chars:
        audit.fail("repeats", f"{record.id}: sha256 or chars is not that of its text")
    try:
        whole = text_sha256(record.full_text) == record.full_sha256
    except (RuntimeError, KeyError):  # more or fewer places than paragraphs
        whole = False
    if not whole or len(record.repeats) + len(paragraphs_of(record.text)) != paragraphs:
        audit.fail("repeats", f"{record.id}: its repeats put back do not give the text it had")
    for id in sorted(references(record) - {record.id}):
        if not exists(audit.db, id):
            audit.fail("repeats", f"{record.id} refers to {id}, which does not exist")


def _check_pointer(audit: Audit, files: Files, record: Article, at: Any) -> None:
    if at["offset"] + at["length"] > audit.lengths.get(at["file"], 0):
        audit.fail("warc", f"{record.id} points past the end of {at['file']}")
        return
    place = f"{at['file']} at byte {at['offset']}"
    try:
        response = warc.read(files.read(at["file"], at["offset"], at["length"]))
    except warc.BadWarc as error:
        audit.fail("warc", f"{record.id}: {place}: {error}")
        return
    names = ("warc-type", "warc-target-uri", "warc-payload-digest")
    said = [*map(response.headers.get, names), warc.digest(response.payload)]
    if said != ["response", warc.uri(record.fetched_url), at["digest"], at["digest"]]:
        audit.fail("warc", f"{record.id}: {place} holds another page or other bytes")
