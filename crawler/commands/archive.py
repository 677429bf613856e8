"""`scrapy archive`: look after the archive."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from crawler.verb import JSON, Verb, arg, project_path, subverb


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
            result = archive.verify(quick=opts.quick, progress=_progress if sys.stderr.isatty() else None)
        if sys.stderr.isatty():
            print("\x1b[K", end="\r", file=sys.stderr, flush=True)
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


def _progress(check: str, done: int) -> None:
    print(f"{check} {done}\x1b[K", end="\r", file=sys.stderr, flush=True)
