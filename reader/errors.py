"""What a reader of an archive can do wrong, or meet; `exit_code` is that of a command."""

from __future__ import annotations


class ReaderError(ValueError):
    """A mistake in what was asked for: one plain sentence, with the fix."""

    exit_code = 2


class QueryError(ReaderError):
    """A mistake in a query; `column` is where, from 1."""

    def __init__(self, query: str, column: int, problem: str) -> None:
        self.query, self.column = query, column
        super().__init__(f"query, column {column}: {problem}")


class SearchIndexError(Exception):
    """The search index cannot be made: the disk is full, failing or gone."""

    exit_code = 74
