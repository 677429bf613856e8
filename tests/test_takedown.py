"""Takedown: nothing of an article is left, everything of the others is, and it never comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from newslib import Archive
from newslib.store import ArchiveDamaged, ArchiveLocked, ArchiveMissing, UrlUnknown, disk, ledger, remove, tombstones
from tests.storing import article, clean, link, page, paragraph, store, url
from tests.test_warc import checked

WORD = "Zebrafish"  # stands in everything that is to go


def days(monkeypatch, day: str) -> None:
    for module in ("recovery", "segments"):
        monkeypatch.setattr(f"newslib.store.{module}.today", lambda: day)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five articles; the third is to go: two versions, a second address, a page elsewhere, a copy by another host."""
    with Archive(tmp_path / "a", write=True, warc="all") as archive:
        archive.begin(["example"], {})
        hint = link(url(3), title=f"{WORD} hint", summary=f"{WORD} summary", original=f"{url(3)}#{WORD}")
        archive.discover([link(url(n)) for n in range(6) if n != 3] + [hint, link(url("second"))]).result(10)
        for n in range(3):
            store(archive, url(n), [paragraph(n), paragraph(f"{n} more")])
        gone(archive, 1)
        store(archive, url(4), [paragraph(4), paragraph("four"), paragraph("four too"), shared(), paragraph("five")])
        gone(archive, 2)
        copy = [paragraph("copy"), shared(), body(1), body(2)]
        store(archive, url(5, "copy.example"), copy)
        store(archive, url(6), [paragraph(6), paragraph("six"), shared()])
        archive.write_report({"errors": [f"{url(3)}: failed: {WORD}", f"{url(33)}: failed: other"]})
    (tmp_path / "a" / "search").mkdir()
    (tmp_path / "a" / "search" / "1.store").write_text(WORD)
    return tmp_path / "a"


def body(n: int) -> str:
    return f"{WORD} is what this paragraph number {n} is about, and it goes on for a while."


def shared() -> str:
    return paragraph("the shared thing")


def gone(archive: Archive, version: int) -> None:
    made = article(url(3), title=f"{WORD} {version}", authors=[WORD])
    archive.admit(made, [body(n) for n in range(version + 1)] + [shared()])
    answer = page(url("second"), body=f"<p>{WORD}</p>".encode() * version, headers=[("X", WORD)])
    archive.store(made, answer, url=url("second")).result(10)


def lines(folder: Path) -> list[dict]:
    files = sorted(folder.glob("articles/*/*/*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All bytes of the archive, those in gzip members unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
            if path.name.endswith(".warc.gz"):
                with path.open("rb") as stream:
                    yield path.name, b"".join(r.raw_stream.read() + str(r.rec_headers).encode() + str(r.http_headers).encode() for r in ArchiveIterator(stream))  # fmt: skip


def test_the_fixture_holds_the_word_everywhere(folder: Path) -> None:
    kinds = {name.rpartition(".")[2] for name, data in everything(folder) if WORD.encode() in data}
    assert kinds == {"jsonl", "gz", "sqlite", "json", "store"}


def test_nothing_is_left_and_everything_else_is(folder: Path) -> None:
    with Archive(folder) as archive:
        before = {a.id: (a, archive.page(a)) for a in archive.articles()}
        gone_id = archive.latest(url(3)).id.partition("-")[0]
    result = remove(folder, url(3), "by order of a court")
    assert result["url"] == url(3)
    assert result["ids"] == [f"{gone_id}-1", f"{gone_id}-2"]
    assert result["addresses"] == [url(3), url("second")]
    assert result["pages"] == 4
    assert result["left"] == []
    for name, data in everything(folder):
        if name.endswith("jsonl") and name != "removed.jsonl":
            data = data.replace(body(1).encode(), b"").replace(body(2).encode(), b"")  # the copy's own
        assert WORD.encode() not in data, name
    with Archive(folder) as archive:
        assert clean(archive)
        after = {a.id: (a, archive.page(a)) for a in archive.articles()}
        assert set(before) - set(after) == set(result["ids"])
        assert all(before[id][0] == each for id, (each, _) in after.items())
        assert all(before[id][1] == each for id, (_, each) in after.items())
        for address in (url(3), url("second")):
            assert archive.outcome(address) == ("removed", "by order of a court")
        assert archive.article(gone_id) is None
        assert archive.removed() == result["ids"]
    assert [record["id"] for record in lines(folder)] == list(after)
    assert all(checked(file) == 0 for file in folder.glob("warc/*/*/*.warc.gz"))
    (stone,) = [json.loads(line) for line in (folder / "removed.jsonl").read_text().splitlines()]
    assert (stone["url"], stone["ids"], stone["why"]) == (url(3), result["ids"], "by order of a court")


def test_it_never_comes_back(folder: Path) -> None:
    remove(folder, url(3), "court")
    with Archive(folder, write=True, warc="all") as archive:
        archive.begin(["example"], {})
        again = link(url(3), title=f"{WORD}", published="2099-01-01T00:00:00Z")
        archive.discover([again, link(url("second"), published="2099-01-01T00:00:00Z")]).result(10)
        assert not {url(3), url("second")} & set(archive.still_pending([url(3), url("second")]))
        for made in (article(url(3)), article(url(77), fetched_url=url("second")), article(url(3), body="feed")):
            assert archive.admit(made, [body(1)]) == "removed"
        answer = page(url(88), body=f"<p>{WORD}</p>".encode())
        answer.fetched_url = url(3)
        archive.finish(url(88), "off-topic", page=answer).result(10)
        store(archive, url(89), [paragraph(89)])
        assert clean(archive)
    assert not any(WORD.encode() in data for name, data in everything(folder) if name.endswith("gz"))


def test_paragraphs_that_it_had_first_are_firsts_of_others_now(folder: Path) -> None:
    remove(folder, url(3), "court")
    with Archive(folder, write=True) as archive:
        later = store(archive, url(9), [paragraph(9), paragraph("nine"), paragraph("nine more"), body(1)])
        assert [repeat["of"]["id"] for repeat in later.repeats] == [archive.latest(url(5, "copy.example")).id]
        later = store(archive, url(10), [paragraph(10), paragraph("ten"), paragraph("ten more"), shared()])
        first_left = archive.latest(url(5, "copy.example")).id
        assert [r["of"]["id"] for r in later.repeats] == [first_left], "kept whole in the copy, left out before that"
        assert clean(archive)


@pytest.mark.parametrize("which", ["url", "alias", "article", "record", "spelling"])
def test_it_is_found_by_whatever_names_it(folder: Path, which: str) -> None:
    with Archive(folder) as archive:
        id = archive.latest(url(3)).id
    name = {
        "url": url(3),
        "alias": url("second"),
        "article": id.partition("-")[0],
        "record": id,
        "spelling": "HTTPS://News.Example/articles/3?utm_source=x#top",
    }[which]
    assert remove(folder, name, "court")["url"] == url(3)


def test_a_second_time_it_is_only_told(folder: Path) -> None:
    first = remove(folder, url(3), "court")
    before = (folder / "removed.jsonl").read_bytes()
    second = remove(folder, url("second"), "another reason")
    assert (second["at"], second["why"], second["pages"]) == (first["at"], "court", 0)
    assert (folder / "removed.jsonl").read_bytes() == before


@pytest.mark.parametrize("which", ["https://news.example/never-heard-of", "a0000000000000000", "nonsense"])
def test_what_is_not_known_is_refused(folder: Path, which: str) -> None:
    with pytest.raises(UrlUnknown, match=which) as caught:
        remove(folder, which, "court")
    assert caught.value.exit_code == 2
    assert not (folder / "removed.jsonl").exists()


def test_a_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        remove(tmp_path / "nothing", url(3), "court")
    assert not (tmp_path / "nothing").exists()


def test_what_was_never_stored_can_be_removed_too(folder: Path) -> None:
    with Archive(folder, write=True, warc="all") as archive:
        archive.discover([link(url("pending"), title=WORD)])
        answer = page(url("off"), body=f"<p>{WORD} off".encode())
        answer.fetched_url = url("elsewhere")
        archive.finish(url("off"), "off-topic", page=answer, judged={"t": "1"}, groups=["t/zebra"]).result(10)
    assert remove(folder, url("pending"), "court")["ids"] == []
    assert remove(folder, url("off"), "court")["pages"] == 2
    remove(folder, url(3), "court")
    with Archive(folder) as archive:
        assert clean(archive)
        known = archive.url(url("off"))
        assert known["outcome"] == "removed" and known["warc"] is known["judged"] is known["groups"] is None
    assert not any(WORD.encode() in data for name, data in everything(folder) if name.endswith((".gz", ".sqlite")))


def test_closed_files_are_hashed_anew_and_an_empty_one_goes(folder: Path, monkeypatch) -> None:
    days(monkeypatch, "2099/01/01")
    with Archive(folder, write=True) as archive:
        store(archive, url("lonely"), [paragraph("lonely")])
    days(monkeypatch, "2099/01/02")
    with Archive(folder, write=True) as archive:
        store(archive, url("last"), [paragraph("last")])
    assert (folder / "articles/2099/01/01-001.jsonl").exists()
    for which in (url("lonely"), url(3), url("last")):
        remove(folder, which, "court")
        with Archive(folder) as archive:
            assert clean(archive)
    assert not list(folder.glob("articles/2099/*/*"))
    with Archive(folder, write=True) as archive:
        assert store(archive, url("new"), [paragraph("new")])
        assert clean(archive)
    assert (folder / "articles/2099/01/02-001.jsonl").exists()


def test_neighbours_can_go_one_after_another(folder: Path) -> None:
    order = [url(0), url(2), url(1), url(6), url(3), url(5, "copy.example")]
    for which in order:
        remove(folder, which, "court")
        with Archive(folder) as archive:
            assert clean(archive)
            assert [a.id for a in archive.articles()] == [record["id"] for record in lines(folder)]
    with Archive(folder) as archive:
        assert [a.url for a in archive.articles()] == [url(4)]
    remove(folder, url(4), "court")
    assert not list(folder.glob("articles/*/*/*"))
    with Archive(folder, write=True) as archive:
        assert clean(archive)


def test_other_programs_still_read_the_lines(folder: Path) -> None:
    import datasets
    import duckdb
    import pandas

    for which in (url(0), url(3)):
        remove(folder, which, "court")
    (file,) = folder.glob("articles/*/*/*.jsonl")
    ids = [record["id"] for record in lines(folder)]
    assert list(pandas.read_json(file, lines=True)["id"]) == ids
    assert [id for (id,) in duckdb.sql(f"SELECT id FROM read_json('{file}')").fetchall()] == ids
    loaded = datasets.load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))["train"]
    assert loaded["id"][:] == ids


def test_a_page_that_another_article_was_read_from_stays(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        for address in (url("one"), url("two")):  # a page that named another canonical address the second time
            made = article(address)
            archive.admit(made, [paragraph(address)])
            answer = page(url("both"), body=f"<p>{address}".encode())
            archive.store(made, answer, url=url("both")).result(10)
    result = remove(folder, url("one"), "court")
    assert result["pages"] == 2
    assert url("both") not in result["addresses"], "it leads to the other by now"
    with Archive(folder) as archive:
        assert b"articles/two" in archive.page(archive.article(archive.latest(url("two")).id))
        assert clean(archive)


def test_an_article_that_has_moved_goes_with_all_its_addresses(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        store(archive, url("old"), [paragraph("old")])
        made = article(url("moved"))
        archive.admit(made, [paragraph("moved")])
        archive.store(made, page(url("moved")), url=url("old")).result(10)
    result = remove(folder, url("old"), "court")
    assert (result["url"], set(result["addresses"]), len(result["ids"])) == (
        url("moved"),
        {url("old"), url("moved")},
        2,
    )
    with Archive(folder) as archive:
        assert clean(archive)


def test_a_reader_that_holds_the_ledgers_log_is_named_and_the_next_opening_ends_it(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("newslib.store.carryout._WAIT", 50)
    with Archive(folder) as reader:
        reader._db.execute("BEGIN")
        assert reader.latest(url(3))
        for _ in range(2):
            with pytest.raises(ArchiveLocked, match="another process is reading"):
                remove(folder, url(3), "court")
        assert reader.verify()["ok"] is False
    assert remove(folder, url(3), "court")["why"] == "court"
    with Archive(folder) as archive:
        assert clean(archive)
    assert WORD.encode() not in (folder / ledger.NAME).read_bytes()


def test_copies_beside_the_archive_are_named(folder: Path) -> None:
    (folder / "ledger.sqlite.20251103T100000Z.bak").touch()
    (folder / "quarantine").mkdir()
    (folder / "quarantine" / "x").touch()
    assert remove(folder, url(3), "court")["left"] == ["ledger.sqlite.20251103T100000Z.bak", "quarantine/x"]


def test_an_older_copy_that_is_put_back_beside_removed_jsonl_loses_it_again(folder: Path, tmp_path: Path) -> None:
    remove(folder, url(0), "court")
    old = shutil.copytree(folder, tmp_path / "old")
    with Archive(folder, write=True) as archive:
        gone(archive, 3)  # a version that the copy does not have
        store(archive, url("later"), [paragraph("later")])
    remove(folder, url(3), "court")
    remove(folder, url("later"), "court")
    shutil.copy(folder / tombstones.NAME, old)
    with Archive(old, write=True) as archive:
        assert clean(archive)
        assert [a.url for a in archive.articles()] == [url(1), url(2), url(4), url(5, "copy.example"), url(6)]
        assert archive.outcome(url("later")) == ("removed", "court")
    assert not any(WORD.encode() in data for name, data in everything(old) if name.endswith((".gz", ".sqlite")))


@pytest.mark.parametrize("tail", [b'{"url":"https://', b"\0" * 40, b"\0\0\n"])
def test_a_torn_last_tombstone_is_cut(folder: Path, tail: bytes) -> None:
    remove(folder, url(3), "court")
    whole = (folder / tombstones.NAME).read_bytes()
    (folder / tombstones.NAME).write_bytes(whole + tail)
    with Archive(folder, write=True) as archive:
        assert clean(archive)
    assert (folder / tombstones.NAME).read_bytes() == whole


def test_removed_jsonl_of_another_archive_erases_nothing(folder: Path, tmp_path: Path) -> None:
    with Archive(tmp_path / "b", write=True) as archive:
        for n in range(6):
            store(archive, url(f"b{n}"), [paragraph(n)])
    remove(folder, url(0), "court")
    (tmp_path / "b" / tombstones.NAME).write_bytes((folder / tombstones.NAME).read_bytes())
    before = [path.read_bytes() for path in sorted((tmp_path / "b").glob("*/*/*/*"))]
    with pytest.raises(ArchiveDamaged, match="is not so in this archive"):
        Archive(tmp_path / "b", write=True)
    assert [path.read_bytes() for path in sorted((tmp_path / "b").glob("*/*/*/*"))] == before


def killed(how: Callable[[], None], act: Callable[[], object]) -> bool:
    """Act in a child that `how` has prepared to be killed; whether it was."""
    child = os.fork()
    if not child:
        try:
            how()
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def at_failpoint(name: str, count: int) -> None:
    disk._failpoint, disk._passes = name, count


def tearing(count: int) -> None:
    """Only the second half of the n-th write reaches the disk before the kill."""
    write, left = disk.write_at, [count]

    def torn(fd: int, data: bytes, offset: int) -> None:
        left[0] -= 1
        half = len(data) // 2 if left[0] == 0 else 0
        write(fd, data[half:], offset + half)
        if half:
            os.kill(os.getpid(), signal.SIGKILL)

    disk.write_at = torn


FAILPOINTS = ["noted", "rows", "member", "line", "bytes", "settled", "rewritten"]
KILLS = [(at_failpoint, f"remove-{name}", n) for name in FAILPOINTS for n in (1, 2)]


@pytest.mark.parametrize("kill", [*KILLS, *((tearing, n) for n in range(1, 9))], ids=lambda kill: str(kill[1:]))
def test_killed_anywhere_it_is_finished_by_the_next_opening(folder: Path, kill: tuple) -> None:
    how, *args = kill
    was = killed(lambda: how(*args), lambda: remove(folder, url(3), "court"))
    assert was or args[-1] > 1, "this point is not passed"
    written = bool(tombstones.read(folder))
    with Archive(folder) as reader:
        assert len(list(reader.articles())) in (6, 8)
        checks = reader.verify()["checks"]
        assert checks["removed"]["ok"] != (was and written)
        assert not written or {name for name, check in checks.items() if not check["ok"]} <= {
            "removed",
            "lines",
            "warc",
            "closed",
        }
    if was:
        for name in ("remove-rows", "remove-line", "remove-settled"):  # killed again, in recovery
            killed(partial(at_failpoint, name, 1), partial(Archive, folder, write=True))
    with Archive(folder, write=True) as archive:
        assert clean(archive)
        assert len(list(archive.articles())) == (6 if written else 8)
    remove(folder, url(3), "court")
    with Archive(folder) as archive:
        assert clean(archive)
        assert len(list(archive.articles())) == 6
    for name, data in everything(folder):
        if name == "removed.jsonl" or not name.endswith("jsonl"):
            assert WORD.encode() not in data, name


def test_readers_and_verify_go_on_meanwhile(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        for n in range(60):
            store(archive, url(n), [paragraph(n), paragraph("all"), paragraph(f"{n} more")])
    child = os.fork()
    if not child:
        try:
            for n in range(0, 18, 3):
                remove(tmp_path, url(n), "court")
                time.sleep(0.2)
        finally:
            os._exit(0)
    rounds = 0
    while not os.waitpid(child, os.WNOHANG)[0]:
        with Archive(tmp_path) as reader:
            found = [(a.url, reader.page(a)) for a in reader.articles()]
            assert {url(n) for n in range(60) if n % 3 or n >= 18} <= {address for address, _ in found}
            assert len(found) == len(set(found))
            assert clean(reader)
        rounds += 1
    assert rounds > 3
    with Archive(tmp_path) as reader:
        assert [a.url for a in reader.articles()] == [url(n) for n in range(60) if n % 3 or n >= 18]
        assert clean(reader)
