"""Ends: Ctrl-C, SIGTERM, a second Ctrl-C, a worker that dies, a page that hangs one."""

import os
import signal
import subprocess
import time

import pytest

from crawler.demo.newsroom import Answer
from newslib import Archive
from newslib.urls import canonical
from tests.crawling import ROOT, command, crawl, crawl_args, records, verified

SLOW = Answer(200, {"Content-Type": "text/html"}, b"<p>late</p>", delay=25)


@pytest.fixture
def sources(tmp_path, newsroom):
    file = tmp_path / "sources.toml"
    file.write_text(newsroom.sources_toml(), encoding="utf-8")
    return file


def start(folder, sources, *more):
    return subprocess.Popen(
        command(*crawl_args(folder, sources, "-a", "since=30d", *more)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_records(folder, wanted=3, limit=30):
    """Until a crawl has committed something."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if folder.exists() and len(list(folder.glob("articles/**/*.jsonl"))) and len(records(folder)) >= wanted:
            return
        time.sleep(0.05)
    raise AssertionError("the crawl stored nothing")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_within_ten_seconds_and_the_next_run_goes_on(tmp_path, newsroom, sources, number, code):
    for outlet in newsroom.outlets:
        for article in outlet.out()[-2:]:
            newsroom.route(outlet.host, article.path, SLOW)
    process = start(tmp_path / "archive", sources)
    wait_for_records(tmp_path / "archive")
    began = time.monotonic()
    os.killpg(process.pid, number)  # as a terminal does: the workers get it too
    _, talk = process.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert process.returncode == code, talk
    assert "Traceback" not in talk
    verified(tmp_path / "archive")
    if number == signal.SIGTERM:  # it leaves what SIGINT leaves
        return
    kept = {r["id"] for r in records(tmp_path / "archive")}
    for outlet in newsroom.outlets:
        for article in outlet.out()[-2:]:
            newsroom.route(outlet.host, article.path, lambda request: None)
    newsroom.forget()
    assert crawl(tmp_path / "archive", sources, "-a", "since=30d").returncode == 0
    after = [r["id"] for r in records(tmp_path / "archive")]
    assert kept < set(after) and len(after) == len(set(after))
    verified(tmp_path / "archive")


def test_a_second_signal_ends_it_at_once_and_loses_nothing_committed(tmp_path, newsroom, sources):
    for article in newsroom.outlets[0].out()[:4]:
        newsroom.route(newsroom.outlets[0].host, article.path, SLOW)
    process = start(tmp_path / "archive", sources)
    wait_for_records(tmp_path / "archive")
    kept = {r["id"] for r in records(tmp_path / "archive")}
    process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert process.returncode in (130, 143)
    with Archive.open(tmp_path / "archive", write=True) as archive:
        assert kept <= {a.id for a in archive.articles()}
    verified(tmp_path / "archive")


def workers_of(pid):
    """Process ids of the extraction workers of a crawl."""
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in out.splitlines() if "newslib.extraction.worker" in line]


def test_a_killed_worker_costs_nothing(tmp_path, newsroom, sources):
    process = start(tmp_path / "archive", sources)
    wait_for_records(tmp_path / "archive", wanted=1)
    for pid in workers_of(process.pid)[:1]:
        os.kill(pid, signal.SIGKILL)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 0, talk
    calm = tmp_path / "calm"
    assert crawl(calm, sources, "-a", "since=30d").returncode == 0
    assert {r["id"] for r in records(tmp_path / "archive")} == {r["id"] for r in records(calm)}
    verified(tmp_path / "archive")


def test_no_worker_outlives_a_crawl_that_is_killed(tmp_path, newsroom, sources):
    process = start(tmp_path / "archive", sources)
    wait_for_records(tmp_path / "archive", wanted=1)
    workers = workers_of(process.pid)
    assert workers
    process.kill()
    process.communicate(timeout=10)
    end = time.monotonic() + 10
    while any(alive(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [pid for pid in workers if alive(pid)]


def test_a_broken_installation_ends_the_run_and_leaves_the_pages_for_a_later_one(tmp_path, newsroom, sources):
    broken = tmp_path / "broken" / "py3langid"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no part of py3langid')")
    args = command(*crawl_args(tmp_path / "archive", sources))
    environment = {**os.environ, "PYTHONPATH": f"{broken.parent}:{ROOT}"}
    done = subprocess.run(args, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no part of py3langid" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    with Archive.open(tmp_path / "archive") as archive:
        outcomes = archive.outcomes()
        assert outcomes["pending"] > 5
        assert not set(outcomes) & {"stored", "off-topic", "empty", "quarantined"}, outcomes
    assert crawl(tmp_path / "archive", sources).returncode == 0
    assert len(records(tmp_path / "archive")) > 20


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_page_that_hangs_the_reader_is_quarantined_and_the_others_are_stored(tmp_path, newsroom, sources):
    outlet = newsroom.outlets[0]
    article = next(a for a in outlet.out() if a.on_topic and not a.answer and a.via == "all")
    bomb = b"<html><body><p>" + b"<span>a</span>" * 200_000 + b"</p></body></html>"
    newsroom.route(outlet.host, article.path, Answer(200, {"Content-Type": "text/html"}, bomb))
    done = crawl(tmp_path / "archive", sources, "-a", "since=30d", "-s", "EXTRACTION_DEADLINE=1")
    assert done.returncode == 0, done.stderr
    with Archive.open(tmp_path / "archive") as archive:
        outcome, reason = archive.outcome(canonical(newsroom.url(outlet.host, article.path)))
        assert outcome in ("quarantined", "stored", "off-topic", "empty"), (outcome, reason)
        assert len(list(archive.articles())) > 10
    verified(tmp_path / "archive")
