"""Calls that fail, at every step of their way, leave nothing behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
    UnknownOutcome,
)
from tests.leaks.measure import assert_flat


class Hostile:
    """Fails in the middle of being read."""

    def __len__(self) -> int:
        return 1

    def items(self) -> list[tuple[str, int]]:
        raise LookupError("no items")

    def timestamp(self) -> str:
        return "no number"

    def __iter__(self) -> Iterator[str]:
        yield "one"
        raise LookupError("no more")

    def total_seconds(self) -> float:
        raise LookupError("no time")


class Triples:
    """A mapping whose items are no pairs."""

    def items(self) -> list[list[int]]:
        return [[1, 2], [1, 2, 3]]


def _fail(reply: object) -> object:
    raise LookupError(reply)


ANY = (RedisError, RedisClusterException, TypeError, ValueError, LookupError, ArithmeticError)

FAILING: dict[str, Any] = {
    "wrong type of value": lambda c: c.set("k", None),
    "wrong type of key": lambda c: c.get(["k"]),
    "wrong type behind good ones": lambda c: c.rpush("l", "a" * 1000, b"b", 2**70, object()),
    "wrong type in a mapping": lambda c: c.hset("h", mapping={"a": 1, "b": None}),
    "wrong items": lambda c: c.hset("h", mapping=Hostile()),
    "items that are no pairs": lambda c: c.hset("h", mapping=Triples()),
    "wrong point in time": lambda c: c.set("k", "v", exat=Hostile()),
    "wrong iterator": lambda c: c.hmget("h", Hostile()),
    "wrong time": lambda c: c.set("k", "v", ex=Hostile()),
    "no pairs": lambda c: c.hset("h"),
    "no members": lambda c: c.zadd("z", {}),
    "surrogate": lambda c: c.set("k", "\ud800"),
    "missing argument": lambda c: c.set("k"),
    "unknown keyword": lambda c: c.set("k", "v", nonsense=1),
    "too many arguments": lambda c: c.get("k", "v"),
    "no key": lambda c: c.execute_command("GET"),
    "no command": lambda c: c.execute_command(),
    "no name": lambda c: c.execute_command(None, "k"),
}
# The server's word, or the making of the reply.
ANSWERED: dict[str, Any] = {
    "wrong kind": lambda c: c.incr("list"),
    "a long command": lambda c: c.sadd("string", *range(50)),
    "unknown command": lambda c: c.execute_command("NOSUCH", "k"),
    "cross slot": lambda c: c.execute_command("RENAME", "a", "b"),
    "score function": lambda c: c.zrange("zset", 0, -1, withscores=True, score_cast_func=_fail),
    "score function midway": lambda c: c.zrange(
        "zset", 0, -1, withscores=True, score_cast_func=lambda text: 1 // int(float(text) - 5)
    ),
}
CLIENT_ONLY: dict[str, Any] = {
    "mget": lambda c: c.mget(["a", None]),
    "mget iterator": lambda c: c.mget(Hostile()),
    "mset": lambda c: c.mset({"a": 1, "b": None}),
    "mset of no mapping": lambda c: c.mset([1]),
    "delete": lambda c: c.delete("a", True),
    "flushall": lambda c: c.execute_command("FLUSHALL", "NONSENSE"),
}
REFUSED: dict[str, Any] = {
    "mget": lambda p: p.mget("a"),
    "delete": lambda p: p.delete("a", "b"),
    "watch": lambda p: p.watch("a"),
}


def swallow(call: Any, target: Any) -> None:
    try:
        call(target)
    except ANY:
        return
    raise AssertionError("it did not fail")


@pytest.mark.parametrize("name", [*FAILING, *ANSWERED, *CLIENT_ONLY])
def test_on_a_client(rc: Any, name: str) -> None:
    call = {**FAILING, **ANSWERED, **CLIENT_ONLY}[name]
    assert_flat(
        lambda: swallow(call, rc), watched=[rc, rc.connection_pool, None, _fail, RedisError]
    )


@pytest.mark.parametrize("name", [*FAILING, *REFUSED])
def test_while_a_pipeline_is_filled(rc: Any, name: str) -> None:
    call = {**FAILING, **REFUSED}[name]
    pipe = rc.pipeline()

    def work() -> None:
        pipe.get("string")
        swallow(call, pipe)
        pipe.get("number")
        assert pipe.execute() == [b"text", b"5"]

    assert_flat(work, watched=[pipe, rc.connection_pool, None])


@pytest.mark.parametrize("raises", [True, False])
@pytest.mark.parametrize("name", ANSWERED)
def test_when_a_pipeline_executes(rc: Any, name: str, raises: bool) -> None:
    pipe = rc.pipeline()

    def work() -> None:
        ANSWERED[name](pipe.hgetall("hash"))
        ANSWERED[name](pipe.lrange("list", 0, -1))
        try:
            pipe.execute(raises)
        except ANY:
            assert raises

    assert_flat(work, watched=[pipe, rc.connection_pool, None, " ", _fail, ResponseError])


def test_replies_that_cannot_be_decoded(nodes: Any, rc: Any) -> None:
    rc.rpush("mixed", "good", b"\xff", "good")
    rc.hset("mixed hash", mapping={"good": "good", b"\xff": "x"})
    rc.sadd("mixed set", "good", b"\xff")
    rc.zadd("mixed zset", {"good": 1, b"\xff": 2})
    calls: list[Any] = [
        lambda c: c.get("binary"),
        lambda c: c.lrange("mixed", 0, -1),
        lambda c: c.hgetall("mixed hash"),
        lambda c: c.smembers("mixed set"),
        lambda c: c.zrange("mixed zset", 0, -1, withscores=True),
        lambda c: c.mget("string", "binary"),
    ]
    with RedisCluster(startup_nodes=nodes, decode_responses=True) as client:

        def work() -> None:
            for call in calls:
                swallow(call, client)

        assert_flat(work, watched=[client])


def test_callbacks_that_fail(rc: Any) -> None:
    rc.set_response_callback("GET", _fail)
    rc.set_result_callback("PING", lambda command, replies: 1 / 0)
    rc.set_response_callback("KEYS", len)  # what is no list cannot be merged
    pipe = rc.pipeline()

    def work() -> None:
        swallow(lambda c: c.get("string"), rc)
        swallow(lambda c: c.keys(), rc)
        with pytest.raises(ZeroDivisionError):
            rc.ping()
        assert len(pipe.get("string").execute(raise_on_error=False)) == 1

    assert_flat(work, watched=[_fail, rc])


BAD_NODE: dict[str, Any] = {
    "garbage": lambda c: c.get("k"),
    "half a reply": lambda c: c.append("k", "v"),
    "no reply": lambda c: c.incr("k"),
    "an error": lambda c: c.llen("k"),
    "several": lambda c: c.pipeline().set("a", 1).get("k").incr("k").set("b", 2).execute(),
}


@pytest.mark.parametrize("name", BAD_NODE)
def test_a_server_that_fails(bad_nodes: Any, name: str) -> None:
    """Connections are dropped and made again: descriptors and buffers, too."""
    with RedisCluster(startup_nodes=bad_nodes, socket_timeout=5) as client:
        assert_flat(lambda: swallow(BAD_NODE[name], client), times=15, watched=[client])


def test_timeouts(nodes: Any) -> None:
    with RedisCluster(startup_nodes=nodes) as client:

        def work() -> None:
            with pytest.raises((TimeoutError, UnknownOutcome)):
                client.execute_command("BLPOP", "never", 1, command_timeout=0.02)

        assert_flat(work, times=15, watched=[client])


class Interrupted(BaseException):
    """What the signal handler raises."""


@pytest.fixture
def alarm() -> Iterator[None]:
    def handler(number: int, frame: FrameType | None) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, handler)
    yield
    signal.signal(signal.SIGUSR1, before)


def test_interrupts(rc: Any, alarm: None) -> None:
    """A handler that raises ends the call: its connection and its batch go with it."""
    pipe = rc.pipeline()

    def work() -> None:
        timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        with pytest.raises(Interrupted):
            pipe.get("string").execute_command("BLPOP", "never", 1).execute()
        timer.join()

    assert_flat(work, times=15, watched=[pipe])
