"""What redis-py-cluster got wrong and no other test shows: each fault once, against its lines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    AuthenticationError,
    ConnectionError,
    RedisClusterException,
    SlotNotCoveredError,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Error, ScriptedCluster

FEW = SimpleNamespace(_retries=2)  # as a Retry of redis-py tells it


def _in_use(client: RedisCluster) -> int:
    return sum(report["in_use"] for report in client.stats().values())


def test_a_table_is_fetched_after_lost_connections_whatever_was_moved_before(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """A count of MOVEDs between two multiples of reinitialize_steps kept it from doing so."""
    a, b, c = cluster.nodes
    client = connect(cluster, reinitialize_steps=25)
    keys = cluster.keys(a, 4)
    for key in keys[:3]:
        cluster.move(key, b)
        assert client.incr(key) == 1
    a.stop()
    cluster.retire(a, to=c)
    with within(5):
        assert client.incr(keys[3]) == 1
    assert cluster.count("CLUSTER SLOTS") >= 1
    assert c.sequence() == [f"INCRBY {keys[3]} 1"]


@pytest.mark.parametrize("how", ["command", "pipeline", "split", "all nodes"])
def test_the_first_command_finds_the_cluster(
    cluster: ScriptedCluster, connect: Connect, how: str
) -> None:
    client: Any = connect(cluster, init_slot_cache=False)
    keys = [cluster.key(node) for node in cluster.nodes]
    assert client.connection_pool.nodes.slots == {}
    assert cluster.log == []
    with within(2):
        if how == "command":
            assert client.incr(keys[0]) == 1
        elif how == "pipeline":
            assert client.pipeline().incr(keys[0]).incr(keys[1]).execute() == [1, 1]
        elif how == "split":
            assert client.mset(dict.fromkeys(keys, "v")) is True
        else:
            assert client.ping() == {node.address: True for node in cluster.nodes}
    assert cluster.count("CLUSTER SLOTS") == 1


def test_the_cause_keeps_its_class_and_text(connect: Connect) -> None:
    """It was hidden behind TTL exhausted."""
    with ScriptedCluster(2, username="me", password="secret") as cluster:
        a, b = cluster.nodes
        client = connect(cluster, retry=FEW, username="me", password="secret")
        a.drop_connections()
        a.on("AUTH", Error("WRONGPASS invalid username-password pair or user is disabled."))
        b.stop()
        with within(10), pytest.raises(AuthenticationError, match="invalid username-password"):
            client.get(cluster.key(a))
        with within(10), pytest.raises(ConnectionError, match="refused"):
            client.get(cluster.key(b))
        assert a.sequence() == b.sequence() == []


def test_no_connection_is_left_in_use(cluster: ScriptedCluster, connect: Connect) -> None:
    """Neither by what cannot be routed nor by what cannot be sent beside what can."""
    client = connect(cluster, max_connections=3, retry=FEW, skip_full_coverage_check=True)
    a, b, c = cluster.nodes
    lost, kept, uncovered = cluster.keys(a, 1)[0], cluster.key(b), cluster.key(c)
    cluster.move(uncovered, None)
    client.connection_pool.refresh()
    a.stop()
    pipe: Any = client.pipeline().incr(lost).incr(kept).incr(uncovered)
    with pytest.raises(RedisClusterException, match="Missing key"):
        pipe.execute_command("GET")
    with within(10):
        results = pipe.execute(raise_on_error=False)
    assert [type(result) for result in results] == [ConnectionError, int, SlotNotCoveredError]
    assert _in_use(client) == 0
    assert b.sequence() == [f"INCRBY {kept} 1"]
    a.accept_connections()
    for _ in range(5):
        assert client.pipeline().exists(lost).exists(kept).execute() == [0, 1]
    assert _in_use(client) == 0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_an_encoding_is_for_values_and_not_for_finding_the_cluster(
    cluster: ScriptedCluster, connect: Connect, encoding: str
) -> None:
    client: Any = connect(cluster, encoding=encoding, decode_responses=True)
    key = "some key".encode(encoding)
    assert client.set(key, "ä") is True
    assert client.get(key) == "ä"
    assert cluster.store.data[key] == "ä".encode(encoding)
    cluster.move(key, cluster.nodes[0])
    assert client.get(key) == "ä"
