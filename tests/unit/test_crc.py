"""Hash slots: known ones, and any key against another way to compute CRC16."""

from __future__ import annotations

import enum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rediscluster_c import DataError
from rediscluster_c.crc import Key, keyslot


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM, bit by bit as it is defined."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
    return crc & 0xFFFF


def reference_slot(key: bytes) -> int:
    start = key.find(b"{")
    end = key.find(b"}", start + 1)
    if start >= 0 and end > start + 1:
        key = key[start + 1 : end]
    return crc16(key) % 16384


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"", 0),
        (b"123456789", 0x31C3),
        (b"foo", 12182),
        (b"bar", 5061),
        (b"hello", 866),
        (b"{user1000}.following", 3443),
        (b"\x00", 0),
        (b"\xff\xff", 0x1D0F % 16384),
    ],
)
def test_known_slots(key: bytes, slot: int) -> None:
    assert keyslot(key) == slot


@pytest.mark.parametrize(
    ("key", "tag"),
    [
        (b"{user1000}.followers", b"user1000"),
        (b"a{b}c", b"b"),
        (b"foo{}{bar}", b"foo{}{bar}"),
        (b"foo{{bar}}zap", b"{bar"),
        (b"foo{bar}{zap}", b"bar"),
        (b"foo}bar{", b"foo}bar{"),
        (b"}{x}", b"x"),
        (b"{unclosed", b"{unclosed"),
    ],
)
def test_the_first_tag_that_is_closed_and_not_empty_decides(key: bytes, tag: bytes) -> None:
    assert keyslot(key) == crc16(tag) % 16384


@given(st.binary(max_size=300) | st.text("{}ab", max_size=12).map(str.encode))
@example(b"{")
@example(b"{}")
def test_any_key_has_the_slot_of_the_definition(key: bytes) -> None:
    assert keyslot(key) == reference_slot(key)


class Colour(enum.IntEnum):
    RED = 1


class Loud(float):
    def __repr__(self) -> str:
        return "LOUD"


class Name(str):
    def __str__(self) -> str:
        return "another"


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("grün", "grün".encode()),
        (-12, b"-12"),
        (2**70, b"1180591620717411303424"),
        (1.5, b"1.5"),
        (1e22, b"1e+22"),
        (memoryview(b"foobar")[::2], b"foa"),
        (Colour.RED, b"1"),
        (Loud(1.5), b"1.5"),
        (Name("name"), b"name"),
    ],
)
def test_a_key_of_any_type_has_the_slot_of_what_is_sent(key: Key, sent: bytes) -> None:
    assert keyslot(key) == reference_slot(sent)


def test_a_text_is_encoded_as_told() -> None:
    assert keyslot("grün", "latin-1") == reference_slot(b"gr\xfcn")
    assert keyslot("\udcff", errors="surrogateescape") == reference_slot(b"\xff")


@pytest.mark.parametrize("key", [None, True, bytearray(b"k"), ["k"], {"k": 1}, object()])
def test_other_types_are_no_keys(key: object) -> None:
    with pytest.raises(DataError, match=f"Invalid input of type: '{type(key).__name__}'"):
        keyslot(key)  # type: ignore[arg-type]
