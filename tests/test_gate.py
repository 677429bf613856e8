"""The relevance gate: it never says "cannot" of a page that some reading of could match."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.config import load_topic
from newslib.text import clean
from newslib.topics import Gate, Topic, parse

GROUPS = {
    "russia": {
        "any": ["Russia*", "=РФ", "росси*", "러시아", "俄罗斯", "ロシア", "روسيا", "الكرملين", "רוסיה", "रूस", "Ρωσία"],
        "en": ["Russian envoy"],
    },
    "korea": {
        "any": [
            "North Korea*",
            "северн* коре*",
            "북한",
            "朝鲜",
            "朝ロ",
            "كوريا الشمالية",
            "Corée du Nord",
            "เกาหลีเหนือ",
        ],
        "en": ["DPRK", "D.P.R.K.", "N. Korea"],
    },
    "other": {"any": ["tennis"]},
}
TOPIC = Topic(
    "t", GROUPS, query=parse("(russia AND korea AND NOT other) OR (russia NEAR/9 korea)", GROUPS), exclude=["朝鲜族"]
)
GATE = Gate([TOPIC])
SHIPPED = load_topic("russia-north-korea", Path(__file__).parents[1] / "topics")


@pytest.mark.parametrize(
    "text",
    [
        "Russia and North Korea",
        "Rus\nsia and North Kor\nea",
        "R\nus\nsi\na. North\nadvertisement\nKoreans",
        "РФ\nСевер\nной Кореей",
        "러시\n아의\n북\n한",
        "俄罗\n斯与朝\n鲜",
        "وللكرم\nلين وبكوريا الشمالية",
        "שברו\nסיה D\n.P.R.K.",
        "Ρωσι\u0301α, Core\n\u0301e du Nord",
        "Rus\u00adsia\u200b, DP\u00ad\nRK",
        "ＲＵＳＳＩＡ, d.p.r.k",
        "2018Russia2018 N.Korea",
        "朝ロ ロシア\n連邦",
        "Russia\nDPRK\n\u0301",
        "Russia\n북한에\n서울",
        "كلمة\nوروسيا\nوكوريا الشمالية",
    ],
)
def test_a_page_that_has_the_words_may_match(text):
    assert GATE.may_match(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Russia, Russia",
        "North Korea",
        "Prussia and North Korea",
        "Russia and the north of Chorea",
        "백러시아와 북한산",
        "Russia\nnort\nh. Tunis",
        "Russia " + "Peru\n" * 1000,
    ],
)
def test_a_page_that_lacks_a_side_cannot_match(text):
    assert not GATE.may_match(text)


def test_without_topics_nothing_can_match():
    assert not Gate([]).may_match("anything")


def test_any_of_several_topics_lets_a_page_pass():
    gate = Gate([TOPIC, Topic("k", {"any": {"any": ["kimchi"]}})])
    assert gate.may_match("Kim\nchi")
    assert gate.may_match("Russia. DPRK")
    assert not gate.may_match("Russia")


def test_a_gate_pickles_small_and_judges_the_same_afterwards():
    kept = pickle.dumps(Gate([SHIPPED]))
    again = pickle.loads(kept)
    assert len(kept) < 200_000
    for text in ("Москва и Пхеньян: Россия и КНДР", "북러", "Rain in Rome", "Russia"):
        assert again.may_match(text) == Gate([SHIPPED]).may_match(text)


VOCABULARY = """
Russia Russian North Korea Koreans DPRK D.P.R.K. DPRK. N. envoy РФ Россией Северной Корее росси 러시아의 북한과 俄罗斯
朝鲜 朝鲜族 朝ロ ロシア語 وروسيا للكرملين وكوريا الشمالية ברוסיה रूस Ρωσία ΡΩΣΙΑ Corée du Nord เกาหลีเหนือกับ tennis Prussia
2018 — · . , ( ’s Core\u0301e Rus\u00adsia Ko\u200brea e\u200b\u0301 ｋｏｒｅａ \u0301 \ufeff
"""
WORDS = [*VOCABULARY.split(), "\ud83d", "\udcf0", "\x00", "\u2028"]
CUT = st.sampled_from(WORDS).flatmap(
    lambda word: st.integers(0, len(word)).map(lambda n: [word[:n], word[n:]] if 0 < n < len(word) else [word])
)
WHITE = st.sampled_from(["", "", " ", "  ", "\u00a0", "\t"])


@st.composite
def pages(draw):
    """(the pieces of a page, a title and a text that a reading of it may give).

    Words may be cut by tags. What is chosen keeps its order; pieces side by side may become one word, others not.
    """
    pieces = []
    for cut in draw(st.lists(CUT, max_size=14)):
        pieces += [cut[0] + draw(WHITE) if len(cut) == 1 else cut[0], *cut[1:]]
    texts = []
    for _ in range(2):
        text, last = "", None
        for number, piece in enumerate(pieces):
            if draw(st.booleans()) or draw(st.booleans()):
                joint = draw(st.sampled_from(["", "", " ", "\n"])) if last == number - 1 else "\n"
                text += (joint if text else "") + piece
                last = number
        texts.append(text)
    return pieces, texts


@settings(max_examples=400, deadline=None)
@given(pages(), st.sampled_from([None, "en", "ru", "fr"]))
def test_the_gate_never_drops_what_any_reading_of_the_page_would_match(page, language):
    pieces, (title, text) = page
    for read in (str, clean):
        if TOPIC.match(read(title), None, read(text), language).matched:
            assert GATE.may_match("\n".join(pieces))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_gate_of_the_shipped_topic_passes_all_of_its_own_terms_however_cut(data):
    entries = [rule.entry for rule in SHIPPED.rules if rule.entry.group]
    first, second = (data.draw(st.sampled_from(entries)).term.lstrip("=").replace("*", "") for _ in range(2))
    text = f"{first}, {second}"
    cut = data.draw(st.lists(st.integers(0, len(text)), max_size=4).map(sorted))
    pieces = [text[a:b] for a, b in zip([0, *cut], [*cut, len(text)], strict=True)]
    if SHIPPED.match(None, None, text, None).matched:
        assert Gate([SHIPPED]).may_match("\n".join(pieces))


def test_a_hostile_page_takes_linear_time():
    import time

    def cost(text):
        started = time.process_time()
        GATE.may_match(text)
        return time.process_time() - started

    for piece in ("Rus\n", "\n", "a\n\u0301", "Russia North ", "r", "北", "\u00ad\u0301", " \n"):
        small, large = (min(cost(piece * (size // len(piece))) for _ in range(2)) for size in (100_000, 800_000))
        assert large < 24 * small + 0.1, piece
