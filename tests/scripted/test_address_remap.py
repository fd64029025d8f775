"""address_remap: the user's function has the last word on each address that a server names."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c._commands.target_nodes import resolve
from rediscluster_c.exceptions import RedisClusterConfigError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Ask, Reply, ScriptedCluster

Address = tuple[str, int]


class Gate:
    """The cluster names addresses inside; the gate lets each of them out."""

    def __init__(self) -> None:
        self.seen: list[Address] = []
        self.fault: BaseException | None = None

    def __call__(self, address: Address) -> Address:
        self.seen.append(address)
        if self.fault is not None:
            raise self.fault
        host, port = address
        return host.replace("far ", "").replace("inside", "127.0.0.1"), port


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def hidden(cluster: ScriptedCluster) -> Iterator[ScriptedCluster]:
    """Its nodes name themselves by a host that nobody can reach."""
    for node in cluster.nodes:
        node.announced_host = b"inside"
    yield cluster


def test_the_slot_table_is_mapped(hidden: ScriptedCluster, connect: Connect, gate: Gate) -> None:
    client: Any = connect(hidden, address_remap=gate)
    for node in hidden.nodes:
        key = hidden.key(node)
        assert client.set(key, "v") is True
        assert node.sequence() == [f"SET {key} v"]
    assert set(gate.seen) == {("inside", node.port) for node in hidden.nodes}
    assert [node.host for node in client.get_nodes()] == ["127.0.0.1"] * 3


@pytest.mark.parametrize("ask", [True, False])
def test_a_redirect_is_mapped(
    hidden: ScriptedCluster, connect: Connect, gate: Gate, ask: bool
) -> None:
    client = connect(hidden, address_remap=gate)
    a, b, _ = hidden.nodes
    key = hidden.key(a)
    gate.seen.clear()
    if ask:
        a.on("SET", Ask(b))
    else:
        hidden.move(key, b)
    assert client.set(key, "v") is True
    assert ("inside", b.port) in gate.seen
    assert b.commands("SET")


def test_rules_come_first(hidden: ScriptedCluster, connect: Connect, gate: Gate) -> None:
    rules = [{"from_host": "inside", "to_host": "far inside"}]
    assert connect(hidden, address_remap=gate, host_port_remap=rules).set("k", "v") is True
    assert {host for host, _ in gate.seen} == {"far inside"}


def test_what_it_raises_ends_the_construction(hidden: ScriptedCluster, gate: Gate) -> None:
    gate.fault = KeyError("no such host")
    with within(10), pytest.raises(KeyError, match="no such host"):
        RedisCluster(startup_nodes=hidden.startup_nodes, address_remap=gate)
    hidden.wait_all_closed()


def test_what_it_raises_ends_the_call_and_no_address_is_learned(
    hidden: ScriptedCluster, connect: Connect, gate: Gate
) -> None:
    client: Any = connect(hidden, address_remap=gate)
    a, b, c = hidden.nodes
    moved, other = hidden.key(a), hidden.key(c)
    hidden.move(moved, b)
    gate.fault = KeyError("no such host")
    with within(10), pytest.raises(KeyError, match="no such host"):
        client.get(moved)
    with within(10), pytest.raises(KeyError, match="no such host"):
        client.pipeline().get(other).get(moved).execute()
    assert {node.host for node in client.get_nodes()} == {"127.0.0.1"}
    assert b.commands("GET") == []
    assert client.get(other) is None
    gate.fault = None
    assert client.get(moved) is None
    assert b.sequence() == [f"GET {moved}"]


@pytest.mark.parametrize("answer", [None, ("h", 0), ("", 1), ("ä" * 200, 1)])
def test_what_is_no_address_ends_the_call(hidden: ScriptedCluster, answer: Any) -> None:
    with within(10), pytest.raises((RedisClusterConfigError, ValueError), match="address_remap"):
        RedisCluster(startup_nodes=hidden.startup_nodes, address_remap=lambda address: answer)


def test_it_must_not_use_its_own_client(hidden: ScriptedCluster, connect: Connect) -> None:
    """It would wait for the slot table, which waits for it."""
    caught: list[BaseException] = []
    client: Any = None

    def remap(address: Address) -> Address:
        if client is not None:
            for call in (lambda: client.get("k"), client.connection_pool.refresh):
                with pytest.raises(RuntimeError, match="must not use its own client") as error:
                    call()
                caught.append(error.value)
        return "127.0.0.1", address[1]

    client = connect(hidden, address_remap=remap)
    with within(10):
        client.connection_pool.refresh()
        assert len(caught) == 6
        assert client.get("k") is None


def test_other_threads_may_use_the_client_meanwhile(
    hidden: ScriptedCluster, connect: Connect
) -> None:
    asked, done = threading.Event(), threading.Event()
    replies: list[Any] = []

    def remap(address: Address) -> Address:
        if threading.current_thread() is fetcher:
            asked.set()
            assert done.wait(10)
        return "127.0.0.1", address[1]

    fetcher = threading.Thread(target=lambda: client.connection_pool.refresh())
    client: Any = connect(hidden, address_remap=remap)
    fetcher.start()
    assert asked.wait(10)
    replies.append(client.set("k", "v"))
    done.set()
    fetcher.join(10)
    assert not fetcher.is_alive()
    assert replies == [True]


def test_targets_are_mapped_as_well(hidden: ScriptedCluster, connect: Connect, gate: Gate) -> None:
    client = connect(hidden, address_remap=gate)
    line = f"{'a' * 40} inside:7 master - 0 0 1 connected"
    hidden.on("CLUSTER NODES", Reply(line.encode()))
    assert resolve(client, "a" * 40) == ([("127.0.0.1", 7)], True)
    assert resolve(client, "127.0.0.1:7") == ([("127.0.0.1", 7)], True)


def test_it_goes_with_its_client(hidden: ScriptedCluster) -> None:
    gate = Gate()
    client: Any = RedisCluster(startup_nodes=hidden.startup_nodes, address_remap=gate)
    gate.client = client  # type: ignore[attr-defined]
    watched = weakref.ref(client), weakref.ref(gate)
    del client, gate
    gc.collect()
    assert [reference() for reference in watched] == [None, None]
