"""`scrapy topics`, and what every verb of this project does with what it is given."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

ROOT = Path(__file__).parents[1]


@pytest.fixture
def verb(capsys, monkeypatch):
    """Call `scrapy ARGS…` in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(ROOT)

    def call(*args, settings: Settings | None = None):
        with pytest.raises(SystemExit) as caught:
            execute(["scrapy", *map(str, args)], settings or get_project_settings())
        out, err = capsys.readouterr()
        return caught.value.code or 0, out, err

    return call


@pytest.fixture
def topics(verb, tmp_path):
    """`scrapy topics ARGS…` over a folder of topics."""
    (tmp_path / "tea.toml").write_text('title = "Tea"\nany = ["tea", "чай*"]\n', encoding="utf-8")
    (tmp_path / "rel.toml").write_text(
        'query = "a AND b"\n[terms.a]\nen = ["Russia*"]\n[terms.b]\nen = ["DPRK", "North Korea*"]\nko = ["북한"]\n',
        encoding="utf-8",
    )

    def call(*args):
        return verb("topics", *args, "-s", f"TOPICS_DIR={tmp_path}")

    return call


# --- scrapy topics


def test_list_shows_shipped_and_local_topics(topics, tmp_path):
    topics("new", "kimchi", "kimchi", "김치")
    code, out, err = topics("list")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["kimchi", "local"],
        ["rel", "shipped"],
        ["tea", "shipped"],
    ]
    assert "2 languages     4 terms" in out.splitlines()[1]
    assert "any language     2 terms" in out.splitlines()[2]
    rows = json.loads(topics("list", "--json")[1])
    assert [(row["id"], row["local"], row["terms"], row["languages"]) for row in rows] == [
        ("kimchi", True, 2, []),
        ("rel", False, 4, ["en", "ko"]),
        ("tea", False, 2, []),
    ]


def test_list_names_a_broken_file_and_shows_the_others(topics, tmp_path):
    (tmp_path / "bad.toml").write_text("any = []", encoding="utf-8")
    code, out, err = topics("list")
    assert code == 2
    assert "bad.toml:1:7: `any` is an empty list" in err
    assert "tea" in out


def test_show_prints_the_query_the_groups_and_the_words(topics):
    code, out, _ = topics("show", "rel")
    assert code == 0
    assert "a AND b" in out
    assert "DPRK, North Korea*" in out
    shown = json.loads(topics("show", "rel", "--json")[1])
    assert shown["query"] == "a AND b"
    assert shown["groups"]["b"]["ko"] == ["북한"]


def test_new_writes_a_topic_that_works_at_once(topics, tmp_path):
    code, out, err = topics("new", "first-minute", "Pyongyang", "평양", 'a "quoted" \\ word', "Pyongyang")
    assert code == 0
    assert Path(out.strip()) == tmp_path / "local" / "first-minute.toml"
    assert "scrapy crawl news -a topic=first-minute" in err
    assert 'any = ["Pyongyang", "평양", "a \\"quoted\\" \\\\ word"]' in Path(out.strip()).read_text(encoding="utf-8")
    assert "match yes" in _test(topics, "first-minute", "평양에서", tmp_path)[1]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["tea", "word"], "there is a topic `tea` already, in "),
        (["My/Topic", "word"], "`My/Topic` is no topic id; an id has small Latin letters"),
        (["..", "word"], "`..` is no topic id"),
        (["x", "*"], "an empty term"),
        (["x", "a*b"], "`*` out of place"),
        (["x", "a\x07b"], "characters that are no text"),
        (["x"], "the following arguments are required: WORD"),
        ([], "the following arguments are required: ID, WORD"),
    ],
)
def test_new_refuses_what_cannot_be_a_topic_and_writes_nothing(topics, tmp_path, args, says):
    code, out, err = topics("new", *args)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "local").exists()


def test_new_never_overwrites(topics, tmp_path):
    topics("new", "mine", "one")
    code, _, err = topics("new", "mine", "two")
    assert code == 2
    assert "edit it or take another id" in err
    assert "one" in (tmp_path / "local" / "mine.toml").read_text(encoding="utf-8")


def _test(topics, id, text, tmp_path, *more):
    file = tmp_path / "article.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return topics("test", id, file, *more)


def test_test_says_that_a_text_matches_and_on_what_evidence(topics, tmp_path):
    code, out, err = _test(
        topics, "rel", "Russian envoy\n\nHe saw Russians in North Korea.\nNorth Korea waits.", tmp_path
    )
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("match yes   rel   score 0.")
    assert lines[1].split() == ["a", "Russia*", "2×", "title:", "[Russian]", "envoy"]
    assert lines[2] == "  b  North Korea*  2×  text: He saw Russians in [North Korea]. North Korea waits."


def test_test_says_that_a_text_does_not_match_and_what_is_missing(topics, tmp_path):
    code, out, _ = _test(topics, "rel", "Russian envoy", tmp_path)
    assert code == 0
    assert out.startswith("match no   rel   score 0.0")
    assert "nothing of b" in out


def test_what_matches_is_not_said_to_lack_the_words_of_another_branch(topics, tmp_path):
    (tmp_path / "or.toml").write_text('query = "a OR b"\n[terms.a]\nany = ["apple"]\n[terms.b]\nany = ["berry"]\n')
    assert "nothing of" not in _test(topics, "or", "An apple", tmp_path)[1]


def test_a_word_with_a_joiner_is_a_word_and_one_with_a_control_is_none(topics):
    code, _, err = topics("new", "seoul", "پیونگ\u200cیانگ", "क्\u200dष")
    assert code == 0, err
    assert topics("new", "bad", "a\x1b[31m")[0] == topics("new", "bad", "a\udcff")[0] == 2


def test_an_id_that_no_json_can_hold_is_a_mistake_of_its_row(topics, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": NaN, "text": "tea"}\n{"id": 1e999}\n{"id": 3, "text": "tea"}\n')
    code, out, err = topics("test", "tea", "--jsonl", tmp_path / "rows.jsonl")
    assert code == 2 and [json.loads(line)["id"] for line in out.splitlines()] == [3]
    assert "rows.jsonl:1: " in err and "rows.jsonl:2: " in err


def test_test_prints_json(topics, tmp_path):
    result = json.loads(_test(topics, "rel", "Russia\nDPRK", tmp_path, "--json")[1])
    assert (result["match"], result["groups"]) == (True, ["a", "b"])
    assert result["terms"][1] == {"group": "b", "term": "DPRK", "count": 1, "where": "text", "around": "[DPRK]"}


def test_test_takes_the_language_for_short_terms(topics, tmp_path):
    assert "match yes" in _test(topics, "rel", "Russia DPRK", tmp_path, "--language", "en")[1]
    assert "match no" in _test(topics, "rel", "Russia DPRK", tmp_path, "--language=fr")[1]


def test_test_tells_the_language_when_it_is_likely(topics, tmp_path):
    text = (
        "Le ministre des Affaires étrangères a reçu hier une délégation à Moscou, a annoncé son porte-parole. {} Russia"
    )
    assert "match no" in _test(topics, "rel", text.format("DPRK"), tmp_path)[1]
    assert "match yes" in _test(topics, "rel", text.format("DPRK"), tmp_path, "--language", "en")[1]


def test_test_takes_several_topics(topics, tmp_path):
    out = _test(topics, "rel,tea", "Tea in Russia", tmp_path)[1]
    assert [line.split()[1:3] for line in out.splitlines() if line.startswith("match")] == [
        ["no", "rel"],
        ["yes", "tea"],
    ]
    rows = json.loads(_test(topics, "rel,tea", "Tea in Russia", tmp_path, "--json")[1])
    assert [(row["topic"], row["match"]) for row in rows] == [("rel", False), ("tea", True)]


def _rows(topics, ids, lines, tmp_path, *more):
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = topics("test", ids, "--jsonl", file, *more)
    return code, [json.loads(line) for line in out.splitlines()], err.splitlines()


def test_test_judges_many_rows_a_line_each(topics, tmp_path):
    lines = [
        '{"id": 1, "title": "Russians", "text": "They went\\n\\nto  North\\u00a0Korea", "language": "en"}',
        "",
        '{"id": "b", "title": null, "text": "Tea"}',
        '{"id": "c", "title": "Russia \u2028 북한은"}',
    ]
    code, rows, err = _rows(topics, "rel", lines, tmp_path)
    assert (code, err) == (0, [])
    assert [(row["id"], row["match"]) for row in rows] == [(1, True), ("b", False), ("c", True)]
    assert rows[0]["score"] > 0
    assert rows[0].keys() == {"id", "match", "score", "terms"}
    assert rows[0]["terms"][1] == {"group": "b", "term": "North Korea*", "count": 1, "start": 14, "end": 25}
    assert rows[1]["terms"] == []


def test_test_judges_many_rows_by_several_topics(topics, tmp_path):
    lines = ['{"id": 1, "title": "Tea", "text": "in Russia and North Korea"}', '{"id": 2, "text": "tea"}']
    _, rows, _ = _rows(topics, "rel,tea", lines, tmp_path)
    assert [(row["match"], row["topics"]) for row in rows] == [(True, ["rel", "tea"]), (True, ["tea"])]
    assert {term["topic"] for term in rows[0]["terms"]} == {"rel", "tea"}


def test_test_takes_a_rows_language_or_else_that_of_the_command(topics, tmp_path):
    lines = ['{"id": 1, "text": "Russia DPRK", "language": "en"}', '{"id": 2, "text": "Russia DPRK"}']
    _, rows, _ = _rows(topics, "rel", lines, tmp_path, "--language", "fr")
    assert [row["match"] for row in rows] == [True, False]


def test_a_row_that_is_none_is_named_by_its_line_and_the_others_are_judged(topics, tmp_path):
    lines = ["{", '{"id": 1, "text": "tea"}', "[1]", '{"text": "tea"}', '{"id": 2, "text": 5}', "[" * 5000]
    code, rows, err = _rows(topics, "tea", lines, tmp_path)
    assert code == 2
    assert [row["id"] for row in rows] == [1]
    assert [line.split("rows.jsonl:")[1].split(";")[0][:24] for line in err] == [
        "1: is no JSON (Expecting",
        "3: is no object with an ",
        "4: is no object with an ",
        '5: "text" is no text',
        "6: is no JSON (maximum r",
    ]


@pytest.mark.parametrize("args", [["rel"], ["rel", "a.txt", "--jsonl", "b"], [",", "a.txt"]])
def test_test_takes_one_text_or_a_file_of_many(topics, args):
    code, out, err = topics("test", *args)
    assert (code, out) == (2, "")
    assert "give a topic, and a text file or --jsonl with a file of many" in err


def test_the_drafts_remarks_are_lines_of_a_topic(topics, tmp_path):
    """Whoever takes the `#` away from the lines that look like TOML has a topic that works."""
    topics("new", "draft", "sanction*")
    text = (tmp_path / "local" / "draft.toml").read_text(encoding="utf-8")
    query = text.index("# query = ")
    whole = text[:query] + text[query + 2 :]  # the first of the queries
    for line in ("# exclude", "# ru =", "# ko =", "# [terms.place]", "# en ="):
        assert f"\n{line}" in whole
        whole = whole.replace(f"\n{line}", f"\n{line[2:]}")
    (tmp_path / "local" / "draft.toml").write_text(whole, encoding="utf-8")
    shown = json.loads(topics("show", "draft", "--json")[1])
    assert (shown["title"], shown["query"]) == ("Draft", "subject AND place")
    assert shown["exclude"] and shown["groups"]["subject"]["ko"]
    assert "match yes" in _test(topics, "draft", "Sanctions, from Geneva", tmp_path)[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"\xff\xfe", "article.txt: is not UTF-8; save it as UTF-8"),
        (None, "No such file or directory; give a text file"),
    ],
)
def test_test_names_a_file_it_cannot_read(topics, tmp_path, text, says):
    code, out, err = _test(topics, "rel", text, tmp_path) if text else topics("test", "rel", tmp_path / "none.txt")
    assert (code, out) == (2, "")
    assert says in err


def test_test_reads_standard_input():
    command = [sys.executable, "-m", "scrapy", "topics", "test", "russia-north-korea", "-"]
    text = "Лавров в Пхеньяне\n\nТекст"
    run = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert run.stdout.startswith("match yes")
    assert run.stderr == ""
    assert run.returncode == 0


def test_an_unknown_topic_is_named_with_those_that_exist(topics):
    for args in (["show", "rell"], ["test", "rell", "-"]):
        code, out, err = topics(*args)
        assert (code, out) == (2, "")
        assert "there is no topic `rell`; did you mean rel? there are rel, tea" in err


# --- every verb


def test_help_is_there_for_a_verb_and_each_sub_verb_with_an_example(verb):
    code, out, _ = verb("topics", "-h")
    assert code == 0
    assert "Example:\n  scrapy topics new kimchi" in out
    for name in ("list", "show", "new", "test"):
        assert name in out
        code, text, _ = verb("topics", name, "--help")
        assert code == 0
        assert f"Example:\n  scrapy topics {name}" in text
        assert f"usage: scrapy topics {name}" in text


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "topics: say what to do: list, show, new, test"),
        (["lst"], "topics: unknown `lst`; did you mean list? there are list, show, new, test"),
        (["list", "--jsn"], "topics list: unknown option --jsn; did you mean --json? there are "),
        (["list", "-x"], "topics list: unknown option -x; there are "),
        (["--jsn", "list"], "topics list: unknown option --jsn; "),
        (["--json"], "topics: unknown option --json; say what to do: list, show, new, test"),
        (["list", "more"], "topics list: unexpected `more`; it takes no arguments"),
        (["show", "tea", "more"], "topics show: unexpected `more`; it takes ID"),
        (["show", "--js", "tea"], "topics show: unknown option --js; "),
        (["show"], "topics show: the following arguments are required: ID"),
        (["list", "-s"], "expected one argument"),
        (["list", "-s", "TOPICS_DIR"], "-s takes NAME=VALUE, not `TOPICS_DIR`; write -s TOPICS_DIR=VALUE"),
    ],
)
def test_what_a_verb_does_not_know_is_refused_by_name(verb, args, says):
    code, out, err = verb("topics", *args)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "args", [["-s", "{}", "list"], ["list", "-s", "{}"], ["list", "-s{}"], ["list", "--set={}", "-s", "NO_SUCH=1"]]
)
def test_settings_count_wherever_they_stand(verb, tmp_path, args):
    code, out, err = verb("topics", *(arg.format(f"TOPICS_DIR={tmp_path}") for arg in args))
    assert (code, out) == (0, "")
    assert "no topics yet; start one" in err


GREET = """
from crawler.verb import JSON, UserError, Verb, project_path


class Command(Verb):
    example = "scrapy greet Ada"

    def short_desc(self):
        return "Greet somebody"

    def arguments(self, parser):
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--json", **JSON)

    def main(self, opts):
        raises = {
            "user": UserError("no such\\nname; take another"),
            "locked": type("Locked", (Exception,), {"exit_code": 75})("another run holds it"),
            "disk": OSError(28, "No space left on device", "/a/b"),
            "bug": ValueError("oops"),
            "ctrl-c": KeyboardInterrupt(),
            "config": __import__("newslib.config").config.ConfigError("what; fix"),
        }
        if opts.name in raises:
            raise raises[opts.name]
        if opts.name == "path":
            print(project_path(self.settings, "THERE"))
            return None
        print(f"Hello {opts.name}")
        return 3 if opts.name == "three" else None
"""


@pytest.fixture
def greet(verb, tmp_path, monkeypatch):
    package = tmp_path / "greeting_verbs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "greet.py").write_text(textwrap.dedent(GREET), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("greeting_verbs")]:
        del sys.modules[name]

    def call(*args):
        settings = get_project_settings()
        settings.set("COMMANDS_MODULE", "greeting_verbs", priority="cmdline")
        return verb("greet", *args, settings=settings)

    return call


def test_a_verb_without_sub_verbs_takes_its_arguments(greet):
    assert greet("Ada") == (0, "Hello Ada\n", "")
    assert greet("--", "--json") == (0, "Hello --json\n", "")
    assert greet("three")[0] == 3
    code, out, _ = greet("--help")
    assert code == 0
    assert "Greet somebody" in out
    assert "Example:\n  scrapy greet Ada" in out
    assert greet("--name")[0] == 2
    assert "unexpected `Bob`; it takes NAME" in greet("Ada", "Bob")[2]


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("user", 2, "scrapy: no such name; take another\n"),
        ("config", 2, "scrapy: what; fix\n"),
        ("locked", 75, "scrapy: another run holds it\n"),
        ("disk", 74, "scrapy: /a/b: No space left on device\n"),
        ("bug", 1, "scrapy: unexpected ValueError: oops (a fault of this program; -L DEBUG shows where)\n"),
        ("ctrl-c", 130, "\n"),
    ],
)
def test_a_failure_is_one_line_and_an_exit_code(greet, name, code, says):
    assert greet(name) == (code, "", says)


def test_a_relative_path_of_a_setting_is_taken_from_the_project(greet):
    assert greet("path", "-s", "THERE=a/b")[1] == f"{ROOT / 'a/b'}\n"
    assert greet("path", "-s", "THERE=/a/b")[1] == "/a/b\n"
    assert greet("path")[1] == f"{ROOT}\n"


def test_nobody_reading_the_output_is_no_error():
    command = f"{sys.executable} -m scrapy topics show russia-north-korea --json; echo $? >&2"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"({command}) | true"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    _, err = shell.communicate(timeout=60)
    assert err == "141\n"


def test_ctrl_c_ends_a_verb_without_a_traceback(tmp_path):
    fifo = tmp_path / "article"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "scrapy", "topics", "test", "russia-north-korea", fifo]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    with fifo.open("w"):  # returns when the verb has opened it to read
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert (out, err.strip()) == (b"", b"")
