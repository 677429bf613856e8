"""Ways into an outlet, run after run: nothing that once worked goes deaf."""

from datetime import UTC, datetime

import pytest

from crawler.demo.newsroom import Answer
from newslib import Archive
from tests.crawling import crawl, records

XML = {"Content-Type": "application/xml"}
TEXT = "".join(
    f"<p>Sentence {n} of a report on Pyongyang and Moscow, long enough to be kept as it is.</p>" for n in range(4)
)


@pytest.fixture
def paper(tmp_path, newsroom):
    """A newsroom, a host of our own in it, and a function that publishes an article there."""
    host = "paper.localhost"
    newsroom.route(host, "/robots.txt", Answer(404))

    def publish(path, title="North Korea and Russia"):
        page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{TEXT}</article></body></html>"
        newsroom.route(host, path, Answer(200, {"Content-Type": "text/html"}, page))
        return newsroom.url(host, path)

    return newsroom, host, publish, tmp_path / "archive", tmp_path / "paper.toml"


def urlset(*urls):
    return "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"


def rss(*urls):
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(
        f"<item><title>On {url[-1]}</title><link>{url}</link><pubDate>{now}</pubDate></item>" for url in urls
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>'


def stored(folder):
    return {r["url"] for r in records(folder)}


def test_the_children_of_an_index_that_never_changes_are_read_in_every_run(paper):
    newsroom, host, publish, folder, sources = paper
    index = f"<sitemapindex><sitemap><loc>{newsroom.url(host, '/child.xml')}</loc></sitemap></sitemapindex>"
    newsroom.route(host, "/sitemap.xml", Answer(200, {**XML, "ETag": '"fixed"'}, index))
    sources.write_text(f'site = "{newsroom.url(host)}"\nsitemaps = ["{newsroom.url(host, "/sitemap.xml")}"]\n')
    first, second = publish("/news/story-10001"), publish("/news/story-10002")
    newsroom.route(host, "/child.xml", Answer(200, {**XML, "ETag": '"1"'}, urlset(first)))
    assert crawl(folder, sources).returncode == 0
    assert stored(folder) == {first}
    newsroom.route(host, "/child.xml", Answer(200, {**XML, "ETag": '"2"'}, urlset(first, second)))
    assert crawl(folder, sources).returncode == 0
    assert stored(folder) == {first, second}


def test_a_feed_found_from_a_home_page_is_asked_again_after_it_failed_once(paper):
    newsroom, host, publish, folder, _ = paper
    home = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body>Paper</body></html>'
    newsroom.route(host, "/", Answer(200, {"Content-Type": "text/html"}, home))
    first, second = publish("/news/story-10001"), publish("/news/story-10002")
    newsroom.route(host, "/rss", Answer(200, {"Content-Type": "application/rss+xml"}, rss(first)))
    assert crawl(folder, newsroom.url(host)).returncode == 0
    newsroom.route(host, "/rss", Answer(500))
    newsroom.route(host, "/", Answer(500))
    crawl(folder, newsroom.url(host), "-s", "RETRY_TIMES=0")
    newsroom.route(host, "/rss", Answer(200, {"Content-Type": "application/rss+xml"}, rss(first, second)))
    assert crawl(folder, newsroom.url(host), "-s", "RETRY_TIMES=0").returncode == 0
    assert stored(folder) == {first, second}


def test_a_home_page_that_refuses_does_not_hide_the_sitemap_that_robots_names(paper):
    newsroom, host, publish, folder, _ = paper
    story = publish("/news/story-10001")
    newsroom.route(host, "/", Answer(403))
    newsroom.route(host, "/robots.txt", Answer(200, {}, "User-agent: *\nDisallow: /x\nSitemap: /map.xml\n"))
    newsroom.route(host, "/map.xml", Answer(200, XML, urlset(story)))
    assert crawl(folder, newsroom.url(host)).returncode == 0
    assert stored(folder) == {story}


def test_a_sitemap_that_was_cut_off_is_read_again_whole(paper):
    newsroom, host, publish, folder, sources = paper
    stories = [publish(f"/news/story-1000{n}") for n in range(6)]
    body = urlset(*stories)
    sources.write_text(f'site = "{newsroom.url(host)}"\nsitemaps = ["{newsroom.url(host, "/map.xml")}"]\n')
    newsroom.route(host, "/map.xml", Answer(200, {**XML, "ETag": '"1"'}, body, cut=len(body) // 2))
    crawl(folder, sources)
    assert stored(folder) < set(stories)
    newsroom.route(host, "/map.xml", Answer(200, {**XML, "ETag": '"1"'}, body))
    assert crawl(folder, sources).returncode == 0
    assert stored(folder) == set(stories)


def test_a_run_that_is_stopped_is_not_the_outlets_failure(paper):
    import os
    import signal
    import subprocess
    import time

    from tests.crawling import command, crawl_args

    newsroom, host, _, folder, sources = paper
    newsroom.route(host, "/rss", Answer(200, {}, rss(), delay=25))
    sources.write_text(f'site = "{newsroom.url(host)}"\nfeeds = ["{newsroom.url(host, "/rss")}"]\n')
    process = subprocess.Popen(command(*crawl_args(folder, sources)), stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 20
    while newsroom.count(newsroom.url(host, "/rss")) == 0 and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(15) == 130
    with Archive.open(folder) as archive:
        assert archive.polled(newsroom.url(host, "/rss")) is None
