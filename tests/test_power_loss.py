"""A short version of `make soak`, and what the simulated disk itself promises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newslib.store import disk as store_disk
from tests.faults.calls import installed
from tests.faults.disk import Disk, Fault
from tests.faults.process import part

SEEDS = range(40)


def test_what_was_acknowledged_survives_the_loss_of_power() -> None:
    part("power", count=20)


def lose(folder: Path, seed: int, change: object, fault: Fault | None = None) -> None:
    """Do something on a simulated disk, then cut the power."""
    folder.mkdir()
    with installed(Disk(folder, fault, seed)) as disk:
        change(folder)
        disk.cut()


def outcomes(tmp_path: Path, change: object, look: object) -> set[object]:
    """What is found after the power was lost, over many seeds."""
    found = set()
    for seed in SEEDS:
        lose(tmp_path / str(seed), seed, change)
        found.add(look(tmp_path / str(seed)))
    return found


def write(path: Path, data: bytes, offset: int = 0, sync: bool = True) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.pwrite(fd, data, offset)
    if sync:
        os.fsync(fd)
    os.close(fd)


def test_forced_bytes_under_a_forced_name_never_change(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        write(folder / "x", b"a" * 2000)
        store_disk.sync_directory(folder)

    assert outcomes(tmp_path, change, lambda folder: (folder / "x").read_bytes()) == {b"a" * 2000}


def test_bytes_that_were_not_forced_are_kept_dropped_zeroed_or_torn_at_sectors(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        write(folder / "x", b"a" * 1024)
        store_disk.sync_directory(folder)
        write(folder / "x", b"b" * 1024, offset=1024, sync=False)

    found = outcomes(tmp_path, change, lambda folder: (folder / "x").read_bytes())
    assert all(content.startswith(b"a" * 1024) for content in found)
    tails = {content[1024:] for content in found}
    assert {b"", b"b" * 1024, bytes(1024)} <= tails
    assert any(tail.count(b"b") == 512 for tail in tails)


def test_a_name_that_was_not_forced_may_vanish_and_a_deleted_one_come_back(tmp_path: Path) -> None:
    def create(folder: Path) -> None:
        write(folder / "x", b"a")

    def delete(folder: Path) -> None:
        create(folder)
        store_disk.sync_directory(folder)
        (folder / "x").unlink()

    for n, change in enumerate((create, delete)):
        (tmp_path / str(n)).mkdir()
        assert outcomes(tmp_path / str(n), change, lambda folder: (folder / "x").exists()) == {True, False}


def test_a_rename_that_was_not_forced_is_whole_or_not_at_all(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        write(folder / "x", b"old")
        store_disk.sync_directory(folder)
        write(folder / "y", b"new")
        store_disk.sync_directory(folder)
        (folder / "y").rename(folder / "x")

    found = outcomes(tmp_path, change, lambda folder: tuple(p.read_bytes() for p in sorted(folder.iterdir())))
    assert found == {(b"old", b"new"), (b"new",)}


def test_a_directory_that_was_not_forced_may_vanish_with_all_that_was_forced_in_it(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        (folder / "d").mkdir()
        write(folder / "d" / "x", b"a")
        store_disk.sync_directory(folder / "d")

    assert outcomes(tmp_path, change, lambda folder: (folder / "d" / "x").exists()) == {True, False}


def test_what_a_failed_fsync_should_have_forced_is_lost_whatever_a_second_one_says(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        fd = os.open(folder / "x", os.O_WRONLY | os.O_CREAT)
        store_disk.sync_directory(folder)
        os.pwrite(fd, b"a" * 100, 0)
        with pytest.raises(OSError):
            os.fsync(fd)
        os.pwrite(fd, b"b" * 100, 100)
        os.fsync(fd)
        os.close(fd)

    for seed in SEEDS:
        lose(tmp_path / str(seed), seed, change, Fault("error", 2, only="sync"))
        assert (tmp_path / str(seed) / "x").read_bytes() == bytes(100) + b"b" * 100


def test_a_kill_leaves_to_the_next_process_what_was_not_forced(tmp_path: Path) -> None:
    found = set()
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        with installed(Disk(folder)) as disk:
            write(folder / "x", b"a", sync=False)
            disk.save()
        with installed(Disk(folder, None, seed)) as disk:
            assert (folder / "x").read_bytes() == b"a"
            disk.cut()
        found.add((folder / "x").exists())
    assert found == {True, False}


def test_a_directory_that_a_killed_run_had_made_is_forced_by_the_next(tmp_path: Path) -> None:
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        with installed(Disk(folder)) as disk:
            (folder / "d").mkdir()
            disk.save()
        with installed(Disk(folder, None, seed)) as disk:
            os.close(store_disk.open_for_append(folder / "d" / "x", new=True))
            disk.cut()
        assert (folder / "d" / "x").exists()


def test_bytes_that_a_failed_fsync_left_in_the_kernel_are_durable_once_they_are_written_anew(tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        fd = os.open(folder / "x", os.O_WRONLY | os.O_CREAT)
        store_disk.sync_directory(folder)
        os.pwrite(fd, b"a" * 3000, 0)
        with pytest.raises(OSError):
            os.fsync(fd)
        os.close(fd)
        store_disk.renew(folder / "x")
        store_disk.renew(folder / "not there")

    for seed in SEEDS:
        lose(tmp_path / str(seed), seed, change, Fault("error", 2, only="sync"))
        assert (tmp_path / str(seed) / "x").read_bytes() == b"a" * 3000


def test_what_is_written_past_the_simulated_disk_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="written past"):
        lose(tmp_path / "a", 1, lambda folder: (folder / "x").write_bytes(b"a"))
