"""Progress while a run goes on: one live line on a terminal, a plain log line every half minute elsewhere."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Progress:
    """Reads the stats; counts nothing itself."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.live = sys.stderr.isatty() and not crawler.settings["LOG_FILE"]
        self.loop = create_looping_call(self.show)
        self.clock = time.monotonic()
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(crawler)

    def _opened(self) -> None:
        if self.live:
            for handler in logging.root.handlers:
                handler.addFilter(_clear_line)
        self.loop.start(0.5 if self.live else 30.0, now=False)

    def _closed(self) -> None:
        if self.loop.running:
            self.loop.stop()
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self) -> None:
        line = self.line()
        if not self.live:
            logger.info("%s", line)
            return
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r\x1b[K" + line[:width])
        sys.stderr.flush()

    def line(self) -> str:
        stats = self.crawler.stats.get_stats()

        def total(*prefixes: str) -> int:
            return sum(value for key, value in stats.items() if key.startswith(prefixes))

        pages = total("outcome/")
        seconds = time.monotonic() - self.clock
        scheduler = self.crawler.engine.scheduler
        queue = scheduler.queue_size() if hasattr(scheduler, "queue_size") else len(scheduler)
        return (  # fits into 80 columns
            f"{pages} pages, {pages / seconds:.1f} pages/s, {total('articles/stored', 'articles/versions')} stored, "
            f"{total('outcome/off-topic')} off-topic, {total('paragraphs/dropped/')} repeats, "
            f"{total('outcome/failed', 'outcome/quarantined')} errors, queue {queue}"
        )


def _clear_line(record: logging.LogRecord) -> bool:
    """A log line first wipes the live line, which comes again half a second later."""
    sys.stderr.write("\r\x1b[K")
    return True
