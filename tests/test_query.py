"""The query of a topic file: groups and quoted terms, AND, OR, NOT, NEAR, SAME, thresholds and parentheses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.topics.grammar import QueryError, parse
from newslib.topics.query import Query, all_of

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


class Told:
    """Evidence as a test says it."""

    def __init__(self, weights, near=(), same=()):
        self.weights, self.near_by, self.same_by = weights, near, same

    def weight(self, group):
        return self.weights.get(group, 0)

    def strength(self, group):
        return self.weight(group) / 10

    def near(self, one, other, words):
        return (one, other, words) in self.near_by

    def same(self, sets):
        return sets in self.same_by


def test_and_takes_the_weakest_score_and_or_the_strongest():
    query = parse("(russia AND north_korea) OR ties", GROUPS)
    assert query.score(Told({"russia": 9, "north_korea": 4, "ties": 1})) == 0.4
    assert query.score(Told({"russia": 9, "ties": 1})) == 0.1
    assert query.score(Told({"russia": 9})) == 0


def test_not_wants_none_of_a_group_and_adds_nothing_to_the_score():
    query = parse("russia AND NOT (ties OR north_korea)", GROUPS)
    assert query.score(Told({"russia": 3})) == 0.3
    assert query.score(Told({"russia": 3, "ties": 1})) == 0


def test_a_threshold_asks_for_so_much_weight():
    query = parse("russia >= 3 AND ties", GROUPS)
    assert query.score(Told({"russia": 3, "ties": 5})) == 0.3
    assert query.score(Told({"russia": 2, "ties": 5})) == 0
    assert parse("russia>=3AND ties".replace("AND", " AND"), GROUPS) == query


def test_near_and_same_ask_for_the_places_of_groups_and_of_groups_joined_by_or():
    query = parse("russia NEAR/10 (north_korea OR ties)", GROUPS)
    asked = frozenset({"russia"}), frozenset({"north_korea", "ties"})
    assert query.score(Told({"russia": 2, "ties": 5}, near=[(*asked, 10)])) == 0.2
    assert query.score(Told({"russia": 2, "ties": 5})) == 0
    query = parse("russia SAME ties SAME north_korea", GROUPS)
    sets = [frozenset({name}) for name in ("russia", "ties", "north_korea")]
    assert query.score(Told(dict.fromkeys(GROUPS, 4), same=[sets])) == 0.4


def test_near_binds_closer_than_and():
    assert parse("russia NEAR/5 ties AND north_korea", GROUPS) == parse("(russia NEAR/5 ties) AND north_korea", GROUPS)


def test_a_quoted_term_is_a_group_of_its_own():
    query = parse('"Kim Jong Un" NEAR/5 "=РФ" OR russia', GROUPS)
    assert query.groups == {'"Kim Jong Un"', '"=РФ"', "russia"}


def test_groups_named_only_after_not_are_not_wanted():
    assert parse("russia AND NOT (ties OR north_korea)", GROUPS).wanted == {"russia"}
    assert parse("(russia AND NOT ties) OR (ties SAME russia)", GROUPS).wanted == {"russia", "ties"}


def test_the_share_of_a_query_that_can_hold_orders_links():
    query = parse("(russia AND north_korea AND NOT ties) OR (ties SAME russia)", GROUPS)
    assert query.share({"russia", "north_korea"}) == 1
    assert query.share({"russia"}) == 0.5
    assert query.share(set()) == 0


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
        ("russia NEAR ties", 7, "`NEAR` does not say how near; write NEAR/10"),
        ("russia near/5 ties", 7, "`near/5` does not say how near; write NEAR/10"),
        ("russia NEAR/0 ties", 7, "NEAR counts 1 to 1000 words; write NEAR/10, or SAME"),
        ("russia NEAR/2000 ties", 7, "NEAR counts 1 to 1000 words"),
        ("russia NEAR/5 ties NEAR/5 north_korea", 19, "NEAR joins two"),
        ("russia SAME ties NEAR/5 north_korea", 17, "NEAR joins two"),
        ("(russia AND ties) NEAR/5 north_korea", 0, "NEAR and SAME join groups, or (groups joined by OR)"),
        ("russia SAME (ties >= 2)", 12, "NEAR and SAME join groups"),
        ("russia NEAR/5", 13, "a group is missing at the end"),
        ("NEAR/5 russia", 0, "a group is missing before `NEAR/5`"),
        ("russia same ties", 7, "`same` in small letters; write SAME"),
        ("NOT russia", 0, "this holds on a page with none of the words; say what it must have: a AND NOT b"),
        ("russia OR NOT ties", 0, "this holds on a page with none of the words"),
        ("russia NOT ties", 7, "AND is missing before `NOT`; write AND NOT"),
        ("russia AND NOT", 14, "a group is missing at the end"),
        ("russia AND NOT NOT ties", 15, "a group is missing before `NOT`"),
        ("russia >= ties", 10, "`>=` asks for a number from 1 to 1000: russia >= 3"),
        ("russia >=", 9, "`>=` asks for a number"),
        ("russia >= 0", 10, "`>=` asks for a number from 1"),
        ("(russia OR ties) >= 2", 17, "`>=` stands behind a group"),
        ('russia AND "kim', 11, 'a `"` that is never closed'),
        ('russia AND " "', 11, "an empty term"),
        ('russia AND "k*m"', 11, "`*` out of place"),
        ('russia "kim"', 7, 'AND or OR is missing before `"kim"`'),
        ("russia AND " * 400 + "ties", 4000, "a query has at most 4000: put words into groups"),
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
    st.text(alphabet='()ANDOR rustie">=/5NEAR', max_size=40)
    | st.lists(st.sampled_from(["(", ")", "AND", "OR", "NOT", "NEAR/3", "SAME", ">= 2", '"a b"', *GROUPS])).map(
        " ".join
    )
)
def test_any_text_is_a_query_or_a_query_error(text):
    try:
        query = parse(text, GROUPS)
    except QueryError as error:
        assert 0 <= error.at <= len(text)
    else:
        assert parse(str(query), GROUPS) == query


def test_a_query_prints_as_it_is_written():
    for text in (
        "(russia AND north_korea) OR ties",
        'russia AND (NOT ties) AND ("Kim Jong Un" NEAR/3 (russia OR ties)) AND north_korea >= 3',
    ):
        assert str(parse(text, GROUPS)) == text
        assert isinstance(parse(text, GROUPS), Query)
