"""`scrapy stats`: the archive in numbers."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from crawler.verb import JSON, Verb, project_path

WEEKS, ROWS = 8, 15
SIGNS = {"nothing": "0", "failed": "!", "not-looked": "?"}


class Command(Verb):
    example = "scrapy stats --coverage"

    def short_desc(self) -> str:
        return "The archive in numbers: how much, by whom, who was first, what was copied, what was not reached"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--coverage",
            action="store_true",
            help="by source and day: nothing published, or not looked; who fell silent",
        )
        parser.add_argument("--json", **JSON)

    def main(self, opts: Namespace) -> int | None:
        from newslib import Archive
        from reader.coverage import coverage
        from reader.stats import stats

        assert self.settings is not None
        with Archive(project_path(self.settings, "ARCHIVE_DIR")) as archive:
            data = coverage(archive) if opts.coverage else stats(archive)
        if opts.json:
            print(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            print("\n".join(_coverage(data) if opts.coverage else _stats(data)))
        return None


def _stats(data: dict[str, Any]) -> list[str]:
    from reader.stats import BY
    from reader.terminal import table

    lines = [
        f"{data['articles']} articles in {data['records']} records, {data['first'] or '-'} to {data['last'] or '-'}"
    ]
    weeks = list(data["weeks"])[-WEEKS:]
    for name in BY:
        totals = list(data["by"][name].items())
        rows = [[name, *weeks, "all"]]
        for value, total in totals[:ROWS]:
            rows.append([value, *(str(data["weeks"][w].get(name, {}).get(value, 0)) for w in weeks), str(total)])
        lines += ["", *table(rows)] if totals else []
        lines += [f"… and {len(totals) - ROWS} more (--json has them)"] * (len(totals) > ROWS)
    days = list(data["days"].items())[-14:]
    lines += [
        "",
        *table([["day", *(day[5:] for day, _ in days)], ["articles", *(str(of["articles"]) for _, of in days)]]),
    ]
    copies = data["copies"]
    lines += ["", f"{copies['records']} copies; {copies['share']:.1%} of all text stood elsewhere before"]
    if data["first_with"]:
        first = [[name, str(n["first"]), str(n["of"])] for name, n in list(data["first_with"].items())[:ROWS]]
        lines += ["", *table([["stories of several outlets", "first", "of"], *first])]
    lines += ["", *table([["addresses", ""], *([name, str(n)] for name, n in sorted(data["urls"].items()))])]
    names = ("started", "reason", "seconds", "requests", "stored", "versions", "errors")
    runs = [["" if run[name] is None else str(run[name]) for name in names] for run in data["runs"]]
    return [*lines, "", *table([["last runs", *names[1:]], *runs])]


def _coverage(data: dict[str, Any]) -> list[str]:
    from reader.terminal import plain, table

    rows = [["source", *(day[5:] for day in data["days"])]]
    for source, days in data["sources"].items():
        rows.append([source, *(str(cell["new"] or SIGNS[cell["state"]]) for cell in days.values())])
    lines = table(rows)
    lines += ["", "new items a day (UTC); 0: looked, nothing new; !: could not be read; ?: not looked"]
    for silence in data["silent"]:
        lines.append(
            f"fell silent: {plain(silence['source'])}, nothing since {silence['last']} ({silence['days']} days)"
        )
    return lines + [f"not reached: {plain(source)}" for source in data["unreached"]]
