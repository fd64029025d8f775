"""The cluster that the tests here share: a LocalCluster, or the one that --cluster-url names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.cluster.modes import empty
from tests.support.server import GivenCluster, Server, local_server

Factory = Callable[..., RedisCluster]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[LocalCluster | GivenCluster]:
    """Its ``startup_nodes`` and ``url`` are what a test may rely on."""
    url = request.config.getoption("--cluster-url")
    if url is not None:
        yield GivenCluster(url)
        return
    # On a busy machine a server may be late for seconds; that must not make a failover.
    with LocalCluster(masters=3, replicas=1, node_timeout=15_000) as local:
        yield local


@pytest.fixture(scope="session")
def server(cluster: LocalCluster | GivenCluster) -> Server:
    """What the nodes of that cluster are."""
    return cluster.server() if isinstance(cluster, GivenCluster) else local_server()


@pytest.fixture
def make_client(cluster: LocalCluster | GivenCluster) -> Iterator[Factory]:
    """Makes clients of the cluster, with the options given, and closes them after the test."""
    made: list[RedisCluster] = []
    defaults = cluster.options if isinstance(cluster, GivenCluster) else {}

    def make(**options: Any) -> RedisCluster:
        made.append(RedisCluster(startup_nodes=cluster.startup_nodes, **{**defaults, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def rc(make_client: Factory) -> RedisCluster:
    """A client of the cluster, which is empty when the test begins, replicas as well."""
    client = make_client()
    empty(client)
    return client
