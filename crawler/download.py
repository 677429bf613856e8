"""The download handler: Scrapy's HTTP/1.1 one, which looks at the host's pause last and can be cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.utils.httpobj import urlparse_cached

from crawler.middlewares.errors import Paused, Postponed

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class DownloadHandler(HTTP11DownloadHandler):
    """Fetch http and https. `crawler.downloads` holds the tasks under way (see extensions/stop.py)."""

    lazy = False

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        if not hasattr(crawler, "downloads"):
            crawler.downloads = set()
        self.downloads: set[asyncio.Future[Response]] = crawler.downloads

    async def download_request(self, request: Request) -> Response:
        authority = urlparse_cached(request).netloc
        if self.crawler.politeness.pause(authority) > 0:
            raise Paused(f"{authority} asked for a pause")
        task = asyncio.ensure_future(super().download_request(request))
        self.downloads.add(task)
        try:
            return await task
        except asyncio.CancelledError as error:
            raise Postponed("the run was stopped") from error
        finally:
            self.downloads.discard(task)
