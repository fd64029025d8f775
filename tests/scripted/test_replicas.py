"""Reads from replicas: READONLY once for each connection, writes to the masters alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from tests.support.clients import Connect
from tests.support.scripted import ScriptedCluster


@pytest.fixture
def pair() -> Iterator[ScriptedCluster]:
    """One master and one replica."""
    with ScriptedCluster(1, replicas=1) as cluster:
        yield cluster


@pytest.fixture
def reader(pair: ScriptedCluster, connect: Connect) -> RedisCluster:
    return connect(pair, read_from_replicas=True)


def test_reads_are_shared_and_writes_are_not(pair: ScriptedCluster, reader: RedisCluster) -> None:
    master, replica = pair.nodes
    for number in range(60):
        assert reader.set("k", number) is True
        assert reader.get("k") == b"%d" % number
    assert len(replica.commands("GET")) >= 10
    assert len(master.commands("SET")) == 60
    assert replica.commands("SET") == []
    assert pair.count("GET") == 60


def test_readonly_is_said_once_for_each_connection(
    pair: ScriptedCluster, reader: RedisCluster
) -> None:
    replica = pair.nodes[1]
    for _ in range(60):
        reader.get("k")
        reader.pipeline(read_from_replicas=True).get("k").get("k").execute()
    readers = {conn for conn, args in replica.log if args[0] == b"GET"}
    assert readers
    for conn in readers:
        said = [args for number, args in replica.log if number == conn]
        assert said.count([b"READONLY"]) <= 1
    assert len(replica.commands("READONLY")) <= len(replica.connections)


def test_a_pipeline_reads_from_replicas_when_asked(pair: ScriptedCluster, connect: Connect) -> None:
    master, replica = pair.nodes
    client = connect(pair)
    for _ in range(40):
        pipe = client.pipeline(read_from_replicas=True)
        assert pipe.set("k", 1).execute() == [True]
        assert pipe.get("k").get("k").execute() == [b"1", b"1"]
    assert len(replica.commands("GET")) >= 10
    assert len(master.commands("SET")) == 40
    assert pair.count("GET") == 80


def test_without_the_option_replicas_are_left_alone(
    pair: ScriptedCluster, connect: Connect
) -> None:
    client = connect(pair)
    for _ in range(30):
        client.get("k")
        client.pipeline().get("k").execute()
    assert pair.nodes[1].sequence() == []


def test_a_dead_replica_is_no_reason_to_fail(pair: ScriptedCluster, reader: RedisCluster) -> None:
    reader.set("k", "v")
    pair.nodes[1].stop()
    for _ in range(30):
        assert reader.get("k") == b"v"
