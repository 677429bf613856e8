"""Pages come back from the WARC as they were fetched."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib import Archive
from newslib.page import Page
from newslib.store import ArchiveDamaged, pages, warc
from newslib.store.records import Files
from tests.storing import FETCHED, paragraph, store, url

NAMES = st.sampled_from(
    [
        "Content-Type",
        "ETag",
        "content-length",
        "Content-Length",
        "Transfer-Encoding",
        "X-Archive-Orig-Date",
        "Set-Cookie",
    ]
)
VALUES = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20).map(str.strip)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


def written(folder, page, before=b""):
    """Put a page into a file as the archive does -> the pointer, and the two records."""
    request, response, digest = warc.exchange(page, "<urn:uuid:0>")
    (folder / "x.warc.gz").write_bytes(before + request + response)
    at = {"file": "x.warc.gz", "offset": len(before + request), "length": len(response), "digest": digest}
    return at, warc.read(request).block, warc.read(response).block


@settings(max_examples=60, deadline=None)
@given(HEADERS, HEADERS, st.binary(max_size=3000), st.sampled_from([200, 404, 299, 599]), st.binary(max_size=300))
def test_a_page_read_from_the_warc_and_written_again_is_the_same_record(
    tmp_path_factory, asked, sent, raw, status, before
):
    folder = tmp_path_factory.mktemp("warc")
    page = Page(url(1), url(1), status, asked, sent, raw, raw, "2001:db8::1", FETCHED)
    at, request, response = written(folder, page, gzip.compress(before))
    read = pages.page_at(Files(folder), at, url(1))
    assert (read.status, read.raw, read.fetched, read.ip, read.fetched_url) == (
        status,
        raw,
        FETCHED,
        "2001:db8::1",
        url(1),
    )
    again = written(folder, read)
    assert again[1:] == (request, response) and again[0]["digest"] == at["digest"]


def test_headers_that_were_renamed_get_their_names_back(tmp_path):
    sent = [("Transfer-Encoding", "chunked"), ("Content-Length", "99"), ("X-Archive-Orig-Server", "kept as it is")]
    at, _, stored = written(
        tmp_path, Page(url(1), url(1), 200, [("Accept", "*/*")], sent, b"body", b"body", None, FETCHED)
    )
    assert b"X-Archive-Orig-Transfer-Encoding: chunked" in stored and b"Content-Length: 4" in stored
    read = pages.page_at(Files(tmp_path), at, url(1))
    assert read.headers == sent and ("Accept", "*/*") in read.request_headers


def test_a_request_that_is_not_there_is_no_fault(tmp_path):
    at, _, _ = written(tmp_path, Page(url(1), url(1), 200, [], [], b"", b"body", None, FETCHED))
    data = (tmp_path / "x.warc.gz").read_bytes()[at["offset"] :]
    for before in (b"", b"\x1f\x8b\x08" * 9, data):
        (tmp_path / "y.warc.gz").write_bytes(before + data)
        there = at | {"file": "y.warc.gz", "offset": len(before)}
        assert pages.page_at(Files(tmp_path), there, url(1)).request_headers == []


@pytest.mark.parametrize("harm", ["cut", "zeros", "request", "nothing"])
def test_what_is_no_response_is_named_with_its_place(tmp_path, harm):
    at, _, _ = written(tmp_path, Page(url(1), url(1), 200, [], [], b"", b"body", None, FETCHED))
    file = tmp_path / "x.warc.gz"
    data = bytearray(file.read_bytes())
    if harm == "zeros":
        data[at["offset"] + 20 : at["offset"] + 40] = bytes(20)
    file.write_bytes(data[: -3 if harm == "cut" else None])
    if harm == "request":
        at = at | {"offset": 0, "length": at["offset"]}
    if harm == "nothing":
        at = at | {"offset": len(data) + 10}
    with pytest.raises(ArchiveDamaged, match=rf"x.warc.gz: the record at byte {at['offset']} is"):
        pages.page_at(Files(tmp_path), at, url(1))


def test_a_file_that_is_missing_is_named_by_every_way_to_a_page(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        stored = store(archive, url(1), [paragraph("one")])
    (tmp_path / stored.warc["file"]).unlink()
    with Archive(tmp_path) as archive:
        for read in (lambda: archive.page(stored), lambda: archive.page_at(stored.warc, url(1))):
            with pytest.raises(ArchiveDamaged, match=rf"{stored.warc['file']} is missing; restore it"):
                read()
        next(tmp_path.glob("articles/*/*/*")).unlink()
        archive._files.close()
        for read in (lambda: archive.article(stored.id), lambda: list(archive.articles())):
            with pytest.raises(ArchiveDamaged, match=r"articles/.*: it is missing; restore it"):
                read()
