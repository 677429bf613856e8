"""The few fields of every record that statistics count, without reading its texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

import apsw

from newslib.store import verdicts
from newslib.store.errors import ArchiveDamaged
from newslib.store.ledger import row, rows
from newslib.store.records import Files

_SPAN = 8 << 20  # bytes read at a time
_TOPIC = re.compile(rb'\{"id":("(?:[^"\\]|\\.)*"),"version":')


class Outlet(NamedTuple):
    domain: str | None
    source: str | None
    publisher: str | None
    country: str | None


class Facets(NamedTuple):
    seq: int
    id: str
    newest: bool  # the newest version of its article
    host: str
    language: str | None
    date: str  # published, else day, else fetched
    fetched: str
    whose: Outlet
    chars: int
    copy_of: str | None  # the id of the record that holds most of it
    share: float
    topics: list[str]  # as judged now

    @property
    def outlet(self) -> str:
        """The one name of its outlet, as reader.filters.outlet has it."""
        return self.whose.source or self.whose.domain or self.host


def facets(db: apsw.Connection, files: Files) -> Iterator[Facets]:
    """In commit order. Raises ArchiveDamaged."""
    select = (
        "SELECT seq, path, offset, a.length, article || '-' || version, NOT EXISTS (SELECT 1 FROM article b"
        " WHERE b.article = a.article AND b.version > a.version), h.host, language, date, fetched"
        " FROM article a JOIN segment s ON s.id = segment JOIN host h ON h.id = a.host WHERE seq > ?"
        " ORDER BY seq LIMIT 2000"
    )
    seq = 0
    outlets: dict[bytes, Outlet] = {}
    ids: dict[bytes, str] = {}
    while page := rows(db, select, (seq,)):
        judged = verdicts.between(db, page[0][0], page[-1][0])
        for span in _spans(page):
            path, start = span[0][1], span[0][2]
            try:
                data = files.read(path, start, span[-1][2] + span[-1][3] - start)
            except FileNotFoundError:
                data = b""
            for seq, _, offset, length, id, newest, *known in span:
                try:
                    read = _fields(data[offset - start : offset - start + length], outlets, ids)
                except (ValueError, KeyError, TypeError) as error:
                    if not row(db, "SELECT 1 FROM article WHERE seq = ?", (seq,)):
                        continue  # removed since its place was looked up
                    raise ArchiveDamaged(f"{path}: what lies at byte {offset} is no record ({error!r}).") from None
                if seq in judged:
                    own = dict.fromkeys(read[-1], True) | {topic: bool(match) for topic, match in judged[seq].items()}
                    read = (*read[:-1], [topic for topic, match in own.items() if match])
                yield Facets._make((seq, id, bool(newest), *known, *read))


def _fields(
    line: bytes, outlets: dict[bytes, Outlet], ids: dict[bytes, str]
) -> tuple[Outlet, int, str | None, float, list[str]]:
    """Outlet, chars, copy_of, its share and topics of a record. `outlets` and `ids` remember what came before.

    Within a string of JSON a quotation mark has a backslash before it, so that these marks are found where they are the
    record's own keys and nowhere else; the order of keys is that of newslib.article. A whole parse takes six times as
    long.
    """
    whose = line[line.index(b',"domain":') + 1 : line.index(b',"found":')]
    outlet = outlets.get(whose)
    if outlet is None:
        outlets[whose] = outlet = Outlet(**json.loads(b"{" + whose + b"}"))
    rights = line.rindex(b',"rights":')
    topics = line.rindex(b',"topics":', 0, rights)
    copy = line.rindex(b',"copy_of":', 0, topics)
    chars = line.rindex(b'","chars":', 0, copy) + 10
    copied = line[copy + 11 : topics]
    id, share = (None, 0.0) if copied == b"null" else itemgetter("id", "share")(json.loads(copied))
    matches = []
    for topic in _TOPIC.findall(line, topics, rights):
        if topic not in ids:
            ids[topic] = json.loads(topic)
        matches.append(ids[topic])
    return outlet, int(line[chars : line.index(b",", chars)]), id, share, matches


def _spans(page: list[Any]) -> Iterator[list[Any]]:
    """Rows that lie one behind the other in a file, not too many bytes at once."""
    span: list[Any] = []
    for each in page:
        if span and (each[1] != span[0][1] or not 0 <= each[2] + each[3] - span[0][2] <= _SPAN):
            yield span
            span = []
        span.append(each)
    if span:
        yield span
