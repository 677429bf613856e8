"""Storing and reading articles, and repeats across articles."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib import Archive
from newslib.article import Article, article_id, paragraphs_of
from newslib.store import ArchiveError, ArchiveIOError, ArchiveLocked, ArchiveMissing, disk, records, segments, writer
from tests.storing import article, clean, link, page, paragraph, store, url

TEXT = [paragraph("tea"), paragraph("coffee"), paragraph("water")]


def lines(archive: Archive) -> list[dict]:
    files = sorted(archive.path.glob("articles/*/*/*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").split("\n")[:-1]]


def test_what_was_stored_is_read_back_as_it_was(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a", write=True, run="run-1") as archive:
        made = store(archive, url(), TEXT, language="en", tags=["drinks"])
    with Archive(tmp_path / "a") as archive:
        (read,) = archive.articles()
        assert read == made == archive.article(made.id) == archive.article(made.article)
        assert read.id == f"{article_id(url())}-1"
        assert paragraphs_of(read.text) == TEXT
        assert (read.run, read.chars) == ("run-1", len(read.text))
        assert b"The page at" in (archive.page(read) or b"")
        assert archive.outcome(url()) == ("stored", read.id)
        assert clean(archive)


def test_an_archive_that_is_not_there_is_created_for_writing_and_named_when_reading(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing, match=r"holds no archive") as caught:
        Archive(tmp_path / "none")
    assert caught.value.exit_code == 2
    assert not (tmp_path / "none").exists()
    with Archive(tmp_path / "deep" / "er", write=True) as archive:
        assert archive.counts() == {"records": 0, "articles": 0, "urls": 0, "pending": 0}
        assert "articles/**/*.jsonl" in (archive.path / "README.md").read_text()


def test_a_second_writer_is_refused_with_the_process_that_writes(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True):
        with pytest.raises(ArchiveLocked, match=f"process {os.getpid()}, since 20") as caught:
            Archive(tmp_path, write=True)
        assert caught.value.exit_code == 75
        Archive(tmp_path).close()  # readers do not care
    Archive(tmp_path, write=True).close()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    archive = Archive(tmp_path, write=True)
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.write(ready[1], b".")
        os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    archive.close()
    Archive(tmp_path, write=True).close()
    os.write(go[1], b".")
    assert os.waitpid(child, 0)[1] == 0


def test_the_same_text_again_is_unchanged_and_another_one_a_version(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        first = store(archive, url(), TEXT)
        again = article(url())
        assert archive.admit(again, TEXT) == "unchanged"
        assert again.id == first.id
        changed = article(url())
        assert archive.admit(changed, [*TEXT, paragraph("milk")]) == "version"
        assert changed.id == f"{first.article}-2"
        assert not changed.repeats, "an earlier version of the same article is no repeat"
        archive.store(changed, page(url()), url=url()).result(10)
        assert archive.admit(article(url(), title="Another title"), [*TEXT, paragraph("milk")]) == "version"
        assert [a.version for a in archive.articles()] == [1, 2]
        assert [a.version for a in archive.articles(latest=True)] == [2]
        latest = archive.latest(url())
        assert latest is not None
        assert (latest.id, latest.version) == (changed.id, 2)
        assert archive.counts()["articles"] == 1


def test_the_page_of_what_only_a_feed_said_is_the_next_version_even_with_its_text(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        feed = article(url(), body="feed")
        assert archive.admit(feed, TEXT[:1]) == "new"
        archive.store(feed, page(url()), url=url(), outcome="gone", reason="HTTP 410").result(10)
        assert feed.warc is None
        assert archive.outcome(url()) == ("gone", "HTTP 410")
        assert archive.admit(article(url(2)), [paragraph("x"), *TEXT[:1], paragraph("y")]) == "new", "no fingerprints"
        assert archive.admit(article(url(), body="feed"), TEXT[:1]) == "unchanged"
        assert archive.admit(article(url()), TEXT[:1]) == "version"


def test_a_paragraph_that_stood_before_refers_to_its_first_occurrence(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        first = store(archive, url(1), TEXT)
        second = store(archive, url(2), [paragraph("one"), TEXT[1], paragraph("two"), paragraph("three")])
        expected = {"at": 1, "text": TEXT[1], "why": "seen", "of": {"id": first.id, "paragraph": 1}}
        assert second.repeats == [expected]
        assert second.full_text == "\n\n".join([paragraph("one"), TEXT[1], paragraph("two"), paragraph("three")])
        assert clean(archive)


def test_the_order_of_admission_counts_before_anything_is_committed(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        first, second = article(url(1)), article(url(2))
        archive.admit(first, TEXT)
        archive.admit(second, [paragraph("one"), TEXT[1], paragraph("two")])
        assert second.repeats[0]["of"]["id"] == first.id
        with pytest.raises(ValueError, match="not submitted yet"):
            archive.store(second, page(url(2)), url=url(2))
        archive.store(first, page(url(1)), url=url(1))
        archive.store(second, page(url(2)), url=url(2)).result(10)
        assert clean(archive)


def test_two_versions_of_one_article_can_be_on_their_way_at_once(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        for version in (1, 2, 3):
            made = article(url())
            archive.admit(made, [paragraph(version)])
            assert made.version == version
            archive.store(made, page(url()), url=url())
        assert archive.admit(article(url()), [paragraph(3)]) == "unchanged"


def test_an_admission_that_is_released_leaves_no_trace(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        gone = article(url(1))
        archive.admit(gone, TEXT)
        archive.release(gone)
        assert not store(archive, url(2), [paragraph("one"), TEXT[1]]).repeats
        with pytest.raises(ValueError, match="not admitted"):
            archive.store(gone, page(url(1)), url=url(1))


def test_an_article_whose_storing_failed_is_forgotten_and_the_others_are_stored(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        bad, good = article(url(1), tags=[object()]), article(url(2))
        archive.admit(bad, TEXT)
        archive.admit(good, [paragraph("one")])
        failed = archive.store(bad, page(url(1)), url=url(1))
        archive.store(good, page(url(2)), url=url(2)).result(10)
        with pytest.raises(TypeError):
            failed.result(10)
        assert [a.id for a in archive.articles()] == [good.id]
        assert clean(archive), "its WARC records are not in the file either"
        assert store(archive, url(1), TEXT).version == 1


def test_what_refers_to_an_article_that_could_not_be_stored_is_not_stored_either(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        bad, follower = article(url(1), tags=[object()]), article(url(2))
        archive.admit(bad, TEXT)
        archive.admit(follower, [paragraph("one"), TEXT[1], paragraph("two")])
        archive.store(bad, None, url=url(1))
        with pytest.raises(ValueError, match="could not be stored"):
            archive.store(follower, None, url=url(2)).result(10)
        assert archive.counts()["records"] == 0
        assert clean(archive)


def test_a_paragraph_of_ten_articles_of_a_host_is_boilerplate_whether_committed_or_not(tmp_path: Path) -> None:
    note = paragraph("our newsletter")
    with Archive(tmp_path, write=True) as archive:
        why = []
        for n in range(11):
            made = article(url(n))
            archive.admit(made, [paragraph(f"{n} one"), paragraph(f"{n} two"), paragraph(f"{n} three"), note])
            why += [repeat["why"] for repeat in made.repeats]
            done = archive.store(made, page(url(n)), url=url(n))
            if n % 2:
                done.result(10)
        assert why == ["seen"] * 8 + ["boilerplate"] * 2
        elsewhere = article(url(1, "other.example"))
        archive.admit(elsewhere, [paragraph("a"), paragraph("b"), paragraph("c"), note])
        assert [repeat["why"] for repeat in elsewhere.repeats] == ["seen"]
        assert clean(archive)


def test_versions_of_one_article_do_not_make_boilerplate(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url("first"), TEXT)
        for n in range(15):
            store(archive, url(1), [paragraph(n), paragraph("x"), TEXT[2]])
        last = store(archive, url(2), [paragraph("y"), paragraph("z"), TEXT[2]])
        assert [repeat["why"] for repeat in last.repeats] == ["seen"]


def test_a_second_address_of_an_article_ends_as_an_alias(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        archive.discover([link(url("print"))]).result(10)
        found = {"via": "feed", "url": "https://news.example/feed", "at": "2025-11-03T09:00:00Z"}
        made = article(url(1), found=found)
        archive.admit(made, TEXT)
        archive.store(made, page(url("print")), url=url("print"), etag='"p"').result(10)
        assert archive.outcome(url("print")) == ("unchanged", "alias")
        assert archive.outcome(url(1)) == ("stored", made.id)
        later = "2099-01-01T00:00:00Z"
        assert archive.discover([link(url("print"), updated=later)]).result(10).due == 1  # the article, not the alias
        assert archive.outcome(url("print")) == ("unchanged", "alias")
        assert archive.discover([link(url(1), updated=later)]).result(10).known == 1
        assert clean(archive)


def test_texts_are_one_line_of_strict_utf8_whatever_slips_through(tmp_path: Path) -> None:
    bad = "a\ud83d b\u2028c\u2029d\x85e\x00f\x0bg\x1fh\ni\x7fj"
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(), [f"{bad} {paragraph('x')}", "", "\x00", bad], title=bad, tags=[bad], authors=[bad])
        (file,) = archive.path.glob("articles/*/*/*.jsonl")
        text = file.read_bytes().decode("utf-8")
        assert len(text.splitlines()) == 1
        (read,) = archive.articles()
        assert read.title == "a\ufffd b c d e f g h i j" == read.tags[0]
        assert clean(archive)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6), st.text(), st.floats())
@settings(max_examples=200, deadline=None)
def test_the_line_of_a_record_is_always_one_line_of_json(paragraphs: list[str], title: str, score: float) -> None:
    text = "\n\n".join(records.one_line(p) for p in paragraphs)
    made = Article(url=url(), title=title, text=text, tags=paragraphs, language_score=score)
    line = records.line_of(made).decode("utf-8")
    assert len(line.splitlines()) == 1
    assert line.endswith("}\n")
    assert Article.from_json(line) == made
    assert line == made.to_json() + "\n"


def test_filters_of_articles(tmp_path: Path) -> None:
    topic = {"id": "tea", "version": "v", "score": 1.0, "terms": []}
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), TEXT[:1], language="en-GB", published="2025-10-01T23:30:00Z", topics=[topic])
        store(archive, url(2), TEXT[1:2], language="en", day="2025-10-02")
        store(archive, url(3), TEXT[2:], language="eng")

        def found(**filters: object) -> list[str]:
            return [a.url[-1] for a in archive.articles(**filters)]  # type: ignore[arg-type]

        assert found() == ["1", "2", "3"]
        assert found(topic="tea") == ["1"]
        assert found(language="en") == ["1", "2"]
        assert found(since="2025-10-02") == ["2", "3"]
        assert found(until="2025-10-01") == ["1"]
        assert found(since="2025-10-01T23:00:00Z", until="2025-10") == ["1", "2"]


def test_reading_goes_on_while_a_run_writes(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), TEXT)
        with Archive(tmp_path) as reader:
            store(archive, url(2), [paragraph("x")])
            assert [a.url for a in reader.articles()] == [url(1), url(2)]
            assert clean(reader)


def test_what_waits_is_committed_together_and_close_waits_for_all_of_it(tmp_path: Path, monkeypatch) -> None:
    held, batches = threading.Event(), []
    commit = writer.Writer._commit

    def slow(self, batch) -> None:
        held.wait(10)
        batches.append(len(batch))
        commit(self, batch)

    monkeypatch.setattr(writer.Writer, "_commit", slow)
    archive = Archive(tmp_path, write=True)
    futures = [archive.finish(url(n), "not-found", "HTTP 404") for n in range(80)]
    held.set()
    archive.close()
    assert all(future.done() for future in futures)
    assert sum(batches) == 80
    assert max(batches) == 32
    with pytest.raises(ArchiveError, match="is closed"):
        archive.finish(url(), "gone").result(10)
    with Archive(tmp_path) as reader:
        assert reader.outcomes() == {"not-found": 80}


def test_a_future_cannot_be_cancelled_once_its_write_is_accepted(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        future = archive.finish(url(), "gone")
        assert not future.cancel()
        future.result(10)
        assert archive.outcome(url()) == ("gone", "gone")


@pytest.mark.parametrize(("function", "errno"), [("write_at", 28), ("sync", 5), ("open_for_append", 30)])
def test_a_fault_of_the_disk_stops_the_writer_for_good(tmp_path: Path, monkeypatch, function: str, errno: int) -> None:
    told: list[ArchiveIOError] = []
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), TEXT)
        archive._writer._segments.close()  # type: ignore[union-attr]
        archive._writer._segments._open.clear()  # type: ignore[union-attr]
        archive.on_failure(told.append)

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno, os.strerror(errno))

        monkeypatch.setattr(disk, function, fail)
        made = article(url(2))
        archive.admit(made, [paragraph("x")])
        futures = [archive.store(made, page(url(2)), url=url(2)), archive.finish(url(3), "gone")]
        for future in futures:
            with pytest.raises(ArchiveIOError, match=os.strerror(errno)) as caught:
                future.result(10)
        assert caught.value.exit_code == 74
        monkeypatch.undo()
        with pytest.raises(ArchiveIOError):
            archive.finish(url(4), "gone").result(10)
        assert told == [archive.failed]
    with Archive(tmp_path, write=True) as archive:
        assert [a.url for a in archive.articles()] == [url(1)]
        assert archive.outcomes() == {"stored": 1}
        assert clean(archive)


def test_short_writes_are_completed(tmp_path: Path, monkeypatch) -> None:
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: whole(fd, bytes(data[:100]), offset))
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), TEXT)
        assert clean(archive)


def test_a_disk_that_takes_no_bytes_is_a_fault(tmp_path: Path, monkeypatch) -> None:
    with Archive(tmp_path, write=True) as archive:
        monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: 0)
        made = article(url(1))
        archive.admit(made, TEXT)
        with pytest.raises(ArchiveIOError):
            archive.store(made, None, url=url(1)).result(10)


def test_files_grow_until_midnight_and_are_closed_by_the_next_opening(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(segments, "today", lambda: "2025/11/03")
    monkeypatch.setattr("newslib.store.recovery.today", segments.today)
    for n in (1, 2):
        with Archive(tmp_path, write=True, run=f"run-{n}") as archive:
            store(archive, url(n), [paragraph(n)])
    assert [p.name for p in sorted(tmp_path.glob("articles/2025/11/*"))] == ["03-001.jsonl"]
    for day in ("2025/11/04", "2025/11/02"):  # the next day; then a clock that goes back
        monkeypatch.setattr(segments, "today", lambda day=day: day)
        monkeypatch.setattr("newslib.store.recovery.today", segments.today)
        with Archive(tmp_path, write=True) as archive:
            store(archive, url(day), [paragraph(day)])
            assert clean(archive)
    assert [p.name for p in sorted(tmp_path.glob("articles/2025/11/*"))] == ["03-001.jsonl", "04-001.jsonl"]
    with Archive(tmp_path) as archive:
        closed = dict(archive._db.execute("SELECT path, sha256 IS NOT NULL FROM segment").fetchall())
        assert {path[:22]: yes for path, yes in closed.items() if path.startswith("a")} == {
            "articles/2025/11/03-00": 1,
            "articles/2025/11/04-00": 0,
        }


def test_a_full_file_is_followed_by_the_next_also_inside_a_batch(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(segments.LIMIT, "articles", 3000)
    monkeypatch.setitem(segments.LIMIT, "warc", 3000)
    with Archive(tmp_path, write=True) as archive:
        for n in range(20):
            made = article(url(n))
            archive.admit(made, [paragraph(n)])
            done = archive.store(made, page(url(n)), url=url(n))
        done.result(10)
        assert len(list(tmp_path.glob("articles/*/*/*.jsonl"))) > 3
        assert len(list(tmp_path.glob("warc/*/*/*.warc.gz"))) > 3
        assert len({line["id"] for line in lines(archive)}) == 20
        assert clean(archive)


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True, run="run-1") as archive:
        path = archive.write_report({"run": "run-1", "outcomes": {}})
        assert path == tmp_path / "runs" / "run-1.json"
        assert json.loads(path.read_text())["run"] == "run-1"
        assert not list(path.parent.glob("*.tmp"))


def test_writing_through_an_archive_opened_for_reading_is_refused(tmp_path: Path) -> None:
    Archive(tmp_path, write=True).close()
    with Archive(tmp_path) as archive, pytest.raises(ArchiveError, match="opened for reading"):
        archive.finish(url(), "gone")
