"""Installs the package on every supported CPython of this machine, or on the versions named (3.9
3.13, or "ends" for the oldest and the newest that are here), and tests it there in short.

Each gets a virtual environment in build/pythons, and a regular installation, not an editable one.
Of the tests it runs most of those without a server, and the examples on a real cluster.
"""

from __future__ import annotations

import glob
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINORS = range(9, 14)
TESTS = ["tests/unit", "tests/cluster/test_examples.py"]
# They look at texts of the table, which are the same on each version.
IGNORED = ["tests/unit/test_stub.py", "tests/unit/test_surface.py"]


def candidates(minor: int) -> list[str]:
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    return [f"python3.{minor}", *sorted(glob.glob(f"{pyenv}/versions/3.{minor}.*/bin/python"))]


def find_python(minor: int) -> str | None:
    """A program that really is this version: a name on PATH may stand for another, or for none."""
    probe = "import sys, ensurepip; print(sys.implementation.name, sys.version_info[1])"
    for name in candidates(minor):
        try:
            answer = subprocess.run([name, "-c", probe], capture_output=True, text=True, timeout=30)
        except OSError:
            continue
        if answer.stdout.split() == ["cpython", str(minor)]:
            return name
    return None


def run(*command: str, cwd: Path = ROOT, **variables: str) -> bool:
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **variables})
    return done.returncode == 0


def test(python: str, minor: int) -> bool:
    venv = ROOT / "build" / "pythons" / f"3.{minor}"
    pip = [str(venv / "bin" / "pip"), "install", "-qq", "--disable-pip-version-check"]
    # In place of the pythonpath of pyproject.toml, and not from the checkout's directory: what the
    # tests import, and the programs that they start, is the installed package.
    path = f"{venv}/lib/python3.{minor}/site-packages:{ROOT}"
    pytest = [str(venv / "bin" / "pytest"), "-q", "-p", "no:cacheprovider", "-o", "pythonpath="]
    pytest += ["-n", os.environ.get("WORKERS", "6"), "--dist", "worksteal"]
    pytest += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    return (
        run(python, "-m", "venv", str(venv))
        and run(*pip, "setuptools>=77", "wheel")
        and run(*pip, "--no-build-isolation", ".[test]")
        and run(
            *pytest,
            *(str(ROOT / name) for name in TESTS),
            *(f"--ignore={ROOT / name}" for name in IGNORED),
            cwd=venv,
            PYTHONPATH=path,
        )
    )


def chosen(words: list[str], here: list[int]) -> set[int]:
    """The minor versions that the words of the command line mean."""
    if not words:
        return set(MINORS)
    if words == ["ends"]:
        return {*here[:1], *here[-1:]}
    return {int(word.removeprefix("3.")) for word in words}


def main() -> int:
    results: dict[int, str] = {}
    here = {minor: python for minor in MINORS if (python := find_python(minor)) is not None}
    wanted = chosen(sys.argv[1:], list(here))
    for minor in MINORS:
        if minor not in wanted:
            continue
        python = here.get(minor)
        if python is None:
            results[minor] = "not installed here"
            continue
        print(f"== CPython 3.{minor}: {python}", flush=True)
        results[minor] = "passed" if test(python, minor) else "FAILED"
    print("\n".join(f"CPython 3.{minor}: {result}" for minor, result in results.items()))
    tested = [result for result in results.values() if result != "not installed here"]
    return 0 if tested and "FAILED" not in tested else 1


if __name__ == "__main__":
    sys.exit(main())
