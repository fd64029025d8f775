"""The pipeline: queueing, executing, emptying itself, and going on."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster, ResponseError
from tests.cluster.modes import Factory


def test_commands_return_the_pipeline_and_it_counts_them(rc: Any) -> None:
    pipe = rc.pipeline()
    assert len(pipe) == 0
    assert pipe.set("a", 1) is pipe
    assert pipe.get("a").incr("a").execute_command("STRLEN", "a") is pipe
    assert len(pipe) == 4
    assert pipe.execute() == [True, b"1", 2, 1]
    assert len(pipe) == 0


def test_it_is_always_true(rc: Any) -> None:
    pipe = rc.pipeline()
    assert bool(pipe) is True
    assert bool(pipe.get("a")) is True


def test_it_is_a_client(rc: Any) -> None:
    pipe = rc.pipeline()
    assert isinstance(pipe, ClusterPipeline)
    assert isinstance(pipe, RedisCluster)
    assert pipe.keyslot("a") == rc.keyslot("a")


def test_nothing_to_execute(rc: Any) -> None:
    pipe = rc.pipeline()
    assert pipe.execute() == []
    assert pipe.execute(raise_on_error=False) == []
    pipe.get("a").execute()
    assert pipe.execute() == []


def test_nothing_is_sent_before_execute(rc: Any) -> None:
    pipe = rc.pipeline().set("a", 1)
    assert rc.get("a") is None
    pipe.execute()
    assert rc.get("a") == b"1"


def test_it_can_be_used_again_and_again(rc: Any) -> None:
    pipe = rc.pipeline()
    for number in range(1, 50):
        assert pipe.incr("a").incr("b", 2).execute() == [number, 2 * number]


def test_reset_forgets_what_is_queued(rc: Any) -> None:
    pipe = rc.pipeline().set("a", 1).set("b", 2)
    assert pipe.reset() is None
    assert len(pipe) == 0
    assert pipe.execute() == []
    assert rc.keys() == []
    assert pipe.set("c", 3).execute() == [True]
    pipe.reset()
    pipe.reset()
    assert pipe.get("c").execute() == [b"3"]


def test_close_resets_and_leaves_the_connections(rc: Any) -> None:
    pipe = rc.pipeline().set("a", 1)
    pipe.close()
    assert len(pipe) == 0
    assert pipe.get("a").execute() == [None]


def test_with_resets(rc: Any) -> None:
    with rc.pipeline() as pipe:
        assert isinstance(pipe, ClusterPipeline)
        assert pipe.set("a", 1).execute() == [True]
        pipe.set("a", 2)
    assert len(pipe) == 0
    assert rc.get("a") == b"1"
    assert pipe.get("a").execute() == [b"1"]


def test_an_exception_within_with_resets_and_goes_on(rc: Any) -> None:
    with pytest.raises(LookupError, match="mine"), rc.pipeline() as pipe:
        pipe.set("a", 1)
        raise LookupError("mine")
    assert len(pipe) == 0
    assert rc.get("a") is None


def test_keys_of_all_slots_in_one_pipeline_keep_their_order(rc: Any) -> None:
    pipe = rc.pipeline()
    for number in range(500):
        pipe.set(f"key:{number}", number)
    for number in range(500):
        pipe.get(f"key:{number}")
    assert pipe.execute() == [True] * 500 + [b"%d" % number for number in range(500)]


def test_one_key_sees_its_commands_in_their_order(rc: Any) -> None:
    pipe = rc.pipeline()
    for number in range(200):
        pipe.rpush(f"list:{number % 7}", number)
    pipe.execute()
    for name in range(7):
        wanted = [b"%d" % number for number in range(name, 200, 7)]
        assert rc.lrange(f"list:{name}", 0, -1) == wanted


def test_a_hundred_thousand_commands(rc: Any) -> None:
    pipe = rc.pipeline()
    count = 100_000
    for number in range(count):
        pipe.set(f"key:{number % 1000}", number)
    assert len(pipe) == count
    assert pipe.execute() == [True] * count
    for number in range(count):
        pipe.get(f"key:{number % 1000}")
    last = count - 1000
    assert pipe.execute() == [b"%d" % (last + number % 1000) for number in range(count)]


def test_large_values_both_ways(rc: Any) -> None:
    """More than all socket buffers hold: whoever only writes, or only reads, hangs here."""
    value = b"x" * 200_000
    pipe = rc.pipeline()
    for number in range(100):
        pipe.set(f"key:{number}", value).get(f"key:{number}")
    assert pipe.execute() == [True, value] * 100


def test_pipelines_of_one_client_do_not_mix(rc: Any) -> None:
    pipes = [rc.pipeline() for _ in range(5)]
    for round_ in range(20):
        for number, pipe in enumerate(pipes):
            pipe.set(f"key:{number}", round_).get(f"key:{number}")
    for pipe in pipes:
        assert pipe.execute()[1::2] == [b"%d" % round_ for round_ in range(20)]


def test_one_made_by_hand_from_the_pool(rc: Any) -> None:
    pipe = ClusterPipeline(rc.connection_pool)
    assert pipe.set("a", 1).get("a").execute() == [True, b"1"]


def test_it_outlives_its_client(make_client: Factory) -> None:
    client = make_client()
    client.flushall()
    pipe = client.pipeline().set("a", 1)
    client.close()
    del client
    assert pipe.get("a").execute() == [True, b"1"]


def test_replies_are_decoded_as_the_clients_are(make_client: Factory) -> None:
    client = make_client(decode_responses=True)
    client.flushall()
    pipe = client.pipeline().set("a", "grün").get("a").mget  # what is refused is still a method
    with pytest.raises(Exception, match="mget is blocked"):
        pipe("a")
    assert client.pipeline().get("a").hgetall("h").smembers("s").execute() == [None, {}, set()]


def test_it_is_no_sequence(rc: Any) -> None:
    pipe = rc.pipeline().get("a")
    with pytest.raises(TypeError):
        iter(pipe)


@pytest.mark.parametrize("decodes", [False, True])
def test_commands_for_nodes_that_are_named(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    client.flushall()
    key: Any = "k" if decodes else b"k"
    one = client.get_node_from_key("k")
    assert one is not None
    other = next(node for node in client.get_primaries() if node != one)
    pipe: Any = client.pipeline().set("k", "v")
    pipe.ping(target_nodes=one).dbsize(target_nodes=one.name).keys(target_nodes=[one])
    pipe.execute_command("GET", "k", target_nodes=one)
    pipe.ping(target_nodes=[one, other]).dbsize(target_nodes=[one, other])
    pipe.keys(target_nodes=(other.name, one.name)).get("k")
    value: Any = "v" if decodes else b"v"
    assert len(pipe) == 9
    assert pipe.execute() == [
        True,
        True,
        1,
        [key],
        value,
        {one.name: True, other.name: True},
        {one.name: 1, other.name: 0},
        [key],
        value,
    ]


def test_one_nodes_error_stands_in_its_place(rc: Any) -> None:
    one, other, *_ = rc.get_primaries()
    pipe = rc.pipeline().set("k", "v")
    pipe.execute_command("DBSIZE", "too much", target_nodes=one).ping(target_nodes=[one, other])
    found = pipe.execute(raise_on_error=False)
    assert (found[0], found[2]) == (True, {one.name: True, other.name: True})
    assert isinstance(found[1], ResponseError)
