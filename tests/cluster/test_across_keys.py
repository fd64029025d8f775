"""rename, renamenx, copy and msetnx over several slots, as within one."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisClusterException, RedisError, ResponseError
from tests.cluster.across import both
from tests.cluster.modes import Factory, typed

BINARY = bytes(range(256))


@both
def test_rename(rc: Any, a: str, b: str, c: str) -> None:
    rc.set(a, BINARY, px=100_000)
    rc.rpush(b, "old")
    assert rc.rename(a, b) is True
    assert rc.get(b) == BINARY
    assert 90_000 < rc.pttl(b) <= 100_000
    assert rc.exists(a) == 0
    rc.persist(b)
    assert rc.rename(b, c, replace=True) is True
    assert rc.ttl(c) == -1
    with pytest.raises(ResponseError, match="^no such key$"):
        rc.rename(a, c)
    assert rc.get(c) == BINARY


def test_a_key_is_not_renamed_to_itself(rc: Any) -> None:
    rc.set("a", 1)
    with pytest.raises(ResponseError, match="^source and destination objects are the same$"):
        rc.rename("a", "a")
    assert rc.renamenx("a", "a") is False
    assert rc.get("a") == b"1"


@both
def test_renamenx(rc: Any, a: str, b: str, c: str) -> None:
    rc.hset(a, "f", "v")
    rc.set(b, "taken")
    assert rc.renamenx(a, b) is False
    assert (rc.get(b), rc.hgetall(a)) == (b"taken", {b"f": b"v"})
    assert rc.renamenx(a, c) is True
    assert rc.hgetall(c) == {b"f": b"v"}
    assert rc.exists(a) == 0
    with pytest.raises(ResponseError, match="^no such key$"):
        rc.renamenx(a, b)


@both
def test_copy(rc: Any, a: str, b: str, c: str) -> None:
    rc.zadd(a, {"m": 1})
    rc.expire(a, 100)
    assert rc.copy(a, b) is True
    assert rc.copy(a, b) is False
    assert 0 < rc.ttl(b) <= 100
    rc.zadd(a, {"n": 2})
    assert rc.copy(a, b, replace=True) is True
    assert rc.zrange(b, 0, -1) == rc.zrange(a, 0, -1) == [b"m", b"n"]
    assert rc.copy(c, b, replace=True) is False
    assert rc.zcard(b) == 2


def test_a_cluster_has_no_other_database(rc: Any) -> None:
    rc.set("a", 1)
    with pytest.raises(RedisClusterException, match="copy: destination_db=1"):
        rc.copy("a", "b", destination_db=1)
    assert rc.copy("a", "b", destination_db=0) is True


@both
def test_values_that_are_no_text(make_client: Factory, a: str, b: str, c: str) -> None:
    rc: Any = make_client(decode_responses=True)
    rc.flushall()
    rc.set(a, BINARY)
    assert rc.rename(a, b) is True
    assert rc.copy(b, c) is True
    assert rc.renamenx(b, a) is True
    assert rc.strlen(a) == rc.strlen(c) == 256
    assert isinstance(rc.dump(a), bytes)


@both
def test_msetnx(rc: Any, a: str, b: str, c: str) -> None:
    assert rc.msetnx({a.encode(): 1, b: 2}) is True
    assert rc.mget(a, b) == [b"1", b"2"]
    assert rc.msetnx({b: 3, c: 4}) is False
    assert rc.mget(a, b, c) == [b"1", b"2", None]


@both
@pytest.mark.parametrize(
    "fill", [lambda rc, key: rc.set(key, ""), lambda rc, key: rc.rpush(key, 1)]
)
def test_msetnx_overwrites_nothing(rc: Any, a: str, b: str, c: str, fill: Any) -> None:
    fill(rc, b)
    before = rc.dump(b)
    assert typed(rc.msetnx({a: 1, b: 2})) == ("bool", False)
    assert rc.dump(b) == before
    assert rc.exists(a) == 0


def test_msetnx_by_keywords(rc: Any) -> None:
    assert rc.msetnx({"a": 1}, a=2, client=3) is True
    assert rc.mget("a", "client") == [b"1", b"3"]
    with pytest.raises(RedisError, match="requires"):
        rc.msetnx([1, 2])
