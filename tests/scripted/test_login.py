"""Passwords: AUTH comes first on every connection, and a refusal is told as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import ScriptedCluster


@pytest.fixture
def locked() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(3, password="secret") as cluster:
        yield cluster


def _use(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """Bring connections to all nodes about, some of them a second time."""
    for node in cluster.nodes:
        assert client.incr(cluster.key(node)) == 1
        node.drop_connections()
        assert client.pipeline().incr(cluster.key(node)).execute() == [2]


def _first_commands(cluster: ScriptedCluster) -> list[list[bytes]]:
    """What each connection began with."""
    first: dict[tuple[int, int], list[bytes]] = {}
    for node, conn, args in cluster.log:
        first.setdefault((node, conn), args)
    return list(first.values())


def test_auth_is_the_first_command_of_every_connection(locked: ScriptedCluster) -> None:
    client = RedisCluster(startup_nodes=locked.startup_nodes, password="secret")
    _use(locked, client)
    client.close()
    first = _first_commands(locked)
    assert len(first) >= 6
    assert all(args == [b"AUTH", b"secret"] for args in first)
    assert locked.count("AUTH") == len(first)


def test_auth_names_the_user() -> None:
    with ScriptedCluster(3, username="me", password="secret") as cluster:
        client = RedisCluster(startup_nodes=cluster.startup_nodes, username="me", password="secret")
        _use(cluster, client)
        client.close()
        assert all(args == [b"AUTH", b"me", b"secret"] for args in _first_commands(cluster))


def test_without_a_password_no_auth_is_sent(cluster: ScriptedCluster, connect: Connect) -> None:
    _use(cluster, connect(cluster))
    assert cluster.count("AUTH") == 0


@pytest.mark.parametrize(
    ("options", "reason"), [({}, "NOAUTH"), ({"password": "wrong"}, "WRONGPASS")]
)
def test_a_refused_login_is_told(
    locked: ScriptedCluster, options: dict[str, Any], reason: str
) -> None:
    with within(10), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=locked.startup_nodes, **options)
    assert reason in str(caught.value)
    assert "wrong" not in str(caught.value)
    locked.wait_all_closed()


def test_a_password_that_changes_is_told_and_no_command_runs(
    locked: ScriptedCluster, connect: Connect
) -> None:
    client = connect(locked, password="secret")
    node = locked.nodes[0]
    key = locked.key(node)
    assert client.incr(key) == 1
    locked.password = "other"
    for each in locked.nodes:
        each.drop_connections()
    locked.forget_log()
    with within(20), pytest.raises(Exception, match=r"WRONGPASS|invalid username-password"):
        client.incr(key)
    assert locked.store.data[key.encode()] == b"1"
    locked.password = "secret"
    assert client.incr(key) == 2
