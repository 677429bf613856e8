"""Whole crawls of the demo newsroom, as users run them."""

import json
import subprocess
import time

import pytest

from crawler.demo.newsroom import Answer, Newsroom
from newslib import Archive
from newslib.article import full_text, text_sha256
from newslib.urls import canonical
from tests.crawling import crawl, records, report, verified


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A newsroom, and an archive after one crawl of it. Shared: tests of this module only read."""
    folder = tmp_path_factory.mktemp("crawl")
    with Newsroom() as newsroom:
        sources = folder / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        done = crawl(folder / "archive", sources, "-a", "since=30d")
        assert done.returncode == 0, done.stderr
        yield newsroom, folder / "archive", sources, done


def test_every_listed_article_ends_as_expected(first):
    newsroom, folder, _, _ = first
    from datetime import timedelta

    wrong = []
    with Archive.open(folder) as archive:
        stored = {a.url: a for a in archive.articles()}
        for url, expected in newsroom.expected(timedelta(days=30)).items():
            target = canonical(expected.fetched_url)
            outcome = archive.outcome(target)
            got = outcome[0] if outcome else None
            body = stored[target].body if target in stored else None
            if target != canonical(url):
                assert archive.outcome(canonical(url)) == ("unchanged", "alias")
            if (got, body) != (expected.outcome, expected.body):
                wrong.append((url, outcome, body, expected.outcome, expected.body))
    assert not wrong, wrong


def test_the_archive_is_clean_and_every_record_fits_the_schema(first):
    import jsonschema

    from tests.crawling import ROOT

    _, folder, _, _ = first
    verified(folder)
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "record.schema.json").read_text()))
    for record in records(folder):
        assert not list(validator.iter_errors(record))


def test_repeats_put_back_give_the_full_text(first):
    _, folder, _, _ = first
    stored = records(folder)
    assert any(r["repeats"] for r in stored)
    for record in stored:
        assert text_sha256(full_text(record["text"], record["repeats"])) == record["full_sha256"]


def test_topic_terms_stand_where_the_record_says(first):
    _, folder, _, _ = first
    for record in records(folder):
        for topic in record["topics"]:
            assert topic["id"] == "russia-north-korea" and topic["terms"] and topic["score"] > 0
            for term in topic["terms"]:
                if term["start"] is not None:
                    assert 0 <= term["start"] < term["end"] <= len(record["text"])


def test_nothing_forbidden_by_robots_is_asked_for(first):
    newsroom, _, _, _ = first
    assert not [r for r in newsroom.requests if r.path.startswith("/private/")]


def test_every_request_bears_the_one_honest_name(first):
    newsroom, _, _, _ = first
    agents = {r.headers.get("user-agent") for r in newsroom.requests}
    assert len(agents) == 1 and agents.pop().startswith("newsarchive/")


def test_the_run_report_counts_what_happened_and_the_terminal_says_it(first):
    _, folder, _, done = first
    numbers = report(folder)
    stored = records(folder)
    assert numbers["reason"] == "finished" and numbers["spider"] == "news"
    assert numbers["articles"]["stored"] == len(stored) > 20
    with Archive.open(folder) as archive:
        aliases = sum(numbers["outcomes"].values()) - sum(archive.outcomes().values())
    assert aliases <= 0  # the ledger also has the addresses that redirects led to
    assert numbers["run"] in done.stderr and f"{len(stored)} new" in done.stderr
    assert set(numbers) >= {"topics", "seconds", "requests", "bytes", "not_modified", "paragraphs", "sources", "errors"}


def test_a_second_run_asks_only_for_robots_feeds_and_sitemaps(first):
    newsroom, folder, sources, _ = first
    before = len(records(folder))
    with Archive.open(folder) as archive:
        failed = [
            url
            for url, expected in newsroom.expected().items()
            if (archive.outcome(canonical(url)) or "-")[0] == "failed"
        ]
    newsroom.forget()
    done = crawl(folder, sources, "-a", "since=30d")
    assert done.returncode == 0, done.stderr
    ways = {way.path for outlet in newsroom.outlets for way in outlet.ways} | {"/robots.txt", "/"}
    pages = [r for r in newsroom.requests if r.path not in ways and newsroom.url(r.host, r.path) not in failed]
    assert not [p for p in pages if "sitemap" not in p.path and "feed" not in p.path and "rss" not in p.path], pages
    assert len(records(folder)) == before
    assert report(folder)["not_modified"] > 0


def test_an_updated_article_becomes_a_version_and_a_new_one_is_found(tmp_path, newsroom):
    sources = tmp_path / "sources.toml"
    sources.write_text(newsroom.sources_toml(), encoding="utf-8")
    assert crawl(tmp_path / "archive", sources).returncode == 0
    changed = newsroom.update()
    time.sleep(1.1)
    assert crawl(tmp_path / "archive", sources).returncode == 0
    with Archive.open(tmp_path / "archive") as archive:
        for url in changed["changed"]:
            versions = [a for a in archive.articles() if a.url == canonical(url)]
            assert [a.version for a in versions] == [1, 2]
            assert versions[0].full_sha256 != versions[1].full_sha256
        urls = {a.url for a in archive.articles()}
        assert {canonical(u) for u in changed["new"]} <= urls
    verified(tmp_path / "archive")


def tumen(newsroom: Newsroom):
    """The outlet with most articles on the topic."""
    return next(o for o in newsroom.outlets if o.id == "tumen-post")


def one(newsroom: Newsroom) -> str:
    """A sources file with one outlet's feed alone."""
    outlet = tumen(newsroom)
    feed = next(w for w in outlet.ways if w.format in ("rss", "atom", "rdf", "json"))
    return f'id = "one"\nname = "One"\nsite = "{newsroom.url(outlet.host)}"\nlanguage = "en"\nfeeds = ["{newsroom.url(outlet.host, feed.path)}"]\n'


@pytest.fixture
def small(tmp_path, newsroom):
    """Newsroom, archive folder, and a sources file with one outlet's feed."""
    sources = tmp_path / "one.toml"
    sources.write_text(one(newsroom), encoding="utf-8")
    return newsroom, tmp_path / "archive", sources


def test_a_second_run_at_the_same_time_exits_75_and_changes_nothing(small):
    _, folder, sources = small
    with Archive.open(folder, write=True):
        done = crawl(folder, sources)
    assert done.returncode == 75
    assert len(done.stderr.strip().splitlines()) == 1 and str(folder) in done.stderr
    assert not records(folder)


def test_a_robots_file_that_cannot_be_read_forbids_everything_and_leaves_it_pending(small):
    newsroom, folder, sources = small
    host = tumen(newsroom).host
    newsroom.route(host, "/robots.txt", Answer(503))
    done = crawl(folder, sources, "-s", "RETRY_TIMES=0")
    assert done.returncode == 1  # nothing could be read
    assert {r.path for r in newsroom.requests} == {"/robots.txt"}
    newsroom.route(host, "/robots.txt", Answer(404))
    assert crawl(folder, sources).returncode == 0
    assert records(folder)


def test_robots_not_modified_means_the_stored_rules(small):
    newsroom, folder, sources = small
    assert crawl(folder, sources).returncode == 0
    newsroom.forget()
    newsroom.update()
    assert crawl(folder, sources).returncode == 0
    asked = [r for r in newsroom.requests if r.path == "/robots.txt"]
    assert [r.status for r in asked] == [304]
    assert not [r for r in newsroom.requests if r.path.startswith("/private/")]


def test_a_long_pause_a_host_asks_for_is_kept_across_runs(small):
    newsroom, folder, sources = small
    outlet = tumen(newsroom)
    feed = next(w for w in outlet.ways if w.format in ("rss", "atom", "rdf", "json")).path
    newsroom.route(outlet.host, feed, Answer(429, {"Retry-After": "3600"}))
    crawl(folder, sources)
    assert newsroom.count(newsroom.url(outlet.host, feed)) == 1
    newsroom.forget()
    done = crawl(folder, sources)
    assert newsroom.count(outlet.host) == 0, newsroom.requests
    assert "pause" in done.stderr


HOSTILE = {
    "too large": (Answer(200, {"Content-Type": "text/html"}, b"<p>" + b"x" * 11_000_000), "too-large"),
    "too large unpacked": (
        Answer(200, {"Content-Type": "text/html"}, b"<p>" + b"x" * 11_000_000, gzip=True),
        "too-large",
    ),
    "cut off": (Answer(200, {"Content-Type": "text/html"}, b"<p>" + b"x" * 9_000, cut=4_000), "truncated"),
    "500": (Answer(500), "failed"),
    "403": (Answer(403), "blocked"),
    "451": (Answer(451), "blocked"),
    "410": (Answer(410), "gone"),
    "to the home page": (Answer(302, {"Location": "/"}), "soft-404"),
    "to another scheme": (Answer(302, {"Location": "ftp://127.0.0.1/x"}), "failed"),
    "round and round": (Answer(302, {"Location": "/r?n=1"}), "failed"),
    "no page": (Answer(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4"), "empty"),
    "nothing": (Answer(200, {"Content-Type": "text/html"}, b""), "empty"),
    "no gzip": (
        Answer(200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, b"\x1f\x8bno gzip at all"),
        "failed",
    ),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Each hostile answer in the place of an article, and what became of it in one crawl of the whole newsroom."""
    folder = tmp_path_factory.mktemp("hostile")
    with Newsroom() as newsroom:
        free = [
            (outlet, article)
            for outlet in newsroom.outlets
            for article in outlet.out()
            if article.on_topic and not article.answer and article.via == "all"
        ]
        assert len(free) > len(HOSTILE) + 5
        places = {}
        for name, (outlet, article) in zip(HOSTILE, free, strict=False):
            newsroom.route(outlet.host, article.path, HOSTILE[name][0])
            newsroom.route(outlet.host, "/r?n=1", Answer(302, {"Location": "/r?n=1"}))
            places[name] = canonical(newsroom.url(outlet.host, article.path))
        sources = folder / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        done = crawl(folder / "archive", sources, "-a", "since=30d", "-s", "RETRY_TIMES=0")
    assert done.returncode == 0, done.stderr
    verified(folder / "archive")
    with Archive.open(folder / "archive") as archive:
        assert len(list(archive.articles())) >= len(free) - len(HOSTILE)
        return {name: archive.outcome(url) for name, url in places.items()}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_gets_an_outcome_and_the_others_are_stored(hostile, name):
    assert hostile[name][0] == HOSTILE[name][1]


def test_private_addresses_are_never_connected_to(small, tmp_path):
    newsroom, folder, sources = small
    done = crawl(folder, sources, "-s", "FETCH_PRIVATE_ADDRESSES=0")
    assert done.returncode == 1 and not newsroom.requests
    addresses = [
        f"http://{host}:{newsroom.port}/x"
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]")
    ]
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(addresses))
    from tests.crawling import scrapy

    done = scrapy("crawl", "urls", "-a", f"file={listed}", "-s", f"ARCHIVE_DIR={tmp_path / 'b'}")
    assert done.returncode == 0, done.stderr
    assert not newsroom.requests
    with Archive.open(tmp_path / "b") as archive:
        outcomes = archive.outcomes()
        assert set(outcomes) == {"blocked-address"}, outcomes


def test_a_topic_of_two_words_and_a_home_page_give_articles(tmp_path, newsroom):
    from tests.crawling import ROOT, scrapy

    topic = "test-two-words"
    file = ROOT / "topics" / "local" / f"{topic}.toml"
    file.unlink(missing_ok=True)
    try:
        assert scrapy("topics", "new", topic, "Pyongyang", "평양").returncode == 0
        outlet = next(o for o in newsroom.outlets if o.language == "en")
        done = crawl(tmp_path / "archive", newsroom.url(outlet.host), topic=topic)
        assert done.returncode == 0, done.stderr
    finally:
        file.unlink(missing_ok=True)
    assert records(tmp_path / "archive")


def test_exported_items_are_the_stored_records(small, tmp_path):
    _, folder, sources = small
    done = crawl(folder, sources, "-O", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    exported = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert sorted(exported, key=lambda r: r["id"]) == sorted(records(folder), key=lambda r: r["id"])


def test_a_list_of_addresses_is_stored_whatever_its_subject(tmp_path, newsroom):
    from tests.crawling import scrapy

    articles = [(o, a) for o in newsroom.outlets[:3] for a in o.out() if not a.answer][:6]
    listed = tmp_path / "list.txt"
    listed.write_text("# wanted\n\n" + "\n".join(newsroom.url(o.host, a.path) for o, a in articles))
    done = scrapy(
        *(
            "crawl",
            "urls",
            "-a",
            f"file={listed}",
            "-s",
            "FETCH_PRIVATE_ADDRESSES=1",
            "-s",
            f"ARCHIVE_DIR={tmp_path / 'a'}",
        )
    )
    assert done.returncode == 0, done.stderr
    assert len(records(tmp_path / "a")) == len(articles)
    verified(tmp_path / "a")


MISTAKES = [
    (["crawl", "nws"], "nws", "news"),
    (["crawl", "news"], "topic", "topic"),
    (["crawl", "news", "-a", "topic=no-such"], "no-such", "russia-north-korea"),
    (["crawl", "news", "-a", "topic=russia-north-korea", "-a", "sinse=7d"], "sinse", "since"),
    (["crawl", "news", "-a", "topic=russia-north-korea", "-a", "since=soon"], "soon", "7d"),
    (["crawl", "news", "-a", "topic=russia-north-korea", "-a", "sources=no-such-source"], "no-such-source", ""),
    (["crawl", "urls", "-a", "file=/no/such/file"], "/no/such/file", ""),
    (["crawl", "news", "--colour"], "--colour", ""),
    (["archive", "verfy"], "verfy", "verify"),
    (["topics", "list", "--jsn"], "--jsn", "--json"),
    (["topics", "show", "no-such"], "no-such", "russia-north-korea"),
]


@pytest.mark.parametrize(
    ("args", "named", "offered"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else None
)
def test_a_mistake_is_named_with_what_exists_and_exits_2(args, named, offered, tmp_path):
    from tests.crawling import scrapy

    done = scrapy(*args, "-s", f"ARCHIVE_DIR={tmp_path / 'archive'}")
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert named in done.stderr and offered in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "archive").exists()


def test_a_mistake_in_a_topic_or_source_file_is_one_sentence_with_its_line_before_any_fetch(small, tmp_path):
    newsroom, folder, sources = small
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "x"\nname = "X"\nsite = "http://x.example/"\nfeds = ["http://x.example/rss"]\n')
    done = crawl(folder, bad)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert f"{bad}:4" in done.stderr and "feeds" in done.stderr
    topics = tmp_path / "topics"
    topics.mkdir()
    (topics / "broken.toml").write_text('title = "Broken"\nany = ["kimchi"\n')
    done = crawl(folder, sources, "-s", f"TOPICS_DIR={topics}", topic="broken")
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert "broken.toml:" in done.stderr
    assert not newsroom.requests


def test_the_archive_stays_readable_while_a_crawl_writes(small):
    from tests.crawling import command, crawl_args

    newsroom, folder, sources = small
    process = subprocess.Popen(
        command(*crawl_args(folder, sources)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen = 0
    while process.poll() is None:
        if (folder / "ledger.sqlite").exists():
            try:
                with Archive.open(folder) as archive:
                    seen = max(seen, len(list(archive.articles())))
            except Exception as error:  # the very first moments: no schema yet
                assert "Archive" in type(error).__name__, error
        time.sleep(0.05)
    assert process.returncode == 0 and newsroom.requests
    with Archive.open(folder) as archive:
        assert len(list(archive.articles())) >= seen


def test_a_mobile_address_without_a_twin_is_read_as_it_was_found(tmp_path, newsroom):
    from tests.crawling import scrapy

    outlet = tumen(newsroom)
    article = next(a for a in outlet.out() if a.on_topic and not a.answer)
    amp = f"{article.path}x/amp"
    newsroom.route(outlet.host, amp, lambda request: newsroom._of(outlet, article.path, request))
    listed = tmp_path / "list.txt"
    listed.write_text(newsroom.url(outlet.host, amp))
    done = scrapy(
        *(
            "crawl",
            "urls",
            "-a",
            f"file={listed}",
            "-s",
            "FETCH_PRIVATE_ADDRESSES=1",
            "-s",
            f"ARCHIVE_DIR={tmp_path / 'a'}",
        )
    )
    assert done.returncode == 0, done.stderr
    assert len(records(tmp_path / "a")) == 1
    assert [r.status for r in newsroom.requests if r.path.startswith(f"{article.path}x")] == [404, 200]


@pytest.mark.parametrize(
    "setting",
    ["PAGES_PER_HOST=abc", "WARC_STORE=foo", "DEDUP_SCOPE=foo", "EXTRACTION_WORKERS=-1", "EXTRACTION_DEADLINE=0",
     "FETCH_PRIVATE_ADDRESSES=maybe", "DOWNLOAD_DELAY=x", "ARCHIVE_DIR="],
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_refused_before_any_fetch(setting, small):
    newsroom, folder, sources = small
    done = crawl(folder, sources, "-s", setting)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and setting.split("=")[0] in done.stderr
    assert not newsroom.requests


def test_a_folder_with_a_readme_of_its_own_is_not_taken_for_an_archive(small):
    newsroom, folder, sources = small
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    done = crawl(folder, sources)
    assert done.returncode == 2 and str(folder) in done.stderr and not newsroom.requests
    assert (folder / "README.md").read_text() == "mine"


def test_nobody_speaks_for_another_outlet(small):
    newsroom, folder, sources = small
    outlet = tumen(newsroom)
    other = next(o for o in newsroom.outlets if o.id == "harbour-gazette")
    link = newsroom.url(other.host, "/world/no-such-story-12345")
    item = f"<item><title>Russia and North Korea, says the Gazette</title><link>{link}</link><description>Kim Jong Un</description></item>"
    feed = newsroom._of(outlet, "/rss.xml", None).body.decode().replace("<item>", item + "<item>", 1)
    newsroom.route(outlet.host, "/rss.xml", Answer(200, {"Content-Type": "application/rss+xml"}, feed))
    assert crawl(folder, sources).returncode == 0
    with Archive.open(folder) as archive:
        assert archive.outcome(canonical(link))[0] == "not-found"
    assert link not in {r["url"] for r in records(folder)}


def test_what_a_terminal_would_obey_is_not_printed():
    from tests.crawling import scrapy

    text = "Title \x1b]0;PWNED\x07 Russia\n\x1b[2J North Korea \x9b31m Moscow"
    done = scrapy("topics", "test", "russia-north-korea", "-", stdin=text)
    assert (
        done.returncode == 0 and "\x1b" not in done.stdout and "\x07" not in done.stdout and "\x9b" not in done.stdout
    )
    done = scrapy("topics", "show", "\x1b[31mred")
    assert done.returncode == 2 and "\x1b" not in done.stderr
