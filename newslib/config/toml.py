"""A TOML file read strictly, with the place of every key and value, so that a mistake can be named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

Place = tuple[str | int, ...]  # keys and indexes down to a value, as ("source", 0, "feeds", 2)

# tomllib says what it met; these say what to do about it.
_FIXES = {
    "Invalid value": 'put text between quotes: key = "text"',
    "Illegal character": "close the quotes on the same line",
    "Unterminated string": "close the quotes",
    "Unclosed array": "close the list with `]`, and put a comma between its items",
    "Expected '='": 'write key = "value"',
    "Expected newline": "start a new line here",
    "Cannot overwrite": "a key is there twice: keep one",
    "Cannot declare": "a heading is there twice: keep one",
    "Invalid statement": 'write key = "value", or put a `#` before a remark',
    "Unescaped '\\'": "write `\\\\` for a backslash, or use single quotes",
    "Expected ']'": "close the heading with `]`",
}


class ConfigError(Exception):
    """A mistake in what the user wrote: one sentence, `FILE:LINE:COL: what; the fix`."""

    exit_code = 2

    def __init__(self, message: str, file: Path | None = None, line: int | None = None, column: int | None = None):
        self.file, self.line, self.column = file, line, column
        places = [] if file is None else [shown(file), *(str(n) for n in (line, column) if n is not None)]
        super().__init__(": ".join([":".join(places), message] if places else [message]))


def shown(path: Path) -> str:
    """A path as a person wants to read it: from here when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def files_in(directory: Path, setting: str) -> list[Path]:
    """The `*.toml` of the folder that `setting` names, then those of its `local/`, if any. Raises ConfigError for one
    that is none or cannot be read: it is not the same as an empty one."""
    found: list[Path] = []
    for folder in (directory, directory / "local"):
        try:
            found += sorted(path for path in folder.iterdir() if path.suffix == ".toml")
        except OSError as error:
            if folder == directory or not isinstance(error, FileNotFoundError):
                raise ConfigError(f"cannot be read ({error.strerror}); give the folder in {setting}", folder) from None
    return found


def among(name: str, known: Iterable[str], what: str = "there are") -> str:
    """The end of a sentence on an unknown name: the nearest that exists, and all of them."""
    names = sorted(known)
    near = get_close_matches(name.lower(), names, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}{what} {', '.join(names) or 'none'}"


class Document:
    """A TOML file: `data` as tomllib reads it, and the place of each part. Raises ConfigError."""

    def __init__(self, file: Path, largest: int | None = None):
        self.file = file
        try:
            if largest is not None and file.stat().st_size > largest:
                raise ConfigError(f"is larger than {largest // 1000} kB; make it several files", file)
            self.bytes = file.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot be read ({error.strerror}); check the file", file) from None
        if self.bytes.startswith(b"\xef\xbb\xbf"):
            raise ConfigError("begins with a byte order mark; save it as UTF-8 without BOM", file, 1, 1)
        try:
            text = self.bytes.decode()
        except UnicodeDecodeError as error:
            before = self.bytes[: error.start].decode()
            raise ConfigError("is not UTF-8 here; save it as UTF-8", file, *_line_column(before, len(before))) from None
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _syntax_error(file, text, str(error)) from None
        except RecursionError:
            raise ConfigError("brackets nested too deep; flatten it", file) from None
        self._text = text
        self._places: dict[Place, int] | None = None

    def fail(self, place: Place, message: str, *, value: bool = False, inside: int | None = None) -> NoReturn:
        """Raise ConfigError at a key (or at its value, or at the character `inside` a text), or at the next above."""
        if self._places is None:
            self._places = _Scanner(self._text).places
        wanted: Place = (*place, "=") if value and (*place, "=") in self._places else place
        while wanted not in self._places and wanted:
            wanted = wanted[:-1]
        at = self._places.get(wanted, 0)
        if inside is not None:
            at = _within(self._text, at, inside)
        raise ConfigError(message, self.file, *_line_column(self._text, at))

    def place_of(self, place: Place) -> str:
        """`FILE:LINE` of a key, for a sentence that points at another place."""
        try:
            self.fail(place, "")
        except ConfigError as error:
            return f"{shown(self.file)}:{error.line}"

    def known_keys(self, place: Place, table: dict[str, Any], known: list[str]) -> None:
        """Refuse a key that means nothing here."""
        for key in table:
            if key not in known:
                self.fail((*place, key), f"unknown key `{key}`; {among(key, known, 'known are')}")

    def text_at(self, place: Place, value: object) -> str:
        """The value as text that is not empty."""
        if not isinstance(value, str):
            self.fail(place, f'`{place[-1]}` is no text; write {place[-1]} = "…"', value=True)
        if not value.strip():
            self.fail(place, f"`{place[-1]}` is empty; write something between the quotes", value=True)
        if control := _CONTROL.search(value):
            self.fail(place, f"{control[0]!r} in `{place[-1]}` is no text; take it out", value=True)
        return value.strip()

    def texts_at(self, place: Place, value: object) -> list[str]:
        """The value as a list of texts."""
        if not isinstance(value, list):
            what = f'["{value}"]' if isinstance(value, str) else '["…", "…"]'
            self.fail(place, f"`{place[-1]}` is no list; write {place[-1]} = {what}", value=True)
        for n, item in enumerate(value):
            if not isinstance(item, str):
                self.fail((*place, n), f"item {n + 1} of `{place[-1]}` is no text; put it between quotes")
            if not item.strip():
                self.fail((*place, n), f"item {n + 1} of `{place[-1]}` is empty; take it out")
            if control := _CONTROL.search(item):
                self.fail((*place, n), f"{control[0]!r} in item {n + 1} of `{place[-1]}` is no text; take it out")
        return [item.strip() for item in value]


def _line_column(text: str, at: int) -> tuple[int, int]:
    at = min(at, len(text))
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _within(text: str, at: int, number: int) -> int:
    """Where the character of this number stands, of the TOML string whose quotes open at `at`."""
    quote = text[at]
    if text.startswith(quote * 3, at):
        at += 3
        at += next((len(end) for end in ("\r\n", "\n") if text.startswith(end, at)), 0)  # is not part of it
    else:
        at += 1
    for _ in range(number):
        escaped = quote == '"' and text[at] == "\\"
        at += {"u": 6, "U": 10}.get(text[at + 1], 2) if escaped else 1
    return at


def _syntax_error(file: Path, text: str, message: str) -> ConfigError:
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    what = message[: found.start()] if found else message
    line, column = (int(found[1]), int(found[2])) if found and found[1] else _line_column(text.rstrip(), len(text))
    fix = next((fix for start, fix in _FIXES.items() if what.startswith(start)), "see docs/topics.md for the format")
    return ConfigError(f"{what[0].lower()}{what[1:]}; {fix}", file, line, column)


# Terminals take these for commands; white space stays.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<line>\n)"""
    r'''|(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<sign>[\[\]{}=,])|(?P<bare>[^\s\#"'\[\]{}=,]+)""",
    re.DOTALL,
)


class _Scanner:
    """Offsets of all keys, of their values (place + "=") and of list items, in a text that tomllib has accepted."""

    def __init__(self, text: str):
        self.places: dict[Place, int] = {}
        self._tokens = [(m[0], m.start(), m.lastgroup) for m in _TOKEN.finditer(text) if m.lastgroup != "skip"]
        self._at = 0
        prefix: Place = ()
        tables: dict[Place, int] = {}
        while self._at < len(self._tokens):
            sign, start, kind = self._tokens[self._at]
            if kind == "line":
                self._at += 1
            elif sign == "[":
                many = self._peek(1) == "["
                self._at += 2 if many else 1
                prefix = self._key()
                self._at += 2 if many else 1
                if many:
                    tables[prefix] = tables.get(prefix, -1) + 1
                    prefix = (*prefix, tables[prefix])
                self._note(prefix, start)
            else:
                self._pair(prefix)

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at][0] if at < len(self._tokens) else ""

    def _note(self, place: Place, start: int) -> None:
        for length in range(1, len(place) + 1):
            self.places.setdefault(place[:length], start)

    def _key(self) -> Place:
        """Read a dotted key, up to `=` or `]`."""
        parts: list[str] = []
        while self._at < len(self._tokens) and self._peek() not in ("=", "]", "\n"):
            token, _, kind = self._tokens[self._at]
            parts += [token[1:-1]] if kind == "text" else [part for part in token.split(".") if part]
            self._at += 1
        return tuple(parts)

    def _pair(self, prefix: Place) -> None:
        start = self._tokens[self._at][1]
        place = (*prefix, *self._key())
        self._at += 1  # the sign `=`
        self._note(place, start)
        if self._at < len(self._tokens):
            self.places.setdefault((*place, "="), self._tokens[self._at][1])
        self._value(place)

    def _value(self, place: Place) -> None:
        opened = self._peek()
        self._at += 1
        if opened not in ("[", "{"):
            return
        item = 0
        while self._at < len(self._tokens) and self._peek() not in ("]", "}"):
            sign, start, kind = self._tokens[self._at]
            if kind == "line" or sign == ",":
                self._at += 1
            elif opened == "{":
                self._pair(place)
            else:
                self._note((*place, item), start)
                self._value((*place, item))
                item += 1
        self._at += 1
