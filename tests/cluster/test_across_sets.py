"""Sets of several slots: the same replies as of one slot, and nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisClusterException, ResponseError
from tests.cluster.across import both
from tests.cluster.modes import Factory, typed


def fill(rc: Any, a: str, b: str) -> None:
    rc.sadd(a, 1, 2, 3)
    rc.sadd(b, 2, 3, 4)


@both
def test_operations_on_sets(rc: Any, a: str, b: str, c: str) -> None:
    fill(rc, a, b)
    cases = [
        (rc.sdiff(a, b), {b"1"}),
        (rc.sdiff([b, a]), {b"4"}),
        (rc.sdiff(a, b, c), {b"1"}),
        (rc.sinter(a, b), {b"2", b"3"}),
        (rc.sinter([a, b], c), set()),
        (rc.sunion(iter([a, b, c])), {b"1", b"2", b"3", b"4"}),
        (rc.sunion(c, [b, a][0]), {b"2", b"3", b"4"}),
    ]
    for found, wanted in cases:
        assert typed(found) == typed(wanted)


@both
def test_results_are_stored_in_the_place_of_what_was_there(rc: Any, a: str, b: str, c: str) -> None:
    fill(rc, a, b)
    rc.set(c, "a string", ex=100)
    assert typed(rc.sunionstore(c, a, b)) == ("int", 4)
    assert rc.smembers(c) == {b"1", b"2", b"3", b"4"}
    assert rc.ttl(c) == -1
    assert rc.sdiffstore(c, [a, b]) == 1
    assert rc.smembers(c) == {b"1"}
    assert rc.sinterstore(c, a, [b][0]) == 2
    assert rc.smembers(c) == {b"2", b"3"}
    assert rc.sdiffstore(a, a, b) == 1
    assert rc.smembers(a) == {b"1"}


@both
def test_an_empty_result_leaves_no_key(rc: Any, a: str, b: str, c: str) -> None:
    rc.sadd(c, "old")
    assert rc.sunionstore(c, a, b) == 0
    assert rc.exists(c) == 0
    rc.sadd(a, 1)
    rc.sadd(c, "old")
    assert rc.sinterstore(c, a, b) == 0
    assert rc.exists(c) == 0


@both
def test_what_is_no_set_is_an_error_and_the_destination_stays(
    rc: Any, a: str, b: str, c: str
) -> None:
    rc.sadd(a, 1)
    rc.set(b, "v")
    rc.sadd(c, "old")
    for call in (rc.sdiff, rc.sinter, rc.sunion):
        with pytest.raises(ResponseError, match="^WRONGTYPE"):
            call(a, b)
    for store in (rc.sdiffstore, rc.sinterstore, rc.sunionstore):
        with pytest.raises(ResponseError, match="^WRONGTYPE"):
            store(c, a, b)
    assert rc.smembers(c) == {b"old"}


def test_no_keys_at_all(rc: Any) -> None:
    for call in (rc.sdiff, rc.sinter, rc.sunion):
        with pytest.raises(RedisClusterException, match="Missing key"):
            call([])
    for store in (rc.sdiffstore, rc.sinterstore, rc.sunionstore):
        with pytest.raises(ResponseError, match="wrong number of arguments"):
            store("dest", [])


@both
def test_smove(rc: Any, a: str, b: str, c: str) -> None:
    fill(rc, a, b)
    assert typed(rc.smove(a, b, 1)) == ("int", 1)
    assert typed(rc.smove(a, b, 1)) == ("int", 0)
    assert rc.smove(a, b, 2) == 1
    assert rc.smove(c, a, 9) == 0
    assert (rc.smembers(a), rc.smembers(b)) == ({b"3"}, {b"1", b"2", b"3", b"4"})
    rc.set(c, "v")
    with pytest.raises(ResponseError, match="^WRONGTYPE"):
        rc.smove(a, c, 3)
    with pytest.raises(ResponseError, match="^WRONGTYPE"):
        rc.smove(c, a, 3)
    assert rc.smembers(a) == {b"3"}


@both
def test_members_that_are_no_text(make_client: Factory, a: str, b: str, c: str) -> None:
    rc: Any = make_client(decode_responses=True)
    rc.flushall()
    rc.sadd(a, b"\xff", "x")
    rc.sadd(b, "x")
    assert rc.sinter(a, b) == {"x"}
    with pytest.raises(UnicodeDecodeError):
        rc.sdiff(a, b)
    assert rc.sdiffstore(c, a, b) == 1
    assert rc.smove(a, b, b"\xff") == 1
    assert rc.sismember(b, b"\xff") is True


def test_members_that_decode_to_the_same_are_still_different(make_client: Factory) -> None:
    rc: Any = make_client(decode_responses=True, encoding_errors="replace")
    rc.flushall()
    rc.sadd("a", b"\xff")
    rc.sadd("b", b"\xfe")
    assert rc.sdiff("a", "b") == {"\ufffd"}
    assert rc.sinter("a", "b") == set()


def test_more_members_than_a_command_takes_at_once(rc: Any) -> None:
    pipe = rc.pipeline()
    for start in range(0, 150_000, 50_000):
        pipe.sadd("a", *range(start, start + 50_000))
    pipe.execute()
    assert rc.sunionstore("b", "a", "none") == 150_000
    assert rc.scard("b") == 150_000
