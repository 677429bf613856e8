"""Topic files: `ID.toml` in a folder of topics, the user's own in `local/` below it."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from newslib.config.codes import wrong_language
from newslib.config.toml import ConfigError, Document, among, files_in
from newslib.topics import QueryError, TermError, Topic, parse
from newslib.topics.evidence import WEIGHTS
from newslib.topics.terms import MOST_TERMS, read_term

_KEYS = ["any", "title", "query", "terms", "exclude", "weights"]
_LARGEST = 1 << 20  # bytes of a file; what ships has 60 kB
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
ID_RULE = "an id has small Latin letters, digits, `-` and `_`, at most 64, and begins with a letter or a digit"
_GROUP = re.compile(r"[^\W\d][\w-]*")
_RESERVED = {"AND", "OR", "NOT", "NEAR", "SAME"}  # words of the query language


def is_topic_id(id: str) -> bool:
    return _ID.fullmatch(id) is not None


def topic_files(directory: Path) -> dict[str, Path]:
    """Topic id -> its file, by id; one in `local/` wins over one of the same id beside it. Raises ConfigError."""
    return dict(sorted({file.stem: file for file in files_in(directory, "TOPICS_DIR")}.items()))


def load_topic(id: str, directory: Path) -> Topic:
    """Read the topic of this id. Raises ConfigError, with those that exist when there is none."""
    files = topic_files(directory)
    if id not in files:
        raise ConfigError(f"there is no topic `{id}`; {among(id, files)}", directory)
    return read_topic(files[id])


def list_topics(directory: Path) -> list[Topic]:
    """All topics, by id. Raises ConfigError at the first mistake."""
    return [read_topic(file) for file in topic_files(directory).values()]


def read_topic(file: Path) -> Topic:
    """Read one topic file; its version is the first 16 hex digits of its SHA-256. Raises ConfigError."""
    if not is_topic_id(file.stem):
        raise ConfigError(f"`{file.stem}` is no id; rename the file: {ID_RULE}", file)
    document = Document(file, _LARGEST)
    data = document.data
    document.known_keys((), data, _KEYS)
    title = " ".join(document.text_at(("title",), data["title"]).split()) if "title" in data else None
    terms = _terms(document)
    exclude = document.texts_at(("exclude",), data.get("exclude", []))
    _check_terms(document, ("exclude",), exclude)
    count = sum(len(words) for codes in terms.values() for words in codes.values()) + len(exclude)
    if count > MOST_TERMS:
        document.fail(("terms",), f"{count} terms; a topic has at most {MOST_TERMS}: make it several topics")
    query = None
    if "query" in data:
        document.text_at(("query",), data["query"])
        try:
            query = parse(data["query"], terms)
        except QueryError as error:
            document.fail(("query",), str(error), value=True, inside=error.at)
    version = sha256(document.bytes).hexdigest()[:16]
    weights = _weights(document)
    return Topic(
        file.stem, terms, version=version, title=title, query=query, exclude=exclude, weights=weights, file=file
    )


def _weights(document: Document) -> dict[str, float]:
    """What a mention weighs in title, lead and text, as far as the file says so."""
    weights = document.data.get("weights", {})
    if not isinstance(weights, dict):
        document.fail(("weights",), "`weights` is no table; write weights = { title = 4, lead = 2, text = 1 }")
    document.known_keys(("weights",), weights, list(WEIGHTS))
    for name, value in weights.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 100:
            document.fail(("weights", name), f"`{name}` is no weight; write a number from 0.1 to 100", value=True)
    return {name: float(value) for name, value in weights.items()}


def _terms(document: Document) -> dict[str, dict[str, list[str]]]:
    """group -> language -> terms; the one-line form's words are the group `any`."""
    data = document.data
    if "any" in data:
        if "terms" in data:
            document.fail(("any",), "`any` beside [terms.…]; move the list below a heading such as [terms.any]")
        return {"any": {"any": _words(document, ("any",), data["any"])}}
    groups = data.get("terms")
    if groups is None and "query" in data:  # whose terms stand in quotes
        return {}
    if groups is None:
        document.fail((), 'no words to look for; write any = ["word", "another"]')
    if not isinstance(groups, dict):
        document.fail(("terms",), '`terms` is no group; write a heading [terms.GROUP] and below it any = ["word"]')
    if not groups:
        document.fail(("terms",), "`terms` has no group; write a heading [terms.GROUP]")
    return {name: _group(document, name, group) for name, group in groups.items()}


def _group(document: Document, name: str, group: object) -> dict[str, list[str]]:
    place = ("terms", name)
    if not isinstance(group, dict):
        document.fail(
            place, f'`{name}` is no group of words; write a heading [terms.{name}] and below it any = ["word"]'
        )
    if not _GROUP.fullmatch(name) or name.upper() in _RESERVED:
        document.fail(
            place, f"`{name}` cannot name a group; use letters, digits, `_` and `-`, and no word of the query"
        )
    if not group:
        document.fail(place, f'the group `{name}` is empty; add a line such as en = ["word"]')
    for code in group:
        if code != "any" and (wrong := wrong_language(code)):
            document.fail((*place, code), f"{wrong} (or `any` for all)".replace("? (", " (", 1).replace('"', "`", 2))
    return {code: _words(document, (*place, code), words) for code, words in group.items()}


def _words(document: Document, place: tuple[str, ...], value: object) -> list[str]:
    words = document.texts_at(place, value)
    if not words:
        document.fail(place, f"`{place[-1]}` is an empty list; add a word or take the line out", value=True)
    _check_terms(document, place, words)
    return words


def _check_terms(document: Document, place: tuple[str, ...], words: list[str]) -> None:
    for n, word in enumerate(words):
        try:
            read_term(word)
        except TermError as error:
            document.fail((*place, n), str(error))
