"""Forks at any moment of a client that many threads use: a child works at once, and by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from rediscluster_c.exceptions import RedisClusterException, WatchError
from tests.cluster.modes import Factory
from tests.cluster.test_fork import in_a_child
from tests.support.clock import within

pytestmark = pytest.mark.alone

FORKS = 150
Use = Callable[[Any, str], object]


def call(rc: Any, name: str) -> None:
    assert rc.set(name, name) is True
    assert rc.get(name) == name.encode()


def pipeline(rc: Any, name: str) -> None:
    pipe = rc.pipeline()
    for number in range(30):
        pipe.set(f"{name}:{number}", f"{name}.{number}").get(f"{name}:{number}")
    assert pipe.execute()[1::2] == [f"{name}.{number}".encode() for number in range(30)]


def refresh(rc: Any, name: str) -> None:
    rc.connection_pool.refresh()


def disconnect(rc: Any, name: str) -> None:
    rc.close()
    time.sleep(0.002)


def transaction(rc: Any, name: str) -> None:
    with rc.pipeline(transaction=True) as pipe:
        pipe.watch(name)
        pipe.multi()
        assert pipe.set(name, name).get(name).execute() == [True, name.encode()]


def pubsub(rc: Any, name: str) -> None:
    """The message that is awaited comes from the thread itself; then it awaits one in vain."""
    with rc.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(name)
        assert listener.get_message(timeout=20) is None
        rc.publish(name, name)
        message = listener.get_message(timeout=20)
        assert message is not None and message["data"] == name.encode()
        assert listener.get_message(timeout=0.01) is None


def blocked(rc: Any, name: str) -> None:
    assert rc.execute_command("BLPOP", f"never:{name}", 0.01) is None


@contextmanager
def under_load(rc: Any, *uses: Use) -> Iterator[None]:
    """Threads, one for each use, that go on until the block is over."""
    stop = threading.Event()
    raised: list[BaseException] = []
    rounds = [0] * len(uses)

    def work(thread: int) -> None:
        try:
            while not stop.is_set():
                uses[thread](rc, f"thread{thread}")
                rounds[thread] += 1
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(uses))]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert raised == []
    assert all(rounds)


def check_child(rc: Any, number: int) -> None:
    with within(10):
        call(rc, f"child{number}")
        pipeline(rc, f"child{number}")
        if number % 5 == 0:
            transaction(rc, f"child{number}")
            pubsub(rc, f"child{number}")
            refresh(rc, f"child{number}")
        if number % 7 == 0:
            rc.close()


def test_forks_while_threads_do_everything(rc: Any) -> None:
    with under_load(rc, call, pipeline, refresh, transaction, pubsub, blocked, disconnect):
        for number in range(FORKS):
            in_a_child(partial(check_child, rc, number))
    check_child(rc, FORKS)


@pytest.mark.parametrize("most", [1, 2])
def test_forks_while_threads_wait_for_a_full_pool(make_client: Factory, most: int) -> None:
    """The child has the whole pool: what the parent's threads hold does not count in it."""
    client: Any = make_client(max_connections=most, pool_timeout=30)
    with under_load(client, call, pipeline, refresh, transaction, blocked, call, pipeline, blocked):
        for number in range(FORKS // 2):
            in_a_child(partial(call, client, f"child{number}"))
    call(client, "after")


def test_a_fork_while_every_connection_is_held(make_client: Factory) -> None:
    """No connection comes free meanwhile in the parent, and the child does not wait for one."""
    client: Any = make_client(max_connections=2)
    with client.pipeline(transaction=True) as pipe, client.pubsub() as listener:
        pipe.watch("a")
        listener.subscribe("a")
        with pytest.raises(RedisClusterException, match="Too many connections"):
            client.get("a")
        for number in range(10):
            in_a_child(partial(check_child, client, number))
        pipe.multi()
        assert pipe.set("a", 1).execute() == [True]
        message = listener.get_message(timeout=10)
        assert message is not None and message["type"] == "subscribe"


def test_a_watched_connection_is_the_parents(rc: Any) -> None:
    with rc.pipeline(transaction=True) as pipe:
        pipe.watch("{a}n")

        def use() -> None:
            with pytest.raises(WatchError, match="the connection .* is gone"):
                pipe.get("{a}n")
            call(rc, "{a}child")

        in_a_child(use)
        pipe.multi()
        assert pipe.incr("{a}n").execute() == [1]


def test_a_subscriber_hears_its_own_in_parent_and_child(rc: Any) -> None:
    """The child subscribes anew on a connection of its own, and takes nothing from the parent."""
    with rc.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("channel")
        assert listener.get_message(timeout=10) is None

        def hear(*expected: bytes) -> None:
            for data in expected:
                message = listener.get_message(timeout=10)
                assert message is not None and message["data"] == data

        def subscribe_and_hear() -> None:
            assert listener.get_message(timeout=0.5) is None
            rc.publish("channel", "from the child")
            hear(b"from the child")

        for _ in range(3):
            in_a_child(subscribe_and_hear)
        rc.publish("channel", "from the parent")
        hear(*[b"from the child"] * 3, b"from the parent")
        assert listener.get_message(timeout=0.05) is None
