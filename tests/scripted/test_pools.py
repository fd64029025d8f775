"""Pools as programs hand them over: full ones, what a Retry changes, and the slots they show."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.connection import ClusterBlockingConnectionPool, ClusterConnectionPool
from rediscluster_c.exceptions import ConnectionError, RedisClusterException
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Answer, Delay, Drop, Error, ScriptedCluster


@contextmanager
def busy(cluster: ScriptedCluster, client: RedisCluster) -> Iterator[str]:
    """Meanwhile a slow call on this key has the only connection to its node."""
    node = cluster.nodes[0]
    key, other = cluster.keys(node, 2)
    node.on("GET", Delay(0.6), Answer(), key=key)
    thread = threading.Thread(target=client.get, args=[key])
    thread.start()
    cluster.wait_until(lambda: node.commands("GET") != [])
    yield other
    thread.join(10)
    assert not thread.is_alive()


def test_a_full_pool_refuses_at_once(cluster: ScriptedCluster) -> None:
    pool = ClusterConnectionPool(cluster.startup_nodes, max_connections=1)
    client = RedisCluster(connection_pool=pool)
    with busy(cluster, client) as key:
        with pytest.raises(RedisClusterException, match="^Too many connections"):
            client.get(key)
    client.close()


def test_a_full_node_refuses_at_once(cluster: ScriptedCluster) -> None:
    pool = ClusterConnectionPool(
        cluster.startup_nodes, max_connections=1, max_connections_per_node=True
    )
    client = RedisCluster(connection_pool=pool)
    with busy(cluster, client) as key:
        assert client.get(cluster.key(cluster.nodes[1])) is None
        name = cluster.nodes[0].address
        with pytest.raises(
            RedisClusterException, match=rf"^Too many connection \(1\) for node: {name}"
        ):
            client.get(key)
    client.close()


def test_a_blocking_pool_waits_its_time_once(cluster: ScriptedCluster) -> None:
    pool = ClusterBlockingConnectionPool(cluster.startup_nodes, max_connections=1, timeout=0.2)
    client = RedisCluster(connection_pool=pool)
    with busy(cluster, client) as key:
        begun = time.monotonic()
        with pytest.raises(ConnectionError, match="^No connection available") as caught:
            client.get(key)
        assert 0.19 <= time.monotonic() - begun < 0.6
        assert caught.value.outcome == "not sent"
    client.close()


@pytest.mark.parametrize("timeout", [10, None])
def test_a_blocking_pool_waits_for_a_connection(
    cluster: ScriptedCluster, timeout: float | None
) -> None:
    pool = ClusterBlockingConnectionPool(cluster.startup_nodes, max_connections=1, timeout=timeout)
    client = RedisCluster(connection_pool=pool)
    with busy(cluster, client) as key, within(10):
        assert client.set(key, "v") is True
    client.close()


class Retry:
    """As far as a Retry of redis-py is looked at."""

    def __init__(self, retries: int) -> None:
        self._retries = retries


@pytest.mark.parametrize("retries", [0, 2])
def test_a_retry_says_how_often_a_read_is_repeated(
    cluster: ScriptedCluster, connect: Connect, retries: int
) -> None:
    client = connect(cluster, retry=Retry(retries), socket_timeout=0.3)
    node = cluster.nodes[0]
    node.on("GET", Drop())
    with within(20), pytest.raises(ConnectionError):
        client.get(cluster.key(node))
    assert len(node.commands("GET")) == retries + 1
    cluster.forget_log()
    node.on("INCRBY", Drop())
    with within(20), pytest.raises(ConnectionError):
        client.incr(cluster.key(node))
    assert len(node.commands("INCRBY")) == 1


def test_a_redirect_is_seen_in_the_slots(cluster: ScriptedCluster, client: RedisCluster) -> None:
    manager: Any = client.connection_pool.nodes
    a, b, _ = cluster.nodes
    key, neighbour = cluster.keys(a, 2)
    cluster.on("CLUSTER SLOTS", Error("ERR not now"))
    before = manager.slots[manager.keyslot(key)][0]
    assert (before["name"], manager.reinitialize_counter) == (a.address, 0)
    cluster.move(key, b)
    client.get(key)
    after = manager.slots[manager.keyslot(key)][0]
    assert after["name"] == b.address
    assert after is manager.nodes[b.address]
    assert manager.node_from_slot(manager.keyslot(neighbour))["name"] == a.address
    assert manager.reinitialize_counter == 1
    client.get(key)
    assert manager.slots[manager.keyslot(key)][0] is after


def test_slots_can_be_missing_if_they_need_not_be_covered(cluster: ScriptedCluster) -> None:
    cluster.assign(range(100), None)
    with pytest.raises(RedisClusterException, match="^All slots are not covered after query all"):
        RedisCluster(startup_nodes=cluster.startup_nodes, require_full_coverage=True)
    allowed: list[dict[str, Any]] = [
        {"require_full_coverage": False},
        {"skip_full_coverage_check": True},
    ]
    for options in allowed:
        with RedisCluster(startup_nodes=cluster.startup_nodes, **options) as client:
            assert len(client.connection_pool.nodes.slots) == 16384 - 100


def test_no_reachable_node_is_told_as_ever(cluster: ScriptedCluster) -> None:
    cluster.on("*", Drop())
    expected = r"^Redis Cluster cannot be connected\. Please provide at least one reachable node\."
    with within(20), pytest.raises(RedisClusterException, match=expected):
        RedisCluster(startup_nodes=cluster.startup_nodes)
