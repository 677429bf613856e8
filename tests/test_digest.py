"""`scrapy digest`, and what the texts of strangers may do on a terminal, in mail and in HTML: nothing."""

import html.parser
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.store import Archive, Poll
from reader.digest import FORMATS, as_html, as_md, as_text, digest, notes
from reader.terminal import fit, plain, table, width
from tests.crawling import scrapy
from tests.reading import TOPIC, put, record
from tests.storing import paragraph, store, url

AGENCY = "\n\n".join(paragraph(n) for n in range(6))
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)
SINCE = "2025-11-19T12:00:00Z"
HOSTILE = [
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J",
    "right \u202eto left\u202c and \u2066isolated\u2069 \u200f",
    "<script>alert(1)</script><img src=x onerror=y> & \"quotes\" 'more'",
    "[link](javascript:alert(1)) **bold** `code` # | ~ <b> ![i](u)",
    "Z" + "\u0301\u0316\u0489" * 200 + "algo",
    "漢字とかな" * 20,
    "tabs\tand\nlines\r\nand\u2028separators\u2029\x85\x00\x08",
    "word " * 2000,
    "👨‍👩‍👧 🇰🇵 ｆｕｌｌ한글 \U000e0041 \ufeff\u200b\u00ad",
    "",
]


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive", write=True) as archive:
        archive.begin(["agency"], {}).result(10)
        yield archive


def stored(archive, n, text=None, **known):
    known = {"title": f"Title {n}", "fetched": "2025-11-20T08:00:00Z", "published": "2025-11-20T07:00:00Z", "topics": [TOPIC],
             "source": f"s{n}", "publisher": f"Paper {n}", "language": "en"} | known  # fmt: skip
    return put(archive, record(f"https://s{n}.example/1", **known), text or paragraph(f"{n}{known['title']}"))


def test_copies_are_folded_under_the_earliest_and_the_biggest_story_comes_first(archive):
    stored(archive, 1, published="2025-11-20T09:00:00Z")
    stored(archive, 2, AGENCY, published="2025-11-20T06:00:00Z")
    stored(archive, 3, AGENCY, published="2025-11-20T05:00:00Z", language="fr")
    stored(archive, 4, AGENCY, published="2025-11-20T07:00:00Z")
    found = digest(archive, None, SINCE, now=NOW)
    assert [(s.lead.source, [a.source for a in s.copies]) for s in found.stories] == [("s3", ["s2", "s4"]), ("s1", [])]
    text = as_text(found)
    assert text.startswith("4 new articles in 2 stories, 2025-11-19 12:00 to 2025-11-20 12:00 UTC\n")
    assert "  Paper 3 · fr · 2025-11-20 05:00\n  https://s3.example/1\n  also: Paper 2 (en), Paper 4 (en)\n" in text


def test_articles_of_one_story_are_told_as_one_also_where_none_is_marked_as_a_copy(archive):
    common = "\n\n".join(paragraph(n) for n in range(3))
    for n in (1, 2):  # half of each is its own
        own = "\n\n".join(paragraph(f"{n} {k}") for k in range(3))
        stored(archive, n, f"{common}\n\n{own}")
    assert len(digest(archive, None, SINCE).stories) == 2
    while archive.relate().result(10):
        pass
    assert [story.size for story in archive.stories()] == [2]
    assert len(digest(archive, None, SINCE).stories) == 1


def test_what_was_found_late_is_in_and_what_was_there_before_is_not(archive):
    stored(archive, 1, published="2025-10-01T00:00:00Z")
    stored(archive, 2, fetched="2025-11-18T00:00:00Z")
    stored(archive, 3, topics=[])
    assert [s.lead.source for s in digest(archive, TOPIC["id"], SINCE).stories] == ["s1"]


def test_a_new_version_of_what_was_there_before_is_told_apart(archive):
    stored(archive, 1, fetched="2025-11-18T00:00:00Z")
    stored(archive, 1, title="Changed")
    stored(archive, 2)
    stored(archive, 2, title="Changed at once")
    found = digest(archive, None, SINCE, now=NOW)
    assert [a.title for a in found.updated] == ["Changed"]
    assert [s.lead.title for s in found.stories] == ["Changed at once"]
    for form in FORMATS.values():
        assert "New versions" in form(found)


def polled(archive, source, ok):
    archive.discover([], Poll(source, f"https://{source}.example/feed", "feed", ok=ok, status=200 if ok else 0)).result(
        10
    )


def test_it_says_plainly_when_nothing_was_found_and_who_was_not_reached(archive):
    polled(archive, "good", True)
    polled(archive, "bad", False)
    found = digest(archive, "x", datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"))
    for form in FORMATS.values():
        shown = form(found)
        assert "Nothing new on x" in shown and "1 source was read" in shown and "Not reached: bad." in shown


def test_it_says_when_nobody_looked(archive, tmp_path):
    found = digest(archive, None, "2099-01-01T00:00:00Z")
    assert any("nobody looked" in note for note in notes(found))
    Archive(tmp_path / "b", write=True).close()
    with Archive(tmp_path / "b") as never:
        assert notes(digest(never, None, SINCE)) == ["No crawl has ever run into this archive."]


# --- hostile text


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert not any(name.startswith("on") for name, _ in attrs)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_are_harmless_in_every_format(archive, text):
    stored(archive, 1, title=text, publisher=text, language="en")
    found = digest(archive, None, SINCE, now=NOW)
    for form in FORMATS.values():
        shown = form(found)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", shown)
        assert max(map(len, shown.splitlines())) < 6000
    tags = Tags(as_html(found))
    assert set(tags.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "h1",
        "ul",
        "li",
        "span",
        "a",
        "br",
        "small",
        "p",
    }
    assert tags.links == ["https://s1.example/1"]
    assert as_md(found).count("](") == 1 and "\n<" not in as_md(found)
    assert len(as_text(found).splitlines()) == 7


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://x.example/a b\"<>'\n)", "https://x.example/](javascript:1)", "data:text/html,x"],
)
def test_hostile_addresses_are_no_links_or_safe_ones(archive, address):
    put(archive, record(address, fetched="2025-11-20T08:00:00Z"), "A text.")
    found = digest(archive, None, SINCE, now=NOW)
    for link in Tags(as_html(found)).links:
        assert link.startswith("https://x.example/") and not set(link) & set(' "<>\n')
    assert not re.search(r"\(<(?!https?://)", as_md(found))
    assert len(re.findall(r"\(<[^<>\s]*>\)", as_md(found))) == as_md(found).count("](<")


@given(st.text(max_size=200) | st.sampled_from(HOSTILE), st.integers(1, 60))
def test_text_fits_its_cells_whatever_it_is(text, cells):
    shown = fit(text, cells)
    assert width(shown) == cells
    assert plain(plain(text)) == plain(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in shown)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("漢字", 4),
        ("한글", 4),
        ("ｆ", 2),
        ("e\u0301", 1),
        ("นี้", 1),
        ("あ゙", 2),
        ("👍", 2),
        ("", 0),
        ("שלום", 4),
    ],
)
def test_width_is_what_a_terminal_shows(text, cells):
    assert width(plain(text)) == cells


@given(st.lists(st.tuples(st.text(max_size=80), st.integers(0, 10**6).map(str)), max_size=8))
def test_tables_are_aligned(rows):
    lines = table([["name", "n"], *map(list, rows)], most=30)
    assert len({width(line) for line in lines}) == 1
    assert all(line.endswith(n) for line, (_, n) in zip(lines[1:], rows, strict=True))


def test_a_hostile_title_is_harmless_in_search_and_stats(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        for n, text in enumerate(HOSTILE):
            odd = record(f"https://s{n}.example/1", title=text, publisher=text, source=text[:40])
            put(archive, odd, f"{paragraph(n)} {text}")
    for verb in (["search", "paragraph", "--facets", "--limit", "20"], ["stats"], ["digest", "--since", "2025-01-01"]):
        done = scrapy(*verb, "-s", f"ARCHIVE_DIR={tmp_path / 'a'}")
        assert done.returncode == 0, done.stderr
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", done.stdout)
        assert max(map(width, done.stdout.splitlines())) < 1000


# --- the verb


def test_the_verb_prints_the_digest_and_refuses_what_is_no_topic_or_time(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        stored(archive, 1)
    options = ("-s", f"ARCHIVE_DIR={tmp_path / 'a'}")
    done = scrapy("digest", "russia-north-korea", "--since", "2025-11-19", "--format", "md", *options)
    assert done.returncode == 0 and "[Title 1](<https://s1.example/1>)" in done.stdout, done.stderr
    assert "Nothing new" in scrapy("digest", *options).stdout
    for arguments, word in ((["russia-north-kora"], "did you mean russia-north-korea"), (["--since", "soon"], "soon")):
        wrong = scrapy("digest", *arguments, *options)
        assert wrong.returncode == 2 and word in wrong.stderr and wrong.stdout == ""


@pytest.mark.parametrize("since", ["2025-01", "2025", "2025-01-01", "9000d", "2025-01-01T00:00:00Z"])
def test_since_is_what_it_is_for_every_verb_that_reads(tmp_path, since):
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1), [paragraph(1)])
    done = scrapy("digest", "--since", since, "-s", f"ARCHIVE_DIR={tmp_path / 'a'}")
    assert done.returncode == 0 and done.stdout.startswith("1 new article"), done.stderr


def test_a_topic_of_long_ago_without_its_file_is_known_and_a_mistyped_one_named(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        archive.begin(["example"], {"long-ago": "1"}).result()
        store(archive, url(1), [paragraph(1)])
    for _ in range(101):
        with Archive(tmp_path / "a", write=True) as archive:
            archive.begin(["example"], {"other": "1"}).result()
    for verb in (["digest", "{}"], ["search", "word", "--topic", "{}"], ["stories", "list", "--topic", "{}"]):
        known, mistyped = (
            scrapy(*(word.format(topic) for word in verb), "-s", f"ARCHIVE_DIR={tmp_path / 'a'}")
            for topic in ("long-ago", "long-agp")
        )
        assert known.returncode == 0, known.stderr
        assert mistyped.returncode == 2 and "there is no topic `long-agp`; did you mean long-ago?" in mistyped.stderr
