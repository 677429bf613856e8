"""Files: every byte that the store changes on disk outside SQLite goes through these functions.

Tests put faults here: `STORE_FAILPOINT=name[:n]` in the environment kills the process (SIGKILL) when it passes that
point for the n-th time, which no handler, buffer or destructor survives.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import signal
from pathlib import Path

_failpoint, _, _count = os.environ.get("STORE_FAILPOINT", "").partition(":")
_passes = int(_count or 1)


def failpoint(name: str) -> None:
    """Die here when the environment says so; else nothing."""
    global _passes
    if name == _failpoint:
        _passes -= 1
        if _passes <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def write_at(fd: int, data: bytes, offset: int) -> None:
    """Write all of `data`: a short write (disk nearly full, signal) is followed by the rest or by its error."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        if written <= 0:
            raise OSError(5, "the disk took no bytes")
        view = view[written:]
        offset += written


def sync(fd: int) -> None:
    """Force a file's bytes and length to disk. An error is final: a second try would claim success (fsyncgate)."""
    getattr(os, "fdatasync", os.fsync)(fd)


def renew(path: Path) -> None:
    """Write a file's bytes again and force them to disk; a file that is not there stays so.

    After an fsync that failed, the kernel may go on showing bytes that it will never write (Rebello et al., "Can
    Applications Recover from fsync Failures?", ATC 2020): what the next process reads must be made durable anew.
    """
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        offset = 0
        while data := os.pread(fd, 1 << 20, offset):
            write_at(fd, data, offset)
            offset += len(data)
        if offset:
            sync(fd)
    finally:
        os.close(fd)


def sync_directory(path: Path) -> None:
    """Make names that were created, renamed or deleted in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(path: Path) -> None:
    """Create a directory and its parents, each name durable.

    One that is there may have been made by a run that died before its name was: so it is forced too, where that is
    allowed. Those above it are durable, or it would not have been made.
    """
    if path.is_dir():
        with contextlib.suppress(PermissionError):
            sync_directory(path.parent)
        return
    make_directory(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir()
    sync_directory(path.parent)


def open_for_append(path: Path, new: bool) -> int:
    """Open a file for `write_at`. A new one must not exist yet, and its name is durable on return."""
    if not new:
        return os.open(path, os.O_WRONLY)
    make_directory(path.parent)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    sync_directory(path.parent)
    return fd


def identity(path: Path) -> tuple[int, int]:
    """Device and number of the file at a path. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_dev, found.st_ino


def still_there(path: Path, known: tuple[int, int]) -> None:
    """Raise OSError when another file, or none, is at a path: what is written to the old one would be lost."""
    try:
        there = identity(path) == known
    except (FileNotFoundError, NotADirectoryError):
        there = False
    if not there:
        raise OSError(errno.ESTALE, "it was removed or replaced while the archive was open", str(path))


def free(path: Path) -> int:
    """Bytes that may still be written to the disk of a folder, or of its nearest parent that exists."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def sha256(path: Path) -> str:
    """The hash of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def truncate(path: Path, length: int) -> None:
    """Cut a file, durably: also one that seems as long already, since an fsync after it was cut may have failed (see
    `renew`)."""
    fd = os.open(path, os.O_WRONLY)
    try:
        if os.fstat(fd).st_size == length:
            os.ftruncate(fd, length + 1)
        os.ftruncate(fd, length)
        sync(fd)
    finally:
        os.close(fd)


def delete(path: Path) -> None:
    """Delete a file, durably; one that is not there may have been deleted by a run that died before it was durable."""
    path.unlink(missing_ok=True)
    sync_directory(path.parent)


def rename(path: Path, to: Path) -> None:
    """Give a file another name in its folder, durably; a file of that name goes."""
    path.rename(to)
    sync_directory(to.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's content at once: readers see the old or the new, never a part."""
    make_directory(path.parent)
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        write_at(fd, data, 0)
        sync(fd)
    finally:
        os.close(fd)
    rename(temporary, path)
