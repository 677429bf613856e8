from datetime import UTC, datetime, timedelta

import apsw
import pytest

from crawler.demo.newsroom import Newsroom
from newslib.store import Archive, ledger, visits
from newslib.store.ledger import row, rows
from tests.crawling import crawl, report, scrapy, verified
from tests.storing import article, link, page, paragraph, store, url

HOURS = [2, 4, 6, 12, 24, 120, 600]  # as in crawler/settings.py
FRESH = (0, 0)  # nothing is known of the host


def later(hours, start="2025-11-03T10:00:00Z"):
    return (datetime.fromisoformat(start) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


# When


def test_an_article_is_asked_for_often_in_two_days_then_ever_less_and_then_no_more():
    age, waits = 0.0, []
    while (hours := visits.wait(age, HOURS, False, *FRESH)) is not None:
        waits.append(hours)
        age += hours
    assert waits == HOURS
    assert sum(hours for hours in waits[:5]) == 48
    assert visits.wait(24 * 365, HOURS, False, *FRESH) is None
    assert visits.wait(0, [], False, *FRESH) is None


def test_an_article_that_was_found_late_begins_where_its_age_is():
    assert visits.wait(30, HOURS, False, *FRESH) == 24
    assert visits.wait(24 * 10, HOURS, False, *FRESH) == 600


def test_what_has_changed_goes_back_a_step():
    assert visits.wait(30, HOURS, True, *FRESH) == 12
    assert visits.wait(0, HOURS, True, *FRESH) == 2


def test_hosts_whose_pages_never_change_are_asked_less_and_those_that_do_more():
    never = [visits.wait(30, HOURS, False, looks, 0) for looks in (0, 10, 40, 90, 1000)]
    assert never == sorted(never) and never[1] > 24 and never[-1] == 24 * visits.SELDOM
    always = [visits.wait(30, HOURS, False, looks, looks) for looks in (0, 10, 1000)]
    assert always == sorted(always, reverse=True) and always[-1] == 24 * visits.OFTEN


# In the ledger


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive", write=True, revisit=HOURS) as opened:
        opened.begin(["example"], {}).result(10)
        yield opened


def due(archive):
    return dict(rows(archive._db, "SELECT url, due FROM visit JOIN url USING (id)"))


def make_due(archive):
    """As if days had passed."""
    archive._submit(lambda db, _: db.execute("UPDATE visit SET due = '2025-11-03T10:00:01Z'")).result(10)


def begin(archive, sources=("example",)):
    archive.begin(list(sources), {}).result(10)
    return [each.url for each in archive.pending("news.example", list(sources), 10)]


def test_a_stored_article_gets_its_time(archive):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    store(archive, url(2), [paragraph(2)], published="2025-10-30T09:00:00Z")
    store(archive, url(3), [paragraph(3)], published="2025-01-01T09:00:00Z")
    store(archive, url(4), [paragraph(4)], day="2025-11-03")
    store(archive, url(5), [paragraph(5)], published="nonsense")
    assert due(archive) == {url(1): later(2), url(2): later(120), url(4): later(6), url(5): later(2)}


def test_what_is_due_is_pending_again_behind_all_that_is_new(archive):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    make_due(archive)
    archive.discover([link(url(2))]).result(10)
    assert begin(archive) == [url(2), url(1)]
    assert archive.outcome(url(1)) is None and due(archive) == {}
    (_, again) = archive.pending("news.example", ["example"], 10)
    assert again.article == archive.latest(url(1)).id.partition("-")[0]


def test_what_is_not_due_is_not_asked_and_a_run_takes_its_own_sources_alone(archive):
    made = article(
        url(1), published=later(-1, datetime.now(UTC).isoformat()), fetched=later(0, datetime.now(UTC).isoformat())
    )
    archive.admit(made, [paragraph(1)])
    archive.store(made, page(url(1)), url=url(1)).result(10)
    assert begin(archive) == []
    make_due(archive)
    assert begin(archive, ["other"]) == []
    assert begin(archive) == [url(1)]


def test_an_unchanged_answer_gives_the_next_time_and_counts_for_the_host(archive):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    make_due(archive)
    begin(archive)
    archive.finish(url(1), "unchanged", page=page(url(1), status=304, body=b"", fetched=later(30))).result(10)
    assert row(archive._db, "SELECT * FROM habit") == ("news.example", 1, 0)
    usual = 24 * visits.USUAL / (visits.USUAL * visits.TRIED / (visits.TRIED + 1))
    assert due(archive) == {url(1): later(30 + usual)}


def test_a_new_version_is_looked_at_again_sooner(archive):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    make_due(archive)
    begin(archive)
    store(archive, url(1), [paragraph(1), paragraph("more")], published="2025-11-03T09:00:00Z", fetched=later(30))
    assert row(archive._db, "SELECT * FROM habit") == ("news.example", 1, 1)
    changing = (1 + visits.USUAL * visits.TRIED) / (1 + visits.TRIED)
    assert due(archive) == {url(1): later(30 + 12 * visits.USUAL / changing)}, "a step back, at a host that changes"


def test_a_visit_because_of_a_feed_says_nothing_of_the_host(archive):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    archive.discover([link(url(1), updated="2025-11-04T09:00:00Z")]).result(10)
    archive.finish(url(1), "unchanged", page=page(url(1), fetched=later(30))).result(10)
    assert rows(archive._db, "SELECT * FROM habit") == [] and due(archive) == {url(1): later(30 + 24)}


@pytest.mark.parametrize("outcome", ["gone", "not-found", "blocked", "failed", "removed", "soft-404"])
def test_what_ended_otherwise_is_not_planned(archive, outcome):
    store(archive, url(1), [paragraph(1)], published="2025-11-03T09:00:00Z")
    make_due(archive)
    begin(archive)
    archive.finish(url(1), outcome, page=page(url(1), status=410)).result(10)
    assert due(archive) == {}


def test_aliases_feed_records_and_pages_of_no_source_are_not_planned(archive):
    made = article(url(1), published="2025-11-03T09:00:00Z")
    archive.admit(made, [paragraph(1)])
    archive.store(made, page(url("print")), url=url("print")).result(10)
    feed = article(url(2), body="feed")
    archive.admit(feed, [paragraph(2)])
    archive.store(feed, None, url=url(2), outcome="gone").result(10)
    store(archive, url(3), [paragraph(3)], source=None)
    assert set(due(archive)) == {url(1)}


def test_a_run_that_is_killed_leaves_what_was_due_pending(tmp_path):
    with Archive(tmp_path / "archive", write=True, revisit=HOURS) as archive:
        archive.begin(["example"], {}).result(10)
        store(archive, url(1), [paragraph(1)])
        make_due(archive)
        begin(archive)
    with Archive(tmp_path / "archive", write=True) as archive:  # and one without revisits takes it, too
        assert begin(archive) == [url(1)]


def test_without_hours_nothing_is_planned_and_what_was_planned_stays(tmp_path):
    with Archive(tmp_path / "archive", write=True, revisit=HOURS) as archive:
        archive.begin(["example"], {}).result(10)
        store(archive, url(1), [paragraph(1)])
        make_due(archive)
    with Archive(tmp_path / "archive", write=True) as archive:
        store(archive, url(2), [paragraph(2)])
        assert begin(archive) == [] and set(due(archive)) == {url(1)}


# In a crawl


def test_a_crawl_asks_again_when_it_is_time_and_only_then(tmp_path):
    with Newsroom() as newsroom:
        sources, folder = tmp_path / "sources.toml", tmp_path / "archive"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        assert crawl(folder, sources, "-a", "since=30d").returncode == 0
        first = report(folder)["outcomes"]["stored"]
        newsroom.update()
        newsroom.forget()
        db = apsw.Connection(str(folder / ledger.NAME))
        count = db.execute("SELECT count(*) FROM visit").fetchone()[0]
        assert count >= first * 0.8
        db.execute("UPDATE visit SET due = '2000-01-01T00:00:00Z'")
        db.close()
        assert crawl(folder, sources, "-a", "since=30d", "-s", "PAGES_PER_HOST=3").returncode == 0
        again = report(folder)["outcomes"]
        assert again["unchanged"] > 5, "by plan, with ETag and Last-Modified"
        with Archive(folder) as archive:
            assert archive.outcomes().get("pending", 0) > 0, "they are a part of PAGES_PER_HOST"
        verified(folder)


@pytest.mark.parametrize("hours", ["2,soon", "0", "-1"])
def test_hours_that_are_none_are_refused(tmp_path, hours):
    done = scrapy("crawl", "news", "-a", "topic=russia-north-korea", "-s", f"REVISIT_HOURS={hours}",
                  "-s", f"ARCHIVE_DIR={tmp_path / 'archive'}")  # fmt: skip
    assert done.returncode == 2 and "REVISIT_HOURS" in done.stderr
