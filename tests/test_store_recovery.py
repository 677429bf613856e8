"""Opening an archive after something went wrong: what was interrupted goes, what was acknowledged must be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from newslib import Archive
from newslib.store import ArchiveDamaged, ArchiveIOError, ArchiveNewer, disk, ledger, segments
from newslib.store.ledger import MIGRATIONS
from tests.storing import clean, paragraph, store, url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with three articles, closed."""
    with Archive(tmp_path / "a", write=True) as archive:
        for n in range(3):
            store(archive, url(n), [paragraph(n)])
    return tmp_path / "a"


def jsonl(folder: Path) -> Path:
    return next(folder.glob("articles/*/*/*.jsonl"))


def warc(folder: Path) -> Path:
    return next(folder.glob("warc/*/*/*.warc.gz"))


def everything(folder: Path) -> dict[str, bytes]:
    skipped = ("lock", "ledger.sqlite-shm", "ledger.sqlite-wal")
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in skipped}


def add(file: Path, data: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(data)


@pytest.mark.parametrize("tail", [b'{"id":"torn', b'{"id":"whole but never acknowledged"}\n', b"\0" * 5000])
def test_bytes_after_the_committed_end_are_cut_off(folder: Path, tail: bytes) -> None:
    before = jsonl(folder).read_bytes(), warc(folder).read_bytes()
    add(jsonl(folder), tail)
    add(warc(folder), tail)
    with Archive(folder) as archive:
        result = archive.verify()
        assert not result["checks"]["lengths"]["ok"]
        assert "the next run removes them" in result["checks"]["lengths"]["failures"][0]
        assert len(list(archive.articles())) == 3, "readers never see them"
    with Archive(folder, write=True) as archive:
        assert (jsonl(folder).read_bytes(), warc(folder).read_bytes()) == before
        assert clean(archive)
        store(archive, url(9), [paragraph(9)])
        assert clean(archive)


def test_files_of_a_commit_that_never_happened_are_deleted_and_others_left_alone(folder: Path) -> None:
    stray = [folder / "articles/2031/01/02-001.jsonl", folder / "warc/2031/01/02-001.warc.gz"]
    kept = [folder / "articles/2031/01/notes.txt", folder / "articles/mine.jsonl", folder / "warc/2031/01/02.txt"]
    stray[1].parent.mkdir(parents=True)
    stray[0].parent.mkdir(parents=True)
    for path in stray + kept:
        path.write_bytes(b"x")
    with Archive(folder) as archive:
        assert len(archive.verify()["checks"]["recovery"]["failures"]) == 2
    with Archive(folder, write=True) as archive:
        assert [path.exists() for path in stray + kept] == [False] * 2 + [True] * 3
        assert clean(archive)


def damage(name: str) -> Callable[[Path], Path]:
    def cut(path: Path) -> Path:
        path.write_bytes(path.read_bytes()[:-10])
        return path

    def gone(path: Path) -> Path:
        path.unlink()
        return path

    return {
        "a shorter jsonl": lambda folder: cut(jsonl(folder)),
        "a shorter warc": lambda folder: cut(warc(folder)),
        "a missing jsonl": lambda folder: gone(jsonl(folder)),
        "a missing warc": lambda folder: gone(warc(folder)),
        "a missing ledger": lambda folder: gone(folder / ledger.NAME),
    }[name]


@pytest.mark.parametrize(
    "name", ["a shorter jsonl", "a shorter warc", "a missing jsonl", "a missing warc", "a missing ledger"]
)
def test_acknowledged_bytes_that_are_not_there_are_refused_by_name_and_nothing_is_touched(
    folder: Path, name: str
) -> None:
    add(jsonl(folder), b"tail")
    path = damage(name)(folder)
    before = everything(folder)
    for _ in range(2):
        with pytest.raises(ArchiveDamaged, match=path.name) as caught:
            Archive(folder, write=True)
        assert str(caught.value).endswith("backup.") or "scrapy archive rebuild" in str(caught.value)
        assert everything(folder) == before
    if path.name == ledger.NAME:
        with pytest.raises(ArchiveDamaged, match="beside articles"):
            Archive(folder)
    else:
        with Archive(folder) as archive:
            assert not archive.verify(quick=True)["ok"]
            assert not archive.verify()["ok"]


def test_a_ledger_that_is_older_than_the_articles_is_refused(folder: Path) -> None:
    old = folder / "old.sqlite"
    shutil.copy(folder / ledger.NAME, old)
    with Archive(folder, write=True) as archive:
        for n in range(40):
            store(archive, url(f"new{n}"), [paragraph(f"new{n}")])
    shutil.copy(old, folder / ledger.NAME)
    size = jsonl(folder).stat().st_size
    with pytest.raises(ArchiveDamaged, match="the ledger is older than the articles"):
        Archive(folder, write=True)
    assert jsonl(folder).stat().st_size == size


@pytest.mark.parametrize(
    "content", [b"not a database, but as long as a page of one" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_ledger_of_other_bytes_is_refused_by_name(folder: Path, content: bytes) -> None:
    for extra in ("-wal", "-shm"):
        (folder / f"{ledger.NAME}{extra}").unlink(missing_ok=True)
    (folder / ledger.NAME).write_bytes(content)
    for write in (True, False):
        with pytest.raises(ArchiveDamaged, match=ledger.NAME):
            Archive(folder, write=write)


def test_another_programs_database_is_refused(folder: Path) -> None:
    (folder / ledger.NAME).unlink()
    apsw.Connection(str(folder / ledger.NAME)).execute("CREATE TABLE x (y)")
    with pytest.raises(ArchiveDamaged, match="is not the ledger of a news archive"):
        Archive(folder, write=True)


def test_an_archive_of_a_newer_version_is_refused_with_what_to_do(folder: Path) -> None:
    apsw.Connection(str(folder / ledger.NAME)).execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    for write in (True, False):
        with pytest.raises(ArchiveNewer, match="update the program") as caught:
            Archive(folder, write=write)
        assert caught.value.exit_code == 2


def test_an_older_archive_is_migrated_when_it_is_opened_for_writing(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "MIGRATIONS", [*MIGRATIONS, "ALTER TABLE article ADD COLUMN later TEXT;"])
    with Archive(folder, write=True) as archive:
        assert archive._db.execute("SELECT count(later) FROM article").fetchone() == (0,)
        assert clean(archive)


def test_a_creation_that_was_interrupted_is_taken_up(tmp_path: Path) -> None:
    (tmp_path / ledger.NAME).touch()
    with pytest.raises(ArchiveDamaged, match="ledger"):
        Archive(tmp_path)
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(), [paragraph("x")])
        assert clean(archive)


def test_a_file_is_cut_again_before_it_is_closed_as_an_fsync_after_the_first_cut_may_have_failed(
    folder: Path, monkeypatch
) -> None:
    add(warc(folder), b"torn")
    monkeypatch.setattr(disk, "sync", broken)
    with pytest.raises(ArchiveIOError):
        Archive(folder, write=True)
    monkeypatch.undo()
    monkeypatch.setattr("newslib.store.recovery.today", lambda: "2099/01/01")
    cuts: list[tuple[int, int]] = []
    cut = os.ftruncate
    monkeypatch.setattr(
        os, "ftruncate", lambda fd, length: (cuts.append((os.fstat(fd).st_ino, length)), cut(fd, length))
    )
    length = warc(folder).stat().st_size
    with Archive(folder, write=True) as archive:
        number = warc(folder).stat().st_ino
        assert [at for file, at in cuts if file == number] == [length + 1, length]
        assert clean(archive)


def broken(fd: int) -> None:
    raise OSError(5, "Input/output error")


def test_a_closed_file_that_grew_is_refused(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("newslib.store.recovery.today", lambda: "2099/01/01")
    monkeypatch.setattr(segments, "today", lambda: "2099/01/01")
    Archive(folder, write=True).close()
    add(jsonl(folder), b"\n")
    with pytest.raises(ArchiveDamaged, match="changed after it was closed"):
        Archive(folder, write=True)


def test_left_overs_of_an_interrupted_report_go(folder: Path) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "r.json.tmp").write_text("{")
    Archive(folder, write=True).close()
    assert not list(folder.glob("runs/*"))


def test_a_folder_that_cannot_be_written_is_an_io_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveIOError, match="file") as caught:
        Archive(tmp_path / "file" / "archive", write=True)
    assert caught.value.exit_code == 74


def test_a_disk_too_full_for_the_lock_is_an_io_error_and_the_next_run_can_take_it(folder: Path, monkeypatch) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda *_: broken(0))
    with pytest.raises(ArchiveIOError):
        Archive(folder, write=True)
    monkeypatch.setattr(os, "pwrite", write)
    Archive(folder, write=True).close()
