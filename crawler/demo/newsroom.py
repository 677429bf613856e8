"""A small newsroom on loopback for `scrapy demo` and the tests: invented outlets as virtual hosts under `.localhost`.

    with Newsroom() as newsroom:
        newsroom.url("tumen-post.localhost", "/rss.xml")   # http://tumen-post.localhost:PORT/rss.xml
        newsroom.sources_toml()                            # a sources file with all outlets
        newsroom.route("tumen-post.localhost", "/robots.txt", Answer(503))
        newsroom.count("/robots.txt")

`python -m crawler.demo.newsroom --port 8078` serves it for people who want to look (browsers know `.localhost`,
RFC 6761, 6.3; other programs may need a Host header).
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

from crawler.demo import feeds, render
from crawler.demo.content import FEEDS, SITEMAPS, Article, Expected, Outlet, expected, load
from crawler.demo.server import Answer, Logged, Request, Server

Handler = Callable[[Request], Answer | None]
SLOW = 2.5  # seconds a slow page takes
RETRY_AFTER = 2  # seconds
HTML = "text/html; charset=utf-8"


class Newsroom:
    """Outlets, what they answer, and the log of what was asked. `now` is the instant from which articles are dated."""

    def __init__(self, port: int = 0, now: datetime | None = None):
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self.outlets: list[Outlet] = load(self.now)
        self._hosts = {o.host: o for o in self.outlets}
        self._routes: dict[tuple[str, str], Answer | Handler] = {}
        self._server = Server(self._respond, port)

    def start(self) -> Newsroom:
        self._server.start()
        for outlet in self.outlets:
            outlet.base = f"http://{outlet.host}:{self.port}"
        return self

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> Newsroom:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def requests(self) -> list[Logged]:
        """(host, path, status, headers) of every request so far; status 0 = closed without an answer."""
        return self._server.requests

    def forget(self) -> None:
        """Empty the request log."""
        self._server.forget()

    def count(self, what: str) -> int:
        """How many requests were for a host, a path, host + path, or a URL."""
        what = what.removeprefix("http://").replace(f":{self.port}", "", 1)
        return sum(what in (r.host, r.path, r.host + r.path) for r in self.requests)

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def route(self, host: str, path: str, answer: Answer | Handler) -> None:
        """Add or override what an address answers; any host will do. `path` with a query wins over the path alone.

        A handler is called with the Request in the server's thread (`request.nth` counts from 1) and returns an
        Answer, or None for what the newsroom would have said.
        """
        self._routes[host, path] = answer

    def find(self, path: str) -> Article:
        """The article with this path, at any outlet; raises KeyError."""
        found = [a for o in self.outlets for a in o.articles if a.path == path]
        if not found:
            raise KeyError(path)
        return found[0]

    def expected(self, since: timedelta = timedelta(days=7)) -> dict[str, Expected]:
        """URL → what must become of it, for each listed article that is not older than `since`."""
        return {
            o.url(a.path): expected(o, a)
            for o in self.outlets
            for a in o.out()
            if a.via != "none" and self.now - a.published < since
        }

    def update(self) -> dict[str, list[str]]:
        """Publish the revised texts and the late articles, dated now; returns {"changed": [URL], "new": [URL]}.

        Their date is the next full second, so that it is later than any fetch before this call.
        """
        now = max(datetime.now(UTC).replace(microsecond=0), self.now) + timedelta(seconds=1)
        urls: dict[str, list[str]] = {"changed": [], "new": []}
        for outlet in self.outlets:
            for article in outlet.articles:
                if article.late:
                    article.late, article.published, article.updated = False, now, now
                    urls["new"].append(outlet.url(article.path))
                elif article.revised:
                    article.text, article.revised, article.updated = article.revised, "", now
                    urls["changed"].append(outlet.url(article.path))
        return urls

    def sources_toml(self) -> str:
        """A sources file with every outlet; outlets that are not `listed` are given by `site` alone."""
        return "\n".join(self._source(o) for o in self.outlets)

    def _source(self, outlet: Outlet) -> str:
        keys: dict[str, object] = {"id": outlet.id, "name": outlet.name, "site": outlet.url("/")}
        if outlet.listed:
            keys |= {"language": outlet.language, "country": outlet.country, "tags": outlet.tags}
            for name, formats in (("feeds", FEEDS), ("sitemaps", SITEMAPS), ("sections", ("section",))):
                keys[name] = [outlet.url(w.path) for w in outlet.ways if w.format in formats]
        lines = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in keys.items() if v]
        return "[[source]]\n" + "\n".join(lines) + "\n"

    def _respond(self, request: Request) -> Answer:
        bare = request.path.split("?")[0]
        for path in (request.path, bare):
            answer = self._routes.get((request.host, path))
            if callable(answer):
                answer = answer(request)
            if answer is not None:
                return answer
        outlet = self._hosts.get(request.host)
        if outlet is None:
            links = "".join(f'<li><a href="{o.url("/")}">{o.name}</a> ({o.language})</li>' for o in self.outlets)
            found = request.host in ("localhost", "127.0.0.1") and bare == "/"
            return Answer(
                200 if found else 404, {"Content-Type": HTML}, f"<!DOCTYPE html><title>Newsroom</title><ul>{links}</ul>"
            )
        return self._of(outlet, bare, request)

    def _of(self, outlet: Outlet, path: str, request: Request) -> Answer:
        """What an outlet answers of itself."""
        if path == "/":
            return self._ok(outlet, HTML, render.home(outlet, outlet.out(), outlet.name), outlet.out())
        if path == "/robots.txt" and outlet.robots is not None:
            return self._ok(outlet, "text/plain; charset=utf-8", outlet.robots.format(base=outlet.base).encode(), [])
        for way in outlet.ways:
            if way.path == path:
                return self._ok(outlet, *feeds.way(outlet, way), outlet.listing(way))
            for name in ("recent", "older") if way.format == "index" else ():
                if feeds.child_path(way, name) == path:
                    return self._ok(outlet, "application/gzip", feeds.child(outlet, way, name), outlet.listing(way))
        for article in outlet.out():
            if path in (article.path, f"{article.path}/amp"):
                return self._article(outlet, article, request)
        return self._missing(outlet)

    def _article(self, outlet: Outlet, article: Article, request: Request) -> Answer:
        """What an article's address answers: the page, or the fault that its `answer` names."""
        how = article.answer
        if how in ("404", "410", "403"):
            return self._missing(outlet, int(how))
        if how == "soft-404":
            return self._missing(outlet, 200)
        if how == "close":
            return Answer(close=True)
        if how in ("429", "503") and request.nth == 1:
            return Answer(
                int(how), {"Content-Type": HTML, "Retry-After": str(RETRY_AFTER)}, "<p>One moment please.</p>"
            )
        if how == "redirect":
            return Answer(301, {"Location": article.target, "Content-Type": HTML}, "<p>Moved.</p>")
        if how == "javascript":
            script = '<div id="root"></div><script src="/app.js"></script>'
            text = f"<noscript>{outlet.words['script']}</noscript>"
            body = f"<!DOCTYPE html><html><head><title>{outlet.name}</title></head><body>{text}{script}</body></html>"
            return self._ok(outlet, HTML, body.encode(), [article])
        html = f"text/html; charset={article.http_charset or article.charset}"
        answer = self._ok(outlet, html, render.page(outlet, article), [article])
        answer.delay = SLOW if how == "slow" else 0.0
        return answer

    def _missing(self, outlet: Outlet, status: int = 404) -> Answer:
        words = outlet.words["missing"]
        body = (
            f'<!DOCTYPE html><html lang="{outlet.language}"><head><meta charset="utf-8"><title>{words} - {outlet.name}'
            f'</title></head><body><h1>{words}</h1><p><a href="/">{outlet.words["home"]}</a></p></body></html>'
        )
        return Answer(status, {"Content-Type": HTML}, body)

    def _ok(self, outlet: Outlet, content_type: str, body: bytes, articles: list[Article]) -> Answer:
        """A page with its validators: the ETag follows the bytes, the date the newest article in it."""
        modified = max((a.updated for a in articles), default=self.now - timedelta(days=30))
        headers = {
            "Content-Type": content_type,
            "ETag": f'"{sha256(body).hexdigest()[:16]}"',
            "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True),
        }
        return Answer(200, headers, body, gzip=outlet.gzip and "gzip" not in content_type, chunked=outlet.chunked)


def main() -> None:
    """Serve the newsroom until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the demo newsroom on loopback.")
    parser.add_argument("--port", type=int, default=8078, help="0 = any free port")
    with Newsroom(parser.parse_args().port) as newsroom:
        print(f"http://127.0.0.1:{newsroom.port}/  all outlets")
        for outlet in newsroom.outlets:
            print(f"{outlet.url('/')}  {outlet.name} ({outlet.language})")
            for way in outlet.ways:
                print(f"    {outlet.url(way.path)}  {way.format}")
        print("Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
