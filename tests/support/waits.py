"""Calls that wait, one for each thing that a call can wait for, and what ends each wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from rediscluster_c import RedisCluster
from rediscluster_c._core import Session
from rediscluster_c.connection import ClusterBlockingConnectionPool
from tests.support.blackhole import BlackHole
from tests.support.resp import Simple, Value, encode
from tests.support.scripted import Answer, Call, Connection, Error, Reply, ScriptedCluster, Step
from tests.support.steps import Args


class Wait(NamedTuple):
    """A call that waits."""

    call: Callable[[], Any]
    waits: Callable[[], bool]  # it has got so far
    release: Callable[[], Any]  # ends the wait
    result: Any  # what the call then returns
    client: RedisCluster | None = None  # None: the call makes one


class Gate:
    """A step that says nothing until it is opened, then answers each command that came."""

    def __init__(self, cluster: ScriptedCluster, answer: Value | None = None) -> None:
        """With *answer* it says just that, and runs nothing."""
        self.came = 0
        self._cluster = cluster
        self._answer = answer
        self._held: list[tuple[Connection, Args]] = []
        self._open = False

    def step(self) -> Step:
        """What to script."""
        return Call(self._take)

    def holds(self) -> list[Connection]:
        """Whose commands it has not answered."""
        return [connection for connection, _ in self._held]

    def open(self) -> None:
        """Answer those that wait, whoever is still there, and all that come later at once."""

        async def answer() -> None:
            self._open = True
            for connection, args in self._held:
                if connection.open:
                    run = self._answer is None
                    await connection.send(connection.run(args) if run else encode(self._answer))
                    await connection.flush()

        self._cluster.await_in_loop(answer())

    def _take(self, connection: Connection, args: Args) -> Step:
        with self._cluster.changed:
            self.came += 1
            self._cluster.changed.notify_all()
        if self._open:
            return Answer() if self._answer is None else Reply(self._answer)
        self._held.append((connection, args))
        return Call(lambda *_: None)


def _reply(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    gate = Gate(cluster)
    node = cluster.nodes[0]
    key = cluster.key(node, "blocked")
    node.on("RPOP", gate.step(), key=key)
    cluster.store.data[key.encode()] = [b"popped"]
    yield Wait(lambda: client.rpop(key), lambda: gate.came > 0, gate.open, b"popped", client)


def _pipeline(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    gate = Gate(cluster)
    keys = [cluster.key(node, "blocked") for node in cluster.nodes]
    cluster.on("INCRBY", gate.step(), key=keys[1])

    def call() -> Any:
        pipe = client.pipeline()
        for amount, key in enumerate(keys, start=70):
            pipe.incrby(key, amount)
        return pipe.execute()

    yield Wait(call, lambda: gate.came > 0, gate.open, [70, 71, 72], client)


def _split(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    gate = Gate(cluster)
    keys = [cluster.key(node, "blocked") for node in cluster.nodes]
    values = {key: b"value %d" % number for number, key in enumerate(keys)}
    client.mset(values)
    cluster.on("MGET", gate.step(), key=keys[2])
    yield Wait(
        lambda: client.mget(keys), lambda: gate.came > 0, gate.open, [*values.values()], client
    )


def _greeting(cluster: ScriptedCluster) -> Iterator[Wait]:
    a, b, _ = cluster.nodes
    gate = Gate(cluster)
    client = RedisCluster(
        startup_nodes=[b.startup_node], client_name="waiting", socket_connect_timeout=10
    )
    a.on("CLIENT", gate.step())
    key = cluster.key(a, "blocked")
    yield Wait(lambda: client.incrby(key, 70), lambda: gate.came > 0, gate.open, 70, client)


def _connect(cluster: ScriptedCluster) -> Iterator[Wait]:
    """The way ends when the connecting does, and the slot table names another address by then."""
    a, b, c = cluster.nodes
    with BlackHole() as hole:
        a.announced_port = hole.port
        client = RedisCluster(startup_nodes=[b.startup_node], socket_connect_timeout=0.5)
        key = cluster.key(a, "blocked")
        seen = len(cluster.log)

        def release() -> None:
            a.announced_port = None

        yield Wait(
            lambda: client.incrby(key, 70), lambda: len(cluster.log) >= seen, release, 70, client
        )


def _write(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    node = cluster.nodes[0]
    key = cluster.key(node, "blocked")
    client.get(key)
    node.stop_reading()
    blob = "x" * 20_000_000
    yield Wait(lambda: client.set(key, blob), lambda: True, node.resume_reading, True, client)


def _back_off(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, cluster_down_retry_attempts=30)
    node = cluster.nodes[0]
    key = cluster.key(node, "blocked")
    node.on("INCRBY", Error("CLUSTERDOWN The cluster is down"), key=key)
    yield Wait(
        lambda: client.incrby(key, 70),
        lambda: node.commands("INCRBY") != [],
        node.forget_script,
        70,
        client,
    )


def _construction(cluster: ScriptedCluster) -> Iterator[Wait]:
    gate = Gate(cluster)
    cluster.on("CLUSTER SLOTS", gate.step())

    def call() -> Any:
        with RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10) as client:
            return client.incrby(cluster.key(cluster.nodes[0], "blocked"), 70)

    yield Wait(call, lambda: gate.came > 0, gate.open, 70)


def _refresh(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    gate = Gate(cluster)
    cluster.on("CLUSTER SLOTS", gate.step())
    yield Wait(
        lambda: client.connection_pool.refresh(), lambda: gate.came > 0, gate.open, None, client
    )


@contextmanager
def _other_thread(call: Callable[[], Any]) -> Iterator[None]:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    yield
    thread.join(10)
    assert not thread.is_alive()


def _refresh_of_another(cluster: ScriptedCluster) -> Iterator[Wait]:
    client = RedisCluster(
        startup_nodes=cluster.startup_nodes, socket_timeout=10, init_slot_cache=False
    )
    gate = Gate(cluster)
    cluster.on("CLUSTER SLOTS", gate.step())
    keys = cluster.keys(cluster.nodes[0], 2, "blocked")
    with _other_thread(lambda: client.incrby(keys[1], 1)):
        cluster.wait_until(lambda: gate.came > 0)
        yield Wait(lambda: client.incrby(keys[0], 70), lambda: True, gate.open, 70, client)
        gate.open()


def _pool(cluster: ScriptedCluster) -> Iterator[Wait]:
    pool = ClusterBlockingConnectionPool(cluster.startup_nodes, max_connections=1, timeout=20)
    client = RedisCluster(connection_pool=pool)
    gate = Gate(cluster)
    node = cluster.nodes[0]
    taken, key = cluster.keys(node, 2, "blocked")
    node.on("GET", gate.step(), key=taken)
    with _other_thread(lambda: client.get(taken)):
        cluster.wait_until(lambda: gate.came > 0)
        yield Wait(lambda: client.incrby(key, 70), lambda: True, gate.open, 70, client)
        gate.open()


def _pool_of_sessions(cluster: ScriptedCluster) -> Iterator[Wait]:
    pool = ClusterBlockingConnectionPool(cluster.startup_nodes, max_connections=1, timeout=20)
    client = RedisCluster(connection_pool=pool)
    gate = Gate(cluster)
    node = cluster.nodes[0]
    taken, key = cluster.keys(node, 2, "blocked")
    node.on("GET", gate.step(), key=taken)

    def call() -> Any:
        with Session(pool, node.host, node.port) as session:
            session.send("INCRBY", key, 70)
            return session.receive(10)

    with _other_thread(lambda: client.get(taken)):
        cluster.wait_until(lambda: gate.came > 0)
        yield Wait(call, lambda: True, gate.open, 70, client)
        gate.open()


def _transaction(cluster: ScriptedCluster, held: str) -> Iterator[Wait]:
    """Watches a key, runs a command and a transaction; the one that is held waits."""
    client = RedisCluster(startup_nodes=cluster.startup_nodes, socket_timeout=10)
    node = cluster.nodes[0]
    key = cluster.key(node, "blocked")
    said: dict[str, Value] = {"INCRBY": 70, "EXEC": [b"queued"]}
    gate = Gate(cluster, said.get(held, Simple("OK")))
    for command in ("MULTI", "DISCARD", "WATCH", "UNWATCH", "EXEC"):
        node.on(command, Reply(said.get(command, Simple("OK"))))
    node.on("INCRBY", Reply(70), key=key)
    node.on("GET", Reply(Simple("QUEUED")), key=key)
    # UNWATCH has no key.
    node.on(held, gate.step(), key=key if held in ("WATCH", "INCRBY") else None)

    def call() -> Any:
        with client.pipeline(transaction=True) as pipe:
            pipe.watch(key)
            before = pipe.incrby(key, 70)
            if held == "UNWATCH":
                return [before, b"queued"]
            pipe.multi()
            return [before, *pipe.get(key).execute()]

    yield Wait(call, lambda: gate.came > 0, gate.open, [70, b"queued"], client)


def _watch(cluster: ScriptedCluster) -> Iterator[Wait]:
    return _transaction(cluster, "WATCH")


def _command_while_watching(cluster: ScriptedCluster) -> Iterator[Wait]:
    return _transaction(cluster, "INCRBY")


def _exec(cluster: ScriptedCluster) -> Iterator[Wait]:
    return _transaction(cluster, "EXEC")


def _unwatch(cluster: ScriptedCluster) -> Iterator[Wait]:
    return _transaction(cluster, "UNWATCH")


WAITS: dict[str, Callable[[ScriptedCluster], AbstractContextManager[Wait]]] = {
    name: contextmanager(make)
    for name, make in {
        "for a reply": _reply,
        "for a reply to a pipeline": _pipeline,
        "for a reply to a split command": _split,
        "for the greeting's reply": _greeting,
        "for a connection to be made": _connect,
        "for a server to read": _write,
        "between two tries": _back_off,
        "for the first slot table": _construction,
        "for a new slot table": _refresh,
        "for the slot table that another thread fetches": _refresh_of_another,
        "for a connection of a full pool": _pool,
        "for a connection of a full pool, to keep": _pool_of_sessions,
        "for WATCH's reply": _watch,
        "for a reply while keys are watched": _command_while_watching,
        "for EXEC's reply": _exec,
        "for UNWATCH's reply": _unwatch,
    }.items()
}
