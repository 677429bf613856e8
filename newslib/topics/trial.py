"""Topics tried on texts: what `scrapy topics test` prints, of one text or of many."""

from __future__ import annotations

import json
import re
from typing import Any

from newslib.text import clean
from newslib.topics.matcher import Matcher
from newslib.topics.topic import Match, Topic, located

AROUND = 40  # characters shown on either side of a term
LIKELY = 0.5  # probability from which the language model is believed of a text that nobody says the language of


def article(title: str, text: str) -> tuple[str, str]:
    """Title and text as a crawl would have them: clean paragraphs, parted by blank lines."""
    paragraphs = map(clean, re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")))
    return clean(title), "\n\n".join(filter(None, paragraphs))


def language_of(title: str, text: str) -> str | None:
    """What language a text is in; None when the model is not sure enough."""
    from newslib.extraction.language import detect

    code, probability = detect(f"{title}\n{text}")
    return code if probability is not None and probability >= LIKELY else None


def in_context(
    topic: Topic, match: Match, title: str, description: str, text: str, language: str | None
) -> list[dict[str, Any]]:
    """The match's terms: `group`, `term`, `count`, and the words `around` its first mention, `where` title, description
    or text."""
    first: dict[tuple[str, str], tuple[str, str, int, int]] = {}
    heads = [
        (name, part, topic.mentions(part, language)) for name, part in (("title", title), ("description", description))
    ]
    for where, whole, hits in (*heads, ("text", text, match.hits)):
        for hit in hits:
            first.setdefault((hit.entry.group, hit.entry.term), (where, whole, hit.start, hit.end))
    rows: list[dict[str, Any]] = []
    for term in match.terms:
        where, whole, start, end = first[term["group"], term["term"]]
        before, after = whole[max(0, start - AROUND) : start], whole[end : end + AROUND]
        more, less = "…" * (start > AROUND), "…" * (end + AROUND < len(whole))
        row = {"group": term["group"], "term": term["term"], "count": term["count"], "where": where}
        rows.append({**row, "around": clean(f"{more}{before}[{whole[start:end]}]{after}{less}")})
    return rows


def judge_row(matcher: Matcher, line: str, language: str | None) -> dict[str, Any]:
    """Judge one row of a JSON Lines file: `id`, `title`, `text`, and `description`, `language` where there are any.

    Gives `id`, `match`, `score`, `terms` as a record has them; of several topics whether one matches, the best score,
    all terms with their `topic`, and the `topics` that match. Without a language the model's is taken, if it is likely.
    Raises ValueError, which says what is wrong with the row.
    """
    row = _row(line)
    title, text = article(row.get("title") or "", row.get("text") or "")
    description = clean(row.get("description") or "")
    spoken = row.get("language") or language or language_of(title, text)
    judged = list(zip(matcher.topics, matcher.match(title, description, text, spoken), strict=True))
    several = len(judged) > 1
    terms = [
        {**term, "topic": topic.id} if several else dict(term)
        for topic, match in judged
        for term in located(match, [text], set())
    ]
    matched = [topic.id for topic, match in judged if match.matched]
    score = max(match.score for _, match in judged)
    result = {"id": row["id"], "match": bool(matched), "score": score, "terms": terms}
    return result | ({"topics": matched} if several else {})


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON ({error}); write one object a line") from None
    if not isinstance(row, dict) or "id" not in row:
        raise ValueError('is no object with an "id"; write {"id": …, "title": …, "text": …}')
    for key in ("title", "text", "description", "language"):
        if not isinstance(row.get(key, ""), str | None):
            raise ValueError(f'"{key}" is no text; put it between quotes')
    return row
