"""archive/README.md: what lies where, and the dataset card by which other tools read the articles with their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from newslib.schema import features
from newslib.store import disk
from newslib.store.errors import ArchiveForeignError

_TEXT = """
# A news archive

Written by news-archive-crawler; this file too, whenever the archive is opened for writing, so edits to it are lost.

- `articles/YYYY/MM/DD-NNN.jsonl`: the articles, one JSON object a line, by the UTC day on which they were stored
- `warc/YYYY/MM/DD-NNN.warc.gz`: the answers of the web servers that they were read from (WARC 1.1)
- `ledger.sqlite`: what was found, asked and decided, and how much of each file counts
- `runs/`: a report of every run
- `removed.jsonl`: what was taken down, when and why
- `lock`: held by the run that is writing

Files of past days never change, but for what is taken down (`scrapy archive remove`). Copy the folder with
`scrapy archive backup`, also while a run is writing. Check it with `scrapy archive verify`.

## Loading it

```python
from newslib import Archive
for article in Archive("DIR").articles(since="2025-10-01"):
    print(article.title)

import datasets
articles = datasets.load_dataset("DIR")["train"]

import duckdb
duckdb.sql("SELECT day, title FROM read_json('DIR/articles/**/*.jsonl')")

import glob, pandas
files = glob.glob("DIR/articles/**/*.jsonl", recursive=True)
articles = pandas.concat(pandas.read_json(file, lines=True) for file in files)
```

`text` is the text without what stood in the archive before; those paragraphs are in `repeats`, each with its place.
Records with `copy_of` and later versions keep their text whole: for every paragraph once, leave them out.
"""


def readme() -> str:
    """The whole README.md."""
    front = {
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "articles/**/*.jsonl"}]}],
        "dataset_info": {"features": features()},
    }
    return "---\n" + "\n".join(_yaml(front)) + "\n---\n" + _TEXT


def write(root: Path) -> None:
    """Write the archive's README.md when it is not there as it should be. One that is not ours is never overwritten:
    raises ArchiveForeign."""
    path, text = root / "README.md", readme().encode()
    old = path.read_bytes() if path.exists() else None
    if old is not None and not is_ours(old):
        raise ArchiveForeignError(f"{path} is no archive's; give an empty or a new folder as ARCHIVE_DIR.")
    if old != text:
        disk.write_whole(path, text)


def is_ours(text: bytes) -> bool:
    """Whether a README.md is an archive's."""
    return text.startswith(b"---\nconfigs:") and b"dataset_info:" in text


def _yaml(value: Any) -> list[str]:
    """Lines of block YAML for dicts, lists of dicts and plain words."""
    if isinstance(value, list):
        lines = []
        for item in value:
            first, *rest = _yaml(item)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    lines = []
    for key, inner in value.items():
        if isinstance(inner, str):
            lines.append(f"{key}: {inner}")
        else:
            lines += [f"{key}:", *(f"  {line}" for line in _yaml(inner))]
    return lines
