"""`scrapy archive verify`, as people and cron call it."""

import json
import shutil

import pytest

from newslib import Archive
from tests.crawling import crawl, records, scrapy, verified


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    from crawler.demo.newsroom import Newsroom

    folder = tmp_path_factory.mktemp("verb")
    with Newsroom() as newsroom:
        sources = folder / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        assert crawl(folder / "archive", sources, "-s", "PAGES_PER_HOST=4").returncode == 0
    return folder / "archive"


def verify(folder, *options):
    return scrapy("archive", "verify", *options, "-s", f"ARCHIVE_DIR={folder}")


def test_a_clean_archive_is_said_to_be_clean(stored):
    done = verify(stored)
    assert done.returncode == 0, done.stderr
    assert "ok" in done.stdout.lower()
    found = json.loads(verify(stored, "--json").stdout)
    assert found["ok"] and found["articles"] > 5
    assert all(check["ok"] and check["failures"] == [] for check in found["checks"].values())


def test_quick_checks_less_and_still_finds_a_file_that_is_too_short(stored, tmp_path):
    copy = shutil.copytree(stored, tmp_path / "copy")
    assert verify(copy, "--quick").returncode == 0
    file = next(copy.glob("articles/**/*.jsonl"))
    file.write_bytes(file.read_bytes()[:-10])
    done = verify(copy, "--quick")
    assert done.returncode == 1
    assert file.name in done.stdout + done.stderr


def test_a_changed_letter_is_found_and_named(stored, tmp_path):
    copy = shutil.copytree(stored, tmp_path / "copy")
    file = next(copy.glob("articles/**/*.jsonl"))
    data = bytearray(file.read_bytes())
    at = data.index(b'"text":"') + 12
    data[at] = ord("X") if data[at] != ord("X") else ord("Y")
    file.write_bytes(bytes(data))
    done = verify(copy, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert not found["ok"] and any(
        file.name in str(check["failures"]) or check["failures"] for check in found["checks"].values()
    )


def test_a_folder_without_an_archive_is_refused_in_one_sentence(tmp_path):
    done = verify(tmp_path / "nothing")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and str(tmp_path / "nothing") in done.stderr


def archive_verb(folder, *args):
    return scrapy("archive", *args, "-s", f"ARCHIVE_DIR={folder}")


@pytest.fixture
def copy(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "copy")


def one(folder):
    return next(record for record in records(folder) if record["copy_of"] is None and record["warc"])


def test_an_article_is_removed_by_its_address(copy):
    record = one(copy)
    done = archive_verb(copy, "remove", record["url"], "--why", "asked by the author")
    assert done.returncode == 0, done.stderr
    assert record["url"] in done.stdout and record["id"] in done.stdout and "WARC records 2" in done.stdout
    again = archive_verb(copy, "remove", record["article"], "--why", "again", "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["ids"], told["why"], told["pages"]) == (0, [record["id"]], "asked by the author", 0)
    verified(copy)
    assert record["url"] not in {each["url"] for each in records(copy)}


def test_no_crawl_stores_it_again_wherever_it_finds_it(tmp_path):
    """Feeds offer it, a list names it, and another address leads to it."""
    from crawler.demo.newsroom import Newsroom

    folder, file = tmp_path / "archive", tmp_path / "list.txt"
    settings = ("-s", f"ARCHIVE_DIR={folder}", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "EXTRACTION_WORKERS=1")
    with Newsroom() as newsroom:
        sources = tmp_path / "sources.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        assert crawl(folder, sources, "-s", "PAGES_PER_HOST=3").returncode == 0
        record = one(folder)
        assert archive_verb(folder, "remove", record["url"], "--why", "x").returncode == 0
        file.write_text(f"{record['url']}\n{record['url']}?view=2\n")
        assert scrapy("crawl", "urls", "-a", f"file={file}", *settings).returncode == 0
        assert crawl(folder, sources, "-s", "PAGES_PER_HOST=3").returncode == 0
    assert record["article"] not in {each["article"] for each in records(folder)}
    with Archive(folder) as archive:
        assert archive.outcome(record["url"]) == ("removed", "x")
        assert archive.outcome(f"{record['url']}?view=2") == ("removed", f"{record['url']} was removed")
    verified(folder)


@pytest.mark.parametrize(
    "args, said",
    [
        (["remove", "https://news.example/unknown", "--why", "x"], "is not known"),
        (["remove", "https://news.example/unknown"], "--why"),
        (["remove", "https://news.example/unknown", "--why", " "], "--why is empty"),
        (["backup", "inside"], "give a folder of its own"),
        (["backup"], "DIR"),
    ],
)
def test_mistakes_are_told_in_one_sentence(copy, args, said):
    before = sorted(path for path in copy.rglob("*") if "ledger" not in path.name)
    args = [str(copy / "inside") if arg == "inside" else arg for arg in args]
    done = archive_verb(copy, *args)
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert sorted(path for path in copy.rglob("*") if "ledger" not in path.name) == before


def test_the_ledger_is_made_anew(copy):
    (copy / "ledger.sqlite").unlink()
    refused = verify(copy)
    assert refused.returncode == 1 and "scrapy archive rebuild" in refused.stderr
    done = archive_verb(copy, "rebuild")
    assert done.returncode == 0, done.stderr
    assert f"{len(records(copy))} records" in done.stdout and "rematch" in done.stdout
    verified(copy)
    file = next(copy.glob("articles/**/*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b'"schema":1', b'"schema":x', 1))
    done = archive_verb(copy, "rebuild", "--json")
    assert done.returncode == 1
    assert file.name in done.stderr and json.loads(done.stdout)["damage"]


def test_a_backup_is_an_archive(copy, tmp_path):
    done = archive_verb(copy, "backup", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    assert f"{len(records(copy))} records" in done.stdout
    verified(tmp_path / "b")
    again = json.loads(archive_verb(copy, "backup", tmp_path / "b", "--json").stdout)
    assert again["records"] == len(records(copy))
