"""Lists, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import MODES, Case, Factory, check

CASES: dict[str, Case] = {
    "lpush and rpush": [
        (lambda c: c.rpush("l", "a"), 1),
        (lambda c: c.rpush("l", "b", "c"), 3),
        (lambda c: c.lpush("l", 0, -1), 5),
        (lambda c: c.lrange("l", 0, -1), [b"-1", b"0", b"a", b"b", b"c"]),
    ],
    "lpop and rpop": [
        (lambda c: c.lpop("l"), None),
        (lambda c: c.rpop("l"), None),
        (lambda c: c.rpush("l", "a", "", "c"), 3),
        (lambda c: c.lpop("l"), b"a"),
        (lambda c: c.rpop("l"), b"c"),
        (lambda c: c.lpop("l"), b""),
        (lambda c: c.llen("l"), 0),
    ],
    "lpop and rpop of several": [
        (lambda c: c.lpop("l", 2), None),
        (lambda c: c.rpop("l", count=2), None),
        (lambda c: c.rpush("l", *range(6)), 6),
        (lambda c: c.lpop("l", 2), [b"0", b"1"]),
        (lambda c: c.rpop("l", count=3), [b"5", b"4", b"3"]),
        (lambda c: c.lpop("l", 1), [b"2"]),
    ],
    "lrange": [
        (lambda c: c.lrange("l", 0, -1), []),
        (lambda c: c.rpush("l", *"abcd"), 4),
        (lambda c: c.lrange("l", 1, 2), [b"b", b"c"]),
        (lambda c: c.lrange("l", -2, 100), [b"c", b"d"]),
        (lambda c: c.lrange("l", 2, 1), []),
    ],
    "llen and lindex": [
        (lambda c: c.llen("l"), 0),
        (lambda c: c.lindex("l", 0), None),
        (lambda c: c.rpush("l", *"abc"), 3),
        (lambda c: c.llen("l"), 3),
        (lambda c: c.lindex("l", 0), b"a"),
        (lambda c: c.lindex("l", -1), b"c"),
        (lambda c: c.lindex("l", 3), None),
    ],
    "ltrim": [
        (lambda c: c.ltrim("l", 0, 1), True),
        (lambda c: c.rpush("l", *"abcd"), 4),
        (lambda c: c.ltrim("l", 1, -2), True),
        (lambda c: c.lrange("l", 0, -1), [b"b", b"c"]),
        (lambda c: c.ltrim("l", 1, 0), True),
        (lambda c: c.exists("l"), 0),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])
