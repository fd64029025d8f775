"""Keys: deleting, counting, expiring, and the replies of these commands."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError
from tests.cluster.modes import CROSS_SLOT, MODES, Between, Case, Factory, check, named

TOMORROW = (datetime.now(timezone.utc) + timedelta(days=1)).replace(microsecond=7999)

CASES: dict[str, Case] = {
    "delete": [
        (lambda c: c.delete("k"), 0),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.delete("k"), 1),
        (lambda c: c.get("k"), None),
    ],
    "exists": [
        (lambda c: c.exists("k"), 0),
        (lambda c: c.set("k", ""), True),
        (lambda c: c.exists("k"), 1),
    ],
    "expire": [
        (lambda c: c.expire("k", 100), False),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.expire("k", 100), True),
        (lambda c: c.ttl("k"), Between(99, 100)),
        (lambda c: c.expire("k", timedelta(hours=1)), True),
        (lambda c: c.ttl("k"), Between(3599, 3600)),
        (lambda c: c.expire("k", 0), True),
        (lambda c: c.exists("k"), 0),
    ],
    "expire on a condition": [
        (lambda c: c.set("k", 1), True),
        (lambda c: c.expire("k", 100, xx=True), False),
        (lambda c: c.expire("k", 100, nx=True), True),
        (lambda c: c.expire("k", 50, gt=True), False),
        (lambda c: c.expire("k", 50, lt=True), True),
        (lambda c: c.pexpire("k", 100_000, lt=True), 0),
    ],
    "pexpire": [
        (lambda c: c.pexpire("k", 100_000), 0),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.pexpire("k", 100_000), 1),
        (lambda c: c.pttl("k"), Between(90_000, 100_000)),
        (lambda c: c.pexpire("k", timedelta(milliseconds=50_500)), 1),
        (lambda c: c.pttl("k"), Between(40_000, 50_500)),
    ],
    "ttl and pttl": [
        (lambda c: c.ttl("k"), -2),
        (lambda c: c.pttl("k"), -2),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.ttl("k"), -1),
        (lambda c: c.pttl("k"), -1),
    ],
    "persist": [
        (lambda c: c.persist("k"), False),
        (lambda c: c.set("k", 1, ex=100), True),
        (lambda c: c.persist("k"), True),
        (lambda c: c.persist("k"), False),
        (lambda c: c.ttl("k"), -1),
    ],
    "type": [
        (lambda c: c.type("k"), b"none"),
        (lambda c: c.set("s", 1), True),
        (lambda c: c.type("s"), b"string"),
        (lambda c: c.hset("h", "f", 1), 1),
        (lambda c: c.type("h"), b"hash"),
        (lambda c: c.rpush("l", 1), 1),
        (lambda c: c.type("l"), b"list"),
        (lambda c: c.sadd("t", 1), 1),
        (lambda c: c.type("t"), b"set"),
        (lambda c: c.zadd("z", {"m": 1}), 1),
        (lambda c: c.type("z"), b"zset"),
    ],
    "expireat and pexpireat": [
        (lambda c: c.expireat("k", TOMORROW), False),
        (lambda c: c.pexpireat("k", TOMORROW), 0),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.expireat("k", TOMORROW), True),
        (lambda c: c.ttl("k"), Between(80_000, 90_000)),
        (lambda c: c.pexpireat("k", 4_000_000_000_123), 1),
        (lambda c: c.expireat("k", 1), True),
        (lambda c: c.exists("k"), 0),
    ],
    "expireat and pexpireat on a condition": [
        (lambda c: c.set("k", 1, exat=TOMORROW), True),
        (lambda c: c.expiretime("k"), int(TOMORROW.timestamp())),
        (lambda c: c.expireat("k", 4_000_000_000, lt=True), False),
        (lambda c: c.pexpireat("k", 4_000_000_000_123, gt=True), 1),
        (lambda c: c.pexpiretime("k"), 4_000_000_000_123),
        (lambda c: c.pexpireat("k", TOMORROW, xx=True), 1),
        (lambda c: c.pexpiretime("k"), int(TOMORROW.timestamp()) * 1000 + 7),
    ],
    "expiretime and pexpiretime": [
        (lambda c: c.expiretime("k"), -2),
        (lambda c: c.pexpiretime("k"), -2),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.expiretime("k"), -1),
        (lambda c: c.pexpiretime("k"), -1),
    ],
    "object": [
        (lambda c: c.object("ENCODING", "k"), None),
        (lambda c: c.object_encoding("k"), None),
        (lambda c: c.object_idletime("k"), None),
        (lambda c: c.object_refcount("k"), None),
        (lambda c: c.object_freq("k"), None),
        (lambda c: c.set("k", "text"), True),
        (lambda c: c.object("encoding", "k"), b"embstr"),
        (lambda c: c.object_encoding("k"), b"embstr"),
        (lambda c: c.object("refcount", "k"), 1),
        (lambda c: c.object_refcount("k"), 1),
        (lambda c: c.object("idletime", "k"), Between(0, 1)),
        (lambda c: c.object_idletime("k"), Between(0, 1)),
    ],
    "copy": [
        (lambda c: c.copy("{k}1", "{k}2"), False),
        (lambda c: c.set("{k}1", "v", ex=100), True),
        (lambda c: c.copy("{k}1", "{k}2"), True),
        (lambda c: c.ttl("{k}2"), Between(99, 100)),
        (lambda c: c.copy("{k}1", "{k}2"), False),
        (lambda c: c.copy("{k}1", "{k}2", replace=True), True),
        (lambda c: c.get("{k}2"), b"v"),
    ],
    "touch": [
        (lambda c: c.touch("k"), 0),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.touch("k"), 1),
    ],
    "unlink": [
        (lambda c: c.unlink("k"), 0),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.unlink("k"), 1),
        (lambda c: c.get("k"), None),
    ],
    "sort_ro": [
        (lambda c: c.sort_ro("l"), []),
        (lambda c: c.rpush("l", 3, 10, 2), 3),
        (lambda c: c.sort_ro("l"), [b"2", b"3", b"10"]),
        (lambda c: c.sort_ro("l", desc=True), [b"10", b"3", b"2"]),
        (lambda c: c.sort_ro("l", alpha=True), [b"10", b"2", b"3"]),
        (lambda c: c.sort_ro("l", 1, 1), [b"3"]),
    ],
}

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "rename and renamenx": [
        (lambda c: c.set("{k}1", "v", ex=100), True),
        (lambda c: c.rename("{k}1", "{k}2"), True),
        (lambda c: c.ttl("{k}2"), Between(99, 100)),
        (lambda c: c.set("{k}1", "w"), True),
        (lambda c: c.renamenx("{k}1", "{k}2"), False),
        (lambda c: c.renamenx("{k}1", "{k}3"), True),
        (lambda c: c.mget("{k}1", "{k}2", "{k}3"), [None, b"v", b"w"]),
    ],
    "sort": [
        (lambda c: c.sort("l"), []),
        (lambda c: c.rpush("l", 3, 10, 2), 3),
        (lambda c: c.sort("l"), [b"2", b"3", b"10"]),
        (lambda c: c.sort("l", start=0, num=2, desc=True), [b"10", b"3"]),
        (lambda c: c.sort("l", by="nosort"), [b"3", b"10", b"2"]),
        (lambda c: c.sort("l", alpha=True, store="{l}2"), 3),
        (lambda c: c.lrange("{l}2", 0, -1), [b"10", b"2", b"3"]),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES, {"expire on a condition": "7.0.0"}))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("mode", CROSS_SLOT)
@pytest.mark.parametrize("name", named(CROSS_SLOT_CASES))
def test_replies_in_a_pipeline_for_many_slots(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CROSS_SLOT_CASES[name])


@pytest.mark.parametrize("decodes", [False, True])
def test_a_dump_is_bytes_and_restores(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    client.flushall()
    ok: Any = "OK" if decodes else b"OK"
    assert client.dump("k") is None
    client.set("k", "v")
    dump = client.dump("k")
    assert isinstance(dump, bytes)
    [queued] = client.pipeline().dump("k").execute()
    assert queued == dump
    assert client.restore("k2", 0, dump) == ok
    assert client.ttl("k2") == -1
    with pytest.raises(ResponseError, match="^BUSYKEY"):
        client.restore("k2", 100_000, dump)
    pipe = client.pipeline()
    pipe.restore("k2", timedelta(seconds=100), dump, replace=True, idletime=50).ttl("k2")
    pipe.object_idletime("k2").get("k2")
    first, ttl, idle, value = pipe.execute()
    assert first == ok
    assert 99 <= ttl <= 100
    assert 50 <= idle <= 51
    assert value == ("v" if decodes else b"v")
    assert client.restore("k3", int(TOMORROW.timestamp() * 1000), dump, absttl=True) == ok
    assert 80_000 < client.ttl("k3") < 90_000


def test_frequencies_are_kept_only_by_some_policies(rc: RedisCluster) -> None:
    rc.set("k", 1)
    with pytest.raises(ResponseError, match="LFU"):
        rc.object_freq("k")
    with pytest.raises(ResponseError, match="LFU"):
        rc.object("FREQ", "k")


def test_moving_needs_a_node(rc: RedisCluster) -> None:
    with pytest.raises(RedisClusterException, match="Command: MOVE is blocked"):
        rc.move("k", 1)
    with pytest.raises(ResponseError, match="MOVE is not allowed in cluster|index is out of range"):
        rc.move("k", 1, target_nodes=rc.get_node_from_key("k"))


def test_migrating_goes_from_the_keys_node(rc: RedisCluster) -> None:
    """To a node of the cluster that does not serve the slot: it refuses, but it was reached."""
    target = next(node for node in rc.get_primaries() if node != rc.get_node_from_key("k"))
    rc.mset({"{k}1": 1, "{k}2": 2})
    text: Any
    for target_of in (rc, rc.pipeline()):
        text = target_of.migrate(target.host, target.port, "{k}missing", 0, 1000)
        if target_of is not rc:
            [text] = text.execute()
        assert text == b"NOKEY"
    with pytest.raises(ResponseError, match="MOVED|error"):
        rc.migrate(target.host, target.port, ["{k}1", "{k}2"], 0, 1000, copy=True, replace=True)
    with pytest.raises(RedisClusterException, match="same key slot"):
        rc.migrate(target.host, target.port, ["{k}1", "other"], 0, 1000)
    assert rc.exists("{k}1", "{k}2") == 2


def test_migrating_by_name_finds_the_keys(rc: RedisCluster) -> None:
    """Without asking a node that does not have them: none has followed a redirect."""
    target = rc.get_primaries()[0]
    for key in (f"{{key:{number}}}missing" for number in range(20)):
        if rc.get_node_from_key(key) != target:
            for words in (
                (key, 0, 1000),
                ("", 0, 1000, "KEYS", key),
                ("", 0, 1000, "REPLACE", "KEYS", key, key),
            ):
                assert rc.execute_command("MIGRATE", target.host, target.port, *words) == b"NOKEY"
