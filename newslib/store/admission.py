"""Admission: what a new article is to the archive, decided at once and in order, before its commit.

The ledger knows what is committed. What was admitted and is not committed yet lives in an overlay here, so that the
order of admission is the order of commit, which is what "first stored" means. All of this runs in the main thread; the
writer only sets `Admission.seq` before its commit and `dropped` when an operation failed.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from newslib.article import Article, article_id, paragraphs_of, text_sha256
from newslib.paragraphs import Seen, decide, normalise
from newslib.paragraphs.substance import substance
from newslib.store.errors import ArchiveDamaged, ReferenceMissing
from newslib.store.fingerprints import Fingerprints, Holder
from newslib.store.frontier import host_of
from newslib.store.ledger import row
from newslib.store.records import Files, Latest, guard, latest, one, one_line, split_id
from newslib.store.tombstones import is_removed

_READ_FROM_PAGE = (
    "title description authors published modified day utc_offset dated_by language language_score section tags image"  # noqa: SIM905
    " full_sha256 body paywalled rights".split()
)


@dataclass(slots=True, kw_only=True)
class Admission(Holder):
    """An article on its way into the archive."""

    latest: Latest
    paragraphs: int
    full: str  # its text
    submitted: bool = False
    dropped: bool = False


class Admissions:
    def __init__(self, db: apsw.Connection, files: Files, scope: str, minimum: int) -> None:
        self._db, self._files, self._scope, self._minimum = db, files, scope, minimum
        self._waiting: dict[str, Admission] = {}  # by record id, in order of admission
        self._fingerprints = Fingerprints(db)

    def admit(
        self,
        article: Article,
        paragraphs: list[str],
        protected: set[int] | frozenset[int] = frozenset(),
        instead_of: Article | None = None,
    ) -> str:
        """See Archive.admit."""
        kept = [(n, line) for n, line in enumerate(map(one_line, paragraphs)) if line.strip()]
        protected = {to for to, (n, _) in enumerate(kept) if n in protected}
        paragraphs = [line for _, line in kept]
        self._db.execute("BEGIN")  # one snapshot, older than no commit that the overlay has forgotten
        try:
            self._forget_committed()
            return self._admit(article, paragraphs, protected, instead_of)
        finally:
            self._db.execute("COMMIT")

    def _admit(self, article: Article, paragraphs: list[str], protected: set[int], instead_of: Article | None) -> str:
        guard(article)
        if is_removed(self._db, article.url, article.fetched_url):
            return "removed"
        full = "\n\n".join(paragraphs)
        article.article = article_id(article.url)
        article.full_sha256 = text_sha256(full)
        before = self._latest(article.article)
        article.version = before.version + 1 if before else 1
        if before and (
            _unchanged(article, before, instead_of) or (not instead_of and self._alike(article, before, full))
        ):
            article.version, article.id = before.version, before.id
            return "unchanged"
        article.id = f"{article.article}-{article.version}"
        admission = Admission(
            article.id,
            article.article,
            host_of(article.url),
            latest=_as_latest(article),
            paragraphs=len(paragraphs),
            full=full,
        )
        article.text, article.repeats, article.copy_of = full, [], None
        if article.body != "feed":
            self._decide(admission, article, paragraphs, protected, counted=before is None or before.body == "feed")
        article.chars = len(article.text)
        article.sha256 = text_sha256(article.text) if article.repeats else article.full_sha256
        self._add(admission)
        return "version" if before else "new"

    def _decide(
        self, admission: Admission, article: Article, paragraphs: list[str], protected: set[int], counted: bool
    ) -> None:
        """`counted`: a host's article counts once for what is boilerplate there, whatever its versions."""
        own: dict[int, bool] = {}  # fingerprint that stood in the archive before -> first at this host

        def seen(fps: list[int]) -> dict[int, Seen]:
            found = self._fingerprints.seen(fps, admission.host)
            own.update((fp, at_home) for fp, (_, at_home) in found.items())
            return {fp: known for fp, (known, _) in found.items()}

        decision = decide(paragraphs, article.id, article.article, seen, protected, self._scope, self._minimum)
        article.text, article.repeats, article.copy_of = decision.text, decision.repeats, decision.copy_of
        if self._scope == "article":
            seen([fp for fp, _, _ in decision.first])
        admission.first = {fp: (check, n) for fp, check, n in decision.first if fp not in own}
        if counted:
            admission.repeated = {fp: own[fp] for fp in decision.repeated}

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
                raise ReferenceMissing(f"{article.id} refers to {id}, which is not in the archive")
        admission.submitted = True
        return admission

    def release(self, article: Article) -> None:
        """Forget an article that was admitted and will not be stored."""
        admission = self._waiting.get(article.id)
        if admission is not None and not admission.submitted:
            self._drop(admission)

    def _latest(self, article: str) -> Latest | None:
        waiting = [a.latest for a in self._waiting.values() if a.article == article]
        return max(waiting, key=lambda x: x.version) if waiting else latest(self._db, article)

    def _alike(self, article: Article, before: Latest, full: str) -> bool:
        """Whether an article tells what its newest version told: typography, counters and clocks aside."""
        if article.body != before.body or normalise(article.title or "") != normalise(before.title or ""):
            return False
        if before.id in self._waiting:
            old = self._waiting[before.id].full
        else:
            try:
                record = one(self._db, self._files, before.id)
            except ArchiveDamaged:  # verify says so; what is new is stored
                record = None
            if record is None:
                return False
            old = record.full_text
        return _told(old) == _told(full)

    def _forget_committed(self) -> None:
        committed = row(self._db, "SELECT coalesce(max(seq), 0) FROM article")[0]
        for admission in list(self._waiting.values()):
            if admission.dropped:
                self._drop(admission)
            elif admission.seq is not None and admission.seq <= committed:
                del self._waiting[admission.id]
                self._fingerprints.committed(admission)
        self._fingerprints.refresh(committed)

    def _add(self, admission: Admission) -> None:
        self._waiting[admission.id] = admission
        self._fingerprints.add(admission)

    def _drop(self, admission: Admission) -> None:
        del self._waiting[admission.id]
        self._fingerprints.drop(admission)


def references(article: Article) -> set[str]:
    """The ids of records that a record refers to."""
    ids = {repeat["of"]["id"] for repeat in article.repeats}
    return ids | {article.copy_of["id"]} if article.copy_of else ids


def exists(db: apsw.Connection, id: str) -> bool:
    """Whether a record is in the archive, or was until it was removed."""
    here = row(db, "SELECT 1 FROM article WHERE article = ? AND version = ?", split_id(id))
    return bool(here or row(db, "SELECT 1 FROM removed WHERE id = ?", (id,)))


def _unchanged(article: Article, before: Latest, instead_of: Article | None) -> bool:
    """Whether an article brings nothing new over its newest version. One that is read anew from that version's page
    does when any field is read in another way, and never over a version of a later page."""
    if instead_of is not None:
        same = all(getattr(article, name) == getattr(instead_of, name) for name in _READ_FROM_PAGE)
        return same or before.id != instead_of.id
    from_feed = before.body == "feed" and article.body != "feed"
    return before.title == article.title and before.full_sha256 == article.full_sha256 and not from_feed


def _told(text: str) -> list[str]:
    return [line for _, line in substance(paragraphs_of(text))]


def _as_latest(article: Article) -> Latest:
    return Latest(article.id, article.version, article.title, article.full_sha256, article.fetched, article.body)
