import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from newslib.extraction.workers import WorkerDied, WorkerError, Workers, WorkersBrokenError, WorkerTimeout

URL = "https://news.example.org/story"
PAGE = b"<html lang=en><body><article><h1>Ferry</h1>" + b"<p>The ferry sails again on Sunday, said the council.</p>" * 9
NO_ARTICLE = b"<html><body><p>Ferry.</p></body></html>"  # for the second reader
LONG = PAGE + b"<div><p>The ferry <b>sails</b> again on Sunday, the council said.</p></div>" * 9_900  # seconds of work
HUGE = b"<html><body>" + b"<p>x<b>y</b>" * 800_000  # half a minute and 700 MB


@pytest.fixture
def workers():
    pools = []

    def make(count=1, **options):
        pools.append(Workers(count, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close(0)


def pids(pool):
    return [process.pid for process in pool._running]


def alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_pages_come_back_read(workers):
    pool = workers(2)
    futures = [pool.submit(PAGE, URL, "text/html", "en") for _ in range(20)]
    assert {f.result(30).title for f in futures} == {"Ferry"}


def test_a_page_without_an_article_is_a_result_and_no_error(workers):
    assert workers().submit(b"", URL).result(30).outcome == "empty"


def test_a_page_that_takes_too_long_times_out_and_its_neighbours_do_not(workers):
    pool = workers(2, deadline=1.0)
    assert pool.submit(PAGE, URL).result(30)
    slow = pool.submit(HUGE, URL)
    others = [pool.submit(PAGE, URL) for _ in range(30)]
    assert all(f.result(30).title == "Ferry" for f in others)
    with pytest.raises(WorkerTimeout, match="not read within 1 s"):
        slow.result(30)
    assert pool.submit(PAGE, URL).result(30).title == "Ferry"


def test_a_worker_that_is_killed_takes_its_page_with_it_and_no_other(workers):
    pool = workers(1)
    assert pool.submit(PAGE, URL).result(30)
    slow, next_ = pool.submit(HUGE, URL), pool.submit(PAGE, URL)
    assert until(slow.running, 5)
    time.sleep(0.2)
    os.kill(pids(pool)[0], signal.SIGKILL)
    with pytest.raises(WorkerDied, match="ended with code -9"):
        slow.result(30)
    assert next_.result(30).title == "Ferry"


def test_workers_that_die_while_idle_are_replaced_and_no_page_is_lost(workers):
    pool = workers(2)
    assert [pool.submit(PAGE, URL).result(30) for _ in range(4)]
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
    assert [f.result(30).title for f in [pool.submit(PAGE, URL) for _ in range(6)]] == ["Ferry"] * 6


def test_a_stopped_worker_is_a_hanging_one(workers):
    pool = workers(1, deadline=0.5)
    assert pool.submit(PAGE, URL).result(30)
    os.kill(pids(pool)[0], signal.SIGSTOP)
    with pytest.raises(WorkerTimeout):
        pool.submit(PAGE, URL).result(30)


def test_a_worker_is_not_replaced_because_the_crawler_has_grown(workers):
    grown = b"x" * (300 << 20)  # ru_maxrss of a process that was started is at first that of its parent
    pool = workers(1, memory_mb=500)
    before = [pool.submit(PAGE, URL).result(30) and pids(pool) for _ in range(3)]
    assert grown and before[0] == before[1] == before[2]


def test_memory_is_bounded(workers):
    pool = workers(1, memory_mb=400)
    with pytest.raises(WorkerDied, match="more than 400 MB"):
        pool.submit(HUGE, URL).result(60)
    assert pool.submit(PAGE, URL).result(30).title == "Ferry"


@pytest.mark.parametrize(("module", "page"), [("py3langid", PAGE), ("trafilatura", NO_ARTICLE)])
def test_a_broken_installation_is_named(workers, tmp_path, monkeypatch, module, page):
    (tmp_path / f"{module}.py").write_text("raise ImportError('lxml_html_clean is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(WorkersBrokenError, match="pages cannot be read: ImportError: lxml_html_clean is missing"):
        workers(1).submit(page, URL).result(30)


def test_modules_in_the_working_directory_do_not_get_in_the_way(workers, tmp_path, monkeypatch):
    for name in ("resource", "logging", "lxml", "trafilatura"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the wrong module')")
    monkeypatch.chdir(tmp_path)
    assert workers(1).submit(PAGE, URL).result(30).title == "Ferry"


def test_workers_are_recycled(workers):
    pool = workers(1, recycle=3)
    seen = set()
    for _ in range(7):
        assert pool.submit(PAGE, URL).result(30)
        seen.update(pids(pool))
    assert len(seen) >= 3


def test_close_cancels_what_waits_and_lets_finish_what_runs(workers):
    pool = workers(1)
    assert pool.submit(PAGE, URL).result(30)
    running, waiting = pool.submit(LONG, URL), [pool.submit(PAGE, URL) for _ in range(5)]
    assert until(running.running, 5)
    pool.close(30)
    assert running.result(0).title == "Ferry"
    assert all(f.cancelled() for f in waiting)
    assert pids(pool) == []


def test_close_kills_after_its_grace_and_never_hangs(workers):
    pool = workers(2)
    assert pool.submit(PAGE, URL).result(30)
    running = [pool.submit(HUGE, URL) for _ in range(2)]
    assert until(lambda: all(f.running() for f in running), 10)
    started, processes = time.monotonic(), pids(pool)
    pool.close(0.3)
    assert time.monotonic() - started < 2
    for future in running:
        with pytest.raises(WorkerError):
            future.result(0)
    assert until(lambda: not any(alive(p) for p in processes), 2)
    pool.close(1)


def test_close_during_warm_up_is_quick(workers):
    pool = workers(2)
    future = pool.submit(PAGE, URL)
    started = time.monotonic()
    pool.close(0)
    assert time.monotonic() - started < 2
    assert future.done()


def test_a_page_handed_over_after_closing_is_cancelled(workers):
    pool = workers(1)
    pool.close(0)
    with pytest.raises(CancelledError):
        pool.submit(PAGE, URL).result(0)


# From outside: what a crawler does to its workers


def program(text, *, wait=True):
    """Run a script without a main guard, as console scripts are; its output and process."""
    code = "from tests.test_workers import HUGE, LONG, PAGE, URL, Workers\n" + textwrap.dedent(text)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parent.parent,
    )
    return process.communicate(timeout=60)[0] if wait else process


def test_a_script_without_a_main_guard_is_not_run_again_by_its_workers(tmp_path):
    script = tmp_path / "tool"
    script.write_text(
        "import sys\nprint('started', flush=True)\nfrom newslib.extraction.workers import Workers\n"
        f"pool = Workers(2)\nprint(pool.submit({PAGE!r}, {URL!r}).result(30).title)\npool.close(1)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["started", "Ferry"]
    assert done.stderr == ""


def test_under_a_running_asyncio_reactor_results_arrive():
    out = program("""
        from twisted.internet import asyncioreactor
        asyncioreactor.install()
        from twisted.internet import reactor
        pool = Workers(2)
        titles = []
        def done(future):
            reactor.callFromThread(arrived, future.result().title)
        def arrived(title):
            titles.append(title)
            if len(titles) == 10:
                reactor.stop()
        reactor.callWhenRunning(lambda: [pool.submit(PAGE, URL).add_done_callback(done) for _ in range(10)])
        reactor.run()
        pool.close(1)
        print(titles.count("Ferry"))
    """)
    assert out.strip() == "10"


def test_a_killed_parent_leaves_no_orphans():
    process = program(
        """
        import time
        pool = Workers(3, deadline=1.0)
        [pool.submit(PAGE, URL).result() for _ in range(6)]
        pool.submit(HUGE, URL)
        time.sleep(0.3)
        print(*[p.pid for p in pool._running], flush=True)
        time.sleep(60)
        """,
        wait=False,
    )
    children = [int(pid) for pid in process.stdout.readline().split()]
    assert len(children) == 3 and all(alive(pid) for pid in children)
    process.kill()
    process.communicate()
    assert until(lambda: not any(alive(pid) for pid in children), 6)


def test_a_parent_that_just_ends_leaves_no_orphans_and_says_nothing():
    out = program("""
        pool = Workers(2)
        pool.submit(PAGE, URL).result()
        print(*[p.pid for p in pool._running])
    """)
    children = [int(pid) for pid in out.split()]
    assert len(children) == 2
    assert until(lambda: not any(alive(pid) for pid in children), 3)


def test_an_interrupt_in_the_terminal_does_not_reach_the_workers():
    process = program(
        """
        import signal
        signal.signal(signal.SIGINT, lambda *_: None)
        pool = Workers(1)
        pool.submit(PAGE, URL).result()
        print("ready", flush=True)
        future = pool.submit(LONG, URL)
        print(future.result().title)
        pool.close(1)
        """,
        wait=False,
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60)[0].strip() == "Ferry"
