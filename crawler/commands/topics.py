"""`scrapy topics`: the subjects an archive follows."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.verb import JSON, UserError, Verb, arg, complain, project_path, subverb
from newslib.text import comma_list

if TYPE_CHECKING:
    from newslib.topics import Topic

ID = arg("id", metavar="ID", help="a topic, as `scrapy topics list` names it")

NEW = """\
# {id}: a topic of your own. Lines that begin with # are remarks; take the # away to make one count.
# Try it on any text as you go:  scrapy topics test {id} article.txt     (the first line is the title)
# Crawl it:                      scrapy crawl news -a topic={id} -a sources=https://a-news-site.example/

title = {title}

# What an article must have. Left out, it is every group below.
# query = "subject AND place"          # both, anywhere in title, summary and text
# query = "subject OR place"           # AND beside OR needs parentheses: (subject AND place) OR another
# query = "subject AND NOT place"
# query = "subject NEAR/10 place"      # at most ten words apart; SAME: in one paragraph
# query = "subject >= 3"               # three mentions; one in the title counts four

# Phrases in which no word counts. They never reject an article by themselves.
# exclude = ["Moscow, Idaho", "Russian doll*"]

# A group is found when the article has one of its words. How to write them:
#   "sanction*"     all words that begin so: sanctions, sanctioned
#   "Kim Jong Un"   words in a row; capital letters and hyphens do not matter
#   "=WHO"          in these very letters: not the word "who"
#   "U.N."          also finds UN; "NATO" also finds N.A.T.O.
[terms.subject]
any = {words}
# `any` is for pages in every language. The words of one language can go under its code; give the forms that the
# language makes of a name, or a stem with `*`. Latin words of up to four letters count only in the languages given.
# ru = ["Росси*", "российск*"]
# ko = ["러시아", "러시아산"]          # particles are known: 러시아의, 러시아에서는

# [terms.place]
# en = ["Geneva", "UN headquarters"]
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
        import unicodedata

        from newslib.config import read_topic, shown, topic_files
        from newslib.config.topics import ID_RULE, is_topic_id
        from newslib.topics import TermError
        from newslib.topics.terms import read_term

        if not is_topic_id(opts.id):
            raise UserError(f"`{opts.id}` is no topic id; {ID_RULE}")
        for word in opts.words:
            if any(unicodedata.category(char) in ("Cc", "Cs") for char in word):  # joiners are Cf: Persian has them
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
        title = json.dumps(opts.id.replace("-", " ").capitalize())
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(NEW.format(id=opts.id, title=title, words=words))
        read_topic(file)
        print(shown(file))
        print(f"edit it as you like, then: scrapy crawl news -a topic={opts.id} -a sources=https://…", file=sys.stderr)

    @subverb(
        "scrapy topics test russia-north-korea article.txt",
        arg("ids", metavar="ID[,ID]", help="topics, as `scrapy topics list` names them"),
        arg(
            "file", metavar="FILE|-", nargs="?", help="text in UTF-8 whose first line is the title; `-`: standard input"
        ),
        arg(
            "--jsonl",
            metavar="FILE|-",
            help='many: a line {"id", "title", "text"} each; `language` is told when absent',
        ),
        arg("--language", metavar="CODE", help="its language: Latin terms of up to 4 letters need their own"),
        arg("--json", **JSON),
    )
    def test(self, opts: Namespace) -> int:
        """Say whether a text matches a topic, and show the words that decide in their context."""
        from newslib.topics import Matcher
        from newslib.topics.trial import article, in_context, judge_row, language_of

        matcher = Matcher([self._topic(id) for id in comma_list(opts.ids)])
        if bool(opts.jsonl) == bool(opts.file) or not matcher.topics:
            raise UserError("give a topic, and a text file or --jsonl with a file of many")
        if opts.jsonl:
            code = 0
            for number, line in enumerate(_read(opts.jsonl).split("\n"), 1):
                try:
                    if line.strip():
                        row = judge_row(matcher, line, opts.language)
                        print(json.dumps(row, ensure_ascii=False, allow_nan=False))
                except ValueError as error:
                    code = complain(UserError(f"{opts.jsonl}:{number}: {error}"))
            return code
        title, text = article(*_read(opts.file).lstrip().partition("\n")[::2])
        language = opts.language or language_of(title, text)
        results: list[dict[str, Any]] = []
        for topic, match in zip(matcher.topics, matcher.match(title, None, text, language), strict=True):
            result = {"topic": topic.id, "version": topic.version, "match": match.matched, "score": match.score}
            result |= {"language": language, "groups": sorted(match.groups)}
            results.append(result | {"terms": in_context(topic, match, title, "", text, language)})
        if opts.json:
            print(json.dumps(results if len(results) > 1 else results[0], ensure_ascii=False, indent=2))
            return 0
        for topic, result in zip(matcher.topics, results, strict=True):
            answer = "yes" if result["match"] else "no"
            print(f"match {answer}   {topic.id}   score {result['score']}   query {topic.query}")
            for term in result["terms"]:
                print(f"  {term['group']}  {term['term']}  {term['count']}×  {term['where']}: {term['around']}")
            if result["match"]:
                continue
            missing = [group for group in topic.groups if group in topic.query.wanted - set(result["groups"])]
            if missing:
                print(f"  nothing of {', '.join(missing)}")
        return 0

    @subverb(
        "scrapy topics explain russia-north-korea https://example.org/news/1",
        ID,
        arg("which", metavar="RECORD|URL", help="the id of a record or article, or an address that was found"),
        arg("--json", **JSON),
    )
    def explain(self, opts: Namespace) -> int:
        """Say why an archived article is on a topic, or why a page was refused: then, and by the topic of today."""
        from crawler.offline import extracted
        from newslib.explain import explain, told
        from newslib.store import Archive

        assert self.settings is not None
        topic, settings = self._topic(opts.id), self.settings
        with Archive(project_path(settings, "ARCHIVE_DIR")) as archive:
            result = explain(archive, topic, opts.which, lambda page: extracted(settings, page))
        if result is None:
            raise UserError(f"{opts.which}: this archive knows no such record or address; give one that it found")
        print(json.dumps(result, ensure_ascii=False, indent=2) if opts.json else "\n".join(told(result)))
        return 0

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
