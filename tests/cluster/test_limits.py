"""Few connections for many threads: all calls end, in whatever order they need the nodes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c.exceptions import WatchError
from tests.cluster.modes import Factory
from tests.cluster.test_threads import THREADS, run_in_threads
from tests.support.clock import within

LIMITS = [(1, False), (2, False), (3, False), (1, True), (2, True)]


@pytest.fixture(params=LIMITS, ids=lambda limit: f"{limit[0]}{' per node' if limit[1] else ''}")
def limited(request: pytest.FixtureRequest, rc: Any, make_client: Factory) -> Any:
    """A client that waits long for one of its few connections."""
    most, per_node = request.param
    return make_client(max_connections=most, max_connections_per_node=per_node, pool_timeout=30)


def use_pipeline(rc: Any, thread: int, round_: int) -> None:
    keys = [f"key:{thread}:{number}" for number in range(20)]
    pipe = rc.pipeline()
    for key in keys if thread % 2 else reversed(keys):
        pipe.set(key, round_).get(key)
    assert pipe.execute() == [True, b"%d" % round_] * 20


def use_split(rc: Any, thread: int, round_: int) -> None:
    keys = [f"split:{thread}:{number}" for number in range(20)]
    assert rc.mset(dict.fromkeys(keys, round_)) is True
    assert rc.mget(keys) == [b"%d" % round_] * 20
    assert rc.delete(*keys) == 20


def use_all_nodes(rc: Any, thread: int, round_: int) -> None:
    assert all(rc.ping().values())


def use_pubsub(rc: Any, thread: int, round_: int) -> None:
    with rc.pubsub() as pubsub:
        pubsub.subscribe(f"channel:{thread}")
        message = pubsub.get_message(timeout=20)
        assert message is not None and message["type"] == "subscribe"


def use_transaction(rc: Any, thread: int, round_: int) -> None:
    """It keeps one connection from WATCH to EXEC, and needs no other."""
    with rc.pipeline(transaction=True) as pipe:
        pipe.watch(f"{{{thread}}}n")
        before = int(pipe.get(f"{{{thread}}}n") or 0)
        pipe.multi()
        assert pipe.incr(f"{{{thread}}}n").execute() == [before + 1]


USES = [use_pipeline, use_split, use_all_nodes, use_pubsub, use_transaction]


def test_calls_of_several_nodes_never_wait_for_each_other(limited: Any) -> None:
    """Each thread has another order of calls, and of nodes within them."""

    def work(thread: int) -> None:
        for round_ in range(100):
            USES[(thread + round_) % len(USES)](limited, thread, round_)

    with within(45):
        run_in_threads(work, 2 * len(USES))


def test_one_contended_key_in_transactions(limited: Any) -> None:
    """Who loses the race gives its connection back before it tries again."""

    def work(thread: int) -> None:
        done = 0
        while done < 10:
            try:
                with limited.pipeline(transaction=True) as pipe:
                    pipe.watch("n")
                    value = int(pipe.get("n") or 0)
                    pipe.multi()
                    pipe.set("n", value + 1).execute()
                done += 1
            except WatchError:
                pass

    with within(45):
        run_in_threads(work)
    assert limited.get("n") == b"%d" % (10 * THREADS)


def test_fifty_threads_on_two_connections(rc: Any, cluster: Any, make_client: Factory) -> None:
    """Nobody starves: the longest that anyone waits is little beside what the pool allows."""
    client: Any = make_client(max_connections=2, pool_timeout=30)
    longest = [0.0] * 50

    def work(thread: int) -> None:
        for number in range(40):
            begun = time.monotonic()
            assert client.incr(f"n:{thread}") == number + 1
            longest[thread] = max(longest[thread], time.monotonic() - begun)

    run_in_threads(work, 50)
    assert max(longest) < 10
    assert rc.mget([f"n:{thread}" for thread in range(50)]) == [b"40"] * 50


def test_fifty_threads_wait_for_slow_calls(make_client: Factory) -> None:
    """Connections that are busy for 20 ms each time: all fifty are served, two at a time."""
    client: Any = make_client(max_connections=2, pool_timeout=30)
    begun = time.monotonic()
    run_in_threads(lambda _: client.execute_command("BLPOP", "{never}list", 0.02), 50)
    assert 25 * 0.02 <= time.monotonic() - begun < 10
    assert client.incr("{after}n") >= 1


def test_a_subscriber_keeps_one_connection_and_others_go_on(rc: Any, make_client: Factory) -> None:
    client: Any = make_client(max_connections=2, pool_timeout=30)
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("channel")
        assert pubsub.get_message(timeout=10) is None

        def work(thread: int) -> None:
            for round_ in range(30):
                use_pipeline(client, thread, round_)
                assert client.publish("channel", f"{thread}.{round_}") >= 0

        run_in_threads(work)
        expected = {
            f"{thread}.{round_}".encode() for thread in range(THREADS) for round_ in range(30)
        }
        heard = [pubsub.get_message(timeout=10)["data"] for _ in expected]
        assert len(heard) == len(expected) and set(heard) == expected
