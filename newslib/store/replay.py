"""The index of paragraphs, made from records as they lie in articles/: what admission has put there, it puts there."""

from __future__ import annotations

from collections.abc import Collection

import apsw

from newslib.article import Article, paragraphs_of
from newslib.paragraphs.normalise import hash_of, normalise, too_short
from newslib.store.fingerprints import Fingerprints, Holder, remember
from newslib.store.frontier import host_of
from newslib.store.ledger import row

Prints = dict[tuple[int, int], int]


def prints(article: Article, minimum: int = 1) -> Prints:
    """Fingerprint and check of each paragraph of at least `minimum` characters -> its first place in the article."""
    found: Prints = {}
    for number, paragraph in enumerate(paragraphs_of(article.full_text)):
        text = normalise(paragraph)
        if not too_short(text, minimum):
            found.setdefault(hash_of(text), number)
    return found


def of_some(found: Prints, only: Collection[int]) -> Prints:
    """Those with a fingerprint in `only`."""
    return {key: number for key, number in found.items() if key[0] in only}


def replay(
    db: apsw.Connection,
    index: Fingerprints,
    article: Article,
    seq: int,
    host: int,
    found: Prints,
    scope: str = "archive",
) -> None:
    """Put a record's paragraphs (`found`, or some of them) into the index, after those of all records before it.

    A paragraph that was left out, and whose first occurrence is in the archive no more, has none from now on, but
    counts on for what is boilerplate. `scope`: as in paragraphs.decide.
    """
    if article.body == "feed":
        return
    holder = Holder(article.id, article.article, host_of(article.url), seq)
    left_out = {repeat["at"] for repeat in article.repeats if repeat["why"] != "same-article"}
    known = index.seen(list({fp for fp, _ in found}), holder.host)
    for (fp, check), number in found.items():
        if fp not in known and number not in left_out:
            holder.first[fp] = check, number
        elif fp not in known:
            holder.repeated[fp] = False
        elif known[fp][0].check == check and known[fp][0].article != article.article:
            holder.repeated[fp] = known[fp][1]
    earlier = "SELECT body FROM article WHERE article = ? AND version < ? ORDER BY version DESC LIMIT 1"
    before = row(db, earlier, (article.article, article.version))
    if scope != "archive" or (before is not None and before[0] != "feed"):
        holder.repeated.clear()
    index.add(holder)
    remember(db, holder, seq, host)
    index.committed(holder)
    index.refresh(seq)
