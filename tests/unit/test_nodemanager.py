"""NodeManager and ClusterNode, as far as no server is needed; FormerMethods."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from rediscluster_c import ClusterNode, RedisCluster
from rediscluster_c.exceptions import DataError, RedisClusterConfigError, RedisClusterException
from rediscluster_c.nodemanager import NodeManager

NODES: list[Any] = [{"host": "h", "port": "7000"}, {"host": "g", "port": 7001}]


def test_it_is_made_by_itself() -> None:
    manager = NodeManager(NODES, 5, encoding="utf-16", host_port_remap=[])
    named = [{"host": "h", "port": 7000}, {"host": "g", "port": 7001}]
    assert manager.orig_startup_nodes == named
    assert manager.startup_nodes == [
        {**node, "name": f"{node['host']}:{node['port']}"} for node in named
    ]
    assert NODES[0] == {"host": "h", "port": "7000"}
    assert (manager.nodes, manager.slots) == ({}, {})
    assert (manager.reinitialize_counter, manager.reinitialize_steps) == (0, 5)
    assert manager.REDIS_CLUSTER_HASH_SLOTS == 16384
    assert manager.keyslot("k") != NodeManager(NODES).keyslot("k")


@pytest.mark.parametrize("nodes", [None, [], {}])
def test_it_needs_startup_nodes(nodes: Any) -> None:
    with pytest.raises((RedisClusterException, RedisClusterConfigError), match="startup.nodes"):
        NodeManager(nodes)


def test_two_clusters_share_nothing() -> None:
    one, other = NodeManager(NODES), NodeManager(NODES)
    one.set_node("h", 1)
    assert list(one.nodes) == ["h:1"]
    assert other.nodes == {}


def test_nodes_by_hand() -> None:
    manager = NodeManager(NODES)
    node = manager.set_node("h", 7000, "slave")
    assert node == {"host": "h", "port": 7000, "name": "h:7000", "server_type": "slave"}
    assert manager.nodes == {"h:7000": node}
    assert manager.nodes["h:7000"] is node
    assert manager.make_node_obj("h", 7000, "slave") == (node, "h:7000")
    assert list(manager.all_nodes()) == [node]
    assert list(manager.all_masters()) == []
    assert manager.random_node() is node
    nameless: dict[str, Any] = {"host": "h", "port": 1}
    manager.set_node_name(nameless)
    assert nameless["name"] == "h:1"
    named = {"host": "h", "port": 1, "name": "mine"}
    manager.set_node_name(named)
    assert named["name"] == "mine"


def test_startup_nodes_at_random() -> None:
    manager = NodeManager(NODES)
    found = {node["name"] for node in itertools.islice(manager.random_startup_node_ittr(), 100)}
    assert found == {"h:7000", "g:7001"}
    assert manager.random_startup_node() in manager.startup_nodes


def test_addresses_are_mapped_by_the_rules_and_then_by_the_function() -> None:
    manager = NodeManager(
        NODES,
        host_port_remap=[{"from_host": "in", "to_host": "out"}, {"from_port": 1, "to_port": 2}],
        address_remap=lambda address: (address[0].upper(), address[1] + 1),
    )
    for before, after in [(("in", 1), ("OUT", 2)), (("x", 1), ("X", 3)), (("x", 5), ("X", 6))]:
        node = [*before, "id"]
        assert manager.remap_internal_node_object(node) is node
        assert node == [*after, "id"]


@pytest.mark.parametrize("answer", [None, "h:1", ("h",), ("h", 1, 2), ("h", 0), (5, 1), ("", 1)])
def test_a_function_that_returns_no_address(answer: Any) -> None:
    manager = NodeManager(NODES, address_remap=lambda address: answer)
    with pytest.raises(RedisClusterConfigError, match="address_remap returns"):
        manager.remap_internal_node_object(["h", 1])


def test_there_is_no_link_of_redis_py() -> None:
    with pytest.raises(RedisClusterException, match="target_nodes="):
        NodeManager(NODES).get_redis_link("h", 7000, decode_responses=True)


@pytest.mark.parametrize("key", [None, True, bytearray(b"k"), ["k"]])
def test_keyslot_refuses_what_is_no_key(key: Any) -> None:
    with pytest.raises(DataError, match="Invalid input of type"):
        NodeManager(NODES).keyslot(key)


# ---- ClusterNode ----


def test_nodes_are_known_by_their_names() -> None:
    node = ClusterNode("h", "7000", "primary")
    assert (node.host, node.port, node.name, node.server_type) == ("h", 7000, "h:7000", "primary")
    assert node == ClusterNode("h", 7000)
    assert node != ClusterNode("h", 7001)
    assert node != "h:7000"
    assert len({node, ClusterNode("h", 7000), ClusterNode("g", 7000)}) == 2
    assert repr(node) == "ClusterNode('h', 7000, 'primary')"


# ---- methods that send nothing ----


@pytest.fixture
def client() -> RedisCluster:
    return RedisCluster("h", init_slot_cache=False)


def test_readonly_and_readwrite(client: RedisCluster) -> None:
    assert client.readonly() is True
    assert client.read_from_replicas is True
    assert client.readwrite() is True
    assert client.read_from_replicas is False


@pytest.mark.parametrize("name", ["sentinel", "watch", "unwatch"])
def test_what_does_nothing_warns(client: RedisCluster, name: str) -> None:
    with pytest.warns(DeprecationWarning) as caught:
        assert getattr(client, name)() is None
    assert caught[0].filename == __file__


def test_refresh_table_asap_is_false_unless_it_is_set(client: RedisCluster) -> None:
    client.refresh_table_asap = False
    assert client.refresh_table_asap is False


def test_a_client_remembers_what_it_was_told() -> None:
    client = RedisCluster("h", init_slot_cache=False, cluster_down_retry_attempts=7)
    for one in (client, client.pipeline(), RedisCluster(connection_pool=client.connection_pool)):
        assert one.cluster_down_retry_attempts == 7
        assert one.RedisClusterRequestTTL == 16
        assert one.connection is None
    assert client.pipeline().startup_nodes == [{"host": "h", "port": 7000, "name": "h:7000"}]


def test_no_client_of_one_connection(client: RedisCluster) -> None:
    with pytest.raises(RedisClusterException, match=r"^client\(\) would keep one connection"):
        client.client()


def test_callbacks_are_set_by_name_as_well(client: RedisCluster) -> None:
    client.set_response_callback(command="GET", callback=str)
    client.set_result_callback("PING", callback=dict)
    assert client.response_callbacks["GET"] is str
    assert client.result_callbacks["PING"] is dict
    with pytest.raises(TypeError, match="callback"):
        client.set_response_callback("GET", call=str)  # type: ignore[call-arg]
