"""The index of paragraphs: two tables and what is in memory give the same answers as one would."""

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newslib.paragraphs import fingerprint
from newslib.store import Archive, fingerprints, ledger
from tests.storing import article, clean, page, paragraph, store, url


@pytest.fixture(autouse=True)
def merged(monkeypatch):
    """Rows move over every 12 paragraphs."""
    monkeypatch.setattr(fingerprints, "MERGED", 12)


def rows(archive, table):
    return archive._db.execute(f"SELECT fp, tag & 0xffffffff, seq, paragraph FROM {table}").fetchall()


def test_paragraphs_move_over_with_their_provenance_and_are_found_in_either_table(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        stored = [store(archive, url(n), [paragraph(f"{n} {p}") for p in range(5)]) for n in range(5)]
        assert (len(rows(archive, "fingerprint")), len(rows(archive, "recent"))) == (15, 10)
        for n in range(5):
            made = article(url(f"again {n}"))
            archive.admit(made, [paragraph(f"x {n} {p}") for p in range(3)] + [paragraph(f"{n} 3")])
            assert [repeat["of"] for repeat in made.repeats] == [{"id": stored[n].id, "paragraph": 3}]
            archive.release(made)
        known = rows(archive, "fingerprint") + rows(archive, "recent")
        assert sorted(known) == sorted(
            (*fingerprint(paragraph(f"{n} {p}")), n + 1, p) for n in range(5) for p in range(5)
        )
        assert clean(archive)


def test_the_first_occurrence_wins_also_where_repeats_are_not_looked_for_in_the_archive(tmp_path):
    for scope in ("article", "archive"):
        with Archive(tmp_path, write=True, scope=scope) as archive:
            for n in range(9):
                store(archive, url(f"{scope} {n}"), [paragraph(f"{scope} {n}"), paragraph("shared"), paragraph("y")])
    with Archive(tmp_path) as archive:
        held = rows(archive, "fingerprint") + rows(archive, "recent")
        assert len({fp for fp, *_ in held}) == len(held)
        assert (*fingerprint(paragraph("shared")), 1, 1) in held


def test_a_commit_that_fails_takes_its_move_back(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        for n in range(2):
            store(archive, url(n), [paragraph(f"{n} {p}") for p in range(5)])

        def broken(db, _):
            fingerprints.merge(db)
            raise ValueError("its own fault")

        with pytest.raises(ValueError, match="its own fault"):
            archive._submit(broken).result(10)
        assert (len(rows(archive, "fingerprint")), len(rows(archive, "recent"))) == (0, 10)
        assert clean(archive)


def test_what_is_in_memory_is_bounded_and_what_has_moved_is_not_in_it(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        held = archive._admissions._fingerprints._first
        for n in range(20):
            store(archive, url(n), [paragraph(f"{n} {p}") for p in range(5)])
            held = archive._admissions._fingerprints._first
            assert len(held) <= 12 + 2 * 5


@given(
    arrivals=st.lists(st.lists(st.integers(0, 25), min_size=1, max_size=8), max_size=14),
    opened=st.sets(st.integers(0, 13)),
    moved=st.integers(1, 30),
    waiting=st.sets(st.integers(0, 13)),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decisions_are_those_of_one_table_whenever_rows_move_and_runs_begin(
    tmp_path_factory, monkeypatch, arrivals, opened, moved, waiting
):
    monkeypatch.setattr(fingerprints, "MERGED", moved)
    monkeypatch.setattr(fingerprints, "BOILERPLATE", 4)
    first, articles_with = {}, {}
    folder = tmp_path_factory.mktemp("archive")
    archive, last = Archive(folder, write=True), None
    try:
        for number, words in enumerate(arrivals):
            if number in opened:
                archive.close()
                archive = Archive(folder, write=True)
            made = article(url(number), title=f"{number}")
            archive.admit(made, [paragraph(word) for word in words])
            for repeat in made.repeats:
                word = words[repeat["at"]]
                if words.index(word) != repeat["at"]:
                    assert (repeat["why"], repeat["of"]["id"]) == ("same-article", made.id)
                else:
                    assert repeat["of"] == {"id": first[word][0], "paragraph": first[word][1]}
                    assert (repeat["why"] == "boilerplate") == (articles_with[word] + 1 >= 4)
            for place, word in enumerate(words):
                first.setdefault(word, (made.id, place))
            for word in set(words):
                articles_with[word] = articles_with.get(word, 0) + 1
            last = archive.store(made, page(url(number)), url=url(number))
            if number not in waiting:
                last.result(10)
        if last is not None:
            last.result(10)
        held = rows(archive, "fingerprint") + rows(archive, "recent")
        ids = dict(archive._db.execute("SELECT article || '-' || version, seq FROM article"))
        assert sorted(held) == sorted((*fingerprint(paragraph(w)), ids[id], n) for w, (id, n) in first.items())
    finally:
        archive.close()


def test_rows_on_their_way_are_the_ledgers_not_the_runs(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        store(archive, url(1), [paragraph("one"), paragraph("two")])
    db = apsw.Connection(str(tmp_path / ledger.NAME))
    assert [fp for (fp,) in db.execute("SELECT fp FROM recent ORDER BY n")] == [
        fingerprint(paragraph(word))[0] for word in ("one", "two")
    ]
    db.close()
