"""What an argument's own code raises goes up as it is, and nobody's code finds an exception set."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import DataError, RedisCluster


class Broken:
    """Raises `error` where it is asked for `place`, and is an ordinary value elsewhere."""

    def __init__(self, place: str, error: BaseException) -> None:
        self.place = place
        self.error = error

    def _at(self, place: str) -> None:
        if place == self.place:
            raise self.error

    def items(self) -> Iterator[tuple[str, int]]:
        self._at("items")
        yield ("f", 1)
        self._at("item")

    def keys(self) -> list[str]:
        self._at("keys")
        return ["f"]

    def values(self) -> list[str]:
        return ["0"]

    def __len__(self) -> int:
        self._at("len")
        return 1

    def __iter__(self) -> Iterator[str]:
        self._at("iter")
        yield "f"
        self._at("next")

    def __bool__(self) -> bool:
        self._at("bool")
        return True

    def __eq__(self, other: object) -> bool:
        self._at("eq")
        return False

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        self._at("float")
        return 1.0


class Unreadable:
    """Raises when an attribute is looked for."""

    def __init__(self, name: str, error: BaseException) -> None:
        self.name = name
        self.error = error

    def __getattribute__(self, name: str) -> Any:
        mine = object.__getattribute__(self, "__dict__")
        if name == mine["name"]:
            raise mine["error"]
        return object.__getattribute__(self, name)

    def __len__(self) -> int:
        return 1


CALLS: dict[str, Callable[[Any, BaseException], object]] = {
    "items() of hset": lambda c, e: c.hset("h", mapping=Broken("items", e)),
    "an item of hset": lambda c, e: c.hset("h", mapping=Broken("item", e)),
    "len() of zadd": lambda c, e: c.zadd("z", Broken("len", e)),
    "bool() of set": lambda c, e: c.set("k", "v", nx=Broken("bool", e)),
    "bool() of hset": lambda c, e: c.hset("h", mapping=Broken("bool", e)),
    "iter() of hmget": lambda c, e: c.hmget("h", Broken("iter", e)),
    "next() of hmget": lambda c, e: c.hmget("h", Broken("next", e)),
    "iter() of sort": lambda c, e: c.sort("l", get=Broken("iter", e)),
    "iter() of hset": lambda c, e: c.hset("h", items=Broken("iter", e)),
    "== of rename": lambda c, e: c.rename(Broken("eq", e), "k"),
    "len() of xadd": lambda c, e: c.xadd("s", Broken("len", e)),
    "keys() of xread": lambda c, e: c.xread(Broken("keys", e)),
    "len() of sort": lambda c, e: c.sort("l", get=Broken("len", e), groups=True),
    "a pair of zadd": lambda c, e: c.zadd("z", _PairsOf(Broken("iter", e))),
}
ATTRIBUTES: dict[str, Callable[[Any, BaseException], object]] = {
    "total_seconds": lambda c, e: c.set("k", "v", ex=Unreadable("total_seconds", e)),
    "timestamp": lambda c, e: c.expireat("k", Unreadable("timestamp", e)),
    "__iter__ of hmget": lambda c, e: c.hmget("h", Unreadable("__iter__", e)),
    "__iter__ of sort": lambda c, e: c.sort("l", get=Unreadable("__iter__", e)),
    "__iter__ of hset": lambda c, e: c.hset("h", items=Unreadable("__iter__", e)),
    "__iter__ of sinterstore": lambda c, e: c.sintercard(1, Unreadable("__iter__", e)),
    "items of xadd": lambda c, e: c.xadd("s", Unreadable("items", e)),
    "items of hset": lambda c, e: c.hset("h", mapping=Unreadable("items", e)),
}


class _PairsOf:
    def __init__(self, pair: object) -> None:
        self.pair = pair

    def items(self) -> list[object]:
        return [self.pair]

    def __len__(self) -> int:
        return 1


def _client(kind: type[RedisCluster] = RedisCluster) -> Any:
    return kind("localhost", 1, init_slot_cache=False)


@pytest.mark.parametrize("error", [KeyboardInterrupt, TypeError, AttributeError, ValueError])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("pipelined", [False, True])
def test_an_error_of_an_arguments_own_code_goes_up(
    call: str, error: type[BaseException], pipelined: bool
) -> None:
    mine = error("mine")
    target = _client()
    target = target.pipeline(cross_slot=True) if pipelined else target
    with pytest.raises(error) as raised:
        CALLS[call](target, mine)
    assert raised.value is mine


@pytest.mark.parametrize("error", [KeyboardInterrupt, TypeError, ValueError])
@pytest.mark.parametrize("call", ATTRIBUTES)
def test_only_an_attribute_error_says_that_there_is_no_attribute(
    call: str, error: type[BaseException]
) -> None:
    mine = error("mine")
    with pytest.raises(error) as raised:
        ATTRIBUTES[call](_client(), mine)
    assert raised.value is mine
    with pytest.raises(DataError):
        ATTRIBUTES[call](_client(), AttributeError("none"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, TypeError, OverflowError])
def test_an_error_of_a_timeouts_own_code_goes_up(error: type[BaseException]) -> None:
    mine = error("mine")
    with pytest.raises(error) as raised:
        _client().pipeline().get("k").execute(timeout=Broken("float", mine))
    assert raised.value is mine


@pytest.mark.parametrize("timeout", ["1", 1j, 10**400, -1, True, [], float("nan")])
def test_a_timeout_that_is_none_says_what_it_must_be(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds"):
        _client().pipeline().get("k").execute(timeout=timeout)


def test_a_number_of_keys_whose_own_code_fails() -> None:
    class Number(str):
        def __int__(self) -> int:
            raise KeyboardInterrupt("mine")

    with pytest.raises(KeyboardInterrupt):
        _client().eval("return 1", Number("1"), "k")


BAD: list[Callable[[Any], object]] = [
    lambda c: c.set("k", object()),
    lambda c: c.set("k", 1.5j),
    lambda c: c.hset("h", mapping={"f": object()}),
    lambda c: c.zadd("z", {"m": []}),
    lambda c: c.mget("a", object()),
    lambda c: c.get("\ud800"),
    lambda c: c.set("k", "v", nx=Broken("bool", KeyboardInterrupt())),
]


@pytest.mark.parametrize("call", BAD)
@pytest.mark.parametrize("pipelined", [False, True])
def test_an_override_is_not_looked_up_with_an_exception_set(
    call: Callable[[Any], object], pipelined: bool
) -> None:
    """Its look-up may run Python code, which fails in strange ways with an exception set."""
    found: list[Any] = []

    class Client(RedisCluster):
        @property
        def execute_command(self) -> Any:
            found.append(sys.exc_info()[0])
            return lambda *args, **options: list(range(3))

    client = _client(Client)
    assert client.get("k") == [0, 1, 2]
    with pytest.raises((DataError, UnicodeError, KeyboardInterrupt)):
        call(client.pipeline(cross_slot=True) if pipelined else client)
    assert found == [None]
