"""PubSub on one connection: where it goes, and what becomes of it when a node or a thread goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import (
    ConnectionError,
    DataError,
    InvalidResponse,
    RedisCluster,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
)
from rediscluster_c.pubsub import HEALTH_CHECK_INTERVAL, PubSub
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.programs import succeeds_in_a_child
from tests.support.pubsub import Switchboard
from tests.support.scripted import Delay, Drop, Error, Raw, Reply, ScriptedCluster, Silence
from tests.support.threads import Waiter


def _read(pubsub: PubSub, count: int) -> list[tuple[Any, ...]]:
    """So many messages, as (type, channel, data)."""
    messages = [pubsub.get_message(timeout=5) for _ in range(count)]
    return [(m["type"], m["channel"], m["data"]) for m in messages if m is not None]


def _named(*names: str) -> list[tuple[str, bytes, int]]:
    return [("subscribe", name.encode(), number) for number, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    "odd",
    [
        [],
        [b"message"],
        [b"message", b"k"],
        [b"pmessage", b"k", b"x"],
        [b"message", [], b"x"],
        [b"SUBSCRIBE", b"k", b"x"],
        [b"x" * 1_000_000, b"k"],
        0,
        None,
    ],
)
def test_what_is_no_message_says_so(
    cluster: ScriptedCluster, pubsub: PubSub, odd: list[Any]
) -> None:
    cluster.owner("k").on("SUBSCRIBE", Reply(odd), times=1)
    pubsub.subscribe("k")
    with within(10), pytest.raises(InvalidResponse, match="no message of a subscription") as raised:
        pubsub.get_message(timeout=5)
    assert len(str(raised.value)) < 500
    assert pubsub.get_message(timeout=0.1) is None


# ---- where it goes ----


def test_the_first_channel_names_the_node(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    a, b, c = cluster.nodes
    first, other = cluster.key(b), cluster.key(c)
    pubsub.subscribe(first)
    pubsub.subscribe(other)
    pubsub.psubscribe(f"{cluster.key(a)}*")
    assert _read(pubsub, 2) == _named(first, other)
    assert pubsub.get_message(timeout=5)
    assert len({arrival.conn for arrival in b.log}) == 1
    assert a.sequence() == c.sequence() == []
    board.publish(b, other, "x")
    assert pubsub.get_message(timeout=5) == {
        "type": "message",
        "pattern": None,
        "channel": other.encode(),
        "data": b"x",
    }


def test_another_node_when_the_owner_cannot_be_reached(
    cluster: ScriptedCluster, client: RedisCluster, pubsub: PubSub
) -> None:
    owner = cluster.nodes[1]
    channel = cluster.key(owner)
    owner.stop()
    pubsub.subscribe(channel)
    assert _read(pubsub, 1) == _named(channel)
    assert owner.sequence() == []


def test_a_node_may_be_named(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    wanted = cluster.nodes[2]
    channel = cluster.key(cluster.nodes[0])
    ways: list[dict[str, Any]] = [
        {"node": wanted},
        {"node": wanted.address},
        {"node": wanted.startup_node},
        {"host": wanted.host, "port": wanted.port},
    ]
    for options in ways:
        with client.pubsub(**options) as pubsub:
            pubsub.subscribe(channel)
            assert _read(pubsub, 1) == _named(channel)
    assert wanted.sequence() == [f"SUBSCRIBE {channel}"] * 4
    wanted.stop()
    with client.pubsub(node=wanted) as pubsub, pytest.raises(ConnectionError, match="no node can"):
        pubsub.subscribe(channel)


@pytest.mark.parametrize("options", [{"node": 5}, {"node": "x"}, {"host": "h"}, {"port": 1}])
def test_odd_nodes_are_refused(client: RedisCluster, options: Any) -> None:
    with pytest.raises((TypeError, DataError)):
        client.pubsub(**options)


def test_a_client_that_knows_no_node_yet(
    cluster: ScriptedCluster, connect: Connect, board: Switchboard
) -> None:
    with connect(cluster, init_slot_cache=False).pubsub() as pubsub:
        pubsub.subscribe("k")
        assert _read(pubsub, 1) == _named("k")
    assert cluster.owner("k").sequence() == ["SUBSCRIBE k"]


def test_a_client_that_finds_no_node(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, init_slot_cache=False)
    for node in cluster.nodes:
        node.stop()
    with client.pubsub() as pubsub:
        for subscribe in (pubsub.subscribe, pubsub.psubscribe, pubsub.ssubscribe):
            with pytest.raises(RedisClusterException, match=cluster.nodes[0].address):
                subscribe("k")


# ---- losses ----


def test_a_lost_connection_is_set_up_again(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k", "l")
    pubsub.psubscribe("n*")
    assert len(_read(pubsub, 3)) == 3
    node.drop_connections()
    assert len(_read(pubsub, 3)) == 3
    assert node.sequence() == ["SUBSCRIBE k l", "PSUBSCRIBE n*"] * 2
    board.publish(node, "n*", "again", "P")
    assert _read(pubsub, 1) == [("pmessage", b"nx", b"again")]


def test_what_came_before_the_loss_is_heard(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    board.publish(node, "k", "1")
    board.publish(node, "k", "2")
    node.drop_connections()
    messages = _read(pubsub, 4)
    assert messages == [
        *_named("k"),
        ("message", b"k", b"1"),
        ("message", b"k", b"2"),
        *_named("k"),
    ]


def test_a_node_that_is_gone_is_replaced(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    old = cluster.owner("k")
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    new = next(node for node in cluster.nodes if node is not old)
    cluster.retire(old, new).stop()
    assert _read(pubsub, 1) == _named("k")
    assert board.subscribed(new) == {"SUBSCRIBE k"}


def test_the_loss_is_seen_by_who_subscribes(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    node.drop_connections()
    pubsub.subscribe("l")
    pubsub.subscribe("m")
    assert {channel for _, channel, _ in _read(pubsub, 3)} == {b"k", b"l", b"m"}
    assert board.subscribed(node) == {"SUBSCRIBE k", "SUBSCRIBE l", "SUBSCRIBE m"}


def test_what_was_being_left_is_left(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k", "l")
    assert _read(pubsub, 2) == _named("k", "l")
    node.on("UNSUBSCRIBE", Drop())
    pubsub.unsubscribe("k")
    assert _read(pubsub, 1) == _named("l")
    assert pubsub.channels == {b"l": None}
    assert board.subscribed(node) == {"SUBSCRIBE l"}


def test_nobody_there_is_told_but_not_always(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    for node in cluster.nodes:
        node.stop()
    errors = 0
    end = time.monotonic() + 0.9
    while time.monotonic() < end:
        try:
            assert pubsub.get_message(timeout=0.01) is None
        except ConnectionError:
            errors += 1
    assert 1 <= errors <= 4
    assert pubsub.subscribed
    cluster.owner("k").accept_connections()
    with within(3):
        while True:
            try:
                message = pubsub.get_message(timeout=0.1)
            except ConnectionError:
                continue
            if message is not None:
                break
    assert message["type"] == "subscribe"


def test_a_node_that_always_hangs_up_is_told(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("SUBSCRIBE", Drop())
    with client.pubsub() as pubsub:
        pubsub.subscribe("k")
        for _ in range(2):
            with within(2), pytest.raises(ConnectionError):
                next(pubsub.listen())
    assert 2 <= cluster.count("SUBSCRIBE") <= 3


def test_a_refusal_is_raised_and_the_rest_goes_on(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    node.on("PSUBSCRIBE", Error("NOPERM not you"))
    pubsub.psubscribe("n*")
    assert _read(pubsub, 1) == _named("k")
    with pytest.raises(ResponseError, match="not you"):
        pubsub.get_message(timeout=5)
    board.publish(node, "k", "x")
    assert _read(pubsub, 1) == [("message", b"k", b"x")]
    assert len(node.connections) == 1


def test_garbage_costs_the_connection(cluster: ScriptedCluster, pubsub: PubSub) -> None:
    node = cluster.owner("k")
    node.on("PSUBSCRIBE", Raw(b"what is this\r\n"), times=1)
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    pubsub.psubscribe("n*")
    assert [kind for kind, _, _ in _read(pubsub, 2)] == ["subscribe", "psubscribe"]


# ---- time ----


def test_waiting_has_an_end(pubsub: PubSub) -> None:
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    started = time.monotonic()
    assert pubsub.get_message() is None
    assert pubsub.get_message(timeout=0.3) is None
    assert 0.3 <= time.monotonic() - started < 2


def test_a_message_in_pieces(cluster: ScriptedCluster, pubsub: PubSub) -> None:
    first, second = b"*3\r\n$7\r\nmessage\r\n$1\r\nk\r\n$4\r\nda", b"ta\r\n"
    node = cluster.owner("k")
    node.on("SUBSCRIBE", Raw(first), Delay(0.3), Raw(second))
    pubsub.subscribe("k")
    assert pubsub.get_message(timeout=0.05) is None
    assert pubsub.get_message() is None
    assert _read(pubsub, 1) == [("message", b"k", b"data")]


def test_a_silent_node_is_asked_for_a_sign_of_life(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    node = cluster.owner("k")
    with client.pubsub(health_check_interval=0.1) as pubsub:
        pubsub.subscribe("k")
        assert _read(pubsub, 1) == _named("k")
        assert pubsub.get_message(timeout=1.2) is None
        assert 2 <= len(node.commands("PING")) <= 12
        assert len(node.connections) == 1
        node.on("PING", Silence())
        assert _read(pubsub, 1) == _named("k")
        cluster.wait_until(lambda: board.subscribed(node) == set())
        assert len([one for one in cluster.nodes if board.subscribed(one)]) == 1


def test_silence_is_looked_for_by_default() -> None:
    """Within about 15 seconds, and by keep-alive as well; see test_idle."""
    assert 2 * HEALTH_CHECK_INTERVAL <= 13


@pytest.mark.parametrize("replaced", [False, True])
def test_a_silent_node_is_left_for_another(
    cluster: ScriptedCluster,
    client: RedisCluster,
    board: Switchboard,
    monkeypatch: pytest.MonkeyPatch,
    replaced: bool,
) -> None:
    monkeypatch.setattr("rediscluster_c.pubsub.HEALTH_CHECK_INTERVAL", 0.2)
    old = cluster.owner("k")
    with client.pubsub() as pubsub:
        pubsub.subscribe("k")
        assert _read(pubsub, 1) == _named("k")
        fetched = cluster.count("CLUSTER")
        old.stop_reading()
        if replaced:
            cluster.retire(old, next(node for node in cluster.nodes if node is not old))
        with within(6):
            assert _read(pubsub, 1) == _named("k")
        assert cluster.count("CLUSTER") > fetched
        assert len(old.commands("SUBSCRIBE")) == 1
    old.resume_reading()


def test_a_node_that_accepts_and_closes_is_left_for_another(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    node.on("SUBSCRIBE", Drop())
    node.on("PING", Drop())
    node.drop_connections()
    with within(3):
        assert _read(pubsub, 1) == _named("k")
    assert len(node.commands("SUBSCRIBE")) == 2


def test_a_node_that_was_silent_serves_again(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    node = cluster.owner("k")
    with client.pubsub(node=node, health_check_interval=0.2) as pubsub:
        pubsub.subscribe("k")
        assert _read(pubsub, 1) == _named("k")
        node.on("PING", Silence(), times=3)
        failures = 0
        with within(10):
            while True:
                try:
                    message = pubsub.get_message(timeout=0.1)
                except (ConnectionError, TimeoutError):
                    failures += 1
                    continue
                if message is not None:
                    break
        assert message["type"] == "subscribe"
        assert 1 <= failures <= 3
    assert len(node.commands("SUBSCRIBE")) == 2  # none on what was not proved to be alive


def test_a_lost_connection_looks_at_the_table_first(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    old, new, _ = cluster.nodes
    key = cluster.key(old)
    pubsub.subscribe(key)
    assert _read(pubsub, 1) == _named(key)
    cluster.move(key, new)
    old.drop_connections()
    assert _read(pubsub, 1) == _named(key)
    assert board.subscribed(new) == {f"SUBSCRIBE {key}"}
    assert len(old.commands("SUBSCRIBE")) == 1  # it may have been asked for the table, though


def test_a_node_that_left_the_cluster_is_left(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    """It answers, but hears nothing of what is published elsewhere."""
    old = cluster.owner("k")
    with client.pubsub(health_check_interval=0.2) as pubsub:
        pubsub.subscribe("k")
        assert _read(pubsub, 1) == _named("k")
        cluster.retire(old, next(node for node in cluster.nodes if node is not old))
        client.connection_pool.refresh()
        with within(5):
            assert _read(pubsub, 1) == _named("k")
        cluster.wait_until(lambda: board.subscribed(old) == set())


def test_a_sign_of_life_of_ones_own(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    with client.pubsub(health_check_interval=30) as pubsub:
        pubsub.ping("before")
        assert pubsub.get_message(timeout=5)["data"] == b"before"  # type: ignore[index]
        pubsub.subscribe("k")
        pubsub.check_health()
        pubsub.ping()
        assert _read(pubsub, 2) == [*_named("k"), ("pong", None, b"")]
    assert cluster.count("PING") == 2


# ---- threads and processes ----


def test_another_thread_subscribes_while_one_listens(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    listener = Waiter(lambda: [m["channel"] for _, m in zip(range(3), pubsub.listen())])
    pubsub.subscribe("l")
    cluster.wait_until(lambda: board.subscribed(node) == {"SUBSCRIBE k", "SUBSCRIBE l"})
    board.publish(node, "l", "x")
    assert listener.finish() == [b"k", b"l", b"l"]


@pytest.mark.parametrize("wait", [PubSub.listen, PubSub.get_message])
def test_closing_ends_who_waits(pubsub: PubSub, wait: Callable[..., Any]) -> None:
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")

    def listen() -> object:
        return list(pubsub.listen()) if wait is PubSub.listen else wait(pubsub, timeout=None)

    listener = Waiter(listen)
    time.sleep(0.05)
    pubsub.close()
    assert not listener.finish()
    pubsub.subscribe("l")
    assert _read(pubsub, 1) == _named("l")


def test_handlers_in_a_thread(cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard) -> None:
    node = cluster.owner("k")
    heard: list[Any] = []
    pubsub.subscribe(k=heard.append)
    thread = pubsub.run_in_thread(daemon=True)
    pubsub.psubscribe(**{"n*": heard.append})
    cluster.wait_until(lambda: len(board.subscribed(node)) == 2)
    board.publish(node, "k", "1")
    board.publish(node, "n*", "2", "P")
    node.drop_connections()
    cluster.wait_until(lambda: len(board.subscribed(node)) == 2)
    board.publish(node, "k", "3")
    with within(2):
        while len(heard) < 3:
            time.sleep(0.01)
        thread.stop()
        thread.join()
    assert [message["data"] for message in heard] == [b"1", b"2", b"3"]
    assert not pubsub.subscribed


def test_a_thread_ends_when_the_pubsub_is_closed(pubsub: PubSub) -> None:
    pubsub.subscribe(k=print)
    thread = pubsub.run_in_thread(sleep_time=30, daemon=True)
    with within(2):
        pubsub.close()
        pubsub.subscribe(l=print)  # not the thread's concern any more
        thread.join()
    assert pubsub.subscribed


def test_an_exception_handler_keeps_the_thread(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    caught: list[Any] = []
    heard: list[Any] = []

    def handler(message: Any) -> None:
        heard.append(message)
        raise ValueError(message["data"])

    def on_error(error: Exception, origin: PubSub, thread: Any) -> None:
        caught.append((error, origin, thread))
        if len(caught) == 2:
            thread.stop()

    pubsub.subscribe(k=handler)
    thread = pubsub.run_in_thread(exception_handler=on_error, daemon=True)
    cluster.wait_until(lambda: bool(board.subscribed(node)))
    board.publish(node, "k", "1")
    board.publish(node, "k", "2")
    with within(2):
        thread.join()
    assert [(type(error), origin, of) for error, origin, of in caught] == [
        (ValueError, pubsub, thread)
    ] * 2
    assert len(heard) == 2


def test_a_child_has_a_connection_of_its_own(
    cluster: ScriptedCluster, pubsub: PubSub, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")

    def check() -> bool:
        again = _read(pubsub, 1) == _named("k")
        pubsub.close()
        return again

    assert succeeds_in_a_child(check)
    board.publish(node, "k", "x")
    assert _read(pubsub, 1) == [("message", b"k", b"x")]
    assert node.sequence() == ["SUBSCRIBE k"] * 2


def test_it_counts_among_the_connections(
    cluster: ScriptedCluster, connect: Connect, board: Switchboard
) -> None:
    client = connect(cluster, max_connections=1)
    with client.pubsub() as pubsub:
        pubsub.subscribe("k")
        with pytest.raises(Exception, match="Too many connections"):
            client.get("k")
    assert client.get("k") is None


def test_what_is_dropped_is_closed(
    cluster: ScriptedCluster, client: RedisCluster, board: Switchboard
) -> None:
    node = cluster.owner("k")
    pubsub = client.pubsub()
    pubsub.subscribe("k")
    assert _read(pubsub, 1) == _named("k")
    del pubsub
    cluster.wait_until(lambda: not board.subscribed(node))


def test_wrong_arguments_change_nothing(cluster: ScriptedCluster, pubsub: PubSub) -> None:
    for method in (pubsub.subscribe, pubsub.psubscribe, pubsub.ssubscribe):
        for args in ((), ([],), (None,), ("k", None), ([True],)):
            with pytest.raises(RedisError):
                method(*args)
    assert not pubsub.subscribed
    assert cluster.count("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE") == 0
