"""What a run says while it goes on."""

import os
import pty
import subprocess
import threading

from tests.crawling import command, crawl, crawl_args


def talk_on_a_terminal(args):
    """stderr of a command whose stderr is a terminal, and its exit code."""
    ours, theirs = pty.openpty()
    said = []

    def read():
        try:
            while data := os.read(ours, 65536):
                said.append(data)
        except OSError:
            pass  # the terminal is gone: the command ended

    reader = threading.Thread(target=read)
    reader.start()
    code = subprocess.run(args, stdout=subprocess.DEVNULL, stderr=theirs, timeout=60).returncode
    os.close(theirs)
    reader.join(5)
    os.close(ours)
    return b"".join(said).decode("utf-8", "replace"), code


def test_a_terminal_gets_one_live_line_that_is_wiped_at_the_end(tmp_path, newsroom):
    sources = tmp_path / "sources.toml"
    sources.write_text(newsroom.sources_toml(), encoding="utf-8")
    said, code = talk_on_a_terminal(command(*crawl_args(tmp_path / "archive", sources)))
    assert code == 0
    live = [part for part in said.split("\r\x1b[K") if ", queue " in part]
    assert len(live) >= 3 and all("\n" not in part for part in live)
    for word in ("pages", "stored", "off-topic", "repeats", "errors", "pages/s"):
        assert word in live[-1]
    assert said.rstrip().splitlines()[-1].startswith("  ")  # the report stands last, whole


def test_elsewhere_there_are_plain_lines_and_no_escapes(tmp_path, newsroom):
    sources = tmp_path / "sources.toml"
    sources.write_text(newsroom.sources_toml(), encoding="utf-8")
    done = crawl(tmp_path / "archive", sources)
    assert "\x1b" not in done.stderr and "\r" not in done.stderr
    assert done.stdout == ""
