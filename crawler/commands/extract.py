"""`scrapy extract`: one page as the archive would keep it."""

from __future__ import annotations

import sys
import textwrap
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crawler.verb import JSON, UserError, Verb
from newslib.text import clean

if TYPE_CHECKING:
    from newslib.article import Article

WIDTH = 100
NOWHERE = "http://localhost/page"
"""The address of a saved page that does not say its own."""


class Command(Verb):
    example = "scrapy extract https://www.example.org/news/story --json     (or: scrapy extract page.html)"

    def short_desc(self) -> str:
        return "Show the record of one page: of a file, or of an address, which is fetched as politely as in a crawl"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("page", metavar="FILE|URL", help="a saved page, or an http or https address")
        parser.add_argument("--json", **JSON)

    def main(self, opts: Namespace) -> int:
        from newslib.store import Archive

        assert self.settings is not None
        settings = self.settings.copy()
        with TemporaryDirectory() as folder:
            for name, value in (("ARCHIVE_DIR", folder), ("WARC_STORE", "none")):
                settings.set(name, value, priority="cmdline")
            fetch = opts.page.lower().startswith(("http://", "https://"))
            do = _fetched if fetch else _from_file
            code, url = do(settings, opts.page, Path(folder))
            with Archive.open(folder) as archive:
                record = next(iter(archive.articles()), None)
                if record is None:
                    outcome, reason = archive.outcome(url) or ("pending", None)
                    why = f"{outcome} ({reason})" if reason else outcome
                    print(f"scrapy: {clean(opts.page)}: no article was read: {why}", file=sys.stderr)
                    return code or 1
        print(record.to_json() if opts.json else _shown(record))
        return code


def _fetched(settings: Any, address: str, folder: Path) -> tuple[int, str]:
    """Crawl a list of one address -> the exit code and the canonical address. Raises UserError for what is none."""
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.commands.crawl import EXIT_CODES, check_settings, run_to_end
    from crawler.extensions.archive import open_archive
    from newslib.urls import canonical

    url = canonical(address)
    if url is None:
        raise UserError(f"{address} is no http or https address")
    check_settings(settings)
    settings.set("LOG_LEVEL", "ERROR", priority="spider")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("urls")
    crawler.archive = open_archive(settings)
    addresses = folder / "addresses.txt"
    addresses.write_text(address, encoding="utf-8")
    failure, caught = run_to_end(process, crawler, {"file": str(addresses)})
    if failure is not None:
        raise failure
    return EXIT_CODES.get(caught or crawler.report["reason"], 1), url


def _from_file(settings: Any, name: str, folder: Path) -> tuple[int, str]:
    """Send a saved page through the pipelines -> the exit code and the page's address. Raises UserError when the file
    cannot be read."""
    from crawler.extensions.archive import open_archive
    from crawler.offline import extracted, read_anew
    from newslib.page import Page, now
    from newslib.urls import canonical

    path = Path.cwd() / name
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}; give a saved page, or an http or https address") from error
    page = Page(NOWHERE, NOWHERE, 200, body=body, raw=body, fetched=now())
    read = extracted(settings, page)
    page.url = page.fetched_url = canonical((read and read.canonical) or "") or NOWHERE
    return read_anew(settings, open_archive(settings), "extract", iter([page]), [], [], lambda _: None)[0], page.url


def _shown(record: Article) -> str:
    from reader.terminal import plain

    dated = record.published or record.day
    facts = {
        "address": record.url,
        "title": record.title,
        "authors": ", ".join(record.authors),
        "published": f"{dated} ({record.dated_by})" if dated else None,
        "modified": record.modified,
        "language": record.language,
        "section": record.section,
        "tags": ", ".join(record.tags),
        "body": f"{record.body}, {record.chars} characters{', paid for' if record.paywalled else ''}",
    }
    lines = [f"{name:10} {plain(value)}" for name, value in facts.items() if value]
    for paragraph in record.full_text.split("\n\n"):
        lines += ["", *map(plain, textwrap.wrap(paragraph, WIDTH))]
    return "\n".join(lines)
