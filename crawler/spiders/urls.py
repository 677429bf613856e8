"""Fetch a list of addresses: `scrapy crawl urls -a file=list.txt`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from scrapy import Request
from scrapy_spider_metadata import Args

from crawler.spiders.base import FrontierSpider, resolve_path
from newslib.config import ConfigError
from newslib.store import Link
from newslib.text import comma_list
from newslib.urls import canonical

BATCH = 1000
"""Addresses a transaction."""


class UrlsArgs(BaseModel):
    """The arguments of `scrapy crawl urls`."""

    model_config = ConfigDict(extra="forbid")

    file: str = Field(description="a text file, one address a line; empty lines and lines with # are skipped")
    topic: str | None = Field(default=None, description="keep only what is on these topics; default: everything")


class UrlsSpider(Args[UrlsArgs], FrontierSpider):
    """Stores the articles at the addresses of a file. No budget a host: the list says what is wanted."""

    name = "urls"

    @classmethod
    def prepare(cls, settings: Any, args: dict[str, str]) -> dict[str, Any]:
        """Check arguments and load what they name. Raises pydantic.ValidationError or ConfigError."""
        values = UrlsArgs(**args)
        path = resolve_path(values.file)
        topics = cls.load_topics(settings, comma_list(values.topic))
        return {"topics": topics, "sources": {}, "links": read_list(path)}

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> UrlsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name, value in cls.prepare(crawler.settings, kwargs).items():
            setattr(spider, name, value)
        spider.frontier = [""]  # the ledger's name for "of no source"
        return spider

    async def start(self) -> AsyncIterator[Request]:
        await self.begin()
        links = iter(self.links)
        while batch := list(islice(links, BATCH)):
            await self.discover(batch)
        return
        yield  # an async generator that yields nothing: the frontier gives the requests


def read_list(path: Path) -> list[Link]:
    """The addresses of a file. Raises ConfigError naming the line of the first that is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read as UTF-8 text ({error}); give a file with one address a line"
        ) from error
    links = []
    for number, line in enumerate(lines, 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        url = canonical(address)
        if url is None:
            raise ConfigError(
                f"{path}:{number}: {address[:100]!r} is no http or https address; correct or remove the line"
            )
        links.append(Link(url=url, original=address, source="", via="list", found_url=path.name))
    return links
