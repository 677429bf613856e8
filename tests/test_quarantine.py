"""The quarantine: what kills its readers or cannot be written is set aside with who, when and why, and can be retried."""

import json
import re
import shutil

import pytest

from crawler.demo.newsroom import Answer
from newslib import Archive
from newslib.store import ReferenceMissing, operations
from newslib.store.segments import Segments
from tests.crawling import ROOT, records, scrapy, verified
from tests.storing import article, clean, link, page, paragraph, store, url


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "archive"


def set_aside(archive, n, **known):
    archive.discover([link(url(n))]).result(10)
    archive.finish(url(n), "quarantined", "it hangs", page=page(url(n), **known), who="extract").result(10)


def test_who_when_why_and_the_page_are_kept_in_the_commit_of_the_outcome(folder):
    with Archive(folder, write=True, run="run-1") as archive:
        set_aside(archive, 1, body=b"<p>hostile", headers=[("X", "y")])
    with Archive(folder) as archive:
        (aside,) = archive.quarantined()
        assert (aside.url, aside.source, aside.who, aside.why, aside.run) == (
            url(1),
            "example",
            "extract",
            "it hangs",
            "run-1",
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", aside.at) and not aside.waiting
        assert archive.outcome(url(1)) == ("quarantined", "it hangs")
        kept = archive.page_at(aside.warc, url(1))
        assert kept.raw == b"<p>hostile" and ("X", "y") in kept.headers
        assert clean(archive)


@pytest.mark.parametrize("policy", ["matched", "all", "none"])
def test_its_page_is_kept_unless_no_pages_are(folder, policy):
    with Archive(folder, write=True, warc=policy) as archive:
        set_aside(archive, 1)
        assert bool(archive.quarantined()[0].warc) == (policy != "none")
        assert clean(archive)


def test_retry_makes_it_pending_and_it_stays_listed_until_the_url_ends_otherwise(folder):
    with Archive(folder, write=True) as archive:
        for n in (1, 2, 3):
            set_aside(archive, n)
        assert archive.retry([url(1)]).result(10) == 1
        assert archive.still_pending([url(1), url(2), url(3)]) == [url(1)]
        assert {aside.url: aside.waiting for aside in archive.quarantined()} == {
            url(1): True,
            url(2): False,
            url(3): False,
        }
        assert archive.retry([url(1)]).result(10) == 0, "it is pending already"
        store(archive, url(1), [paragraph("one")])
        assert archive.retry().result(10) == 2
        archive.finish(url(2), "not-found", "HTTP 404").result(10)
        archive.finish(url(3), "quarantined", "it hangs again", who="extract").result(10)
        assert [(aside.url, aside.why, aside.waiting) for aside in archive.quarantined()] == [
            (url(3), "it hangs again", False)
        ]
        assert clean(archive)


def test_a_run_takes_what_is_retried_and_leaves_the_rest_alone(folder):
    with Archive(folder, write=True) as archive:
        set_aside(archive, 1)
        set_aside(archive, 2)
        archive.discover([link(url(1)), link(url(2))]).result(10)
        archive.begin(["example"], {}).result(10)
        assert archive.pending("news.example", ["example"], 9) == []
        archive.retry([url(2)]).result(10)
        assert [row.url for row in archive.pending("news.example", ["example"], 9)] == [url(2)]


def test_what_an_older_version_has_set_aside_is_listed_and_can_be_retried(folder):
    with Archive(folder, write=True) as archive:
        set_aside(archive, 1)
        archive._submit(lambda db, _: db.execute("DELETE FROM quarantine")).result(10)
        (aside,) = archive.quarantined()
        assert (aside.url, aside.why, aside.at, aside.run) == (url(1), "it hangs", "", "")
        assert archive.retry().result(10) == 1 and archive.still_pending([url(1)]) == [url(1)]


def test_a_record_set_aside_while_it_was_read_anew_stays_stored(folder):
    with Archive(folder, write=True) as archive:
        store(archive, url(1), [paragraph("one")])
        archive.set_aside(url(1), "it hangs today's extractor").result(10)
        assert archive.outcome(url(1))[0] == "stored" and archive.quarantined()[0].who == "reextract"
        assert archive.is_aside(url(1)) and not archive.is_aside(url(2))
        assert archive.retry().result(10) == 1
        assert archive.outcome(url(1))[0] == "stored" and archive.quarantined() == []
        assert clean(archive)


def test_a_record_that_refers_to_one_that_could_not_be_written_is_told_apart(folder, monkeypatch):
    plainly = operations.records.line_of

    def faulty(made):
        if made.title == "cursed":
            raise ValueError("no line can hold this")
        return plainly(made)

    monkeypatch.setattr(operations.records, "line_of", faulty)
    with Archive(folder, write=True) as archive:
        texts = [paragraph("first"), paragraph("shared")]
        cursed, innocent = article(url(1), title="cursed"), article(url(2), title="innocent")
        archive.admit(cursed, texts)
        archive.admit(innocent, [paragraph("second"), paragraph("more of it"), texts[1]])
        assert innocent.repeats[0]["of"]["id"] == cursed.id
        with pytest.raises(ValueError, match="no line can hold this"):
            archive.store(cursed, page(url(1)), url=url(1)).result(10)
        with pytest.raises(ReferenceMissing):
            archive.store(innocent, page(url(2)), url=url(2)).result(10)
        assert archive.admit(innocent, [paragraph("second"), paragraph("more of it"), texts[1]]) == "new"
        assert innocent.repeats == [] and archive.store(innocent, page(url(2)), url=url(2)).result(10)
        assert clean(archive)


CURSE = """
class Curse:
    'A step that leaves what no JSON can hold.'

    def process_item(self, item):
        if item.url.endswith("%s"):
            item.tags = [b"bytes"]
        return item
"""
HANG = """

_extract = extract


def extract(body, *more):
    import time

    time.sleep(60 * (b"HANGS" in body))
    return _extract(body, *more)
"""


def test_in_a_crawl_pages_that_hang_workers_and_records_that_cannot_be_written_are_set_aside(tmp_path, newsroom):
    for name in ("crawler", "pipelines", "newslib", "reader", "topics", "sources"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "local"))
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    outlet = newsroom.outlets[0]
    good, bad = [outlet.url(a.path) for a in outlet.out() if not a.answer][:2]
    newsroom.route(outlet.host, "/hangs", Answer(200, {"Content-Type": "text/html"}, b"<p>HANGS"))
    hangs = newsroom.url(outlet.host, "/hangs")
    (tmp_path / "list.txt").write_text(f"{good}\n{bad}\n{hangs}\n", encoding="utf-8")
    (tmp_path / "curse.py").write_text(CURSE % bad.rpartition("/")[2], encoding="utf-8")
    with (tmp_path / "crawler" / "settings.py").open("a", encoding="utf-8") as file:
        file.write('\nITEM_PIPELINES["curse.Curse"] = 250\n')
    reader = tmp_path / "newslib" / "extraction" / "extract.py"
    reads = reader.read_text(encoding="utf-8")
    reader.write_text(reads + HANG, encoding="utf-8")
    settings = ("-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ARCHIVE_DIR=kept", "-s", "EXTRACTION_DEADLINE=4")

    def run(*args):
        done = scrapy(*args, *settings, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done

    run("crawl", "urls", "-a", "file=list.txt")
    with Archive(tmp_path / "kept") as archive:
        aside = {each.url: each for each in archive.quarantined()}
        assert set(aside) == {bad, hangs} and archive.outcome(good)[0] == "stored"
        assert aside[bad].who == "store" and "could not be written" in aside[bad].why
        assert aside[hangs].who == "extract" and "within 4 s" in aside[hangs].why
        assert archive.page_at(aside[bad].warc, bad).status == 200
        assert archive.page_at(aside[hangs].warc, hangs).raw == b"<p>HANGS"
    assert "2 will be tried again" in run("archive", "quarantine", "retry").stdout
    (tmp_path / "curse.py").write_text("class Curse:\n    pass\n", encoding="utf-8")
    reader.write_text(reads, encoding="utf-8")
    run("crawl", "urls", "-a", "file=list.txt")
    with Archive(tmp_path / "kept") as archive:
        assert archive.quarantined() == []
    assert {r["url"] for r in records(tmp_path / "kept")} == {good, bad}
    verified(tmp_path / "kept")


def test_a_page_that_cannot_be_written_does_not_keep_its_url_from_ending(folder, monkeypatch):
    import asyncio
    from types import SimpleNamespace

    from pipelines.draft import Ended
    from pipelines.step import Step

    def faulty(*_):
        raise ValueError("no header can hold this")

    monkeypatch.setattr(Segments, "add_exchange", faulty)
    with Archive(folder, write=True, warc="all") as archive:
        crawler = SimpleNamespace(
            archive=archive, errors=[], stats=SimpleNamespace(inc_value=lambda name: None), spider=None
        )
        for n, outcome in enumerate(("off-topic", "quarantined", "empty")):
            with pytest.raises(Ended):
                asyncio.run(Step(crawler).end(page(url(n)), outcome, "why"))
            assert archive.outcome(url(n))[0] == "quarantined" and "no header" in archive.outcome(url(n))[1]
        assert clean(archive)


def test_the_verb_lists_what_is_set_aside_and_refuses_what_is_not(folder):
    with Archive(folder, write=True) as archive:
        set_aside(archive, 1)
    settings = ("-s", f"ARCHIVE_DIR={folder}")
    (row,) = json.loads(scrapy("archive", "quarantine", "list", "--json", *settings).stdout)
    assert (row["url"], row["who"], row["why"], row["waiting"]) == (url(1), "extract", "it hangs", False)
    wrong = scrapy("archive", "quarantine", "retry", "https://unknown.example/", *settings)
    assert wrong.returncode == 2 and "is not in the quarantine" in wrong.stderr


def test_a_record_whose_page_no_worker_survives_today_is_set_aside_and_passed_over_until_it_is_retried(
    folder, tmp_path
):
    import asyncio
    from types import SimpleNamespace

    from crawler.reextract import Pages, Selection, Topics
    from pipelines.draft import Ended
    from pipelines.step import Step

    def skipped(archive):
        pages = Pages(archive, None, Selection(), Topics(tmp_path, []))
        return [each for each in pages if each is not None], pages.skipped

    with Archive(folder, write=True) as archive:
        store(archive, url(1), [paragraph("one")])
        (hanging,), _ = skipped(archive)
        assert hanging.in_place and hanging.url == url(1)
        crawler = SimpleNamespace(
            archive=archive, errors=[], stats=SimpleNamespace(inc_value=lambda name: None), spider=None
        )
        with pytest.raises(Ended):
            asyncio.run(Step(crawler).end(hanging, "quarantined", "it hangs", who="extract"))
        assert archive.outcome(url(1))[0] == "stored" and archive.quarantined()[0].who == "reextract"
        assert skipped(archive) == ([], {"in quarantine": 1})
        archive.retry([url(1)]).result(10)
        assert len(skipped(archive)[0]) == 1
        assert clean(archive)
