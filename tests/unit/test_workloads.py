"""What the workloads note of a client that breaks a promise is enough to find it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from rediscluster_c.exceptions import (
    ConnectionError,
    OutcomeUnknownConnectionError,
    RedisError,
    ResponseError,
)
from tests.support.checker import Fate, Verdict
from tests.support.resp import key_slot
from tests.support.workloads import Workload, fate_of


class Memory:
    """Does in memory what a client does for the workloads."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.lists: dict[str, list[int]] = {}

    def rpush(self, key: str, number: int) -> int:
        self.lists.setdefault(key, []).append(number)
        return len(self.lists[key])

    def incr(self, key: str) -> int:
        self.values[key] = self.values.get(key, 0) + 1
        return self.values[key]

    def get(self, key: str) -> int | None:
        return self.values.get(key)

    def lrange(self, key: str, first: int, last: int) -> list[int]:
        return self.lists.get(key, [])

    def mset(self, mapping: Mapping[str, int]) -> bool:
        self.values.update(mapping)
        return True

    def mget(self, keys: Iterable[str]) -> list[int | None]:
        return [self.values.get(key) for key in keys]

    def delete(self, *keys: str) -> int:
        return sum(self.values.pop(key, None) is not None for key in keys)

    def pipeline(self, transaction: bool = False) -> Queue:
        return Queue(self, transaction)


class Queue:
    """A pipeline, or a transaction."""

    def __init__(self, client: Memory, transaction: bool) -> None:
        self.client = client
        self.transaction = transaction
        self.queued: list[Callable[[], int]] = []

    def rpush(self, key: str, number: int) -> None:
        self.queued.append(lambda: self.client.rpush(key, number))

    def incr(self, key: str) -> None:
        self.queued.append(lambda: self.client.incr(key))

    def execute(self, raise_on_error: bool = True) -> list[int]:
        return [call() for call in self.queued]


def played(client: Any) -> Verdict:
    """What is found when all writers have had some turns."""
    load = Workload(client, "w")
    for _ in range(24):
        for writer in load.writers:
            writer.step()
    return load.verdict(client, [])


def failure(kind: type[RedisError], outcome: str, key: str) -> RedisError:
    error = kind("planted")
    error.outcome, error.slot = outcome, key_slot(key.encode())
    return error


def test_a_client_that_keeps_all_promises() -> None:
    verdict = played(Memory())
    assert verdict.violations == []
    assert set(verdict.fates) == {Fate.ACKNOWLEDGED}


class Silent(Memory):
    """Nothing that is pushed or set is ever answered; every other part of it has run."""

    def rpush(self, key: str, number: int) -> int:
        if number % 2:
            super().rpush(key, number)
        raise failure(OutcomeUnknownConnectionError, "unknown", key)

    def mset(self, mapping: Mapping[str, int]) -> bool:
        keys = list(mapping)
        super().mset({key: mapping[key] for key in keys[::2]})
        raise failure(OutcomeUnknownConnectionError, "unknown", keys[1])

    def pipeline(self, transaction: bool = False) -> Queue:
        return SilentQueue(self, transaction)


class SilentQueue(Queue):
    def execute(self, raise_on_error: bool = True) -> list[Any]:
        if self.transaction:
            raise failure(OutcomeUnknownConnectionError, "unknown", "k")
        return [failure(OutcomeUnknownConnectionError, "unknown", "k") for _ in self.queued]


def test_what_is_unknown_may_have_run_in_part() -> None:
    verdict = played(Silent())
    assert verdict.violations == []
    assert verdict.fates[Fate.UNKNOWN] > 100


class PushesTwice(Memory):
    def rpush(self, key: str, number: int) -> int:
        super().rpush(key, number)
        return super().rpush(key, number)


class CountsTwice(Memory):
    def incr(self, key: str) -> int:
        super().incr(key)
        return super().incr(key)


class DeletesTwice(Memory):
    def delete(self, *keys: str) -> int:
        super().delete(*keys)
        return super().delete(*keys)


class SetsHalf(Memory):
    def mset(self, mapping: Mapping[str, int]) -> bool:
        return super().mset(dict(list(mapping.items())[: len(mapping) // 2]))


class ReadsTheDayBefore(Memory):
    """As a replica that lags does."""

    before: Mapping[str, int] = {}

    def mset(self, mapping: Mapping[str, int]) -> bool:
        self.before = dict(self.values)
        return super().mset(mapping)

    def mget(self, keys: Iterable[str]) -> list[int | None]:
        return [self.before.get(key) for key in keys]


class Denies(Memory):
    """Says of a part that has run that it was not sent."""

    def mset(self, mapping: Mapping[str, int]) -> bool:
        super().mset(mapping)
        raise failure(ConnectionError, "not sent", next(iter(mapping)))


class RunsHalfATransaction(Memory):
    def pipeline(self, transaction: bool = False) -> Queue:
        return Halving(self, transaction)


class Halving(Queue):
    def execute(self, raise_on_error: bool = True) -> list[int]:
        if not self.transaction:
            return super().execute(raise_on_error)
        self.queued[0]()
        raise failure(OutcomeUnknownConnectionError, "unknown", "k")


@pytest.mark.parametrize(
    "client, words",
    [
        (PushesTwice(), "stands there 2 times"),
        (CountsTwice(), "c:{w:0}: is"),
        (DeletesTwice(), "deleted, not 16 to 16"),
        (SetsHalf(), "is 0 again"),
        (ReadsTheDayBefore(), "is 0 again"),
        (Denies(), "was said not to have run"),
        (RunsHalfATransaction(), "ta:{w:0} and tb:{w:0} differ"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Memory) else "",
)
def test_a_client_that_breaks_a_promise(client: Memory, words: str) -> None:
    assert any(words in violation for violation in played(client).violations)


@pytest.mark.parametrize(
    "kind, outcome",
    [
        (ConnectionError, "unknown"),
        (OutcomeUnknownConnectionError, "not sent"),
        (ResponseError, ""),
    ],
)
def test_an_exception_that_does_not_say_what_happened(kind: type[RedisError], outcome: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        fate_of(failure(kind, outcome, "k"))
