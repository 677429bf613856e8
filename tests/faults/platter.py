"""What lies on the platter of a simulated disk, and what a loss of power leaves of the rest.

The model of a power loss (POSIX promises no more; compare Pillai et al., "All File Systems Are Not Created Equal",
OSDI 2014):

- What was written to a file since its last fsync is kept, dropped or zeroed, each write by itself, some of them torn at
  sectors of 512 bytes; the file may have grown though its bytes did not come. What was fsynced stays, also where the
  same bytes are written over it.
- A name that was created, renamed or deleted since its directory's last fsync may or may not be so; a rename is whole.
- After an fsync that failed, what it should have forced is lost for good, whatever a second fsync says (the kernel
  marks such pages clean: Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
- SQLite's shared memory is gone.
"""

# ruff: noqa: PTH120
from __future__ import annotations

import contextlib
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = "open close pwrite write ftruncate fsync fdatasync unlink rename replace mkdir rmdir".split()  # noqa: SIM905
real: dict[str, Any] = {name: getattr(os, name) for name in NAMES if hasattr(os, name)}  # see tests.faults.calls
SECTOR = 512
FATES = ("kept", "dropped", "zeroed", "torn")


@dataclass
class Change:
    """A change of a file's bytes. `new` is None when the file was cut or grew to `end`."""

    offset: int
    new: bytes | None
    old: bytes  # what stood there
    before: int  # the file's length before
    end: int = 0
    state: str = "waiting"  # or lost: an fsync failed; or forced: by a later one, while others of the file are lost


@dataclass
class Name:
    """A change of a directory: `create`, `unlink`, `mkdir`, `rmdir` of `path`, or `rename` of `path` to `to`."""

    what: str
    path: str
    number: int  # of the file
    to: str = ""
    replaced: int = 0  # number of the file that `to` named before

    @property
    def directory(self) -> str:
        return os.path.dirname(self.to or self.path)


@dataclass
class Platter:
    """What was not forced to it. `attic` holds each file's content under its number, whatever becomes of its name."""

    attic: Path

    files: dict[int, list[Change]] = field(default_factory=dict)  # by inode number
    names: list[Name] = field(default_factory=list)
    known: set[int] = field(default_factory=set)

    def changed(self, number: int, offset: int, new: bytes | None, end: int = 0) -> None:
        """Bytes are about to be written, or a length set."""
        with (self.attic / str(number)).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(offset)
            old = file.read(len(new)) if new is not None else file.read()
        self.files.setdefault(number, []).append(Change(offset, new, old, size, end))

    def forced(self, number: int) -> None:
        """A file was fsynced."""
        changes = self.files.get(number, [])
        if any(change.state == "lost" for change in changes):
            for change in changes:
                if change.state == "waiting":
                    change.state = "forced"
        else:
            self.files.pop(number, None)

    def not_forced(self, number: int) -> None:
        """An fsync failed."""
        for change in self.files.get(number, []):
            if change.state == "waiting":
                change.state = "lost"

    def directory_forced(self, path: str) -> None:
        self.names = [name for name in self.names if name.directory != path]

    def named(self, what: str, path: str, number: int = 0, to: str = "", replaced: int = 0) -> None:
        self.names.append(Name(what, path, number, to, replaced))

    def lose_power(self, chance: random.Random) -> None:
        """Make files and names what a power loss could leave of them."""
        mood = chance.choice(("mixed", "mixed", *FATES))
        for number, changes in self.files.items():
            _settle(self.attic / str(number), changes, mood, chance)
        for name in reversed(self.names):
            self._undo(name)
        keep = chance.choice((0.0, 0.5, 0.5, 1.0))
        for name in self.names:
            if chance.random() < keep:
                with contextlib.suppress(FileNotFoundError):  # its directory, or the file it renames, did not come
                    self._redo(name)

    def _undo(self, name: Name) -> None:
        if name.what == "create":
            real["unlink"](name.path)
        elif name.what == "unlink":
            os.link(self.attic / str(name.number), name.path)
        elif name.what == "mkdir":
            real["rename"](name.path, self.attic / f"d{name.number}")
        elif name.what == "rmdir":
            real["mkdir"](name.path)
        else:
            real["rename"](name.to, name.path)
            if name.replaced:
                os.link(self.attic / str(name.replaced), name.to)

    def _redo(self, name: Name) -> None:
        if name.what == "create":
            with contextlib.suppress(FileNotFoundError):  # the unlink before it did not come, this did
                real["unlink"](name.path)
            os.link(self.attic / str(name.number), name.path)
        elif name.what == "unlink":
            real["unlink"](name.path)
        elif name.what == "mkdir":
            real["rename"](self.attic / f"d{name.number}", name.path)
        elif name.what == "rmdir":
            with contextlib.suppress(OSError):  # what it held came back
                real["rmdir"](name.path)
        else:
            real["rename"](name.path, name.to)


def _settle(path: Path, changes: list[Change], mood: str, chance: random.Random) -> None:
    if not changes or not path.exists():
        return
    data = bytearray(path.read_bytes())
    for change in reversed(changes):
        if change.new is not None or change.end >= change.before:
            data[change.offset : change.offset + len(change.old)] = change.old
            del data[change.before :]
        else:
            data[change.end :] = change.old
    for change in changes:
        _redo_change(data, change, mood, chance)
    path.write_bytes(data)


def _redo_change(data: bytearray, change: Change, mood: str, chance: random.Random) -> None:
    fate = chance.choice(FATES) if mood == "mixed" else mood
    if change.state == "forced":
        fate = "kept"
    elif change.state == "lost":
        fate = chance.choice(("dropped", "zeroed"))
    if change.new is None:
        if fate in ("kept", "torn"):
            _resize(data, change.end)
        return
    end = change.offset + len(change.new)
    if fate == "zeroed" or (fate != "kept" and chance.random() < 0.3):  # it grew, the bytes did not come
        _resize(data, max(len(data), end))
    start = change.offset
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        part = chance.choice(FATES[:3]) if fate == "torn" else fate
        new = change.new[start - change.offset : stop - change.offset]
        if part != "dropped" and data[start:stop] != new:  # a sector that is written as it was stays as it was
            _resize(data, max(len(data), start))
            data[start:stop] = new if part == "kept" else bytes(stop - start)
        start = stop


def _resize(data: bytearray, length: int) -> None:
    data.extend(bytes(max(0, length - len(data))))
    del data[length:]
