"""Strings and counters, and the replies of their commands."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from rediscluster_c import RedisCluster
from tests.cluster.modes import MODES, Between, Case, Factory, check

TOMORROW = datetime.now(timezone.utc) + timedelta(days=1)

CASES: dict[str, Case] = {
    "get and set": [
        (lambda c: c.get("k"), None),
        (lambda c: c.set("k", "v"), True),
        (lambda c: c.get("k"), b"v"),
        (lambda c: c.set("k", ""), True),
        (lambda c: c.get("k"), b""),
    ],
    "set on a condition": [
        (lambda c: c.set("k", 1, xx=True), None),
        (lambda c: c.set("k", 1, nx=True), True),
        (lambda c: c.set("k", 2, nx=True), None),
        (lambda c: c.set("k", 3, xx=True), True),
        (lambda c: c.get("k"), b"3"),
    ],
    "set with an expiry": [
        (lambda c: c.set("k", 1, ex=100), True),
        (lambda c: c.ttl("k"), Between(99, 100)),
        (lambda c: c.set("k", 1, px=200_000), True),
        (lambda c: c.ttl("k"), Between(199, 200)),
        (lambda c: c.set("k", 1, ex=timedelta(minutes=5)), True),
        (lambda c: c.ttl("k"), Between(299, 300)),
        (lambda c: c.set("k", 1, px=timedelta(minutes=6)), True),
        (lambda c: c.ttl("k"), Between(359, 360)),
        (lambda c: c.set("k", 2, keepttl=True), True),
        (lambda c: c.ttl("k"), Between(359, 360)),
        (lambda c: c.set("k", 1, exat=TOMORROW), True),
        (lambda c: c.ttl("k"), Between(86_000, 86_400)),
        (lambda c: c.set("k", 1, pxat=int(TOMORROW.timestamp() * 1000)), True),
        (lambda c: c.ttl("k"), Between(86_000, 86_400)),
        (lambda c: c.set("k", 2), True),
        (lambda c: c.ttl("k"), -1),
    ],
    "set that gets": [
        (lambda c: c.set("k", "a", get=True), None),
        (lambda c: c.set("k", "OK", get=True), b"a"),
        (lambda c: c.set("k", "b", get=True), b"OK"),
        (lambda c: c.set("k", "c"), True),
    ],
    "append": [
        (lambda c: c.append("k", "ab"), 2),
        (lambda c: c.append("k", b"\x00\xff"[:1]), 3),
        (lambda c: c.append("k", ""), 3),
        (lambda c: c.get("k"), b"ab\x00"),
    ],
    "strlen": [
        (lambda c: c.strlen("k"), 0),
        (lambda c: c.set("k", "grün"), True),
        (lambda c: c.strlen("k"), 5),
    ],
    "getrange": [
        (lambda c: c.getrange("k", 0, -1), b""),
        (lambda c: c.set("k", "0123456789"), True),
        (lambda c: c.getrange("k", 2, 4), b"234"),
        (lambda c: c.getrange("k", -3, -1), b"789"),
        (lambda c: c.getrange("k", 8, 100), b"89"),
        (lambda c: c.getrange("k", 4, 2), b""),
    ],
    "incr and incrby": [
        (lambda c: c.incr("k"), 1),
        (lambda c: c.incr("k", 5), 6),
        (lambda c: c.incr("k", amount=-10), -4),
        (lambda c: c.incrby("k"), -3),
        (lambda c: c.incrby("k", 2**62), 2**62 - 3),
        (lambda c: c.get("k"), b"%d" % (2**62 - 3)),
    ],
    "decr and decrby": [
        (lambda c: c.decr("k"), -1),
        (lambda c: c.decr("k", 5), -6),
        (lambda c: c.decrby("k", amount=-10), 4),
        (lambda c: c.decrby("k"), 3),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


def test_mget_and_mset(make_client: Factory) -> None:
    for client, v in ((make_client(), b"v"), (make_client(decode_responses=True), "v")):
        client.flushall()
        assert client.mset({"a": "v", b"b": "v", 3: "v"}) is True
        assert client.mget("a", "b", "missing", 3) == [v, v, None, v]
        assert client.mget(["a", "missing"], "b") == [v, None, v]
        assert client.mset(c="v", d="v") is True
        assert client.mget(["c", "d"]) == [v, v]


def test_what_a_mapping_says_wins_over_keywords(rc: RedisCluster) -> None:
    rc.mset({"a": 1}, a=2, b=3)
    assert rc.mget("a", "b") == [b"1", b"3"]
