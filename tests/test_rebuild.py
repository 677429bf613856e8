"""The ledger made anew from the files is the one that was lost; what is damaged is set aside, and said."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newslib import Archive
from newslib.store import (
    ArchiveDamaged,
    ArchiveLocked,
    ArchiveMissing,
    UrlUnknown,
    disk,
    ledger,
    rebuild,
    recovery,
    remove,
    segments,
    warc,
)
from tests.storing import article, clean, link, page, paragraph, store, url
from tests.test_takedown import tearing
from tests.test_warc import checked

TABLES = {
    "article": "SELECT seq, article, version, host.host, title, full_sha256, body, language, date, fetched, digest,"
    " paragraphs, path, offset, a.length FROM article a JOIN segment s ON s.id = segment JOIN host ON host.id = a.host",
    "fingerprint": "SELECT fp, tag, seq, paragraph FROM fingerprint UNION SELECT fp, tag, seq, paragraph FROM recent",
    "boilerplate": "SELECT host.host, fp, n FROM boilerplate b JOIN host ON host.id = b.host",
    "segment": "SELECT kind, path, length, sha256 FROM segment",
    "removed": "SELECT url, id, at, why FROM removed",
    "next": "SELECT seq FROM sqlite_sequence WHERE name = 'article' AND seq",
    "stored": "SELECT url, outcome, reason, source, fetched, etag, last_modified, u.article"
    " FROM url u WHERE outcome = 'stored'"
    " AND NOT EXISTS (SELECT 1 FROM article a WHERE a.article = u.article AND body = 'feed')",
    "refused": "SELECT url, outcome, reason FROM url WHERE outcome = 'removed'",
}


def tables(folder: Path) -> dict[str, list[Any]]:
    db = ledger.connect(folder / ledger.NAME, write=False)
    try:
        return {name: sorted(ledger.rows(db, select), key=repr) for name, select in TABLES.items()}
    finally:
        db.close()


def content(folder: Path) -> dict[str, bytes]:
    files = [path for kind in ("articles", "warc") for path in folder.glob(f"{kind}/*/*/*")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


HOSTS = ["one.example", "two.example"]
POOL = [paragraph(f"number {n}") for n in range(7)] + ["Short.", "Correction: " + paragraph("what was wrong")]
Step = tuple[str, int, int, list[int]]
number, few = st.integers(0, 3), st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=7)
KINDS = ["page", "page", "page", "page", "feed", "alias", "remove", "day"]
steps = st.tuples(st.sampled_from(KINDS), number, number, few)


@contextlib.contextmanager
def calendar() -> Iterator[Callable[[int], None]]:
    """Small files, and days that the test makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(segments.LIMIT, "articles", 3000)
        patch.setitem(segments.LIMIT, "warc", 4000)

        def begin(day: int) -> None:
            patch.setattr(segments, "today", lambda: f"2099/01/{day:02}")
            patch.setattr(recovery, "today", lambda: f"2099/01/{day:02}")

        yield begin


def write(folder: Path, plan: list[Step], begin: Callable[[int], None], day: int = 1) -> None:
    """Carry a plan out."""
    begin(day)
    with contextlib.ExitStack() as opened:
        archive = None
        for kind, host, n, which in plan:
            address = url(n, HOSTS[host % 2])
            if kind in ("remove", "day"):
                opened.close()
                archive = None
                if kind == "remove":
                    with contextlib.suppress(UrlUnknown, ArchiveMissing):
                        remove(folder, address, "court")
                else:
                    day += 1
                    begin(day)
            else:
                archive = archive or opened.enter_context(Archive(folder, write=True, run=f"run-{day}"))
                put(archive, kind, address, which)


def put(archive: Archive, kind: str, address: str, which: list[int]) -> None:
    made = article(
        address,
        body="feed" if kind == "feed" else "full",
        found={"via": "feed", "url": "https://one.example/feed", "at": "2025-11-03T09:00:00Z"},
        language="en" if len(which) % 2 else None,
    )
    if archive.admit(made, [POOL[each] for each in which]) in ("unchanged", "removed"):
        return
    answer = page(address, body=f"<p>{which}".encode(), headers=[("ETag", '"x"'), ("Last-Modified", "then")])
    if kind == "alias":
        answer.fetched_url = f"{address}-second"
        archive.store(made, answer, url=answer.fetched_url)
    else:
        known = {"etag": '"x"', "last_modified": "then"} if kind == "page" else {}
        archive.store(made, answer, url=address, **known)


def records(folder: Path) -> list[Any]:
    with Archive(folder) as archive:
        return [(a.id, a.text, a.repeats, a.copy_of) for a in archive.articles()]


@given(st.lists(steps, min_size=1, max_size=20), st.lists(steps, min_size=1, max_size=6))
@settings(
    max_examples=int(os.environ.get("EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],  # to shrink takes minutes
)
def test_the_tables_are_as_they_were_and_the_next_crawl_goes_on_the_same(plan: list[Step], more: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as scratch, calendar() as begin:
        folder, other = Path(scratch) / "a", Path(scratch) / "b"
        write(folder, [("page", 0, 9, [0]), *plan, ("day", 0, 0, []), ("page", 0, 8, [0])], begin)
        before, bytes_before = tables(folder), content(folder)
        shutil.copytree(folder, other)
        for path in other.glob(f"{ledger.NAME}*"):
            path.unlink()
        result = rebuild(other)
        assert result["ok"], result
        after = tables(other)
        for name in TABLES:
            assert after[name] == before[name], name
        assert content(other) == bytes_before
        with Archive(other) as archive:
            assert clean(archive)
        for each in (folder, other):
            write(each, more, begin, 20)
        assert records(folder) == records(other)
        assert tables(folder)["boilerplate"] == tables(other)["boilerplate"]
        assert tables(folder)["fingerprint"] == tables(other)["fingerprint"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of each kind: three articles on the first day, two on the second; nothing closed yet."""
    with calendar() as begin:
        for day, names in ((1, "abc"), (2, "de")):
            begin(day)
            with Archive(tmp_path / "a", write=True) as archive:
                archive.begin(["example"], {})
                for name in names:
                    archive.discover([link(url(name))])
                    store(archive, url(name), [paragraph(name), paragraph("all")])
                archive.finish(url("gone"), "gone").result(10)
                report = {
                    "run": archive.run,
                    "started": "2099-01-01T00:00:00Z",
                    "topics": {"t": "1"},
                    "sources": {"example": {}},
                }
                archive.write_report(report)
        return tmp_path / "a"


def file(folder: Path, kind: str, day: int) -> Path:
    (found,) = folder.glob(f"{kind}/2099/01/{day:02}-001.*")
    return found


def urls(folder: Path) -> list[str]:
    with Archive(folder) as archive:
        return [a.url.rpartition("/")[2] for a in archive.articles()]


def change(path: Path, where: int, data: bytes) -> None:
    whole = bytearray(path.read_bytes())
    whole[where : where + len(data)] = data
    path.write_bytes(whole)


def test_it_works_with_a_missing_a_damaged_and_a_good_ledger(folder: Path) -> None:
    wanted = tables(folder)
    for n, damage in enumerate([Path.unlink, lambda path: path.write_bytes(b"x" * 9000), lambda path: None]):
        damage(folder / ledger.NAME)
        if n < 2:
            with pytest.raises(ArchiveDamaged, match="scrapy archive rebuild"):
                Archive(folder)
        result = rebuild(folder)
        assert result["ok"] and (result["records"], result["runs"], result["cut"]) == (5, 2, [])
        assert (result["old"] is None) == (n == 0)
        assert result["old"] is None or (folder / result["old"]).exists()
        with Archive(folder) as archive:
            assert clean(archive)
            assert archive.url(url("gone")) is None, "asked again"
        assert {name: tables(folder)[name] for name in ("article", "fingerprint", "boilerplate", "stored")} == {
            name: wanted[name] for name in ("article", "fingerprint", "boilerplate", "stored")
        }
    assert len(list(folder.glob("*.bak"))) == 2


def test_the_log_of_the_old_ledger_is_never_taken_for_the_new_ones(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        store(archive, url("in the log"), [paragraph("in the log")])
        shutil.copytree(folder, folder.parent / "b")  # as a kill would leave it
    rebuild(folder.parent / "b")
    assert urls(folder.parent / "b") == [*"abcde", "in the log"]
    (aside,) = (folder.parent / "b").glob("*.bak")
    assert len(ledger.rows(ledger.connect(aside, write=False), "SELECT 1 FROM article")) == 6


@pytest.mark.parametrize("kind", ["articles", "warc"])
def test_a_torn_end_of_the_last_file_is_cut(folder: Path, kind: str) -> None:
    (folder / ledger.NAME).unlink()
    last = file(folder, kind, 2)
    whole = last.read_bytes()
    extra = whole if kind == "articles" else warc_member(last)
    last.write_bytes(whole + extra[: len(extra) // 3])
    result = rebuild(folder)
    assert result["ok"] and len(result["cut"]) == 1 and last.name in result["cut"][0]
    assert last.read_bytes() == whole
    assert next((folder / "quarantine").iterdir()).read_bytes() == extra[: len(extra) // 3]
    with Archive(folder) as archive:
        assert clean(archive)


def warc_member(path: Path) -> bytes:
    with path.open("rb") as stream:
        offset, length, _ = next(warc.members(stream, path.stat().st_size))
    return path.read_bytes()[offset : offset + length]


LINES = {
    "a letter of the text": lambda line: line.replace(b"This paragraph is about b", b"This paragraph is about X"),
    "no JSON": lambda line: b"x" * (len(line) - 1) + b"\n",
    "zeros": lambda line: b"\0" * (len(line) - 1) + b"\n",
    "another id": lambda line: line.replace(b'"id":"a', b'"id":"b'),
    "brackets": lambda line: b"[" * (len(line) - 1) + b"\n",
    "no record": lambda line: b'{"url":"https://x.example/"}'.ljust(len(line) - 1) + b"\n",
    "its line feed": lambda line: line[:-1] + b"x",
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("which", "abc")
def test_a_line_that_is_no_record_is_set_aside_and_the_others_stay(folder: Path, name: str, which: str) -> None:
    path = file(folder, "articles", 1)
    line = next(line for line in path.read_bytes().splitlines(True) if url(which).encode() in line)
    broken = (
        LINES[name](line.replace(f"about {which}".encode(), b"about b"))
        if name.startswith("a letter")
        else LINES[name](line)
    )
    assert len(broken) == len(line) and broken != line
    path.write_bytes(path.read_bytes().replace(line, broken))
    size = path.stat().st_size
    result = rebuild(folder)
    assert not result["ok"]
    assert any(
        "articles/2099/01/01-001.jsonl" in sentence and "quarantine/" in sentence for sentence in result["damage"]
    )
    lost = {which} if name != "its line feed" or which == "c" else {which, chr(ord(which) + 1)}
    assert urls(folder) == [each for each in "abcde" if each not in lost]
    assert path.stat().st_size == size
    aside = b"".join(each.read_bytes() for each in (folder / "quarantine").iterdir())
    assert broken in aside
    checks = Archive(folder).verify()["checks"]
    first = "a" in lost  # whose paragraph the others leave out
    assert {check for check in checks if not checks[check]["ok"]} == ({"repeats"} if first else set()), checks
    assert first == any("which is lost" in sentence for sentence in result["damage"])
    again = rebuild(folder)
    assert again["ok"] != first and urls(folder) == [each for each in "abcde" if each not in lost]


def test_the_address_of_a_lost_record_is_asked_again(folder: Path) -> None:
    path = file(folder, "articles", 1)
    path.write_bytes(path.read_bytes().replace(b"about b", b"about X"))
    rebuild(folder)
    with Archive(folder) as archive:
        assert archive.still_pending([url("b")]) == [url("b")]
        assert archive.url(url("b"))["source"] == "example"


@pytest.mark.parametrize("where", [0, 30, -30])
def test_a_page_that_is_broken_is_set_aside_and_its_record_stays(folder: Path, where: int) -> None:
    with Archive(folder) as archive:
        at = archive.article(archive.latest(url("b")).id).warc
        texts = [(a.id, a.full_text, a.topics) for a in archive.articles()]
    path = folder / at["file"]
    change(path, at["offset"] + where % at["length"], b"\xff\xff\xff")
    size = path.stat().st_size
    result = rebuild(folder)
    assert not result["ok"] and len(result["damage"]) == 2
    assert path.stat().st_size == size
    assert checked(path) == 0
    with Archive(folder) as archive:
        assert clean(archive)
        assert [(a.id, a.full_text, a.topics) for a in archive.articles()] == texts
        assert [a.url for a in archive.articles() if a.warc is None] == [url("b")]
    assert rebuild(folder)["ok"]


def test_a_missing_warc_file_is_said_and_its_records_stay_as_they_are(folder: Path) -> None:
    path = file(folder, "warc", 1)
    kept, lines = path.read_bytes(), file(folder, "articles", 1).read_bytes()
    path.unlink()
    result = rebuild(folder)
    assert not result["ok"] and len(result["damage"]) == 3 and "restore that file" in result["damage"][0]
    assert file(folder, "articles", 1).read_bytes() == lines
    path.write_bytes(kept)
    assert rebuild(folder)["ok"]


@pytest.mark.parametrize("kind", ["articles", "warc"])
def test_an_earlier_file_that_was_cut_short(folder: Path, kind: str) -> None:
    path = file(folder, kind, 1)
    path.write_bytes(path.read_bytes()[:-20])
    result = rebuild(folder)
    assert not result["ok"]
    with Archive(folder) as archive:
        assert clean(archive)
        assert urls(folder) == list("abde" if kind == "articles" else "abcde")
    assert kind == "articles" or checked(path) == 0


def test_a_record_that_stands_there_twice_is_one(folder: Path) -> None:
    path = file(folder, "articles", 2)
    path.write_bytes(path.read_bytes() * 2)
    result = rebuild(folder)
    assert not result["ok"] and "was there before" in result["damage"][0]
    assert urls(folder) == list("abcde")
    with Archive(folder) as archive:
        assert clean(archive)


def test_a_removal_that_was_interrupted_is_finished(folder: Path) -> None:
    child = os.fork()
    if not child:
        disk._failpoint, disk._passes = "remove-noted", 1
        remove(folder, url("b"), "court")
        os._exit(0)
    os.waitpid(child, 0)
    (folder / ledger.NAME).unlink()
    result = rebuild(folder)
    assert result["ok"] and result["removed"] == 1
    assert urls(folder) == list("acde")
    assert not any(b"about b" in path.read_bytes() for path in folder.glob("articles/*/*/*"))
    with Archive(folder, write=True) as archive:
        assert clean(archive)
        assert archive.outcome(url("b")) == ("removed", "court")
        assert store(archive, url("next"), [paragraph("next")])
        assert archive.committed(6) is not None, "a number in commit order is used once"


def test_damaged_files_without_names_of_ours_are_left_alone(folder: Path) -> None:
    (folder / "articles/notes.txt").write_text("mine")
    (folder / "articles/2099/01/draft.jsonl").write_text("mine")
    (folder / "runs/broken.json").write_text("{")
    result = rebuild(folder)
    assert [sentence for sentence in result["damage"] if "runs/broken.json" in sentence] == result["damage"]
    assert (
        (folder / "articles/notes.txt").read_text() == (folder / "articles/2099/01/draft.jsonl").read_text() == "mine"
    )


@pytest.mark.parametrize("name", ["rebuild-made", "rebuild-swap"])
@pytest.mark.parametrize("passes", [1, 2])
def test_killed_anywhere_it_can_be_run_again(folder: Path, name: str, passes: int) -> None:
    wanted = tables(folder)
    child = os.fork()
    if not child:
        disk._failpoint, disk._passes = name, passes
        rebuild(folder)
        os._exit(0)
    os.waitpid(child, 0)
    if not (folder / ledger.NAME).exists():
        with pytest.raises(ArchiveDamaged, match="scrapy archive rebuild"):
            Archive(folder, write=True)
    assert rebuild(folder)["ok"]
    assert tables(folder)["article"] == wanted["article"]
    with Archive(folder, write=True) as archive:
        assert clean(archive)
    assert not list(folder.glob("*.new*"))


@pytest.mark.parametrize("writes", range(1, 9))
def test_killed_within_a_write_while_it_mends_nothing_more_is_lost(folder: Path, writes: int) -> None:
    with Archive(folder) as archive:
        at = archive.article(archive.latest(url("b")).id).warc
    change(folder / at["file"], at["offset"] + 30, b"\xff\xff\xff")
    path = file(folder, "articles", 1)
    path.write_bytes(path.read_bytes().replace(b"about c", b"about X"))
    child = os.fork()
    if not child:
        tearing(writes)
        rebuild(folder)
        os._exit(0)
    os.waitpid(child, 0)
    rebuild(folder)
    assert urls(folder) == list("abde")
    with Archive(folder) as archive:
        assert clean(archive)
        assert [a.url for a in archive.articles() if a.warc is None] == [url("b")]
    aside = b"".join(each.read_bytes() for each in (folder / "quarantine").iterdir())
    assert b"about X" in aside and json.dumps(at, separators=(",", ":")).encode() in aside


def test_a_folder_without_an_archive_and_one_in_use_are_refused(folder: Path, tmp_path: Path) -> None:
    for nothing in (tmp_path / "nothing", tmp_path):
        with pytest.raises(ArchiveMissing):
            rebuild(nothing)
    with Archive(folder, write=True), pytest.raises(ArchiveLocked):
        rebuild(folder)
