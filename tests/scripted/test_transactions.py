"""Transactions that meet redirects, refusals and lost connections: whole, once, or not at all."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    BusyLoadingError,
    ConnectionError,
    InvalidResponse,
    NoPermissionError,
    OutcomeUnknownConnectionError,
    OutcomeUnknownResponseError,
    OutcomeUnknownTimeoutError,
    ResponseError,
    SlotNotCoveredError,
    TimeoutError,
    UnknownOutcome,
    WatchError,
)
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.multi import ABORTED, teach_multi
from tests.support.resp import Simple, key_slot
from tests.support.scripted import (
    Call,
    Connection,
    Delay,
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
from tests.support.threads import Waiter

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


def test_commands_behind_a_multi_that_is_refused_all_at_once_have_run(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """The user may no longer use MULTI: nobody must take it that nothing has run."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    client.pipeline(transaction=True).set(key, 1).execute()
    node.on("MULTI", REVOKED)
    node.on("EXEC", Error("ERR EXEC without MULTI"))
    with pytest.raises(OutcomeUnknownResponseError, match="may have run: .*'multi'") as caught:
        client.pipeline(transaction=True).set(key, 2).set(key, 3).execute()
    assert caught.value.outcome == "unknown"
    cluster.forget_log()
    with pytest.raises(NoPermissionError):
        client.pipeline(transaction=True).set(key, 4).execute()
    assert said(node) == ["MULTI"], "it is asked before more commands are sent"


@pytest.mark.parametrize("passing", ["TRYAGAIN", "LOADING"])
def test_a_refusal_that_passes_does_not_hide_what_ran_without_multi(
    cluster: ScriptedCluster, client: RedisCluster, passing: str
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    client.pipeline(transaction=True).set(key, 1).execute()
    cluster.forget_log()
    node.on("MULTI", REVOKED)
    node.on("EXEC", Error("ERR EXEC without MULTI"))
    node.on("SET", Error(f"{passing} later"), nth=1)
    with pytest.raises(OutcomeUnknownResponseError):
        client.pipeline(transaction=True).set(key, 2).set(key, 3).execute()
    assert said(node) == ["MULTI", f"SET {key} 2", f"SET {key} 3", "EXEC"]


def test_what_ran_without_multi_is_not_sent_again_when_the_connection_is_lost(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    client.pipeline(transaction=True).set(key, 1).execute()
    cluster.forget_log()
    node.on("MULTI", REVOKED)
    node.on("EXEC", Drop())
    with pytest.raises(OutcomeUnknownConnectionError):
        client.pipeline(transaction=True).set(key, 2).execute()
    assert said(node) == ["MULTI", f"SET {key} 2", "EXEC"]


def test_an_error_behind_a_multi_that_is_refused_proves_nothing(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """A script that fails has written before that, perhaps."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    client.pipeline(transaction=True).get(key).execute()
    node.on("MULTI", REVOKED)
    node.on("EXEC", Error("ERR EXEC without MULTI"))
    node.on("SET", Error("TRYAGAIN says the script"))
    with pytest.raises(OutcomeUnknownResponseError):
        client.pipeline(transaction=True).set(key, 1).execute()
    assert cluster.count("SET") == 1


@pytest.mark.parametrize("queued", [False, True])
def test_a_transaction_that_was_not_sent_whole(
    cluster: ScriptedCluster, connect: Connect, queued: bool
) -> None:
    """Its EXEC cannot have run; but who has not heard of MULTI does not know that it was taken."""
    node = cluster.nodes[0]
    client = connect(cluster, socket_timeout=3)
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    assert pipe.get(key).execute() == [b"OK"]

    def stop(connection: Connection, args: Args) -> Step:
        connection.node.may_read.clear()
        return Reply(OK) if queued else Silence()

    node.on("MULTI", Call(stop))
    node.on("SET", Silence())
    with within(10), pytest.raises(TimeoutError) as caught:
        pipe.set(key, 1).set(key, "x" * 20_000_000).execute(timeout=2)
    node.resume_reading()
    assert isinstance(caught.value, UnknownOutcome) != queued
    assert caught.value.outcome == ("not sent" if queued else "unknown")


@pytest.mark.parametrize("odd", [OK, 1, b"OK", [], [OK, OK]])
def test_what_exec_cannot_have_answered_is_not_taken_for_a_changed_key(
    cluster: ScriptedCluster, client: RedisCluster, odd: Any
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", Reply(odd), times=1)
    with pytest.raises(OutcomeUnknownConnectionError, match="EXEC was not answered with"):
        client.pipeline(transaction=True).set(key, 1).execute()
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]


@pytest.mark.parametrize("odd", [0, None, [b"MULTI"], Simple("NO"), b"OK"])
@pytest.mark.parametrize("command", ["MULTI", "DISCARD", "WATCH"])
def test_only_ok_answers_what_a_transaction_says_itself(
    cluster: ScriptedCluster, client: RedisCluster, command: str, odd: Any
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on(command, Reply(odd))
    with client.pipeline(transaction=True) as pipe:
        with pytest.raises(InvalidResponse, match=f"{command} was answered with") as caught:
            pipe.watch(key)
            pipe.multi()
            pipe.set(key, 1).execute()
        assert caught.value.node == node.address
    assert node.commands("SET") == []


@pytest.mark.parametrize("odd", [0, None, [b"SET"], OK, b"QUEUED"])
@pytest.mark.parametrize("command", ["MULTI", "SET"])
def test_what_is_not_queued_is_no_transaction(
    cluster: ScriptedCluster, client: RedisCluster, command: str, odd: Any
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]
    node.on("EXEC", Reply([OK]), times=1)
    node.on(command, Reply(b"OK" if command == "MULTI" and odd is OK else odd), times=1)
    with pytest.raises(OutcomeUnknownConnectionError, match="not with .QUEUED"):
        client.pipeline(transaction=True).set(key, 2).execute()
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]


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


@pytest.mark.parametrize("silent", ["MULTI", "DISCARD", "SET"])
def test_the_deadline_holds_while_the_first_one_asks_for_multi(
    cluster: ScriptedCluster, client: RedisCluster, silent: str
) -> None:
    node = cluster.nodes[0]
    node.on(silent, Silence())
    pipe = client.pipeline(transaction=True)
    with within(5), pytest.raises(TimeoutError):
        pipe.set(cluster.key(node), 1).execute(timeout=0.2)
    node.forget_script()


def test_a_deadline_is_not_that_of_the_next_watch(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    pipe = client.pipeline(transaction=True)
    pipe.set(key, 1).execute(timeout=0.2)
    time.sleep(0.3)
    node.on("WATCH", Error("LOADING later"), times=2)
    assert pipe.watch(key)
    pipe.reset()


def test_unwatch_does_not_wait_for_a_silent_node(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    pipe = client.pipeline(transaction=True)
    pipe.watch(cluster.key(node))
    node.on("UNWATCH", Silence())
    with within(10):
        assert pipe.unwatch()
    cluster.wait_until(lambda: client.stats()[node.address]["in_use"] == 0)


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
    cluster: ScriptedCluster, client: RedisCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the pause behind the sixth one; what were sent then would end unknown."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", Error("LOADING"))
    with within(3), pytest.raises(BusyLoadingError):
        client.pipeline(transaction=True).set(key, 1).execute(timeout=0.45)
    assert said(node).count("EXEC") > 1


@pytest.mark.parametrize("timeout", [0, -1, True, float("nan"), 1e12])
def test_a_deadline_is_a_number_of_seconds(client: RedisCluster, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds above 0"):
        client.pipeline(transaction=True).set("k", 1).execute(timeout=timeout)


def test_an_error_keeps_no_connection_of_a_transaction_that_is_dropped(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """An exception that its own frames refer to would, until the garbage collector runs."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("GET", Error("WRONGTYPE of the key"))
    gc.collect()
    gc.disable()
    try:
        pipe = client.pipeline(transaction=True)
        pipe.watch(key)
        with pytest.raises(ResponseError, match="WRONGTYPE") as caught:
            pipe.get(key)
        assert client.stats()[node.address]["in_use"] == 1
        del caught, pipe
        assert client.stats()[node.address]["in_use"] == 0
    finally:
        gc.enable()


# ---- a primary is gone ----


def test_a_transaction_waits_for_the_new_primary(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """As a pipeline does, however many tries that takes; none of it has been sent before."""
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.stop()
    waiting = Waiter(lambda: client.pipeline(transaction=True).set(key, 1).set(key, 2).execute())
    cluster.wait_until(lambda: cluster.count("CLUSTER SLOTS") >= 6)
    assert waiting.is_alive()
    cluster.retire(a, to=b)
    assert waiting.finish() == [True, True]
    assert said(b)[2:] == ["MULTI", f"SET {key} 1", f"SET {key} 2", "EXEC"]


def test_watch_waits_for_the_new_primary(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.stop()
    pipe = client.pipeline(transaction=True)
    waiting = Waiter(lambda: pipe.watch(key))
    cluster.wait_until(lambda: cluster.count("CLUSTER SLOTS") >= 6)
    assert waiting.is_alive()
    cluster.retire(a, to=b)
    assert waiting.finish() is True
    assert said(b)[2:] == [f"WATCH {key}"]
    pipe.reset()


def test_failover_timeout_is_how_long_a_transaction_waits(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, failover_timeout=1)
    node = cluster.nodes[0]
    pipe = client.pipeline(transaction=True).set(cluster.key(node), 1)
    node.stop()
    with at_least(0.9), within(10), pytest.raises(ConnectionError) as caught:
        pipe.execute()
    assert not isinstance(caught.value, UnknownOutcome)
    assert (caught.value.outcome, caught.value.node) == ("not sent", node.address)


def test_when_no_node_answers_a_transaction_does_not_wait(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, failover_timeout=60)
    for node in cluster.nodes:
        node.stop()
    with within(15), pytest.raises(ConnectionError) as caught:
        client.pipeline(transaction=True).set("k", 1).execute()
    assert not isinstance(caught.value, UnknownOutcome)


@pytest.mark.parametrize("command", ["MULTI", "SET", "EXEC"])
def test_an_error_says_what_became_of_the_transaction(
    cluster: ScriptedCluster, client: RedisCluster, command: str
) -> None:
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on(command, Error("LOADING Redis is loading the dataset in memory"))
    if command == "SET":
        node.on("EXEC", Reply(ABORTED))
    with pytest.raises(BusyLoadingError) as caught:
        client.pipeline(transaction=True).set(key, 1).execute(timeout=1)
    error = caught.value
    assert (error.node, error.slot) == (node.address, key_slot(key.encode()))
    assert error.outcome == "refused"


def test_a_server_that_loads_its_data_is_waited_for(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """For longer than a lost connection is: it says that it will be there."""
    node = cluster.nodes[0]
    key = cluster.key(node)
    node.on("EXEC", Error("LOADING"), times=6)
    assert client.pipeline(transaction=True).set(key, 1).execute() == [True]
    assert said(node).count("EXEC") == 7


def test_a_slot_that_nobody_serves_says_so(connect: Connect) -> None:
    with ScriptedCluster(2) as cluster:
        key = cluster.key(cluster.nodes[0])
        cluster.move(key, None)
        client = connect(cluster, skip_full_coverage_check=True)
        with within(5), pytest.raises(SlotNotCoveredError) as caught:
            client.pipeline(transaction=True).set(key, 1).execute(timeout=0.2)
    assert (caught.value.slot, caught.value.outcome) == (key_slot(key.encode()), "not sent")


def _replaced_when_silent(cluster: ScriptedCluster, connect: Connect, command: str) -> Any:
    """What a transaction ends with whose node is replaced after it has not answered *command*.

    As when it is paused: its connections stand, and socket_timeout is not set.
    """
    a, b, _ = cluster.nodes
    client = connect(cluster, socket_timeout=None)
    a.on(command, Silence())
    pipe = client.pipeline(transaction=True).set(cluster.key(a), 1)
    waiting = Waiter(pipe.execute)
    cluster.wait_until(lambda: cluster.count(command) == 1)
    cluster.retire(a, to=b)
    waiting.join(20)
    return waiting.finish()


def test_a_silent_primary_that_was_replaced_is_not_waited_for(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a = cluster.nodes[0]
    error = _replaced_when_silent(cluster, connect, "EXEC")
    assert isinstance(error, OutcomeUnknownConnectionError)
    assert "replaced by another node" in str(error)
    assert error.node == a.address
    assert cluster.count("EXEC") == 1


def test_what_was_not_sent_to_a_silent_primary_goes_to_the_new_one(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    assert _replaced_when_silent(cluster, connect, "MULTI") == [True]
    assert said(a) == ["MULTI"]
    assert said(b)[2:] == ["MULTI", f"SET {key} 1", "EXEC"]


def test_a_silent_primary_that_keeps_its_place_is_waited_for(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, socket_timeout=None)
    a, _, _ = cluster.nodes
    a.on("EXEC", Delay(3.5), Reply([OK]))
    assert client.pipeline(transaction=True).set(cluster.key(a), 1).execute() == [True]
    assert cluster.count("EXEC") == 1
    assert cluster.count("CLUSTER SLOTS") in range(1, 5)
