"""Sets, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import CROSS_SLOT, MODES, Case, Factory, check, named

CASES: dict[str, Case] = {
    "sadd and smembers": [
        (lambda c: c.smembers("s"), set()),
        (lambda c: c.sadd("s", "a"), 1),
        (lambda c: c.sadd("s", "a", "b", "", "b"), 2),
        (lambda c: c.smembers("s"), {b"a", b"b", b""}),
    ],
    "srem": [
        (lambda c: c.srem("s", "a"), 0),
        (lambda c: c.sadd("s", *"abc"), 3),
        (lambda c: c.srem("s", "a", "c", "missing"), 2),
        (lambda c: c.smembers("s"), {b"b"}),
    ],
    "sismember": [
        (lambda c: c.sismember("s", "a"), False),
        (lambda c: c.sadd("s", "a", 1), 2),
        (lambda c: c.sismember("s", "a"), True),
        (lambda c: c.sismember("s", 1), True),
        (lambda c: c.sismember("s", 1.0), False),
    ],
    "scard": [
        (lambda c: c.scard("s"), 0),
        (lambda c: c.sadd("s", *range(600)), 600),
        (lambda c: c.scard("s"), 600),
    ],
    "smismember": [
        (lambda c: c.smismember("s", "a"), [0]),
        (lambda c: c.sadd("s", "a", 1), 2),
        (lambda c: c.smismember("s", ["a", "b", 1]), [1, 0, 1]),
        (lambda c: c.smismember("s", "b", "a"), [0, 1]),
    ],
    "sintercard": [
        (lambda c: c.sintercard(1, "s"), 0),
        (lambda c: c.sadd("{s}1", *"abc"), 3),
        (lambda c: c.sadd("{s}2", *"bcd"), 3),
        (lambda c: c.sintercard(2, ["{s}1", "{s}2"]), 2),
        (lambda c: c.sintercard(2, ["{s}1", "{s}2"], limit=1), 1),
    ],
    "spop": [
        (lambda c: c.spop("s"), None),
        (lambda c: c.spop("s", 2), []),
        (lambda c: c.sadd("s", "a"), 1),
        (lambda c: c.spop("s"), b"a"),
        (lambda c: c.sadd("s", "b"), 1),
        (lambda c: c.spop("s", count=2), [b"b"]),
        (lambda c: c.exists("s"), 0),
    ],
    "srandmember": [
        (lambda c: c.srandmember("s"), None),
        (lambda c: c.srandmember("s", 2), []),
        (lambda c: c.sadd("s", "a"), 1),
        (lambda c: c.srandmember("s"), b"a"),
        (lambda c: c.srandmember("s", 2), [b"a"]),
        (lambda c: c.srandmember("s", number=-2), [b"a", b"a"]),
    ],
    "sscan": [
        (lambda c: c.sscan("s"), (0, [])),
        (lambda c: c.sadd("s", "a"), 1),
        (lambda c: c.sscan("s"), (0, [b"a"])),
        (lambda c: c.sscan("s", 0, "b*", 10), (0, [])),
    ],
}

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "sdiff, sinter and sunion": [
        (lambda c: c.sdiff("{s}1", "{s}2"), set()),
        (lambda c: c.sadd("{s}1", *"abc"), 3),
        (lambda c: c.sadd("{s}2", *"bcd"), 3),
        (lambda c: c.sdiff(["{s}1", "{s}2"]), {b"a"}),
        (lambda c: c.sinter("{s}1", "{s}2"), {b"b", b"c"}),
        (lambda c: c.sunion(["{s}1"], "{s}2"), {b"a", b"b", b"c", b"d"}),
    ],
    "sdiffstore, sinterstore and sunionstore": [
        (lambda c: c.sadd("{s}1", *"abc"), 3),
        (lambda c: c.sadd("{s}2", *"bcd"), 3),
        (lambda c: c.sdiffstore("{s}3", ["{s}1", "{s}2"]), 1),
        (lambda c: c.smembers("{s}3"), {b"a"}),
        (lambda c: c.sinterstore("{s}3", "{s}1", "{s}2"), 2),
        (lambda c: c.smembers("{s}3"), {b"b", b"c"}),
        (lambda c: c.sunionstore("{s}3", ["{s}1"], "{s}2"), 4),
        (lambda c: c.sinterstore("{s}3", "{s}1", "{s}missing"), 0),
        (lambda c: c.exists("{s}3"), 0),
    ],
    "smove": [
        (lambda c: c.smove("{s}1", "{s}2", "a"), 0),
        (lambda c: c.sadd("{s}1", *"ab"), 2),
        (lambda c: c.smove("{s}1", "{s}2", "a"), 1),
        (lambda c: c.smembers("{s}2"), {b"a"}),
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
