"""The frontier: what is pending, what is due again, how URLs end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from newslib import Archive
from newslib.article import article_id
from newslib.store import TRIES, Discovered, HostState, Poll, PollState
from newslib.store.frontier import OUTCOMES
from tests.storing import FETCHED, article, clean, link, page, paragraph, store, url

FEED = "https://news.example/feed"
BEFORE, AFTER, LATER = "2025-11-03T09:00:00Z", "2025-11-03T11:00:00Z", "2025-11-03T12:00:00Z"


@pytest.fixture
def archive(tmp_path: Path):
    with Archive(tmp_path, write=True, run="run-1") as opened:
        opened.begin(["example"], {"tea": "v1"}).result(10)
        yield opened


def discover(archive: Archive, *links, **known) -> Discovered:
    return archive.discover(links, **known).result(10)


def pending(archive: Archive, *sources: str) -> list[str]:
    return [p.url for p in archive.pending("news.example", list(sources or ["example"]), 100)]


def test_a_discovered_url_is_pending_with_everything_that_was_said_of_it(archive: Archive) -> None:
    one = link(url(1), title="T", summary="S", published=BEFORE, day="2025-11-03", utc_offset="+09:00", language="en")
    assert discover(archive, one, link(url(2)), link(url(1))) == Discovered(new=2, known=1)
    first = archive.pending("news.example", ["example"], 1)[0]
    assert (first.hint.title, first.hint.summary, first.hint.utc_offset) == ("T", "S", "+09:00")
    assert (first.found.via, first.found.url, first.found.at[:2]) == ("feed", FEED, "20")
    assert (first.original, first.tries, first.article, first.etag) == (url(1), 0, None, None)
    assert archive.outcomes() == {"pending": 2}


def test_pending_urls_come_by_priority_then_in_the_order_of_discovery(archive: Archive) -> None:
    discover(archive, link(url(1)), link(url(2), priority=5), link(url(3)), link(url(4), priority=5))
    assert pending(archive) == [url(2), url(4), url(1), url(3)]
    discover(archive, link(url(3), priority=9, title="late"), link(url(4), priority=1))
    assert pending(archive) == [url(3), url(2), url(4), url(1)], "raised, never lowered"
    assert archive.pending("news.example", ["example"], 1)[0].hint.title == "late"


def test_of_equal_priority_the_newest_come_first_and_those_without_a_date_last(archive: Archive) -> None:
    discover(archive, link(url("old"), published=BEFORE), link(url("none")), link(url("day"), day="2025-11-04"))
    discover(archive, link(url("likely"), priority=1), link(url("new"), published=AFTER), link(url("none2")))
    discover(archive, link(url("changed"), published=BEFORE, updated=LATER))
    assert pending(archive) == [url(n) for n in ("likely", "day", "changed", "new", "old", "none", "none2")]
    discover(archive, link(url("none2"), updated=LATER), link(url("new")))
    assert pending(archive)[2:4] == [url("none2"), url("changed")], "a date that comes later counts"


def test_pending_urls_that_are_skipped_make_room_for_others(archive: Archive) -> None:
    discover(archive, *(link(url(n)) for n in range(6)))
    taken = {url(n) for n in (0, 1, 3)} | {url("unknown")}
    assert [p.url for p in archive.pending("news.example", ["example"], 2, taken)] == [url(2), url(4)]
    assert [p.url for p in archive.pending("news.example", ["example"], 9, skip=list(taken))] == [
        url(2), url(4), url(5)
    ]  # fmt: skip
    assert archive.pending("news.example", ["example"], 0) == []


def test_a_few_of_very_many_pending_urls_are_found_without_sorting_them(archive: Archive) -> None:
    many = (
        link(url(n), source=("other", "example")[n > 40_000], published=f"2025-{n % 12 + 1:02}-03T10:00:00Z")
        for n in range(50_000)
    )
    archive.discover(many).result(60)
    plan = archive._db.execute(
        "EXPLAIN QUERY PLAN SELECT url FROM url WHERE outcome IS NULL AND host = ?"
        " AND source IN (SELECT value FROM json_each(?)) ORDER BY priority DESC, dated DESC, id",
        ("news.example", "[]"),
    ).fetchall()
    assert not any("TEMP B-TREE" in step[3] for step in plan)
    skip = {p.url for p in archive.pending("news.example", ["example"], 500)}
    started = time.perf_counter()
    for _ in range(20):
        assert len(archive.pending("news.example", ["example"], 8, skip)) == 8
    assert time.perf_counter() - started < 2


def test_a_run_takes_only_the_pending_urls_of_its_own_sources(archive: Archive) -> None:
    discover(archive, link(url(1)), link(url(2), source="other"), link(url(3, "b.example"), source="other"))
    assert archive.pending_hosts(["example"]) == {"news.example": 1}
    assert archive.pending_hosts(["example", "other"]) == {"news.example": 2, "b.example": 1}
    assert pending(archive, "other") == [url(2)]


def test_what_an_absent_source_left_pending_goes_to_the_source_that_offers_it_now(archive: Archive) -> None:
    discover(archive, link(url(1), source="absent"))
    discover(archive, link(url(1), source="example", via="home"))
    (taken,) = archive.pending("news.example", ["example"], 9)
    assert (taken.source, taken.found.via) == ("example", "home")
    discover(archive, link(url(1), source="another"))
    assert pending(archive) == [url(1)], "a source of this run keeps it"


def test_a_stored_page_is_due_again_when_its_date_is_later_than_the_fetch(archive: Archive) -> None:
    store(archive, url(1), [paragraph("x")])
    assert discover(archive, link(url(1), published=BEFORE)).known == 1
    assert discover(archive, link(url(1), published=BEFORE, updated=AFTER)).due == 1
    archive.finish(url(1), "unchanged", page=page(url(1), fetched=LATER)).result(10)
    assert discover(archive, link(url(1), updated=AFTER)).known == 1


def test_a_date_that_is_offered_while_a_page_is_under_way_is_acted_on_later(archive: Archive) -> None:
    discover(archive, link(url(1), updated=BEFORE))
    discover(archive, link(url(1), updated=AFTER))
    store(archive, url(1), [paragraph("x")])
    assert discover(archive, link(url(1), updated=AFTER)).due == 1


def test_a_date_in_the_future_is_acted_on_once(archive: Archive) -> None:
    far = "2099-01-01T00:00:00Z"
    discover(archive, link(url(1), published=far))
    store(archive, url(1), [paragraph("x")])
    assert discover(archive, link(url(1), published=far)).known == 1
    further = "2099-01-02T00:00:00Z"
    assert discover(archive, link(url(1), published=further)).due == 1
    archive.finish(url(1), "unchanged").result(10)
    assert discover(archive, link(url(1), published=further)).known == 1


@pytest.mark.parametrize("outcome", sorted(OUTCOMES - {"stored", "unchanged", "off-topic", "failed"}))
def test_other_outcomes_stay(archive: Archive, outcome: str) -> None:
    archive.finish(url(1), outcome, "why").result(10)
    assert discover(archive, link(url(1), updated=LATER), topics={"tea": "v2"}).known == 1
    assert archive.outcome(url(1)) == (outcome, "why")


TEA, COAL = {"tea": "v1"}, {"coal": "v1"}


def test_an_off_topic_url_is_pending_again_for_a_topic_that_has_not_judged_it(archive: Archive) -> None:
    discover(archive, link(url(1)), topics=TEA)
    archive.finish(url(1), "off-topic", "no match", judged=TEA, groups={"tea/b", "tea/a"}).result(10)
    assert discover(archive, link(url(1), updated=LATER), topics=TEA).known == 1
    assert discover(archive, link(url(1)), topics=TEA | COAL).due == 1
    (again,) = archive.pending("news.example", ["example"], 9)
    assert again.etag is None, "a 304 would tell nothing of a page that is not stored"


def test_runs_of_different_topics_on_one_archive_judge_a_page_once_each(archive: Archive) -> None:
    for topics in (TEA, COAL):
        (topic,) = topics
        assert discover(archive, link(url(1)), topics=topics) == Discovered(new=topics == TEA, due=topics == COAL)
        archive.finish(url(1), "off-topic", judged=topics, groups=[f"{topic}/a"]).result(10)
    for topics in (TEA, COAL, TEA | COAL):
        assert discover(archive, link(url(1)), topics=topics).known == 1
    known = archive.url(url(1))
    assert known is not None
    assert (known["judged"], known["groups"]) == (TEA | COAL, ["coal/a", "tea/a"])


def test_a_new_version_of_a_topic_judges_again_and_replaces_what_the_old_one_said(archive: Archive) -> None:
    archive.finish(url(1), "off-topic", judged=TEA | COAL, groups=["tea/a", "coal/a"]).result(10)
    assert discover(archive, link(url(1)), topics={"tea": "v2"}).due == 1
    archive.finish(url(1), "failed", "timeout").result(10)
    archive.finish(url(1), "off-topic", judged={"tea": "v2"}, groups=["tea/b"]).result(10)
    known = archive.url(url(1))
    assert known is not None
    assert (known["judged"], known["groups"]) == ({"tea": "v2", "coal": "v1"}, ["coal/a", "tea/b"])
    assert discover(archive, link(url(1)), topics={"tea": "v2"} | COAL).known == 1
    assert discover(archive, link(url(1)), topics=TEA).due == 1, "only the newest version that judged is known"


def test_without_topics_an_off_topic_url_is_due_unless_a_step_of_such_a_run_dropped_it(archive: Archive) -> None:
    archive.finish(url(1), "off-topic", judged=TEA).result(10)
    archive.finish(url(2), "off-topic", "dropped by a step", judged={}).result(10)
    assert discover(archive, link(url(1)), link(url(2))) == Discovered(due=1, known=1)
    assert discover(archive, link(url(2)), topics=TEA).due == 1


def alias(archive: Archive, address: str, of: str, text: object = "x", **known) -> str:
    """Store `of` as it was read at `address`, an alias (or find it unchanged) -> the article's id."""
    made = article(of, **known)
    if archive.admit(made, [paragraph(text)]) == "unchanged":
        archive.finish(address, "unchanged", "alias", article=made.article, page=page(address, **known)).result(10)
    else:
        archive.store(made, page(address, **known), url=address).result(10)
    return made.article


@pytest.mark.parametrize("stored_first", [False, True])
def test_a_newer_date_at_an_alias_makes_the_articles_own_address_due(archive: Archive, stored_first: bool) -> None:
    discover(archive, link(url("r"), original="https://news.example/r?utm_source=x"))
    if stored_first:
        store(archive, url(1), [paragraph("x")])
    made = alias(archive, url("r"), url(1))
    assert archive.url(url("r"))["alias"] == made  # type: ignore[index]
    assert discover(archive, link(url("r"), updated=BEFORE)).known == 1
    assert discover(archive, link(url("r"), updated=AFTER, title="New"), link(url(1))) == Discovered(due=1, known=1)
    assert archive.outcome(url("r")) == ("unchanged", "alias"), "and is not revisited"
    (due,) = archive.pending("news.example", ["example"], 9)
    assert (due.url, due.original, due.hint.title, due.article) == (url(1), url(1), "New", made)
    archive.finish(url(1), "unchanged", page=page(url(1), fetched=LATER)).result(10)
    assert discover(archive, link(url("r"), updated=AFTER)).known == 1


def test_what_was_read_through_an_alias_counts_as_a_fetch_of_its_article(archive: Archive) -> None:
    store(archive, url(1), [paragraph("x")])
    alias(archive, url("r"), url(1), fetched=LATER)
    assert discover(archive, link(url("r"), updated=AFTER), link(url(1), updated=AFTER)).known == 2


def test_an_alias_with_a_date_that_lies_ahead_is_acted_on_once(archive: Archive) -> None:
    alias(archive, url("r"), url(1))
    far = "2099-01-01T00:00:00Z"
    assert discover(archive, link(url("r"), updated=far)).due == 1
    archive.finish(url(1), "unchanged").result(10)
    assert discover(archive, link(url("r"), updated=far)).known == 1


@pytest.mark.parametrize("outcome", ["not-found", "gone", "quarantined", "removed"])
def test_an_article_that_is_gone_stays_gone_whatever_its_aliases_say(archive: Archive, outcome: str) -> None:
    alias(archive, url("r"), url(1))
    archive.finish(url(1), outcome).result(10)
    assert discover(archive, link(url("r"), updated=LATER)).known == 1


def test_an_article_that_moves_to_another_address_and_back_is_followed(archive: Archive) -> None:
    store(archive, url(1), [paragraph("x")])
    alias(archive, url("r"), url(1))
    alias(archive, url(1), url(2))
    assert clean(archive), "the records of the first address still have their URL"
    assert discover(archive, link(url("r"), updated=AFTER)).due == 1
    assert pending(archive) == [url(2)]
    alias(archive, url(2), url(1))
    assert discover(archive, link(url(2), updated=AFTER), link(url(1), updated=LATER)) == Discovered(due=1, known=1)
    assert pending(archive) == [url(1)]
    assert clean(archive)


def test_an_alias_of_itself_or_of_nothing_stored_does_no_harm(archive: Archive) -> None:
    made = store(archive, url(1), [paragraph("x")])
    archive.finish(url(1), "unchanged", article=made.article).result(10)
    assert discover(archive, link(url(1), updated=LATER)).known == 1  # fetched now
    archive.finish(url("r"), "unchanged", "alias", article="a0123456789abcdef").result(10)
    archive.finish(url("s"), "unchanged", "alias").result(10)
    assert discover(archive, link(url("r"), updated=LATER), link(url("s"), updated=LATER)).known == 2
    archive.finish(url("r"), "failed", "timeout").result(10)
    assert archive.url(url("r"))["alias"] is None  # type: ignore[index]


def test_a_failed_url_is_tried_again_by_three_later_runs(tmp_path: Path) -> None:
    for tries in range(6):
        with Archive(tmp_path, write=True) as archive:
            archive.begin(["example"], {}).result(10)
            if tries == 0:
                discover(archive, link(url(1)), link(url(2), source="other"))
                archive.finish(url(2), "failed", "timeout").result(10)
            assert pending(archive) == ([url(1)] if tries < 4 else [])
            if tries < 4:
                assert archive.pending("news.example", ["example"], 1)[0].tries == tries
                archive.finish(url(1), "failed", "timeout").result(10)
            assert archive.outcome(url(2)) == ("failed", "timeout"), "another source's"
            assert clean(archive)


def test_a_stored_page_that_fails_later_is_asked_again_when_it_changes(archive: Archive) -> None:
    store(archive, url(1), [paragraph("x")])
    archive.finish(url(1), "failed", "timeout").result(10)
    assert discover(archive, link(url(1), updated=BEFORE)).known == 1
    assert discover(archive, link(url(1), updated=AFTER)).due == 1


def test_validators_of_a_page_are_kept_for_what_is_stored(archive: Archive) -> None:
    made = article(url(1))
    archive.admit(made, [paragraph("x")])
    archive.store(made, page(url(1)), url=url(1), etag='"1"', last_modified="Mon").result(10)
    discover(archive, link(url(1), updated=AFTER))
    (due,) = archive.pending("news.example", ["example"], 9)
    assert (due.etag, due.last_modified, due.article) == ('"1"', "Mon", made.article)
    archive.finish(url(1), "unchanged", "304", page=page(url(1), status=304, body=b"", fetched=AFTER)).result(10)
    known = archive.url(url(1))
    assert known is not None
    assert (known["etag"], known["fetched"]) == ('"1"', AFTER)
    archive.finish(url(1), "unchanged", page=page(url(1), fetched=LATER), etag='"2"').result(10)
    known = archive.url(url(1))
    assert known is not None
    assert (known["etag"], known["last_modified"]) == ('"2"', None), "a whole answer replaces both"


def test_deferred_urls_stay_pending_with_the_reason(archive: Archive) -> None:
    discover(archive, link(url(1)), link(url(2)), link(url(3)))
    archive.defer([url(1)], "retry-after").result(10)
    archive.finish(url(3), "gone", "HTTP 410").result(10)
    assert archive.outcomes() == {"pending": 2, "gone": 1}
    archive.defer("news.example", "over-budget").result(10)
    assert [archive.url(url(n))["reason"] for n in (1, 2, 3)] == ["over-budget"] * 2 + ["HTTP 410"]  # type: ignore[index]
    assert archive.outcome(url(1)) is None


def test_an_outcome_always_has_a_reason_and_no_other_outcome_is_taken(archive: Archive) -> None:
    archive.finish(url(1), "not-found").result(10)
    assert archive.outcome(url(1)) == ("not-found", "not-found")
    with pytest.raises(ValueError, match="'vanished' is no outcome; there are blocked"):
        archive.finish(url(2), "vanished").result(10)
    assert archive.outcomes() == {"not-found": 1}


def test_validators_of_a_feed_commit_with_its_links(archive: Archive) -> None:
    def poll(**known) -> Poll:
        return Poll("example", FEED, "feed", **({"ok": True, "status": 200} | known))

    discover(archive, link(url(1)), poll=poll(etag='"1"', last_modified="Mon", judge="j1"))
    assert archive.polled(FEED) == PollState('"1"', "Mon", "j1")
    discover(archive, poll=poll(status=304, unchanged=True, judge="j2"))
    assert archive.polled(FEED) == PollState('"1"', "Mon", "j1"), "a 304 says nothing under another judge"
    discover(archive, poll=poll(ok=False, status=503, error="HTTP 503", etag='"x"', judge="j2"))
    assert archive.polled(FEED) == PollState('"1"', "Mon", "j1")
    discover(archive, poll=poll(etag='"2"', judge="j2"))
    assert archive.polled(FEED) == PollState('"2"', None, "j2")
    assert archive.polled(url("none")) is None
    ((source, day, ok, failed, new),) = archive._db.execute("SELECT * FROM coverage").fetchall()
    assert (source, ok, failed, new) == ("example", 3, 1, 1)
    assert day == time.strftime("%Y-%m-%d", time.gmtime())


def test_half_surrogates_in_links_do_no_harm(archive: Archive) -> None:
    odd = link(url("a\ud83d"), title="b\udc00", original="c\ud800")
    assert discover(archive, odd, poll=Poll("example", FEED, "feed", ok=False, error="\ud800")).new == 1
    archive.finish(url("a\ud83d"), "gone", "\ud800").result(10)
    assert archive.outcomes() == {"gone": 1}
    assert archive.still_pending([url("a\ud83d")]) == []


def test_still_pending(archive: Archive) -> None:
    discover(archive, link(url(1)), link(url(2)))
    archive.finish(url(1), "gone").result(10)
    assert archive.still_pending([url(1), url(2), url(3)]) == [url(2)]


def test_host_state_is_kept_field_by_field(archive: Archive) -> None:
    assert archive.host("news.example") == HostState()
    archive.set_host("news.example", robots_status=200, robots_body=b"User-agent: *\n").result(10)
    archive.set_host("news.example", not_before=AFTER).result(10)
    state = archive.host("news.example")
    assert (state.robots_status, state.robots_body, state.not_before) == (200, b"User-agent: *\n", AFTER)
    with pytest.raises(ValueError, match="a host has no colour"):
        archive.set_host("news.example", colour="red").result(10)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is discovered and finished in whatever order: counters count, and each URL is pending or ended."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.archive = Archive(self.folder.name, write=True)
        self.known: set[str] = set()
        self.ended: dict[str, str] = {}

    @rule(
        n=st.integers(0, 5),
        updated=st.sampled_from([None, BEFORE, AFTER, LATER]),
        topics=st.sampled_from([{}, TEA, COAL]),
        source=st.sampled_from(["example", "other"]),
    )
    def discover(self, n: int, updated: str | None, topics: dict[str, str], source: str) -> None:
        result = self.archive.discover([link(url(n), updated=updated, source=source)], topics=topics).result(10)
        self.known.add(url(n))
        if result.due:
            (due,) = self.archive.still_pending(sorted(self.ended))
            assert due == url(n) or self.ended[url(n)] == "unchanged"
            del self.ended[due]

    @rule(
        n=st.integers(0, 5),
        outcome=st.sampled_from(sorted(OUTCOMES - {"stored"})),
        judged=st.sampled_from([None, {}, TEA, COAL]),
    )
    def finish(self, n: int, outcome: str, judged: dict[str, str] | None) -> None:
        self.archive.finish(url(n), outcome, judged=judged).result(10)
        self.known.add(url(n))
        self.ended[url(n)] = outcome

    @rule(n=st.integers(0, 5), text=st.integers(0, 2), address=st.integers(0, 5))
    def store(self, n: int, text: int, address: int) -> None:
        made = article(url(n), fetched=FETCHED)
        if self.archive.admit(made, [paragraph(text), paragraph(n)]) in ("new", "version"):  # else unchanged or removed
            self.archive.store(made, page(url(address)), url=url(address)).result(10)
            self.known |= {url(n), url(address)}
            self.ended[url(address)] = "unchanged"
            self.ended[url(n)] = "stored"

    @rule(n=st.integers(0, 5), of=st.integers(0, 5))
    def lead_to(self, n: int, of: int) -> None:
        self.archive.finish(url(n), "unchanged", "alias", article=article_id(url(of))).result(10)
        self.known.add(url(n))
        self.ended[url(n)] = "unchanged"

    @rule()
    def begin(self) -> None:
        self.archive.begin(["example", "other"], {}).result(10)
        for address in self.archive.still_pending(sorted(self.known)):
            assert self.ended.pop(address, "failed") == "failed"

    @invariant()
    def each_url_is_pending_or_has_its_last_outcome(self) -> None:
        found = {address: self.archive.outcome(address) for address in self.known}
        assert {address: outcome[0] for address, outcome in found.items() if outcome} == self.ended
        assert sum(self.archive.outcomes().values()) == len(self.known)

    def teardown(self) -> None:
        assert clean(self.archive)
        self.archive.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize("outcome", ["not-found", "gone", "blocked", "blocked-by-robots", "failed"])
def test_a_page_that_cannot_be_had_is_pending_again_when_a_feed_first_says_what_it_is_about(archive, outcome) -> None:
    tea = {"tea": "v1"}
    discover(archive, link(url(1), via="sitemap"), topics=tea)
    for _ in range(TRIES if outcome == "failed" else 1):
        archive.finish(url(1), outcome, wordless=True).result(10)
    assert discover(archive, link(url(1), via="sitemap"), topics=tea) == Discovered(known=1)
    assert discover(archive, link(url(1), title="Tea"), topics={}) == Discovered(known=1), "without topics, no words"
    assert discover(archive, link(url(1), title="Tea"), topics=tea) == Discovered(due=1)
    archive.finish(url(1), outcome, judged=tea).result(10)
    assert discover(archive, link(url(1), title="Tea"), topics=tea) == Discovered(known=1), "judged once"
    assert discover(archive, link(url(1), title="Tea"), topics={"tea": "v2"}) == Discovered(due=1)


def test_a_page_that_a_feed_names_while_it_is_asked_for_stays_pending(archive: Archive) -> None:
    discover(archive, link(url(1), via="sitemap"))
    discover(archive, link(url(1), title="Tea"))
    archive.finish(url(1), "not-found", wordless=True).result(10)
    assert pending(archive) == [url(1)]
    archive.finish(url(1), "not-found").result(10)
    assert pending(archive) == []
