"""Run a folder of cases: `python -m tests.run_cases DIR` (DIR has the shape of tests/cases; its README explains `expect`).

Prints a line a case: id, pass or FAIL, why. Exit code 0 only when all pass, 2 when the folder cannot be read. The cases go through
the functions that a crawl uses; articles that are to be stored go into an archive in a temporary folder.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from newslib.article import Article
from newslib.config import load_topic
from newslib.dates import When, parse
from newslib.discovery import parse_feed, parse_sitemap
from newslib.extraction import extract
from newslib.page import Page
from newslib.robots import Robots, retry_after
from newslib.store import Archive
from newslib.text import clean
from newslib.urls import absolute, canonical
from pipelines.extract import draft_of
from tests.raw_http import page_of

TOPICS = Path(__file__).resolve().parent.parent / "topics"
FETCHED = "2026-01-01T00:00:00Z"


class Failed(Exception):  # noqa: N818
    """What came is not what was expected; str() says why."""


@dataclass
class Case:
    """One line of cases.jsonl."""

    id: str
    area: str
    input: Any
    expect: dict[str, Any]
    url: str | None = None
    content_type: str | None = None
    kind: str = ""
    note: str = ""
    folder: Path = field(default_factory=Path)

    @property
    def body(self) -> bytes:
        return (self.folder / "files" / self.input).read_bytes()

    @property
    def page(self) -> Page:
        """The answer as a crawl would see it."""
        if self.input.endswith(".http"):
            return page_of(self.body, self.url or "", FETCHED)
        headers = [("Content-Type", self.content_type)] if self.content_type else []
        return Page(
            self.url or "", self.url or "", 200, headers=headers, body=self.body, raw=self.body, fetched=FETCHED
        )


def cases_of(folder: Path) -> list[Case]:
    """Raises OSError and ValueError when the folder is not one of cases."""
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").split("\n")
    return [Case(**json.loads(line), folder=folder) for line in lines if line.strip()]


def why(case: Case) -> str | None:
    """Run one case: None when it passes, else what is wrong in one line. Never raises."""
    try:
        _run(case)
    except Failed as failed:
        return " ".join(str(failed).split())
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def main(arguments: list[str]) -> int:
    try:
        (folder,) = arguments
        cases = cases_of(Path(folder))
    except (OSError, ValueError, TypeError) as error:
        print(f"usage: python -m tests.run_cases DIR, a folder with cases.jsonl: {error}", file=sys.stderr)
        return 2
    failures = 0
    for case in cases:
        reason = why(case)
        failures += reason is not None
        print(f"{case.id:<14} {'pass' if reason is None else 'FAIL'}  {reason or ''}".rstrip(), flush=True)
    print(f"{len(cases) - failures} of {len(cases)} cases pass")
    return 1 if failures or not cases else 0


def _run(case: Case) -> None:
    ways: tuple[tuple[bool, Callable[[Case], set[str]]], ...] = (
        ("not_before" in case.expect, _pauses),
        ("user_agent" in case.expect, _robots),
        (case.area == "feed", _feed),
        (case.area == "sitemap", _sitemap),
        (case.area == "dedup", _dedup),
        (case.area == "topic", _topic),
        (not isinstance(case.input, str), _addresses),
        (case.area == "store" or bool(STORED & set(case.expect)), _stored),
        (True, _read),
    )
    known = next(way for applies, way in ways if applies)(case)
    unknown = set(case.expect) - known
    if unknown:
        raise Failed(f"no way is known to check {', '.join(sorted(unknown))}")


def _equal(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise Failed(f"{what}: expected {expected!r}, got {found!r}")


# Pages


TEXTS = {
    "text_has",
    "text_lacks",
    "text_once",
    "text_order",
    "paragraphs",
    "title",
    "authors",
    "language",
    "paywalled",
    "published",
    "modified",
    "canonical",
}
STORED = {
    "jsonl_ok",
    "lines",
    "splitlines",
    "utf8_ok",
    "no_lone_surrogates",
    "warc_ok",
    "target_uri",
    "http_status",
    "content_sha256",
}


def _read(case: Case) -> set[str]:
    page = case.page
    found = extract(page.body, page.fetched_url, page.header("Content-Type"))
    draft = draft_of(page, found)
    if found.outcome is not None:
        raise Failed(f"no article was read: {found.outcome}, {found.reason}")
    _check(case.expect, draft, draft.paragraphs)
    return TEXTS


def _check(expect: dict[str, Any], article: Article, paragraphs: list[str]) -> None:
    text = _flat("\n".join(paragraphs))
    everywhere = "\n".join([text, article.title or "", *article.authors])
    raw = "\n".join(["\n\n".join(paragraphs), article.title or "", *article.authors])
    for part in expect.get("text_has", ()):
        if _flat(part) not in text:
            raise Failed(f"the text lacks {part!r}")
    for part in expect.get("text_lacks", ()):
        if (_flat(part) in everywhere if _flat(part) else part in raw) or part in raw:
            raise Failed(f"text, title or authors have {part!r}")
    for part in expect.get("text_once", ()):
        if text.count(_flat(part)) != 1:
            raise Failed(f"the text has {part!r} {text.count(_flat(part))} times")
    at = 0
    for part in expect.get("text_order", ()):
        found = text.find(_flat(part), at)
        if found < 0:
            raise Failed(f"{part!r} is not in the text in this order")
        at = found + len(_flat(part))
    if "paragraphs" in expect:
        _equal("paragraphs", expect["paragraphs"], sum(p != article.title for p in paragraphs))
    for key in {"title", "authors", "paywalled"} & set(expect):
        _equal(key, expect[key], getattr(article, key))
    if "language" in expect:
        _equal("language", expect["language"], (article.language or "").split("-")[0] or None)
    if "canonical" in expect:
        _equal("canonical", expect["canonical"], article.url)
    if "published" in expect:
        _date("published", expect["published"], article.published, article.day)
    if "modified" in expect:
        _date("modified", expect["modified"], article.modified, (article.modified or "")[:10] or None)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _date(what: str, expected: str | None, instant: str | None, day: str | None) -> None:
    """An instant in any notation, or a calendar day as printed."""
    if expected is None:
        _equal(what, None, instant or day)
        return
    wanted = parse(expected)
    if wanted is None:
        raise Failed(f"{what}: {expected!r} is no date")
    if len(expected) == 10:
        _equal(what, expected, day)
    else:
        _equal(what, wanted.iso, instant)


# Storing


def _stored(case: Case) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        page = case.page
        found = extract(page.body, page.fetched_url, page.header("Content-Type"))
        draft = draft_of(page, found)
        if found.outcome is not None and not draft.paragraphs:
            raise Failed(f"no article was read: {found.outcome}, {found.reason}")
        with Archive.open(folder, write=True) as archive:
            archive.admit(draft, draft.paragraphs)
            article = archive.store(draft.record(), page, url=page.url).result(30)
        if "warc_ok" in case.expect or {"target_uri", "http_status", "content_sha256"} & set(case.expect):
            _warc(case.expect, Path(folder), article)
        data = b"".join(path.read_bytes() for path in sorted((Path(folder) / "articles").rglob("*.jsonl")))
        _lines(case.expect, data)
        with Archive.open(folder) as archive:
            (record,) = archive.articles()
            problems = archive.verify()
        if not problems["ok"]:
            raise Failed(f"verify is not clean: {problems['checks']}")
        _check(case.expect, record, record.full_text.split("\n\n"))
    return TEXTS | STORED


def _lines(expect: dict[str, Any], data: bytes) -> None:
    text = data.decode("utf-8", "strict" if expect.get("utf8_ok", True) else "replace")
    lines = [line for line in text.split("\n") if line]
    records = [json.loads(line) for line in lines]
    if not all(isinstance(record, dict) for record in records):
        raise Failed("a line is not one JSON object")
    if "lines" in expect:
        _equal("lines", expect["lines"], len(lines))
    if "splitlines" in expect:
        _equal("splitlines", expect["splitlines"], len(text.splitlines()))
    if any("\ud800" <= char <= "\udfff" for record in records for value in _strings(record) for char in value):
        raise Failed("a lone surrogate is left")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _warc(expect: dict[str, Any], folder: Path, article: Article) -> None:
    """Read the record with warcio, as anyone would."""
    from warcio.archiveiterator import ArchiveIterator

    if article.warc is None:
        raise Failed("the record has no WARC pointer")
    with (folder / article.warc["file"]).open("rb") as file:
        file.seek(article.warc["offset"])
        record = next(iter(ArchiveIterator(file, check_digests="raise")))
        headers, http = record.rec_headers, record.http_headers
        content = record.content_stream().read()
    _equal("WARC-Type", "response", record.rec_type)
    if "target_uri" in expect:
        _equal("target_uri", expect["target_uri"], headers.get_header("WARC-Target-URI"))
    if "http_status" in expect:
        _equal("http_status", str(expect["http_status"]), http.get_statuscode())
    if "content_sha256" in expect:
        _equal("content_sha256", expect["content_sha256"], sha256(content).hexdigest())
    if not headers.get_header("WARC-Payload-Digest"):
        raise Failed("the record has no payload digest")
    with (folder / article.warc["file"]).open("rb") as file:  # every record of the file, to its end
        for other in ArchiveIterator(file, check_digests="raise"):
            other.raw_stream.read()


# Repeats and topics


def _dedup(case: Case) -> set[str]:
    kept: list[str] = []
    dropped: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Archive.open(folder, write=True) as archive:
        for given in case.input["articles"]:
            ids = [paragraph["id"] for paragraph in given["paragraphs"]]
            texts = [clean(paragraph["text"]) for paragraph in given["paragraphs"]]
            url = canonical(given["url"]) or ""
            title, language = given.get("title") or given["id"], given.get("language")
            article = Article(url=url, fetched_url=given["url"], title=title, language=language, fetched=FETCHED)
            if archive.admit(article, texts) == "unchanged":
                dropped += ids
                continue
            archive.store(article, None, url=url).result(30)
            gone = {repeat["at"] for repeat in article.repeats}
            kept += [id for number, id in enumerate(ids) if number not in gone]
            dropped += [id for number, id in enumerate(ids) if number in gone]
    _equal("dropped", sorted(case.expect["dropped"]), sorted(dropped))
    _equal("kept", sorted(case.expect["kept"]), sorted(kept))
    return {"kept", "dropped"}


def _topic(case: Case) -> set[str]:
    given = case.input
    topic = load_topic(given["topic"], TOPICS)
    text = "\n\n".join(clean(paragraph) for paragraph in given["text"].split("\n\n"))
    title, description = (clean(given[key]) if given.get(key) else None for key in ("title", "description"))
    match = topic.match(title, description, text, given.get("language"))
    terms = sorted({term["term"] for term in match.terms})
    if match.matched != case.expect["match"]:
        raise Failed(f"match: expected {case.expect['match']}, got {match.matched} on {terms}")
    return {"match"}


# Finding and fetching


def _feed(case: Case) -> set[str]:
    found = parse_feed(case.body, case.url or "", case.content_type).candidates
    _candidates(case.expect, found)
    return {"candidates", "urls"}


def _sitemap(case: Case) -> set[str]:
    sitemap = parse_sitemap(case.body, case.url or "", case.content_type)
    _candidates(case.expect, sitemap.candidates or sitemap.sitemaps)
    return {"candidates", "urls"}


def _candidates(expect: dict[str, Any], found: list[Any]) -> None:
    wanted = expect.get("candidates", [{"url": url} for url in expect.get("urls", ())])
    _equal("urls", [_address(one["url"]) for one in wanted], [_address(one.url) for one in found])
    for one, candidate in zip(wanted, found, strict=True):
        for key in set(one) - {"url"}:
            value = getattr(candidate, key)
            if isinstance(value, When) or key in ("published", "updated"):
                _date(f"{key} of {candidate.url}", one[key], value and value.iso, value and value.day)
            else:
                _equal(f"{key} of {candidate.url}", one[key], value)


def _address(url: str) -> str:
    return canonical(url) or url


def _addresses(case: Case) -> set[str]:
    results = []
    for one in case.expect.get("urls", ()):
        results.append(canonical(one["in"]))
        _equal(one["in"], one["canonical"], results[-1])
    for group in case.expect.get("groups", ()):
        for key, members in group.items():
            forms = [canonical(url) for url in members]
            results += forms
            if len(set(forms)) != (1 if key == "same" else len(members)):
                raise Failed(f"not {key}: {dict(zip(members, forms, strict=True))}")
    if case.expect.get("stable"):
        for url in filter(None, results):
            _equal(f"{url} again", url, canonical(url))
    return {"urls", "groups", "stable"}


def _robots(case: Case) -> set[str]:
    robots, agent = Robots(case.body), case.expect["user_agent"]
    for key, allowed in (("allowed", True), ("blocked", False)):
        for url in case.expect.get(key, ()):
            if robots.allowed(url, agent) is not allowed:
                raise Failed(f"{url} is not {key}")
    if "sitemaps" in case.expect:
        _equal("sitemaps", case.expect["sitemaps"], [absolute(sitemap, case.url) for sitemap in robots.sitemaps])
    if "crawl_delay" in case.expect:
        _equal("crawl_delay", case.expect["crawl_delay"], robots.crawl_delay(agent))
    return {"user_agent", "allowed", "blocked", "sitemaps", "crawl_delay"}


def _pauses(case: Case) -> set[str]:
    now = datetime.fromisoformat(case.input["now"]).astimezone(UTC)
    for answer, expected in zip(case.input["responses"], case.expect["not_before"], strict=True):
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        until = retry_after(headers.get("retry-after"), now)
        wanted = datetime.fromisoformat(expected).astimezone(UTC) if expected else None
        # Not before this instant is no pause.
        _equal(f"not before, {answer['url']}", wanted if wanted and wanted > now else None, until)
    return {"not_before"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
