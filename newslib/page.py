"""A fetched page: what travels from a spider to the pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from newslib.urls import canonical

Headers = list[tuple[str, str]]
"""Header lines as parsed, in order; names and values decoded as latin-1 (RFC 9110, 5.5)."""


@dataclass(slots=True)
class Found:
    """How a URL was discovered: the record's `found`."""

    via: str  # feed | sitemap | home | list
    url: str  # the feed, sitemap or page that named it
    at: str  # instant, `YYYY-MM-DDTHH:MM:SSZ`


@dataclass(slots=True)
class Hint:
    """What a feed or sitemap said of an article before it was fetched."""

    title: str | None = None
    summary: str | None = None
    published: str | None = None  # instant `…Z`, or None
    day: str | None = None  # YYYY-MM-DD as the feed prints it
    utc_offset: str | None = None  # `+09:00`, None when the clock had no zone
    language: str | None = None


@dataclass(slots=True, repr=False)
class Page:
    """One answer of a web server, or the news that there was none.

    `outcome` is set only when there is nothing to read (`failed`, `blocked-by-robots`, ...): such a page still goes
    through the pipelines, so that every URL ends the same way.
    """

    url: str  # the canonical address that was asked for
    fetched_url: str  # where the bytes came from, after redirects
    status: int  # HTTP status; 0 when no answer came
    request_headers: Headers = field(default_factory=list)
    headers: Headers = field(default_factory=list)
    body: bytes = b""  # decoded (no Content-Encoding)
    raw: bytes = b""  # as sent (transfer-decoded)
    ip: str | None = None
    fetched: str = ""  # instant `…Z`
    found: Found | None = None
    hint: Hint = field(default_factory=Hint)
    source: Any = None  # newslib.config.Source, or None for a page of no source
    flags: list[str] = field(default_factory=list)  # Scrapy's: `dataloss`, `partial`
    tries: int = 0  # earlier runs that failed to fetch it
    article: str | None = None  # the id of the article stored from this URL before
    outcome: str | None = None
    reason: str | None = None
    # Of a page that is read anew from an archive:
    warc: Any = (
        None  # where it lies in the archive that is written (newslib.article.Warc); then it is not written again
    )
    record: Any = None  # the newslib.article.Article that was read from it
    topics: Any = None  # list of the newslib.topics.Topic that judge it; None: those of the run

    @classmethod
    def from_response(cls, response: Any, **known: Any) -> Page:
        """Make a Page of a Scrapy response (any object with its attributes; nothing of Scrapy is imported).

        `known` overrides fields; what the frontier knew of the URL is in `response.meta["page"]` (a dict of fields).
        The body as sent is in `response.meta["raw"]` when the raw-capture middleware saw it.
        """
        request = response.request
        meta = request.meta if request is not None else {}
        values: dict[str, Any] = {
            "url": canonical(response.url) or response.url,
            "fetched_url": response.url,
            "status": response.status,
            "request_headers": _headers(request.headers) if request is not None else [],
            "headers": _headers(meta.get("raw_headers") or response.headers),
            "body": response.body,
            "raw": meta["raw"] if meta.get("raw") is not None else response.body,
            "ip": str(response.ip_address) if response.ip_address else None,
            "fetched": meta.get("fetched") or now(),
            "flags": list(response.flags),
        }
        return cls(**{**values, **meta.get("page", {}), **known})

    @property
    def in_place(self) -> bool:
        """Whether its record lies in the archive that is written: it and its URL's outcome stay, whatever comes."""
        return self.record is not None and self.warc is not None

    def __repr__(self) -> str:
        return f"<Page {self.url} {self.status} {self.outcome or ''}>"

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in any case."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)


def now() -> str:
    """The present as `YYYY-MM-DDTHH:MM:SSZ`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _headers(headers: Any) -> Headers:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, values in headers.items() for v in values]
