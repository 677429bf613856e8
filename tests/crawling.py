"""Run the project as its users do: `scrapy …` as a process (or a fork of one that has loaded it), in this checkout or in a folder of one's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from newslib import Archive
from tests import forking

ROOT = Path(__file__).parent.parent
TOPIC = "russia-north-korea"


def command(*args: Any) -> list[str]:
    return [sys.executable, "-m", "scrapy", *map(str, args)]


def scrapy(
    *args: Any, cwd: Path = ROOT, stdin: str | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end. stdout and stderr come as text."""
    if cwd == ROOT and forking.same_environment():
        return forking.run([str(arg) for arg in args], cwd, stdin or "", timeout)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        command(*args), cwd=cwd, input=stdin or "", capture_output=True, text=True, timeout=timeout, env=environment
    )


def crawl_args(archive: Path, sources: Any, *more: Any, spider: str = "news", topic: str = TOPIC) -> list[Any]:
    """Arguments of a crawl of the newsroom."""
    return [
        *("crawl", spider, "-a", f"topic={topic}", "-a", f"sources={sources}"),
        *("-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", f"ARCHIVE_DIR={archive}", "-s", "EXTRACTION_WORKERS=1", *more),
    ]


def crawl(archive: Path, sources: Any, *more: Any, **known: Any) -> subprocess.CompletedProcess[str]:
    return scrapy(*crawl_args(archive, sources, *more, **known))


def records(archive: Path) -> list[dict[str, Any]]:
    """All records as they lie there."""
    lines = []
    for file in sorted(Path(archive).glob("articles/**/*.jsonl")):
        whole = file.read_text(encoding="utf-8", errors="replace").rpartition("\n")[
            0
        ]  # a crawl may be writing the last
        lines += whole.split("\n") if whole else []
    return [json.loads(line) for line in lines]


def report(archive: Path) -> dict[str, Any]:
    """The newest run report."""
    return json.loads(max((Path(archive) / "runs").glob("*.json")).read_text(encoding="utf-8"))


def verified(archive: Path) -> dict[str, Any]:
    """What `archive verify` says (without a process of its own: a second each); fails the test when it is not clean."""
    with Archive(archive) as opened:
        found = opened.verify()
    assert found["ok"], found
    return found
