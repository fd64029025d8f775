"""Prepares what the contenders run in: the peers' virtual environments and the floor's program.

Each peer has an environment of its own under .venvs/, made when it is missing or when its
requirements changed. This project runs in the environment that runs the benchmark.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from bench.workloads import OURS

HERE = Path(__file__).resolve().parent.parent
STAMP = "requirements.stamp"


def python_of(contender: str) -> Path:
    if contender == OURS:
        return Path(sys.executable)
    home = HERE / ".venvs" / f"{contender}-{sys.implementation.cache_tag}"
    python = home / "bin" / "python"
    requirements = HERE / f"requirements-{contender}.txt"
    wanted = requirements.read_text(encoding="utf-8")
    stamp = home / STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing {contender} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        subprocess.run([str(python), *install, str(requirements)], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def build_floor() -> Path:
    program = HERE / ".build" / "floor"
    program.parent.mkdir(exist_ok=True)
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-std=gnu11", "-O2", "-o", program, HERE / "floor.c"], check=True)
    return program
