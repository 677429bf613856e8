"""Read pages in processes that can be killed.

One thread here owns one worker process and a pipe to it. No lock, queue or pipe is shared between workers: one
that hangs, dies (even while idle) or is killed takes its own page with it and nothing else. Workers are fresh
interpreters, not forks: they know nothing of this process's threads, reactor or `__main__`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import newslib
from newslib.extraction.extract import Extracted

if TYPE_CHECKING:
    from newslib.topics import Gate

WARM_UP = 60.0  # seconds a new worker has to load its modules (about one on an idle core)
ATTEMPTS = 3  # workers that may end before one takes a page
Call = tuple[bytes, str, str | None, str | None, str | None]


class WorkerError(Exception):
    """A page that was not read. str() is a reason to show."""


class WorkerTimeout(WorkerError):  # noqa: N818 (what happened, not an error of ours)
    """Reading took longer than the deadline; the worker was killed."""


class WorkerDied(WorkerError):  # noqa: N818
    """The worker ended in the middle: crashed, out of memory, or killed."""


class WorkersBrokenError(WorkerError):
    """Something is missing or wrong in the installation, whatever the page."""

    exit_code = 1

    def __init__(self, problem: str) -> None:
        super().__init__(f"pages cannot be read: {problem}; install the project anew (pip install -e .)")


class Workers:
    """`count` processes that run `newslib.extraction.extract`, started at once in the background.

    `deadline` is in seconds a page, `memory_mb` what a worker may allocate; after `recycle` pages, or once grown past
    half of its memory, a worker is replaced. Pages that cannot pass the `gate` are not read.
    """

    def __init__(
        self,
        count: int,
        deadline: float = 15.0,
        memory_mb: int = 1536,
        recycle: int = 2000,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self.deadline = deadline
        self._options = [str(memory_mb), str(recycle), str(deadline)]
        self._tasks: queue.SimpleQueue[tuple[Future[Extracted], Call] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._lock = threading.Lock()  # guards _running and the moment of closing
        self._running: set[subprocess.Popen[bytes]] = set()
        self._threads = [
            threading.Thread(target=self._serve, name=f"extraction-{n}", daemon=True) for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        body: bytes,
        url: str,
        content_type: str | None = None,
        hint_language: str | None = None,
        known: str | None = None,
    ) -> Future[Extracted]:
        """The future of `extract` with these arguments; through the gate unless `known` is None. It raises a
        WorkerError and nothing else; it is cancelled when the pool closes first."""
        future: Future[Extracted] = Future()
        with self._lock:
            if self._closing.is_set():
                future.cancel()
            else:
                self._tasks.put((future, (body, url, content_type, hint_language, known)))
        return future

    def close(self, grace: float) -> None:
        """Cancel what waits, give what runs up to `grace` seconds, then kill it. Safe to call again."""
        until = time.monotonic() + grace
        with self._lock:
            self._closing.set()
        with contextlib.suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            for process in self._running:
                process.kill()
        for thread in self._threads:
            thread.join(2.0)

    def _serve(self) -> None:
        """Keep one worker alive and feed it, until closing."""
        worker = self._start()
        while (task := self._tasks.get()) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            result: Extracted | None = None
            problem: WorkerError | None = None
            try:
                worker = self._hand_over(worker, call)
                result, last = self._result(worker)
            except Exception as error:  # whatever it is, the page has an answer and this thread lives on
                known = error if isinstance(error, WorkerError) else None
                problem, last = known or WorkerDied(f"{type(error).__name__}: {error}"), True
            if last:  # the next one starts now, not when a page waits
                self._end(worker)
                worker = self._start()
            if problem is not None:
                future.set_exception(problem)
            else:
                future.set_result(result)  # type: ignore[arg-type]
        self._end(worker)

    def _hand_over(self, worker: _Worker | None, call: Call) -> _Worker:
        """Give a page to a worker that is ready, a new one if this one has ended meanwhile (nobody's page is lost with
        it), and return the worker that has it."""
        for _ in range(ATTEMPTS):
            if worker is None:
                raise WorkerDied("stopped at close")
            _, pipe, ready = worker
            try:
                if not ready:
                    if not pipe.poll(WARM_UP):
                        raise WorkerTimeout(f"the worker did not start within {WARM_UP:.0f} s")
                    if problem := pipe.recv():
                        raise WorkersBrokenError(problem)
                    ready.append(True)
                pipe.send(call)
                if not pipe.poll(self.deadline):
                    raise WorkerTimeout(f"not taken within {self.deadline:g} s")
                pipe.recv()
                return worker
            except (EOFError, OSError):
                self._end(worker)
                worker = self._start()
            except Exception:
                self._end(worker)
                raise
        self._end(worker)
        raise WorkerDied(f"{ATTEMPTS} workers ended before they took the page")

    def _result(self, worker: _Worker) -> tuple[Extracted, bool]:
        process, pipe, _ = worker
        try:
            if not pipe.poll(self.deadline):
                raise WorkerTimeout(f"not read within {self.deadline:g} s")
            answer = pipe.recv()
        except (EOFError, OSError) as error:
            if self._closing.is_set():
                raise WorkerDied("stopped at close") from error
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
            raise WorkerDied(f"the worker ended with code {process.returncode}") from error
        if isinstance(answer, str):
            raise WorkersBrokenError(answer)
        result, problem, last = answer
        if problem:
            raise WorkerDied(problem)
        return result, last

    def _start(self) -> _Worker | None:
        """A new worker process; None when closing. That the system has no room for one now is waited out."""
        while not self._closing.is_set():
            with contextlib.suppress(OSError):
                ours, theirs = Pipe()
                with theirs, self._lock:
                    if self._closing.is_set():
                        return None
                    process = self._popen(theirs.fileno())
                    self._running.add(process)
                with contextlib.suppress(OSError):  # it has ended already: whoever hands it a page will see
                    ours.send(self._gate)
                return process, ours, []
            self._closing.wait(1.0)
        return None

    def _popen(self, fd: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-P", "-m", "newslib.extraction.worker", str(fd), *self._options],
            env=os.environ | {"PYTHONPATH": _path(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the crawler, which then closes us
        )

    def _end(self, worker: _Worker | None) -> None:
        if worker is None:
            return
        process, pipe, _ = worker
        pipe.close()
        process.kill()
        process.wait()
        with self._lock:
            self._running.discard(process)


_Worker = tuple[subprocess.Popen[bytes], Connection, list[bool]]


def _path() -> str:
    """PYTHONPATH under which a worker finds this very newslib."""
    return os.pathsep.join(filter(None, (str(Path(newslib.__file__).parent.parent), os.environ.get("PYTHONPATH"))))
