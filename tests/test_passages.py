"""The shipped topics on labelled passages, half of them near misses. All passages are invented, in the manner of newsrooms.

`tests/passages/TOPIC.jsonl` has a passage a line: `id language title text match why`.
"""

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from newslib.config import load_topic, topic_files
from newslib.extraction.language import detect

PASSAGES = Path(__file__).parent / "passages"
TOPICS = Path(__file__).parents[1] / "topics"
SHIPPED = sorted(id for id, file in topic_files(TOPICS).items() if file.parent == TOPICS)


def passages(topic):
    lines = (PASSAGES / f"{topic}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def wrong(topic, language_of):
    """Passages that a topic takes and should not, and that it should take and does not, each as one line to read."""
    judge = load_topic(topic, TOPICS)
    taken, missed = [], []
    for row in passages(topic):
        match = judge.match(row["title"], None, row["text"], language_of(row))
        if match.matched != row["match"]:
            line = f"{row['id']} ({row['why']}): {row['title']} / {row['text'][:80]} {sorted(match.groups)}"
            (missed if row["match"] else taken).append(line)
    return taken, missed


@pytest.mark.parametrize("topic", SHIPPED)
def test_every_near_miss_is_left_and_nearly_every_passage_is_taken(topic):
    taken, missed = wrong(topic, lambda row: row["language"])
    assert not taken
    assert len(missed) <= 0.02 * sum(row["match"] for row in passages(topic)), missed


@pytest.mark.parametrize("topic", SHIPPED)
def test_so_it_is_when_the_language_is_what_a_crawl_detects(topic):
    taken, missed = wrong(topic, lambda row: detect(f"{row['title']}\n{row['text']}")[0])
    assert not taken
    assert len(missed) <= 0.02 * sum(row["match"] for row in passages(topic)), missed


@pytest.mark.parametrize("topic", SHIPPED)
def test_half_of_the_passages_are_near_misses_and_no_two_are_the_same(topic):
    rows = passages(topic)
    assert len(rows) >= 12
    assert 0.4 <= sum(row["match"] for row in rows) / len(rows) <= 0.6
    assert len({row["id"] for row in rows}) == len({(row["title"], row["text"]) for row in rows}) == len(rows)
    assert all(row["why"] and (row["title"] or row["text"]) for row in rows)


def test_russia_and_north_korea_have_passages_of_both_kinds_in_every_language_of_the_topic():
    topic = load_topic("russia-north-korea", TOPICS)
    labelled = Counter((row["language"], row["match"]) for row in passages("russia-north-korea"))
    for language in set(topic.terms["russia"]) - {"any", "bn", "kk", "mn"}:
        assert labelled[language, True] >= 4, language
        assert labelled[language, False] >= 4, language


FORMS = tomllib.loads((PASSAGES / "russia-north-korea-forms.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", FORMS)
def test_every_form_of_either_side_counts_and_none_is_enough_alone(language):
    topic = load_topic("russia-north-korea", TOPICS)
    for forms, other in zip(FORMS[language], ("金正恩", "普京"), strict=True):
        for form in forms.split("|"):
            assert topic.match(None, None, f"«{form}», {other}.", language).matched, form
            assert topic.match(None, None, f"{form}\n\n{other}", language).matched, form
            assert not topic.match(None, None, f"{form}.", language).matched, form
