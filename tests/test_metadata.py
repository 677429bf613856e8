import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.extraction import extract
from newslib.extraction.people import names

URL = "https://www.harbour-post.example.com/business/cannery-sold"
TEXT = "<p>" + "The last working cannery on the north quay has been sold to forty families. " * 6 + "</p>"


def read(head="", body="", *, url=URL, lang="en", article="<h1>Last cannery on the quay is sold</h1>"):
    html = f'<html lang="{lang}"><head>{head}</head><body>{body}<article>{article}{TEXT}</article></body></html>'
    return extract(html.encode(), url, "text/html; charset=utf-8")


def ld(data, before="", after=""):
    text = data if isinstance(data, str) else json.dumps({"@type": "NewsArticle", **data})
    return f'<script type="application/ld+json">{before}{text}{after}</script>'


def meta(**properties):
    return "".join(f'<meta property="{k.replace("__", ":")}" content="{v}">' for k, v in properties.items())


# JSON-LD that is not quite JSON

DATED = '{"@type":"NewsArticle","headline":"Sold","datePublished":"2025-02-06T09:00:00Z"}'


@pytest.mark.parametrize(
    "block",
    [DATED, f"<!-- {DATED} -->", f"//<![CDATA[\n{DATED}\n//]]>", f"/*<![CDATA[*/{DATED}/*]]>*/", f"{DATED};",
     f"[{DATED}]",
     f'{{"@graph":[{{"@type":"WebSite","name":"x"}},{DATED}]}}', f'{{"@type":"WebPage","mainEntity":{DATED}}}',
     f'[[{{"@type":"BreadcrumbList","itemListElement":[{{"datePublished":"2001-01-01"}}]}}],[{DATED}]]',
     DATED.replace("Sold", "Sold\nand\tgone"), DATED.replace('"}', '",}'), DATED.replace("Sold", 'the "old" one'),
     DATED.replace("Sold", "\\ud83d Sold"), DATED.replace('"', "&quot;"), DATED.replace("NewsArticle", "https://schema.org/NewsArticle"),
     DATED.replace('"NewsArticle"', '["Thing","ReportageNewsArticle"]'), DATED + DATED,
     f"{DATED},{{}}", "\ufeff" + DATED],
)  # fmt: skip
def test_structured_data_is_read_through_its_faults(block):
    found = read(ld(block))
    assert (found.published, found.dated_by) == ("2025-02-06T09:00:00Z", "json-ld")


@pytest.mark.parametrize(
    "block", ["", "null", "[]", "{", '"x"', "[" * 50000, '{"@type":', "{}" * 3000, '{"@graph":{"@graph":3}}']
)
def test_structured_data_beyond_repair_does_no_harm(block):
    assert read(ld(block)).title == "Last cannery on the quay is sold"


@pytest.mark.parametrize(
    "value", [None, 3, True, [], {}, [[None]], {"@id": 4}, {"name": {"name": []}}, "\ud83d", -1e300, "1e400"]
)
def test_values_of_any_type_are_met_where_others_are_expected(value):
    keys = ("@type", "headline", "author", "image", "keywords", "articleSection", "datePublished", "dateModified",
            "@id", "publisher", "isAccessibleForFree", "articleBody", "description", "license", "inLanguage",
            "name")  # fmt: skip
    for key in keys:
        assert read(ld({key: value})).title
    assert read(ld(json.dumps([dict.fromkeys(keys, value)]))).title


KEYS = st.sampled_from(["@type", "@id", "@graph", "author", "name", "image", "url", "datePublished", "headline"])
SCALARS = st.none() | st.text(max_size=5) | st.integers()


@given(st.recursive(SCALARS, lambda s: st.lists(s, max_size=3) | st.dictionaries(KEYS, s)))
@settings(max_examples=100, deadline=None)
def test_no_structured_data_raises(data):
    assert read(ld(json.dumps(data))).title


# Titles


@pytest.mark.parametrize(
    ("head", "article", "title"),
    [
        ("<title>Sold at last | Harbour Post</title>", "", "Sold at last"),
        ("<title>Sold at last - Harbour Post</title>" + meta(og__site_name="Harbour Post"), "", "Sold at last"),
        ("<title>Harbour Post: Sold at last – a story</title>", "", "Harbour Post: Sold at last – a story"),
        ("<title>Harbour Post | Sold at last – a story</title>", "", "Sold at last – a story"),
        ("<title>Talks – round two: what we know</title>", "", "Talks – round two: what we know"),
        ("<title>北朝鮮とロシアの外相が会談：港新聞デジタル</title>", "", "北朝鮮とロシアの外相が会談"),
        ("<title>俄朝外长举行会谈讨论合作-海港新闻网</title>", "", "俄朝外长举行会谈讨论合作"),
        ("<title>会談の日程：来週月曜に決定</title>", "", "会談の日程：来週月曜に決定"),
        (meta(og__title="Sold &amp;amp; gone"), "", "Sold & gone"),
        (ld({"headline": "Sold <b>at</b> last"}), "", "Sold at last"),
        (meta(og__title="Short title"), "<h1>Short title, and what it hides</h1>", "Short title, and what it hides"),
        ("<title>Sold at last</title>", "<h1><span>Quay</span><span>Sold at last</span></h1>", "Sold at last"),
        ("", "<h1>The only <br>one</h1>", "The only one"),
        ("", "", None),
    ],
)  # fmt: skip
def test_the_title_is_the_headline_as_printed_without_the_outlet(head, article, title):
    assert read(head, article=article).title == title


def test_a_logo_in_an_h1_is_no_headline():
    head = "<title>Talks – round two: what we know | City Politics</title>" + meta(og__site_name="City Politics")
    logo = "<header><h1><a href=/>City Politics</a></h1></header>"
    assert (
        read(head, logo, article="<h2>Talks – round two: what we know</h2>").title == "Talks – round two: what we know"
    )
    assert read(head, logo, article="").title == "Talks – round two: what we know"


# Authors


def test_authors_are_persons_each_once_and_the_outlet_is_none():
    people = [{"@type": "Person", "name": "Abby Quillbrook"}, {"@type": "Person", "name": "Toby Fenwhistle"}]
    desk = {"@type": "Organization", "name": "Harbour Post"}
    head = ld({"author": [*people, people[0], desk], "publisher": desk}) + '<meta name="author" content="Harbour Post">'
    assert read(head).authors == ["Abby Quillbrook", "Toby Fenwhistle"]


def test_an_author_may_be_named_elsewhere_in_the_graph():
    graph = [
        {"@type": "NewsArticle", "author": {"@id": "#1"}},
        {"@type": "Person", "@id": "#1", "name": "Ruby Ashgrove"},
    ]
    assert read(ld(json.dumps({"@graph": graph}))).authors == ["Ruby Ashgrove"]


@pytest.mark.parametrize(
    ("byline", "people"),
    [
        ("By ABBY QUILLBROOK, TOBY FENWHISTLE and RUBY ASHGROVE-BYRD",
         ["Abby Quillbrook", "Toby Fenwhistle", "Ruby Ashgrove-Byrd"]),
        ("Von Anna Beyer und Karl Anders", ["Anna Beyer", "Karl Anders"]),
        ("Par Yves Byrd et Andrée Lyon", ["Yves Byrd", "Andrée Lyon"]),
        ("Por Ana Iglesias y Luis Yáñez", ["Ana Iglesias", "Luis Yáñez"]),
        ("Автор: Иван Петров", ["Иван Петров"]),
        ("文/王小明", ["王小明"]),
        ("김철수 기자", ["김철수"]),
        ("John Smith, political editor", ["John Smith"]),
        ("Martin Luther King, Jr.", ["Martin Luther King, Jr"]),
        ("Jane Doe (London); Sandy Anderson", ["Jane Doe", "Sandy Anderson"]),
        ("https://example.org/authors/jane-doe", []),
        ("jane@example.org", []),
        ("Staff reporter", []),
        ("By", []),
        ("Jo", ["Jo"]),
    ],
)  # fmt: skip
def test_bylines_become_names(byline, people):
    assert names([byline]) == people


def test_a_printed_byline_counts_when_nothing_else_names_an_author():
    assert read(article="<h1>Sold</h1><div class=byline>By Abby Quillbrook</div>").authors == ["Abby Quillbrook"]
    assert read(article="<h1>Sold</h1><a rel=author href=/x>Abby Quillbrook</a>").authors == ["Abby Quillbrook"]
    assert read("<meta name=byl content='By Abby Quillbrook'>").authors == ["Abby Quillbrook"]


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("김철수 기자", ["김철수"]),
        ("(서울=바다통신) 김철수 기자 =", ["김철수"]),
        ("記者王小明／台北報導", ["王小明"]),
        ("記者 王小明", ["王小明"]),
        ("【モスクワ＝山田太郎】", ["山田太郎"]),
        ("山田太郎記者", ["山田太郎"]),
        ("取材・文／山田太郎", ["山田太郎"]),
        ("Автор: Иван Петров", ["Иван Петров"]),
        ("بقلم: سمير نعمان", ["سمير نعمان"]),
        ("Penulis: Budi Santoso", ["Budi Santoso"]),
        ("Autorin/Autor Anna Beyer", ["Anna Beyer"]),
        ("By Abby Quillbrook", ["Abby Quillbrook"]),
        ("Von der Insel nach Westport", []),
        ("By the time the boat came, it was Sunday", []),
        ("Di Maio tritt zurück", []),
        ("기자회견 열려", []),
    ],
)  # fmt: skip
def test_a_line_beside_the_headline_counts_when_it_is_a_byline_beyond_doubt(line, people):
    assert read(article=f"<h1>Sold</h1><p>{line}</p>").authors == people


def test_where_no_person_is_named_the_body_that_the_page_states_is_the_author():
    agency = {"@type": "Organization", "name": "Tide News Agency"}
    assert read(ld({"author": agency, "publisher": {"name": "Harbour Post"}})).authors == ["Tide News Agency"]
    assert read(ld({"author": agency}), article="<div class=byline>By Abby Quillbrook</div>").authors == [
        "Abby Quillbrook"
    ]
    for nobody in ("admin", "user@example.org", "https://example.org/authors/1", "null"):
        assert read(ld({"author": {"@type": "Person", "name": nobody}})).authors == []


# Dates


def test_publication_and_modification_are_told_apart():
    found = read(
        ld({"datePublished": "2024-11-03T06:30:00+01:00", "dateModified": "2024-11-05T17:12:00+01:00"})
        + meta(article__modified_time="2024-11-06T00:00:00Z", og__updated_time="2024-11-06T00:00:00Z")
    )
    assert (found.published, found.modified) == ("2024-11-03T05:30:00Z", "2024-11-05T16:12:00Z")
    assert (found.day, found.utc_offset, found.dated_by) == ("2024-11-03", "+01:00", "json-ld")


def test_a_modification_before_publication_is_none():
    assert read(ld({"datePublished": "2024-11-03T06:30:00Z", "dateModified": "2019-01-01T00:00:00Z"})).modified is None


@pytest.mark.parametrize(
    ("head", "article", "published", "day", "by"),
    [
        (meta(article__published_time="2025-07-04T08:00:00+09:00"), "", "2025-07-03T23:00:00Z", "2025-07-04", "meta"),
        ("<meta name='article:published:time' content='2025-07-04T08:00:00Z'>", "",
         "2025-07-04T08:00:00Z", "2025-07-04", "meta"),
        ("<meta name=DC.date.issued content=2025-07-04>", "", None, "2025-07-04", "meta"),
        ("", "<span itemprop=datePublished content=2025-07-04T08:00:00Z>x</span>",
         "2025-07-04T08:00:00Z", "2025-07-04", "microdata"),
        ("", "<time datetime=2025-07-04T08:00:00Z>4 July</time>", "2025-07-04T08:00:00Z", "2025-07-04", "time"),
        ("", "<p class=date>Friday 4 July 2025</p>", None, "2025-07-04", "text"),
        ("", "", None, None, None),
    ],
)  # fmt: skip
def test_a_page_is_dated_by_the_best_evidence_it_has(head, article, published, day, by):
    found = read(head, article=f"<h1>Sold</h1>{article}")
    assert (found.published, found.day, found.dated_by) == (published, day, by)


def test_the_address_dates_a_page_that_does_not():
    found = read(url="https://example.org/2025/07/04/cannery-sold")
    assert (found.published, found.day, found.dated_by) == (None, "2025-07-04", "url")


def test_a_clock_with_its_zone_completes_a_bare_day_and_another_day_does_not():
    bare = ld({"datePublished": "2025-07-04"})
    assert read(bare + meta(article__published_time="2025-07-04T08:00:00+02:00")).published == "2025-07-04T06:00:00Z"
    found = read(bare + meta(article__published_time="2025-09-04T08:00:00+02:00"))
    assert (found.published, found.day) == (None, "2025-07-04")


def test_day_and_month_are_read_as_the_language_has_them():
    printed = "<h1>Rouvert</h1><p class=infos>Publié le 02/12/2024 à 18h05</p>"
    assert read(article=printed, lang="fr").day == "2024-12-02"
    assert read(article=printed.replace("Publié le", "Posted"), lang="en").day is None


def test_times_of_updates_and_of_other_stories_do_not_date_a_page():
    article = (
        "<h1>Sold</h1><div>Updated: <time datetime=2025-07-09T08:00:00Z>9 July</time></div>"
        "<a href=/other><time datetime=2025-07-08T08:00:00Z>8 July</time></a>"
        "<div>Published <time datetime=2025-07-04T08:00:00Z>4 July</time></div>"
    )
    assert read(article=article).day == "2025-07-04"


# The rest


def test_description_section_tags_and_image():
    found = read(
        ld(
            {
                "keywords": "quay, boats,quay , ",
                "articleSection": ["Business", "Tides"],
                "image": [{"url": "/img/boat.jpg"}],
            }
        )
        + meta(og__description="What &lt;b&gt;became&lt;/b&gt; of it")
    )
    assert (found.description, found.section, found.tags) == ("What became of it", "Business", ["quay", "boats"])
    assert found.image == "https://www.harbour-post.example.com/img/boat.jpg"


@pytest.mark.parametrize("image", ["javascript:alert(1)", "data:image/png;base64,x", "http://[", "", "ftp://x/y"])
def test_an_image_is_an_address_on_the_web_or_none(image):
    assert read(meta(og__image=image)).image is None


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [(ld({"isAccessibleForFree": False}), True), (ld({"isAccessibleForFree": "http://schema.org/False"}), True),
     (ld({"isAccessibleForFree": "True"}), False), (ld({"hasPart": {"isAccessibleForFree": "false"}}), None),
     (meta(article__content_tier="metered"), True), (meta(article__content_tier="free"), False), ("", None)],
)  # fmt: skip
def test_whether_a_page_is_paid_for_is_what_it_says(head, paywalled):
    assert read(head).paywalled is paywalled


@pytest.mark.parametrize(
    "words",
    ["Subscribe to continue reading.", "This article is for subscribers only", "Diesen Artikel weiterlesen mit Abo",
     "Article réservé aux abonnés", "Il vous reste 70% de cet article à lire", "Только для подписчиков", "残り1200文字",
     "この記事は会員限定です"],
)  # fmt: skip
def test_a_short_text_that_breaks_off_at_an_offer_is_a_teaser(words):
    found = read(article=f"<h1>Sold</h1></article><div class=offer><p>{words}</p></div><article>")
    assert (found.paywalled, found.body) == (True, "teaser")
    whole = read(article=f"<h1>Sold</h1>{TEXT * 3}</article><div class=offer><p>{words}</p></div><article>")
    assert (whole.paywalled, whole.body) == (None, "full")


def test_rights_are_recorded_as_the_page_states_them():
    assert read().rights == {"tdm": None, "ai": None, "license": None}
    found = read(
        "<meta name=tdm-reservation content=1><meta name=robots content='index, noai,noimageai'>"
        "<link rel=license href=/licence>"
    )
    assert found.rights == {
        "tdm": "reserved",
        "ai": "reserved",
        "license": "https://www.harbour-post.example.com/licence",
    }
    assert read("<meta name=tdm-reservation content=0>").rights["tdm"] == "allowed"


def test_the_canonical_link_is_handed_on_as_it_stands():
    assert read("<link rel='canonical' href='/business/cannery-sold?x=1'>").canonical == "/business/cannery-sold?x=1"
    assert read(meta(og__url="https://example.com/a")).canonical == "https://example.com/a"
    assert read().canonical is None


def test_nothing_that_is_read_holds_half_a_character_or_a_line_break():
    odd = "Final \\ud83c\\udfc6 \\ud83d\\u2028 played \\u000b again"
    found = read(ld(f'{{"@type":"NewsArticle","headline":"{odd}","description":"{odd}","keywords":["{odd}"],'
                    f'"author":{{"@type":"Person","name":"Tamsin Vale {odd}"}},"articleSection":"{odd}"}}'),
                 article="")  # fmt: skip
    for text in (found.title, found.description, found.section, *found.tags, *found.authors):
        text.encode("utf-8")
        assert len(text.splitlines()) == 1
    assert found.title == "Final 🏆 played again"


@pytest.mark.parametrize("name", ["inLanguage", "headline", "author", "keywords"])
def test_data_nested_without_end_cost_the_field_alone(name):
    deep = '{{"@type": "NewsArticle", "{}": {}1{}}}'.format(name, "[" * 900, "]" * 900)
    page = f'<html><script type="application/ld+json">{deep}</script><body>{"<p>The council met on Tuesday.</p>" * 30}</body></html>'
    assert extract(page.encode(), "https://news.example/a").paragraphs
