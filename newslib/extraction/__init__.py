"""Page bytes in, article out: encoding, parse, structured data, prune, body, clean-up (docs/extraction.md).

Importing this package is cheap: trafilatura and the language model are loaded by the first `extract`.
"""

from newslib.extraction.extract import Extracted, extract

__all__ = ["Extracted", "extract"]
