"""What a server can make a client do is bounded, and can be interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    AskError,
    ClusterError,
    ConnectionError,
    MovedError,
    RedisClusterException,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.resp import Value, key_slot
from tests.support.scripted import (
    Answer,
    Ask,
    Call,
    Connection,
    Error,
    Moved,
    Raw,
    Reply,
    ScriptedCluster,
    Step,
)
from tests.support.signals import Handler, Interrupted

Args = list[bytes]


def _me(cluster: ScriptedCluster) -> list[Value]:
    node = cluster.nodes[0]
    return [node.host, node.port, "0" * 40]


@contextmanager
def _busy_for(seconds: float) -> Iterator[None]:
    """Fail when this thread, and so the client, works longer: the server's time does not count."""
    start = time.thread_time()
    yield
    taken = time.thread_time() - start
    assert taken < seconds, f"worked for {taken:.2f} s, {seconds} s are allowed"


@contextmanager
def _most_descriptors() -> Iterator[list[int]]:
    """A list of how many descriptors the process had open, now and then."""
    seen: list[int] = [len(os.listdir("/proc/self/fd"))]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.append(len(os.listdir("/proc/self/fd")))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


# Slot tables.


def test_a_table_of_countless_ranges_is_refused(cluster: ScriptedCluster) -> None:
    ranges: list[Value] = [[0, 16383, _me(cluster)]] * 20000
    cluster.on("CLUSTER SLOTS", Reply(ranges))
    with _busy_for(1), pytest.raises(RedisClusterException, match="more than 16384 ranges"):
        RedisCluster(startup_nodes=[cluster.nodes[0].startup_node])


def test_a_table_of_thousands_of_replicas_is_read_at_once(cluster: ScriptedCluster) -> None:
    replicas: list[Value] = [[f"10.0.{i // 256}.{i % 256}", 1, "x"] for i in range(4000)]
    ranges: list[Value] = [[i * 1024, i * 1024 + 1023, _me(cluster), *replicas] for i in range(16)]
    cluster.on("CLUSTER SLOTS", Reply(ranges))
    with _busy_for(1):
        client = RedisCluster(startup_nodes=[cluster.nodes[0].startup_node])
    assert len(client.stats()) < 100
    client.close()


def test_an_endless_table_ends_with_the_time_for_it(cluster: ScriptedCluster) -> None:
    def flood(connection: Connection, args: Args) -> Step:
        return Raw(b"*2147483647\r\n" + b":1\r\n" * (5 << 20))

    cluster.on("CLUSTER SLOTS", Call(flood))
    with (
        _busy_for(5),
        pytest.raises(RedisClusterException, match="longer than that of any cluster"),
    ):
        RedisCluster(startup_nodes=[cluster.nodes[0].startup_node], socket_timeout=5)


def test_addresses_without_end_use_up_nothing(cluster: ScriptedCluster) -> None:
    """Each table names 3,000 nodes that none has named before, and there are 65,535 numbers."""
    tables = 0

    def table(connection: Connection, args: Args) -> Step:
        nonlocal tables
        tables += 1
        share = 100
        rows: list[Value] = [[0, 16383, _me(cluster)]]
        for i in range(share):
            replicas: list[Value] = [[f"10.{tables}.{i}.{j}", 6379, "x"] for j in range(30)]
            rows.append([i, i, _me(cluster) if i == 0 else replicas[0], *replicas[1:]])
        return Reply(rows)

    cluster.on("CLUSTER SLOTS", Call(table))
    client = RedisCluster(startup_nodes=[cluster.nodes[0].startup_node])
    for _ in range(30):
        client.connection_pool.refresh()
    assert len(client.stats()) < 10000
    client.close()


# Redirects.


def test_one_call_goes_to_few_addresses_that_no_table_names(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """A thousand commands, each sent on to another address: the call opens a few sockets."""
    client = connect(cluster, failover_timeout=0, socket_timeout=1)
    asked: set[str] = set()

    def elsewhere(connection: Connection, args: Args) -> Step:
        number = int(args[2])
        asked.add(f"127.1.{number // 250}.{1 + number % 250}")
        return Moved(f"127.1.{number // 250}.{1 + number % 250}:1")

    cluster.on("SET", Call(elsewhere))
    pipe = client.pipeline()
    for number in range(1000):
        pipe.set(f"k{number}", number)
    before = len(client.stats())
    with within(60), _most_descriptors() as seen:
        results = pipe.execute(raise_on_error=False)
    assert len(asked) == 1000
    assert len(client.stats()) - before <= 64
    assert max(seen) - seen[0] < 100
    assert all(isinstance(result, Exception) for result in results)


def test_a_cluster_that_has_moved_as_a_whole_is_followed(connect: Connect) -> None:
    """More new addresses than one call goes to by redirects: the fetched table has them."""
    with ScriptedCluster(3) as old, ScriptedCluster(90) as new:
        client = connect(old)
        for node in old.nodes:
            node.on("CLUSTER SLOTS", Reply(new.slots_reply()))
            node.on(
                "SET",
                Call(lambda connection, args: Moved(new.owners[key_slot(args[1])].address)),  # type: ignore[union-attr]
            )
        pipe = client.pipeline()
        for number in range(2000):
            pipe.set(f"k{number}", number)
        assert pipe.execute() == [True] * 2000


def test_a_round_of_redirects_can_be_interrupted(
    cluster: ScriptedCluster, connect: Connect, handler: Handler
) -> None:
    client = connect(cluster, failover_timeout=0)
    cluster.on("SET", Call(lambda connection, args: Moved(f"127.1.1.{1 + int(args[2]) % 250}:1")))
    pipe = client.pipeline()
    for number in range(5000):
        pipe.set(f"k{number}", number)
    sent: list[float] = []

    def send() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGUSR1)

    timer = threading.Timer(0.5, send)
    timer.start()
    with pytest.raises(Interrupted):
        pipe.execute()
    assert time.monotonic() - sent[0] < 0.5
    timer.join()


def test_all_moveds_of_a_round_are_learned(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a, b, _ = cluster.nodes
    keys = cluster.keys(a, 200)
    for key in keys:
        cluster.move(key, b)
    pipe = client.pipeline()
    for key in keys:
        pipe.set(key, 1)
    assert pipe.execute() == [True] * 200
    assert len(a.commands("SET")) == 200
    for key in keys:
        client.get(key)
    assert not a.commands("GET")


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_a_redirect_for_another_slot_is_not_followed(
    cluster: ScriptedCluster, connect: Connect, redirect: type[Moved] | type[Ask]
) -> None:
    a, b, _ = cluster.nodes
    client = connect(cluster)
    key, other = cluster.keys(a, 2)
    slot = key_slot(other.encode())
    a.on("SET", redirect(b, slot), key=key)
    with pytest.raises((MovedError, AskError), match=f"^{slot} "):
        client.set(key, 1)
    assert not b.log
    client.set(other, 2)
    assert [line.split()[1] for line in a.sequence()] == [key, other]


def test_a_redirect_of_a_command_without_keys_is_not_followed(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster)
    cluster.on("EVAL", Error(f"MOVED 5 {cluster.nodes[1].address}"))
    with pytest.raises(MovedError):
        client.eval("return {err=ARGV[1]}", 0, "x")
    assert cluster.count("EVAL") == 1


# Which addresses a redirect may name.


@pytest.fixture
def stranger() -> Iterator[ScriptedCluster]:
    """A node that no slot table names, and that would answer everything."""
    with ScriptedCluster(1) as cluster:
        cluster.on("SET", Answer())
        yield cluster


@pytest.mark.parametrize("redirect", [Moved, Ask])
def test_credentials_go_to_known_nodes_only(
    stranger: ScriptedCluster, redirect: type[Moved] | type[Ask]
) -> None:
    with ScriptedCluster(1, password="secret") as cluster:
        cluster.on("SET", redirect(stranger.nodes[0]))
        client = RedisCluster(
            startup_nodes=cluster.startup_nodes,
            password="secret",
        )
        with within(30), pytest.raises(ClusterError, match="not followed: no slot table names it"):
            client.set("k", "v")
        client.close()
    assert not stranger.nodes[0].log
    assert not stranger.nodes[0].open_connections


def test_what_a_fetched_table_names_is_followed(cluster: ScriptedCluster, connect: Connect) -> None:
    a, b, _ = cluster.nodes
    client = connect(cluster)
    key = cluster.key(a)
    cluster.move(key, b)
    assert client.set(key, 1) is True
    assert len(a.commands("SET")) == len(b.commands("SET")) == 1


def test_a_node_that_joined_is_found_in_the_table(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """It waits for a fetched table, and then goes there."""
    a, b, c = cluster.nodes
    cluster.retire(c, to=b)
    client = connect(cluster, startup_nodes=[a.startup_node])
    key = cluster.key(a)
    cluster.move(key, c)
    assert client.set(key, 1) is True
    assert len(c.commands("SET")) == 1


def test_what_a_remap_names_is_followed(
    cluster: ScriptedCluster, stranger: ScriptedCluster, connect: Connect
) -> None:
    node = stranger.nodes[0]
    client = connect(
        cluster,
        host_port_remap=[
            {
                "from_host": "elsewhere",
                "from_port": 7,
                "to_host": node.host,
                "to_port": node.port,
            }
        ],
    )
    a = cluster.nodes[0]
    key = cluster.key(a)
    a.on("SET", Ask("elsewhere:7"))
    assert client.set(key, 1) is True
    assert len(node.commands("SET")) == 1


# Order.


def test_keys_of_huge_commands_are_compared_quickly(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """One ASK, and a later command on other keys of the slot: neither is slow, nor refused."""
    a, b, _ = cluster.nodes
    client = connect(cluster, socket_timeout=30)
    tag = cluster.key(a)
    a.on("MSET", Ask(b), nth=1)
    pipe = client.pipeline(cross_slot=True)
    for part in "xy":
        pipe.mset({f"{{{tag}}}{part}{i}": 1 for i in range(20000)})
    with _busy_for(1):
        assert pipe.execute() == [True, True]
    assert len(b.commands("MSET")) == 1


def test_one_shared_key_among_many_keeps_a_command_back(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    client = connect(cluster, socket_timeout=30)
    tag = cluster.key(a)
    a.on("MSET", Ask(b), nth=1)
    pipe = client.pipeline(cross_slot=True)
    pipe.mset({f"{{{tag}}}x{i}": 1 for i in range(5000)})
    pipe.mset({f"{{{tag}}}y{i}": 1 for i in range(5000)} | {f"{{{tag}}}x4999": 2})
    first, second = pipe.execute(raise_on_error=False)
    assert isinstance(first, Exception)
    assert second is True
    assert not b.commands("MSET")


def test_a_subscription_is_not_sent_to_who_is_in_no_table(
    cluster: ScriptedCluster, stranger: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("SSUBSCRIBE", Moved(stranger.nodes[0]))
    with connect(cluster).pubsub() as pubsub:
        for _ in range(20):
            with suppress(ConnectionError, MovedError):
                pubsub.ssubscribe("channel")
                pubsub.get_message(timeout=0.05)
    assert cluster.count("SSUBSCRIBE") >= 2
    assert not stranger.nodes[0].log
