"""Every entry of a feed that can be read is read, whatever is wrong with the file."""

from __future__ import annotations

import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.discovery import Feed, NotAFeed, parse_feed

URL = "https://www.example.com/rss.xml"


def rss(
    *items: str, head: str = "", channel: str = "<title>Paper</title><link>https://www.example.com/</link>"
) -> bytes:
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0"><channel>{channel}{entries}</channel></rss>'.encode()


def atom(*entries: str, attributes: str = "") -> bytes:
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Paper</title>{inner}</feed>'.encode()


def urls(feed: Feed) -> list[str]:
    return [c.url for c in feed.candidates]


def titles(feed: Feed) -> list[str | None]:
    return [c.title for c in feed.candidates]


def one(body: bytes, url: str = URL, content_type: str | None = None) -> tuple[str, str | None, str | None]:
    (found,) = parse_feed(body, url, content_type).candidates
    return found.url, found.title, found.summary


ITEM = "<title>T</title><link>https://www.example.com/1</link>"


def test_rss_gives_address_title_summary_date_and_language() -> None:
    feed = parse_feed(
        rss(
            ITEM
            + "<description>&lt;p&gt;Two &lt;b&gt;towns&lt;/b&gt;&lt;br&gt;agree&lt;/p&gt;</description><pubDate>Mon, 03 Feb 2025 07:15:00 +0100</pubDate>",
            channel="<title>The &amp; Paper</title><language>en_GB</language>",
        ),
        URL,
    )
    assert (feed.kind, feed.title, feed.language, feed.errors) == ("rss", "The & Paper", "en-GB", [])
    (found,) = feed.candidates
    assert (found.url, found.title, found.summary, found.language) == (
        "https://www.example.com/1",
        "T",
        "Two towns agree",
        "en-GB",
    )
    assert found.published is not None and (found.published.iso, found.published.offset) == (
        "2025-02-03T06:15:00Z",
        "+01:00",
    )


def test_atom_gives_published_and_updated_and_prefers_the_alternate_link() -> None:
    entry = (
        '<title type="html">A &amp;amp; &lt;i&gt;B&lt;/i&gt;</title><link rel="self" href="https://www.example.com/self"/><link rel="replies" href="/r"/>'
        '<link rel="alternate" type="application/json" href="/json"/><link rel="alternate" type="text/html" href="https://www.example.com/1"/><id>tag:example.com,2025:1</id>'
        "<published>2025-02-03T07:15:00+01:00</published><updated>2025-02-04T07:15:00+01:00</updated><summary>S</summary><source><title>Other</title><link href='https://other.example/'/></source>"
        "<author><name>N</name><uri>https://www.example.com/n</uri></author>"
    )
    feed = parse_feed(atom(entry, attributes='xml:lang="de"'), URL)
    (found,) = feed.candidates
    assert (feed.kind, found.url, found.title, found.summary, found.language) == (
        "atom",
        "https://www.example.com/1",
        "A & B",
        "S",
        "de",
    )
    assert found.published is not None and found.updated is not None
    assert (found.published.day, found.updated.day) == ("2025-02-03", "2025-02-04")


def test_atom_of_2003_and_atom_with_a_prefix_and_xhtml() -> None:
    old = b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title><link rel="alternate" href="https://www.example.com/1"/><issued>2025-02-03T07:15:00Z</issued></entry></feed>'
    assert parse_feed(old, URL).candidates[0].published is not None
    prefixed = b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">T <b>x</b></div></a:title><a:link href="https://www.example.com/1"/></a:entry></a:feed>'
    assert one(prefixed) == ("https://www.example.com/1", "T x", None)


def test_rdf_and_rss_of_the_nineties() -> None:
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>P</title>'
        b'<dc:language>ja</dc:language><items><rdf:Seq><rdf:li rdf:resource="https://www.example.com/1"/></rdf:Seq></items></channel><item rdf:about="https://www.example.com/1"><title>T</title>'
        b'<link>https://www.example.com/1</link><dc:date>2025-02-03T07:15:00+09:00</dc:date></item><item rdf:about="https://www.example.com/2"><title>U</title></item></rdf:RDF>'
    )
    feed = parse_feed(rdf, URL)
    assert (feed.kind, feed.title, feed.language, urls(feed)) == (
        "rdf",
        "P",
        "ja",
        ["https://www.example.com/1", "https://www.example.com/2"],
    )
    assert feed.candidates[0].published is not None and feed.candidates[0].published.offset == "+09:00"
    old = b'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>Caf&eacute;</title><item><title>&laquo;T&raquo;</title><link>https://www.example.com/1</link></item></channel></rss>'
    assert parse_feed(old, URL).title == "Café"
    assert one(old)[1] == "«T»"
    assert urls(parse_feed(b"<channel><item>" + ITEM.encode() + b"</item></channel>", URL)) == [
        "https://www.example.com/1"
    ]


def test_json_feeds() -> None:
    items = [
        {"id": "1", "url": "https://www.example.com/1", "title": "A &amp; B", "content_html": "<p>x</p>",
        "date_published": "2025-02-03T07:15:00+01:00", "date_modified": "2025-02-04T07:15:00Z"},
        {"id": "https://www.example.com/2", "content_text": "text", "language": "fr"}, {"id": "3", "url": "/3"},
        {"id": "4"}, {"id": 5, "url": 6, "title": []}, "nonsense", None,
        {"id": "7", "url": "https://www.example.com/7", "title": None, "date_published": 5},
    ]  # fmt: skip
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "P",
        "language": "en",
        "home_page_url": "https://www.example.com/",
        "items": items,
    }
    feed = parse_feed(b"\xef\xbb\xbf \n" + json.dumps(body).encode(), URL, "application/feed+json")
    assert (feed.kind, feed.title, urls(feed)) == ("json", "P", [f"https://www.example.com/{n}" for n in (1, 2, 3, 7)])
    assert [(c.title, c.summary, c.language) for c in feed.candidates[:2]] == [
        ("A & B", "x", "en"),
        (None, "text", "fr"),
    ]
    assert len(feed.errors) == 4


def test_a_json_feed_that_is_cut_or_has_a_wrong_entry_keeps_the_others() -> None:
    text = '{"version": "https://jsonfeed.org/version/1", "title": "P", "items": [{"url": "https://www.example.com/1", "tags": {"a": 1}}, {"url": oops}, {"url": "https://www.example.com/3", "x": "a\nb"},]}'
    assert urls(parse_feed(text.encode(), URL)) == ["https://www.example.com/1", "https://www.example.com/3"]
    assert urls(parse_feed(text.encode()[:140], URL)) == ["https://www.example.com/1"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<link>https://www.example.com/1</link><guid>https://www.example.com/guid</guid>",
        "https://www.example.com/1"),
        ("<link> \n https://www.example.com/1\n </link>", "https://www.example.com/1"),
        ("<link><![CDATA[ https://www.example.com/1?a=1&b=2 ]]></link>", "https://www.example.com/1?a=1&b=2"),
        ("<guid>https://www.example.com/1</guid>", "https://www.example.com/1"),
        ('<guid isPermaLink="true">https://www.example.com/1</guid>', "https://www.example.com/1"),
        ("<link/><guid>https://www.example.com/1</guid>", "https://www.example.com/1"),
        ("<link></link><guid>https://www.example.com/1</guid>", "https://www.example.com/1"),
        ('<link href="https://www.example.com/1"/>', "https://www.example.com/1"),
        ("<link>/1</link>", "https://www.example.com/1"), ("<link>1?a=b</link>", "https://www.example.com/1?a=b"),
        ("<link>//www.example.com/1</link>", "https://www.example.com/1"),
        ("<link>www.example.com/1</link>", "https://www.example.com/1"),
        ("<link>http:/www.example.com/1</link>", "http://www.example.com/1"),
        ("<link>https://www.example.com/caf\u00e9 1</link>", "https://www.example.com/caf\u00e9 1"),
        ("<link>javascript:void(0)</link><guid>https://www.example.com/1</guid>", "https://www.example.com/1"),
        ('<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="alternate" href="https://www.example.com/1"/><guid isPermaLink="false">9</guid>', "https://www.example.com/1"),
        ('<atom:link rel="self" href="https://www.example.com/s"/><atom:link rel="alternate" href="https://www.example.com/1"/>', "https://www.example.com/1"),
        ('<atom:link rel="related" href="/r"/><link>https://www.example.com/1</link>', "https://www.example.com/1"),
        ("<link>https://feeds.example.net/~r/1</link><feedburner:origLink>https://www.example.com/1</feedburner:origLink>", "https://www.example.com/1"),
        ("<media:group><media:content url='https://v.example/'/><link>https://v.example/</link></media:group><link>https://www.example.com/1</link>", "https://www.example.com/1"),
        ("<source url='https://o.example/'>O</source><link>https://www.example.com/1</link><comments>https://www.example.com/1#c</comments>", "https://www.example.com/1"),
        ("<link>https://www.example.com/1</link><link>https://www.example.com/2</link>", "https://www.example.com/1"),
        ("<enclosure url='https://www.example.com/a.mp3'/><link>https://www.example.com/1</link>",
        "https://www.example.com/1"), ("<LINK>https://www.example.com/1</LINK>", "https://www.example.com/1"),
        ("<link>https://www.example.com/1?utm_source=rss#top</link>", "https://www.example.com/1?utm_source=rss#top"),
        ("<link>https://www.example.com/1&amp;amp;b=2</link>", "https://www.example.com/1&amp;b=2"),
    ],
)  # fmt: skip
def test_the_link_of_an_entry(item: str, expected: str) -> None:
    assert one(rss(item))[0] == expected


@pytest.mark.parametrize(
    "item",
    ["<title>No link</title>", '<guid isPermaLink="false">https://www.example.com/1</guid>', "<guid>tag:1</guid>",
    "<link>javascript:alert(1)</link>", "<link>mailto:a@example.com</link>", "<link> </link>", "<link>http://[</link>",
     "<link>" + "https://www.example.com/" + "a" * 9000 + "</link>", "",
     "<comments>https://www.example.com/c</comments>", "<link>data:text/html,x</link>"],
)  # fmt: skip
def test_an_entry_without_a_link_costs_itself_only_and_is_named(item: str) -> None:
    feed = parse_feed(rss(ITEM, item, ITEM.replace("/1", "/3")), URL)
    assert urls(feed) == ["https://www.example.com/1", "https://www.example.com/3"]
    assert len(feed.errors) == 1 and "entry 2" in feed.errors[0]


def test_relative_links_follow_xml_base_then_the_channel_then_the_feed() -> None:
    assert (
        one(rss("<link>a/1</link>", channel="<link>https://other.example.org/x/</link>"))[0]
        == "https://other.example.org/x/a/1"
    )
    assert (
        one(rss("<link>a/1</link>", channel="<link>/</link>"), "https://www.example.com/feeds/rss")[0]
        == "https://www.example.com/feeds/a/1"
    )
    assert (
        one(atom('<link href="1"/>', attributes='xml:base="https://b.example.org/n/"'))[0]
        == "https://b.example.org/n/1"
    )
    assert (
        one(atom('<link xml:base="/deep/" href="1"/>', attributes='xml:base="https://b.example.org/n/"'))[0]
        == "https://b.example.org/deep/1"
    )
    assert (
        one(atom('<title>&nbsp;</title><link href="1"/>', attributes='xml:base="https://b.example.org/n/"'))[0]
        == "https://b.example.org/n/1"
    )
    assert one(atom('<link href="1"/>'), "https://www.example.com/feeds/atom")[0] == "https://www.example.com/feeds/1"


GOOD = [
    ITEM.replace("/1", f"/{n}").replace("T", f"T{n}") + "<pubDate>Mon, 03 Feb 2025 07:15:00 +0100</pubDate>"
    for n in (1, 2, 3)
]


@pytest.mark.parametrize(
    "bad",
    [
        "<description><p>never <b>closed<br></description>",
        "<description>a & b &nbsp; &copy; &unknown; &</description>", "<description><div><p></div></description>",
        "<category>never closed", "<category>a</category",
        "<description>never closed", "<description><![CDATA[never closed", "<!-- never closed",
        "<description a=b c='d>x</description>", "<x:y>unknown prefix</x:y>", "<description>\x01\x0b\x1f</description>",
        "</item></channel>",
        "<description>1 < 2 > 0 <3</description>", "<description>]]></description>",
        "<description><![CDATA[ ]]]]><![CDATA[> ]]></description>", "<dc:creator>A & B</dc:creator>",
        "<description></p></p></description>", "&#0;&#xD800;&#99999999;",
        "<description>&lt;item&gt;&lt;title&gt;x</description>", "<content:encoded><p>x<item>y</p></content:encoded>",
        "<?php echo 1 ?>", "<description><style>a{b:c}</style><script>if (a<b && c>d) x()</script></description>", "<>",
        "< >", "<1>", "</>",
        "<a>" * 300, "<category " + "a='1' " * 50 + "a='2'>x</category>", "<description>\xff</description>",
        "<pubDate>soon</pubDate>", "<title>second</title>",
    ],
)  # fmt: skip
def test_one_bad_entry_never_loses_the_others(bad: str) -> None:
    body = rss(GOOD[0], GOOD[1] + bad, GOOD[2])
    feed = parse_feed(body, URL)
    found = [(c.url, c.title, c.published and c.published.day) for c in feed.candidates]
    for n in (1, 3) if "<item" in bad or "<!--" in bad else (1, 2, 3):
        assert (f"https://www.example.com/{n}", f"T{n}", "2025-02-03") in found
    assert len(found) <= 4


@pytest.mark.parametrize(
    "bad",
    [
        "<description><p>x</description>",
        "<description>a & b</description>",
        "<description>&nbsp;</description>",
        "<category>x",
        "<description>never closed",
        "<media:title>M</media:title><description>a & b</description>",
    ],
)
def test_what_stands_after_the_slip_belongs_to_the_entry_too(bad: str) -> None:
    (found,) = parse_feed(rss(bad + GOOD[0]), URL).candidates
    assert (found.url, found.title, found.published and found.published.day) == (
        "https://www.example.com/1",
        "T1",
        "2025-02-03",
    )


def test_a_feed_that_is_cut_off_keeps_what_came() -> None:
    body = rss(*GOOD)
    for cut in range(body.index(b"</item>"), len(body)):
        assert "https://www.example.com/1" in urls(parse_feed(body[:cut], URL))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xef\xbb\xbf", b""), (b"\n\n  \t", b""), (b"\xef\xbb\xbf\n", b""),
    (b"<br />\n<b>Warning</b>: mysql in <b>x.php</b>\n", b""), (b"\0\0", b""), (b"<!-- note -->", b""),
    (b"", b"<!-- cached 1 -->\n"), (b"", b"<script>x</script>"),
     (b"", b"\0\0"), (b"<?xml-stylesheet href='a'?>", b""),
     (b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<?xml version='1.0'?>", b"")],
)  # fmt: skip
def test_what_stands_round_a_feed_does_not_hide_it(before: bytes, after: bytes) -> None:
    assert urls(parse_feed(before + rss(*GOOD) + after, URL)) == [f"https://www.example.com/{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "utf-8", None), ("utf-8", "iso-8859-1", None),
        ("utf-8", "windows-1251", "text/xml; charset=windows-1251"), ("utf-8", "", "text/xml; charset=us-ascii"),
        ("windows-1251", "windows-1251", None),
        ("windows-1251", "utf-8", "text/xml; charset=windows-1251"), ("koi8-r", "KOI8-R", None),
        ("windows-1251", "windows-1251", "text/xml; charset=ISO-8859-1"),
        ("windows-1251", "windows-1251", "text/xml; charset=utf-8"),
        ("utf-16", "utf-16", None), ("utf-16-le", "utf-16", None), ("utf-16-be", "", None),
        ("utf-8", "nonsense", "text/xml; charset=nonsense"), ("utf-8-sig", "windows-1251", None),
    ],
)  # fmt: skip
def test_the_encoding_is_what_the_bytes_are(encoding: str, declared: str, header: str | None) -> None:
    text = (
        f'<?xml version="1.0"{f" encoding={chr(34)}{declared}{chr(34)}" if declared else ""}?>'
        + rss("<title>Мост открыт, сообщил губернатор области</title><link>https://www.example.com/1</link>").decode()
    )
    assert one(text.encode(encoding), content_type=header)[1] == "Мост открыт, сообщил губернатор области"


def test_other_scripts_in_their_own_encodings() -> None:
    for encoding, title in (
        ("euc-kr", "북한과 러시아의 철도 협력 회담이 열렸다"),
        ("shift_jis", "ロシアと北朝鮮の鉄道協力会談"),
        ("gb2312", "俄罗斯与朝鲜举行铁路合作会谈"),
        ("big5", "俄羅斯與北韓舉行鐵路會談"),
        ("iso-8859-1", "Café à l'étage"),
        ("iso-8859-9", "Köprü açıldı, şehir sevindi"),
    ):
        text = (
            f'<?xml version="1.0" encoding="{encoding}"?>'
            + rss(f"<title>{title}</title><link>https://www.example.com/1</link>").decode()
        )
        assert one(text.encode(encoding))[1] == title


def test_a_summary_cut_inside_a_character_spoils_nothing_else() -> None:
    body = b'<?xml version="1.0" encoding="utf-8"?>' + rss(
        "<title>Мост</title><link>https://www.example.com/1</link><description>Губернатор обл</description>", GOOD[1]
    )
    assert (
        one(body.replace("обл".encode(), "обл".encode()[:-1]).replace(b"<item>" + GOOD[1].encode() + b"</item>", b""))[
            1
        ]
        == "Мост"
    )


@pytest.mark.parametrize(
    ("given_", "title"),
    [
        ("Werft & Hafen", "Werft & Hafen"), ("AT&amp;T", "AT&T"), ("AT&amp;amp;T", "AT&T"), ("Caf&eacute;", "Café"),
        ("Caf&amp;eacute;", "Café"), ("<![CDATA[Caf&eacute; <b>x</b>]]>", "Café x"), ("&lt;b&gt;Kim&lt;/b&gt;", "Kim"),
        ("<b>Kim</b> visits", "Kim visits"),
        ("&amp;#8220;Yes&amp;#8221;", "“Yes”"), ("&#8220;Yes&#x201D;", "“Yes”"), ("&#146;", "’"),
        ("  two \n lines\t", "two lines"), ("a<br/>b", "a b"), ("&lt;단독&gt; 김정은", "<단독> 김정은"), ("1 &lt; 2", "1 < 2"),
        ("x &amp; y &amp;copy=1", "x & y &copy=1"), ("R&D", "R&D"),
        ("&nbsp;a&nbsp;b", "a b"), ("a\u2028b\x0bc", "a b c"), ("", None), ("&lt;br&gt;", None),
        ("I &hearts; news", "I ♥ news"), ("&apos;a&apos; &quot;b&quot;", "'a' \"b\""), ("A&B; C", "A&B; C"),
    ],
)  # fmt: skip
def test_a_title_is_plain_text(given_: str, title: str | None) -> None:
    assert titles(parse_feed(rss(f"<title>{given_}</title><link>https://www.example.com/1</link>"), URL)) == [title]


def test_the_title_of_a_picture_is_not_the_title() -> None:
    assert (
        one(
            rss(
                "<media:title>Photo</media:title><itunes:title>I</itunes:title>"
                + ITEM
                + "<image><title>Logo</title></image>"
            )
        )[1]
        == "T"
    )
    namespaced = rss("<media:title>Photo</media:title>" + ITEM).replace(
        b"<rss", b'<rss xmlns:media="http://search.yahoo.com/mrss/"'
    )
    assert one(namespaced)[1] == "T"


def test_a_long_summary_is_cut_at_a_word() -> None:
    summary = one(rss(ITEM + "<description>" + "word " * 5000 + "</description>"))[2]
    assert summary is not None and 900 < len(summary) <= 1001 and summary.endswith("word …")
    assert one(rss(ITEM + f"<description>{'語' * 5000}</description>"))[2] == "語" * 999 + "…"


def test_the_summary_is_the_description_or_what_there_is_of_content() -> None:
    assert (
        one(rss(ITEM + "<content:encoded><![CDATA[<p>Long</p>]]></content:encoded><description>Short</description>"))[2]
        == "Short"
    )
    assert one(rss(ITEM + "<content:encoded><![CDATA[<p>Long</p>]]></content:encoded><description/>"))[2] == "Long"
    assert (
        one(atom('<link href="https://www.example.com/1"/><content type="html">&lt;p&gt;C&lt;/p&gt;</content>'))[2]
        == "C"
    )


@pytest.mark.parametrize(
    ("date", "day"),
    [("<pubDate>Thu, 03 Jul 25 00:01:01 +0200</pubDate>", "2025-07-03"),
    ("<dc:date>2025-07-03</dc:date>", "2025-07-03"), ("<published>2025-07-03T10:00:00Z</published>", "2025-07-03"),
    ("<pubdate>3 Jul 2025</pubdate>", "2025-07-03"),
     ("<pubDate/><dc:date>2025-07-03</dc:date>", "2025-07-03"),
     ("<pubDate>soon</pubDate><dc:date>2025-07-03</dc:date>", "2025-07-03"),
     ("<pubDate><![CDATA[ 2025-07-03 ]]></pubDate>", "2025-07-03"), ("", None), ("<pubDate>soon</pubDate>", None),
     ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", None)],
)  # fmt: skip
def test_the_date_of_an_entry(date: str, day: str | None) -> None:
    (found,) = parse_feed(rss(ITEM + date), URL).candidates
    assert (found.published and found.published.day) == day


def test_the_language_of_a_feed_tells_day_and_month_apart() -> None:
    def day(language: str) -> str | None:
        (found,) = parse_feed(
            rss(ITEM + "<pubDate>02/03/2025 10:00</pubDate>", channel=f"<language>{language}</language>"), URL
        ).candidates
        return found.published and found.published.day

    assert [day("fr"), day("en-gb"), day("en-us"), day("en"), day("")] == [
        "2025-03-02",
        "2025-03-02",
        "2025-02-03",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b"\xef\xbb\xbf  ", "empty"),
    (b"<!doctype html><html><head><title>x</title></head></html>", "HTML"),
    (b"<html><body><item></item></body></html>", "HTML"), (b"not a feed", "neither"), (b"{}", "JSON"),
    (b'{"items": 5}', "JSON"), (b"[1]", "neither"), (b"{broken", "JSON"),
     (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "sitemap"),
     (b"\x1f\x8b\x08\x00garbage", "empty"), (b"\x89PNG\r\n\x1a\n", "neither"), (b"<?xml version='1.0'?>", "neither"),
     (b"{" * 10_000, "JSON"), (b'{"items":' + b"[" * 100_000, "JSON")],
)  # fmt: skip
def test_what_is_no_feed_is_refused_in_one_line(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason) as refused:
        parse_feed(body, URL)
    assert "\n" not in str(refused.value)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse_feed(rss(), URL).candidates == []
    assert parse_feed(b"<rss/>", URL).candidates == []
    assert parse_feed(atom(), URL).candidates == []
    assert parse_feed(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', URL).kind == "json"


def test_a_gzipped_feed_is_unpacked() -> None:
    assert len(parse_feed(gzip.compress(rss(*GOOD)), URL).candidates) == 3


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a,
        b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>",
        '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY i SYSTEM "http://127.0.0.1:9/x">]>', '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!DOCTYPE x [<!ENTITY i "]>">]>', '<!doctype x [<!entity i SYSTEM "file:///etc/passwd">]>',
    ],
)  # fmt: skip
def test_entities_are_neither_expanded_nor_loaded(doctype: str) -> None:
    started = time.perf_counter()
    feed = parse_feed(rss("<title>T &i;</title><link>https://www.example.com/1</link>", head=doctype), URL)
    assert urls(feed) == ["https://www.example.com/1"]
    assert len(feed.candidates[0].title or "") < 20 and "root" not in (feed.candidates[0].title or "")
    assert time.perf_counter() - started < 1


def test_many_entries_and_hostile_ones_take_linear_time() -> None:
    started = time.perf_counter()
    many = rss(*(ITEM.replace("/1", f"/{n}") for n in range(20_000)))
    assert len(parse_feed(many, URL).candidates) == 20_000
    assert len(parse_feed(many.replace(b"<title>T<", b"<title>&nbsp;<", 1), URL).candidates) == 20_000
    for piece in (
        "<title>",
        "</title>",
        "<item>",
        "<item",
        "<![CDATA[",
        "<!--",
        "&",
        "&#",
        "<a>",
        "<description><p>",
        "<",
        "<item><link>",
        "<!ENTITY",
        "<!DOCTYPE [",
        "<x a='",
        "</item>",
        "<title><description>",
        "]]>",
        "<script>",
        "<entry ",
        "<?xml",
    ):
        parse_feed(b"<rss><channel>" + piece.encode() * (40_000 // len(piece)), URL)
    with pytest.raises(NotAFeed):
        parse_feed(b'{"version": "jsonfeed.org", "items": [' + b'{"a":[' * 30_000 + b"]", URL)
    assert time.perf_counter() - started < 20


_SCRAPS = st.lists(
    st.sampled_from(["<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "</link>",
    "https://x.example/1", "<![CDATA[", "]]>", "<!--", "-->", "&", "&amp;", "&nbsp;", "<b>", "<", ">", '"', "'",
    "<entry>", "</entry>", "<feed>", "<rdf:RDF>", "\0", "é", "\ud800", "<?", "?>", "<!DOCTYPE", "[", "]", "{",
    '"items":[', "}", "xmlns:a='b'", " "]),
    max_size=25,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    _SCRAPS.map(lambda scraps: "".join(scraps).encode("utf-8", "surrogatepass")) | st.binary(max_size=200),
    st.sampled_from(["", "<rss><channel>", "<feed>", '{"items":[']),
)
def test_a_feed_or_not_a_feed_and_nothing_else(body: bytes, start: str) -> None:
    try:
        feed = parse_feed(start.encode() + body, URL)
    except NotAFeed:
        return
    for found in feed.candidates:
        assert found.url.startswith(("http://", "https://"))
        assert found.title is None or found.title == found.title.strip()
