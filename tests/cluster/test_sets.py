"""Sets, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import MODES, Case, Factory, check

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
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])
