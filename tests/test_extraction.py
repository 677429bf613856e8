import codecs
import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.extraction import Extracted, extract
from newslib.extraction.blocks import shown
from newslib.extraction.encoding import decode
from newslib.extraction.language import chinese, detect, tag
from newslib.extraction.parse import parse

URL = "https://news.example.org/2025/story"
SENTENCES = [
    "The council met on Tuesday evening to discuss the future of the old ferry, which has not sailed since May.",
    "Several islanders spoke in favour of a new boat, while the treasurer warned that the reserves are exhausted.",
    "A decision is expected in the spring, when the report of the harbour commission will have been published.",
    "Until then the mail will be carried by a fishing boat, as it was done in the years after the great storm.",
]


def page(paragraphs=SENTENCES, head="", title="The ferry question", attributes='lang="en"', before="", after=""):
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f"<!doctype html><html {attributes}><head><meta charset=utf-8><title>{title}</title>{head}</head><body>"
        f"<nav><a href=/>Home</a></nav>{before}<article><h1>{title}</h1>{body}</article>{after}"
        "<footer><a href=/imprint>Imprint</a></footer></body></html>"
    )


def read(html, **known):
    return extract(html.encode() if isinstance(html, str) else html, URL, **known)


# Paragraphs


def test_every_paragraph_comes_out_once_in_order_without_the_headline():
    found = read(page())
    assert found.paragraphs == SENTENCES
    assert (found.title, found.language, found.outcome, found.body) == ("The ferry question", "en", None, "full")


def test_repeated_paragraphs_stay_for_the_paragraph_step_to_see():
    repeated = [SENTENCES[0], *SENTENCES[1:], *SENTENCES[1:]]
    assert read(page(repeated)).paragraphs == repeated


def test_headings_list_items_quotations_and_table_rows_are_paragraphs_of_their_own():
    html = (
        "<body><h2>Part one</h2><p>First <b>bold</b> text,<br>second line.</p><ul><li>one</li><li>two</li></ul>"
        "<blockquote><p>Quoted.</p><p>Twice.</p></blockquote><table><tr><td>a</td><td>b</td></tr></table>tail</body>"
    )
    texts = [block.text for block in shown(parse(html)).blocks]
    assert texts == ["Part one", "First bold text, second line.", "one", "two", "Quoted.", "Twice.", "a | b", "tail"]


def test_two_line_breaks_part_paragraphs():
    assert [block.text for block in shown(parse("<p>one<br><br>two<br/> <br/>three<br>still three</p>")).blocks] == [
        "one",
        "two",
        "three still three",
    ]


def test_no_paragraph_holds_a_line_break_or_a_control_character():
    odd = "First part\u2028second&#11;third&#x1f;fourth&#133;fifth\u0085sixth&#55357; seventh&#xFFFE; eighth; and on."
    found = read(page([odd, *SENTENCES]))
    assert len(found.paragraphs) == 5
    assert found.paragraphs[0].startswith("First part second third fourth…fifth sixth seventh eighth;")
    assert not [c for p in found.paragraphs for c in p if c < " " or c in "\u2028\u2029\u0085\x7f"]


def test_numeric_references_of_the_windows_kind_mean_what_their_writers_meant():
    found = read(
        page(
            [
                "&#147;We will sail&#148;, he said &#150; &#128;5 a head &#8211; and that was all he had to say.",
                *SENTENCES,
            ]
        )
    )
    assert found.paragraphs[0].startswith("“We will sail”, he said – €5 a head –")


def test_code_and_data_are_no_sentences():
    script = (
        "<script>window.adSlots = [{slotId: 1}]</script><template><p>{{ headline }}</p></template><style>p{}</style>"
    )
    found = read(
        page([*SENTENCES[:2], script + SENTENCES[2]], before=script, after="<noscript>Active JavaScript</noscript>")
    )
    assert found.paragraphs == SENTENCES[:3]


def test_a_date_inside_a_sentence_belongs_to_it():
    found = read(
        page(["The bank named <time datetime=2025-04-24>24 April</time> as the day of its answer.", *SENTENCES])
    )
    assert found.paragraphs[0] == "The bank named 24 April as the day of its answer."


def test_inline_elements_dress_words_and_neither_part_nor_glue_them():
    dressed = (
        "<nobr>The fourth</nobr> fund had <span class=cap>A</span><small>ll</small> of its <button>yield</button> in the "
        "har<wbr>bour of <b>West</b><i>port</i>,<br>as the chairman said in May."
    )
    expected = "The fourth fund had All of its yield in the harbour of Westport, as the chairman said in May."
    assert read(page([dressed, *SENTENCES])).paragraphs[0] == expected


@pytest.mark.parametrize("frame", ["<article>{}</article>", "<main>{}</main>", "<div class=content>{}</div>", "{}"])
def test_list_items_of_the_story_stay_even_when_they_link(frame):
    items = [
        "connect both schools to the river heating",
        "replace the boiler of the baths",
        "buy pumps for the fire stations",
    ]
    listed = "".join(
        f"<li><a href=/topic/{n}>First of all the town will {t}</a>, in this order.</li>" for n, t in enumerate(items)
    )
    story = f"<h1>Heat</h1><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p><ol>{listed}</ol><p>{SENTENCES[2]}</p>"
    found = read(f"<html lang=en><title>Heat</title><body>{frame.format(story)}</body></html>")
    assert [p for p in found.paragraphs if p.startswith("First of all")] == [
        f"First of all the town will {t}, in this order." for t in items
    ]


def test_a_quotation_in_a_figure_and_what_follows_belongs_to_the_text():
    quote = f"<figure><blockquote><p>{SENTENCES[1]}</p></blockquote><figcaption>A letter</figcaption></figure>"
    html = page([SENTENCES[0]]).replace("</article>", f"{quote}<p>{SENTENCES[2]}</p></article>")
    assert read(html).paragraphs == SENTENCES[:3]


def test_entries_of_a_live_page_keep_their_headings_and_their_order():
    entries = "".join(
        f"<article class=entry><header><time>18:0{n}</time><h3>Entry number {n}</h3></header><p>{s}</p></article>"
        for n, s in enumerate(SENTENCES)
    )
    found = read(f"<html lang=en><title>Live</title><body><h1>Live</h1><section>{entries}</section></body></html>")
    assert found.paragraphs == [t for n, s in enumerate(SENTENCES) for t in (f"Entry number {n}", s)]


def test_pointers_to_other_stories_and_offers_are_no_part_of_this_one():
    box = "<div class=box-relacionadas><b>LEIA</b><ul><li><a href=/1>A driver fled after he had hit a pole</a></li></ul></div>"
    offer = (
        "<div class=nl-signup><p>Get the most important news of the region every morning for free by mail.</p></div>"
    )
    pointer = "<p><strong>Read more:</strong> <a href=/9>Pictures of the flood of 1974 that took the bridge</a></p>"
    html = page(SENTENCES[:1], after="").replace(
        "</article>", f"{box}<p>{SENTENCES[1]}</p>{pointer}{offer}<p>{SENTENCES[2]}</p></article>"
    )
    assert read(html).paragraphs == SENTENCES[:3]


@pytest.mark.parametrize("unit", ["<article><p>x</article>", "<p class=date>x 1</p>", "<div class=comments>x</div>", "<li><a href=x>y</a> z.",
                                  "<h1>x</h1>", "<b itemprop=author>x</b>", "<p>x<br>"])  # fmt: skip
def test_pages_of_a_hundred_thousand_elements_take_seconds_at_most(unit):
    started = time.process_time()
    assert isinstance(read("<html><body>" + unit * 50_000), Extracted)
    assert time.process_time() - started < 8


def test_a_page_drawn_by_a_script_is_read_from_its_structured_data():
    text = "\\n\\n".join(SENTENCES)
    data = (
        f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"X","articleBody":"{text}"}}</script>'
    )
    assert read(f"<html><head>{data}</head><body><div id=app></div></body></html>").paragraphs == SENTENCES
    marked = data.replace(text, "".join(f"&lt;p&gt;{s}&lt;/p&gt;" for s in SENTENCES))
    assert read(f"<html><head>{marked}</head><body></body></html>").paragraphs == SENTENCES


# What is no article


@pytest.mark.parametrize(
    "body", [b"", b" \n ", b"\0", b"<html></html>", b"\xff\xfe", b"%PDF-1.7", b"{}", b"<!-- <p>x -->"]
)
def test_a_page_without_text_is_empty_and_says_why(body):
    found = read(body)
    assert found.outcome == "empty" and found.reason


def test_text_without_markup_is_a_text():
    assert read(b"plain " * 50).outcome in (None, "empty")


@pytest.mark.parametrize("depth", [200, 255, 300, 2100, 20000])
def test_deep_nesting_has_a_defined_outcome(depth):
    found = read("<html><body>" + "<div>" * depth + "<p>" + SENTENCES[0] + "</p>" + "</div>" * depth)
    assert found.outcome in (None, "empty")


@pytest.mark.parametrize(
    "opening", ["<b>", "<ul><li>", "<table><tr><td>", "<blockquote>", "<span><p>", "<a>", "<font>"]
)
def test_thousands_of_unclosed_elements_have_a_defined_outcome(opening):
    found = read("<html><body>" + (opening + "x") * 3000 + "<p>" + SENTENCES[0])
    assert found.outcome in (None, "empty")


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(body):
    assert isinstance(read(body), Extracted)
    assert isinstance(read(b"<html><head><script type='application/ld+json'>" + body + b"</script>" + body), Extracted)


def test_a_short_brief_is_an_article_and_half_a_sentence_is_none():
    brief = "The ferry Morrow Star ran aground on Sunday; no one was hurt."
    assert read(page([brief])).outcome is None
    assert read(page(["Read more"])).outcome == "empty"
    assert read(page(["北朝鮮とロシアの外相が月曜日にモスクワで会談したと発表。"], title="会談")).outcome is None


@pytest.mark.parametrize(
    "title",
    ["404", "Page not found", "Seite nicht gefunden", "Page introuvable", "Página no encontrada", "Страница не найдена",
     "Pagina non trovata", "Página não encontrada", "ページが見つかりません", "页面不存在", "페이지를 찾을 수 없습니다",
     "Sayfa bulunamadı", "الصفحة غير موجود", "Nie znaleziono strony"],
)  # fmt: skip
def test_a_page_that_says_not_found_is_a_soft_404(title):
    found = read(
        page(
            ["We are sorry. Perhaps the search or the front page help you on from here to what you want."], title=title
        )
    )
    assert found.outcome == "soft-404"


def test_an_article_about_404_is_an_article():
    assert read(page(SENTENCES * 2, title="Why 404 means not found")).outcome is None


@pytest.mark.parametrize(
    ("title", "text"),
    [("Just a moment...", "Checking your browser before accessing the site. This process is automatic."),
     ("news.example.org", "Please enable JavaScript and cookies to continue to the site you wanted to see."),
     ("Security check", "Solve the captcha to show that you are not a robot, and you will be let in at once."),
     ("Login", "Please log in to continue reading. It is free, and it takes less than a minute to do.")],
)  # fmt: skip
def test_a_challenge_or_a_wall_is_blocked(title, text):
    assert read(page([text], title=title)).outcome == "blocked"


def test_a_consent_banner_beside_a_brief_does_not_block_it():
    banner = "<div id=cookies>We value your privacy. Accept all cookies?</div>"
    assert read(page([SENTENCES[0]], after=banner)).outcome is None


def test_a_paid_page_with_little_text_is_a_teaser():
    paid = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>'
    found = read(page(SENTENCES[:2], head=paid))
    assert (found.body, found.paywalled) == ("teaser", True)
    assert read(page(SENTENCES * 5, head=paid)).body == "full"


# Character sets

RUSSIAN = (
    "Старая мельница у реки станет музеем хлеба, решил городской совет после долгого обсуждения с жителями квартала."
)
KOREAN = "러시아와 북한의 외무장관이 월요일 모스크바에서 만나 양국의 협력을 논의했다고 통신이 전했다."
CHINESE = "俄罗斯和朝鲜的外交部长星期一在莫斯科举行会谈，讨论了两国之间的合作问题。"
JAPANESE = "ロシアと北朝鮮の外相は月曜日にモスクワで会談し、両国の協力について話し合った。"


def test_a_byte_order_mark_outranks_the_header_which_outranks_the_page():
    assert decode(codecs.BOM_UTF8 + RUSSIAN.encode(), "text/html; charset=windows-1251") == RUSSIAN
    assert decode(codecs.BOM_UTF16_LE + RUSSIAN.encode("utf-16-le")) == RUSSIAN
    html = f"<meta charset=windows-1251><p>{RUSSIAN}"
    assert decode(html.encode("koi8-r"), "text/html;charset=KOI8-R") == html
    assert decode(html.encode("cp1251")) == html


@pytest.mark.parametrize(
    ("text", "label", "bytes_are"),
    [("“naïve” – 5 €", "iso-8859-1", "cp1252"), ("“naïve”", "latin1", "cp1252"), ("naïve’s", "us-ascii", "cp1252"),
     (CHINESE, "gb2312", "gb18030"), (CHINESE + "㐂", "GBK", "gb18030"), (JAPANESE + "①", "Shift_JIS", "cp932"),
     (KOREAN + "똠", "ks_c_5601-1987", "cp949"), (KOREAN, "euc-kr", "cp949"), ("俄羅斯和北韓外長", "big5", "big5hkscs"),
     (RUSSIAN, "win-1251", "cp1251"), ("Türkçe ığş", "iso-8859-9", "cp1254"), ("ภาษาไทย", "tis-620", "cp874"),
     (RUSSIAN, "utf-16", "utf-16-le"), (JAPANESE, "iso-2022-jp", "iso2022_jp")],
)  # fmt: skip
def test_labels_mean_what_browsers_take_them_for(text, label, bytes_are):
    assert decode(text.encode(bytes_are), f'text/html; charset="{label}"') == text


def test_a_declaration_that_the_bytes_contradict_loses():
    assert decode(RUSSIAN.encode(), "text/html; charset=iso-8859-1") == RUSSIAN
    assert decode(f"<meta charset=euc-kr>{KOREAN}".encode()).endswith(KOREAN)
    assert decode(f"<meta charset=cp1251>{RUSSIAN}".encode("cp1251"), "text/html; charset=utf-8").endswith(RUSSIAN)
    assert decode(RUSSIAN.encode("cp1251") * 5).startswith(RUSSIAN)


def test_unknown_labels_and_cut_characters_do_no_harm():
    assert decode(RUSSIAN.encode(), "text/html; charset=nonsense") == RUSSIAN
    assert decode(RUSSIAN.encode(), "text/html; charset=base64") == RUSSIAN
    assert decode(RUSSIAN.encode()[:-3], "text/html; charset=utf-8") == RUSSIAN[:-2]
    assert (
        decode(RUSSIAN.encode() * 9 + b"\xff" + RUSSIAN.encode(), "charset=utf-8") == RUSSIAN * 9 + "\ufffd" + RUSSIAN
    )


@given(
    st.binary(max_size=200), st.sampled_from([None, "text/html; charset=gbk", "charset=shift_jis", "charset=utf-16"])
)
def test_decoding_never_raises(body, content_type):
    assert decode(body, content_type).encode("utf-8", "replace") is not None


# Languages


@pytest.mark.parametrize(
    ("text", "language"),
    [(SENTENCES[0], "en"), (RUSSIAN, "ru"), (KOREAN, "ko"), (CHINESE, "zh-Hans"), (JAPANESE, "ja"),
     ("俄羅斯和北韓外長星期一在莫斯科舉行會談，討論了兩國之間的合作問題。", "zh-Hant"),
     ("Der Rat hat am Dienstag über die Zukunft der alten Fähre gesprochen, die seit Mai nicht mehr fährt.", "de"),
     ("Le conseil a discuté mardi de l’avenir du vieux bac, qui n’a plus navigué depuis le mois de mai.", "fr"),
     ("Міська рада обговорила у вівторок майбутнє старого порома, який не ходить із травня цього року.", "uk"),
     ("أعلن وزير الخارجية الروسي أن بلاده وكوريا الشمالية ستعززان التعاون بينهما في المجالات كافة", "ar")],
)  # fmt: skip
def test_the_language_is_that_of_the_text(text, language):
    assert detect(text, "xx")[0] == language
    code, score = detect(text)
    assert code == language and 0 < score <= 1


def test_a_short_text_has_the_language_that_the_page_says():
    assert detect("Kim in Moskau", "de-AT") == ("de", None)
    assert read(page(["Kim met the minister."], attributes='lang="en-GB"')).language == "en"


def test_near_relatives_are_told_apart_by_the_page():
    text = (
        "Drugi krug pregovora o zajedničkom vodovodu završen je sinoć bez saopštenja, ali obe delegacije tvrde svoje."
    )
    assert detect(text, "sr")[0] == "sr"


def test_tags_are_bcp_47():
    given = ["ru_RU", "EN", "zh-TW", "zh-Hans-CN", "iw", "pt-br", "zh", "", None, "english please", "c"]
    assert [tag(t) for t in given] == ["ru", "en", "zh-Hant", "zh-Hans", "he", "pt", "zh", None, None, None, None]
    assert chinese("中") is None


def test_what_was_read_can_be_sent_between_processes():
    found = read(page())
    assert pickle.loads(pickle.dumps(found)) == found
    assert "trafilatura" in found.extractor
