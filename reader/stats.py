"""Statistics: how much, of whom, who was first, how much was copied, what the crawler did."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Any

from newslib import Archive
from newslib.store.stories import age
from reader.stories import grouped

BY = ("topic", "language", "country", "outlet")
RUNS = 10


def stats(archive: Archive) -> dict[str, Any]:
    """Numbers of an archive, for JSON.

    `records`, `articles` (the newest version of each counts); `first`, `last` day; `by`: topic | language | country |
    outlet -> value -> articles; `days`, `weeks` (ISO): each with `articles` and the same four; `copies`: `records`,
    `share` of the characters of all articles that stood elsewhere before, `by_outlet`; `first_with`: outlet -> how
    often it was `first` `of` so many stories of several outlets; `urls` by outcome; `runs`: the last ones.

    A story is one of `scrapy stories`, with copies that no run has compared yet; the first is the one that came out
    first (newslib.store.stories.age). Days are those of publication, or of the fetch where there is none.
    """
    alike: Counter[tuple[str, ...]] = Counter()
    days: Counter[tuple[str, str, str]] = Counter()
    records = articles = chars = 0
    copied = 0.0
    copies: Counter[str] = Counter()
    outlets: dict[str, tuple[str, str]] = {}  # id -> when it came out, and of whom
    pairs: list[tuple[str, str | None]] = []
    for each in archive.facets():
        records += 1
        outlet = each.outlet
        if each.copy_of:
            pairs.append((each.id, each.copy_of))
        outlets[each.id] = (age(each.date, each.fetched)[0], outlet)
        if not each.newest:
            continue
        articles += 1
        chars += each.chars
        if each.copy_of:
            copied += each.share * each.chars
            copies[outlet] += 1
        alike[each.date[:10], outlet, each.language or "-", each.whose.country or "-", *each.topics] += 1
    for (day, outlet, language, country, *topics), n in alike.items():
        days[day, "articles", ""] += n
        days[day, "outlet", outlet] += n
        days[day, "language", language] += n
        days[day, "country", country] += n
        for topic in topics:
            days[day, "topic", topic] += n
    by_day = _nested(days)
    weeks: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[tuple[str, str, str]] = Counter()
    for (day, name, value), n in days.items():
        weeks[week_of(day), name, value] += n
        totals["", name, value] += n
    total = _nested(totals).get("", {})
    return {
        "records": records,
        "articles": articles,
        "first": min(by_day, default=None),
        "last": max(by_day, default=None),
        "by": {name: _most_first(total.get(name, {})) for name in BY},
        "days": by_day,
        "weeks": _nested(weeks),
        "copies": {
            "records": copies.total(),
            "share": round(copied / chars, 4) if chars else 0.0,
            "by_outlet": _most_first(copies),
        },
        "first_with": _first_with(pairs, outlets, archive.stories_of(sorted({id.partition("-")[0] for id in outlets}))),
        "urls": archive.outcomes(),
        "runs": [_run(run) for run in archive.runs(RUNS)],
    }


@lru_cache(maxsize=4096)
def week_of(day: str) -> str:
    """`2025-11-03` -> `2025-W45` (ISO 8601)."""
    try:
        year, week, _ = date.fromisoformat(day).isocalendar()
    except ValueError:
        return "-"
    return f"{year}-W{week:02d}"


def _nested(counts: Counter[tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
    """(period, name, value) -> n, as period -> name -> value -> n, periods in order."""
    periods: dict[str, dict[str, Any]] = {}
    for (period, name, value), n in sorted(counts.items()):
        place = periods.setdefault(period, {})
        if value:
            place.setdefault(name, {})[value] = n
        else:
            place[name] = n
    return periods


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _first_with(
    pairs: list[tuple[str, str | None]], outlets: dict[str, tuple[str, str]], clusters: dict[str, str]
) -> dict[str, dict[str, int]]:
    """Of the stories that several outlets had, how many each had first, and how many it had."""
    pairs = [*pairs, *((id, None) for id in outlets if id.partition("-")[0] in clusters)]
    pairs += [(origin, None) for _, origin in pairs if origin in outlets]
    stories: dict[str, list[tuple[str, str]]] = {}
    for id, key in grouped(pairs, clusters).items():
        stories.setdefault(key, []).append(outlets[id])
    first: Counter[str] = Counter()
    had: Counter[str] = Counter()
    for told in stories.values():
        names = {outlet for _, outlet in told}
        if len(names) > 1:
            had.update(names)
            first[min(told)[1]] += 1
    return {
        name: {"first": first[name], "of": had[name]} for name in sorted(had, key=lambda n: (-first[n], -had[n], n))
    }


def _run(run: dict[str, Any]) -> dict[str, Any]:
    """What a run did, as its report says; `reason` is `killed` when it never wrote one (or is still at work)."""
    report = run["report"] or {}
    articles = report.get("articles") or {}
    return {
        "run": run["run"],
        "started": run["started"],
        "topics": sorted(run["topics"]),
        "sources": len(run["sources"]),
        "reason": report.get("reason") or "killed",
        **{name: report.get(name) for name in ("seconds", "requests", "bytes")},
        "stored": articles.get("stored"),
        "versions": articles.get("versions"),
        "errors": len(report.get("errors") or []),
    }
