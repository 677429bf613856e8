"""Raw capture: the response as it was sent, before HttpCompression decodes it.

What Scrapy hands on is already transfer-decoded, and headers come as parsed, not as bytes: the WARC says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newslib.page import now

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class CaptureMiddleware:
    """Puts `raw` (bytes), `raw_headers` and `fetched` (instant) into the request's meta, for Page.from_response."""

    def process_response(self, request: Request, response: Response) -> Response:
        request.meta["raw"] = response.body
        request.meta["raw_headers"] = response.headers.copy()
        request.meta["fetched"] = now()
        return response
