"""The digest: what is new, story by story, made to be the body of a mail."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from newslib import Archive
from newslib.article import Article
from newslib.store.records import date_of
from newslib.store.stories import age
from reader.filters import outlet
from reader.stories import grouped
from reader.terminal import plain, short

_ALSO = 12  # outlets that are named below a story
_TITLE = 300  # characters


@dataclass(slots=True)
class Story:
    lead: Article  # the earliest
    copies: list[Article] = field(default_factory=list)  # of other outlets, and by them


@dataclass(slots=True)
class Digest:
    topic: str | None
    since: str  # instant
    until: str
    stories: list[Story]  # those of most outlets first, then the newest
    updated: list[Article]  # new versions of what was there before
    looked: list[str]  # sources that could be read since
    unreached: list[str]  # sources that failed whenever they were asked
    not_looked: list[str]  # sources of earlier days that nobody asked
    last_run: str | None

    @property
    def articles(self) -> int:
        return sum(1 + len(story.copies) for story in self.stories)


def digest(archive: Archive, topic: str | None = None, since: str = "", now: datetime | None = None) -> Digest:
    """What the archive took in since an instant (`…Z`; by when it was fetched, so that nothing that is found late is
    left out), and which sources were reached on the days since. Articles of one story (newslib.store.stories), and
    copies that no run has compared yet, are told as one."""
    new: list[Article] = []
    updated: list[Article] = []
    for _, article in archive.commits(topic=topic, fetched=since, latest=True):
        first = archive.article(f"{article.article}-1") if article.version > 1 else article
        (new if first is not None and first.fetched >= since else updated).append(article)
    clusters = archive.stories_of([article.article for article in new])
    keys = grouped(((a.id, a.copy_of["id"] if a.copy_of else None) for a in new), clusters)
    groups: dict[str, list[Article]] = {}
    for article in sorted(new, key=lambda a: (age(date_of(a), a.fetched), a.id)):
        groups.setdefault(keys[article.id], []).append(article)
    stories = [Story(told[0], told[1:]) for told in groups.values()]
    stories.sort(key=lambda s: date_of(s.lead), reverse=True)
    stories.sort(key=lambda s: -len({outlet(a) for a in (s.lead, *s.copies)}))
    looked, failed, before = set(), set(), set()
    for source, day, ok, bad, _ in archive.coverage():
        before.add(source)
        if day >= since[:10]:
            if ok:
                looked.add(source)
            if bad:
                failed.add(source)
    runs = archive.runs(1)
    return Digest(
        topic,
        since,
        (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        stories,
        updated,
        sorted(looked),
        sorted(failed - looked),
        sorted(before - looked - failed),
        runs[0]["started"] if runs else None,
    )


# --- as text, HTML and Markdown


def heading(found: Digest) -> str:
    about = f" on {plain(found.topic)}" if found.topic else ""
    span = f"{_clock(found.since)} to {_clock(found.until)} UTC"
    if not found.stories and not found.updated:
        return f"Nothing new{about}, {span}"
    n, stories = found.articles, len(found.stories)
    told = f"{n} new {'article' if n == 1 else 'articles'} in {stories} {'story' if stories == 1 else 'stories'}"
    return f"{told}{about}, {span}"


def notes(found: Digest) -> list[str]:
    """What a reader must know to trust the list, or its emptiness."""
    lines = []
    if found.last_run is None:
        lines.append("No crawl has ever run into this archive.")
    elif found.last_run < found.since and not found.looked:
        lines.append(f"No crawl has run since {_clock(found.last_run)} UTC: nobody looked.")
    elif not found.looked:
        lines.append("No source was read on these days.")
    elif not found.stories and not found.updated:
        n = len(found.looked)
        lines.append(f"{n} {'source was' if n == 1 else 'sources were'} read on these days.")
    if found.unreached:
        lines.append(f"Not reached: {', '.join(map(plain, found.unreached))}.")
    if found.not_looked and found.looked:
        lines.append(f"Not asked: {', '.join(map(plain, found.not_looked))}.")
    return lines


def as_text(found: Digest) -> str:
    lines = [heading(found), ""]
    for story in found.stories:
        lines += [_title(story.lead), f"  {_about(story.lead, bool(story.copies))}", f"  {_address(story.lead)}"]
        lines += [f"  also: {also}"] if (also := _also(story)) else []
        lines.append("")
    if found.updated:
        lines += ["New versions", ""]
        for article in found.updated:
            lines += [_title(article), f"  {_about(article)}", f"  {_address(article)}", ""]
    return "\n".join([*lines, *notes(found)]).rstrip() + "\n"


def as_md(found: Digest) -> str:
    def item(article: Article) -> str:
        address = _address(article)
        title = _md(_title(article))
        return f"- [{title}](<{address}>)" if address else f"- {title}"

    lines = [f"# {_md(heading(found))}", ""]
    for story in found.stories:
        lines += [item(story.lead), f"  {_md(_about(story.lead, bool(story.copies)))}"]
        lines += [f"  also: {_md(also)}"] if (also := _also(story)) else []
    if found.updated:
        lines += ["", "## New versions", ""]
        for article in found.updated:
            lines += [item(article), f"  {_md(_about(article))}"]
    return "\n".join([*lines, "", *map(_md, notes(found))]).rstrip() + "\n"


def as_html(found: Digest) -> str:
    def item(article: Article, also: str = "") -> str:
        title, address = html.escape(_title(article)), html.escape(_address(article))
        link = f'<a href="{address}">{title}</a>' if address else title
        more = f"<br>also: {html.escape(also)}" if also else ""
        about = html.escape(_about(article, bool(also)))
        return f'<li><span dir="auto">{link}</span><br><small>{about}{more}</small></li>'

    lines = ["<!DOCTYPE html>", '<html><head><meta charset="utf-8">', f"<title>{html.escape(heading(found))}</title>"]
    lines += ["</head><body>", f"<h1>{html.escape(heading(found))}</h1>"]
    for name, items in (
        ("", [item(story.lead, _also(story)) for story in found.stories]),
        ("<h2>New versions</h2>", [item(article) for article in found.updated]),
    ):
        lines += [name, "<ul>", *items, "</ul>"] if items else []
    lines += [f"<p>{html.escape(note)}</p>" for note in notes(found)]
    return "\n".join([*filter(None, lines), "</body></html>"]) + "\n"


FORMATS: dict[str, Callable[[Digest], str]] = {"text": as_text, "html": as_html, "md": as_md}


def _clock(instant: str) -> str:
    return instant.replace("T", " ")[:16]


def _title(article: Article) -> str:
    return short(article.title, _TITLE) or "(no title)"


def _about(article: Article, told: bool = False) -> str:
    """`told`: of a story whose other articles are named below."""
    copied = " · a copy of an earlier text" if article.copy_of and not told else ""
    kept = {"teaser": " · only the beginning could be read", "feed": " · only what the feed says"}.get(article.body, "")
    return f"{_name(article)} · {plain(article.language) or '-'} · {_clock(plain(date_of(article)))}{copied}{kept}"


def _name(article: Article) -> str:
    return short(article.publisher, 80) or short(outlet(article), 80)


def _also(story: Story) -> str:
    names = dict.fromkeys(f"{_name(a)} ({plain(a.language) or '-'})" for a in story.copies)
    more = f" and {len(names) - _ALSO} more" if len(names) > _ALSO else ""
    return ", ".join(list(names)[:_ALSO]) + more


def _address(article: Article) -> str:
    """The link, safe in <…> and in mail; nothing when it is no link of the web."""
    if not re.match("https?://", article.url):
        return ""
    return quote(plain(article.url), safe="!#$%&'()*+,/:;=?@[]~-._")


def _md(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()<>#|~&!])", r"\\\1", text)
