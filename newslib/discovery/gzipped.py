"""gzip, told by its first bytes, as far as it can be read."""

from __future__ import annotations

import zlib

MAX_BYTES = 10 * 1024 * 1024
"""What is read of one file after decompression, as of everything that is fetched (DOWNLOAD_MAXSIZE). sitemaps.org
allows 50 MB; the 50,000 entries it allows take about 5 MB."""

_MAGIC = b"\x1f\x8b"
_STEP = 16384


def gunzip(body: bytes) -> tuple[bytes, str | None]:
    """Unpack a gzip file; anything else comes back as it is, cut at 10 MB.

    Returns the bytes and what was wrong in one line, or None. Of a damaged, cut or oversized file it is what could be
    read.
    """
    error = None
    for _ in range(2):  # packed once by the outlet and once more on the way is a known slip
        if error is None and body.startswith(_MAGIC):
            body, error = _unpack(body)
    if len(body) > MAX_BYTES:
        return body[:MAX_BYTES], "more than 10 MB after decompression: the rest was not read"
    return body, error


def _unpack(packed: bytes) -> tuple[bytes, str | None]:
    out = bytearray()
    at = 0
    while packed.startswith(_MAGIC, at):  # members may follow each other (RFC 1952, 2.2)
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            step = packed[at : at + _STEP]
            if not step:
                return bytes(out), "the gzip data end too early: read as far as they go"
            try:
                # A limit a step: 16 KB can unpack to 16 MB.
                out += unpacker.decompress(step, MAX_BYTES + 1 - len(out))
            except zlib.error:
                return bytes(out), "the gzip data are damaged: read as far as they go"
            if len(out) > MAX_BYTES:
                return bytes(out), None
            at += len(step) - len(unpacker.unused_data)
    return bytes(out), None
