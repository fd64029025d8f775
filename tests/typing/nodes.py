"""The nodes of a cluster and how they are named, as type checkers see it. Checked, not run."""

from __future__ import annotations

from typing import Any, Optional

from typing_extensions import assert_type

from rediscluster_c import (
    ClusterBlockingConnectionPool,
    ClusterConnectionPool,
    ClusterNode,
    RedisCluster,
)
from rediscluster_c.nodemanager import NodeManager


def through_a_tunnel(address: tuple[str, int]) -> tuple[str, int]:
    return "127.0.0.1", address[1] + 1000


def connect_in_other_ways() -> list[RedisCluster]:
    pool = ClusterBlockingConnectionPool(
        startup_nodes=[{"host": "127.0.0.1", "port": 7000}], max_connections=20, timeout=5
    )
    return [
        RedisCluster.from_url("redis://127.0.0.1:7000", decode_responses=True),
        RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", 7000)], socket_timeout=1.5),
        RedisCluster(startup_nodes=[ClusterNode("h", 7000), {"host": "h", "port": 7001}]),
        RedisCluster(url="redis://h", address_remap=through_a_tunnel),
        RedisCluster(connection_pool=pool),
    ]


class Counting(RedisCluster):
    calls = 0


def a_subclass_makes_itself() -> None:
    assert_type(Counting.from_url("redis://127.0.0.1:7000"), Counting)


def nodes_as_redis_py_names_them(rc: RedisCluster) -> None:
    assert_type(rc.get_nodes(), list[ClusterNode])
    assert_type(rc.get_primaries(), list[ClusterNode])
    assert_type(rc.get_replicas(), list[ClusterNode])
    assert_type(rc.get_default_node(), ClusterNode)
    assert_type(rc.get_node(host="127.0.0.1", port=7000), Optional[ClusterNode])
    assert_type(rc.get_node(node_name="127.0.0.1:7000"), Optional[ClusterNode])
    for node in rc.get_primaries():
        assert_type(node.name, str)
        rc.execute_command("CONFIG", "SET", "maxmemory", 0, target_nodes=node)
    rc.flushall(target_nodes=RedisCluster.PRIMARIES)


def nodes_as_redis_py_cluster_names_them(pool: ClusterConnectionPool) -> None:
    assert_type(pool.nodes, NodeManager)
    assert_type(pool.nodes.keyslot("user:1"), int)
    assert_type(pool.nodes.slots[0][0], dict[str, Any])
    node = pool.nodes.node_from_slot(5)
    assert_type(node, dict[str, Any])
    for one in pool.nodes.all_masters():
        assert_type(one, dict[str, Any])
    assert_type(pool.get_node_by_slot(5), dict[str, Any])
