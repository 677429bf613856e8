"""One canonical form a page; canonical links are believed with care."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request

from newslib.urls import MAX_LENGTH, absolute, believable_canonical, canonical, host, registered_domain

PAGE = "https://www.example.com/world/treaty-signed-in-river-town?id=774"


@pytest.mark.parametrize(
    "extra",
    [
        "utm_source=rss&utm_medium=feed", "UTM_Campaign=x", "fbclid=IwAR0", "gclid=Cj0", "yclid=12345", "ysclid=ab1",
        "mc_cid=a&mc_eid=b",
        "msclkid=1", "igshid=1", "_ga=2.1", "at_medium=RSS&at_campaign=KARANGA", "xtor=RSS-3208",
        "maca=en-rss-en-all-1573-rdf", "cmp=rss",
        "ns_mchannel=rss&ns_campaign=1490&ito=1490", "ocid=socialflow_twitter", "partner=rss&emc=rss", "ref=rss",
        "source=twitter", "from=rss",
        "src=feed", "via=facebook", "__twitter_impression=true", "wt_mc=rss.red.ho", "WT.mc_id=rss", "pk_campaign=x",
        "mtm_source=y", "spm=a2",
        "PHPSESSID=3f2a9c0e7b6d5e4f3a2b1c0d9e8f7a6b", "jsessionid=0A1B2C3D", "sid=3f2a9c0e7b6d5e4f3a2b1c0d9e8f7a6b",
        "amp=1", "amp", "outputType=amp",
        "ASPSESSIONIDQABC=KJHKJH", "&", "utm_source=%D1%84",
        "erid=2VtzqwK", "partner=rssnyt", "input=tw", "mobile=1", "ref_src=twsrc%5Etfw", "from=singlemessage",
        "utm%5Fsource=x",
    ],
)  # fmt: skip
def test_a_parameter_that_only_tells_where_a_reader_came_from_makes_no_other_page(extra: str) -> None:
    assert canonical(f"{PAGE}&{extra}") == PAGE
    assert canonical(PAGE.replace("?", f"?{extra}&")) == PAGE
    assert canonical(f"{PAGE}&amp;{extra}") == PAGE


@pytest.mark.parametrize(
    "extra",
    ["p=1201", "story=12", "page=2", "aid=3", "idxno=4", "no=5", "seq=6", "arcid=0012", "sid=123", "ref=A12345",
    "source=54", "from=seoul", "amp=0",
     "s=kim", "s=putin+visit", "lang=en", "cid=99", "oid=001&aid=0014", "sid1=100", "session=12", "utm=1",
     "section=100", "nsid=4", "a", "a="],
)  # fmt: skip
def test_a_parameter_that_may_name_the_page_stays_where_it_is(extra: str) -> None:
    assert canonical(f"https://www.example.com/view?{extra}&z=1") == f"https://www.example.com/view?{extra}&z=1"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("HTTPS://Editor:secret@WWW.Example.COM:443/News/A1#top", "https://www.example.com/News/A1"),
        ("http://www.example.com:80", "http://www.example.com/"),
        ("http://www.example.com.:8080/", "http://www.example.com:8080/"),
        ("http://www.example.com:/a", "http://www.example.com/a"),
        ("http://www.example.com:0080/a", "http://www.example.com/a"),
        ("https://www.example.com/a/./b/../c/%2e%2E/d", "https://www.example.com/a/d"),
        ("https://www.example.com/../../a", "https://www.example.com/a"),
        ("https://www.example.com/a/..", "https://www.example.com/"),
        ("https://www.example.com/a//b///", "https://www.example.com/a//b///"),
        ("https://www.example.com/a?", "https://www.example.com/a"),
        ("https://www.example.com/a?&&", "https://www.example.com/a"),
        ("https://www.example.com/a?b=1&&c=2&", "https://www.example.com/a?b=1&c=2"),
        ("https://www.example.com/index.html", "https://www.example.com/index.html"),
        ("https://www.example.com/a b|c\"<d>`{e}^", "https://www.example.com/a%20b%7Cc%22%3Cd%3E%60%7Be%7D%5E"),
        ("https://www.example.com/a?ids[]=1&q=a b", "https://www.example.com/a?ids%5B%5D=1&q=a%20b"),
        ("https://www.example.com/100%", "https://www.example.com/100%25"),
        ("https://www.example.com/%zz%4", "https://www.example.com/%25zz%254"),
        ("https://www.example.com/%41%2d%5f%2F%3f", "https://www.example.com/A-_%2F%3F"),
        ("https://www.example.com/caf%E9", "https://www.example.com/caf%E9"),
        ("https://пример.рф/новости", "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
        ("https://xn--e1afmkfd.xn--p1ai/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://www。example。com/", "https://www.example.com/"),
        ("https://www.ex%61mple.com/", "https://www.example.com/"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        ("http://127.0.1.1:8099/a", "http://127.0.1.1:8099/a"),
        ("  https://www.example.com/a\r\n/b\t ", "https://www.example.com/a/b"),
        ("https:\\\\www.example.com\\a\\b", "https://www.example.com/a/b"),
        ("https:/www.example.com/a", "https://www.example.com/a"),
        ("http://https://www.example.com/a", "https://www.example.com/a"),
        ("https://www.example.com/;jsessionid=0A1B?story=12", "https://www.example.com/?story=12"),
        ("https://www.example.com/view;JSESSIONID=0A1B.node1/x", "https://www.example.com/view/x"),
        ("https://www.example.com/view%3Bjsessionid%3D0A1B", "https://www.example.com/view"),
        ("https://www.example.com/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://www.example.com/a.aspx"),
        ("https://www.example.com/a;b=1/c", "https://www.example.com/a;b=1/c"),
        ("https://www.example.com/\ud83d", "https://www.example.com/%EF%BF%BD"),
        ("https://www.example.com/a?p=5?utm_source=rss", "https://www.example.com/a?p=5"),
        ("https://www.example.com/a?p=5&#038;b=2&#38;c=3", "https://www.example.com/a?p=5&b=2&c=3"),
        ("https://www.example.com/a;sid=3f2a9c0e7b6d5e4f3a2b1c0d", "https://www.example.com/a"),
        ("https://www.example.com/a;sid=42", "https://www.example.com/a;sid=42"),
        ("https://www.example.com/a?b=1?c=2", "https://www.example.com/a?b=1?c=2"),
    ],
)  # fmt: skip
def test_spellings_of_one_address_have_one_form(given_: str, expected: str) -> None:
    assert canonical(given_) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    "variant",
    [
        "https://www.example.com/world/river-treaty/amp", "https://www.example.com/amp/world/river-treaty",
        "https://www.example.com/world/river-treaty.amp",
        "https://www.example.com/world/river-treaty?amp=1", "https://amp.example.com/world/river-treaty",
        "https://m.example.com/world/river-treaty",
        "https://mobile.example.com/world/river-treaty", "https://amp.example.com/world/river-treaty/amp?amp",
        "https://M.EXAMPLE.COM/world/river-treaty",
        "https://cdn.ampproject.org/c/s/www.example.com/world/river-treaty/amp",
        "https://www.google.com/amp/s/amp.example.com/world/river-treaty",
        "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/world/river-treaty?amp=1&usqp=mq331AQ",
        "https://www-example-com.cdn.ampproject.org/v/s/m.example.com/world/river-treaty?amp_js_v=a3&amp_gsa=1",
    ],
)  # fmt: skip
def test_amp_and_mobile_variants_are_the_page_itself(variant: str) -> None:
    assert canonical(variant) == "https://www.example.com/world/river-treaty"


def test_amp_at_the_end_keeps_the_slash_and_the_ending_of_the_page() -> None:
    assert canonical("https://example.com/2025/river-treaty/amp/") == "https://example.com/2025/river-treaty/"
    assert canonical("https://example.com/2025/river-treaty.amp.html") == "https://example.com/2025/river-treaty.html"


@pytest.mark.parametrize(
    "url",
    ["https://example.com/amp", "https://example.com/tag/amp", "https://example.com/topics/amp/",
    "https://example.com/2025/05/12/amp", "https://example.com/amp/",
     "https://example.com/guitar-amp", "https://example.com/amplifier/x", "https://example.com/a/amp-repair",
     "https://www.voanews.com/amp/talks-resume/7585813.html",
     "https://m.github.io/a", "https://m.co.kr/a", "https://m.com/a", "http://m.localhost/a", "http://m.127.0.0.1/a",
     "https://m.example.com:8443/a",
     "https://mobile-news.example.com/a", "https://am.example.com/a", "https://www.google.com/amp/s/",
     "https://cdn.ampproject.org/i/s/example.com/a.jpg"],
)  # fmt: skip
def test_what_only_looks_like_a_variant_is_left_alone(url: str) -> None:
    assert canonical(url) == url


def test_a_mobile_name_before_a_longer_host_only_loses_it() -> None:
    assert canonical("https://m.sport.example.co.kr/a") == "https://sport.example.co.kr/a"
    assert canonical("https://m.example.co.kr/a") == "https://www.example.co.kr/a"


@pytest.mark.parametrize(
    "url",
    ["", " ", "#top", "/a", "a", "//www.example.com/a", "javascript:alert(1)", "data:text/html,x",
    "mailto:a@example.com", "ftp://example.com/", "tel:+12", "http://",
     "https:///", "http://:80/", "http://[::1/", "http://a b.com/", "http://exa<mple.com/", "http://example.com:99999/",
     "http://example.com:x/", "http://..", "http://a..b/",
     "http://%zz/", "http://%00.com/", "https://example.com/" + "a" * 10_000, "https://" + "a" * 300 + ".com/",
     "http://[1:2]/story", "http://[1.2.3.4]/s", "http://[::1::2]/", "http://[::1%25eth0]/", "http://[v1.a]/",
     "http://[::1]x/", "http://[::1]:99999/", "http://user[@a.com/", "http://[::1]@a.com/", "http://[:]/",
     "http://[" + ":" * 7000 + "]/", "http://a.com:" + "9" * 7000 + "/", "http://a.com:0/", "http://a.com:-1/",
     "http://a.com:\u0663/", "http://ex\u2100mple.com/", "http://\u2100@a.com/", "http://xn--\u00e9.com/",
     "http://\u200d.com/", "https://" + "a" * 64 + ".com/", "https://" + "\u00e9" * 63 + ".com/",
     "http://-/", "blob:https://example.com/a", "\x00", "\ud800"],
)  # fmt: skip
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical(url) is None


def test_no_type_but_text_is_an_address() -> None:
    for odd in (None, 5, b"https://example.com/", ["https://example.com/"]):
        assert canonical(odd) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("b", "https://www.example.com/a/b"), ("/b", "https://www.example.com/b"),
        ("../b", "https://www.example.com/b"), ("?id=2", "https://www.example.com/a/x?id=2"),
        ("//cdn.example.net/b", "https://cdn.example.net/b"), ("#c", "https://www.example.com/a/x"),
        ("\\b", "https://www.example.com/b"), ("http://[", None), ("mailto:x", None),
    ],
)  # fmt: skip
def test_links_are_relative_to_the_page(link: str, expected: str | None) -> None:
    assert canonical(link, "https://www.example.com/a/x") == expected


def test_absolute_keeps_an_address_as_given() -> None:
    assert (
        absolute(" https://www.example.com/klubb-&-kor?utm_source=rss#x\n")
        == "https://www.example.com/klubb-&-kor?utm_source=rss#x"
    )
    assert absolute("/café menu", "https://www.example.com/a") == "https://www.example.com/café menu"
    assert absolute("javascript:void(0)", "https://www.example.com/a") is None


_PIECES = st.lists(
    st.sampled_from(
        ["http", "https", "://", ":", "/", "//", "\\", "?", "#", "&", "=", ";", "%", "%25", "%2e", "%2E%2e", "%41",
        "..", ".", "amp", "/amp/", ".amp", "/amp", "m.", "amp.",
         "mobile.", "www.", "example.com", "example.co.kr", "cdn.ampproject.org", "/c/s/", "www.google.com/amp/s/",
         "jsessionid=", ";jsessionid=1", "utm_source=", "sid=", "a", "1",
         "é", "ß", "пример.рф", "\ud800", "\n", "\t", " ", "@", "[", "]", "::1", ":80", ":443",
         "(S(aaaaaaaaaaaaaaaaaaaaaaaa))/", "&amp;", "\u200b", "。"]
    ),
    max_size=14,
)  # fmt: skip


_HOSTS = st.lists(
    st.sampled_from(
        ["[", "]", "::", ":", "1", "ffff", "1.2.3.4", "%25", "%", "eth0", "v1", "@", ".", "-", "_", "xn--", "a", "com",
         ":80", ":65535", ":65536", ":0", ":x", "\u0663", "\u2100", "\uff1a", "\uff20", "\u2488", "\u3002", "\u00df",
         "\u0301", "\u200d", "\u05d0", "a" * 63, "\ud800", " ", "\\", "\x00", "\x7f", "%2f", "%00", "%e9", "+"]
    ),
    max_size=8,
).map(lambda pieces: f"http://{''.join(pieces)}/story?a=1")  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(_HOSTS | _PIECES.map("".join) | st.text() | st.text().map("http://{}".format))
def test_what_is_an_address_can_be_asked_for_and_taken_apart(text: str) -> None:
    for address in (canonical(text), absolute(text), canonical(text, "https://example.com/a"), absolute(text, ARTICLE)):
        if address is not None:
            Request(address)
            parts = urlsplit(address.replace("\\", "/"))
            assert parts.hostname
            assert parts.port is None or 0 <= parts.port < 65536


@settings(max_examples=400, deadline=None)
@given(_PIECES | st.lists(st.text(max_size=6)), st.booleans())
def test_canonicalising_again_changes_nothing_and_nothing_raises(pieces: list[str], whole: bool) -> None:
    url = ("https://example.com/" if whole else "") + "".join(pieces)
    once = canonical(url, "https://www.example.com/base/page?x=1")
    if once is not None:
        assert canonical(once) == once
        assert once.isascii() and once.isprintable() and " " not in once and once.startswith(("http://", "https://"))
        assert host(once)


def test_hostile_addresses_take_linear_time() -> None:
    started = time.perf_counter()
    for piece in (
        "/..",
        "%",
        "&",
        "/amp",
        "m.",
        ";jsessionid=",
        "a@",
        "https:",
        "cdn.ampproject.org/c/s/",
        "(S(aaaaaaaaaaaaaaaaaaaaaaaa))/",
        "&utm_",
        "s=1a-",
    ):
        canonical("https://example.com/" + piece * (7900 // len(piece)))
        canonical("https://" + piece * (7900 // len(piece)))
        canonical("https://example.com/?" + piece * (7900 // len(piece)))
    assert time.perf_counter() - started < 2
    assert MAX_LENGTH == 8000


def test_a_registered_domain_knows_suffixes_of_two_parts_and_of_platforms() -> None:
    assert registered_domain("https://www.yna.co.kr/view/1") == "yna.co.kr"
    assert registered_domain("https://paper.blogspot.com/a") == "paper.blogspot.com"
    assert registered_domain("http://127.0.1.1:8099/a") is None
    assert registered_domain("http://localhost/") is None
    assert registered_domain("nonsense") is None


# What a page says its address is.

ARTICLE = "https://www.inselpost.example.net/lokales/leuchtturm-neu-gestrichen"


@pytest.mark.parametrize(
    ("link", "page", "expected"),
    [
        (ARTICLE, ARTICLE, ARTICLE),
        ("/lokales/leuchtturm-neu-gestrichen", ARTICLE + "?utm_source=rss", ARTICLE),
        ("http://www.inselpost.example.net/lokales/leuchtturm-neu-gestrichen", ARTICLE, ARTICLE),
        (ARTICLE, "http://www.inselpost.example.net/lokales/leuchtturm-neu-gestrichen", ARTICLE),
        ("https://inselpost.example.net/lokales/leuchtturm-neu-gestrichen", ARTICLE,
        "https://inselpost.example.net/lokales/leuchtturm-neu-gestrichen"),
        (ARTICLE, ARTICLE + "/amp", ARTICLE),
        (ARTICLE, "https://m.inselpost.example.net/lokales/leuchtturm-neu-gestrichen", ARTICLE),
        (ARTICLE + "?utm_campaign=x#top", ARTICLE, ARTICLE),
        ("https://example.com/world/treaty-signed-at-last-774001", "https://example.com/world/treaty-signed-774001",
        None),
        ("https://example.com/world/a774001/new-slug", "https://example.com/politics/a774001/old-words", None),
        ("https://example.com/article/774001", "https://example.com/article/774001/slug-of-the-story", None),
        ("https://example.com/world/treaty?id=774", "https://example.com/world/treaty?id=774&sort=new", None),
        ("https://example.com/world/long-slug-of-story", "https://example.com/world/long-slug-of-story?sort=new&id=3",
        None),
        ("https://example.com/world/long-slug-of-story/", "https://example.com/world/long-slug-of-story", None),
        ("https://example.com/2025/03/02/river-treaty-signed/", "https://example.com/?p=1201", None),
        ("https://edition.example.com/2025/03/02/river-treaty/index.html",
        "https://www.example.com/2025/03/02/river-treaty/index.html", None),
        ("https://example.com/river-treaty-signed-by-both", "https://example.com/news/river-treaty-signed", None),
        ("https://example.com/archive/20250302/treaty-a1b2c3d4e", "https://example.com/x/treaty-a1b2c3d4e", None),
    ],
)  # fmt: skip
def test_a_canonical_link_to_the_same_article_is_believed(link: str, page: str, expected: str | None) -> None:
    assert believable_canonical(link, page) == (expected or link)


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://www.inselpost.example.net/", ARTICLE), ("/", ARTICLE), ("/index.html", ARTICLE),
        ("https://www.inselpost.example.net/de/", ARTICLE),
        ("/?utm_source=x", ARTICLE), ("/lokales/", ARTICLE), ("/lokales", ARTICLE), ("/politik/", ARTICLE),
        ("/suche?q=leuchtturm", ARTICLE), ("/?s=leuchtturm", ARTICLE),
        ("/tag/leuchtturm-neu-gestrichen", ARTICLE), ("/login?next=leuchtturm-neu-gestrichen", ARTICLE),
        ("/404", ARTICLE), ("/lokales/hafenfest-am-samstag", ARTICLE),
        ("https://www.anderswo.example.org/lokales/leuchtturm-neu-gestrichen", ARTICLE),
        ("https://example.net.evil.example/lokales/leuchtturm-neu-gestrichen", ARTICLE),
        ("javascript:alert(1)", ARTICLE), ("", ARTICLE), (None, ARTICLE), ("http://[", ARTICLE),
        ("{{ canonical }}", ARTICLE), ("#", "mailto:x"),
        ("https://example.com/news/774002", "https://example.com/news/774001"),
        ("https://example.com/a-774002", "https://example.com/b-774001"),
        ("https://example.com/view?id=2", "https://example.com/view?id=1"),
        ("https://example.com/view", "https://example.com/view?id=1"),
        ("https://example.com/", "https://example.com/?p=1201"),
        ("https://example.com/?p=1202", "https://example.com/?p=1201"),
        ("https://example.com/story-of-river-town", "https://example.com/story-of-river-town?page=2"),
        ("https://example.com/2025/03/01/morning-briefing", "https://example.com/2025/03/02/morning-briefing"),
        ("https://example.com/war-live-day-500", "https://example.com/war-live-day-501"),
        ("https://example.com/en/news/774001", "https://example.com/ru/news/774001"),
        ("https://en.example.com/news/774001", "https://ru.example.com/news/774001"),
        ("https://two.blogspot.com/2025/03/river-treaty.html", "https://one.blogspot.com/2025/03/river-treaty.html"),
        ("http://127.0.1.2:8099/a-774001", "http://127.0.1.1:8099/a-774001"),
        ("https://example.com/x/story.html", "https://example.com/river-treaty/story.html"),
        ("https://example.com/world/river-news", "https://example.com/world/river-news/treaty-signed"),
        ("https://example.com/article.php", "https://example.com/article.php?id=774001"),
    ],
)  # fmt: skip
def test_a_careless_canonical_link_is_not_believed(link: str | None, page: str) -> None:
    assert believable_canonical(link, page) is None


@settings(max_examples=200, deadline=None)
@given(_PIECES, _PIECES)
def test_a_believed_link_is_canonical(link: list[str], page: list[str]) -> None:
    believed = believable_canonical("".join(link), "https://example.com/" + "".join(page))
    assert believed is None or canonical(believed) == believed
