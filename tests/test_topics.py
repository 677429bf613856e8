"""The matcher: which letters are the same, where words begin and end, and what an offset points at."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.topics import TermError, Topic, carriers, located, parse
from newslib.topics.fold import JOINING, _odd, fold, fold_char, is_plain
from newslib.topics.terms import read_term


def topic(*words, exclude=(), language="any"):
    return Topic("t", {"words": {language: list(words)}}, exclude=list(exclude))


def found(words, text, page=None, **more):
    """The pieces of `text` that were taken for one of the words."""
    subject = topic(*([words] if isinstance(words, str) else words), **more)
    return [text[hit.start : hit.end] for hit in subject.mentions(text, page)]


# --- letters


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Russia", "RUSSIA"),
        ("россия", "РОССИЯ"),
        ("Straße", "STRASSE"),
        ("strasse", "Straße"),
        ("Ωμέγας", "ΩΜΈΓΑΣ"),
        ("Rusya", "Ｒｕｓｙａ"),
        ("キム", "ｷﾑ"),
        ("ガム", "ｶﾞﾑ"),
        ("Corée", unicodedata.normalize("NFD", "Corée")),
        (unicodedata.normalize("NFD", "Corée"), "Corée"),
        ("러시아", unicodedata.normalize("NFD", "러시아")),
        ("Bình Nhưỡng", unicodedata.normalize("NFD", "Bình Nhưỡng")),
        ("ガス", unicodedata.normalize("NFD", "ガス")),
        ("রাশিয়া", unicodedata.normalize("NFD", "রাশিয়া")),
        ("Russia", "Rus\u00adsia"),
        ("Russia", "Rus\u200bsia"),
        ("finland", "ﬁnland"),
        ("Kim Jong Un", "Kim Jong-un"),
        ("Kim Jong-un", "Kim Jong Un"),
        ("Kim Jong Un", "Kim Jong–un"),
        ("Kim Jong Un", "Kim\u00a0Jong\u202fUn"),
        ("Kim Jong Un", "Kim  Jong\nUn"),
        ("Kim Jong Un", "Kim Jong \r\n Un"),
        ("キム・ジョンウン", "キム ジョンウン"),
        ("People's Army", "People’s Army"),
        ("People’s Army", "People's Army"),
        ("Istanbul", "İSTANBUL"),
        ("Kırım", "KIRIM"),
        ("Королев", "Королёв"),
        ("أون", "اون"),
        ("روسيا", "رُوسيا"),
        ("پیونگ یانگ", "پیونگ‌یانگ"),
        ("کره", "كره"),
        ("צפון", "צָפוֹן"),
    ],
)
def test_a_term_is_found_in_every_case_width_and_form(term, text):
    assert found(term, f"… {text}, …") == [text]


@pytest.mark.parametrize(("term", "text"), [("Corée", "Coree"), ("ros", "roś"), ("кит", "кіт"), ("コメ", "ゴメ")])
def test_accents_are_letters_of_their_own(term, text):
    assert found(term, text) == []


def test_offsets_are_code_points_of_the_text_that_was_given():
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        text = unicodedata.normalize(form, "ﬀ İ 😀 ß… Ünï, 러시아의 Corée\u00ad. e\u0301")
        spans = {text[h.start : h.end] for h in topic("러시아", "Corée").mentions(text, None)}
        assert {unicodedata.normalize("NFC", span).strip("\u00ad") for span in spans} == {"러시아", "Corée"}


@given(st.text())
def test_folding_keeps_every_place(text):
    folded = fold(text)
    last = 0
    for n in range(len(folded.text)):
        start, end = folded.span(n, n + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last or end > last
        last = start


@given(st.text(alphabet="aAéß\u0301\u0323\u00adİıﬁ각ᄀ\u1161\u11a8ｶﾞ\u200b- \n’"))
def test_composed_and_decomposed_texts_fold_alike(text):
    composed = unicodedata.normalize("NFC", text)
    assert fold(unicodedata.normalize("NFD", composed)).text == fold(composed).text


def test_the_list_of_joining_characters_is_that_of_this_python():
    joining = set()
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) == chr(code):
                joining.add(pair[1])
    import re

    known = re.compile(f"[{JOINING}]")
    assert [hex(ord(c)) for c in joining if not known.match(c)] == []


def test_the_blocks_taken_for_plain_are_plain():
    odd = _odd()
    for start, end in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4)):
        assert all(is_plain(chr(code)) for code in range(start, end))
    assert all(fold_char(c) == c.casefold() for c in map(chr, range(0x3000)) if not odd.match(c))


# --- words


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Russia", "Prussia"),
        ("Russia", "Belorussia"),
        ("Korea", "Koreatown"),
        ("Korea", "chorea"),
        ("росси", "белорусси россия"),
        ("रूस", "बेलारूस रूसी"),
        ("روسيا", "بيلاروسيا"),
        ("북한", "북한산에 올라 북한강을 봤다"),
        ("평양", "평양냉면"),
        ("러시아", "러시아워"),
        ("러시아", "백러시아"),
        ("ロシア", "プロシア ベロロシア"),
        ("コメ", "コメント コメディ"),
        ("KN", "KN23"),
        ("Moscow", "mos cow"),
        ("North Korea", "North\n\nKorea"),
        ("North Korea", "North.Korea"),
    ],
)
def test_a_term_is_not_found_inside_another_word(term, text):
    assert found(term, text) == []


@pytest.mark.parametrize(
    ("term", "text", "pieces"),
    [
        ("Russia", "Russia’s, (Russia) pro-Russia “Russia” l'Russia #Russia _Russia_ Russia", 8),
        ("북한", "북한이 북한의 북한과의 북한에서는 북한으로부터 북한, 북한", 7),
        ("러시아", "러시아가 러시아군 러시아와의 러시아라고", 3),
        ("푸틴", "푸틴이라면서 KBS푸틴 2025푸틴은", 3),
        ("Putin", "与Putin会晤 Putin이 プーチンPutin", 3),
        ("РФ", "与РФ会晤 РФ가 ロシアРФ", 3),
        ("朝鲜", "与朝鲜方面", 1),
        ("平壌", "北朝鮮の平壌で", 1),
        ("ロシア", "対ロシア制裁 ロシアメディア ロシア", 3),
        ("コメ", "コメ価格と備蓄コメ", 2),
        ("รัสเซีย", "ประเทศรัสเซียกับ", 1),
        ("रूस", "रूस ने रूस, रूस।", 3),
    ],
)
def test_a_term_is_found_wherever_its_word_stands(term, text, pieces):
    assert len(found(term, text)) == pieces


def test_a_star_ends_a_stem_and_the_whole_word_is_the_evidence():
    assert found("корей*", "Корейский, корейцы; скорей") == ["Корейский", "корейцы"]
    assert found("северн* коре*", "В Северной Корее") == ["Северной Корее"]
    assert found("러시아*", "러시아워") == ["러시아워"]
    assert found("ロシ*", "ロシア人") == ["ロシア"]
    assert found("朝鲜*", "朝鲜族") == ["朝鲜"]
    assert found("रूस*", "रूसियों") == ["रूसियों"]


def test_an_equals_sign_asks_for_these_very_letters():
    assert found("=РФ", "РФ рф Рф") == ["РФ"]
    assert found("=Nga", "Nga nga NGA") == ["Nga"]
    assert found("=Путин*", "Путиным путина Путин") == ["Путиным", "Путин"]
    assert found("=Été", unicodedata.normalize("NFD", "Été été")) == [unicodedata.normalize("NFD", "Été")]


def test_latin_terms_of_up_to_four_letters_need_their_own_language():
    for term in ("DPRK", "D.P.R.K.", "rusk*", "TASS", "Né"):
        text = term.replace("*", "a")
        assert found(term, text, "en-GB", language="en") == [text]
        assert found(term, text, "zh-Hant", language="zh-Hans") == [text]
        assert found(term, text, None, language="en") == [text]
        assert found(term, text, "fr", language="en") == []
        assert found(term, text, "fr", language="any") == [text]


def test_other_terms_match_pages_in_any_language():
    for term in ("Pyongyang", "РФ", "金正恩", "북러"):
        assert found(term, term, "pt", language="xx") == [term]


# --- phrases that mask


def test_an_excluded_phrase_hides_the_terms_in_it_and_nothing_else():
    text = "A Russian doll from Russia; Moscow, Idaho, is not Moscow."
    assert found(["Russia", "Russian", "Moscow"], text, exclude=["Russian doll*", "Moscow, Idaho"]) == [
        "Russia",
        "Moscow",
    ]


def test_an_excluded_phrase_hides_what_overlaps_it():
    assert found(["露朝"], "披露朝鲜，露朝会談", exclude=["披露"]) == ["露朝"]
    assert found(["俄罗斯"], "白俄罗斯与俄罗斯", exclude=["白俄罗斯"]) == ["俄罗斯"]


def test_an_excluded_phrase_does_not_reject_an_article():
    match = topic("kimchi", exclude=["kimchi fridge"]).match("A kimchi fridge", None, "Real kimchi", "en")
    assert match.matched
    assert match.terms[0]["count"] == 1


# --- topics

SUBJECT = Topic(
    "subject",
    {
        "russia": {"en": ["Russia", "Russia*", "Moscow"]},
        "korea": {"en": ["North Korea", "Korea*"]},
        "ties": {"ko": ["북러"]},
    },
    query=parse("(russia AND korea) OR ties", ["russia", "korea", "ties"]),
)


def test_evidence_is_counted_over_title_description_and_text_with_one_entry_a_term():
    match = SUBJECT.match("Moscow", "Moscow and North Korea", "Moscow.\n\nNorth Korea, Russian", "en")
    assert match.matched
    assert match.groups == {"russia", "korea"}
    assert [(t["group"], t["term"], t["count"]) for t in match.terms] == [
        ("russia", "Moscow", 3),
        ("russia", "Russia*", 1),
        ("korea", "North Korea", 2),
    ]
    assert all(t["start"] is None and t["end"] is None for t in match.terms)


def test_the_longest_term_of_a_group_takes_its_letters():
    assert found(["Korea", "North Korea", "North Korea*"], "North Koreans, North Korea, Korea") == [
        "North Koreans",
        "North Korea",
        "Korea",
    ]


def test_groups_may_share_letters():
    subject = Topic(
        "t", {"a": {"any": ["российск*"]}, "b": {"any": ["северокорейск*"]}, "c": {"any": ["российско-северокорейск*"]}}
    )
    assert subject.match(None, None, "российско-северокорейские", "ru").groups == {"a", "b", "c"}


def test_groups_are_told_also_when_the_query_does_not_hold():
    match = SUBJECT.match("Russian art", None, "In Moscow", "en")
    assert (match.matched, match.score, match.groups) == (False, 0.0, {"russia"})


def test_terms_are_located_in_the_text_that_is_left():
    paragraphs = ["Russia.", "On North Korea and North Korea", "North Korea"]
    match = SUBJECT.match("Moscow", None, "\n\n".join(paragraphs), "en")
    found = {t["term"]: (t["count"], t["start"], t["end"]) for t in located(match, paragraphs, {0})}
    assert found == {"Moscow": (1, None, None), "Russia": (1, None, None), "North Korea": (3, 3, 14)}
    assert {t["term"]: t["start"] for t in located(match, paragraphs, {1})}["North Korea"] == 9
    assert all(t["start"] is None for t in match.terms)


def test_the_paragraphs_that_carry_a_groups_evidence_are_known():
    paragraphs = ["Russia.", "Nothing.", "North Korea and Moscow", "Korea"]
    match = SUBJECT.match(None, None, "\n\n".join(paragraphs), "en")
    assert carriers(match, paragraphs) == {"russia": {0, 2}, "korea": {2, 3}}


def test_groups_in_reads_one_piece_of_text():
    assert SUBJECT.groups_in("Moscow and Koreans", "en") == {"russia", "korea"}
    assert SUBJECT.groups_in("북러 정상회담", "ko") == {"ties"}
    assert SUBJECT.groups_in("", None) == set()


def test_touches_is_the_share_of_groups_in_a_title_or_an_address():
    assert SUBJECT.touches("Moscow and Korea") == 1
    assert SUBJECT.touches("북러 정상회담") == 1
    assert SUBJECT.touches("Moscow") == 0.5
    assert SUBJECT.touches("Weather") == 0
    assert SUBJECT.touches("https://a.example/2025/moscow-north_korea.html") == 1
    assert SUBJECT.touches("https://a.example/%EB%B6%81%EB%9F%AC") == 1
    assert SUBJECT.touches("https://moscow.example/weather") == 0


def test_the_score_grows_with_place_and_number_and_stays_below_one():
    text = "On Korea."
    body = SUBJECT.match(None, None, "x" * 500 + " Russia " + text, "en").score
    lead = SUBJECT.match(None, None, "Russia " + text, "en").score
    title = SUBJECT.match("Russia and Korea", None, "Russia " + text, "en").score
    many = SUBJECT.match("Russia and Korea", None, "Russia Korea " * 500, "en").score
    assert 0 < body < lead < title < many < 1


def test_the_score_needs_both_sides_of_a_relation():
    one_sided = SUBJECT.match(None, None, "Russia " * 50 + "x" * 400 + " Korea", "en").score
    both = SUBJECT.match(None, None, "Russia Korea " * 10, "en").score
    assert one_sided < both


def test_missing_title_description_and_text_are_no_match():
    assert SUBJECT.match(None, None, "", None).matched is False


@pytest.mark.parametrize(
    ("term", "says"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("=", "empty"),
        ("*", "empty"),
        ("\u00ad", "empty"),
        ("kor*ea", "`*` out of place"),
        ("**", "empty"),
        ("korea**", "`*` out of place"),
        ("north * korea", "`*` out of place"),
        ("*korea", "`*` out of place"),
        ("#korea", "begins with a sign"),
        ("\u0301a", "begins with a sign"),
    ],
)
def test_a_term_that_cannot_be_searched_for_says_why(term, says):
    with pytest.raises(TermError, match=says.replace("*", r"\*")):
        read_term(term)


@given(st.text(min_size=1, max_size=12), st.text(max_size=30))
def test_any_text_is_a_term_that_finds_itself_or_a_term_error(term, rest):
    try:
        folded = read_term(term)
    except TermError:
        return
    hits = topic(term).mentions(f"{term.strip().lstrip('=').replace('*', '')} {rest}", None)
    assert hits or "*" in folded or term.strip().startswith("=") or unicodedata.category(folded[-1])[0] == "M" or rest


@pytest.mark.parametrize(
    "text",
    [
        "Russia " * 30_000,
        "Russian doll " * 20_000,
        "r" * 300_000,
        "русс" + "к" * 300_000,
        "Russia" + " " * 300_000 + "n",
        "a" + "\u0301\u0323" * 100_000,
        unicodedata.normalize("NFD", "러시아와 북한 ") * 10_000,
        "".join(map(chr, range(0x10000, 0x40000))),
        "朝" * 200_000,
        "러시아" * 60_000,
        "North " * 50_000,
        "\u00ad" * 300_000,
    ],
    ids=range(12),
)
def test_a_hostile_text_takes_linear_time(text):
    subject = topic("Russia", "Russia*", "русск*", "North North Korea", "朝鮮", "러시아", exclude=["Russian doll"])
    started = time.process_time()
    subject.match(None, None, text, None)
    assert time.process_time() - started < 10
