"""The measurements of docs/benchmarks.md on repeats and copies in short, and what they say of readers over time."""

import pytest

from benchmarks import copies, repeats, texts
from newslib.article import full_text
from newslib.paragraphs import Seen, decide, fingerprint
from newslib.store import Archive
from tests import storing

# What must never be dropped, in each script: each of these stood in the archive before.


class Known:
    """An archive that knows every paragraph that it is asked for."""

    def __init__(self, boilerplate=False):
        self.boilerplate = boilerplate

    def seen(self, paragraphs):
        known = {fp: Seen("z-1", "z", 7, check, self.boilerplate) for fp, check in map(fingerprint, paragraphs)}
        return lambda asked: {fp: known[fp] for fp in asked if fp in known}


@pytest.fixture(params=texts.SCRIPTS)
def articles(request):
    return texts.Articles(request.param, seed=3)


def decided(known, fresh, at, **options):
    """An article of fresh paragraphs with a known one at a place."""
    paragraphs = [*fresh[:at], known, *fresh[at:]]
    decision = decide(paragraphs, "a-1", "a", Known().seen([known]), **options)
    assert full_text(decision.text, decision.repeats) == "\n\n".join(paragraphs)
    return decision


def test_an_ordinary_paragraph_that_stood_before_is_dropped(articles):
    known = articles.paragraph()
    assert [repeat["why"] for repeat in decided(known, articles.new(8), 4).repeats] == ["seen"]


def test_the_first_paragraph_is_never_dropped(articles):
    assert decided(articles.paragraph(), articles.new(8), 0).repeats == []


@pytest.mark.parametrize(
    "line",
    [
        "SEOUL, Nov. 3 (Wire)",
        "— Staff and agencies",
        "МОСКВА, 3 ноября",
        "（東京共同）",
        "서울=뉴스",
        "القدس - وكالات",
        "दिल्ली",
        "By A. Person",
    ],
)
def test_short_lines_are_never_dropped(articles, line):
    assert decided(line, articles.new(8), 4).repeats == []


@pytest.mark.parametrize(
    "label", ["Correction:", "Поправка:", "تصحيح:", "[訂正]", "바로잡습니다.", "更正：", "भूल सुधार:", "Διόρθωση:"]
)
def test_corrections_are_never_dropped(articles, label):
    assert decided(f"{label} {articles.paragraph()}", articles.new(8), 8).repeats == []


def test_what_alone_carries_evidence_is_never_dropped(articles):
    assert decided(articles.paragraph(), articles.new(8), 4, protected={4}).repeats == []


def test_first_occurrences_are_never_dropped(articles):
    text = articles.new(8)
    decision = decide(text, "a-1", "a", lambda asked: {})
    assert decision.repeats == [] and [n for *_, n in decision.first] == list(range(8))


def test_what_an_earlier_version_had_is_never_dropped(articles):
    text = articles.new(8)
    mine = {fp: Seen("a-1", "a", n, check) for n, (fp, check) in enumerate(map(fingerprint, text))}
    assert decide(text, "a-2", "a", lambda asked: {fp: mine[fp] for fp in asked if fp in mine}).repeats == []


def test_an_article_mostly_seen_elsewhere_is_no_stub(articles):
    text = articles.new(8)
    decision = decide([*text, articles.paragraph()], "a-1", "a", Known().seen(text))
    assert decision.repeats == [] and decision.copy_of["id"] == "z-1"
    assert decide([*text, articles.paragraph()], "a-1", "a", Known(boilerplate=True).seen(text)).copy_of is None


def test_within_the_article_alone_the_archive_drops_nothing(articles):
    assert decided(articles.paragraph(), articles.new(8), 4, scope="article").repeats == []


def test_an_article_whose_last_paragraphs_stand_twice_is_stored_with_each_once(tmp_path, articles):
    text = articles.new(8)
    with Archive(tmp_path / "archive", write=True) as archive:
        made = storing.store(archive, storing.url(1), [*text, *text[1:]])
    assert made.text.split("\n\n") == text and len(made.repeats) == 7
    assert [(repeat["why"], repeat["of"]["paragraph"]) for repeat in made.repeats] == [
        ("same-article", n) for n in range(1, 8)
    ]


# Reading gets better with time


def test_what_stands_under_every_article_of_a_host_is_learned(tmp_path, articles):
    about = articles.paragraph() + articles.paragraph()
    with Archive(tmp_path / "archive", write=True) as archive:
        made = [
            storing.store(archive, storing.url(n), [*articles.new(1), about, about[: len(about) // 2]])
            for n in range(14)
        ]
        other = storing.store(archive, storing.url(1, "other.example"), [*articles.new(9), about])
    why = [[repeat["why"] for repeat in record.repeats] for record in made]
    assert why[0] == [] and made[0].copy_of is None
    assert all(record.copy_of or record.repeats for record in made[1:9]), "seen before"
    assert all("boilerplate" in each for each in why[9:]), "ten articles of the host have it"
    assert all(record.copy_of is None for record in made[9:]), "and no article is taken for a copy because of it"
    assert [repeat["why"] for repeat in other.repeats] == ["seen"], "it is no boilerplate elsewhere"


# The measurements in short


def test_all_repeats_are_found_and_nothing_is_lost_in_any_order_with_kills(tmp_path):
    made = repeats.generated(120, seed=7)
    assert repeats.killed(tmp_path / "archive", 120, 7, kills=2) == 2
    result = repeats.check(tmp_path / "archive", made)
    assert result.paragraphs > 2000 and result.found["seen"] > 100 and result.found["same-article"] > 50
    assert (result.missed, result.lost, result.wrong, result.changed) == (0, 0, 0, 0)


def test_the_check_sees_what_goes_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr("newslib.store.admission.decide", lambda *a: decide(*a[:-1], 400))  # finds the longest alone
    made = repeats.generated(60, seed=2)
    repeats.write(tmp_path / "archive", 60, 2)
    assert repeats.check(tmp_path / "archive", made).missed > 20


def test_a_crawl_of_pages_of_which_a_third_are_copies_keeps_every_paragraph_once(tmp_path):
    result = repeats.crawled(tmp_path, 24, seed=5)
    assert result.pop("pages") == result.pop("records") == 24 and result.pop("copies") >= 3
    assert set(result.values()) == {0}, result


def test_edited_copies_are_found_and_nothing_else(tmp_path):
    made = copies.pieces(6, seed=11)
    result = copies.measure(tmp_path, made)
    assert min(result.recall.values()) >= 0.98 and min(result.precision.values()) >= 0.99
    assert result.merged == 0 and result.strangers == 0
