"""`scrapy search`: find articles in the archive."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from crawler.reading import add_filters, filters_of, natural, say, settle
from crawler.verb import JSON, Verb, project_path

if TYPE_CHECKING:
    from reader.search import Found, Hit, Piece

SHOWN = ("id", "url", "title", "source", "publisher", "country", "authors", "published", "day", "fetched", "language")


class Command(Verb):
    example = "scrapy search '\"kim jong un\" (putin OR lavrov)' --language en --since 30d"

    def short_desc(self) -> str:
        return 'Find articles: words, "phrases", -without, OR, stem*, title: author: site:'

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "query",
            metavar="QUERY",
            help="all its words must be there; one that begins with `-` goes behind `--` (docs/reading.md)",
        )
        add_filters(parser)
        parser.add_argument("--sort", choices=("newest", "best"), default="newest", help="what comes first (newest)")
        parser.add_argument("--limit", metavar="N", type=natural, default=10, help="hits to show (10)")
        parser.add_argument("--facets", action="store_true", help="count all hits by language, site and month")
        parser.add_argument("--rebuild", action="store_true", help="make the search index anew first")
        parser.add_argument("--json", **JSON)

    def main(self, opts: Namespace) -> int | None:
        from newslib import Archive
        from reader.query import parse
        from reader.search import Search

        assert self.settings is not None
        parse(opts.query)  # a mistake is told before any work
        with Archive(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            filters = filters_of(opts, archive, self.settings)
            with Search(archive, say, opts.rebuild) as search:
                found = search(opts.query, filters, opts.sort, opts.limit, opts.facets)
        settle()
        if opts.json:
            print(json.dumps(_data(opts.query, found), ensure_ascii=False, indent=2))
            return None
        bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        for hit in found.hits:
            print("\n".join(_lines(hit, bold)), end="\n\n")
        for name, counts in found.facets.items():
            if counts:
                _counts(name, counts)
        more = f", {len(found.hits)} shown" if found.total > len(found.hits) else ""
        print(f"{found.total} {'article' if found.total == 1 else 'articles'} found{more}", file=sys.stderr)
        return None


def _lines(hit: Hit, bold: bool) -> list[str]:
    from newslib.store.records import date_of
    from reader.filters import outlet
    from reader.terminal import plain, short

    article = hit.article
    date = date_of(article).replace("T", " ")[:16]
    name = short(article.publisher, 60) or short(outlet(article), 60)
    about = f"{date}  {name}  {plain(article.language) or '-'}  {article.id}"
    title = _shown(hit.title, bold) or "(no title)"
    return [title, f"  {about}", f"  {_shown(hit.snippet, bold)}", f"  {plain(article.url)}"]


def _shown(pieces: list[Piece], bold: bool) -> str:
    from reader.terminal import plain

    shown, left = "", 400  # a hostile title must not fill the screen
    for piece, marked in pieces:
        words = plain(piece)[:left]
        left -= len(words)
        lead, trail = " " * piece[:1].isspace(), " " * piece[-1:].isspace() * bool(piece.strip())
        shown += f"{lead}\x1b[1m{words}\x1b[22m{trail}" if marked and bold else f"{lead}{words}{trail}"
    return shown.strip() + "…" * (left <= 0)


def _counts(name: str, counts: dict[str, int]) -> None:
    from reader.terminal import table

    print(
        "\n".join(table([[name, "articles"], *([value, str(n)] for value, n in list(counts.items())[:20])])), end="\n\n"
    )


def _data(query: str, found: Found) -> dict[str, Any]:
    hits = []
    for hit in found.hits:
        row = {name: getattr(hit.article, name) for name in SHOWN}
        hits.append(row | {"topics": [topic["id"] for topic in hit.article.topics], "snippet": _places(hit.snippet)})
    return {"query": query, "total": found.total, "hits": hits} | ({"facets": found.facets} if found.facets else {})


def _places(pieces: list[Piece]) -> dict[str, Any]:
    """The text of a snippet and where the words stand in it, in code points."""
    text, marks = "", []
    for piece, marked in pieces:
        if marked:
            marks.append([len(text), len(text) + len(piece)])
        text += piece
    return {"text": text, "marks": marks}
