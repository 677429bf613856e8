"""`scrapy archive verify`, as people and cron call it."""

import json

import pytest

from tests.crawling import crawl, scrapy


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
    import shutil

    copy = shutil.copytree(stored, tmp_path / "copy")
    assert verify(copy, "--quick").returncode == 0
    file = next(copy.glob("articles/**/*.jsonl"))
    file.write_bytes(file.read_bytes()[:-10])
    done = verify(copy, "--quick")
    assert done.returncode == 1
    assert file.name in done.stdout + done.stderr


def test_a_changed_letter_is_found_and_named(stored, tmp_path):
    import shutil

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
