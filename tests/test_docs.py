"""What the README and docs/ tell people to type is typed here."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.crawling import ROOT, crawl, records, scrapy

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder that looks like the checkout after `make demo`: its commands may write there."""
    from crawler.demo.newsroom import Newsroom

    folder = tmp_path_factory.mktemp("project")
    for name in ("crawler", "pipelines", "newslib", "reader", "topics", "sources"):
        (folder / name).symlink_to(ROOT / name) if name not in ("topics", "sources") else None
    for name in ("topics", "sources"):
        (folder / name).mkdir()
        for file in (ROOT / name).glob("*.toml"):
            (folder / name / file.name).symlink_to(file)
    (folder / "scrapy.cfg").write_text((ROOT / "scrapy.cfg").read_text())
    with Newsroom() as newsroom:
        sources = folder / "newsroom.toml"
        sources.write_text(newsroom.sources_toml(), encoding="utf-8")
        assert crawl(folder / "archive-demo", sources, "-a", "since=30d").returncode == 0
        yield folder, newsroom


def commands(text):
    """The lines after `$ ` in console blocks."""
    return [
        line.removeprefix("$ ").split("   #")[0].strip()
        for block in re.findall(r"```console\n(.*?)```", text, re.S)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def test_every_scrapy_command_of_the_readme_works(project):
    folder, newsroom = project
    outlet = next(o for o in newsroom.outlets if o.language == "en")
    seen = 0
    for line in commands(README):
        if line.startswith("make "):
            continue
        pipe, _, command = line.rpartition("| ")
        words = [w.replace("https://news.example/", newsroom.url(outlet.host)) for w in shlex.split(command)]
        assert words[0] == "scrapy", line
        if words[1] == "crawl":
            words += ["-s", "FETCH_PRIVATE_ADDRESSES=1"]
            if not any(w.startswith("sources=") for w in words):  # never the internet
                words += ["-a", f"sources={next((folder / 'sources' / 'local').glob('*.toml'))}"]
        stdin = shlex.split(pipe)[1] if pipe else None
        done = scrapy(*words[1:], cwd=folder, stdin=stdin)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert "match no" not in done.stdout
        seen += 1
    assert seen >= 6


def test_the_python_of_the_readme_reads_the_demo_archive(project):
    folder, _ = project
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) == 2
    for code in blocks:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_the_record_in_the_readme_has_the_fields_of_a_record(project):
    folder, _ = project
    shown = json.loads(re.search(r"```json\n(.*?)```", README, re.S)[1])
    real = records(folder / "archive-demo")[0]
    assert list(shown) == [name for name in real if name in shown]
    assert {"id", "url", "title", "text", "repeats", "topics", "warc"} <= set(shown)


def test_the_crontab_line_is_a_command_that_exists():
    line = re.search(r"```cron\n(.*?)\n```", README, re.S)[1]
    assert "scrapy crawl news -a topic=russia-north-korea" in line and "CONTACT=" in line


VERBS = sorted(file.stem for file in (ROOT / "crawler" / "commands").glob("[!_]*.py"))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb):
    done = scrapy(verb, "--help")
    assert done.returncode == 0
    assert f"scrapy {verb}" in done.stdout and "xample" in done.stdout


def test_links_of_the_readme_lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target


def test_every_dependency_has_its_reason_and_an_upper_bound_where_one_matters():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for line in [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]:
        name = re.split("[>=<]", line)[0]
        assert re.search(rf"^\|[^|]*\b{re.escape(name)}\b", told, re.M), f"{name}: no reason in docs/dependencies.md"


def test_the_sql_of_the_docs_reads_each_paragraph_once(project):
    import duckdb

    folder, _ = project
    told = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    query = re.search(r"```sql\n(.*?)```", told, re.S)[1].replace("archive/articles", f"{folder}/archive-demo/articles")
    found = duckdb.sql(query).fetchall()
    assert 0 < len(found) < len(records(folder / "archive-demo"))
