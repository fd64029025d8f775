"""Pub/sub while slots move and nodes go, on a cluster of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from rediscluster_c import ConnectionError, RedisCluster
from rediscluster_c.localcluster import LocalCluster
from rediscluster_c.pubsub import PubSub
from tests.support.threads import Waiter

pytestmark = pytest.mark.needs("spublish")


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(masters=3, replicas=1) as started:
        yield started


@pytest.fixture
def rc(cluster: LocalCluster) -> Iterator[RedisCluster]:
    with RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=5) as client:
        yield client


def _wait_for(pubsub: PubSub, kind: str) -> dict[str, Any]:
    """The next message of this type, whatever comes before it, and whoever cannot be reached."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            message = pubsub.get_message(timeout=0.5)
        except ConnectionError:
            continue
        if message is not None and message["type"] == kind:
            return message
    raise AssertionError(f"no {kind}")


def test_a_slot_that_moves(cluster: LocalCluster, rc: RedisCluster) -> None:
    slot = rc.keyslot("s")
    with rc.pubsub() as pubsub:
        pubsub.ssubscribe("s")
        _wait_for(pubsub, "ssubscribe")
        for master in cluster.masters:
            if master is not cluster.node_for_slot(slot):
                cluster.move_slot(slot, master)
                cluster.wait_ok()
                assert _wait_for(pubsub, "ssubscribe")["channel"] == b"s"
                rc.execute_command("SPUBLISH", "s", "x")
                assert _wait_for(pubsub, "smessage")["data"] == b"x"


def test_nodes_that_die(cluster: LocalCluster, rc: RedisCluster) -> None:
    owner = cluster.node_for_slot(rc.keyslot("s"))
    with rc.pubsub() as plain, rc.pubsub() as sharded:
        plain.subscribe("s")
        sharded.ssubscribe("s")
        _wait_for(plain, "subscribe")
        _wait_for(sharded, "ssubscribe")
        owner.kill()
        _wait_for(plain, "subscribe")
        assert _wait_for(sharded, "ssubscribe")["channel"] == b"s"
        cluster.wait_ok()
        rc.execute_command("SPUBLISH", "s", "x")
        assert _wait_for(sharded, "smessage")["data"] == b"x"
        rc.execute_command("PUBLISH", "s", "y")
        assert _wait_for(plain, "message")["data"] == b"y"


@pytest.mark.parametrize(("options", "most"), [({"health_check_interval": 1}, 12), ({}, 20)])
def test_a_primary_that_hangs(
    cluster: LocalCluster, rc: RedisCluster, options: dict[str, Any], most: float
) -> None:
    """It is stopped, and its replica takes over; the connections to it stand."""
    owner = cluster.node_for_slot(rc.keyslot("s"))
    with rc.pubsub(**options) as plain, rc.pubsub(**options) as sharded:
        plain.subscribe("s")
        sharded.ssubscribe("s")
        _wait_for(plain, "subscribe")
        _wait_for(sharded, "ssubscribe")
        owner.pause()
        try:
            begun = time.monotonic()
            waiter = Waiter(lambda: _wait_for(plain, "subscribe"))
            assert _wait_for(sharded, "ssubscribe")["channel"] == b"s"
            waiter.finish()
            assert time.monotonic() - begun < most
            rc.execute_command("SPUBLISH", "s", "x")
            assert _wait_for(sharded, "smessage")["data"] == b"x"
            rc.execute_command("PUBLISH", "s", "y")
            assert _wait_for(plain, "message")["data"] == b"y"
        finally:
            owner.resume()


def test_a_failover_by_hand(cluster: LocalCluster, rc: RedisCluster) -> None:
    owner = cluster.node_for_slot(rc.keyslot("s"))
    with rc.pubsub() as pubsub:
        pubsub.subscribe("s")
        pubsub.ssubscribe("s")
        _wait_for(pubsub, "ssubscribe")
        cluster.failover(cluster.replicas_of(owner)[0])
        cluster.wait_ok()
        _wait_for(pubsub, "ssubscribe")
        rc.execute_command("SPUBLISH", "s", "x")
        assert _wait_for(pubsub, "smessage")["data"] == b"x"
        rc.execute_command("PUBLISH", "s", "y")
        assert _wait_for(pubsub, "message")["data"] == b"y"


def test_connections_that_are_killed_again_and_again(
    cluster: LocalCluster, rc: RedisCluster
) -> None:
    names = [f"c{number}" for number in range(8)]
    with rc.pubsub() as pubsub:
        for number in range(150):
            name = names[number * 5 % 8]
            commands = (pubsub.subscribe, pubsub.ssubscribe, pubsub.psubscribe)
            leaves = (pubsub.unsubscribe, pubsub.sunsubscribe, pubsub.punsubscribe)
            kind = number % 3
            with suppress(ConnectionError):
                if number % 4 == 3:
                    leaves[kind](name)
                else:
                    commands[kind](name)
                pubsub.get_message()
            if number % 5 == 0:
                for master in cluster.masters:
                    master.command("CLIENT", "KILL", "TYPE", "pubsub")
        while pubsub.get_message(timeout=1) is not None:
            pass
        wanted = {("message", name) for name in pubsub.channels}
        wanted |= {("pmessage", name) for name in pubsub.patterns}
        wanted |= {("smessage", name) for name in pubsub.shard_channels}
        assert len(wanted) > 5
        for name in names:
            rc.execute_command("PUBLISH", name, "x")
            rc.execute_command("SPUBLISH", name, "x")
        found = [pubsub.get_message(timeout=5) for _ in wanted]
        assert pubsub.get_message(timeout=0.1) is None
    assert {(m["type"], m["channel"]) for m in found if m is not None} == wanted
