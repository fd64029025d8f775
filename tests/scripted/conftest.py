"""Fixtures of the scripted tests: a cluster of three nodes, and clients that are closed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.support.clients import Connect
from tests.support.pubsub import Switchboard
from tests.support.scripted import ScriptedCluster
from tests.support.signals import Handler


@pytest.fixture
def cluster() -> Iterator[ScriptedCluster]:
    """Three nodes that behave until they are told otherwise."""
    with ScriptedCluster(3) as started:
        yield started


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A factory of clients; the logs begin when a client knows the cluster."""
    clients: list[RedisCluster] = []

    def make(cluster: ScriptedCluster, **options: Any) -> RedisCluster:
        options.setdefault("startup_nodes", cluster.startup_nodes)
        options.setdefault("socket_timeout", 5)
        client = RedisCluster(**options)
        clients.append(client)
        cluster.forget_log()
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(cluster: ScriptedCluster, connect: Connect) -> RedisCluster:
    """A client of the three nodes."""
    return connect(cluster)


@pytest.fixture
def board(cluster: ScriptedCluster) -> Switchboard:
    """The three nodes, as they carry messages."""
    return Switchboard(cluster)


@pytest.fixture
def pubsub(client: RedisCluster, board: Switchboard) -> Any:
    """A subscriber of the three nodes."""
    with client.pubsub() as made:
        yield made


@pytest.fixture
def handler() -> Iterator[Handler]:
    """What SIGUSR1 does during the test."""
    installed = Handler()
    before = signal.signal(signal.SIGUSR1, installed)
    yield installed
    signal.signal(signal.SIGUSR1, before)
