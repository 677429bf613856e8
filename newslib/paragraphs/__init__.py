"""Repeated paragraphs: normalise, fingerprint, decide what is a repeat of what (docs/architecture.md, "Repeats")."""

from newslib.paragraphs.decide import Decision, Seen, decide
from newslib.paragraphs.normalise import NORMALISER, fingerprint, is_short, normalise

__all__ = ["NORMALISER", "Decision", "Seen", "decide", "fingerprint", "is_short", "normalise"]
