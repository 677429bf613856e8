import json
import random

import pytest

from benchmarks import texts
from newslib.store import Archive, rebuild, remove
from newslib.store.ledger import rows
from tests import storing
from tests.crawling import crawl, scrapy

TABLES = ("relation", "story", "member", "done", "sketch")


def store(archive, number, paragraphs, **known):
    return storing.store(archive, storing.url(1, f"h{number}.example"), paragraphs, **known)


def tables(archive):
    return {table: rows(archive._db, f"SELECT * FROM {table}") for table in TABLES}


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive", write=True) as opened:
        yield opened


def spread(archive, articles):
    """Three outlets have one text, a fourth edits every paragraph of it, others write of other things -> the records."""
    text = articles.new(10)
    made = [store(archive, 1, text, published="2025-11-03T08:00:00Z", publisher="Wire", language="en")]
    made.append(store(archive, 2, articles.new()))
    made.append(store(archive, 3, [*text, *articles.new(2)], published="2025-11-03T09:00:00Z", language="en"))
    made.append(store(archive, 4, [articles.edited(each) for each in text], published="2025-11-03T07:00:00Z"))
    made.append(store(archive, 5, articles.new()))
    made.append(store(archive, 6, text[:5], day="2025-11-02"))
    return made


def test_copies_are_a_story_and_the_first_of_them_is_named(archive):
    made = spread(archive, texts.Articles("latin", 1))
    assert archive.unrelated() == 6 and archive.relate().result(10) == 6 and archive.unrelated() == 0
    (story,) = archive.stories()
    assert (story.id, story.size, story.outlets, story.languages) == ("s" + made[0].article[1:], 4, 4, ["en"])
    assert (story.first, story.last) == ("2025-11-02T23:59:59Z", "2025-11-03T09:00:00Z")
    story = archive.story(story.id)
    assert [member.article for member in story.members] == [made[n].article for n in (5, 3, 0, 2)]
    assert [member.dated for member in story.members] == ["day", "published", "published", "published"]
    first, edited, copy, longer = story.members
    assert (first.of, first.share) == (None, 0.0)
    assert edited.of == first.article and edited.paragraphs == 0
    assert (copy.of, copy.kind, copy.how, copy.outlet) == (edited.article, "syndicated", "words", "Wire")
    assert 0.7 < copy.share < 0.95
    assert longer.of == copy.article and longer.paragraphs == 10 and 0.7 < longer.share < 1


def test_a_story_is_found_by_its_id_an_article_a_record_or_an_address(archive):
    made = spread(archive, texts.Articles("cyrillic", 1))
    archive.relate().result(10)
    ids = {archive.story(which).id for which in (made[2].article, made[3].id, made[0].url, archive.stories()[0].id)}
    assert len(ids) == 1
    assert archive.story(made[1].url) is None and archive.story("s0") is None


def test_what_was_looked_at_piece_by_piece_comes_out_the_same(tmp_path):
    for name in ("whole", "pieces"):
        articles, chance = texts.Articles("hangul", 2), random.Random(1)
        archive = Archive(tmp_path / name, write=True)
        for number in range(3):
            spread_of = articles.new(8)
            store(archive, f"a{number}", spread_of)
            store(archive, f"b{number}", articles.lightly_edited(spread_of))
            while name == "pieces" and archive.relate(chance.randint(1, 2)).result(10):
                archive.close()  # as a kill would, between two commits
                archive = Archive(tmp_path / name, write=True)
        archive.relate(1000).result(10)
        archive.close()
    with Archive(tmp_path / "whole") as whole, Archive(tmp_path / "pieces") as pieces:
        assert tables(whole) == tables(pieces) and len(whole.stories()) == 3


def test_looking_again_changes_nothing(archive):
    spread(archive, texts.Articles("latin", 1))
    archive.relate().result(10)
    before = tables(archive)
    assert archive.relate().result(10) == 0
    assert tables(archive) == before


def test_an_operation_that_fails_is_done_again(archive, monkeypatch):
    from newslib.store import relations

    spread(archive, texts.Articles("latin", 1))
    with monkeypatch.context() as broken:
        broken.setattr(relations, "join", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archive.relate().result(10)
    assert archive.unrelated() == 6 and tables(archive)["sketch"] == []
    archive.relate().result(10)
    assert len(archive.stories()) == 1


def test_two_stories_become_one_and_the_older_name_leads_there(archive):
    articles = texts.Articles("latin", 4)
    one, two = articles.new(8), articles.new(8)
    for number, text in enumerate((one, one, two, two), 1):
        store(archive, number, text)
    archive.relate().result(10)
    old, new = sorted(archive.stories(), key=lambda story: archive.story(story.id).members[0].url)
    bridge = [one[0] * 3, *two]  # two's words, and then a version that is one's as well
    store(archive, 5, bridge)
    store(archive, 5, [*one, *two])
    archive.relate().result(10)
    (story,) = archive.stories()
    assert (story.id, story.size) == (old.id, 5)
    assert archive.story(new.id).id == old.id


def test_versions_of_an_article_are_one_member(archive):
    articles = texts.Articles("latin", 6)
    text = articles.new(8)
    store(archive, 1, text)
    for _ in range(3):
        text = [articles.edited(text[0]), *text[1:]]
        store(archive, 2, text)
    store(archive, 1, [*text, articles.paragraph()])
    archive.relate().result(10)
    (story,) = archive.stories()
    assert story.size == 2 and len(rows(archive._db, "SELECT * FROM relation")) == 1
    assert archive.story(story.id).members[1].id.endswith("-3")


def test_reports_of_every_day_make_no_story(archive):
    chance = random.Random(2)
    for number in range(40):
        store(archive, number, texts.report("weather", chance))
    same = texts.report("weather", chance)
    store(archive, 40, same)
    store(archive, 41, same)
    archive.relate(100).result(30)
    (story,) = archive.stories()
    assert story.size == 2 and {m.url for m in archive.story(story.id).members} == {
        storing.url(1, f"h{n}.example") for n in (40, 41)
    }


def test_the_hundredth_copy_is_found_too(archive):
    articles = texts.Articles("arabic", 1)
    text = articles.new(8)
    for number in range(100):
        store(archive, number, [articles.edited(each) for each in text])
    archive.relate(100).result(60)
    (story,) = archive.stories()
    assert story.size == 100


def test_counters_and_boilerplate_make_no_relation(archive):
    articles = texts.Articles("latin", 8)
    about = articles.paragraph() + articles.paragraph() + articles.paragraph()
    for number in range(14):
        made = storing.store(archive, storing.url(number), [articles.paragraph(), *articles.new(2), about])
    assert made.repeats[-1]["why"] == "boilerplate"
    archive.relate().result(10)
    assert rows(archive._db, "SELECT * FROM relation WHERE seq > 11") == []


def test_a_takedown_takes_an_article_out_of_its_story(archive, tmp_path):
    made = spread(archive, texts.Articles("latin", 1))
    archive.relate().result(10)
    archive.close()
    remove(tmp_path / "archive", made[0].url, "asked")
    with Archive(tmp_path / "archive") as opened:
        (story,) = opened.stories()
        assert story.size == 3 and opened.story(made[0].article) is None
        everything = json.dumps(tables(opened)["relation"] + tables(opened)["member"])
        assert made[0].article not in everything
        assert rows(opened._db, "SELECT * FROM sketch WHERE seq = 1") == []
    for each in (made[2], made[3]):
        remove(tmp_path / "archive", each.url, "asked")
    with Archive(tmp_path / "archive") as opened:
        assert opened.stories() == [] and tables(opened)["story"] == []


def test_a_rebuilt_archive_has_the_same_stories(archive, tmp_path):
    spread(archive, texts.Articles("han", 1))
    archive.relate().result(10)
    before = tables(archive)
    archive.close()
    rebuild(tmp_path / "archive")
    with Archive(tmp_path / "archive") as opened:
        assert tables(opened) == before and len(opened.stories()) == 1


def test_stories_are_listed_by_size_by_date_by_topic_and_since(archive):
    articles = texts.Articles("latin", 9)
    topic = [{"id": "tea", "version": "1", "score": 1.0, "terms": []}]
    for day, count in ((1, 2), (2, 4), (3, 3)):
        text = articles.new(8)
        for number in range(count):
            store(archive, f"{day}-{number}", text, published=f"2025-11-0{day}T0{number}:00:00Z",
                  topics=topic if (day, number) == (3, 2) else [])  # fmt: skip
    archive.relate().result(10)
    assert [story.size for story in archive.stories()] == [4, 3, 2]
    assert [story.size for story in archive.stories(sort="newest")] == [3, 4, 2]
    assert [story.size for story in archive.stories(sort="newest", limit=1)] == [3]
    assert [story.size for story in archive.stories(since="2025-11-02")] == [4, 3]
    assert [story.size for story in archive.stories(topic="tea")] == [3]
    with pytest.raises(ValueError, match="largest or newest"):
        archive.stories(sort="oldest")


# The verb


def test_the_verb_catches_up_lists_and_shows(archive, tmp_path):
    made = spread(archive, texts.Articles("latin", 1))
    archive.close()
    where = ("-s", f"ARCHIVE_DIR={tmp_path / 'archive'}")
    (story,) = json.loads(scrapy("stories", "list", "--json", *where).stdout)
    assert story["size"] == 4 and story["earliest"]["article"] == made[5].article
    shown = scrapy("stories", "show", made[2].url, *where)
    assert shown.returncode == 0
    assert "4. 2025-11-03 09:00 h3.example" in shown.stdout and "10 paragraphs alike" in shown.stdout
    as_json = json.loads(scrapy("stories", "show", story["id"], "--json", *where).stdout)
    assert [member["article"] for member in as_json["members"]] == [made[n].article for n in (5, 3, 0, 2)]
    with Archive(tmp_path / "archive") as opened:
        assert opened.unrelated() == 0


def test_the_verb_says_what_it_does_not_know(archive, tmp_path):
    where = ("-s", f"ARCHIVE_DIR={tmp_path / 'archive'}")
    spread(archive, texts.Articles("latin", 1))
    held = scrapy("stories", "list", *where)  # this process holds the archive
    assert held.returncode == 0 and "the 6 newest records are not in it yet" in held.stderr
    unknown = scrapy("stories", "show", "https://news.example/none", *where)
    assert unknown.returncode == 2 and "is in no story" in unknown.stderr
    assert scrapy("stories", "list", "--limit", "0", *where).returncode == 2
    assert scrapy("stories", "list", "--since", "soon", *where).returncode == 2


def test_a_crawl_sorts_what_it_stores(newsroom, tmp_path):
    (tmp_path / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
    assert crawl(tmp_path / "archive", tmp_path / "sources.toml", "-a", "since=30d").returncode == 0
    with Archive(tmp_path / "archive") as opened:
        assert opened.unrelated() == 0
        (story,) = opened.stories()
        members = opened.story(story.id).members
        assert members[0].outlet == "Meridian Wire" and len(members) == 4
        assert all(member.share > 0.5 for member in members[1:])
