"""`scrapy stats`: the numbers are those that counting by hand gives, and silence is told from not looking."""

import json
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.store import Archive, Link, Poll
from reader.coverage import coverage
from reader.stats import stats, week_of
from reader.stories import grouped
from tests.crawling import scrapy
from tests.reading import TOPIC, demo_archive, put, record
from tests.storing import paragraph

AGENCY = "\n\n".join(paragraph(n) for n in range(6))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return demo_archive(tmp_path_factory.mktemp("stats") / "archive")


def test_numbers_are_those_of_the_articles_themselves(demo):
    with Archive(demo) as archive:
        data = stats(archive)
        articles = list(archive.articles(latest=True))
    assert data["articles"] == len(articles) and data["first"] == min(a.day for a in articles)
    assert data["by"]["language"] == dict(Counter(a.language for a in articles))
    assert data["by"]["outlet"] == dict(Counter(a.source for a in articles))
    assert data["by"]["country"] == dict(Counter(a.country for a in articles))
    assert data["by"]["topic"] == {TOPIC["id"]: sum(bool(a.topics) for a in articles)}
    assert {day: of["articles"] for day, of in data["days"].items()} == dict(Counter(a.day for a in articles))
    assert {w: of["language"] for w, of in data["weeks"].items()} == {
        week: dict(Counter(a.language for a in articles if week_of(a.day) == week))
        for week in {week_of(a.day) for a in articles}
    }
    share = sum(a.copy_of["share"] * a.chars for a in articles if a.copy_of) / sum(a.chars for a in articles)
    assert data["copies"]["share"] == pytest.approx(share, abs=1e-4) and data["copies"]["records"] >= 2
    json.dumps(data)


def test_an_empty_archive_has_numbers_too(tmp_path):
    Archive(tmp_path / "a", write=True).close()
    with Archive(tmp_path / "a") as archive:
        data = stats(archive)
    assert data["articles"] == data["records"] == 0 and data["first"] is None and data["weeks"] == {}


def test_versions_count_once_and_who_published_first_is_first(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        put(archive, record("https://late.example/1", source="late", published="2025-11-01T09:00:00Z"), AGENCY)
        put(archive, record("https://early.example/1", source="early", published="2025-11-01T07:00:00Z"), AGENCY)
        put(archive, record("https://third.example/1", source="third", published="2025-11-01T11:00:00Z"), AGENCY)
        put(
            archive, record("https://alone.example/1", source="alone", published="2025-11-01T11:00:00Z"), "Other words."
        )
        put(
            archive,
            record("https://early.example/1", source="early", title="B", published="2025-11-01T07:00:00Z"),
            AGENCY,
        )
        data = stats(archive)
    assert (data["records"], data["articles"]) == (5, 4)
    assert data["first_with"] == {
        "early": {"first": 1, "of": 1}, "late": {"first": 0, "of": 1}, "third": {"first": 0, "of": 1},
    }  # fmt: skip
    assert data["copies"]["by_outlet"] == {"early": 1, "third": 1}


def test_a_day_without_a_clock_is_not_earlier_than_an_hour_of_it_and_edited_copies_count(tmp_path):
    words = [f"word{n}" for n in range(400)]
    edited = " ".join("changed" if n % 40 == 7 else word for n, word in enumerate(words))
    with Archive(tmp_path / "a", write=True) as archive:
        put(archive, record("https://day.example/1", source="day", day="2025-11-01"), AGENCY)
        put(archive, record("https://clock.example/1", source="clock", published="2025-11-01T01:00:00Z"), AGENCY)
        put(archive, record("https://wire.example/2", source="wire", published="2025-11-01T02:00:00Z"), " ".join(words))
        put(archive, record("https://desk.example/2", source="desk", published="2025-11-01T03:00:00Z"), edited)
        archive.relate(100).result()
        data = stats(archive)
        stories = {story.members[0].url for story in archive.stories()}
    assert {name for name, had in data["first_with"].items() if had["first"]} == {"clock", "wire"}
    assert set(data["first_with"]) == {"clock", "day", "wire", "desk"}
    assert stories == {"https://clock.example/1", "https://wire.example/2"}


@pytest.mark.parametrize(
    "text",
    ['a "text" with ,"copy_of":{ in it', '","chars":7,"', "\\", ',"topics":[{"id":"x","version":', '"}],"rights":'],
)
def test_texts_that_look_like_the_record_itself_do_not_confuse_the_numbers(tmp_path, text):
    with Archive(tmp_path / "a", write=True) as archive:
        odd = record("https://x.example/1", title=text, source=text, publisher=text, country="KR", section=text,
                     description=text, tags=[text], topics=[{**TOPIC, "id": text}], authors=[text])  # fmt: skip
        put(archive, odd, f"{text}\n\n{text}\n\n{text} {AGENCY}")
        (facets,) = archive.facets()
        article = next(archive.articles())
    assert facets.whose.source == article.source and facets.whose.country == "KR"
    assert facets.topics == [text] and facets.chars == article.chars and facets.copy_of is None


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12) | st.none()), max_size=30))
def test_groups_are_the_connected_records(pairs):
    records = [(f"a{one}-1", None if other is None else f"a{other}-1") for one, other in pairs]
    keys = grouped(records)
    for one, other in records:
        if other in keys:
            assert keys[one] == keys[other]
    # and none that are not: as many groups as a flood fill finds
    near = {id: set() for id in {id for pair in records for id in pair if id}}
    for one, other in records:
        if other:
            near[one].add(other)
            near[other].add(one)
    left, count = set(near), 0
    while left:
        todo, seen = [left.pop()], set()
        while todo:
            seen.add(id := todo.pop())
            todo += near[id] - seen
        left -= seen
        count += bool(seen & set(keys))
    assert len(set(keys.values())) == count


def test_a_cluster_joins_what_is_in_it_and_the_copies_of_that_which_it_does_not_know_yet():
    records = [("a-1", None), ("b-1", "a-2"), ("c-1", None), ("d-1", None)]
    keys = grouped(records, {"c": "x", "a": "x", "d": "y"})
    assert keys["a-1"] == keys["b-1"] == keys["c-1"] != keys["d-1"]


def test_weeks_are_those_of_iso_8601():
    assert [week_of(d) for d in ("2025-11-03", "2024-12-30", "2027-01-03", "x")] == [
        "2025-W45",
        "2025-W01",
        "2026-W53",
        "-",
    ]


# --- coverage


def covered(path, plan):
    """An archive with polls: source -> day of November -> `new`, `nothing` or `failed`."""
    from newslib.store import polls

    with Archive(path, write=True) as archive:
        for source, days in plan.items():
            for day, what in days.items():
                numbers = {"new": (1, 0, 3), "nothing": (1, 0, 0), "failed": (0, 1, 0)}[what]
                at = f"2025-11-{day:02d}T10:00:00Z"
                archive._submit(
                    lambda db, _, s=source, a=at, n=numbers: polls.cover(
                        db, s, a, polls_ok=n[0], polls_failed=n[1], new_items=n[2]
                    )
                ).result(10)
    return path


def test_nothing_published_is_told_from_not_looked_and_from_not_reached(tmp_path):
    plan = {"a": {10: "new", 11: "nothing", 12: "failed"}, "b": {12: "failed"}, "c": {1: "new"}}
    with Archive(covered(tmp_path / "a", plan)) as archive:
        data = coverage(archive, days=4, today=date(2025, 11, 13))
    assert data["days"] == ["2025-11-10", "2025-11-11", "2025-11-12", "2025-11-13"]
    states = {source: [cell["state"] for cell in days.values()] for source, days in data["sources"].items()}
    assert states == {
        "a": ["new", "nothing", "failed", "not-looked"],
        "b": ["not-looked", "not-looked", "failed", "not-looked"],
        "c": ["not-looked"] * 4,
    }
    assert data["sources"]["a"]["2025-11-10"]["new"] == 3
    assert data["unreached"] == ["b"] and data["silent"] == []


@pytest.mark.parametrize(
    ("days", "silent"),
    [
        ({1: "new", 2: "new", 3: "new", 4: "nothing", 5: "nothing", 6: "nothing"}, {"last": "2025-11-03", "days": 3}),
        ({1: "new", 2: "new", 3: "new", 4: "nothing", 5: "nothing"}, None),  # a weekend
        ({1: "new", 2: "new", 3: "new", 4: "failed", 5: "failed", 6: "failed"}, None),  # not reached is not silent
        ({1: "new", 2: "new", 3: "new"}, None),  # nor is not looked at
        ({1: "new", 3: "nothing", 4: "nothing", 5: "new", 8: "new", 9: "nothing", 10: "nothing", 11: "nothing"}, None),
        ({1: "new", 2: "nothing", 3: "nothing", 4: "nothing"}, None),  # it never had a rhythm
        (dict.fromkeys(range(1, 9), "nothing"), None),
    ],
)
def test_a_source_falls_silent_when_it_was_read_and_its_rhythm_broke(tmp_path, days, silent):
    with Archive(covered(tmp_path / "a", {"s": days})) as archive:
        data = coverage(archive, today=date(2025, 11, 14))
    assert data["silent"] == ([{"source": "s", **silent}] if silent else [])


def test_polls_of_a_crawl_are_what_coverage_shows(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        archive.begin(["s"], {}).result(10)
        poll = Poll("s", "https://s.example/feed", "feed", ok=True, status=200)
        archive.discover([Link(url="https://s.example/1", source="s")], poll).result(10)
        data = coverage(archive)
    assert data["sources"]["s"][data["days"][-1]]["state"] == "new"


# --- the verb


def test_the_verb_prints_tables_and_json(demo):
    done = scrapy("stats", "-s", f"ARCHIVE_DIR={demo}")
    assert done.returncode == 0, done.stderr
    assert "articles in" in done.stdout and "tumen-post" in done.stdout and "copies" in done.stdout
    data = json.loads(scrapy("stats", "--json", "-s", f"ARCHIVE_DIR={demo}").stdout)
    assert data["by"]["outlet"]["tumen-post"] > 5
    shown = scrapy("stats", "--coverage", "-s", f"ARCHIVE_DIR={demo}").stdout
    assert "not looked" in shown and "harbour-gazette" in shown
    data = json.loads(scrapy("stats", "--coverage", "--json", "-s", f"ARCHIVE_DIR={demo}").stdout)
    assert set(data) == {"days", "sources", "silent", "unreached"}
