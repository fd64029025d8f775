"""HyperLogLogs of several slots: the numbers that a server finds when they share one."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisClusterException, ResponseError
from tests.cluster.across import both
from tests.cluster.modes import Factory

INVALID = "^WRONGTYPE Key is not a valid HyperLogLog string value"


@pytest.mark.parametrize("number", [1, 100, 2000, 50_000])
def test_the_count_is_the_servers_own(rc: Any, number: int) -> None:
    for i in range(3):
        values = range(i * number // 2, i * number // 2 + number)
        for key in (f"h{i}", f"{{h}}{i}"):
            rc.pfadd(key, *values)
    count = rc.pfcount("{h}0", "{h}1", "{h}2")
    assert rc.pfcount("h0", "h1", "h2", "none") == count
    assert rc.pfmerge("dest", "h0", "h1", "none", "h2") is True
    assert rc.pfcount("dest") == count


@both
def test_nothing_seen(rc: Any, a: str, b: str, c: str) -> None:
    assert rc.pfcount(a, b) == 0
    assert rc.pfmerge(a, b, c) is True
    assert rc.exists(a) == 1
    assert rc.pfcount(a, b) == 0
    with pytest.raises(RedisClusterException, match="Missing key"):
        rc.pfcount()


@both
def test_the_destination_keeps_what_it_has_seen(rc: Any, a: str, b: str, c: str) -> None:
    rc.pfadd(a, 1, 2, 3)
    rc.pfadd(b, 3, 4)
    rc.expire(a, 100)
    assert rc.pfmerge(a, b) is True
    assert rc.pfcount(a) == 4
    assert 0 < rc.ttl(a) <= 100


@both
def test_what_is_none_is_refused(rc: Any, a: str, b: str, c: str) -> None:
    rc.pfadd(a, 1)
    rc.set(b, "no such thing")
    rc.rpush(c, 1)
    before = rc.dump(a)
    for call in (rc.pfcount, rc.pfmerge):
        with pytest.raises(ResponseError, match=INVALID):
            call(a, b)
        with pytest.raises(ResponseError, match=r"^WRONGTYPE"):
            call(a, c)
    with pytest.raises(ResponseError, match=INVALID):
        rc.pfmerge(b, a)
    assert rc.dump(a) == before
    assert sorted(rc.keys()) == sorted(key.encode() for key in (a, b, c))


@pytest.mark.parametrize("dest", ["", "plain", "{tag}x", "a}b", "{}x", "}", "{", "x{y}z", "{{a}b}"])
def test_a_destination_of_any_name(rc: Any, dest: str) -> None:
    rc.pfadd("h0", 1, 2)
    rc.pfadd("h1", 3)
    assert rc.pfmerge(dest, "h0", "h1") is True
    assert rc.pfcount(dest) == 3
    assert sorted(rc.keys()) == sorted([b"h0", b"h1", dest.encode()])


def test_replies_that_would_be_decoded(make_client: Factory) -> None:
    rc: Any = make_client(decode_responses=True)
    rc.flushall()
    rc.pfadd("a", *range(20_000))
    rc.pfadd("b", *range(20_000))
    assert rc.pfcount("a", "b") == rc.pfcount("a")
    assert rc.pfmerge("c", "a", "b") is True
    assert rc.pfcount("c") == rc.pfcount("a")
