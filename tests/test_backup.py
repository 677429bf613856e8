"""A backup is the archive as it was at one moment, whatever goes on, and becomes the next one by what is new."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newslib import Archive
from newslib.store import (
    ArchiveDamaged,
    ArchiveIOError,
    ArchiveLocked,
    ArchiveMissing,
    backup,
    disk,
    ledger,
    rebuild,
    recovery,
    remove,
    segments,
)
from newslib.store.errors import ArchiveForeignError
from tests.storing import clean, link, paragraph, store, url


@pytest.fixture
def begin(monkeypatch) -> Callable[[int], None]:
    """Makes days."""

    def day(number: int) -> None:
        for module in (segments, recovery):
            monkeypatch.setattr(module, "today", lambda: f"2099/01/{number:02}")

    return day


@pytest.fixture
def folder(tmp_path: Path, begin) -> Path:
    """Two closed days, and one that goes on."""
    for day in (1, 2, 3):
        begin(day)
        with Archive(tmp_path / "a", write=True) as archive:
            for n in range(3):
                store(archive, url(f"{day}-{n}"), [paragraph(f"{day} {n}"), paragraph("all")])
            archive.write_report({"run": archive.run, "errors": [f"{url('2-1')}: failed: x"]})
    return tmp_path / "a"


def content(folder: Path) -> dict[str, bytes]:
    skipped = ("lock", "ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal")
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in skipped]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def files(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in content(folder).items() if name.startswith(("articles/", "warc/"))}


def ids(folder: Path) -> list[str]:
    with Archive(folder) as archive:
        assert clean(archive)
        return [a.id for a in archive.articles()]


def test_a_backup_is_the_same_archive_and_can_be_written_to(folder: Path, tmp_path: Path) -> None:
    result = backup(folder, tmp_path / "b")
    assert (result["records"], result["files"]) == (9, 6)
    assert content(tmp_path / "b") == content(folder)
    assert ids(tmp_path / "b") == ids(folder)
    with Archive(tmp_path / "b", write=True) as archive:
        assert archive.latest(url("1-1"))
        store(archive, url("new"), [paragraph("new")])
        assert clean(archive)


def test_a_second_one_copies_only_what_is_new(folder: Path, tmp_path: Path, begin) -> None:
    first = backup(folder, tmp_path / "b")["copied"]
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "b").glob("*/2099/01/*")}
    with Archive(folder, write=True) as archive:
        store(archive, url("more"), [paragraph("more")])
    second = backup(folder, tmp_path / "b")["copied"]
    assert second < first - 3000
    assert {path.name for path, at in stamps.items() if path.stat().st_mtime_ns != at} == {
        "03-001.jsonl",
        "03-001.warc.gz",
    }
    begin(4)
    with Archive(folder, write=True) as archive:  # what grew is closed now
        store(archive, url("later"), [paragraph("later")])
    backup(folder, tmp_path / "b")
    assert content(tmp_path / "b") == content(folder)
    assert ids(tmp_path / "b") == ids(folder)


@pytest.mark.parametrize("which", ["1-1", "2-0", "3-2", "3-0"])
def test_what_was_removed_since_goes_from_the_backup_too(folder: Path, tmp_path: Path, which: str) -> None:
    backup(folder, tmp_path / "b")
    remove(folder, url(which), "court")
    backup(folder, tmp_path / "b")
    assert content(tmp_path / "b") == content(folder)
    assert ids(tmp_path / "b") == ids(folder)
    assert paragraph(which.replace("-", " ")).encode() not in b"".join(content(tmp_path / "b").values())
    assert (tmp_path / "b" / ledger.NAME).read_bytes().count(b"court")


def test_lines_that_were_mended_since_are_mended_in_the_backup_too(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b")
    file = max(folder.glob("articles/*/*/*.jsonl"))
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'{"schema":1', b'{"schema"-1', 2))
    result = rebuild(folder)
    assert sum("are no record" in each for each in result["damage"]) == 2 and result["records"] == 7
    with Archive(folder, write=True) as archive:
        store(archive, url("later"), [paragraph("later")])
    backup(folder, tmp_path / "b")
    assert ids(tmp_path / "b") == ids(folder)
    assert files(folder) == files(tmp_path / "b")


def test_what_an_interrupted_backup_has_left_goes_with_the_next(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b")
    left = next(tmp_path.glob("b/articles/*/*")) / "01-009.jsonl.tmp"
    left.write_text("words of an article that was taken down since")
    backup(folder, tmp_path / "b")
    assert not left.exists()


def test_a_file_that_is_empty_after_a_removal_goes_from_the_backup_too(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b")
    for n in range(3):
        remove(folder, url(f"2-{n}"), "court")
    backup(folder, tmp_path / "b")
    assert not (tmp_path / "b/articles/2099/01/02-001.jsonl").exists()
    assert content(tmp_path / "b") == content(folder)


def test_taken_again_and_again_beside_a_writer_each_is_a_prefix(tmp_path: Path) -> None:
    folder, copies = tmp_path / "a", []
    with Archive(folder, write=True) as archive:
        store(archive, url("first"), [paragraph("first")])
    child = os.fork()
    if not child:
        try:
            with Archive(folder, write=True) as archive:
                for n in range(70):
                    archive.discover([link(url(f"found-{n}"))])
                    store(archive, url(n), [paragraph(n), paragraph("all")])
                    time.sleep(0.005)
        finally:
            os._exit(0)
    while not os.waitpid(child, os.WNOHANG)[0]:
        copies.append(tmp_path / f"copy-{len(copies) % 3}-{len(copies)}" if len(copies) % 2 else tmp_path / "again")
        backup(folder, copies[-1])
        ids(copies[-1])
        time.sleep(0.05)
    whole, final = content(folder), ids(folder)
    assert len(copies) > 3
    for copy in copies:
        some = ids(copy)
        assert some == final[: len(some)]
        for name, data in content(copy).items():
            assert name == "README.md" or whole[name].startswith(data), name
        with Archive(copy, write=True) as archive:
            assert clean(archive)


def test_taken_beside_removals_none_comes_out_half(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    with Archive(folder, write=True) as archive:
        for n in range(30):
            store(archive, url(n), [paragraph(n), paragraph("all")])
    child = os.fork()
    if not child:
        try:
            for n in range(0, 30, 4):
                remove(folder, url(n), "court")
                time.sleep(0.1)
        finally:
            os._exit(0)
    while not os.waitpid(child, os.WNOHANG)[0]:
        backup(folder, tmp_path / "b")
        with Archive(tmp_path / "b") as archive:
            assert clean(archive)
    backup(folder, tmp_path / "b")
    assert content(tmp_path / "b") == content(folder)


def test_a_backup_that_was_interrupted_is_taken_up(folder: Path, tmp_path: Path, monkeypatch) -> None:
    class EnoughError(Exception):
        pass

    write, left = disk.write_at, [0]

    def stopping(fd: int, data: bytes, offset: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            write(fd, data[: len(data) // 2], offset)
            raise EnoughError
        write(fd, data, offset)

    monkeypatch.setattr(disk, "write_at", stopping)
    for n in range(1, 40):
        left[0] = n
        try:
            backup(folder, tmp_path / "b")
            break
        except EnoughError:
            continue
    assert n > 3
    monkeypatch.undo()
    assert ids(tmp_path / "b") == ids(folder)
    assert content(tmp_path / "b") == content(folder)


def test_a_full_disk_is_an_io_error_and_the_last_backup_stays_readable(
    folder: Path, tmp_path: Path, monkeypatch
) -> None:
    backup(folder, tmp_path / "b")
    before = ids(tmp_path / "b")
    with Archive(folder, write=True) as archive:
        store(archive, url("more"), [paragraph("more")])

    def full(fd: int, data: bytes, offset: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write_at", full)
        with pytest.raises(ArchiveIOError, match="No space left") as caught:
            backup(folder, tmp_path / "b")
    assert caught.value.exit_code == 74
    with Archive(tmp_path / "b") as archive:
        assert [a.id for a in archive.articles()] == before


def test_a_target_that_is_no_backup_of_this_archive_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.txt").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(folder / "articles")
    with Archive(tmp_path / "other", write=True) as archive:
        store(archive, url("other"), [paragraph("other")])
    backup(folder, tmp_path / "written")
    with Archive(tmp_path / "written", write=True) as archive:
        store(archive, url("own"), [paragraph("own")])
    for name in ("foreign", "file", "other", "written", "a", "a/inside", "a/articles", ".", "link"):
        before = content(tmp_path)
        with pytest.raises(ArchiveForeignError, match=r"give .*folder"):
            backup(folder, tmp_path / name)
        assert content(tmp_path) == before, name


def test_a_missing_archive_a_locked_target_and_damage_are_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        backup(tmp_path / "nothing", tmp_path / "b")
    with Archive(tmp_path / "c", write=True), pytest.raises(ArchiveLocked, match="c: another run"):
        backup(folder, tmp_path / "c")
    file = folder / "articles/2099/01/01-001.jsonl"
    whole = file.read_bytes()
    for damaged in (whole[:-5], whole.replace(b"A title", b"B title", 1)):
        file.write_bytes(damaged)
        with pytest.raises(ArchiveDamaged, match=r"01-001\.jsonl"):
            backup(folder, tmp_path / "d")
    file.unlink()
    with pytest.raises((ArchiveDamaged, ArchiveIOError), match=r"01-001\.jsonl"):
        backup(folder, tmp_path / "d")
    shutil.rmtree(folder)


def test_an_interrupted_removal_is_not_backed_up(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["newslib.store.backup"], "_TRIES", 2)
    child = os.fork()
    if not child:
        disk._failpoint, disk._passes = "remove-bytes", 1
        remove(folder, url("1-1"), "court")
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(ArchiveLocked, match="takedown"):
        backup(folder, tmp_path / "b")
    Archive(folder, write=True).close()
    backup(folder, tmp_path / "b")
    assert ids(tmp_path / "b") == ids(folder)


@pytest.mark.parametrize("what", ["without its ledger", "that has addresses and no article yet"])
def test_another_archive_is_never_written_over(folder: Path, tmp_path: Path, what: str) -> None:
    other = tmp_path / "other"
    with Archive(other, write=True) as archive:
        archive.discover([link("https://other.example/a")], None, {}).result()
        if "ledger" in what:
            store(archive, "https://other.example/a", [paragraph("other")])
    if "ledger" in what:
        (other / ledger.NAME).unlink()
    before = content(other)
    with pytest.raises(ArchiveForeignError, match="is no backup of"):
        backup(folder, other)
    assert content(other) == before
    if "ledger" in what:
        assert rebuild(other)["records"] == 1


def test_a_first_backup_that_was_interrupted_is_taken_up(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b")
    (tmp_path / "b" / ledger.NAME).unlink()
    with next((tmp_path / "b").glob("warc/*/*/*")).open("r+b") as file:
        file.truncate(100)
    backup(folder, tmp_path / "b")
    assert content(tmp_path / "b") == content(folder)
