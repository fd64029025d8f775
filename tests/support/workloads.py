"""Threads that write through one client, each by calls of its own sort, and the check of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException, RedisError, UnknownOutcome
from tests.support.checker import Fate, Handover, History, Verdict, Write
from tests.support.registers import ABSENT, Registers
from tests.support.resp import key_slot

TAGS = 8  # hash tags, each with keys of every thread
BATCH = 24


class Ended(NamedTuple):
    """What a call returned or raised, and when it ran."""

    result: Any
    began: float
    ended: float

    @classmethod
    def of(cls, call: Callable[[], Any]) -> Ended:
        began = time.monotonic()
        try:
            result = call()
        except (RedisError, RedisClusterException) as error:
            result = error
        return cls(result, began, time.monotonic())

    @property
    def failed(self) -> bool:
        return isinstance(self.result, (RedisError, RedisClusterException))

    def write(self, number: int, result: Any) -> Write:
        """A write of the call that had this result, a reply or an exception."""
        if isinstance(result, (RedisError, RedisClusterException)):
            return Write(number, fate_of(result), 0, self.began, self.ended)
        return Write(number, Fate.ACKNOWLEDGED, result, self.began, self.ended)


def fate_of(error: Any) -> Fate:
    """What the exception says; it must say the same by its outcome and by its type."""
    fate = Fate(error.outcome)
    assert isinstance(error, UnknownOutcome) is (fate is Fate.UNKNOWN), repr(error)
    return fate


class Writer(Protocol):
    """What a thread does again and again; it notes each command's fate."""

    def step(self) -> None: ...


class Pipelines:
    """RPUSH and INCR through pipelines."""

    def __init__(self, client: RedisCluster, history: History, name: str, tags: list[str]) -> None:
        self._client = client
        self._history = history
        self._keys = [f"{name}:{tag}" for tag in tags]
        self._number = 0
        history.lists.update((key, []) for key in self._keys)

    def step(self) -> None:
        pipe: Any = self._client.pipeline()
        queued: list[tuple[list[Write], int]] = []
        for i in range(BATCH):
            key = self._keys[self._number % len(self._keys)]
            pipe.rpush(key, self._number)
            queued.append((self._history.lists[key], self._number))
            self._number += 1
            if i % 4 == 0:
                counter = random.choice(list(self._history.counters))
                pipe.incr(counter)
                queued.append((self._history.counters[counter], 0))
        ended = Ended.of(lambda: pipe.execute(raise_on_error=False))
        if ended.failed:
            raise ended.result
        for (writes, number), result in zip(queued, ended.result):
            writes.append(ended.write(number, result))


class Singles:
    """RPUSH and INCR as calls of the client."""

    def __init__(self, client: RedisCluster, history: History, name: str, tags: list[str]) -> None:
        self._client: Any = client
        self._history = history
        self._keys = [f"{name}:{tag}" for tag in tags]
        self._number = 0
        history.lists.update((key, []) for key in self._keys)

    def step(self) -> None:
        number = self._number
        self._number += 1
        key = self._keys[number % len(self._keys)]
        self._note(self._history.lists[key], number, lambda: self._client.rpush(key, number))
        counter = random.choice(list(self._history.counters))
        self._note(self._history.counters[counter], 0, lambda: self._client.incr(counter))

    def _note(self, writes: list[Write], number: int, call: Callable[[], Any]) -> None:
        ended = Ended.of(call)
        writes.append(ended.write(number, ended.result))


class Transactions:
    """The same number pushed to two lists of a slot, in one transaction."""

    def __init__(self, client: RedisCluster, history: History, name: str, tags: list[str]) -> None:
        self._client = client
        self._history = history
        self._twins = [(f"{name}a:{tag}", f"{name}b:{tag}") for tag in tags]
        self._number = 0
        history.lists.update((key, []) for twins in self._twins for key in twins)
        history.twins += self._twins

    def step(self) -> None:
        twins = self._twins[self._number % len(self._twins)]
        pipe: Any = self._client.pipeline(transaction=True)
        for key in twins:
            pipe.rpush(key, self._number)
        ended = Ended.of(pipe.execute)
        results = [ended.result] * 2 if ended.failed else ended.result
        for key, result in zip(twins, results):
            self._history.lists[key].append(ended.write(self._number, result))
        self._number += 1


class Splits:
    """MSET, MGET and DELETE over keys of many slots, two of each slot."""

    def __init__(
        self, client: RedisCluster, registers: Registers, name: str, tags: list[str]
    ) -> None:
        self._client: Any = client
        self._registers = registers
        self._keys = [f"{name}{which}:{tag}" for which in "ab" for tag in tags]
        self._number = 0
        registers.add(self._keys)

    def step(self) -> None:
        self._set()
        self._read()
        if self._number % 3 == 0:
            self._delete()
            self._read()

    def _set(self) -> None:
        self._number += 1
        mapping = dict.fromkeys(self._keys, self._number)
        self._note(Ended.of(lambda: self._client.mset(mapping)), self._number)

    def _delete(self) -> None:
        self._number += 1
        ended = Ended.of(lambda: self._client.delete(*self._keys))
        if not ended.failed:
            self._registers.removed(self._keys, ended.result)
        self._note(ended, ABSENT)

    def _note(self, ended: Ended, value: int) -> None:
        """An exception speaks of one slot; of the others nothing is known then."""
        for key in self._keys:
            write = ended.write(self._number, ended.result if ended.failed else self._number)
            if ended.failed and ended.result.slot != key_slot(key.encode()):
                write = write._replace(fate=Fate.UNKNOWN)
            self._registers.wrote(key, write, value)

    def _read(self) -> None:
        ended = Ended.of(lambda: self._client.mget(self._keys))
        if not ended.failed:
            for key, value in zip(self._keys, ended.result):
                self._registers.read(key, int(value or ABSENT), ended.began, ended.ended)


class Workload:
    """A context manager: while it is open, threads write to keys that share their hash tags.

    So each slot has keys of all threads, and part of it can be elsewhere.
    """

    def __init__(self, client: RedisCluster, prefix: str) -> None:
        tags = [f"{{{prefix}:{i}}}" for i in range(TAGS)]
        self.history = History([], [f"c:{tag}" for tag in tags])
        self.registers = Registers()
        self.writers: list[Writer] = [
            Pipelines(client, self.history, "p0", tags),
            Pipelines(client, self.history, "p1", tags),
            Singles(client, self.history, "s", tags),
            Transactions(client, self.history, "t", tags),
            Splits(client, self.registers, "m0", tags),
            Splits(client, self.registers, "m1", tags),
        ]
        self.faults: list[BaseException] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(writer,), daemon=True)
            for writer in self.writers
        ]

    @property
    def keys(self) -> list[str]:
        return [*self.history.lists, *self.history.counters, *self.registers.of]

    def __enter__(self) -> Workload:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a call never ended"
        if self.faults:
            raise self.faults[0]

    def _run(self, writer: Writer) -> None:
        try:
            while not self._over.is_set():
                writer.step()
        except BaseException as fault:
            self.faults.append(fault)

    @property
    def idle(self) -> list[str]:
        """Keys of which no write was acknowledged: they show nothing."""
        writes = dict([*self.history.lists.items(), *self.history.counters.items()])
        writes.update((key, register.writes()) for key, register in self.registers.of.items())
        return [
            key
            for key, of in writes.items()
            if not any(write.fate is Fate.ACKNOWLEDGED for write in of)
        ]

    def writes(self) -> list[Write]:
        """All that have ended until now."""
        return [*(write for _, write in self.history.writes()), *self.registers.writes()]

    def verdict(self, reader: RedisCluster, handovers: Sequence[Handover]) -> Verdict:
        """Read everything back with a client of its own, and check it."""
        lists = {
            key: [int(each) for each in reader.lrange(key, 0, -1)] for key in self.history.lists
        }
        counters = {key: int(reader.get(key) or 0) for key in self.history.counters}
        values = {key: int(reader.get(key) or ABSENT) for key in self.registers.of}
        verdict = self.history.check(lists, counters, handovers)
        verdict.add(self.registers.check(values, handovers))
        return verdict
