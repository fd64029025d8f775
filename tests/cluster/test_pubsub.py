"""Pub/sub on a real cluster: messages as redis-py hands them out, wherever they were published."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import PubSubError
from rediscluster_c.pubsub import PubSub
from tests.cluster.modes import Factory

CHANNELS = [f"channel:{number}" for number in range(12)]


@pytest.fixture
def pubsub(rc: RedisCluster) -> Iterator[PubSub]:
    with rc.pubsub() as made:
        yield made


def _publish(rc: RedisCluster, channel: str, data: Any, command: str = "PUBLISH") -> None:
    rc.execute_command(command, channel, data)


def _read(pubsub: PubSub, count: int, **options: Any) -> list[Any]:
    """So many messages; those that are ignored or handled do not count."""
    found: list[Any] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        message = pubsub.get_message(timeout=1, **options)
        if message is not None:
            found.append(message)
    assert len(found) == count
    return found


def _message(kind: str, channel: Any, data: Any, pattern: Any = None) -> dict[str, Any]:
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}


def test_from_subscribe_to_unsubscribe(rc: RedisCluster, pubsub: PubSub) -> None:
    assert pubsub.subscribe("a", b"b") is None  # type: ignore[func-returns-value]
    pubsub.psubscribe(["n*"])
    assert pubsub.subscribed
    assert _read(pubsub, 3) == [
        _message("subscribe", b"a", 1),
        _message("subscribe", b"b", 2),
        _message("psubscribe", b"n*", 3),
    ]
    _publish(rc, "b", b"\xff")
    assert _read(pubsub, 1) == [_message("message", b"b", b"\xff")]
    _publish(rc, "news", "today")
    assert _read(pubsub, 1) == [_message("pmessage", b"news", b"today", b"n*")]
    pubsub.unsubscribe("a")
    assert pubsub.channels == {b"a": None, b"b": None}
    assert _read(pubsub, 1) == [_message("unsubscribe", b"a", 2)]
    assert pubsub.channels == {b"b": None}
    pubsub.unsubscribe()
    pubsub.punsubscribe()
    assert [message["type"] for message in pubsub.listen()] == ["unsubscribe", "punsubscribe"]
    assert not pubsub.subscribed
    assert pubsub.get_message() is None


def test_text_is_decoded(make_client: Factory) -> None:
    rc = make_client(decode_responses=True)
    with rc.pubsub() as pubsub:
        pubsub.subscribe("\xe9")
        pubsub.psubscribe("n*")
        assert len(_read(pubsub, 2)) == 2
        _publish(rc, "\xe9", "\xfc")
        assert _read(pubsub, 1) == [_message("message", "\xe9", "\xfc")]
        assert (pubsub.channels, pubsub.patterns) == ({"\xe9": None}, {"n*": None})
        pubsub.unsubscribe("\xe9".encode())
        assert _read(pubsub, 1) == [_message("unsubscribe", "\xe9", 1)]
        assert pubsub.channels == {}


def test_messages_come_from_every_node(rc: RedisCluster, pubsub: PubSub) -> None:
    pubsub.subscribe(*CHANNELS)
    assert len(_read(pubsub, len(CHANNELS))) == len(CHANNELS)
    for number, channel in enumerate(CHANNELS):
        _publish(rc, channel, number)
    found = {(message["channel"], message["data"]) for message in _read(pubsub, len(CHANNELS))}
    assert found == {(name.encode(), b"%d" % number) for number, name in enumerate(CHANNELS)}


@pytest.mark.needs("spublish")
def test_sharded_channels_of_all_nodes(rc: RedisCluster, pubsub: PubSub) -> None:
    pubsub.ssubscribe(*CHANNELS)
    joined = {(m["type"], m["channel"]) for m in _read(pubsub, len(CHANNELS))}
    assert joined == {("ssubscribe", name.encode()) for name in CHANNELS}
    for channel in CHANNELS:
        _publish(rc, channel, channel, "SPUBLISH")
    found = {(m["type"], m["channel"], m["data"]) for m in _read(pubsub, len(CHANNELS))}
    assert found == {("smessage", name.encode(), name.encode()) for name in CHANNELS}
    pubsub.sunsubscribe(*CHANNELS[:6])
    pubsub.sunsubscribe()
    left = [message for message in pubsub.listen() if message["type"] == "sunsubscribe"]
    assert {message["channel"] for message in left} == {name.encode() for name in CHANNELS}


@pytest.mark.needs("spublish")
def test_handlers_take_messages(rc: RedisCluster, pubsub: PubSub) -> None:
    heard: list[Any] = []
    pubsub.subscribe("plain", handled=heard.append)
    pubsub.psubscribe(**{"n*": heard.append})
    pubsub.ssubscribe(sharded=heard.append)
    assert len(_read(pubsub, 4)) == 4
    _publish(rc, "handled", 1)
    _publish(rc, "news", 2)
    _publish(rc, "sharded", 3, "SPUBLISH")
    deadline = time.monotonic() + 10
    while len(heard) < 3 and time.monotonic() < deadline:
        assert pubsub.get_message(timeout=0.5) is None
    assert sorted(message["data"] for message in heard) == [b"1", b"2", b"3"]
    _publish(rc, "plain", 4)
    assert _read(pubsub, 1) == [_message("message", b"plain", b"4")]


def test_confirmations_can_be_ignored(rc: RedisCluster) -> None:
    with rc.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("a")
        assert pubsub.get_message(timeout=5) is None
        _publish(rc, "a", "x")
        assert _read(pubsub, 1) == [_message("message", b"a", b"x")]
    with rc.pubsub() as pubsub:
        pubsub.subscribe("a")
        assert pubsub.get_message(ignore_subscribe_messages=True, timeout=5) is None


def test_before_and_after(rc: RedisCluster) -> None:
    pubsub = rc.pubsub()
    for method in (pubsub.get_message, pubsub.parse_response, pubsub.get_sharded_message):
        with pytest.raises(RuntimeError, match="pubsub connection not set"):
            method()
    assert pubsub.connection is None
    assert list(pubsub.listen()) == []
    for leave in (pubsub.unsubscribe, pubsub.punsubscribe, pubsub.sunsubscribe):
        leave()
        leave("a")
    pubsub.subscribe("a")
    assert pubsub.connection is not None
    pubsub.close()
    pubsub.close()
    assert (pubsub.subscribed, pubsub.channels, pubsub.connection) == (False, {}, None)
    with pytest.raises(RuntimeError):
        pubsub.get_message()


def test_a_sign_of_life(rc: RedisCluster, pubsub: PubSub) -> None:
    pubsub.subscribe("a")
    pubsub.ping()
    pubsub.ping("me")
    assert _read(pubsub, 3)[1:] == [_message("pong", None, b""), _message("pong", None, b"me")]
    with rc.pubsub() as other:
        other.ping("me")
        assert _read(other, 1) == [_message("pong", None, b"me")]


@pytest.mark.needs("spublish")
def test_a_thread_serves_the_handlers(rc: RedisCluster) -> None:
    pubsub = rc.pubsub()
    heard = threading.Event()
    pubsub.subscribe(a=lambda message: heard.set())
    pubsub.ssubscribe(s=lambda message: None)
    thread = pubsub.run_in_thread(sleep_time=0.01)
    assert thread.is_alive()
    deadline = time.monotonic() + 10
    while not heard.is_set() and time.monotonic() < deadline:
        _publish(rc, "a", "x")
        heard.wait(0.05)
    thread.stop()
    thread.join(5)
    assert heard.is_set()
    assert not thread.is_alive()
    assert not pubsub.subscribed


def test_a_thread_needs_handlers(pubsub: PubSub) -> None:
    for subscribe, name in (
        (pubsub.subscribe, "Channel: 'a'"),
        (pubsub.psubscribe, "Pattern: 'a'"),
        (pubsub.ssubscribe, "Shard channel: 'a'"),
    ):
        subscribe("a")
        with pytest.raises(PubSubError, match=f"{name} has no handler registered"):
            pubsub.run_in_thread()
        pubsub.reset()


def test_a_program_subscribes_and_publishes_in_threads(rc: RedisCluster, pubsub: PubSub) -> None:
    count = 200
    pubsub.subscribe("a")
    assert len(_read(pubsub, 1)) == 1

    def publish() -> None:
        for number in range(count):
            _publish(rc, "a", number)

    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    found = [int(message["data"]) for message in _read(pubsub, 3 * count)]
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(list(range(count)) * 3)
