"""`scrapy archive rematch`: a changed topic applied to what is archived, while the records stay as they are."""

import json

import pytest

from newslib import Archive
from newslib.config import load_topic
from newslib.rematch import judged, rematch
from newslib.store import Verdict
from tests.crawling import records, scrapy, verified
from tests.storing import article, clean, link, page, paragraph, store, url
from tests.test_reextract import html


@pytest.fixture
def topics(tmp_path):
    folder = tmp_path / "topics"
    folder.mkdir()
    return folder


def write(topics, id="sea", any='"harbour"'):
    (topics / f"{id}.toml").write_text(f"any = [{any}]\n", encoding="utf-8")
    return load_topic(id, topics)


@pytest.fixture
def folder(tmp_path, topics):
    """An archive with articles on `sea`: of a harbour, of ships, of both, of neither; all judged by the first version."""
    topic = write(topics)
    with Archive(tmp_path / "archive", write=True) as archive:
        for n, words in enumerate(("the harbour", "ships", "the harbour and ships", "mountains")):
            made = article(url(n), title=f"Of {words}", language="en")
            texts = [paragraph(words), paragraph(f"number {n}")]
            archive.admit(made, texts)
            made.topics = list(filter(None, [judged(topic, made)]))
            archive.store(made, page(url(n)), url=url(n)).result(10)
    return tmp_path / "archive"


def run(folder, topic):
    with Archive(folder, write=True) as archive:
        return {change.url: change for change in rematch(archive, [topic], lambda *_: None)}


def on(folder, topic="sea", **more):
    with Archive(folder) as archive:
        return [a.url for a in archive.articles(topic=topic, **more)]


def test_a_topic_that_has_not_changed_changes_nothing(folder, topics):
    assert on(folder) == [url(0), url(2)]
    assert run(folder, load_topic("sea", topics)) == {}


def test_readers_see_what_the_topic_of_today_says_and_the_lines_stay(folder, topics):
    lines = records(folder)
    topic = write(topics, any='"ship*"')
    changes = run(folder, topic)
    assert {u: c.kind for u, c in changes.items()} == {url(0): "dropped", url(1): "matched", url(2): "rescored"}
    assert on(folder) == [url(1), url(2)] == on(folder, latest=True)
    with Archive(folder) as archive:
        one = archive.article(archive.latest(url(1)).id)
        assert [(t["id"], t["version"]) for t in one.topics] == [("sea", topic.version)] and one.topics[0]["score"] > 0
        term = one.topics[0]["terms"][0]
        assert one.text[term["start"] : term["end"]] == "ships"
        assert archive.article(archive.latest(url(0)).id).topics == []
        assert clean(archive)
    assert records(folder) == lines
    assert run(folder, topic) == {}, "the second time changes nothing"


def test_a_version_of_a_topic_that_says_the_same_is_noted_as_confirmed(folder, topics):
    topic = write(topics, any='"harbour", "lighthouse"')
    changes = run(folder, topic)
    assert {c.kind for c in changes.values()} == {"confirmed"} and set(changes) == {url(0), url(2)}
    with Archive(folder) as archive:
        assert [a.topics[0]["version"] for a in archive.articles(topic="sea")] == [topic.version] * 2
    assert run(folder, topic) == {}


def test_back_to_the_first_version_is_as_it_was(folder, topics):
    before = [a.topics for a in Archive(folder).articles()]
    run(folder, write(topics, any='"ship*"'))
    run(folder, write(topics))
    assert [a.topics for a in Archive(folder).articles()] == before


def test_another_topic_is_added_beside_the_first(folder, topics):
    run(folder, write(topics, "hills", '"mountain*"'))
    assert on(folder, "hills") == [url(3)] and on(folder) == [url(0), url(2)]
    run(folder, write(topics, "port", '"harbour"'))
    with Archive(folder) as archive:
        assert [t["id"] for t in archive.article(archive.latest(url(0)).id).topics] == ["sea", "port"]


def test_a_later_version_of_a_record_is_judged_by_its_own_crawl(folder, topics):
    run(folder, write(topics, any='"ship*"'))
    with Archive(folder, write=True) as archive:
        store(archive, url(1), [paragraph("nothing of the kind"), paragraph("x")], topics=[])
        versions = [a.version for a in archive.articles(topic="sea") if a.url == url(1)]
        assert versions == [1] and archive.article(archive.latest(url(1)).id).topics == []


def test_only_the_newest_version_is_judged(folder, topics):
    with Archive(folder, write=True) as archive:
        store(archive, url(0), [paragraph("ships at last"), paragraph("x")], topics=[])
    changes = run(folder, write(topics, any='"ship*"'))
    assert changes[url(0)].kind == "matched" and changes[url(0)].id.endswith("-2")


def test_a_verdict_of_a_record_that_does_not_exist_is_no_fault(folder):
    with Archive(folder, write=True) as archive:
        archive.judge([Verdict("a0123456789abcdef-1", "sea", "x", None)]).result(10)
        assert clean(archive)


def test_repeats_and_their_evidence_count_as_in_the_crawl(folder, topics):
    with Archive(folder, write=True) as archive:
        copied = [paragraph("hills"), paragraph("the harbour"), paragraph("a further matter")]
        made = store(archive, url(9), copied, language="en", topics=[])
        assert made.repeats, "the paragraph of the harbour stood in article 0"
    changes = run(folder, load_topic("sea", topics))
    assert changes[url(9)].kind == "matched" and changes[url(9)].after["terms"][0]["start"] is None


def verb(folder, topics, *ids, code=0):
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", f"TOPICS_DIR={topics}", "-s", "EXTRACTION_WORKERS=1")
    done = scrapy("archive", "rematch", *ids, *settings)
    assert done.returncode == code, done.stderr
    return done


def test_the_verb_says_what_changed_and_stores_off_topic_pages_that_match_now(tmp_path, topics):
    folder = tmp_path / "archive"
    write(topics)
    texts = [paragraph("ships in the storm"), paragraph("more of the storm"), paragraph("the end of the storm")]
    with Archive(folder, write=True, warc="all") as archive:
        store(archive, url(1), [paragraph("ships"), paragraph("cargo")], title="Ships leave", language="en", topics=[])
        archive.discover([link(url(5), title="Storm", summary="A storm"), link(url(6))]).result(10)
        for n, body in ((5, html("Storm", *texts)), (6, html("Hills", *[t.replace("ships", "goats") for t in texts]))):
            archive.finish(url(n), "off-topic", page=page(url(n), body=body), judged={"sea": "0"}).result(10)
    topic = write(topics, any='"ship*"')
    result = json.loads(verb(folder, topics, "sea", "--json").stdout)
    assert result["topics"]["sea"]["counts"] == {"matched": 1}
    assert result["topics"]["sea"]["changes"]["matched"][0]["title"] == "Ships leave"
    assert result["pages"] == {"read": 2, "stored": 1, "errors": []}
    with Archive(folder) as archive:
        assert archive.outcome(url(5))[0] == "stored" and archive.outcome(url(6))[0] == "off-topic"
        assert archive.url(url(6))["judged"] == {"sea": topic.version}
        stored = archive.article(archive.latest(url(5)).id)
        assert stored.title == "Storm" and stored.warc == archive.url(url(5))["warc"], "the page is not written twice"
        assert stored.found["via"] == "feed" and stored.source == "example" and stored.fetched == "2025-11-03T10:00:00Z"
    verified(folder)
    said = verb(folder, topics, "sea").stdout
    assert "nothing changed" in said and "off-topic pages" not in said
    assert "no topic `lake`" in verb(folder, topics, "lake", code=2).stderr
    assert "holds no archive" in verb(tmp_path / "none", topics, "sea", code=2).stderr
