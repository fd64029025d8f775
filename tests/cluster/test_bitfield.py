"""bitfield() on a real cluster: replies in the order of the operations."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ResponseError


def test_values_of_all_operations(rc: Any) -> None:
    field = rc.bitfield("k")
    assert field.set("i8", "#1", 10).get("i8", 8).incrby("i8", "#1", -20).execute() == [0, 10, -10]
    assert field.get("u4", 8).execute() == [15]
    assert rc.get("k") == b"\x00\xf6"


def test_overflow(rc: Any) -> None:
    found = rc.bitfield("k", "sat").set("u2", 0, 3).incrby("u2", 0, 1).incrby("u2", 0, 1, "fail")
    assert found.incrby("u2", 0, 1, "wrap").execute() == [0, 3, None, 0]


def test_nothing_to_do(rc: Any) -> None:
    assert rc.bitfield("k").execute() == []


def test_on_a_pipeline(rc: Any) -> None:
    pipe = rc.pipeline()
    for number in range(10):
        assert pipe.bitfield(f"k{number}").set("u8", 0, number).get("u8", 0).execute() is pipe
    assert pipe.get("k1").execute() == [[0, number] for number in range(10)] + [b"\x01"]


def test_a_wrong_operation(rc: Any) -> None:
    with pytest.raises(ResponseError):
        rc.bitfield("k").overflow("nonsense").incrby("u8", 0, 1).execute()
    with pytest.raises(ResponseError, match="Invalid bitfield type"):
        rc.bitfield("k").get("u65", 0).execute()
