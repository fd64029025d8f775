"""Contenders as processes: one worker per Python client, one floor program per workload.

Requests and answers are lines. Every wait for an answer is bounded: a process that is late is
killed, and that is an error of the run like any other failed check.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench.environments import HERE, build_floor, python_of
from bench.plan import write_plan
from bench.resp import Cluster
from bench.workloads import FLOOR, Workload

PATIENCE = 120.0  # seconds beyond those that were asked for


class ContenderError(Exception):
    """A contender failed, was late, or returned what it should not have."""


class Sample(NamedTuple):
    """One timed run: commands (keys for mget), seconds, seconds of the client's CPU."""

    ops: int
    wall: float
    cpu: float


class Process:
    """A child that answers lines with lines of JSON."""

    def __init__(self, name: str, command: Sequence[str | Path]) -> None:
        self.name = name
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def answer(self, seconds: float = 0.0) -> dict[str, Any]:
        late = threading.Timer(seconds + PATIENCE, self.child.kill)
        late.start()
        try:
            assert self.child.stdout is not None
            line = self.child.stdout.readline()
        finally:
            late.cancel()
        reply: dict[str, Any] = json.loads(line) if line else {"error": "it ended or was too late"}
        if "error" in reply:
            raise ContenderError(f"{self.name}: {reply['error']}")
        return reply

    def ask(self, line: str, seconds: float = 0.0) -> dict[str, Any]:
        assert self.child.stdin is not None
        try:
            self.child.stdin.write(line + "\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            raise ContenderError(f"{self.name}: it has ended") from None
        return self.answer(seconds)

    def close(self) -> None:
        """Ends the child: it leaves at the end of its input, or is killed."""
        try:
            self.child.communicate(timeout=5)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.child.kill()
            self.child.communicate()


class Contender(Protocol):
    name: str
    versions: dict[str, str]

    def prepare(self, workload: Workload) -> None:
        """Makes ready and checks once that the right replies come back."""

    def run(self, workload: Workload, seconds: float) -> Sample: ...

    def close(self) -> None: ...


class PythonContender:
    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        worker = HERE / "worker.py"
        self.process = Process(name, [python_of(name), worker, name, host, str(port)])
        try:
            self.versions: dict[str, str] = self.process.answer()["versions"]
        except BaseException:
            self.close()
            raise

    def prepare(self, workload: Workload) -> None:
        self.process.ask(json.dumps({"do": "prepare", "workload": workload.name}))

    def run(self, workload: Workload, seconds: float) -> Sample:
        request = {"do": "run", "workload": workload.name, "seconds": seconds}
        return Sample(**self.process.ask(json.dumps(request), seconds))

    def memory(self, commands: int) -> float:
        reply = self.process.ask(json.dumps({"do": "memory", "commands": commands}))
        return float(reply["bytes"])

    def close(self) -> None:
        self.process.close()


class FloorContender:
    def __init__(self, cluster: Cluster) -> None:
        self.name = FLOOR
        self.versions: dict[str, str] = {}
        self.cluster = cluster
        self.program = build_floor()
        self.process: Process | None = None

    def prepare(self, workload: Workload) -> None:
        self.close()
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder) / "plan"
            write_plan(plan, workload, self.cluster)
            self.process = Process(self.name, [self.program, plan])
            self.process.answer()

    def run(self, workload: Workload, seconds: float) -> Sample:
        assert self.process is not None
        line = f"{seconds} {workload.stride}"
        return Sample(**self.process.ask(line, seconds))

    def close(self) -> None:
        if self.process is not None:
            self.process.close()
            self.process = None
