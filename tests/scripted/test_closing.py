"""What a client leaves behind: nothing, however it ends."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ConnectionError, ResponseError
from tests.support.clients import Connect
from tests.support.scripted import Drop, Error, Raw, ScriptedCluster


def _use(cluster: ScriptedCluster, client: RedisCluster) -> None:
    for node in cluster.nodes:
        client.set(cluster.key(node), "v")
    client.pipeline().get("a").get("b").get("c").execute()


def test_close_closes_every_connection(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster)
    _use(cluster, client)
    assert any(node.open_connections for node in cluster.nodes)
    client.close()
    cluster.wait_all_closed()
    client.close()
    assert client.set("k", "v") is True
    client.close()
    cluster.wait_all_closed()


def test_a_with_block_closes(cluster: ScriptedCluster) -> None:
    with RedisCluster(startup_nodes=cluster.startup_nodes) as client:
        _use(cluster, client)
    cluster.wait_all_closed()


def test_garbage_collection_closes(cluster: ScriptedCluster) -> None:
    client = RedisCluster(startup_nodes=cluster.startup_nodes)
    pipe = client.pipeline()
    pipe.set("k", "v").execute()
    _use(cluster, client)
    del client
    assert pipe.get("k").execute() == [b"v"]
    del pipe
    gc.collect()
    cluster.wait_all_closed()


def test_connections_are_used_again(cluster: ScriptedCluster, client: RedisCluster) -> None:
    for _ in range(100):
        _use(cluster, client)
    for node in cluster.nodes:
        assert len(node.connections) <= 3
        assert node.open_connections <= 2


def test_threads_share_connections_and_leave_none_behind(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster)
    wrong: list[object] = []

    def work(name: str) -> None:
        for number in range(50):
            key = f"{name}:{number}"
            if client.pipeline().set(key, key).get(key).execute() != [True, key.encode()]:
                wrong.append(key)
            if client.get(key) != key.encode():
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert all(len(node.connections) <= 2 * len(threads) for node in cluster.nodes)
    client.close()
    cluster.wait_all_closed()


def test_errors_leave_no_sockets_behind(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster)
    _use(cluster, client)
    before = len(os.listdir("/proc/self/fd"))
    cluster.on("RPUSH", Error("ERR no"))
    cluster.on("INCRBY", Drop())
    cluster.on("DECRBY", Raw(b"garbage\r\n"))
    for number in range(30):
        with pytest.raises(ResponseError):
            client.rpush(f"k{number}", 1)
        with pytest.raises(ConnectionError):
            client.incr(f"k{number}")
        with pytest.raises(ConnectionError):
            client.decr(f"k{number}")
    client.close()
    cluster.wait_all_closed()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_node_that_has_left_the_cluster_is_left_alone(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster)
    _use(cluster, client)
    stays, _, leaves = cluster.nodes
    assert leaves.open_connections
    cluster.assign([slot for slot, owner in enumerate(cluster.owners) if owner is leaves], stays)
    client.connection_pool.refresh()
    cluster.wait_until(lambda: not leaves.open_connections)
    assert stays.open_connections
    assert client.set(cluster.key(stays), "v") is True
