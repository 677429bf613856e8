"""What an export is written as: parts of some thousand records each, joined into one file or folder at the end."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newslib.article import Article
from newslib.schema import features
from reader.errors import ReaderError

if TYPE_CHECKING:
    import pyarrow

CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.parquet
---
# News articles

Exported from a news archive by `scrapy export --to hf`; {records} records. `datasets.load_dataset("FOLDER")` reads it.
Who may do what with these texts depends on where you are and on their outlets; `rights` says what each page stated.
"""
MARK = "Exported from a news archive by"  # how an export may know a folder that it may replace


@dataclass(frozen=True, slots=True)
class Format:
    part: Callable[[list[Article], Path], None]  # write records into a new file
    join: Callable[
        [list[Path], Path, int], None
    ]  # parts -> the whole, at a path that does not exist; number of records
    folder: bool = False
    needs: str = ""  # a package that is not always there


# --- JSON lines


def _jsonl_part(articles: list[Article], path: Path) -> None:
    path.write_bytes(b"".join(article.to_json().encode() + b"\n" for article in articles))


def _concatenate(parts: list[Path], path: Path, head: bytes = b"") -> None:
    with path.open("wb") as whole:
        whole.write(head)
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole, 1 << 20)


# --- CSV, for spreadsheets: one cell a field, lists joined, no nested values

_LISTED = "; "
_PLAIN = (
    *("id", "article", "version", "url", "domain", "source", "publisher", "country", "title", "description"),
    *("authors", "published", "modified", "day", "utc_offset", "dated_by", "fetched", "language", "section", "tags"),
    *("image", "text", "chars", "body", "paywalled"),
)
_COLUMNS: dict[str, Callable[[Article], Any]] = {name: attrgetter(name) for name in _PLAIN} | {
    "copy_of": lambda article: article.copy_of["id"] if article.copy_of else None,
    "copy_share": lambda article: article.copy_of["share"] if article.copy_of else None,
    "topics": lambda article: [match["id"] for match in article.topics],
    "tdm": lambda article: article.rights["tdm"],
    "ai": lambda article: article.rights["ai"],
    "license": lambda article: article.rights["license"],
}
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), also in full width, and what it
# skips before one.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def safe_cell(value: Any) -> Any:
    """A value of a CSV that no spreadsheet runs: texts that begin like a formula get an apostrophe in front. Lists are
    joined, truth is true or false."""
    if isinstance(value, list):
        value = _LISTED.join(value)
    if isinstance(value, str) and (value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA)):
        return "'" + value
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _csv_lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _csv_part(articles: list[Article], path: Path) -> None:
    rows = [[safe_cell(column(article)) for column in _COLUMNS.values()] for article in articles]
    path.write_bytes(_csv_lines(rows))


def _csv_join(parts: list[Path], path: Path, records: int) -> None:
    # The byte order mark is how Excel knows UTF-8; pandas and DuckDB skip it.
    _concatenate(parts, path, "\ufeff".encode() + _csv_lines([list(_COLUMNS)]))


# --- Parquet: the types of newslib.schema


def arrow_schema() -> pyarrow.Schema:
    """The record as an Arrow schema."""
    import pyarrow as pa

    def kind(feature: dict[str, Any]) -> Any:
        if "struct" in feature:
            return pa.struct([(inner["name"], kind(inner)) for inner in feature["struct"]])
        if "list" in feature:
            inner = feature["list"]
            return pa.list_(named(inner) if isinstance(inner, str) else kind({"struct": inner}))
        return named(feature["dtype"])

    def named(dtype: str) -> Any:
        known = {"timestamp[s, tz=UTC]": pa.timestamp("s", "UTC"), "date32": pa.date32(), "bool": pa.bool_()}
        return known.get(dtype) or {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}[dtype]

    return pa.schema([(feature["name"], kind(feature)) for feature in features()])


def _table(articles: list[Article]) -> pyarrow.Table:
    import pyarrow as pa

    try:
        return _read(articles)
    except pa.ArrowInvalid:  # a date that is none, in a record of a spider of somebody's own
        return _read([_dated(article) for article in articles])


def _dated(article: Article) -> Article:
    """The record without what is no date in it."""

    def checked(value: str | None, pattern: str) -> str | None:
        try:
            return value if value and datetime.strptime(value, pattern) else None
        except (ValueError, TypeError):
            return None

    instant = "%Y-%m-%dT%H:%M:%SZ"
    dates = {name: checked(getattr(article, name), instant) for name in ("published", "modified", "fetched")}
    found = article.found and {**article.found, "at": checked(article.found["at"], instant)}
    return replace(article, **dates, day=checked(article.day, "%Y-%m-%d"), found=found)  # type: ignore[arg-type]


def _read(articles: list[Article]) -> pyarrow.Table:
    import pyarrow as pa
    import pyarrow.json

    schema = arrow_schema()
    if not articles:
        return schema.empty_table()
    # Arrow's reader of JSON makes no days of texts, so those are read as texts first.
    days = [n for n, each in enumerate(schema) if each.type == pa.date32()]
    read = schema
    for n in days:
        read = read.set(n, pa.field(schema[n].name, pa.string()))
    lines = [article.to_json().encode() + b"\n" for article in articles]
    table = pyarrow.json.read_json(
        pa.BufferReader(b"".join(lines)),
        read_options=pyarrow.json.ReadOptions(block_size=max(1 << 20, 2 * max(map(len, lines)))),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=read, unexpected_field_behavior="error"),
    )
    return table.select(schema.names).cast(schema).combine_chunks()


def _arrow_part(articles: list[Article], path: Path) -> None:
    import pyarrow as pa

    table = _table(articles)
    packed = pa.ipc.IpcWriteOptions(compression="zstd")  # so that the parts take no more room than what is made of them
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema, options=packed) as writer:
        writer.write_table(table)


def _parquet_part(articles: list[Article], path: Path) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(_table(articles), path, compression="zstd")


def _parquet_join(parts: list[Path], path: Path, records: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(path, arrow_schema(), compression="zstd") as writer:
        for part in parts:
            with pa.memory_map(str(part)) as file:
                writer.write_table(pa.ipc.open_file(file).read_all())


# --- A folder for Hugging Face datasets


def _hf_join(parts: list[Path], path: Path, records: int) -> None:
    data = path / "data"
    data.mkdir(parents=True)
    for number, part in enumerate(parts):
        os.link(part, data / f"train-{number:05d}.parquet")
    if not parts:
        _parquet_part([], data / "train-00000.parquet")
    (path / "README.md").write_text(CARD.format(records=f"{records:,}"), encoding="utf-8")


FORMATS = {
    "jsonl": Format(_jsonl_part, lambda parts, path, records: _concatenate(parts, path)),
    "csv": Format(_csv_part, _csv_join),
    "parquet": Format(_arrow_part, _parquet_join, needs="pyarrow"),
    "hf": Format(_parquet_part, _hf_join, folder=True, needs="pyarrow"),
}


def format_of(name: str) -> Format:
    """Raises ReaderError for an unknown format, and for one whose package is missing."""
    if name not in FORMATS:
        raise ReaderError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    if needs := FORMATS[name].needs:
        try:
            __import__(needs)
        except ImportError:
            raise ReaderError(
                f"--to {name} needs {needs}: pip install -e '.[export]' (or pip install {needs})"
            ) from None
    return FORMATS[name]
