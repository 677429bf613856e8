"""`scrapy stories`: who copied whom, who had it first, how it spread."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from crawler.reading import check_topic, settle
from crawler.verb import JSON, UserError, Verb, arg, project_path, subverb

if TYPE_CHECKING:
    from pathlib import Path

    from newslib.store import Member, Story


class Command(Verb):
    example = "scrapy stories list"

    def short_desc(self) -> str:
        return "Articles that are copies of each other: who had it first, how it spread"

    @subverb(
        "scrapy stories list --topic russia-north-korea --since 7d --sort newest",
        arg("--topic", metavar="ID", help="only stories with an article on this topic"),
        arg("--since", metavar="WHEN", help="only stories that spread since: 7d, 2025-10-01"),
        arg("--sort", choices=("largest", "newest"), default="largest", help="default: largest"),
        arg("--limit", metavar="N", type=int, default=20, help="at most so many; default: 20"),
        arg("--json", **JSON),
    )
    def list_(self, opts: Namespace) -> int | None:
        "The stories of the archive, each with the article that came out first."
        from newslib.store import Archive
        from reader.filters import point

        if opts.limit < 1:
            raise UserError(f"stories list: --limit {opts.limit}: give a number of at least 1")
        since = point(opts.since, "--since")
        assert self.settings is not None
        folder = project_path(self.settings, "ARCHIVE_DIR")
        self._catch_up(folder)
        with Archive(folder) as archive:
            check_topic(opts.topic, archive, self.settings)
            found = archive.stories(opts.topic, since, opts.sort, opts.limit)
        if opts.json:
            print(json.dumps([_short(story) for story in found], ensure_ascii=False))
            return 0
        if not found:
            print("no story: no article is a copy of another", file=sys.stderr)
        for story in found:
            languages = f" in {', '.join(story.languages)}" if story.languages else ""
            outlets = f"{story.outlets} outlet{'s' * (story.outlets != 1)}"
            print(f"{story.id}  {story.size} articles of {outlets}{languages}, {_when(story.first, story.last)}")
            for first in story.members:
                print(f"    first {_who(first)}: {_title(first)}")
        return 0

    @subverb(
        "scrapy stories show https://news.example/2025/a-name",
        arg("which", metavar="ID|URL", help="id of a story or of an article, or an address"),
        arg("--json", **JSON),
    )
    def show(self, opts: Namespace) -> int | None:
        "One story: its articles in the order in which they came out, and how much of each stood before."
        from newslib.store import Archive
        from newslib.urls import canonical

        folder = project_path(self.settings, "ARCHIVE_DIR")
        self._catch_up(folder)
        with Archive(folder) as archive:
            story = archive.story(opts.which) or archive.story(canonical(opts.which) or opts.which)
        if story is None:
            raise UserError(f"{opts.which} is in no story; see scrapy stories list")
        if opts.json:
            print(json.dumps(asdict(story), ensure_ascii=False))
            return 0
        print(f"{story.id}  {story.size} articles of {story.outlets} outlets, {_when(story.first, story.last)}")
        titles = {member.article: member.outlet for member in story.members}
        for number, member in enumerate(story.members, 1):
            print(f"{number:4}. {_who(member)} [{member.language or '?'}] {_title(member)}")
            print(f"      {member.url}")
            if member.of:
                print(f"      {_copied(member, titles)}")
        if story.related:
            print("related:")
        for member in story.related:
            print(f"      {_who(member)} [{member.language or '?'}] {_title(member)}")
            print(f"      {member.url}")
            print(f"      {_copied(member, titles)}")
        return 0

    def _catch_up(self, folder: Path) -> None:
        """Look at what no run has looked at; when the archive is held or read-only, say how much that is."""
        from newslib.store import Archive, ArchiveIOError, ArchiveLocked

        with Archive(folder) as archive:
            left = archive.unrelated()
        if not left:
            return
        try:
            with Archive(folder, write=True) as archive:
                while count := archive.relate(200).result():
                    left -= count
                    if sys.stderr.isatty():
                        print(f"{left} records to be compared\x1b[K", end="\r", file=sys.stderr, flush=True)
            settle()
        except (ArchiveLocked, ArchiveIOError) as error:
            print(f"the {left} newest records are not in it yet: {error}", file=sys.stderr)


def _short(story: Story) -> dict[str, object]:
    known = asdict(story)
    members = known.pop("members")
    del known["related"]
    return known | {"earliest": members[0] if members else None}


def _when(first: str, last: str) -> str:
    return f"{first[:16].replace('T', ' ')} to {last[:16].replace('T', ' ')}"


def _who(member: Member) -> str:
    from reader.terminal import plain

    told = "" if member.dated == "published" else f" ({member.dated})"
    return f"{member.at[:16].replace('T', ' ')}{told} {plain(member.outlet)}"


def _title(member: Member) -> str:
    from reader.terminal import plain

    return plain(member.title) or "(no title)"


def _copied(member: Member, outlets: dict[str, str]) -> str:
    from reader.terminal import plain

    same = f", {member.paragraphs} paragraphs alike" if member.paragraphs else ", no paragraph quite alike"
    return f"{member.share:.0%} of it stands in that of {plain(outlets.get(member.of or '', member.of))}{same}"
