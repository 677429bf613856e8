"""Export: records of an archive as one file or folder for other tools.

What is exported is written in parts beside the target (TARGET.parts/), with a note of how far it has come after each.
An export that was cut off goes on from there when it is asked for again, and ends as it would have ended undisturbed:
it covers what was committed when it first began. The target appears whole, by a rename, or not at all.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from newslib import Archive
from newslib.article import Article, paragraphs_of
from newslib.store import disk
from reader.errors import ReaderError
from reader.filters import Filters, check, sites
from reader.formats import MARK, format_of

_RECORDS, _CHARS = 2_000, 16_000_000  # of one part
_VERSION = 1  # of the parts; those of another one are not gone on with

Say = Callable[[str], None]


class ExportBusyError(Exception):
    """Another export writes to the same target."""

    exit_code = 75


@dataclass(slots=True)
class Exported:
    records: int
    cursor: int  # what `after` of the next export is to be, which then takes what is new alone


def export(
    archive: Archive,
    to: str,
    target: str | os.PathLike[str],
    filters: Filters | None = None,
    *,
    text: str = "clean",
    copies: str = "keep",
    latest: bool = False,
    rights: str | None = None,
    after: int = 0,
    say: Say | None = None,
) -> Exported:
    """Write records in commit order to `target`, a file (a folder for `hf`).

    `to`: jsonl | csv | parquet | hf. `text`: clean, or full with the repeats put back. `copies`: keep, or drop those
    with `copy_of`. `latest`: of each article the newest version alone. `rights`: `training-allowed`, see `may_train`.
    `after`: the cursor of an earlier export. Raises ReaderError, ExportBusyError, OSError.
    """
    # What a link leads to is replaced, not the link.
    form, filters, path = format_of(to), filters or Filters(), Path(target).resolve()
    for name, value, known in (
        ("text", text, ("clean", "full")),
        ("copies", copies, ("keep", "drop")),
        ("rights", rights, (None, "training-allowed")),
    ):
        if value not in known:
            raise ReaderError(f"{name} is {' or '.join(map(str, known))}, not {value!r}")
    check(archive, filters)
    if after > archive.last_commit() and not archive.removed():  # else the newest may have been taken down
        raise ReaderError(f"cursor {after} is of another archive: this one ends at {archive.last_commit()}")
    _check_target(archive, path, form.folder)
    asked = {"to": to, "filters": asdict(filters), "text": text, "copies": copies, "latest": latest,
             "rights": rights, "after": after, "version": _VERSION}  # fmt: skip

    def wanted(article: Article) -> bool:
        return (
            (not filters.site or filters.site.lower() in sites(article))
            and (copies == "keep" or article.copy_of is None)
            and (rights is None or may_train(article))
        )

    work = path.with_name(path.name + ".parts")
    with _Work(work, archive, asked, say or (lambda sentence: None)) as job:
        found = archive.commits(
            job.next, job.upto, filters.topic, filters.language, filters.since, filters.until, latest
        )
        for last, batch in _batches(found, wanted):
            rows = [with_full_text(article) for article in batch] if text == "full" else batch
            job.write(rows, last, form.part)
        whole = work / "whole"
        if whole.is_dir():
            shutil.rmtree(whole)
        whole.unlink(missing_ok=True)
        form.join(job.parts(), whole, job.records)
        _replace(whole, path, work / "old")
    return Exported(job.records, max(after, job.upto))


def may_train(article: Article) -> bool:
    """Whether nothing that the page states stands against training: neither `rights.tdm` nor `rights.ai` is reserved
    (in EU law a reservation in the page is what opts out of text and data mining, Directive 2019/790 art. 4(3)), and it
    is not behind a paywall. A page that states nothing passes: that is no licence."""
    return "reserved" not in (article.rights["tdm"], article.rights["ai"]) and not article.paywalled


def with_full_text(article: Article) -> Article:
    """The record with its repeats put back into `text`; the places of terms follow."""
    if not article.repeats:
        return article
    full = article.full_text
    dropped = {repeat["at"] for repeat in article.repeats}
    lengths = [len(paragraph) + 2 for paragraph in paragraphs_of(full)]
    starts = list(accumulate(lengths, initial=0))
    kept = [n for n in range(len(lengths)) if n not in dropped]
    before = list(accumulate((lengths[n] for n in kept), initial=0))  # where they start in the text without repeats

    def moved(place: int | None) -> int | None:
        if place is None or not kept:
            return None
        n = min(bisect_right(before, place), len(kept)) - 1
        return starts[kept[n]] + place - before[n]

    topics = [
        {**match, "terms": [{**t, "start": moved(t["start"]), "end": moved(t["end"])} for t in match["terms"]]}
        for match in article.topics
    ]
    return replace(
        article,
        text=full,
        chars=len(full),
        sha256=article.full_sha256,
        repeats=[],
        topics=topics,  # type: ignore[arg-type]
    )


def _batches(
    found: Iterator[tuple[int, Article]], wanted: Callable[[Article], bool]
) -> Iterator[tuple[int, list[Article]]]:
    """Records for one part each, and the sequence number of the last that was looked at."""
    batch: list[Article] = []
    chars = looked = last = 0
    for last, article in found:
        looked += 1
        if wanted(article):
            batch.append(article)
            chars += article.chars + sum(len(repeat["text"]) for repeat in article.repeats)
        if len(batch) >= _RECORDS or chars >= _CHARS or looked >= 10 * _RECORDS:
            yield last, batch
            batch, chars, looked = [], 0, 0
    if looked:
        yield last, batch


class _Work:
    """The folder with the parts of an export, and how far it has come."""

    def __init__(self, folder: Path, archive: Archive, asked: dict[str, Any], say: Say) -> None:
        self._folder, self._archive, self._asked, self._say = folder, archive, asked, say

    def __enter__(self) -> _Work:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise ExportBusyError(f"{self._folder}: another export is writing there; wait until it ends") from None
        # What was taken down or judged anew since would stand in the parts that are there.
        now = [len(self._archive.removed()), self._archive.judged()]
        try:
            state = json.loads((self._folder / "state.json").read_bytes())
            if state["asked"] != self._asked or state["archive"] != now:
                raise ValueError
            self._say(f"going on with an export that was cut off after {state['records']} records")
        except (OSError, ValueError, KeyError, TypeError):
            for path in self._folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            upto = self._archive.last_commit()
            state = {"asked": self._asked, "archive": now, "upto": upto, "next": self._asked["after"]}
            state |= {"parts": 0, "records": 0}
        self._state = state
        self.next, self.upto = int(state["next"]), int(state["upto"])
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            shutil.rmtree(self._folder)
        os.close(self._lock)

    @property
    def records(self) -> int:
        return int(self._state["records"])

    def parts(self) -> list[Path]:
        return [self._folder / f"part-{n:06d}" for n in range(self._state["parts"])]

    def write(self, rows: list[Article], last: int, write: Callable[[list[Article], Path], None]) -> None:
        """Write a part, and then how far the export has come."""
        if rows:
            path = self._folder / f"part-{self._state['parts']:06d}"
            write(rows, path)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            self._state["parts"] += 1
        self._state["records"] += len(rows)
        self._state["next"] = last
        disk.write_whole(self._folder / "state.json", json.dumps(self._state).encode())
        self._say(f"{last} of {self.upto} commits read, {self.records} records exported")


def _check_target(archive: Archive, path: Path, folder: bool) -> None:
    if path.resolve().is_relative_to(archive.path.resolve()):
        raise ReaderError(f"{path} lies in the archive; export to another folder")
    if not folder and path.is_dir():
        raise ReaderError(f"{path} is a folder; give the name of a file")
    if path.name == "-" or (path.exists() and not path.is_file() and not path.is_dir()):  # a device, a pipe
        raise ReaderError(f"{path} is no file; an export goes to a file or a folder, and its cursor to stdout")
    if folder and path.exists():
        card = path / "README.md"
        ours = card.is_file() and MARK in card.read_text(encoding="utf-8", errors="replace")
        if not path.is_dir() or (any(path.iterdir()) and not ours):
            raise ReaderError(f"{path} holds something that no export put there; give a new folder")


def _replace(whole: Path, path: Path, old: Path) -> None:
    """Put the whole in its place, durably."""
    for file in [whole, *whole.rglob("*")]:
        fd = os.open(file, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
    if path.is_dir():
        path.rename(old)
    whole.rename(path)
    disk.sync_directory(path.parent)


__all__ = ["ExportBusyError", "Exported", "export", "may_train", "with_full_text"]
