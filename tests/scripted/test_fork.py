"""A child process: connections of its own, and the parent's left as they are."""

from __future__ import annotations

from rediscluster_c import RedisCluster
from tests.support.programs import succeeds_in_a_child
from tests.support.scripted import ScriptedCluster


def _conns(cluster: ScriptedCluster) -> list[int]:
    return [conn for conn, args in cluster.nodes[0].log if args[0] == b"INCRBY"]


def test_a_child_connects_by_itself(cluster: ScriptedCluster, client: RedisCluster) -> None:
    key = cluster.key(cluster.nodes[0])
    assert client.incr(key) == 1
    assert succeeds_in_a_child(lambda: client.incr(key) == 2)
    assert client.incr(key) == 3
    first, child, last = _conns(cluster)
    assert first == last
    assert child != first


def test_a_child_that_closes_leaves_the_parent_its_connections(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    key = cluster.key(cluster.nodes[0])
    pipe = client.pipeline()
    assert pipe.incr(key).execute() == [1]

    def close() -> bool:
        client.close()
        return True

    assert succeeds_in_a_child(close)
    assert succeeds_in_a_child(lambda: pipe.incr(key).execute() == [2])
    assert pipe.incr(key).execute() == [3]
    first, child, last = _conns(cluster)
    assert first == last
    assert child != first
