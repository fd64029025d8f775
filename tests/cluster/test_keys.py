"""Keys: deleting, counting, expiring, and the replies of these commands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cluster.modes import MODES, Between, Case, Factory, check

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
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])
