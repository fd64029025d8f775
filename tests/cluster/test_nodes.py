"""Nodes by every name: the node manager, ClusterNode objects, and what target_nodes takes."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from rediscluster_c import ClusterNode, ClusterPipeline, RedisCluster, _core
from rediscluster_c._commands.target_nodes import resolve
from rediscluster_c.connection import (
    ClusterBlockingConnectionPool,
    ClusterConnectionPool,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
)
from rediscluster_c.exceptions import DataError, RedisClusterException
from rediscluster_c.nodemanager import NodeManager
from rediscluster_c.utils import parse_cluster_nodes
from tests.cluster.modes import Factory


def addresses(rc: Any, part: slice) -> list[tuple[str, int]]:
    """Of the nodes at these places of each range, each once, in the order of the slots."""
    found = [node for _, _, nodes in rc.connection_pool.ranges() for node in nodes[part]]
    return list(dict.fromkeys(found))


PRIMARIES, REPLICAS, ALL = slice(0, 1), slice(1, None), slice(None)


def name(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"


def cluster_nodes(rc: Any) -> list[dict[str, Any]]:
    reply = _core.Client(rc.connection_pool).execute_command("CLUSTER NODES")
    return reply if isinstance(reply, list) else parse_cluster_nodes(reply)


# ---- rc.connection_pool.nodes ----


def test_the_node_manager_shows_the_slot_table(rc: Any) -> None:
    manager = rc.connection_pool.nodes
    assert isinstance(manager, NodeManager)
    assert set(manager.nodes) == {name(address) for address in addresses(rc, ALL)}
    for key, node in manager.nodes.items():
        role = "master" if (node["host"], node["port"]) in addresses(rc, PRIMARIES) else "slave"
        assert node == {**node, "name": key, "server_type": role}
        assert name((node["host"], node["port"])) == key
    assert list(manager.slots) == list(range(16384))
    for first, last, nodes in rc.connection_pool.ranges():
        for slot in (first, last):
            assert [node["name"] for node in manager.slots[slot]] == [name(a) for a in nodes]
            assert all(node is manager.nodes[node["name"]] for node in manager.slots[slot])
            assert manager.node_from_slot(slot) is manager.slots[slot][0]
            assert rc.connection_pool.get_master_node_by_slot(slot) is manager.slots[slot][0]


def test_its_generators(rc: Any) -> None:
    manager = rc.connection_pool.nodes
    masters = list(manager.all_masters())
    assert [node["name"] for node in masters] == [name(a) for a in addresses(rc, PRIMARIES)]
    assert list(manager.all_nodes()) == list(manager.nodes.values())
    assert manager.random_node() in list(manager.all_nodes())
    assert manager.keyslot("k") == rc.keyslot("k")


def test_it_is_kept_until_the_table_is_fetched_again(rc: Any) -> None:
    pool = rc.connection_pool
    nodes, slots = pool.nodes.nodes, pool.nodes.slots
    rc.set("k", "v")
    assert pool.nodes.nodes is nodes
    assert pool.nodes.slots is slots
    pool.nodes.set_node("h", 1)
    assert "h:1" in pool.nodes.nodes
    pool.nodes.reset()
    assert pool.nodes.nodes is not nodes
    assert pool.nodes.slots == slots
    assert "h:1" not in pool.nodes.nodes
    rc.refresh_table_asap = True
    assert pool.changes() == (3, 0)


def test_to_look_at_it_keeps_no_client_alive(cluster: Any) -> None:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {}))
    assert len(client.connection_pool.nodes.slots) == 16384
    assert client.get_nodes()
    watched = weakref.ref(client), weakref.ref(client.connection_pool)
    del client
    assert [reference() for reference in watched] == [None, None]


def test_it_can_be_made_by_itself(rc: Any, cluster: Any) -> None:
    manager = NodeManager(cluster.startup_nodes, **getattr(cluster, "options", {}))
    assert manager.nodes == {}
    manager.initialize()
    assert manager.nodes == rc.connection_pool.nodes.nodes
    assert len(manager.startup_nodes) == len(cluster.startup_nodes)


# ---- pools ----


@pytest.mark.parametrize(
    "kind",
    [
        ClusterConnectionPool,
        ClusterBlockingConnectionPool,
        ClusterReadOnlyConnectionPool,
        ClusterWithReadReplicasConnectionPool,
    ],
)
def test_a_pool_of_ones_own(rc: Any, cluster: Any, kind: type[ClusterConnectionPool]) -> None:
    pool = kind(cluster.startup_nodes, **getattr(cluster, "options", {}))
    client = RedisCluster(connection_pool=pool)
    assert client.set("k", "v") is True
    assert ClusterPipeline(pool).set("l", "v").append("l", "w").execute() == [True, 2]
    nodes = {pool.get_node_by_slot(7, read_command=True)["name"] for _ in range(50)}
    balanced = kind is ClusterWithReadReplicasConnectionPool
    expected = pool.nodes.slots[7] if balanced else pool.nodes.slots[7][:1]
    assert nodes == {node["name"] for node in expected}
    assert pool.get_node_by_slot(7) is pool.nodes.slots[7][0]
    found = {pool.get_node_by_slot_random(7)["name"] for _ in range(50)}
    assert found == {node["name"] for node in pool.nodes.slots[7]}
    pool.reset()
    assert client.delete("k", "l") == 2
    client.close()


def test_a_url(rc: Any, cluster: Any) -> None:
    with RedisCluster.from_url(f"{cluster.url}/0?decode_responses=True") as client:
        client.set("k", "v")
        assert client.get("k") == "v"


# ---- ClusterNode objects ----


def test_nodes_as_objects(rc: RedisCluster) -> None:
    def names(nodes: list[ClusterNode]) -> list[str]:
        return [node.name for node in nodes]

    assert names(rc.get_primaries()) == [name(a) for a in addresses(rc, PRIMARIES)]
    assert {node.server_type for node in rc.get_primaries()} == {"primary"}
    assert sorted(names(rc.get_replicas())) == sorted(name(a) for a in addresses(rc, REPLICAS))
    assert {node.server_type for node in rc.get_replicas()} <= {"replica"}
    assert rc.get_nodes() == rc.get_primaries() + rc.get_replicas()
    assert rc.get_random_node() in rc.get_nodes()


def test_the_first_question_fetches_the_table(make_client: Factory) -> None:
    for ask in (
        lambda client: client.get_nodes(),
        lambda client: client.get_default_node(),
        lambda client: client.get_node_from_key("k"),
        lambda client: resolve(client, "primaries")[0],
    ):
        client = make_client(init_slot_cache=False)
        assert client.connection_pool.nodes.nodes == {}
        assert ask(client)
        assert client.connection_pool.nodes.nodes != {}


def test_one_node(rc: RedisCluster) -> None:
    node = rc.get_nodes()[-1]
    assert rc.get_node(node.host, node.port) == node
    assert rc.get_node(node_name=node.name) == node
    assert rc.get_node("nowhere", node.port) is None
    if node.host == "127.0.0.1":
        assert rc.get_node("localhost", node.port) == node
    for missing in ({}, {"host": node.host}, {"port": node.port}):
        with pytest.raises(DataError, match="node_name, or host and port"):
            rc.get_node(**missing)


def test_the_node_of_a_key(rc: Any) -> None:
    nodes = rc.connection_pool.nodes.slots[rc.keyslot("k")]
    assert rc.get_node_from_key("k").name == nodes[0]["name"]
    replica = rc.get_node_from_key("k", replica=True)
    assert (replica and replica.name) == (nodes[1]["name"] if len(nodes) > 1 else None)


def test_the_default_node(rc: RedisCluster) -> None:
    assert rc.get_default_node() == rc.get_primaries()[0]
    chosen = rc.get_nodes()[-1]
    assert rc.set_default_node(ClusterNode(chosen.host, chosen.port)) is True
    assert rc.get_default_node() == chosen
    assert rc.get_default_node().server_type == chosen.server_type
    for wrong in (None, ClusterNode("nowhere", 1), object()):
        assert rc.set_default_node(wrong) is False
    assert rc.get_default_node() == chosen
    assert resolve(rc, RedisCluster.DEFAULT_NODE) == ([(chosen.host, chosen.port)], True)


# ---- target_nodes ----


@pytest.mark.parametrize("pipelined", [False, True])
def test_targets_that_are_one_node(rc: Any, pipelined: bool) -> None:
    client = rc.pipeline() if pipelined else rc
    node = rc.get_nodes()[-1]
    (known,) = (each for each in cluster_nodes(rc) if each["port"] == node.port)
    for target in (
        node,
        ClusterNode(node.host, node.port),
        {"host": node.host, "port": str(node.port)},
        rc.connection_pool.nodes.nodes[node.name],
        node.name,
        node.name.encode(),
        known,
        known["id"],
        known["id"].upper(),
        known["id"].encode(),
        [node],
        (node.name,),
        {node},
        {"a": node, "b": node.name},
    ):
        assert resolve(client, target) == ([(node.host, node.port)], True)
    if pipelined:
        assert len(client) == 0


def test_targets_that_are_many(rc: Any) -> None:
    first, second = rc.get_primaries()[:2]
    both = [(first.host, first.port), (second.host, second.port)]
    for target in ([first, second.name], (first, second, first), {1: first, 2: second}):
        assert resolve(rc, target) == (both, False)
    assert resolve(rc, iter([second, first])) == (both[::-1], False)
    assert resolve(rc, rc.connection_pool.nodes.nodes)[1] is False
    addresses_of = {
        RedisCluster.PRIMARIES: addresses(rc, PRIMARIES),
        RedisCluster.ALL_NODES: addresses(rc, ALL),
        RedisCluster.REPLICAS: addresses(rc, REPLICAS),
    }
    for flag, expected in addresses_of.items():
        found, single = resolve(rc, flag)
        assert (sorted(found), single) == (sorted(expected), False)


def test_a_target_at_random(rc: Any) -> None:
    found = {resolve(rc, RedisCluster.RANDOM)[0][0] for _ in range(200)}
    assert found == set(addresses(rc, ALL))
    assert resolve(rc, RedisCluster.RANDOM)[1] is True


def test_the_words_are_those_of_redis_py() -> None:
    assert RedisCluster.NODE_FLAGS == {"primaries", "replicas", "all", "random", "default-node"}


def test_a_startup_node_may_be_called_what_the_user_called_it(rc: Any, cluster: Any) -> None:
    first = rc.get_nodes()[0]
    if first.host != "127.0.0.1":
        return
    options = getattr(cluster, "options", {})
    with RedisCluster("localhost", first.port, **options) as client:
        named = f"localhost:{first.port}"
        assert resolve(client, named) == ([("localhost", first.port)], True)


@pytest.mark.parametrize("target", [None, 5, 1.5, object(), [None], [["127.0.0.1", 1]], {"a": 5}])
def test_what_names_no_node_is_a_type_error(rc: Any, target: Any) -> None:
    with pytest.raises(TypeError, match="^target_nodes must be a node"):
        resolve(rc, target)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ([], "names no node: it is empty"),
        ({}, "names no node: it is empty"),
        ("primary", "'primary' is no node of the cluster, whose nodes are .*:"),
        ("nowhere:7000", "'nowhere:7000' is no node of the cluster"),
        (ClusterNode("nowhere", 1), "'nowhere:1' is no node of the cluster"),
        ({"host": "nowhere", "port": 1}, "'nowhere:1' is no node of the cluster"),
        (["nowhere:1"], "'nowhere:1' is no node of the cluster"),
        ("0" * 40, f"no node of the cluster has the id {'0' * 40}"),
    ],
)
def test_nodes_that_are_not_there(rc: Any, target: Any, message: str) -> None:
    with pytest.raises(RedisClusterException, match=message):
        resolve(rc, target)


def test_ids_are_found_whatever_the_client_does_with_commands(make_client: Factory) -> None:
    class Traced(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            raise AssertionError("it is not asked")

    client = make_client(decode_responses=True)
    (node, *_) = cluster_nodes(client)
    traced = Traced(connection_pool=client.connection_pool)
    assert resolve(traced, node["id"]) == ([(node["host"], node["port"])], True)
