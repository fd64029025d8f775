"""What users see of a cluster's life: events, log records, statistics, and what errors carry."""

from __future__ import annotations

import gc
import logging
import os
import threading
import weakref
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c._core import Session
from rediscluster_c.events import NodeDown, Redirect, TopologyChange
from rediscluster_c.exceptions import ConnectionError, RedisClusterConfigError, ResponseError
from tests.support.clients import Connect
from tests.support.resp import key_slot
from tests.support.scripted import Ask, Error, Moved, ScriptedCluster


def test_a_redirect_is_told_once_for_a_row_of_commands(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    events: list[Any] = []
    client = connect(cluster, on_redirect=events.append)
    cluster.move(key, b)
    pipe: Any = client.pipeline()
    for _ in range(5):
        pipe.set(key, "v")
    assert pipe.execute() == [True] * 5
    slot = key_slot(key.encode())
    assert events == [Redirect("moved", slot, a.address, b.address)]
    client.set(key, "v")
    assert len(events) == 1


def test_an_ask_is_told_as_such(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    events: list[Any] = []
    client = connect(cluster, on_redirect=events.append)
    a.on("GET", Ask(b, key_slot(key.encode())), key=key, nth=1)
    client.get(key)
    assert [event.kind for event in events] == ["ask"]


def test_a_node_that_is_lost_and_found(
    cluster: ScriptedCluster, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "rediscluster_c")
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    events: list[Any] = []
    client = connect(cluster, on_node_down=events.append, failover_timeout=0.3)
    client.set(key, "secret-value")
    a.stop()
    with pytest.raises(ConnectionError):
        client.set(key, "secret-value")
    assert [(type(event), event.node) for event in events] == [(NodeDown, a.address)]
    assert client.stats()[a.address]["down"] is True
    a.accept_connections()
    assert client.set(key, "secret-value") is True
    assert client.stats()[a.address]["down"] is False
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in told] == ["WARNING", "WARNING"]
    assert all(a.address in text and "secret" not in text for _, text in told)


class _Stops(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_while_events_are_told_ends_the_opening_of_a_session(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """The session is there already by then; its connection must not stay in use."""
    a = cluster.nodes[0]
    client: Any = connect(cluster, failover_timeout=0.3)
    a.stop()
    with pytest.raises(ConnectionError):
        client.set(cluster.key(a), 1)
    a.accept_connections()
    logger, stops = logging.getLogger("rediscluster_c"), _Stops()
    logger.addHandler(stops)
    try:
        with pytest.raises(KeyboardInterrupt):
            Session(client.connection_pool, a.host, a.port)
    finally:
        logger.removeHandler(stops)
    assert client.stats()[a.address]["in_use"] == 0


def test_a_changed_table_is_told(
    cluster: ScriptedCluster, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rediscluster_c")
    a, b, _ = cluster.nodes
    events: list[Any] = []
    client: Any = connect(cluster, on_topology_change=events.append)
    client.connection_pool.refresh()
    assert events == []
    cluster.retire(a, to=b)
    client.connection_pool.refresh()
    assert events == [TopologyChange(16384)]
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_a_slot_that_was_learned_is_told_with_the_next_table(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    events: list[Any] = []
    client: Any = connect(cluster, on_topology_change=events.append)
    cluster.move(key, b)
    client.set(key, "v")
    client.connection_pool.refresh()
    client.connection_pool.refresh()
    assert events == [TopologyChange(16384)]


def test_what_comes_too_fast_is_told_as_a_number(
    cluster: ScriptedCluster, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    a, b, _ = cluster.nodes
    events: list[Any] = []
    client = connect(cluster, on_redirect=events.append)
    keys = cluster.keys(a, 300)
    for key in keys:
        cluster.move(key, b)
    pipe: Any = client.pipeline()
    for key in keys:
        pipe.set(key, "v")
    assert pipe.execute() == [True] * 300
    assert len(events) == 128
    assert "events came too fast to be told" in caplog.text


def test_a_child_has_its_own_events(cluster: ScriptedCluster, connect: Connect) -> None:
    """A thread is inside a callback at the fork: in the child nobody is."""
    a, b, _ = cluster.nodes
    one, other = cluster.keys(a, 2)
    inside, go_on = threading.Event(), threading.Event()
    seen: list[Any] = []

    def tell(event: Any) -> None:
        seen.append(event)
        inside.set()
        go_on.wait(5)

    client = connect(cluster, on_redirect=tell)
    cluster.move(one, b)
    thread = threading.Thread(target=client.set, args=(one, "v"))
    thread.start()
    assert inside.wait(5)
    cluster.move(other, b)
    pid = os.fork()
    if pid == 0:
        go_on.set()
        client.set(other, "v")
        os._exit(len(seen))
    go_on.set()
    thread.join(5)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2


def test_a_callback_that_makes_an_event_of_each_event_does_not_hold_its_call(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """While a slot is on its way, a callback that reads a key of it is redirected each time."""
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    events: list[Any] = []

    def read_again(event: object) -> None:
        events.append(event)
        if len(events) < 1000:  # else the test would not end without the limit
            client.get(key)

    client = connect(cluster, on_redirect=read_again)
    a.on("GET", Ask(b, key_slot(key.encode())), key=key)
    assert client.get(key) is None
    assert 1 < len(events) <= 129
    told = len(events)
    a.forget_script()
    assert client.get(key) is None
    assert len(events) == told + 1, "what was left is told after the next call"


def test_a_callback_that_fails_is_logged_and_harms_nothing(
    cluster: ScriptedCluster, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: object) -> None:
        raise LookupError("of the callback")

    a, b, _ = cluster.nodes
    key = cluster.key(a)
    client = connect(cluster, on_redirect=fail)
    cluster.move(key, b)
    assert client.set(key, "v") is True
    assert "of the callback" in caplog.text


def test_a_callback_that_interrupts_ends_the_call(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    def interrupt(event: object) -> None:
        raise KeyboardInterrupt

    a, b, _ = cluster.nodes
    key = cluster.key(a)
    client = connect(cluster, on_redirect=interrupt)
    cluster.move(key, b)
    with pytest.raises(KeyboardInterrupt):
        client.set(key, "v")
    assert client.set(key, "v") is True


def test_a_callback_may_use_its_client(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    seen: list[Any] = []
    client: Any = connect(cluster, on_redirect=lambda event: seen.append(client.get(key)))
    cluster.move(key, b)
    client.set(key, "v")
    assert seen == [b"v"]


def test_callbacks_are_no_leak(cluster: ScriptedCluster) -> None:
    def make() -> weakref.ref[Any]:
        holder: list[Any] = []
        node = cluster.nodes[0].startup_node
        client = RedisCluster(startup_nodes=[node], on_redirect=holder.append)
        holder.append(client)
        return weakref.ref(client.connection_pool)

    watched = make()
    gc.collect()
    assert watched() is None


@pytest.mark.parametrize("name", ["on_topology_change", "on_node_down", "on_redirect"])
def test_what_cannot_be_called_is_refused(connect: Connect, name: str) -> None:
    with pytest.raises(RedisClusterConfigError, match=name):
        RedisCluster("127.0.0.1", 1, **{name: 5})  # type: ignore[arg-type]


def test_the_numbers_are_those_that_the_nodes_saw(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    before = client.stats()
    cluster.move(key, b)
    pipe: Any = client.pipeline()
    assert pipe.set(key, "v").get(key).get(cluster.key(b)).execute() == [True, b"v", None]
    after = client.stats()
    grown = {
        node.address: {
            name: after[node.address][name] - before.get(node.address, {name: 0})[name]
            for name in ("commands", "retries", "redirects", "losses")
        }
        for node in (a, b)
    }
    assert grown[a.address] == {"commands": 2, "retries": 0, "redirects": 2, "losses": 0}
    assert grown[b.address] == {"commands": 3, "retries": 2, "redirects": 0, "losses": 0}
    for report in after.values():
        latency = report["latency"]
        assert sum(latency["histogram"].values()) == latency["count"]
        assert report["in_use"] == 0
    assert after[a.address]["bytes_sent"] > before[a.address]["bytes_sent"]


def test_errors_say_what_they_are_about(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a = cluster.nodes[0]
    key = cluster.key(a)
    a.on("SET", Error("WRONGTYPE no"))
    with pytest.raises(ResponseError) as caught:
        client.set(key, "a-secret-that-is-long")
    error = caught.value
    assert (error.node, error.slot) == (a.address, key_slot(key.encode()))
    assert (error.outcome, error.command) == ("replied", f"SET {key} ...")
    [failed] = client.pipeline().set(key, "x").execute(raise_on_error=False)
    assert failed.command == f"SET {key} ..."


def test_an_error_shows_no_value_that_is_in_the_slot_of_its_key(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("SET", Error("ERR no"))
    with pytest.raises(ResponseError) as caught:
        client.set("{a}key", "{a}secret")
    assert caught.value.command == "SET {a}key ..."


def test_a_refused_setting_shows_nothing_of_it(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("CONFIG", Error("ERR no"))
    with pytest.raises(ResponseError) as caught:
        client.config_set("requirepass", "hunter2")
    assert caught.value.command == "CONFIG ... ... ..."


def test_a_loop_of_redirects_is_refused(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    slot = key_slot(key.encode())
    a.on("GET", Moved(b, slot))
    b.on("GET", Moved(a, slot))
    events: list[Any] = []
    client = connect(cluster, on_redirect=events.append)
    with pytest.raises(Exception, match="redirected") as caught:
        client.get(key)
    assert getattr(caught.value, "outcome", None) == "refused"
    assert len(events) == 16  # the last one is not followed
