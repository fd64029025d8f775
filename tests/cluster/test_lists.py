"""Lists, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import CROSS_SLOT, MODES, Case, Factory, check, named

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
    "blpop and brpop": [
        (lambda c: c.blpop("l", 0.01), None),
        (lambda c: c.rpush("{l}2", *"abcd"), 4),
        (lambda c: c.blpop(["{l}1", "{l}2"], 1), (b"{l}2", b"a")),
        (lambda c: c.brpop(("{l}1", "{l}2"), timeout=1), (b"{l}2", b"d")),
        (lambda c: c.blpop("{l}2"), (b"{l}2", b"b")),
        (lambda c: c.brpop("{l}2", None), (b"{l}2", b"c")),
        (lambda c: c.brpop(["{l}1", "{l}2"], 0.01), None),
    ],
    "lmpop": [
        (lambda c: c.lmpop(1, "l", direction="LEFT"), None),
        (lambda c: c.rpush("{l}2", *"abcd"), 4),
        (lambda c: c.lmpop(2, "{l}1", "{l}2", direction="LEFT"), (b"{l}2", [b"a"])),
        (lambda c: c.lmpop(1, "{l}2", direction="RIGHT", count=2), (b"{l}2", [b"d", b"c"])),
    ],
    "blmpop": [
        (lambda c: c.blmpop(0.01, 1, "l", direction="LEFT"), None),
        (lambda c: c.rpush("{l}2", *"abcd"), 4),
        (lambda c: c.blmpop(1, 2, "{l}1", "{l}2", direction="LEFT"), (b"{l}2", [b"a"])),
        (lambda c: c.blmpop(1, 1, "{l}2", direction="RIGHT", count=2), (b"{l}2", [b"d", b"c"])),
    ],
    "linsert": [
        (lambda c: c.linsert("l", "BEFORE", "a", "b"), 0),
        (lambda c: c.rpush("l", "a"), 1),
        (lambda c: c.linsert("l", "before", "a", "b"), 2),
        (lambda c: c.linsert("l", "AFTER", "a", ""), 3),
        (lambda c: c.linsert("l", "AFTER", "missing", "x"), -1),
        (lambda c: c.lrange("l", 0, -1), [b"b", b"a", b""]),
    ],
    "lmove": [
        (lambda c: c.lmove("{l}1", "{l}2"), None),
        (lambda c: c.rpush("{l}1", *"abcd"), 4),
        (lambda c: c.lmove("{l}1", "{l}2"), b"a"),
        (lambda c: c.lmove("{l}1", "{l}2", "RIGHT", "LEFT"), b"d"),
        (lambda c: c.lrange("{l}2", 0, -1), [b"d", b"a"]),
    ],
    "blmove": [
        (lambda c: c.blmove("{l}1", "{l}2", 0.01), None),
        (lambda c: c.rpush("{l}1", *"abcd"), 4),
        (lambda c: c.blmove("{l}1", "{l}2", 1), b"a"),
        (lambda c: c.blmove("{l}1", "{l}2", 1, src="RIGHT", dest="LEFT"), b"d"),
        (lambda c: c.lrange("{l}2", 0, -1), [b"d", b"a"]),
    ],
    "lpos": [
        (lambda c: c.lpos("l", "a"), None),
        (lambda c: c.lpos("l", "a", count=0), []),
        (lambda c: c.rpush("l", *"abcabca"), 7),
        (lambda c: c.lpos("l", "a"), 0),
        (lambda c: c.lpos("l", "a", 2), 3),
        (lambda c: c.lpos("l", "a", rank=-1), 6),
        (lambda c: c.lpos("l", "a", count=0), [0, 3, 6]),
        (lambda c: c.lpos("l", "c", maxlen=2), None),
    ],
    "lpushx and rpushx": [
        (lambda c: c.lpushx("l", "a"), 0),
        (lambda c: c.rpushx("l", "a"), 0),
        (lambda c: c.rpush("l", "a"), 1),
        (lambda c: c.lpushx("l", "b", "c"), 3),
        (lambda c: c.rpushx("l", value="d"), 4),
        (lambda c: c.lrange("l", 0, -1), [b"c", b"b", b"a", b"d"]),
    ],
    "lrem": [
        (lambda c: c.lrem("l", 0, "a"), 0),
        (lambda c: c.rpush("l", *"abababa"), 7),
        (lambda c: c.lrem("l", 1, "a"), 1),
        (lambda c: c.lrem("l", -1, "a"), 1),
        (lambda c: c.lrem("l", 0, "b"), 3),
        (lambda c: c.lrange("l", 0, -1), [b"a", b"a"]),
    ],
    "lset": [
        (lambda c: c.rpush("l", *"abc"), 3),
        (lambda c: c.lset("l", 0, "x"), True),
        (lambda c: c.lset("l", -1, ""), True),
        (lambda c: c.lrange("l", 0, -1), [b"x", b"b", b""]),
    ],
}

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "rpoplpush and brpoplpush": [
        (lambda c: c.rpoplpush("{l}1", "{l}2"), None),
        (lambda c: c.brpoplpush("{l}1", "{l}2", 1), None),
        (lambda c: c.rpush("{l}1", *"abcd"), 4),
        (lambda c: c.rpoplpush("{l}1", "{l}2"), b"d"),
        (lambda c: c.brpoplpush("{l}1", "{l}2"), b"c"),
        (lambda c: c.brpoplpush("{l}1", "{l}2", None), b"b"),
        (lambda c: c.lrange("{l}2", 0, -1), [b"b", b"c", b"d"]),
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
