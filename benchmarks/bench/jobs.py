"""How a Python client runs a workload, and whether what it returned is right.

The timed call is what a user would write, with the keys made beforehand; nothing here favours
a client. Checks stand outside the timed part.
"""

from __future__ import annotations

import gc
import itertools
import os
import time
from dataclasses import dataclass
from typing import Any, Callable

from bench.workloads import Reply, Workload

Call = Callable[[], Any]


class MismatchError(Exception):
    """A contender gave back something else than what the keys hold."""


@dataclass(frozen=True)
class Job:
    """A workload bound to a client: `calls` calls in a row touch every key once."""

    workload: Workload
    call: Call
    calls: int
    expected: list[Reply]

    def verify(self) -> None:
        """Touches every key once and holds every reply against what the key holds."""
        got = self.call() if self.calls == 1 else [self.call() for _ in range(self.calls)]
        self.require(got == self.expected)

    def verify_last(self, last: object) -> None:
        """Looks at the last reply of a timed run; a single call may have stopped at any key."""
        self.require(last == self.expected if self.calls == 1 else last in self.expected)

    def require(self, right: bool) -> None:
        if not right:
            raise MismatchError(f"{self.workload.title}: the replies are not what the keys hold")


def make_job(workload: Workload, client: Any, mget: Callable[[list[str]], object]) -> Job:
    keys = [workload.key(index) for index in range(workload.keys)] * workload.times
    replies = [workload.reply(index) for index in range(workload.keys)] * workload.times
    if workload.shape == "mget":
        return Job(workload, lambda: mget(keys), 1, replies)
    if workload.shape == "single":
        return Job(workload, single_get(client, keys), len(keys), replies)
    make = {"GET": pipeline_get, "SET": pipeline_set, "LRANGE": pipeline_lrange}[workload.verb]
    return Job(workload, make(client, keys, workload), 1, replies)


def single_get(client: Any, keys: list[str]) -> Call:
    following = itertools.cycle(keys)
    return lambda: client.get(next(following))


def pipeline_get(client: Any, keys: list[str], workload: Workload) -> Call:
    def call() -> Any:
        pipe = client.pipeline()
        for key in keys:
            pipe.get(key)
        return pipe.execute()

    return call


def pipeline_set(client: Any, keys: list[str], workload: Workload) -> Call:
    pairs = [(key, workload.value(index)) for index, key in enumerate(keys)]

    def call() -> Any:
        pipe = client.pipeline()
        for key, value in pairs:
            pipe.set(key, value)
        return pipe.execute()

    return call


def pipeline_lrange(client: Any, keys: list[str], workload: Workload) -> Call:
    def call() -> Any:
        pipe = client.pipeline()
        for key in keys:
            pipe.lrange(key, 0, -1)
        return pipe.execute()

    return call


def timed(job: Job, seconds: float) -> dict[str, float]:
    """Calls for the given time, at least `stride` times; the first calls, uncounted, warm up."""
    call, stride = job.call, job.workload.stride
    for _ in range(stride):
        call()
    gc.collect()
    calls = 0
    cpu, start = time.process_time(), time.perf_counter()
    now = start
    while not calls or now < start + seconds:
        for _ in range(stride):
            last = call()
        calls += stride
        now = time.perf_counter()
    cpu = time.process_time() - cpu
    job.verify_last(last)
    per_call = len(job.expected) // job.calls
    return {"ops": calls * per_call, "wall": now - start, "cpu": cpu}


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def queued_bytes(client: Any, commands: int) -> dict[str, float]:
    """What each queued GET adds to the process, with its 10-byte key already there."""
    keys = [f"k{index:09d}" for index in range(commands)]
    pipe = client.pipeline()
    gc.collect()
    before = resident_bytes()
    for key in keys:
        pipe.get(key)
    grown = resident_bytes() - before
    if len(pipe) != commands:
        raise MismatchError(f"{len(pipe)} commands are queued instead of {commands}")
    return {"commands": commands, "bytes": grown / commands}
