"""Opens the archive for writing and gives it to everything as `crawler.archive`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy import signals

from crawler.verb import UserError, project_path
from newslib.store import Archive

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)


def open_archive(settings: BaseSettings) -> Archive:
    """The archive of ARCHIVE_DIR, locked for this run and recovered. Raises ArchiveError (newslib/store/errors.py)."""
    if not settings["ARCHIVE_DIR"]:
        raise UserError("ARCHIVE_DIR is empty; name the folder of the archive")
    return Archive.open(
        project_path(settings, "ARCHIVE_DIR"),
        write=True,
        warc=settings["WARC_STORE"],
        scope=settings["DEDUP_SCOPE"],
        minimum=settings.getint("DEDUP_MIN_CHARS"),
        revisit=[float(hours) for hours in settings.getlist("REVISIT_HOURS")],
    )


class ArchiveExtension:
    """`commands/crawl.py` opens the archive before the reactor starts; a script of one's own gets it opened here."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        if not hasattr(crawler, "archive"):
            crawler.archive = open_archive(crawler.settings)
        self.archive: Archive = crawler.archive
        self.archive.on_failure(self._failed)
        crawler.errors = []
        crawler.signals.connect(self._engine_started, signal=signals.engine_started)
        crawler.signals.connect(self._engine_stopped, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveExtension:
        return cls(crawler)

    def _engine_started(self) -> None:
        self.loop = asyncio.get_event_loop()

    def _failed(self, error: BaseException) -> None:
        """Called by the writer's thread: the disk is full or broken. End the run; what was committed stays."""
        logger.error("The archive cannot be written: %s", error)
        self.loop.call_soon_threadsafe(self.crawler.stop_run, "disk", error)

    def _engine_stopped(self) -> None:
        self.archive.close()
