"""`scrapy export` and reader.export: right types in other tools, exactly once, and whole or not at all."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslib.article import Article, full_text
from newslib.store import Archive
from reader import export as export_module
from reader import formats
from reader.errors import ReaderError
from reader.export import ExportBusyError, export, may_train, with_full_text
from reader.filters import Filters
from tests.crawling import ROOT, scrapy
from tests.reading import demo_archive, put, record
from tests.storing import paragraph

FORMATS = ["jsonl", "csv", "parquet", "hf"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo newsroom's articles, one of them in two versions, and one with every field set."""
    path = demo_archive(tmp_path_factory.mktemp("export") / "archive")
    with Archive(path, write=True) as archive:
        first = next(a for a in archive.articles() if a.language == "en")
        put(archive, record(first.url, title=first.title, source=first.source, language="en"), "It was put off.")
        put(
            archive,
            record(
                "https://full.example/1", title="=HYPERLINK(0)", domain="full.example", source="full", country="KR",
                publisher="Full", description="+1", authors=["@Ada", "Bo"], published="2025-11-01T08:00:00Z",
                modified="2025-11-02T08:00:00Z", day="2025-11-01", utc_offset="+09:00", language="ko", tags=["-a"],
                language_score=0.5, section="\tx", image="https://full.example/i.jpg", paywalled=False,
                found={"via": "feed", "url": "https://full.example/f", "at": "2025-11-01T09:00:00Z"},
                rights={"tdm": "allowed", "ai": None, "license": "https://l.example/"},
            ),
            "-2+3 is no formula.\n\nA second paragraph, with \"quotes\", a comma and 漢字.",
        )  # fmt: skip
    return path


def run(path, target, to="jsonl", **options):
    with Archive(path) as archive:
        return export(archive, to, target, **options)


def lines(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def content(path):
    """What a file holds, or a folder: name -> bytes."""
    if path.is_dir():
        return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}
    return path.read_bytes()


# --- other tools read it, with the right types


def test_json_lines_are_the_records_as_they_are(demo, tmp_path):
    done = run(demo, tmp_path / "out.jsonl")
    with Archive(demo) as archive:
        records = list(archive.articles())
        assert done.cursor == archive.last_commit()
    assert done.records == len(records) > 80
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "".join(a.to_json() + "\n" for a in records)


def test_pandas_and_duckdb_read_parquet_with_its_types(demo, tmp_path):
    import duckdb
    import pandas as pd

    run(demo, tmp_path / "out.parquet", "parquet")
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert str(frame.dtypes["published"]).startswith("datetime64") and frame.published.dt.tz is not None
    assert pd.api.types.is_integer_dtype(frame.chars) and pd.api.types.is_string_dtype(frame.text)
    full = frame[frame.source == "full"].iloc[0]
    assert full.published == pd.Timestamp("2025-11-01T08:00:00Z") and str(full.day) == "2025-11-01"
    assert list(full.authors) == ["@Ada", "Bo"] and full.rights["tdm"] == "allowed" and full.title == "=HYPERLINK(0)"
    types = dict(
        duckdb.sql(f"select column_name, column_type from (describe from '{tmp_path}/out.parquet')").fetchall()
    )
    assert types["published"] == types["fetched"] == "TIMESTAMP WITH TIME ZONE" and types["day"] == "DATE"
    assert types["authors"] == "VARCHAR[]" and types["chars"] == "BIGINT" and types["paywalled"] == "BOOLEAN"
    assert types["found"] == 'STRUCT(via VARCHAR, url VARCHAR, "at" TIMESTAMP WITH TIME ZONE)'
    count = duckdb.sql(f"select count(*) from '{tmp_path}/out.parquet' where day >= date '2025-11-01'").fetchall()[0][0]
    assert count == (frame.day.dropna().map(str) >= "2025-11-01").sum() > 80


def test_datasets_reads_the_folder_with_its_types(demo, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    done = run(demo, tmp_path / "out", "hf")
    train = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    assert train.num_rows == done.records
    assert train.features["published"].dtype == "timestamp[ms, tz=UTC]"  # Parquet knows no seconds
    assert train.features["day"].dtype == "date32"
    row = train.filter(lambda row: row["source"] == "full")[0]
    assert (
        row["authors"] == ["@Ada", "Bo"] and row["warc"] is None and row["published"].isoformat()[:10] == "2025-11-01"
    )


def test_jq_reads_json_lines(demo, tmp_path):
    if not shutil.which("jq"):
        pytest.skip("no jq on this machine")
    done = run(demo, tmp_path / "out.jsonl", text="full")
    asked = ["jq", "-s", "[length, (map(.chars) | add), (map(.text | length) | add)]", tmp_path / "out.jsonl"]
    count, chars, lengths = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    assert count == done.records and chars == lengths


def test_a_csv_is_safe_in_a_spreadsheet_and_right_in_pandas_and_duckdb(demo, tmp_path):
    import duckdb
    import pandas as pd

    done = run(demo, tmp_path / "out.csv", "csv")
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,article,")
    with open(tmp_path / "out.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == done.records
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")), cell
    full = next(row for row in rows if row["source"] == "full")
    assert full["title"] == "'=HYPERLINK(0)" and full["authors"] == "'@Ada; Bo" and full["utc_offset"] == "'+09:00"
    assert full["text"] == '\'-2+3 is no formula.\n\nA second paragraph, with "quotes", a comma and 漢字.'
    assert full["paywalled"] == "false" and full["tdm"] == "allowed"
    frame = pd.read_csv(tmp_path / "out.csv", parse_dates=["published"])
    assert len(frame) == done.records and frame.published.dt.tz is not None and frame.chars.sum() > 0
    found = duckdb.sql(f"select count(*), sum(chars) from read_csv('{tmp_path}/out.csv')").fetchall()[0]
    assert found == (done.records, frame.chars.sum())


@given(st.text(max_size=20), st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", " =", "\n-", "＝", "\u3000＠"]))
def test_no_text_becomes_a_formula(text, start):
    cell = formats.safe_cell(start + text)
    assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠")) and not cell.startswith(("\t", "\r"))
    assert cell in (start + text, "'" + start + text)


def test_spacy_reads_the_text_of_an_export(demo, tmp_path):
    spacy = pytest.importorskip("spacy")
    run(demo, tmp_path / "out.jsonl", filters=Filters(language="de"))
    nlp = spacy.blank("de")
    documents = list(nlp.pipe(row["text"] for row in lines(tmp_path / "out.jsonl")))
    assert len(documents) == len(lines(tmp_path / "out.jsonl")) > 3 and all(
        len(document) > 20 for document in documents
    )


def test_dates_that_are_none_do_not_stop_an_export(tmp_path):
    with Archive(tmp_path / "a", write=True) as archive:
        odd = record("https://x.example/1", published="yesterday", day="2025-13-41", modified="2025-11-01T00:00:00Z")
        put(archive, odd, "A text.")
        put(archive, record("https://x.example/2", day="2025-11-01"), "Another.")
    import pyarrow.parquet

    run(tmp_path / "a", tmp_path / "o.parquet", "parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "o.parquet").to_pylist()
    assert rows[0]["published"] is rows[0]["day"] is None and rows[0]["modified"] is not None
    assert str(rows[1]["day"]) == "2025-11-01"


@pytest.mark.parametrize("to", FORMATS)
def test_an_export_of_nothing_can_be_read_too(tmp_path, to):
    Archive(tmp_path / "a", write=True).close()
    assert run(tmp_path / "a", tmp_path / "out", to) == export_module.Exported(0, 0)
    if to in ("parquet", "hf"):
        import pyarrow.parquet

        path = tmp_path / "out" / "data" if to == "hf" else tmp_path / "out"
        assert pyarrow.parquet.read_table(path).num_rows == 0
    else:
        assert len((tmp_path / "out").read_text().splitlines()) == (to == "csv")


# --- what is chosen


def ids(path, tmp_path, **options):
    run(path, tmp_path / "chosen.jsonl", **options)
    return [row["id"] for row in lines(tmp_path / "chosen.jsonl")]


@pytest.mark.parametrize(
    "filters",
    [Filters(topic="russia-north-korea"), Filters(language="zh"), Filters(since="2025-11-18", until="2025-11-19"),
     Filters(site="tumen-post"), Filters(site="full.example", language="ko")],
)  # fmt: skip
def test_the_filters_are_those_of_search(demo, tmp_path, filters):
    from reader.search import Search

    chosen = ids(demo, tmp_path, filters=filters, latest=True)
    with Archive(demo) as archive, Search(archive) as search:
        assert set(chosen) == {hit.article.id for hit in search("*", filters, limit=1000).hits} and chosen


def test_copies_and_old_versions_can_be_left_out(demo, tmp_path):
    every = ids(demo, tmp_path)
    with Archive(demo) as archive:
        assert ids(demo, tmp_path, copies="drop") == [a.id for a in archive.articles() if a.copy_of is None] != every
        assert ids(demo, tmp_path, latest=True) == [a.id for a in archive.articles(latest=True)] != every


@pytest.mark.parametrize(
    ("rights", "paywalled", "passes"),
    [
        ({"tdm": None, "ai": None}, None, True),
        ({"tdm": "allowed", "ai": None}, False, True),
        ({"tdm": "reserved", "ai": None}, None, False),
        ({"tdm": None, "ai": "reserved"}, None, False),
        ({"tdm": "allowed", "ai": "reserved"}, None, False),
        ({"tdm": None, "ai": None}, True, False),
    ],
)
def test_training_leaves_out_what_a_page_reserves_or_sells(tmp_path, rights, paywalled, passes):
    article = record("https://x.example/1", rights={**rights, "license": None}, paywalled=paywalled)
    assert may_train(article) is passes
    with Archive(tmp_path / "a", write=True) as archive:
        put(archive, article, "A text.")
    assert len(ids(tmp_path / "a", tmp_path, rights="training-allowed")) == passes


@given(st.lists(st.tuples(st.text("ab 金", min_size=1, max_size=8), st.booleans()), max_size=8))
def test_with_full_text_puts_repeats_back_and_moves_the_places_of_terms(paragraphs):
    kept = [text for text, is_kept in paragraphs if is_kept]
    repeats = [
        {"at": n, "text": text, "why": "seen", "of": {"id": "a-1", "paragraph": 0}}
        for n, (text, is_kept) in enumerate(paragraphs)
        if not is_kept
    ]
    text = "\n\n".join(kept)
    terms, at = [], 0
    for each in kept:
        terms.append({"group": "g", "term": each, "count": 1, "start": at, "end": at + len(each)})
        at += len(each) + 2
    terms.append({"group": "g", "term": "x", "count": 1, "start": None, "end": None})
    topics = [{"id": "t", "version": "v", "score": 1.0, "terms": terms}]
    article = Article(text=text, repeats=repeats, topics=topics, chars=len(text), full_sha256="f")
    full = with_full_text(article)
    assert full.text == full_text(text, repeats) and full.chars == len(full.text) and full.repeats == []
    for term in full.topics[0]["terms"][:-1]:
        assert full.text[term["start"] : term["end"]] == term["term"]
    assert full.topics[0]["terms"][-1]["start"] is None
    assert article.text == text and article.topics[0]["terms"] is terms  # the record itself is as it was


# --- cut off, and run again


@pytest.fixture
def in_parts(monkeypatch):
    monkeypatch.setattr(export_module, "_RECORDS", 7)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("seed", range(4))
def test_an_export_that_is_cut_off_anywhere_and_run_again_equals_an_undisturbed_one(
    demo, tmp_path, monkeypatch, in_parts, to, seed
):
    undisturbed = run(demo, tmp_path / "whole", to, latest=True)
    chance = random.Random(f"{to}{seed}")
    steps = [(export_module.disk, "write_whole"), (export_module.os, "fsync"), (export_module, "_replace"),
             (export_module.disk, "sync_directory"), (Path, "rename")]  # fmt: skip
    cuts = 0
    while True:
        left = chance.randrange(1, 30)

        def cut(function):
            def passing(*args, **kwargs):
                nonlocal left
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
                result = function(*args, **kwargs)
                if left == -3:
                    raise KeyboardInterrupt
                return result

            return passing

        with monkeypatch.context() as patch:
            for owner, name in steps:
                patch.setattr(owner, name, cut(getattr(owner, name)))
            try:
                again = run(demo, tmp_path / "cut", to, latest=True)
                break
            except KeyboardInterrupt:
                cuts += 1
                assert cuts < 200
    assert again == undisturbed
    assert content(tmp_path / "cut") == content(tmp_path / "whole") and cuts >= 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut", "whole"]


def test_an_export_that_is_killed_goes_on_where_it_was(demo, tmp_path):
    run(demo, tmp_path / "whole.jsonl")
    code = (
        "import sys, time\nfrom newslib import Archive\nfrom reader import export as e\ne._RECORDS = 3\n"
        "def say(sentence):\n    print(sentence, flush=True)\n    time.sleep(0.05)\n"
        f"with Archive({str(demo)!r}) as a: e.export(a, 'jsonl', {str(tmp_path / 'cut.jsonl')!r}, say=say)"
    )
    told = []
    for attempt in range(50):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if attempt < 2:
            told.append(process.stdout.readline())
            time.sleep(random.random() / 2)
            process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        if process.returncode == 0:
            told.append(out)
            break
        assert not (tmp_path / "cut.jsonl").exists() or attempt
    assert (tmp_path / "cut.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert "going on with an export that was cut off after" in "".join(told[1:])


def cut_after(path, target, parts, **options):
    """Begin an export and cut it off after so many parts."""
    count = 0

    def say(sentence):
        nonlocal count
        count += "commits read" in sentence
        if count == parts:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(path, target, say=say, **options)


def test_what_is_stored_meanwhile_is_not_in_an_export_that_goes_on(tmp_path, in_parts):
    with Archive(tmp_path / "a", write=True) as archive:
        for n in range(20):
            put(archive, record(f"https://x.example/{n}"), paragraph(n))
    first = run(tmp_path / "a", tmp_path / "whole.jsonl", latest=True)
    cut_after(tmp_path / "a", tmp_path / "cut.jsonl", 1, latest=True)
    with Archive(tmp_path / "a", write=True) as archive:
        put(archive, record("https://x.example/19", title="A new version"), paragraph("later"))
    again = run(tmp_path / "a", tmp_path / "cut.jsonl", latest=True)
    assert again == first and content(tmp_path / "cut.jsonl") == content(tmp_path / "whole.jsonl")


def test_what_was_taken_down_meanwhile_is_not_in_an_export_that_goes_on(tmp_path, in_parts):
    from newslib.store import remove

    with Archive(tmp_path / "a", write=True) as archive:
        for n in range(20):
            put(archive, record(f"https://x.example/{n}"), paragraph(n))
    cut_after(tmp_path / "a", tmp_path / "o.jsonl", 1)
    remove(tmp_path / "a", "https://x.example/3", "asked for")
    run(tmp_path / "a", tmp_path / "o.jsonl")
    assert [row["url"] for row in lines(tmp_path / "o.jsonl")] == [
        f"https://x.example/{n}" for n in range(20) if n != 3
    ]


def test_another_export_to_the_same_target_begins_anew(demo, tmp_path, in_parts):
    cut_after(demo, tmp_path / "o.jsonl", 2)
    run(demo, tmp_path / "o.jsonl", filters=Filters(language="fr"))
    assert {row["language"] for row in lines(tmp_path / "o.jsonl")} == {"fr"}


@pytest.mark.parametrize("harm", [b"", b"{", b"[1]", b'{"asked": 1}', b"\xff"])
def test_a_damaged_note_of_how_far_it_was_makes_an_export_begin_anew(demo, tmp_path, in_parts, harm):
    cut_after(demo, tmp_path / "o.jsonl", 2)
    (tmp_path / "o.jsonl.parts" / "state.json").write_bytes(harm)
    run(demo, tmp_path / "o.jsonl")
    run(demo, tmp_path / "whole.jsonl")
    assert content(tmp_path / "o.jsonl") == content(tmp_path / "whole.jsonl")


def test_two_exports_to_one_target_at_once_are_refused(demo, tmp_path):
    def say(sentence):
        with pytest.raises(ExportBusyError, match="another export") as caught:
            run(demo, tmp_path / "o.jsonl")
        assert caught.value.exit_code == 75

    run(demo, tmp_path / "o.jsonl", say=say)


# --- exactly once


def test_two_exports_by_cursor_give_each_record_once_across_what_is_stored_in_between(tmp_path):
    cursor, seen = 0, []
    for crawl in range(4):
        with Archive(tmp_path / "a", write=True) as archive:
            for n in range(5):
                put(archive, record(f"https://x.example/{crawl}-{n}"), paragraph((crawl, n)))
            if crawl:
                put(archive, record("https://x.example/0-0", title=f"Version {crawl}"), paragraph((crawl, "v")))
        done = run(tmp_path / "a", tmp_path / f"{crawl}.jsonl", after=cursor)
        assert done.cursor > cursor
        cursor = done.cursor
        seen += [row["id"] for row in lines(tmp_path / f"{crawl}.jsonl")]
    with Archive(tmp_path / "a") as archive:
        assert seen == [a.id for a in archive.articles()] and len(set(seen)) == len(seen) == 23
    assert run(tmp_path / "a", tmp_path / "none.jsonl", after=cursor) == export_module.Exported(0, cursor)


def test_exports_by_cursor_beside_a_writing_process_give_each_record_once(tmp_path):
    code = (
        "import sys\nfrom newslib.store import Archive\nfrom tests.reading import put, record\n"
        f"with Archive({str(tmp_path / 'a')!r}, write=True) as archive:\n"
        "    for n in range(150): put(archive, record(f'https://x.example/{n}'), f'Text number {n}.')\n"
    )
    Archive(tmp_path / "a", write=True).close()
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    cursor, seen, last = 0, [], False
    while True:
        done = run(tmp_path / "a", tmp_path / "o.jsonl", after=cursor)
        cursor = done.cursor
        seen += [row["url"] for row in lines(tmp_path / "o.jsonl")]
        if last:
            break
        last = writer.poll() is not None
    assert writer.returncode == 0
    assert seen == [f"https://x.example/{n}" for n in range(150)]


# --- mistakes


def test_targets_that_would_do_harm_are_refused(demo, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    for target, to, hint in [
        (demo / "o.jsonl", "jsonl", "lies in the archive"),
        (demo / "articles", "hf", "lies in the archive"),
        (tmp_path, "jsonl", "is a folder"),
        (tmp_path / "mine", "hf", "no export put there"),
        (tmp_path / "o", "xml", "no format 'xml'"),
    ]:
        with pytest.raises(ReaderError, match=hint):
            run(demo, target, to)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_device_or_a_pipe_is_not_replaced_by_a_file(demo, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for target in ("pipe", "link", "-"):
        with pytest.raises(ReaderError, match="is no file; an export goes to a file"):
            run(demo, tmp_path / target)
    assert (tmp_path / "pipe").is_fifo() and {path.name for path in tmp_path.iterdir()} == {"link", "pipe"}


def test_what_a_link_leads_to_is_replaced_and_not_the_link(demo, tmp_path):
    (tmp_path / "real.jsonl").touch()
    (tmp_path / "link").symlink_to("real.jsonl")
    run(demo, tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and len(lines(tmp_path / "real.jsonl")) > 10


def test_a_cursor_of_another_archive_is_refused(demo, tmp_path):
    with Archive(demo) as archive:
        last = archive.last_commit()
    assert run(demo, tmp_path / "o", after=last).records == 0
    with pytest.raises(ReaderError, match=f"cursor {last + 1} is of another archive: this one ends at {last}"):
        run(demo, tmp_path / "o", after=last + 1)


def test_a_folder_of_an_earlier_export_is_replaced(demo, tmp_path):
    run(demo, tmp_path / "o", "hf")
    done = run(demo, tmp_path / "o", "hf", filters=Filters(language="fr"))
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "o" / "data").num_rows == done.records < 20


def test_a_missing_package_is_named_with_the_command_that_brings_it(demo, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ReaderError, match="pip install pyarrow"):
        run(demo, tmp_path / "o", "parquet")


# --- the verb


def test_the_verb_prints_the_cursor_on_stdout_and_talks_on_stderr(demo, tmp_path):
    done = scrapy("export", "--to", "jsonl", tmp_path / "o.jsonl", "--language", "fr", "-s", f"ARCHIVE_DIR={demo}")
    assert done.returncode == 0, done.stderr
    with Archive(demo) as archive:
        assert done.stdout == f"{archive.last_commit()}\n"
    assert f"{len(lines(tmp_path / 'o.jsonl'))} records are in " in done.stderr
    again = scrapy(
        *("export", "--to", "csv", tmp_path / "o.csv", "--new-since", done.stdout.strip(), "--json"),
        *(
            "--text",
            "full",
            "--copies",
            "drop",
            "--latest",
            "--rights",
            "training-allowed",
            "-s",
            f"ARCHIVE_DIR={demo}",
        ),
    )
    assert json.loads(again.stdout) == {"records": 0, "cursor": int(done.stdout)}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--to", "xml", "o"], "xml"),
        (["o"], "--to"),
        (["--to", "jsonl"], "FILE|DIR"),
        (["--to", "jsonl", "o", "--since", "soon"], "soon"),
        (["--to", "jsonl", "o", "--language", "klingon!"], "klingon"),
        (["--to", "jsonl", "o", "--new-since", "yesterday"], "yesterday"),
    ],
)
def test_mistakes_on_the_command_line_are_one_sentence_and_exit_2(demo, tmp_path, arguments, word):
    done = scrapy("export", *arguments, "-s", f"ARCHIVE_DIR={demo}")
    assert done.returncode == 2 and done.stdout == "", done.stderr
    assert len(done.stderr.splitlines()) == 1 and word in done.stderr
    assert not (ROOT / "o.parts").exists()
