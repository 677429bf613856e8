import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import texts
from newslib.copies import Relation, Words, join, relate
from newslib.paragraphs import normalise


def words(paragraphs):
    return Words.of([normalise(paragraph) for paragraph in paragraphs])


def related(article, earlier):
    return relate(words(article), words(earlier))


@pytest.fixture(params=texts.SCRIPTS)
def articles(request):
    return texts.Articles(request.param, seed=5)


# What is a copy


def test_the_same_text_is_a_duplicate_whatever_its_typography(articles):
    article = articles.new()
    shouted = [paragraph.replace(" ", "\u00a0 ").replace("'", "’").upper() for paragraph in article]
    found = related(shouted, article)
    assert (found.kind, found.share, found.back, found.how) == ("duplicate", 1.0, 1.0, "paragraphs")
    assert found.paragraphs == len(article)


def test_a_copy_of_which_every_paragraph_was_edited_is_found_by_its_words(articles):
    article = articles.new()
    found = related([articles.edited(paragraph) for paragraph in article], article)
    assert found.kind in ("duplicate", "syndicated")
    assert (found.paragraphs, found.how) == (0, "words")


def test_a_piece_that_was_cut_or_embedded_is_syndicated(articles):
    article, other = articles.new(), articles.new()
    cut = related(article[: len(article) * 2 // 5 + 1], article)
    assert (cut.kind, cut.share) == ("syndicated", 1.0) and cut.back < 0.7
    embedded = related(other + article, article)
    assert (embedded.kind, embedded.back) == ("syndicated", 1.0) and embedded.share < 0.8


def test_a_few_paragraphs_in_common_make_articles_related_and_no_copies(articles):
    one, two = articles.new(12), articles.new(12)
    found = related([*one, *two[3:7]], two)
    assert (found.kind, found.paragraphs) == ("related", 4)
    assert related(articles.new(), articles.new()) is None


def test_a_brief_in_a_round_up_of_many_is_no_copy_of_it(articles):
    pieces = [articles.new(4) for _ in range(8)]
    found = related(pieces[3], [paragraph for piece in pieces for paragraph in piece])
    assert found.kind == "related" and found.share == 1.0


@pytest.mark.parametrize("kind", texts.REPORTS)
def test_reports_that_differ_in_their_numbers_are_no_copies(kind):
    chance = random.Random(3)
    one, two = texts.report(kind, chance), texts.report(kind, chance)
    assert related(one, two) is None
    assert related(one, one).kind == "duplicate"


def test_one_other_number_is_another_report_when_nothing_else_differs():
    one = texts.report("prices", random.Random(1))
    number = next(word for word in " ".join(one).split() if word[0].isdigit())
    other = [paragraph.replace(number, "77.7", 1) for paragraph in one]
    assert related(other, one) is None


def test_a_copy_may_correct_a_number(articles):
    article = [f"{paragraph} 12 of 340." for paragraph in articles.new(12)]
    edited = [articles.edited(paragraph) for paragraph in article]
    edited[2] = edited[2].replace("12", "13")
    assert related(edited, article).kind != "related"


def test_texts_too_short_to_compare_have_no_sketch_and_no_relation():
    assert words(["The ferry was late."]).sketch() == []
    assert related(["The ferry was late."], ["The ferry was late."]) is None
    assert related([], []) is None


def test_a_sketch_never_changes():
    sketch = words(["The ferry to the north was late again on Monday, the operator said on its page. " * 3]).sketch()
    assert sketch == sorted(sketch, key=lambda each: each % 2**64)
    assert sketch[0] == 657726059111768523


@given(st.lists(st.text(max_size=60), max_size=8), st.lists(st.text(max_size=60), max_size=8))
def test_shares_are_shares_whatever_the_text(one, two):
    for found in (related(one, two), related(one * 3, one), related(one + two, two)):
        if found is not None:
            assert 0 <= found.share <= 1 and 0 <= found.back <= 1


def test_hostile_texts_take_no_long_time():
    started = time.process_time()
    for text in ("a " * 400_000, "1 " * 400_000, "北" * 400_000, "x" * 1_000_000, " ".join(map(str, range(200_000)))):
        related([text, text], [text[: len(text) // 2]])
    assert time.process_time() - started < 15


# Which story


def relation(share=1.0, back=1.0, kind="duplicate"):
    return Relation(kind, share, back, 3, "paragraphs")


AGE = {f"a{n}": n for n in range(9)} | {f"s{n}": n for n in range(9)}


def test_a_story_is_named_after_the_first_and_keeps_its_name():
    first = join("a5", {"a2": relation()}, {}, AGE)
    assert (first.story, first.members, first.merged) == ("s2", ["a5", "a2"], [])
    later = join("a6", {"a5": relation()}, {"a5": "s2"}, AGE)
    assert (later.story, later.members) == ("s2", ["a6"])


def test_of_two_stories_that_are_one_the_older_name_stays():
    joined = join("a7", {"a4": relation(0.6, 0.9), "a6": relation(0.6, 0.9)}, {"a4": "s4", "a6": "s1"}, AGE)
    assert (joined.story, joined.merged) == ("s1", ["s4"])


def test_a_piece_that_embeds_two_others_joins_one_and_makes_no_story_of_two():
    embedded = {"a2": relation(0.4, 1.0, "syndicated"), "a3": relation(0.3, 0.9, "syndicated")}
    joined = join("a7", embedded, {"a2": "s2", "a3": "s3"}, AGE)
    assert (joined.story, joined.members, joined.merged) == ("s2", ["a7"], [])


def test_what_is_related_is_no_member():
    joined = join("a7", {"a2": relation(0.3, 0.2, "related")}, {"a2": "s2"}, AGE)
    assert (joined.story, joined.members) == (None, [])
