"""Sessions: what is said on a connection of one's own, in two threads, over pauses and losses."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import (
    ClusterConnectionPool,
    ConnectionError,
    DataError,
    RedisCluster,
    RedisClusterException,
    ResponseError,
    TimeoutError,
)
from rediscluster_c._core import Cluster, Session
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.programs import succeeds_in_a_child
from tests.support.scripted import (
    Delay,
    Drop,
    Raw,
    Reply,
    ScriptedCluster,
    ScriptedNode,
    Silence,
)
from tests.support.signals import Handler, Sender
from tests.support.threads import Waiter

NOTHING = object()


def _open(client: RedisCluster, node: ScriptedNode, readonly: bool = False) -> Session:
    return Session(client.connection_pool, node.host, node.port, readonly)


@pytest.fixture
def node(cluster: ScriptedCluster) -> ScriptedNode:
    return cluster.nodes[1]


@pytest.fixture
def session(client: RedisCluster, node: ScriptedNode) -> Iterator[Session]:
    """A conversation with the second node."""
    with _open(client, node) as opened:
        yield opened


def test_a_command_and_its_reply(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply([b"a", 1, None, [b"b"]]))
    session.send("SAY", b"\xff", 1, 1.5, memoryview(b"m"))
    assert session.receive() == [b"a", 1, None, [b"b"]]
    assert node.commands("SAY") == [[b"SAY", b"\xff", b"1", b"1.5", b"m"]]
    assert not session.closed


def test_replies_are_decoded_as_the_clients(cluster: ScriptedCluster, connect: Connect) -> None:
    node = cluster.nodes[0]
    node.on("SAY", Reply([b"\xe9", "ok"]))
    client = connect(cluster, decode_responses=True, encoding="latin-1")
    with _open(client, node) as session:
        session.send("SAY", "\xe9")
        assert session.receive() == ["\xe9", "ok"]
    assert node.commands("SAY") == [[b"SAY", b"\xe9"]]


def test_a_nil_is_not_nothing(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(None))
    assert session.receive(0, NOTHING) is NOTHING
    assert session.receive(timeout=0.01, default=NOTHING) is NOTHING
    assert session.receive(-1) is None
    session.send("SAY")
    assert session.receive(5, NOTHING) is None
    assert session.receive(0, NOTHING) is NOTHING


def test_an_error_reply_is_raised_and_harmless(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Raw(b"-ERR no\r\n*1\r\n-ERR within\r\n"))
    session.send("SAY")
    with pytest.raises(ResponseError, match="^no$"):
        session.receive(5)
    (within_a_list,) = session.receive(5)
    assert isinstance(within_a_list, ResponseError)
    assert not session.closed


def test_a_call_may_be_given_so_much_time(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Silence())
    with within(5), pytest.raises(TimeoutError):
        session.call("SAY", timeout=0.05)
    odd_keywords: list[dict[str, Any]] = [{"timeout": "1"}, {"timeout": float("nan")}, {"time": 1}]
    for odd in odd_keywords:
        with pytest.raises((TypeError, ValueError)):
            session.call("SAY", **odd)
    assert node.sequence() == ["SAY"]


def test_half_a_message_is_kept_over_a_timeout(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Raw(b"*2\r\n$3\r\na"), Delay(0.2), Raw(b"bc\r\n:1\r\n:2\r\n"))
    session.send("SAY")
    assert session.receive(0.05, NOTHING) is NOTHING
    assert session.receive(0, NOTHING) is NOTHING
    assert session.receive(5) == [b"abc", 1]
    assert session.receive(0) == 2


@pytest.mark.parametrize("timeout", [float("nan"), "1", [], 1j])
def test_odd_timeouts_are_refused(session: Session, timeout: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        session.receive(timeout)
    assert session.receive(0) is None


def test_long_timeouts_are_for_ever(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(1))
    for timeout in (float("inf"), 1e300, 10**10):
        session.send("SAY")
        assert session.receive(timeout) == 1


@pytest.mark.parametrize("args", [(None,), ("SAY", None), ("SAY", True), ("SAY", [1])])
def test_odd_arguments_are_refused_and_nothing_is_sent(
    session: Session, node: ScriptedNode, args: Any
) -> None:
    with pytest.raises(DataError):
        session.send(*args)
    node.on("SAY", Reply(1))
    session.send("SAY")
    assert session.receive(5) == 1
    assert node.sequence() == ["SAY"]


def test_a_lost_connection_is_told_each_time(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(1), Drop())
    session.send("SAY")
    assert session.receive(5) == 1
    for call in (session.receive, session.receive, lambda: session.send("SAY")):
        with pytest.raises(ConnectionError, match=node.address) as caught:
            call()
        assert caught.value.node == node.address
    assert session.closed
    assert node.sequence() == ["SAY"]


def test_a_node_that_reads_nothing_times_out(cluster: ScriptedCluster, connect: Connect) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=0.2)
    with _open(client, node) as session:
        node.stop_reading()
        with within(2), pytest.raises(TimeoutError):
            session.send("SAY", b"x" * 50_000_000)
        assert session.closed
    node.resume_reading()


def test_nobody_there(cluster: ScriptedCluster, client: RedisCluster, node: ScriptedNode) -> None:
    node.stop()
    with pytest.raises(ConnectionError, match=node.address):
        _open(client, node)


def test_it_counts_among_the_pools_connections(cluster: ScriptedCluster, connect: Connect) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, max_connections=1)
    with _open(client, node), pytest.raises(RedisClusterException, match="Too many connections"):
        _open(client, node)
    assert client.get(cluster.key(node)) is None


@pytest.mark.parametrize("clean", [True, False])
def test_a_clean_one_is_given_back(
    cluster: ScriptedCluster, client: RedisCluster, node: ScriptedNode, clean: bool
) -> None:
    session = _open(client, node)
    session.send("PING")
    assert session.receive(5) == b"PONG"
    session.close(clean=clean)
    session.close()
    assert session.closed
    if not clean:
        cluster.wait_until(lambda: node.open_connections == 0)
    assert client.get(cluster.key(node)) is None
    assert len(node.connections) == (1 if clean else 2)


def test_closed_is_closed(session: Session) -> None:
    session.close()
    for call in (session.receive, lambda: session.send("PING")):
        with pytest.raises(ConnectionError, match="the session is closed"):
            call()


def test_readonly_is_greeted(client: RedisCluster, node: ScriptedNode) -> None:
    with _open(client, node, readonly=True) as session:
        session.send("PING")
        assert session.receive(5) == b"PONG"
    assert node.commands("READONLY", "PING") == [[b"READONLY"], [b"PING"]]


# ---- threads ----


def test_one_thread_sends_while_another_receives(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(1))
    waiter = Waiter(session.receive)
    assert session.receive(0.05, NOTHING) is NOTHING
    session.send("SAY")
    assert waiter.finish() == 1


def test_closing_wakes_who_waits(
    cluster: ScriptedCluster, client: RedisCluster, node: ScriptedNode
) -> None:
    session = _open(client, node)
    waiters = [Waiter(session.receive) for _ in range(3)]
    assert session.receive(0.05, NOTHING) is NOTHING
    session.close()
    session.close()
    for waiter in waiters:
        assert isinstance(waiter.finish(), ConnectionError)
    assert session.closed
    cluster.wait_until(lambda: node.open_connections == 0)


def test_threads_take_turns(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(1))

    def talk() -> int:
        for _ in range(50):
            session.send("SAY")
        return sum(session.receive(5) for _ in range(50))

    assert [waiter.finish() for waiter in [Waiter(talk) for _ in range(4)]] == [50] * 4


def test_others_go_on_while_one_waits(
    cluster: ScriptedCluster, client: RedisCluster, session: Session
) -> None:
    waiter = Waiter(session.receive)
    with within(2):
        for node in cluster.nodes:
            assert client.get(cluster.key(node)) is None
    session.close()
    waiter.finish()


# ---- several ----


def test_several_are_waited_for_together(
    cluster: ScriptedCluster, client: RedisCluster, session: Session
) -> None:
    cluster.on("SAY", Delay(0.1), Reply(1))
    with _open(client, cluster.nodes[0]) as other:
        for sessions in ([], [other], (session, other), [other] * 6):
            with within(2):
                assert Session.wait(sessions, 0.01) is False
        for speaks in (session, other):
            speaks.send("SAY")
            assert Session.wait([session, other]) is True
            assert speaks.receive(0) == 1


def test_a_wait_ends_when_one_is_closed(
    cluster: ScriptedCluster, client: RedisCluster, session: Session, node: ScriptedNode
) -> None:
    with _open(client, cluster.nodes[0]) as other:
        waiter = Waiter(lambda: Session.wait([other, session]))
        assert Session.wait([other, session], 0.05) is False
        session.close()
        assert waiter.finish() is True
        cluster.wait_until(lambda: node.open_connections == 0)
        assert Session.wait([other, session]) is True


def test_only_sessions_are_waited_for(session: Session) -> None:
    for odd in (5, [5], [session, None]):
        with pytest.raises(TypeError):
            Session.wait(odd, 0)  # type: ignore[arg-type]
    session.close()


# ---- forks ----


def test_a_child_leaves_it_to_the_parent(session: Session, node: ScriptedNode) -> None:
    node.on("SAY", Reply(1))

    def check() -> bool:
        for call in (session.receive, lambda: session.send("SAY")):
            with pytest.raises(ConnectionError, match="parent process"):
                call()
        closed = session.closed
        session.close()
        return closed

    assert succeeds_in_a_child(check)
    session.send("SAY")
    assert session.receive(5) == 1
    assert node.sequence() == ["SAY"]


# ---- making ----


def test_it_is_made_of_a_cluster_and_an_address(client: RedisCluster, node: ScriptedNode) -> None:
    pool = client.connection_pool
    with pytest.raises(TypeError):
        Session(client, node.host, node.port)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Session(pool, node.host)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="not initialised"):
        Session(Cluster.__new__(ClusterConnectionPool), node.host, node.port)
    with pytest.raises(ValueError, match="longer than"):
        Session(pool, "h" * 256, node.port)
    with pytest.raises(ConnectionError):
        Session(pool, "no.such.host.invalid", node.port)
    with pytest.raises(TypeError, match="needs a name"), _open(client, node) as session:
        session.send()


def test_opening_has_a_timeout(cluster: ScriptedCluster, connect: Connect) -> None:
    node = cluster.nodes[0]
    client = connect(cluster, socket_connect_timeout=0.2)
    node.on("READONLY", Silence())
    with within(2), pytest.raises(TimeoutError, match="while connecting"):
        _open(client, node, readonly=True)


def test_a_signal_handler_does_not_wait_for_its_own_thread(
    session: Session, node: ScriptedNode, handler: Handler
) -> None:
    node.on("SAY", Reply(b"it"))

    def use(*_: Any) -> None:
        calls: list[Callable[[], Any]] = [session.receive, lambda: session.call("SAY")]
        for call in calls:
            with pytest.raises(RuntimeError, match="in the middle of a call on the same session"):
                call()
        assert session.receive(0, NOTHING) is NOTHING
        session.send("SAY")

    signal.signal(signal.SIGUSR1, use)
    sender = Sender(lambda: True)
    with within(5):
        assert session.receive() == b"it"
    sender.finish()
    assert node.sequence() == ["SAY"]
