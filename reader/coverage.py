"""Coverage: for each source and day, whether nothing was published or nobody looked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from newslib import Archive

NEW, NOTHING, FAILED, NOT_LOOKED = "new", "nothing", "failed", "not-looked"
_SPELLS = 3  # a source that had something on fewer days has no rhythm that could be broken
_LEAST = 3  # days without anything new that are a silence


def coverage(archive: Archive, days: int = 14, today: date | None = None) -> dict[str, Any]:
    """`days`: the last so many UTC days. `sources`: source -> day -> `state` and the numbers behind it: `new` items
    (links not known before), polls `ok` and `failed`. States: new; nothing (its feeds were read, nothing was new);
    failed (none could be read); not-looked. `silent`: sources that used to have something and have nothing any more;
    `unreached`: those that failed whenever they were asked in these days."""
    today = today or datetime.now(UTC).date()
    window = [(today - timedelta(days=n)).isoformat() for n in reversed(range(days))]
    known: dict[str, dict[str, tuple[int, int, int]]] = {}
    for source, day, ok, failed, new in archive.coverage():
        known.setdefault(source, {})[day] = ok, failed, new
    sources = {source: {day: _state(of.get(day)) for day in window} for source, of in known.items()}
    silences = {source: _silence(of) for source, of in known.items()}
    return {
        "days": window,
        "sources": sources,
        "silent": [{"source": source, **silence} for source, silence in silences.items() if silence],
        "unreached": [
            source
            for source, of in sources.items()
            if {cell["state"] for cell in of.values()} - {NOT_LOOKED} == {FAILED}
        ],
    }


def _state(cell: tuple[int, int, int] | None) -> dict[str, Any]:
    ok, failed, new = cell or (0, 0, 0)
    state = NEW if new else NOTHING if ok else FAILED if failed else NOT_LOOKED
    return {"state": state, "new": new, "ok": ok, "failed": failed}


def _silence(of: dict[str, tuple[int, int, int]]) -> dict[str, Any] | None:
    """A silence that is longer than twice the longest before, counted in days on which the source could be read."""
    longest = gap = spells = 0
    last = ""
    for day in sorted(of):
        ok, _, new = of[day]
        if new:
            longest, gap, spells, last = max(longest, gap), 0, spells + 1, day
        elif ok and spells:
            gap += 1
    if spells >= _SPELLS and gap >= max(_LEAST, 2 * longest + 1):
        return {"last": last, "days": gap}
    return None
