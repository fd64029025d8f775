"""scan_iter and its like: all of it, lazily, in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError
from tests.cluster.modes import Factory
from tests.support.server import Server

KEYS = {f"key:{number}".encode() for number in range(500)}


@pytest.fixture
def filled(rc: Any) -> Any:
    rc.mset(dict.fromkeys(KEYS, "v"))
    rc.rpush("a list", 1)
    return rc


def test_all_keys_come_once(filled: Any) -> None:
    found = list(filled.scan_iter(count=20))
    assert len(found) == 501
    assert set(found) == KEYS | {b"a list"}
    assert sorted(filled.scan_iter()) == sorted(found)


def test_some_keys(filled: Any) -> None:
    assert set(filled.scan_iter(match="key:*7")) == {key for key in KEYS if key.endswith(b"7")}
    assert list(filled.scan_iter(_type="list")) == [b"a list"]
    assert set(filled.scan_iter("key:1?", 5, "STRING")) == {b"key:1%d" % i for i in range(10)}
    assert list(filled.scan_iter(match="nothing")) == []


def test_texts_are_decoded(filled: Any, make_client: Factory) -> None:
    decoding = make_client(decode_responses=True)
    assert set(decoding.scan_iter(match="key:*")) == {key.decode() for key in KEYS}


def test_keys_come_as_they_are_asked_for(filled: Any, make_client: Factory) -> None:
    sent: list[Any] = []

    class Counting(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            sent.append(args)
            return super().execute_command(*args, **options)

    client = Counting(connection_pool=filled.connection_pool)
    keys = client.scan_iter(count=10)
    assert isinstance(keys, Iterator)
    assert sent == []
    next(keys)
    assert sent == [("SCAN", 0, "COUNT", 10)]
    assert len(list(keys)) == 500
    assert len(sent) > 40


def test_nodes_of_the_callers_choice(filled: Any) -> None:
    primaries = filled.get_primaries()
    parts = [set(filled.scan_iter(target_nodes=node)) for node in primaries]
    assert all(parts)
    assert sum(map(len, parts)) == 501
    assert set().union(*parts) == KEYS | {b"a list"}
    assert set(filled.scan_iter("key:*", target_nodes=primaries)) == KEYS
    with pytest.raises(RedisClusterException, match="no node of the cluster"):
        filled.scan_iter(target_nodes="127.0.0.1:1")
    with pytest.raises(TypeError, match="unexpected keyword argument 'node'"):
        filled.scan_iter(node=1)


def test_scan_is_a_step_of_each_primary(filled: Any) -> None:
    names = {node.name for node in filled.get_primaries()}
    steps = filled.scan(count=1000)
    assert steps.keys() == names
    assert all(cursor == 0 for cursor, _ in steps.values())
    assert sum(len(keys) for _, keys in steps.values()) == 501
    name = min(names)
    cursor, keys = filled.scan(0, "key:*", 5, target_nodes=name)
    assert cursor != 0
    assert keys


def test_hashes(rc: Any) -> None:
    fields = {b"f%d" % number: b"%d" % number for number in range(1000)}
    rc.hset("h", mapping=fields)
    assert dict(rc.hscan_iter("h")) == fields
    assert dict(rc.hscan_iter("h", "f9*", 10)) == {
        field: value for field, value in fields.items() if field.startswith(b"f9")
    }
    assert list(rc.hscan_iter("none")) == []


def test_fields_without_their_values(rc: Any, server: Server) -> None:
    rc.hset("h", mapping=dict.fromkeys("abc", 1))
    if server.has("7.4.0, Valkey 8.0.0"):
        assert set(rc.hscan_iter("h", no_values=True)) == {b"a", b"b", b"c"}
    else:
        with pytest.raises(ResponseError, match="syntax error"):
            list(rc.hscan_iter("h", no_values=True))


def test_sets(rc: Any) -> None:
    members = {b"m%d" % number for number in range(1000)}
    rc.sadd("s", *members)
    assert set(rc.sscan_iter("s")) == members
    assert set(rc.sscan_iter("s", match="m99?", count=7)) == {b"m99%d" % i for i in range(10)}


def test_sorted_sets(rc: Any) -> None:
    scores = {b"m%d" % number: number / 2 for number in range(1000)}
    rc.zadd("z", scores)
    assert dict(rc.zscan_iter("z", count=100)) == scores
    assert list(rc.zscan_iter("z", match="m3", score_cast_func=bytes)) == [(b"m3", b"1.5")]


def test_a_small_one_is_one_command(rc: Any) -> None:
    sent: list[Any] = []

    class Counting(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            sent.append(args)
            return super().execute_command(*args, **options)

    rc.hset("h", mapping={"f": 1})
    client = Counting(connection_pool=rc.connection_pool)
    assert list(client.hscan_iter("h")) == [(b"f", b"1")]
    assert sent == [("HSCAN", "h", 0)]


def test_what_cannot_be_scanned_is_an_error_at_once(rc: Any) -> None:
    rc.set("k", "v")
    for call in (rc.hscan_iter, rc.sscan_iter, rc.zscan_iter):
        with pytest.raises(ResponseError, match="^WRONGTYPE"):
            next(call("k"))
    with pytest.raises(ResponseError, match="syntax error"):
        next(rc.scan_iter(count=0))


def test_a_pipeline_says_that_it_cannot(rc: Any) -> None:
    for pipe in (rc.pipeline(), rc.pipeline(cross_slot=True), rc.pipeline(transaction=True)):
        for name in ("scan_iter", "hscan_iter", "sscan_iter", "zscan_iter"):
            arguments = () if name == "scan_iter" else ("k",)
            with pytest.raises(RedisClusterException, match=rf"{name}\(\) needs a reply"):
                getattr(pipe, name)(*arguments)


def test_a_user_who_may_only_scan(rc: Any, make_client: Factory) -> None:
    rc.mset(dict.fromkeys(KEYS, "v"))
    acl = ("+scan", "+hscan", "+cluster|slots", "+auth", "+client", "+readonly", "~*", "on", ">pw")
    names = [node.name for node in rc.get_nodes()]
    for name in names:
        rc.execute_command("ACL", "SETUSER", "scanner", *acl, target_nodes=name)
    try:
        client = make_client(username="scanner", password="pw")
        assert set(client.scan_iter(count=50)) == KEYS
    finally:
        for name in names:
            rc.execute_command("ACL", "DELUSER", "scanner", target_nodes=name)
