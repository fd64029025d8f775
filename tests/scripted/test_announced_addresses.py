"""A cluster that announces addresses which nobody can reach from here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException
from tests.support.blackhole import BlackHole
from tests.support.clock import within
from tests.support.resp import Value
from tests.support.scripted import Reply, ScriptedCluster

Address = tuple[str, int]


def _table(addresses: list[Address]) -> list[Value]:
    """A slot table in which these nodes share the slots."""
    share = 16384 // len(addresses)
    last = len(addresses) - 1
    return [
        [share * i, 16383 if i == last else share * i + share - 1, [host, port, f"{i:040x}"]]
        for i, (host, port) in enumerate(addresses)
    ]


def _announce(cluster: ScriptedCluster, addresses: list[Address]) -> None:
    cluster.on("CLUSTER SLOTS", Reply(_table(addresses)))


@pytest.fixture(params=["refused", "silent"])
def nowhere(request: pytest.FixtureRequest) -> Iterator[list[Address]]:
    """Addresses where a connection is refused at once, or never made."""
    with ExitStack() as stack:
        if request.param == "refused":
            yield [(f"127.0.0.{i}", 1) for i in (2, 3, 4)]
        else:
            holes = [stack.enter_context(BlackHole()) for _ in range(3)]
            yield [(hole.host, hole.port) for hole in holes]


def _says_so(error: RedisClusterException, addresses: list[Address]) -> None:
    text = str(error)
    assert all(f"{host}:{port}" in text for host, port in addresses), text
    assert "none of them can be reached" in text
    assert "address_remap" in text


def test_the_constructor_says_so(cluster: ScriptedCluster, nowhere: list[Address]) -> None:
    _announce(cluster, nowhere)
    with within(5), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes)
    _says_so(caught.value, nowhere)


def test_the_first_call_says_so(cluster: ScriptedCluster, nowhere: list[Address]) -> None:
    _announce(cluster, nowhere)
    client = RedisCluster(startup_nodes=cluster.startup_nodes, init_slot_cache=False)
    with within(5), pytest.raises(RedisClusterException) as caught:
        client.set("k", "v")
    _says_so(caught.value, nowhere)
    client.close()


def test_commands_of_a_pipeline_say_so(cluster: ScriptedCluster, nowhere: list[Address]) -> None:
    _announce(cluster, nowhere)
    client = RedisCluster(startup_nodes=cluster.startup_nodes, init_slot_cache=False)
    with within(5):
        results = client.pipeline().set("a", 1).get("b").execute(raise_on_error=False)
    for error in results:
        assert isinstance(error, RedisClusterException)
        assert error.outcome == "not sent"
        _says_so(error, nowhere)
    client.close()


def test_a_remap_is_the_cure(cluster: ScriptedCluster, nowhere: list[Address]) -> None:
    _announce(cluster, nowhere)
    real = dict(zip(nowhere, cluster.nodes))
    cluster.owners[:] = [
        cluster.nodes[min(slot // (16384 // 3), 2)] for slot in range(len(cluster.owners))
    ]
    client = RedisCluster(
        startup_nodes=cluster.startup_nodes,
        address_remap=lambda address: (real[address].host, real[address].port),
    )
    assert client.set("k", "v") is True
    client.close()


def test_one_that_answers_is_enough(cluster: ScriptedCluster, nowhere: list[Address]) -> None:
    """Then it may be a failover, which is waited for as ever."""
    a, b, _ = cluster.nodes
    _announce(cluster, [*nowhere[:2], (b.host, b.port)])
    with within(5):
        client = RedisCluster(startup_nodes=[a.startup_node])
    client.close()


def test_a_table_with_the_node_that_gave_it_costs_no_look(cluster: ScriptedCluster) -> None:
    a, _, _ = cluster.nodes
    client = RedisCluster(startup_nodes=cluster.startup_nodes)
    assert cluster.count("PING") == 0
    client.close()
    _announce(cluster, [(a.host, a.port), ("127.0.0.2", 1)])
    client = RedisCluster(startup_nodes=[a.startup_node])
    assert cluster.count("PING") == 0
    client.close()


def test_a_startup_address_that_no_table_names_is_fine(cluster: ScriptedCluster) -> None:
    """A name, or a load balancer: one PING shows that the table's own addresses are right."""
    a, b, c = cluster.nodes
    _announce(cluster, [(b.host, b.port), (c.host, c.port)])
    started = time.monotonic()
    client = RedisCluster(startup_nodes=[a.startup_node])
    assert time.monotonic() - started < 2
    assert cluster.count("PING") == 1
    client.close()
