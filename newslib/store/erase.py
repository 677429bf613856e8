"""Erasing in place: the bytes go, the places of everything else stay as the ledger and other records have them."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from struct import pack
from uuid import NAMESPACE_URL, uuid5

from newslib.store import disk, warc

_STORED = 65535  # bytes of a stored block of DEFLATE (RFC 1951, 3.2.4), which has 5 more before it
_FRAME = 18  # bytes of gzip around them (RFC 1952, 2.3)
_LARGE = 1 << 20  # bytes; a longer place gets several fillers


def filler(length: int, name: str, at: str) -> bytes:
    """A WARC record that says nothing, as one gzip member of exactly `length` bytes (250 and more are always enough).

    `name` makes its record id, `at` is its date. Its content is stored, not compressed: so any length can be made.
    Raises ValueError when `length` is too little.
    """
    blocks = max(1, -(-(length - _FRAME) // (_STORED + 5)))
    size = length - _FRAME - 5 * blocks
    head = "WARC/1.1\r\nWARC-Type: removed\r\n"
    head += f"WARC-Record-ID: <urn:uuid:{uuid5(NAMESPACE_URL, name)}>\r\nWARC-Date: {at}\r\n"
    tail = "WARC-Block-Digest: {}\r\nContent-Length:{:>10}\r\n\r\n"
    room = size - len(head) - len(tail.format(warc.digest(b""), 0)) - 4
    if room < 0:
        raise ValueError(f"no WARC record has {length} bytes")
    kind = "Content-Type: text/plain\r\n"
    if room >= len(kind):
        head, room = head + kind, room - len(kind)
    block = b" " * room
    record = (head + tail.format(warc.digest(block), room)).encode() + block + b"\r\n\r\n"
    parts = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff"]
    for number in range(blocks):
        data = record[number * _STORED : (number + 1) * _STORED]
        parts.append(pack("<BHH", number == blocks - 1, len(data), len(data) ^ 0xFFFF) + data)
    parts.append(pack("<II", zlib.crc32(record), len(record)))
    return b"".join(parts)


def members(path: Path, name: str, places: list[tuple[int, int]], at: str) -> None:
    """Put fillers over WARC members (offset, length) of a file; durable on return. `name`: its path in the archive."""
    fd = os.open(path, os.O_WRONLY)
    try:
        for offset, length in places:
            while length:
                part = _LARGE if length > 2 * _LARGE else length
                disk.write_at(fd, filler(part, f"{name}:{offset}", at), offset)
                offset, length = offset + part, length - part
            disk.failpoint("remove-member")
        disk.sync(fd)
    finally:
        os.close(fd)


def rewrite(path: Path, offset: int, length: int, line: bytes) -> None:
    """Put a line in the place of a longer one; durable on return. Raises ValueError when it is not shorter."""
    if len(line) > length:
        raise ValueError(f"{len(line)} bytes do not fit into {length}")
    fd = os.open(path, os.O_WRONLY)
    try:
        disk.write_at(fd, line[:-1] + b" " * (length - len(line)) + b"\n", offset)
        disk.sync(fd)
    finally:
        os.close(fd)


def lines(path: Path, places: list[tuple[int, int]]) -> None:
    """Make blanks of lines (offset, length) of a JSONL file; durable on return.

    They become a part of the line before; those at the beginning of the file, of the first line that stays. So every
    line that is left is one JSON value still.
    """
    ahead = 0  # bytes of the file before the first line that stays
    fd = os.open(path, os.O_WRONLY)
    try:
        for offset, length in sorted(places):
            if offset == ahead:
                disk.write_at(fd, b" " * length, offset)
                ahead += length
            else:
                disk.write_at(fd, b" " * length + b"\n", offset - 1)
            disk.failpoint("remove-line")
        disk.sync(fd)
    finally:
        os.close(fd)
