"""`scrapy archive`: look after the archive."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawler.reading import settle
from crawler.verb import JSON, UserError, Verb, arg, project_path, subverb
from newslib.text import comma_list

WAITING = " (will be tried again)"


class Command(Verb):
    example = "scrapy archive verify"

    def short_desc(self) -> str:
        return "Look after the archive"

    @subverb(
        "scrapy archive verify --json -s ARCHIVE_DIR=archive",
        arg("--json", **JSON),
        arg("--quick", action="store_true", help="check the ledger and the sizes of files, not their content"),
    )
    def verify(self, opts: Namespace) -> int | None:
        "Check that everything that was stored is there, once and whole; works while a crawl is running."
        from newslib.store import Archive

        with Archive.open(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            result = archive.verify(quick=opts.quick, progress=_progress_or_none())
        settle()
        if opts.json:
            print(json.dumps(result, ensure_ascii=False))
        else:
            for name, check in result["checks"].items():
                print(f"{name:13}{'ok' if check['ok'] else 'FAILED'}")
                for failure in check["failures"]:
                    print(f"    {failure}")
            failed = sum(not check["ok"] for check in result["checks"].values())
            print(f"{result['articles']} records, {f'{failed} checks failed' if failed else 'all is well'}")
        return 0 if result["ok"] else 1

    @subverb(
        "scrapy archive reextract --topic russia-north-korea --since 2025-10-01",
        arg("--topic", metavar="ID[,ID]", help="only records of these topics; they judge the new versions, too"),
        arg("--since", metavar="WHEN", help="only records of this time or later: 7d, 2025-10-01"),
        arg("--until", metavar="WHEN", help="only records of this time or earlier"),
        arg("--language", metavar="CODE", help="only records in this language"),
        arg("--into", metavar="DIR", help="store them in another archive, with their pages; default: as new versions"),
        arg("--json", **JSON),
    )
    def reextract(self, opts: Namespace) -> int | None:
        "Read articles anew from the WARC, with the extractor of today and no network; what it reads alike stays."
        from crawler.reextract import Selection, reextract, told
        from reader.filters import point

        assert self.settings is not None
        wanted = Selection(
            comma_list(opts.topic), opts.language, point(opts.since, "--since"), point(opts.until, "--until")
        )
        into = Path.cwd() / Path(opts.into).expanduser() if opts.into else None
        code, result = reextract(self.settings, wanted, into, lambda done: _live("pages", done))
        _print(result, told(result), result["errors"], opts.json)
        return code

    @subverb(
        "scrapy archive rematch russia-north-korea",
        arg("topics", metavar="TOPIC[,TOPIC]", help="ids: see `scrapy topics list`"),
        arg("--json", **JSON),
    )
    def rematch(self, opts: Namespace) -> int | None:
        "Judge everything that is archived by a topic as it is today, and say what changed; records stay as they are."
        from crawler.rematch import judge_again, told

        assert self.settings is not None
        ids = comma_list(opts.topics)
        if not ids:
            raise UserError("archive rematch: names no topic; `scrapy topics list` shows those there are")
        code, result = judge_again(self.settings, ids, _live)
        _print(result, told(result), result["pages"]["errors"], opts.json)
        return code

    @subverb(
        "scrapy archive quarantine list",
        arg(
            "do",
            metavar="list|retry",
            choices=("list", "retry"),
            help="show what is set aside, or let it be tried again",
        ),
        arg("urls", metavar="URL", nargs="*", help="with retry: only these; default: all"),
        arg("--json", **JSON),
    )
    def quarantine(self, opts: Namespace) -> int | None:
        "Pages that no worker survives and records that cannot be written: list them, or let the next run try again."
        from newslib.store import Archive
        from newslib.urls import canonical
        from reader.terminal import visible

        if opts.do == "list" and opts.urls:
            raise UserError(f"archive quarantine list: unexpected `{opts.urls[0]}`; it takes no URL")
        folder = project_path(self.settings, "ARCHIVE_DIR")
        with Archive(folder) as archive:
            aside = archive.quarantined()
        if opts.do == "list":
            if opts.json:
                print(json.dumps([asdict(each) for each in aside], ensure_ascii=False))
            for each in [] if opts.json else aside:
                print(visible(f"{each.at or '?':20}  {each.who:9}  {each.url}  {each.why}{WAITING * each.waiting}"))
            if not aside and not opts.json:
                print("nothing is set aside", file=sys.stderr)
            return 0
        urls = [url if any(url == each.url for each in aside) else canonical(url) or url for url in opts.urls]
        for given, url in zip(opts.urls, urls, strict=True):
            if not any(url == each.url for each in aside):
                raise UserError(f"{given} is not in the quarantine; see scrapy archive quarantine list")
        with Archive(folder, write=True) as archive:
            count = archive.retry(urls or None).result()
        print(json.dumps({"retried": count}) if opts.json else f"{count} will be tried again by the next run")
        return 0

    @subverb(
        "scrapy archive diff https://news.example/2025/a-name",
        arg(
            "which", metavar="URL|ID", help="an address or id of an article: all versions; of a record: what it changed"
        ),
        arg("--json", **JSON),
    )
    def diff(self, opts: Namespace) -> int | None:
        "What changed between the versions of an article: headlines, paragraphs, and words within them."
        from crawler.versions import compared, told
        from newslib.store import Archive

        with Archive(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            result = compared(archive, opts.which)
        _print(result, told(result), [], opts.json)
        return 0

    @subverb(
        'scrapy archive remove https://news.example/2025/a-name --why "asked by the person named, 3 November"',
        arg("which", metavar="URL|ID", help="an address of the article, or the id of the article or of a record"),
        arg("--why", metavar="TEXT", required=True, help="kept in removed.jsonl"),
        arg("--json", **JSON),
    )
    def remove(self, opts: Namespace) -> int | None:
        "Take an article down: all its versions, pages and addresses, for good; what other articles hold stays."
        from newslib.store import remove

        if not opts.why.strip():
            raise UserError("archive remove: --why is empty; say why, since removed.jsonl is to tell it")
        result = remove(project_path(self.settings, "ARCHIVE_DIR"), opts.which, opts.why, _progress_or_none())
        lines = [
            f"removed {result['url']} ({result['at']}): records {len(result['ids'])}, WARC records {result['pages']}",
            *(f"    record  {id}" for id in result["ids"]),
            *(f"    address {address}" for address in result["addresses"]),
        ]
        left = [f"may hold it still, delete it if it does: {name}" for name in result["left"]]
        _print(result, lines, left, opts.json)
        return 0

    @subverb("scrapy archive rebuild -s ARCHIVE_DIR=archive", arg("--json", **JSON))
    def rebuild(self, opts: Namespace) -> int | None:
        "Make the ledger anew from the files beside it; the old one is set aside. Exit code 1 when any are damaged."
        from newslib.store import rebuild

        assert self.settings is not None
        result = rebuild(
            project_path(self.settings, "ARCHIVE_DIR"),
            self.settings["DEDUP_SCOPE"],
            self.settings.getint("DEDUP_MIN_CHARS"),
            _progress_or_none(),
        )
        lines = [
            f"{result['records']} records, {result['removed']} takedowns, {result['urls']} addresses,"
            f" {result['runs']} runs are in the new ledger",
            *([f"the old ledger is {result['old']}"] if result["old"] else []),
            *(f"not known any more: {each}" for each in result["lost"]),
        ]
        _print(result, lines, [*result["cut"], *result["damage"]], opts.json)
        return 0 if result["ok"] else 1

    @subverb(
        "scrapy archive backup /mnt/disk/archive",
        arg(
            "folder", metavar="DIR", help="a new folder, or that of an earlier backup: then only what is new is copied"
        ),
        arg("--json", **JSON),
    )
    def backup(self, opts: Namespace) -> int | None:
        "Copy the archive as it is at one moment; works while a crawl is running."
        from newslib.store import backup

        target = Path.cwd() / Path(opts.folder).expanduser()
        result = backup(project_path(self.settings, "ARCHIVE_DIR"), target, _progress_or_none())
        copied = f"{result['copied'] / 1e6:.1f} MB copied"
        _print(
            result,
            [f"{result['records']} records in {result['files']} files, {copied} to {result['target']}"],
            [],
            opts.json,
        )
        return 0


def _print(result: dict[str, Any], lines: list[str], errors: list[str], as_json: bool) -> None:
    """A result, in lines or as JSON; what went wrong goes to stderr."""
    from reader.terminal import visible

    settle()
    for error in errors:
        print(visible(error), file=sys.stderr)
    print(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(map(visible, lines)))


def _live(what: str, done: int) -> None:
    """A live line on a terminal, every now and then."""
    if done % 10 == 0 and sys.stderr.isatty():
        _progress(what, done)


def _progress_or_none() -> Callable[[str, int], None] | None:
    return _progress if sys.stderr.isatty() else None


def _progress(check: str, done: int) -> None:
    print(f"{check} {done}\x1b[K", end="\r", file=sys.stderr, flush=True)
