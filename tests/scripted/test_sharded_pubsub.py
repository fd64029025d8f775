"""Sharded channels: subscribed where their slots are, and wherever these go."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import (
    ClusterDownError,
    ConnectionError,
    MovedError,
    RedisCluster,
    ResponseError,
)
from rediscluster_c.pubsub import PubSub
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.pubsub import Switchboard
from tests.support.resp import key_slot
from tests.support.scripted import Drop, Error, Moved, Reply, ScriptedCluster
from tests.support.threads import Waiter


def _read(pubsub: PubSub, count: int) -> list[tuple[str, bytes]]:
    messages = [pubsub.get_message(timeout=5) for _ in range(count)]
    return sorted((m["type"], m["channel"]) for m in messages if m is not None)


def _joined(*names: str) -> list[tuple[str, bytes]]:
    return sorted(("ssubscribe", name.encode()) for name in names)


def test_each_node_has_its_channels(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    first, second = cluster.keys(a, 2)
    other = cluster.key(b)
    pubsub.ssubscribe(first, f"{{{first}}}x", second, other)
    assert _read(pubsub, 4) == _joined(first, f"{{{first}}}x", second, other)
    assert a.sequence() == [f"SSUBSCRIBE {first} {{{first}}}x", f"SSUBSCRIBE {second}"]
    assert b.sequence() == [f"SSUBSCRIBE {other}"]
    assert len({arrival.conn for arrival in a.log if arrival.args[0] == b"SSUBSCRIBE"}) == 1
    assert cluster.nodes[2].sequence() == []
    for node, name in ((a, second), (b, other)):
        board.publish(node, name, "x", "S")
        assert pubsub.get_message(timeout=5) == {
            "type": "smessage",
            "pattern": None,
            "channel": name.encode(),
            "data": b"x",
        }


def test_handlers_and_one_node_alone(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    heard: list[Any] = []
    one, other = cluster.key(a), cluster.key(b)
    pubsub.ssubscribe(other, **{one: heard.append})
    assert pubsub.get_sharded_message(timeout=5, target_node=b)["channel"] == other.encode()  # type: ignore[index]
    assert pubsub.get_sharded_message(timeout=0.05, target_node=b.address) is None
    assert pubsub.get_sharded_message(True, timeout=5) is None
    board.publish(a, one, "x", "S")
    assert pubsub.get_sharded_message(timeout=5) is None
    assert [message["data"] for message in heard] == [b"x"]


def test_a_channel_that_is_left_frees_its_connection(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    one, other = cluster.key(a), cluster.key(b)
    pubsub.ssubscribe(one, other)
    assert len(_read(pubsub, 2)) == 2
    pubsub.sunsubscribe(one)
    assert _read(pubsub, 1) == [("sunsubscribe", one.encode())]
    assert pubsub.shard_channels == {other.encode(): None}
    cluster.wait_until(lambda: not board.subscribed(a))
    pubsub.sunsubscribe("never joined")
    pubsub.sunsubscribe()
    assert [message["type"] for message in pubsub.listen()] == ["sunsubscribe"]
    assert not pubsub.subscribed
    pubsub.ssubscribe(one)
    assert _read(pubsub, 1) == _joined(one)


def test_left_and_joined_again_at_once(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a = cluster.nodes[0]
    one = cluster.key(a)
    pubsub.ssubscribe(one)
    assert _read(pubsub, 1) == _joined(one)
    pubsub.sunsubscribe(one)
    pubsub.ssubscribe(one)
    while pubsub.get_message(timeout=0.1) is not None:
        pass
    assert board.subscribed(a) == {f"SSUBSCRIBE {one}"}
    assert one.encode() in pubsub.shard_channels
    board.publish(a, one, "x", "S")
    assert _read(pubsub, 1) == [("smessage", one.encode())]


# ---- slots that move ----


def test_a_slot_that_moves_takes_its_channels_along(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    moving, staying = cluster.keys(a, 2)
    pubsub.ssubscribe(moving, staying)
    assert len(_read(pubsub, 2)) == 2
    board.move_away(a, moving, b)
    assert _read(pubsub, 1) == _joined(moving)
    assert board.subscribed(b) == {f"SSUBSCRIBE {moving}"}
    board.publish(b, moving, "x", "S")
    board.publish(a, staying, "y", "S")
    assert _read(pubsub, 2) == sorted(
        [("smessage", moving.encode()), ("smessage", staying.encode())]
    )


def test_a_redirect_is_followed(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    channel = cluster.key(a)
    cluster.move(channel, b)  # and the client does not know yet
    pubsub.ssubscribe(channel)
    assert _read(pubsub, 1) == _joined(channel)
    assert board.subscribed(b) == {f"SSUBSCRIBE {channel}"}
    assert not board.subscribed(a)


def test_the_redirect_knows_more_than_the_slot_table(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    channel = cluster.key(a)
    cluster.on("CLUSTER SLOTS", Reply(cluster.slots_reply()))
    cluster.move(channel, b)
    pubsub.ssubscribe(channel)
    assert _read(pubsub, 1) == _joined(channel)
    assert board.subscribed(b) == {f"SSUBSCRIBE {channel}"}


@pytest.mark.parametrize("mapping", ["host_port_remap", "address_remap", "unknown", "empty"])
def test_the_address_in_a_redirect_is_mapped(
    cluster: ScriptedCluster, connect: Connect, board: Switchboard, mapping: str
) -> None:
    a, b, _ = cluster.nodes
    options: dict[str, Any] = {
        "host_port_remap": [{"from_host": "inside", "to_host": "127.0.0.1"}],
        "address_remap": lambda address: ("127.0.0.1", address[1]),
    }
    host = {"unknown": b"?", "empty": b""}.get(mapping, b"inside")
    for node in cluster.nodes:
        node.announced_host = host
    client = connect(cluster, **{mapping: options[mapping]} if mapping in options else {})
    channel = cluster.key(a)
    cluster.on("CLUSTER SLOTS", Reply(cluster.slots_reply()))
    cluster.move(channel, b)
    with client.pubsub() as pubsub:
        pubsub.ssubscribe(channel)
        assert _read(pubsub, 1) == _joined(channel)
        assert board.subscribed(b) == {f"SSUBSCRIBE {channel}"}
        assert len(a.commands("SSUBSCRIBE")) == 1


def test_redirects_in_a_circle_end(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    channel = cluster.key(a)
    a.on("SSUBSCRIBE", Moved(b, key_slot(channel.encode())))
    b.on("SSUBSCRIBE", Moved(a, key_slot(channel.encode())))
    pubsub.ssubscribe(channel)
    pubsub.subscribe("k")
    with within(5), pytest.raises(MovedError):
        while True:  # messages of others are no sign that the circle ends
            pubsub.get_message(timeout=5)
            pubsub.ping()
    assert cluster.count("SSUBSCRIBE") < 30
    for node in (a, b):
        node.forget_script()
    Switchboard(cluster)
    message = pubsub.get_sharded_message(timeout=5)
    assert message is not None
    assert (message["type"], message["channel"]) == ("ssubscribe", channel.encode())


# ---- losses ----


def test_a_lost_connection_costs_no_other_node(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    one, other = cluster.key(a), cluster.key(b)
    pubsub.ssubscribe(one, other)
    assert len(_read(pubsub, 2)) == 2
    a.drop_connections()
    assert _read(pubsub, 1) == _joined(one)
    assert b.sequence() == [f"SSUBSCRIBE {other}"]


def test_a_node_that_is_gone_is_replaced_by_the_new_owner(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    channel = cluster.key(a)
    pubsub.ssubscribe(channel)
    assert _read(pubsub, 1) == _joined(channel)
    cluster.retire(a, b).stop()
    assert _read(pubsub, 1) == _joined(channel)
    assert board.subscribed(b) == {f"SSUBSCRIBE {channel}"}


def test_one_node_that_is_gone_does_not_keep_the_others_away(
    cluster: ScriptedCluster, client: RedisCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    gone, there = cluster.key(a), cluster.key(b)
    a.stop()
    with pytest.raises(ConnectionError, match=a.address):
        pubsub.ssubscribe(gone, there)
    assert board.subscribed(b) == set() or board.subscribed(b) == {f"SSUBSCRIBE {there}"}
    assert _read(pubsub, 1) == _joined(there)
    with pytest.raises(ConnectionError, match=a.address):
        pubsub.get_message(timeout=5)
    a.accept_connections()
    time.sleep(0.3)
    assert _read(pubsub, 1) == _joined(gone)


def test_a_cluster_that_is_down_is_told_and_tried_again(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a = cluster.nodes[0]
    channel = cluster.key(a)
    a.on("SSUBSCRIBE", Error("CLUSTERDOWN The cluster is down"), times=1)
    pubsub.ssubscribe(channel)
    with pytest.raises(ClusterDownError):
        pubsub.get_message(timeout=5)
    assert _read(pubsub, 1) == _joined(channel)


def test_a_server_that_knows_no_sharded_channels(cluster: ScriptedCluster, pubsub: PubSub) -> None:
    cluster.on("SSUBSCRIBE", Error("ERR unknown command 'SSUBSCRIBE'"))
    pubsub.ssubscribe("k")
    with pytest.raises(ResponseError, match="unknown command"):
        pubsub.get_message(timeout=5)
    assert pubsub.get_message() is None


def test_the_loss_is_seen_by_who_leaves(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a = cluster.nodes[0]
    one, other = cluster.keys(a, 2)
    pubsub.ssubscribe(one, other)
    assert len(_read(pubsub, 2)) == 2
    a.on("SUNSUBSCRIBE", Drop())
    pubsub.sunsubscribe(one)
    assert _read(pubsub, 1) == _joined(other)
    assert pubsub.shard_channels == {other.encode(): None}


def test_another_thread_joins_while_one_listens(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, _ = cluster.nodes
    pubsub.subscribe(cluster.key(a))
    listener = Waiter(lambda: [m["type"] for _, m in zip(range(3), pubsub.listen())])
    channel = cluster.key(b)
    pubsub.ssubscribe(channel)
    board.publish(b, channel, "x", "S")
    assert listener.finish() == ["subscribe", "ssubscribe", "smessage"]


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("board", "no_collector")
@pytest.mark.parametrize("case", ["no node", "lost", "moved", "not repaired"])
def test_an_error_keeps_no_connection_of_one_that_is_dropped(
    cluster: ScriptedCluster, client: RedisCluster, case: str
) -> None:
    """An exception that its own frames refer to would, until the garbage collector runs."""
    a, b, _ = cluster.nodes
    one, other = cluster.key(a), cluster.key(b)
    pubsub = client.pubsub()
    pubsub.ssubscribe(one)
    assert _read(pubsub, 1) == _joined(one)
    if case == "no node":
        b.stop()
    elif case == "lost":
        b.on("SSUBSCRIBE", Drop())
    elif case == "moved":
        b.on("SSUBSCRIBE", Moved(b))
    else:
        b.on("SSUBSCRIBE", Drop(), nth=2)
        pubsub.ssubscribe(other)
        assert _read(pubsub, 1) == _joined(other)
        b.stop()
    with within(10), pytest.raises((ConnectionError, MovedError)) as caught:
        if case != "not repaired":
            pubsub.ssubscribe(other)
        while True:
            pubsub.get_message(timeout=1)
    del caught, pubsub
    client.connection_pool.disconnect()
    cluster.wait_all_closed()


@pytest.mark.parametrize("options", [{}, {"health_check_interval": 0.2}])
def test_a_silent_node_is_left_for_the_new_owner(
    cluster: ScriptedCluster,
    client: RedisCluster,
    board: Switchboard,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, float],
) -> None:
    monkeypatch.setattr("rediscluster_c.pubsub.HEALTH_CHECK_INTERVAL", 0.2)
    old, new, _ = cluster.nodes
    one, other = cluster.key(old), cluster.key(new)
    with client.pubsub(**options) as pubsub:
        pubsub.ssubscribe(one, other)
        assert _read(pubsub, 2) == _joined(one, other)
        old.stop_reading()
        cluster.retire(old, new)
        with within(6):
            assert _read(pubsub, 1) == _joined(one)
        board.publish(new, one, "x", "S")
        assert pubsub.get_message(timeout=5)["data"] == b"x"  # type: ignore[index]
        assert len(old.commands("SSUBSCRIBE")) == 1
    old.resume_reading()


def test_a_lost_connection_looks_at_the_table_first(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    old, new, _ = cluster.nodes
    key = cluster.key(old)
    pubsub.ssubscribe(key)
    assert _read(pubsub, 1) == _joined(key)
    cluster.move(key, new)
    old.drop_connections()
    assert _read(pubsub, 1) == _joined(key)
    assert len(old.commands("SSUBSCRIBE")) == len(new.commands("SSUBSCRIBE")) == 1


KINDS = [("", "channels"), ("p", "patterns"), ("s", "shard_channels")]


@pytest.mark.parametrize(("kind", "names"), KINDS)
def test_what_is_said_without_reading_is_confirmed_one_by_one(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard, kind: str, names: str
) -> None:
    subscribe: Any = getattr(pubsub, f"{kind}subscribe")
    unsubscribe: Any = getattr(pubsub, f"{kind}unsubscribe")
    subscribe("k", "{k}2")
    unsubscribe("k")
    subscribe("k")
    unsubscribe()
    subscribe("k")
    unsubscribe("k")
    found = [pubsub.get_message(timeout=5) for _ in range(8)]
    assert [(m["type"], m["channel"], m["data"]) for m in found if m is not None] == [
        (f"{kind}subscribe", b"k", 1),
        (f"{kind}subscribe", b"{k}2", 2),
        (f"{kind}unsubscribe", b"k", 1),
        (f"{kind}subscribe", b"k", 2),
        (f"{kind}unsubscribe", b"k", 1),
        (f"{kind}unsubscribe", b"{k}2", 0),
        (f"{kind}subscribe", b"k", 1),
        (f"{kind}unsubscribe", b"k", 0),
    ]
    assert getattr(pubsub, names) == {}
    subscribe("k")
    assert pubsub.get_message(timeout=5)["data"] == 1  # type: ignore[index]
    assert getattr(pubsub, names) == {b"k": None}


@pytest.mark.parametrize(("kind", "names"), KINDS)
def test_a_handler_stays_until_the_last_confirmation(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard, kind: str, names: str
) -> None:
    heard: list[Any] = []
    subscribe: Any = getattr(pubsub, f"{kind}subscribe")
    unsubscribe: Any = getattr(pubsub, f"{kind}unsubscribe")
    subscribe(k=heard.append)
    unsubscribe("k")
    subscribe(k=heard.append)
    board.publish(cluster.owner("k"), "k", "x", kind.upper())
    unsubscribe("k")
    while pubsub.subscribed:
        assert pubsub.get_message(timeout=5, ignore_subscribe_messages=True) is None
    assert [message["data"] for message in heard] == [b"x"]
