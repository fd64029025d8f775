"""An execute_command of the user's own gets the parts of what is done over several slots."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.cluster.modes import Call


class Tracing(RedisCluster):
    traced: list[str]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.traced.append(" ".join(map(str, args[:2])))
        return super().execute_command(*args, **options)


PARTS: list[tuple[Call, Any, list[str]]] = [
    (lambda c: c.sunion("s", "t"), {b"1", b"2"}, ["SMEMBERS s", "SMEMBERS t"]),
    (
        lambda c: c.smove("s", "t", 1),
        1,
        ["SISMEMBER s", "SADD t", "SREM s"],
    ),
    (lambda c: c.rpoplpush("l", "m"), b"y", ["LLEN l", "LLEN m", "RPOP l", "LPUSH m"]),
    (lambda c: c.rename("k", "j"), True, ["DUMP k", "PTTL k", "RESTORE j", "DEL k"]),
    (lambda c: c.pfcount("h", "i"), 3, ["GET h", "GET i"]),
    (lambda c: c.sinter("{s}", "s"), set(), ["SINTER {s}"]),
    (
        lambda c: c.msetnx({"x": 1, "y": 2}),
        True,
        ["EXISTS x", "EXISTS y", "MSETNX x", "MSETNX y"],
    ),
]


@pytest.fixture(params=["subclass", "object"])
def client(request: pytest.FixtureRequest, rc: Any) -> Any:
    rc.sadd("s", 1)
    rc.sadd("t", 2)
    rc.rpush("l", "x", "y")
    rc.set("k", "v")
    rc.pfadd("h", 1, 2)
    rc.pfadd("i", 3)
    if request.param == "subclass":
        client: Any = Tracing(connection_pool=rc.connection_pool)
        client.traced = []
        return client
    client = RedisCluster(connection_pool=rc.connection_pool)
    client.traced = []

    def execute_command(*args: Any, **options: Any) -> Any:
        client.traced.append(" ".join(map(str, args[:2])))
        return RedisCluster.execute_command(client, *args, **options)

    client.execute_command = execute_command
    return client


@pytest.mark.parametrize(("call", "reply", "parts"), PARTS)
def test_it_gets_the_parts(client: Any, call: Call, reply: Any, parts: list[str]) -> None:
    assert call(client) == reply
    assert client.traced == parts


def test_a_plain_subclass_counts_like_its_base(rc: Any) -> None:
    """It once called itself for ever."""

    class Plain(RedisCluster):
        pass

    rc.pfadd("h", 1, 2)
    rc.pfadd("i", 3)
    assert Plain(connection_pool=rc.connection_pool).pfcount("h", "i") == 3
