"""The matcher: which letters are the same, where words begin and end, and what an offset points at."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.topics import HOSTILE
from newslib.extraction import extract
from newslib.topics import Matcher, TermError, Topic, carriers, located, parse
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
        ("צפון קוריאה", "צפון־קוריאה"),
        ("קים ג'ונג און", "קים ג׳ונג און"),
        ("کره شمالی", "کرهٔ شمالی"),
        ("کره شمالی", "کره‌شمالی"),
        ("کرۀ شمالی", "کره شمالی"),
        ("Россия", "Росси́я"),
        ("Βόρεια Κορέα", "ΒΟΡΕΙΑ ΚΟΡΕΑ"),
        ("Știri", "Ştiri"),
        ("Russia North", "Russia – North"),
        ("Kim Jong Un", "Kim \u200b Jong  \u00a0 Un"),
        ("Россия Корея", "Россия — Корея"),
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
        ("North Korea", "North\n \t\nKorea"),
        ("Nga", "Thúy Ngân"),
        ("Nga", unicodedata.normalize("NFD", "Thúy Ngân")),
        ("조선", "조선업과 조선소, 조선일보"),
        ("РФ", "РФ2024 2024РФ"),
        ("روس", "دروس وبروس"),
        ("روسيا", "بيروسيا لبروسيا"),
        ("רוסיה", "פרוסיה בלרוסיה"),
        ("U.S.", "us Us"),
        ("U.S.", "U.S.A. U.S.S.R."),
        ("Россия", "Россиянин"),
        ("北朝鮮*", "北 朝鮮"),
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
        ("Russia", "#Russia2018 2018Russia RussiaРоссия 俄Russia俄 북Russia", 5),
        ("Россия", "24Россия24", 1),
        ("조선", "조선은 조선과 조선에서는 北조선", 4),
        ("북러", "북러가 북러, 한-북러", 3),
        ("ロ朝", "ロ朝関係 日ロ朝 プロ朝", 2),
        ("俄朝", "俄朝关系与俄朝", 2),
        ("روسيا", "روسيا وروسيا لروسيا بروسيا وبروسيا كروسيا فروسيا", 7),
        ("روسي", "الروسي والروسي للروسي وللروسي بالروسي كالروسي فالروسي", 7),
        ("الكرملين", "الكرملين والكرملين للكرملين وللكرملين بالكرملين فالكرملين", 6),
        ("كوريا الشمالية", "وكوريا الشمالية لكوريا الشمالية", 2),
        ("روس", "الروس والروس للروس وللروس", 4),
        ("רוסיה", "רוסיה ברוסיה לרוסיה ורוסיה מרוסיה שברוסיה כשרוסיה ומרוסיה", 8),
        ("קרמלין", "הקרמלין מהקרמלין והקרמלין שהקרמלין", 4),
        ("DPRK", "DPRK D.P.R.K. D.P.R.K d.p.r.k", 4),
        ("D.P.R.K.", "DPRK D.P.R.K. D.P.R.K, (D.P.R.K.)", 4),
        ("КНДР", "К.Н.Д.Р. КНДР", 2),
        ("N. Korea", "N. Korea N.Korea N Korea N.\u00a0Korea", 4),
        ("=U.S.", "U.S. US us u.s.", 2),
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


def test_an_excluded_phrase_does_not_hide_a_longer_term_or_one_that_begins_before_it():
    assert found(["朝鮮人民軍", "北朝鮮", "朝鮮"], "朝鮮人民軍、北朝鮮人、朝鮮人", exclude=["朝鮮人"]) == [
        "朝鮮人民軍",
        "北朝鮮",
    ]
    assert found(["Moscow"], "MOSCOW Moscow", exclude=["=MOSCOW"]) == ["Moscow"]


def test_an_excluded_phrase_is_found_with_its_prefixes():
    assert found(["روسيا"], "بروسيا وبروسيا وروسيا", exclude=["بروسيا"]) == ["وروسيا"]


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


def test_near_counts_words_and_letters_of_unspaced_scripts_by_two():
    def near(text, words):
        subject = Topic("t", {"a": {"any": ["Russia", "俄"]}, "b": {"any": ["Korea", "朝"]}},
                        query=parse(f"a NEAR/{words} b", ["a", "b"]))  # fmt: skip
        return subject.match(None, None, text, None).matched

    assert near("Russia and Korea", 2) and not near("Russia and Korea", 1)
    assert near("Korea, said Russia", 2) and not near("Korea, he said: Russia", 2)
    assert near("Russia.\n\nKorea", 1)
    assert near("俄罗斯与朝", 2) and not near("俄罗斯一二三四五朝", 2)
    assert near("Russia x x x x Russia x Korea", 2)


def test_near_does_not_reach_from_the_title_into_the_text():
    subject = Topic("t", {"a": {"any": ["Russia"]}, "b": {"any": ["Korea"]}}, query=parse("a NEAR/9 b", ["a", "b"]))
    assert not subject.match("Russia", None, "Korea", None).matched
    assert subject.match("Russia", "Korea and Russia", "Korea", None).matched


def test_same_asks_for_one_paragraph():
    query = parse('a SAME (b OR "tea")', ["a", "b"])
    subject = Topic("t", {"a": {"any": ["Russia"]}, "b": {"any": ["Korea"]}}, query=query)
    assert subject.match(None, None, "Peru.\n\nRussia.\nKorea", None).matched
    assert subject.match(None, None, "Tea in Russia.\n\nKorea", None).matched
    assert subject.match("Korea, Russia", None, "", None).matched
    assert not subject.match("Korea", "Korea", "Russia\n\nKorea", None).matched
    assert not subject.match(None, None, "Russia\n \t\nKorea", None).matched


def test_not_rejects_what_has_a_word_of_the_group():
    query = parse('a AND NOT "chess"', ["a"])
    subject = Topic("t", {"a": {"any": ["Russia"]}}, query=query)
    assert subject.match(None, None, "Russia", None).matched
    assert not subject.match("Chess", None, "Russia", None).matched


def test_what_not_names_is_no_evidence():
    terms = {"a": {"any": ["Russia"]}, "b": {"any": ["chess"]}, "c": {"any": ["Korea"]}}
    subject = Topic("t", terms, query=parse("(a AND NOT b) OR c", ["a", "b", "c"]))
    match = subject.match(None, None, "Russia.\n\nChess.\n\nKorea", None)
    assert match.groups == {"a", "b", "c"}
    assert [term["group"] for term in match.terms] == ["a", "c"]
    assert carriers(match, ["Russia.", "Chess.", "Korea"]) == {"a": {0}, "c": {2}}


def test_a_threshold_counts_mentions_by_their_weight():
    def matched(title, text, weights=None):
        subject = Topic("t", {"a": {"any": ["Russia"]}}, query=parse("a >= 3", ["a"]), weights=weights)
        return subject.match(title, None, "x" * 400 + text, None).matched

    assert matched("Russia", "")
    assert matched("", " Russia" * 3)
    assert not matched("", " Russia" * 2)
    assert not matched("Russia", "", {"title": 1})


def test_a_quoted_term_of_the_query_is_evidence_under_its_quotes():
    match = Topic("t", {}, query=parse('"Kim Jong Un" OR "=РФ"', [])).match(None, None, "Kim Jong-un", None)
    assert match.groups == {'"Kim Jong Un"'}
    assert match.terms[0]["term"] == "Kim Jong Un"


def test_several_topics_are_judged_in_one_pass_as_each_by_itself():
    other = Topic("o", {"x": {"any": ["Moscow", "tea"]}}, exclude=["Moscow tea"])
    article = ("Moscow tea", "Korea", "Tea.\n\nMoscow, North Korea, Russians, 북러", "en")
    assert Matcher([SUBJECT, other]).match(*article) == [SUBJECT.match(*article), other.match(*article)]
    assert Matcher([]).match(*article) == []


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


def test_the_score_grows_with_spread_and_with_both_sides_in_one_paragraph():
    filler = "x" * 400
    apart = SUBJECT.match(None, None, f"{filler}\n\nRussia\n\nKorea", None).score
    together = SUBJECT.match(None, None, f"{filler}\n\nRussia, Korea", None).score
    often = SUBJECT.match(None, None, f"{filler}\n\nRussia, Korea" + "\n\nRussia, Korea" * 3, None).score
    packed = SUBJECT.match(None, None, f"{filler}\n\n" + "Russia, Korea. " * 4, None).score
    assert apart < together < packed < often


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


def test_a_term_has_a_longest_length():
    with pytest.raises(TermError, match="has 201 characters; a term has at most 200"):
        read_term("a" * 201)


# --- properties

EVERYWHERE = Topic(
    "t",
    {
        "a": {"any": ["Russia*", "Straße", "росси*", "러시아", "俄罗斯", "ロシア", "キム・ジョンウン", "روسيا", "רוסיה", "रूस"]},
        "b": {"any": ["North Korea*", "северн* коре*", "북한", "朝鲜", "Corée du Nord", "เกาหลีเหนือ", "Bình Nhưỡng", "Κορέα"]},
        "c": {"any": ["D.P.R.K.", "КНДР", "Kim Jong Un", "Istanbul", "কোরিয়া"]},
    },
    exclude=["Russian doll*", "朝鲜族", "বাংলা"],
)  # fmt: skip
WORDS = """
Russia Russian doll STRASSE Straße Россией россия Королёв 러시아의 북한과 北 俄罗斯 朝鲜 朝鲜族 ロシア人 キム・ジョンウン وروسيا ברוסיה रूसी रूस
North Koreans Северной Корее Corée du Nord เกาหลีเหนือกับ Bình Nhưỡng Κορέα ΚΟΡΕΑ D.P.R.K. DPRK КНДР Kim-Jong-un İstanbul কোরিয়া ½ ﬁn ǅ ß 2018
"""
PIECES = WORDS.split()
TEXTS = st.lists(st.sampled_from([*PIECES, "\n\n", "—", ",", "(", "’"]), max_size=20).map(" ".join)


def counts(text):
    return {(term["group"], term["term"]): term["count"] for term in EVERYWHERE.match(None, None, text, None).terms}


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_matching_does_not_change_under_unicode_form(text, form):
    assert counts(unicodedata.normalize(form, text)) == counts(text)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([str.upper, str.lower, str.title, str.casefold]))
def test_matching_does_not_change_under_case(text, change):
    plain = text.replace("D.P.R.K.", "").replace("DPRK", "")  # whose capitals are asked for where the dots are missing
    assert counts(change(plain)) == counts(plain)


@settings(deadline=None)
@given(TEXTS)
def test_matching_does_not_change_under_width(text):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text).replace(" ", "\u3000")
    assert counts(wide) == counts(text)


@settings(deadline=None)
@given(TEXTS, st.data())
def test_matching_does_not_change_under_invisible_characters(text, data):
    letters = list(unicodedata.normalize("NFC", text))
    for n in data.draw(st.lists(st.integers(0, len(letters) or 1), max_size=5)):
        letters.insert(n, data.draw(st.sampled_from("\u00ad\u200b\u2060\ufeff")))
    assert counts("".join(letters)) == counts(text)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), st.randoms())
def test_matching_does_not_change_under_inline_tags_that_split_words(words, draw):
    filler = "<p>" + "The committee met on Tuesday and said little about the weather in the hills. " * 3 + "</p>"

    def matched(tagged):
        page = f"<html><body><article><h1>A day</h1>{filler}<p>{tagged} came.</p>{filler}</article></body></html>"
        found = extract(page.encode(), "https://a.example/1", "text/html; charset=utf-8")
        return counts("\n\n".join(found.paragraphs))

    text = " ".join(words)
    at = sorted(draw.sample(range(len(text) + 1), 2))
    tag = draw.choice(["b", "i", "a", "span", "em"])
    assert matched(f"{text[: at[0]]}<{tag}>{text[at[0] : at[1]]}</{tag}>{text[at[1] :]}") == matched(text)


@pytest.mark.parametrize(("what", "piece"), HOSTILE.items(), ids=HOSTILE)
def test_a_hostile_text_takes_linear_time(what, piece):
    """Eight times the text takes about eight times as long; were it quadratic, 64 times. Some terms nest."""
    nested = ["r", "r*", "ru*", "rus*", "а*", "North North Korea", "North* North* K*", "a\u0301*"]
    subject = topic("Russia", "Russia*", "росси*", "러시아", "朝鮮", *nested, exclude=["Russian doll"])

    def cost(size):
        text = piece * (size // len(piece) + 1)
        started = time.process_time()
        subject.match(None, None, text[:size], None)
        return time.process_time() - started

    small = min(cost(125_000 + n) for n in range(2))
    assert cost(1_000_000) < 24 * small + 0.1
