"""Revisits: when a stored page is to be asked for again, to see what has become of it.

The table `visit` has the next time of each page, made when its last answer was stored. Functions on the ledger's
connection, inside the writer's transactions.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import apsw

from newslib.store.ledger import row

PRIORITY = -1  # in the frontier: behind all that is new, which is 0 and more
USUAL = 0.2  # of the visits to a host that nothing is known of are taken to find a change,
TRIED = 10  # as if it had been asked so many times
SELDOM, OFTEN = 8.0, 0.5  # most and least that the behaviour of a host makes of an interval


def wait(age: float, hours: Sequence[float], changed: bool, looks: int, changes: int) -> float | None:
    """Hours until a page is to be asked for again; None: no more.

    `hours`: between the first look and the second, the second and the third, ... of an article that is new when it is
    first looked at. An article of `age` (hours) is where that one would be; one that has changed goes back one step.
    `looks`, `changes`: of what has been asked again at its host, by plan. Hosts whose pages change less often than
    USUAL are asked less, others more.
    """
    step = next((n for n, at in enumerate(accumulate(hours)) if age < at), None)
    if step is None:
        return None
    often = (changes + USUAL * TRIED) / (looks + TRIED)
    return hours[max(0, step - changed)] * min(SELDOM, max(OFTEN, USUAL / often))


def plan(db: apsw.Connection, url: str, at: str, hours: Sequence[float], changed: bool) -> None:
    """Note when a page is to be asked for again, after it ended as stored or unchanged `at` an instant. What is of no
    source (a list of `crawl urls`) is asked for when it is listed again."""
    known = row(db, "SELECT id, article, alias, host, source, priority FROM url WHERE url = ?", (url,))
    if known is None or known[1] is None or known[2] is not None or not known[4]:
        return
    id, article, _, host, source, priority = known
    if priority == PRIORITY:
        db.execute(
            "INSERT INTO habit VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET looks = looks + 1, changes = changes + ?2",
            (host, changed),
        )
    looks, changes = row(db, "SELECT looks, changes FROM habit WHERE host = ?", (host,)) or (0, 0)
    date = row(db, "SELECT date FROM article WHERE article = ? ORDER BY seq LIMIT 1", (article,))
    now = datetime.fromisoformat(at)
    age = 0.0
    with contextlib.suppress(ValueError, TypeError):  # a step of one's own may have put in what is no date
        came = datetime.fromisoformat(date[0])
        age = (now - (came if came.tzinfo else came.replace(tzinfo=UTC))) / timedelta(hours=1)
    hours_left = wait(max(0.0, age), hours, changed, looks, changes)
    db.execute("DELETE FROM visit WHERE id = ?", (id,))
    if hours_left is not None:
        due = (now + timedelta(hours=hours_left)).strftime("%Y-%m-%dT%H:%M:%SZ")
        db.execute("INSERT INTO visit VALUES (?, ?, ?)", (id, source, due))


def begin(db: apsw.Connection, sources: list[str], at: str) -> None:
    """Make the pages of these sources pending that are due by now. What becomes of them gives the next time."""
    due = "SELECT id FROM visit WHERE source IN (SELECT value FROM json_each(?)) AND due <= ?"
    these = json.dumps(sources), at
    db.execute(
        f"UPDATE url SET outcome = NULL, reason = 'due again', tries = 0, priority = {PRIORITY}"  # noqa: S608
        f" WHERE id IN ({due}) AND outcome IN ('stored', 'unchanged')",
        these,
    )
    db.execute(f"DELETE FROM visit WHERE id IN ({due})", these)  # noqa: S608
