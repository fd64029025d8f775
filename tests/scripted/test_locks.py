"""Locks whose replies get lost: nothing is left behind that nobody owns."""

from __future__ import annotations

import asyncio
import signal
import threading
import time

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    LockError,
    LockNotOwnedError,
    ResponseError,
    UnknownOutcome,
)
from rediscluster_c.lock import Lock
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import (
    Call,
    Connection,
    Drop,
    Error,
    Reply,
    ScriptedCluster,
    Silence,
    Simple,
    Step,
)
from tests.support.steps import Args


class Late:
    """A step that is played a little later."""

    def __init__(self, step: Step) -> None:
        self.step = step

    async def play(self, connection: Connection, args: Args) -> None:
        await asyncio.sleep(0.2)
        await self.step.play(connection, args)


class Servers:
    """Nodes that carry out a lock's SET and its scripts, and lose the replies that are named."""

    def __init__(self, cluster: ScriptedCluster) -> None:
        self.data = cluster.store.data
        self.scripts: dict[str, str] = {}
        client = RedisCluster("localhost", 1, init_slot_cache=False)
        for name in ("release", "owned", "extend"):
            script = getattr(client.lock("name"), f"lua_{name}")
            self.scripts[script.sha] = name
        # How the next ones of each go wrong: "before" they run, or "after".
        self.losses: dict[str, list[str]] = {"set": [], "release": [], "owned": [], "extend": []}
        self.seen: list[str] = []
        cluster.on("SET", Call(self.run))
        cluster.on("EVALSHA", Call(self.run))

    def run(self, connection: Connection, args: Args) -> Step:
        name = "set" if args[0] == b"SET" else self.scripts[args[1].decode()]
        self.seen.append(name)
        loss = self.losses[name].pop(0) if self.losses[name] else "none"
        if loss == "before":
            return Drop()
        reply = self.set(args[1:]) if name == "set" else self.script(name, args[3], args[4])
        return reply if loss == "none" else Drop()

    def set(self, args: Args) -> Step:
        if args[0] in self.data:
            return Reply(None)
        self.data[args[0]] = args[1]
        return Reply(Simple("OK"))

    def script(self, name: str, key: bytes, token: bytes) -> Step:
        if self.data.get(key) != token:
            return Reply(0)
        if name == "release":
            del self.data[key]
        return Reply(1)


@pytest.fixture
def servers(cluster: ScriptedCluster) -> Servers:
    return Servers(cluster)


@pytest.fixture
def lock(client: RedisCluster) -> Lock:
    return client.lock("name")


# ---- taking it ----


@pytest.mark.parametrize("loss", ["before", "after"])
def test_a_lock_is_taken_though_its_reply_was_lost(servers: Servers, lock: Lock, loss: str) -> None:
    servers.losses["set"] = [loss]
    with within(5):
        assert lock.acquire(blocking=False) is True
    assert servers.data[b"name"] == lock.local.token
    assert servers.seen == ["set", "set"] + ["owned"] * (loss == "after")
    lock.release()
    assert servers.data == {}


def test_a_lost_reply_is_no_key_to_anothers_lock(servers: Servers, lock: Lock) -> None:
    servers.data[b"name"] = b"another"
    servers.losses["set"] = ["after"]
    assert lock.acquire(blocking=False) is False
    assert lock.local.token is None
    assert servers.data == {b"name": b"another"}


@pytest.mark.parametrize(
    "losses",
    [
        {"set": ["after", "before"]},
        {"set": ["before", "after"]},
        {"set": ["after", "after"]},
        {"set": ["after"], "owned": ["before"]},
    ],
    ids=str,
)
def test_what_cannot_be_found_out_is_taken_back_and_raised(
    servers: Servers, lock: Lock, losses: dict[str, list[str]]
) -> None:
    servers.losses.update(losses)
    with within(5), pytest.raises(UnknownOutcome):
        lock.acquire()
    assert servers.seen[-1] == "release"
    assert servers.data == {}
    assert lock.local.token is None
    with pytest.raises(LockError, match="Cannot release an unlocked lock"):
        lock.release()


@pytest.mark.parametrize("ran", ["before", "after"])
@pytest.mark.parametrize("released", ["before", "after"])
def test_the_next_attempt_takes_up_what_was_left(
    servers: Servers, lock: Lock, ran: str, released: str
) -> None:
    servers.losses.update(set=["before", ran], release=[released])
    with within(5), pytest.raises(UnknownOutcome):
        lock.acquire()
    assert (b"name" in servers.data) == (ran == "after" and released == "before")
    with within(5):
        assert lock.acquire(blocking=False) is True
    assert servers.data[b"name"] == lock.local.token
    lock.release()
    assert servers.data == {}


def test_the_taking_back_that_fails_does_not_hide_the_error(
    cluster: ScriptedCluster, servers: Servers, lock: Lock
) -> None:
    servers.losses["set"] = ["before", "before"]
    cluster.on("EVALSHA", Error("ERR another error"))
    with within(5), pytest.raises(UnknownOutcome):
        lock.acquire()
    assert cluster.count("EVALSHA") == 1


def test_a_set_that_comes_late_is_recognized(
    cluster: ScriptedCluster, servers: Servers, lock: Lock
) -> None:
    """Its connection is lost, the server runs it when the lock is free again: it is ours."""
    servers.data[b"name"] = b"another"
    servers.losses["set"] = ["before"]
    tokens: list[bytes] = []

    def run(connection: Connection, args: Args) -> Step:
        tokens.append(args[2])
        if len(tokens) == 4:
            servers.data[b"name"] = tokens[0]
        return servers.run(connection, args)

    cluster.on("SET", Call(run))
    lock.sleep = 0.01
    with within(5):
        assert lock.acquire() is True
    assert set(tokens) == {lock.local.token}
    assert len(tokens) == 4


def test_a_token_of_the_callers_may_be_anybodys(servers: Servers, lock: Lock) -> None:
    servers.data[b"name"] = b"shared"
    servers.losses["set"] = ["after"]
    with within(5), pytest.raises(UnknownOutcome):
        lock.acquire(token="shared")
    assert servers.seen == ["set"]
    assert servers.data == {b"name": b"shared"}
    assert lock.local.token is None


def test_a_client_that_repeats_writes_knows_its_lock(
    cluster: ScriptedCluster, servers: Servers, connect: Connect
) -> None:
    servers.losses["set"] = ["after"]
    lock = connect(cluster, retry_writes=True).lock("name")
    with within(5):
        assert lock.acquire(blocking=False) is True
    assert servers.data[b"name"] == lock.local.token
    assert connect(cluster, retry_writes=True).lock("name").acquire(blocking=False) is False


def test_an_answer_is_no_doubt(cluster: ScriptedCluster, servers: Servers, lock: Lock) -> None:
    cluster.on("SET", Error("ERR no"), times=1)
    with pytest.raises(ResponseError, match="no"):
        lock.acquire()
    assert lock.acquire() is True
    assert "release" not in servers.seen


def test_an_interrupted_attempt_is_taken_up(
    cluster: ScriptedCluster, servers: Servers, lock: Lock
) -> None:
    def run_and_say_nothing(connection: Connection, args: Args) -> Step:
        servers.run(connection, args)
        timer.start()
        return Silence()

    owner = cluster.owner("name")
    owner.on("SET", Call(run_and_say_nothing), times=1)
    interrupt = (threading.get_ident(), signal.SIGINT)
    timer = threading.Timer(0.1, signal.pthread_kill, interrupt)
    with within(5), pytest.raises(KeyboardInterrupt):
        lock.acquire()
    timer.join()
    assert lock.acquire(blocking=False) is True
    assert servers.data[b"name"] == lock.local.token


def test_one_threads_doubt_is_not_anothers(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster
) -> None:
    lock = client.lock("name", thread_local=False)
    servers.losses.update(set=["after", "after"], release=["before"])
    with pytest.raises(UnknownOutcome):
        lock.acquire()
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(lock.acquire(blocking=False)))
    thread.start()
    thread.join(5)
    assert found == [False]
    assert lock.acquire(blocking=False) is True


# ---- having it ----


def test_asking_is_repeated(servers: Servers, lock: Lock) -> None:
    lock.acquire()
    servers.losses["owned"] = ["before"]
    assert lock.owned() is True
    assert servers.seen == ["set", "owned", "owned"]


def test_an_extension_of_unknown_outcome_is_not_repeated(
    servers: Servers, client: RedisCluster
) -> None:
    lock = client.lock("name", timeout=10)
    lock.acquire()
    servers.losses["extend"] = ["after"]
    with within(5), pytest.raises(UnknownOutcome):
        lock.extend(10)
    assert servers.seen == ["set", "extend"]
    assert lock.owned()


# ---- giving it back ----


@pytest.mark.parametrize("loss", ["before", "after"])
def test_a_release_is_repeated(servers: Servers, lock: Lock, loss: str) -> None:
    lock.acquire()
    servers.losses["release"] = [loss]
    with within(5):
        lock.release()
    assert servers.seen == ["set", "release", "release"]
    assert servers.data == {}
    assert lock.local.token is None


def test_a_block_gives_it_back_though_the_reply_is_lost(servers: Servers, lock: Lock) -> None:
    servers.losses["release"] = ["before"]
    with within(5), lock:
        pass
    assert servers.data == {}


def test_a_release_that_fails_can_be_made_again(servers: Servers, lock: Lock) -> None:
    lock.acquire()
    servers.losses["release"] = ["before", "before"]
    with within(5), pytest.raises(UnknownOutcome):
        lock.release()
    assert lock.owned()
    lock.release()
    assert servers.data == {}


def test_a_release_of_the_callers_token_is_not_repeated(servers: Servers, lock: Lock) -> None:
    lock.acquire(token="shared")
    servers.losses["release"] = ["after"]
    with within(5), pytest.raises(UnknownOutcome):
        lock.release()
    servers.data[b"name"] = b"another"
    with pytest.raises(LockNotOwnedError):
        lock.release()
    assert servers.data == {b"name": b"another"}


def test_a_release_does_not_forget_the_token_of_the_next(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster
) -> None:
    """Threads share it: the next one has the lock before the first one has its reply."""
    lock = client.lock("name", thread_local=False, sleep=0.01)
    lock.acquire()
    first = lock.local.token
    waiting = threading.Thread(target=lock.acquire)

    def release_and_wait(connection: Connection, args: Args) -> Step:
        step = servers.run(connection, args)
        cluster.owner("name").on("EVALSHA", Call(servers.run))
        return Late(step)

    cluster.on("EVALSHA", Call(release_and_wait))
    waiting.start()
    lock.release()
    waiting.join(5)
    assert lock.local.token not in (None, first)
    assert lock.owned()


def test_a_release_that_fails_leaves_the_token_of_the_next_alone(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster
) -> None:
    lock = client.lock("name", thread_local=False, sleep=0.01)
    lock.acquire()
    first = lock.local.token
    waiting = threading.Thread(target=lock.acquire)
    servers.losses["release"] = ["after"]
    cluster.owner("name").on("EVALSHA", Late(Drop()), nth=2)
    waiting.start()
    with within(5), pytest.raises(UnknownOutcome):
        lock.release()
    waiting.join(5)
    assert lock.local.token not in (None, first)
    assert lock.owned()


def test_replicas_are_not_asked(connect: Connect) -> None:
    with ScriptedCluster(1, replicas=1) as pair:
        servers = Servers(pair)
        lock = connect(pair, read_from_replicas=True).lock("name")
        for _ in range(20):
            with lock:
                assert lock.locked()
                assert lock.owned()
            assert not lock.locked()
        assert pair.nodes[1].sequence() == []
        assert servers.data == {}


def test_nodes_that_are_gone_are_an_error_in_time(
    cluster: ScriptedCluster, servers: Servers, connect: Connect
) -> None:
    client = connect(cluster, socket_connect_timeout=0.5)
    lock = client.lock("name")
    lock.acquire()
    for node in cluster.nodes:
        node.stop()
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        lock.release()
    with pytest.raises(ConnectionError):
        client.lock("other").acquire()
    assert time.monotonic() - start < 30
    for node in cluster.nodes:
        node.accept_connections()
    lock.release()
    assert servers.data == {}
