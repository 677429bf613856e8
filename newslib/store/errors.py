"""What can go wrong with an archive, each with the exit code of a command (sysexits.h: 74 EX_IOERR, 75 EX_TEMPFAIL)."""

from __future__ import annotations


class ArchiveError(Exception):
    """Base of all; str() is a plain sentence that names the file and the fix."""

    exit_code = 1


class ArchiveMissing(ArchiveError):  # noqa: N818
    """There is no archive at the path that was given."""

    exit_code = 2


class ArchiveNewer(ArchiveError):  # noqa: N818
    """The archive was written by a newer version of this program."""

    exit_code = 2


class ArchiveDamaged(ArchiveError):  # noqa: N818
    """Bytes that were acknowledged are not there, or not as they were; nothing has been changed."""


class ArchiveLocked(ArchiveError):  # noqa: N818
    """Another process writes to this archive."""

    exit_code = 75


class ArchiveIOError(ArchiveError):
    """The disk refused: full, failing or gone. The writer has stopped for good; what was acknowledged is safe."""

    exit_code = 74


class ArchiveForeignError(ArchiveError):
    """The folder holds something that no archive put there."""

    exit_code = 2


class UrlUnknown(ArchiveError):  # noqa: N818
    """The archive knows nothing of the URL or id that was given."""

    exit_code = 2


class ReferenceMissing(ValueError):  # noqa: N818
    """An article refers to one that could not be stored. Its page is not to blame: admitted again, it can be stored."""
