"""Subjects: their query, the matcher that judges a text by it, and the gate that spares pages the whole reading."""

from newslib.topics.gate import Gate
from newslib.topics.grammar import QueryError, parse
from newslib.topics.matcher import Matcher
from newslib.topics.query import Query
from newslib.topics.terms import TermError
from newslib.topics.topic import Match, Topic, carriers, judge, located

__all__ = [
    "Gate",
    "Match",
    "Matcher",
    "Query",
    "QueryError",
    "TermError",
    "Topic",
    "carriers",
    "judge",
    "located",
    "parse",
]
