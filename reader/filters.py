"""What search and export let through: one meaning of topic, language, site and time for both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newslib import Archive
from newslib.article import Article
from newslib.since import bound
from newslib.store.frontier import host_of
from reader.errors import ReaderError


@dataclass(frozen=True, slots=True)
class Filters:
    """`since` and `until` (inclusive): days or instants …Z, compared with published, else day, else fetched."""

    topic: str | None = None
    language: str | None = None  # `en` includes `en-GB`
    site: str | None = None  # source id, registered domain or host
    since: str | None = None
    until: str | None = None


def point(text: str | None, name: str) -> str | None:
    """`7d` before now, or a day, month or instant, as Archive.articles takes it. Raises ReaderError, which says the
    `name` of the option."""
    try:
        return None if text is None else bound(text, datetime.now(UTC))
    except ValueError as error:
        raise ReaderError(f"{name}: {error}; or 36h, 7d, 4w for so long ago") from None


def check(archive: Archive, filters: Filters) -> None:
    """Raises ReaderError for what Archive.articles does not take."""
    try:
        archive.commits(0, 0, filters.topic, filters.language, filters.since, filters.until)
    except ValueError as error:
        raise ReaderError(str(error)) from None


def window(filters: Filters) -> tuple[int | None, int | None]:
    """The first second of `since` and the last of `until`."""
    lower = _second(filters.since) if filters.since else None
    return lower, _second(filters.until, last=True) if filters.until else None


def sites(article: Article) -> list[str]:
    """All names that `site` may give of an article's outlet, in small letters: source, registered domain, host."""
    host = host_of(article.url)
    bare = re.sub(r":\d+$", "", host)
    names = (article.source, article.domain, host, bare, bare.removeprefix("www."))
    return list(dict.fromkeys(name.lower() for name in names if name))


def outlet(article: Article) -> str:
    """The one name of an article's outlet: its source's id, else its domain, else its host."""
    return article.source or article.domain or host_of(article.url)


def seconds(date: str) -> int:
    """A day (its midnight UTC) or instant of a record, in seconds since 1970; 0 for what is neither."""
    try:
        return _second(date)
    except ValueError:
        return 0


def _second(bound: str, last: bool = False) -> int:
    """The first second of an instant, a day, a month or a year, or the last."""
    if "T" in bound:
        return int(datetime.fromisoformat(bound.replace("Z", "+00:00")).timestamp())
    first = datetime.fromisoformat(f"{bound}-01-01"[:10]).replace(tzinfo=UTC)
    if last:
        days = {10: timedelta(1), 7: timedelta(32), 4: timedelta(366)}.get(len(bound), timedelta(1))
        then = first + days  # somewhere in the next period
        first = then.replace(day=1 if len(bound) < 10 else then.day, month=1 if len(bound) < 7 else then.month)
    return int(first.timestamp()) - last
