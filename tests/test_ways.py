"""Ways into an outlet from one of its pages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.discovery import COMMON_FEEDS, COMMON_SITEMAPS, find_ways, section_links
from newslib.discovery.ways import looks_like_article
from newslib.urls import canonical

URL = "https://www.example.com/world/"


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml" href="/feed">',
        "<LINK HREF='/feed' TYPE='application/atom+xml' REL='Alternate'>",
        "<link type=application/rss+xml rel=alternate href=/feed>",
        '<link rel="alternate home" type="application/feed+json" href="/feed"/>',
        '<link rel="alternate" type="application/rss+xml; charset=UTF-8" title="News" href=" https://www.example.com/feed ">', '<link title="a > b" rel="alternate" type=" application/rdf+xml" href="//www.example.com/feed">', '<link rel="alternate"\ntype="application/rss+xml"\nhref="../feed">',
        '</head><body><link rel="alternate" type="application/rss+xml" href="/feed">',
        '<link rel="alternate" type="APPLICATION/RSS+XML" href="/fe\ned">',
    ],
)  # fmt: skip
def test_a_feed_that_a_page_names_is_found_however_it_is_written(link: str) -> None:
    assert find_ways(page("", link), URL).feeds == ["https://www.example.com/feed"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="stylesheet" type="application/rss+xml" href="/feed">',
        '<link rel="alternate" type="text/html" href="/feed">', '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/json" href="/wp-json/1">',
        '<link rel="alternate" type="application/rss+xml" href="feed:x">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->',
        "<script>'<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed\">'</script>",
        '<link rel="alternate" type="application/json+oembed" href="/o">',
        '<link rel="alternate" type="application/rss+xml" href="http://[">',
    ],
)  # fmt: skip
def test_what_is_no_feed_is_not_taken_for_one(link: str) -> None:
    assert find_ways(page("", link), URL).feeds == []


def test_each_feed_comes_once_and_those_of_comments_last() -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'
        for title, href in (("Paper » Comments Feed", "/c"), ("Paper", "/feed"), ("x", "/comments/feed/"), ("Paper",
        "https://www.example.com/feed"), ("Kommentare", "/k"), ("Atom", "/atom"), ("Commentary and opinion", "/o"))
    )  # fmt: skip
    assert find_ways(page("", links), URL).feeds == [
        f"https://www.example.com{p}" for p in ("/feed", "/atom", "/o", "/c", "/comments/feed/", "/k")
    ]


def test_links_follow_the_base_of_the_page() -> None:
    head = '<base target=_top><base href="https://news.example.com/de/"><base href="/ignored"><link rel=alternate type=application/rss+xml href=feed>'
    assert find_ways(page("", head), URL).feeds == ["https://news.example.com/de/feed"]
    assert find_ways(
        page("", '<base href="javascript:x"><link rel=alternate type=application/rss+xml href=feed>'), URL
    ).feeds == ["https://www.example.com/world/feed"]


def test_sitemaps_may_be_named_too() -> None:
    ways = find_ways(
        page("", '<link rel="sitemap" type="application/xml" href="/sitemap.xml"><link rel=sitemap href=/sitemap.xml>'),
        URL,
    )
    assert (ways.feeds, ways.sitemaps) == ([], ["https://www.example.com/sitemap.xml"])


def test_common_places_are_paths() -> None:
    assert {"/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml"} <= set(COMMON_FEEDS)
    assert {"/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml", "/news-sitemap.xml"} <= set(COMMON_SITEMAPS)
    assert len(set(COMMON_FEEDS)) == len(COMMON_FEEDS)


ARTICLES = [
    "/world/2025/03/02/bridge", "/2025/03/bridge.html", "/world/20250302-bridge", "/news/774001",
    "/news/bridge-opens-after-eleven-years", "/view/AKR20250302000100001", "/article.php?id=774", "/view?idxno=5",
    "/read.asp?seq=12", "/?p=1201", "/a-65464327", "/story/bridge_opens_after_years.html",
    "/articles/clymn8zyrp9o", "/bridge-opens-after-eleven-years/", "/News/front/archives/2024/10/16/2003825372",
    "/archive/63076", "/новости/мост-открыт-после-ремонта", "/doc/7715044", "/2025/mar/02/bridge",
    "/politik/bruecke-wird-gesperrt-li.343191", "/world-news/bridge-c774001x",
]  # fmt: skip
OTHERS = [
    "/", "/world", "/world/asia-pacific", "/tag/north-korea-and-russia", "/tags/774001",
    "/topic/bridge-opens-after-years", "/category/bridge-and-river-news", "/author/ann-may-of-the-paper", "/login?id=1",
    "/search?id=774", "/about-us", "/privacy-policy", "/photo-774001.jpg", "/files/report-2025-03-02.pdf",
    "/feed/774001", "/2025/03/02/", "/2025/03", "/2025", "/page/774001", "/newsletter/sign-up-for-the-daily",
    "/wp-content/uploads/2025/03/a-b-c-d", "/terms-of-use", "/?page=2", "/contact/774001", "/world?sort=new",
    "/sitemap-2025-03.xml",
]  # fmt: skip


@pytest.mark.parametrize("path", ARTICLES)
def test_a_date_an_identifier_or_a_long_slug_looks_like_an_article(path: str) -> None:
    assert looks_like_article(canonical("https://www.example.com" + path) or "")


@pytest.mark.parametrize("path", OTHERS)
def test_lists_forms_and_files_do_not_look_like_articles(path: str) -> None:
    assert not looks_like_article(canonical("https://www.example.com" + path) or "")


def test_links_of_a_section_page_come_in_order_with_their_text() -> None:
    body = (
        '<nav><a href="/world">World</a><a href="/about-us">About</a></nav><a href="/news/774001"><img src=x alt=""></a><h2><a href="/news/774001?utm_source=home">Bridge <b>opens</b> &amp; closes</a></h2>'
        '<a href="774002-x">Second\n story</a><a href="https://sport.example.com/news/774003#c">Third</a><a href="https://other.example.org/news/774004">Elsewhere</a><a href="mailto:a774001@example.com">x</a>'
        '<a name="x">no link</a><a href="">empty</a><a href="/news/774005" title="From the attribute"><img></a><a href="/news/774006"></a><a href="//www.example.com/news/774007">Seventh</a><a href="/photo-774008.jpg">P</a>'
    )  # fmt: skip
    found = [(c.url, c.title) for c in section_links(page(body), URL)]
    assert found == [
        ("https://www.example.com/news/774001", "Bridge opens & closes"),
        ("https://www.example.com/world/774002-x", "Second story"),
        ("https://sport.example.com/news/774003#c", "Third"),
        ("https://www.example.com/news/774005", "From the attribute"),
        ("https://www.example.com/news/774006", None),
        ("https://www.example.com/news/774007", "Seventh"),
    ]


def test_an_outlet_on_a_bare_address_is_its_host() -> None:
    body = page(
        '<a href="/world/2025/03/02/bridge-1.html">1</a><a href="http://127.0.1.2:8099/world/2025/03/02/bridge-2.html">2</a><a href="http://localhost/2025/03/02/b-3.html">3</a>'
    )
    assert [c.title for c in section_links(body, "http://127.0.1.1:8099/")] == ["1"]


def test_two_blogs_of_one_platform_are_two_outlets() -> None:
    body = page(
        '<a href="https://one.blogspot.com/2025/03/bridge.html">1</a><a href="https://two.blogspot.com/2025/03/bridge.html">2</a>'
    )
    assert [c.title for c in section_links(body, "https://one.blogspot.com/")] == ["1"]


def test_the_page_itself_is_no_link_of_it() -> None:
    assert (
        section_links(
            page('<a href="/news/774001">x</a><a href="#top">y</a><a href="?utm_source=x">z</a>'),
            "https://www.example.com/news/774001",
        )
        == []
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\0",
        b"\xff\xfe",
        b"<",
        b"<html",
        b"plain text",
        b"\x89PNG\r\n",
        b"<a href=",
        b"%PDF-1.4",
        "<a href='/news/774001'>\ud800</a>".encode("utf-8", "surrogatepass"),
    ],
)
def test_what_is_no_page_has_no_ways(body: bytes) -> None:
    assert find_ways(body, URL).feeds == []
    assert len(section_links(body, URL)) <= 1


def test_other_encodings_are_read() -> None:
    text = "<html><head><meta charset=windows-1251></head><body><a href='/news/774001'>Мост открыт после ремонта</a></body></html>"
    (found,) = section_links(text.encode("windows-1251"), URL)
    assert found.title == "Мост открыт после ремонта"


def test_hostile_pages_take_linear_time() -> None:
    started = time.perf_counter()
    for piece in (
        "<a href='/news/774001'>",
        "<a href=/news/774001><div>",
        "<link ",
        "<div>",
        "<a href='",
        "<base href=x>",
        "<!--",
        "<table><a href=/news/774001>",
        "<a href=/news/7740012>text text</a>",
        "<link rel=alternate type=application/rss+xml href=/f>",
        "<a href='/" + "a-" * 500 + "'>",
    ):
        body = page(piece * (100_000 // len(piece)))
        find_ways(body, URL)
        section_links(body, URL)
    assert time.perf_counter() - started < 30


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<a href='/news/774001'>",
                "<a href=",
                "</a>",
                "<link rel=alternate type=application/rss+xml href=",
                "<base href=",
                "'",
                '"',
                ">",
                "http://[",
                "é",
                "\ud800",
                "\0",
                "x",
                "<!--",
                "<script>",
                "/2025/03/02/a",
            ]
        ),
        max_size=15,
    ),
    st.text(max_size=20),
)
def test_nothing_raises(pieces: list[str], url: str) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    for at in (URL, url):
        find_ways(body, at)
        section_links(body, at)
