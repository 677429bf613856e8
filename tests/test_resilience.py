"""What must not stop, starve or blind a crawl: bad links, steps of one's own, slow hosts, a full disk."""

import os
import resource
import subprocess

import pytest

from crawler.demo.newsroom import Answer
from newslib import Archive
from newslib.urls import canonical
from tests.crawling import ROOT, command, crawl, crawl_args, records, report, scrapy, verified
from tests.test_spider_contract import OFFSITE, project


@pytest.fixture
def everything(tmp_path, newsroom):
    sources = tmp_path / "sources.toml"
    sources.write_text(newsroom.sources_toml(), encoding="utf-8")
    return newsroom, tmp_path / "archive", sources


def test_links_that_are_no_addresses_cost_nothing_but_themselves(everything):
    newsroom, folder, sources = everything
    outlet = next(o for o in newsroom.outlets if o.id == "tumen-post")
    feed = newsroom._of(outlet, "/rss.xml", None).body.decode()
    bad = "".join(
        f"<item><title>North Korea and Russia</title><link>{link}</link></item>"
        for link in (
            "http://[1:2]/story",
            "http://[1.2.3.4]/s",
            "http://a b/",
            "http://x:99999/",
            "javascript:alert(1)",
            "http://",
        )
    )
    newsroom.route(
        outlet.host,
        "/rss.xml",
        Answer(200, {"Content-Type": "application/rss+xml"}, feed.replace("<item>", f"{bad}<item>", 1)),
    )
    done = crawl(folder, sources)
    assert done.returncode == 0, done.stderr
    assert sum("tumen-post" in r["url"] for r in records(folder)) >= 10
    verified(folder)


STEP = """
import asyncio
from scrapy.exceptions import DropItem


class Mine:
    async def process_item(self, item):
        await asyncio.sleep(0.01)
        raise DropItem("not for me")
"""


def test_pages_that_a_step_of_ones_own_drops_end_as_off_topic_and_all_are_asked_for(tmp_path, newsroom):
    folder = project(tmp_path, "")
    (folder / "mine.py").write_text(STEP)
    settings = folder / "crawler" / "settings.py"
    settings.write_text(settings.read_text() + '\nITEM_PIPELINES["mine.Mine"] = 250\n')
    sources = tmp_path / "sources.toml"
    sources.write_text(newsroom.sources_toml(), encoding="utf-8")
    done = scrapy(*crawl_args(tmp_path / "archive", sources), cwd=folder)
    assert done.returncode == 0, done.stderr
    with Archive.open(tmp_path / "archive") as archive:
        outcomes = archive.outcomes()
        assert "pending" not in outcomes and outcomes["off-topic"] > 80, outcomes
        url = next(u for u, e in newsroom.expected().items() if e.outcome == "stored" and e.fetched_url == u)
        assert archive.outcome(canonical(url)) == ("off-topic", "dropped by a step: not for me")


def test_a_step_between_paragraphs_and_store_is_refused_at_start(everything):
    newsroom, folder, sources = everything
    pipelines = (
        '{"pipelines.extract.ExtractPipeline": 1, "pipelines.match.MatchPipeline": 2, "pipelines.paragraphs.ParagraphsPipeline": 3, '
        '"scrapy.pipelines.files.FilesPipeline": 4, "pipelines.store.StorePipeline": 5}'
    )
    done = crawl(folder, sources, "-s", f"ITEM_PIPELINES={pipelines}")
    assert done.returncode == 2 and "no step may stand between" in done.stderr
    assert not newsroom.requests


def test_many_requests_lost_on_one_host_do_not_keep_the_run_open(tmp_path, newsroom):
    first, second = newsroom.outlets[0].host, newsroom.outlets[1].host
    urls = [newsroom.url(first, f"/moved-{n}") for n in range(12)]
    for n in range(12):
        newsroom.route(first, f"/moved-{n}", Answer(302, {"Location": newsroom.url(second, "/elsewhere")}))
    spider = OFFSITE % {"host": first, "url": urls[0]}
    spider = spider.replace(f'[Link(url="{urls[0]}", via="list")]', f'[Link(url=u, via="list") for u in {urls}]')
    folder = project(tmp_path, spider)
    done = scrapy("crawl", "mine", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ARCHIVE_DIR=kept", cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    with Archive.open(folder / "kept") as archive:
        assert {archive.outcome(url) for url in urls} == {("failed", "no-callback")}


LOOPING = """
import scrapy
from newslib.page import Page


class Mine(scrapy.Spider):
    name = "mine"
    start_urls = ["%s"]

    def parse(self, response):
        yield Page.from_response(response)
        yield from response.follow_all(css="a")
"""


def test_a_spider_that_follows_every_link_ends_and_needs_no_topics(tmp_path, newsroom):
    host = "loop.localhost"
    text = "<p>A sentence that is long enough to be kept as a paragraph of an article.</p>" * 3
    for n in range(3):
        newsroom.route(
            host,
            f"/p{n}",
            Answer(200, {"Content-Type": "text/html"}, f"<h1>{n}</h1>{text}<a href='/p{(n + 1) % 3}'>on</a>"),
        )
    folder = project(tmp_path, LOOPING % newsroom.url(host, "/p0"))
    done = scrapy("crawl", "mine", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ARCHIVE_DIR=kept", cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(records(folder / "kept")) == 3


def test_a_slow_host_with_many_feeds_does_not_hold_up_the_others(everything):
    newsroom, folder, sources = everything
    slow = "slow.localhost"
    newsroom.route(slow, "/robots.txt", Answer(200, {}, "User-agent: *\nCrawl-delay: 0.5\n"))
    feeds = ", ".join(f'"{newsroom.url(slow, f"/feed-{n}.xml")}"' for n in range(40))
    empty = '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>'
    for n in range(40):
        newsroom.route(slow, f"/feed-{n}.xml", Answer(200, {"Content-Type": "application/rss+xml"}, empty))
    tumen = next(o for o in newsroom.outlets if o.id == "tumen-post")
    sources.write_text(
        f'[[source]]\nid = "slow"\nsite = "{newsroom.url(slow)}"\nfeeds = [{feeds}]\n\n'
        f'[[source]]\nid = "tumen-post"\nsite = "{newsroom.url(tumen.host)}"\nfeeds = ["{newsroom.url(tumen.host, "/rss.xml")}"]\n'
    )
    assert crawl(folder, sources).returncode == 0
    order = [r.host for r in newsroom.requests]
    last_article = max(n for n, host in enumerate(order) if host == tumen.host)
    assert order[:last_article].count(slow) < 20, "the articles waited for the slow host's feeds"
    assert len(records(folder)) > 5


def test_a_full_disk_ends_the_run_with_74_one_sentence_and_nothing_lost(everything):
    _newsroom, folder, sources = everything

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    args = command(*crawl_args(folder, sources, "-a", "since=30d"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(args, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, preexec_fn=small)
    assert done.returncode == 74, done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if "rror" in line or line.startswith("scrapy:")]) <= 3, (
        done.stderr
    )
    before = {r["id"] for r in records(folder)}
    assert crawl(folder, sources, "-a", "since=30d").returncode == 0
    after = [r["id"] for r in records(folder)]
    assert before <= set(after) and len(after) == len(set(after)) > 30
    verified(folder)


def test_an_empty_topic_is_refused(everything):
    newsroom, folder, sources = everything
    for topic in ("", ",", " , "):
        done = crawl(folder, sources, topic=topic)
        assert done.returncode == 2 and "topic" in done.stderr and not newsroom.requests


def test_the_counters_of_the_report_add_up(everything):
    _newsroom, folder, sources = everything
    assert crawl(folder, sources).returncode == 0
    numbers = report(folder)
    by_source = {}
    for counts in numbers["sources"].values():
        for name, count in counts.items():
            by_source[name] = by_source.get(name, 0) + count
    assert {name: by_source.get(name, 0) for name in numbers["outcomes"]} == numbers["outcomes"]
    assert numbers["articles"]["stored"] == len(records(folder))
