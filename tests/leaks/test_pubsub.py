"""PubSub and Monitor: made, used and thrown away, in every way."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rediscluster_c import ConnectionError, RedisCluster, RedisError
from rediscluster_c.monitor import Monitor
from rediscluster_c.pubsub import PubSub
from tests.leaks.measure import assert_flat


def _read(pubsub: PubSub, count: int) -> None:
    for _ in range(count):
        pubsub.get_message(timeout=5)


@pytest.mark.parametrize("ending", ["closed", "dropped", "in a cycle"])
def test_pubsubs(rc: RedisCluster, ending: str) -> None:
    def work() -> None:
        pubsub: Any = rc.pubsub()
        pubsub.subscribe("a", b=work)
        pubsub.ssubscribe("a", "b", "c")
        _read(pubsub, 5)
        if ending == "in a cycle":
            pubsub.subscribe(c=pubsub.close)
        elif ending == "closed":
            pubsub.close()

    assert_flat(work, times=25, watched=[PubSub, rc.connection_pool, work])


def test_messages(rc: RedisCluster) -> None:
    with rc.pubsub() as pubsub:
        pubsub.subscribe("a", b=lambda message: None)
        pubsub.ssubscribe("a", "b", "c")
        _read(pubsub, 5)

        def work() -> None:
            for channel in ("a", "b"):
                rc.execute_command("PUBLISH", channel, b"x" * 1000)
                rc.execute_command("SPUBLISH", channel, "y")
            _read(pubsub, 4)
            assert pubsub.get_message() is None
            pubsub.ping("me")
            pubsub.psubscribe("n*")
            pubsub.punsubscribe()
            _read(pubsub, 3)

        assert_flat(work, watched=[pubsub])


def test_failures(rc: RedisCluster) -> None:
    pubsub = rc.pubsub(node="127.0.0.1:1")

    def work() -> None:
        with pytest.raises(RuntimeError):
            pubsub.get_message()
        with pytest.raises(RedisError):
            pubsub.subscribe(None)  # type: ignore[arg-type]
        with pytest.raises(ConnectionError):
            pubsub.subscribe("a")
        with pytest.raises(ConnectionError), Monitor(rc.connection_pool, "127.0.0.1:1"):
            pass

    # Few of them: a node that is down is not connected to again at once.
    assert_flat(work, times=3, watched=[pubsub, rc.connection_pool])


def test_losses(rc: RedisCluster) -> None:
    with rc.pubsub() as pubsub:
        pubsub.subscribe("a")
        pubsub.ssubscribe("a", "b")
        _read(pubsub, 3)

        def work() -> None:
            for connection in pubsub._connections.all():
                connection.session.send("QUIT")
            _read(pubsub, 3)  # perhaps the answers to QUIT
            while pubsub.get_message(timeout=0.02) is not None:
                pass
            assert not any(connection.session.closed for connection in pubsub._connections.all())

        assert_flat(work, times=20, watched=[pubsub])


def test_threads(rc: RedisCluster) -> None:
    def work() -> None:
        pubsub = rc.pubsub()
        heard = threading.Event()
        pubsub.subscribe(a=lambda message: heard.set())
        _read(pubsub, 1)
        thread = pubsub.run_in_thread(sleep_time=0.01)
        rc.execute_command("PUBLISH", "a", "x")
        assert heard.wait(5)
        thread.stop()
        thread.join(5)

    assert_flat(work, times=20, watched=[PubSub])


def test_monitors(rc: RedisCluster) -> None:
    def work() -> None:
        with rc.monitor() as monitor:
            for key in ("a", "b", "c", "d"):
                rc.get(key)
            assert monitor.next_command()["db"] == 0

    assert_flat(work, times=25, watched=[rc.connection_pool])
