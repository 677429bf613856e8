"""One worker process: `python -m newslib.extraction.worker FD MEMORY_MB RECYCLE DEADLINE`, started by `Workers`.

It is given the run's relevance gate (or None), and says None on its pipe once it has loaded everything (or what stopped
it). Then it answers each call (arguments of `extract`; the last is what is known of a page that must pass the gate, or
None) with None when it has it, and with (Extracted | None, problem | None, whether it ends now), or with what is wrong
with the installation. The end of the pipe is the end of the process.
"""

from __future__ import annotations

import contextlib
import logging
import math
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path


def main(fd: str, memory_mb: str, recycle: str, deadline: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    pipe = Connection(int(fd))
    limit(int(memory_mb))
    logging.disable(logging.CRITICAL)
    try:
        gate = pipe.recv()
        from newslib.extraction.extract import extract, warm_up

        warm_up()
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        return
    pipe.send(None)
    for n in range(1, int(recycle) + 1):
        *call, known = pipe.recv()
        pipe.send(None)
        # The parent kills at the deadline; if the parent is no more, the system does, even inside C code.
        signal.alarm(math.ceil(float(deadline)) + 1)
        result = problem = None
        try:
            result = extract(*call, *((gate, known) if known is not None else ()))
        except ImportError as error:  # the second reader is loaded when a page needs it
            pipe.send(f"{type(error).__name__}: {error}")
            return
        except MemoryError:
            problem = f"reading needs more than {memory_mb} MB"
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        signal.alarm(0)
        last = n == int(recycle) or problem is not None or peak_mb() > int(memory_mb) / 2
        pipe.send((result, problem, last))
        if last:
            return


def limit(memory_mb: int) -> None:
    """Bound what this process may allocate. RLIMIT_DATA counts private memory on Linux >= 4.7 (getrlimit(2)); macOS
    refuses or ignores it: then there is only the deadline."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))


def peak_mb() -> float:
    """The most memory this program has held: VmHWM (proc_pid_status(5)), in kB. ru_maxrss will not do on Linux: a
    program that is started takes over that of its parent. macOS has no /proc; its ru_maxrss is in bytes."""
    try:
        with Path("/proc/self/status").open("rb") as status:
            return int(status.read().partition(b"VmHWM:")[2].split(None, 1)[0]) / (1 << 10)
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        main(*sys.argv[1:])
