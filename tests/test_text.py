import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from newslib.text import clean, clean_or_none, unspaced

anything = st.text(st.characters())  # lone surrogates, controls and all


@given(anything)
@example("a\ud83d\ude00b")
@example("\u0041\u00ad\u030a")
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@given(anything)
def test_clean_text_is_one_line_of_valid_utf8_in_nfc(text):
    result = clean(text)
    assert result.encode("utf-8").decode("utf-8") == result
    assert len(result.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", result)
    assert result == result.strip()
    assert not {c for c in result if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    assert not set("\u00ad\u200b\u2060\ufeff") & set(result)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=30))
def test_letters_numbers_and_punctuation_stay(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_separators_that_break_lines_become_spaces():
    assert clean("one\u2028two\u2029three\x85four\x0bfive\x0csix\x1fseven\r\neight") == (
        "one two three four five six seven eight"
    )


def test_half_of_an_emoji_goes_and_a_whole_one_stays():
    assert clean("\ud83d cup \U0001f3c6 \ud83c\udfc6 end\udfc6") == "cup 🏆 🏆 end"


def test_joiners_that_shape_words_stay_and_invisible_junk_goes():
    assert clean("می\u200cخواهم क्\u200dष so\u00adft\u200b \ufeffword\u2060") == "می\u200cخواهم क्\u200dष soft word"


def test_no_break_and_wide_spaces_are_spaces():
    assert clean("12\u00a0000\u202f€\u3000 x") == "12 000 € x"


def test_clean_or_none_takes_only_strings_with_something_in_them():
    assert [clean_or_none(v) for v in (" a ", "", " \u200b ", None, 3, ["a"])] == ["a", None, None, None, None, None]


def test_scripts_without_spaces_are_told_from_those_with():
    assert [unspaced(t) for t in ("東京で会談した。", "ประชุมที่กรุงเทพ", "ຂ່າວ", "ភ្នំពេញ")] == [True] * 4
    assert [
        unspaced(t) for t in ("plain words", "Слова с пробелами", "띄어쓰기가 있는 글", "", "Kim met 金 in Seoul")
    ] == [False] * 5
