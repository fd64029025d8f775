"""A dead node's address is another cluster's by now: the slot table told there is not believed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ClusterError, RedisClusterException
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import ScriptedCluster, ScriptedNode

COOL_DOWN = 1.6  # after a fetch, until a MOVED asks for another


@pytest.fixture
def foreign() -> Iterator[ScriptedCluster]:
    """Another cluster of three, none of whose nodes is one of the first."""
    with ScriptedCluster(3) as started:
        for node in started.nodes:
            node.id = f"{node.index + 1000:040x}"
        yield started


def _take_over(dead: ScriptedNode, heir: ScriptedNode) -> None:
    """Let `heir` listen where `dead` did, and announce that address."""
    dead.stop()
    heir.stop()
    heir.take_port(dead)
    heir.accept_connections()


def _read_all(client: RedisCluster, cluster: ScriptedCluster, live: list[ScriptedNode]) -> None:
    for node in live:
        for key in cluster.keys(node, 3):
            client.get(key)


@pytest.mark.parametrize("startup", [0, 1])
def test_moved_from_a_foreign_node_captures_nothing(
    cluster: ScriptedCluster, foreign: ScriptedCluster, connect: Connect, startup: int
) -> None:
    """Whether or not the address is one that the program gave."""
    a, b, c = cluster.nodes
    client = connect(cluster, startup_nodes=[cluster.nodes[startup].startup_node])
    key = cluster.key(a)
    foreign.assign(range(16384), foreign.nodes[1])
    foreign.assign([0], foreign.nodes[0])
    _take_over(a, foreign.nodes[0])
    for _ in range(2):
        time.sleep(COOL_DOWN)
        with pytest.raises(ClusterError, match="not followed: no slot table names it"):
            client.get(key)  # the foreign node answers with MOVED
        _read_all(client, cluster, [b, c])
    assert foreign.count("CLUSTER SLOTS") > 0
    assert b.commands("GET") and c.commands("GET")
    assert {args[1] for args in foreign.nodes[0].commands("GET")} == {key.encode()}
    assert not any(node.commands("GET") for node in foreign.nodes[1:])
    cluster.retire(a, to=b)  # its own cluster replaces the dead node
    client.connection_pool.nodes.initialize()
    foreign.forget_log()
    assert client.incr(key) == 1
    assert foreign.count("GET", "INCRBY") == 0


def test_a_foreign_node_is_not_believed_when_the_others_do_not_answer(
    cluster: ScriptedCluster, foreign: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    client = connect(cluster, startup_nodes=[c.startup_node])
    _take_over(a, foreign.nodes[0])
    b.stop()
    c.stop()
    with pytest.raises(RedisClusterException, match=f"{a.address} .it belongs to another cluster"):
        client.connection_pool.nodes.initialize()
    b.accept_connections()
    c.accept_connections()
    _read_all(client, cluster, [b, c])
    assert foreign.count("GET") == 0


@pytest.mark.parametrize("startup", [0, 1])
def test_a_cluster_made_anew_at_the_same_addresses_is_accepted(
    cluster: ScriptedCluster, foreign: ScriptedCluster, connect: Connect, startup: int
) -> None:
    """Its slots are elsewhere, too: within a few calls there is no MOVED any more."""
    client = connect(cluster, startup_nodes=[cluster.nodes[startup].startup_node])
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in (a, b, c)]
    for old, new in zip((a, b, c), foreign.nodes, strict=True):
        _take_over(old, new)
    foreign.assign(range(16384), foreign.nodes[2])
    with within(5):
        while True:
            for key in keys:
                client.set(key, "v")
            foreign.forget_log()
            for key in keys:
                client.set(key, "v")
            if len(foreign.nodes[2].commands("SET")) == foreign.count("SET") == len(keys):
                break
            time.sleep(0.1)


def test_a_single_node_made_anew_is_accepted(connect: Connect) -> None:
    with ScriptedCluster(1) as first, ScriptedCluster(1) as second:
        second.nodes[0].id = "f" * 40
        client = connect(first)
        _take_over(first.nodes[0], second.nodes[0])
        with within(5):
            client.set("k", "v")
            client.connection_pool.nodes.initialize()
        assert client.get("k") == b"v"
