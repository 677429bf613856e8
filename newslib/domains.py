"""Registered domains by the Public Suffix List."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=20_000)
def registered_domain_of_host(name: str) -> str | None:
    """`example.co.uk` of `www.example.co.uk`, by the list that comes with tldextract. Its private part counts, so that
    two blogs on one platform are two outlets. None for a bare address, a suffix alone, or a name without a known
    suffix."""
    return _suffixes()(name).top_domain_under_public_suffix or None


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    from tldextract import TLDExtract  # imports requests: a quarter of a second

    # No address to fetch a list from and no folder to keep one in: the bundled list only.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True).extract_str
