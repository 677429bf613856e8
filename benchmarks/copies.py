"""Copies: how many edited ones are found, how many of those found are none, and how fast.

    python -m benchmarks.copies                  # the table of docs/benchmarks.md; two minutes
    python -m benchmarks.copies --originals 20   # a short version of it

Invented articles in six scripts, each with five edited ones (benchmarks/texts.py) and as many that have nothing to do
with them, and reports of prices, scores and weather that differ in their numbers alone, go into a new archive in random
order, and are looked at in commit order, as in a crawl.

- recall: of the edited ones, those in one story with their original
- precision: of all relations of an edited one that make a story (duplicate or syndicated), those to its own family
- reports: pairs of which two were merged, which must be none
- speed: of the sketches alone, and of all that is done for an article, reading candidates from the archive included
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import texts
from newslib.article import Article, article_id
from newslib.copies import Words
from newslib.paragraphs.substance import substance
from newslib.store import Archive
from newslib.store.ledger import rows

AT = "2025-11-03T10:00:00Z"
REPORTS = 40  # of each kind, for 100 originals


def _cut(articles: texts.Articles, text: list[str]) -> list[str]:
    wanted = 0.4 * sum(map(len, text))
    kept = [text[0]]
    for paragraph in text[1:]:
        if sum(map(len, kept)) + len(paragraph) / 2 < wanted:
            kept.append(paragraph)
    return kept


def _embedded(articles: texts.Articles, text: list[str]) -> list[str]:
    around = articles.new(articles.chance.randint(len(text), 2 * len(text)))
    at = articles.chance.randrange(len(around))
    return around[:at] + text + around[at:]


EDITS: dict[str, Callable[[texts.Articles, list[str]], list[str]]] = {
    "light edits": lambda articles, text: articles.lightly_edited(text),
    "every paragraph edited": lambda articles, text: [articles.edited(each) for each in text],
    "three paragraphs added": lambda articles, text: _with(articles, text, 3),
    "cut to 40 %": _cut,
    "embedded in a longer piece": _embedded,
}


def _with(articles: texts.Articles, text: list[str], count: int) -> list[str]:
    text = list(text)
    for _ in range(count):
        text.insert(articles.chance.randrange(len(text) + 1), articles.paragraph())
    return text


@dataclass
class Piece:
    url: str
    family: str  # the same for an original and what was made of it
    kind: str  # original | other | report | one of EDITS
    text: list[str]


def pieces(originals: int, seed: int) -> list[Piece]:
    """All articles, in random order: `originals` of each script with what was made of them, others, reports."""
    made: list[Piece] = []

    def add(family: str, kind: str, text: list[str]) -> None:
        made.append(Piece(f"https://outlet{len(made) % 97}.example/{len(made)}", family, kind, text))

    for script in texts.SCRIPTS:
        articles = texts.Articles(script, seed)
        for number in range(originals):
            text = articles.new()
            add(f"{script} {number}", "original", text)
            for kind, edit in EDITS.items():
                add(f"{script} {number}", kind, edit(articles, text))
            add(f"{script} {number} other", "other", articles.new())
    chance = random.Random(seed)
    for name in texts.REPORTS:
        for number in range(max(2, REPORTS * originals // 100)):
            add(f"{name} {number}", "report", texts.report(name, chance))
    chance.shuffle(made)
    return made


@dataclass
class Result:
    recall: dict[str, float]  # by kind of edit
    precision: dict[str, float]
    pieces: int
    merged: int  # pairs of reports, or with a report, in one story
    strangers: int  # stories with articles of more than one family
    seconds: float  # of CPU, for all that is looked at


def measure(folder: Path, made: list[Piece]) -> Result:
    with Archive(folder / "archive", write=True) as archive:
        for piece in made:
            article = Article(url=piece.url, fetched_url=piece.url, title=piece.url, fetched=AT, source="example")
            archive.admit(article, piece.text)
            done = archive.store(article, None, url=piece.url)
        done.result()
        started = time.process_time()
        while archive.relate(200).result():
            pass
        seconds = time.process_time() - started
        of = {article_id(piece.url): piece for piece in made}
        story = dict(rows(archive._db, "SELECT article, story FROM member"))
        related = rows(archive._db, "SELECT article, other FROM relation WHERE kind != 'related'")
    originals = {piece.family: story.get(article) for article, piece in of.items() if piece.kind == "original"}
    found: Counter[str] = Counter()
    for article, piece in of.items():
        found[piece.kind] += article in story and story[article] == originals.get(piece.family)
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for pair in related:
        one, two = (of[each] for each in pair)
        for kind in {one.kind, two.kind}:
            (right if one.family == two.family else wrong)[kind] += 1
    families: dict[str, set[str]] = defaultdict(set)
    for article, id in story.items():
        families[id].add(of[article].family)
    count = Counter(piece.kind for piece in made)
    return Result(
        {kind: found[kind] / count[kind] for kind in EDITS},
        {kind: right[kind] / max(1, right[kind] + wrong[kind]) for kind in EDITS},
        len(made),
        wrong["report"],
        sum(len(each) > 1 for each in families.values()),
        seconds,
    )


def sketches(made: list[Piece]) -> float:
    """Articles a second of CPU of which a sketch is made: words, shingles, hashes and the smallest of them."""
    forms = [[form for _, form in substance(piece.text)] for piece in made]
    started = time.process_time()
    for folded in forms:
        Words.of(folded).sketch()
    return len(made) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=int, default=100, help="of each script")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="where the scratch folder is made")
    options = parser.parse_args()
    made = pieces(options.originals, options.seed)
    mean = sum(len(paragraph) for piece in made for paragraph in piece.text) / len(made)
    print(f"{len(made):,} articles of {mean:,.0f} characters, seed {options.seed}")
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        result = measure(Path(folder), made)
    print(f"  {'edit':<28} recall  precision")
    for kind in EDITS:
        print(f"  {kind:<28} {result.recall[kind]:.4f}  {result.precision[kind]:.4f}")
    print(f"  relations with a report that make a story: {result.merged}; stories of strangers: {result.strangers}")
    print(f"  sketches: {sketches(made):,.0f} articles a CPU second")
    print(f"  all of it: {result.pieces / result.seconds:,.0f} articles a CPU second, six of seven with copies")


if __name__ == "__main__":
    main()
