"""`scrapy extract` as its users call it."""

import json

import pytest

from crawler.demo.newsroom import Newsroom
from tests.crawling import scrapy

PAGE = """<html lang=en><head><title>The ferry question</title>
<link rel=canonical href="https://news.example.org/2025/07/03/ferry?utm_source=x"></head><body><h1>The ferry question</h1>
<p>The council met on Tuesday evening to discuss the future of the old ferry, which has not sailed since May.</p>
<p>Several islanders spoke in favour of a new boat, while the treasurer warned that the reserves are exhausted.</p>"""


@pytest.fixture(scope="module")
def newsroom():
    room = Newsroom(port=0).start()
    yield room
    room.stop()


def test_a_saved_page_is_shown_as_the_archive_would_keep_it(tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    done = scrapy("extract", tmp_path / "page.html", "--json")
    record = json.loads(done.stdout)
    assert (done.returncode, record["url"], record["day"]) == (
        0,
        "https://news.example.org/2025/07/03/ferry",
        "2025-07-03",
    )
    assert record["title"] == "The ferry question" and record["text"].count("\n\n") == 1
    shown = scrapy("extract", tmp_path / "page.html").stdout
    assert "title      The ferry question" in shown and "treasurer warned" in shown


def test_an_address_is_fetched_by_the_rules_of_a_crawl(newsroom):
    address = next(f"{o.base}{a.path}" for o in newsroom.outlets for a in o.out() if not a.answer)
    done = scrapy("extract", address, "--json", "-s", "FETCH_PRIVATE_ADDRESSES=1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["title"]
    refused = scrapy("extract", "http://127.0.0.1:9/story")
    assert refused.returncode == 1 and "blocked-address" in refused.stderr and not refused.stdout


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [("nowhere.html", 2, "nowhere.html: No such file"), ("http://", 2, "is no http or https address"), (".", 2, "directory")],
)  # fmt: skip
def test_a_mistake_is_one_sentence(given, code, said):
    done = scrapy("extract", given)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr and done.stderr.count("\n") == 1


def test_a_page_without_an_article_says_what_it_is(tmp_path):
    (tmp_path / "page.html").write_text("<title>Page not found</title><h1>Page not found</h1>")
    done = scrapy("extract", tmp_path / "page.html")
    assert done.returncode == 1 and "soft-404" in done.stderr and not done.stdout


def test_settings_of_repeats_count_for_a_saved_page_too(tmp_path):
    (tmp_path / "page.html").write_text(PAGE + "<p>Yes, they did.</p><p>Yes, they did.</p>")
    short = [
        json.loads(scrapy("extract", tmp_path / "page.html", "--json", "-s", f"DEDUP_MIN_CHARS={least}").stdout)[
            "repeats"
        ]
        for least in (5, 40)
    ]
    assert [len(found) for found in short] == [1, 0]
