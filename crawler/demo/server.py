"""A small HTTP/1.1 server on loopback that can also misbehave; the newsroom decides what it answers."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

MAX_HEAD = 64 * 1024
CHUNK = 1024
IDLE = 60.0  # seconds a kept-alive connection may wait for its next request


@dataclass
class Answer:
    """What goes back over the wire, faults included."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | str = b""  # before Content-Encoding
    delay: float = 0.0  # seconds before the first byte
    close: bool = False  # close the connection without a word
    chunked: bool = False  # Transfer-Encoding: chunked instead of Content-Length
    gzip: bool = False  # Content-Encoding: gzip where the client accepts it
    cut: int | None = None  # send only so many bytes of the body that was announced, then close


@dataclass
class Request:
    """What was asked for: `path` holds the query too, header names are in lower case."""

    method: str
    host: str  # lower case, without the port
    path: str
    headers: dict[str, str]
    nth: int = 1  # how often this host and path were asked for, this time included


class Logged(NamedTuple):
    """A line of the request log; status 0 when the connection was closed without an answer."""

    host: str
    path: str
    status: int
    headers: dict[str, str]


class Server:
    """Answers requests by `respond` from its own thread; `with Server(...)` or start() and stop()."""

    def __init__(self, respond: Callable[[Request], Answer], port: int = 0):
        self.respond = respond
        self.port = port  # 0: any free one, known after start()
        self._lock = threading.Lock()
        self._log: list[Logged] = []
        self._seen: dict[tuple[str, str], int] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        started: list[BaseException | None] = []
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started, ready)), daemon=True)
        self._thread.start()
        ready.wait()
        if started[0] is not None:
            self._thread.join()
            raise started[0]

    def stop(self) -> None:
        """Close every connection and the port; harmless when it does not run."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
        self._thread = None

    @property
    def requests(self) -> list[Logged]:
        """All requests answered so far, in order."""
        with self._lock:
            return list(self._log)

    def forget(self) -> None:
        """Empty the request log (what answers only at first stays answered)."""
        with self._lock:
            self._log.clear()

    async def _run(self, started: list[BaseException | None], ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None] | None] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.current_task())
            try:
                while await self._exchange(reader, writer):
                    pass
            except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError, asyncio.CancelledError):
                pass  # the client went away, spoke no HTTP, or the server stops
            finally:
                writer.close()
                tasks.discard(asyncio.current_task())

        try:
            server = await asyncio.start_server(connected, "127.0.0.1", self.port, limit=MAX_HEAD)
            self.port = server.sockets[0].getsockname()[1]
            started.append(None)
        except (OSError, OverflowError) as error:
            started.append(error)
            return
        finally:
            ready.set()
        await self._stopped.wait()
        server.close()
        running = [task for task in tasks if task]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; True when the connection stays open."""
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE)
        line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, path, version = line.split(" ")
        headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
        await reader.readexactly(int(headers.get("content-length", 0)))
        host = headers.get("host", "").lower().rsplit(":", 1)[0]
        with self._lock:
            nth = self._seen[host, path] = self._seen.get((host, path), 0) + 1
        request = Request(method, host, path, headers, nth)
        try:
            answer = self.respond(request)
        except Exception as error:  # a test's handler failed: the log and the client see it
            answer = Answer(500, {"Content-Type": "text/plain"}, f"{type(error).__name__}: {error}")
        if unchanged(request, answer):
            answer = Answer(304, {k: v for k, v in answer.headers.items() if k in ("ETag", "Last-Modified")})
        with self._lock:
            self._log.append(Logged(host, path, 0 if answer.close else answer.status, headers))
        await asyncio.sleep(answer.delay)
        if answer.close:
            return False
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close" and answer.cut is None
        writer.write(wire(request, answer, keep))
        await writer.drain()
        return keep


def unchanged(request: Request, answer: Answer) -> bool:
    """Whether a 304 is due (RFC 9110, 13.2.2): the ETag decides when the client sent one, else the date."""
    if answer.status != 200 or answer.close:
        return False
    tags = request.headers.get("if-none-match")
    if tags is not None:
        mine = answer.headers.get("ETag")
        return mine is not None and mine in [t.strip().removeprefix("W/") for t in tags.split(",")]
    since, modified = request.headers.get("if-modified-since"), answer.headers.get("Last-Modified")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except ValueError:
        return False


def wire(request: Request, answer: Answer, keep: bool) -> bytes:
    """The bytes of an answer."""
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = dict(answer.headers)
    if answer.gzip and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
        headers["Vary"] = "Accept-Encoding"
    if answer.status != 304:
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(len(body))
    if not keep:
        headers["Connection"] = "close"
    reason = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus.__members__.values() else "Unknown"
    head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    first = f"HTTP/1.1 {answer.status} {reason}\r\n{head}\r\n".encode("latin-1")
    if request.method == "HEAD" or answer.status == 304:
        return first
    sent = body if answer.cut is None else body[: answer.cut]
    if answer.chunked:
        parts = [sent[i : i + CHUNK] for i in range(0, len(sent), CHUNK)]
        sent = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts)
        sent += b"0\r\n\r\n" if answer.cut is None else b""
    return first + sent
