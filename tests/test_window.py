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


def test_of_an_index_the_newest_children_that_can_matter_are_asked_for():
    def child(name, when=None):
        return Candidate(f"https://example.org/{name}.xml", updated=when)

    sitemaps = [
        child("old", at("2025-09-01", 1)),
        child("a", at("2025-10-02")),
        child("b", at("2025-10-09")),
        child("?"),
    ]
    chosen, more = WINDOW.newest(sitemaps, 2)
    assert [c.url[-5:] for c in chosen] == ["b.xml", "a.xml"] and more == 1


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
