"""A crowd of clients in one outage: each timeout with each workload, under one bound.

Each client has one thread and one workload, so that none learns from the calls of another. A
workload that writes counts in a key of its own, which tells whether a write has run twice.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from rediscluster_c import RedisCluster
from tests.support.probe import Probe

TIMEOUTS: tuple[float | None, ...] = (None, 0.2, 1.0, 3.0)
LOST = 3  # calls of one thread, once another node has taken the lost one's place
_PAUSE = 0.05  # seconds between two calls, as so many threads must not starve one another

Connect = Callable[..., RedisCluster]
Work = Callable[[Any, str, str], Any]


def _script(pipe: Any, key: str, other: str) -> None:
    pipe.eval("return redis.call('INCRBY', KEYS[1], 1)", 1, key)


# What a pipeline is filled with, by name: `key` counts on the lost node's shard.
PIPELINES: dict[str, Work] = {
    "reads": lambda pipe, key, other: pipe.get(key),
    "writes": lambda pipe, key, other: pipe.incr(key),
    "both": lambda pipe, key, other: pipe.get(key).incr(key).get(other),
    "two shards": lambda pipe, key, other: pipe.incr(key).set(other, 1),
}


def _watch(client: RedisCluster, key: str) -> None:
    with client.pipeline(transaction=True) as pipe:
        pipe.watch(key)
        pipe.get(key)
        pipe.multi()
        pipe.incr(key)
        pipe.execute()


def _lock(client: RedisCluster, key: str) -> None:
    with client.lock(f"{{{key}}}lock", timeout=1, blocking_timeout=5):
        pass


# Calls that take no timeout of their own; those of a server with scripts and MULTI.
CALLS: dict[str, Callable[[RedisCluster, str, str], Any]] = {
    "one write": lambda client, key, other: client.incr(key),
    "split": lambda client, key, other: client.mset({f"{{{key}}}a": 1, other: 2}),
}
SERVED: dict[str, Callable[[RedisCluster, str, str], Any]] = {
    "watch": lambda client, key, other: _watch(client, key),
    "lock": lambda client, key, other: _lock(client, key),
    "blocking": lambda client, key, other: client.blpop(f"{{{key}}}empty", timeout=1),
}


class Member(NamedTuple):
    """One client of the crowd."""

    name: str
    timeout: float | None
    key: str
    probe: Probe


class Crowd:
    """A context manager; inside it, all clients call.

    `keys` are of the shard that will be lost, one for each client; `other` is of another shard.
    `served`: the nodes know scripts, locks and transactions.
    """

    def __init__(
        self, connect: Connect, keys: Sequence[str], other: str, *, served: bool = True
    ) -> None:
        self.members: list[Member] = []
        self._connect = connect
        self._keys = itertools.cycle(keys)
        self._other = other
        self._running = contextlib.ExitStack()
        for timeout in TIMEOUTS:
            for name, call in {**CALLS, **(SERVED if served else {})}.items():
                self._add_call(name, timeout, call)
            for name, work in PIPELINES.items():
                self._add_pipeline(name, timeout, work, bounded="by socket_timeout")
                if timeout is not None:
                    self._add_pipeline(name, timeout, work, bounded="as a whole")
            if served:
                self._add_pipeline("script", timeout, _script, bounded="as a whole")
                self._add_pipeline(
                    "transaction", timeout, PIPELINES["writes"], bounded="as a whole", atomic=True
                )

    def _add(self, name: str, timeout: float | None, key: str, call: Callable[[], Any]) -> None:
        self.members.append(Member(f"{name}, {timeout}", timeout, key, Probe(call, _PAUSE)))

    def _add_call(
        self, name: str, timeout: float | None, call: Callable[[RedisCluster, str, str], Any]
    ) -> None:
        client, key = self._client(timeout), next(self._keys)
        self._add(name, timeout, key, lambda: call(client, key, self._other))

    def _add_pipeline(
        self, name: str, timeout: float | None, work: Work, *, bounded: str, atomic: bool = False
    ) -> None:
        whole = bounded == "as a whole"
        client, key = self._client(None if whole else timeout), next(self._keys)

        def call() -> None:
            pipe: Any = client.pipeline(transaction=atomic)
            work(pipe, key, self._other)
            pipe.execute(timeout=timeout if whole else None)

        self._add(f"{name}, bounded {bounded}", timeout, key, call)

    def _client(self, socket_timeout: float | None) -> RedisCluster:
        return self._running.enter_context(self._connect(socket_timeout=socket_timeout))

    def __enter__(self) -> Crowd:
        for member in self.members:
            self._running.enter_context(member.probe)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._running.__exit__(kind, error, traceback)

    def answered_after(self, moment: float) -> bool:
        """Whether each has had an answer to a call that began later."""
        return all(member.probe.answered_after(moment) for member in self.members)

    def check(self, back_at: float) -> None:
        """What holds of an outage that another node ended at `back_at`, however it began."""
        faults = [fault for member in self.members for fault in _faults(member, back_at)]
        assert not faults, "\n".join(faults)

    def check_counters(self, client: RedisCluster) -> None:
        """No write has run twice."""
        for member in self.members:
            made = member.probe.calls
            most = sum(call.outcome in (None, "unknown") for call in made)
            counted = int(client.get(member.key) or 0)
            assert counted <= most, f"{member.name}: {counted} of at most {most}"


def _faults(member: Member, back_at: float) -> list[str]:
    probe = member.probe
    lost = [call for call in probe.failed if call.began + call.seconds > back_at]
    ends = [call.began + call.seconds for call in probe.calls if call.error is None]
    first = min((end - back_at for end in ends if end > back_at), default=None)
    most = 8.0 if member.timeout is None else 2 * member.timeout + 4
    found = []
    if len(lost) > LOST:
        found.append(f"{member.name}: {len(lost)} calls were lost, the last by {lost[-1].error!r}")
    if first is None or first > most:
        found.append(f"{member.name}: works after {first} s, and {most} are allowed")
    return found
