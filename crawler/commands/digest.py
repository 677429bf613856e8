"""`scrapy digest`: what is new, as the body of a mail."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from crawler.reading import check_topic
from crawler.verb import Verb, project_path


class Command(Verb):
    example = "scrapy digest russia-north-korea --since 1d | mail -s 'News' you@example.org"

    def short_desc(self) -> str:
        return "What is new, story by story, made for a mail"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topic", metavar="TOPIC", nargs="?", help="a topic's id (default: all there is)")
        parser.add_argument(
            "--since", metavar="WHEN", default="1d", help="taken in since 1d (the default), 36h or a day"
        )
        parser.add_argument(
            "--format", choices=("text", "html", "md"), default="text", help="text (the default), html, md"
        )

    def main(self, opts: Namespace) -> int | None:
        from newslib import Archive
        from reader.digest import FORMATS, digest
        from reader.filters import point

        assert self.settings is not None
        since = point(opts.since, "--since") or ""
        with Archive(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            check_topic(opts.topic, archive, self.settings)
            found = digest(archive, opts.topic, since)
        print(FORMATS[opts.format](found), end="")
        return None
