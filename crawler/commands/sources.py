"""`scrapy sources`: the outlets an archive reads."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crawler.verb import JSON, UserError, Verb, arg, project_path, subverb
from newslib.text import clean

if TYPE_CHECKING:
    from crawler.check import WayIn
    from newslib.config import Source

ONE_LINE = """\
{id}site = {site}

# That is enough: its feeds and sitemaps are found from the home page and robots.txt. What else can stand here
# (docs/sources.md has it all):
# name = "What it calls itself"
# language = "ko"
# country = "KR"
# tags = ["newspaper"]
# feeds = ["https://…/rss.xml"]
# sitemaps = ["https://…/news-sitemap.xml"]
# sections = ["https://…/world/"]     # pages whose links are followed, for an outlet without feeds and sitemaps
# enabled = false                     # left out unless asked for by its id
"""

WAYS = ("home", "feed", "sitemap", "section")


class Command(Verb):
    example = "scrapy sources add https://www.example.org/"

    def short_desc(self) -> str:
        return "Outlets to read: list, add and check them"

    @subverb("scrapy sources list", arg("--json", **JSON))
    def list_(self, opts: Namespace) -> None:
        """All sources: shipped ones and your own in local/."""
        from newslib.config import list_sources

        sources = list_sources(self._directory())
        if opts.json:
            print(json.dumps([_row(source) for source in sources], ensure_ascii=False, indent=2))
            return
        if not sources:
            print("no sources yet; add one: scrapy sources add URL", file=sys.stderr)
        width = max((len(source.id) for source in sources), default=0)
        for source in sources:
            print(
                f"{source.id:{width}}  {source.language or '-':5}  {source.country or '-':2}  "
                f"{'local' if _is_local(source) else 'shipped':7}  {'' if source.enabled else 'off':3}  "
                f"{_ways(source):22}  {clean(source.name or source.site)}"
            )

    @subverb(
        "scrapy sources add https://www.example.org/",
        arg("url", metavar="URL", help="its home page"),
        arg("--id", metavar="ID", help="its name in commands and records (default: from the domain)"),
    )
    def add(self, opts: Namespace) -> None:
        """Add a source of your own, in local/ below the folder of sources."""
        from newslib.config import list_sources, shown, source_of_url
        from newslib.urls import canonical

        directory = self._directory()
        known = {source.id: source for source in list_sources(directory)}
        source = source_of_url(opts.url, set(known))  # refuses what is no URL
        for other in known.values():
            if canonical(other.site) == canonical(source.site):
                raise UserError(f"{opts.url} is there already: {_where(other)}; edit that file")
        id = opts.id or source.id
        if id in known:
            raise UserError(f"there is a source `{id}` already: {_where(known[id])}; give another one: --id ID")
        default = source_of_url(opts.url).id
        line = "" if id == default else f"id = {json.dumps(id, ensure_ascii=False)}\n"
        text = ONE_LINE.format(id=line, site=json.dumps(source.site, ensure_ascii=False))
        _must_read(text)
        file = directory / "local" / f"{id}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="utf-8", newline="\n") as out:
                out.write(text)
        except FileExistsError:
            raise UserError(f"there is a file {shown(file)} already; edit it, or give another --id") from None
        print(shown(file))
        print(f"see what it offers: scrapy sources check {id}", file=sys.stderr)

    @subverb(
        "scrapy sources check tag:agency",
        arg(
            "which",
            metavar="WHICH",
            nargs="*",
            help="ids, tag:NAME, a file.toml or the URL of a home page; default: all enabled",
        ),
        arg("--json", **JSON),
    )
    def check(self, opts: Namespace) -> int:
        """Ask for each way in once, as politely as a crawl: alive or not, its newest article, its errors."""
        from crawler.check import check
        from newslib.config import load_sources

        assert self.settings is not None
        sources = load_sources(",".join(opts.which) or None, self._directory(), Path.cwd())
        ways: list[WayIn] = []

        def done(way: WayIn) -> None:
            ways.append(way)
            print(f"{way.source}: {way.url}", file=sys.stderr)

        complete = check(self.settings, sources, done)
        order = {source.id: n for n, source in enumerate(sources)}
        ways.sort(key=lambda way: (order[way.source], WAYS.index(way.way)))
        dead = sum(not way.alive for way in ways)
        if opts.json:
            print(json.dumps([asdict(way) for way in ways], ensure_ascii=False, indent=2))
        else:
            _table(ways)
        print(f"{len(ways) - dead} of {len(ways)} ways in are alive", file=sys.stderr)
        return 130 if not complete else 1 if dead else 0

    def _directory(self) -> Path:
        assert self.settings is not None
        return project_path(self.settings, "SOURCES_DIR")


def _is_local(source: Source) -> bool:
    return source.file is not None and source.file.parent.name == "local"


def _where(source: Source) -> str:
    from newslib.config import shown

    return f"`{source.id}` in {shown(source.file)}" if source.file else f"`{source.id}`"


def _ways(source: Source) -> str:
    counts = [(len(source.feeds), "feed"), (len(source.sitemaps), "sitemap"), (len(source.sections), "section")]
    return ", ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counts if n) or "found from its site"


def _row(source: Source) -> dict[str, Any]:
    return {**asdict(source), "local": _is_local(source), "file": str(source.file)}


def _must_read(text: str) -> None:
    """Raise UserError when `text` is no source file, before anything is written where sources are read from."""
    from newslib.config import ConfigError, read_sources

    with TemporaryDirectory() as folder:
        file = Path(folder) / "new.toml"
        file.write_text(text, encoding="utf-8")
        try:
            read_sources(file)
        except ConfigError as error:
            raise UserError(str(error).partition(": ")[2]) from None


def _table(ways: list[WayIn]) -> None:
    width = max((len(way.source) for way in ways), default=0)
    row = f"{{:5}} {{:{width}}}  {{:8}} {{:>6}}  {{:8}} {{:>5}}  {{:16}}  {{}}"
    print(row.format("", "source", "way", "status", "kind", "items", "newest", "address").rstrip())
    for way in ways:
        more = f" (and {len(way.errors) - 1} more)" if len(way.errors) > 1 else ""
        error = f"  {way.errors[0]}{more}" if way.errors else ""
        newest = (way.newest or "-").replace("T", " ")[:16]  # a clock to the minute, in UTC
        mark = "ok" if way.alive else "DEAD"
        status, kind = way.status or "-", way.kind or "-"
        print(row.format(mark, way.source, way.way, status, kind, way.items, newest, way.url + error))
