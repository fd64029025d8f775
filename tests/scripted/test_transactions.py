"""Transactions that meet redirects, refusals and lost connections: whole, once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    BusyLoadingError,
    NoPermissionError,
    OutcomeUnknownConnectionError,
    OutcomeUnknownTimeoutError,
    ResponseError,
    TimeoutError,
    UnknownOutcome,
    WatchError,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.multi import ABORTED, teach_multi
from tests.support.resp import Simple
from tests.support.scripted import (
    Call,
    Connection,
    Drop,
    Error,
    Reply,
    Run,
    ScriptedCluster,
    ScriptedNode,
    Silence,
    Step,
)
from tests.support.steps import Args

OK = Simple("OK")


@pytest.fixture
def cluster() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(3) as started:
        teach_multi(started)
        yield started


def said(node: ScriptedNode) -> list[str]:
    """What the node saw, but for what every client asks."""
    return [line for line in node.sequence() if not line.startswith(("CLUSTER", "CLIENT"))]


def test_the_first_one_asks_whether_multi_is_taken(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    for _ in range(2):
        assert client.pipeline(transaction=True).set(key, 1).set(key, 2).execute() == [True, True]
    body = ["MULTI", f"SET {key} 1", f"SET {key} 2", "EXEC"]
    assert said(node) == ["MULTI", "DISCARD", *body, *body]


def test_a_node_that_refuses_multi_gets_none_of_the_commands(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    node.on("MULTI", Error("NOPERM this user has no permissions to run the 'multi' command"))
    with pytest.raises(NoPermissionError):
        client.pipeline(transaction=True).set(cluster.key(node), 1).execute()
    assert said(node) == ["MULTI"]


REVOKED = Error("NOPERM this user has no permissions to run the 'multi' command")
ALONE = Error("ERR EXEC without MULTI")


def _revoke(cluster: ScriptedCluster, client: RedisCluster) -> tuple[ScriptedNode, str]:
    """A node that has taken MULTI before, and now takes it no more; and a key there."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    assert client.pipeline(transaction=True).get(key).execute() == [b"OK"]
    node.on("MULTI", REVOKED)
    node.on("SET", Reply(OK))
    node.on("EXEC", ALONE)
    return node, key


def test_what_ran_without_multi_is_told_and_not_sent_again(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node, key = _revoke(cluster, client)
    node.on("SET", Error("TRYAGAIN Multiple keys request during rehashing of slot"), nth=2)
    with pytest.raises(ResponseError, match="one by one, without a transaction.*multi"):
        client.pipeline(transaction=True).set(key, 1).set(key, 2).execute()
    assert said(node).count(f"SET {key} 1") == 1
    with pytest.raises(NoPermissionError):
        client.pipeline(transaction=True).set(key, 3).execute()
    assert said(node)[-1] == "MULTI"


def test_multi_is_what_was_refused_first(cluster: ScriptedCluster, client: RedisCluster) -> None:
    node, key = _revoke(cluster, client)
    node.on("SET", Error("NOPERM this user has no permissions to run the 'set' command"))
    with pytest.raises(ResponseError, match="MULTI was refused.*'multi' command"):
        client.pipeline(transaction=True).set(key, 1).execute()


def test_a_loss_behind_a_refused_multi(cluster: ScriptedCluster, client: RedisCluster) -> None:
    node, key = _revoke(cluster, client)
    node.on("EXEC", Drop(), times=1)
    with pytest.raises(OutcomeUnknownConnectionError):
        client.pipeline(transaction=True).set(key, 1).execute()
    assert node.sequence().count(f"SET {key} 1") == 1


@pytest.mark.parametrize("queued", [False, True])
def test_a_transaction_that_was_not_sent_whole(
    cluster: ScriptedCluster, connect: Connect, queued: bool
) -> None:
    """Its EXEC cannot have run; but who has not heard of MULTI does not know that it was taken."""
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=0.5)
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    assert pipe.get(key).execute() == [b"OK"]

    def stop(connection: Connection, args: Args) -> Step:
        connection.node.may_read.clear()
        return Reply(OK) if queued else Silence()

    node.on("MULTI", Call(stop))
    node.on("SET", Silence())
    with within(10), pytest.raises(TimeoutError) as caught:
        pipe.set(key, 1).set(key, "x" * 20_000_000).execute(timeout=0.4)
    node.resume_reading()
    assert isinstance(caught.value, UnknownOutcome) != queued
    assert caught.value.outcome == ("not sent" if queued else "unknown")


def test_a_moved_slot_takes_the_whole_transaction_along(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, b)
    assert client.pipeline(transaction=True).set(key, 1).set(key, 2).execute() == [True, True]
    body = ["MULTI", f"SET {key} 1", f"SET {key} 2", "EXEC"]
    assert said(a) == ["MULTI", "DISCARD", *body]
    assert said(b)[-4:] == body


def test_a_watched_slot_that_moves_is_an_error(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    cluster.move(key, b)
    pipe.multi()
    with pytest.raises(WatchError, match="the slot moved"):
        pipe.set(key, 1).execute()
    assert "SET" not in " ".join(said(b))


@pytest.mark.parametrize("steps", [(Drop(),), (Run(), Drop())])
def test_an_exec_without_a_reply_is_never_sent_again(
    cluster: ScriptedCluster, client: RedisCluster, steps: tuple[Step, ...]
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", *steps)
    with pytest.raises(OutcomeUnknownConnectionError) as caught:
        client.pipeline(transaction=True).set(key, 1).execute()
    assert caught.value.node == node.address
    assert caught.value.outcome == "unknown"
    assert cluster.count("EXEC") == 1


def test_an_exec_that_is_silent(cluster: ScriptedCluster, connect: Connect) -> None:
    node = cluster.nodes[0]
    node.on("EXEC", Silence())
    client = connect(cluster, socket_timeout=0.2)
    with pytest.raises(OutcomeUnknownTimeoutError):
        client.pipeline(transaction=True).set(cluster.key(node), 1).execute()
    assert cluster.count("EXEC") == 1


def test_what_was_refused_before_the_connection_was_lost_has_not_run(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """EXEC cannot run what contains a command that was not taken."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("SET", Error("OOM command not allowed when used memory > 'maxmemory'."), times=1)
    node.on("EXEC", Drop(), times=1)
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]
    assert cluster.count("EXEC") == 2


def test_a_refusal_that_passes_is_waited_for(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    refusals = ["TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN Hash slot"]
    for refusal in refusals:
        node.on("SET", Error(refusal), times=1)
        node.on("EXEC", Reply(ABORTED), times=1)
        assert client.pipeline(transaction=True).set(key, 1).execute() == [True]


def test_a_connection_lost_while_keys_are_watched(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    node.on("SET", Drop(), times=1)
    with pytest.raises(OutcomeUnknownConnectionError):
        pipe.set(key, 1)
    with pytest.raises(WatchError, match="is gone"):
        pipe.get(key)
    assert pipe.set(key, 1).execute() == [True]


def test_nothing_is_sent_again_once_the_outcome_is_unknown(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.watch(key)
    pipe.multi()
    node.on("EXEC", Drop(), times=1)
    with pytest.raises(UnknownOutcome):
        pipe.set(key, 1).execute()
    assert cluster.count("EXEC") == 1


@pytest.mark.parametrize("watched", [False, True])
def test_a_deadline_ends_a_transaction(
    cluster: ScriptedCluster, client: RedisCluster, watched: bool
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", Silence(), nth=1)
    with client.pipeline(transaction=True) as pipe:
        if watched:
            pipe.watch(key)
            pipe.multi()
        pipe.set(key, 1)
        with within(3), pytest.raises(OutcomeUnknownTimeoutError):
            pipe.execute(timeout=0.2)
    assert said(node).count("EXEC") == 1
    # The late reply is nobody's: the connection that it would come on is closed.
    assert client.pipeline(transaction=True).get(f"{{{key}}}").execute(timeout=3) == [b"OK"]


def test_a_deadline_ends_the_tries_of_a_transaction(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", Error("LOADING"))
    with within(3), pytest.raises(BusyLoadingError):
        client.pipeline(transaction=True).set(key, 1).execute(timeout=0.3)
    assert said(node).count("EXEC") > 1


@pytest.mark.parametrize("timeout", [0, -1, True, float("nan"), 1e12])
def test_a_deadline_is_a_number_of_seconds(client: RedisCluster, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds above 0"):
        client.pipeline(transaction=True).set("k", 1).execute(timeout=timeout)
