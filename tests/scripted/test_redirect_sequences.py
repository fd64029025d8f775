"""MOVED and ASK in each way a command travels: the exact lines that every node sees."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ClusterError, ResponseError
from tests.support.clock import within
from tests.support.resp import key_slot
from tests.support.scripted import Ask, Error, Moved, ScriptedCluster
from tests.support.threads import Waiter


def test_asked_twice(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    a.on("INCRBY", Ask(b))
    b.on("INCRBY", Ask(c))
    for number in (1, 2):
        assert client.incr(key) == number
    line = f"INCRBY {key} 1"
    assert a.sequence() == [line] * 2
    assert b.sequence() == c.sequence() == ["ASKING", line] * 2


def test_asked_and_then_moved(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """The node that is moved to is not asked, and is learned."""
    a, b, c = cluster.nodes
    key = cluster.key(a)
    a.on("INCRBY", Ask(b))
    b.on("INCRBY", Moved(c))
    cluster.move(key, c)
    assert [client.incr(key), client.incr(key)] == [1, 2]
    line = f"INCRBY {key} 1"
    assert a.sequence() == [line]
    assert b.sequence() == ["ASKING", line]
    assert c.sequence() == [line] * 2


def test_moved_and_then_asked(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, b)
    b.on("INCRBY", Ask(c))
    assert [client.incr(key), client.incr(key)] == [1, 2]
    line = f"INCRBY {key} 1"
    assert a.sequence() == [line]
    assert b.sequence() == [line] * 2
    assert c.sequence() == ["ASKING", line] * 2


def test_a_refused_asking_answers_no_command(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """The command behind it has the reply that is its own, whatever ASKING met."""
    a, b, _ = cluster.nodes
    one, two, own = *cluster.keys(a, 2), cluster.key(b)
    b.on("ASKING", Error("ERR unknown command 'ASKING'"), times=2)
    for key in (one, two):
        a.on("INCRBY", Ask(b), key=key, times=1)
    pipe = client.pipeline().incrby(one, 11).incrby(own, 22).incrby(two, 33)
    assert pipe.execute() == [11, 22, 33]
    assert b.sequence() == [
        f"INCRBY {own} 22",
        *("ASKING", f"INCRBY {one} 11", "ASKING", f"INCRBY {two} 33"),
    ]
    assert a.sequence() == [f"INCRBY {one} 11", f"INCRBY {two} 33"] * 2


def test_asked_and_moved_to_one_node_keep_their_order(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """ASKING stands directly before each command that was asked, and before no other."""
    a, b, c = cluster.nodes
    asked, moved, stays = cluster.keys(a, 3)
    a.on("INCRBY", Ask(b), key=asked)
    cluster.move(moved, b)
    pipe = client.pipeline()
    order = [asked, moved, stays, moved, asked]
    for key in order:
        pipe.incrby(key, len(pipe) + 1)
    assert pipe.execute() == [1, 2, 3, 6, 6]
    lines = [f"INCRBY {key} {number}" for number, key in enumerate(order, start=1)]
    assert a.sequence() == lines
    assert b.sequence() == ["ASKING", lines[0], lines[1], lines[3], "ASKING", lines[4]]
    assert c.sequence() == []


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_a_split_command_follows_for_its_redirected_part_alone(
    cluster: ScriptedCluster, client: RedisCluster, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, c = cluster.nodes
    gone, stays, other = *cluster.keys(a, 2), cluster.key(c)
    assert client.mset({gone: 1, stays: 2, other: 3}) is True
    cluster.forget_log()
    a.on("MGET", redirect(b), key=gone)
    if redirect is Moved:
        cluster.move(gone, b)
    assert client.mget(other, gone, stays) == [b"3", b"1", b"2"]
    assert sorted(a.sequence()) == sorted([f"MGET {gone}", f"MGET {stays}"])
    assert b.sequence() == ["ASKING"] * (redirect is Ask) + [f"MGET {gone}"]
    assert c.sequence() == [f"MGET {other}"]


@pytest.mark.parametrize("redirect", [Moved, Ask])
@pytest.mark.parametrize("host", ["", "?"])
def test_a_host_that_is_not_told_is_that_of_the_node_that_answered(
    cluster: ScriptedCluster, client: RedisCluster, redirect: type[Moved] | type[Ask], host: str
) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    a.on("INCRBY", redirect(f"{host}:{b.port}"))
    if redirect is Moved:
        cluster.move(key, b)
    assert client.pipeline().incrby(key, 7).incrby(key, 8).execute() == [7, 15]
    lines = [f"INCRBY {key} 7", f"INCRBY {key} 8"]
    asking = ["ASKING"] * (redirect is Ask)
    assert a.sequence() == lines
    assert b.sequence() == [*asking, lines[0], *asking, lines[1]]
    assert c.sequence() == []


def test_moved_to_itself_once_is_tried_there_again(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    key, other = cluster.keys(a, 2)
    a.on("INCRBY", Moved(a), key=key, times=1)
    assert client.pipeline().incrby(key, 3).incrby(other, 4).execute() == [3, 4]
    assert a.sequence() == [f"INCRBY {key} 3", f"INCRBY {other} 4", f"INCRBY {key} 3"]
    assert b.sequence() == c.sequence() == []


@pytest.mark.parametrize("text", ["MOVED", "MOVED 1", "MOVED x a:1", "ASK 1 h:99999", "ASK 1 h"])
def test_what_cannot_be_followed_is_the_reply(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    a, b, c = cluster.nodes
    bad, good = cluster.keys(a, 2)
    a.on("INCRBY", Error(text), key=bad)
    results = client.pipeline().incrby(bad, 3).incrby(good, 4).execute(raise_on_error=False)
    assert isinstance(results[0], ResponseError)
    assert results[1] == 4
    assert a.sequence() == [f"INCRBY {bad} 3", f"INCRBY {good} 4"]
    assert b.sequence() == c.sequence() == []


def test_loops_end_within_seconds_with_the_trail_of_hops(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """Three nodes that send each other a command, a pipeline and a split one, all at once."""
    a, b, c = cluster.nodes
    one, two, three, kept = cluster.keys(a, 4)
    for node, to in ((a, b), (b, c), (c, a)):
        node.on("INCRBY", Moved(to))
        node.on("MGET", Moved(to), key=three)
    a.on("INCRBY", Error("ERR none of it"), key=kept)

    def command() -> Any:
        return client.incrby(one, 1)

    def pipeline() -> Any:
        pipe = client.pipeline().incrby(two, 1).incrby(kept, 5)
        return pipe.execute(raise_on_error=False)[0]

    with within(15):
        calls = [Waiter(call) for call in (command, pipeline, lambda: client.mget(three, kept))]
        for call in calls:
            call.join(15)
    for call in calls:
        error = call.finish()
        assert isinstance(error, ClusterError)
        for node in cluster.nodes:
            assert node.address in str(error)
        assert " -> " in str(error)
    assert cluster.count("INCRBY") == 2 * 17 + 1
    assert a.sequence().count(f"INCRBY {kept} 5") == 1


@pytest.mark.parametrize("text", ["NOREPLICAS Not enough good replicas to write.", "OOM no memory"])
def test_an_ordinary_refusal_is_raised_and_stands_in_its_place(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    a, b, c = cluster.nodes
    bad, good = cluster.keys(a, 2)
    a.on("INCRBY", Error(text), key=bad)
    with pytest.raises(ResponseError, match=text.split()[0]):
        client.incrby(bad, 3)
    results = client.pipeline().incrby(bad, 4).incrby(good, 5).execute(raise_on_error=False)
    assert isinstance(results[0], ResponseError)
    assert results[1] == 5
    assert a.sequence() == [f"INCRBY {bad} 3", f"INCRBY {bad} 4", f"INCRBY {good} 5"]
    assert cluster.count("CLUSTER SLOTS") == 0
    assert b.sequence() == c.sequence() == []


@pytest.mark.parametrize("code", ["TRYAGAIN", "LOADING", "CLUSTERDOWN", "MASTERDOWN", "READONLY"])
def test_a_refused_command_that_was_overtaken_is_not_sent_again(
    cluster: ScriptedCluster, client: RedisCluster, code: str
) -> None:
    """The later one on its key has run: its answer keeps, and the order is not turned round."""
    a = cluster.nodes[0]
    key = cluster.key(a)
    a.on("RPUSH", Error(f"{code} for a while"), times=1)
    pipe = client.pipeline().rpush(key, "first").rpush(key, "second").llen(key)
    results = pipe.execute(raise_on_error=False)
    assert isinstance(results[0], Exception)
    assert results[1:] == [1, 1]
    assert a.sequence() == [f"RPUSH {key} first", f"RPUSH {key} second", f"LLEN {key}"]


def test_a_slot_is_known_by_the_redirect_and_not_by_the_key(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """Whoever owns the slot now serves all its keys, also those that nobody has asked for yet."""
    a, b, _ = cluster.nodes
    cluster.on("CLUSTER SLOTS", Error("ERR not now"))
    tag = cluster.key(a)
    cluster.move(tag, b)
    assert client.incrby(f"{{{tag}}}1", 3) == 3
    assert client.incrby(f"{{{tag}}}2", 4) == 4
    assert key_slot(f"{{{tag}}}1".encode()) == key_slot(tag.encode())
    assert a.sequence() == [f"INCRBY {{{tag}}}1 3"]
    assert b.sequence() == [f"INCRBY {{{tag}}}1 3", f"INCRBY {{{tag}}}2 4"]
