"""The cluster that the tests here share: a LocalCluster, or the one that --cluster-url names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster

Factory = Callable[..., RedisCluster]


class GivenCluster:
    """The part of LocalCluster that tests may use of any cluster, for one that runs already."""

    def __init__(self, url: str) -> None:
        credentials, _, addresses = urlsplit(url).netloc.rpartition("@")
        username, _, password = credentials.partition(":")
        self.startup_nodes: list[dict[str, Any]] = []
        for address in addresses.split(","):
            host, _, port = address.rpartition(":")
            if urlsplit(url).scheme != "redis" or not host or not port.isdigit():
                raise pytest.UsageError(f"--cluster-url is no redis://HOST:PORT[,HOST:PORT]: {url}")
            self.startup_nodes.append({"host": host, "port": int(port)})
        first = addresses.split(",")[0]
        self.url = f"redis://{credentials}@{first}" if credentials else f"redis://{first}"
        named = {"username": unquote(username), "password": unquote(password)}
        self.options = {name: text for name, text in named.items() if text}


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[LocalCluster | GivenCluster]:
    """Its ``startup_nodes`` and ``url`` are what a test may rely on."""
    url = request.config.getoption("--cluster-url")
    if url is not None:
        yield GivenCluster(url)
        return
    with LocalCluster(masters=3, replicas=1) as local:
        yield local


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
    client.flushall()
    limit = time.monotonic() + 30
    while client.keys():
        assert time.monotonic() < limit, "a replica does not follow"
        time.sleep(0.01)
    return client
