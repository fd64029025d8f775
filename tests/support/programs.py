"""Programs that tests run in processes of their own, on the very package that the tests import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import rediscluster_c

PACKAGES = Path(rediscluster_c.__file__).resolve().parents[1]


def start(code: str, *arguments: str, path: Path | None = None) -> subprocess.Popen[str]:
    """Start Python on `code`; `path` is searched for modules before anything else."""
    inherited = os.environ.get("PYTHONPATH", "")
    search = [str(entry) for entry in (path, PACKAGES, inherited) if entry]
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd="/",  # a program's own directory is searched first
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(code: str, *arguments: str, path: Path | None = None) -> str:
    """What the program prints; it must end well, and say nothing on standard error."""
    with start(code, *arguments, path=path) as process:
        printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    return printed


def succeeds_in_a_child(check: Callable[[], bool]) -> bool:
    """Run a check in a forked child, which the kernel ends if it takes too long."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(10)
            code = 0 if check() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status == 0
