"""The newsroom that the demo and the tests crawl: it must serve what it says, or other tests prove nothing."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import time
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree, html

from crawler.demo.content import load
from crawler.demo.newsroom import Newsroom
from crawler.demo.server import Answer

# Stems that name Russia and North Korea in the newsroom's languages; cheap, but independent of any topic file.
RUSSIA = {
    "en": r"\bRussia|\bMoscow",
    "ru": r"Росси|российск|петербургск",
    "ko": r"러시아|모스크바",
    "ja": r"ロシア|モスクワ",
    "zh": r"俄罗斯|莫斯科",
    "fr": r"\bRuss|\bruss|Moscou",
    "de": r"Russ|russ",
    "ar": r"روسي",
    "es": r"\bRusia|\brus[oa]|Moscú",
}
NORTH_KOREA = {
    "en": r"North Korea|Pyongyang",
    "ru": r"КНДР|северокорей|Северн\w+ Коре|Пхеньян",
    "ko": r"북한|평양|북·중",
    "ja": r"北朝鮮|平壌",
    "zh": r"朝鲜|平壤",
    "fr": r"Corée du Nord|[Nn]ord-coréen|Pyongyang",
    "de": r"[Nn]ordkorea|Pjöngjang",
    "ar": r"كوريا الشمالية|بيونغ يانغ|الكورية الشمالية",
    "es": r"Corea del Norte|norcorean|Pyongyang",
}
NEVER_READ = ("404", "410", "403", "close", "soft-404", "javascript", "redirect")


class Reply:
    def __init__(self, response: http.client.HTTPResponse):
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def ask(newsroom: Newsroom, url: str, method: str = "GET", **headers: str) -> Reply:
    """One request to the newsroom by the Host header: no name needs to resolve here."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", newsroom.port, timeout=10)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(
        method, path, headers={"Host": parts.netloc, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    try:
        return Reply(connection.getresponse())
    finally:
        connection.close()


def ways(newsroom: Newsroom, *formats: str) -> list[tuple]:
    return [(o, w) for o in newsroom.outlets for w in o.ways if w.format in formats]


def locations(body: bytes) -> list[str]:
    return [e.text for e in etree.fromstring(body).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_it_has_many_outlets_languages_scripts_and_an_off_topic_majority():
    outlets = load(datetime.now(UTC))
    articles = [a for o in outlets for a in o.articles]
    assert len(outlets) >= 8
    assert len({o.language for o in outlets}) >= 8
    assert len(articles) >= 64
    assert 1 / 4 < sum(a.on_topic for a in articles) / len(articles) < 1 / 2
    assert {w.format for o in outlets for w in o.ways} == {
        "rss", "atom", "rdf", "json", "sitemap", "index", "news", "section"
    }  # fmt: skip


def test_no_two_articles_share_a_path_or_a_title_by_mistake():
    articles = [a for o in load(datetime.now(UTC)) for a in o.articles]
    assert [p for p, n in Counter(a.path for a in articles).items() if n > 1] == []
    assert [a.path for a in articles if a.answer != "redirect" and len(a.title) < 8] == []


def test_on_topic_means_that_the_text_speaks_of_russia_and_of_north_korea():
    for outlet in load(datetime.now(UTC)):
        for article in outlet.articles:
            text = f"{article.title} {article.summary} {' '.join(outlet.shown(article))}"
            both = all(re.search(names[outlet.language], text) for names in (RUSSIA, NORTH_KOREA))
            assert both == article.on_topic, outlet.host + article.path


def test_the_first_paragraph_or_the_title_of_an_on_topic_article_says_so():
    """A feed's title and summary are all the frontier has when it puts likely articles first."""
    for outlet in load(datetime.now(UTC)):
        for article in (a for a in outlet.articles if a.on_topic):
            text = f"{article.title} {article.lead}"
            assert re.search(f"{RUSSIA[outlet.language]}|{NORTH_KOREA[outlet.language]}", text), article.path


def test_articles_have_three_to_eight_paragraphs_without_dates_of_the_calendar():
    for outlet in load(datetime.now(UTC)):
        for article in (a for a in outlet.articles if a.text and a.answer not in NEVER_READ):
            assert 3 <= len(article.paragraphs) <= 8, article.path
            assert not re.search(r"\b(19|20)\d\d\b", article.text), article.path


def test_an_agency_story_runs_in_four_papers_and_three_add_a_paragraph_of_their_own():
    articles = {o.host: a for o in load(datetime.now(UTC)) for a in o.articles if "milk churn" in a.text}
    whole = articles.pop("meridian-wire.localhost").paragraphs
    assert len(whole) == 4
    assert len(articles) == 3
    for article in articles.values():
        assert article.paragraphs[:4] == whole
        assert len(article.paragraphs) == 5


def test_one_article_repeats_its_last_paragraphs_in_order():
    article = next(a for o in load(datetime.now(UTC)) for a in o.articles if a.twice)
    assert article.paragraphs[-article.twice :] == article.paragraphs[-2 * article.twice : -article.twice]


def test_one_outlet_ends_at_least_eleven_on_topic_articles_with_the_same_paragraph():
    outlet = next(o for o in load(datetime.now(UTC)) if o.about)
    assert len(outlet.about) > 60
    assert sum(a.on_topic and not a.late for a in outlet.articles) >= 11


def test_every_feed_format_is_read_by_a_reader_that_is_not_ours(newsroom):
    for outlet, way in ways(newsroom, "rss", "atom", "rdf"):
        feed = feedparser.parse(ask(newsroom, outlet.url(way.path)).body)
        missed = {outlet.url(a.path) for a in outlet.listing(way)} - {e.get("link") for e in feed.entries}
        assert bool(feed.bozo) == way.broken
        assert len(missed) <= way.broken  # that reader loses the neighbour of a broken entry; ours may not
    for outlet, way in ways(newsroom, "json"):
        feed = json.loads(ask(newsroom, outlet.url(way.path)).body)
        assert [i["url"] for i in feed["items"]] == [outlet.url(a.path) for a in outlet.listing(way)]


def test_sitemaps_list_their_articles_and_an_index_its_gzipped_children(newsroom):
    for outlet, way in ways(newsroom, "sitemap", "news"):
        listed = set(locations(ask(newsroom, outlet.url(way.path)).body))
        assert {outlet.url(a.path) for a in outlet.listing(way)} <= listed
    for outlet, way in ways(newsroom, "index"):
        children = locations(ask(newsroom, outlet.url(way.path)).body)
        assert len(children) == 2
        listed = [u for c in children for u in locations(gzip.decompress(ask(newsroom, c).body))]
        assert sorted(listed) == sorted(outlet.url(a.path) for a in outlet.listing(way))


def test_a_sitemap_also_names_amp_and_campaign_addresses_of_one_article(newsroom):
    listed = locations(ask(newsroom, newsroom.url("harbour-gazette.localhost", "/sitemap.xml")).body)
    same = [u for u in listed if "trawler" in u]
    assert len(same) == 3
    pages = [ask(newsroom, u) for u in same]
    assert {p.status for p in pages} == {200}
    assert len({p.body for p in pages}) == 1


def test_every_article_page_carries_its_paragraphs_and_a_readable_date(newsroom):
    for outlet in newsroom.outlets:
        for article in (a for a in outlet.out() if a.answer not in (*NEVER_READ, "slow")):
            for _ in range(2 if article.answer in ("429", "503") else 1):
                reply = ask(newsroom, outlet.url(article.path))
            tree = html.fromstring(reply.body.decode("utf-8-sig" if article.bom else article.charset))
            paragraphs = [p.text_content() for p in tree.iter("p")]
            assert [p for p in paragraphs if p in outlet.shown(article)] == outlet.shown(article), article.path
            shown = datetime.fromisoformat(tree.find(".//time").get("datetime"))
            assert shown == article.published
            assert shown.utcoffset() == outlet.timezone.utcoffset(None)


def test_pages_lie_about_their_charset_only_in_the_header(newsroom):
    for path, header, truth in (
        ("/mir/most-cherez-tumannuyu", "windows-1251", "windows-1251"),
        ("/ekonomika/ugol-radzhin", "iso-8859-1", "utf-8"),
        ("/kokusai/3021", "shift_jis", "shift_jis"),
        ("/politics/10233", "euc-kr", "euc-kr"),
        ("/monde/tracteurs-ginseng.html", "iso-8859-1", "utf-8-sig"),
    ):
        outlet = next(o for o in newsroom.outlets for a in o.articles if a.path == path)
        reply = ask(newsroom, outlet.url(path))
        assert reply.headers["Content-Type"] == f"text/html; charset={header}"
        assert newsroom.find(path).paragraphs[1] in html.fromstring(reply.body.decode(truth)).text_content()


def test_home_pages_name_their_feeds_and_link_their_articles(newsroom):
    for outlet in newsroom.outlets:
        tree = html.fromstring(ask(newsroom, outlet.url("/")).body)
        feeds = [link.get("href") for link in tree.iterfind(".//link[@rel='alternate']")]
        assert feeds == [w.path for w in outlet.ways if w.format in ("rss", "atom", "rdf", "json")]
        links = {a.get("href") for a in tree.iter("a")}
        assert {a.path for a in outlet.out() if a.via == "all"} <= links


def test_each_special_address_answers_in_its_way(newsroom):
    def status(path: str) -> list[int]:
        outlet = next(o for o in newsroom.outlets for a in o.articles if a.path == path)
        return [ask(newsroom, outlet.url(path)).status for _ in range(3)]

    assert status("/world/squid-quota") == [404] * 3
    assert status("/town/bus-shelter") == [410] * 3
    assert status("/banking/correspondent-accounts") == [403] * 3
    assert status("/world/tanker-detained") == [200] * 3
    assert status("/story/satellite-port") == [429, 200, 200]
    assert status("/obshchestvo/studenty-iz-phenyana") == [503, 200, 200]
    assert status("/politik/grenzbahnhof") == [301] * 3
    with pytest.raises(http.client.RemoteDisconnected):
        status("/hafen/lotsen-tarif")


def test_a_slow_page_is_slow_and_does_not_hold_up_the_others(newsroom):
    slow = newsroom.url("al-manara.localhost", "/economy/78111")
    parts = urlsplit(slow)
    waiting = socket.create_connection(("127.0.0.1", newsroom.port))
    waiting.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
    began = time.monotonic()
    assert ask(newsroom, newsroom.url("al-manara.localhost")).status == 200
    assert time.monotonic() - began < 1
    assert waiting.recv(15) == b"HTTP/1.1 200 OK"
    assert time.monotonic() - began > 2
    waiting.close()


def test_what_did_not_change_is_answered_304_by_tag_and_by_date(newsroom):
    paths = ["/", "/rss.xml", "/news-sitemap.xml", "/robots.txt", "/trade/bridge-second-pier"]
    for path in paths:
        url = newsroom.url("tumen-post.localhost", path)
        first = ask(newsroom, url)
        etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
        again = ask(newsroom, url, If_None_Match=etag)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
        assert ask(newsroom, url, If_None_Match=f'"old", W/{etag}').status == 304
        assert ask(newsroom, url, If_Modified_Since=modified).status == 304
        assert ask(newsroom, url, If_None_Match='"other"', If_Modified_Since=modified).status == 200


def test_an_update_changes_a_text_adds_an_article_and_moves_the_validators(newsroom):
    host = "tumen-post.localhost"
    before = {p: ask(newsroom, newsroom.url(host, p)).headers["ETag"] for p in ("/rss.xml", "/news-sitemap.xml")}
    old = newsroom.expected()
    called = datetime.now(UTC)
    done = newsroom.update()
    new = newsroom.expected()
    assert set(new) - set(old) == set(done["new"])
    assert {u for u in old if old[u].paragraphs != new[u].paragraphs} == set(done["changed"])
    assert len(done["new"]) == len(done["changed"]) == 1
    for path, tag in before.items():
        assert ask(newsroom, newsroom.url(host, path), If_None_Match=tag).status == 200
    assert newsroom.find(urlsplit(done["changed"][0]).path).updated > called
    assert newsroom.update() == {"changed": [], "new": []}


def test_two_newsrooms_share_nothing_but_their_texts():
    now = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    with Newsroom(now=now) as one, Newsroom(now=now) as other:
        one.update()
        assert one.port != other.port
        assert len(one.expected()) == len(other.expected()) + 1
        assert other.requests == []


def test_expected_says_what_must_become_of_each_listed_address(newsroom):
    expected = newsroom.expected()
    seen = Counter(e.outcome for e in expected.values())
    assert {o for o, n in seen.items() if n == 1} == {
        "not-found", "gone", "blocked", "failed", "soft-404", "empty", "blocked-by-robots"
    }  # fmt: skip
    assert seen["off-topic"] > seen["stored"] > 20
    assert Counter(e.body for e in expected.values() if e.on_topic)["teaser"] == 1
    assert {e.outcome for e in expected.values() if e.body == "feed"} == {"not-found", "blocked", "blocked-by-robots"}
    assert len(newsroom.expected(since=timedelta(days=60))) == len(expected) + 1
    moved = expected[newsroom.url("der-hafenbote.localhost", "/politik/grenzbahnhof")]
    assert moved.fetched_url == newsroom.url("der-hafenbote.localhost", "/reportage/grenzbahnhof-zwei-uhren")
    assert len(moved.paragraphs) == 4


def test_the_sources_file_names_every_outlet_and_gives_one_by_its_site_alone(newsroom):
    sources = tomllib.loads(newsroom.sources_toml())["source"]
    assert [s["id"] for s in sources] == [o.id for o in newsroom.outlets]
    bare = [s["id"] for s in sources if not {"feeds", "sitemaps", "sections"} & set(s)]
    assert bare == ["der-hafenbote"]
    for source in sources:
        for url in [source["site"], *source.get("feeds", []), *source.get("sitemaps", []), *source.get("sections", [])]:
            assert ask(newsroom, url).status == 200, url


def test_robots_files_forbid_delay_name_sitemaps_or_are_missing(newsroom):
    texts = {o.id: ask(newsroom, o.url("/robots.txt")) for o in newsroom.outlets}
    assert [i for i, r in texts.items() if r.status == 404] == ["courrier-de-la-baie"]
    assert b"Disallow: /private/" in texts["harbour-gazette"].body
    assert b"Crawl-delay: 0.2" in texts["nevskaya-khronika"].body
    named = newsroom.url("der-hafenbote.localhost", "/sitemap.xml")
    assert f"Sitemap: {named}" in texts["der-hafenbote"].body.decode()


def test_a_route_overrides_an_address_or_adds_a_host(newsroom):
    host = "tumen-post.localhost"
    newsroom.route(host, "/robots.txt", Answer(503))
    newsroom.route("evil.localhost", "/", Answer(302, {"Location": "http://127.0.0.1:1/"}))
    newsroom.route(host, "/rss.xml", lambda request: Answer(500) if request.nth == 1 else None)
    newsroom.route(host, "/?page=2", Answer(200, {}, "second"))
    assert ask(newsroom, newsroom.url(host, "/robots.txt")).status == 503
    assert ask(newsroom, newsroom.url("evil.localhost")).headers["Location"] == "http://127.0.0.1:1/"
    assert [ask(newsroom, newsroom.url(host, "/rss.xml")).status for _ in range(2)] == [500, 200]
    assert ask(newsroom, newsroom.url(host, "/?page=2")).body == b"second"
    assert ask(newsroom, newsroom.url(host, "/?page=3")).body != b"second"


def test_a_failing_handler_answers_500_and_the_newsroom_goes_on(newsroom):
    newsroom.route("x.localhost", "/", lambda request: 1 / 0)
    assert ask(newsroom, newsroom.url("x.localhost")).status == 500
    assert ask(newsroom, newsroom.url("tumen-post.localhost")).status == 200


def test_answers_can_be_chunked_compressed_cut_or_withheld(newsroom):
    body = "<p>" + "news " * 2000
    for path, answer in {
        "/chunked": Answer(body=body, chunked=True),
        "/gzip": Answer(body=body, gzip=True),
        "/both": Answer(body=body, gzip=True, chunked=True),
        "/cut": Answer(body=body, cut=100),
        "/cut-chunked": Answer(body=body, chunked=True, cut=1500),
        "/close": Answer(close=True),
    }.items():
        newsroom.route("x.localhost", path, answer)

    def get(path: str) -> Reply:
        return ask(newsroom, newsroom.url("x.localhost", path), Accept_Encoding="gzip")

    assert get("/chunked").body.decode() == body
    assert "Content-Length" not in get("/chunked").headers
    assert gzip.decompress(get("/gzip").body).decode() == body
    assert gzip.decompress(get("/both").body).decode() == body
    for path in ("/cut", "/cut-chunked"):
        with pytest.raises(http.client.IncompleteRead):
            get(path)
    with pytest.raises(http.client.RemoteDisconnected):
        get("/close")


def test_a_head_request_has_the_headers_without_the_body(newsroom):
    reply = ask(newsroom, newsroom.url("harbour-gazette.localhost", "/feed"), method="HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 1000


def test_a_connection_serves_many_requests(newsroom):
    connection = http.client.HTTPConnection("127.0.0.1", newsroom.port, timeout=10)
    for outlet in newsroom.outlets:
        connection.request("GET", "/", headers={"Host": outlet.host})
        assert outlet.name in connection.getresponse().read().decode()
    connection.close()
    assert len(newsroom.requests) == len(newsroom.outlets)


def test_the_log_keeps_who_asked_for_what_and_counts_it(newsroom):
    url = newsroom.url("tumen-post.localhost", "/rss.xml")
    ask(newsroom, url, User_Agent="one")
    ask(newsroom, newsroom.url("harbour-gazette.localhost", "/robots.txt"))
    ask(newsroom, newsroom.url("tumen-post.localhost", "/robots.txt"))
    first = newsroom.requests[0]
    assert (first.host, first.path, first.status, first.headers["user-agent"]) == (
        "tumen-post.localhost", "/rss.xml", 200, "one"
    )  # fmt: skip
    assert newsroom.count("/robots.txt") == 2
    assert newsroom.count("tumen-post.localhost") == 2
    assert newsroom.count(url) == newsroom.count("tumen-post.localhost/rss.xml") == 1
    newsroom.forget()
    assert newsroom.requests == []


def test_noise_on_the_wire_ends_that_connection_only(newsroom):
    for noise in (b"\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\xff" * 70000, b"GET /"):
        with socket.create_connection(("127.0.0.1", newsroom.port)) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(10) == b""
    assert ask(newsroom, newsroom.url("tumen-post.localhost")).status == 200


def test_stop_is_prompt_with_a_slow_answer_under_way_and_frees_the_port():
    newsroom = Newsroom().start()
    newsroom.route("x.localhost", "/", Answer(delay=60))
    with socket.create_connection(("127.0.0.1", newsroom.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x.localhost\r\n\r\n")
        while not newsroom.count("x.localhost"):
            time.sleep(0.01)
        began = time.monotonic()
        newsroom.stop()
        newsroom.stop()
        assert time.monotonic() - began < 2
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", newsroom.port), timeout=1)


def test_a_port_that_is_taken_is_an_error_at_start(newsroom):
    with pytest.raises(OSError):
        Newsroom(newsroom.port).start()


def test_a_misspelt_key_in_an_outlet_file_is_named(tmp_path):
    (tmp_path / "x.toml").write_text('host = "x.localhost"\nlangage = "en"\n')
    with pytest.raises(TypeError, match="langage"):
        load(datetime.now(UTC), tmp_path)
