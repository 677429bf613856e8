"""What a server asks of a robot is done, however the file is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.robots import Robots, retry_after

BOT = "ExampleNewsBot"
SITE = "https://www.example.com"


def allowed(rules: str | bytes, path: str, agent: str = BOT) -> bool:
    return Robots(rules.encode() if isinstance(rules, str) else rules).allowed(SITE + path, agent)


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n", b"\n\n  User-agent : *\n\tDisallow\t:/x",
        b"User-agent:*\r\nDisallow:/x\r\n", b"User-agent: *\rDisallow: /x\r",
        b"USER-AGENT: *\nDISALLOW: /x", b"user-agent: * # all\ndisallow: /x # private",
        b"User-agent: *\n\n\nDisallow: /x", b"Useragent: *\nDissallow: /x",
        b"User agent: *\nDisalow: /x", b"User-agent *\nDisallow /x", b"User-agent: *\nDisallow: x",
        b"User-agent: *\nDisallow: https://www.example.com/x",
        "User-agent: *\nDisallow: /x\n".encode("utf-16"),
        b"User-agent: *\nSitemap: https://www.example.com/s.xml\nDisallow: /x", b"\0User-agent: *\nDisallow: /x",
        b"User-agent: *\nNoindex: /y\nDisallow: /x", b"Sitemap: /s.xml\nUser-agent: *\nCrawl-delay: 3\nDisallow: /x",
        b"User-agent: *\n\xff\xfe\xe9 caf\xe9\nDisallow: /x",
        b"User-agent: *\x0cfoo\nDisallow: /x", b"User-agent: other\nUser-agent: *\nDisallow: /x",
        b"User-agent: *\nDisallow: /\xc2\x85x\nDisallow: /x",
    ],
)  # fmt: skip
def test_a_rule_holds_however_the_file_is_written(body: bytes) -> None:
    assert not allowed(body, "/x/1")
    assert allowed(body, "/w")


def test_the_longest_rule_wins_and_allow_wins_a_tie() -> None:
    rules = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /same\nDisallow: /same\n"
    assert [allowed(rules, p) for p in ("/a", "/a/b", "/a/b/c", "/a/b/d", "/same/x", "/z")] == [
        False,
        True,
        False,
        True,
        True,
        True,
    ]


def test_wildcards_match_in_path_and_query_and_a_dollar_ends_the_address() -> None:
    rules = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?print=\nDisallow: /a*b*c$\nAllow: /*.pdf$x\nDisallow: *gallery\nDisallow: /end$\n"
    blocked = ["/x.pdf", "/x/y.pdf", "/a?print=1", "/x/a?print=", "/abc", "/a1b2c", "/abcc", "/photo/gallery/1", "/end"]
    free = ["/x.pdf?a", "/x.pdfs", "/a?b&print=1", "/ab", "/abcd", "/end/", "/end?x", "/"]
    assert [p for p in blocked if allowed(rules, p)] == []
    assert [p for p in free if not allowed(rules, p)] == []


def test_a_star_at_the_end_changes_nothing_and_a_dollar_elsewhere_is_a_dollar() -> None:
    rules = "User-agent: *\nDisallow: /fish*\nDisallow: /a$b\nDisallow: /**x***y"
    assert [allowed(rules, p) for p in ("/fish", "/fish/1", "/fis", "/a$b", "/a%24b", "/ab", "/1x2y")] == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("rule", "path", "free"),
    [
        ("/straße/", "/stra%C3%9Fe/1", False), ("/stra%c3%9fe/", "/straße/1", False),
        ("/stra%C3%9Fe/", "/stra%c3%9fe/1", False), ("/뉴스", "/%EB%89%B4%EC%8A%A4/1", False),
        ("/~user", "/%7Euser/", False), ("/%7euser", "/~user", False), ("/a%2Fb", "/a/b", True),
        ("/a/b", "/a%2Fb", True), ("/a%2fb", "/a%2Fb", False),
        ("/file-%2A", "/file-*", False), ("/file-%2A", "/file-x", True), ("/a b", "/a%20b", False),
        ("/a?b", "/a%3Fb", True), ("/a|b", "/a%7Cb", False), ("/x=1", "/x%3D1", True),
        ("/News", "/news", True), ("/suche?", "/suche", True), ("/suche?", "/suche?q=1", False),
        ("/a&b", "/a&b", False), ("/100%", "/100%25", False),
    ],
)  # fmt: skip
def test_paths_compare_in_encoded_form(rule: str, path: str, free: bool) -> None:
    assert allowed(f"User-agent: *\nDisallow: {rule}\n", path) is free


def test_only_the_group_of_our_name_counts_and_without_one_that_of_all() -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: examplenewsbot\nDisallow: /own\n\nUser-agent: other\nDisallow: /other\n"
    assert allowed(rules, "/x") and allowed(rules, "/other") and not allowed(rules, "/own")
    assert allowed(rules, "/x", "ExampleNewsBot/1.0 (+https://example.org/bot)")
    assert not allowed(rules, "/x", "AnotherBot/2.0")
    assert not allowed(rules, "/x", "Mozilla/5.0 (compatible)")


@pytest.mark.parametrize("name", ["Example", "ExampleNews", "NewsBot", "ExampleNewsBot-Images", "ExampleNewsBots"])
def test_part_of_our_name_is_not_our_name(name: str) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /\n", "/x")


@pytest.mark.parametrize(
    "name", ["ExampleNewsBot/2.1", "EXAMPLENEWSBOT", "ExampleNewsBot*", "ExampleNewsBot (news)", " ExampleNewsBot\t"]
)
def test_our_name_may_carry_a_version_or_another_case(name: str) -> None:
    assert not allowed(f"User-agent: {name}\nDisallow: /\n", "/x")


def test_groups_of_one_name_are_one_group() -> None:
    rules = f"User-agent: {BOT}\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: {BOT}\nUser-agent: x\nDisallow: /b\nCrawl-delay: 4\n"
    assert [allowed(rules, p) for p in ("/a", "/b", "/c")] == [False, False, True]
    assert Robots(rules.encode()).crawl_delay(BOT) == 4


def test_a_group_goes_on_after_lines_that_are_no_rules() -> None:
    rules = "User-agent: a\nUser-agent: ExampleNewsBot\n# note\n\nSitemap: /s.xml\nHost: example.com\nClean-param: x\nDisallow: /x\n"
    assert not allowed(rules, "/x")


def test_no_rules_mean_no_limits() -> None:
    for rules in (
        "",
        "Disallow: /",
        "User-agent: *\nDisallow:\n",
        "User-agent: *\nAllow: /\n",
        "<!doctype html><html><body>Not found</body></html>",
        "\0\0",
        "User-agent:\nDisallow: /",
    ):
        assert allowed(rules, "/x"), rules


def test_robots_txt_itself_is_always_allowed() -> None:
    assert allowed("User-agent: *\nDisallow: /\n", "/robots.txt")
    assert not allowed("User-agent: *\nDisallow: /\n", "/robots.txt?x=1")


def test_sitemaps_are_those_of_all_groups_in_order() -> None:
    body = b"Sitemap: https://a.example.com/1.xml\nUser-agent: x\nDisallow: /\nsitemap:https://a.example.com/2.xml\nSitemaps: /3.xml # news\nSitemap:\n"
    assert Robots(body).sitemaps == ["https://a.example.com/1.xml", "https://a.example.com/2.xml", "/3.xml"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        (" 10 # slow", 10.0),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        ("1e400", None),
    ],
)
def test_a_crawl_delay_is_a_number_of_seconds(value: str, seconds: float | None) -> None:
    assert Robots(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x".encode()).crawl_delay(BOT) == seconds


def test_a_crawl_delay_is_that_of_our_own_group() -> None:
    rules = Robots(
        b"User-agent: *\nCrawl-delay: 30\nUser-agent: slow\nCrawl-delay: 9\nDisallow: /x\n\nUser-agent: examplenewsbot\nDisallow: /y\n"
    )
    assert rules.crawl_delay(BOT) is None
    assert rules.crawl_delay("slow") == 9
    assert rules.crawl_delay("any") == 30
    assert rules.allowed(SITE + "/x", "any")


def test_only_the_first_500_kib_are_read() -> None:
    assert not allowed(b"User-agent: *\n" + b"#" * 400_000 + b"\nDisallow: /x\n", "/x")
    assert allowed(b"User-agent: *\n" + b"#" * 600_000 + b"\nDisallow: /x\n", "/x")


def test_hostile_files_take_linear_time() -> None:
    started = time.perf_counter()
    for body in (
        b"User-agent: *\nDisallow: /" + b"*a" * 200_000 + b"$",
        b"User-agent: *\n" + b"Disallow: /*a*b*c$\n" * 20_000,
        b"User-agent: x\n" * 40_000 + b"Disallow: /\n" * 1000,
    ):
        rules = Robots(body)
        for _ in range(3):
            rules.allowed(SITE + "/" + "a" * 5000, BOT)
    assert time.perf_counter() - started < 8


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300) | st.text(alphabet="User-agent:*\nDisallow/$%4 é#", max_size=200).map(str.encode),
    st.text(max_size=30),
    st.text(max_size=10),
)
def test_nothing_raises(body: bytes, url: str, agent: str) -> None:
    rules = Robots(body)
    assert rules.allowed(url, agent) in (True, False)
    assert rules.crawl_delay(agent) is None or True


NOW = datetime(2025, 3, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", "10:02:00"), (" 60 ", "10:01:00"), ("1", "10:00:01"), ("Tue, 04 Mar 2025 10:05:00 GMT", "10:05:00"),
        ("Tuesday, 04-Mar-25 10:05:00 GMT", "10:05:00"),
        ("Tue Mar  4 10:05:00 2025", "10:05:00"), ("Tue, 04 Mar 2025 11:05:00 +0100", "10:05:00"),
        ("tue, 4 mar 2025 10:05:00 gmt", "10:05:00"),
        ("Wed, 04 Mar 2025 10:05:00 GMT", "10:05:00"), ("Tue, 04 Mar 2025 10:05:00 UTC", "10:05:00"),
        ("00000000000120", "10:02:00"),
    ],
)  # fmt: skip
def test_a_server_may_ask_for_a_pause_in_seconds_or_until_a_date(value: str, expected: str) -> None:
    until = retry_after(value, NOW)
    assert until is not None and until.isoformat() == f"2025-03-04T{expected}+00:00"


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "0", "-5", "1.5", "1e3", "0x10", "１２", "120 seconds", "120, 60", "Mon, 03 Mar 2025 10:05:00 GMT",
    "Tue, 04 Mar 2025 10:00:00 GMT", "2025-03-04", "Tue, 99 Mar 2025 10:05:00 GMT",
     "Tue, 04 Mar 2025 25:05:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "\0", "Tue, 04 Mar 99999999 10:05:00 GMT",
     "Tue, 04 Mar 2025 10:05:00 +9999999", "Tue, 04 Mar 0 10:05:00 GMT"],
)  # fmt: skip
def test_nonsense_and_what_is_over_ask_for_nothing(value: str | None) -> None:
    assert retry_after(value, NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        "2592001",
        "9" * 20,
        "9" * 10_000,
        "Tue, 04 Mar 2099 10:05:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Friday, 31-Dec-49 23:59:59 GMT",
    ],
)
def test_no_pause_is_longer_than_thirty_days(value: str) -> None:
    assert retry_after(value, NOW) == datetime(2025, 4, 3, 10, 0, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_header_raises(value: str) -> None:
    assert retry_after(value, NOW) is None or retry_after(value, NOW) > NOW  # type: ignore[operator]
