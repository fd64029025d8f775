"""Signals while a call waits: a handler runs at once, and what it raises ends the call."""

from __future__ import annotations

import ctypes
import os
import signal
import threading

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c._core import Session
from tests.support.clock import within
from tests.support.resp import Simple, encode
from tests.support.scripted import Answer, Delay, Reply, ScriptedCluster, Silence
from tests.support.signals import Handler, Interrupted


def _signal_soon() -> threading.Timer:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    return timer


def test_an_interrupt_ends_a_call_at_once(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    a = cluster.nodes[0]
    slow, quick = cluster.keys(a, 2)
    a.on("INCRBY", Silence(), key=slow)
    timer = _signal_soon()
    with within(0.5), pytest.raises(Interrupted):
        client.incr(slow)
    timer.join()
    assert client.incr(quick) == 1
    assert a.sequence() == [f"INCRBY {slow} 1", f"INCRBY {quick} 1"]
    cluster.wait_until(lambda: a.open_connections == 1)


@pytest.mark.parametrize("transaction", [False, True])
def test_an_interrupt_ends_the_conversion_of_many_replies(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler, transaction: bool
) -> None:
    # Functions of C, as any of Python would look for signals itself.
    converted: list[bytes] = []
    client.set_response_callback("INCRBY", ctypes.CDLL(None)["raise"])
    client.set_response_callback("GET", converted.append)
    number = int(signal.SIGUSR1)
    cluster.on("INCRBY", Reply(Simple("QUEUED") if transaction else number))
    if transaction:
        cluster.on("MULTI", Reply(Simple("OK")))
        cluster.on("DISCARD", Reply(Simple("OK")))
        cluster.on("GET", Reply(Simple("QUEUED")))
        cluster.on("EXEC", Reply([number] + [b"v"] * 9000))
    pipe = client.pipeline(transaction=transaction)
    pipe.incr("k")
    for _ in range(9000):
        pipe.get("k")
    with pytest.raises(Interrupted):
        pipe.execute()
    assert len(converted) < 4096


def test_an_interrupt_ends_a_pipeline_at_once(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    cluster.on("INCRBY", Silence())
    pipe = client.pipeline()
    keys = [cluster.key(node) for node in cluster.nodes]
    for key in keys:
        pipe.incr(key)
    timer = _signal_soon()
    with within(0.5), pytest.raises(Interrupted):
        pipe.execute()
    timer.join()
    for node in cluster.nodes:
        node.forget_script()
    assert pipe.execute() == []
    for key in keys:
        pipe.incr(key)
    assert pipe.execute() == [1, 1, 1]
    assert cluster.count("INCRBY") == 6


def test_a_handler_that_returns_lets_the_call_go_on(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    handler.raises = False
    cluster.on("INCRBY", Delay(0.5), Answer())
    timer = _signal_soon()
    assert client.incr("k") == 1
    timer.join()
    assert handler.calls == 1
    assert cluster.count("INCRBY") == 1


def test_an_interrupt_ends_a_wait_for_messages(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    node = cluster.owner("k")
    node.on("SUBSCRIBE", Reply([b"subscribe", b"k", 1]))
    with client.pubsub() as pubsub:
        pubsub.subscribe("k")
        assert pubsub.get_message(timeout=5)
        timer = _signal_soon()
        with within(2), pytest.raises(Interrupted):
            pubsub.get_message(timeout=None)
        timer.join()
        node.push(encode([b"message", b"k", b"x"]))
        message = pubsub.get_message(timeout=5)
        assert message is not None
        assert message["data"] == b"x"
    assert node.sequence() == ["SUBSCRIBE k"]


def test_an_interrupt_ends_a_wait_in_a_session(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    node = cluster.nodes[0]
    with Session(client.connection_pool, node.host, node.port) as session:
        timer = _signal_soon()
        with within(2), pytest.raises(Interrupted):
            session.receive()
        timer.join()
        session.send("PING")
        assert session.receive(5) == b"PONG"
