"""What the verbs that read an archive share: the filters as options, and talk on stderr."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from crawler.verb import UserError, project_path

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newslib import Archive
    from reader.filters import Filters


def add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--topic", metavar="ID", help="articles on this topic")
    parser.add_argument("--language", metavar="CODE", help="in this language; `en` includes en-GB")
    parser.add_argument("--site", metavar="NAME", help="of this outlet: a source's id, a domain or a host")
    parser.add_argument("--since", metavar="WHEN", help="published since 7d (days), 36h or 2025-10-01")
    parser.add_argument("--until", metavar="WHEN", help="published until 2025-10-31, that day included")


def filters_of(opts: Namespace, archive: Archive, settings: BaseSettings) -> Filters:
    """Raises ReaderError for what is no point in time, UserError for a topic that is none."""
    from reader.filters import Filters, point

    check_topic(opts.topic, archive, settings)
    since, until = point(opts.since, "--since"), point(opts.until, "--until")
    return Filters(opts.topic, opts.language, opts.site, since, until)


def check_topic(topic: str | None, archive: Archive, settings: BaseSettings) -> None:
    """Raises UserError for a topic that has no file, and that no run into this archive had either."""
    from newslib.config import topic_files
    from newslib.config.toml import among

    if topic is None:
        return
    known = archive.topics()
    if topic not in known and topic not in (known := known | set(topic_files(project_path(settings, "TOPICS_DIR")))):
        raise UserError(f"there is no topic `{topic}`; {among(topic, known)}")


def natural(text: str) -> int:
    """A whole number from 0, for `type=` of an option."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ArgumentTypeError(f"`{text}` is no whole number")
    return int(text)


def say(sentence: str) -> None:
    """One line for people; progress lines (they have a number of a number) overwrite one another on a terminal."""
    from reader.terminal import plain

    passing = sys.stderr.isatty() and re.search(r"\d of \d", sentence)
    print(plain(sentence) + "\x1b[K" * sys.stderr.isatty(), end="\r" if passing else "\n", file=sys.stderr, flush=True)


def settle() -> None:
    """Wipe a progress line that is left on a terminal, before results are printed."""
    if sys.stderr.isatty():
        print("\x1b[K", end="\r", file=sys.stderr, flush=True)
