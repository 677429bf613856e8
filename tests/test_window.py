"""since/until against what feeds and sitemaps date."""

from datetime import UTC, datetime

import pytest

from newslib.dates import When
from newslib.discovery import Candidate, Window
from newslib.since import parse_since

NOW = datetime(2025, 10, 10, 12, tzinfo=UTC)
WINDOW = Window(datetime(2025, 10, 1, 6, tzinfo=UTC), datetime(2025, 10, 8, 6, tzinfo=UTC))


def at(day, hour=None):
    return When(day, datetime.fromisoformat(f"{day}T{hour:02}:00+00:00") if hour is not None else None, None)


@pytest.mark.parametrize(
    ("published", "updated", "taken"),
    [
        (None, None, True),
        (at("2025-10-01", 7), None, True),
        (at("2025-10-01", 5), None, False),
        (at("2025-10-01"), None, True),
        (at("2025-09-30"), None, False),
        (at("2025-09-01", 5), at("2025-10-02", 5), True),
        (at("2025-10-08", 5), None, True),
        (at("2025-10-08", 7), None, False),
        (at("2025-10-08"), None, True),
        (at("2025-10-07", 1), at("2025-10-20", 1), True),
        (at("2025-10-09"), None, False),
    ],
)
def test_a_candidate_is_taken_when_one_of_its_dates_lies_in_the_window(published, updated, taken):
    assert WINDOW.holds(Candidate("https://example.org/a", published=published, updated=updated)) is taken


def child(name, when=None):
    return Candidate(f"https://example.org/{name}", updated=when)


def chosen(window, children, limit=99, read=None):
    """Names of the children that are asked for, and how many more there are."""
    found, more = window.children(children, limit, lambda url: (read or {}).get(url[20:], ""))
    return [c.url[20:] for c in found], more


OPEN = Window(WINDOW.since)


def test_of_an_index_the_newest_children_that_can_matter_are_asked_for():
    sitemaps = [
        child("old", at("2025-09-01", 1)),
        child("a", at("2025-10-02")),
        child("b", at("2025-10-09")),
        child("?"),
    ]
    assert chosen(OPEN, sitemaps, 2) == (["b", "a"], 1)
    assert chosen(OPEN, sitemaps) == (["b", "a", "?"], 0)


def test_with_until_the_children_nearest_after_since_come_first():
    days = [child(str(n), at(f"2025-10-{n:02}")) for n in range(31, 0, -1)] + [child("last year", at("2024-10-01"))]
    assert chosen(WINDOW, days, 3) == (["1", "2", "3"], 28)


def test_children_without_a_date_are_read_from_the_end_of_the_file():
    sitemaps = [child(f"sitemap-{n}.xml") for n in range(1, 2000)]
    for window in (OPEN, WINDOW):
        assert chosen(window, sitemaps, 2) == (["sitemap-1999.xml", "sitemap-1998.xml"], 1997)


@pytest.mark.parametrize(
    "month",
    ["{y}-{m}.xml", "{y}{m}.xml.gz", "{y}/{m}/sitemap.xml", "s_{y}_{m}", "?yyyy={y}&mm={m}", "{y}/{y}-{m}-9.xml"],
)
def test_the_month_in_a_childs_name_counts_as_its_date(month):
    names = [month.format(y=year, m=f"{m:02}") for year in (2024, 2025) for m in range(1, 13)]
    assert chosen(WINDOW, [child(name) for name in names]) == ([month.format(y=2025, m="10")], 0)
    assert chosen(OPEN, [child(name) for name in names], 2)[0] == [month.format(y=2025, m=m) for m in (12, 11)]
    march = Window(datetime(2024, 3, 5, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC))
    assert chosen(march, [child(name) for name in names])[0] == [month.format(y=2024, m=f"0{m}") for m in (3, 4, 5)]


def test_the_day_in_a_childs_name_counts_as_its_date():
    names = [f"2025{month:02}{day:02}.xml" for month in (9, 10) for day in range(1, 31)]
    assert chosen(WINDOW, [child(name) for name in names])[0] == [f"2025100{day}.xml" for day in range(1, 9)]


def test_a_year_alone_gives_the_order_and_leaves_nothing_out():
    years = [child(f"sitemap-{year}.xml") for year in range(2000, 2026)]
    assert chosen(OPEN, years, 2)[0] == ["sitemap-2025.xml", "sitemap-2024.xml"]
    old = Window(datetime(2003, 3, 5, tzinfo=UTC), datetime(2004, 5, 1, tzinfo=UTC))
    assert chosen(old, years, 2) == (["sitemap-2003.xml", "sitemap-2004.xml"], 24)


@pytest.mark.parametrize("name", ["12024-03.xml", "2024035.xml", "20241.xml", "1899-03.xml", "2024-3x", "5000.xml"])
def test_other_numbers_in_a_name_leave_nothing_out(name):
    assert chosen(WINDOW, [child(name)]) == ([name], 0)


def test_an_old_month_that_changed_in_the_window_is_read():
    assert chosen(OPEN, [child("2019-03.xml", at("2025-10-05", 1))])[0] == ["2019-03.xml"]


@pytest.mark.parametrize(("window", "runs"), [(WINDOW, 4), (OPEN, 5)])
def test_runs_that_follow_each_other_get_to_all_children_of_an_index(window, runs):
    sitemaps = [child(f"sitemap-{n}.xml") for n in range(20)]
    read, newest = {}, []
    for run in range(runs):
        names, more = chosen(window, sitemaps, 5, read)
        assert len(names) == 5 and more == 15
        newest.append("sitemap-19.xml" in names)
        read |= dict.fromkeys(names, f"2025-10-1{run}T00:00:00Z")
    assert len(read) == 20
    assert all(newest) or window.until
    assert "sitemap-17.xml" in chosen(window, sitemaps, 5, read)[0], "then those read longest ago"


def test_a_child_that_changed_since_it_was_read_comes_before_those_that_did_not():
    sitemaps = [child(str(n), at(f"2025-10-0{n}", 1)) for n in range(1, 7)]
    read = {str(n): "2025-10-04T00:00:00Z" for n in range(1, 7)}
    assert chosen(OPEN, sitemaps, 3, read)[0] == ["6", "5", "4"]
    assert chosen(OPEN, sitemaps, 3, read | {"5": "2025-10-07T00:00:00Z"})[0] == ["6", "4", "3"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("36h", datetime(2025, 10, 9, 0, tzinfo=UTC)),
        ("7d", datetime(2025, 10, 3, 12, tzinfo=UTC)),
        ("2w", datetime(2025, 9, 26, 12, tzinfo=UTC)),
        ("2025-10-01", datetime(2025, 10, 1, tzinfo=UTC)),
        ("2025-10-01T09:00+09:00", datetime(2025, 10, 1, tzinfo=UTC)),
        ("2025-10-01T00:00:00Z", datetime(2025, 10, 1, tzinfo=UTC)),
    ],
)
def test_points_in_time_are_read_as_people_type_them(text, instant):
    assert parse_since(text, NOW) == instant


@pytest.mark.parametrize("text", ["", "soon", "7", "7m", "-3d", "99999999d", "2025-13-01", "1.10.2025"])
def test_what_is_no_point_in_time_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="7d"):
        parse_since(text, NOW)
