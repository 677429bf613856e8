"""What a run takes, leaves and takes again: budgets, changed topics, failures, windows of time."""

import time

import pytest

from crawler.demo.newsroom import Answer
from newslib import Archive
from newslib.urls import canonical
from tests.crawling import crawl, records, report, verified


@pytest.fixture
def tumen(tmp_path, newsroom):
    """Newsroom, its outlet with most articles on the topic, archive folder, sources file with its feed alone."""
    outlet = next(o for o in newsroom.outlets if o.id == "tumen-post")
    sources = tmp_path / "one.toml"
    sources.write_text(
        f'id = "tumen-post"\nname = "Tumen Post"\nsite = "{newsroom.url(outlet.host)}"\nlanguage = "en"\n'
        f'feeds = ["{newsroom.url(outlet.host, "/rss.xml")}"]\n'
    )
    return newsroom, outlet, tmp_path / "archive", sources


def articles_asked(newsroom, outlet):
    paths = {a.path for a in outlet.articles}
    return [r.path for r in newsroom.requests if r.path in paths]


def test_a_budget_leaves_the_rest_pending_with_the_reason_and_the_next_run_goes_on(tumen):
    newsroom, outlet, folder, sources = tumen
    assert crawl(folder, sources, "-s", "PAGES_PER_HOST=5").returncode == 0
    assert len(articles_asked(newsroom, outlet)) == 5
    with Archive.open(folder) as archive:
        pending = archive.outcomes()["pending"]
        (host,) = archive.pending_hosts(["tumen-post"])
        left = archive.pending(host, ["tumen-post"], 99)
        assert pending == len(left) > 5
        assert archive.url(left[0].url)["reason"] == "over-budget"
    verified(folder)
    assert crawl(folder, sources).returncode == 0
    with Archive.open(folder) as archive:
        assert "pending" not in archive.outcomes()
    asked = articles_asked(newsroom, outlet)
    assert len(asked) == len(set(asked)) == 5 + pending


def test_likely_titles_come_first(tumen):
    newsroom, outlet, folder, sources = tumen
    assert crawl(folder, sources, "-s", "PAGES_PER_HOST=5").returncode == 0
    on_topic = {a.path: a.on_topic for a in outlet.articles}
    assert all(on_topic[path] for path in articles_asked(newsroom, outlet))


def topic(folder, words):
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(f"any = {words}".replace("'", '"'))
    return ["-s", f"TOPICS_DIR={folder}"]


def test_under_a_changed_topic_refused_pages_are_judged_anew_and_stored_ones_stay(tumen, tmp_path):
    newsroom, outlet, folder, sources = tumen
    first = topic(tmp_path / "topics", ["Khasan"])
    assert crawl(folder, sources, *first, topic="mine").returncode == 0
    before = {r["id"] for r in records(folder)}
    assert before
    newsroom.forget()
    assert crawl(folder, sources, *first, topic="mine").returncode == 0
    assert not articles_asked(newsroom, outlet)
    second = topic(tmp_path / "topics", ["Pyongyang"])
    assert crawl(folder, sources, *second, topic="mine").returncode == 0
    after = records(folder)
    assert before < {r["id"] for r in after} and len(after) == len({r["id"] for r in after})
    assert len({r["topics"][0]["version"] for r in after}) == 2
    verified(folder)


def test_a_page_that_fails_is_tried_by_three_later_runs_and_then_recorded_from_its_feed(tumen):
    newsroom, outlet, folder, sources = tumen
    article = next(a for a in outlet.out() if a.on_topic and not a.answer and a.via == "all")
    url = canonical(newsroom.url(outlet.host, article.path))
    newsroom.route(outlet.host, article.path, Answer(500))
    for run in range(1, 6):
        newsroom.forget()
        assert crawl(folder, sources, "-s", "RETRY_TIMES=0").returncode == 0
        with Archive.open(folder) as archive:
            assert archive.outcome(url)[0] == "failed"
            of_it = [a for a in archive.articles() if a.url == url]
        assert len(articles_asked(newsroom, outlet)) >= (run <= 4)
        assert len(of_it) == (run >= 4), run
    assert not articles_asked(newsroom, outlet)
    record = of_it[0]
    assert (record.body, record.warc, record.title) == ("feed", None, article.title)
    assert record.topics and record.published
    verified(folder)


def test_since_and_until_bound_what_feeds_and_sitemaps_date(tumen):
    newsroom, outlet, folder, sources = tumen
    assert crawl(folder, sources, "-a", "since=12h").returncode == 0
    young = {a.path for a in outlet.out() if a.hours < 12}
    assert set(articles_asked(newsroom, outlet)) <= young
    newsroom.forget()
    assert crawl(folder, sources, "-a", "since=30d", "-a", "until=12h").returncode == 0
    assert articles_asked(newsroom, outlet)
    assert not set(articles_asked(newsroom, outlet)) & young


def test_crawl_delay_is_a_floor_under_everything(tumen):
    newsroom, outlet, folder, sources = tumen
    newsroom.route(outlet.host, "/robots.txt", Answer(200, {}, "User-agent: *\nCrawl-delay: 0.4\n"))
    assert crawl(folder, sources, "-s", "PAGES_PER_HOST=8").returncode == 0
    assert report(folder)["seconds"] >= 0.4 * 9


def test_the_contact_goes_into_the_user_agent(tumen):
    newsroom, _, folder, sources = tumen
    assert crawl(folder, sources, "-s", "CONTACT=https://example.org/bot", "-s", "PAGES_PER_HOST=1").returncode == 0
    assert {r.headers["user-agent"] for r in newsroom.requests} == {"newsarchive/0.1 (+https://example.org/bot)"}


def test_a_page_that_redirects_to_a_stored_article_is_an_alias_and_not_asked_for_again(tumen):
    newsroom, outlet, folder, sources = tumen
    on_topic = [a for a in outlet.out() if a.on_topic and not a.answer and a.via == "all"]
    newsroom.route(outlet.host, on_topic[0].path, Answer(301, {"Location": on_topic[1].path}))
    assert crawl(folder, sources).returncode == 0
    with Archive.open(folder) as archive:
        assert archive.outcome(canonical(newsroom.url(outlet.host, on_topic[0].path))) == ("unchanged", "alias")
        assert archive.outcome(canonical(newsroom.url(outlet.host, on_topic[1].path)))[0] in ("stored", "unchanged")
    urls = [r["url"] for r in records(folder)]
    assert len(urls) == len(set(urls))
    newsroom.update()
    newsroom.forget()
    assert crawl(folder, sources).returncode == 0
    assert on_topic[0].path not in articles_asked(newsroom, outlet)
    verified(folder)


def test_a_feed_that_names_a_page_after_it_could_not_be_had_still_makes_a_record(tmp_path, newsroom):
    outlet = next(o for o in newsroom.outlets if o.id == "harbour-gazette")
    feed = next(way.path for way in outlet.ways if way.format != "sitemap")
    site = newsroom.url(outlet.host)
    sources = tmp_path / "one.toml"
    sources.write_text(
        f'id = "harbour"\nname = "Harbour"\nsite = "{site}"\nlanguage = "en"\n'
        f'feeds = ["{site}{feed[1:]}"]\nsitemaps = ["{site}sitemap.xml"]\n'
    )
    refused = {newsroom.url(outlet.host, path) for path in ("/world/squid-quota", "/private/envoy-interview")}

    def after_the_pages(request):
        end = time.monotonic() + 10
        while time.monotonic() < end and not newsroom.count("/world/squid-quota"):
            time.sleep(0.05)
        time.sleep(0.5)

    newsroom.route(outlet.host, feed, after_the_pages)
    assert crawl(tmp_path / "archive", sources).returncode == 0
    from_feed = {r["url"] for r in records(tmp_path / "archive") if r["body"] == "feed"}
    assert from_feed == {canonical(url) for url in refused}
    verified(tmp_path / "archive")
    newsroom.forget()
    assert crawl(tmp_path / "archive", sources).returncode == 0
    assert not articles_asked(newsroom, outlet), "asked once more for what the feed said, and never again"
