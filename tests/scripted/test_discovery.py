"""Finding the cluster: startup nodes that fail, addresses that servers leave out, lost maps."""

from __future__ import annotations

import re

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException, SlotNotCoveredError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.resp import SLOTS
from tests.support.scripted import (
    Drop,
    Error,
    Raw,
    Reply,
    ScriptedCluster,
    Silence,
    Step,
)


def test_no_reachable_node_is_an_error_that_says_why_for_each(cluster: ScriptedCluster) -> None:
    a, b, c = cluster.nodes
    a.refuse_connections()
    b.on("*", Drop())
    c.on("CLUSTER SLOTS", Error("ERR out of order"))
    with within(20), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=1)
    text = str(caught.value)
    for node in cluster.nodes:
        assert node.address in text
    assert "refused" in text.lower()
    assert "out of order" in text
    cluster.wait_all_closed()


def test_a_server_that_is_no_cluster_is_named_so() -> None:
    with ScriptedCluster(1, enabled=False) as cluster:
        with within(10), pytest.raises(RedisClusterException) as caught:
            RedisCluster(startup_nodes=cluster.startup_nodes)
        assert re.search(r"cluster (support|mode) .*(disabled|not enabled)", str(caught.value))
        assert cluster.nodes[0].address in str(caught.value)
        cluster.wait_all_closed()


@pytest.mark.parametrize(
    "steps",
    [
        (Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),),
        (Reply(b"no list"),),
        (Reply([1, 2, 3]),),
        (Reply([[0, SLOTS - 1]]),),
        (Reply([[0, SLOTS, [b"127.0.0.1", 1]]]),),
        (Reply([[5, 1, [b"127.0.0.1", 1]]]),),
        (Reply([[-1, 5, [b"127.0.0.1", 1]]]),),
        (Reply([[0, SLOTS - 1, [b"127.0.0.1", 99999]]]),),
        (Reply([[0, SLOTS - 1, [1, b"x"]]]),),
        (Reply([[0, SLOTS - 1, []]]),),
        (Reply(None),),
        (Raw(b"*1\r\n*3\r\n:0\r\n"), Drop()),
        (Silence(),),
    ],
)
def test_a_map_that_makes_no_sense_is_passed_over(
    cluster: ScriptedCluster, connect: Connect, steps: tuple[Step, ...]
) -> None:
    a, b, _ = cluster.nodes
    a.on("CLUSTER SLOTS", *steps)
    with within(10), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=[a.startup_node], socket_timeout=0.3)
    assert a.address in str(caught.value)
    with within(10):
        client = connect(cluster, startup_nodes=[a.startup_node, b.startup_node], socket_timeout=1)
    assert client.set("k", "v") is True


def test_an_empty_map_is_passed_over(cluster: ScriptedCluster, connect: Connect) -> None:
    """A node that was reset knows no slots; another one does."""
    a, b, _ = cluster.nodes
    a.on("CLUSTER SLOTS", Reply([]))
    with within(10), pytest.raises(RedisClusterException):
        RedisCluster(startup_nodes=[a.startup_node])
    for _ in range(5):
        client = connect(cluster, startup_nodes=[a.startup_node, b.startup_node])
        assert client.set("k", "v") is True


def test_a_cluster_that_is_being_made_is_waited_for(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("CLUSTER SLOTS", Reply([]), times=3)
    with within(3):
        client = connect(cluster)
    assert client.set("k", "v") is True


def test_the_next_startup_node_is_asked_when_one_is_dead(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    a.refuse_connections()
    b.on_connect(Drop())
    with within(5):
        client = connect(cluster)
    assert client.set(cluster.key(c), "v") is True


def test_one_startup_node_is_enough(cluster: ScriptedCluster, connect: Connect) -> None:
    for node in cluster.nodes:
        client = connect(cluster, startup_nodes=[node.startup_node])
        for other in cluster.nodes:
            assert client.set(cluster.key(other), "v") is True
        assert cluster.count("SET") == 3


def test_startup_nodes_are_taken_as_documented_and_left_alone(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a = cluster.nodes[0]
    given: list[dict[str, str | int]] = [{"host": a.host, "port": str(a.port)}]
    client = connect(cluster, startup_nodes=given)
    assert given == [{"host": a.host, "port": str(a.port)}]
    assert client.set("k", "v") is True
    assert connect(cluster, startup_nodes=None, host=a.host, port=a.port).get("k") == b"v"


@pytest.mark.parametrize("host", [b"", None])
def test_a_host_that_is_left_out_is_that_of_the_node_that_answered(
    cluster: ScriptedCluster, connect: Connect, host: bytes | None
) -> None:
    for node in cluster.nodes:
        node.announced_host = host
    client = connect(cluster)
    for node in cluster.nodes:
        assert client.set(cluster.key(node), "v") is True
    assert cluster.count("SET") == 3


def test_an_unknown_host_is_replaced_by_the_address_beside_it(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    for node in cluster.nodes:
        node.announced_host = b"?"
        node.announced_metadata = [b"ip", b"127.0.0.1"]
    client = connect(cluster)
    for node in cluster.nodes:
        assert client.set(cluster.key(node), "v") is True
    assert cluster.count("SET") == 3


def test_addresses_are_mapped_wherever_a_server_names_them(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    rules: list[dict[str, str | int]] = []
    for number, node in enumerate(cluster.nodes, start=7000):
        node.announced_host, node.announced_port = b"10.255.255.1", number
        rules.append(
            {
                "from_host": "10.255.255.1",
                "to_host": "127.0.0.1",
                "from_port": number,
                "to_port": node.port,
            }
        )
    with within(10):
        client = connect(cluster, host_port_remap=rules, socket_connect_timeout=1)
        key = cluster.key(a)
        assert client.set(key, "v") is True
        cluster.move(key, b)
        assert client.get(key) == b"v"
    assert b.sequence() == [f"GET {key}"]


def test_slots_that_nobody_serves_are_told_at_once(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, None)
    with within(10), pytest.raises(RedisClusterException, match="16383 of 16384 covered"):
        RedisCluster(startup_nodes=cluster.startup_nodes)
    client = connect(cluster, skip_full_coverage_check=True)
    assert client.set(cluster.key(b), "v") is True
    with within(10), pytest.raises(SlotNotCoveredError):
        client.set(key, "v")
    cluster.move(key, b)
    assert client.set(key, "v") is True


def test_a_cluster_that_does_without_full_coverage_is_accepted(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.move("k", None)
    cluster.on("CONFIG GET", Reply([b"cluster-require-full-coverage", b"no"]))
    assert connect(cluster).set(cluster.key(cluster.nodes[1]), "v") is True


def test_known_nodes_are_asked_when_all_startup_nodes_are_dead(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    client = connect(cluster, startup_nodes=[a.startup_node])
    key = cluster.key(a)
    a.stop()
    cluster.retire(a, to=b)
    with within(10):
        assert client.set(key, "v") is True
        assert client.set(cluster.key(c), "v") is True


def test_startup_nodes_are_asked_when_all_known_nodes_are_dead(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    cluster.retire(a, to=b)
    cluster.retire(c, to=b)
    client = connect(cluster, startup_nodes=[a.startup_node])
    assert client.set("k", "1") is True
    b.stop()
    cluster.retire(b, to=c)
    with within(10):
        assert client.set("k", "2") is True
    assert c.sequence() == ["SET k 2"]


def test_a_map_that_grows_and_shrinks(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, c = cluster.nodes
    cluster.retire(c, to=b)
    client = connect(cluster, startup_nodes=[a.startup_node])
    keys = [f"k{number}" for number in range(100)]
    for members in ([a, b, c], [c], [a, c], [b]):
        cluster.assign(range(SLOTS), members[0])
        for number, node in enumerate(members):
            cluster.assign(range(number, SLOTS, len(members)), node)
        pipe = client.pipeline()
        for key in keys:
            pipe.set(key, "v")
        assert pipe.execute() == [True] * len(keys)
