"""Admission: what a new article is to the archive, decided at once and in order, before its commit.

The ledger knows what is committed. What was admitted and is not committed yet lives in an overlay here, so that the
order of admission is the order of commit, which is what "first stored" means. All of this runs in the main thread; the
writer only sets `Admission.seq` before its commit and `dropped` when an operation failed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import apsw

from newslib.article import Article, article_id, text_sha256
from newslib.paragraphs import Seen, decide
from newslib.store.frontier import host_of
from newslib.store.ledger import row, rows
from newslib.store.records import Latest, guard, latest, one_line, split_id

BOILERPLATE = 10  # articles of one host that hold a paragraph make it boilerplate


@dataclass(slots=True)
class Admission:
    """An article on its way into the archive."""

    id: str
    article: str
    host: str
    latest: Latest
    paragraphs: int
    first: list[tuple[int, int, int]] = field(default_factory=list)  # fingerprint, check, paragraph: new to the archive
    repeated: list[int] = field(default_factory=list)  # fingerprints that stood in the archive before
    submitted: bool = False
    seq: int | None = None
    dropped: bool = False


class Admissions:
    def __init__(self, db: apsw.Connection, scope: str, minimum: int) -> None:
        self._db, self._scope, self._minimum = db, scope, minimum
        self._waiting: dict[str, Admission] = {}  # by record id, in order of admission
        self._first: dict[int, tuple[Admission, int, int]] = {}  # fingerprint -> who has it first, check, paragraph
        self._repeated: Counter[tuple[str, int]] = Counter()  # host and fingerprint

    def admit(self, article: Article, paragraphs: list[str], protected: set[int] | frozenset[int] = frozenset()) -> str:
        """See Archive.admit."""
        kept = [(n, line) for n, line in enumerate(map(one_line, paragraphs)) if line.strip()]
        protected = {to for to, (n, _) in enumerate(kept) if n in protected}
        paragraphs = [line for _, line in kept]
        self._db.execute("BEGIN")  # one snapshot, older than no commit that the overlay has forgotten
        try:
            self._forget_committed()
            return self._admit(article, paragraphs, protected)
        finally:
            self._db.execute("COMMIT")

    def _admit(self, article: Article, paragraphs: list[str], protected: set[int]) -> str:
        guard(article)
        full = "\n\n".join(paragraphs)
        article.article = article_id(article.url)
        article.full_sha256 = text_sha256(full)
        before = self._latest(article.article)
        article.version = before.version + 1 if before else 1
        if before and before.title == article.title and before.full_sha256 == article.full_sha256 and not (
            before.body == "feed" and article.body != "feed"
        ):  # fmt: skip
            article.version, article.id = before.version, before.id
            return "unchanged"
        article.id = f"{article.article}-{article.version}"
        admission = Admission(article.id, article.article, host_of(article.url), _as_latest(article), len(paragraphs))
        if article.body == "feed":
            article.text, article.repeats, article.copy_of = full, [], None
        else:
            decision = decide(
                paragraphs,
                article.id,
                article.article,
                lambda fps: self._seen(fps, admission.host),
                protected,
                self._scope,
                self._minimum,
            )
            article.text, article.repeats, article.copy_of = decision.text, decision.repeats, decision.copy_of
            admission.first = decision.first
            if before is None or before.body == "feed":  # a host's article counts once, whatever its versions
                mine = {fp for fp, _, _ in decision.first}
                admission.repeated = [fp for fp in dict.fromkeys(decision.repeated) if fp not in mine]
        article.chars, article.sha256 = len(article.text), text_sha256(article.text)
        self._add(admission)
        return "version" if before else "new"

    def submit(self, article: Article) -> Admission:
        """The admission of an article to be stored. Raises ValueError when it, or what it refers to, is missing."""
        admission = self._waiting.get(article.id)
        if admission is None or admission.submitted:
            raise ValueError(f"{article.id or article.url} was not admitted, or was submitted before")
        for id in references(article) - {article.id}:
            other = self._waiting.get(id)
            if other is not None and not other.submitted:
                raise ValueError(f"{article.id} refers to {id}, which was admitted before it and is not submitted yet")
            if other is None and not exists(self._db, id):
                raise ValueError(f"{article.id} refers to {id}, which is not in the archive")
        admission.submitted = True
        return admission

    def release(self, article: Article) -> None:
        """Forget an article that was admitted and will not be stored."""
        admission = self._waiting.get(article.id)
        if admission is not None and not admission.submitted:
            self._remove(admission)

    def _latest(self, article: str) -> Latest | None:
        waiting = [a.latest for a in self._waiting.values() if a.article == article]
        return max(waiting, key=lambda x: x.version) if waiting else latest(self._db, article)

    def _seen(self, fps: list[int], host: str) -> dict[int, Seen]:
        """What the archive and the overlay know of these fingerprints."""
        seen: dict[int, Seen] = {}
        before: dict[int, int] = {}  # articles of this host that hold it
        for fp in fps:
            if fp in self._first:
                admission, check, paragraph = self._first[fp]
                seen[fp] = Seen(admission.id, admission.article, paragraph, check, False)
                before[fp] = int(admission.host == host)
        asked = [fp for fp in fps if fp not in seen]
        select = (
            "SELECT tag, paragraph, article, version, coalesce(b.n, a.host IS h.id) FROM fingerprint f"
            " JOIN article a USING (seq) LEFT JOIN host h ON h.host = ?"
            " LEFT JOIN boilerplate b ON b.fp = f.fp AND b.host = h.id WHERE f.fp = ?"
        )
        for fp in asked:
            for tag, paragraph, article, version, n in rows(self._db, select, (host, fp)):
                seen[fp] = Seen(f"{article}-{version}", article, paragraph, tag & 0xFFFFFFFF, False)
                before[fp] = n
        for fp, known in seen.items():
            if before[fp] + self._repeated[host, fp] + 1 >= BOILERPLATE:
                seen[fp] = Seen(known.id, known.article, known.paragraph, known.check, True)
        return seen

    def _forget_committed(self) -> None:
        committed = row(self._db, "SELECT coalesce(max(seq), 0) FROM article")[0]
        for admission in list(self._waiting.values()):
            if admission.dropped or (admission.seq is not None and admission.seq <= committed):
                self._remove(admission)

    def _add(self, admission: Admission) -> None:
        self._waiting[admission.id] = admission
        for fp, check, paragraph in admission.first:
            self._first.setdefault(fp, (admission, check, paragraph))
        self._repeated.update((admission.host, fp) for fp in admission.repeated)

    def _remove(self, admission: Admission) -> None:
        del self._waiting[admission.id]
        for fp, _, _ in admission.first:
            if fp in self._first and self._first[fp][0] is admission:
                del self._first[fp]
        for fp in admission.repeated:
            key = admission.host, fp
            self._repeated[key] -= 1
            if not self._repeated[key]:
                del self._repeated[key]


def remember(db: apsw.Connection, admission: Admission, seq: int, host: int) -> None:
    """Put an article's paragraphs into the ledger (in the writer's transaction)."""
    for fp in admission.repeated:
        db.execute(
            "INSERT INTO boilerplate VALUES (?1, ?2, 1 + (SELECT count(*) FROM fingerprint JOIN article USING (seq)"
            " WHERE fp = ?2 AND host = ?1)) ON CONFLICT DO UPDATE SET n = n + 1",
            (host, fp),
        )
    db.executemany(
        "INSERT INTO fingerprint VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(fp, check - (1 << 32) if check >> 31 else check, seq, paragraph) for fp, check, paragraph in admission.first],
    )


def references(article: Article) -> set[str]:
    """The ids of records that a record refers to."""
    ids = {repeat["of"]["id"] for repeat in article.repeats}
    return ids | {article.copy_of["id"]} if article.copy_of else ids


def exists(db: apsw.Connection, id: str) -> bool:
    """Whether a record is in the archive."""
    return bool(row(db, "SELECT 1 FROM article WHERE article = ? AND version = ?", split_id(id)))


def _as_latest(article: Article) -> Latest:
    return Latest(article.id, article.version, article.title, article.full_sha256, article.fetched, article.body)
