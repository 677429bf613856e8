"""Every address of a sitemap that can be read is read, whatever is wrong with the file."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.discovery import NotASitemap, Sitemap, parse_sitemap

URL = "https://www.example.com/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*entries: str, attributes: str = NS, name: str = "urlset", entry: str = "url") -> bytes:
    inner = "".join(f"<{entry}>{e}</{entry}>" for e in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} {attributes}>{inner}</{name}>'.encode()


def locs(*numbers: int) -> list[str]:
    return [f"<loc>https://www.example.com/{n}</loc>" for n in numbers]


def urls(sitemap: Sitemap) -> list[str]:
    return [c.url for c in sitemap.candidates]


def numbered(*numbers: int) -> list[str]:
    return [f"https://www.example.com/{n}" for n in numbers]


def test_a_sitemap_gives_addresses_and_when_they_changed() -> None:
    sitemap = parse_sitemap(
        urlset(
            locs(1)[0] + "<lastmod>2025-01-14T06:00:00+01:00</lastmod><changefreq>daily</changefreq>",
            locs(2)[0] + "<lastmod>2025-01-13</lastmod>",
            *locs(3),
        ),
        URL,
    )
    assert (urls(sitemap), sitemap.sitemaps, sitemap.errors) == (numbered(1, 2, 3), [], [])
    assert [c.updated and (c.updated.day, c.updated.iso) for c in sitemap.candidates] == [
        ("2025-01-14", "2025-01-14T05:00:00Z"),
        ("2025-01-13", None),
        None,
    ]
    assert all(c.published is None and c.title is None for c in sitemap.candidates)


def test_an_index_gives_its_sitemaps_and_no_pages() -> None:
    index = parse_sitemap(
        urlset(locs(1)[0] + "<lastmod>2025-01-14</lastmod>", *locs(2), name="sitemapindex", entry="sitemap"), URL
    )
    assert [c.url for c in index.sitemaps] == numbered(1, 2)
    assert index.candidates == [] and index.sitemaps[0].updated is not None


def test_a_news_sitemap_gives_title_date_and_language() -> None:
    news = (
        "<loc>https://www.example.com/1</loc><news:news><news:publication><news:name>Paper</news:name><news:language>ko</news:language></news:publication>"
        "<news:publication_date>2025-02-03T07:15:00+09:00</news:publication_date><news:title>A &amp;amp; B</news:title><news:keywords>x</news:keywords></news:news>"
        "<image:image><image:loc>https://www.example.com/a.jpg</image:loc><image:title>Photo</image:title></image:image><lastmod>2025-02-04</lastmod>"
    )
    for attributes in (
        NS
        + ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
        NS,
        "",
    ):
        (found,) = parse_sitemap(urlset(news, attributes=attributes), URL).candidates
        assert (found.url, found.title, found.language) == ("https://www.example.com/1", "A & B", "ko")
        assert found.published is not None and found.published.iso == "2025-02-02T22:15:00Z"
        assert found.updated is not None and found.updated.day == "2025-02-04"


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'xmlns="http://www.google.com/schemas/sitemap/0.84"',
        'xmlns="https://www.sitemaps.org/schemas/sitemap/0.9/"',
        'xmlns="nonsense"',
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xsi:schemaLocation="x"',
    ],
)
def test_the_namespace_does_not_matter(attributes: str) -> None:
    assert urls(parse_sitemap(urlset(*locs(1, 2), attributes=attributes), URL)) == numbered(1, 2)
    assert urls(
        parse_sitemap(
            urlset(*locs(1, 2), attributes=attributes).replace(b"<url", b"<URL").replace(b"</url", b"</URL"), URL
        )
    ) == numbered(1, 2)


def test_prefixed_elements_are_read() -> None:
    body = f"<s:urlset {NS.replace('xmlns', 'xmlns:s')}><s:url><s:loc>https://www.example.com/1</s:loc><s:lastmod>2025-01-14</s:lastmod></s:url></s:urlset>".encode()
    for text in (body, body.replace(b"xmlns:s=", b"x=")):
        (found,) = parse_sitemap(text, URL).candidates
        assert found.url == "https://www.example.com/1" and found.updated is not None


@pytest.mark.parametrize(
    ("loc", "expected"),
    [
        ("\n   https://www.example.com/1\n ", "https://www.example.com/1"),
        ("<![CDATA[https://www.example.com/s?id=7&x=n]]>", "https://www.example.com/s?id=7&x=n"),
        ("<![CDATA[\n https://www.example.com/1 ]]>", "https://www.example.com/1"),
        ("https://www.example.com/a-&-b", "https://www.example.com/a-&-b"),
        ("https://www.example.com/?a=1&b=2&copy=3", "https://www.example.com/?a=1&b=2&copy=3"),
        ("https://www.example.com/?a=1&amp;b=2", "https://www.example.com/?a=1&b=2"),
        ("/news/1", "https://www.example.com/news/1"), ("news/1", "https://www.example.com/news/1"),
        ("//cdn.example.com/1", "https://cdn.example.com/1"),
        ("https://www.example.com/café", "https://www.example.com/café"),
        ("https://www.example.com/a b", "https://www.example.com/a b"),
        ("https://www.example.com/\n1", "https://www.example.com/1"),
        ("HTTPS://www.example.com/1", "https://www.example.com/1"),
        ("https://www.example.com/&apos;x&apos;", "https://www.example.com/'x'"),
        ("https://www.example.com/caf&eacute;", "https://www.example.com/café"),
        ("https://www.example.com/<b>1</b>", None), ("", None), ("  ", None), ("<![CDATA[]]>", None),
        ("mailto:a@example.com", None), ("javascript:x", None), ("http://", None), ("ftp://example.com/1", None),
    ],
)  # fmt: skip
def test_an_address_however_it_is_written(loc: str, expected: str | None) -> None:
    sitemap = parse_sitemap(urlset(*locs(1), f"<loc>{loc}</loc><lastmod>2025-01-14</lastmod>", *locs(3)), URL)
    found = urls(sitemap)
    assert found[0] == "https://www.example.com/1" and found[-1] == "https://www.example.com/3"
    if "<b>" not in loc:
        assert found[1:-1] == ([expected] if expected else [])
        assert bool(expected) != any("entry 2" in error for error in sitemap.errors)


@pytest.mark.parametrize(
    "bad",
    ["<url>", "</url>", "<lastmod>soon</lastmod>", "<loc>", "</loc>", "<loc", "&nbsp;", "<![CDATA[", "<!-- x", "<x:y>",
    "<news:title>A & B</news:title>", "\x00\x01", "<priority>0.5", "<a b=c>", "<lastmod/>", "<lastmod></lastmod>",
    "]]>", "<news:news><news:title>x < y</news:title></news:news>"],
)  # fmt: skip
def test_one_bad_entry_never_loses_the_others(bad: str) -> None:
    found = urls(parse_sitemap(urlset(locs(1)[0], locs(2)[0] + bad, locs(3)[0]), URL))
    assert "https://www.example.com/1" in found and "https://www.example.com/2" in found
    assert "https://www.example.com/3" in found or "<!--" in bad


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"\n\n",
        b"\xef\xbb\xbf\r\n\r\n",
        b"  \t",
        b"<!-- made by x -->\n",
        b"<br/><b>Notice</b>: x\n",
        b"<?xml-stylesheet href='s.xsl'?>",
        b"\0",
    ],
)
def test_what_stands_before_a_sitemap_does_not_hide_it(before: bytes) -> None:
    assert urls(parse_sitemap(before + urlset(*locs(1, 2)), URL)) == numbered(1, 2)
    assert urls(parse_sitemap(before + urlset(*locs(1, 2)) + before, URL)) == numbered(1, 2)


def test_other_encodings_are_read() -> None:
    text = '<?xml version="1.0" encoding="{}"?><urlset><url><loc>https://www.example.com/мост</loc></url></urlset>'
    for encoding in ("utf-8", "utf-16", "windows-1251", "utf-8-sig"):
        assert urls(parse_sitemap(text.format(encoding).encode(encoding), URL)) == ["https://www.example.com/мост"]


def test_a_list_of_addresses_is_a_sitemap() -> None:
    body = b"\xef\xbb\xbfhttps://www.example.com/1\r\n\n  https://www.example.com/2?a=1&b=2  \nnonsense here\n# note\nhttps://www.example.com/3\n"
    sitemap = parse_sitemap(body, URL, "text/plain")
    assert urls(sitemap) == [
        "https://www.example.com/1",
        "https://www.example.com/2?a=1&b=2",
        "https://www.example.com/3",
    ]
    assert sitemap.errors == ["line 4 is no address", "line 5 is no address"]


def test_a_feed_may_serve_as_a_sitemap() -> None:
    rss = b"<rss><channel><item><title>T</title><link>https://www.example.com/1</link><pubDate>Mon, 03 Feb 2025 07:15:00 +0100</pubDate></item></channel></rss>"
    (found,) = parse_sitemap(rss, URL).candidates
    assert (found.url, found.title) == ("https://www.example.com/1", "T") and found.published is not None
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/1"/></entry></feed>'
    assert urls(parse_sitemap(atom, URL)) == numbered(1)


def test_gzip_is_told_by_its_bytes_whatever_the_name_says() -> None:
    body = urlset(*locs(1, 2))
    for packed in (
        gzip.compress(body),
        gzip.compress(gzip.compress(body)),
        gzip.compress(body[:150]) + gzip.compress(body[150:]),
        gzip.compress(body) + b"\0" * 20,
    ):
        for name, content_type in ((URL, "application/xml"), (URL + ".gz", "application/x-gzip"), (URL, None)):
            assert urls(parse_sitemap(packed, name, content_type)) == numbered(1, 2)
    assert urls(parse_sitemap(body, URL + ".gz", "application/gzip")) == numbered(1, 2)


def test_a_gzip_file_that_is_cut_or_damaged_gives_what_could_be_read() -> None:
    packed = gzip.compress(urlset(*locs(*range(12_000))), 6)
    for broken in (
        packed[: len(packed) // 2],
        packed[:-4],
        packed[: len(packed) // 2] + b"\xff" * 400 + packed[len(packed) // 2 + 400 :],
    ):
        sitemap = parse_sitemap(broken, URL)
        assert len(sitemap.candidates) > 3000
        assert urls(sitemap)[:3] == numbered(0, 1, 2)
        assert "gzip" in sitemap.errors[0]


def test_a_gzip_bomb_is_read_to_ten_megabytes() -> None:
    bomb = gzip.compress(urlset(*locs(1)).replace(b"</urlset>", b"") + b" " * 60_000_000, 1)
    started = time.perf_counter()
    sitemap = parse_sitemap(bomb, URL)
    assert urls(sitemap) == numbered(1)
    assert "10 MB" in sitemap.errors[0]
    assert time.perf_counter() - started < 20


def test_a_sitemap_that_is_cut_off_keeps_what_came() -> None:
    body = urlset(*locs(1, 2, 3))
    for cut in range(body.index(b"</url>"), len(body)):
        assert urls(parse_sitemap(body[:cut], URL))[0] == "https://www.example.com/1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b" \n", "empty"), (b"<!doctype html><html><body>404</body></html>", "HTML"),
    (b"nothing", "neither"), (b"<root/>", "neither"), (b"{}", "neither"), (b"\x1f\x8b", "empty"),
    (b"\x89PNG", "neither")],
)  # fmt: skip
def test_what_is_no_sitemap_is_refused_in_one_line(body: bytes, reason: str) -> None:
    with pytest.raises(NotASitemap, match=reason) as refused:
        parse_sitemap(body, URL)
    assert "\n" not in str(refused.value)


def test_an_empty_sitemap_is_a_sitemap() -> None:
    assert parse_sitemap(urlset(), URL).candidates == []
    assert parse_sitemap(b"<urlset/>", URL).candidates == []


def test_entities_are_neither_expanded_nor_loaded() -> None:
    doctype = b'<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    body = doctype + urlset(*locs(1), "<loc>https://www.example.com/&b;&x;</loc>").replace(
        b'<?xml version="1.0" encoding="UTF-8"?>', b""
    )
    assert urls(parse_sitemap(body, URL)) == ["https://www.example.com/1", "https://www.example.com/&b;&x;"]


def test_fifty_thousand_addresses_take_about_a_second_and_broken_ones_linear_time() -> None:
    body = urlset(
        *(f"<loc>https://www.example.com/{n}</loc><lastmod>2025-01-14T06:00:00+01:00</lastmod>" for n in range(50_000))
    )
    started = time.process_time()
    assert len(parse_sitemap(body, URL).candidates) == 50_000
    assert time.process_time() - started < 4  # 0.7 s on a quiet machine
    started = time.process_time()
    cut = body[: len(body) // 5]
    assert len(parse_sitemap(cut, URL).candidates) >= 9_999
    for piece in (
        b"<url>",
        b"<loc>",
        b"<url><loc>",
        b"<!--",
        b"<![CDATA[",
        b"&",
        b"http://a b\n",
        b"<urlset>",
        b"<sitemap ",
    ):
        parse_sitemap(b"<urlset>" + piece * (20_000 // len(piece)), URL)
        parse_sitemap(b"http://a.example/\n" + piece * (20_000 // len(piece)), URL)
    assert time.process_time() - started < 20


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<urlset>",
                "<url>",
                "</url>",
                "<loc>",
                "</loc>",
                "http://x.example/",
                "&",
                "<![CDATA[",
                "]]>",
                "<!--",
                "-->",
                "<sitemap>",
                "\n",
                "<",
                ">",
                "é",
                "<news:title>",
                "<lastmod>",
                "2025",
                "\0",
            ]
        ),
        max_size=20,
    ).map("".join)
    | st.text(max_size=40)
)
def test_a_sitemap_or_not_a_sitemap_and_nothing_else(text: str) -> None:
    for body in (
        text.encode("utf-8", "surrogatepass"),
        b"<urlset>" + text.encode("utf-8", "surrogatepass"),
        b"\x1f\x8b\x08" + text.encode("utf-8", "surrogatepass"),
    ):
        try:
            sitemap = parse_sitemap(body, URL)
        except NotASitemap:
            continue
        assert all(c.url.startswith(("http://", "https://")) for c in sitemap.candidates)
