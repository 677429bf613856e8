"""The figures of docs/benchmarks.md in short. Machines differ and are busy: operations are counted, and two ways of
doing the same compared in the same run."""

import time
from collections import Counter

import apsw

from benchmarks import commit, ledger, prose
from newslib.paragraphs import normalise
from newslib.store import Archive, fingerprints
from tests.storing import article, url
from tests.test_paragraphs import normalised_before


def test_an_article_is_looked_up_in_as_many_statements_whatever_its_length(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        counts = []
        for n, length in enumerate((5, 500)):
            statements = []
            archive._db.exec_trace = lambda _, sql, __, to=statements: to.append(sql) or True
            archive.admit(article(url(n)), next(prose.Prose(seed=n).articles(1, length)))
            counts.append(len(statements))
        assert max(counts) < 12, statements


def test_a_commit_of_16_articles_forces_three_files_whatever_it_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(commit, "SYNC", 0)
    found = commit.commits(tmp_path, batch=16, count=12)[2:]
    assert len(found) == 10
    assert sum(syncs for *_, syncs in found) <= 35, "each 3; now and then SQLite moves its log, which is two more"


def test_a_paragraph_costs_a_small_part_of_a_page_and_less_than_45_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "MERGED", 10_000)  # so that rows move several times meanwhile
    with Archive(tmp_path, write=True) as archive:
        ledger.fill(archive, 100_000)
        index = ledger.Index(archive, "measured")
        articles = list(prose.Prose().articles(2_000))
        written = index.writing.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE, False)[0]
        ledger.run(index, articles)
        pages = index.writing.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE, False)[0] - written
        index.writing.close()
        assert pages / sum(map(len, articles)) < 0.25, "0.1; a row that goes to its place at once costs 0.9"
        assert ledger.size(archive)[0] <= 45


def test_normalising_takes_less_than_it_did():
    paragraphs = [paragraph for each in prose.Prose().articles(100) for paragraph in each]
    taken = Counter()
    for _ in range(5):
        for way in (normalised_before, normalise):
            started = time.process_time()
            for paragraph in paragraphs:
                way(paragraph)
            taken[way] = min(taken[way] or 9e9, time.process_time() - started)
    assert taken[normalise] < 0.8 * taken[normalised_before], "0.4 as a rule"
