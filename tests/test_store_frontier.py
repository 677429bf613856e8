"""The frontier: what is pending, what is due again, how URLs end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from newslib import Archive
from newslib.store import Discovered, HostState, Poll, PollState
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
    assert discover(archive, link(url(1), updated=LATER), judge="another").known == 1
    assert archive.outcome(url(1)) == (outcome, "why")


def test_an_off_topic_url_is_pending_again_under_other_topics(archive: Archive) -> None:
    discover(archive, link(url(1)), judge="j1")
    archive.finish(url(1), "off-topic", "no match", judged={"tea": "v1"}, groups={"b", "a"}, judge="j1").result(10)
    known = archive.url(url(1))
    assert known is not None
    assert (known["judged"], known["groups"]) == ({"tea": "v1"}, ["a", "b"])
    assert discover(archive, link(url(1), updated=LATER), judge="j1").known == 1
    assert discover(archive, link(url(1)), judge="j2").due == 1
    (again,) = archive.pending("news.example", ["example"], 9)
    assert again.etag is None, "a 304 would tell nothing of a page that is not stored"


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
        judge=st.sampled_from(["j1", "j2"]),
        source=st.sampled_from(["example", "other"]),
    )
    def discover(self, n: int, updated: str | None, judge: str, source: str) -> None:
        result = self.archive.discover([link(url(n), updated=updated, source=source)], judge=judge).result(10)
        self.known.add(url(n))
        if result.due:
            del self.ended[url(n)]

    @rule(
        n=st.integers(0, 5), outcome=st.sampled_from(sorted(OUTCOMES - {"stored"})), judge=st.sampled_from(["j1", "j2"])
    )
    def finish(self, n: int, outcome: str, judge: str) -> None:
        self.archive.finish(url(n), outcome, judge=judge).result(10)
        self.known.add(url(n))
        self.ended[url(n)] = outcome

    @rule(n=st.integers(0, 5), text=st.integers(0, 2), address=st.integers(0, 5))
    def store(self, n: int, text: int, address: int) -> None:
        made = article(url(n), fetched=FETCHED)
        if self.archive.admit(made, [paragraph(text), paragraph(n)]) != "unchanged":
            self.archive.store(made, page(url(address)), url=url(address)).result(10)
            self.known |= {url(n), url(address)}
            self.ended[url(address)] = "unchanged"
            self.ended[url(n)] = "stored"

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
