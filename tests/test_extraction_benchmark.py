"""The benchmark of reading pages, on a corpus of two invented pages."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.extraction import f1, halves, shingles

SENTENCES = [
    "The council met on Tuesday evening to discuss the future of the old ferry, which has not sailed since May.",
    "Several islanders spoke in favour of a new boat, while the treasurer warned that the reserves are exhausted.",
]


def test_both_readers_are_scored_on_the_same_pages(tmp_path):
    html = (
        f"<html lang=en><title>Ferry</title><body><article><h1>Ferry</h1><p>{'</p><p>'.join(SENTENCES)}</p></article>"
    )
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(html.encode()))
    row = {"url": "https://example.org/a", "title": "Ferry", "authors": [], "sections": [{"paragraphs": SENTENCES}]}
    rows = [{"page": "a.html", "publisher": "A", **row}, {"page": "b.html.gz", "publisher": "B", **row}]
    (tmp_path / "truth.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [sys.executable, "-m", "benchmarks.extraction", "--corpus", tmp_path, "--predictions", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    lines = {tuple(line.split()[:2]): line.split()[2:6] for line in done.stdout.splitlines()}
    assert lines["ours", "all"] == ["2", "1.000", "1.000", "1.000"]
    assert lines["trafilatura", "all"][0] == "2"
    (first, _) = map(json.loads, (tmp_path / "out").read_text().splitlines())
    assert first == {
        "page": "a.html",
        "text": "\n".join(SENTENCES),
        "title": "Ferry",
        "authors": [],
        "published": None,
        "day": None,
    }


def test_an_outlet_is_in_one_half_whatever_the_number_of_its_pages():
    rows = [{"publisher": f"outlet {n % 9}"} for n in range(50)]
    looked_at, held_out = ({row["publisher"] for row in half} for half in halves(rows))
    assert len(looked_at) == 5 and len(held_out) == 4 and not looked_at & held_out
    assert halves(rows) == halves(rows[:])


def test_texts_without_spaces_are_compared_by_character():
    assert shingles("北朝鮮とロシア").total() == 4
    assert (f1(1.0, 0.5), f1(None, 0.0)) == (2 / 3, 0.0)
