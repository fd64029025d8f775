"""Connections that are lost: what was answered stays, what may have run is not run again.

A write that was sent and not answered ends as an UnknownOutcome; reads and commands that were
never sent go out again by themselves. The logs of the nodes show how often each one arrived.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    OutcomeUnknownConnectionError,
    UnknownOutcome,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.multi import teach_multi
from tests.support.scripted import (
    Answer,
    Cut,
    Delay,
    Drop,
    Error,
    Reset,
    Run,
    ScriptedCluster,
    Silence,
    Step,
    StopReading,
)
from tests.support.threads import Waiter

LOSSES: dict[str, tuple[Step, ...]] = {
    "not run, closed": (Drop(),),
    "not run, reset": (Reset(),),
    "run, closed": (Run(), Drop()),
    "run, reset": (Run(), Reset()),
    "half a reply": (Cut(2),),
}


@pytest.fixture(params=list(LOSSES))
def loss(request: pytest.FixtureRequest) -> tuple[Step, ...]:
    return LOSSES[request.param]


FULL = "ERR max number of clients + cluster connections reached"


@pytest.mark.parametrize("transaction", [False, True])
def test_a_full_server_has_run_nothing_and_is_asked_again(
    cluster: ScriptedCluster, connect: Connect, transaction: bool
) -> None:
    """Its refusal comes on a new connection, in front of all replies."""
    teach_multi(cluster)
    node = cluster.nodes[0]
    key = cluster.key(node)
    client = connect(cluster)
    client.connection_pool.disconnect()
    node.on_connect(Error(FULL), Drop(), times=3)
    pipe = client.pipeline(transaction=transaction)
    assert pipe.set(key, 1).set(key, 2).execute() == [True, True]
    assert [line for line in node.sequence() if line.startswith("SET")][-2:] == [
        f"SET {key} 1",
        f"SET {key} 2",
    ]


def test_a_server_that_stays_full_is_a_connection_error(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    client = connect(cluster, failover_timeout=0)
    client.connection_pool.disconnect()
    node.on_connect(Error(FULL), Drop())
    with within(10), pytest.raises(ConnectionError, match="max number of clients") as caught:
        client.pipeline().set(key, 1).set(key, 2).execute()
    assert caught.value.outcome == "not sent"
    assert not isinstance(caught.value, UnknownOutcome)


def test_a_write_without_a_reply_runs_at_most_once(
    cluster: ScriptedCluster, client: RedisCluster, loss: tuple[Step, ...]
) -> None:
    key = cluster.key(cluster.nodes[0])
    cluster.on("INCRBY", *loss, times=1)
    with within(5), pytest.raises(OutcomeUnknownConnectionError) as caught:
        client.incr(key)
    assert isinstance(caught.value, UnknownOutcome)
    assert isinstance(caught.value, ConnectionError)
    assert cluster.nodes[0].address in str(caught.value)
    assert cluster.count("INCRBY") == 1
    ran = len(loss) > 1 or isinstance(loss[0], Cut)
    assert client.incr(key) == 1 + ran


def test_a_read_without_a_reply_is_sent_again(
    cluster: ScriptedCluster, client: RedisCluster, loss: tuple[Step, ...]
) -> None:
    key = cluster.key(cluster.nodes[0])
    client.set(key, "v")
    cluster.on("GET", *loss, times=2)
    with within(5):
        assert client.get(key) == b"v"
    assert cluster.count("GET") == 3


def test_a_read_that_is_never_answered_is_an_error_in_the_end(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("GET", Drop())
    with within(30), pytest.raises(ConnectionError) as caught:
        client.get("k")
    assert not isinstance(caught.value, UnknownOutcome)
    assert 2 <= cluster.count("GET") <= 40


def test_retry_writes_restores_at_least_once(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, retry_writes=True)
    cluster.on("INCRBY", Run(), Drop(), times=1)
    with within(5):
        assert client.incr("k") == 2
        assert client.pipeline().incr("k").get("k").execute() == [3, b"3"]
    assert cluster.count("INCRBY") == 3


@pytest.mark.parametrize("answered", range(5))
def test_replies_before_the_loss_are_kept(
    cluster: ScriptedCluster, client: RedisCluster, loss: tuple[Step, ...], answered: int
) -> None:
    a = cluster.nodes[0]
    keys = cluster.keys(a, 5)
    a.on("INCRBY", *loss, nth=answered + 1)
    pipe = client.pipeline()
    for key in keys:
        pipe.incr(key)
    with within(5):
        results = pipe.execute(raise_on_error=False)
    assert results[:answered] == [1] * answered
    assert isinstance(results[answered], OutcomeUnknownConnectionError)
    for key, result in zip(keys, results):
        arrived = a.sequence().count(f"INCRBY {key} 1")
        assert arrived <= 1
        assert isinstance(result, OutcomeUnknownConnectionError) or (result, arrived) == (1, 1)
    assert [client.get(key) for key in keys[:answered]] == [b"1"] * answered


def test_a_lost_pipeline_raises_what_it_does_not_know(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    first, second = cluster.keys(a, 2)
    a.on("INCRBY", Drop(), key=second)
    pipe = client.pipeline()
    pipe.incr(first).incr(second)
    with within(5), pytest.raises(OutcomeUnknownConnectionError) as caught:
        pipe.execute()
    expected = f"Command # 2 (INCRBY {second} 1) of pipeline caused error: "
    assert str(caught.value).startswith(expected)
    assert a.sequence() == [f"INCRBY {key} 1" for key in (first, second)]


def test_reads_of_a_lost_pipeline_are_sent_again(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    w1, w2, w3, r1, r2 = cluster.keys(a, 5)
    client.set(r2, "r2")
    cluster.forget_log()
    a.on("INCRBY", Drop(), key=w2)
    pipe = client.pipeline()
    pipe.incr(w1).get(r1).incr(w2).get(r2).incr(w3).get(w1)
    with within(5):
        results = pipe.execute(raise_on_error=False)
    assert [results[0], results[1], results[3], results[5]] == [1, None, b"r2", b"1"]
    assert isinstance(results[2], OutcomeUnknownConnectionError)
    assert isinstance(results[4], OutcomeUnknownConnectionError) or results[4] == 1
    lines = a.sequence()
    assert [lines.count(f"INCRBY {key} 1") for key in (w1, w2)] == [1, 1]
    assert lines.count(f"INCRBY {w3} 1") <= 1
    assert lines.count(f"GET {r1}") == 1


def test_other_nodes_are_not_disturbed(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in (b, a, c)]
    a.on("INCRBY", Drop())
    pipe = client.pipeline()
    for key in keys * 2:
        pipe.incr(key)
    with within(5):
        results = pipe.execute(raise_on_error=False)
    assert [results[0], results[2], results[3], results[5]] == [1, 1, 2, 2]
    assert isinstance(results[1], OutcomeUnknownConnectionError)
    assert isinstance(results[4], OutcomeUnknownConnectionError)
    assert [len(node.sequence()) for node in (b, c)] == [2, 2]


def test_commands_that_were_never_sent_go_out_on_a_new_connection(connect: Connect) -> None:
    """The node reads no more, so that most of the pipeline is still here when it resets."""
    with ScriptedCluster(1, socket_buffer=65536) as cluster:
        node = cluster.nodes[0]
        client = connect(cluster)
        node.on("RPUSH", Answer(), StopReading(), times=1)
        count, blob = 300, "x" * 100_000
        pipe = client.pipeline()
        for number in range(count):
            pipe.rpush(f"k{number}", number, blob)

        def reset() -> None:
            cluster.wait_until(lambda: bool(node.log))
            time.sleep(0.3)
            node.drop_connections(reset=True)
            node.resume_reading()

        resetting = threading.Thread(target=reset)
        resetting.start()
        with within(20):
            results = pipe.execute(raise_on_error=False)
        resetting.join()
        arrived = [args[1] for args in node.commands("RPUSH")]
    assert len(arrived) == len(set(arrived))
    unknown = [n for n in range(count) if isinstance(results[n], OutcomeUnknownConnectionError)]
    assert unknown
    assert unknown == list(range(unknown[0], unknown[-1] + 1))
    known = [result for n, result in enumerate(results) if n not in unknown]
    assert known == [2] * len(known)
    assert len(known) > count // 2


def test_replies_are_read_though_writing_fails(connect: Connect) -> None:
    """The node answers a few commands and closes in the middle of a write of many megabytes."""
    with ScriptedCluster(1, socket_buffer=65536) as cluster:
        client = connect(cluster)
        cluster.on("RPUSH", Answer(), Reset(), nth=5)
        pipe = client.pipeline()
        for number in range(200):
            pipe.rpush(f"k{number}", "x" * 100_000)
        with within(20):
            results = pipe.execute(raise_on_error=False)
        assert results[:5] == [1] * 5
        arrived = [args[1] for args in cluster.nodes[0].commands("RPUSH")]
        assert len(arrived) == len(set(arrived))


@pytest.mark.parametrize("reset", [False, True])
def test_an_idle_connection_that_was_closed_is_noticed(
    cluster: ScriptedCluster, client: RedisCluster, reset: bool
) -> None:
    keys = [cluster.key(node) for node in cluster.nodes]
    for expected in (1, 3, 5):
        for key in keys:
            assert client.incr(key) == expected
        for node in cluster.nodes:
            node.drop_connections(reset)
        pipe = client.pipeline()
        for key in keys:
            pipe.incr(key)
        with within(0.2):
            assert pipe.execute() == [expected + 1] * 3
        for node in cluster.nodes:
            node.drop_connections(reset)
    assert cluster.count("INCRBY") == 18


def test_a_dead_node_is_an_error_that_is_no_unknown_outcome(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    client = connect(cluster, failover_timeout=0.5)
    a.stop()
    key = cluster.key(a)
    with within(30), pytest.raises(ConnectionError) as caught:
        client.set(key, "v")
    assert not isinstance(caught.value, UnknownOutcome)
    assert a.address in str(caught.value)
    assert client.set(cluster.key(b), "v") is True
    a.accept_connections()
    assert client.set(key, "v") is True


def test_a_node_that_comes_back_soon_is_waited_for(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    a.stop()
    timer = threading.Timer(0.3, a.accept_connections)
    timer.start()
    with within(10):
        assert client.incr(cluster.key(a)) == 1
    timer.join()


def test_a_failover_is_found_out(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.stop()
    timer = threading.Timer(0.3, lambda: cluster.retire(a, to=b))
    timer.start()
    with within(10):
        assert client.pipeline().incr(key).incr(key).execute() == [1, 2]
    timer.join()
    assert b.sequence() == [f"INCRBY {key} 1"] * 2


def test_commands_split_over_nodes_keep_the_promise(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in (a, b, c)]
    assert client.mset(dict.fromkeys(keys, "v")) is True
    cluster.on("*", Drop(), key=keys[0], times=1)
    with within(5):
        assert client.mget(keys) == [b"v"] * 3
    cluster.forget_log()
    a.on("DEL", Run(), Drop(), times=1)
    with within(5), pytest.raises(OutcomeUnknownConnectionError):
        client.delete(*keys)
    assert len(a.sequence()) == 1


@pytest.mark.parametrize("failed, lost", [(0, 1), (1, 0)])
def test_of_a_split_command_the_part_of_unknown_outcome_is_told(
    cluster: ScriptedCluster, client: RedisCluster, failed: int, lost: int
) -> None:
    """Another part's failure must not look as if all were known."""
    keys = [cluster.key(node) for node in cluster.nodes]
    for command in ("MSET", "DEL", "FLUSHALL"):
        cluster.nodes[failed].on(command, Error("OOM command not allowed"))
        cluster.nodes[lost].on(command, Run(), Drop())
    pipe: Any = client.pipeline(cross_slot=True)
    calls: list[Callable[[], Any]] = [
        lambda: client.mset(dict.fromkeys(keys, "v")),
        lambda: client.delete(*keys),
        lambda: client.flushall(target_nodes=client.PRIMARIES),
        lambda: pipe.delete(*keys).execute(),
    ]
    for call in calls:
        with within(5), pytest.raises(OutcomeUnknownConnectionError) as caught:
            call()
        assert caught.value.node == cluster.nodes[lost].address
        assert caught.value.outcome == "unknown"


def test_all_calls_on_a_silent_node_end_soon_after_it_was_replaced(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """They need the slot table at the same time, and only one of them fetches it."""
    client = connect(cluster, socket_timeout=None)
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 6)
    a.on("INCRBY", Silence())
    cluster.on("CLUSTER", Delay(0.3), Answer())
    calls = [Waiter(partial(client.incr, key)) for key in keys]
    cluster.wait_until(lambda: cluster.count("INCRBY") == len(keys))
    cluster.retire(a, b)
    with within(10):
        results = [call.finish() for call in calls]
    assert {type(result) for result in results} == {OutcomeUnknownConnectionError}
    assert [client.incr(key) for key in keys] == [1] * len(keys)
