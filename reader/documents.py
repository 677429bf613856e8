"""What the search index holds of a record."""

from __future__ import annotations

import tantivy
from tantivy.tantivy import __version__ as engine

from newslib.article import Article
from newslib.store.records import date_of
from reader.filters import outlet, seconds, sites
from reader.words import indexed

VERSION = 1  # of the fields below and of words.py
FORMAT = f"{VERSION}, {engine.rpartition(', ')[2]}"
"""An index of another format is made anew."""


def schema() -> tantivy.Schema:
    """Words with their places in `text` (title, description and full text), `title` and `author`; the others whole."""
    build = tantivy.SchemaBuilder()
    for name in ("text", "title", "author"):
        build.add_text_field(name, tokenizer_name="whitespace")
    build.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("article", "site", "spoken"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("topic", "language", "outlet", "month"):
        build.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    build.add_integer_field("date", fast=True, indexed=True)
    return build.build()


def document(article: Article) -> tantivy.Document:
    """What the index holds of a record."""
    title = indexed(article.title or "")
    date = date_of(article)
    return tantivy.Document(
        id=article.id,
        article=article.article,
        title=title,
        text=[title, indexed(article.description or ""), indexed(article.full_text)],
        author=[indexed(name) for name in article.authors],
        site=sites(article),
        outlet=outlet(article),
        topic=[match["id"] for match in article.topics],
        language=article.language or "",
        spoken=_wider(article.language),
        month=date[:7],
        date=seconds(date),
    )


def _wider(language: str | None) -> list[str]:
    """`zh-Hant-TW` -> itself, zh-hant and zh."""
    parts = (language or "").lower().split("-")
    return ["-".join(parts[: n + 1]) for n in range(len(parts)) if parts[0]]
