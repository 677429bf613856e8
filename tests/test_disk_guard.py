"""A disk that runs full, and an archive that is taken away while it is written: the run ends and says so."""

import os
import shutil
import subprocess

import pytest

from crawler.demo.newsroom import Answer
from newslib.store import Archive, ArchiveIOError, free, ledger
from tests.crawling import ROOT, command, crawl, crawl_args, records, report, verified
from tests.storing import clean, link, paragraph, store, url
from tests.test_stopping import start, wait_for_records

SLOW = Answer(200, {"Content-Type": "text/html"}, b"<p>late</p>", delay=25)


def slow(newsroom, answer=SLOW):
    """So that the run is still going on when something happens to its archive."""
    for outlet in newsroom.outlets:
        for article in outlet.out()[-2:]:
            newsroom.route(outlet.host, article.path, answer)


@pytest.fixture
def sources(tmp_path, newsroom):
    file = tmp_path / "sources.toml"
    file.write_text(newsroom.sources_toml(), encoding="utf-8")
    slow(newsroom)
    return file


def test_a_run_is_refused_while_the_disk_has_less_than_the_reserve(tmp_path, newsroom, sources):
    done = crawl(tmp_path / "archive", sources, "-s", "DISK_RESERVE_MB=1e12")
    assert done.returncode == 74
    assert str(tmp_path / "archive") in done.stderr and "DISK_RESERVE_MB" in done.stderr
    assert not newsroom.requests and not (tmp_path / "archive").exists()


def test_a_run_ends_cleanly_with_74_when_the_reserve_is_reached(tmp_path, newsroom, sources):
    folder, filler = tmp_path / "archive", tmp_path / "filler"
    reserve = free(tmp_path) // 10**6 - 2000
    process = start(folder, sources, "-s", f"DISK_RESERVE_MB={reserve}")
    wait_for_records(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 4000 * 10**6)
    try:
        _, talk = process.communicate(timeout=20)
    finally:
        filler.unlink()
    assert process.returncode == 74, talk
    assert "DISK_RESERVE_MB" in talk and "Traceback" not in talk
    assert report(folder)["reason"] == "disk"
    verified(folder)
    kept = {r["id"] for r in records(folder)}
    slow(newsroom, lambda request: None)
    assert crawl(folder, sources, "-a", "since=30d").returncode == 0
    assert kept < {r["id"] for r in records(folder)}


@pytest.mark.parametrize("then", ["replaced by an empty one", "renamed"])
def test_an_archive_that_is_taken_away_under_a_crawl_ends_it_with_74(tmp_path, newsroom, sources, then):
    folder = tmp_path / "archive"
    process = start(folder, sources)
    wait_for_records(folder)
    if then == "renamed":
        folder.rename(tmp_path / "elsewhere")
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 74, talk
    assert "removed or replaced" in talk and str(folder) in talk and "Traceback" not in talk
    assert not folder.exists() or not list(folder.iterdir()), "something was written to a folder that is no archive"
    if then == "renamed":
        Archive(tmp_path / "elsewhere", write=True).close()  # what was being appended goes
        verified(tmp_path / "elsewhere")


@pytest.mark.parametrize("file", ["lock", "ledger.sqlite", "ledger.sqlite-wal", "articles", "warc"])
@pytest.mark.parametrize("replaced", [False, True])
def test_each_file_of_the_archive_that_vanishes_stops_the_writer(tmp_path, file, replaced):
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1), [paragraph(1)])
        path = tmp_path / "a" / file
        if path.is_dir():
            path = next(path.glob("*/*/*"))
        path.rename(tmp_path / "old")
        if replaced:
            shutil.copy(tmp_path / "old", path)
        with pytest.raises(ArchiveIOError, match=f"{path.name}: it was removed or replaced"):
            store(archive, url(2), [paragraph(2)])
        with pytest.raises(ArchiveIOError):
            archive.discover([link(url(3))]).result(10)


def test_nothing_is_written_where_an_archive_was_deleted(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1), [paragraph(1)])
        shutil.rmtree(tmp_path / "a")
        with pytest.raises(ArchiveIOError, match="removed or replaced"):
            store(archive, url(2), [paragraph(2)])
    assert not (tmp_path / "a").exists()


def test_what_was_committed_before_it_was_taken_away_is_there_when_it_is_put_back(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        store(archive, url(1), [paragraph(1)])
        (tmp_path / "a").rename(tmp_path / "b")
        with pytest.raises(ArchiveIOError, match="Put it back"):
            store(archive, url(2), [paragraph(2)])
        assert not (tmp_path / "a").exists()
    (tmp_path / "b").rename(tmp_path / "a")
    with Archive(tmp_path / "a", write=True) as archive:
        assert [a.url for a in archive.articles()] == [url(1)]
        store(archive, url(2), [paragraph(2)])
        assert clean(archive)


def test_a_full_disk_at_creation_is_said_in_plain_words(tmp_path):
    import resource

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    sources = tmp_path / "s.toml"
    sources.write_text('site = "http://nobody.localhost:9"\n')
    args = command(*crawl_args(tmp_path / "a", sources))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(args, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, preexec_fn=small)
    assert done.returncode == 74
    assert "Traceback" not in done.stderr and "cannot rollback" not in done.stderr
    assert str(tmp_path / "a" / ledger.NAME) in done.stderr and "full" in done.stderr
    crawl(tmp_path / "a", sources)  # with room again it begins anew
    verified(tmp_path / "a")
