"""HyperLogLogs as they are stored: read and counted here as a server does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediscluster_c._commands.cross_slot.hyperloglog import (
    _dense,
    _estimate,
    _registers,
    _sparse,
    _tag_beside,
)
from rediscluster_c.crc import keyslot
from rediscluster_c.exceptions import ResponseError

REGISTERS = 16384
EMPTY = b"\x7f\xff"  # a run of 16384 registers of 0
CACHE = b"\0" * 11  # unused bytes and the cached count


def sparse(data: bytes) -> bytes:
    return b"HYLL\x01" + CACHE + data


def packed(registers: list[int]) -> bytes:
    number = sum(value << 6 * i for i, value in enumerate(registers))
    return number.to_bytes(len(registers) * 6 // 8, "little")


@given(st.lists(st.integers(0, 51), min_size=64, max_size=64))
def test_registers_of_six_bits(registers: list[int]) -> None:
    assert list(_dense(packed(registers))) == registers


def test_runs() -> None:
    # 3 of 0; 2 of 5; 1 of 32; the others of 0.
    data = b"\x02" + bytes([0x80 | 4 << 2 | 1]) + bytes([0x80 | 31 << 2]) + b"\x7f\xf9"
    registers = _sparse(data)
    assert registers[:7] == bytes([0, 0, 0, 5, 5, 32, 0])
    assert len(registers) == REGISTERS
    assert _registers(sparse(data)) == registers


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"HYLL",
        b"HYLL\x01" + CACHE,
        b"HYLX\x01" + CACHE + EMPTY,
        b"HYLL\x02" + CACHE + EMPTY,
        b"HYLL\x00" + CACHE + b"\0" * 12287,
        b"HYLL\x00" + CACHE + b"\xff" * 12288,
        sparse(EMPTY + b"\0"),
        sparse(b"\x7f"),
    ],
)
def test_what_is_none(value: bytes) -> None:
    with pytest.raises(ResponseError, match="^WRONGTYPE Key is not a valid HyperLogLog"):
        _registers(value)


@pytest.mark.parametrize(
    ("registers", "count"),
    [
        (bytes(REGISTERS), 0),
        (b"\x01" + bytes(REGISTERS - 1), 1),
        (b"\x01\x02\x03" + bytes(REGISTERS - 3), 3),
    ],
)
def test_small_counts_are_exact(registers: bytes, count: int) -> None:
    assert _estimate(registers) == count


def test_full_registers_have_a_count() -> None:
    assert _estimate(bytes([50]) * REGISTERS) > 10**18


@given(st.binary(max_size=12))
def test_a_tag_of_the_same_slot_for_any_key(key: bytes) -> None:
    assert keyslot(b"{%b}more" % _tag_beside(key)) == keyslot(key)
