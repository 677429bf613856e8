"""Ends a run while there is still room to end it well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

from crawler.verb import project_path
from newslib.store import ArchiveIOError, free

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

EVERY = 1.0
"""Seconds between two looks: pages on their way (8 MB) and the ledger's log (64 MB) take less than the reserve."""


def check_room(settings: BaseSettings) -> None:
    """Raise ArchiveIOError when the archive's disk has less free than DISK_RESERVE_MB."""
    folder, reserve = project_path(settings, "ARCHIVE_DIR"), settings.getfloat("DISK_RESERVE_MB")
    if (megabytes := free(folder) / 1e6) < reserve:
        raise ArchiveIOError(
            f"{folder}: its disk has {megabytes:.0f} MB free, less than DISK_RESERVE_MB={reserve:g}; what was stored "
            "is safe. Make room or lower the setting, then run again."
        )


class DiskGuard:
    """Stops the run as Ctrl-C does, so that what was fetched is still stored; the exit code is 74."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.loop = create_looping_call(self.look)
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DiskGuard:
        return cls(crawler)

    def _opened(self) -> None:
        self.loop.start(EVERY)

    def _closed(self) -> None:
        if self.loop.running:
            self.loop.stop()

    def look(self) -> None:
        try:
            check_room(self.crawler.settings)
        except (ArchiveIOError, OSError) as error:
            self.crawler.stop_run("disk", error)
