"""Passwords: AUTH comes first on every connection, and a refusal is told as one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    AuthenticationError,
    ConnectionError,
    InvalidResponse,
    RedisClusterException,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Error, Raw, ScriptedCluster


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
    assert isinstance(caught.value.__cause__, AuthenticationError)
    locked.wait_all_closed()


def test_a_refused_login_outweighs_nodes_that_are_gone(locked: ScriptedCluster) -> None:
    locked.nodes[0].refuse_connections()
    with within(10), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=locked.startup_nodes, password="wrong")
    assert isinstance(caught.value.__cause__, AuthenticationError)
    locked.password = None
    for node in locked.nodes:
        node.stop()
    with within(10), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=locked.startup_nodes)
    assert type(caught.value.__cause__) is ConnectionError


@pytest.mark.parametrize(
    "answer",
    [b":0\r\n", b"$-1\r\n", b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", b"+NO\r\n", b"$2\r\nOK\r\n"],
)
@pytest.mark.parametrize("command", ["AUTH", "CLIENT SETNAME"])
def test_only_ok_is_a_login(cluster: ScriptedCluster, command: str, answer: bytes) -> None:
    for node in cluster.nodes:
        node.on("AUTH", Raw(b"+OK\r\n"))
        node.on(command, Raw(answer))
    options: dict[str, Any] = {"password": "secret", "client_name": "name"}
    with within(10), pytest.raises((RedisClusterException, InvalidResponse)) as caught:
        with RedisCluster(startup_nodes=cluster.startup_nodes, **options) as client:
            client.get(cluster.key(cluster.nodes[0]))
    assert f"{command} was answered with" in str(caught.value)
    assert f"127.0.0.1:{cluster.nodes[0].port}" in str(caught.value)
    assert InvalidResponse in (type(caught.value), type(caught.value.__cause__))


@pytest.mark.parametrize("call", ["command", "pipeline", "transaction", "pubsub"])
def test_a_wrong_password_is_not_sent_again_and_again(
    locked: ScriptedCluster, connect: Connect, call: str
) -> None:
    """Calls fail at once, and the server hears of the password in growing intervals only."""
    client = connect(locked, password="secret")
    node = locked.nodes[0]
    key = locked.key(node)
    client.incr(key)
    locked.password = "other"
    for each in locked.nodes:
        each.drop_connections()
    locked.forget_log()

    def fail() -> None:
        if call == "command":
            client.incr(key)
        elif call == "pubsub":
            with client.pubsub() as listener:
                listener.ssubscribe(key)
        else:
            client.pipeline(transaction=call == "transaction").incr(key).execute()

    calls = 0
    end = time.monotonic() + 1.5
    with within(10):
        while time.monotonic() < end:
            with within(1), pytest.raises(AuthenticationError, match="AUTH was refused: WRONGPASS"):
                fail()
            calls += 1
    assert calls > 50
    assert 2 <= len(node.commands("AUTH")) <= 8
    locked.password = "secret"
    end = time.monotonic() + 10
    while True:
        try:
            assert client.incr(key) == 2
            break
        except AuthenticationError:
            assert time.monotonic() < end
            time.sleep(0.05)
    node.drop_connections()
    assert client.incr(key) == 3  # nothing of it is left


def test_a_server_that_repeats_the_password_is_not_quoted(
    cluster: ScriptedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    for node in cluster.nodes:
        node.on("AUTH", Error("ERR unknown command 'AUTH', with args beginning with: 'hunter2' "))
    with within(10), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes, password="hunter2", failover_timeout=0)
    assert "AUTH was refused: ERR (" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(caught.value.__cause__) + caplog.text


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
