"""Reading pages: this project against trafilatura (and other readers), on pages whose text is known, in one run.

    python -m benchmarks.extraction --corpus DIR                          # the table of docs/benchmarks.md
    python -m benchmarks.extraction --corpus DIR --predictions out.jsonl  # and what was read, a row a page
    python -m benchmarks.extraction --corpus DIR --peers                  # other readers, as far as installed

DIR holds `truth.jsonl` (`page`, `url`, `publisher`, `title`, `authors`, `published`, `summary`, `sections` of
`headline` and `paragraphs`) and the pages it names, `.html` or `.html.gz`. Figures are printed for all pages and for
two halves of the outlets, `tuned` and `held out`: rules are made looking at pages of the first only.

Body: 4-gram shingles (words; characters of unspaced scripts) as multisets, precision and recall averaged over pages,
F1 of the averages: the measure of the article-extraction-benchmark, made fair to all scripts. The truth is summary,
headings and paragraphs. A title is right that equals the truth or the page's own h1. Instants count where the truth
has a clock.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import logging
import random
import re
import statistics
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

SEED = 6  # of the split of outlets
Row = dict[str, Any]
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_INVISIBLE = str.maketrans("", "", "\xad\u200b\u2060\ufeff")


def halves(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The pages of two halves of the outlets, drawn by a fixed seed: those that may be looked at, and the others."""
    outlets = sorted({row["publisher"] for row in rows})
    random.Random(SEED).shuffle(outlets)
    tuned = set(outlets[: (len(outlets) + 1) // 2])
    return [r for r in rows if r["publisher"] in tuned], [r for r in rows if r["publisher"] not in tuned]


# Readers: bytes and address in, {"text", "title", "authors", "published", "day"} out


def ours(body: bytes, url: str) -> Row:
    from newslib.extraction import extract

    found = extract(body, url)
    published = found.published
    if published and found.utc_offset:
        published = datetime.fromisoformat(published).astimezone(_zone(found.utc_offset)).isoformat()
    elif published:
        published = published.removesuffix("Z")  # a clock without a zone
    text = "\n".join(found.paragraphs)
    return {"text": text, "title": found.title, "authors": found.authors, "published": published, "day": found.day}


def trafilatura(body: bytes, url: str) -> Row:
    from trafilatura import bare_extraction

    found = bare_extraction(body, url=url, with_metadata=True, include_comments=False)
    if found is None:
        return {}
    names = [name for part in (found.author or "").split(";") if (name := part.strip())]
    return {"text": found.text, "title": found.title, "authors": names, "published": found.date, "day": found.date}


def newspaper(body: bytes, url: str) -> Row:
    from newspaper import Article

    found = Article(url, fetch_images=False)
    found.download(input_html=body.decode("utf-8", "replace"))
    found.parse()
    when = found.publish_date.isoformat() if found.publish_date else None
    return {"text": found.text, "title": found.title, "authors": found.authors, "published": when}


def readability(body: bytes, url: str) -> Row:
    from lxml.html import fromstring
    from readability import Document

    found = Document(body.decode("utf-8", "replace"))
    return {"text": fromstring(found.summary()).text_content(), "title": found.short_title()}


def resiliparse(body: bytes, url: str) -> Row:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    return {"text": extract_plain_text(HTMLTree.parse_from_bytes(body, detect_encoding(body)), main_content=True)}


PEERS = (newspaper, readability, resiliparse)


# Scores


def shingles(text: str, n: int = 4) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(_plain(text))
    return Counter(tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))) if words else Counter()


def body_score(row: Row, text: str) -> tuple[float | None, float]:
    """(precision, None for no text at all; recall) of a page."""
    parts = list(row.get("summary") or [])
    for section in row["sections"]:
        parts += [*(section.get("headline") or []), *section["paragraphs"]]
    true, found = shingles("\n".join(parts)), shingles(text)
    both = sum((true & found).values())
    return (both / found.total() if found else None), (both / true.total() if true else 1.0)


def f1(precision: float | None, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def score(rows: list[Row], read: dict[str, Row], pages: dict[str, bytes]) -> Row:
    """Every figure of one reader over some pages."""
    bodies = [body_score(row, read[row["page"]].get("text") or "") for row in rows]
    precision = statistics.fmean([p for p, _ in bodies if p is not None] or [0.0])
    recall = statistics.fmean(r for _, r in bodies)
    dated = [row for row in rows if row.get("published")]
    timed = [row for row in dated if _timed(row["published"])]
    signed = [row for row in rows if row.get("authors")]
    return {
        "pages": len(rows),
        "precision": precision,
        "recall": recall,
        "body F1": f1(precision, recall),
        "under .60": sum(f1(*b) < 0.6 for b in bodies),
        "title": _share(_title(row, read[row["page"]], pages[row["page"]]) for row in rows if row.get("title")),
        "day": _share(_day(row["published"]) == _printed_day(read[row["page"]]) for row in dated),
        "instant": _share(_same(row["published"], read[row["page"]].get("published")) for row in timed),
        "authors F1": statistics.fmean([_authors(row, read[row["page"]]) for row in signed] or [0.0]),
    }


def _title(row: Row, found: Row, page: bytes) -> bool:
    """Right is the truth or the h1 that is most like it: truths take now the h1, now og:title, now JSON-LD."""
    text = page.decode("utf-8", "replace")
    heads = [_norm(html.unescape(re.sub(r"<[^>]+>", " ", h))) for h in re.findall(r"(?is)<h1[^>]*>(.*?)</h1>", text)]
    words = set(_WORD.findall(_norm(row["title"])))
    best = max(heads, key=lambda h: len(words & set(_WORD.findall(h))), default="")
    return _norm(found.get("title")) in {_norm(row["title"]), best if words & set(_WORD.findall(best)) else None}


def _authors(row: Row, found: Row) -> float:
    true, got = ({_norm(n) for n in names or []} for names in (row["authors"], found.get("authors")))
    return 2 * len(true & got) / (len(true) + len(got)) if got else 0.0


def _printed_day(found: Row) -> str | None:
    return _day(found.get("day") or found.get("published"))


def _day(value: object) -> str | None:
    match = re.match(r"\d{4}-\d\d-\d\d", str(value or ""))
    return match.group() if match else None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)).replace(second=0, microsecond=0) if len(str(value)) > 10 else None
    except ValueError:
        return None


def _timed(value: object) -> bool:
    """Whether a truth has a clock: midnight without a zone is a bare date."""
    when = _instant(value)
    return when is not None and not (when.tzinfo is None and when.hour == when.minute == 0)


def _same(true: object, found: object) -> bool:
    a, b = _instant(true), _instant(found)
    if a is None or b is None:
        return False
    return a == b.replace(tzinfo=None) if a.tzinfo is None else b.tzinfo is not None and a == b


def _share(values: Any) -> float:
    return statistics.fmean([float(v) for v in values] or [0.0])


def _plain(text: object) -> str:
    return unicodedata.normalize("NFC", str(text or "")).translate(_INVISIBLE)


def _norm(text: object) -> str:
    return re.sub(r"\W+", " ", _plain(text).casefold()).strip()


def _zone(offset: str) -> Any:
    return datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo


# The run


def run(
    readers: list[Callable[[bytes, str], Row]], rows: list[Row], pages: dict[str, bytes]
) -> dict[str, tuple[dict[str, Row], list[float]]]:
    """What each reader read and the CPU milliseconds of each page; page by page, so that noise meets all alike. The
    first page is read once before, as libraries load what they need then."""
    out: dict[str, tuple[dict[str, Row], list[float]]] = {reader.__name__: ({}, []) for reader in readers}
    for row in [rows[0], *rows]:
        for reader in readers:
            read, times = out[reader.__name__]
            started = time.process_time()
            try:
                found = reader(pages[row["page"]], row["url"])
            except Exception as error:
                print(f"{reader.__name__} fails at {row['page']}: {type(error).__name__}: {error}"[:200])
                found = {}
            times.append((time.process_time() - started) * 1000)
            read[row["page"]] = found
    return {name: (read, times[1:]) for name, (read, times) in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with truth.jsonl and the pages it names")
    parser.add_argument("--predictions", type=Path, help="write what this project read, one JSON object a page")
    parser.add_argument("--peers", action="store_true", help="also run newspaper, readability and resiliparse")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rows = [json.loads(line) for line in (options.corpus / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    pages = {row["page"]: _bytes(options.corpus / row["page"]) for row in rows}
    results = run([ours, trafilatura, *(PEERS if options.peers else ())], rows, pages)
    if options.predictions:
        with options.predictions.open("w", encoding="utf-8") as file:
            for page, found in results["ours"][0].items():
                file.write(json.dumps({"page": page, **found}, ensure_ascii=False) + "\n")
    parts = dict(zip(("all", "tuned", "held out"), (rows, *halves(rows)), strict=True))
    base = results["trafilatura"][1]
    columns: list[str] = []
    for name, (read, times) in results.items():
        for half, some in parts.items():
            figures = score(some, read, pages)
            if not columns:
                columns = list(figures)
                print("".join(f"{c:>11}" for c in ["", "", *columns]) + "   ms median/mean (of trafilatura's)")
            cells = [f"{v:.3f}" if isinstance(v, float) else str(v) for v in figures.values()]
            clock = ""
            if half == "all":
                median, mean = statistics.median(times), statistics.fmean(times)
                ratios = median / statistics.median(base), mean / statistics.fmean(base)
                clock = f"   {median:.1f}/{mean:.1f} ({ratios[0]:.2f}/{ratios[1]:.2f})"
            print("".join(f"{c:>11}" for c in [name, half, *cells]) + clock)


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


if __name__ == "__main__":
    main()
