"""The relevance gate in front of the reading: what cannot match is not read, and what can always is."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.config import load_topic
from newslib.extraction import extract
from newslib.extraction.extract import LITTLE
from newslib.extraction.head import read_head
from newslib.extraction.parse import parse
from newslib.extraction.relevance import everything
from newslib.extraction.workers import Workers
from newslib.topics import Gate, Topic

URL = "https://news.example.org/2025/story"
FILLER = "<p>The council met on Tuesday evening to discuss the future of the old ferry, which has not sailed.</p>"


class Says:
    """A gate for one word."""

    def __init__(self, word):
        self.word = word

    def may_match(self, text):
        return self.word in text.replace("\n", "")


def page(word="", head="", paragraphs=9):
    return f"<html lang=en><head>{head}</head><body><h1>A story</h1>{FILLER * paragraphs}{word}</body></html>".encode()


def test_a_page_that_cannot_match_is_not_read():
    found = extract(page(head="<link rel=canonical href=/a>"), URL, gate=Says("Pyongyang"))
    assert (found.outcome, found.canonical, found.paragraphs, found.title) == ("off-topic", "/a", [], None)


def ld(data):
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    ("word", "head"),
    [("<p>In Pyong<b>yang</b> it rained.</p>", ""), ("<p>Pyong<script>x</script>yang</p>", ""),
     ("<p>Pyong&shy;yang</p>".replace("&shy;", ""), ""), ("", "<title>Pyongyang</title>"),
     ("", "<meta property=og:description content='On Pyongyang'>"), ("", "<meta name=description content='Pyong&amp;#121;ang'>"),
     ("", ld({"@type": "NewsArticle", "headline": "Pyongyang"})), ("", ld({"@graph": [{"@type": "NewsArticle", "articleBody": "Pyong<i>yang</i>"}]})),
     ("<figure>Pyongyang</figure>", ""), ("<aside>Pyongyang</aside>", "")],
)  # fmt: skip
def test_a_word_counts_wherever_it_could_be_taken_from(word, head):
    assert extract(page(word, head), URL, gate=Says("Pyongyang")).outcome is None


BODY = "<p>We like kim<i>chi</i></p><p>Bob does too.</p>"


@pytest.mark.parametrize(
    ("word", "head"),
    [("<p>We like kimchi</p><p>Bob does too.</p>", ""), ("<ul><li>kimchi</li><li>rice</li></ul>", ""),
     ("<p>One<br>kimchi<br>two</p>", ""), ("<table><tr><td>one</td><td>kimchi</td><td>two</td></tr></table>", ""),
     ("<p>One</p>kimchi<p>two</p>", ""), ("<p>kim<wbr>chi</p><p>Bob</p>", ""), ("", "<title>Kimchi</title>"),
     ("", ld({"@type": "NewsArticle", "articleBody": BODY * 100})),
     ("", ld({"@type": "NewsArticle", "articleBody": BODY.replace("kim", "&amp;#107;im").replace("<", "&lt;") * 100}))],
)  # fmt: skip
def test_a_word_is_a_word_beside_any_tag_also_where_no_space_stands_around_it(word, head):
    topic = Topic("food", {"food": {"any": ["kimchi"]}})
    whole = extract(page(word, head), URL)
    assert topic.match(whole.title, whole.description, "\n\n".join(whole.paragraphs), "en").matched
    assert extract(page(word, head), URL, gate=Gate([topic])).outcome is None


PIECES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "p",
                "li",
                "td",
                "div",
                "span",
                "b",
                "a href=/x",
                "h2",
                "blockquote",
                "cite",
                "small",
                "br",
                "wbr",
                "button",
            ]
        ),
        st.sampled_from(["kimchi", "Alpha", "ro", "ma", "Рим", "東京", "foo, ", " bar"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(PIECES)
def test_no_word_that_a_page_gives_is_lost_on_the_gate(pieces):
    body = "".join(f"<{tag}>{word}</{tag.split()[0]}>" for tag, word in pieces)
    whole = extract(page(f"<div>{body}</div>"), URL)
    text = "\n\n".join(whole.paragraphs)
    for word in {word for word in text.replace(FILLER[3:-4], "").split() if word.isalpha()}:
        topic = Topic("word", {"word": {"any": [word]}})
        if topic.match(whole.title, whole.description, text, "en").matched:
            assert extract(page(f"<div>{body}</div>"), URL, gate=Gate([topic])).outcome is None, word


def test_deeply_nested_data_cost_no_more_than_they_are_long():
    data = {"@type": "Thing", "text": "word " * 8}
    for _ in range(400):
        data = {"@type": "Thing", "text": "word " * 8, "inner": data}
    tree = parse(page(head=ld(data)).decode())
    assert len(everything(tree, read_head(tree))) < 100_000


def test_what_the_feed_said_counts():
    assert extract(page(), URL, gate=Says("Pyongyang"), known="Talks in Pyongyang\n").outcome is None


@pytest.mark.parametrize("title", ["Page not found", "Just a moment...", "A brief"])
def test_a_page_with_little_to_read_has_the_outcome_it_would_have_had(title):
    html = (
        f"<html><title>{title}</title><body><h1>{title}</h1><p>Enable JavaScript, or go back to the start.</p></body>"
    )
    with_gate = extract(html.encode(), URL, gate=Says("Pyongyang"))
    assert (with_gate.outcome, with_gate.reason) == (
        extract(html.encode(), URL).outcome,
        extract(html.encode(), URL).reason,
    )
    assert with_gate.outcome != "off-topic"


def test_code_and_page_state_do_not_count_where_they_are_never_read():
    state = '<script type="application/json">{"a":"Pyongyang"}</script><style>Pyongyang</style>'
    assert len(FILLER) * 9 > LITTLE
    assert extract(page(state), URL, gate=Says("Pyongyang")).outcome == "off-topic"


def test_everything_that_is_read_is_in_the_text_of_the_gate():
    body = page(
        "<p>A <b>w</b>ord &amp; <a href=x>more</a><br>next</p>", "<meta property=og:title content='A &amp;amp; B'>"
    )
    found = extract(body, URL)
    tree = parse(body.decode())
    text = "".join(everything(tree, read_head(tree)).split())
    for said in (found.title, found.description or "", *found.paragraphs):
        assert "".join(said.split()) in text


def test_workers_use_the_gate_for_pages_that_come_with_what_is_known_of_them():
    topic = load_topic("mpox", Path(__file__).parent.parent / "topics")
    pool = Workers(1, gate=Gate([topic]))
    try:
        read = [pool.submit(page(word), URL, known=known) for word in ("", "<p>mpox</p>") for known in (None, "")]
        assert [future.result(60).outcome for future in read] == [None, "off-topic", None, None]
    finally:
        pool.close(0)
