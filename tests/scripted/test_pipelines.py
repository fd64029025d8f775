"""Pipelines: replies in queue order, errors in their places, and the order of each key."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ClusterError, DataError, MovedError, ResponseError
from tests.support.clock import within
from tests.support.scripted import (
    Answer,
    Ask,
    Call,
    Delay,
    Error,
    Moved,
    ScriptedCluster,
    ScriptedNode,
    Step,
)

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def test_replies_come_in_queue_order(cluster: ScriptedCluster, client: RedisCluster) -> None:
    pipe = client.pipeline()
    expected: list[object] = []
    for number in range(60):
        pipe.set(f"k{number}", number).get(f"k{number}").incr(f"k{number}")
        expected += [True, b"%d" % number, number + 1]
    assert pipe.execute() == expected
    assert all(len(node.sequence()) > 20 for node in cluster.nodes)
    assert cluster.count("SET", "GET", "INCRBY") == 180


def test_all_nodes_work_at_the_same_time(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("GET", Delay(0.4), Answer())
    pipe = client.pipeline()
    for node in cluster.nodes:
        pipe.get(cluster.key(node))
    with within(0.8):
        assert pipe.execute() == [None, None, None]


def test_errors_stand_in_their_places(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    key, text, items = cluster.key(b), cluster.key(a), cluster.key(a, "list")
    pipe = client.pipeline()
    pipe.set(text, "abc").rpush(items, 1, 2).get(items).incr(text).set(key, 1).incr(key)
    results = pipe.execute(raise_on_error=False)
    assert results[:2] == [True, 2]
    assert [type(result) for result in results[2:4]] == [ResponseError, ResponseError]
    assert [str(result) for result in results[2:4]] == [
        WRONG_TYPE,
        "value is not an integer or out of range",
    ]
    assert results[4:] == [True, 2]


def test_the_first_error_is_raised_with_its_number_and_text(client: RedisCluster) -> None:
    client.rpush("l", "x")
    pipe = client.pipeline()
    pipe.set("k", 1).get("l").incr("l").set("j", 2)
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert str(caught.value) == f"Command # 2 (GET l) of pipeline caused error: {WRONG_TYPE}"
    assert (client.get("k"), client.get("j")) == (b"1", b"2")
    pipe.incr("l")
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert str(caught.value) == f"Command # 1 (INCRBY l 1) of pipeline caused error: {WRONG_TYPE}"
    assert pipe.execute() == []


@pytest.mark.parametrize("bad", [None, True, ["x"], {"x": 1}, object()])
def test_a_wrong_argument_is_never_sent(
    cluster: ScriptedCluster, client: RedisCluster, bad: Any
) -> None:
    pipe = client.pipeline()
    pipe.incr("k")
    with pytest.raises(DataError):
        pipe.set("k", bad)
    with pytest.raises(DataError):
        pipe.get(bad)
    with pytest.raises(DataError):
        client.set("k", bad)
    assert len(pipe) == 1
    assert pipe.execute() == [1]
    assert cluster.owner("k").sequence() == ["INCRBY k 1"]
    assert cluster.count("SET", "GET") == 0


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_a_redirected_pipeline_keeps_the_order_of_a_key(
    cluster: ScriptedCluster, client: RedisCluster, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, c = cluster.nodes
    key, stays, other = *cluster.keys(a, 2), cluster.key(c)
    a.on("RPUSH", redirect(b), key=key)
    if redirect is Moved:
        cluster.move(key, b)
    pipe = client.pipeline()
    for number in range(5):
        pipe.rpush(key, number).rpush(stays, number).rpush(other, number)
    assert pipe.execute() == [number for number in range(1, 6) for _ in range(3)]
    pushes = [f"RPUSH {key} {number}" for number in range(5)]
    if redirect is Moved:
        assert b.sequence() == pushes
    else:
        assert b.sequence() == [line for push in pushes for line in ("ASKING", push)]
    assert a.sequence() == [
        f"RPUSH {name} {number}" for number in range(5) for name in (key, stays)
    ]
    assert c.sequence() == [f"RPUSH {other} {number}" for number in range(5)]
    assert len({conn for conn, args in b.log if args[0] in (b"ASKING", b"RPUSH")}) == 1


def test_a_migration_that_ends_within_a_pipeline_keeps_the_order(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    for nth in (3, 4):
        a.on("RPUSH", Ask(b), nth=nth)

    def end_migration(connection: object, args: list[bytes]) -> Step:
        cluster.move(key, b)
        return Moved(b)

    a.on("RPUSH", Call(end_migration), nth=5)
    pipe = client.pipeline()
    for number in range(1, 8):
        pipe.rpush(key, number)
    assert pipe.execute() == [1, 2, 3, 4, 5, 6, 7]
    assert client.lrange(key, 0, -1) == [b"%d" % number for number in range(1, 8)]
    assert a.sequence() == [f"RPUSH {key} {number}" for number in range(1, 8)]
    pushes = [line for line in b.sequence() if line.startswith("RPUSH")]
    assert pushes == [f"RPUSH {key} {number}" for number in range(3, 8)]


def test_answered_commands_are_not_sent_again_beside_redirected_ones(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    one, two, three = cluster.keys(a, 3)
    cluster.move(two, b)
    pipe = client.pipeline()
    for key in (one, two, three, one):
        pipe.incr(key)
    assert pipe.execute() == [1, 1, 1, 2]
    assert a.sequence() == [f"INCRBY {key} 1" for key in (one, two, three, one)]
    assert b.sequence() == [f"INCRBY {two} 1"]
    assert c.sequence() == []


def test_what_a_pipeline_learns_holds_for_the_next(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 3)
    for key in keys:
        cluster.move(key, b)
    for expected in (1, 2):
        pipe = client.pipeline()
        for key in keys:
            pipe.incr(key)
        assert pipe.execute() == [expected] * 3
    assert len(a.sequence()) == 3
    assert len(b.sequence()) == 6


def test_a_command_in_a_loop_leaves_the_others_their_replies(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    lost, kept, other = *cluster.keys(a, 2), cluster.key(c)
    a.on("INCRBY", Moved(b), key=lost)
    b.on("INCRBY", Moved(a), key=lost)
    pipe = client.pipeline()
    pipe.incr(kept).incr(lost).incr(other).incr(kept)
    with within(5):
        results = pipe.execute(raise_on_error=False)
    assert isinstance(results[1], (ClusterError, MovedError))
    assert [results[0], *results[2:]] == [1, 1, 2]
    assert a.sequence().count(f"INCRBY {kept} 1") == 2
    assert c.sequence() == [f"INCRBY {other} 1"]


@pytest.mark.parametrize("seed", range(5))
def test_any_mix_of_refusals_runs_every_command_once(
    cluster: ScriptedCluster, client: RedisCluster, seed: int
) -> None:
    """Each push runs once and in order, whatever the first one or two answers to it were."""
    chance = random.Random(seed)
    keys = [key for node in cluster.nodes for key in cluster.keys(node, 4)]
    for key in keys:
        _disturb(cluster, key, chance)
    pipe = client.pipeline()
    order = keys * 5
    chance.shuffle(order)
    expected = []
    pushed: dict[str, int] = dict.fromkeys(keys, 0)
    for key in order:
        pushed[key] += 1
        pipe.rpush(key, pushed[key])
        expected.append(pushed[key])
    with within(20):
        assert pipe.execute() == expected
    for key in keys:
        assert cluster.store.data[key.encode()] == [b"%d" % number for number in range(1, 6)]


def _disturb(cluster: ScriptedCluster, key: str, chance: random.Random) -> None:
    """Let a key be served elsewhere from now on, or let its owner refuse it for a while."""
    owner = cluster.owner(key)
    others: list[ScriptedNode] = [node for node in cluster.nodes if node is not owner]
    target = chance.choice(others)
    kind = chance.choice(["nothing", "moved", "ask", "tryagain", "clusterdown", "moved twice"])
    if kind == "ask":
        owner.on("RPUSH", Ask(target), key=key)
    elif kind in ("tryagain", "clusterdown"):
        # All five of the first round are refused: a server does not let a later one overtake.
        owner.on("RPUSH", Error(f"{kind.upper()} for a while"), key=key, times=5)
    elif kind.startswith("moved"):
        cluster.move(key, target)
        if kind == "moved twice":
            owner.on("RPUSH", Moved(next(node for node in others if node is not target)), key=key)
