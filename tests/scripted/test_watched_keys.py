"""Watched keys whose connection is lost, or left in the middle: the watch is over, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    NoPermissionError,
    RedisError,
    WatchError,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.multi import teach_multi
from tests.support.resp import encode, key_slot
from tests.support.scripted import (
    Connection,
    Drop,
    Error,
    Reply,
    Reset,
    ScriptedCluster,
    ScriptedNode,
    Silence,
    Step,
)
from tests.support.signals import Handler, Interrupted, Sender
from tests.support.steps import Args
from tests.support.waits import Gate


@pytest.fixture
def cluster() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(3) as started:
        teach_multi(started)
        yield started


def _interrupt(gate: Gate, call: Callable[[], Any]) -> None:
    came = gate.came
    sender = Sender(lambda: gate.came > came)
    with within(5), pytest.raises(Interrupted):
        call()
    sender.finish()


def test_an_interrupted_command_leaves_its_reply_to_nobody(
    cluster: ScriptedCluster, connect: Connect, handler: Handler
) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=10)
    watched = cluster.key(node)
    slow = f"{{{watched}}}slow"
    gate = Gate(cluster, b"the slow one's")
    node.on("GET", gate.step(), key=slow)
    pipe = client.pipeline(transaction=True)
    pipe.watch(watched)
    _interrupt(gate, lambda: pipe.get(slow))
    gate.open()
    with within(5), pytest.raises(WatchError, match="is gone"):
        pipe.get(watched)
    node.on("GET", Reply(b"right"), key=watched)
    assert pipe.watch(watched) is True
    read: Any = pipe.get(watched)
    assert read == b"right"
    assert pipe.unwatch() is True
    assert client.get(watched) == b"right"


class _Behind:
    """Answers, but first what the connection owes, as a server does."""

    def __init__(self, owing: list[Connection]) -> None:
        self._owing = owing

    async def play(self, connection: Connection, args: Args) -> None:
        if connection in self._owing:
            await connection.send(encode(b"late"))
        await connection.send(encode(b"right"))


def test_a_connection_that_owes_a_reply_serves_nobody(
    cluster: ScriptedCluster, connect: Connect, handler: Handler
) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=10)
    key = cluster.key(node)
    gate = Gate(cluster)
    node.on("GET", gate.step(), key=key)

    def call() -> None:
        with client.pipeline(transaction=True) as pipe:
            pipe.watch(key)
            pipe.get(key)

    _interrupt(gate, call)
    node.on("GET", _Behind(gate.holds()), key=key)
    assert client.get(key) == b"right"


def test_an_interrupted_watch_is_over_for_a_transaction(
    cluster: ScriptedCluster, connect: Connect, handler: Handler
) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=10)
    key = cluster.key(node)
    gate = Gate(cluster)
    node.on("GET", gate.step(), key=key)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    _interrupt(gate, lambda: pipe.get(key))
    pipe.multi()
    with within(5), pytest.raises(WatchError, match="is gone"):
        pipe.set(key, 1).execute()
    assert node.commands("SET") == []


def test_a_silent_node_does_not_hold_up_who_leaves(
    cluster: ScriptedCluster, client: RedisCluster, handler: Handler
) -> None:
    """Without socket_timeout nothing else would end a wait for UNWATCH's reply."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    gate = Gate(cluster)
    node.on("GET", gate.step(), key=key)
    node.on("UNWATCH", Silence())

    def call() -> None:
        with client.pipeline(transaction=True) as pipe:
            pipe.watch(key)
            pipe.get(key)

    _interrupt(gate, call)
    assert node.commands("UNWATCH") == []
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]


def _twice(client: RedisCluster, key: str, disturb: Callable[[], None]) -> list[bool]:
    """A transaction that reads first, and is disturbed before it reads for the first time."""
    tries: list[Any] = []

    def read_and_write(pipe: Any) -> None:
        tries.append(None)
        if len(tries) == 1:
            disturb()
        pipe.get(key)
        pipe.multi()
        pipe.set(key, 1)

    with within(10):
        results: list[bool] = client.transaction(read_and_write, key)
    assert len(tries) == 2
    return results


def test_a_lost_read_has_changed_nothing_and_all_is_tried_again(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    assert _twice(client, key, lambda: node.on("GET", Drop(), times=1)) == [True]


def test_a_watched_slot_is_followed_when_all_is_tried_again(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)

    def move() -> None:
        moved = Error(f"MOVED {key_slot(key.encode())} {b.address}")
        cluster.move(key, b)
        a.on("GET", moved)
        a.on("WATCH", moved)

    assert _twice(client, key, move) == [True]
    assert b.commands("EXEC") != []


def test_a_command_that_was_not_sent_whole_has_not_run(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=0.3)
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    node.stop_reading()
    with within(10), pytest.raises(WatchError, match="is gone"):
        pipe.set(key, "x" * 20_000_000)
    node.resume_reading()
    assert node.commands("SET") == []


@pytest.mark.parametrize("reset", [False, True])
def test_a_watch_whose_connection_the_server_has_closed_is_tried_again(
    cluster: ScriptedCluster, client: RedisCluster, reset: bool
) -> None:
    """Nothing was sent, so nothing is unknown."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    rounds: list[int] = []

    def write(pipe: Any) -> None:
        rounds.append(pipe.get(key))
        if len(rounds) == 1:
            _hang_up(node, reset)
        pipe.multi()
        pipe.set(key, 1)

    assert client.transaction(write, key) == [True]
    assert len(rounds) == 2
    assert len(node.commands("SET")) == 1


@pytest.mark.parametrize("command", ["GET", "SET", "WATCH", "EXEC"])
def test_what_meets_a_closed_connection_says_that_the_watch_is_gone(
    cluster: ScriptedCluster, client: RedisCluster, command: str
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe: Any = client.pipeline(transaction=True)
    pipe.watch(key)
    _hang_up(node)
    calls: dict[str, Callable[[], Any]] = {
        "GET": lambda: pipe.get(key),
        "SET": lambda: pipe.set(key, 1),
        "WATCH": lambda: pipe.watch(key),
        "EXEC": pipe.execute,
    }
    with pytest.raises(WatchError, match="is gone"):
        calls[command]()
    assert node.commands("SET", "EXEC", "GET") == []
    pipe.watch(key)
    pipe.multi()
    assert pipe.set(key, 1).execute() == [True]


def _hang_up(node: ScriptedNode, reset: bool = False) -> None:
    node.drop_connections(reset)
    time.sleep(0.05)  # until the client's system has heard of it


@pytest.mark.parametrize("lost", [Drop(), Reset()])
def test_an_empty_transaction_whose_reply_is_lost_has_changed_nothing(
    cluster: ScriptedCluster, client: RedisCluster, lost: Step
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    node.on("EXEC", lost, times=1)
    with pytest.raises(WatchError, match="is gone"):
        pipe.execute()


def test_an_empty_transaction_whose_multi_is_refused_has_changed_nothing(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    pipe = client.pipeline(transaction=True)
    pipe.watch(cluster.key(node))
    node.on("MULTI", Error("NOPERM no"))
    node.on("EXEC", Error("ERR EXEC without MULTI"))
    with pytest.raises(NoPermissionError):
        pipe.execute()


@pytest.mark.parametrize(
    "refusal",
    ["CLUSTERDOWN The cluster is down", "LOADING Redis is loading the dataset in memory"],
)
def test_a_refused_command_says_that_it_was_refused(
    cluster: ScriptedCluster, client: RedisCluster, refusal: str
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    node.on("GET", Error(refusal))
    kinds: tuple[type[RedisError], ...] = (ClusterDownError, BusyLoadingError)
    with pytest.raises(kinds) as caught:
        pipe.get(key)
    assert caught.value.outcome == "refused"
    node.on("EVAL", Error("LOADING it says so itself"))
    with pytest.raises(BusyLoadingError) as caught:
        pipe.eval("return 1", 1, key)
    assert caught.value.outcome == "replied"


def test_a_lost_read_leaves_nothing_unknown(cluster: ScriptedCluster, client: RedisCluster) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    node.on("GET", Drop())
    with pytest.raises(WatchError, match="is gone") as caught:
        pipe.get(key)
    assert caught.value.outcome == "not sent"
