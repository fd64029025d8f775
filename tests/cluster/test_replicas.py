"""Reads from replicas: they do the reading, and never the writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.modes import Factory, wait_for_replicas

KEYS = [f"key:{number}" for number in range(60)]


def replicas(rc: Any) -> set[str]:
    """Their names; a cluster that has none is no cluster for these tests."""
    found = {
        f"{host}:{port}" for _, _, nodes in rc.connection_pool.ranges() for host, port in nodes[1:]
    }
    assert found, "these tests need a cluster with replicas"
    return found


def counts(rc: Any, command: str) -> dict[str, dict[str, int]]:
    """What each node says of one command: calls, rejected_calls."""
    nothing = {"calls": 0, "rejected_calls": 0}
    return {
        node: {**nothing, **fields.get(f"cmdstat_{command}", {})}
        for node, fields in rc.info("commandstats").items()
    }


def total(rc: Any, command: str, nodes: set[str], field: str = "calls") -> int:
    return sum(count[field] for node, count in counts(rc, command).items() if node in nodes)


@pytest.fixture
def filled(rc: Any) -> Any:
    """A client that reads from primaries; all replicas have the keys."""
    rc.mset(dict.fromkeys(KEYS, "v"))
    wait_for_replicas(rc)
    return rc


def by_client(client: Any) -> None:
    for key in KEYS:
        assert client.get(key) == b"v"


def by_pipeline(client: Any) -> None:
    pipe = client.pipeline(read_from_replicas=True)
    for key in KEYS:
        pipe.get(key)
    assert pipe.execute() == [b"v"] * len(KEYS)


def by_mget(client: Any) -> None:
    assert client.mget(KEYS) == [b"v"] * len(KEYS)


READS: list[tuple[Callable[[Any], None], str, int]] = [
    (by_client, "get", 60),
    (by_pipeline, "get", 60),
    (by_mget, "mget", len(KEYS)),
]


@pytest.mark.parametrize(("read", "command", "calls"), READS)
def test_replicas_do_a_share_of_the_reading(
    filled: Any, make_client: Factory, read: Callable[[Any], None], command: str, calls: int
) -> None:
    client = make_client(read_from_replicas=True)
    names = replicas(filled)
    before = total(filled, command, names)
    for _ in range(3):
        read(client)
    on_replicas = total(filled, command, names) - before
    assert 0.2 * 3 * calls < on_replicas <= 3 * calls


@pytest.mark.parametrize(("read", "command", "calls"), READS[:1] + READS[2:])
def test_without_the_option_they_do_none(
    filled: Any, read: Callable[[Any], None], command: str, calls: int
) -> None:
    names = replicas(filled)
    before = counts(filled, command)
    read(filled)
    after = counts(filled, command)
    assert {name: after[name] for name in names} == {name: before[name] for name in names}


def test_readonly_mode_reads_from_them_as_well(filled: Any, make_client: Factory) -> None:
    client = make_client(readonly_mode=True)
    names = replicas(filled)
    before = total(filled, "get", names)
    for _ in range(3):
        by_client(client)
    assert total(filled, "get", names) > before


def test_writes_never_come_to_them(filled: Any, make_client: Factory) -> None:
    """Those that the primary passes on are no calls that a replica would reject."""
    client: Any = make_client(read_from_replicas=True)
    names = replicas(filled)
    by_client(client)
    before = total(filled, "set", names, "rejected_calls")
    pipe = client.pipeline()
    for key in KEYS:
        assert client.set(key, "v") is True
        pipe.set(key, "v").get("missing")
    assert pipe.execute() == [True, None] * len(KEYS)
    assert total(filled, "set", names, "rejected_calls") == before


def test_a_connection_says_once_that_it_reads(filled: Any, make_client: Factory) -> None:
    client = make_client(read_from_replicas=True)
    names = replicas(filled)
    before = total(filled, "readonly", names)
    for _ in range(5):
        by_client(client)
        by_pipeline(client)
    assert total(filled, "readonly", names) - before <= len(names)
