"""`scrapy archive reextract`: articles anew from the WARC, without a network, with nothing lost or doubled."""

import gzip
import json
import os
import signal
import subprocess
import time

import pytest

from crawler.reextract import Pages, Selection, Topics
from newslib import Archive
from newslib.config import load_topic
from newslib.page import Page
from newslib.rematch import rematch
from newslib.store import Link, rebuild, recovery, segments
from tests.crawling import ROOT, command, crawl, records, scrapy, verified
from tests.crawling import TOPIC as TOPIC_ID
from tests.storing import FETCHED, article, paragraph, url

TOPIC = 'any = ["harbour"]\n'


def html(title, *paragraphs, **head):
    metas = "".join(f'<meta name="{name}" content="{value}">' for name, value in head.items())
    texts = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<html lang=en><head><title>{title}</title>{metas}</head><body><article><h1>{title}</h1>{texts}</article></body></html>"
    ).encode()


def page(address, body, **known):
    headers = [("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"')]
    request = [("User-Agent", "test"), ("Accept", "text/html")]
    known = {"status": 200, "headers": headers, "request_headers": request, "raw": body, "fetched": FETCHED} | known
    return Page(address, address, body=body, ip="192.0.2.1", **known)


def words(n):
    return [paragraph(f"the harbour and story {n}"), paragraph(f"ships of story {n}"), paragraph(f"tides of story {n}")]


def keep(archive, n, body=None, **known):
    """Store a page as an older extractor would have read it: with a wrong title and a paragraph less."""
    address = url(n)
    texts = words(n)
    archive.discover([Link(url=address, source="example", via="feed", found_url="https://news.example/feed")]).result(
        10
    )
    found = {"via": "feed", "url": "https://news.example/feed", "at": FETCHED}
    old = {"title": f"Old title {n}", "publisher": "The Example", "country": "GB", "found": found, "language": "en"}
    made = article(address, **(old | {"topics": [{"id": "sea", "version": "0", "score": 0.1, "terms": []}]} | known))
    assert archive.admit(made, texts[:2]) != "unchanged"
    kept = page(address, body or html(f"Story {n} of the harbour", *texts, author="Ada Byron"))
    return archive.store(made, kept, url=address, etag='"1"').result(10)


@pytest.fixture
def folder(tmp_path):
    """An archive of five articles that today's extractor reads in another way, and a topic to judge them by."""
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "sea.toml").write_text(TOPIC, encoding="utf-8")
    with Archive(tmp_path / "archive", write=True) as archive:
        for n in range(5):
            keep(archive, n)
    return tmp_path / "archive"


def reextract(folder, *more, code=0, **known):
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", f"TOPICS_DIR={folder.parent / 'topics'}")
    done = scrapy("archive", "reextract", "--json", *more, *settings, "-s", "EXTRACTION_WORKERS=2", **known)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code in (0, 1) else done.stderr


def test_what_is_read_in_another_way_becomes_a_new_version_and_doing_it_again_changes_nothing(folder):
    with Archive(folder) as archive:
        outcomes = {n: archive.url(url(n)) for n in range(5)}
    assert outcomes[0]["outcome"] == "stored" and outcomes[0]["etag"] == '"1"'
    before = records(folder)
    size = sum(file.stat().st_size for file in folder.glob("warc/**/*.gz"))
    result = reextract(folder)
    assert (result["read"], result["versions"], result["unchanged"], result["errors"]) == (5, 5, 0, [])
    assert sum(file.stat().st_size for file in folder.glob("warc/**/*.gz")) == size, "a page was written twice"
    assert records(folder)[:5] == before, "a stored line changed"
    again = reextract(folder)
    assert (again["read"], again["versions"], again["unchanged"]) == (5, 0, 5)
    assert len(records(folder)) == 10
    verified(folder)
    with Archive(folder) as archive:
        assert {n: archive.url(url(n)) for n in range(5)} == outcomes, "the outcomes of URLs stay"
    for old, new in zip(before, sorted(records(folder)[5:], key=lambda r: r["url"]), strict=True):
        assert new["title"] != old["title"] and new["title"].startswith("Story") and new["authors"] == ["Ada Byron"]
        assert new["version"] == 2 and new["article"] == old["article"] and len(new["text"]) > len(old["text"])
        for name in ("url", "warc", "found", "source", "publisher", "country", "fetched", "fetched_url"):
            assert new[name] == old[name], name
        assert [(t["id"], t["version"] != "0") for t in new["topics"]] == [("sea", True)], (
            "judged by the topic of today"
        )
        assert new["topics"][0]["terms"][0]["count"] > 1


WRONG = {
    "title": "Another title", "description": "Another description", "authors": ["Somebody Else"], "language": "de",
    "published": "2001-01-01T00:00:00Z", "modified": "2001-01-01T00:00:00Z", "day": "2001-01-01", "dated_by": "url",
    "utc_offset": "+09:00", "language_score": 0.1, "section": "Sports", "tags": ["wrong"], "body": "teaser",
    "image": "https://news.example/x.png", "paywalled": True, "rights": {"tdm": "reserved", "ai": None, "license": None},
}  # fmt: skip


def test_any_field_that_the_page_gives_makes_a_version_when_it_alone_differs(folder):
    with Archive(folder, write=True) as archive:
        for n in range(5, len(WRONG)):
            keep(archive, n)
    reextract(folder)
    with Archive(folder, write=True) as archive:
        for n, (name, wrong) in enumerate(WRONG.items()):
            stored = archive.article(archive.latest(url(n)).id)
            known = archive.article(stored.id)
            fetched = archive.page_at(known.warc, known.url)
            setattr(known, name, wrong)
            assert archive.admit(known, known.full_text.split("\n\n"), instead_of=stored) == "version", name
            archive.store(known, fetched, url=None).result(10)
    result = reextract(folder)
    with Archive(folder) as archive:
        newest = [archive.article(archive.latest(url(n)).id) for n in range(len(WRONG))]
    assert [
        name for n, name in enumerate(WRONG) if newest[n].version != 4 or getattr(newest[n], name) == WRONG[name]
    ] == []
    assert (result["versions"], result["unchanged"]) == (len(WRONG), 0)
    assert reextract(folder)["versions"] == 0


def chosen(folder, selection):
    with Archive(folder) as archive:
        pages = Pages(archive, None, selection, Topics(folder.parent / "topics", selection.topics))
        return [page.url for page in pages if page is not None]


def test_records_are_chosen_by_topic_language_and_time(folder):
    with Archive(folder, write=True) as archive:
        keep(archive, 6, topics=[], published="2020-01-01T00:00:00Z")
        keep(archive, 7, language="fr", published="2020-06-01T00:00:00Z")
    assert chosen(folder, Selection(language="fr")) == [url(7)]
    assert chosen(folder, Selection(until="2020-03-01")) == [url(6)]
    assert reextract(folder, "--topic", "sea", "--since", "2020-03-01")["read"] == 6
    assert "no topic `lake`" in reextract(folder, "--topic", "lake", code=2)
    assert "--since" in reextract(folder, "--since", "tomorrow", code=2)
    assert "BCP 47" in reextract(folder, "--language", "English", code=2)


def test_records_from_a_feed_and_pages_that_are_no_article_any_more_stay_as_they_are(folder):
    with Archive(folder, write=True) as archive:
        from_feed = article(url(8), body="feed", title="From a feed")
        archive.admit(from_feed, ["What the feed said."])
        archive.store(from_feed, None, url=url(8), outcome="gone", reason="HTTP 410").result(10)
        keep(archive, 9, body=b"<html><body>nothing here</body></html>")
    result = reextract(folder)
    assert result["skipped"] == {"from a feed alone": 1} and result["other"] == {"empty": 1} and result["versions"] == 5
    with Archive(folder) as archive:
        assert archive.latest(url(8)).version == 1 and archive.outcome(url(8))[0] == "gone"
        assert archive.latest(url(9)).version == 1 and archive.outcome(url(9))[0] == "stored"
    verified(folder)


def test_a_compressed_page_is_read_and_one_that_cannot_be_decoded_is_named(folder):
    with Archive(folder, write=True) as archive:
        for n, raw in ((10, gzip.compress(html("Packed", *words(10)))), (11, b"this is no gzip")):
            made = article(url(n), title="Old")
            archive.admit(made, words(n)[:1])
            packed = page(url(n), raw, headers=[("Content-Type", "text/html"), ("Content-Encoding", "gzip")])
            archive.store(made, packed, url=url(n)).result(10)
    result = reextract(folder, code=1)
    assert len(result["errors"]) == 1 and url(11) in result["errors"][0] and "decoded" in result["errors"][0]
    with Archive(folder) as archive:
        assert archive.latest(url(10)).title == "Packed" and archive.latest(url(11)).version == 1


def test_a_broken_member_of_the_warc_costs_its_own_record_alone(folder):
    with Archive(folder) as archive:
        at = archive.article(archive.latest(url(2)).id).warc
    with (folder / at["file"]).open("r+b") as file:
        file.seek(at["offset"] + 30)
        file.write(b"\0" * 40)
    result = reextract(folder, code=1)
    assert result["versions"] == 4 and len(result["errors"]) == 1 and at["file"] in result["errors"][0]


def test_a_file_of_the_warc_that_is_missing_costs_its_own_records_alone(folder, monkeypatch):
    for module in (segments, recovery):
        monkeypatch.setattr(module, "today", lambda: "2099/01/01")
    with Archive(folder, write=True) as archive:
        lost = keep(archive, 5).warc["file"]
    monkeypatch.undo()
    (folder / lost).unlink()
    rebuild(folder)
    result = reextract(folder, code=1)
    assert result["versions"] == 5 and len(result["errors"]) == 1 and f"{lost} is missing" in result["errors"][0]


def test_an_archive_without_pages_says_so(tmp_path):
    (tmp_path / "topics").mkdir()
    with Archive(tmp_path / "archive", write=True, warc="none") as archive:
        keep(archive, 1)
    assert "WARC_STORE=none" in reextract(tmp_path / "archive", code=2)
    assert "holds no archive" in reextract(tmp_path / "nothing", code=2)
    assert not (tmp_path / "nothing").exists()


def test_a_topic_whose_file_is_gone_keeps_what_it_said(folder):
    (folder.parent / "topics" / "sea.toml").unlink()
    result = reextract(folder)
    assert result["topics_gone"] == ["sea"] and result["versions"] == 5
    assert [t["version"] for r in records(folder)[5:] for t in r["topics"]] == ["0"] * 5


def test_into_another_archive_come_all_versions_with_their_pages_dates_and_headers(folder):
    with Archive(folder, write=True) as archive:
        changed = html("Story 0, a day later", *words("zero"))
        made = article(url(0), title="Old again", fetched="2025-11-04T10:00:00Z")
        archive.admit(made, words("zero")[:1])
        later = page(url(0), changed, fetched="2025-11-04T10:00:00Z")
        archive.store(made, later, url=url(0)).result(10)
    other = folder.parent / "other"
    before = records(folder)
    result = reextract(folder, "--into", other)
    assert (result["stored"], result["versions"]) == (5, 1) and records(folder) == before
    verified(other)
    with Archive(folder) as old, Archive(other) as new:
        stored = {r.url: r for r in new.articles(latest=True)}
        assert len(stored) == 5 and stored[url(0)].title == "Story 0, a day later" and stored[url(0)].version == 2
        for record in old.articles():
            copy = next(r for r in new.articles() if (r.url, r.fetched) == (record.url, record.fetched))
            assert new.page(copy) == old.page(record)
            one, two = old.page_at(record.warc, ""), new.page_at(copy.warc, "")
            one.warc = two.warc = None
            assert one == two and ("User-Agent", "test") in two.request_headers and two.fetched == record.fetched
        assert new.outcome(url(0))[0] == "stored" and new.url(url(0))["etag"] == '"1"'
    again = reextract(folder, "--into", other)
    assert again["read"] == 0 and again["skipped"] == {"there already": 6} and len(records(other)) == 6
    assert "is the archive itself" in reextract(folder, "--into", folder, code=2)


def test_killed_at_any_time_and_run_again_it_doubles_nothing_and_misses_nothing(folder):
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", f"TOPICS_DIR={folder.parent / 'topics'}")
    for point in ("after-jsonl", "before-commit:2", "after-commit:2"):
        environment = {**os.environ, "STORE_FAILPOINT": point, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            command("archive", "reextract", *settings), cwd=ROOT, env=environment, capture_output=True, timeout=120
        )
        assert done.returncode in (0, -signal.SIGKILL)
    reextract(folder)
    assert sorted((r["url"], r["version"]) for r in records(folder)) == [(url(n), v) for n in range(5) for v in (1, 2)]
    verified(folder)


def test_ctrl_c_ends_it_in_good_order_and_the_next_run_goes_on(folder):
    with Archive(folder, write=True) as archive:
        for n in range(20, 320):
            keep(archive, n)
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", f"TOPICS_DIR={folder.parent / 'topics'}")
    running = subprocess.Popen(command("archive", "reextract", *settings), cwd=ROOT, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(records(folder)) < 310 and time.monotonic() < until:
        time.sleep(0.05)
    asked = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 130 and time.monotonic() - asked < 12
    verified(folder)
    left = 610 - len(records(folder))
    assert left > 0 and reextract(folder)["versions"] == left


def test_what_a_crawl_has_stored_is_read_and_judged_alike_and_another_archive_gets_the_same(tmp_path, newsroom):
    (tmp_path / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
    folder, other = tmp_path / "archive", tmp_path / "other"
    done = crawl(folder, tmp_path / "sources.toml", "-a", "since=30d", "-s", "WARC_STORE=all")
    assert done.returncode == 0, done.stderr
    settings = ("-s", f"ARCHIVE_DIR={folder}", "--json")
    result = json.loads(scrapy("archive", "reextract", *settings).stdout)
    assert result["unchanged"] == result["read"] > 20 and result["other"] == {} and result["errors"] == []
    with Archive(folder, write=True) as archive:
        assert list(rematch(archive, [load_topic(TOPIC_ID, ROOT / "topics")], lambda *_: None)) == []
    assert json.loads(scrapy("archive", "reextract", "--into", other, *settings).stdout)["stored"] == result["read"]
    with Archive(folder) as archive, Archive(other) as copies:
        for copy in copies.articles():
            record = archive.article(copy.id)
            for name in ("full_sha256", "title", "authors", "day", "language", "found", "publisher", "fetched"):
                assert getattr(copy, name) == getattr(record, name), name
    verified(other)
