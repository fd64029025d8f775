"""Conversions that are written in C: streams, scans, pops; values as redis-py has them."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rediscluster_c._core import convert
from tests.support.resp import Value, encode
from tests.support.signals import Interrupted

ENTRIES: list[Value] = [[b"1-0", [b"a", b"1"]], [b"2-0", [b"b", b"2", b"c", b"\xff"]]]
CONVERTED = [(b"1-0", {b"a": b"1"}), (b"2-0", {b"b": b"2", b"c": b"\xff"})]


def converted(name: str, reply: Value, *more: Any) -> Any:
    return convert(name, encode(reply), *more)


# (name, reply, options, value)
KNOWN: list[tuple[str, Value, int, Any]] = [
    ("stream_list", ENTRIES, 0, CONVERTED),
    ("stream_list", [], 0, []),
    ("stream_list", None, 0, None),
    ("stream_list", [[b"1-0", None], None], 0, [(b"1-0", {}), (None, None)]),
    ("stream_list", [[b"1-0", [], 7, 1]], 0, [(b"1-0", {}, 7, 1)]),
    ("xread", [[b"s", ENTRIES], [b"t", []]], 0, [[b"s", CONVERTED], [b"t", []]]),
    ("xread", None, 0, []),
    ("xclaim", ENTRIES, 0, CONVERTED),
    ("xclaim", [b"1-0"], 1, [b"1-0"]),
    ("xautoclaim", [b"0-0", ENTRIES, [b"3-0"]], 0, [b"0-0", CONVERTED, [b"3-0"]]),
    ("xautoclaim", [b"0-0", ENTRIES], 0, [b"0-0", CONVERTED]),
    ("xautoclaim", [b"0-0", [b"1-0", b"2-0"], []], 1, [b"1-0", b"2-0"]),
    ("scan", [b"4", [b"h", b"\xff"]], 0, (4, [b"h", b"\xff"])),
    ("scan", [b"18446744073709551615", []], 0, (2**64 - 1, [])),
    ("hscan", [b"0", [b"f", b"1", b"g", b"2"]], 0, (0, {b"f": b"1", b"g": b"2"})),
    ("hscan", [b"0", []], 0, (0, {})),
    ("hscan", [b"0", [b"f", b"g", b"h"]], 1, (0, [b"f", b"g", b"h"])),
    ("zscan", [b"0", [b"a", b"1", b"b", b"2.5"]], 0, (0, [(b"a", 1.0), (b"b", 2.5)])),
    ("zpop", [b"a", b"1", b"b", b"inf"], 0, [(b"a", 1.0), (b"b", float("inf"))]),
    ("zpop", [], 0, []),
    ("hrandfield", b"f", 0, b"f"),
    ("hrandfield", [b"f", b"g"], 0, [b"f", b"g"]),
    ("hrandfield", [b"f", b"1", b"f", b"1"], 1, [(b"f", b"1"), (b"f", b"1")]),
    ("floats_with_none", [b"1", None, b"-2.5"], 0, [1.0, None, -2.5]),
    ("zrank", 3, 0, 3),
    ("zrank", None, 0, None),
    ("zrank", [3, b"2.5"], 0, [3, 2.5]),
    ("blpop", [b"k", b"v"], 0, (b"k", b"v")),
    ("blpop", None, 0, None),
    ("bzpop", [b"k", b"m", b"1.5"], 0, (b"k", b"m", 1.5)),
    ("bzpop", None, 0, None),
    ("lmpop", [b"k", [b"v", b"w"]], 0, (b"k", [b"v", b"w"])),
    ("lmpop", None, 0, None),
    ("zmpop", [b"z", [[b"a", b"1"], [b"b", b"2"]]], 0, (b"z", [(b"a", 1.0), (b"b", 2.0)])),
    ("zmpop", None, 0, None),
]


@pytest.mark.parametrize(("name", "reply", "options", "value"), KNOWN)
def test_known_replies(name: str, reply: Value, options: int, value: Any) -> None:
    found = converted(name, reply, False, options)
    assert found == value
    assert type(found) is type(value)


def test_texts_are_decoded() -> None:
    decoded = [["s", [("1-0", {"grün": "x"})]]]
    assert converted("xread", [["s", [["1-0", ["grün", "x"]]]]], True) == decoded
    assert converted("hscan", ["0", ["f", "1"]], True) == (0, {"f": "1"})
    assert converted("zmpop", ["z", [["a", "1"]]], True) == ("z", [("a", 1.0)])
    with pytest.raises(UnicodeDecodeError):
        converted("stream_list", ENTRIES, True)


def test_a_score_is_what_the_callers_function_makes_of_it() -> None:
    assert converted("zscan", [b"0", [b"a", b"1"]], False, 0, int) == (0, [(b"a", 1)])
    assert converted("zrank", [3, b"2.5"], False, 1, repr) == [3, "b'2.5'"]
    with pytest.raises(ZeroDivisionError):
        converted("zscan", [b"0", [b"a", b"1"]], False, 0, lambda score: 1 / 0)


@pytest.mark.parametrize(
    ("name", "reply", "options"),
    [
        ("stream_list", b"1-0", 0),
        ("stream_list", [b"1-0"], 0),
        ("stream_list", [b"10"], 0),
        ("stream_list", [[b"1-0"]], 0),
        ("stream_list", [[b"1-0", [b"a"]]], 0),
        ("stream_list", [[b"1-0", b"ab"]], 0),
        ("stream_list", [[b"1-0", [[b"a"], b"1"]]], 0),
        ("xread", 7, 0),
        ("xread", [[b"s"]], 0),
        ("xread", [b"st"], 0),
        ("xread", [[b"s", 7]], 0),
        ("xautoclaim", None, 0),
        ("xautoclaim", [b"0-0"], 0),
        ("xautoclaim", [b"0-0", b"1"], 0),
        ("scan", None, 0),
        ("scan", [b"0"], 0),
        ("scan", b"00", 0),
        ("scan", [b"x", []], 0),
        ("scan", [b"1 ", []], 0),
        ("scan", [b"", []], 0),
        ("scan", [1, []], 0),
        ("scan", [b"0", b"ab"], 0),
        ("hscan", [b"0", [b"f"]], 0),
        ("zscan", [b"0", [b"a"]], 0),
        ("zscan", [b"0", [b"a", b"x"]], 0),
        ("zscan", [b"0", [b"a", []]], 0),
        ("zpop", b"ab", 0),
        ("hrandfield", [b"f"], 1),
        ("floats_with_none", b"1", 0),
        ("zrank", [3], 0),
        ("blpop", [b"k"], 0),
        ("blpop", b"kv", 0),
        ("bzpop", [b"k", b"m", b"x"], 0),
        ("lmpop", [b"k", b"v"], 0),
        ("zmpop", [b"z", [b"a", b"1"]], 0),
        ("zmpop", [b"z", [b"a1"]], 0),
        ("dict", [b"f"], 0),
        ("scores", [b"a"], 1),
    ],
)
def test_a_reply_of_another_shape_is_refused(name: str, reply: Value, options: int) -> None:
    with pytest.raises(ValueError, match="cannot be converted|could not convert"):
        converted(name, reply, False, options)


@given(st.floats(allow_nan=False).map(repr) | st.integers(0, 10**20).map(str))
@example("0")
@example("-0")
@example("007")
@example("999999999999999")
@example("9007199254740993")
@example("-inf")
def test_a_float_is_the_one_that_python_reads(text: str) -> None:
    found = converted("float", text)
    assert repr(found) == repr(float(text))


@pytest.mark.parametrize("text", ["", "1 ", "1_0", "x", "0x1", "1" * 15 + "x"])
def test_what_is_no_float_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        converted("float", text)


NAMES = sorted({name for name, *_ in KNOWN} | {"dict", "scores", "float"})
REPLIES = st.recursive(
    st.none() | st.integers(-9, 9) | st.sampled_from([b"", b"0", b"1-0", b"\xff"]),
    lambda reply: st.lists(reply, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(NAMES), REPLIES, st.booleans(), st.integers(0, 1))
def test_any_reply_is_converted_or_refused(
    name: str, reply: Value, decode: bool, options: int
) -> None:
    try:
        converted(name, reply, decode, options)
    except ValueError:  # UnicodeDecodeError is one, too
        pass


def test_data_that_is_no_reply() -> None:
    for data in (b"", b"*2\r\n", b"?"):
        with pytest.raises(ValueError, match="not a whole reply"):
            convert("raw", data)
    with pytest.raises(AttributeError, match="nonsense"):
        convert("nonsense", b":1\r\n")
    assert convert("info", b"$3\r\na:1\r\n") == {"a": 1}


def test_what_is_no_text_is_never_decoded() -> None:
    payload = b"\x00\xff\x0b\x00"
    assert converted("bytes", payload, True) == payload
    assert converted("bytes", None, True) is None
    with pytest.raises(UnicodeDecodeError):
        converted("text", payload, True)


@pytest.mark.parametrize("levels", [511, 512])
@pytest.mark.parametrize("name", ["raw", "list_of_lists"])
def test_an_empty_list_may_be_below_the_deepest_level(levels: int, name: str) -> None:
    value = convert(name, b"*1\r\n" * levels + b"*0\r\n")
    for _ in range(levels):
        [value] = value
    assert value == []


COUNT = 400_000


@pytest.mark.parametrize(
    ("name", "reply", "options"),
    [
        ("raw", b"*%d\r\n" % COUNT + b"*0\r\n" * COUNT, 0),
        ("set_of", b"*%d\r\n" % COUNT + b"".join(b":%d\r\n" % i for i in range(COUNT)), 0),
        ("dict", b"*%d\r\n" % COUNT + b"".join(b":%d\r\n" % i for i in range(COUNT)), 0),
        ("scores", b"*%d\r\n" % COUNT + b"$3\r\n1.5\r\n" * COUNT, 1),
        ("stream_list", b"*%d\r\n" % COUNT + b"*2\r\n:1000\r\n*0\r\n" * COUNT, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_signal_ends_a_long_conversion(name: str, reply: bytes, options: int) -> None:
    made: list[int] = []

    def on_signal(number: int, frame: object) -> None:
        made.append(sys.getallocatedblocks() - before)
        raise Interrupted

    gc.disable()  # what a handler raises inside a callback of the collector's is lost
    previous = signal.signal(signal.SIGALRM, on_signal)
    before = sys.getallocatedblocks()
    timer = signal.getitimer(signal.ITIMER_REAL)
    try:
        with pytest.raises(Interrupted):
            # It comes while the reply is read, before anything is made of it.
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            convert(name, reply, False, options)
    finally:
        signal.signal(signal.SIGALRM, previous)
        signal.setitimer(signal.ITIMER_REAL, *timer)
        gc.enable()
    assert made[0] < COUNT // 8
