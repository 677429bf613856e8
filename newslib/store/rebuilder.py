"""What `rebuild` does with the files: every record back into a ledger, everything else set aside and blanked."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from newslib.article import Article
from newslib.page import now
from newslib.store import carryout, disk, erase, frontier, hosts, records, salvage, tombstones, warc
from newslib.store.admission import exists, references
from newslib.store.fingerprints import Fingerprints
from newslib.store.ledger import plain, row, rows, transaction
from newslib.store.recovery import our_files
from newslib.store.replay import prints, replay
from newslib.urls import canonical

Tell = Callable[[str, int], None]


class Rebuilder:
    """One pass over the files, into the new ledger `db`."""

    def __init__(self, root: Path, db: apsw.Connection, scope: str, minimum: int, tell: Tell) -> None:
        self.root, self.db, self.scope, self.minimum, self.tell = root, db, scope, minimum, tell
        self.stones = tombstones.cut_torn(root)
        self.gone = {id for stone in self.stones for id in carryout.articles_of(stone)}
        self.uris = {warc.uri(address) for stone in self.stones for address in stone.addresses}
        self.taken = {seq for stone in self.stones for seq in stone.seqs}
        self.damage: list[str] = []
        self.cut: list[str] = []
        self.seq = 0
        self.blank: list[tuple[int, int]] = []  # lines of the present file that go
        self.index = Fingerprints(db)
        db.execute(
            "CREATE TEMP TABLE page (file TEXT, offset INTEGER, length INTEGER, uri TEXT, digest TEXT, etag TEXT,"
            " last_modified TEXT, PRIMARY KEY (file, offset)) WITHOUT ROWID;"
            "CREATE TEMP TABLE suspect (file TEXT, offset INTEGER, length INTEGER, page INTEGER)"
        )

    def files(self, kind: str) -> list[str]:
        """Files with names of ours in commit order; empty ones go."""
        found = [path for path in our_files(self.root) if path.startswith(f"{kind}/")]
        for path in found:
            if not (self.root / path).stat().st_size:
                disk.delete(self.root / path)
        whole = [path for path in found if (self.root / path).exists()]
        return sorted(whole, key=lambda path: (path[: len(kind) + 11], int(path[len(kind) + 12 :].partition(".")[0])))

    def pages(self) -> None:
        """Note each response of warc/, and what is there of pages that were removed."""
        names = self.files("warc")
        for done, path in enumerate(names):
            self.tell("warc", done)
            with transaction(self.db):
                self._pages_of(path, last=path == names[-1])
                self._segment("warc", path)

    def _pages_of(self, path: str, last: bool) -> None:
        asked: list[tuple[int, int, str]] = []  # the request before
        for offset, length, found in salvage.records_of(self.root / path):
            if isinstance(found, str):
                self._hole("warc", path, offset, length, found, last)
                asked.clear()
                continue
            kind, target = found.headers.get("warc-type"), found.headers.get("warc-target-uri", "")
            if kind == "response":
                values = (path, offset, length, plain(target), found.headers.get("warc-payload-digest"))
                self.db.execute("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, *salvage.validators(found)))
            asked.append((offset, length, target))
            if kind != "request":
                if any(each in self.uris for *_, each in asked):
                    places = [(path, start, size, offset) for start, size, _ in asked]
                    self.db.executemany("INSERT INTO suspect VALUES (?, ?, ?, ?)", places)
                asked.clear()

    def articles(self) -> None:
        """Put the records of articles/ into the ledger."""
        names = self.files("articles")
        for done, path in enumerate(names):
            self.tell("articles", done)
            with transaction(self.db):
                segment, self.blank = self._segment("articles", path), []
                for offset, line, found in salvage.lines_of(self.root / path):
                    self._line(path, segment, offset, line, found, last=path == names[-1])
                if self.blank:
                    erase.lines(self.root / path, self.blank)
                size = (self.root / path).stat().st_size  # what is torn has been cut off
                self.db.execute("UPDATE segment SET length = ? WHERE id = ?", (size, segment))
                # It looks at every row of the ledger: only where lines have become longer, or none are left.
                left = carryout.settle(self.root, self.db, path) if self.blank or not size else True
            if not left:
                disk.delete(self.root / path)

    def _line(self, path: str, segment: int, offset: int, line: bytes, found: Article | str, last: bool) -> None:
        if found == "" or (isinstance(found, Article) and found.article in self.gone):
            self.blank.append((offset, len(line)))
            return
        if isinstance(found, str) and (old := salvage.as_it_was(self.root, path, offset, len(line))):
            erase.rewrite(self.root / path, offset, len(old), old)
            line, found = old, salvage.record_of(old)
        self.seq += 1
        while self.seq in self.taken:
            self.seq += 1
        if isinstance(found, Article) and exists(self.db, found.id):
            found = f"{found.id} was there before"
        if isinstance(found, str):
            self._hole("articles", path, offset, len(line), found, last)
            self._ask_again(line)
            return
        etag, last_modified = self._page_of(path, offset, line, found)
        self._insert(found, (segment, offset, len(line)), etag, last_modified)

    def _insert(self, article: Article, place: tuple[int, int, int], etag: str | None, modified: str | None) -> None:
        db = self.db
        for id in sorted(references(article) - {article.id}):
            if not exists(db, id) and id.partition("-")[0] not in self.gone:
                self.damage.append(f"{article.id} refers to {id}, which is lost")
        self._next(self.seq)
        host = hosts.put(db, frontier.host_of(article.url))
        found = prints(article, self.minimum)
        paragraphs = len(article.repeats) + article.text.count("\n\n") + bool(article.text)
        seq = records.insert(db, article, host, paragraphs, place)
        replay(db, self.index, article, seq, host, found, self.scope)
        self._url(article, etag, modified)

    def _url(self, article: Article, etag: str | None, modified: str | None) -> None:
        named = article.found or {"via": None, "url": None, "at": None}
        columns: dict[str, Any] = {
            "source": article.source, "via": named["via"], "found_url": plain(named["url"]), "found_at": named["at"],
            "fetched": article.fetched, "article": article.article,
        }  # fmt: skip
        fetched = canonical(article.fetched_url)
        if fetched == article.url:
            columns |= {"etag": etag, "last_modified": modified}
        frontier.finish(self.db, article.url, "stored", article.id, **columns)
        full = "SELECT 1 FROM article WHERE article = ? AND body != 'feed'"
        if not row(self.db, full, (article.article,)):  # why its page was refused is not known: it is asked again
            hint = (article.title, article.description, article.published, article.day, article.utc_offset)
            self.db.execute(
                "UPDATE url SET outcome = NULL, reason = NULL, title = ?, summary = ?, published = ?, day = ?,"
                " utc_offset = ? WHERE url = ?",
                (*hint, article.url),
            )
        elif fetched and not row(self.db, "SELECT 1 FROM url WHERE url = ?", (fetched,)):
            columns = {"alias": article.article, "fetched": article.fetched, "source": article.source}
            frontier.finish(self.db, fetched, "unchanged", "alias", **columns)

    def _page_of(self, path: str, offset: int, line: bytes, article: Article) -> tuple[str | None, str | None]:
        """The validators of a record's page. A pointer to anything else is taken out of the record."""
        at = article.warc
        if at is None:
            return None, None
        select = "SELECT length, uri, digest, etag, last_modified FROM page WHERE file = ? AND offset = ?"
        length, uri, digest, *validators = row(self.db, select, (at["file"], at["offset"])) or (0, "", "", None, None)
        if (length, uri, digest) == (at["length"], warc.uri(article.fetched_url), at["digest"]):
            self.db.execute("DELETE FROM suspect WHERE file = ? AND page = ?", (at["file"], at["offset"]))
            return validators[0], validators[1]
        broken = f"{article.id}: its page is not at byte {at['offset']} of {at['file']}"
        if not (self.root / at["file"]).exists():
            self.damage.append(f"{broken}, which is missing; restore that file from a backup")
            return None, None
        copy = salvage.set_aside(self.root, path, offset, len(line))
        article.warc = None
        erase.rewrite(self.root / path, offset, len(line), records.line_of(article))
        self.damage.append(f"{broken}; the record has no page any more, and is as it was in {copy}")
        return None, None

    def _hole(self, kind: str, path: str, offset: int, length: int, why: str, last: bool) -> None:
        """Set bytes that are no record aside, and blank them."""
        file, end = self.root / path, offset + length == (self.root / path).stat().st_size
        copy = salvage.set_aside(self.root, path, offset, length)
        sentence = f"{path}: {length} bytes at byte {offset} are no record ({why}); they are in {copy}"
        (self.cut if why == "torn" and last else self.damage).append(sentence)
        if end and (kind == "warc" or (last and why == "torn")):
            disk.truncate(file, offset)
        elif kind == "warc":
            erase.members(file, path, [(offset, length)], now())
        else:
            self.blank.append((offset, length))

    def _ask_again(self, line: bytes) -> None:
        """Let the address of a record that is lost be fetched again, as far as it can be told."""
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError, apsw.Error):
            known = json.loads(line)
            url, source = known["url"], known["source"] or ""
            if canonical(url) == url and known["article"] not in self.gone:
                self.db.execute(
                    "INSERT INTO url (url, host, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (url, frontier.host_of(url), source),
                )

    def _segment(self, kind: str, path: str) -> int:
        length = (self.root / path).stat().st_size
        self.db.execute("INSERT INTO segment (kind, path, length) VALUES (?, ?, ?)", (kind, path, length))
        return self.db.last_insert_rowid()

    def takedowns(self) -> None:
        """Carry out what removed.jsonl says, of which mostly nothing is left to do."""
        places = defaultdict(list)
        for path, *place in rows(self.db, "SELECT DISTINCT file, offset, length FROM suspect"):
            places[path].append((*place,))
        if places:
            carryout.drop_index(self.root)
        for path, which in places.items():
            erase.members(self.root / path, path, which, now())
        with transaction(self.db):
            for stone in self.stones:
                carryout.blank_reports(self.root, stone.addresses)
                carryout.refuse(self.db, stone)
                carryout.note(self.db, stone)
            self._next(max(self.seq, *self.taken, 0) + 1)

    def _next(self, seq: int) -> None:
        """Give the next record this number in commit order."""
        self.db.execute("DELETE FROM sqlite_sequence WHERE name = 'article'")
        self.db.execute("INSERT INTO sqlite_sequence VALUES ('article', ?)", (seq - 1,))

    def runs(self) -> None:
        """Note the runs whose reports can be read."""
        with transaction(self.db):
            for path in sorted(self.root.glob("runs/*.json")):
                try:
                    report = json.loads(path.read_text(encoding="utf-8"))
                    known = (report["run"], report["started"], json.dumps(list(report["sources"])))
                    values = (*known, json.dumps(dict(report["topics"])))
                    self.db.execute("INSERT INTO run VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values)
                except (ValueError, RecursionError, TypeError, KeyError, apsw.ConstraintError):
                    self.damage.append(f"{path.relative_to(self.root)} is no run report; nothing depends on it")

    def relations(self) -> None:
        """Sort the records into stories."""
        from newslib.store.relations import Relations  # numpy takes a tenth of a second

        files = records.Files(self.root)
        relations, done, count = Relations(files), 0, 1
        while count:
            self.tell("stories", done)
            with transaction(self.db):
                count = relations.look(self.db, 500)
            done += count
        files.close()
