"""Nodes that are slow or silent: a bound on every wait, and no late reply in a wrong place."""

from __future__ import annotations

import threading
import time

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    OutcomeUnknownTimeoutError,
    RedisClusterException,
    TimeoutError,
    UnknownOutcome,
)
from tests.support.blackhole import BlackHole
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import (
    Answer,
    Delay,
    Raw,
    Reply,
    ScriptedCluster,
    Silence,
    StopReading,
)


@pytest.fixture
def hasty(cluster: ScriptedCluster, connect: Connect) -> RedisCluster:
    """A client that waits 0.2 seconds for a reply."""
    return connect(cluster, socket_timeout=0.2)


def test_a_write_that_times_out_is_not_sent_again(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    key = cluster.key(cluster.nodes[0])
    cluster.on("INCRBY", Delay(0.5), Answer(), times=1)
    with within(1), pytest.raises(OutcomeUnknownTimeoutError) as caught:
        hasty.incr(key)
    assert isinstance(caught.value, UnknownOutcome)
    assert isinstance(caught.value, TimeoutError)
    assert cluster.nodes[0].address in str(caught.value)
    assert cluster.count("INCRBY") == 1
    assert hasty.get("other") is None


def test_retry_writes_sends_it_again(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, socket_timeout=0.2, retry_writes=True)
    cluster.on("INCRBY", Silence(), times=1)
    with within(2):
        assert client.incr("k") == 1
    assert cluster.count("INCRBY") == 2


def test_a_read_that_times_out_is_sent_again(cluster: ScriptedCluster, hasty: RedisCluster) -> None:
    hasty.set("k", "v")
    cluster.on("GET", Silence(), times=1)
    with within(2):
        assert hasty.get("k") == b"v"
    assert cluster.count("GET") == 2


def test_a_read_that_always_times_out_is_an_error_in_the_end(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    cluster.on("GET", Silence())
    with within(20), pytest.raises(TimeoutError) as caught:
        hasty.get("k")
    assert not isinstance(caught.value, UnknownOutcome)
    assert 2 <= cluster.count("GET") <= 20


def test_a_late_reply_answers_no_other_command(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    a = cluster.nodes[0]
    slow, quick = cluster.keys(a, 2)
    hasty.set(quick, "quick")
    a.on("INCRBY", Delay(0.3), Reply(666), key=slow)
    with within(1), pytest.raises(OutcomeUnknownTimeoutError):
        hasty.incr(slow)
    deadline = time.monotonic() + 0.4
    while time.monotonic() < deadline:
        assert hasty.get(quick) == b"quick"
        assert hasty.incr(quick + "{" + quick + "}") < 600
        time.sleep(0.02)
    conn = next(conn for conn, args in a.log if args == [b"INCRBY", slow.encode(), b"1"])
    cluster.wait_until(lambda: not a.connections[conn - 1].open)


def test_a_slow_node_does_not_hold_back_the_replies_of_others(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in (b, a, c)]
    a.on("INCRBY", Silence())
    pipe = hasty.pipeline()
    for key in keys * 2:
        pipe.incr(key)
    with within(1):
        results = pipe.execute(raise_on_error=False)
    assert [results[0], results[2], results[3], results[5]] == [1, 1, 2, 2]
    assert [type(results[1]), type(results[4])] == [OutcomeUnknownTimeoutError] * 2
    assert [len(node.sequence()) for node in (b, a, c)] == [2, 2, 2]


@pytest.mark.parametrize("answered", range(4))
def test_replies_before_the_timeout_are_kept(
    cluster: ScriptedCluster, hasty: RedisCluster, answered: int
) -> None:
    a = cluster.nodes[0]
    keys = cluster.keys(a, 4)
    a.on("INCRBY", Silence(), nth=answered + 1)
    pipe = hasty.pipeline()
    for key in keys:
        pipe.incr(key)
    with within(2):
        results = pipe.execute(raise_on_error=False)
    assert results[:answered] == [1] * answered
    unknown = [OutcomeUnknownTimeoutError] * (4 - answered)
    assert [type(result) for result in results[answered:]] == unknown
    assert a.sequence() == [f"INCRBY {key} 1" for key in keys]


def test_half_a_reply_times_out(cluster: ScriptedCluster, hasty: RedisCluster) -> None:
    cluster.on("INCRBY", Raw(b":12"), Silence(), times=1)
    with within(2), pytest.raises(OutcomeUnknownTimeoutError):
        hasty.incr("k")
    assert hasty.incr("k") == 1


def test_reads_of_a_pipeline_that_times_out_are_sent_again(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    a = cluster.nodes[0]
    write, read = cluster.keys(a, 2)
    hasty.set(read, "v")
    cluster.forget_log()
    a.on("INCRBY", Silence(), times=1)
    with within(3):
        results = hasty.pipeline().incr(write).get(read).execute(raise_on_error=False)
    assert isinstance(results[0], OutcomeUnknownTimeoutError)
    assert results[1] == b"v"
    assert a.sequence() == [f"INCRBY {write} 1", f"GET {read}", f"GET {read}"]


def test_a_node_that_reads_nothing_times_out(connect: Connect) -> None:
    with ScriptedCluster(1, socket_buffer=65536) as cluster:
        client = connect(cluster, socket_timeout=0.3)
        cluster.nodes[0].on("RPUSH", StopReading(), Silence(), times=1)
        pipe = client.pipeline()
        for number in range(200):
            pipe.rpush(f"k{number}", "x" * 100_000)
        with within(30):
            results = pipe.execute(raise_on_error=False)
        assert all(isinstance(result, TimeoutError) for result in results)
        assert isinstance(results[0], OutcomeUnknownTimeoutError)


def test_a_reply_in_time_is_no_timeout(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, socket_timeout=1)
    cluster.on("INCRBY", Delay(0.3), Answer())
    assert client.incr("k") == 1


def test_without_a_timeout_a_slow_reply_is_awaited(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, socket_timeout=None)
    cluster.on("INCRBY", Delay(1), Answer())
    with within(3):
        assert client.incr("k") == 1


def test_other_threads_run_while_one_waits(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    a.on("GET", Delay(0.6), Answer())
    waiting = threading.Thread(target=client.get, args=(cluster.key(a),))
    waiting.start()
    cluster.wait_until(lambda: cluster.count("GET") == 1)
    with within(0.4):
        for _ in range(20):
            client.incr(cluster.key(b))
    waiting.join(5)
    assert not waiting.is_alive()


def test_connecting_is_bounded_by_its_own_timeout() -> None:
    with BlackHole() as hole, within(1):
        with pytest.raises(RedisClusterException) as caught:
            RedisCluster(startup_nodes=[hole.startup_node], socket_connect_timeout=0.2)
        assert hole.address in str(caught.value)


def test_discovery_is_bounded_by_the_timeout_of_replies(cluster: ScriptedCluster) -> None:
    cluster.on("CLUSTER SLOTS", Silence())
    a = cluster.nodes[0]
    with within(1), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=[a.startup_node], socket_timeout=0.2)
    assert a.address in str(caught.value)


def test_a_node_that_cannot_be_reached_times_out(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    with BlackHole() as hole:
        a.announced_port = hole.port
        client = connect(
            cluster,
            startup_nodes=[b.startup_node],
            socket_connect_timeout=0.1,
            socket_timeout=5,
            failover_timeout=0.5,
        )
        with within(20), pytest.raises((ConnectionError, TimeoutError)) as caught:
            client.set(key, "v")
        assert not isinstance(caught.value, UnknownOutcome)
        assert client.set(cluster.key(b), "v") is True
