"""Topics: what matching, compiling and the gate cost, and that a hostile text takes linear time.

    python -m benchmarks.topics                   # articles of the demo newsroom, made 6,000 bytes long
    python -m benchmarks.topics --pages DIR       # and the gate on real pages: *.html or *.html.gz

CPU time, medians. A text is folded anew each time, as each article is. 20 topics are the shipped one and 19 with its
words shuffled (as long, in the same scripts). docs/benchmarks.md holds the figures.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import html

from crawler.demo.content import load
from newslib.config import load_topic
from newslib.config.topics import read_topic
from newslib.topics import Gate, Matcher, Topic
from newslib.topics.fold import fold
from newslib.topics.terms import read_term

TOPICS = Path(__file__).parent.parent / "topics"
LENGTH = 6000  # bytes of UTF-8
ID = "russia-north-korea"
HOSTILE = {
    "a term, again and again": "러시아 ",
    "a term inside words": "러시아",
    "beginnings of a phrase": "North ",
    "one endless word": "россия",
    "marks": "a\u0301\u0323\u0653",
    "spaces": " \u200b",
    "blank lines": "\n \n",
    "masked": "Russian doll ",
    "soft hyphens": "Rus\u00adsia\u00ad",
    "all of Unicode": "".join(map(chr, (*range(0x20, 0xD800), *range(0xE000, 0x11000)))),
}


def cost(do: Callable[[], object], times: int = 31) -> float:
    """Milliseconds of CPU time, the median of some runs."""
    spent = []
    for _ in range(times):
        started = time.process_time()
        do()
        spent.append(time.process_time() - started)
    return statistics.median(spent) * 1000


def articles() -> list[tuple[str, bool, str]]:
    """(language, on topic or not, text) of the demo's articles, those of a kind strung together to 6,000 bytes."""
    texts: dict[tuple[str, bool], str] = {}
    for outlet in load(datetime.now(UTC)):
        for article in outlet.out():
            key = outlet.language, bool(article.on_topic)
            texts[key] = texts.get(key, "") + "\n\n".join(article.paragraphs) + "\n\n"
    whole = {key: (text * (LENGTH // len(text) + 1)).encode()[:LENGTH] for key, text in sorted(texts.items()) if text}
    return [(*key, text.decode(errors="ignore")) for key, text in whole.items()]


def shuffled(topic: Topic, number: int) -> Topic:
    """A topic of the same size whose words are others: each word's letters in another order."""
    draw = random.Random(number)

    def other(term: str) -> str:
        letters = ([c for c in word if c.isalnum()] for word in term.split())
        return " ".join("".join(draw.sample(word, len(word))) or "x" for word in letters) + "*" * term.endswith("*")

    terms = {g: {c: list(map(other, words)) for c, words in codes.items()} for g, codes in topic.terms.items()}
    return Topic(f"t{number}", terms, query=topic.query, exclude=list(map(other, topic.exclude)))


def compile_topic() -> None:
    """Read the shipped file and make it ready, nothing remembered."""
    read_term.cache_clear()
    Matcher([read_topic(TOPICS / f"{ID}.toml")])


def hostile(matcher: Matcher, text: str) -> float:
    def match() -> None:
        fold.cache_clear()
        matcher.match(None, None, text, None)

    return cost(match, 3)


def report(what: str, milliseconds: list[float]) -> None:
    spread = f"  ({min(milliseconds):.2f}-{max(milliseconds):.2f})" if len(milliseconds) > 1 else ""
    print(f"{what:44} {statistics.median(milliseconds):8.2f} ms{spread}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of real pages for the gate")
    options = parser.parse_args()
    topic = load_topic(ID, TOPICS)
    one, twenty = Matcher([topic]), Matcher([topic, *(shuffled(topic, n) for n in range(19))])
    found: dict[str, list[float]] = {"one": [], "twenty": []}
    for language, on_topic, text in articles():

        def match(matcher: Matcher, text: str = text, language: str = language) -> object:
            fold.cache_clear()
            return matcher.match("A title of nine words as most titles are", None, text, language)

        match(one)
        found["one"].append(cost(lambda: match(one)))
        found["twenty"].append(cost(lambda: match(twenty)))
        report(f"  {language}, {'on' if on_topic else 'off'} topic, {len(text):,} characters", found["one"][-1:])
    report("match 6,000 bytes, one topic", found["one"])
    report("match 6,000 bytes, twenty topics", found["twenty"])
    report("compile the shipped topic", [cost(compile_topic, 9)])
    kept = pickle.dumps(Gate([topic]))
    report(f"gate: made ready from {len(kept) // 1000} kB", [cost(lambda: pickle.loads(kept), 9)])
    gate = Gate([topic])
    pages = [text for _, _, text in articles()]
    if options.pages:
        files = sorted(options.pages.rglob("*.html*"))
        bodies = [gzip.decompress(f.read_bytes()) if f.suffix == ".gz" else f.read_bytes() for f in files]
        pages = [
            "\n".join(
                html.fromstring(body).xpath(
                    "//text()[not(parent::style or parent::script[not(contains(@type, 'ld+json'))])]|//meta/@content"
                )
            )
            for body in bodies
        ]
    costs = [cost(lambda: gate.may_match(text), 7) for text in pages]  # noqa: B023
    length = statistics.median(map(len, pages))
    passed = sum(map(gate.may_match, pages))
    report(f"gate: {len(pages)} texts, median {length:,.0f} characters", costs)
    print(f"  {passed} of them may match")
    print("one million characters of hostile text, and against half a million:")
    for what, piece in HOSTILE.items():
        half, whole = (hostile(one, piece * (size // len(piece))) for size in (500_000, 1_000_000))
        print(f"  {what:42} {whole:8.0f} ms   {whole / half:.1f} times", flush=True)


if __name__ == "__main__":
    main()
