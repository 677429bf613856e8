"""The store: the only module that knows the on-disk format (docs/archive.md)."""

from newslib.store.archive import Archive
from newslib.store.disk import free
from newslib.store.errors import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveIOError,
    ArchiveLocked,
    ArchiveMissing,
    ArchiveNewer,
)
from newslib.store.frontier import TRIES, Discovered, Link, PendingUrl
from newslib.store.futures import committed
from newslib.store.hosts import HostState
from newslib.store.polls import Poll, PollState
from newslib.store.records import Latest

__all__ = [
    "TRIES",
    "Archive",
    "ArchiveDamaged",
    "ArchiveError",
    "ArchiveIOError",
    "ArchiveLocked",
    "ArchiveMissing",
    "ArchiveNewer",
    "Discovered",
    "HostState",
    "Latest",
    "Link",
    "PendingUrl",
    "Poll",
    "PollState",
    "committed",
    "free",
]
