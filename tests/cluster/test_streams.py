"""Streams, and the replies of their commands."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError
from tests.cluster.modes import MODES, Case, Factory, check, named

ENTRIES: Case = [
    (lambda c: c.xadd("s", {"a": 1}, id="1-0"), b"1-0"),
    (lambda c: c.xadd("s", {b"b": "x", "c": 2.5}, "2-0"), b"2-0"),
    (lambda c: c.xadd("s", {"d": ""}, "3-0"), b"3-0"),
]
FIRST = (b"1-0", {b"a": b"1"})
SECOND = (b"2-0", {b"b": b"x", b"c": b"2.5"})
THIRD = (b"3-0", {b"d": b""})
GROUP: Case = [*ENTRIES, (lambda c: c.xgroup_create("s", "g", 0), True)]

CASES: dict[str, Case] = {
    "xadd, xlen and xdel": [
        (lambda c: c.xlen("s"), 0),
        *ENTRIES,
        (lambda c: c.xlen("s"), 3),
        (lambda c: c.xdel("s", "1-0", "9-9"), 1),
        (lambda c: c.xadd("none", {"a": 1}, nomkstream=True), None),
        (lambda c: c.exists("none"), 0),
    ],
    "what xadd leaves": [
        *ENTRIES,
        (lambda c: c.xadd("s", {"e": 1}, "4-0", maxlen=2, approximate=False), b"4-0"),
        (lambda c: c.xlen("s"), 2),
        (lambda c: c.xadd("s", {"e": 1}, "5-0", minid="5-0", approximate=False), b"5-0"),
        (lambda c: c.xlen("s"), 1),
        (lambda c: c.xadd("s", {"e": 1}, "6-0", maxlen=1, limit=10), b"6-0"),
    ],
    "xtrim": [
        *ENTRIES,
        (lambda c: c.xtrim("s", 1000), 0),
        (lambda c: c.xtrim("s", 2, False), 1),
        (lambda c: c.xtrim("s", minid="3-0", approximate=False), 1),
        (lambda c: c.xtrim("s", minid="3-0", limit=100), 0),
        (lambda c: c.xtrim("s", maxlen=0, approximate=False), 1),
    ],
    "xrange and xrevrange": [
        (lambda c: c.xrange("s"), []),
        *ENTRIES,
        (lambda c: c.xrange("s"), [FIRST, SECOND, THIRD]),
        (lambda c: c.xrange("s", "(1-0", "2-0"), [SECOND]),
        (lambda c: c.xrange("s", count=1), [FIRST]),
        (lambda c: c.xrevrange("s"), [THIRD, SECOND, FIRST]),
        (lambda c: c.xrevrange("s", max="2-0", min="1", count=1), [SECOND]),
    ],
    "xread": [
        (lambda c: c.xread({"s": 0}), []),
        *ENTRIES,
        (lambda c: c.xread({"s": 0}, count=2), [[b"s", [FIRST, SECOND]]]),
        (lambda c: c.xread({"s": "2-0"}, block=5), [[b"s", [THIRD]]]),
        (lambda c: c.xread({"s": "$"}, block=1), []),
    ],
    "xread of several streams": [
        (lambda c: c.xadd("{t}1", {"a": 1}, "1-0"), b"1-0"),
        (lambda c: c.xadd("{t}2", {"b": 2}, "2-0"), b"2-0"),
        (
            lambda c: c.xread({"{t}1": 0, "{t}2": "0-0", "{t}3": 0}),
            [[b"{t}1", [FIRST]], [b"{t}2", [(b"2-0", {b"b": b"2"})]]],
        ),
    ],
    "groups": [
        (lambda c: c.xgroup_create("s", "g", mkstream=True), True),
        (lambda c: c.xgroup_createconsumer("s", "g", "c"), 1),
        (lambda c: c.xgroup_createconsumer("s", "g", "c"), 0),
        (lambda c: c.xgroup_setid("s", "g", 0), True),
        (lambda c: c.xgroup_delconsumer("s", "g", "c"), 0),
        (lambda c: c.xgroup_destroy("s", "g"), True),
        (lambda c: c.xgroup_destroy("s", "g"), False),
    ],
    "groups with a number of entries read": [
        (lambda c: c.xgroup_create("s", "g", "0-0", mkstream=True, entries_read=0), True),
        (lambda c: c.xgroup_setid("s", "g", 0, entries_read=0), True),
    ],
    "xreadgroup and xack": [
        *GROUP,
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}, count=1), [[b"s", [FIRST]]]),
        (lambda c: c.xreadgroup("g", "d", {"s": ">"}, block=5), [[b"s", [SECOND, THIRD]]]),
        (lambda c: c.xreadgroup("g", "d", {"s": ">"}), []),
        (lambda c: c.xreadgroup("g", "c", {"s": 0}), [[b"s", [FIRST]]]),
        (lambda c: c.xdel("s", "1-0"), 1),
        (lambda c: c.xreadgroup("g", "c", {"s": 0}), [[b"s", [(b"1-0", {})]]]),
        (lambda c: c.xack("s", "g", "1-0", "9-0"), 1),
        (lambda c: c.xgroup_delconsumer("s", "g", "d"), 2),
    ],
    "xreadgroup that makes nothing pending": [
        *GROUP,
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}, 1, noack=True), [[b"s", [FIRST]]]),
        (
            lambda c: c.xpending("s", "g"),
            {"pending": 0, "min": None, "max": None, "consumers": []},
        ),
    ],
    "xpending": [
        *GROUP,
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}), [[b"s", [FIRST, SECOND, THIRD]]]),
        (
            lambda c: c.xpending("s", "g"),
            {
                "pending": 3,
                "min": b"1-0",
                "max": b"3-0",
                "consumers": [{"name": b"c", "pending": 3}],
            },
        ),
        (lambda c: c.xpending_range("s", "g", "-", "+", 5, "other"), []),
        (lambda c: c.xpending_range("s", "g", "-", "+", 5, idle=10**6), []),
    ],
    "xclaim": [
        *GROUP,
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}, 2), [[b"s", [FIRST, SECOND]]]),
        (lambda c: c.xclaim("s", "g", "d", 10**6, ["1-0"]), []),
        (lambda c: c.xclaim("s", "g", "d", 0, ["1-0"], idle=5, retrycount=7), [FIRST]),
        (lambda c: c.xclaim("s", "g", "d", 0, ("1-0", "2-0"), justid=True), [b"1-0", b"2-0"]),
        (lambda c: c.xclaim("s", "g", "d", 0, ["3-0"]), []),
        (lambda c: c.xclaim("s", "g", "d", 0, ["3-0"], force=True, time=1), [THIRD]),
    ],
    "xautoclaim": [
        *GROUP,
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}), [[b"s", [FIRST, SECOND, THIRD]]]),
        (lambda c: c.xautoclaim("s", "g", "d", 0, "2-0", justid=True), [b"2-0", b"3-0"]),
    ],
    "xautoclaim with what is deleted": [
        *GROUP,
        (lambda c: c.xautoclaim("s", "g", "d", 0), [b"0-0", [], []]),
        (lambda c: c.xreadgroup("g", "c", {"s": ">"}), [[b"s", [FIRST, SECOND, THIRD]]]),
        (lambda c: c.xautoclaim("s", "g", "d", 0, count=1), [b"2-0", [FIRST], []]),
        (lambda c: c.xdel("s", "1-0"), 1),
        (lambda c: c.xautoclaim("s", "g", "d", 0, count=2), [b"3-0", [SECOND], [b"1-0"]]),
        (lambda c: c.xautoclaim("s", "g", "d", 10**6), [b"0-0", [], []]),
    ],
    "xsetid": [
        *ENTRIES,
        (lambda c: c.xsetid("s", "9-0"), True),
    ],
    "xsetid with what there was": [
        *ENTRIES,
        (lambda c: c.xsetid("s", "10-0", entries_added=20, max_deleted_id="4-0"), True),
        (lambda c: c.xadd("s", {"a": 1}, "10-1"), b"10-1"),
    ],
}

# What server 7.0 has added to commands that were there before.
SINCE = dict.fromkeys(
    [
        "groups with a number of entries read",
        "xautoclaim with what is deleted",
        "xsetid with what there was",
    ],
    "7.0.0",
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES, SINCE))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.fixture
def filled(rc: RedisCluster) -> RedisCluster:
    """With three entries, of which a consumer has got one."""
    for call, _ in GROUP:
        call(rc)
    rc.xreadgroup("g", "c", {"s": ">"}, count=1)
    return rc


def test_what_is_known_of_a_stream(filled: RedisCluster) -> None:
    known = filled.xinfo_stream("s")
    assert (known["length"], known["groups"]) == (3, 1)
    assert known["last-generated-id"] == b"3-0"
    assert (known["first-entry"], known["last-entry"]) == (FIRST, THIRD)
    filled.xtrim("s", maxlen=0, approximate=False)
    assert filled.xinfo_stream("s")["first-entry"] is None


def test_all_that_is_known_of_a_stream(filled: RedisCluster) -> None:
    known = filled.xinfo_stream("s", full=True)
    assert known["entries"] == dict([FIRST, SECOND, THIRD])
    (group,) = known["groups"]
    assert (group["name"], group["pel-count"]) == (b"g", 1)
    assert group["consumers"][0]["name"] == b"c"


def test_what_is_known_of_groups_and_consumers(filled: RedisCluster, make_client: Factory) -> None:
    (group,) = filled.xinfo_groups("s")
    assert (group["name"], group["consumers"], group["pending"]) == (b"g", 1, 1)
    (consumer,) = filled.xinfo_consumers("s", "g")
    assert (consumer["name"], consumer["pending"]) == (b"c", 1)
    (group,) = make_client(decode_responses=True).pipeline().xinfo_groups("s").execute()[0]
    assert group["name"] == "g"


def test_pending_entries_one_by_one(filled: RedisCluster, make_client: Factory) -> None:
    (pending,) = filled.xpending_range("s", "g", "-", "+", 10, "c")
    age = pending.pop("time_since_delivered")
    assert isinstance(age, int)
    assert pending == {"message_id": b"1-0", "consumer": b"c", "times_delivered": 1}
    (pending,) = make_client(decode_responses=True).xpending_range("s", "g", "-", "+", 10)
    assert pending["consumer"] == "c"
    anything: Any = filled  # the old client's signature says nothing of None
    assert anything.xpending_range("s", "g", None, None, None)["pending"] == 1


def test_an_id_that_the_server_makes(rc: RedisCluster) -> None:
    first, second = rc.xadd("s", {"a": 1}), rc.xadd("s", {"a": 1})
    assert [identity for identity, _ in rc.xrange("s")] == [first, second]


def test_errors_of_the_server(rc: RedisCluster) -> None:
    rc.xadd("s", {"a": 1}, "5-0")
    with pytest.raises(ResponseError, match="equal or smaller"):
        rc.xadd("s", {"a": 1}, "5-0")
    with pytest.raises(ResponseError, match="NOGROUP"):
        rc.xreadgroup("none", "c", {"s": ">"})
    with pytest.raises(ResponseError, match="MKSTREAM"):
        rc.xgroup_create("none", "g")
    with pytest.raises(ResponseError, match="no such key"):
        rc.xinfo_stream("none")


def test_execute_command_is_converted_and_routed_alike(rc: RedisCluster) -> None:
    rc.xadd("s", {"a": 1}, "1-0")
    assert rc.execute_command("XREAD", "COUNT", 5, "STREAMS", "s", 0) == [[b"s", [FIRST]]]
    assert rc.execute_command("XINFO STREAM", "s")["first-entry"] == FIRST
    assert rc.execute_command("XINFO", "GROUPS", "s") == []
    with pytest.raises(RedisClusterException, match="XREAD - all keys must map to the same"):
        rc.execute_command("XREAD", "STREAMS", "a", "b", 0, 0)


def test_a_read_waits_for_the_next_entry(rc: RedisCluster, make_client: Factory) -> None:
    writer = make_client()

    def write() -> None:
        time.sleep(0.1)
        writer.xadd("s", {"a": 1}, "1-0")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert rc.xread({"s": "$"}, block=10_000) == [[b"s", [FIRST]]]
    finally:
        thread.join(10)
