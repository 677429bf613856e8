"""`scrapy topics`: the subjects an archive follows."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.verb import JSON, UserError, Verb, arg, complain, project_path, subverb
from newslib.text import clean

if TYPE_CHECKING:
    from newslib.topics import Match, Topic

ID = arg("id", metavar="ID", help="a topic, as `scrapy topics list` names it")
AROUND = 40  # characters shown on either side of a term

NEW = """\
# {id}: a topic of your own. A page that has one of these words matches. Capital letters do not matter.
#   "sanction*"   a word that begins so      "=WHO"   only in these very letters      "Kim Jong Un"   words in a row
any = {words}

# What else can stand here (docs/topics.md has it all):
# title = "What people read in lists and reports"
# exclude = ["Moscow, Idaho"]        # phrases in which no word counts
#
# Two things that must both be meant take a group each, with words by language, in place of the line `any` above:
# query = "(russia AND north_korea) OR ties"
# [terms.russia]
# en = ["Russia*", "Moscow"]
# ko = ["러시아", "모스크바"]
#
# Try it:    scrapy topics test {id} article.txt
# Crawl it:  scrapy crawl news -a topic={id}
"""


class Command(Verb):
    example = "scrapy topics new kimchi kimchi 김치 泡菜"

    def short_desc(self) -> str:
        return "Subjects to follow: list, show, start and try them"

    @subverb("scrapy topics list --json", arg("--json", **JSON))
    def list_(self, opts: Namespace) -> int:
        """All topics: shipped ones and your own in local/."""
        from newslib.config import ConfigError, read_topic, topic_files

        rows: list[dict[str, Any]] = []
        code = 0
        for file in topic_files(self._directory()).values():
            try:
                rows.append(_summary(read_topic(file)))
            except ConfigError as error:
                code = complain(error)
        if opts.json:
            print(json.dumps(rows, ensure_ascii=False, indent=2))
            return code
        if not rows:
            print("no topics yet; start one: scrapy topics new ID WORD…", file=sys.stderr)
        width = max((len(row["id"]) for row in rows), default=0)
        for row in rows:
            languages = f"{len(row['languages']):2} languages" if row["languages"] else "any language"
            kind = "local" if row["local"] else "shipped"
            print(f"{row['id']:{width}}  {kind:7}  {languages}  {row['terms']:4} terms  {row['title']}")
        return code

    @subverb("scrapy topics show russia-north-korea", ID, arg("--json", **JSON))
    def show(self, opts: Namespace) -> None:
        """One topic: its query, groups and words."""
        topic = self._topic(opts.id)
        if opts.json:
            terms = {group: dict(by_language) for group, by_language in topic.terms.items()}
            more = {"query": str(topic.query), "groups": terms, "exclude": topic.exclude}
            print(json.dumps({**_summary(topic), **more}, ensure_ascii=False, indent=2))
            return
        print(f"{topic.title}\n")
        for name, value in (("id", topic.id), ("file", topic.file), ("version", topic.version), ("query", topic.query)):
            print(f"{name:7}  {value}")
        for group, by_language in topic.terms.items():
            print(f"\n{group}")
            for code, words in by_language.items():
                print(f"  {code:7}  {', '.join(words)}")
        if topic.exclude:
            print(f"\nexclude    {', '.join(topic.exclude)}")

    @subverb(
        "scrapy topics new kimchi kimchi 김치 泡菜",
        arg("id", metavar="ID", help="its name in files and commands: small letters, digits, `-` and `_`"),
        arg("words", metavar="WORD", nargs="+", help="a page that has one of them matches; `*` ends a stem"),
    )
    def new(self, opts: Namespace) -> None:
        """Start a topic of your own, in local/ below the folder of topics."""
        from newslib.config import read_topic, shown, topic_files
        from newslib.config.topics import ID_RULE, is_topic_id
        from newslib.topics import TermError
        from newslib.topics.terms import read_term

        if not is_topic_id(opts.id):
            raise UserError(f"`{opts.id}` is no topic id; {ID_RULE}")
        for word in opts.words:
            if not word.isprintable():
                raise UserError(f"{word!r} has characters that are no text; type it anew")
            try:
                read_term(word)
            except TermError as error:
                raise UserError(str(error)) from None
        directory = self._directory()
        if opts.id in topic_files(directory):
            there = shown(topic_files(directory)[opts.id])
            raise UserError(f"there is a topic `{opts.id}` already, in {there}; edit it or take another id")
        file = directory / "local" / f"{opts.id}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        words = json.dumps(list(dict.fromkeys(opts.words)), ensure_ascii=False)  # its strings are TOML's too
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(NEW.format(id=opts.id, words=words))
        read_topic(file)
        print(shown(file))
        print(f"edit it as you like, then: scrapy crawl news -a topic={opts.id} -a sources=https://…", file=sys.stderr)

    @subverb(
        "scrapy topics test russia-north-korea article.txt",
        ID,
        arg("file", metavar="FILE|-", help="text in UTF-8 whose first line is the title; `-` reads standard input"),
        arg(
            "--language",
            metavar="CODE",
            help="its language: Latin terms of up to 4 letters need their own",
        ),
        arg("--json", **JSON),
    )
    def test(self, opts: Namespace) -> None:
        """Say whether a text matches a topic, and on what evidence."""
        topic = self._topic(opts.id)
        title, _, text = _read(opts.file).lstrip().partition("\n")
        match = topic.match(title.strip(), None, text, opts.language)
        located = _evidence(topic, match, title.strip(), opts.language, text)
        if opts.json:
            result = {"topic": topic.id, "version": topic.version, "match": match.matched, "score": match.score}
            result |= {"groups": sorted(match.groups), "terms": located}
            print(json.dumps(result, ensure_ascii=False, indent=2))
            return
        missing = [group for group in topic.groups if group not in match.groups]
        print(f"match {'yes' if match.matched else 'no'}   {topic.id}   score {match.score}   query {topic.query}")
        for term in located:
            print(f"  {term['group']}  {term['term']}  {term['count']}×  {term['where']}: {term['around']}")
        if missing:
            print(f"  nothing of {', '.join(missing)}")

    def _directory(self) -> Path:
        assert self.settings is not None
        return project_path(self.settings, "TOPICS_DIR")

    def _topic(self, id: str) -> Topic:
        from newslib.config import load_topic

        return load_topic(id, self._directory())


def _summary(topic: Topic) -> dict[str, Any]:
    terms = sum(len(words) for by_language in topic.terms.values() for words in by_language.values())
    local = topic.file is not None and topic.file.parent.name == "local"
    languages = sorted(topic.languages)
    return {"id": topic.id, "title": topic.title, "local": local, "languages": languages, "terms": terms,
            "version": topic.version, "file": str(topic.file)}  # fmt: skip


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}; give a text file, or `-` for standard input") from None
    except UnicodeDecodeError:
        raise UserError(f"{name}: is not UTF-8; save it as UTF-8") from None


def _evidence(topic: Topic, match: Match, title: str, language: str | None, text: str) -> list[dict[str, Any]]:
    """The match's terms, each with the words around its first mention, in the title or in the text."""
    first: dict[tuple[str, str], tuple[str, str, int, int]] = {}
    for where, whole, hits in (("title", title, topic.mentions(title, language)), ("text", text, match.hits)):
        for hit in hits:
            first.setdefault((hit.entry.group, hit.entry.term), (where, whole, hit.start, hit.end))
    rows: list[dict[str, Any]] = []
    for term in match.terms:
        where, whole, start, end = first[term["group"], term["term"]]
        before, after = whole[max(0, start - AROUND) : start], whole[end : end + AROUND]
        around = clean(
            f"{'…' * (start > AROUND)}{before}[{whole[start:end]}]{after}{'…' * (end + AROUND < len(whole))}"
        )
        rows.append(
            {"group": term["group"], "term": term["term"], "count": term["count"], "where": where, "around": around}
        )
    return rows
