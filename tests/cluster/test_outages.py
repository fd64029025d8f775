"""A primary is lost under load: who notices, what becomes of the calls, and how long they take."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster, Node
from tests.support.network import Forwarder, Network
from tests.support.outages import Connect, Crowd
from tests.support.probe import Probe, keys_of

pytestmark = pytest.mark.alone

# Far more than a call takes, and far less than the outage of a shard.
AT_ONCE = 1.0


@pytest.fixture(scope="module")
def stage() -> Iterator[LocalCluster]:
    config = {"cluster-require-full-coverage": "no"}
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[LocalCluster, Network]]:
    config = {"cluster-require-full-coverage": "no", "protected-mode": "no"}
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster:
        with Network(cluster) as forwarders:
            yield cluster, forwarders


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def await_heir(heir: Node) -> None:
    wait_until(lambda: heir.role == "master", "no replica took over")


def shut_down(node: Node) -> None:
    with contextlib.suppress(OSError):
        node.command("SHUTDOWN", "NOSAVE", timeout=15)
    wait_until(lambda: not node.alive, "the server does not end")


def writes(client: Any, keys: list[str]) -> Callable[[], Any]:
    """A pipeline of writes to one shard."""

    def call() -> None:
        pipe = client.pipeline()
        for key in keys:
            pipe.incr(key)
        pipe.execute()

    return call


def reads(client: Any, keys: list[str]) -> Callable[[], Any]:
    return lambda: client.get(keys[0])


@contextlib.contextmanager
def probes(client: Any, cluster: LocalCluster, victim: Node) -> Iterator[dict[str, list[Probe]]]:
    """Two threads that write and one that reads, on the victim's shard and on each other."""
    found: dict[str, list[Probe]] = {"writes": [], "reads": [], "others": []}
    with contextlib.ExitStack() as running:
        for node in cluster.masters:
            keys = keys_of(cluster, node, 6)
            mine = node is victim
            for kind, call in [("writes", writes)] * 2 + [("reads", reads)]:
                probe = running.enter_context(Probe(call(client, keys)))
                found[kind if mine else "others"].append(probe)
        time.sleep(0.3)
        yield found


def check(found: dict[str, list[Probe]], known_at: float, back_at: float) -> None:
    """What no outage may do, whatever its kind.

    Connections take no command any more from `known_at` on: from then on nothing can be in flight.
    """
    for probe in found["others"]:
        assert probe.failed == []
        assert probe.slowest < AT_ONCE
    for probe in found["reads"]:
        assert probe.failed == []
    for probe in found["writes"]:
        assert [call.outcome for call in probe.failed] in ([], ["unknown"])
        assert all(call.began <= known_at for call in probe.failed)
    for probe in sum(found.values(), []):
        assert probe.answered_after(back_at)


@pytest.mark.parametrize("lose", [Node.kill, Node.pause, shut_down])
def test_a_lost_primary(stage: LocalCluster, lose: Callable[[Node], None]) -> None:
    stage.wait_ok()
    victim = stage.node_for_slot(0)
    (heir,) = stage.replicas_of(victim)
    with RedisCluster(startup_nodes=stage.startup_nodes) as client:
        with probes(client, stage, victim) as found:
            lose(victim)
            lost_at = time.monotonic()
            await_heir(heir)
            back_at = time.monotonic()
            known_at = back_at if victim.alive else lost_at  # one that is paused just does not say
            everybody = sum(found.values(), [])
            wait_until(
                lambda: all(probe.answered_after(back_at) for probe in everybody),
                "a thread does not go on",
            )
            if victim.alive:
                victim.resume()
            else:
                victim.restart()
            stage.wait_ok()
            time.sleep(0.3)
        check(found, known_at, back_at)


@pytest.mark.needs("7.0.0")  # before, a primary that has stepped down stays silent for a while
def test_a_failover_in_order(stage: LocalCluster) -> None:
    """Nothing fails, and nothing is in flight that could."""
    stage.wait_ok()
    victim = stage.node_for_slot(0)
    with RedisCluster(startup_nodes=stage.startup_nodes) as client:
        with probes(client, stage, victim) as found:
            for _ in range(2):
                stage.failover(stage.replicas_of(stage.node_for_slot(0))[0])
                stage.wait_ok()
        for probe in sum(found.values(), []):
            assert probe.failed == []
        assert all(probe.slowest < AT_ONCE for probe in found["others"])


@pytest.mark.needs("7.0.0")
def test_a_primary_that_is_cut_off(network: tuple[LocalCluster, Network]) -> None:
    """From clients and nodes alike; it does not know, and believes for a while to be primary."""
    cluster, forwarders = network
    with forwarders.client() as client:
        victim = cluster.node_for_slot(0)
        (heir,) = cluster.replicas_of(victim)
        with probes(client, cluster, victim) as found:
            forwarders.cut_off(victim)
            await_heir(heir)
            back_at = time.monotonic()
            everybody = sum(found.values(), [])
            wait_until(
                lambda: all(probe.answered_after(back_at) for probe in everybody),
                "a thread does not go on",
            )
            forwarders.restore()
            wait_until(lambda: victim.role == "replica", "the old primary does not give in")
            time.sleep(0.3)
        check(found, back_at, back_at)
    cluster.wait_ok()


# ---- each timeout, each workload ----


def lose_under_crowd(connect: Connect, cluster: LocalCluster, lose: Callable[[Node], None]) -> Node:
    """Lose the primary of slot 0 under a crowd's calls; it is lost still when this returns."""
    cluster.wait_ok()
    victim = cluster.node_for_slot(0)
    (heir,) = cluster.replicas_of(victim)
    (other,) = keys_of(cluster, next(n for n in cluster.masters if n is not victim), 1)
    keys = keys_of(cluster, victim, 100)
    with connect() as client:
        client.delete(*keys)  # others have counted on them
    assert victim.command("WAIT", 1, 5000) == 1
    with Crowd(connect, keys, other) as crowd:
        time.sleep(0.3)
        lose(victim)
        await_heir(heir)
        back_at = time.monotonic()
        wait_until(lambda: crowd.answered_after(back_at), "a client does not go on")
    crowd.check(back_at)
    with connect() as client:
        crowd.check_counters(client)
    return victim


@pytest.mark.parametrize("lose", [Node.kill, Node.pause])
def test_each_timeout_and_workload(stage: LocalCluster, lose: Callable[[Node], None]) -> None:
    def connect(**options: Any) -> RedisCluster:
        return RedisCluster(startup_nodes=stage.startup_nodes, **options)

    victim = lose_under_crowd(connect, stage, lose)
    if victim.alive:
        victim.resume()
    else:
        victim.restart()


@pytest.mark.needs("7.0.0")  # of Network
@pytest.mark.parametrize("way", ["cut off", "accepts and closes"])
def test_each_timeout_and_workload_at_an_address(
    network: tuple[LocalCluster, Network], way: str
) -> None:
    cluster, forwarders = network

    def lose(node: Node) -> None:
        if way == "cut off":
            forwarders.cut_off(node)
        else:
            forwarders.turn_away(node)
            node.pause()

    victim = lose_under_crowd(forwarders.client, cluster, lose)
    victim.resume()
    forwarders.restore()
    wait_until(lambda: victim.role == "replica", "the old primary does not give in")


def test_a_cluster_that_is_down_while_a_shard_has_no_primary() -> None:
    """As servers are by default: no node serves anything, and every call waits for the end."""
    with LocalCluster(3, 1, node_timeout=1000) as cluster:
        victim = cluster.node_for_slot(0)
        (heir,) = cluster.replicas_of(victim)
        with RedisCluster(startup_nodes=cluster.startup_nodes) as client:
            with probes(client, cluster, victim) as found:
                victim.kill()
                known_at = time.monotonic()
                await_heir(heir)
                wait_until(
                    lambda: b"cluster_state:ok" in heir.command("CLUSTER", "INFO"), "still down"
                )
                time.sleep(1)
            for probe in found["others"] + found["reads"]:
                assert probe.failed == []
            for probe in found["writes"]:
                assert [call.outcome for call in probe.failed] in ([], ["unknown"])
                assert all(call.began <= known_at for call in probe.failed)


# ---- where to ask for the slot table ----


def test_all_startup_nodes_are_dead(stage: LocalCluster) -> None:
    stage.wait_ok()
    victim = stage.node_for_slot(0)
    (heir,) = stage.replicas_of(victim)
    [key] = keys_of(stage, victim, 1)
    startup: list[dict[str, Any]] = [{"host": victim.host, "port": victim.port}]
    with RedisCluster(startup_nodes=startup) as client:
        client.set(key, "v")
        assert victim.command("WAIT", 1, 5000) == 1
        victim.kill()
        assert client.get(key) == b"v"
        assert heir.role == "master"
        client.set(key, "w")
        assert client.get(key) == b"w"
    victim.restart()
    stage.wait_ok()


def test_all_nodes_but_the_startup_node_are_dead() -> None:
    """The name that the program was given leads to another cluster by now."""
    with LocalCluster(1, 0) as first, LocalCluster(1, 0) as second:
        door = Forwarder(first.nodes[0].port)
        try:
            startup: list[dict[str, Any]] = [{"host": "127.0.0.1", "port": door.port}]
            with RedisCluster(startup_nodes=startup) as client:
                client.set("k", "first")
                second.nodes[0].command("SET", "k", "second")
                door.target = second.nodes[0].port
                first.nodes[0].kill()
                assert client.get("k") == b"second"
        finally:
            door.close()
