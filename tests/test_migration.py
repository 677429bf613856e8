"""An archive that an older version of this program has written goes on; one of a newer version is refused."""

import shutil
from pathlib import Path

import apsw
import pytest

from newslib.store import Archive, ledger
from newslib.store.errors import ArchiveNewer
from tests.storing import clean, link, paragraph, store, url

STORED = sorted((Path(__file__).parent / "archives").iterdir())


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def old(request, tmp_path):
    """A copy of an archive as an older version left it: 4 records of 3 articles, off-topic, failed and pending URLs."""
    return Path(shutil.copytree(request.param, tmp_path / "old"))


def schema(path):
    db = ledger.connect(path / ledger.NAME, write=False)
    try:
        version = db.pragma("user_version")
        return version, sorted(ledger.rows(db, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))
    finally:
        db.close()


def test_an_older_archive_can_be_read_without_being_changed(old):
    before = (old / ledger.NAME).read_bytes()
    with Archive(old) as archive:
        assert len(list(archive.articles())) == 4
        assert ledger.rows(archive._db, "SELECT * FROM verdict, quarantine, removed") == []
        assert archive.counts() == {"records": 4, "articles": 3, "urls": 8, "pending": 2}
        assert clean(archive)
    assert (old / ledger.NAME).read_bytes() == before


def test_an_older_archive_is_brought_forward_when_it_is_opened_for_writing(old, tmp_path):
    Archive(tmp_path / "new", write=True).close()
    with Archive(old, write=True) as archive:
        archive.begin(["example"], {})
        archive.discover([link(url(9))]).result(10)
        store(archive, url(9), [paragraph("nine"), paragraph("more of nine"), paragraph("shared")])
        assert archive.article(archive.latest(url(9)).id).repeats[0]["why"] == "seen"
        assert archive.counts() == {"records": 5, "articles": 4, "urls": 9, "pending": 3}
    assert schema(old) == schema(tmp_path / "new")
    with Archive(old) as archive:
        assert clean(archive)


def test_a_newer_archive_is_refused_for_reading_and_for_writing(old):
    db = apsw.Connection(str(old / ledger.NAME))
    db.pragma("user_version", 999)
    db.close()
    for write in (False, True):
        with pytest.raises(ArchiveNewer, match=r"written by a newer version .* update the program"):
            Archive(old, write=write)
