"""Politeness: pauses that hosts ask for, crawl-delays, redirects between hosts, and the components that keep them."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest
from scrapy.core.downloader import Slot
from scrapy.http import Request, Response
from scrapy.resolver import HostResolution, dnscache
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.demo.newsroom import Answer
from crawler.extensions.throttle import LONGEST_CRAWL_DELAY, Throttle
from crawler.middlewares.addresses import AddressMiddleware, AddressResolver
from crawler.middlewares.errors import BlockedAddress, Paused, Postponed
from crawler.middlewares.politeness import PolitenessMiddleware
from newslib import Archive
from tests.crawling import scrapy, verified

HTML = {"Content-Type": "text/html"}
PAGE = Answer(
    200, HTML, b"<html><head><title>A title</title></head><body><p>Nothing much to be read.</p></body></html>"
)
HOST, OTHER = "paper.localhost", "other.localhost"


@pytest.fixture
def many(tmp_path, newsroom):
    """Crawl a list of pages of one host, which answers 404 but for what a test routes; `asked` has when what came."""

    class Many:
        folder = tmp_path / "archive"
        asked: list[tuple[float, str, str]] = []  # noqa: RUF012

        def __init__(self):
            self.asked = []
            self.newsroom = newsroom

        def note(self, answer):
            """A route that answers this (a function is called) and notes the time."""

            def handler(request):
                self.asked.append((time.monotonic(), request.host, request.path))
                return answer(request) if callable(answer) else answer

            return handler

        def pages(self, count, answer, host=HOST):
            for n in range(count):
                newsroom.route(host, f"/{n}", self.note(answer))
            return [newsroom.url(host, f"/{n}") for n in range(count)]

        def crawl(self, urls, *more, timeout=60):
            listed = tmp_path / "list.txt"
            listed.write_text("\n".join(urls))
            return scrapy(
                *("crawl", "urls", "-a", f"file={listed}", "-s", "FETCH_PRIVATE_ADDRESSES=1"),
                *("-s", f"ARCHIVE_DIR={self.folder}", "-s", "EXTRACTION_WORKERS=1", *more),
                timeout=timeout,
            )

        def times(self, host):
            return [when for when, asked, _ in self.asked if asked == host]

        def gaps(self, host):
            times = self.times(host)
            return [b - a for a, b in pairwise(times)]

        def outcomes(self):
            with Archive.open(self.folder) as archive:
                return archive.outcomes()

    return Many()


def robots(newsroom, host, text):
    newsroom.route(host, "/robots.txt", Answer(200, {"Content-Type": "text/plain"}, text))


# --- pauses


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_short_pause_is_waited_for_and_the_page_asked_for_again(many, status, form):
    def answer(request):
        if request.nth > 1:
            return PAGE
        value = "2" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
        return Answer(status, {**HTML, "Retry-After": value})

    done = many.crawl(many.pages(1, answer))
    assert done.returncode == 0, done.stderr
    assert len(many.asked) == 2 and many.gaps(HOST)[0] >= 1.9
    assert "pending" not in many.outcomes()


def test_after_a_long_pause_only_requests_on_the_wire_follow_and_the_rest_is_left_pending(many):
    robots(many.newsroom, HOST, "User-agent: *\nCrawl-delay: 0.5\n")
    urls = many.pages(12, lambda request: PAGE if len(many.asked) > 1 else Answer(429, {**HTML, "Retry-After": "3600"}))
    done = many.crawl(urls)
    assert done.returncode == 0, done.stderr
    assert len(many.asked) == 1
    assert many.outcomes() == {"pending": 12}
    many.newsroom.forget()
    assert many.crawl(urls).returncode == 0
    assert not many.newsroom.requests
    verified(many.folder)


def test_a_short_pause_holds_what_was_queued_and_all_of_it_is_fetched_when_it_is_over(many):
    urls = many.pages(30, lambda request: PAGE if len(many.asked) > 1 else Answer(429, {**HTML, "Retry-After": "3"}))
    done = many.crawl(urls)
    assert done.returncode == 0, done.stderr
    began = many.asked[0][0]
    early = [when for when, _, _ in many.asked if when - began < 2.5]
    assert len(early) <= 8  # CONCURRENT_REQUESTS_PER_DOMAIN: those that were on the wire
    assert len(many.asked) == 31
    assert "pending" not in many.outcomes()


def test_a_pause_holds_one_authority_and_no_other(many):
    held = many.pages(3, lambda request: Answer(429, {**HTML, "Retry-After": "3600"}))
    free = many.pages(5, PAGE, OTHER)
    assert many.crawl(held + free).returncode == 0
    assert len(many.times(OTHER)) == 5
    assert many.outcomes()["pending"] == 3


def test_bare_429s_on_many_pages_make_few_requests_and_leave_them_pending(many):
    urls = many.pages(100, Answer(429, HTML))
    done = many.crawl(urls, "-s", "RETRY_AFTER_WAIT=10")
    assert done.returncode == 0, done.stderr
    assert 1 <= len(many.asked) <= 8
    assert many.outcomes() == {"pending": 100}


def test_a_pause_for_robots_txt_is_waited_for_too(many):
    answer = many.note(lambda r: Answer(404) if r.nth > 1 else Answer(429, {"Retry-After": "2"}))
    many.newsroom.route(HOST, "/robots.txt", answer)
    done = many.crawl(many.pages(3, PAGE))
    assert done.returncode == 0, done.stderr
    paths = [path for _, _, path in many.asked]
    assert paths[:2] == ["/robots.txt", "/robots.txt"] and len(paths) == 5
    assert many.gaps(HOST)[0] >= 1.9


def test_a_source_check_waits_for_a_pause_without_asking_in_between(many, tmp_path):
    feed = f'<rss version="2.0"><channel><item><title>A</title><link>{many.newsroom.url(HOST, "/0")}</link></item></channel></rss>'
    ok = Answer(200, {"Content-Type": "application/rss+xml"}, feed)
    answer = many.note(lambda r: ok if r.nth > 1 else Answer(429, {"Retry-After": "2"}))
    many.newsroom.route(HOST, "/rss", answer)
    file = tmp_path / "one.toml"
    url = many.newsroom.url(HOST)
    file.write_text(f'id = "one"\nname = "One"\nsite = "{url}"\nlanguage = "en"\nfeeds = ["{url}rss"]\n')
    done = scrapy("sources", "check", file, "-s", "FETCH_PRIVATE_ADDRESSES=1", timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert len(many.asked) == 2 and many.gaps(HOST)[0] >= 1.9


# --- robots.txt


def test_a_robots_txt_that_is_cut_off_is_one_that_cannot_be_read(many):
    body = "User-agent: *\nDisallow: /x\n" + "#" * 2000 + "\nDisallow: /\n"
    many.newsroom.route(HOST, "/robots.txt", Answer(200, {"Content-Type": "text/plain"}, body, cut=100))
    done = many.crawl(many.pages(3, PAGE))
    assert "cut off" in done.stderr
    assert not many.asked
    assert many.outcomes() == {"pending": 3}


# --- crawl-delay


@pytest.mark.parametrize("auto", [1, 0])
def test_crawl_delay_holds_with_autothrottle_and_without_it(many, auto):
    robots(many.newsroom, HOST, "User-agent: *\nCrawl-delay: 0.5\n")
    done = many.crawl(many.pages(6, PAGE), "-s", f"AUTOTHROTTLE_ENABLED={auto}")
    assert done.returncode == 0, done.stderr
    assert len(many.asked) == 6
    assert min(many.gaps(HOST)) >= 0.45


@pytest.mark.parametrize("crawl_delay_of_first", ["", "User-agent: *\nCrawl-delay: 0.1\n"])
def test_crawl_delay_holds_for_requests_that_another_host_redirects(many, crawl_delay_of_first):
    robots(many.newsroom, HOST, crawl_delay_of_first)
    robots(many.newsroom, OTHER, "User-agent: *\nCrawl-delay: 0.6\n")
    many.pages(6, PAGE, OTHER)

    def away(request):
        return Answer(301, {"Location": many.newsroom.url(OTHER, request.path)})

    done = many.crawl(many.pages(6, away))
    assert done.returncode == 0, done.stderr
    assert len(many.times(OTHER)) == 6
    assert min(many.gaps(OTHER)) >= 0.55


def crawler_with(**settings):
    """What the components read of a crawler, and no more."""
    values = Settings(settings | {"CONTACT": "", "RETRY_AFTER_WAIT": 60})
    downloader = SimpleNamespace(slots={}, per_slot_settings={}, _delay=1.0)
    return SimpleNamespace(
        settings=values,
        signals=SignalManager(),
        engine=SimpleNamespace(downloader=downloader),
        stopping=asyncio.Event(),
    )


def throttle(**settings):
    crawler = crawler_with(
        **{"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_START_DELAY": 1.0, "DOWNLOAD_DELAY": 1.0, **settings}
    )
    made = Throttle(crawler)
    if settings.get("AUTOTHROTTLE_ENABLED", True):
        made._spider_opened(None)
    return made


def answered(made, slot, latency, status=200, host="paper.example"):
    url = f"https://{host}/x"
    made._adjust_delay(slot, latency, Response(url, status=status, request=Request(url)))
    return slot.delay


def test_autothrottle_never_goes_below_crawl_delay_or_download_delay():
    made = throttle()
    slot = made.crawler.engine.downloader.slots["paper.example"] = Slot(8, 1.0, 0.5)
    made.floor("paper.example", 5)
    assert (slot.delay, slot.jitter) == (5, 0)
    assert [answered(made, slot, 0.01) for _ in range(5)] == [5] * 5
    assert answered(made, slot, 20) == 20
    for _ in range(30):
        answered(made, slot, 0.01)
    assert slot.delay == 5
    assert answered(made, Slot(8, 1.0, 0), 0.01, host="other.example") == 1.0


def test_the_longest_delay_of_autothrottle_is_not_below_a_floor():
    made = throttle(DOWNLOAD_DELAY=50.0, AUTOTHROTTLE_MAX_DELAY=30.0)
    assert answered(made, Slot(8, 50.0, 0), 0.1) == 50
    made.floor("paper.example", 70)
    assert answered(made, Slot(8, 70.0, 0), 0.1) == 70


def test_a_crawl_delay_below_download_delay_changes_nothing_and_a_huge_one_is_bounded():
    made = throttle(DOWNLOAD_DELAY=2.0, AUTOTHROTTLE_START_DELAY=1.0)
    slots = made.crawler.engine.downloader.per_slot_settings
    made.floor("paper.example", 0.2)
    assert slots["paper.example"] == {"delay": 2.0, "jitter": 0}
    made.floor("paper.example", 1e9)
    assert slots["paper.example"]["delay"] == LONGEST_CRAWL_DELAY
    made.floor("paper.example", 3)  # another port's robots.txt asks for less
    assert slots["paper.example"]["delay"] == LONGEST_CRAWL_DELAY


def test_a_floor_keeps_what_else_a_user_set_for_a_slot():
    made = throttle()
    slots = made.crawler.engine.downloader.per_slot_settings
    slots["paper.example"] = {"concurrency": 1, "delay": 9}
    made.floor("paper.example", 3)
    assert slots["paper.example"] == {"concurrency": 1, "delay": 9, "jitter": 0}


def test_full_speed_is_for_loopback_alone_and_lifts_no_crawl_delay():
    made = throttle(FETCH_PRIVATE_ADDRESSES=True)
    slots = made.crawler.engine.downloader.per_slot_settings
    for url in ("http://paper.localhost/", "https://paper.example/"):
        made.prepare(Request(url))
    assert slots == {"paper.localhost": {"delay": 0, "jitter": 0}}
    made.floor("paper.localhost", 0.3)
    made.floor("paper.example", 0.3)
    assert slots["paper.localhost"]["delay"] == 0.3 and slots["paper.example"]["delay"] == 1.0
    assert answered(made, Slot(8, 0.3, 0), 5.0, host="paper.localhost") == 0.3


@pytest.mark.parametrize("off", [{"AUTOTHROTTLE_ENABLED": False}, {"AUTOTHROTTLE_TARGET_CONCURRENCY": 0}])
def test_without_autothrottle_the_floors_are_still_there(off):
    crawler = crawler_with(**{"AUTOTHROTTLE_ENABLED": True, "DOWNLOAD_DELAY": 1.0, **off})
    made = Throttle(crawler)
    assert crawler.throttle is made
    made.floor("paper.example", 4)
    assert crawler.engine.downloader.per_slot_settings["paper.example"] == {"delay": 4, "jitter": 0}


def test_a_request_waits_in_its_own_hosts_slot():
    made = throttle()
    moved = Request("https://b.example/x", meta={"download_slot": "a.example"})
    stays = Request("https://b.example:8443/x", meta={"download_slot": "b.example"})
    made.prepare(moved)
    made.prepare(stays)
    assert "download_slot" not in moved.meta
    assert stays.meta["download_slot"] == "b.example"


def test_a_delay_is_a_promise_at_least():
    from crawler import settings

    assert settings.DOWNLOAD_DELAY_JITTER == 0


# --- the middleware by itself


@pytest.fixture
def polite():
    crawler = crawler_with(DOWNLOAD_DELAY=1.0)
    Throttle(crawler)
    return PolitenessMiddleware(crawler)


def heard(polite, status, retry_after=None, url="https://paper.example/x"):
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    polite._downloaded(response=Response(url, status=status, headers=headers), request=Request(url))


def test_a_pause_holds_for_both_schemes_and_every_spelling_of_an_authority(polite):
    heard(polite, 429, "100", "https://paper.example/x")
    for same in ("paper.example", "Paper.EXAMPLE", "paper.example:443", "paper.example:80", "me@paper.example"):
        assert 99 < polite.pause(same) <= 100
    for other in ("paper.example:8080", "www.paper.example", "example"):
        assert polite.pause(other) <= 0


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, "40", 40),
        (503, "40", 40),
        (429, None, 30),
        (429, "soon", 30),
        (429, "0", 30),
        (429, "-5", 30),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 30),
        (429, "9" * 400, 30 * 86400),
        (503, None, 0),
        (503, "soon", 0),
        (200, "40", 0),
        (404, "40", 0),
    ],
)
def test_what_an_answer_asks_for(polite, status, value, seconds):
    heard(polite, status, value)
    assert seconds - 1 <= polite.pause("paper.example") <= seconds


def over(polite, host="paper.example"):
    polite.not_before[host] = datetime.now(UTC) - timedelta(seconds=1)


def test_bare_429s_in_a_row_double_the_pause_and_an_answer_resets_it(polite):
    for seconds in (30, 60, 120, 240):
        heard(polite, 429)
        heard(polite, 429)  # this one was sent before the pause began
        assert seconds - 1 < polite.pause("paper.example") <= seconds
        over(polite)
    heard(polite, 200)
    heard(polite, 429)
    assert 29 < polite.pause("paper.example") <= 30


def test_bare_429s_without_end_stay_within_the_longest_pause(polite):
    for _ in range(60):
        heard(polite, 429)
        over(polite)
    heard(polite, 429)
    assert polite.pause("paper.example") <= 30 * 86400


def test_a_later_answer_never_shortens_a_pause(polite):
    heard(polite, 429, "500")
    heard(polite, 429, "5")
    assert polite.pause("paper.example") > 490


def test_a_request_of_a_paused_host_goes_back_once_and_then_waits(polite):
    async def run():
        heard(polite, 429, "1")
        again = await polite.process_request(Request("https://paper.example/y"))
        assert isinstance(again, Request) and again.dont_filter
        assert await polite.process_request(again) is None  # nobody held it
        assert polite.pause("paper.example") <= 0
        assert await polite.process_request(Request("https://paper.example/z")) is None

    asyncio.run(asyncio.wait_for(run(), 5))


def test_waiting_for_a_pause_ends_when_the_run_stops(polite):
    async def run():
        heard(polite, 429, "50")
        again = await polite.process_request(Request("https://paper.example/y"))
        asyncio.get_running_loop().call_later(0.1, polite.crawler.stopping.set)
        with pytest.raises(Postponed, match="stopped"):
            await polite.process_request(again)

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_long_pause_is_left_to_a_later_run_and_says_until_when(polite):
    async def run():
        heard(polite, 503, "500")
        request = Request("https://paper.example/y")
        with pytest.raises(Postponed, match=r"paper\.example asked for a pause until \d{4}-\d\d-\d\dT"):
            await polite.process_request(request)
        with pytest.raises(Postponed):
            await polite.process_exception(request, Paused("just now"))
        with pytest.raises(Postponed):  # before it counts as a failed try
            polite.process_response(request, Response(request.url, status=503))

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_request_refused_just_before_it_was_sent_goes_back(polite):
    async def run():
        request = Request("https://paper.example/y")
        heard(polite, 429, "20")
        for _ in range(2):
            again = await polite.process_exception(request, Paused("just now"))
            assert isinstance(again, Request) and again.url == request.url
            over(polite)  # it ended in the meantime
        assert await polite.process_exception(request, ValueError("something else")) is None

    asyncio.run(asyncio.wait_for(run(), 5))


# --- addresses


class Receiver:
    def __init__(self):
        self.hosts = []
        self.complete = False

    def resolutionBegan(self, resolution):
        pass

    def addressResolved(self, address):
        self.hosts.append(address.host)

    def resolutionComplete(self):
        self.complete = True


class Dns:
    """A name server that answers this, whatever it is asked."""

    def __init__(self, *addresses):
        self.addresses = addresses
        self.asked = 0

    def resolveHostName(self, receiver, name, port=0, types=None, semantics="TCP"):
        self.asked += 1
        receiver.resolutionBegan(HostResolution(name))
        for address in self.addresses:
            made = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(made("TCP", address, port))
        receiver.resolutionComplete()
        return receiver


def resolve(dns, name="paper.example", private=False):
    receiver = Receiver()
    AddressResolver(SimpleNamespace(nameResolver=dns), 100, private).resolveHostName(receiver, name, 80)
    assert receiver.complete
    return receiver.hosts


@pytest.fixture
def no_dns_cache():
    dnscache.clear()
    AddressResolver.refused.clear()
    yield
    dnscache.clear()
    AddressResolver.refused.clear()


@pytest.mark.parametrize(
    ("answer", "let_through"),
    [
        (["127.0.0.1"], []),
        (["10.0.0.7", "192.168.1.1"], []),
        (["169.254.169.254"], []),
        (["::1"], []),
        (["fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"], []),
        (["93.184.216.34", "10.0.0.7"], ["93.184.216.34"]),
        (["10.0.0.7", "2606:4700::1111"], ["2606:4700::1111"]),
        (["93.184.216.34", "2606:4700::1111"], ["93.184.216.34", "2606:4700::1111"]),
        ([], []),
    ],
    ids=str,
)
@pytest.mark.usefixtures("no_dns_cache")
def test_only_public_addresses_of_a_dns_answer_are_let_through_cached_or_not(answer, let_through):
    dns = Dns(*answer)
    assert resolve(dns) == let_through
    assert resolve(dns) == let_through
    assert dns.asked == (1 if answer else 2)
    assert bool(AddressResolver.refused) == (len(let_through) < len(answer))


@pytest.mark.usefixtures("no_dns_cache")
def test_a_name_that_no_longer_leads_to_a_private_address_is_not_called_refused():
    assert resolve(Dns("10.0.0.7")) == []
    dnscache.clear()
    assert resolve(Dns()) == []
    assert not AddressResolver.refused


@pytest.mark.usefixtures("no_dns_cache")
def test_a_redirect_to_a_private_address_ends_as_blocked_address():
    from scrapy.exceptions import CannotResolveHostError

    crawler = crawler_with(
        DOWNLOAD_HANDLERS_BASE={},
        DOWNLOAD_HANDLERS={"https": "crawler.download.DownloadHandler", "ftp": None},
        TWISTED_DNS_RESOLVER="crawler.middlewares.addresses.AddressResolver",
    )
    middleware = AddressMiddleware(crawler)
    resolve(Dns("169.254.169.254"), "metadata.example")
    moved = Request("https://metadata.example/latest", meta={"redirect_urls": ["https://paper.example/x"]})
    with pytest.raises(BlockedAddress, match=r"169\.254\.169\.254"):
        middleware.process_exception(moved, CannotResolveHostError("no address"))
    assert middleware.process_exception(Request("https://b.example/"), CannotResolveHostError("no address")) is None


@pytest.mark.usefixtures("no_dns_cache")
def test_with_private_addresses_allowed_localhost_names_lead_to_this_machine_without_dns():
    dns = Dns("10.0.0.7")
    assert resolve(dns, "paper.localhost", private=True) == ["127.0.0.1"] and not dns.asked
    assert resolve(dns, "paper.example", private=True) == ["10.0.0.7"]


@pytest.mark.parametrize(
    ("scheme", "handler"),
    [
        ("https", "http2.H2DownloadHandler"),
        ("http", "http11.HTTP11DownloadHandler"),  # the address check, but not the pauses
        ("file", "file.FileDownloadHandler"),
    ],
)
def test_a_foreign_download_handler_is_refused_at_the_start(many, scheme, handler):
    handlers = dict.fromkeys(("http", "https", "data", "file", "ftp", "s3"))
    handlers[scheme] = f"scrapy.core.downloader.handlers.{handler}"
    done = many.crawl(many.pages(1, PAGE), "-s", f"DOWNLOAD_HANDLERS={json.dumps(handlers)}")
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert f"DOWNLOAD_HANDLERS: the handler for {scheme} " in done.stderr.splitlines()[-1]
    assert not many.newsroom.requests


@pytest.mark.parametrize("resolver", ["CachingThreadedResolver", "CachingHostnameResolver"])
def test_a_foreign_resolver_is_refused_at_the_start(many, resolver):
    done = many.crawl(many.pages(1, PAGE), "-s", f"TWISTED_DNS_RESOLVER=scrapy.resolver.{resolver}")
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "TWISTED_DNS_RESOLVER" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not many.newsroom.requests
