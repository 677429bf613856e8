"""Reading files of which nobody knows how much is whole: what is, and the holes between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from newslib.article import Article, article_id
from newslib.store import disk, warc
from newslib.store.audit import fault_of, parse_line
from newslib.store.pages import parsed

QUARANTINE = "quarantine"
_CHUNK = 1 << 20


def records_of(path: Path) -> Iterator[tuple[int, int, warc.Record | str]]:
    """The records of a WARC file -> (offset, length, record); what is none -> the same with what is wrong."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at < size:
            file.seek(at)
            start = at
            try:
                for offset, length, record in warc.members(file, size - start):
                    yield start + offset, length, record
                    at = start + offset + length
            except warc.BadWarc as error:
                end = _next_member(file, at + 1, size)
                yield at, end - at, "torn" if end == size and "torn" in str(error) else "no WARC record"
                at = end


def _next_member(file: BinaryIO, start: int, size: int) -> int:
    """Where the next whole record begins; the end of the file when none does."""
    while (start := _find(file, start, size)) < size:
        file.seek(start)
        try:
            next(warc.members(file, size - start))
            return start
        except warc.BadWarc:
            start += 1
    return size


def _find(file: BinaryIO, start: int, size: int) -> int:
    while start < size:
        file.seek(start)
        data = file.read(_CHUNK)
        if (found := data.find(warc.GZIP)) >= 0:
            return start + found
        start += max(1, len(data) - len(warc.GZIP) + 1)
    return size


def validators(response: warc.Record) -> tuple[str | None, str | None]:
    """ETag and Last-Modified as a server sent them."""
    headers = parsed(response.block.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    said = {name.lower(): value for name, value in reversed(headers)}  # of two the first counts
    return said.get("etag"), said.get("last-modified")


def lines_of(path: Path) -> Iterator[tuple[int, bytes, Article | str]]:
    """The lines of a JSONL file -> (offset, line, record); what is no sound record -> the same with what is wrong."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            yield offset, line, record_of(line)
            offset += len(line)


def record_of(line: bytes) -> Article | str:
    if not line.strip():
        return ""
    if not line.endswith(b"\n"):
        return "torn"
    try:
        record = parse_line(line)
        if record.article != article_id(record.url) or record.id != f"{record.article}-{record.version}":
            return "its id is not that of its address"
    except (ValueError, AttributeError, TypeError) as error:
        return str(error)
    return fault_of(record) or record


def as_it_was(root: Path, path: str, offset: int, length: int) -> bytes | None:
    """A line of which a rebuild has set the original aside, and was killed while it wrote a shorter one over it."""
    for copy in sorted((root / QUARANTINE).glob(f"{path.replace('/', '-')}.{offset}.????????")):
        if copy.stat().st_size == length and isinstance(record_of(line := copy.read_bytes()), Article):
            return line
    return None


def set_aside(root: Path, path: str, offset: int, length: int) -> str:
    """Copy bytes of a file of the archive into its quarantine/, durably -> the copy's name, relative to the archive.

    The name has the place and a part of the hash: what was set aside before is never overwritten.
    """
    digest = sha256()
    with (root / path).open("rb") as file:
        for data in _bytes(file, offset, length):
            digest.update(data)
        name = f"{QUARANTINE}/{path.replace('/', '-')}.{offset}.{digest.hexdigest()[:8]}"
        copy = root / name
        if copy.exists():
            return name
        temporary = copy.with_name(copy.name + ".tmp")
        temporary.unlink(missing_ok=True)
        fd, done = disk.open_for_append(temporary, new=True), 0
        try:
            for data in _bytes(file, offset, length):
                disk.write_at(fd, data, done)
                done += len(data)
            disk.sync(fd)
        finally:
            os.close(fd)
    disk.rename(temporary, copy)
    return name


def _bytes(file: Any, offset: int, length: int) -> Iterator[bytes]:
    file.seek(offset)
    while length and (data := file.read(min(_CHUNK, length))):
        yield data
        length -= len(data)
