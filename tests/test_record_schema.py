"""The record as other tools see it: JSON Schema, dataset card, pandas, DuckDB, Hugging Face datasets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pandas
import pytest
import yaml

from newslib import Archive
from newslib.article import Article
from newslib.schema import record_schema, schema_text
from newslib.store.card import readme
from tests.storing import FETCHED, article, page, paragraph, url

ROOT = Path(__file__).parent.parent
INSTANT = "2025-05-26T04:45:26Z"
FULL: dict[str, Any] = {
    "title": "A title",
    "published": INSTANT,
    "modified": INSTANT,
    "day": "2025-05-26",
    "utc_offset": "+09:00",
    "authors": ["A. Uthor"],
    "tags": ["2025-05-26"],
    "language": "en",
    "language_score": 0.5,
    "paywalled": True,
    "found": {"via": "feed", "url": "https://news.example/feed", "at": INSTANT},
    "topics": [
        {
            "id": "tea",
            "version": "0123456789abcdef",
            "score": 1.0,
            "terms": [
                {"group": "g", "term": "tea", "count": 2, "start": 0, "end": 3},
                {"group": "g", "term": "Tee", "count": 1, "start": None, "end": None},
            ],
        }
    ],
    "rights": {"tdm": "reserved", "ai": None, "license": "https://license.example/"},
}
NULL: dict[str, Any] = {"title": None, "source": None}
ARCHIVES = {
    "all fields": [FULL] * 4,
    "all null": [NULL] * 3,
    "first null": [NULL, NULL, FULL],
    "mixed": [FULL, NULL] * 2,
}


@pytest.fixture(params=ARCHIVES)
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> Path:
    """An archive of a file a day."""
    for n, fields in enumerate(ARCHIVES[request.param]):
        monkeypatch.setattr("newslib.store.segments.today", lambda n=n: f"2025/11/0{n + 1}")
        with Archive(tmp_path, write=True, warc="matched" if fields is FULL else "none") as archive:
            made = article(url(n), **fields)
            text = [paragraph(n), paragraph(f"{n}b"), paragraph(f"{n}c")] + [paragraph(0)] * (fields is FULL)
            archive.admit(made, text)
            archive.store(made, page(url(n)), url=url(n)).result(10)
            archive.write_report({"run": "r", "errors": []})
    return tmp_path


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.glob("articles/*/*/*.jsonl")) for line in file.open()]


def test_the_schema_under_docs_is_that_of_the_record() -> None:
    """`python -c "from newslib.schema import schema_text; print(schema_text(), end='')" >docs/record.schema.json`"""
    assert (ROOT / "docs" / "record.schema.json").read_text("utf-8") == schema_text()


def test_records_are_as_the_schema_says(folder: Path) -> None:
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for record in records(folder):
        jsonschema.validate(record, schema, format_checker=jsonschema.FormatChecker())
    empty = json.loads(Article(fetched=FETCHED).to_json())
    jsonschema.validate(empty, schema)
    for wrong in ({"published": 1}, {"authors": None}, {"extra": 1}, {"found": {"via": "feed"}}, {"version": "1"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(empty | wrong, schema)


def test_the_card_declares_every_field_and_only_the_articles() -> None:
    front = yaml.safe_load(readme().split("---")[1])
    assert [f["name"] for f in front["dataset_info"]["features"]] == list(json.loads(Article().to_json()))
    assert front["configs"][0]["data_files"] == [{"split": "train", "path": "articles/**/*.jsonl"}]


def test_duckdb_reads_instants_as_timestamps(folder: Path) -> None:
    query = "SELECT count(*), any_value(typeof(fetched)), any_value(typeof(published)), any_value(typeof(id))"
    (row,) = duckdb.sql(f"{query} FROM read_json('{folder}/articles/**/*.jsonl')").fetchall()
    expected = "TIMESTAMP" if any(r["published"] for r in records(folder)) else "NULL"
    assert row[0] == len(records(folder))
    assert "TIMESTAMP" in row[1]
    assert expected in row[2]
    assert row[3] == "VARCHAR"


def test_pandas_keeps_ids_as_text(folder: Path) -> None:
    frame = pandas.concat(pandas.read_json(file, lines=True) for file in folder.glob("articles/*/*/*.jsonl"))
    assert len(frame) == len(records(folder))
    assert frame["id"].map(type).eq(str).all()


def test_load_dataset_reads_the_folder_as_it_lies_there(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In a process of its own: datasets reads its settings from the environment when it is imported."""
    program = """
import json, sys, datasets
rows = datasets.load_dataset(sys.argv[1])["train"]
print(json.dumps([rows.column_names, list(rows)], default=str))
"""
    environment = {
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path_factory.mktemp("hf")),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    columns, rows = json.loads(done.stdout.splitlines()[-1])
    expected = records(folder)
    assert columns == list(expected[0])
    assert sorted(row["id"] for row in rows) == sorted(record["id"] for record in expected)
    by_id = {row["id"]: row for row in rows}
    for record in expected:
        row = by_id[record["id"]]
        assert row["published"] == (record["published"] and "2025-05-26 04:45:26+00:00")
        assert row["day"] == record["day"]
        for field in ("authors", "text", "repeats", "topics", "rights", "warc", "copy_of", "paywalled", "version"):
            assert row[field] == record[field]


def test_every_field_is_explained_in_the_docs() -> None:
    told = (Path(__file__).parent.parent / "docs" / "archive.md").read_text(encoding="utf-8")
    table = told[told.index("## The fields of a record") :]
    for name in json.loads(Article().to_json()):
        assert f"`{name}`" in table, name
