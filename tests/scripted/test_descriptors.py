"""A process that may open no more files: the calls say so at once."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator

import pytest

from rediscluster_c.exceptions import ConnectionError
from tests.support.clients import Connect
from tests.support.scripted import ScriptedCluster


@pytest.fixture
def no_descriptors(cluster: ScriptedCluster, connect: Connect) -> Iterator[None]:
    """The client is made, and has no connection; and there is no descriptor for one."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    held: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                held.append(os.dup(0))
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_an_exhausted_descriptor_table_is_told_at_once(
    cluster: ScriptedCluster, connect: Connect, request: pytest.FixtureRequest
) -> None:
    client = connect(cluster)
    client.connection_pool.disconnect()
    cluster.wait_all_closed()  # the nodes' sockets are this process', too
    key = cluster.key(cluster.nodes[0])
    request.getfixturevalue("no_descriptors")
    begun = time.monotonic()  # within() needs a descriptor to see how busy the machine is
    for _ in range(3):
        with pytest.raises(ConnectionError, match="Too many open files") as caught:
            client.incr(key)
        assert caught.value.outcome == "not sent"
    assert time.monotonic() - begun < 1.5
    assert client.stats()[cluster.nodes[0].address]["losses"] == 0
