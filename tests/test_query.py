"""The query of a topic file: groups, AND, OR and parentheses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.topics.query import Query, QueryError, all_of, parse

GROUPS = ["russia", "north_korea", "ties"]


def test_and_needs_both_groups():
    query = parse("russia AND north_korea", GROUPS)
    assert query.holds({"russia", "north_korea"})
    assert not query.holds({"russia"})


def test_or_needs_one_group():
    query = parse("russia OR ties", GROUPS)
    assert query.holds({"ties"})
    assert not query.holds({"north_korea"})


def test_parentheses_say_what_comes_first():
    query = parse("(russia AND north_korea) OR ties", GROUPS)
    assert query.holds({"ties"})
    assert query.holds({"russia", "north_korea"})
    assert not query.holds({"russia"})


def test_parentheses_may_touch_words_and_nest():
    query = parse("((russia)AND(north_korea OR ties))", GROUPS)
    assert query.holds({"russia", "ties"})
    assert not query.holds({"north_korea", "ties"})


def test_one_kind_of_operator_needs_no_parentheses():
    assert parse("russia AND north_korea AND ties", GROUPS).holds(set(GROUPS))
    assert parse("russia OR north_korea OR ties", GROUPS).holds({"north_korea"})


def test_the_default_query_is_all_groups():
    assert all_of(GROUPS).holds(set(GROUPS))
    assert not all_of(GROUPS).holds({"russia", "ties"})
    assert all_of(["any"]).holds({"any"})


def test_and_takes_the_weakest_value_and_or_the_strongest():
    query = parse("(russia AND north_korea) OR ties", GROUPS)
    assert query.value({"russia": 0.9, "north_korea": 0.4, "ties": 0.1}.__getitem__) == 0.4
    assert query.value({"russia": 0.9, "north_korea": 0.0, "ties": 0.1}.__getitem__) == 0.1


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("russia AND north_korea OR ties", 23, "AND and OR side by side; say with parentheses"),
        ("russia OR north_korea AND ties", 22, "parentheses"),
        ("(russia AND north_korea", 0, "never closed; add `)`"),
        ("russia AND north_korea)", 22, "a `)` too many"),
        ("russia AND", 10, "a group is missing at the end; the groups are russia, north_korea, ties"),
        ("AND russia", 0, "a group is missing before `AND`"),
        ("russia AND OR ties", 11, "a group is missing before `OR`"),
        ("()", 1, "a group is missing before `)`"),
        ("", 0, "a group is missing"),
        ("russia ties", 7, "AND or OR is missing before `ties`"),
        ("russia (ties)", 7, "AND or OR is missing before `(`"),
        ("russia and ties", 7, "`and` in small letters; write AND"),
        ("rusia AND ties", 0, "unknown word `rusia`; did you mean russia?"),
        ("russia NEAR ties", 7, "unknown word `NEAR`; Known are AND, OR, ( ) and the groups"),
        ("NOT russia", 0, "unknown word `NOT`"),
        ("russia & ties", 7, "unknown word `&`"),
        ("(" * 50 + "russia" + ")" * 50, 20, "deep"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_fix(text, at, says):
    with pytest.raises(QueryError) as caught:
        parse(text, GROUPS)
    assert says in str(caught.value)
    assert caught.value.at == at


@given(
    st.text(alphabet="()ANDOR rustie", max_size=40)
    | st.lists(st.sampled_from(["(", ")", "AND", "OR", *GROUPS])).map(" ".join)
)
def test_any_text_is_a_query_or_a_query_error(text):
    try:
        query = parse(text, GROUPS)
    except QueryError as error:
        assert 0 <= error.at <= len(text)
    else:
        assert parse(str(query), GROUPS) == query


def test_a_query_prints_as_it_is_written():
    text = "(russia AND north_korea) OR ties"
    assert str(parse(text, GROUPS)) == text
    assert isinstance(parse(text, GROUPS), Query)
