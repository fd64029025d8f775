"""Monitor on a node that refuses, hangs up or is silent."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c import ConnectionError, InvalidResponse, RedisCluster, ResponseError
from rediscluster_c.exceptions import NoPermissionError
from tests.support.clients import Connect
from tests.support.scripted import Drop, Error, Raw, Reply, ScriptedCluster
from tests.support.threads import Waiter

LINE = b'+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\r\n'


def test_each_node_by_its_names(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("MONITOR", Raw(b"+OK\r\n" + LINE))
    for node in cluster.nodes:
        for target in (node, node.address, node.startup_node):
            with client.monitor(target) as monitor:
                assert monitor.next_command()["command"] == "keys *"
        assert node.sequence() == ["MONITOR"] * 3


def test_a_client_that_knows_no_node_yet(cluster: ScriptedCluster, connect: Connect) -> None:
    cluster.on("MONITOR", Raw(b"+OK\r\n" + LINE))
    with connect(cluster, init_slot_cache=False).monitor() as monitor:
        assert monitor.next_command()["command"] == "keys *"


def test_a_refusal_leaves_nothing_open(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("MONITOR", Error("NOPERM not you"))
    before = sum(node.open_connections for node in cluster.nodes)
    with pytest.raises(NoPermissionError, match="not you"), client.monitor():
        pass
    cluster.wait_until(lambda: sum(n.open_connections for n in cluster.nodes) <= before)


@pytest.mark.parametrize("odd", [0, None, [b"MONITOR"], b"OK"])
def test_only_ok_begins_it(cluster: ScriptedCluster, client: RedisCluster, odd: Any) -> None:
    cluster.on("MONITOR", Reply(odd))
    with pytest.raises(InvalidResponse, match="MONITOR was answered with"), client.monitor():
        pass


def test_a_lost_connection_is_told_and_begun_anew(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    node.on("MONITOR", Raw(b"+OK\r\n" + LINE), Drop())
    with client.monitor(node) as monitor:
        assert monitor.next_command()["command"] == "keys *"
        with pytest.raises(ConnectionError, match=node.address):
            monitor.next_command()
        assert monitor.next_command()["command"] == "keys *"
    assert node.sequence() == ["MONITOR"] * 2


def test_other_lines_are_told(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("MONITOR", Raw(b"+OK\r\n+what is this\r\n*1\r\n:1\r\n-ERR stop it\r\n"))
    with client.monitor() as monitor:
        for _ in range(2):
            with pytest.raises(InvalidResponse, match="no line of MONITOR"):
                monitor.next_command()
        with pytest.raises(ResponseError, match="stop it"):
            monitor.next_command()


def test_closing_ends_who_waits(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("MONITOR", Raw(b"+OK\r\n"))
    monitor = client.monitor()
    monitor.start()
    waiter = Waiter(monitor.next_command)
    time.sleep(0.05)
    monitor.close()
    assert isinstance(waiter.finish(), ConnectionError)
