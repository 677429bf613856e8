"""`scrapy crawl SPIDER`: Scrapy's command, with arguments, files and the lock checked first, and honest exit codes."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
from typing import Any

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from crawler.verb import UserError, complain

EXIT_CODES = {"finished": 0, "disk": 74, "SIGINT": 130, "SIGTERM": 143}
"""By finish reason. Scrapy's CLOSESPIDER_* limits are what was asked for: 0. Everything else failed: 1."""


class Command(BaseRunSpiderCommand):
    requires_project = True

    def syntax(self) -> str:
        return "SPIDER [-a NAME=VALUE] [-s NAME=VALUE] [-O FILE]"

    def short_desc(self) -> str:
        return "Crawl: `news` follows a topic across sources, `urls` fetches a list"

    def long_desc(self) -> str:
        return (
            "Example: scrapy crawl news -a topic=russia-north-korea -a since=7d. "
            "Arguments of news: topic, sources, since, until; of urls: file, topic. "
            "Exit codes: 0 done, 1 failed, 2 a mistake in what was given, 74 disk or I/O, "
            "75 another run holds the archive, 130 Ctrl-C, 143 SIGTERM."
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):  # nothing is open yet: leave at once
            signal.signal(number, lambda *_, code=code: os._exit(code))
        if not opts.loglevel:
            logging.disable(logging.INFO)  # Scrapy greets before we could look at the arguments

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        names = sorted(self.crawler_process.spider_loader.list())
        try:
            if not args or args[0] not in names:
                what = f"unknown `{args[0]}`" if args else "say which spider"
                raise UserError(f"crawl: {what}; there are {', '.join(names)}; see scrapy crawl --help")
            if len(args) > 1:
                raise UserError(f"crawl: unknown option or argument `{args[1]}`; see scrapy crawl --help")
        except UserError as error:
            self.exitcode = complain(error)
            return
        if not opts.loglevel:  # Scrapy's own INFO lines are for people who build crawlers
            logging.getLogger("scrapy").setLevel(logging.WARNING)
            logging.disable(logging.NOTSET)
        self.exitcode = run_spider(self.crawler_process, opts.spargs, self._create_crawler(args[0]))


def run_spider(process: Any, arguments: dict[str, str], crawler: Any) -> int:
    """Run a spider to its end and say how it went. Returns the exit code; talks on stderr."""
    from crawler.extensions.archive import open_archive
    from crawler.extensions.disk import check_room
    from crawler.extensions.report import summary

    settings = process.settings
    try:
        check_settings(settings)
        spider_class = crawler.spidercls
        if hasattr(spider_class, "prepare"):
            spider_class.prepare(settings, arguments)
        check_room(settings)
        crawler.archive = open_archive(settings)
    except Exception as error:
        return complain(plain(error, crawler.spidercls))
    failure, caught = run_to_end(process, crawler, arguments)
    if failure is not None:
        return complain(failure)
    report = getattr(crawler, "report", None)
    if report is None:
        return 1
    print(summary(report), file=sys.stderr)
    if crawler.faults:
        print(f"{crawler.faults} unexpected errors in this program: see the log above", file=sys.stderr)
        return 1
    reason = caught or report["reason"]
    if reason == "finished" and report["sources"] and not any(s.get("polls_ok") for s in report["sources"].values()):
        print("no feed, sitemap or page of any source could be read", file=sys.stderr)
        return 1
    return EXIT_CODES.get(reason, 0 if reason.startswith("closespider_") else 1)


def run_to_end(process: Any, crawler: Any, arguments: dict[str, Any]) -> tuple[BaseException | None, str | None]:
    """Run a crawler to its end -> what ended it before its time, and the name of the signal that was caught."""
    outcome: dict[str, Any] = {}
    task = process.crawl(crawler, **arguments)
    task.add_done_callback(lambda t: outcome.update(error=t.exception() if not t.cancelled() else None))
    with _signals(crawler) as caught:
        process.start(install_signal_handlers=False)
    failure = getattr(crawler, "failure", None)
    if failure is None and outcome.get("error") is not None:
        crawler.archive.close()
        failure = plain(outcome["error"], crawler.spidercls)
    return failure, caught[0] if caught else None


AT_LEAST = {
    "PAGES_PER_HOST": 1,
    "SITEMAPS_PER_INDEX": 1,
    "DEDUP_MIN_CHARS": 1,
    "DISK_RESERVE_MB": 0,
    "EXTRACTION_WORKERS": 0,
    "EXTRACTION_DEADLINE": 0.1,
    "EXTRACTION_MEMORY_MB": 256,
    "RETRY_AFTER_WAIT": 0,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_TIMEOUT": 1,
    "DOWNLOAD_MAXSIZE": 1,
    "CONCURRENT_REQUESTS": 1,
}
ONE_OF = {"WARC_STORE": ("matched", "all", "none"), "DEDUP_SCOPE": ("archive", "article")}
YES_OR_NO = ("FETCH_PRIVATE_ADDRESSES", "ROBOTSTXT_OBEY", "AUTOTHROTTLE_ENABLED", "DOWNLOAD_VERIFY_CERTIFICATES")


def check_settings(settings: Any) -> None:
    """Refuse values that would go wrong in the middle of a run. Raises UserError."""
    for name, least in AT_LEAST.items():
        try:
            right = float(settings[name]) >= least
        except (TypeError, ValueError):
            right = False
        if not right:
            raise UserError(f"{name}={settings[name]}: give a number of at least {least}")
    for name, choices in ONE_OF.items():
        if settings[name] not in choices:
            raise UserError(f"{name}={settings[name]}: give one of {', '.join(choices)}")
    for name in YES_OR_NO:
        try:
            settings.getbool(name)
        except ValueError:
            raise UserError(f"{name}={settings[name]}: give 1 or 0") from None
    try:
        right = all(0 < float(hours) < 100_000 for hours in settings.getlist("REVISIT_HOURS"))
    except (TypeError, ValueError):
        right = False
    if not right:
        raise UserError(f"REVISIT_HOURS={settings['REVISIT_HOURS']}: give hours with commas, or nothing for never")


def plain(error: BaseException, spider: Any) -> BaseException:
    """An error as one sentence for whoever typed the command."""
    if isinstance(error, UsageError):
        return UserError(str(error))
    if type(error).__name__ != "ValidationError":
        return error
    known = ", ".join(spider.get_param_schema().get("properties", {}))
    found = []
    for fault in error.errors():  # type: ignore[attr-defined]
        name = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            found.append(f"unknown argument `{name}`; there are {known}")
        elif fault["type"] == "missing":
            found.append(f"needs -a {name}=…")
        else:
            found.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return UserError(f"crawl {spider.name}: {'; '.join(found)}")


@contextlib.contextmanager
def _signals(crawler: Any) -> Any:
    """The first SIGINT or SIGTERM ends the run cleanly, the second at once; nothing committed is lost either way."""
    caught: list[str] = []

    def handler(number: int, _frame: Any) -> None:
        name = signal.Signals(number).name
        if caught:
            os._exit(EXIT_CODES[name])
        caught.append(name)
        from twisted.internet import reactor

        os.write(2, b"\nstopping: keeping what was fetched (once more to stop at once)\n")
        reactor.callFromThread(lambda: crawler.stop_run() if hasattr(crawler, "stop_run") else reactor.stop())

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
    yield caught
    for number in (signal.SIGINT, signal.SIGTERM):  # the run is over; what is left is to say so
        signal.signal(number, signal.SIG_IGN)
