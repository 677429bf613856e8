"""WARC records as standard readers see them. The pages are hostile on purpose."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path

import pytest
from cdxj_indexer.main import main as index
from hypothesis import example, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader
from warcio.checker import Checker
from warcio.indexer import Indexer

from newslib import Archive
from newslib.page import Headers, Page
from newslib.store import erase, remove, warc
from tests.storing import FETCHED, article, clean, link, page, paragraph, store, url

BODIES = {
    "empty": b"",
    "null bytes": b"\0\0<p>\0</p>\0",
    "looks like a WARC record": b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
    "looks like a response": b"HTTP/1.1 200 OK\r\n\r\n",
    "gzip inside": gzip.compress(b"<p>text</p>"),
    "random": bytes(range(256)) * 50,
}


def checked(file: Path) -> int:
    """warcio's own check of a file: its exit value, 0 when all lengths and digests are right."""
    checker = Checker(_Options(file))
    checker.process_all()
    return checker.exit_value


def indexed(file: Path) -> list[dict[str, str]]:
    """The entries that cdxj-indexer, which replay tools build on, makes of a file's responses and revisits."""
    out = file.with_name("index.cdxj")
    index([str(file), "-o", str(out)])
    return [json.loads(line.split(" ", 2)[2]) for line in out.read_text(encoding="utf-8").splitlines()]


class _Options:
    verbose = False

    def __init__(self, file: Path) -> None:
        self.inputs = [str(file)]


def read(file: Path) -> list:
    """(type, headers, HTTP head, body as sent) of every record, by warcio."""
    with file.open("rb") as stream:
        return [(r.rec_type, r.rec_headers, r.http_headers, r.raw_stream.read()) for r in ArchiveIterator(stream)]


def written(tmp_path: Path, *pages: Page, policy: str = "matched") -> Path:
    with Archive(tmp_path, write=True, run="run-1", warc=policy) as archive:
        for n, each in enumerate(pages):
            made = article(each.url)
            archive.admit(made, [paragraph(n)])
            archive.store(made, each, url=each.url).result(10)
        assert clean(archive)
    (file,) = tmp_path.glob("warc/*/*/*.warc.gz")
    return file


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_standard_readers_accept_every_body(tmp_path: Path, body: bytes) -> None:
    file = written(tmp_path, page(url(1), body=body), page(url(2), body=body))
    assert checked(file) == 0
    records = read(file)
    assert [kind for kind, *_ in records] == ["warcinfo", "request", "response", "request", "response"]
    assert records[2][3] == body
    Indexer(["warc-type", "warc-target-uri", "http:status"], [str(file)], str(tmp_path / "index")).process_all()
    assert (tmp_path / "index").read_text().count('"http:status": "200"') == 2


def test_a_response_has_what_a_reader_needs(tmp_path: Path) -> None:
    headers = [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"), ("Content-Length", "7")]
    fetched = page(url(1), headers=headers, body=b"<p>eight", ip="192.0.2.7", request_headers=[("User-Agent", "x")])
    fetched.fetched_url = "https://news.example/articles/1?seen=é b"
    records = read(written(tmp_path, fetched))
    (_, info, _, text), (_, asked, request, _), (_, got, response, body) = records
    assert b"isPartOf: run-1\r\n" in text
    assert b"robots: obey\r\n" in text
    assert got["WARC-Target-URI"] == asked["WARC-Target-URI"] == "https://news.example/articles/1?seen=%C3%A9%20b"
    assert got["WARC-Date"] == asked["WARC-Date"] == FETCHED
    assert got["WARC-IP-Address"] == "192.0.2.7"
    assert asked["WARC-Concurrent-To"] == got["WARC-Record-ID"]
    assert got["WARC-Warcinfo-ID"] == info["WARC-Record-ID"]
    assert got["WARC-Payload-Digest"] == warc.digest(b"<p>eight")
    assert (request.protocol, request.statusline) == ("GET", "/articles/1?seen=%C3%A9%20b HTTP/1.1")
    assert request.get_header("Host") == "news.example"
    assert response.statusline == "200 OK"
    assert response.get_header("Content-Length") == "8"
    assert response.get_header("X-Archive-Orig-Content-Length") == "7"
    assert response.get_header("X-Archive-Orig-Transfer-Encoding") == "chunked"
    assert response.get_header("Transfer-Encoding") is None
    assert body == b"<p>eight"


def test_a_compressed_body_is_kept_as_sent_and_decodes(tmp_path: Path) -> None:
    html = "<p>컴퓨터</p>".encode() * 100
    sent = gzip.compress(html)
    file = written(tmp_path, page(url(1), headers=[("Content-Encoding", "gzip")], body=html, raw=sent))
    assert checked(file) == 0
    with file.open("rb") as stream:
        (body,) = [r.content_stream().read() for r in ArchiveIterator(stream) if r.rec_type == "response"]
    assert body == html


def test_header_values_survive_as_bytes(tmp_path: Path) -> None:
    cyrillic = "привет".encode().decode("latin-1")  # UTF-8 as Scrapy hands it on
    headers = [
        ("X-Cyrillic", cyrillic),
        ("X-Latin", "caf\xe9"),
        ("X-Beyond", "漢字"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    ]
    file = written(tmp_path, page(url(1), headers=headers))
    assert checked(file) == 0
    block = gzip.decompress(file.read_bytes())
    assert "X-Cyrillic: привет\r\n".encode() in block
    assert b"X-Latin: caf\xe9\r\n" in block
    assert "X-Beyond: 漢字\r\n".encode() in block
    assert b"Set-Cookie: a\r\nSet-Cookie: b\r\n" in block


headers_of_any_kind = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=6)


@given(headers_of_any_kind, headers_of_any_kind, st.binary(max_size=200), st.integers(100, 999), st.text(max_size=30))
@example([("A", "b\r\nEvil: yes\r\n\r\nbody")], [("B\r\nEvil", "x\n\n")], b"", 200, "")
@example([], [], b"", 200, "?a#b/../[")
@example([("", "no name"), ("a b:c", "d"), (":", "\0\x85\u2028")], [], b"\r\n\r\n", 599, " \r\n#\ud800")
@settings(max_examples=200, deadline=None)
def test_no_header_breaks_a_record(headers: Headers, asked: Headers, body: bytes, status: int, path: str) -> None:
    address = f"https://news.example{path}"
    fetched = Page(address, address, status, asked, headers, body, body, ip=path, fetched=FETCHED)
    request, response, digest = warc.exchange(fetched, "<urn:uuid:1>")
    assert warc.read(response).payload == body
    assert warc.read(response).headers["warc-payload-digest"] == digest
    names = {
        line.partition(b":")[0].lower() for line in warc.read(response).block.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    }
    assert b"evil" not in names
    records = list(ArchiveIterator(io.BytesIO(request + response), check_digests="raise"))
    stream = ArchiveIterator(io.BytesIO(request + response), check_digests="raise")
    bodies = [record.raw_stream.read() for record in stream]
    assert len(records) == 2
    assert bodies[1] == body


@pytest.mark.parametrize("known", [True, False])
def test_a_304_becomes_a_revisit(tmp_path: Path, known: bool) -> None:
    answer = page(url(1), status=304, headers=[("ETag", '"1"')], body=b"", fetched="2025-11-04T10:00:00Z")
    with Archive(tmp_path, write=True) as archive:
        archive.discover([link(url(1))])
        if known:
            store(archive, url(1), [paragraph("x")])
        archive.finish(url(1), "unchanged", "304", page=answer).result(10)
        assert clean(archive)
    (file,) = tmp_path.glob("warc/*/*/*.warc.gz")
    assert checked(file) == 0
    kind, headers, http, body = read(file)[-1]
    assert (kind, headers["WARC-Profile"], http.statusline, body) == (
        "revisit",
        warc.NOT_MODIFIED,
        "304 Not Modified",
        b"",
    )
    assert headers["WARC-Refers-To-Target-URI"] == (url(1) if known else None)
    assert headers["WARC-Refers-To-Date"] == (FETCHED if known else None)


@pytest.mark.parametrize(("policy", "body", "kinds"), [
    ("matched", b"as before", ["revisit"]), ("all", b"as before", ["revisit"]), ("none", b"as before", []),
    ("matched", b"other ads", []), ("all", b"other ads", ["request", "response"]),
])  # fmt: skip
@pytest.mark.parametrize("alias", [False, True])
def test_an_unchanged_page_with_the_same_body_becomes_a_revisit(tmp_path: Path, policy, body, kinds, alias) -> None:
    address = url("other-address") if alias else url(1)
    again = page(address, body=body, headers=[("X-Served", "later")], fetched="2025-11-04T10:00:00Z")
    with Archive(tmp_path, write=True, warc=policy) as archive:
        archive.discover([link(url(1)), link(address)])
        made = article(url(1))
        archive.admit(made, [paragraph("x")])
        archive.store(made, page(url(1), body=b"as before"), url=url(1)).result(10)
        known = {"article": made.article} if alias else {}
        archive.finish(address, "unchanged", "alias" if alias else None, page=again, **known).result(10)
        assert clean(archive)
    files = list(tmp_path.glob("warc/*/*/*.warc.gz"))
    found = read(files[0])[3:] if files else []
    assert [kind for kind, *_ in found] == kinds
    if kinds == ["revisit"]:
        _, headers, http, _ = found[0]
        assert checked(files[0]) == 0
        assert headers["WARC-Profile"] == warc.IDENTICAL
        assert headers["WARC-Payload-Digest"] == warc.digest(b"as before")
        assert (headers["WARC-Refers-To-Target-URI"], headers["WARC-Refers-To-Date"]) == (url(1), FETCHED)
        assert http.get_header("X-Served") == "later"


def test_what_goes_to_the_warc_is_a_matter_of_policy(tmp_path: Path) -> None:
    kinds = {}
    for policy in ("none", "matched", "all"):
        with Archive(tmp_path / policy, write=True, warc=policy) as archive:
            made = store(archive, url(1), [paragraph("x")])
            assert (made.warc is None) == (policy == "none")
            archive.finish(url(2), "off-topic", page=page(url(2), body=b"off")).result(10)
            archive.finish(url(3), "failed", page=page(url(3), status=0)).result(10)
            known = archive.url(url(2))
            assert known is not None
            if policy == "all":
                at = known["warc"]
                block = warc.read((archive.path / at["file"]).read_bytes()[at["offset"] :][: at["length"]])
                assert block.payload == b"off"
            else:
                assert known["warc"] is None
            assert clean(archive)
        files = list((tmp_path / policy).glob("warc/*/*/*.warc.gz"))
        kinds[policy] = [kind for file in files for kind, *_ in read(file)]
    assert kinds["none"] == []
    assert kinds["matched"] == ["warcinfo", "request", "response"]
    assert kinds["all"] == ["warcinfo", *["request", "response"] * 2]


def test_every_run_that_adds_to_a_file_introduces_itself(tmp_path: Path) -> None:
    for n in (1, 2):
        with Archive(tmp_path, write=True, run=f"run-{n}") as archive:
            store(archive, url(n), [paragraph(n)])
            store(archive, url(-n), [paragraph(-n)])
    with Archive(tmp_path, write=True, run="run-3") as archive:
        archive.finish(url(9), "gone").result(10)
    (file,) = tmp_path.glob("warc/*/*/*.warc.gz")
    assert [text.split(b"isPartOf: ")[1] for kind, _, _, text in read(file) if kind == "warcinfo"] == [
        b"run-1\r\n",
        b"run-2\r\n",
    ]


def test_members_are_found_one_by_one_and_torn_ones_named(tmp_path: Path) -> None:
    file = written(tmp_path, page(url(1)), page(url(2), body=b"x" * 300_000), page(url(3), body=b""))
    data = file.read_bytes()
    found = list(warc.members(io.BytesIO(data), len(data)))
    assert [record.headers["warc-type"] for _, _, record in found] == ["warcinfo", *["request", "response"] * 3]
    assert all(warc.read(data[offset : offset + length]) == record for offset, length, record in found)
    last = found[-1][0]
    for end in (last + 1, last + 30, len(data) - 1):
        with pytest.raises(warc.BadWarc, match=f"torn record at byte {last}"):
            list(warc.members(io.BytesIO(data), end))
    assert len(list(warc.members(io.BytesIO(data), last))) == len(found) - 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain",
        gzip.compress(b""),
        gzip.compress(b"WARC/1.1\r\nContent-Length: 5\r\n\r\nabc\r\n\r\n"),
        gzip.compress(b"WARC/1.1\r\nContent-Length: x\r\n\r\nabc\r\n\r\n"),
        gzip.compress(b"WARC/1.1\r\n\r\n\r\n\r\n"),
        gzip.compress(b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n")[:-3],
        gzip.compress(b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n") + b"x",
        zlib.compress(b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ],
    ids=len,  # gzip's bytes hold the time
)
def test_what_is_no_whole_record_is_refused(data: bytes) -> None:
    with pytest.raises(warc.BadWarc):
        warc.read(data)


HTML = "<p>Грушевый сад</p>".encode() * 50
SENT: dict[str, tuple[Headers, bytes]] = {
    "plain": ([], HTML),
    "no body": ([], b""),
    "gzip": ([("Content-Encoding", "gzip")], gzip.compress(HTML)),
    "deflate": ([("Content-Encoding", "deflate")], zlib.compress(HTML)),
    "brotli": ([("Content-Encoding", "br")], b"\x1b\x05\x00\xf8\x8d\x94\x6e\xda\x0c"),
    "said to be gzip": ([("Content-Encoding", "gzip")], HTML),
    "chunked": ([("Transfer-Encoding", "chunked"), ("Content-Length", "3")], HTML),
    "chunked gzip": ([("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], gzip.compress(HTML)),
    "other letters": ([("X-Name", "привет".encode().decode("latin-1")), ("Location", "/caf\xe9"), ("X", "漢字")], HTML),
    "no type": ([("Content-Type", "")], HTML),
}


@pytest.mark.parametrize("status", [200, 404])
def test_checkers_and_indexers_accept_what_servers_send(tmp_path: Path, status: int, monkeypatch) -> None:
    # warcio 1.8 sets an attribute on brotli's decompressor, which since 1.2 takes none. Without it bytes are compared.
    monkeypatch.delitem(BufferedReader.DECOMPRESSORS, "br", raising=False)
    with Archive(tmp_path, write=True, warc="all") as archive:
        for name, (headers, raw) in SENT.items():
            fields = [("Content-Type", "text/html; charset=utf-8"), *headers]
            answer = page(url(name.replace(" ", "-")), status=status, headers=fields, body=HTML, raw=raw)
            archive.finish(answer.url, "off-topic", page=answer).result(10)
    (file,) = tmp_path.glob("warc/*/*/*.warc.gz")
    assert checked(file) == 0
    entries = indexed(file)
    assert {entry["url"].rpartition("/")[2] for entry in entries} == {name.replace(" ", "-") for name in SENT}
    for entry in entries:
        raw = next(raw for name, (_, raw) in SENT.items() if entry["url"].endswith(f"/{name.replace(' ', '-')}"))
        assert (entry["status"], entry["digest"]) == (str(status), warc.digest(raw))
        member = file.read_bytes()[int(entry["offset"]) :][: int(entry["length"])]
        assert warc.read(member).payload == raw


def test_checkers_and_indexers_accept_revisits_and_what_was_removed(tmp_path: Path) -> None:
    with Archive(tmp_path, write=True) as archive:
        for n in (1, 2):
            archive.discover([link(url(n))])
            store(archive, url(n), [paragraph(n)])
            archive.finish(url(n), "unchanged", "304", page=page(url(n), status=304, body=b"")).result(10)
            archive.finish(url(n), "unchanged", page=page(url(n))).result(10)
    (file,) = tmp_path.glob("warc/*/*/*.warc.gz")
    kinds = [entry.get("mime") for entry in indexed(file)]
    assert len(kinds) == 6 and kinds.count("warc/revisit") == 4
    size, before = file.stat().st_size, [kind for kind, *_ in read(file)]
    remove(tmp_path, url(1), "court")
    assert checked(file) == 0
    assert file.stat().st_size == size
    assert [entry["url"] for entry in indexed(file)] == [url(2)] * 3
    after = [kind for kind, *_ in read(file)]
    assert len(after) == len(before) and after.count("removed") == 4


@given(st.one_of(st.integers(250, 2000), st.integers(65_500, 66_200), st.integers(131_000, 131_800)))
@settings(max_examples=150, deadline=None)
@example(250)
@example(65_535 + 23)
@example(1 << 20)
def test_a_filler_has_any_length_that_is_asked_for(length: int) -> None:
    member = erase.filler(length, "warc/x:1", FETCHED)
    assert len(member) == length
    assert warc.digest(warc.read(member).block) == warc.read(member).headers["warc-block-digest"]
    (record,) = ArchiveIterator(io.BytesIO(member), check_digests="raise")
    assert record.rec_type == "removed"
    assert erase.filler(length, "warc/x:1", FETCHED) == member, "the same when it is done again"


def test_no_filler_is_shorter_than_a_record() -> None:
    for length in (0, 30, 200):
        with pytest.raises(ValueError, match=str(length)):
            erase.filler(length, "warc/x:1", FETCHED)
    shortest = min(map(len, warc.exchange(Page("a://b", "a://b", 200, fetched=FETCHED), "")[:2]))
    assert shortest > 250
    assert len(warc.revisit(Page("a://b", "a://b", 304, fetched=FETCHED), "", None)) > 250
