"""`scrapy export`: articles of the archive as a file for other tools."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from crawler.reading import add_filters, filters_of, natural, say
from crawler.verb import JSON, Verb, project_path


class Command(Verb):
    example = "scrapy export --to parquet korea.parquet --topic russia-north-korea --latest --copies drop"

    def short_desc(self) -> str:
        return "Write articles to a file: JSON lines, CSV, Parquet, or a folder for Hugging Face datasets"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", metavar="FILE|DIR", help="where to; DIR for hf")
        parser.add_argument("--to", required=True, choices=("jsonl", "csv", "parquet", "hf"), help="as what")
        add_filters(parser)
        parser.add_argument(
            "--text", choices=("clean", "full"), default="clean",
            help="clean: without what stood before (default); full: with it",
        )  # fmt: skip
        parser.add_argument("--copies", choices=("keep", "drop"), default="keep", help="drop: leave copies out")
        parser.add_argument("--latest", action="store_true", help="of each article the newest version alone")
        parser.add_argument(
            "--rights", choices=("training-allowed",), help="without pages that reserve text mining or AI, or are paid"
        )
        parser.add_argument(
            "--new-since", metavar="CURSOR", type=natural, default=0,
            help="only what was stored after the export that printed this cursor",
        )  # fmt: skip
        parser.add_argument("--json", **JSON)

    def main(self, opts: Namespace) -> int | None:
        from newslib import Archive
        from reader.export import export

        assert self.settings is not None
        with Archive(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            filters = filters_of(opts, archive, self.settings)
            done = export(
                archive, opts.to, opts.target, filters, text=opts.text, copies=opts.copies,
                latest=opts.latest, rights=opts.rights, after=opts.new_since, say=say,
            )  # fmt: skip
        say(f"{done.records} records are in {opts.target}; the cursor for --new-since is:")
        print(json.dumps({"records": done.records, "cursor": done.cursor}) if opts.json else done.cursor)
        return None
