"""Sorted sets, and the replies of their commands."""

from __future__ import annotations

import math

import pytest

from tests.cluster.modes import MODES, Case, Factory, check

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
    "zrem and zcard": [
        (lambda c: c.zcard("z"), 0),
        (lambda c: c.zrem("z", "a"), 0),
        (lambda c: c.zadd("z", {"a": 1, "b": 2, "c": 3}), 3),
        (lambda c: c.zrem("z", "a", "c", "missing"), 2),
        (lambda c: c.zcard("z"), 1),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])
