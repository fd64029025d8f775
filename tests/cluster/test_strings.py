"""Strings and counters, and the replies of their commands."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from rediscluster_c import RedisCluster
from tests.cluster.modes import CROSS_SLOT, MODES, Between, Case, Factory, check, named

TOMORROW = datetime.now(timezone.utc) + timedelta(days=1)  # of when the tests began: hours, perhaps

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
        (lambda c: c.ttl("k"), Between(75_000, 86_400)),
        (lambda c: c.set("k", 1, pxat=int(TOMORROW.timestamp() * 1000)), True),
        (lambda c: c.ttl("k"), Between(75_000, 86_400)),
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
    "getdel": [
        (lambda c: c.getdel("k"), None),
        (lambda c: c.set("k", "v"), True),
        (lambda c: c.getdel("k"), b"v"),
        (lambda c: c.exists("k"), 0),
    ],
    "getex": [
        (lambda c: c.getex("k", ex=100), None),
        (lambda c: c.set("k", "v"), True),
        (lambda c: c.getex("k"), b"v"),
        (lambda c: c.ttl("k"), -1),
        (lambda c: c.getex("k", 100), b"v"),
        (lambda c: c.ttl("k"), Between(99, 100)),
        (lambda c: c.getex("k", px=timedelta(seconds=200)), b"v"),
        (lambda c: c.ttl("k"), Between(199, 200)),
        (lambda c: c.getex("k", exat=TOMORROW), b"v"),
        (lambda c: c.ttl("k"), Between(75_000, 86_400)),
        (lambda c: c.getex("k", pxat=int(TOMORROW.timestamp() * 1000)), b"v"),
        (lambda c: c.ttl("k"), Between(75_000, 86_400)),
        (lambda c: c.getex("k", persist=True), b"v"),
        (lambda c: c.ttl("k"), -1),
    ],
    "getset": [
        (lambda c: c.getset("k", "a"), None),
        (lambda c: c.getset("k", "b"), b"a"),
        (lambda c: c.get("k"), b"b"),
    ],
    "incrbyfloat": [
        (lambda c: c.incrbyfloat("k"), 1.0),
        (lambda c: c.incrbyfloat("k", 0.5), 1.5),
        (lambda c: c.incrbyfloat("k", amount=-2), -0.5),
    ],
    "lcs": [
        (lambda c: c.lcs("{k}1", "{k}2"), b""),
        (lambda c: c.set("{k}1", "ohmytext"), True),
        (lambda c: c.set("{k}2", "mynewtext"), True),
        (lambda c: c.lcs("{k}1", "{k}2"), b"mytext"),
        (lambda c: c.lcs("{k}1", "{k}2", len=True), 6),
        (
            lambda c: c.lcs("{k}1", "{k}2", idx=True),
            {"matches": [[(4, 7), (5, 8)], [(2, 3), (0, 1)]], "len": 6},
        ),
        (
            lambda c: c.lcs("{k}1", "{k}2", idx=True, minmatchlen=3, withmatchlen=True),
            {"matches": [[4, (4, 7), (5, 8)]], "len": 6},
        ),
    ],
    "setex and psetex": [
        (lambda c: c.setex("k", 100, "v"), True),
        (lambda c: c.ttl("k"), Between(99, 100)),
        (lambda c: c.setex("k", timedelta(minutes=5), "w"), True),
        (lambda c: c.ttl("k"), Between(299, 300)),
        (lambda c: c.psetex("k", 100_000, "x"), True),
        (lambda c: c.ttl("k"), Between(99, 100)),
        (lambda c: c.psetex("k", timedelta(minutes=5), "y"), True),
        (lambda c: c.ttl("k"), Between(299, 300)),
        (lambda c: c.get("k"), b"y"),
    ],
    "setnx": [
        (lambda c: c.setnx("k", "a"), True),
        (lambda c: c.setnx("k", "b"), False),
        (lambda c: c.get("k"), b"a"),
    ],
    "setrange": [
        (lambda c: c.setrange("k", 2, "ab"), 4),
        (lambda c: c.setrange("k", 3, "cd"), 5),
        (lambda c: c.setrange("k", 1, ""), 5),
        (lambda c: c.get("k"), b"\0\0acd"),
    ],
    "substr": [
        (lambda c: c.substr("k", 0), b""),
        (lambda c: c.set("k", "abcdef"), True),
        (lambda c: c.substr("k", 1, 3), b"bcd"),
        (lambda c: c.substr("k", -2), b"ef"),
    ],
}

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "mget_nonatomic and mset_nonatomic": [
        (lambda c: c.mset_nonatomic({"a": 1, "b": 2}), True),
        (lambda c: c.mset_nonatomic(c=3), True),
        (lambda c: c.mget_nonatomic(["a", "b"], "missing", "c"), [b"1", b"2", None, b"3"]),
    ],
    "msetnx": [
        (lambda c: c.msetnx({"{k}1": "", "{k}2": 2}), True),
        (lambda c: c.msetnx({"{k}1": 3, "{k}3": 4}), False),
        (lambda c: c.mget("{k}1", "{k}2", "{k}3"), [b"", b"2", None]),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("mode", CROSS_SLOT)
@pytest.mark.parametrize("name", named(CROSS_SLOT_CASES))
def test_replies_in_a_pipeline_for_many_slots(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CROSS_SLOT_CASES[name])


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
