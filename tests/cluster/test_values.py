"""Values at their edges: empty, binary, huge, of any type that a server takes, or a subclass."""

from __future__ import annotations

import enum
import math
import sys
from typing import Any

import pytest

from rediscluster_c import DataError
from tests.cluster.modes import Factory, empty


class Name(str):
    def __str__(self) -> str:
        return "another name"

    def encode(self, *args: Any, **kwargs: Any) -> bytes:
        return b"another encoding"


class Data(bytes):
    def __bytes__(self) -> bytes:
        return b"other data"

    def __len__(self) -> int:
        return 0


class Number(int):
    def __str__(self) -> str:
        return "seven"

    __repr__ = __str__


class Real(float):
    def __repr__(self) -> str:
        return "a half"

    __str__ = __repr__


class Colour(str, enum.Enum):
    RED = "red"


class Weight(enum.IntEnum):
    HEAVY = 7


SENT: list[tuple[Any, bytes]] = [
    ("", b""),
    (b"", b""),
    ("grün", "grün".encode()),
    ("\U0001f40d", "\U0001f40d".encode()),
    ("\0", b"\0"),
    (b"\r\n$3\r\n*1\r\n", b"\r\n$3\r\n*1\r\n"),
    (bytes(range(256)), bytes(range(256))),
    (b"x" * (1 << 20), b"x" * (1 << 20)),
    ("ü" * (1 << 19), "ü".encode() * (1 << 19)),
    (0, b"0"),
    (-1, b"-1"),
    (2**63 - 1, b"9223372036854775807"),
    (-(2**63), b"-9223372036854775808"),
    (2**63, b"9223372036854775808"),
    (-(2**63) - 1, b"-9223372036854775809"),
    (10**100, b"1" + b"0" * 100),
    (0.0, b"0.0"),
    (-0.0, b"-0.0"),
    (1.5, b"1.5"),
    (0.1, b"0.1"),
    (1e22, b"1e+22"),
    (5e-324, b"5e-324"),
    (sys.float_info.max, b"1.7976931348623157e+308"),
    (math.inf, b"inf"),
    (-math.inf, b"-inf"),
    (math.nan, b"nan"),
    (memoryview(b"bytes"), b"bytes"),
    (memoryview(bytearray(b"bytes")), b"bytes"),
    (memoryview(b"0123456789")[2:8], b"234567"),
    (memoryview(b"0123456789")[::-3], b"9630"),
    (memoryview(b""), b""),
    (memoryview(b"abcd").cast("H"), b"abcd"),
    (memoryview(b"abcd").cast("B", (2, 2)), b"abcd"),
    (Name("name"), b"name"),
    (Data(b"data"), b"data"),
    (Number(7), b"7"),
    (Number(2**70), b"1180591620717411303424"),
    (Real(0.5), b"0.5"),
    (Colour.RED, b"red"),
    (Weight.HEAVY, b"7"),
]
# The long ones would fill the screen.
IDS = [f"{type(value).__name__} {sent[:12]!r}" for value, sent in SENT]


@pytest.mark.parametrize(("value", "sent"), SENT, ids=IDS)
def test_a_value_is_sent_and_comes_back(rc: Any, value: Any, sent: bytes) -> None:
    assert rc.set("k", value) is True
    assert rc.get("k") == sent
    assert rc.pipeline().set("k", value).get("k").strlen("k").execute() == [True, sent, len(sent)]
    assert rc.execute_command("SET", "k", value) is True
    assert rc.execute_command("GET", "k") == sent


@pytest.mark.parametrize(("value", "sent"), SENT, ids=IDS)
def test_a_key_is_sent_to_its_slot(rc: Any, value: Any, sent: bytes) -> None:
    assert rc.set(value, "v") is True
    assert rc.get(sent) == b"v"
    assert rc.mget([value, "missing"]) == [b"v", None]
    assert rc.keyslot(value) == rc.keyslot(sent)
    assert rc.keys() == [sent]


@pytest.mark.parametrize(("value", "sent"), SENT, ids=IDS)
def test_a_member_is_sent_wherever_it_stands(rc: Any, value: Any, sent: bytes) -> None:
    assert rc.pipeline().rpush("l", value, value).lrange("l", 0, -1).execute() == [2, [sent, sent]]
    assert rc.sadd("s", value) == 1
    assert rc.smembers("s") == {sent}
    assert rc.hset("h", value, value) == 1
    assert rc.hgetall("h") == {sent: sent}
    assert rc.hget("h", value) == sent


def test_a_memoryview_that_was_released_is_an_error(rc: Any) -> None:
    view = memoryview(b"bytes")
    view.release()
    pipe = rc.pipeline().set("k", "v")
    with pytest.raises((ValueError, DataError)):
        pipe.set("k", view)
    assert pipe.execute() == [True]


@pytest.mark.parametrize("method", ["set", "append", "lpush", "sadd"])
def test_a_text_that_cannot_be_encoded_is_an_error_at_the_call(rc: Any, method: str) -> None:
    pipe = rc.pipeline().set("k", "v")
    for target in (rc, pipe):
        with pytest.raises(UnicodeEncodeError):
            getattr(target, method)("k", "a\ud800b")
        with pytest.raises(UnicodeEncodeError):
            getattr(target, method)("a\ud800b", "v")
    assert len(pipe) == 1
    assert pipe.execute() == [True]
    assert rc.get("k") == b"v"


def test_a_reply_that_cannot_be_decoded_is_the_error_of_its_command(make_client: Factory) -> None:
    client: Any = make_client(decode_responses=True)
    client.flushall()
    client.set("k", b"\xff")
    client.rpush("l", "good", b"\xff", "good")
    with pytest.raises(UnicodeDecodeError):
        client.get("k")
    with pytest.raises(UnicodeDecodeError):
        client.lrange("l", 0, -1)
    pipe = client.pipeline().strlen("k").get("k").lrange("l", 0, -1).lindex("l", 0)
    found = pipe.execute(raise_on_error=False)
    assert [found[0], found[3]] == [1, "good"]
    assert [type(error) for error in found[1:3]] == [UnicodeDecodeError, UnicodeDecodeError]
    assert client.strlen("k") == 1


@pytest.mark.parametrize(
    ("options", "sent", "found"),
    [
        ({"encoding": "latin-1"}, b"gr\xfcn", "grün"),
        ({"encoding": "utf-16-le"}, "grün".encode("utf-16-le"), "grün"),
        ({"encoding": "ascii", "encoding_errors": "replace"}, b"gr?n", "gr?n"),
        ({"encoding": "ascii", "encoding_errors": "ignore"}, b"grn", "grn"),
        ({"encoding": "UTF8"}, "grün".encode(), "grün"),
    ],
)
def test_texts_are_encoded_as_the_client_is_told(
    make_client: Factory, options: dict[str, str], sent: bytes, found: str
) -> None:
    plain: Any = make_client(**options)
    decoding: Any = make_client(decode_responses=True, **options)
    empty(plain)
    assert plain.set("grün", "grün") is True
    assert plain.keys() == [sent]
    assert plain.get("grün") == sent
    assert plain.keyslot("grün") == plain.keyslot(sent)
    assert decoding.get("grün") == found
    assert decoding.mget("grün", "missing") == [found, None]
    assert decoding.execute_command("GET", "grün") == found
    assert decoding.type("grün") == "string"
    assert decoding.pipeline().incr("n").get("grün").execute() == [1, found]
    assert decoding.info()


def test_a_huge_reply_of_many_elements(rc: Any) -> None:
    values = [b"%d" % number * 50 for number in range(20_000)]
    for start in range(0, len(values), 5000):
        rc.rpush("l", *values[start : start + 5000])
    assert rc.lrange("l", 0, -1) == values
    rc.hset("h", mapping=dict.fromkeys(range(10_000), b"v"))
    assert rc.hgetall("h") == dict.fromkeys((b"%d" % number for number in range(10_000)), b"v")
