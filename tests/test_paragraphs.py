import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from newslib.article import full_text
from newslib.paragraphs import NORMALISER, Seen, decide, fingerprint, is_short, normalise
from newslib.paragraphs.decide import is_correction
from newslib.paragraphs.normalise import _FOLD, _folded
from newslib.text import clean

A = "The ferry question has returned to the council for the third time this winter, without a decision."
B = "Islanders blocked the landing stage on Sunday to demand the return of the evening ferry to the north."
C = "Fares rose by 4.5 percent in January, the operator said, after fuel costs had gone up again."
D = "A new boat was ordered from the yard across the bay, which will deliver it in the spring of next year."
E = "The harbour master declined to comment on the matter when he was reached on his own boat on Monday."


class Index:
    """An archive's paragraphs, as the store keeps them: the first occurrence wins."""

    def __init__(self):
        self.known = {}
        self.asked = 0

    def seen(self, fingerprints):
        self.asked += 1
        return {fp: self.known[fp] for fp in fingerprints if fp in self.known}

    def add(self, paragraphs, id, *, boilerplate=False):
        decision = decide(paragraphs, id, id.rpartition("-")[0], self.seen)
        for fp, check, n in decision.first:
            self.known.setdefault(fp, Seen(id, id.rpartition("-")[0], n, check, boilerplate))
        return decision


def kept(decision):
    return decision.text.split("\n\n")


def why(decision):
    return [(r["at"], r["why"], r["of"]) for r in decision.repeats]


# What is the same paragraph


def test_typography_does_not_make_a_new_paragraph():
    same = [
        "The “café pact” – it’s old – obliges both towns.",
        'The "café pact" - it\'s old - obliges  both\u00a0towns.',
        "THE «CAFE\u0301 PACT» — IT‘S OLD — OBLIGES BOTH TOWNS.",
        "Ｔｈｅ „café pact‟ ‒ it′s old ‑ obliges\u200b both towns.",
    ]
    assert len({fingerprint(p) for p in same}) == 1


def test_numbers_signs_and_accents_make_another_paragraph():
    different = ["Up 4.5 %", "Up 4,5 %", "Up 45 %", "Up -4.5 %", "Up +4.5 %", "Up 4.6 %", "Up 4.5", "Úp 4.5 %"]
    assert len({fingerprint(p) for p in different}) == len(different)


@given(st.text(st.characters(codec="utf-8")))
@example("ᾳ\u0345 ſ ẛ̣ ǰ ΐ ŉ İ ﬃ")
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)


def normalised_before(paragraph):
    """The normaliser's definition, in the plainest steps: what version 1 has always given."""

    def fold(text):
        text = unicodedata.normalize("NFKC", _FOLD.sub(_folded, text))
        return _FOLD.sub(_folded, text).casefold()

    text = clean(paragraph)
    if text.isascii():
        return text.replace("`", "'").lower()
    text = fold(text)
    if not unicodedata.is_normalized("NFKC", text):
        text = fold(text)
    return " ".join(text.split())


@given(
    st.one_of(
        st.text(),
        st.text(st.characters()),
        st.text(st.sampled_from("aB é É'’“”`´«»–  \u0301\u00adßſﬃΣς北。ア\u3099Йй가\u11a8ي٣")),
    )
)
@example("ŉ\u0149 ᾳ\u0345 İ")
@settings(max_examples=500)
def test_the_short_ways_of_the_normaliser_lead_to_the_same_form(text):
    assert NORMALISER == 1
    assert normalise(text) == normalised_before(text)


def test_the_short_ways_lead_to_the_same_form_for_every_character_there_is():
    for code in [*range(0x30000), *range(0xE0000, 0xE0200)]:  # the rest are unassigned, rare ideographs or private
        text = f"A{chr(code)} {chr(code)}"
        assert normalise(text) == normalised_before(text), hex(code)


@given(st.text(st.characters()))
def test_a_fingerprint_fits_the_index(text):
    low, check = fingerprint(text)
    assert -(2**63) <= low < 2**63
    assert 0 <= check < 2**32


def test_a_fingerprint_never_changes():
    assert fingerprint("The ferry.") == (699404904953761520, 2802576822)


def test_short_is_forty_characters_and_fifteen_where_there_are_no_spaces():
    assert is_short("x" * 39) and not is_short("x" * 40)
    assert is_short("北朝鮮とロシアの会談が開催さ") and not is_short("北朝鮮とロシアの会談が開催された")
    assert is_short("한국어는 띄어쓰기가 있으므로 마흔 글자까지 짧은 글이다")
    assert not is_short("x" * 20, minimum=20)


# What is dropped


def test_a_paragraph_that_stood_before_in_the_article_goes():
    decision = decide([A, B, C, B, C], "a-1", "a", Index().seen)
    assert kept(decision) == [A, B, C]
    assert why(decision) == [
        (3, "same-article", {"id": "a-1", "paragraph": 1}),
        (4, "same-article", {"id": "a-1", "paragraph": 2}),
    ]


def test_a_paragraph_of_another_article_goes_and_its_first_occurrence_is_named():
    index = Index()
    index.add([A, C], "a-1")
    index.add([B, C, D], "b-1")
    decision = index.add([D, E, A, C, B, "x" * 300], "c-1")
    assert why(decision)[1:] == [
        (3, "seen", {"id": "a-1", "paragraph": 1}),
        (4, "seen", {"id": "b-1", "paragraph": 0}),
    ]


def test_first_lists_what_is_new_and_repeated_what_is_not():
    index = Index()
    index.add([A, C], "a-1")
    decision = index.add([B, C, D, D, "x" * 200], "b-1")
    assert [n for _, _, n in decision.first] == [0, 2, 4]
    assert decision.repeated == [fingerprint(C)[0]]


def test_boilerplate_goes_even_from_a_copy():
    index = Index()
    index.add([A, B, C], "a-1")
    index.add([D, E], "d-1", boilerplate=True)
    decision = index.add([A, B, C, E], "b-1")
    assert why(decision) == [(3, "boilerplate", {"id": "d-1", "paragraph": 1})]
    assert decision.copy_of["id"] == "a-1"


def test_another_paragraph_with_the_same_low_bits_is_no_repeat():
    low, check = fingerprint(B)
    decision = decide([A, B], "a-1", "a", lambda _: {low: Seen("z-1", "z", 0, check ^ 1)})
    assert decision.repeats == []
    assert low not in [fp for fp, _, _ in decision.first] and decision.repeated == []


def test_within_article_scope_the_archive_is_not_asked():
    index = Index()
    index.add([A, B, C], "a-1")
    asked = index.asked
    decision = decide([A, B, B, C], "b-1", "b", index.seen, scope="article")
    assert index.asked == asked
    assert kept(decision) == [A, B, C]
    assert decision.copy_of is None


# What is never dropped


def test_the_first_paragraph_stays_even_when_it_was_seen():
    index = Index()
    index.add([A], "a-1")
    assert kept(index.add([A, B, C], "b-1")) == [A, B, C]


def test_short_lines_stay_wherever_they_were_seen():
    index = Index()
    index.add([A, "— Staff and agencies"], "a-1")
    assert kept(index.add([B, "— Staff and agencies", C, "— Staff and agencies"], "b-1"))[-1] == "— Staff and agencies"


def test_a_protected_paragraph_stays():
    index = Index()
    index.add([A, C], "a-1")
    assert decide([B, C, D], "b-1", "b", index.seen, protected={1}).repeats == []
    assert decide([B, D, D], "b-1", "b", index.seen, protected={2}).repeats == []


def test_corrections_stay_in_every_language():
    rest = " in an earlier version the name of the second harbour was given wrongly; this has been put right."
    for label in ("Correction:", "Clarification (May 3):", "Editor’s note:", "Korrektur vom 3. Mai:", "Rectificatif :",
                  "Fe de erratas:", "Errata corrige:", "Retificação:", "Исправление:", "Sprostowanie:", "Düzeltme:",
                  "تصحيح:", "[訂正]", "更正：", "바로잡습니다", "תיקון:", "भूल सुधार:"):  # fmt: skip
        index = Index()
        index.add([A, label + rest], "a-1")
        assert index.add([B, label + rest, C], "b-1").repeats == [], label


def test_an_ordinary_sentence_is_no_correction():
    for text in (
        "Correctional officers said: no",
        "Поправка к закону принята, сообщили в Думе",
        "Corrections officer",
        A,
    ):
        assert not is_correction(text), text


def test_an_earlier_version_of_the_same_article_takes_nothing_away():
    index = Index()
    index.add([A, B, C], "a-1")
    decision = index.add([A, B, C, D], "a-2")
    assert (decision.repeats, decision.copy_of) == ([], None)
    assert [n for _, _, n in decision.first] == [3]
    assert decision.repeated == []


def test_a_copy_keeps_its_text_and_says_of_what():
    index = Index()
    index.add([A, B, C, D], "a-1")
    decision = index.add([A, B, C, D], "b-1")
    assert kept(decision) == [A, B, C, D]
    assert decision.copy_of == {"id": "a-1", "share": 1.0}
    assert decision.first == []


def test_a_copy_loses_its_own_repeats_and_its_new_paragraphs_are_first_occurrences():
    index = Index()
    index.add([A, B, C], "a-1")
    decision = index.add([A, B, C, D, D], "b-1")
    assert kept(decision) == [A, B, C, D]
    assert [r["why"] for r in decision.repeats] == ["same-article"]
    assert [n for _, _, n in decision.first] == [3]
    assert decision.copy_of == {"id": "a-1", "share": round(sum(map(len, (A, B, C))) / len(A + B + C + D + D), 4)}


def test_a_copy_names_the_record_that_holds_most_of_it():
    index = Index()
    index.add([A], "a-1")
    index.add([B, C], "b-1")
    assert index.add([A, B, C], "c-1").copy_of["id"] == "b-1"


def test_exactly_half_is_no_copy():
    index = Index()
    one, two = "a" * 50, "b" * 50
    index.add([one], "a-1")
    decision = index.add([two, one], "b-1")
    assert decision.copy_of is None
    assert kept(decision) == [two]


def test_quotes_spaces_and_forms_are_folded_but_a_number_or_a_not_counts():
    index = Index()
    pact = "The agreement, known locally as the “café pact”, obliges both towns to keep the boat running on five days."
    index.add([A, pact, C, "— Staff"], "a-1")
    plain = pact.replace("“", '"').replace("”", '"').replace("é", "e\u0301").replace("obliges ", "obliges\u00a0 ")
    other = C.replace("4.5", "4.6")
    not_ = pact.replace("obliges both towns", "does not oblige both towns")
    decision = index.add([B, plain, other, other, not_, "— Staff"], "b-1")
    assert [r["at"] for r in decision.repeats] == [1, 3]


def test_nothing_of_nothing():
    decision = decide([], "a-1", "a", Index().seen)
    assert (decision.text, decision.repeats, decision.copy_of, decision.first) == ("", [], None, [])


paragraph = st.one_of(
    st.sampled_from(
        [A, B, C, D, E, "短い", "— Staff", "Correction: " + A, "北朝鮮とロシアの外相がモスクワで会談した。"]
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80).map(clean).filter(bool),
)
articles = st.lists(st.lists(paragraph, max_size=12), max_size=6)


@given(articles, st.sets(st.integers(0, 12)), st.sampled_from(["archive", "article"]))
@settings(max_examples=300)
def test_putting_repeats_back_gives_the_text_byte_for_byte_and_no_first_occurrence_is_lost(arrivals, protected, scope):
    index = Index()
    for number, paragraphs in enumerate(arrivals):
        id = f"{number}-1"
        decision = decide(paragraphs, id, str(number), index.seen, protected=protected, scope=scope)
        assert full_text(decision.text, decision.repeats) == "\n\n".join(paragraphs)
        dropped = {r["at"] for r in decision.repeats}
        assert not dropped & {0, *protected, *(n for _, _, n in decision.first)}
        for repeat in decision.repeats:
            at, of = repeat["of"]["paragraph"], repeat["of"]["id"]
            first = arrivals[int(of.split("-")[0])][at]
            assert normalise(first) == normalise(repeat["text"])
        for fp, check, n in decision.first:
            index.known.setdefault(fp, Seen(id, str(number), n, check))
