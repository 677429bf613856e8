import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib import diff
from newslib.article import Article

A = "The ferry to the north was late again on Monday, the operator said, and blamed the ice in the strait."
B = "Islanders blocked the landing stage on Sunday to demand the return of the evening ferry."
C = "Fares rose by 4.5 percent in January, the operator said, after fuel costs had gone up again."


def told(found):
    return [(each.kind, each.was, each.at) for each in found]


def test_a_word_that_changed_is_shown_in_its_paragraph():
    (change,) = diff.paragraphs([A, B, C], [A, B.replace("Sunday", "Saturday"), C])
    assert (change.kind, change.was, change.at) == ("changed", 1, 1)
    assert change.parts == [
        ("=", "Islanders blocked the landing stage on "),
        ("-", "Sunday"),
        ("+", "Saturday"),
        ("=", " to demand the return of the evening ferry."),
    ]


def test_paragraphs_that_came_and_went_have_their_numbers():
    assert told(diff.paragraphs([A, B, C], [A, C])) == [("removed", 1, None)]
    assert told(diff.paragraphs([A, C], [A, B, C])) == [("added", None, 1)]
    assert told(
        diff.paragraphs([A, B], [B, "A wholly different line about something else, long enough to count."])
    ) == [
        ("removed", 0, None),
        ("added", None, 1),
    ]


def test_words_are_told_apart_in_scripts_without_spaces():
    (change,) = diff.paragraphs(["外相はモスクワを月曜日に訪れた。"], ["外相はモスクワを火曜日に訪れた。"])
    assert [part for part in change.parts if part.op != "="] == [("-", "月"), ("+", "火")]


@pytest.mark.parametrize(
    "line",
    [
        "Updated 5 minutes ago",
        "12 comments",
        "Advertisement",
        "Обновлено 5 минут назад",
        "조회수 1,234",
        "コメント 12件",
    ],
)
def test_counters_clocks_and_advertisements_are_no_change(line):
    assert diff.paragraphs([A, line, B], [A, B]) == []
    assert diff.paragraphs([A, line, B], [line.replace("12", "13").replace("5", "9"), A, B]) == []


def test_typography_is_no_change():
    assert diff.paragraphs([A.replace(" ", "\u00a0", 1), "“So it is,” he said, and nobody answered him."],
                           [A, '"So it is," he said, and nobody answered him.']) == []  # fmt: skip


def test_a_headline_that_changed_is_seen():
    old, new = Article(id="a-1", title="Ferry late", text=A), Article(id="a-2", title="Ferry late again", text=A)
    found = diff.changes(old, new)
    assert (found.before, found.after, found.paragraphs) == ("a-1", "a-2", [])
    assert found.title == [("=", "Ferry late"), ("+", " again")]
    assert diff.changes(old, Article(id="a-3", title="FERRY  late", text=A)).title is None


text = st.text(st.sampled_from("ab c\u5317d"), max_size=40)


@given(text, text)
@settings(max_examples=300)
def test_both_texts_can_be_put_together_again(before, after):
    parts = diff.words(before, after)
    assert "".join(part.text for part in parts if part.op != "+") == before
    assert "".join(part.text for part in parts if part.op != "-") == after


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
@settings(max_examples=300)
def test_edits_are_the_fewest(a, b):
    found = list(diff.edits(a, b))
    assert [x for e in found for x in (a[e.a : e.b] if e.same else b[e.c : e.d])] == b
    assert all(a[e.a : e.b] == b[e.c : e.d] for e in found if e.same)
    fewest = [list(range(len(b) + 1))]
    for n, x in enumerate(a, 1):
        fewest.append([n])
        for m, y in enumerate(b, 1):
            last = fewest[-2]
            fewest[-1].append(min(last[m] + 1, fewest[-1][m - 1] + 1, last[m - 1] if x == y else 99))
    assert sum(e.b - e.a + e.d - e.c for e in found if not e.same) == fewest[-1][-1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([f"Line number {n} of the first text." for n in range(20_000)], [f"Other {n}." for n in range(20_000)]),
        (["a b " * 50_000], ["b a c " * 40_000]),
        (["The same line once more."] * 30_000, ["The same line once more."] * 20_000 + ["Another."]),
    ],
    ids=["many paragraphs", "many words", "much alike"],
)
def test_texts_that_have_little_in_common_take_no_long_time(before, after):
    started = time.process_time()
    diff.paragraphs(before, after)
    assert time.process_time() - started < 20
