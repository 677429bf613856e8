"""The shipped topic's file: complete, tidy, and its evidence. Its passages are in test_passages.py."""

import re
import unicodedata
from pathlib import Path

import pytest

from newslib.config import load_topic
from newslib.topics import located

TOPIC = load_topic("russia-north-korea", Path(__file__).parents[1] / "topics")
LANGUAGES = [
    "en",
    "fr",
    "de",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "no",
    "fi",
    "et",
    "lv",
    "lt",
    "pl",
    "cs",
    "sk",
    "uk",
    "ru",
    "be",
    "bg",
    "sr",
    "hr",
    "ro",
    "hu",
    "tr",
    "el",
    "ar",
    "fa",
    "he",
    "hi",
    "vi",
    "id",
    "th",
    "ko",
    "ja",
    "zh-Hans",
    "zh-Hant",
]


def test_every_language_has_words_for_both_countries():
    for language in LANGUAGES:
        assert TOPIC.terms["russia"][language], language
        assert TOPIC.terms["north_korea"][language], language
    assert set(TOPIC.terms["russia"]) == set(TOPIC.terms["north_korea"])


def test_no_group_lists_a_term_twice_for_one_language():
    for by_language in TOPIC.terms.values():
        for words in by_language.values():
            assert len(words) == len(set(words))
    assert len(TOPIC.exclude) == len(set(TOPIC.exclude))


def test_every_term_is_composed_and_has_no_letters_of_another_script_by_mistake():
    for group, by_language in TOPIC.terms.items():
        for code, words in by_language.items():
            for word in words:
                assert word == unicodedata.normalize("NFC", word), (group, code, word)
                for part in re.findall(r"[^\W\d_]+", word):
                    scripts = {unicodedata.name(c, "?").split()[0] for c in part} & {"LATIN", "CYRILLIC", "GREEK"}
                    assert len(scripts) <= 1, (group, code, word)


@pytest.mark.parametrize(
    ("language", "text", "groups"),
    [
        ("en", "Russian roulette is no policy, said a North Korean envoy to Russia.", {"russia", "north_korea"}),
        ("ko", "북러 정상회담이 열린다.", {"ties"}),
        ("ja", "朝ロ国境の橋が完成へ", {"ties"}),
        ("fr", "Moscou remercie Pyongyang.", {"moscow", "pyongyang"}),
        ("zh-Hans", "俄方感谢朝鲜。", {"russia", "choson"}),
    ],
)
def test_the_evidence_names_the_groups_and_where_they_stand(language, text, groups):
    match = TOPIC.match(None, None, text, language)
    assert match.matched
    assert match.groups == groups
    for term in located(match, [text], set()):
        assert 0 <= term["start"] < term["end"] <= len(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The Moscow church in Idaho fed a North Korean family.", "Idaho's Moscow"),
        ("Moscow diners love the cold noodles of Pyongyang.", "a dish"),
        ("俄罗斯博物馆展出甲午年间的朝鲜地图。", "Korea of old"),
        ("Poutine, frites, fromage en grains : le menu d'un diplomate de Pyongyang.", "a dish"),
    ],
)
def test_words_with_namesakes_do_not_count_beside_words_that_tell_them_apart(text, why):
    assert not TOPIC.match(None, None, text, None).matched, why


def test_but_words_without_namesakes_do():
    assert TOPIC.match(None, None, "Idaho's senator asked Moscow and the Kremlin about North Korea.", "en").matched
    assert TOPIC.match(None, None, "Lavrov had cold noodles in Pyongyang with North Korean hosts.", "en").matched


def test_likely_addresses_and_titles_come_first():
    assert TOPIC.touches("https://a.example/2025/10/russia-north-korea-summit.html") == 1
    assert TOPIC.touches("러시아-북한 정상회담") == 1
    assert 0 < TOPIC.touches("Pyongyang tests a missile") < 1
    assert TOPIC.touches("Weather for Tuesday") == 0
