"""What is measured, as data: the workloads, their keys, requests and right replies.

The runner lays the keys and writes the floor's plan from this, the workers make their calls and
check them from it. It runs under every contender's Python, so it needs the standard library alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

Command = tuple[bytes, ...]
Reply = Union[bool, bytes, "list[bytes]"]

OURS = "rediscluster_c"
RPC = "redis-py-cluster"
REDIS_PY = "redis-py"
FLOOR = "floor"
CONTENDERS = (OURS, RPC, REDIS_PY, FLOOR)


@dataclass(frozen=True)
class Workload:
    """One kind of call: `verb` on `keys` keys, gone through `times` times, sent in one `shape`."""

    name: str
    title: str
    verb: str  # GET, SET or LRANGE
    shape: str  # pipeline, mget, or single: one call per key
    keys: int
    size: int  # bytes of a value; for LRANGE, elements of a list
    times: int = 1
    stride: int = 1  # calls between two looks at the clock
    contenders: tuple[str, ...] = CONTENDERS

    def key(self, index: int) -> str:
        return f"rcbench:{self.verb.lower()}{self.size}:{index}"

    def value(self, index: int) -> bytes:
        """The value of a key, which tells the key: a reply in the wrong place is seen."""
        return (f"{index:08d}" * (self.size // 8 + 1))[: self.size].encode()

    def elements(self, index: int) -> list[bytes]:
        return [f"{index:06d}:{place:06d}".encode() for place in range(self.size)]

    def request(self, index: int) -> Command:
        key = self.key(index).encode()
        if self.verb == "SET":
            return (b"SET", key, self.value(index))
        if self.verb == "LRANGE":
            return (b"LRANGE", key, b"0", b"-1")
        return (b"GET", key)

    def reply(self, index: int) -> Reply:
        if self.verb == "SET":
            return True
        return self.elements(index) if self.verb == "LRANGE" else self.value(index)

    def clear(self) -> list[Command]:
        return [(b"DEL", self.key(index).encode()) for index in range(self.keys)]

    def lay(self) -> list[Command]:
        """The commands that make the keys that the workload reads; a SET is to find none."""
        if self.verb == "SET":
            return self.clear()
        if self.verb == "LRANGE":
            return self.clear() + [
                (b"RPUSH", self.key(index).encode(), *self.elements(index))
                for index in range(self.keys)
            ]
        return [(b"SET", self.key(index).encode(), self.value(index)) for index in range(self.keys)]


WORKLOADS = (
    Workload("get1000", "pipeline of 1,000 GETs of 64 bytes", "GET", "pipeline", 1000, 64),
    Workload("set100", "pipeline of 100 SETs of 64 bytes", "SET", "pipeline", 100, 64),
    Workload("single-get", "single GET of 64 bytes", "GET", "single", 1000, 64, stride=20),
    Workload("mget100", "MGET of 100 keys over all slots", "GET", "mget", 100, 64),
    Workload("lrange50", "pipeline of 50 LRANGEs of 100 elements", "LRANGE", "pipeline", 50, 100),
    Workload("get64k", "pipeline of 16 GETs of 64 KiB", "GET", "pipeline", 16, 65536),
)

# The long pipelines are compared with each other, so they are taken in turn within one round.
LONG = "long"
LONG_PIPELINES = (
    Workload(
        "get10k", "pipeline of 10,000 GETs", "GET", "pipeline", 1000, 64, 10, contenders=(OURS,)
    ),
    Workload(
        "get1m", "pipeline of 1,000,000 GETs", "GET", "pipeline", 1000, 64, 1000, contenders=(OURS,)
    ),
)

MEMORY = "memory"
MEMORY_COMMANDS = {OURS: 1_000_000, RPC: 100_000, REDIS_PY: 100_000}

BY_NAME = {workload.name: workload for workload in WORKLOADS + LONG_PIPELINES}
CHOICES = (*(workload.name for workload in WORKLOADS), LONG, MEMORY)
