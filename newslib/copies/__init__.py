"""Copies: which articles are largely the text of others, and which stories they make (docs/repeats.md)."""

from newslib.copies.compare import SYNDICATED, Relation, relate
from newslib.copies.join import join
from newslib.copies.words import Words

__all__ = ["SYNDICATED", "Relation", "Words", "join", "relate"]
