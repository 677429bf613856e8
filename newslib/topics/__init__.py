"""Subjects: their query, and the matcher that judges a text by it."""

from newslib.topics.query import Query, QueryError, parse
from newslib.topics.terms import TermError
from newslib.topics.topic import Match, Topic, carriers, judge, located

__all__ = ["Match", "Query", "QueryError", "TermError", "Topic", "carriers", "judge", "located", "parse"]
