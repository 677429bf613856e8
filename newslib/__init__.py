"""Everything this project knows about news. `from newslib import Archive` reads an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newslib.store import Archive

__all__ = ["Archive"]


def __getattr__(name: str) -> Any:
    # Late, because extraction workers import newslib as well and need no SQLite.
    if name != "Archive":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from newslib.store import Archive

    return Archive
