"""Sorted sets, and the replies of their commands."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rediscluster_c import ClusterCrossSlotError, RedisCluster, ResponseError
from tests.cluster.modes import MODES, Call, Case, Factory, check, named, needing

CASES: dict[str, Case] = {
    "zadd": [
        (lambda c: c.zadd("z", {"a": 1}), 1),
        (lambda c: c.zadd("z", {"a": 2, "b": 1.5}), 1),
        (lambda c: c.zrange("z", 0, -1, withscores=True), [(b"b", 1.5), (b"a", 2.0)]),
    ],
    "zadd on a condition": [
        (lambda c: c.zadd("z", {"a": 1}, xx=True), 0),
        (lambda c: c.zadd("z", {"a": 1}, nx=True), 1),
        (lambda c: c.zadd("z", {"a": 5, "b": 1}, nx=True), 1),
        (lambda c: c.zadd("z", {"a": 5, "c": 1}, xx=True, ch=True), 1),
        (lambda c: c.zadd("z", {"a": 4}, gt=True, ch=True), 0),
        (lambda c: c.zadd("z", {"a": 4}, lt=True, ch=True), 1),
        (lambda c: c.zadd("z", {"a": 9, "b": 9, "d": 9}, ch=True), 3),
        (lambda c: c.zcard("z"), 3),
    ],
    "zadd that increments": [
        (lambda c: c.zadd("z", {"a": 1.5}, incr=True), 1.5),
        (lambda c: c.zadd("z", {"a": 1}, incr=True), 2.5),
        (lambda c: c.zadd("z", {"a": 1}, incr=True, nx=True), None),
        (lambda c: c.zadd("z", {"b": 1}, incr=True, xx=True), None),
    ],
    "zadd of extreme scores": [
        (lambda c: c.zadd("z", {"inf": math.inf, "-inf": "-inf", "big": 1e22}), 3),
        (
            lambda c: c.zrange("z", 0, -1, withscores=True),
            [(b"-inf", -math.inf), (b"big", 1e22), (b"inf", math.inf)],
        ),
        (lambda c: c.zadd("z", {"third": 1 / 3}), 1),
        (lambda c: c.zscore("z", "third"), 1 / 3),
        (lambda c: c.zscore("z", "inf"), math.inf),
    ],
    "zrange": [
        (lambda c: c.zrange("z", 0, -1), []),
        (lambda c: c.zrange("z", 0, -1, withscores=True), []),
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zrange("z", 0, -1), [b"a", b"b", b"c"]),
        (lambda c: c.zrange("z", 1, 1), [b"b"]),
        (lambda c: c.zrange("z", -2, -1), [b"b", b"c"]),
        (lambda c: c.zrange("z", 0, 1, desc=True), [b"c", b"b"]),
        (lambda c: c.zrange("z", 0, 0, desc=True, withscores=True), [(b"c", 3.0)]),
        (lambda c: c.zrange("z", 0, 0, False, True), [(b"a", 1.0)]),
    ],
    "zrange with a function for scores": [
        (lambda c: c.zadd("z", {"a": 1, "b": 22}), 2),
        (
            lambda c: c.zrange("z", 0, -1, withscores=True, score_cast_func=int),
            [(b"a", 1), (b"b", 22)],
        ),
        (
            lambda c: c.zrange("z", 0, -1, withscores=True, score_cast_func=len),
            [(b"a", 1), (b"b", 2)],
        ),
        (lambda c: c.zrange("z", 1, 1, withscores=True, score_cast_func=float), [(b"b", 22.0)]),
        (lambda c: c.zrange("z", 0, -1, score_cast_func=int), [b"a", b"b"]),
    ],
    "zscore": [
        (lambda c: c.zscore("z", "a"), None),
        (lambda c: c.zadd("z", {"a": -2}), 1),
        (lambda c: c.zscore("z", "a"), -2.0),
        (lambda c: c.zscore("z", "missing"), None),
    ],
    "zincrby": [
        (lambda c: c.zincrby("z", 2, "a"), 2.0),
        (lambda c: c.zincrby("z", amount=-0.5, value="a"), 1.5),
    ],
    "zrank": [
        (lambda c: c.zrank("z", "a"), None),
        (lambda c: c.zadd("z", {"a": 1, "b": 2}), 2),
        (lambda c: c.zrank("z", "a"), 0),
        (lambda c: c.zrank("z", "b"), 1),
    ],
    "zcount, zlexcount and ranges by score": [
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3, "d": 4}), 4),
        (lambda c: c.zcount("z", 2, "(4"), 2),
        (lambda c: c.zcount("z", "-inf", "+inf"), 4),
        (lambda c: c.zrangebyscore("z", 2, 3), [b"b", b"c"]),
        (lambda c: c.zrangebyscore("z", 1, 4, start=1, num=2), [b"b", b"c"]),
        (lambda c: c.zrangebyscore("z", 1, 1, withscores=True), [(b"a", 1.0)]),
        (lambda c: c.zrevrangebyscore("z", 4, 3), [b"d", b"c"]),
        (
            lambda c: c.zrevrangebyscore("z", 4, 3, withscores=True, score_cast_func=int),
            [(b"d", 4), (b"c", 3)],
        ),
        (lambda c: c.zremrangebyscore("z", 1, 2), 2),
        (lambda c: c.zremrangebyrank("z", 0, 0), 1),
        (lambda c: c.zrange("z", 0, -1), [b"d"]),
        (lambda c: c.zrangebyscore("missing", 1, 2, withscores=True), []),
    ],
    "ranges by members": [
        (lambda c: c.zadd("z", {"a": 0, "b": 0, "c": 0, "d": 0}), 4),
        (lambda c: c.zlexcount("z", "[b", "+"), 3),
        (lambda c: c.zrangebylex("z", "(a", "[c"), [b"b", b"c"]),
        (lambda c: c.zrangebylex("z", "-", "+", start=1, num=1), [b"b"]),
        (lambda c: c.zrevrangebylex("z", "[c", "-"), [b"c", b"b", b"a"]),
        (lambda c: c.zrevrangebylex("z", "+", "-", 0, 1), [b"d"]),
        (lambda c: c.zremrangebylex("z", "[a", "(c"), 2),
        (lambda c: c.zcard("z"), 2),
    ],
    "zrange by scores and by members": [
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zrange("z", 2, 3, byscore=True), [b"b", b"c"]),
        (
            lambda c: c.zrange("z", 3, 2, desc=True, withscores=True, byscore=True),
            [(b"c", 3.0), (b"b", 2.0)],
        ),
        (lambda c: c.zrange("z", "-inf", "+inf", byscore=True, offset=1, num=1), [b"b"]),
        (lambda c: c.zadd("l", {"a": 0, "b": 0}), 2),
        (lambda c: c.zrange("l", "+", "-", bylex=True, desc=True), [b"b", b"a"]),
    ],
    "zrangestore": [
        (lambda c: c.zadd("{t}z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zrangestore("{t}d", "{t}z", 0, 1), 2),
        (lambda c: c.zrange("{t}d", 0, -1), [b"a", b"b"]),
        (lambda c: c.zrangestore("{t}d", "{t}z", 0, 0, desc=True), 1),
        (lambda c: c.zrange("{t}d", 0, -1, withscores=True), [(b"c", 3.0)]),
        (lambda c: c.zrangestore("{t}d", "{t}z", 1, 3, byscore=True, offset=1, num=1), 1),
        (lambda c: c.zrange("{t}d", 0, -1), [b"b"]),
        (lambda c: c.zrangestore("{t}d", "{t}missing", 0, -1), 0),
    ],
    "zpopmin and zpopmax": [
        (lambda c: c.zpopmin("z"), []),
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3, "d": 4}), 4),
        (lambda c: c.zpopmin("z"), [(b"a", 1.0)]),
        (lambda c: c.zpopmax("z", 2), [(b"d", 4.0), (b"c", 3.0)]),
        (lambda c: c.zpopmax("z", count=5), [(b"b", 2.0)]),
    ],
    "bzpopmin and bzpopmax": [
        (lambda c: c.zadd("{t}z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.bzpopmin(["{t}none", "{t}z"]), (b"{t}z", b"a", 1.0)),
        (lambda c: c.bzpopmax("{t}z", timeout=None), (b"{t}z", b"c", 3.0)),
        (lambda c: c.bzpopmax(("{t}z",), 1), (b"{t}z", b"b", 2.0)),
        (lambda c: c.bzpopmin("{t}z", 0.01), None),
    ],
    "zmpop and bzmpop": [
        (lambda c: c.zmpop(1, ["{t}z"], min=True), None),
        (lambda c: c.zadd("{t}z", {"a": 1, "b": 2, "c": 3, "d": 4}), 4),
        (lambda c: c.zmpop(2, ["{t}none", "{t}z"], min=True), (b"{t}z", [(b"a", 1.0)])),
        (
            lambda c: c.zmpop(1, "{t}z", max=True, count=2),
            (b"{t}z", [(b"d", 4.0), (b"c", 3.0)]),
        ),
        (lambda c: c.bzmpop(1, 2, ["{t}none", "{t}z"], max=True), (b"{t}z", [(b"b", 2.0)])),
        (lambda c: c.bzmpop(0.01, 1, ["{t}z"], min=True), None),
    ],
    "zdiff, zinter and zunion": [
        (lambda c: c.zadd("{t}1", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zadd("{t}2", {"a": 10, "b": 0.5}), 2),
        (lambda c: c.zdiff(["{t}1", "{t}2"]), [b"c"]),
        (lambda c: c.zdiff(["{t}1", "{t}2"], withscores=True), [(b"c", 3.0)]),
        (lambda c: c.zdiff(["{t}2", "{t}1"], withscores=True), []),
        (lambda c: c.zinter(["{t}1", "{t}2"]), [b"b", b"a"]),
        (
            lambda c: c.zinter({"{t}1": 2, "{t}2": 1}, "MAX", True),
            [(b"b", 4.0), (b"a", 10.0)],
        ),
        (lambda c: c.zunion(("{t}1", "{t}2")), [b"b", b"c", b"a"]),
        (
            lambda c: c.zunion({"{t}1": 0, "{t}2": 1}, withscores=True, score_cast_func=len),
            [(b"c", 1), (b"b", 3), (b"a", 2)],
        ),
    ],
    "zintercard": [
        (lambda c: c.zadd("{t}1", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zadd("{t}2", {"a": 10, "b": 0.5}), 2),
        (lambda c: c.zintercard(2, ["{t}1", "{t}2"]), 2),
        (lambda c: c.zintercard(2, ["{t}1", "{t}2"], limit=1), 1),
        (lambda c: c.zintercard(1, "{t}missing"), 0),
    ],
    "zdiffstore, zinterstore and zunionstore": [
        (lambda c: c.zadd("{t}1", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zadd("{t}2", {"a": 10, "b": 20}), 2),
        (lambda c: c.zdiffstore("{t}d", ["{t}1", "{t}2"]), 1),
        (lambda c: c.zrange("{t}d", 0, -1, withscores=True), [(b"c", 3.0)]),
        (lambda c: c.zinterstore("{t}d", ["{t}1", "{t}2"]), 2),
        (lambda c: c.zrange("{t}d", 0, -1, withscores=True), [(b"a", 11.0), (b"b", 22.0)]),
        (lambda c: c.zunionstore("{t}d", {"{t}1": 1, "{t}2": 0.5}, aggregate="MIN"), 3),
        (
            lambda c: c.zrange("{t}d", 0, -1, withscores=True),
            [(b"a", 1.0), (b"b", 2.0), (b"c", 3.0)],
        ),
        (lambda c: c.zunionstore("{t}d", ["{t}missing"]), 0),
        (lambda c: c.exists("{t}d"), 0),
    ],
    "zmscore": [
        (lambda c: c.zmscore("z", ["a"]), [None]),
        (lambda c: c.zadd("z", {"a": 1, "b": 2.5}), 2),
        (lambda c: c.zmscore("z", ["b", "missing", "a"]), [2.5, None, 1.0]),
        (lambda c: c.zmscore("z", "a"), [1.0]),
    ],
    "zrandmember": [
        (lambda c: c.zrandmember("z"), None),
        (lambda c: c.zrandmember("z", 2), []),
        (lambda c: c.zadd("z", {"a": 1}), 1),
        (lambda c: c.zrandmember("z"), b"a"),
        (lambda c: c.zrandmember("z", -2), [b"a", b"a"]),
        (lambda c: c.zrandmember("z", 3, withscores=True), [(b"a", 1.0)]),
    ],
    "zrevrank": [
        (lambda c: c.zrevrank("z", "a"), None),
        (lambda c: c.zadd("z", {"a": 1, "b": 2}), 2),
        (lambda c: c.zrevrank("z", "a"), 1),
        (lambda c: c.zrevrank("z", "b"), 0),
    ],
    "zscan": [
        (lambda c: c.zscan("z"), (0, [])),
        (lambda c: c.zadd("z", {"a": 1, "b": 2.5}), 2),
        (lambda c: c.zscan("z"), (0, [(b"a", 1.0), (b"b", 2.5)])),
        (lambda c: c.zscan("z", match="a*", count=100), (0, [(b"a", 1.0)])),
        (lambda c: c.zscan("z", 0, score_cast_func=len), (0, [(b"a", 1), (b"b", 3)])),
    ],
    "zrem and zcard": [
        (lambda c: c.zcard("z"), 0),
        (lambda c: c.zrem("z", "a"), 0),
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zrem("z", "a", "c", "missing"), 2),
        (lambda c: c.zcard("z"), 1),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize(
    "call",
    needing(
        lambda c: c.zunionstore("a", ["b", "c"]),
        lambda c: c.zinter(["a", "b"]),
        lambda c: c.zmpop(2, ["a", "b"], min=True),
        lambda c: c.bzpopmin(["a", "b"], 1),
    ),
)
def test_keys_of_several_slots_are_the_servers_to_refuse(rc: RedisCluster, call: Call) -> None:
    with pytest.raises(ClusterCrossSlotError):
        call(rc)


def test_scores_need_a_count_of_random_members(rc: RedisCluster) -> None:
    anything: Any = rc
    with pytest.raises(ResponseError, match="value is not an integer"):
        anything.zrandmember("z", withscores=True)


def test_another_type_is_no_sorted_set(rc: RedisCluster) -> None:
    rc.set("k", "text")
    for call in (lambda: rc.zpopmin("k"), lambda: rc.zscan("k"), lambda: rc.zmscore("k", ["a"])):
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            call()
