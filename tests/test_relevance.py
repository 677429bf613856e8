"""The relevance gate in front of the reading: what cannot match is not read, and what can always is."""

import json
from pathlib import Path

import pytest

from newslib.config import load_topic
from newslib.extraction import extract
from newslib.extraction.extract import LITTLE
from newslib.extraction.head import read_head
from newslib.extraction.parse import parse
from newslib.extraction.relevance import everything
from newslib.extraction.workers import Workers
from newslib.topics import Gate

URL = "https://news.example.org/2025/story"
FILLER = "<p>The council met on Tuesday evening to discuss the future of the old ferry, which has not sailed.</p>"


class Says:
    """A gate for one word."""

    def __init__(self, word):
        self.word = word

    def may_match(self, text):
        return self.word in text


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
     ("", ld({"@type": "NewsArticle", "headline": "Pyongyang"})), ("", ld({"@graph": [{"articleBody": "Pyong<i>yang</i>"}]})),
     ("<figure>Pyongyang</figure>", ""), ("<aside>Pyongyang</aside>", "")],
)  # fmt: skip
def test_a_word_counts_wherever_it_could_be_taken_from(word, head):
    assert extract(page(word, head), URL, gate=Says("Pyongyang")).outcome is None


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
