"""`scrapy topics explain`: why an article is on a topic, and why a page was refused."""

import json

import pytest

from newslib import Archive
from newslib.config import load_topic
from newslib.explain import explain, told
from newslib.extraction import extract
from newslib.rematch import judged, rematch
from tests.crawling import scrapy
from tests.storing import article, link, page, paragraph, url
from tests.test_reextract import html

TOPIC = '[terms.port]\nany = ["harbour"]\n[terms.ship]\nany = ["ship*"]\n'


@pytest.fixture
def topic(tmp_path):
    (tmp_path / "topics").mkdir()
    return write(tmp_path, TOPIC)


def write(tmp_path, text):
    (tmp_path / "topics" / "sea.toml").write_text(text, encoding="utf-8")
    return load_topic("sea", tmp_path / "topics")


@pytest.fixture
def folder(tmp_path, topic):
    with Archive(tmp_path / "archive", write=True, warc="all") as archive:
        archive.discover([link(url(n)) for n in range(2, 7)]).result(10)
        made = article(url(1), title="Ships reach the harbour", language="en")
        archive.admit(made, [paragraph("ships and more ships"), paragraph("the harbour")])
        made.topics = [judged(topic, made)]
        archive.store(made, page(url(1)), url=url(1)).result(10)
        body = html("The harbour", *[paragraph(f"the harbour of {n}") for n in "abc"])
        off = {"judged": {"sea": topic.version}, "groups": ["sea/port", "other/x"]}
        archive.finish(url(2), "off-topic", page=page(url(2), body=body), **off).result(10)
        archive.finish(url(3), "off-topic", **off).result(10)
        archive.finish(url(4), "blocked", "HTTP 403").result(10)
        archive.defer([url(5)], "over-budget").result(10)
        archive.finish(url(6), "unchanged", article=made.article).result(10)
    return tmp_path / "archive"


def why(folder, topic, which):
    with Archive(folder) as archive:
        return explain(archive, topic, which, lambda page: extract(page.body, page.fetched_url))


def test_a_record_shows_its_score_and_each_term_in_its_words(folder, topic):
    with Archive(folder) as archive:
        id = archive.latest(url(1)).id
    for which in (id, id.partition("-")[0], url(1), url(1) + "?utm_source=x#top", url(6)):
        found = why(folder, topic, which)
        assert found["id"] == id and found["match"]["matched"] and found["match"]["missing"] == []
        assert found["judged"] == {
            "version": topic.version, "today": True, "matched": True, "score": found["match"]["score"], "groups": ["port", "ship"]
        }  # fmt: skip
    terms = {term["group"]: term for term in found["match"]["terms"]}
    assert terms["ship"]["count"] == 3 and terms["ship"]["where"] == "title"
    assert terms["port"]["around"] == "Ships reach the [harbour]"
    text = "\n".join(told(found))
    assert "match, score" in text and "today's version" in text and "ship*  3×  title: [Ships] reach" in text


def test_a_refused_page_that_was_kept_is_read_again_and_shows_which_group_was_missing(folder, topic):
    found = why(folder, topic, url(2))
    assert (found["outcome"], found["judged"]["groups"], found["match"]["missing"]) == ("off-topic", ["port"], ["ship"])
    assert not found["match"]["matched"] and found["match"]["terms"][0]["count"] >= 3
    text = "\n".join(told(found))
    assert "no match: found port; nothing of ship" in text and "ship: nothing" in text


def test_a_refused_page_that_was_not_kept_shows_what_was_noted(folder, topic):
    found = why(folder, topic, url(3))
    assert found["match"] is None and found["judged"]["groups"] == ["port"] and found["judged"]["today"]
    assert "nothing of ship" in "\n".join(told(found)) and "its page was not kept" in "\n".join(told(found))


def test_it_says_that_the_topic_has_changed_since(folder, topic, tmp_path):
    changed = write(tmp_path, 'any = ["harbour"]\n')
    found = why(folder, changed, url(2))
    assert not found["judged"]["today"] and found["match"]["matched"]
    assert f"version {topic.version}; the topic has changed since" in "\n".join(told(found))
    assert not why(folder, changed, url(1))["judged"]["today"]


def test_a_record_that_matches_no_more_says_by_which_version(folder, topic, tmp_path):
    changed = write(tmp_path, 'any = ["whale*"]\n')
    assert why(folder, changed, url(1))["judged"]["matched"]
    with Archive(folder, write=True) as archive:
        assert [change.kind for change in rematch(archive, [changed], lambda *_: None)] == ["dropped"]
    found = why(folder, changed, url(1))
    assert found["judged"] == {
        "version": changed.version,
        "today": True,
        "matched": False,
        "score": 0.0,
        "groups": None,
    }
    assert "then   no match (today's version)" in "\n".join(told(found))
    again = why(folder, write(tmp_path, TOPIC), url(1))
    assert not again["judged"]["today"] and again["match"]["matched"]


def test_what_was_never_read_says_so(folder, topic):
    for n, outcome, reason in ((4, "blocked", "HTTP 403"), (5, "pending", "over-budget")):
        found = why(folder, topic, url(n))
        assert (found["outcome"], found["reason"], found["judged"], found["match"]) == (outcome, reason, None, None)
        assert f"{outcome}: {reason}" in "\n".join(told(found)) and "no text of it is here" in "\n".join(told(found))


@pytest.mark.parametrize(
    "which", ["https://unknown.example/", "a0123456789abcdef-1", "nonsense", "", "a-b-c", "https://"]
)
def test_what_the_archive_does_not_know_is_none(folder, topic, which):
    assert why(folder, topic, which) is None


def test_the_verb(folder, topic):
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", f"TOPICS_DIR={folder.parent / 'topics'}")
    done = scrapy("topics", "explain", "sea", url(2), "--json", *settings)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["match"]["missing"] == ["ship"] and found["title"] == "The harbour"
    unknown = scrapy("topics", "explain", "sea", "https://unknown.example/", *settings)
    assert unknown.returncode == 2 and "knows no such record or address" in unknown.stderr
