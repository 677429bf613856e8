"""What discovery finds: an address that may be an article, and what was said of it."""

from __future__ import annotations

from dataclasses import dataclass

from newslib.dates import When


@dataclass(slots=True)
class Candidate:
    """`url`: absolute http(s), as given (newslib.urls.canonical is the caller's). The rest is None where nothing was
    said; texts are plain and clean."""

    url: str
    title: str | None = None
    summary: str | None = None
    published: When | None = None
    updated: When | None = None
    language: str | None = None


class Errors(list[str]):
    """What was wrong with a file, a line each; of many the first hundred."""

    def add(self, line: str) -> None:
        if len(self) < 100:
            self.append(line)
