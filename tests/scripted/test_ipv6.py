"""Nodes with IPv6 addresses: colons in redirects, in the slot table, in names and in URLs.

A machine may have no ::1. Its nodes listen on 127.0.0.1 then and are reached there, and are called
::1 all the same wherever a server names them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.node import HOST
from tests.support.scripted import Ask, Moved, ScriptedCluster

LOOPBACK = "::1"


def has_ipv6() -> bool:
    try:
        with socket.create_server((LOOPBACK, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def reached(address: tuple[str, int]) -> tuple[str, int]:
    """Where a node of this name listens on a machine without IPv6."""
    assert address[0] == LOOPBACK
    return HOST, address[1]


HERE = LOOPBACK if has_ipv6() else HOST
OPTIONS: dict[str, Any] = {} if HERE == LOOPBACK else {"address_remap": reached}


@pytest.fixture
def cluster() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(3, host=HERE) as started:
        for node in started.nodes:
            node.announced_host = LOOPBACK.encode()
        yield started


def test_every_node_is_found(cluster: ScriptedCluster, connect: Connect) -> None:
    client: Any = connect(cluster, startup_nodes=[cluster.nodes[0].startup_node], **OPTIONS)
    for node in cluster.nodes:
        assert client.set(cluster.key(node), "v") is True
        assert len(node.commands("SET")) == 1
    names = {f"{HERE}:{node.port}" for node in cluster.nodes}
    assert {node.name for node in client.get_nodes()} == names
    assert set(client.connection_pool.nodes.nodes) == names


def test_redirects(cluster: ScriptedCluster, connect: Connect) -> None:
    """Also to a node that no table has named yet."""
    a, b, c = cluster.nodes
    cluster.retire(c, to=b)
    client = connect(cluster, redirect_only_to_known_nodes=False, **OPTIONS)
    key, other = cluster.keys(a, 2)
    a.on("SET", Moved(f"{LOOPBACK}:{c.port}"), key=key, times=1)
    c.on("SET", Ask(f"{LOOPBACK}:{b.port}"), key=key, times=1)
    with within(10):
        assert client.set(key, "v") is True
        cluster.move(other, c)
        assert client.set(other, "w") is True
    assert a.sequence() == [f"SET {key} v", f"SET {other} w"]
    assert b.sequence() == ["ASKING", f"SET {key} v"]
    assert c.sequence() == [f"SET {key} v", f"SET {other} w"]


def test_an_unknown_host_is_that_of_the_node_that_answers(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    options = {} if HERE == LOOPBACK else {"address_remap": lambda address: (HERE, address[1])}
    for node in cluster.nodes:
        node.announced_host = None
    client = connect(cluster, **options)
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, b)  # MOVED slot :port
    assert client.set(key, "v") is True
    assert b.sequence() == [f"SET {key} v"]


def test_a_node_is_named_with_its_address(cluster: ScriptedCluster, connect: Connect) -> None:
    client: Any = connect(cluster, **OPTIONS)
    for node in cluster.nodes:
        name = f"{HERE}:{node.port}"
        assert client.ping(target_nodes=name) is True
        assert client.get_node(node_name=name).host == HERE
        assert client.get_node(HERE, node.port).name == name
        assert client.get_node_from_key(cluster.key(node)).name == name
    assert cluster.count("PING") == 3


def test_a_url_has_the_address_in_brackets(cluster: ScriptedCluster) -> None:
    host = f"[{HERE}]" if ":" in HERE else HERE
    node = cluster.nodes[1]
    with RedisCluster.from_url(f"redis://{host}:{node.port}/0", **OPTIONS) as client:
        assert client.set("k", "v") is True
        assert repr(client) == f"RedisCluster<{HERE}:{node.port}>"
    client = RedisCluster.from_url("redis://me:p%40@[::1]:7000", init_slot_cache=False)
    assert client.connection_pool.startup_nodes == [{"host": LOOPBACK, "port": 7000}]


def test_a_node_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(RedisClusterException, match=f"{LOOPBACK}:1 "):
        RedisCluster(host=LOOPBACK, port=1, socket_connect_timeout=2)
