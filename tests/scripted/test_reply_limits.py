"""Replies that are too deep, too large or without end: that command's error, and in time."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    InvalidResponse,
    RedisClusterConfigError,
    RedisClusterException,
    ReplyLimitError,
    TimeoutError,
    UnknownOutcome,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.resp import encode
from tests.support.scripted import Drop, Raw, Reply, ScriptedCluster, Simple
from tests.support.signals import Handler, Interrupted

DEEPEST = 512


def nested(levels: int) -> bytes:
    """An integer within so many arrays."""
    return b"*1\r\n" * levels + b":7\r\n"


def depth_of(value: Any) -> int:
    levels = 0
    while isinstance(value, list):
        levels, (value,) = levels + 1, value
    assert value == 7
    return levels


@pytest.mark.parametrize("levels", [7, 8, 9, 100, DEEPEST])
@pytest.mark.parametrize("decode", [False, True])
def test_replies_may_be_deep(
    cluster: ScriptedCluster, connect: Connect, levels: int, decode: bool
) -> None:
    client = connect(cluster, decode_responses=decode)
    cluster.on("EVAL", Raw(nested(levels)))
    assert depth_of(client.eval("return", 1, "k")) == levels
    results = client.pipeline().eval("return", 1, "k").get("k").execute()
    assert depth_of(results[0]) == levels
    assert results[1] is None


def test_deep_replies_need_no_recursion(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("EVAL", Raw(nested(DEEPEST)))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        result = client.eval("return", 1, "k")
    finally:
        sys.setrecursionlimit(limit)
    assert depth_of(result) == DEEPEST


def test_a_small_thread_takes_deep_replies(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("EVAL", Raw(nested(DEEPEST)))
    depths: list[int] = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(
            target=lambda: depths.append(depth_of(client.eval("return", 1, "k")))
        )
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert depths == [DEEPEST]


@pytest.mark.parametrize("levels", [DEEPEST + 1, 5000, 100_000])
def test_a_reply_that_is_too_deep_is_that_commands_error(
    cluster: ScriptedCluster, client: RedisCluster, levels: int
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("EVAL", Raw(nested(levels)))
    pipe = client.pipeline()
    pipe.incr(one).eval("return", 1, one).incr(two)
    results = pipe.execute(raise_on_error=False)
    assert [results[0], results[2]] == [1, 1]
    error = results[1]
    assert isinstance(error, ReplyLimitError)
    assert not isinstance(error, UnknownOutcome)
    assert "512 levels" in str(error)
    assert error.outcome == "replied"
    assert error.node == a.address
    used = len(a.connections)
    with pytest.raises(ReplyLimitError):
        client.eval("return", 1, one)
    assert client.incr(one) == 2
    assert len(a.connections) == used
    assert len(a.commands("EVAL")) == 2


def test_a_transaction_with_too_deep_a_reply_has_run(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("MULTI", Reply(Simple("OK")))
    cluster.on("INCRBY", Reply(Simple("QUEUED")))
    cluster.on("EXEC", Raw(b"*1\r\n" + nested(DEEPEST)))
    cluster.on("DISCARD", Reply(Simple("OK")))
    pipe = client.pipeline(transaction=True)
    pipe.incr("k")
    with pytest.raises(ReplyLimitError) as caught:
        pipe.execute()
    assert caught.value.outcome == "replied"
    assert cluster.count("EXEC") == 1


def test_a_message_that_is_too_deep_does_not_end_the_subscription(
    cluster: ScriptedCluster, client: RedisCluster, pubsub: Any, board: Any
) -> None:
    pubsub.subscribe("c")
    assert pubsub.get_message(timeout=5)["type"] == "subscribe"
    node = next(node for node in cluster.nodes if node.commands("SUBSCRIBE"))
    node.push(nested(DEEPEST + 1) + encode([b"message", b"c", b"x"]))
    with pytest.raises(ReplyLimitError):
        pubsub.get_message(timeout=5)
    assert pubsub.get_message(timeout=5)["data"] == b"x"


# ---- bytes and items ----


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ({"max_reply_bytes": 1000}, encode(bytes(1001))),
        ({"max_reply_bytes": 1000}, encode([b"x" * 400] * 3)),
        ({"max_reply_bytes": 1000}, encode(bytes(3_000_000))),
        ({"max_reply_items": 100}, encode([1] * 100)),
        ({"max_reply_items": 100}, encode([[1] * 10] * 10)),
    ],
)
def test_a_reply_over_a_limit_is_that_commands_error(
    cluster: ScriptedCluster, connect: Connect, options: dict[str, int], reply: bytes
) -> None:
    client = connect(cluster, **options)
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("LRANGE", Raw(reply))
    pipe = client.pipeline()
    pipe.incr(one).lrange(one, 0, -1).incr(two)
    results = pipe.execute(raise_on_error=False)
    assert [results[0], results[2]] == [1, 1]
    assert isinstance(results[1], ReplyLimitError)
    ((name, value),) = options.items()
    assert f"{name}={value}" in str(results[1])
    assert results[1].outcome == "replied"
    assert a.open_connections == 1


def test_a_reply_of_just_the_limits_is_taken(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, max_reply_bytes=1000, max_reply_items=101)
    cluster.on("GET", Reply(bytes(1000)))
    cluster.on("LRANGE", Reply([1] * 100))
    assert client.get("k") == bytes(1000)
    assert client.execute_command("LRANGE", "k", 0, -1) == [1] * 100


def test_what_is_too_long_to_throw_away_costs_the_connection(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """The commands before keep their replies; behind it reads are sent again, writes are not."""
    client = connect(cluster, max_reply_bytes=1000)
    a = cluster.nodes[0]
    one, two, three = cluster.keys(a, 3)
    a.on("LRANGE", Raw(b"$536870912\r\nabc"))
    pipe = client.pipeline()
    pipe.incr(one).lrange(one, 0, -1).get(two).incr(three)
    with within(2):
        results = pipe.execute(raise_on_error=False)
    assert results[0] == 1
    assert isinstance(results[1], ReplyLimitError)
    assert results[1].outcome == "replied"
    assert results[2] is None
    assert isinstance(results[3], UnknownOutcome)
    assert "over a limit" in str(results[3])
    assert len(a.commands("LRANGE")) == 1
    assert len(a.commands("GET")) >= 2


@pytest.mark.parametrize("reply", [b"$536870912\r\nabc", b"*33000000\r\n:1\r\n"])
def test_a_size_that_is_only_announced_takes_no_memory(
    cluster: ScriptedCluster, client: RedisCluster, reply: bytes
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("INCRBY", Raw(reply), Drop(), key=one)
    size, most = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (200 << 20), most))
    try:
        with within(5), pytest.raises(ConnectionError, match="closed"):
            client.incr(one)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (size, most))
    assert client.incr(two) == 1


@pytest.mark.parametrize("reply", [b"$536870912\r\nabc", b"*3\r\n:1\r\n", b"+O"])
def test_a_reply_that_always_breaks_off_is_not_asked_for_long(
    cluster: ScriptedCluster, client: RedisCluster, reply: bytes
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("GET", Raw(reply), Drop(), key=one)
    with pytest.raises(ConnectionError, match="closed"):
        client.get(one)
    assert len(a.commands("GET")) == 3
    a.forget_script()
    a.on("GET", Raw(reply), Drop(), key=one, times=2)
    assert client.get(one) is None
    assert client.get(two) is None


@pytest.mark.parametrize("name", ["max_reply_bytes", "max_reply_items"])
@pytest.mark.parametrize("value", [0, -1, 2**31, 1.5, "1", None, True])
def test_a_limit_is_a_number(name: str, value: Any) -> None:
    with pytest.raises(RedisClusterConfigError, match=f"^{name} must be an int from 1 to"):
        RedisCluster(host="127.0.0.1", port=1, **{name: value})


# ---- lines ----


@pytest.mark.parametrize("kind", [b"+", b"-", b":", b"$", b"*"])
def test_a_line_without_an_end_is_given_up(
    cluster: ScriptedCluster, client: RedisCluster, kind: bytes
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("GET", Raw(kind + b"1" * 2_000_000), key=one)
    with within(2), pytest.raises(ConnectionError, match="a line of more than 65536 bytes"):
        client.get(one)
    assert len(a.commands("GET")) == 1
    assert client.get(two) is None


# ---- answers without end ----


class Flood:
    """A node that answers one command, and sends for ever after that."""

    def __init__(self, when: bytes, begin: bytes, piece: bytes) -> None:
        self._when, self._begin, self._piece = when, begin, piece * (65536 // len(piece))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        slots = encode([[0, 16383, [b"127.0.0.1", self.port, b"id"]]])
        try:
            while data := connection.recv(65536):
                if self._when in data:
                    connection.sendall(self._begin)
                    while True:
                        connection.sendall(self._piece)
                connection.sendall(slots if b"SLOTS" in data else b"+OK\r\n")
        except OSError:
            pass
        finally:
            connection.close()


@pytest.fixture
def floods() -> Iterator[list[Flood]]:
    made: list[Flood] = []
    yield made
    for flood in made:
        flood.close()


# A reply that never ends: by its header, in steps that no header tells, and as replies in a row.
ENDLESS = [
    (b"*2147483647\r\n", b":1\r\n"),
    (b"*30000000\r\n", b":1\r\n"),
    (b"", b"*1\r\n"),
    (b"$536870912\r\n", b"x"),
    (b"", b"*2\r\n:1\r\n"),
    (b"*10000000\r\n", b"*2\r\n+a\r\n$1\r\nb\r\n"),
    (b"", b"+OK\r\n"),
]


@pytest.mark.parametrize("when", [b"AUTH", b"SLOTS"])
@pytest.mark.parametrize(("begin", "piece"), ENDLESS)
def test_no_answer_without_end_outlasts_the_timeouts(
    floods: list[Flood], when: bytes, begin: bytes, piece: bytes
) -> None:
    floods.append(Flood(when, begin, piece))
    begun = time.monotonic()
    with pytest.raises(RedisClusterException) as caught:
        client = RedisCluster(
            host="127.0.0.1",
            port=floods[0].port,
            password="secret",
            socket_timeout=0.5,
            socket_connect_timeout=0.5,
        )
        client.close()
    assert time.monotonic() - begun < 2
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("begin", "piece"), ENDLESS[:6])
def test_no_reply_without_end_outlasts_the_calls_time(
    floods: list[Flood], begin: bytes, piece: bytes
) -> None:
    floods.append(Flood(b"LRANGE", begin, piece))
    client = RedisCluster(host="127.0.0.1", port=floods[0].port, socket_timeout=5)
    pipe = client.pipeline()
    pipe.lrange("k", 0, -1)
    with within(1):
        (result,) = pipe.execute(raise_on_error=False, timeout=0.2)
    # A fast machine comes to the end of the bulk string, where there is no CRLF.
    assert isinstance(result, (TimeoutError, ReplyLimitError, InvalidResponse))
    client.close()


@pytest.mark.parametrize(
    ("begin", "piece"),
    [(b"*1000000000\r\n", b":1\r\n"), (b"*1000000000\r\n", b"+a\r\n"), (b"$1000000000\r\n", b"x")],
)
def test_a_reply_without_end_is_interrupted(
    floods: list[Flood], handler: Handler, begin: bytes, piece: bytes
) -> None:
    floods.append(Flood(b"LRANGE", begin, piece))
    client = RedisCluster(host="127.0.0.1", port=floods[0].port, max_reply_items=2**30)
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGUSR1)

    timer = threading.Timer(0.1, interrupt)
    timer.start()
    with pytest.raises(Interrupted):
        client.lrange("k", 0, -1)
    assert time.monotonic() - sent[0] < 0.2
    timer.join()
    client.close()


def test_a_session_is_not_kept_by_a_message_without_end(
    cluster: ScriptedCluster, client: RedisCluster, pubsub: Any
) -> None:
    pubsub.subscribe("c")
    assert pubsub.get_message(timeout=5)["type"] == "subscribe"
    node = next(node for node in cluster.nodes if node.commands("SUBSCRIBE"))
    node.push(b"*1000000\r\n" + b":1\r\n" * 500_000)
    begun = time.monotonic()
    assert pubsub.get_message(timeout=0.3) is None
    assert time.monotonic() - begun < 0.5
