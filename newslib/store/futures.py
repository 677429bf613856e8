"""The archive's futures in a program that runs an event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def committed(future: Future[T]) -> T:
    """Wait for the archive's writer without holding up the event loop. Giving up waiting does not undo the write."""
    return await asyncio.wrap_future(future)
