"""The base of this project's `scrapy VERB` commands.

It lives outside of crawler/commands/ because Scrapy takes every command class that it finds there for a verb.
Scrapy's own parsing lets unknown options pass in silence and drops `-s` behind a sub-verb, so `Verb` parses by itself
and refuses by name what it does not know. Results go to stdout, all talk to stderr. Exit codes: 0 done, 1 failed, 2 a
mistake in what was given, 74 disk or I/O, 75 another run holds the archive, 130 Ctrl-C, 141 nobody reads stdout.

A verb is a module in crawler/commands/ with one class; heavy imports belong inside its methods, as every `scrapy`
command imports all verbs:

    class Command(Verb):
        example = "scrapy greet Ada --json"

        def short_desc(self) -> str:
            return "Greet somebody"

        def arguments(self, parser: ArgumentParser) -> None:
            parser.add_argument("name", metavar="NAME")
            parser.add_argument("--json", **JSON)

        def main(self, opts: Namespace) -> int | None:      # None is 0
            print(f"Hello {opts.name}")

or, with sub-verbs, methods in place of `arguments` and `main`; a trailing `_` is not part of the name:

        @subverb("scrapy topics list --json", arg("--json", **JSON))
        def list_(self, opts: Namespace) -> int | None:
            "What it does, in one sentence for --help."
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings
from scrapy.utils.conf import arglist_to_dict, closest_scrapy_cfg

from newslib.text import clean

JSON: dict[str, Any] = {"action": "store_true", "help": "print JSON"}

Arg = tuple[tuple[str, ...], dict[str, Any]]
Do = Callable[[Any, Namespace], int | None]


class UserError(Exception):
    """A mistake in what the user gave: one plain sentence, with the fix. Exit code 2."""

    exit_code = 2


def arg(*names: str, **options: Any) -> Arg:
    """An argument or option of a sub-verb, as `ArgumentParser.add_argument` takes it."""
    return names, options


def subverb(example: str, *arguments: Arg) -> Callable[[Do], Do]:
    """Make a method a sub-verb of its Verb; its docstring is its help."""

    def mark(method: Do) -> Do:
        method.subverb = (example, arguments)  # type: ignore[attr-defined]
        return method

    return mark


def project_path(settings: BaseSettings, name: str) -> Path:
    """The folder that a setting names; a relative one lies in scrapy.cfg's folder, which an empty one means itself."""
    config = closest_scrapy_cfg()
    return (Path(config).parent if config else Path.cwd()) / Path(settings.get(name) or ".").expanduser()


def complain(error: BaseException) -> int:
    """Say on stderr, in one line, what went wrong; return the exit code that it stands for.

    An exception's own `exit_code` wins (ConfigError, UserError, the archive's errors); a system error is 74; anything
    else is a fault of this program: 1, and its traceback with `-L DEBUG`.
    """
    if isinstance(error, KeyboardInterrupt):
        print(file=sys.stderr)
        return 130
    if isinstance(error, BrokenPipeError):
        with contextlib.suppress(OSError, ValueError):  # whatever is still buffered has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    code = getattr(error, "exit_code", None)
    text = " ".join(str(error).split())
    if code is None and isinstance(error, OSError):
        code = 74
        text = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else text
    if code is None:
        code, text = 1, f"unexpected {type(error).__name__}: {text} (a fault of this program; -L DEBUG shows where)"
    print(f"scrapy: {clean(text)}", file=sys.stderr)
    return int(code)


class Verb(ScrapyCommand):
    """One verb, with or without sub-verbs. `self.settings` are the project's, with every `-s` of the command line."""

    requires_project = True
    requires_crawler_process = False
    example: ClassVar[str] = ""

    def arguments(self, parser: ArgumentParser) -> None:
        """Add what a verb without sub-verbs takes."""

    def main(self, opts: Namespace) -> int | None:
        """Do it; the exit code, None for 0."""
        raise NotImplementedError

    # --- what Scrapy calls, in this order

    def add_options(self, parser: ArgumentParser) -> None:
        """Take the parsing over: Scrapy's own parser hands on all arguments as they are."""
        parser.parse_known_args = lambda args=None, namespace=None: (  # type: ignore[method-assign,assignment]
            Namespace(profile=None),
            args or [],
        )

    def process_options(self, args: list[str], opts: Namespace) -> None:
        try:
            self._do, known = self._parse(args)
            vars(opts).update(vars(known))
            super().process_options(args, opts)
            if opts.loglevel or opts.logfile:
                from scrapy.utils.log import configure_logging

                configure_logging(self.settings)
        except Exception as error:
            sys.exit(complain(error))

    def run(self, args: list[str], opts: Namespace) -> None:
        try:
            self.exitcode = self._do(opts) or 0
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            if opts.loglevel == "DEBUG" and getattr(error, "exit_code", None) is None:
                raise
            self.exitcode = complain(error)

    # --- parsing

    def _subverbs(self) -> dict[str, Callable[[Namespace], int | None]]:
        return {
            name.rstrip("_").replace("_", "-"): getattr(self, name)
            for name, value in vars(type(self)).items()
            if hasattr(value, "subverb")
        }

    def _parse(self, args: list[str]) -> tuple[Callable[[Namespace], int | None], Namespace]:
        """What to call, and the options for it; SystemExit after --help. Raises UserError."""
        verb = type(self).__module__.rpartition(".")[2]
        common = _Parser(prog=f"scrapy {verb}", add_help=False)
        super().add_options(common)
        plain = args.index("--") if "--" in args else len(args)  # what stands behind is no option
        opts, rest = common.parse_known_args(args[:plain])
        _check_settings(opts.set)
        rest += args[plain:]
        subverbs = self._subverbs()
        if not subverbs:
            parser = _parser(f"scrapy {verb}", self.long_desc(), self.example, common)
            self.arguments(parser)
            return self.main, parser.parse_all(rest, opts)
        name = next((word for word in rest if not word.startswith("-")), None)
        if name is None or rest[0] in ("-h", "--help"):
            if any(word in ("-h", "--help") for word in rest):
                print(_overview(verb, self.long_desc(), self.example, subverbs))
                sys.exit(0)
            unknown = f"unknown option {rest[0]}; " if rest else ""
            raise UserError(f"{verb}: {unknown}say what to do: {', '.join(subverbs)} (scrapy {verb} --help)")
        if name not in subverbs:
            raise UserError(f"{verb}: unknown `{name}`; {_near(name, subverbs)}there are {', '.join(subverbs)}")
        rest.remove(name)
        do = subverbs[name]
        example, arguments = do.subverb  # type: ignore[attr-defined]
        parser = _parser(f"scrapy {verb} {name}", do.__doc__ or "", example, common)
        for names, options in arguments:
            parser.add_argument(*names, **options)
        return do, parser.parse_all(rest, opts)


class _Parser(ArgumentParser):
    """argparse, with mistakes as UserError and unknown options named."""

    def __init__(self, **options: Any):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog.removeprefix('scrapy ')}: {message}; see {self.prog} --help")

    def parse_all(self, args: list[str], known: Namespace) -> Namespace:
        """Parse and refuse the rest; `known` options are added."""
        dashed = [word for word in args[: args.index("--") if "--" in args else None] if word.startswith("-")]
        options = [name for name in self._option_string_actions if name not in ("-h", "--help")]
        for word in dashed:  # before argparse asks for arguments that are missing
            name = word.split("=", 1)[0]
            if (
                len(word) > 1
                and name not in self._option_string_actions
                and word[:2] not in self._option_string_actions
            ):
                near = _near(name, options)
                self.error(f"unknown option {name}; {near}there are {', '.join(options)}")
        opts, rest = self.parse_known_args(args)
        if rest:
            positional = [a.metavar or a.dest for a in self._actions if not a.option_strings]
            takes = f"takes {' '.join(map(str, positional))}" if positional else "takes no arguments"
            self.error(f"unexpected `{rest[0]}`; it {takes}")
        vars(opts).update(vars(known))
        return opts


def _parser(prog: str, description: str, example: str, common: ArgumentParser) -> _Parser:
    description = " ".join(description.split())
    return _Parser(prog=prog, description=description, epilog=f"Example:\n  {example}", parents=[common])


def _overview(verb: str, description: str, example: str, subverbs: dict[str, Any]) -> str:
    width = max(map(len, subverbs)) + 2
    lines = [f"usage: scrapy {verb} {{{','.join(subverbs)}}} …", "", description, ""]
    lines += [f"  {name:{width}}{' '.join((do.__doc__ or '').split())}" for name, do in subverbs.items()]
    first = next(iter(subverbs))
    return "\n".join([*lines, "", f"More on one of them: scrapy {verb} {first} --help", f"Example:\n  {example}"])


def _near(name: str, known: Any) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]}? " if near else ""


def _check_settings(pairs: list[str]) -> None:
    try:
        arglist_to_dict(pairs)
    except ValueError:
        wrong = next(pair for pair in pairs if "=" not in pair)
        raise UserError(f"-s takes NAME=VALUE, not `{wrong}`; write -s {wrong}=VALUE") from None
