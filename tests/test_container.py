"""Which of a page's blocks are its article, kind by kind."""

import pytest

from newslib.extraction import beside, extract
from newslib.extraction.blocks import MOST, shown
from newslib.extraction.parse import parse
from tests.test_extraction import SENTENCES, URL

P = [f"<p>{s}</p>" for s in SENTENCES]


def text(body, head=""):
    title = "<title>The ferry question</title>"
    return extract(f"<html lang=en><head>{title}{head}</head><body>{body}</body></html>".encode(), URL).paragraphs


def story(*parts):
    return f"<article><h1>The ferry question</h1>{''.join(parts)}</article>"


# What belongs to the article


@pytest.mark.parametrize(
    "frame",
    ["<div>{}</div>", "<div><div><p>{}</p></div></div>", "<section class=paywall>{}</section>",
     "<div class='text-block'><div class=inner>{}</div></div>", "<div style='x'>{}<br><br></div>", "<li>{}</li>",
     "<blockquote>{}</blockquote>", "<td>{}</td><tr>", "<x-paragraph>{}</x-paragraph><hr>", "<pre>{}</pre>"],
)  # fmt: skip
def test_paragraphs_are_found_in_whatever_elements_they_stand(frame):
    nav = "<ul>" + "<li><a href=/x>Another story of the day, and what came of it</a>" * 30 + "</ul>"
    assert text(nav + "<div>" + "".join(frame.format(s) for s in SENTENCES) + "</div>" + nav) == SENTENCES


def test_a_body_in_several_parts_is_joined_and_what_parts_it_is_left_out():
    links = "<ul>" + "<li><a href=/x>Another story of the day, and what came of it</a>" * 5 + "</ul>"
    parts = f"<div class=part>{P[0]}{P[1]}</div><div>{links}</div><div class=part>{P[2]}</div><div>{P[3]}</div>"
    assert text(story(parts)) == SENTENCES


def test_paragraphs_of_a_class_that_names_an_offer_are_the_article():
    assert text(story(P[0], *(p.replace("<p>", "<p class=paywall>") for p in P[1:]))) == SENTENCES


def test_the_lead_stands_before_the_body_wherever_the_page_shows_it():
    described = f"<meta property=og:description content='{SENTENCES[0]}'>"
    for lead in (f"<header><h2 class=x>{SENTENCES[0]}</h2></header>", f"<div class=standfirst>{SENTENCES[0]}</div>"):
        body = f"<h1>The ferry question</h1>{lead}<div class=article-body>{''.join(P[1:])}</div>"
        assert text(body) == text(body, described) == SENTENCES
    below = f"<div class=article-body>{''.join(P[1:])}</div>"
    assert text(f"<div>{SENTENCES[0]}</div>{below}", described) == SENTENCES
    assert text(below, described) == SENTENCES[1:]


def test_sentences_of_a_story_that_sound_like_tools_stay():
    said = [
        "Shares fell 5 percent.",
        "“Register to vote,” he said.",
        "He died on 3 July 2025.",
        "Kim Lee said no more.",
    ]
    author = "<meta name=author content='Kim Lee'>"
    assert text(story(P[0], *(f"<p>{s}</p>" for s in said), P[1]), author) == [SENTENCES[0], *said, SENTENCES[1]]


def test_a_timeline_keeps_its_dates():
    dates = ["3 July 2025: the ferry stops", "4 August 2025", "5 May 2026: the new boat"]
    listed = "".join(f"<li>{d}</li>" for d in dates)
    assert text(story(P[0], f"<ul>{listed}</ul>", P[1])) == [SENTENCES[0], *dates, SENTENCES[1]]


def test_a_paragraph_repeated_directly_after_itself_is_there_twice():
    assert text(story(P[0], P[1], P[1], P[2])) == [SENTENCES[n] for n in (0, 1, 1, 2)]


def test_a_story_that_stands_twice_in_its_template_is_read_once():
    assert text(f"<div class=mobile>{''.join(P)}</div><div class=desktop>{''.join(P)}</div>") == SENTENCES


def test_a_list_of_few_words_keeps_the_item_that_links():
    items = ["a boat", "a pier", "a <a href=/x>crane</a>"]
    listed = "".join(f"<li>{item}</li>" for item in items)
    assert text(story(P[0], f"<ol>{listed}</ol>", P[1])) == [SENTENCES[0], "a boat", "a pier", "a crane", SENTENCES[1]]


def test_whose_words_a_quotation_is_stands_apart():
    assert text(story(P[0], "<blockquote>“We sail.”<cite>Ada Byrd</cite></blockquote>", P[1]))[1:3] == [
        "“We sail.”",
        "Ada Byrd",
    ]


@pytest.mark.parametrize("number", [3, 40])
def test_comments_are_left_out_even_if_they_are_longer_than_the_article(number):
    said = "<div><b>User</b><p>I think that this is the worst idea that the council has had in many years.</p></div>"
    assert text(story(*P[:2]) + f"<section class=comments>{said * number}</section>") == SENTENCES[:2]


def test_teasers_with_words_below_the_article_are_none_of_it():
    teaser = (
        "<div><h3><a href=/x>A story</a></h3><p>What came of this story and who had to pay for it in the end.</p></div>"
    )
    assert text(story(*P) + f"<div><h2>More stories</h2>{teaser * 12}</div>") == SENTENCES


def test_a_headline_that_stands_with_each_copy_of_a_story_does_not_hide_that_they_are_copies():
    copy = f"<h1>The ferry question</h1>{''.join(P)}"
    assert text(f"<div class=wide>{copy}</div><div class=narrow>{copy}</div>") == SENTENCES


def test_hidden_data_is_no_paragraph():
    assert text(story(P[0], '<div hidden>{"a": 1}</div>', P[1])) == SENTENCES[:2]


def test_a_table_is_read_row_by_row():
    table = "<table><tr><th>Year</th><th>Boats</th></tr><tr><td>1974</td><td>3</td></tr></table>"
    assert text(story(P[0], table, P[1])) == [SENTENCES[0], "Year | Boats", "1974 | 3", SENTENCES[1]]


def test_pages_for_phones_are_read_like_others():
    amp = f"<html amp lang=en><head><title>The ferry question</title></head><body><amp-sidebar><ul><li>Home</ul></amp-sidebar>{story(*P)}"
    assert extract(amp.encode(), URL).paragraphs == SENTENCES


def test_a_gallery_is_its_text_without_the_captions():
    pictures = "".join(
        f"<figure><img src=x><figcaption>Picture {n} of the ferry</figcaption></figure>" for n in range(9)
    )
    assert text(story(P[0], pictures, P[1])) == SENTENCES[:2]


# What does not


@pytest.mark.parametrize(
    "beside_it",
    ["<div class=related><h3>Related</h3><p>{}</p></div>", "<aside>{}</aside>", "<div class='share-bar'>{}</div>",
     "<div><h4>Read more</h4><p><a href=/x>{}</a></p></div>", "<div><p>Czytaj więcej</p><a href=/y>Y</a><p>{}</p></div>",
     "<form><h3>Sign up</h3><p>{}</p><input name=mail></form>", "<p><a href=/x>{}</a></p>",
     "<figure><img src=x><figcaption>{}</figcaption></figure>", "<div><img src=x><span>{}</span></div>",
     "<p class=caption>{}</p>", "<div class=author-bio><p>{}</p></div>", "<blockquote class=twitter-tweet>{}</blockquote>",
     "<div id=comments><p>{}</p></div>", "<nav>{}</nav>", "<div class=articleNewsletterBox>{}</div>"],
)  # fmt: skip
def test_what_stands_beside_an_article_is_left_out(beside_it):
    other = "Somebody else was seen elsewhere on another day, and nobody knows how that will end for him."
    assert text(story(P[0], P[1], beside_it.format(other), P[2], P[3])) == SENTENCES


@pytest.mark.parametrize(
    "line",
    ["Advertisement", "REKLAM", "Share this article", "Photo: Ada Byrd", "© Harbour Post 2025", "3 min read", "18:05",
     "Published: 3 July 2025, 18:05 CEST", "Publié le 3 juillet 2025 à 18:05", "2025年7月3日 18時05分", "7月3日",
     "Source: dpa", "By Abby Quillbrook", "Sign up for our newsletter and read it first", "この記事は会員限定です。"],
)  # fmt: skip
def test_lines_that_are_no_sentence_of_the_article_are_left_out(line):
    author = "<meta name=author content='Abby Quillbrook'>"
    assert text(story(P[0], f"<p>{line}</p>", P[1]), author) == SENTENCES[:2]


def test_a_heading_without_anything_behind_it_goes_with_its_box():
    links = "<h3>From the archive</h3>" + "<p><a href=/x>Another story of the day and what came of it</a></p>" * 3
    assert text(story(P[0], "<h2>The reserves</h2>", P[1], links)) == [SENTENCES[0], "The reserves", SENTENCES[1]]


def test_the_headline_with_its_kicker_is_no_paragraph():
    assert text(f"<div><h2>Harbour: The ferry question</h2>{''.join(P)}</div>") == SENTENCES


def test_another_story_below_the_article_is_none_of_it():
    other = (
        "<article><h1>Another day</h1>" + "<p>Somebody else was seen elsewhere on another day.</p>" * 3 + "</article>"
    )
    assert text(story(*P) + other) == SENTENCES


# Pages drawn by scripts

STATES = [
    '<script id=__NEXT_DATA__ type="application/json">{{"props":{{"story":{{"body":{},"id":1}}}}}}</script>',
    '<script>window.__STATE__ = {{"a":[{{"html":{}}}]}};</script>',
    '<script>window["x"]["y"]=JSON.parse({});</script>',
]


@pytest.mark.parametrize("state", STATES[:2])
def test_a_page_drawn_by_a_script_is_read_from_its_state(state):
    import json

    listed = [{"type": "p", "text": s} for s in SENTENCES]
    for body in (json.dumps("".join(P)), json.dumps(listed), json.dumps("\n\n".join(SENTENCES))):
        assert text(f"<div id=root></div>{state.format(body)}") == SENTENCES


def test_state_in_a_string_is_read_too():
    import json

    assert text(STATES[2].format(json.dumps(json.dumps({"paragraphs": SENTENCES})))) == SENTENCES


def test_state_counts_only_where_the_page_shows_next_to_nothing():
    state = STATES[0].format('"' + "Something else that is longer by far than what the page shows. " * 99 + '"')
    assert text(story(*P, *P) + state) == SENTENCES * 2


# Names and bounds


@pytest.mark.parametrize(
    ("names", "bits"),
    [("articleBody", 0), ("sharing-tools", beside.OF_TEXT | beside.OF_BOX),
     ("ArticleCaption", beside.OF_TEXT | beside.OF_BOX), ("paywall", beside.OF_BOX), ("headline broadcast", 0),
     ("sub-head", beside.OF_LEAD), ("", 0), ("shadow read tagline", 0)],
)  # fmt: skip
def test_names_are_read_word_by_word(names, bits):
    assert beside.says(names) == bits


def test_a_page_without_end_is_read_as_far_as_a_book_goes():
    assert len(shown(parse("<p>x" * (MOST + 10))).blocks) == MOST


@pytest.mark.parametrize(
    "unit",
    ["<span>word </span>", "word<br>", "<br>", "<a href=/x>Another story of the day</a> ", "<div>", "<ul><li>",
     "<div class='a%d'>", "<figure><img>", "<div>— . , - - - -", "<td>", "<button>x</button>", "<article>",
     "<h1>a</h1>", "<meta name=description content='a b'>"],
)  # fmt: skip
def test_tens_of_thousands_of_anything_take_seconds_at_most(unit):
    import time

    started = time.process_time()
    extract(("<html><body>" + unit * 25_000 + "".join(P)).encode(), URL)
    assert time.process_time() - started < 8
