"""What a page states about reuse by machines."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from newslib.article import Rights
from newslib.extraction.head import Head
from newslib.extraction.jsonld import strings
from newslib.text import clean


def rights(head: Head, url: str) -> Rights:
    """tdm: `tdm-reservation` 1 or 0 (W3C TDM Reservation Protocol, 6.2). ai: `noai` or `noimageai` among the robots
    directives (the convention DeviantArt introduced in 2022). license: <link> or <a> with rel=license, or the
    structured data's."""
    robots = {d.strip().lower() for v in head.all("robots") for d in re.split(r"[,\s]+", v)}
    links = [href for rel, href in head.links if "license" in rel] + strings(head.article.get("license"))
    return Rights(
        tdm={"1": "reserved", "0": "allowed"}.get((head.one("tdm-reservation") or "").strip()),
        ai="reserved" if robots & {"noai", "noimageai"} else None,
        license=next((full for link in links if (full := absolute(link, url))), None),
    )


def absolute(link: str | None, url: str) -> str | None:
    """An absolute http(s) URL of a link on the page at `url`, else None."""
    try:
        full = urljoin(url, clean(link)) if link else ""
        return full if urlsplit(full).scheme in ("http", "https") else None
    except ValueError:
        return None
