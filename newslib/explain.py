"""Why an article is on a topic, or why a page was refused: what was said then, and what the topic says today."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from newslib.article import Article
from newslib.store import Archive
from newslib.text import clean
from newslib.topics.trial import in_context
from newslib.urls import canonical

if TYPE_CHECKING:
    from newslib.extraction import Extracted
    from newslib.page import Page
    from newslib.store import Verdict
    from newslib.topics import Topic


def explain(
    archive: Archive, topic: Topic, which: str, read: Callable[[Page], Extracted | None]
) -> dict[str, Any] | None:
    """Why a record (its id, an article's id) or a URL is on a topic or not; None when the archive does not know it.

    `read` extracts a page that was kept in the WARC; it may return None. The result:

    - `url`, `id` and `title` of the record (None without one), `outcome` (`pending` too) and `reason` of the URL
    - `topic`, `version` (today's), `query`, `all_groups`
    - `judged`: what was said before: {`version`, `today` (whether the topic is still the same), `matched`, `score`,
      `groups` (those found; None: not noted)}; None when the topic was not asked, or said nothing that was kept
    - `match`: what it says today: {`matched`, `score`, `groups`, `missing`, `terms`: [{`group`, `term`, `count`,
      `where` (title | description | text), `around`}]}; None when there is no text to judge
    """
    address = next((u for u in (which, canonical(which)) if u and archive.url(u)), None)
    known = archive.url(address) if address else None
    record = archive.article((known["article"] or known["alias"] or "") if known else which)
    if record is None and known is None:
        return None
    known = known or (archive.url(record.url) if record else None) or {}
    result: dict[str, Any] = {
        "url": address or (record.url if record else None),
        "id": record.id if record else None,
        "title": record.title if record else None,
        "outcome": known.get("outcome") or "pending",
        "reason": known.get("reason"),
        "topic": topic.id,
        "version": topic.version,
        "query": str(topic.query),
        "all_groups": topic.groups,
    }
    if record is not None:
        result["judged"] = _said_of_record(topic, record, archive.verdict(record.id, topic.id), known)
        result["match"] = _match(topic, record.title, record.description, record.full_text, record.language)
        return result
    result["judged"] = _said_of_page(topic, known)
    page = read(archive.page_at(known["warc"], known["url"])) if known.get("warc") else None
    if page is not None:
        result["title"] = page.title
        text = "\n\n".join(page.paragraphs)
        result["match"] = _match(topic, page.title, page.description, text, page.language)
    else:
        result["match"] = None
    return result


def _said_of_record(
    topic: Topic, record: Article, verdict: Verdict | None, known: dict[str, Any]
) -> dict[str, Any] | None:
    match = next((match for match in record.topics if match["id"] == topic.id), None)
    if match is not None:
        groups = sorted({term["group"] for term in match["terms"]})
        return _said(topic, match["version"], True, match["score"], groups)
    return _said(topic, verdict.version, False, 0.0, None) if verdict else _said_of_page(topic, known)


def _said_of_page(topic: Topic, known: dict[str, Any]) -> dict[str, Any] | None:
    version = (known.get("judged") or {}).get(topic.id)
    if version is None:
        return None
    prefix = f"{topic.id}/"
    groups = [group.removeprefix(prefix) for group in known["groups"] or [] if group.startswith(prefix)]
    return _said(topic, version, False, 0.0, groups)


def _said(topic: Topic, version: str, matched: bool, score: float, groups: list[str] | None) -> dict[str, Any]:
    today = version == topic.version
    return {"version": version, "today": today, "matched": matched, "score": score, "groups": groups}


def _match(topic: Topic, title: str | None, description: str | None, text: str, language: str | None) -> dict[str, Any]:
    match = topic.match(title, description, text, language)
    missing = [group for group in topic.groups if group not in match.groups]
    terms = in_context(topic, match, title or "", description or "", text, language)
    groups = sorted(match.groups)
    return {"matched": match.matched, "score": match.score, "groups": groups, "missing": missing, "terms": terms}


def told(result: dict[str, Any]) -> list[str]:
    """What `explain` found, as lines for a person."""
    judged, match, topic = result["judged"], result["match"], result["topic"]
    ended = f"{result['outcome']}{': ' * bool(result['reason'])}{result['reason'] or ''}"
    lines = [f"{result['id'] or result['url']}  {clean(result['title'] or '')}".rstrip(), f"  {result['url']}: {ended}"]
    if judged is None:
        was = "when it was stored, or was not asked" if result["id"] else "of it yet"
        lines.append(f"  then   {topic} said nothing {was}")
    else:
        same = "today's version" if judged["today"] else f"version {judged['version']}; the topic has changed since"
        score = f"match, score {judged['score']:.3f}" if judged["matched"] else "no match"
        if judged["groups"] is not None:
            lack = [group for group in result["all_groups"] if group not in judged["groups"]]
            score += (
                f": found {', '.join(judged['groups']) or 'nothing'}{'; nothing of ' * bool(lack)}{', '.join(lack)}"
            )
        lines.append(f"  then   {score} ({same})")
    if match is None:
        kept = "its page was not kept (WARC_STORE=all keeps all)" if judged else "no text of it is here"
        return [*lines, f"  today  not known: {kept}"]
    lines.append(
        f"  today  {'match' if match['matched'] else 'no match'}, score {match['score']:.3f}   {result['query']}"
    )
    for group in result["all_groups"]:
        terms = [term for term in match["terms"] if term["group"] == group]
        lines.append(f"  {group}{': nothing' * (not terms)}")
        lines += [f"    {t['term']}  {t['count']}×  {t['where']}: {t['around']}" for t in terms]
    return lines
