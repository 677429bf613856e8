"""`scrapy search` and reader.search: what is found, how mistakes are told, and that the index is always right."""

import errno
import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newslib.store import Archive
from reader import index as index_module
from reader.errors import QueryError, ReaderError, SearchIndexError
from reader.filters import Filters
from reader.query import parse
from reader.search import Search
from reader.words import indexed
from tests.crawling import ROOT, scrapy
from tests.reading import TOPIC, demo_archive, put, record

MORE = {  # further scripts, each a text of its own
    "th": "รัสเซียและเกาหลีเหนือลงนามในข้อตกลงทางรถไฟ\n\nรถไฟจะวิ่งทุกวันอังคาร",
    "hi": "रूसी राष्ट्रपति ने उत्तर कोरिया की यात्रा की।\n\nयात्रा दो दिन चली",
    "el": "Η Ρωσία και η Βόρεια Κορέα υπέγραψαν συμφωνία\n\nΗ Μόσχα δεν σχολίασε",
    "he": "רוסיה וצפון קוריאה חתמו על הסכם\n\nהרכבת תצא בכל שבוע",
    "tr": "Rusya ile Kuzey Kore'nin İstanbul toplantısı\n\nIğdır’daki köprü açıldı",
    "vi": "Nga và Triều Tiên ký thỏa thuận đường sắt\n\nChuyến tàu đầu tiên rời ga",
    "my": "ရုရှားနှင့် မြောက်ကိုရီးယားတို့ သဘောတူညီချက်",
}
WORDS = re.split(
    r"\s+",
    """Tumen Russian Vladivostok ferry honey   pont frontière Chongjin deux   Grenze Hanf zwei Bahnhof
Corea merluza ruso   который России Раджин тариф Туманной   الصوت المدينة الأطفال أشهر
북한 러시아 철새 학자 대표단   朝鲜 俄罗斯 番茄 渔船 温室   北朝鮮 列車 モスクワ 灯台 韓国
รัสเซีย รถไฟ อังคาร   रूसी कोरिया यात्रा   Ρωσία Μόσχα   רוסיה קוריאה הרכבת   Rusya İstanbul Iğdır   Nga thỏa ga   ရုရှား""",
)
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    path = demo_archive(tmp_path_factory.mktemp("search") / "archive")
    with Archive(path, write=True) as archive:
        for code, text in MORE.items():
            put(archive, record(f"https://{code}.example/1", language=code, title="…"), text)
    return path


@pytest.fixture
def small(tmp_path):
    """Three articles, as a path."""
    with Archive(tmp_path / "small", write=True) as archive:
        put(
            archive,
            record(
                "https://www.one.example/a", title="Kim meets Putin", source="one", language="en-GB", country="GB",
                published="2025-11-01T08:00:00Z", day="2025-11-01", authors=["Ada Sato"], topics=[TOPIC],
            ),
            "A summit about railways and bridges was held in the east.\n\nNobody spoke of fish.",
        )  # fmt: skip
        put(
            archive,
            record(
                "https://two.example/b", title="Fish", source="two", language="en", domain="two.example",
                published="2025-11-02T08:00:00Z", day="2025-11-02",
            ),
            "Putin ate fish. The bridges and railways were closed for the summit.",
        )  # fmt: skip
        put(archive, record("https://three.example/c", title="Kim", language="ru", day="2025-10-30"), "Ким и рыба.")
    return tmp_path / "small"


def found(path, query, **options):
    """URLs of the hits, without the scheme."""
    filters = Filters(**{k: options.pop(k) for k in list(options) if k in Filters.__slots__})
    with Archive(path) as archive, Search(archive) as search:
        return [hit.article.url.split("//")[1] for hit in search(query, filters, **({"limit": 100} | options)).hits]


# --- what is found


def holds(word, article):
    text = f"{article.title}\n{article.description or ''}\n{article.full_text}"
    if UNSPACED.search(word):
        return word in text
    return word.casefold() in {w.casefold() for w in re.findall(r"[^\s.,;:!?()«»“”\"'’।·…،؛؟-]+", text)}


@pytest.mark.parametrize("sort", ["newest", "best"])
def test_words_of_sixteen_languages_find_exactly_the_articles_that_hold_them(newsroom, sort):
    with Archive(newsroom) as archive, Search(archive) as search:
        articles = list(archive.articles(latest=True))
        assert len({a.language for a in articles}) == 16
        missing = []
        for word in WORDS:
            expected = {a.id for a in articles if holds(word, a)}
            assert expected, f"{word} stands in no article: a useless test"
            hits = search(word, sort=sort, limit=200)
            if {hit.article.id for hit in hits.hits} != expected or hits.total != len(expected):
                missing.append(word)
        assert not missing


def test_every_piece_of_an_unspaced_text_finds_it(newsroom):
    with Archive(newsroom) as archive, Search(archive) as search:
        articles = [a for a in archive.articles(latest=True) if a.language in ("zh", "ja", "ko", "th")]
        runs = [(a.id, run) for a in articles for run in re.findall(r"[\u3400-\u9fff\uac00-\ud7a3]{2,}", a.full_text)]

        @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.data())
        def check(data):
            id, run = data.draw(st.sampled_from(runs))
            start = data.draw(st.integers(0, len(run) - 1))
            piece = run[start : start + data.draw(st.integers(1, 9))]
            assert id in {hit.article.id for hit in search(piece, limit=200).hits}

        check()


@given(st.text(max_size=60))
def test_what_is_indexed_of_any_text_is_words_and_the_same_for_its_other_unicode_forms(text):
    import unicodedata

    for word in indexed(text).split():
        assert all(unicodedata.category(c)[0] in "LNM" for c in word)
    plain = re.sub("[^a-zÀ-ɏ가-힣一-鿿 ]", "", text)
    assert indexed(plain) == indexed(unicodedata.normalize("NFD", plain)) == indexed(plain.upper().lower())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fish", ["two.example/b", "www.one.example/a"]),
        ("FISH", ["two.example/b", "www.one.example/a"]),
        ("fish summit", ["two.example/b", "www.one.example/a"]),
        ("fish AND kim", ["www.one.example/a"]),
        ("kim OR fish", ["two.example/b", "www.one.example/a", "three.example/c"]),
        ("kim -fish", ["three.example/c"]),
        ("kim NOT fish", ["three.example/c"]),
        ("+kim +putin", ["www.one.example/a"]),
        ("-kim", ["two.example/b"]),
        ("-(kim fish)", ["two.example/b", "three.example/c"]),
        ("(kim OR putin) summit -title:fish", ["www.one.example/a"]),
        ('"railways and bridges"', ["www.one.example/a"]),
        ("“bridges and railways”", ["two.example/b"]),
        ('"Kim meets" OR рыба', ["www.one.example/a", "three.example/c"]),
        ("title:fish", ["two.example/b"]),
        ("title:(kim putin)", ["www.one.example/a"]),
        ("author:sato", ["www.one.example/a"]),
        ('author:"ada sato"', ["www.one.example/a"]),
        ("site:two.example", ["two.example/b"]),
        ("site:TWO", ["two.example/b"]),
        ("site:www.one.example OR site:three.example", ["www.one.example/a", "three.example/c"]),
        ("bridg*", ["two.example/b", "www.one.example/a"]),
        ("bridg", []),
        ('"held in the e"', []),
        ("*", ["two.example/b", "www.one.example/a", "three.example/c"]),
        ("ры*", ["three.example/c"]),
        ("fish or kim", []),
        ('"fish.. the bridges"', ["two.example/b"]),
        ("putin's", []),
    ],
)
def test_the_query_language(small, query, expected):
    assert found(small, query) == expected
    assert sorted(found(small, query, sort="best")) == sorted(expected)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"topic": "russia-north-korea"}, ["www.one.example/a"]),
        ({"language": "en"}, ["two.example/b", "www.one.example/a"]),
        ({"language": "EN-gb"}, ["www.one.example/a"]),
        ({"site": "Two"}, ["two.example/b"]),
        ({"site": "one.example"}, ["www.one.example/a"]),
        ({"since": "2025-11-01"}, ["two.example/b", "www.one.example/a"]),
        ({"since": "2025-11-01T08:00:01Z"}, ["two.example/b"]),
        ({"until": "2025-11-01"}, ["www.one.example/a", "three.example/c"]),
        ({"until": "2025-10"}, ["three.example/c"]),
        ({"since": "2025-10-30", "until": "2025-10-30"}, ["three.example/c"]),
        ({"since": "2026"}, []),
    ],
)
def test_filters_mean_the_same_as_for_the_archive(small, filters, expected):
    assert found(small, "*", **filters) == expected
    with Archive(small) as archive:
        rest = {k: v for k, v in filters.items() if k != "site"}
        assert {a.url for a in archive.articles(**rest)} >= {f"https://{each}" for each in expected}


def test_the_best_come_first_when_they_are_asked_for(small):
    assert found(small, "fish OR putin", sort="newest")[0] == "two.example/b"
    assert found(small, "putin", sort="best")[0] == "www.one.example/a"  # it stands in the title


def test_facets_count_all_hits_and_the_limit_only_what_is_shown(small):
    with Archive(small) as archive, Search(archive) as search:
        result = search("*", limit=1, facets=True)
    assert (result.total, len(result.hits)) == (3, 1)
    assert result.facets == {
        "language": {"en": 1, "en-GB": 1, "ru": 1},
        "site": {"example": 1, "one": 1, "two": 1},
        "month": {"2025-11": 2, "2025-10": 1},
    }


@pytest.mark.parametrize(
    ("query", "marked"),
    [("fish", ["fish"]), ("railways bridges", ["railways", "bridges"]), ('"Nobody  spoke"', ["Nobody spoke"]),
     ("bri*", ["bridges"]), ("*", []), ("-putin", []), ("title:meets summit", ["summit"])],
)  # fmt: skip
def test_the_words_are_marked_where_they_stand(small, query, marked):
    with Archive(small) as archive, Search(archive) as search:
        hits = {hit.article.url: hit for hit in search(query).hits}
    hit = hits.get("https://www.one.example/a") or hits["https://three.example/c"]
    assert [piece for piece, is_marked in hit.snippet if is_marked] == marked
    assert "".join(piece for piece, _ in hit.title) == hit.article.title


def test_a_snippet_of_a_long_text_shows_where_the_most_words_stand(tmp_path):
    filler = "\n\n".join(f"Paragraph {n} says little, but it says it at some length, as they do." for n in range(80))
    with Archive(tmp_path / "a", write=True) as archive:
        put(
            archive,
            record("https://x.example/1"),
            f"An eagle.\n\n{filler}\n\nHere the eagle met 김정은의 owl.\n\n{filler}!",
        )
    with Archive(tmp_path / "a") as archive, Search(archive) as search:
        snippet = search("eagle owl 정은").hits[0].snippet
    assert [p for p, m in snippet if m] == ["eagle", "정은", "owl"]
    assert snippet[0] == ("…", False) == snippet[-1] and sum(len(p) for p, _ in snippet) < 260


# --- mistakes


@pytest.mark.parametrize(
    ("query", "column", "hint"),
    [
        ("", 1, "say what to look for"),
        ("   ", 1, "say what to look for"),
        ('kim "jong un', 5, "never closed"),
        ("(kim OR putin", 1, "never closed"),
        ("kim)", 4, "closes nothing"),
        ("kim AND", 5, "AND needs a word"),
        ("OR kim", 1, "OR needs a word"),
        ("kim OR OR putin", 5, "OR needs a word"),
        ("kim AND AND putin", 9, "AND needs a word"),
        ("kim NOT", 5, "needs a word behind"),
        ("()", 2, "nothing stands in"),
        ("kim tilte:x", 5, "did you mean title:?"),
        ("see https://x.example", 5, "goes in quotes"),
        ("title:", 1, "needs a word behind"),
        ("site:one*", 6, "whole name"),
        ("*ism", 1, "cannot begin with"),
        ("kim^2", 4, "leave it out"),
        ('"a b"~3', 6, "leave it out"),
        ("!!!", 1, "no letter or digit"),
        ("kim - putin", 5, "no letter or digit"),
        ("(" * 60 + "x" + ")" * 60, 51, "more than 50"),
        ("-" * 400 + "x", 51, "more than 50"),
        ("x" * 3000, 2001, "are the most"),
    ],
)
def test_a_mistaken_query_gets_one_sentence_that_points_at_it(query, column, hint):
    with pytest.raises(QueryError, match=f"column {column}: ") as caught:
        parse(query)
    assert hint in str(caught.value) and caught.value.column == column and "\n" not in str(caught.value)


@settings(max_examples=400)
@given(st.text(alphabet='ab *"()+-:^~“” 金ก.ANDORNOTtitle', max_size=30))
def test_any_query_is_read_or_refused_at_a_column(query):
    try:
        parse(query)
    except QueryError as error:
        assert 1 <= error.column <= len(query) + 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(alphabet='ab *"()-:金ก한 fishKim', max_size=20))
def test_any_query_that_is_read_can_be_searched(newsroom, query):
    with Archive(newsroom) as archive, Search(archive) as search, suppress(QueryError):
        search(query, limit=2, facets=True)


def test_wrong_options_are_refused(small):
    with Archive(small) as archive, Search(archive) as search:
        for wrong in ({"sort": "oldest"}, {"limit": -1}, {"filters": Filters(since="tomorrow")}):
            with pytest.raises(ReaderError):
                search("kim", **wrong)


# --- the index follows the archive


def test_what_is_committed_later_is_found_also_by_a_search_that_is_open(small):
    with Archive(small) as archive, Search(archive) as search:
        assert search("owl").total == 0
        with Archive(small, write=True) as writer:
            put(writer, record("https://two.example/d"), "An owl was seen.")
        assert search("owl").total == 1


def test_the_newest_version_of_an_article_is_searched_alone(small):
    assert found(small, "held") == ["www.one.example/a"]
    with Archive(small, write=True) as archive:
        put(archive, record("https://www.one.example/a", title="Kim meets Putin"), "The summit was put off.")
    assert found(small, "held") == [] and found(small, "summit off") == ["www.one.example/a"]
    assert len(found(small, "*")) == 3


def said_by(path, query="*"):
    lines = []
    with Archive(path) as archive, Search(archive, lines.append) as search:
        return search(query).total, lines


def index_files(path):
    return sorted(p for p in (path / "search").iterdir() if re.fullmatch(r"[0-9a-f]{32}\..*", p.name))


def truncate(path):
    file = next(f for f in index_files(path) if f.suffix == ".term")
    file.write_bytes(file.read_bytes()[:-30])


def scramble(path):
    for file in index_files(path):
        file.write_bytes(bytes(reversed(file.read_bytes())))


def newer(path):
    state = path / "search" / "state.json"
    state.write_text(state.read_text().replace(index_module.FORMAT, "99, index_format v99"))


@pytest.mark.parametrize(
    "harm",
    [
        truncate,
        scramble,
        newer,
        lambda path: index_files(path)[0].unlink(),
        lambda path: (path / "search" / "meta.json").write_bytes(b"{"),
        lambda path: (path / "search" / "meta.json").unlink(),
        lambda path: (path / "search" / "state.json").write_bytes(b"[]"),
        lambda path: (path / "search" / "state.json").write_bytes(b"\xff\x00"),
        lambda path: (path / "search" / "state.json").unlink(),
    ],
    ids=["truncated", "scrambled", "newer", "file gone", "meta cut", "meta gone", "state wrong", "state junk", "no state"],
)  # fmt: skip
def test_an_index_that_is_not_right_is_made_anew_and_that_is_said(small, harm):
    assert said_by(small)[0] == 3
    harm(small)
    total, lines = said_by(small)
    assert total == 3
    assert len(lines) == 1 and lines[0].startswith("the search index is made from the archive: ")
    assert said_by(small) == (3, [])


def test_the_index_of_another_archive_is_not_believed(small, tmp_path):
    import shutil

    with Archive(tmp_path / "other", write=True) as archive:
        for n in range(3):
            put(archive, record(f"https://other.example/{n}"), f"Badger number {n}.")
    said_by(tmp_path / "other")
    shutil.copytree(tmp_path / "other" / "search", small / "search")
    total, lines = said_by(small, "badger")
    assert total == 0 and "not the one" in lines[0]


def test_a_crash_between_index_and_state_does_no_harm(small):
    said_by(small)
    before = (small / "search" / "state.json").read_bytes()
    with Archive(small, write=True) as archive:
        put(archive, record("https://two.example/d"), "An owl was seen.")
    said_by(small)
    (small / "search" / "state.json").write_bytes(before)
    assert said_by(small, "owl")[0] == 1 and said_by(small)[0] == 4


def test_the_index_can_be_deleted_and_made_anew(small):
    import shutil

    said_by(small)
    shutil.rmtree(small / "search")
    assert said_by(small)[0] == 3
    with Archive(small) as archive, Search(archive, rebuild=True) as search:
        assert search("*").total == 3


@pytest.mark.parametrize("had_one", [True, False])
def test_an_archive_on_a_disk_that_cannot_be_written_is_searched_all_the_same(small, monkeypatch, had_one):
    if had_one:
        said_by(small)
    with Archive(small, write=True) as archive:
        put(archive, record("https://two.example/d"), "An owl was seen.")
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (small / "search").rglob("*"))

    def refuse(self, *args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        total, lines = said_by(small, "owl")
    assert total == 1 and "cannot be written (Read-only file system)" in lines[0]
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (small / "search").rglob("*")) == before


def test_a_full_disk_is_told_as_such(small, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(index_module.disk, "write_whole", full)
    with pytest.raises(SearchIndexError, match="No space left") as caught:
        said_by(small)
    assert caught.value.exit_code == 74 and str(small) in str(caught.value)


def test_searches_that_start_at_once_are_all_right(small):
    code = (
        "import sys\nfrom newslib import Archive\nfrom reader.search import Search\n"
        f"with Archive({str(small)!r}) as a, Search(a) as s: print(s('*').total)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == ["3"] * 4


# --- the verb


def run(path, *arguments):
    return scrapy("search", *arguments, "-s", f"ARCHIVE_DIR={path}")


def test_the_verb_prints_hits_on_stdout_and_how_many_on_stderr(small):
    done = run(small, "summit")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "2 articles found\n"
    assert done.stdout.splitlines()[:4] == [
        "Fish",
        "  2025-11-02 08:00  two  en  " + done.stdout.split()[5],
        "  Putin ate fish. The bridges and railways were closed for the summit.",
        "  https://two.example/b",
    ]
    assert "\x1b" not in done.stdout


def test_the_verb_prints_json(small):
    done = run(small, "summit", "--json", "--facets", "--limit", "1", "--sort", "best", "--language", "en")
    answer = json.loads(done.stdout)
    assert answer["total"] == 2 and len(answer["hits"]) == 1 and answer["facets"]["language"] == {"en": 1, "en-GB": 1}
    hit = answer["hits"][0]
    assert {"id", "url", "title", "language", "published", "topics", "snippet"} <= set(hit)
    (start, end), *_ = hit["snippet"]["marks"]
    assert hit["snippet"]["text"][start:end] == "summit"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["kim AND"], "query, column 5"),
        (["kim", "--since", "tomorrow"], "tomorrow"),
        (["kim", "--since", "2025-11-02", "--until", "2025-11-01"], "later than"),
        (["kim", "--limit", "-3"], "limit"),
        (["kim", "--sort", "worst"], "worst"),
        (["-kim"], "--"),
        ([], "QUERY"),
    ],
)
def test_mistakes_on_the_command_line_are_one_sentence_and_exit_2(small, arguments, words):
    done = run(small, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and words in done.stderr, done.stderr


def test_a_query_may_begin_with_a_dash_behind_two_dashes(small):
    assert scrapy("search", "-s", f"ARCHIVE_DIR={small}", "--", "-kim").stderr == "1 article found\n"


def test_a_folder_without_an_archive_is_refused(tmp_path):
    done = run(tmp_path / "nothing", "kim")
    assert done.returncode == 2 and "holds no archive" in done.stderr


# --- takedowns, later verdicts, bits that flip


def test_what_is_taken_down_is_gone_from_the_index_to_the_last_byte(small):
    from newslib.store import remove

    with Archive(small, write=True) as archive:
        put(archive, record("https://two.example/secret", title="Unique"), "The word zyxwvut stands here alone.")
    assert said_by(small, "zyxwvut")[0] == 1
    remove(small, "https://two.example/secret", "asked for")
    for again in (False, True):  # at once, and after the next search
        assert not again or said_by(small, "zyxwvut")[0] == 0
        for file in (small / "search").iterdir():
            assert b"zyxwvut" not in file.read_bytes()
    assert said_by(small)[0] == 3


def test_topics_are_filtered_as_they_are_judged_now(small):
    from newslib.store.verdicts import Verdict

    assert len(found(small, "*", topic="russia-north-korea")) == 1
    with Archive(small, write=True) as archive:
        ids = {a.url: a.id for a in archive.articles()}
        gone = Verdict(ids["https://www.one.example/a"], "russia-north-korea", "v2", None)
        new = Verdict(ids["https://two.example/b"], "russia-north-korea", "v2", {**TOPIC, "version": "v2"})
        archive.judge([gone, new]).result(10)
    assert found(small, "*", topic="russia-north-korea") == ["two.example/b"]
    assert len(found(small, "*")) == 3


def test_flipped_bits_never_end_a_search_in_a_crash(small):
    import random

    anew = 0
    for seed in range(10):
        chance = random.Random(seed)
        with Archive(small) as archive, Search(archive, rebuild=True):
            pass
        file = chance.choice(index_files(small))
        data = bytearray(file.read_bytes())
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(bytes(data))
        lines = []
        with Archive(small) as archive, Search(archive, lines.append) as search:
            for query in ("fish", '"railways and bridges"', "ki*", "title:fish", "*"):
                search(query, facets=True, sort=chance.choice(["best", "newest"]))
        anew += bool(lines)
    assert anew >= 2


def test_on_a_terminal_the_words_are_bold_and_nothing_else_is_a_control_sequence(small):
    from crawler.commands.search import _lines

    with Archive(small, write=True) as archive:
        put(
            archive,
            record("https://x.example/1", title="\x1b[31mA \x9b1m wolf\u202e came"),
            "A wolf \x1b]0;x\x07 came.",
        )
    with Archive(small) as archive, Search(archive) as search:
        (hit,) = search("wolf").hits
    shown = "\n".join(_lines(hit, bold=True))
    assert shown.count("\x1b[1mwolf\x1b[22m") == 2
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown.replace("\x1b[1m", "").replace("\x1b[22m", "")
    )
    assert "\x1b" not in "\n".join(_lines(hit, bold=False))
