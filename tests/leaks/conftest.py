"""The clusters of the leak tests: a small real one, and one that misbehaves in another process."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.support.scripted import Cut, Drop, Error, Raw, ScriptedCluster


@pytest.fixture(scope="package")
def nodes() -> Iterator[list[dict[str, Any]]]:
    """The startup nodes of a real cluster."""
    with LocalCluster(masters=2, replicas=0) as cluster:
        yield cluster.startup_nodes


@pytest.fixture
def rc(nodes: list[dict[str, Any]]) -> Iterator[RedisCluster]:
    """A client of the real cluster, with a value of each type in it."""
    with RedisCluster(startup_nodes=nodes) as client:
        client.flushall()
        client.mset(string="text", number=5, binary=b"\xff")
        client.rpush("list", *range(20))
        client.hset("hash", mapping={f"field:{number}": number for number in range(20)})
        client.sadd("set", *range(20))
        client.zadd("zset", {f"member:{number}": number + 0.5 for number in range(20)})
        yield client


def _serve(connection: Connection) -> None:
    with ScriptedCluster(1) as cluster:
        cluster.on("GET", Raw(b"?nonsense\r\n"))
        cluster.on("APPEND", Cut(2))
        cluster.on("INCRBY", Drop())
        cluster.on("LLEN", Error("OOM no memory"))
        connection.send(cluster.startup_nodes)
        connection.recv()


@pytest.fixture(scope="package")
def bad_nodes() -> Iterator[list[dict[str, Any]]]:
    """The startup nodes of a cluster that fails; in a process whose memory is not looked at."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,))
    process.start()
    assert here.poll(20), "the scripted cluster does not start"
    yield here.recv()
    here.send("end")
    process.join(20)
    here.close()
    there.close()
    assert process.exitcode == 0
    process.close()


@pytest.fixture(autouse=True)
def no_log_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    """What is logged is kept by pytest until the test is over, and would look like a leak."""
    caplog.set_level(logging.CRITICAL, "rediscluster_c")
