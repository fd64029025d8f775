"""Calls that succeed, of every kind of reply and argument, leave nothing behind."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster
from tests.leaks.measure import assert_flat

TOMORROW = datetime.now(timezone.utc) + timedelta(days=1)


class Items:
    """A mapping whose items are pairs of another type than a dict's."""

    def items(self) -> list[list[str]]:
        return [["field", "value"]]


CALLS: dict[str, Any] = {
    "get": lambda c: c.get("string"),
    "get of nothing": lambda c: c.get("missing"),
    "set": lambda c: c.set("k", "v", ex=100),
    "set that gets": lambda c: c.set("k", "v", get=True),
    "incr": lambda c: c.incr("number", 10**6),
    "exists": lambda c: c.exists("string"),
    "expire": lambda c: c.expire("missing", 5),
    "spans of time": lambda c: c.set("k", "v", px=timedelta(days=1)),
    "points in time": lambda c: c.set("k", "v", exat=TOMORROW),
    "type": lambda c: c.type("zset"),
    "lrange": lambda c: c.lrange("list", 0, -1),
    "hgetall": lambda c: c.hgetall("hash"),
    "hmget": lambda c: c.hmget("hash", ["field:1", "missing"], "field:2"),
    "hset": lambda c: c.hset("hash", "a", 1, mapping={"b": 2.5, b"c": memoryview(b"x")}),
    "smembers": lambda c: c.smembers("set"),
    "sismember": lambda c: c.sismember("set", 5),
    "zadd": lambda c: c.zadd("zset", {"a": 1, "b": 2.5}, ch=True),
    "zadd incr": lambda c: c.zadd("zset", {"c": 1}, incr=True),
    "zrange": lambda c: c.zrange("zset", 0, -1, withscores=True),
    "zrange with a function": lambda c: c.zrange("zset", 0, -1, True, True, lambda text: [text]),
    "items of one's own": lambda c: c.hset("hash", mapping=Items()),
    "zscore": lambda c: c.zscore("zset", "member:5"),
    "all types": lambda c: c.sadd("s", "s", b"b", 2**70, 1.5, memoryview(b"abc")[::2]),
    "nested": lambda c: c.execute_command("EVAL", "return {1,{2,{'x',false}},{}}", 1, "k"),
    "not in the table": lambda c: c.execute_command("GETSET", "k", "v"),
    "named by bytes": lambda c: c.execute_command(b"GETSET", b"k", b"v"),
}
CLIENT_CALLS: dict[str, Any] = {
    "mget": lambda c: c.mget(["string", "missing"], "number"),
    "mset": lambda c: c.mset({"a": 1, "b": "x", b"c": 1.5}, d=4),
    "mget of all types": lambda c: c.mget(1.5, 2**70, memoryview(b"abcdef")[::2], b"b"),
    "exists, often": lambda c: c.exists(*["string"] * 300, *["number"] * 300),
    "delete": lambda c: c.delete("a", "b", "missing"),
    "keys": lambda c: c.keys(),
    "info": lambda c: c.info(),
    "ping": lambda c: c.ping(),
    "dbsize": lambda c: c.dbsize(),
    "keyslot": lambda c: c.keyslot("string"),
    "ranges": lambda c: c.connection_pool.ranges(),
    "refresh": lambda c: c.connection_pool.refresh(),
    "repr": repr,
}
SHARED = [None, True, False, 5, float, "string", RedisCluster, ClusterPipeline]


@pytest.mark.parametrize("decodes", [False, True])
@pytest.mark.parametrize("name", [*CALLS, *CLIENT_CALLS])
def test_on_a_client(rc: Any, nodes: Any, name: str, decodes: bool) -> None:
    call = {**CALLS, **CLIENT_CALLS}[name]
    with RedisCluster(startup_nodes=nodes, decode_responses=decodes) as client:
        rc.delete("binary")
        assert_flat(lambda: call(client), watched=[*SHARED, client, client.connection_pool])


@pytest.mark.parametrize("name", CALLS)
def test_on_a_pipeline(rc: Any, name: str) -> None:
    call = CALLS[name]
    pipe = rc.pipeline()

    def work() -> None:
        for _ in range(3):
            call(pipe)
        pipe.execute()

    assert_flat(work, watched=[*SHARED, pipe, rc.connection_pool])


@pytest.mark.parametrize("name", [*CALLS, *CLIENT_CALLS])
def test_through_an_override(rc: Any, name: str) -> None:
    class Tracing(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            return super().execute_command(*args, **options)

    client = Tracing(connection_pool=rc.connection_pool)
    call = {**CALLS, **CLIENT_CALLS}[name]
    assert_flat(lambda: call(client), watched=[*SHARED, Tracing, client])


def test_callbacks(rc: Any) -> None:
    def convert(reply: object) -> list[object]:
        return [reply]

    def merge(command: str, replies: dict[str, object]) -> list[object]:
        return [command, replies]

    rc.set_response_callback("GET", convert)
    rc.set_result_callback("PING", merge)
    pipe = rc.pipeline()
    assert_flat(
        lambda: (rc.get("string"), rc.ping(), pipe.get("string").execute()),
        watched=[convert, merge, rc.response_callbacks],
    )
