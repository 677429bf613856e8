"""What docs/reading.md tells people to type is typed here, in its order, over the demo newsroom's articles."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.crawling import ROOT, scrapy
from tests.reading import demo_archive

TEXT = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|console)\n(.*?)```", TEXT, re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project of one's own with an archive in it."""
    folder = tmp_path_factory.mktemp("reading")
    demo_archive(folder / "archive")
    (folder / "scrapy.cfg").write_text((ROOT / "scrapy.cfg").read_text())
    (folder / "topics").symlink_to(ROOT / "topics")
    return folder


def python(folder, code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(BLOCKS)])
def test_what_the_page_shows_works(folder, number):
    kind, code = BLOCKS[number]
    if kind == "python":
        assert python(folder, code).strip()
        return
    for line in code.splitlines():
        assert line.startswith("$ "), line
        words = shlex.split(line[2:], comments=True)
        if words[0] == "jq" and not shutil.which("jq"):
            pytest.skip("no jq on this machine")
        done = scrapy(*words[1:], cwd=folder) if words[0] == "scrapy" else subprocess.run(
            words, cwd=folder, capture_output=True, text=True
        )  # fmt: skip
        assert done.returncode == 0 and done.stdout.strip(), (line, done.stderr)


def test_every_kind_of_tool_has_its_example():
    for word in ("import pandas", "import duckdb", "import datasets", "import spacy", "jq -r", "scrapy digest"):
        assert word in TEXT


@pytest.mark.parametrize("verb", ["search", "stats", "digest", "export"])
def test_every_verb_has_help_with_an_example(verb):
    done = scrapy(verb, "--help")
    assert done.returncode == 0 and f"Example:\n  scrapy {verb}" in done.stdout
