"""PUBLISH, and what nodes say of their channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core
from tests.cluster.modes import Factory


@pytest.fixture
def subscribers(rc: RedisCluster) -> Iterator[list[_core.Session]]:
    """One at each primary, to the channel "news" and the pattern "n*"."""
    pool: Any = rc.connection_pool
    sessions = []
    for node in rc.get_primaries():
        session = _core.Session(pool, node.host, node.port)
        sessions.append(session)
        session.send("SUBSCRIBE", "news")
        session.receive(10)
        session.send("PSUBSCRIBE", "n*")
        session.receive(10)
    yield sessions
    for session in sessions:
        session.close()


def test_a_message_is_published_to_all_nodes(
    rc: RedisCluster, subscribers: list[_core.Session]
) -> None:
    assert rc.publish("news", "text") == 2  # to a channel and to a pattern
    for session in subscribers:
        assert session.receive(10) == [b"message", b"news", b"text"]
        assert session.receive(10) == [b"pmessage", b"n*", b"news", b"text"]
    assert rc.publish(b"other", 5) == 0


@pytest.mark.parametrize("decodes", [False, True])
def test_what_nodes_say_is_added_up(
    make_client: Factory, subscribers: list[_core.Session], decodes: bool
) -> None:
    client = make_client(decode_responses=decodes)
    news: Any = "news" if decodes else b"news"
    none: Any = "none" if decodes else b"none"
    count = len(subscribers)
    assert client.pubsub_channels() == [news]
    assert client.pubsub_channels("other*") == []
    assert client.pubsub_numpat() == count
    assert client.pubsub_numsub("news", "none") == [(news, count), (none, 0)]
    assert client.pubsub_numsub() == []


def test_what_each_node_says(rc: RedisCluster, subscribers: list[_core.Session]) -> None:
    primaries = {node.name for node in rc.get_primaries()}
    nodes = {node.name for node in rc.get_nodes()}
    here = {name: name in primaries for name in nodes}
    assert rc.pubsub_channels(aggregate=False) == {
        name: [b"news"] if there else [] for name, there in here.items()
    }
    assert rc.pubsub_numpat(aggregate=False) == {name: int(there) for name, there in here.items()}
    assert rc.pubsub_numsub("news", aggregate=False) == {
        name: [(b"news", int(there))] for name, there in here.items()
    }
    by_command = rc.execute_command("PUBSUB NUMPAT", aggregate=False)
    assert by_command == rc.pubsub_numpat(aggregate=False)


def test_a_merge_of_ones_own_gets_each_nodes_reply(rc: RedisCluster) -> None:
    rc.set_result_callback("PUBSUB NUMPAT", lambda command, by_node: (command, sorted(by_node)))
    names = sorted(node.name for node in rc.get_nodes())
    found: Any = rc.pubsub_numpat(aggregate=True)
    assert found == ("PUBSUB NUMPAT", names)


def test_one_node_can_be_asked(rc: RedisCluster, subscribers: list[_core.Session]) -> None:
    primary = rc.get_primaries()[0]
    assert rc.pubsub_numpat(target_nodes=primary) == 1
    assert rc.pubsub_channels(target_nodes=primary) == [b"news"]


@pytest.mark.needs("spublish")
def test_shard_channels(rc: RedisCluster) -> None:
    pool: Any = rc.connection_pool
    node: Any = rc.get_node_from_key("shard")
    assert rc.spublish("shard", "lost") == 0
    with _core.Session(pool, node.host, node.port) as session:
        session.send("SSUBSCRIBE", "shard")
        session.receive(10)
        assert rc.pubsub_shardchannels() == [b"shard"]
        assert rc.pubsub_shardchannels("other*") == []
        assert rc.pubsub_shardnumsub("shard", "none") == [(b"shard", 1), (b"none", 0)]
        assert rc.pubsub_shardnumsub("shard", aggregate=False)[node.name] == [(b"shard", 1)]
        assert rc.pipeline().spublish("shard", "text").execute() == [1]
        assert session.receive(10) == [b"smessage", b"shard", b"text"]
