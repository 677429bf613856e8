"""Run `scrapy ARGS...` in a fork of a process that has loaded Scrapy and this project already: a start costs a second of
CPU otherwise, three hundred times a test run. Nothing else is shared: no reactor, thread, file or setting."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_CONTEXT: Any = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["scrapy.cmdline"]
    + [".".join(path.relative_to(ROOT).with_suffix("").parts)
       for package in ("crawler", "pipelines", "reader") for path in sorted((ROOT / package).rglob("*.py"))]
)  # fmt: skip


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


_LOADED = _environment()


def same_environment() -> bool:
    """Whether what was loaded would be the same now: some of it is read from the environment."""
    return _environment() == _LOADED


def start(args: list[str], cwd: Path, stdin: Path | None, stdout: Path, stderr: Path) -> Any:
    """Begin `scrapy ARGS...` -> a `multiprocessing.Process`."""
    process = _CONTEXT.Process(target=_scrapy, args=(args, str(cwd), (stdin or os.devnull, stdout, stderr)))
    process.start()
    return process


def run(args: list[str], cwd: Path, stdin: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run([sys.executable, "-m", "scrapy", *args], ...)` with stdout and stderr as text."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        for file in files:
            file.write_text(stdin if file.name == "stdin" else "", encoding="utf-8")
        process = start(args, cwd, *files)
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(args, timeout)
        texts = [file.read_text(encoding="utf-8") for file in files[1:]]
    return subprocess.CompletedProcess(args, process.exitcode, *texts)


def _scrapy(args: list[str], cwd: str, files: tuple[Path | str, ...]) -> None:
    for number, file in enumerate(files):
        fd = os.open(file, os.O_RDWR | os.O_CREAT | (os.O_APPEND if number else 0))
        os.dup2(fd, number)
        os.close(fd)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    os.chdir(cwd)
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["PYTHONWARNINGS"] = "ignore"
    sys.path[:0] = [cwd]
    sys.argv = ["scrapy", *args]
    from scrapy.cmdline import execute

    execute()
