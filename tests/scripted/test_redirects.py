"""MOVED and ASK: one hop, to the right node, and what the client learns from it."""

from __future__ import annotations

import threading

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import AskError, ClusterError, MovedError, ResponseError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Ask, Error, Moved, ScriptedCluster


def test_moved_costs_one_hop_and_is_learned(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, b)
    assert client.set(key, "v") is True
    assert client.get(key) == b"v"
    assert a.sequence() == [f"SET {key} v"]
    assert b.sequence() == [f"SET {key} v", f"GET {key}"]
    assert c.sequence() == []


def test_moved_is_learned_though_the_map_cannot_be_asked_for(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    cluster.on("CLUSTER SLOTS", Error("ERR not now"))
    cluster.move(key, b)
    assert client.set(key, "v") is True
    assert client.get(key) == b"v"
    assert a.sequence() == [f"SET {key} v"]
    assert b.sequence() == [f"SET {key} v", f"GET {key}"]


def test_moved_teaches_about_its_slot_alone(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    moved, stays = cluster.keys(a, 2)
    cluster.on("CLUSTER SLOTS", Error("ERR not now"))
    cluster.move(moved, b)
    client.get(moved)
    client.get(stays)
    assert a.sequence() == [f"GET {moved}", f"GET {stays}"]
    assert b.sequence() == [f"GET {moved}"]


def test_a_slot_that_moves_on_is_followed_each_time(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    for number, owner in enumerate([b, c, a, c, b, a], start=1):
        cluster.move(key, owner)
        assert client.incr(key) == number
    assert cluster.count("INCRBY") <= 12


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_redirects_to_a_node_never_seen(
    cluster: ScriptedCluster, connect: Connect, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, _ = cluster.nodes
    spare = cluster.retire(cluster.nodes[2], to=b)
    nodes = [a.startup_node]
    client = connect(cluster, startup_nodes=nodes, redirect_only_to_known_nodes=False)
    key = cluster.key(a)
    a.on("SET", redirect(spare))
    if redirect is Moved:
        cluster.move(key, spare)
    assert client.set(key, "v") is True
    asked = ["ASKING"] * (redirect is Ask)
    assert spare.sequence() == [*asked, f"SET {key} v"]
    assert b.sequence() == []


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_an_empty_host_is_that_of_the_node_that_answered(
    cluster: ScriptedCluster, client: RedisCluster, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.on("SET", redirect(f":{b.port}"))
    if redirect is Moved:
        cluster.move(key, b)
    assert client.set(key, "v") is True
    assert a.sequence() == [f"SET {key} v"]
    assert b.sequence()[-1] == f"SET {key} v"


def test_ask_is_said_before_each_command_and_not_learned(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.on("*", Ask(b), key=key)
    assert client.set(key, "v") is True
    assert client.get(key) == b"v"
    assert a.sequence() == [f"SET {key} v", f"GET {key}"]
    assert b.sequence() == ["ASKING", f"SET {key} v", "ASKING", f"GET {key}"]
    assert cluster.count("CLUSTER SLOTS") == 0
    a.forget_script()
    assert client.get(key) == b"v"
    assert a.sequence()[-1] == f"GET {key}"


def test_ask_covers_one_command_of_its_connection(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    asked, plain = cluster.key(a), cluster.key(b)
    a.on("GET", Ask(b), times=1)
    client.get(asked)
    client.get(plain)
    assert b.sequence() == ["ASKING", f"GET {asked}", f"GET {plain}"]


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_a_loop_ends_with_an_error_that_shows_the_trail(
    cluster: ScriptedCluster, client: RedisCluster, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.on("SET", redirect(b))
    b.on("SET", redirect(a))
    with within(5), pytest.raises((ClusterError, MovedError, AskError)) as caught:
        client.set(key, "v")
    assert a.address in str(caught.value)
    assert b.address in str(caught.value)
    assert 2 <= cluster.count("SET") <= 20
    cluster.nodes[0].forget_script()
    cluster.nodes[1].forget_script()
    assert client.set(key, "v") is True


def test_a_node_that_sends_to_itself_ends_too(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    a.on("SET", Moved(a))
    with within(5), pytest.raises((ClusterError, MovedError)) as caught:
        client.set(cluster.key(a), "v")
    assert a.address in str(caught.value)
    assert cluster.count("SET") <= 20


@pytest.mark.parametrize(
    "text", ["MOVED", "MOVED x", "MOVED 1", "MOVED 99999 h:1", "ASK 1 h:99999"]
)
def test_a_redirect_that_makes_no_sense_is_an_error(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    key = cluster.key(cluster.nodes[0])
    cluster.on("SET", Error(text))
    with within(20), pytest.raises(ResponseError):
        client.set(key, "v")
    for node in cluster.nodes:
        node.forget_script()
    assert client.set(key, "v") is True


def test_a_moved_to_a_dead_address_is_survived(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, c = cluster.nodes
    key = cluster.key(a)
    cluster.retire(c, to=b)
    c.stop()
    a.on("SET", Moved(c), times=1)
    with within(10):
        assert client.set(key, "v") is True
    assert cluster.store.data[key.encode()] == b"v"


def test_threads_that_meet_moved_together_ask_for_few_maps(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 50)
    cluster.retire(a, to=b)
    ready = threading.Barrier(len(keys))
    results = []

    def set_one(key: str) -> None:
        ready.wait(10)
        results.append(client.set(key, "v"))

    threads = [threading.Thread(target=set_one, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [True] * len(keys)
    assert cluster.count("CLUSTER SLOTS") <= 5
