"""The slot table is fetched beside the call that met MOVED: from whom, how often, at what cost."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Drop, Error, ScriptedCluster, Silence, slot_of

COOL_DOWN = 1.5  # the longest: a second, give or take a half


def _fetches(cluster: ScriptedCluster) -> list[int]:
    """How often each node was asked for the table."""
    return [len(node.commands("CLUSTER SLOTS")) for node in cluster.nodes]


def _rested(cluster: ScriptedCluster, connect: Connect) -> RedisCluster:
    """A client whose cool-down is over."""
    client = connect(cluster)
    time.sleep(COOL_DOWN + 0.1)
    return client


def _eager(cluster: ScriptedCluster, connect: Connect, **options: Any) -> RedisCluster:
    """A client that has a reason to fetch at each MOVED."""
    return connect(cluster, reinitialize_steps=1, **options)


def test_the_node_that_moved_named_is_asked_beside_the_command(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    client = _eager(cluster, connect)
    moved, also = cluster.keys(a, 2)
    cluster.retire(a, to=b)
    assert client.incr(moved) == 1
    assert _fetches(cluster) == [0, 1, 0]
    assert client.incr(also) == 1  # known from the table, without a MOVED
    assert a.sequence() == [f"INCRBY {moved} 1"]
    assert b.sequence() == [f"INCRBY {moved} 1", f"INCRBY {also} 1"]
    assert c.sequence() == []
    assert _fetches(cluster) == [0, 1, 0]


def test_within_the_cool_down_moved_is_learned_without_a_fetch(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    client = _rested(cluster, connect)
    keys = cluster.keys(a, 5)
    cluster.move(keys[0], b)
    assert client.incr(keys[0]) == 1
    assert _fetches(cluster) == [0, 1, 0]
    start = time.monotonic()
    for key in keys[1:]:
        cluster.move(key, c)
        assert client.incr(key) == 1
    assert time.monotonic() - start < 0.5, "the machine is too slow to tell"
    assert _fetches(cluster) == [0, 1, 0]
    assert a.sequence() == [f"INCRBY {key} 1" for key in keys]
    assert b.sequence() == [f"INCRBY {keys[0]} 1"]
    assert c.sequence() == [f"INCRBY {key} 1" for key in keys[1:]]


def test_many_moved_are_a_reason_within_the_cool_down(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """reinitialize_steps says how many."""
    a, b, _ = cluster.nodes
    client = connect(cluster, reinitialize_steps=5)
    keys = cluster.keys(a, 5)
    for key in keys[:4]:
        cluster.move(key, b)
        assert client.incr(key) == 1
    assert _fetches(cluster) == [0, 0, 0]
    cluster.move(keys[4], b)
    assert client.incr(keys[4]) == 1
    assert _fetches(cluster) == [0, 1, 0]


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_fetch_that_hangs_hardly_delays_the_call(
    cluster: ScriptedCluster, connect: Connect, pipelined: bool
) -> None:
    a, b, c = cluster.nodes
    client = _eager(cluster, connect, socket_timeout=30)
    key, other = cluster.key(a), cluster.key(c)
    cluster.move(key, b)
    cluster.on("CLUSTER SLOTS", Silence())
    with within(1.5):  # a quarter of a second, on a machine that has nothing else to do
        if pipelined:
            assert client.pipeline().incr(key).incr(other).execute() == [1, 1]
        else:
            assert client.incr(key) == 1
    assert _fetches(cluster) == [0, 1, 0]
    assert a.sequence() == b.sequence() == [f"INCRBY {key} 1"]
    # Its late answer is nobody's, and the next calls are not held up by it at all.
    cluster.wait_until(lambda: b.open_connections <= 1)
    with within(1):
        assert [client.incr(key) for _ in range(5)] == [2, 3, 4, 5, 6]
    assert _fetches(cluster) == [0, 1, 0]


@pytest.mark.parametrize("step", [Error("ERR not now"), Drop()])
def test_a_fetch_that_fails_is_no_failure_of_the_call(
    cluster: ScriptedCluster, connect: Connect, step: Any
) -> None:
    a, b, _ = cluster.nodes
    client = _eager(cluster, connect)
    key = cluster.key(a)
    cluster.move(key, b)
    cluster.on("CLUSTER SLOTS", step)
    with within(2):
        assert client.pipeline().incr(key).incr(key).execute() == [1, 2]
    assert a.sequence() == b.sequence() == [f"INCRBY {key} 1"] * 2
    with within(2):
        assert client.incr(key) == 3
    assert a.sequence() == [f"INCRBY {key} 1"] * 2


def test_threads_that_meet_moved_together(cluster: ScriptedCluster, connect: Connect) -> None:
    """The cool-down is over, so that each of them has a reason to fetch."""
    a, b, c = cluster.nodes
    client = _rested(cluster, connect)
    keys = cluster.keys(a, 50)
    cluster.retire(a, to=b)
    ready = threading.Barrier(len(keys))
    results: list[Any] = []

    def call(key: str) -> None:
        ready.wait(20)
        results.append(client.incr(key))

    threads = [threading.Thread(target=call, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [1] * len(keys)
    assert 1 <= sum(_fetches(cluster)) <= 4
    assert sorted(b.sequence()) == sorted(f"INCRBY {key} 1" for key in keys)
    assert set(a.sequence()) <= set(b.sequence())
    assert len(a.sequence()) == len(set(a.sequence()))
    assert c.sequence() == []


def test_one_that_fetches_is_enough(cluster: ScriptedCluster, connect: Connect) -> None:
    """While a fetch hangs, others that meet MOVED go on without one."""
    a, b, c = cluster.nodes
    client = _eager(cluster, connect, socket_timeout=30)
    keys = cluster.keys(a, 8)
    cluster.on("CLUSTER SLOTS", Silence())
    for key in keys:
        cluster.move(key, c)
    first = threading.Thread(target=client.incr, args=(keys[0],))
    first.start()
    cluster.wait_until(lambda: _fetches(cluster) == [0, 0, 1])
    for key in keys[1:]:
        assert client.incr(key) == 1
    first.join(5)
    assert _fetches(cluster) == [0, 0, 1]
    assert a.sequence() == [f"INCRBY {key} 1" for key in keys]
    assert c.sequence() == [f"INCRBY {key} 1" for key in keys]
    assert b.sequence() == []


def test_ask_is_no_reason_to_fetch(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    client = _eager(cluster, connect)
    key = cluster.key(a)
    a.on("INCRBY", Error(f"ASK {slot_of(key)} {b.address}"))
    assert [client.incr(key) for _ in range(4)] == [1, 2, 3, 4]
    assert _fetches(cluster) == [0, 0, 0]
