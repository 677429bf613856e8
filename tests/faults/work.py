"""What a child writes into an archive under faults, and how it is found out afterwards whether the promise was kept."""

from __future__ import annotations

import contextlib
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newslib import Archive
from newslib.article import article_id, paragraphs_of, text_sha256
from newslib.store import Poll, fingerprints, recovery, segments
from tests.faults.disk import Disk, forget
from tests.storing import article, clean, link, page, paragraph, url

WHY = "a reason of law"


@dataclass(frozen=True)
class Plan:
    """Articles, a third of them with a second version, and addresses that are refused."""

    articles: int = 36
    refused: int = 8

    def versions(self, n: int) -> int:
        return 2 if n % 3 == 0 else 1

    def paragraphs(self, n: int, version: int) -> list[str]:
        """Its own, one shared by a few, one of everybody, and agency copy in every seventh."""
        copy = [paragraph(f"agency {n // 28} {k}") for k in range(4)] if n % 7 == 0 else []
        own = [paragraph(f"{n} first"), paragraph(f"group {n % 9}")]
        return [*own, *copy, paragraph("all"), paragraph(f"{n} v{version}")]

    def pairs(self) -> list[tuple[int, int]]:
        return [(n, version) for version in (1, 2) for n in range(self.articles) if version <= self.versions(n)]

    def stored(self) -> set[str]:
        """`id full_sha256` of every record, once all is written."""
        full = {pair: text_sha256("\n\n".join(self.paragraphs(*pair))) for pair in self.pairs()}
        return {f"{article_id(url(n))}-{version} {sha256}" for (n, version), sha256 in full.items()}

    def outcomes(self) -> dict[str, str]:
        """How each address ends that is refused."""
        return {url(f"refused-{n}"): ("off-topic", "not-found", "gone", "empty")[n % 4] for n in range(self.refused)}


@dataclass
class Trial:
    """An archive under faults: where it lies, what was acknowledged, which day it is there."""

    folder: Path
    plan: Plan = Plan()
    day: int = 1
    broken: Callable[[], None] | None = None  # makes the store of this process one that does not keep its promise

    @property
    def notes(self) -> Path:
        return self.folder.with_name(self.folder.name + ".notes")

    def settle(self) -> None:
        """In a child: small files, so that many are begun; rows of the index of paragraphs that move over often; a day
        of its own, so that files of past days are closed."""
        segments.LIMIT.update(warc=60_000, articles=10_000)
        fingerprints.MERGED = 50
        recovery.today = segments.today = lambda: f"2031/01/{self.day:02d}"
        if self.broken:
            self.broken()


def write(trial: Trial, seed: int, phase: Callable[[str], None] = lambda name: None) -> list[str]:
    """Take up the plan where it stands, many writes on their way at once; note what is acknowledged.

    Returns the messages of futures that failed. `phase` is told opening, writing, closing and reporting.
    """
    chance, errors, plan = random.Random(seed), [], trial.plan
    notes = os.open(trial.notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(line: str) -> Callable[[Future[Any]], None]:
        def done(future: Future[Any]) -> None:
            if error := future.exception():
                errors.append(f"{type(error).__name__}: {error}")
            else:
                os.write(notes, line.encode() + b"\n")

        return done

    phase("opening")
    with Archive(trial.folder, write=True, warc="all") as archive:
        phase("writing")
        archive.begin(["example"], {"t": "v1"}).add_done_callback(note(f"run {archive.run}"))
        addresses = [*(url(n) for n in range(plan.articles)), *plan.outcomes()]
        poll = Poll("example", "https://news.example/feed", "feed", True, 200, etag=f'"{seed}"')
        found = archive.discover([link(address) for address in addresses], poll, {"t": "v1"})
        found.add_done_callback(note("links"))
        steps: list[tuple[Any, ...]] = [("finish", *end) for end in plan.outcomes().items()]
        steps += [("store", *pair) for pair in plan.pairs() if pair[1] == 1] + [("host", k) for k in range(3)]
        chance.shuffle(steps)
        second = [("store", *pair) for pair in plan.pairs() if pair[1] == 2]
        chance.shuffle(second)
        for kind, *what in steps + second:
            future = {"store": _store, "finish": _finish, "host": _host}[kind](archive, plan, chance, note, *what)
            if future and chance.random() < 0.15:
                future.exception(30)
        phase("reporting")
        report = archive.write_report({"run": archive.run, "padding": "x" * 2000})
        os.write(notes, f"report {report.name}\n".encode())
        phase("closing")
    if not errors:
        os.write(notes, b"closed\n")
    os.close(notes)
    return errors


def _store(archive: Archive, plan: Plan, chance: random.Random, note: Any, n: int, version: int) -> Future[Any] | None:
    latest = archive.latest(url(n))
    if latest and latest.version >= version:
        return None
    by_feed = n % 11 == 5
    made = article(url(n), body="feed" if by_feed else "full")
    if archive.admit(made, plan.paragraphs(n, version)) == "unchanged":
        return None
    body = chance.randbytes(chance.randrange(6_000))
    future = archive.store(made, None if by_feed else page(url(n), body=body), url=url(n))
    future.add_done_callback(note(f"stored {made.id} {made.full_sha256}"))
    return future


def _finish(archive: Archive, plan: Plan, chance: random.Random, note: Any, address: str, outcome: str) -> Any:
    if archive.outcome(address):
        return None
    judged = {"t": "v1"} if outcome == "off-topic" else None
    future = archive.finish(address, outcome, "for a reason", judged=judged, page=page(address, body=b"x" * 700))
    future.add_done_callback(note(f"ended {address} {outcome}"))
    return future


def _host(archive: Archive, plan: Plan, chance: random.Random, note: Any, k: int) -> Any:
    future = archive.set_host(f"h{k}.example", not_before=f"2031-01-01T00:00:{k:02d}Z")
    future.add_done_callback(note(f"host h{k}.example 2031-01-01T00:00:{k:02d}Z"))
    return future


@contextlib.contextmanager
def _recovered(trial: Trial) -> Iterator[tuple[Archive, Counter[str]]]:
    """An archive after its recovery on a disk that works, clean and with nothing doubled, and what is stored there."""
    trial.settle()
    forget(trial.folder)
    Archive(trial.folder, write=True).close()  # recovers
    with Archive(trial.folder) as archive:
        clean(archive)
        stored = Counter(f"{a.id} {a.full_sha256}" for a in archive.articles())
        doubled = [record for record, times in stored.items() if times > 1]
        assert not doubled, f"doubled: {doubled}"
        yield archive, stored


def check(trial: Trial) -> None:
    """Recover on a disk that works, and hold what is there against what was acknowledged. Raises AssertionError."""
    with _recovered(trial) as (archive, stored):
        assert set(stored) <= trial.plan.stored(), f"nobody wrote {set(stored) - trial.plan.stored()}"
        promised = trial.notes.read_text().splitlines() if trial.notes.exists() else []
        for line in promised:
            assert _kept(archive, stored, trial.plan, line), f"lost: {line}"
        if "closed" in promised:
            check_whole(trial, archive, stored)


def _kept(archive: Archive, stored: Counter[str], plan: Plan, line: str) -> bool:
    kind, _, rest = line.partition(" ")
    if kind == "stored":
        return rest in stored
    if kind == "ended":
        address, outcome = rest.split(" ")
        return (archive.outcome(address) or (None,))[0] == outcome
    if kind == "links":
        return sum(archive.outcomes().values()) >= plan.articles + plan.refused and bool(
            archive.polled("https://news.example/feed")
        )
    if kind == "host":
        host, not_before = rest.split(" ")
        return archive.host(host).not_before == not_before
    if kind == "report":
        return (archive.path / "runs" / rest).read_text().endswith("}\n")
    return True  # run, closed


def check_whole(trial: Trial, archive: Archive, stored: Counter[str]) -> None:
    """After a run that came to its end: everything is there, each paragraph kept at least once."""
    plan = trial.plan
    assert set(stored) == plan.stored(), f"lost: {plan.stored() - set(stored)}"
    kept = {p for a in archive.articles() for p in paragraphs_of(a.text)}
    assert kept == {p for n, version in plan.pairs() for p in plan.paragraphs(n, version)}, "a paragraph is not kept"
    assert archive.outcomes().get("pending", 0) == 0


def on(disk_: Disk, trial: Trial, seed: int) -> list[str]:
    """`write` on a simulated disk that is installed; its phases are the disk's."""

    def phase(name: str) -> None:
        disk_.phase = name

    return write(trial, seed, phase)


def check_removed(trial: Trial, gone: set[int], perhaps: int | None = None) -> None:
    """After takedowns in a whole archive: `gone` are gone to the last word; `perhaps` is there whole, or gone too."""
    with _recovered(trial) as (archive, stored):
        if perhaps is not None and archive.outcome(url(perhaps)) == ("removed", WHY):
            gone = gone | {perhaps}
        away = {article_id(url(n)) for n in gone}
        assert set(stored) == {record for record in trial.plan.stored() if record.partition("-")[0] not in away}, "lost"
        assert all(archive.outcome(url(n)) == ("removed", WHY) for n in gone)
    words = [f"about {n} {part}," for n in gone for part in ("first", "v1", "v2")]
    for file in [path for path in trial.folder.rglob("*") if path.is_file()]:
        content = file.read_bytes().decode("utf-8", "replace")
        assert not [each for each in words if each in content], f"{file} still holds words of what was removed"
