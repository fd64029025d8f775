"""Pipelines far larger than every socket buffer, against servers that will not read first."""

from __future__ import annotations

import pytest

from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import ScriptedCluster


@pytest.mark.parametrize("buffer", [None, 65536])
def test_a_server_that_reads_only_when_it_has_written(connect: Connect, buffer: int | None) -> None:
    """10 MB of replies must be taken while more than that is still to be sent."""
    with ScriptedCluster(2, socket_buffer=buffer) as cluster:
        for node in cluster.nodes:
            node.lockstep = True
        client = connect(cluster, socket_timeout=20)
        blob = b"x" * 100_000
        keys = [key for node in cluster.nodes for key in cluster.keys(node, 50)]
        pipe = client.pipeline()
        for key in keys:
            pipe.set(key, blob).get(key)
        for key in keys:
            pipe.get(key).get(key)
        with within(40):
            results = pipe.execute()
        assert results == [True, blob] * 100 + [blob, blob] * 100


def test_many_small_commands(connect: Connect) -> None:
    with ScriptedCluster(3) as cluster:
        for node in cluster.nodes:
            node.lockstep = True
        client = connect(cluster, socket_timeout=20)
        pipe = client.pipeline()
        for number in range(10_000):
            pipe.set(f"k{number}", number)
        with within(40):
            assert pipe.execute() == [True] * 10_000
        for number in range(10_000):
            pipe.get(f"k{number}")
        assert pipe.execute() == [b"%d" % number for number in range(10_000)]
        assert cluster.count("SET", "GET") == 20_000
