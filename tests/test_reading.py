"""The Python reader: `from newslib import Archive`, its filters, its errors, and reading while a crawl writes."""

import json
import subprocess
import sys

import pytest

from newslib import Archive
from newslib.article import Article
from newslib.store import ArchiveDamaged, ArchiveError, ArchiveMissing, remove
from tests.crawling import ROOT
from tests.storing import article, page, paragraph, store, url


@pytest.fixture
def folder(tmp_path):
    with Archive(tmp_path / "archive", write=True) as archive:
        store(archive, url(1), [paragraph("one")], language="en-GB", published="2025-10-01T23:30:00Z")
        store(archive, url(2), [paragraph("two"), "x"], language="zh-Hant", day="2025-10-02")
        store(archive, url(2), [paragraph("two"), paragraph("two and a half")], language="zh-Hant", day="2025-10-02")
    return tmp_path / "archive"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 2]), ({"latest": True}, [1, 2]), ({"language": "en"}, [1]), ({"language": "EN-gb"}, [1]),
        ({"language": "zh"}, [2, 2]), ({"language": "zh-Hans"}, []), ({"since": "2025-10-02"}, [2, 2]), ({"until": "2025-10-01"}, [1]),
        ({"until": "2025-10"}, [1, 2, 2]), ({"since": "2025-10-02T01:00:00+02:00"}, [1, 2, 2]),
        ({"since": "2025-10-01T23:31:00"}, [2, 2]), ({"since": "2025-10-01", "until": "2025-10-01T23:30:00Z"}, [1]),
        ({"topic": "nobody"}, []), ({"since": "2026"}, []),
    ],
)  # fmt: skip
def test_filters(folder, wanted, found):
    with Archive(folder) as archive:
        assert [int(a.url.rpartition("/")[2]) for a in archive.articles(**wanted)] == found


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "value", ["tomorrow", "7d", "2025-13-01", "2025-02-30", "01.10.2025", "2025-10-01T25:00:00Z", "20251001", "2025-1-1", 2025, "0000"]
)  # fmt: skip
def test_what_is_no_day_and_no_instant_is_refused_at_once_with_what_is_accepted(folder, name, value):
    with Archive(folder) as archive, pytest.raises(ValueError, match=rf"{name}=.* is not a day like '2025-10-01'"):
        archive.articles(**{name: value})


@pytest.mark.parametrize("value", ["English", "en_GB", "%", "e", "en-", "", 5])
def test_what_is_no_language_code_is_refused(folder, value):
    with Archive(folder) as archive, pytest.raises(ValueError, match="is no BCP 47 code"):
        archive.articles(language=value)


def test_a_window_that_ends_before_it_begins_is_refused(folder):
    with Archive(folder) as archive, pytest.raises(ValueError, match="is later than until"):
        archive.articles(since="2025-10-02", until="2025-10-01")


def test_full_text_and_page(folder):
    with Archive(folder) as archive:
        for record in archive.articles():
            assert record.full_text.startswith("This paragraph")
            assert archive.page(record).endswith(b"\r\n\r\n" + page(record.url).body)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "a line of JSON"), ("{", "a line of JSON"), ("[1]", "a JSON object is expected, this is list"), (b"\xff", "UTF-8"),
        ("null", "NoneType"), ('{"colour": 1}', "unknown fields: colour"), (None, "a line of JSON"),
        ('{"schema": 9, "colour": 1}', "its schema is 9, this program knows 1; update the program"),
    ],
)  # fmt: skip
def test_what_is_no_record_says_why(line, says):
    with pytest.raises(ValueError, match=r"no record: ") as caught:
        Article.from_json(line)
    assert says in str(caught.value)


def test_every_record_comes_back_from_its_line(folder):
    with Archive(folder) as archive:
        for record in archive.articles():
            assert Article.from_json(record.to_json()) == record


def test_a_broken_line_names_the_file(folder):
    (file,) = folder.glob("articles/**/*.jsonl")
    file.write_bytes(b"\0" + file.read_bytes()[1:])
    with Archive(folder) as archive:
        with pytest.raises(ArchiveDamaged, match=rf"{file.name}: what lies at byte 0 is no record"):
            list(archive.articles())
        with pytest.raises(ArchiveDamaged, match=file.name):
            archive.article(archive.latest(url(1)).id)


def test_a_file_that_is_gone_and_a_closed_archive_are_named(folder):
    with Archive(folder) as archive:
        rest = archive.articles()
        next(rest)
    with pytest.raises(ArchiveError, match="the archive was closed"):
        list(archive.articles())
    (file,) = folder.glob("articles/**/*.jsonl")
    file.unlink()
    with Archive(folder) as archive, pytest.raises(ArchiveError, match=file.name):
        list(archive.articles())


def test_a_folder_without_an_archive_is_named(tmp_path):
    with pytest.raises(ArchiveMissing, match=f"{tmp_path} holds no archive"):
        Archive(tmp_path)


WRITER = """
import sys
from tests.storing import *
with Archive(sys.argv[1], write=True) as archive:
    for n in range(100, 400):
        store(archive, url(n), [paragraph(n), paragraph(f"more of {n}"), paragraph("shared")])
"""


def test_what_a_reader_sees_while_a_crawl_writes_is_whole_and_never_less_than_before(folder):
    writing = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], cwd=ROOT)
    seen: list[str] = []
    with Archive(folder) as archive:
        while writing.poll() is None or len(seen) < 303:
            now = list(archive.articles())
            ids = [record.id for record in now]
            assert ids[: len(seen)] == seen, "what was there is there, in the same order"
            for record in now[len(seen) :]:
                assert json.loads(record.to_json())["full_sha256"] and archive.page(record) is not None
                assert all(archive.article(repeat["of"]["id"]) for repeat in record.repeats)
            seen = ids
            assert writing.poll() in (None, 0)
    assert len(seen) == 303 and writing.wait() == 0


def test_an_iteration_that_began_before_a_write_goes_on_through_it(folder):
    with Archive(folder) as reader, Archive(folder, write=True) as archive:
        going = reader.articles()
        next(going)
        for n in range(10, 15):
            store(archive, url(n), [paragraph(n)])
        assert len(list(going)) >= 2
        made = article(url(20))
        archive.admit(made, [paragraph("twenty")])
        archive.store(made, None, url=url(20)).result(10)
        assert reader.latest(url(20)) is not None


def test_what_is_removed_while_it_is_read_is_left_out_everywhere(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        for n in range(4):
            store(archive, url(n), [*(paragraph(f"shared {k}") for k in range(6)), paragraph(n)])
        archive.relate(100).result()
    with Archive(tmp_path) as reader:
        story, read = reader.stories()[0].id, reader._files.read

        def late(*place):
            reader._files.read = read
            for n in (1, 2, 3):
                remove(tmp_path, url(n), "asked for")
            return read(*place)

        reader._files.read = late
        assert len(list(reader.facets())) == 1
        assert reader.stories() == [] and reader.story(story) is None
        assert len(list(reader.articles())) == 1


def test_a_file_that_is_deleted_and_made_anew_under_a_reader_is_read_anew(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), [paragraph(1)])
    with Archive(tmp_path) as reader:
        assert [a.url for a in reader.articles()] == [url(1)]
        remove(tmp_path, url(1), "asked for")
        with Archive(tmp_path, write=True) as archive:
            store(archive, url(2), [paragraph(2)])
        assert [a.url for a in reader.articles()] == [url(2)]


@pytest.mark.parametrize(
    "call",
    ["latest('x')", "outcome('x')", "url('x')", "counts()", "outcomes()", "quarantined()", "runs()", "removed()", "last_commit()",
     "judged()", "coverage()", "host('x')", "keeps_pages()", "topics()", "unrelated()", "list(unjudged_pages({}))", "article('x')"],
)  # fmt: skip
def test_a_closed_archive_says_so_whatever_is_asked(folder, call):
    with Archive(folder) as archive:
        pass
    names = {name: getattr(archive, name) for name in dir(archive) if not name.startswith("_") and name != "failed"}
    with pytest.raises(ArchiveError, match="the archive was closed"):
        eval(call, names)


def test_an_id_with_a_version_beyond_all_numbers_is_that_of_no_record(folder):
    with Archive(folder) as archive:
        assert archive.article("a0123456789abcdef-99999999999999999999") is None
