"""Reads from replicas: READONLY once for each connection, writes to the masters alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.connection import ClusterConnectionPool
from rediscluster_c.exceptions import RedisClusterConfigError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Answer, Delay, Error, ScriptedCluster, Silence


@pytest.fixture
def pair() -> Iterator[ScriptedCluster]:
    """One master and one replica."""
    with ScriptedCluster(1, replicas=1) as cluster:
        yield cluster


@pytest.fixture
def reader(pair: ScriptedCluster, connect: Connect) -> RedisCluster:
    return connect(pair, read_from_replicas=True)


def test_reads_are_shared_and_writes_are_not(pair: ScriptedCluster, reader: RedisCluster) -> None:
    master, replica = pair.nodes
    for number in range(60):
        assert reader.set("k", number) is True
        assert reader.get("k") == b"%d" % number
    assert len(replica.commands("GET")) >= 10
    assert len(master.commands("SET")) == 60
    assert replica.commands("SET") == []
    assert pair.count("GET") == 60


def test_readonly_is_said_once_for_each_connection(
    pair: ScriptedCluster, reader: RedisCluster
) -> None:
    replica = pair.nodes[1]
    for _ in range(60):
        reader.get("k")
        reader.pipeline(read_from_replicas=True).get("k").get("k").execute()
    readers = {conn for conn, args in replica.log if args[0] == b"GET"}
    assert readers
    for conn in readers:
        said = [args for number, args in replica.log if number == conn]
        assert said.count([b"READONLY"]) <= 1
    assert len(replica.commands("READONLY")) <= len(replica.connections)


def test_a_pipeline_reads_from_replicas_when_asked(pair: ScriptedCluster, connect: Connect) -> None:
    master, replica = pair.nodes
    client = connect(pair)
    for _ in range(40):
        pipe = client.pipeline(read_from_replicas=True)
        assert pipe.set("k", 1).execute() == [True]
        assert pipe.get("k").get("k").execute() == [b"1", b"1"]
    assert len(replica.commands("GET")) >= 10
    assert len(master.commands("SET")) == 40
    assert pair.count("GET") == 80


def test_without_the_option_replicas_are_left_alone(
    pair: ScriptedCluster, connect: Connect
) -> None:
    client = connect(pair)
    for _ in range(30):
        client.get("k")
        client.pipeline().get("k").execute()
    assert pair.nodes[1].sequence() == []


def test_a_dead_replica_is_no_reason_to_fail(pair: ScriptedCluster, reader: RedisCluster) -> None:
    reader.set("k", "v")
    pair.nodes[1].stop()
    for _ in range(30):
        assert reader.get("k") == b"v"


@pytest.mark.parametrize(
    "words", ["LOADING Redis is loading", "MASTERDOWN Link with MASTER is down"]
)
def test_a_replica_that_cannot_serve_is_passed_over(connect: Connect, words: str) -> None:
    with ScriptedCluster(1, replicas=2) as cluster:
        master, one, other = cluster.nodes
        one.on("GET", Error(words))
        other.on("GET", Error(words))
        client = connect(cluster, read_from_replicas="prefer_replica")
        with within(1):
            for _ in range(10):
                assert client.get("k") is None
        assert (len(one.commands("GET")), len(other.commands("GET"))) == (1, 1)
        assert len(master.commands("GET")) == 10


def test_a_silent_replica_costs_one_timeout(connect: Connect) -> None:
    with ScriptedCluster(1, replicas=1) as cluster:
        master, replica = cluster.nodes
        replica.on("GET", Silence())
        client = connect(cluster, read_from_replicas="prefer_replica", socket_timeout=0.2)
        with within(2):
            for _ in range(5):
                assert client.get("k") is None
        assert (len(replica.commands("GET")), len(master.commands("GET"))) == (1, 5)


def test_round_robin_takes_turns(connect: Connect) -> None:
    with ScriptedCluster(1, replicas=2) as cluster:
        client = connect(cluster, read_from_replicas="round_robin")
        pipe: Any = client.pipeline()
        for _ in range(30):
            pipe.get("k")
        pipe.execute()
        for _ in range(30):
            client.get("k")
        assert [len(node.commands("GET")) for node in cluster.nodes] == [20, 20, 20]


def test_the_fastest_node_gets_the_most(connect: Connect) -> None:
    with ScriptedCluster(1, replicas=1) as cluster:
        master, replica = cluster.nodes
        master.on("GET", Delay(0.02), Answer())
        client = connect(cluster, read_from_replicas="lowest_latency")
        for _ in range(100):
            client.get("k")
        assert len(replica.commands("GET")) > 80


def test_a_policy_has_a_name(connect: Connect, pair: ScriptedCluster) -> None:
    client: Any = connect(pair)
    for name in (False, True, "round_robin", "lowest_latency", "prefer_replica"):
        client.read_from_replicas = name
        assert client.read_from_replicas == name
    client.read_from_replicas = "random"
    assert client.read_from_replicas is True
    for wrong in (
        lambda: setattr(client, "read_from_replicas", "fast"),
        lambda: client.pipeline(read_from_replicas="fast"),
    ):
        with pytest.raises(ValueError, match="'round_robin', 'lowest_latency' or 'prefer_replica'"):
            wrong()


def test_a_policy_comes_from_wherever_it_is_given(pair: ScriptedCluster) -> None:
    node = pair.nodes[0].startup_node
    url = f"redis://{node['host']}:{node['port']}?read_from_replicas=round_robin"
    pool = ClusterConnectionPool.from_url(url)
    for client in (
        RedisCluster(url=url),
        RedisCluster.from_url(url),
        RedisCluster(connection_pool=pool),
        RedisCluster(startup_nodes=[node], read_from_replicas="round_robin"),
    ):
        with client:
            assert client.read_from_replicas == "round_robin"
            assert client.connection_pool.read_from_replicas == "round_robin"


def test_a_policy_that_nobody_knows_is_refused_before_anything_is_sent(
    pair: ScriptedCluster,
) -> None:
    node = pair.nodes[0].startup_node
    with pytest.raises(RedisClusterConfigError, match="prefer_replica, not 'bogus'"):
        RedisCluster(startup_nodes=[node], read_from_replicas="bogus")
    assert pair.nodes[0].connections == []
