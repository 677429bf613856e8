"""How a process comes to write through a simulated disk: Python's calls (`os.pwrite`, `os.rename` ...), which the
store's and pathlib's changes of files end in, and, through a VFS, SQLite's."""

# ruff: noqa: PTH110, PTH113, PTH116, PTH120, PTH202
from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any

import apsw

from newslib.store import disk as store_disk
from newslib.store import ledger
from tests.faults.disk import Disk, Short
from tests.faults.platter import real


@contextlib.contextmanager
def installed(disk: Disk) -> Iterator[Disk]:
    """Every change below the disk's folder goes through it. For a process that does nothing else."""
    calls, layer = _Calls(disk), _Vfs(disk)
    failpoint, vfs = store_disk.failpoint, ledger.VFS
    try:
        for name in real:
            setattr(os, name, getattr(calls, name))
        store_disk.failpoint, ledger.VFS = disk.failpoint, layer.name
        yield disk
    finally:
        for name, call in real.items():
            setattr(os, name, call)
        store_disk.failpoint, ledger.VFS = failpoint, vfs
        layer.unregister()


class _Calls:
    """Stand-ins for functions of `os`; what lies elsewhere goes to the real ones."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.fds: dict[int, str] = {}

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        disk = self.disk
        if not disk.covers(path) and os.fspath(path) != os.path.dirname(disk.root):
            return real["open"](path, flags, mode, dir_fd=dir_fd)
        path = os.fspath(path)
        with disk.lock:
            new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
            cut = bool(flags & os.O_TRUNC) and not new and os.path.getsize(path) > 0
            if new or cut:
                disk.step("create" if new else "truncate", path)
            if cut:
                disk.platter.changed(disk.touched(path), 0, None, 0)
            fd = real["open"](path, flags, mode)
            if new:
                disk.platter.named("create", path, disk.touched(path))
            elif flags & (os.O_WRONLY | os.O_RDWR):
                disk.touched(path)
            self.fds[fd] = path
            return fd

    def close(self, fd: int) -> None:
        with self.disk.lock:
            self.fds.pop(fd, None)
            real["close"](fd)

    def pwrite(self, fd: int, data: Any, offset: int) -> int:
        if fd not in self.fds:
            return real["pwrite"](fd, data, offset)
        with self.disk.lock:
            data = bytes(data)
            try:
                self.disk.step("write", self.fds[fd])
            except Short:
                data = data[: max(1, len(data) // 2)]
            self.disk.platter.changed(os.fstat(fd).st_ino, offset, data)
            return real["pwrite"](fd, data, offset)

    def write(self, fd: int, data: Any) -> int:
        if fd not in self.fds:
            return real["write"](fd, data)
        with self.disk.lock:
            written = self.pwrite(fd, data, os.lseek(fd, 0, os.SEEK_CUR))
            os.lseek(fd, written, os.SEEK_CUR)
            return written

    def ftruncate(self, fd: int, length: int) -> None:
        if fd not in self.fds:
            return real["ftruncate"](fd, length)
        with self.disk.lock:
            self.disk.step("truncate", self.fds[fd])
            found = os.fstat(fd)
            self.disk.platter.changed(found.st_ino, min(length, found.st_size), None, length)
            return real["ftruncate"](fd, length)

    def fsync(self, fd: int) -> None:
        if fd not in self.fds:
            return real["fsync"](fd)
        with self.disk.lock:
            found = os.fstat(fd)
            try:
                self.disk.step("sync", self.fds[fd])
            except OSError:
                self.disk.platter.not_forced(found.st_ino)
                raise
            if stat.S_ISDIR(found.st_mode):
                self.disk.platter.directory_forced(self.fds[fd])
            else:
                self.disk.platter.forced(found.st_ino)

    fdatasync = fsync

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        if not self.disk.covers(path):
            return real["unlink"](path, dir_fd=dir_fd)
        with self.disk.lock:
            path = os.fspath(path)
            self.disk.step("unlink", path)
            number = self.disk.touched(path)
            real["unlink"](path)
            self.disk.platter.named("unlink", path, number)

    def rename(self, path: Any, to: Any) -> None:
        disk = self.disk
        if not disk.covers(path) and not disk.covers(to):
            return real["rename"](path, to)
        with disk.lock:
            path, to = os.fspath(path), os.fspath(to)
            disk.step("rename", path)
            number = disk.touched(path) if os.path.isfile(path) else 0
            replaced = disk.touched(to) if os.path.isfile(to) else 0
            real["rename"](path, to)
            disk.platter.named("rename", path, number, to, replaced)

    replace = rename

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if not self.disk.covers(path):
            return real["mkdir"](path, mode, dir_fd=dir_fd)
        with self.disk.lock:
            path = os.fspath(path)
            self.disk.step("mkdir", path)
            real["mkdir"](path, mode)
            self.disk.platter.named("mkdir", path, os.stat(path).st_ino)

    def rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        if not self.disk.covers(path):
            return real["rmdir"](path, dir_fd=dir_fd)
        with self.disk.lock:
            path = os.fspath(path)
            self.disk.step("rmdir", path)
            real["rmdir"](path)
            self.disk.platter.named("rmdir", path)


def _as_sqlite(call: Callable[[], None], other: type[apsw.Error] = apsw.IOError) -> None:
    try:
        call()
    except OSError as error:
        raise (apsw.FullError if error.errno == errno.ENOSPC else other)(error.strerror) from None


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self.disk, self.name = disk, f"simulated-{id(disk)}"
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or not self.disk.covers(path):
            return apsw.VFSFile("", name, flags)
        with self.disk.lock:
            new = bool(flags[0] & apsw.SQLITE_OPEN_CREATE) and not os.path.exists(path)
            if new:
                _as_sqlite(lambda: self.disk.step("create", path), apsw.CantOpenError)
            return _File(self.disk, path, name, flags, new)

    def xDelete(self, path: str, syncdir: bool) -> None:
        if not self.disk.covers(path) or not os.path.exists(path):
            return super().xDelete(path, syncdir)
        with self.disk.lock:
            _as_sqlite(lambda: self.disk.step("unlink", path))
            number = self.disk.touched(path)
            super().xDelete(path, syncdir)
            self.disk.platter.named("unlink", path, number)
            if syncdir:
                self.disk.platter.directory_forced(os.path.dirname(path))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, path: str, name: Any, flags: list[int], new: bool) -> None:
        self.disk, self.path = disk, path
        # sqlite3's os_unix.c forces the name of a journal to disk with the first sync of its content
        journals = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
        self.name_waits = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & journals)
        super().__init__("", name, flags)
        self.number = disk.touched(path)
        if new:
            disk.platter.named("create", path, self.number)

    def xWrite(self, data: bytes, offset: int) -> None:
        with self.disk.lock:
            data, full = bytes(data), False
            try:
                _as_sqlite(lambda: self.disk.step("write", self.path))
            except Short:
                data, full = data[: len(data) // 2], True
            self.disk.platter.changed(self.number, offset, data)
            super().xWrite(data, offset)
            if full:
                raise apsw.FullError("a short write")

    def xTruncate(self, length: int) -> None:
        with self.disk.lock:
            _as_sqlite(lambda: self.disk.step("truncate", self.path))
            self.disk.platter.changed(self.number, min(length, self.xFileSize()), None, length)
            super().xTruncate(length)

    def xSync(self, flags: int) -> None:
        with self.disk.lock:
            try:
                _as_sqlite(lambda: self.disk.step("sync", self.path))
            except apsw.Error:
                self.disk.platter.not_forced(self.number)
                raise
            super().xSync(flags)
            self.disk.platter.forced(self.number)
            if self.name_waits:
                self.disk.platter.directory_forced(os.path.dirname(self.path))
                self.name_waits = False

    def xLock(self, level: int) -> None:
        try:
            super().xLock(level)
        except apsw.IOError:  # a file open for reading alone, closing: SQLite goes on without the lock, apsw would not
            raise apsw.BusyError("cannot be locked") from None
