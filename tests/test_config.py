"""Topic and source files: what they mean, and one sentence for every mistake."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.config import (
    ConfigError,
    Source,
    list_sources,
    list_topics,
    load_sources,
    load_topic,
    read_sources,
    read_topic,
    source_of_url,
    topic_files,
)

ROOT = Path(__file__).parents[1]


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def mistake(read, *args):
    with pytest.raises(ConfigError) as caught:
        read(*args)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- topics


def test_a_topic_can_be_one_line(tmp_path):
    write(tmp_path, "kimchi.toml", 'any = ["kimchi", "김치", "泡菜"]')
    topic = load_topic("kimchi", tmp_path)
    assert (topic.id, topic.title, topic.groups) == ("kimchi", "kimchi", ["any"])
    assert topic.match("泡菜", None, "", "zh").matched


def test_a_topic_in_full_has_title_query_groups_by_language_and_excluded_phrases(tmp_path):
    file = write(
        tmp_path,
        "rel.toml",
        'title = "Relations"\nquery = "(a AND b) OR ties"\nexclude = ["a b c"]\n'
        '[terms.a]\nen = ["alpha*"]\nany = ["=РФ"]\n[terms.b]\nde = ["beta"]\n[terms.ties]\n"zh-Hans" = ["甲乙"]\n',
    )
    topic = read_topic(file)
    assert topic.title == "Relations"
    assert topic.groups == ["a", "b", "ties"]
    assert topic.languages == {"en", "de", "zh-Hans"}
    assert topic.match(None, None, "甲乙", "zh").matched
    assert topic.match(None, None, "alphabet, beta", "de").matched
    assert not topic.match(None, None, "beta", "de").matched


def test_without_a_query_all_groups_are_needed(tmp_path):
    topic = read_topic(write(tmp_path, "t.toml", '[terms.a]\nany = ["alpha"]\n[terms.b]\nany = ["beta"]\n'))
    assert topic.match(None, None, "alpha beta", None).matched
    assert not topic.match(None, None, "alpha", None).matched


def test_the_version_is_the_hash_of_the_files_bytes(tmp_path):
    file = write(tmp_path, "t.toml", 'any = ["kimchi"]\r\n')
    assert read_topic(file).version == sha256(file.read_bytes()).hexdigest()[:16]


def test_a_local_topic_wins_over_a_shipped_one_of_the_same_id(tmp_path):
    write(tmp_path, "a.toml", 'any = ["shipped"]')
    write(tmp_path, "b.toml", 'any = ["shipped"]')
    write(tmp_path, "local/a.toml", 'any = ["mine"]')
    assert list(topic_files(tmp_path)) == ["a", "b"]
    assert load_topic("a", tmp_path).match("mine", None, "", None).matched
    assert [topic.id for topic in list_topics(tmp_path)] == ["a", "b"]


def test_the_shipped_topics_are_without_mistakes():
    assert "russia-north-korea" in [topic.id for topic in list_topics(ROOT / "topics")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ':1:1: no words to look for; write any = ["word", "another"]'),
        ('titel = "x"\nany = ["a"]', ":1:1: unknown key `titel`; did you mean title? known are any, exclude"),
        ('any = ["ab"]\n\n  exclud = []', ":3:3: unknown key `exclud`; did you mean exclude?"),
        ('any = "kimchi"', ':1:7: `any` is no list; write any = ["kimchi"]'),
        ("any = []", ":1:7: `any` is an empty list; add a word"),
        ("any = 5", ":1:7: `any` is no list"),
        ('any = [\n  "ab",\n  7,\n]', ":3:3: item 2 of `any` is no text; put it between quotes"),
        ('any = ["ab", " "]', ":1:14: item 2 of `any` is empty"),
        ('any = ["ab",\n "c*d"]', ":2:2: `*` out of place"),
        ('any = ["ab", "#"]', ":1:14: "),
        ("title = 3\nany = ['a']", ":1:9: `title` is no text"),
        ("title = ''\nany = ['a']", ":1:9: `title` is empty"),
        ('any = ["a"]\n[terms.b]\nen = ["c"]', ":1:1: `any` beside [terms.…]"),
        ('terms = "x"', ":1:1: `terms` is no group"),
        ("[terms]", ":1:1: `terms` has no group"),
        ('[terms]\na = ["b"]', ":2:1: `a` is no group of words; write a heading [terms.a]"),
        ("[terms.a]", ":1:1: the group `a` is empty"),
        ('[terms.a]\njp = ["ロシア"]', ":2:1: `jp` is no language code; did you mean ja"),
        ('[terms.a]\nenglish = ["b"]', ":2:1: `english` is no language code; write an ISO 639 code"),
        ("[terms.a]\nen = []", ":2:6: `en` is an empty list"),
        ('[terms."a b"]\nen = ["b"]', ":1:1: `a b` cannot name a group"),
        ('[terms.and]\nen = ["b"]', ":1:1: `and` cannot name a group"),
        ('query = "a AND c"\n[terms.a]\nen = ["b"]', ":1:16: unknown word `c`"),
        ('query = "russa"\n[terms.russia]\nen=["b"]', ":1:10: unknown word `russa`; did you mean russia?"),
        ('query = "(a AND b"\n[terms.a]\nen=["b"]\n[terms.b]\nen=["b"]', ":1:10: a `(` that is never closed"),
        ('query = "a AND b OR a"\n[terms]\na.en=["b"]\nb.en=["b"]', ":1:18: AND and OR side by side"),
        ('query = "a NEAR a"\n[terms.a]\nen=["b"]', ":1:12: `NEAR` does not say how near; write NEAR/10"),
        ('query = "NOT a"\n[terms.a]\nen=["b"]', ":1:10: this holds on a page with none of the words"),
        ("query = '''\n(a OR\n  \"x*y\")'''\n[terms.a]\nen=['b']", ":3:3: `*` out of place"),
        ('query = "\\"\\u00e9\\" AND c"\n[terms.a]\nen=["b"]', ":1:25: unknown word `c`"),
        ('any = ["a"]\nweights = 3', ":2:1: `weights` is no table; write weights = { title"),
        ('any = ["a"]\nweights = { titel = 3 }', ":2:13: unknown key `titel`; did you mean title?"),
        ('any = ["a"]\nweights = { title = 0 }', ":2:21: `title` is no weight; write a number from 0.1"),
        (f"any = ['{'a' * 201}']", ':1:8: "aaa'),
        (f"any = [{'0,' * 3}]", ":1:8: item 1 of `any` is no text"),
        ("any = [" + ", ".join(f"'w{n}'" for n in range(20_001)) + "]", ":1:1: 20001 terms; a topic has at most 20000"),
        ("#" * (1 << 20) + "\nany = ['a']", ": is larger than 1048 kB"),
        ('query = ["a"]\n[terms.a]\nen=["b"]', ":1:9: `query` is no text"),
        ('exclude = "x"\nany=["a"]', ':1:11: `exclude` is no list; write exclude = ["x"]'),
        ('exclude = ["a", "**"]\nany=["a"]', ":1:17: "),
        ('any = ["a"', ":1:11: unclosed array; close the list"),
        ('any = ["a\n]', ":1:10: illegal character"),
        ("any = [kimchi]", ":1:8: invalid value; put text between quotes"),
        ("any [", ":1:5: expected '='"),
        ('any = ["a"]\nany = ["b"]', ":2:"),
        ('any = ["a" "b"]', ":1:12: unclosed array; close the list with `]`, and put a comma"),
        (b"\xef\xbb\xbfany = ['a']", ":1:1: begins with a byte order mark"),
        (b"any = ['a',\n'\xff']", ":2:2: is not UTF-8 here; save it as UTF-8"),
        ("any = " + "[" * 5000, ": brackets nested too deep"),
        ("[[terms.a]]\nen = ['b']", ":1:1: `a` is no group of words"),
        ("terms.a.en = ['x', 5]", ":1:20: item 2 of `en` is no text"),
        ("terms = {a = {xx = ['y']}}", ":1:15: `xx` is no language code"),
    ],
)
def test_a_mistake_in_a_topic_is_one_sentence_with_its_place_and_the_fix(tmp_path, text, says):
    file = write(tmp_path, "t.toml", text)
    message = mistake(read_topic, file)
    assert message.startswith(f"{file}{says}"), message
    assert ";" in message


def test_strings_of_every_kind_and_remarks_do_not_hide_a_place(tmp_path):
    text = '# any = 1\ntitle = """a\nb = [\'\n\\"""" """\n\'any\' = [\'x#\', # "]\n  "y\\"]",\n  "", ]\n'
    assert ":7:3: item 3 of `any` is empty" in mistake(
        read_topic, write(tmp_path, "t.toml", text.replace(' """\n', "\n"))
    )


def test_an_unknown_topic_is_named_with_the_nearest_and_those_that_exist(tmp_path):
    write(tmp_path, "kimchi.toml", 'any = ["a"]')
    write(tmp_path, "local/tea.toml", 'any = ["a"]')
    assert mistake(load_topic, "kimchee", tmp_path).endswith(
        "no topic `kimchee`; did you mean kimchi? there are kimchi, tea"
    )
    assert "there are kimchi, tea" in mistake(load_topic, "../kimchi", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "there are none" in mistake(load_topic, "x", tmp_path / "empty")


@pytest.mark.parametrize(("read", "setting"), [(topic_files, "TOPICS_DIR"), (list_sources, "SOURCES_DIR")])
def test_a_folder_that_is_none_or_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path, read, setting, monkeypatch):
    assert mistake(read, tmp_path / "gone").endswith(f"gone: cannot be read (No such file or directory); "
                                                     f"give the folder in {setting}")  # fmt: skip
    (tmp_path / "file").touch()
    assert f"(Not a directory); give the folder in {setting}" in mistake(read, tmp_path / "file")
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "local").touch()
    assert "local: cannot be read (Not a directory); give the folder in" in mistake(read, tmp_path / "closed")
    (tmp_path / "empty").mkdir()
    assert not read(tmp_path / "empty")

    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", denied)  # root may read everything
    assert "(Permission denied)" in mistake(read, tmp_path / "empty")


@pytest.mark.parametrize("text", [r'title = "\u001b[31m"', r'any = ["fine", "\u0000"]', r'exclude = ["\u009b2J"]'])
def test_control_characters_are_no_text_in_a_file_and_the_message_has_none(tmp_path, text):
    said = mistake(read_topic, write(tmp_path, "a.toml", text + ("" if "any" in text else '\nany = ["a"]')))
    assert "is no text; take it out" in said and said.isprintable()


def test_a_title_of_several_lines_is_one(tmp_path):
    assert read_topic(write(tmp_path, "a.toml", 'title = "a\\n  b"\nany = ["a"]')).title == "a b"


def test_a_file_whose_name_is_no_id_says_the_rule(tmp_path):
    assert "rename the file: an id has small Latin letters" in mistake(
        read_topic, write(tmp_path, "My Topic.toml", 'any=["a"]')
    )


def test_a_topic_that_is_no_file_is_a_config_error(tmp_path):
    (tmp_path / "dir.toml").mkdir()
    assert "cannot be read" in mistake(load_topic, "dir", tmp_path)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_bytes_are_a_topic_or_a_config_error(tmp_path_factory, text):
    file = write(
        tmp_path_factory.getbasetemp(),
        "fuzz.toml",
        text if isinstance(text, bytes) else text.encode("utf-8", "replace"),
    )
    for read in (read_topic, read_sources):
        try:
            read(file)
        except ConfigError as error:
            assert str(file) in str(error)


# --- sources


def test_a_source_can_be_one_line(tmp_path):
    file = write(tmp_path, "y.toml", 'site = "https://en.yna.co.kr"')
    assert read_sources(file) == [Source("yna.co.kr", "https://en.yna.co.kr", file=file)]


def test_a_source_in_full(tmp_path):
    file = write(
        tmp_path,
        "s.toml",
        '[[source]]\nid = "yonhap-en"\nname = "Yonhap"\nsite = "https://en.yna.co.kr/"\n'
        'language = "en"\ncountry = "kr"\n'
        'tags = ["agency"]\nfeeds = ["https://en.yna.co.kr/RSS/news.xml"]\nsitemaps = ["https://en.yna.co.kr/s.xml"]\n'
        'sections = ["https://en.yna.co.kr/northkorea"]\nenabled = false\n',
    )
    assert read_sources(file) == [
        Source(
            id="yonhap-en",
            name="Yonhap",
            site="https://en.yna.co.kr/",
            language="en",
            country="KR",
            tags=["agency"],
            feeds=["https://en.yna.co.kr/RSS/news.xml"],
            sitemaps=["https://en.yna.co.kr/s.xml"],
            sections=["https://en.yna.co.kr/northkorea"],
            enabled=False,
            file=file,
        )
    ]


@pytest.fixture
def folder(tmp_path):
    write(
        tmp_path,
        "a.toml",
        '[[source]]\nid="a"\nsite="https://a.example"\ntags=["agency"]\n[[source]]\nid="off"\nsite="https://off.example"\nenabled=false\ntags=["agency"]',
    )
    write(tmp_path, "b.toml", 'id="b"\nsite="https://b.example"\ntags=["paper"]')
    write(tmp_path, "local/c.toml", 'site="https://www.c.example"')
    write(tmp_path, "local/b.toml", 'id="b"\nsite="https://mine.example"\ntags=["agency"]')
    write(tmp_path, "elsewhere/x.toml", 'site="http://127.0.1.1:8196/"')
    return tmp_path


def ids(spec, folder):
    return [source.id for source in load_sources(spec, folder, folder / "elsewhere")]


def test_no_spec_means_all_enabled_ones(folder):
    assert ids(None, folder) == ["a", "b", "c.example"]


def test_a_local_source_wins_over_a_shipped_one_of_the_same_id(folder):
    assert {source.id: source.site for source in list_sources(folder)}["b"] == "https://mine.example"


def test_a_spec_takes_ids_files_tags_and_urls(folder):
    assert ids("b, a", folder) == ["b", "a"]
    assert ids("x.toml", folder) == ["127.0.1.1-8196"]
    assert ids(str(folder / "elsewhere/x.toml"), folder) == ["127.0.1.1-8196"]
    assert ids("tag:agency", folder) == ["a", "b"]
    assert ids("https://d.example/", folder) == ["d.example"]
    assert ids("a,tag:agency,x.toml,https://d.example/,a", folder) == ["a", "b", "127.0.1.1-8196", "d.example"]


def test_a_source_asked_for_by_its_id_need_not_be_enabled(folder):
    assert ids("off", folder) == ["off"]


def test_a_file_or_a_url_does_not_need_the_folder_of_sources(folder):
    write(folder, "broken.toml", "site = ")
    assert ids("x.toml,https://d.example", folder) == ["127.0.1.1-8196", "d.example"]
    mistake(ids, "a", folder)


def test_two_sites_of_one_domain_get_ids_of_their_own(folder):
    assert ids("https://en.yna.co.kr,https://ko.yna.co.kr,https://ko.yna.co.kr/japan/", folder) == [
        "yna.co.kr",
        "ko.yna.co.kr",
        "ko.yna.co.kr-japan",
    ]


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://www.example.co.uk/news", "example.co.uk"),
        ("http://127.0.1.1:8196/", "127.0.1.1-8196"),
        ("http://localhost:81", "localhost-81"),
        ("http://[::1]:8080/", "1-8080"),
        ("https://новости.рф/", "xn--b1amnebsh.xn--p1ai"),
    ],
)
def test_the_id_of_a_site_is_its_registered_domain_or_host(url, id):
    source = source_of_url(url)
    assert source.id == id
    assert (source.feeds, source.sitemaps, source.enabled) == ([], [], True)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("agancy", "there is no source `agancy`; "),
        ("of", "there is no source `of`; did you mean off? there are a, b, c.example, off"),
        (
            "d.example",
            "there is no source `d.example`; for a web site write https://d.example, or did you mean c.example?",
        ),
        ("tag:papers", "no enabled source has the tag `papers`; there are agency"),
        ("y.toml", "y.toml: there is no such file; did you mean x.toml? beside it are x.toml"),
        ("nowhere/y.toml", "nowhere/y.toml: there is no such file; beside it are none"),
        ("ftp://a.example", '"ftp://a.example" is no http(s) URL'),
        ("https://", '"https://" is no http(s) URL'),
        ("https://a b/", '"https://a b/" is no http(s) URL'),
        ("http://[::1/", "is no URL"),
        (",", "sources= is empty; give ids"),
    ],
)
def test_a_spec_that_means_nothing_is_one_sentence(folder, spec, says):
    assert says in mistake(ids, spec, folder)


def test_a_folder_without_sources_says_what_to_do(tmp_path):
    assert 'no source is enabled; add a file with a line such as site = "https://…"' in mistake(ids, None, tmp_path)


def test_one_id_at_two_places_is_refused(tmp_path):
    write(tmp_path, "a.toml", '[[source]]\nsite="https://x.example"\n\n[[source]]\nsite="https://x.example/2"')
    assert "a.toml:5:1: the id `x.example` is also at" in mistake(ids, None, tmp_path)
    write(tmp_path, "a.toml", 'id="x"\nsite="https://x.example"')
    write(tmp_path, "b.toml", 'site="https://y.example"\nid="x"')
    message = mistake(ids, None, tmp_path)
    assert "b.toml:2:1: the id `x` is also at" in message
    assert "a.toml:1; give this one another id" in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1:1: a source without `site`; add site ="),
        ('[[source]]\nid = "a"', ":1:1: a source without `site`"),
        ('[[source]]\nsite="https://a.example"\n[[source]]\nid = "b"', ":3:1: a source without `site`"),
        ('sites = "https://a.example"', ":1:1: unknown key `sites`; did you mean site?"),
        ('[[source]]\nsite="https://a.example"\nfeed = []', ":3:1: unknown key `feed`; did you mean feeds?"),
        ('[[sources]]\nsite="https://a.example"', ":1:1: unknown key `sources`"),
        ('[source]\nsite="https://a.example"', ":1:1: `source` is no list of sources; write [[source]]"),
        ('site="https://a.example"\n[[source]]\nsite="https://b.example"', ":1:1: `site` outside of a source"),
        ('x = 1\n[[source]]\nsite="https://b.example"', ":1:1: unknown key `x`"),
        ('site = "a.example"', ':1:8: "a.example" is no http(s) URL; write https://a.example'),
        ('site = "ftp://a.example"', ':1:8: "ftp://a.example" is no http(s) URL'),
        ("site = 5", ":1:8: `site` is no text"),
        ('site = "https://a.example"\nfeeds = "https://a.example/rss"', ":2:9: `feeds` is no list; write feeds = ["),
        ('site = "https://a.example"\nfeeds = [\n  "/rss",\n]', ':3:3: "/rss" is no http(s) URL'),
        ('site = "https://a.example"\nsitemaps = ["https://a.example/s", ""]', ":2:36: item 2 of `sitemaps` is empty"),
        ('site = "https://a.example"\nsections = ["javascript:x"]', ":2:13: "),
        ('site = "https://a.example"\ntags = [1]', ":2:9: item 1 of `tags` is no text"),
        ('site = "https://a.example"\ncountry = "UK"', ':2:11: "UK" is no country code; did you mean GB?'),
        ('site = "https://a.example"\ncountry = "Korea"', ":2:11: "),
        ('site = "https://a.example"\nlanguage = "cn"', ':2:12: "cn" is no language code; did you mean zh?'),
        ('site = "https://a.example"\nlanguage = "English"', ":2:12: "),
        ('site = "https://a.example"\nenabled = "yes"', ":2:11: `enabled` is neither true nor false"),
        ('site = "https://a.example"\nid = "A b"', ':2:6: "A b" is no id; use small Latin letters'),
        ('site = "https://a.example"\nname = ""', ":2:8: `name` is empty"),
        ('site = "https://a.example\n', ":1:26: illegal character"),
    ],
)
def test_a_mistake_in_a_source_is_one_sentence_with_its_place_and_the_fix(tmp_path, text, says):
    file = write(tmp_path, "s.toml", text)
    message = mistake(read_sources, file)
    assert message.startswith(f"{file}{says}"), message
    assert ";" in message


def test_paths_below_the_current_folder_are_shown_short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "topics/t.toml", "x = 1")
    assert mistake(load_topic, "t", tmp_path / "topics").startswith("topics/t.toml:1:1: ")


def test_the_examples_of_the_manual_are_topics(tmp_path):
    examples = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8").split("```toml\n")[1:]
    assert len(examples) == 2
    for example in examples:
        assert read_topic(write(tmp_path, "t.toml", example.split("```")[0])).groups
