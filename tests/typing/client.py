"""What a client's commands return, as type checkers see it. Checked by mypy, not run."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Optional, Union

from typing_extensions import assert_type

from rediscluster_c import ClusterConnectionPool, RedisCluster, ResponseError
from rediscluster_c.bitfield import BitFieldOperation
from rediscluster_c.lock import Lock
from rediscluster_c.script import Script

Text = Union[bytes, str]


def connect() -> RedisCluster:
    rc = RedisCluster(startup_nodes=[{"host": "127.0.0.1", "port": "7000"}], decode_responses=True)
    assert_type(rc.connection_pool, ClusterConnectionPool)
    with rc as entered:
        assert_type(entered, RedisCluster)
    return rc


def strings(rc: RedisCluster) -> None:
    assert_type(rc.get("k"), Optional[Text])
    assert_type(rc.get(b"k"), Optional[Text])
    assert_type(rc.incr(1.5, amount=2), int)
    assert_type(rc.getrange(memoryview(b"k"), 0, -1), Text)
    assert_type(rc.mget("a", "b"), list[Optional[Text]])
    assert_type(rc.mget(["a", "b"]), list[Optional[Text]])
    assert_type(rc.mget(f"k{n}" for n in range(3)), list[Optional[Text]])
    assert_type(rc.mset({"a": 1, "b": "text", b"c": 2.5}, d=b"bytes"), bool)


def sets_with_options(rc: RedisCluster, flag: bool) -> None:
    assert_type(rc.set("k", "v"), Optional[bool])
    assert_type(rc.set("k", "v", 10, nx=True), Optional[bool])
    assert_type(rc.set("k", "v", ex=timedelta(minutes=1), get=False), Optional[bool])
    assert_type(rc.set("k", "v", exat=datetime.now(), get=True), Optional[Text])
    assert_type(rc.set("k", "v", get=flag), Any)


def keys(rc: RedisCluster) -> None:
    names = ["a", "b"]
    assert_type(rc.delete(*names), int)
    assert_type(rc.exists("a", b"b"), int)
    assert_type(rc.expire("k", timedelta(hours=1)), bool)
    assert_type(rc.pexpire("k", 1500, gt=True), int)
    assert_type(rc.type("k"), Text)


def hashes(rc: RedisCluster, fields: dict[str, str]) -> None:
    assert_type(rc.hset("h", "field", 1), int)
    assert_type(rc.hset("h", mapping={"age": 30, "city": "New York"}), int)
    assert_type(rc.hset("h", mapping=fields), int)
    assert_type(rc.hgetall("h"), dict[Text, Text])
    assert_type(rc.hmget("h", ["a", "b"], "c"), list[Optional[Text]])


def lists(rc: RedisCluster, count: int | None) -> None:
    assert_type(rc.lpop("l"), Optional[Text])
    assert_type(rc.lpop("l", 2), Optional[list[Text]])
    assert_type(rc.rpop("l", count=2), Optional[list[Text]])
    assert_type(rc.rpop("l", count), Union[Text, list[Text], None])
    assert_type(rc.lrange("l", 0, -1), list[Text])


def sets_of_members(rc: RedisCluster) -> None:
    assert_type(rc.smembers("s"), set[Text])
    assert_type(rc.sismember("s", 1), bool)


def sorted_sets(rc: RedisCluster, scores: dict[str, int]) -> None:
    assert_type(rc.zadd("z", scores), int)
    assert_type(rc.zadd("z", {"a": 1, b"b": 2.5}, nx=True, ch=True), int)
    assert_type(rc.zadd("z", {"a": 1}, incr=True), Optional[float])
    assert_type(rc.zincrby("z", 1, "a"), float)
    assert_type(rc.zscore("z", "a"), Optional[float])
    assert_type(rc.zrank("z", "a"), Optional[int])
    assert_type(rc.zrange("z", 0, -1), list[Text])
    assert_type(rc.zrange("z", 0, -1, True, withscores=True), list[tuple[Text, float]])
    assert_type(
        rc.zrange("z", 0, -1, withscores=True, score_cast_func=Decimal), list[tuple[Text, Decimal]]
    )


def servers(rc: RedisCluster) -> None:
    assert_type(rc.ping(), dict[str, bool])
    assert_type(rc.dbsize(), dict[str, int])
    assert_type(rc.dbsize(target_nodes="127.0.0.1:7000"), Any)
    assert_type(rc.dbsize(target_nodes=RedisCluster.ALL_NODES), Any)
    assert_type(rc.keys(target_nodes=RedisCluster.ALL_NODES), list[Text])
    assert_type(rc.keys("user:*"), list[Text])
    assert_type(rc.info("memory"), dict[str, dict[str, Any]])


def above_commands(rc: RedisCluster) -> None:
    script = rc.register_script("return 1")
    assert_type(script, Script)
    assert_type(script.sha, str)
    assert_type(script(keys=["k"], args=[1, b"2"], client=rc), Any)
    with rc.lock("name", timeout=2.5, sleep=0.1, blocking_timeout=10) as lock:
        assert_type(lock, Lock)
        assert_type(lock.extend(5), bool)
        assert_type(lock.local.token, Optional[bytes])
    field = rc.bitfield("k", default_overflow="SAT").incrby("u8", "#1", 1)
    assert_type(field, BitFieldOperation)
    assert_type(field.execute(), Any)
    rc["k"] = 1
    assert_type(rc["k"], Any)
    assert_type("k" in rc, bool)
    del rc["k"]


def any_command(rc: RedisCluster) -> None:
    assert_type(rc.execute_command("OBJECT ENCODING", "k"), Any)
    rc.set_response_callback("GET", len)
    try:
        rc.incr("text")
    except ResponseError as error:
        print(error)
