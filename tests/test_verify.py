"""verify finds every kind of damage, and names it under the right check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from newslib import Archive
from newslib.article import article_id
from newslib.store import ArchiveDamaged, ledger, remove, segments, tombstones
from newslib.store.tombstones import Tombstone
from newslib.store.verify import CHECKS, QUICK
from tests.storing import article, page, paragraph, store, url

SHARED = paragraph("the agency's report")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """An archive with four articles, one with a repeat, and a closed day."""
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(0), [paragraph(0), SHARED])
        store(archive, url(1), [paragraph(1), paragraph("1b"), SHARED])
        store(archive, url(2), [paragraph(2)])
        store(archive, url(2), [paragraph("2b")])
        archive.finish(url("gone"), "gone", "HTTP 410").result(10)
        archive.finish(url("hangs"), "quarantined", "it hangs", page=page(url("hangs"))).result(10)
    monkeypatch.setattr("newslib.store.recovery.today", lambda: "2099/01/01")
    monkeypatch.setattr(segments, "today", lambda: "2099/01/01")
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(3), [paragraph(3)], extractor="x" * 300)
    return tmp_path


def failed(folder: Path, **options: bool) -> set[str]:
    with Archive(folder) as archive:
        result = archive.verify(**options)
    assert result["ok"] == all(check["ok"] for check in result["checks"].values())
    assert all(bool(check["failures"]) != check["ok"] for check in result["checks"].values())
    return {name for name, check in result["checks"].items() if not check["ok"]}


def sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        apsw.Connection(str(folder / ledger.NAME)).execute(statement)

    return change


def newest(folder: Path, kind: str) -> Path:
    return sorted(folder.glob(f"{kind}/*/*/*.*"))[-1]


def edit(**fields: object) -> Callable[[Path], None]:
    """Change the last record in place, keeping its line as long as it was."""

    def change(folder: Path) -> None:
        file = newest(folder, "articles")
        line = file.read_bytes()
        record = json.loads(line) | {"extractor": ""} | fields
        room = len(line) - len(_line(record))
        file.write_bytes(_line(record | {"extractor": "x" * room}))
        assert file.stat().st_size == len(line)

    return change


def _line(record: dict) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def flip(kind: str, where: int) -> Callable[[Path], None]:
    """Change one byte of a file."""

    def change(folder: Path) -> None:
        file = newest(folder, kind)
        data = bytearray(file.read_bytes())
        data[where] ^= 1
        file.write_bytes(data)

    return change


def closed_file(folder: Path) -> None:
    file = sorted(folder.glob("articles/*/*/*.jsonl"))[0]
    file.write_bytes(file.read_bytes().replace(b'"section":null', b'"section":"ab"'))


DAMAGE = {
    "a ledger page overwritten": (lambda folder: overwrite(folder / ledger.NAME), {"ledger"}),
    "a line without a row": (sql("DELETE FROM article WHERE seq = 5"), {"lines", "outcomes", "fingerprints"}),
    "a row without a line": (
        sql("INSERT INTO article SELECT 99, article, 9, host, title, full_sha256, body, language, date, fetched,"
            " digest, paragraphs, segment, offset + length, 10 FROM article WHERE seq = 5"),
        {"lines"},
    ),
    "another id in the line": (edit(id="a0000000000000000-1"), {"lines"}),
    "another language in the ledger": (sql("UPDATE article SET language = 'xx' WHERE seq = 5"), {"lines"}),
    "a kept page elsewhere": (sql("UPDATE url SET warc = json_set(warc, '$.offset', 0) WHERE warc NOT NULL"), {"warc"}),
    "a kept page of other bytes": (sql("UPDATE url SET warc = json_set(warc, '$.digest', 'x') WHERE warc NOT NULL"), {"warc"}),
    "a kept page past the end": (sql("UPDATE url SET warc = json_set(warc, '$.offset', 9999999) WHERE warc NOT NULL"), {"warc"}),
    "no pointer to a kept page": (sql("UPDATE url SET warc = '{}' WHERE warc NOT NULL"), {"warc"}),
    "another title": (edit(title="B title"), {"lines"}),
    "a changed text": (edit(text=paragraph(4)), {"repeats"}),
    "a repeat of nothing": (
        edit(repeats=[{"at": 1, "text": "", "why": "seen", "of": {"id": "a0-1", "paragraph": 0}}]),
        {"repeats"},
    ),
    "a byte of the line": (flip("articles", -2), {"lines"}),
    "a separator in the line": (edit(description="a\u2028b"), {"lines"}),
    "a byte of the WARC": (flip("warc", -40), {"warc"}),
    "a pointer elsewhere": (edit(warc={"file": "warc/x", "offset": 0, "length": 1, "digest": "d"}), {"lines", "warc"}),
    "a file that grew": (lambda folder: append(newest(folder, "warc")), {"lengths"}),
    "a file nobody knows": (lambda folder: (folder / "articles/2031/01/02-001.jsonl").write_text("x"), {"recovery"}),
    "a closed file changed": (closed_file, {"closed"}),
    "an unknown outcome": (sql("UPDATE url SET outcome = 'lost' WHERE outcome = 'gone'"), {"outcomes"}),
    "no reason": (sql("UPDATE url SET reason = NULL WHERE outcome = 'gone'"), {"outcomes"}),
    "a stored URL without record": (sql("UPDATE url SET article = NULL WHERE url LIKE '%/3'"), {"outcomes"}),
    "a counter off": (sql("UPDATE counter SET n = n + 1 WHERE name = 'url gone'"), {"counters"}),
    "a removal unsaid": (sql("INSERT INTO removed VALUES ('https://x.example/', '', 'then', 'why')"), {"removed"}),
    "a removal not carried out": (lambda folder: say_removed(folder, url(2)), {"removed"}),
    "a removed URL asked again": (lambda folder: bring_back(folder, "outcome = NULL"), {"removed"}),
    "a removed URL with its hint": (lambda folder: bring_back(folder, "title = 'x'"), {"removed"}),
    "removed.jsonl damaged": (lambda folder: damage_tombstone(folder), {"removed"}),
    "removed.jsonl lost": (lambda folder: (removed_one(folder) / "removed.jsonl").unlink(), {"removed"}),
    "a removed record back": (lambda folder: back_again(folder, "articles"), {"lines", "closed"}),
    "a fingerprint of nothing": (sql("INSERT INTO fingerprint VALUES (1, 1, 1, 7)"), {"fingerprints"}),
}  # fmt: skip


def removed_one(folder: Path) -> Path:
    remove(folder, url(2), "court")
    return folder


def damage_tombstone(folder: Path) -> None:
    path = removed_one(folder) / "removed.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"url"', b'"uri"') + path.read_bytes())


def say_removed(folder: Path, address: str) -> None:
    id = article_id(address)
    tombstones.append(folder, Tombstone(address, id, [f"{id}-1"], [3], [address], "then", "why"))


def bring_back(folder: Path, what: str) -> None:
    sql(f"UPDATE url SET {what} WHERE url = '{url(2)}'")(removed_one(folder))


def back_again(folder: Path, kind: str) -> None:
    """The bytes of something removed stand there again."""
    file = sorted(folder.glob(f"{kind}/*/*/*.*"))[0]
    before = file.read_bytes()
    removed_one(folder)
    file.write_bytes(before)


def overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    with apsw.Connection(str(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'url_pending'").fetchone()[0]
        size = db.pragma("page_size")
    data[(page - 1) * size : (page - 1) * size + 100] = b"\xff" * 100
    path.write_bytes(data)


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_under_its_name(folder: Path, name: str) -> None:
    assert failed(folder) == set()
    (folder / "articles/2031/01").mkdir(parents=True)
    change, expected = DAMAGE[name]
    change(folder)
    assert failed(folder) == expected
    assert failed(folder, quick=True) == expected & set(QUICK)


def test_a_removed_page_that_is_back_is_found(folder: Path) -> None:
    back_again(folder, "warc")
    assert failed(folder) == {"removed", "closed"}


def test_more_than_a_commit_leaves_is_not_said_to_go_with_the_next_run(folder: Path) -> None:
    with newest(folder, "articles").open("ab") as file:
        file.write(b"{}\n" * 40)
    (folder / "articles/2031/01").mkdir(parents=True)
    (folder / "articles/2031/01/02-001.jsonl").write_bytes(b"{}\n" * 40)
    checks = Archive(folder).verify(quick=True)["checks"]
    for check in ("lengths", "recovery"):
        assert "scrapy archive rebuild" in checks[check]["failures"][0]
    with pytest.raises(ArchiveDamaged, match="scrapy archive rebuild"):
        Archive(folder, write=True)


def test_the_result_names_every_check(folder: Path) -> None:
    told: list[str] = []
    with Archive(folder) as archive:
        assert set(archive.verify()["checks"]) == set(CHECKS)
        assert set(archive.verify(quick=True)["checks"]) == set(QUICK)
        assert archive.verify(progress=lambda check, done: told.append(check))["articles"] == 5
    assert {"lines", "warc", "closed"} <= set(told)


def test_a_thousand_failures_of_a_kind_are_counted_and_twenty_shown(folder: Path) -> None:
    numbers = "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 1000)"
    sql(f"{numbers} INSERT INTO fingerprint SELECT i, 1, 77, 0 FROM n")(folder)
    with Archive(folder) as archive:
        failures = archive.verify()["checks"]["fingerprints"]["failures"]
    assert len(failures) == 21
    assert failures[-1] == "and 980 more"


def test_a_live_archive_is_verified_without_false_alarms(folder: Path) -> None:
    with Archive(folder, write=True) as archive:
        for n in range(20):
            made = article(url(f"live{n}"))
            archive.admit(made, [paragraph(f"live{n}")])
            archive.store(made, page(made.url), url=made.url)
            if n % 5 == 0:
                assert failed(folder) == set()
        append(newest(folder, "warc"))
        assert failed(folder) == set(), "what is being written now is no fault"
