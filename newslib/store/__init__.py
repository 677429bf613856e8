"""The store: the only module that knows the on-disk format (docs/archive.md)."""

from newslib.store.archive import Archive
from newslib.store.backup import backup
from newslib.store.disk import free
from newslib.store.errors import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveIOError,
    ArchiveLocked,
    ArchiveMissing,
    ArchiveNewer,
    ReferenceMissing,
    UrlUnknown,
)
from newslib.store.frontier import FROM_FEED, TRIES, Discovered, Link, PendingUrl
from newslib.store.futures import committed
from newslib.store.hosts import HostState
from newslib.store.polls import Poll, PollState
from newslib.store.quarantine import Quarantined
from newslib.store.rebuild import rebuild
from newslib.store.records import Latest
from newslib.store.stories import Member, Story
from newslib.store.takedown import remove
from newslib.store.verdicts import Verdict

__all__ = [
    "FROM_FEED",
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
    "Member",
    "PendingUrl",
    "Poll",
    "PollState",
    "Quarantined",
    "ReferenceMissing",
    "Story",
    "UrlUnknown",
    "Verdict",
    "backup",
    "committed",
    "free",
    "rebuild",
    "remove",
]
