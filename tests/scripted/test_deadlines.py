"""execute(timeout=...): it ends in whatever the pipeline waits for, and what was answered stays."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.connection import ClusterBlockingConnectionPool
from rediscluster_c.exceptions import OutcomeUnknownTimeoutError, TimeoutError, UnknownOutcome
from tests.support.blackhole import BlackHole
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.scripted import Answer, Delay, Error, Moved, ScriptedCluster, Silence
from tests.support.threads import Waiter
from tests.support.waits import Gate

TIMEOUT = 0.3
BOUND = 3.0


def _increments(client: RedisCluster, keys: list[str]) -> Any:
    pipe: Any = client.pipeline()
    for number, key in enumerate(keys, start=1):
        pipe.incrby(key, number)
    return pipe


def _run(pipe: Any) -> Any:
    """Its results, which come when the time is over and not much later."""
    with at_least(0.9 * TIMEOUT), within(BOUND):
        return pipe.execute(raise_on_error=False, timeout=TIMEOUT)


def _did_not_run(result: Any) -> bool:
    return isinstance(result, Exception) and not isinstance(result, UnknownOutcome)


def test_a_slow_node_keeps_its_own_commands_alone(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in cluster.nodes]
    b.on("INCRBY", Silence(), times=1)
    results = _run(_increments(client, keys))
    assert [results[0], results[2]] == [1, 3]
    assert isinstance(results[1], OutcomeUnknownTimeoutError)
    assert (results[1].outcome, results[1].node) == ("unknown", b.address)
    assert [node.sequence() for node in (a, b, c)] == [
        [f"INCRBY {key} {number}"] for number, key in enumerate(keys, start=1)
    ]
    assert _increments(client, keys).execute() == [2, 2, 6]


def test_the_first_error_is_raised_with_its_number(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    key, other = cluster.key(cluster.nodes[0]), cluster.key(cluster.nodes[1])
    cluster.nodes[0].on("INCRBY", Silence())
    with within(BOUND), pytest.raises(OutcomeUnknownTimeoutError, match="Command # 2"):
        _increments(client, [other, key]).execute(timeout=TIMEOUT)
    assert cluster.nodes[0].sequence() == [f"INCRBY {key} 2"]


def test_a_read_that_was_not_answered_is_no_unknown_outcome(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    key = cluster.key(a)
    a.on("GET", Silence())
    pipe: Any = client.pipeline()
    (result,) = _run(pipe.get(key))
    assert isinstance(result, TimeoutError)
    assert not isinstance(result, UnknownOutcome)
    assert a.sequence() == [f"GET {key}"]


def test_a_late_reply_answers_nobody(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a = cluster.nodes[0]
    slow, quick = cluster.keys(a, 2)
    a.on("INCRBY", Delay(2 * TIMEOUT), Answer(), key=slow)
    cluster.store.data[slow.encode()] = b"665"
    assert isinstance(_run(_increments(client, [slow]))[0], OutcomeUnknownTimeoutError)
    conn = next(conn for conn, args in a.log if args[0] == b"INCRBY")
    for number in range(1, 20):
        assert client.incrby(quick, 1) == number
    cluster.wait_until(lambda: not a.connections[conn - 1].open)


def test_a_connection_that_cannot_be_made(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    keys = [cluster.key(a), cluster.key(b)]
    with BlackHole() as hole:
        a.announced_port = hole.port
        client = connect(cluster, startup_nodes=[b.startup_node], socket_connect_timeout=30)
        results = _run(_increments(client, keys))
    assert isinstance(results[0], TimeoutError)
    assert _did_not_run(results[0])
    assert results[0].outcome == "not sent"
    assert results[1] == 2
    assert (a.sequence(), b.sequence()) == ([], [f"INCRBY {keys[1]} 2"])


def test_a_full_pool(cluster: ScriptedCluster) -> None:
    """The pool's own time is longer than the pipeline's."""
    pool = ClusterBlockingConnectionPool(cluster.startup_nodes, max_connections=1, timeout=20)
    client = RedisCluster(connection_pool=pool)
    a = cluster.nodes[0]
    taken, key = cluster.keys(a, 2)
    gate = Gate(cluster)
    a.on("GET", gate.step(), key=taken)
    holder = Waiter(lambda: client.get(taken))
    cluster.wait_until(lambda: gate.came > 0)
    (result,) = _run(_increments(client, [key]))
    assert _did_not_run(result)
    assert result.outcome == "not sent"
    gate.open()
    assert holder.finish() is None
    assert _increments(client, [key]).execute() == [1]
    assert a.sequence() == [f"GET {taken}", f"INCRBY {key} 1"]
    client.close()


@pytest.mark.parametrize("code", ["LOADING", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN"])
def test_refusals_without_end(cluster: ScriptedCluster, connect: Connect, code: str) -> None:
    client = connect(cluster, cluster_down_retry_attempts=1000)
    a = cluster.nodes[0]
    bad, good = cluster.keys(a, 2)
    a.on("INCRBY", Error(f"{code} for ever"), key=bad)
    with within(BOUND):
        pipe = _increments(client, [bad, good])
        results = pipe.execute(raise_on_error=False, timeout=TIMEOUT)
    assert _did_not_run(results[0])
    assert results[1] == 2
    lines = a.sequence()
    assert lines[:2] == [f"INCRBY {bad} 1", f"INCRBY {good} 2"]
    assert set(lines[2:]) <= {f"INCRBY {bad} 1"}
    assert len(lines) > 2 or code.endswith("DOWN")  # whose first pause may be longer
    a.forget_script()
    assert client.incr(bad) == 1


def test_the_first_slot_table(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, init_slot_cache=False, socket_timeout=30)
    cluster.on("CLUSTER SLOTS", Silence())
    keys = [cluster.key(node) for node in cluster.nodes]
    results = _run(_increments(client, keys))
    assert all(_did_not_run(result) for result in results)
    assert {result.outcome for result in results} == {"not sent"}
    for node in cluster.nodes:
        assert node.sequence() == []
        node.forget_script()
    assert _increments(client, keys).execute() == [1, 2, 3]


def test_the_slot_table_that_another_thread_fetches(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, init_slot_cache=False, socket_timeout=30)
    gate = Gate(cluster)
    cluster.on("CLUSTER SLOTS", gate.step())
    one, two = cluster.keys(cluster.nodes[0], 2)
    first = Waiter(lambda: client.incr(one))
    cluster.wait_until(lambda: gate.came > 0)
    (result,) = _run(_increments(client, [two]))
    assert _did_not_run(result)
    gate.open()
    assert first.finish() == 1
    assert cluster.nodes[0].sequence() == [f"INCRBY {one} 1"]


def test_a_slot_table_that_hangs_beside_redirects(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 2)
    cluster.on("CLUSTER SLOTS", Silence())
    cluster.move(keys[0], b)
    b.on("INCRBY", Silence())
    results = _run(_increments(client, keys))
    assert isinstance(results[0], OutcomeUnknownTimeoutError)
    assert results[1] == 2
    assert a.sequence() == [f"INCRBY {key} {number}" for number, key in enumerate(keys, start=1)]
    assert b.sequence() == [f"INCRBY {keys[0]} 1"]


def test_redirects_in_a_circle(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """Each hop is slow: the time ends before the patience with hops does."""
    a, b, c = cluster.nodes
    lost, kept = cluster.key(a), cluster.key(c)
    a.on("INCRBY", Delay(0.05), Moved(b))
    b.on("INCRBY", Delay(0.05), Moved(a))
    with within(BOUND):
        results = _increments(client, [lost, kept]).execute(raise_on_error=False, timeout=TIMEOUT)
    assert isinstance(results[0], TimeoutError)
    assert results[1] == 2
    lines = a.sequence() + b.sequence()
    assert set(lines) == {f"INCRBY {lost} 1"}
    assert 2 <= len(lines) < 16
    assert c.sequence() == [f"INCRBY {kept} 2"]


def test_a_primary_that_is_gone(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """failover_timeout, 20 s, is the longer one."""
    a, b, _ = cluster.nodes
    keys = [cluster.key(a), cluster.key(b)]
    a.stop()
    results = _run(_increments(client, keys))
    assert _did_not_run(results[0])
    assert results[0].outcome == "not sent"
    assert results[1] == 2
    a.accept_connections()
    assert client.incr(keys[0]) == 1


def test_the_time_is_for_one_execute(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """Neither the next one of the same pipeline nor one of another thread is bounded by it."""
    a = cluster.nodes[0]
    key, other = cluster.keys(a, 2)
    a.on("INCRBY", Delay(2 * TIMEOUT), Answer())
    beside = threading.Thread(target=lambda: _increments(client, [other]).execute())
    beside.start()
    pipe = _increments(client, [key])
    assert isinstance(_run(pipe)[0], TimeoutError)
    assert len(pipe) == 0
    with at_least(1.5 * TIMEOUT):
        assert isinstance(pipe.incrby(key, 5).execute()[0], int)
    beside.join(5)
    assert cluster.store.data[other.encode()] == b"1"


def test_in_time_it_changes_nothing(cluster: ScriptedCluster, client: RedisCluster) -> None:
    keys = [cluster.key(node) for node in cluster.nodes]
    assert _increments(client, keys).execute(timeout=30) == [1, 2, 3]
    assert _increments(client, keys).execute(True, timeout=None) == [2, 4, 6]
    assert client.pipeline().execute(timeout=1) == []


@pytest.mark.parametrize("timeout", [0, -1, True, float("nan"), float("-inf"), 1e12, 10**400, "1"])
def test_a_wrong_one_is_refused_and_nothing_is_sent(
    cluster: ScriptedCluster, client: RedisCluster, timeout: Any
) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds above 0"):
        _increments(client, [cluster.key(cluster.nodes[0])]).execute(timeout=timeout)
    assert cluster.count("INCRBY") == 0
