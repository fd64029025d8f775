"""A primary is gone: what was not sent waits for the new one, and what was sent runs once."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    OutcomeUnknownConnectionError,
    TimeoutError,
    UnknownOutcome,
)
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.scripted import (
    Answer,
    Call,
    Delay,
    Drop,
    Error,
    Reset,
    ScriptedCluster,
    Silence,
)
from tests.support.threads import Waiter


def _fetches(cluster: ScriptedCluster) -> int:
    return cluster.count("CLUSTER SLOTS")


def test_all_calls_wait_and_go_to_the_new_primary(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """Single commands, a split one and a pipeline; none of them is sent twice."""
    a, b, c = cluster.nodes
    keys = cluster.keys(a, 6)
    a.stop()

    def pipeline() -> Any:
        return client.pipeline().incr(keys[2]).incr(keys[2]).incr(keys[3]).execute()

    calls = [
        Waiter(lambda: client.incr(keys[0])),
        Waiter(lambda: client.incr(keys[1])),
        Waiter(pipeline),
        Waiter(lambda: client.mset({keys[4]: "v", keys[5]: "w"})),
    ]
    cluster.wait_until(lambda: _fetches(cluster) >= 1)
    assert all(call.is_alive() for call in calls)
    cluster.retire(a, to=b)
    assert [call.finish() for call in calls] == [1, 1, [1, 2, 1], True]
    assert a.sequence() == c.sequence() == []
    expected = [f"INCRBY {keys[number]} 1" for number in (0, 1, 2, 2, 3)]
    assert sorted(b.sequence()) == sorted([*expected, f"MSET {keys[4]} v", f"MSET {keys[5]} w"])


def test_other_shards_are_served_meanwhile(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    others = [cluster.key(b), cluster.key(c)]
    a.stop()
    waiting = Waiter(lambda: client.incr(key))
    cluster.wait_until(lambda: _fetches(cluster) >= 1)
    with within(1):
        for number in range(1, 51):
            assert [client.incr(other) for other in others] == [number, number]
    assert waiting.is_alive()
    cluster.retire(a, to=c)
    assert waiting.finish() == 1
    assert b.sequence() == [f"INCRBY {others[0]} 1"] * 50
    assert c.sequence() == [f"INCRBY {others[1]} 1"] * 50 + [f"INCRBY {key} 1"]


def test_a_pipeline_has_its_other_nodes_replies_once(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    keys = [cluster.key(node) for node in cluster.nodes]
    a.stop()

    def pipeline() -> Any:
        pipe: Any = client.pipeline()
        for key in keys * 2:
            pipe.incr(key)
        return pipe.execute()

    waiting = Waiter(pipeline)
    cluster.wait_until(lambda: _fetches(cluster) >= 1)
    cluster.retire(a, to=b)
    assert waiting.finish() == [1, 1, 1, 2, 2, 2]
    assert b.sequence() == [f"INCRBY {keys[1]} 1"] * 2 + [f"INCRBY {keys[0]} 1"] * 2
    assert c.sequence() == [f"INCRBY {keys[2]} 1"] * 2


@pytest.mark.parametrize("end", [Drop(), Reset()])
def test_what_was_in_flight_ends_as_promised(
    cluster: ScriptedCluster, client: RedisCluster, end: Any
) -> None:
    """The write is unknown, and what follows on its slot not sent; the read is asked again."""
    a, b, _ = cluster.nodes
    written, read = cluster.keys(a, 2)
    cluster.store.data[read.encode()] = b"v"

    def fail_over(*_: Any) -> Any:
        a.unlisten()
        cluster.retire(a, to=b)
        return end

    a.on("INCRBY", Call(fail_over))
    pipe: Any = client.pipeline().incr(written).get(read).incr(written)
    with within(10):
        results = pipe.execute(raise_on_error=False)
    assert isinstance(results[0], OutcomeUnknownConnectionError)
    assert results[1] == b"v"
    assert isinstance(results[2], UnknownOutcome)
    assert a.sequence() == [f"INCRBY {written} 1", f"GET {read}", f"INCRBY {written} 1"]
    assert b.sequence() == [f"GET {read}"]
    assert client.incr(written) == 1
    assert b.sequence() == [f"GET {read}", f"INCRBY {written} 1"]


def test_failover_timeout_is_how_long_they_wait(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, c = cluster.nodes
    client = connect(cluster, failover_timeout=1)
    keys, other = cluster.keys(a, 2), cluster.key(b)
    a.stop()

    def command() -> Any:
        with at_least(0.9), within(10):
            return client.incr(keys[0])

    def pipeline() -> Any:
        pipe: Any = client.pipeline()
        with at_least(0.9), within(10):
            return pipe.incr(other).incr(keys[1]).execute(raise_on_error=False)

    calls = [Waiter(command), Waiter(pipeline)]
    for call in calls:
        call.join(15)
    error, (kept, also) = (call.finish() for call in calls)
    assert kept == 1
    for result in (error, also):
        assert isinstance(result, ConnectionError)
        assert not isinstance(result, UnknownOutcome)
        assert (result.outcome, result.node) == ("not sent", a.address)
    assert b.sequence() == [f"INCRBY {other} 1"]
    assert c.sequence() == []


def test_when_no_node_answers_there_is_nothing_to_wait_for(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, failover_timeout=60)
    for node in cluster.nodes:
        node.stop()
    with within(15), pytest.raises(ConnectionError) as caught:
        client.incr("k")
    assert not isinstance(caught.value, UnknownOutcome)
    for node in cluster.nodes:
        node.accept_connections()
    assert client.incr("k") == 1


def test_a_slot_that_nobody_serves_for_a_while(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """As in a failover that is under way: the server says so, then another serves it."""
    a, b, c = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, None)
    a.on("INCRBY", Error("CLUSTERDOWN Hash slot not served"), times=2)
    waiting = Waiter(lambda: client.incr(key))
    cluster.wait_until(lambda: a.commands("INCRBY") != [])
    cluster.move(key, b)
    assert waiting.finish() == 1
    assert b.sequence() == [f"INCRBY {key} 1"]
    assert set(a.sequence()) == {f"INCRBY {key} 1"}
    assert c.sequence() == []


def test_the_old_primary_comes_back_as_a_replica(connect: Connect) -> None:
    """READONLY from it leads to the new one, which nothing has told the client before."""
    with ScriptedCluster(2) as cluster:
        a, b = cluster.nodes
        client = connect(cluster)
        key, read = cluster.keys(a, 2)
        a.drop_connections()
        cluster.retire(a, to=b)
        a.on("INCRBY", Error("READONLY You can't write against a read only replica."))
        assert client.pipeline().incr(key).incr(key).execute() == [1, 2]
        assert client.incr(read) == 1
        assert a.sequence() == [f"INCRBY {key} 1"] * 2
        assert b.sequence() == [f"INCRBY {key} 1"] * 2 + [f"INCRBY {read} 1"]


def test_a_silent_primary_that_was_replaced(cluster: ScriptedCluster, connect: Connect) -> None:
    """Paused, not dead: its connections stay open, and no timeout bounds the calls."""
    a, b, c = cluster.nodes
    client = connect(cluster, socket_timeout=None)
    read, written = cluster.keys(a, 2)
    cluster.store.data[read.encode()] = b"v"
    a.on("*", Silence())
    calls = [Waiter(lambda: client.get(read)), Waiter(lambda: client.incr(written))]
    cluster.wait_until(lambda: len(a.sequence()) == 2)
    assert all(call.is_alive() for call in calls)
    cluster.retire(a, to=b)
    for call in calls:
        call.join(15)
    found, unknown = (call.finish() for call in calls)
    assert found == b"v"
    assert isinstance(unknown, UnknownOutcome)
    assert isinstance(unknown, (ConnectionError, TimeoutError))
    assert sorted(a.sequence()) == sorted([f"GET {read}", f"INCRBY {written} 1"])
    assert b.sequence() == [f"GET {read}"]
    assert c.sequence() == []
    assert client.incr(written) == 1


def test_a_crowd_asks_for_few_tables(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """Twenty threads wait for the new primary; one at a time fetches for all."""
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 20)
    a.stop()
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda key=key: results.append(client.incr(key))) for key in keys
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    cluster.retire(a, to=b)
    for thread in threads:
        thread.join(15)
    assert results == [1] * 20
    assert sorted(b.sequence()) == sorted(f"INCRBY {key} 1" for key in keys)
    # 20 threads of which each fetches for itself, with pauses of 10 to 500 ms, have 100 and more.
    # Each of them for itself would have fetched as often as it tried, 140 times in all.
    assert _fetches(cluster) <= 20


def test_all_who_wait_for_a_silent_primary_hear_of_the_new_one(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """One thread fetches the table, slowly; the others take it as soon as it is there."""
    a, b, c = cluster.nodes
    client = connect(cluster, socket_timeout=None)
    keys = cluster.keys(a, 12)
    a.on("*", Silence())
    for node in (b, c):
        node.on("CLUSTER SLOTS", Delay(0.3), Answer())
    cluster.retire(a, to=b)
    threads = [threading.Thread(target=client.get, args=(key,), daemon=True) for key in keys]
    for thread in threads:
        thread.start()
    with within(10):  # three and a half seconds are enough for all
        for thread in threads:
            thread.join(30)
    assert sorted(a.sequence()) == sorted(b.sequence()) == sorted(f"GET {key}" for key in keys)
