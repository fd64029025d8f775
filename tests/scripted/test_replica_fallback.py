"""Reads that a replica cannot serve: another one, then the primary, and what each node sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import TimeoutError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Drop, Error, Moved, ScriptedCluster, ScriptedNode, Silence

REFUSALS = [
    "LOADING Redis is loading",
    "MASTERDOWN Link is down",
    "CLUSTERDOWN The cluster is down",
]


@pytest.fixture
def trio() -> Iterator[ScriptedCluster]:
    """A primary and two replicas."""
    with ScriptedCluster(1, replicas=2) as cluster:
        cluster.store.data[b"k"] = b"v"
        yield cluster


def _reads(cluster: ScriptedCluster) -> list[int]:
    return [len(node.commands("GET")) for node in cluster.nodes]


def _lines(node: ScriptedNode, conn: int) -> list[bytes]:
    """The names of the commands that a connection brought."""
    return [args[0] for number, args in node.log if number == conn]


@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("bad", [1, 2])
@pytest.mark.parametrize("text", REFUSALS)
def test_a_refused_read_goes_to_another_replica(
    trio: ScriptedCluster, connect: Connect, text: str, bad: int, pipelined: bool
) -> None:
    """The primary is spared, and the one that refused is left alone for a while."""
    client = connect(trio, read_from_replicas="prefer_replica")
    node, other = trio.nodes[bad], trio.nodes[3 - bad]
    node.on("GET", Error(text))
    with within(1):
        for _ in range(20):
            if pipelined:
                assert client.pipeline().get("k").get("k").execute() == [b"v"] * 2
            else:
                assert client.get("k") == b"v"
    assert set(node.sequence()) == {"GET k"}
    assert len(node.sequence()) <= 1 + pipelined  # a pipeline's reads are shared out
    assert other.sequence() == ["GET k"] * 20 * (1 + pipelined)
    assert trio.nodes[0].sequence() == []


@pytest.mark.parametrize("dead", [[1], [2], [1, 2]])
def test_dead_replicas_are_passed_over(
    trio: ScriptedCluster, connect: Connect, dead: list[int]
) -> None:
    client = connect(trio, read_from_replicas="prefer_replica")
    for number in dead:
        trio.nodes[number].stop()
    with within(2):
        for _ in range(20):
            assert client.get("k") == b"v"
    expected = [0, 20, 20]
    for number in dead:
        expected[number] = 0
    if len(dead) == 2:
        expected[0] = 20
    assert _reads(trio) == expected


def test_a_replica_that_hangs_up_costs_no_more_than_its_reads(
    trio: ScriptedCluster, connect: Connect
) -> None:
    client = connect(trio, read_from_replicas="prefer_replica")
    for replica in trio.nodes[1:]:
        replica.on("GET", Drop())
    with within(2):
        assert client.pipeline().get("k").get("k").execute() == [b"v"] * 2
        assert client.get("k") == b"v"
    assert trio.nodes[0].sequence()[:1] == ["GET k"]
    assert _reads(trio)[0] >= 2


@pytest.mark.parametrize("timeout", [0.2, 1.2])
def test_silent_replicas_cost_one_timeout_each(
    trio: ScriptedCluster, connect: Connect, timeout: float
) -> None:
    """Also one that is longer than the time for which the first is avoided."""
    client = connect(trio, read_from_replicas="prefer_replica", socket_timeout=timeout)
    for replica in trio.nodes[1:]:
        replica.on("GET", Silence())
    with within(2 * timeout + 2):
        assert client.get("k") == b"v"
    assert _reads(trio) == [1, 1, 1]


def test_silence_of_the_last_resort_is_the_end(trio: ScriptedCluster, connect: Connect) -> None:
    client = connect(trio, read_from_replicas="prefer_replica", socket_timeout=0.2)
    trio.on("GET", Silence())
    with within(3), pytest.raises(TimeoutError):
        client.pipeline().get("k").execute()
    assert _reads(trio) == [1, 1, 1]


def test_writes_stay_with_the_primary_and_in_order(trio: ScriptedCluster, connect: Connect) -> None:
    """A read behind a write of its pipeline sees it: it goes where the write went."""
    client = connect(trio, read_from_replicas="prefer_replica")
    for replica in trio.nodes[1:]:
        replica.on("GET", Error("LOADING Redis is loading"))
    for number in range(5):
        pipe: Any = client.pipeline().set("k", number).get("k").set("k", "end").get("other")
        results = pipe.execute()
        assert (results[0], results[2]) == (True, True)
        assert results[3] is None
    assert trio.count("SET") == len(trio.nodes[0].commands("SET")) == 10


def test_readonly_is_refused_by_the_replica(trio: ScriptedCluster, connect: Connect) -> None:
    """One that does not know the command can serve nothing."""
    client = connect(trio, read_from_replicas="prefer_replica")
    trio.nodes[1].on("READONLY", Error("ERR This instance has cluster support disabled"))
    with within(3):
        for _ in range(10):
            assert client.get("k") == b"v"
    assert trio.nodes[1].commands("GET") == []


def test_readonly_comes_first_and_once_for_each_connection(
    trio: ScriptedCluster, connect: Connect
) -> None:
    client = connect(trio, read_from_replicas="prefer_replica")
    for _ in range(3):
        for _ in range(10):
            client.get("k")
            client.pipeline().get("k").get("k").execute()
        for replica in trio.nodes[1:]:
            replica.drop_connections()
    for replica in trio.nodes[1:]:
        readers = {conn for conn, args in replica.log if args[0] == b"GET"}
        assert readers
        for conn in readers:
            names = [name for name in _lines(replica, conn) if name in (b"READONLY", b"GET")]
            assert names[0] == b"READONLY"
            assert set(names[1:]) == {b"GET"}
    assert trio.nodes[0].commands("READONLY", "GET") == []


def test_a_replica_of_another_primary_by_now(connect: Connect) -> None:
    """It says MOVED, which is followed, and a write is never sent to it."""
    with ScriptedCluster(1, replicas=1) as cluster:
        primary, replica = cluster.nodes
        client = connect(cluster, read_from_replicas="prefer_replica")
        cluster.store.data[b"k"] = b"v"
        replica.on("GET", Moved(primary))
        assert client.get("k") == b"v"
        assert replica.sequence() == ["GET k"]
        assert primary.sequence() == ["GET k"]


def test_one_that_has_recovered_is_read_from_again(trio: ScriptedCluster, connect: Connect) -> None:
    client = connect(trio, read_from_replicas="prefer_replica")
    one, other = trio.nodes[1:]
    one.on("GET", Error("LOADING Redis is loading"))
    while not one.commands("GET"):
        client.get("k")
    one.forget_script()
    trio.forget_log()

    def served() -> bool:
        assert client.get("k") == b"v"
        return one.commands("GET") != []

    with within(15):
        while not served():
            pass
    assert trio.nodes[0].commands("GET") == []


def test_turns_are_exact_in_each_shard_and_for_all_ways_to_read(connect: Connect) -> None:
    with ScriptedCluster(2, replicas=1) as cluster:
        client = connect(cluster, read_from_replicas="round_robin")
        for master in cluster.nodes[:2]:
            key = cluster.key(master)
            order = [master, *cluster.replicas_of(master)]
            cluster.forget_log()
            for _ in range(6):
                client.get(key)
            seen = [index for index, _, args in cluster.log if args[0] == b"GET"]
            assert sorted(seen[:2]) == sorted(node.index for node in order)
            assert seen == seen[:2] * 3


def test_turns_pass_over_a_node_that_is_down(trio: ScriptedCluster, connect: Connect) -> None:
    client = connect(trio, read_from_replicas="round_robin")
    trio.nodes[1].stop()
    with within(2):
        for _ in range(20):
            assert client.get("k") == b"v"
    primary, dead, replica = _reads(trio)
    assert dead == 0
    assert abs(primary - replica) <= 2


@pytest.mark.parametrize("policy", [True, "round_robin", "lowest_latency", "prefer_replica"])
def test_a_primary_that_is_gone_leaves_its_replicas(
    trio: ScriptedCluster, connect: Connect, policy: Any
) -> None:
    client = connect(trio, read_from_replicas=policy)
    trio.nodes[0].stop()
    with within(3):
        for _ in range(10):
            assert client.get("k") == b"v"
    assert _reads(trio)[0] == 0
    assert sum(_reads(trio)) == 10


def test_options_of_old_read_from_replicas(trio: ScriptedCluster, connect: Connect) -> None:
    """readonly_mode, and a URL: both once read from the primary alone."""
    host, port = trio.nodes[0].startup_node["host"], trio.nodes[0].startup_node["port"]
    clients = [
        connect(trio, readonly_mode=True),
        RedisCluster.from_url(f"redis://{host}:{port}", read_from_replicas=True),
    ]
    for client in clients:
        trio.forget_log()
        for _ in range(60):
            assert client.get("k") == b"v"
        assert all(count > 0 for count in _reads(trio)[1:])
        client.close()
