"""Conversions of replies, whole ones and those that are refused half way, leave nothing behind."""

from __future__ import annotations

from contextlib import suppress

import pytest

from rediscluster_c._core import convert
from tests.leaks.measure import assert_flat
from tests.support.resp import Value, encode

ENTRIES: list[Value] = [[b"1-0", [b"a", b"1"]], None, [b"2-0", None]]
MEMBERS: list[Value] = [b"a", b"1", b"b", b"2.5"]

# (name, reply, options); the last element of some is not what belongs there.
REPLIES: list[tuple[str, Value, int]] = [
    ("stream_list", ENTRIES, 0),
    ("stream_list", [*ENTRIES, [b"3-0", [b"a", b"1", b"b"]]], 0),
    ("stream_list", [*ENTRIES, [b"3-0", [b"a", b"1", [b"b"], b"2"]]], 0),
    ("xread", [[b"s", ENTRIES], [b"t", ENTRIES]], 0),
    ("xread", [[b"s", ENTRIES], [b"t", 7]], 0),
    ("xautoclaim", [b"0-0", ENTRIES, [b"3-0"]], 0),
    ("xautoclaim", [b"0-0", [b"1-0"], [b"3-0"]], 1),
    ("xautoclaim", [b"0-0", [*ENTRIES, 7]], 0),
    ("scan", [b"4", [b"h", b"k"]], 0),
    ("scan", [b"18446744073709551615", 7], 0),
    ("hscan", [b"0", MEMBERS], 0),
    ("zscan", [b"1000000", MEMBERS], 0),
    ("zscan", [b"1000000", [*MEMBERS, b"c", b"x"]], 0),
    ("hrandfield", MEMBERS, 1),
    ("zrank", [3, b"2.5"], 0),
    ("zrank", [3, b"x"], 0),
    ("bzpop", [b"k", b"m", b"1.5"], 0),
    ("bzpop", [b"k", b"m", b"x"], 0),
    ("lmpop", [b"k", [b"v", b"w"]], 0),
    ("zmpop", [b"z", [[b"a", b"1"], [b"b", b"2"]]], 0),
    ("zmpop", [b"z", [[b"a", b"1"], [b"b"]]], 0),
    ("info", b"a:1\r\n", 0),
    ("config_get", [b"a"], 0),
    ("scan", [b"0", [b"\xff"]], 0),
]


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize(("name", "reply", "options"), REPLIES)
def test_conversions(name: str, reply: Value, options: int, decode: bool) -> None:
    data = encode(reply)

    def work() -> None:
        with suppress(ValueError):
            convert(name, data, decode, options)

    assert_flat(work)
