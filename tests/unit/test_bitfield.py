"""BitFieldOperation puts its command together; nothing is sent before execute()."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.bitfield import BitFieldOperation


class Recorder(RedisCluster):
    """Keeps what is to be sent, and sends nothing."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return args


@pytest.fixture
def client() -> Recorder:
    return Recorder("localhost", 1, init_slot_cache=False)


def test_operations_in_their_order(client: RedisCluster) -> None:
    field = client.bitfield("k")
    assert isinstance(field, BitFieldOperation)
    assert field.command == ["BITFIELD", "k"]
    assert field.set("u8", 0, 255) is field
    assert field.get("i5", "#2") is field
    assert field.incrby("u4", 4, -1) is field
    command = "BITFIELD k SET u8 0 255 GET i5 #2 INCRBY u4 4 -1"
    assert " ".join(map(str, field.command)) == command
    assert " ".join(map(str, field.execute())) == command


def test_it_is_empty_after_execute_and_reset(client: RedisCluster) -> None:
    field = client.bitfield("k", "SAT").get("u8", 0)
    first = field.execute()
    assert first == ("BITFIELD", "k", "OVERFLOW", "SAT", "GET", "u8", 0)
    assert field.command == ["BITFIELD", "k", "OVERFLOW", "SAT"]
    field.overflow("fail").get("u8", 0).reset()
    assert field.get("u8", 0).execute() == first


@pytest.mark.parametrize("default", [None, "WRAP", "wrap"])
def test_the_servers_default_is_not_said(client: RedisCluster, default: str | None) -> None:
    field = client.bitfield("k", default)
    assert field.overflow("wrap").incrby("u2", 0, 1, overflow="WRAP").command == (
        ["BITFIELD", "k", "INCRBY", "u2", 0, 1]
    )


def test_overflow_is_said_where_it_changes(client: RedisCluster) -> None:
    field = client.bitfield("k").incrby("u2", 0, 1, "sat").incrby("u2", 0, 1, "SAT")
    field.incrby("u2", 0, 1).overflow("fail").incrby("u2", 0, 1).incrby("u2", 0, 1, "wrap")
    increment = ("INCRBY", "u2", 0, 1)
    assert field.operations == [
        ("OVERFLOW", "SAT"),
        increment,
        increment,
        increment,
        ("OVERFLOW", "FAIL"),
        increment,
        ("OVERFLOW", "WRAP"),
        increment,
    ]


def test_on_a_pipeline_nothing_is_queued_before_it_is_executed() -> None:
    pipe = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    assert pipe.bitfield("k").get("u8", 0).command == ["BITFIELD", "k", "GET", "u8", 0]
    assert len(pipe) == 0
