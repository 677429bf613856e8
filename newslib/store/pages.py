"""Pages that lie in the WARC, as they were when they were fetched."""

from __future__ import annotations

from newslib.article import Warc
from newslib.page import Headers, Page
from newslib.store import warc
from newslib.store.errors import ArchiveDamaged
from newslib.store.records import Files

_REQUEST = 1 << 16  # bytes before a response that are searched for its request
_RENAMED = {  # see newslib.store.warc: headers that do not fit the body as it is stored
    "x-archive-orig-transfer-encoding": "Transfer-Encoding",
    "x-archive-orig-content-length": "Content-Length",
}


def record_at(files: Files, at: Warc) -> warc.Record:
    """The WARC record that a pointer leads to. Raises ArchiveDamaged, also when its file is missing."""
    try:
        return warc.read(files.read(at["file"], at["offset"], at["length"]))
    except FileNotFoundError:
        raise ArchiveDamaged(f"{at['file']} is missing; restore it from a backup.") from None
    except warc.BadWarc as error:
        raise ArchiveDamaged(f"{_place(at)} is broken ({error}); restore the file from a backup.") from None


def page_at(files: Files, at: Warc, url: str) -> Page:
    """The page that a pointer leads to; `url` is the address that was asked for.

    `body` is as sent, not decoded. `fetched_url` is as WARC has it, without anything but ASCII. Raises ArchiveDamaged.
    """
    response = record_at(files, at)
    head, _, body = response.block.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    status = line.split(b" ")[1:2]
    if response.headers.get("warc-type") != "response" or not (status and status[0].isdigit()):
        raise ArchiveDamaged(f"{_place(at)} is no response; restore the file from a backup.")
    return Page(
        url=url,
        fetched_url=response.headers.get("warc-target-uri", url),
        status=int(status[0]),
        request_headers=_request_before(files, at),
        headers=_as_sent(parsed(headers)),
        body=body,
        raw=body,
        ip=response.headers.get("warc-ip-address"),
        fetched=response.headers.get("warc-date", ""),
        warc=at,
    )


def _place(at: Warc) -> str:
    return f"{at['file']}: the record at byte {at['offset']}"


def parsed(lines: list[bytes]) -> Headers:
    """Lines of an HTTP head as names and values."""
    pairs = (line.decode("latin-1").partition(":") for line in lines if line)
    return [(name, value.strip()) for name, _, value in pairs]


def _as_sent(headers: Headers) -> Headers:
    """Headers as they came: those that were renamed get their names back, for that of the body as it is stored."""
    renamed = {_RENAMED[name.lower()].lower() for name, _ in headers if name.lower() in _RENAMED}
    return [(_RENAMED.get(name.lower(), name), value) for name, value in headers if name.lower() not in renamed]


def _request_before(files: Files, response: Warc) -> Headers:
    """The headers of the request that a response answers: its record lies just before it. [] when it does not."""
    start = max(0, response["offset"] - _REQUEST)
    data = files.read(response["file"], start, response["offset"] - start)
    at = len(data)
    while (at := data.rfind(warc.GZIP, 0, at)) >= 0:  # its own bytes may look like the beginning of a member
        try:
            record = warc.read(data[at:])
        except warc.BadWarc:
            continue
        return parsed(record.block.split(b"\r\n")[1:]) if record.headers.get("warc-type") == "request" else []
    return []
