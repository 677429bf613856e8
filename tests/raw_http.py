"""A raw HTTP/1.1 answer, as it went over the wire, as a Page: what Scrapy's downloader does, for tests that need no network."""

from __future__ import annotations

import zlib

from newslib.page import Page


def page_of(answer: bytes, url: str, fetched: str) -> Page:
    """`raw` is the body as sent without its chunks, `body` is unpacked."""
    head, _, body = answer.partition(b"\r\n\r\n") if b"\r\n\r\n" in answer else answer.partition(b"\n\n")
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in " \t" and headers:  # a folded line (RFC 9112, 5.2)
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        elif ":" in line:
            name, _, value = line.partition(":")
            headers.append((name.strip(), value.strip()))
    known = {name.lower(): value for name, value in headers}
    flags = []
    if "chunked" in known.get("transfer-encoding", "").lower():
        raw = _unchunked(body)
    else:
        length = known.get("content-length", "")
        raw = body[: int(length)] if length.isdigit() else body
        if length.isdigit() and len(body) < int(length):
            flags.append("dataloss")
    status = int(first.split()[1])
    return Page(
        url,
        url,
        status,
        headers=headers,
        body=_unpacked(raw, known.get("content-encoding", "")),
        raw=raw,
        fetched=fetched,
        flags=flags,
    )


def _unchunked(body: bytes) -> bytes:
    out = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        out, body = out + body[:length], body[length:].removeprefix(b"\r\n")
    return out


def _unpacked(raw: bytes, encodings: str) -> bytes:
    for encoding in reversed([e.strip().lower() for e in encodings.split(",") if e.strip()]):
        if encoding in ("gzip", "x-gzip"):
            raw = zlib.decompressobj(wbits=31).decompress(raw)
        elif encoding == "deflate":
            try:
                raw = zlib.decompress(raw)
            except zlib.error:
                raw = zlib.decompress(raw, wbits=-15)
        elif encoding == "br":
            import brotli

            raw = brotli.decompress(raw)
        elif encoding == "zstd":
            import zstandard

            raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    return raw
