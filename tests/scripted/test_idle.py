"""Idle connections: what comes unasked answers no command, and how long they are kept alive."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Answer, Call, Delay, Raw, ScriptedCluster

UNASKED = {
    "a reply": b"+unasked\r\n",
    "half a reply": b"$7\r\nun",
    "many replies": b":4711\r\n" * 1000,
    "a push": b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
    "garbage": b"\x00\xff\r\n",
    "an error": b"-ERR max number of clients reached\r\n",
}


@pytest.mark.parametrize("unasked", UNASKED)
def test_what_comes_while_idle_answers_nothing(
    cluster: ScriptedCluster, client: RedisCluster, unasked: str
) -> None:
    keys = [cluster.key(node) for node in cluster.nodes]

    def push() -> None:
        """What the client has closed is closed here, too, by then."""
        cluster.wait_until(lambda: all(node.open_connections == 1 for node in cluster.nodes))
        for node in cluster.nodes:
            node.push(UNASKED[unasked])

    for number in range(1, 4):
        for key in keys:
            assert client.incr(key) == 2 * number - 1
        push()
        pipe = client.pipeline()
        for key in keys:
            pipe.incr(key)
        with within(0.24):
            assert pipe.execute() == [2 * number] * 3
        push()
    assert cluster.count("INCRBY") == 18


@pytest.mark.parametrize("unasked", UNASKED)
def test_what_follows_a_reply_answers_nothing(
    cluster: ScriptedCluster, client: RedisCluster, unasked: str
) -> None:
    """It may come together with the reply, or before the connection is taken again."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("INCRBY", Answer(), Raw(UNASKED[unasked]))
    for number in range(1, 20):
        assert client.incr(key) == number
    assert cluster.count("INCRBY") == 19


def test_a_half_closed_connection_is_not_used(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """The server says that it will send no more, and still reads."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    assert client.incr(key) == 1
    closed = threading.Event()

    def half_close(connection: Any, args: list[bytes]) -> None:
        connection._sock.shutdown(socket.SHUT_WR)
        closed.set()

    node.on("INCRBY", Answer(), Delay(0), Call(half_close), times=1)
    assert client.incr(key) == 2
    assert closed.wait(10)
    with within(0.24):
        assert client.incr(key) == 3
    assert cluster.count("INCRBY") == 3
    assert len({arrival.conn for arrival in node.log if arrival.args[0] == b"INCRBY"}) == 2


def _sockets(cluster: ScriptedCluster) -> Iterator[socket.socket]:
    """This process's ends of the connections that clients have to the nodes."""
    ports = {node.port for node in cluster.nodes}
    for name in os.listdir("/proc/self/fd"):
        try:
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
        except FileNotFoundError:
            continue  # the directory's own descriptor, closed by now
        with socket.socket(fileno=os.dup(int(name))) as found:
            try:
                peer = found.getpeername()
            except OSError:
                continue  # it listens, or its peer is gone
            if found.family == socket.AF_INET and peer[1] in ports:
                yield found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (1, 6, 3, 3)),
        ({"socket_keepalive": True}, (1, 6, 3, 3)),
        ({"socket_keepalive_options": {socket.TCP_KEEPIDLE: 77}}, (1, 77, 3, 3)),
        (
            {"socket_keepalive_options": {socket.TCP_KEEPINTVL: 7, socket.TCP_KEEPCNT: 9}},
            (1, 6, 7, 9),
        ),
        ({"socket_keepalive": False}, (0, None, None, None)),
    ],
)
def test_keepalive(
    cluster: ScriptedCluster, connect: Connect, options: Any, expected: tuple[Any, ...]
) -> None:
    client = connect(cluster, **options)
    client.mget([cluster.key(node) for node in cluster.nodes])
    count = 0
    for found in _sockets(cluster):
        count += 1
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == expected[0]
        for option, value in zip(
            (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT), expected[1:]
        ):
            assert value in (None, found.getsockopt(socket.IPPROTO_TCP, option))
    assert count == 3
