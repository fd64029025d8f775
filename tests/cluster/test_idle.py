"""Idle connections that the server has closed are noticed before anything is written on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.modes import Factory
from tests.cluster.test_endings import connections

KEYS = [f"key:{number}" for number in range(30)]


def kill(rc: Any) -> None:
    """End all connections of other clients to every node."""
    rc.execute_command("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes")


def single(client: Any) -> list[Any]:
    return [client.incr(key) for key in KEYS]


def pipelined(client: Any) -> list[Any]:
    pipe = client.pipeline()
    for key in KEYS:
        pipe.incr(key)
    return list(pipe.execute())


def in_transactions(client: Any) -> list[Any]:
    found: list[Any] = []
    for key in KEYS:
        found += client.pipeline(transaction=True).incr(key).execute()
    return found


@pytest.mark.parametrize("use", [single, pipelined, in_transactions])
def test_writes_run_once_after_the_server_closed_the_connections(
    rc: Any, make_client: Factory, use: Callable[[Any], list[Any]]
) -> None:
    """Not one of them ends with an error, though a write is not tried a second time."""
    client: Any = make_client(retry_writes=False)
    for round_ in range(1, 11):
        assert use(client) == [round_] * len(KEYS)
        kill(rc)


def test_connections_that_the_server_finds_too_old(rc: Any, make_client: Factory) -> None:
    client: Any = make_client(retry_writes=False, client_name="idle")
    assert single(client) == [1] * len(KEYS)
    assert connections(rc, "idle") > 0
    rc.config_set("timeout", 1)
    try:
        deadline = time.monotonic() + 20
        while connections(rc, "idle") > 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert connections(rc, "idle") == 0
        assert single(client) == [2] * len(KEYS)
    finally:
        rc.config_set("timeout", 0)
    assert pipelined(client) == [3] * len(KEYS)


def test_idle_connections_count_for_no_limit_once_they_are_closed(
    rc: Any, make_client: Factory
) -> None:
    client: Any = make_client(max_connections=1, retry_writes=False)
    for round_ in range(1, 6):
        assert pipelined(client) == [round_] * len(KEYS)
        kill(rc)
