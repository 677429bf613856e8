"""Which paragraphs the archive has: the fingerprint of each, with the record that stored it first.

Two tables hold them. `fingerprint` is ordered by fingerprint, which is a hash: each row goes to a page of its own, and
writing a page for 26 bytes is what an insert costs. So new rows go to `recent` first, in order of commit, and when that
has MERGED rows, they move over together, in order of fingerprint, inside the commit that brought the last one.
A row is in one of the two at any time, and the one process that writes has those of `recent` in memory as well.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

import apsw

from newslib.paragraphs import Seen
from newslib.store.ledger import row, rows

BOILERPLATE = 10  # articles of one host that hold a paragraph make it boilerplate
MERGED = 65_536  # rows: 16 MB in memory. At 1 million stored 5.6 µs of CPU a row, with half as many 7.7


@dataclass(slots=True)
class Holder:
    """A record that has paragraphs first."""

    id: str
    article: str
    host: str
    seq: int | None = None  # its place in commit order, once it has one
    first: dict[int, tuple[int, int]] = field(default_factory=dict)  # fingerprint -> check, paragraph
    repeated: dict[int, bool] = field(default_factory=dict)  # that stood in the archive before -> first at this host


class Fingerprints:
    """What is in the two tables, and what is on its way there."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._first: dict[int, Holder] = {}  # fingerprint -> who has it first; not yet in `fingerprint`, in order
        self._repeated: Counter[tuple[str, int]] = Counter()  # host and fingerprint, not yet in `boilerplate`
        self._committed: int | None = None  # the last `seq` of the snapshot looked at
        self._moved = 0  # up to which `seq` rows have left `recent`

    def refresh(self, committed: int) -> None:
        """Forget what has moved into `fingerprint`, in the snapshot of the ledger that is looked at from now on.

        `committed`: the last sequence number in it.
        """
        if committed == self._committed:
            return
        oldest = row(self._db, "SELECT seq FROM recent ORDER BY n LIMIT 1")
        moved = oldest[0] - 1 if oldest else committed
        if self._committed is None:
            self._load()
        elif moved > self._moved:
            self._first = {fp: by for fp, by in self._first.items() if by.seq is None or by.seq > moved}
        self._committed, self._moved = committed, moved

    def _load(self) -> None:
        select = (
            "SELECT fp, tag, paragraph, seq, article, version, host.host FROM recent JOIN article USING (seq)"
            " JOIN host ON host.id = article.host ORDER BY n"
        )
        holder = Holder("", "", "")
        for fp, tag, paragraph, seq, article, version, host in self._db.execute(select):
            if seq != holder.seq:
                holder = Holder(f"{article}-{version}", article, host, seq)
            if self._first.setdefault(fp, holder) is holder:
                holder.first[fp] = tag & 0xFFFFFFFF, paragraph

    def seen(self, fps: list[int], host: str) -> dict[int, tuple[Seen, bool]]:
        """What is known of these fingerprints, for an article of `host` -> also whether an article of it was first."""
        found: dict[int, tuple[Seen, bool]] = {}
        first = self._first
        unknown = array("q", [fp for fp in fps if fp not in first])
        if len(unknown) < len(fps):
            for fp in fps:
                if fp in first:
                    holder = first[fp]
                    check, paragraph = holder.first[fp]
                    found[fp] = Seen(holder.id, holder.article, paragraph, check), holder.host == host
        if unknown:
            select = (
                "SELECT f.fp, tag, paragraph, article, version, host.host = ? FROM carray(?) c CROSS JOIN fingerprint f"
                " ON f.fp = c.value CROSS JOIN article USING (seq) CROSS JOIN host ON host.id = article.host"
            )
            for fp, tag, paragraph, article, version, own in rows(self._db, select, (host, apsw.carray(unknown))):
                found[fp] = Seen(f"{article}-{version}", article, paragraph, tag & 0xFFFFFFFF), bool(own)
        if found:
            select = (
                "SELECT fp, n FROM carray(?) c CROSS JOIN boilerplate ON fp = c.value"
                " AND boilerplate.host = (SELECT id FROM host WHERE host.host = ?)"
            )
            counted = dict(rows(self._db, select, (apsw.carray(array("q", found)), host)))
            for fp, (known, own) in found.items():
                before = counted.get(fp, int(own))  # articles of this host that hold it
                if before + self._repeated.get((host, fp), 0) + 1 >= BOILERPLATE:
                    found[fp] = known._replace(boilerplate=True), own
        return found

    def add(self, holder: Holder) -> None:
        """Something was admitted."""
        self._first.update(dict.fromkeys(holder.first, holder))
        self._repeated.update((holder.host, fp) for fp in holder.repeated)

    def committed(self, holder: Holder) -> None:
        """It is in the ledger's snapshot: what it repeats is counted there."""
        for fp in holder.repeated:
            key = holder.host, fp
            self._repeated[key] -= 1
            if not self._repeated[key]:
                del self._repeated[key]

    def drop(self, holder: Holder) -> None:
        """It will not be stored."""
        self.committed(holder)
        for fp in holder.first:
            if self._first.get(fp) is holder:
                del self._first[fp]


def remember(db: apsw.Connection, holder: Holder, seq: int, host: int) -> None:
    """Put a record's paragraphs into the ledger, in the caller's transaction. `host`: its number there."""
    if holder.repeated:
        db.executemany(
            "INSERT INTO boilerplate VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + 1",
            [(host, fp, 1 + own) for fp, own in holder.repeated.items()],
        )
    db.executemany(
        "INSERT INTO recent (fp, tag, seq, paragraph) VALUES (?, ?, ?, ?)",
        [
            (fp, check - (1 << 32) if check >> 31 else check, seq, paragraph)
            for fp, (check, paragraph) in holder.first.items()
        ],
    )
    if (row(db, "SELECT max(n) FROM recent")[0] or 0) >= MERGED:
        merge(db)


def merge(db: apsw.Connection) -> None:
    """Move all rows of `recent` into `fingerprint`, in the caller's transaction: what looks there itself begins so.

    Of two with the same fingerprint, the one that came first wins.
    """
    db.execute(
        "INSERT INTO fingerprint SELECT fp, tag, seq, paragraph FROM recent ORDER BY fp, n ON CONFLICT DO NOTHING"
    )
    db.execute("DELETE FROM recent")
