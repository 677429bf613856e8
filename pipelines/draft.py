"""An article on its way from the page to the store, and how a page's way ends."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from newslib.article import Article
from newslib.page import Page

if TYPE_CHECKING:
    from newslib.topics import Match, Topic


@dataclass(slots=True, repr=False)
class Draft(Article):
    """The record so far, with what the later steps need and the archive does not keep."""

    page: Page | None = None
    paragraphs: list[str] = field(default_factory=list)  # all of them, in the page's order
    matches: list[tuple[Topic, Match]] = field(default_factory=list)
    outcome: str = "stored"  # what becomes of page.url
    reason: str | None = None

    def record(self) -> Article:
        """The plain record."""
        return Article(**{f.name: getattr(self, f.name) for f in fields(Article)})


class Ended(DropItem):
    """A page's way ends here, with the outcome its URL has in the ledger (`pending`: not now)."""

    def __init__(self, outcome: str, reason: str | None = None):
        super().__init__(f"{outcome}: {reason}" if reason else outcome)
        self.outcome, self.reason = outcome, reason
