import json

import pytest

from newslib.article import paragraphs_of
from newslib.paragraphs import normalise
from newslib.paragraphs.substance import is_cosmetic, substance
from newslib.store import Archive
from tests.crawling import scrapy
from tests.storing import article, clean, page, paragraph, store, url

LINES = [
    "12 comments", "1.2K views", "Comments (3)", "3 min read", "5 likes · 3 shares", "Share", "10:45", "10:45 AM",
    "Updated 5 minutes ago", "Last updated: 3 Nov 2025, 10:45 GMT", "3 hours ago", "Published on 3 November 2025",
    "Advertisement", "ADVERTISEMENT - Story continues below", "Anzeige", "Publicité", "Реклама", "広告", "광고",
    "Stand: 3. November 2025, 10:45 Uhr", "vor 5 Minuten", "Il y a 5 minutes", "Hace 5 minutos", "Actualizado a las 10:45",
    "Aggiornato alle 10:45", "Просмотров: 1 234", "Обновлено 5 минут назад", "منذ 5 دقائق", "تعليقات 12",
    "조회수 1,234", "입력 2025.11.03 10:45", "수정 2025-11-03 10:45", "コメント 12件", "5分前", "更新 2025年11月3日 10時45分",
    "评论 12", "更新时间：2025年11月3日 10:45", "阅读量 1.2万",
]  # fmt: skip
SENTENCES = [
    "Correction: the bridge is 12 m long", "The toll rose to 12.", "12 dead in Port", "Kim: 12 missiles", "Monday", "Yes.",
    "At 10:45 the bridge fell", "3 November 2025", "In May 2025", "Prices rose 5 percent", "Two ships sank 5 minutes ago",
    "— Staff and agencies", "SEOUL, Nov. 3", "Today", "5 days", "Day 1,000", "日本", "5日、外相会談", "Число жертв выросло до 12",
    "Die Zahl stieg auf 12", "사망자 12명", "ارتفع العدد إلى 12",
]  # fmt: skip
TEXT = [paragraph(1), paragraph(2), paragraph(3)]


@pytest.mark.parametrize("line", LINES)
def test_a_counter_a_clock_or_an_advertisement_is_no_substance(line):
    assert is_cosmetic(line)
    assert substance([*TEXT[:1], line, *TEXT[1:]]) == [
        (0, normalise(TEXT[0])),
        *((n, normalise(TEXT[n - 1])) for n in (2, 3)),
    ]


@pytest.mark.parametrize("line", SENTENCES)
def test_a_line_that_says_anything_is(line):
    assert not is_cosmetic(line)


def test_a_clock_that_was_glued_to_a_paragraph_is_none():
    forms = substance(
        [
            "Updated 10:45 GMT - The ferry was late. 12 comments",
            "The ferry (updated 5 minutes ago)",
            "Twelve (12) came.",
        ]
    )
    assert [text for _, text in forms] == ["the ferry was late.", "the ferry", "twelve (12) came."]


def test_hostile_lines_take_no_long_time():
    for text in ("(" * 100_000, "ago " * 50_000, "5 minutes ago. " * 20_000, "前" * 100_000, "a|" * 100_000):
        substance([text])


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive", write=True) as opened:
        yield opened


def test_what_changes_with_every_visit_makes_no_version(archive):
    store(archive, url(1), [TEXT[0], "Updated 5 minutes ago", *TEXT[1:], "12 comments"])
    for other in (
        ["Updated 2 hours ago", *TEXT, "1,313 comments", "Advertisement"],
        TEXT,
        [t.replace("'", "’") for t in TEXT],
    ):
        again = article(url(1), fetched="2025-11-04T10:00:00Z")
        assert archive.admit(again, other) == "unchanged" and again.version == 1
    assert archive.admit(article(url(1)), [TEXT[0], "The toll rose to 12.", *TEXT[1:]]) == "version"


def test_that_holds_before_the_first_is_committed_too(archive):
    made = article(url(1))
    archive.admit(made, [*TEXT, "12 comments"])
    assert archive.admit(article(url(1)), [*TEXT, "13 comments"]) == "unchanged"
    archive.store(made, page(url(1)), url=url(1)).result(10)
    assert clean(archive)


def test_a_headline_of_its_own_is_a_version_and_another_spelling_of_it_none(archive):
    store(archive, url(1), TEXT, title="Ferry late")
    assert archive.admit(article(url(1), title="Ferry  late "), [*TEXT, "3 min read"]) == "unchanged"
    assert archive.admit(article(url(1), title="Ferry late again"), TEXT) == "version"


def test_a_text_behind_a_wall_and_the_whole_are_two_versions(archive):
    store(archive, url(1), TEXT, body="teaser")
    assert archive.admit(article(url(1)), [*TEXT, "12 comments"]) == "version"


def test_paragraphs_of_a_version_are_no_repeats_of_its_predecessors(archive):
    store(archive, url(1), TEXT)
    second = store(archive, url(1), [*TEXT, paragraph(4)])
    third = store(archive, url(1), [paragraph(4), TEXT[2], TEXT[0]])
    assert (second.version, second.repeats, second.copy_of) == (2, [], None)
    assert (third.version, third.repeats, third.copy_of) == (3, [], None)
    other = store(archive, url(2), [paragraph(9), paragraph(8), paragraph(7), paragraph(6), paragraph(4)])
    assert other.repeats[0]["of"] == {"id": second.id, "paragraph": 3}


def test_the_verb_shows_headlines_paragraphs_and_words(archive, tmp_path):
    made = store(archive, url(1), TEXT, title="Ferry late")
    store(
        archive, url(1), [TEXT[0].replace("enough", "too much"), *TEXT[1:], paragraph("more")], title="Ferry very late"
    )
    store(archive, url(2), TEXT[:1])
    archive.close()
    where = ("-s", f"ARCHIVE_DIR={tmp_path / 'archive'}")
    shown = scrapy("archive", "diff", url(1), *where)
    assert shown.returncode == 0
    assert "title: Ferry {+very +}late" in shown.stdout
    assert "changed 0: This paragraph is about 1, says [-enough-]{+too much+} about it" in shown.stdout
    assert "added 3: {+This paragraph is about more" in shown.stdout
    of_one = json.loads(scrapy("archive", "diff", f"{made.article}-2", "--json", *where).stdout)
    assert [version["was"] for version in of_one["versions"]] == [made.id]
    assert [change["kind"] for change in of_one["versions"][0]["paragraphs"]] == ["changed", "added"]
    for unknown in ("https://news.example/none", f"{made.article}-9"):
        refused = scrapy("archive", "diff", unknown, *where)
        assert refused.returncode == 2 and unknown in refused.stderr


def test_repeats_put_back_the_text_byte_for_byte_cosmetic_lines_included(archive):
    lines = [TEXT[0], "Updated 5 minutes ago", TEXT[1], TEXT[1], "12 comments"]
    made = store(archive, url(1), lines)
    assert paragraphs_of(made.full_text) == lines


def test_what_would_turn_a_line_around_is_not_printed(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), TEXT, title="A\u202etitle")
        store(
            archive,
            url(1),
            [*TEXT, "A new \u2066paragraph that says enough to be seen by a reader."],
            title="A\u202etitle",
        )
    done = scrapy("archive", "diff", url(1), "-s", f"ARCHIVE_DIR={tmp_path}")
    assert done.returncode == 0 and "A new paragraph" in done.stdout and "Atitle" in done.stdout
    assert not {"\u202e", "\u2066"} & set(done.stdout)
