"""The scripted nodes themselves, seen through plain sockets: what they promise to other tests."""

from __future__ import annotations

import socket
import time
from types import TracebackType

import pytest

from tests.support.resp import MalformedRequest, key_slot, request
from tests.support.scripted import (
    Answer,
    Ask,
    Call,
    Cut,
    Delay,
    Drop,
    Error,
    Moved,
    Raw,
    Reply,
    Reset,
    Run,
    ScriptedCluster,
    ScriptedNode,
    Silence,
    Simple,
    StopReading,
)


class Wire:
    """A bare connection to a node."""

    def __init__(self, node: ScriptedNode) -> None:
        self.sock = socket.create_connection((node.host, node.port), timeout=5)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.sock.close()

    def send(self, *args: bytes | str | int) -> None:
        self.sock.sendall(request(*args))

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.sock.recv(count - len(data))
            if not piece:
                break
            data += piece
        return data

    def expect(self, data: bytes) -> None:
        assert self.read(len(data)) == data

    def call(self, *args: bytes | str | int) -> bytes:
        """Send a command and read a reply that fits one line."""
        self.send(*args)
        data = b""
        while not data.endswith(b"\r\n"):
            data += self.read(1) or b"(closed)\r\n"
        return data

    def is_silent(self, seconds: float) -> bool:
        self.sock.settimeout(seconds)
        try:
            return not self.sock.recv(1)
        except socket.timeout:
            return True
        finally:
            self.sock.settimeout(5)


@pytest.fixture
def node(cluster: ScriptedCluster) -> ScriptedNode:
    return cluster.nodes[0]


@pytest.fixture
def key(cluster: ScriptedCluster, node: ScriptedNode) -> str:
    return cluster.key(node)


def test_slots_are_those_of_the_cluster_specification() -> None:
    assert key_slot(b"123456789") == 0x31C3
    assert key_slot(b"{user1000}.following") == key_slot(b"user1000")
    assert key_slot(b"foo{}{bar}") != key_slot(b"bar")
    assert key_slot(b"foo{{bar}}zap") == key_slot(b"{bar")


def test_the_store_keeps_strings_and_lists(node: ScriptedNode, key: str) -> None:
    with Wire(node) as wire:
        assert wire.call("SET", key, 5) == b"+OK\r\n"
        assert wire.call("INCR", key) == b":6\r\n"
        assert wire.call("INCRBY", key, 4) == b":10\r\n"
        wire.send("GET", key)
        wire.expect(b"$2\r\n10\r\n")
        assert wire.call("RPUSH", key, "x").startswith(b"-WRONGTYPE")
        wire.send("MGET", key, f"{{{key}}}none")
        wire.expect(b"*2\r\n$2\r\n10\r\n$-1\r\n")
        assert wire.call("EXISTS", key, key) == b":2\r\n"
        assert wire.call("DEL", key) == b":1\r\n"
        assert wire.call("RPUSH", key, "x", "y", "z") == b":3\r\n"
        wire.send("LRANGE", key, 1, -1)
        wire.expect(b"*2\r\n$1\r\ny\r\n$1\r\nz\r\n")
        assert wire.call("MSET", key, "1", f"{{{key}}}", "2") == b"+OK\r\n"
        assert wire.call("NOSUCH", key) == b"-ERR unknown command 'NOSUCH'\r\n"
        assert wire.call("GET") == b"-ERR wrong number of arguments for 'get'\r\n"


def test_housekeeping_is_answered(node: ScriptedNode) -> None:
    with Wire(node) as wire:
        assert wire.call("PING") == b"+PONG\r\n"
        assert wire.call("READONLY") == b"+OK\r\n"
        assert wire.call("ASKING") == b"+OK\r\n"
        assert wire.call("CLIENT", "SETNAME", "me") == b"+OK\r\n"
        assert wire.call("AUTH", "x").startswith(b"-ERR AUTH")


def test_cluster_slots_describes_the_layout() -> None:
    with ScriptedCluster(1, replicas=1) as cluster:
        master, replica = cluster.nodes
        cluster.assign([0], None)
        replica.announced_host = None
        with Wire(master) as wire:
            wire.send("CLUSTER", "SLOTS")
            wire.expect(
                b"*1\r\n*4\r\n:1\r\n:16383\r\n"
                b"*4\r\n$9\r\n127.0.0.1\r\n:%d\r\n$40\r\n%b\r\n*0\r\n"
                b"*4\r\n$-1\r\n:%d\r\n$40\r\n%b\r\n*0\r\n"
                % (master.port, master.id.encode(), replica.port, replica.id.encode())
            )


def test_a_node_serves_its_slots_alone(cluster: ScriptedCluster, key: str) -> None:
    a, b, _ = cluster.nodes
    slot = key_slot(key.encode())
    with Wire(a) as at_a, Wire(b) as at_b:
        assert at_b.call("SET", key, "v") == b"-MOVED %d 127.0.0.1:%d\r\n" % (slot, a.port)
        assert at_b.call("ASKING") == b"+OK\r\n"
        assert at_b.call("SET", key, "v") == b"+OK\r\n"
        assert at_b.call("SET", key, "v").startswith(b"-MOVED")
        assert at_a.call("MGET", key, cluster.key(b)).startswith(b"-CROSSSLOT")
        cluster.move(key, b)
        assert at_a.call("SET", key, "v") == b"-MOVED %d 127.0.0.1:%d\r\n" % (slot, b.port)
        cluster.move(key, None)
        assert at_a.call("SET", key, "v") == b"-CLUSTERDOWN Hash slot not served\r\n"


def test_replicas_serve_reads_after_readonly() -> None:
    with ScriptedCluster(2, replicas=1) as cluster:
        key = cluster.key(cluster.nodes[1])
        assert cluster.replicas_of(cluster.nodes[1]) == [cluster.nodes[3]]
        with Wire(cluster.nodes[3]) as wire:
            assert wire.call("GET", key).startswith(b"-MOVED")
            assert wire.call("READONLY") == b"+OK\r\n"
            assert wire.call("GET", key) == b"$-1\r\n"


def test_passwords_and_servers_that_are_no_cluster() -> None:
    locked = ScriptedCluster(1, username="me", password="secret")
    with locked as cluster, Wire(cluster.nodes[0]) as wire:
        assert wire.call("PING").startswith(b"-NOAUTH")
        assert wire.call("AUTH", "me", "wrong").startswith(b"-WRONGPASS")
        assert wire.call("AUTH", "me", "secret") == b"+OK\r\n"
        assert wire.call("PING") == b"+PONG\r\n"
    with ScriptedCluster(1, enabled=False) as cluster, Wire(cluster.nodes[0]) as wire:
        assert b"cluster support disabled" in wire.call("CLUSTER", "SLOTS")


def test_everything_that_arrives_is_logged(cluster: ScriptedCluster, key: str) -> None:
    a, b, _ = cluster.nodes
    with Wire(a) as first, Wire(a) as second, Wire(b) as other:
        first.call("SET", key, "v")
        second.call("incr", key)
        other.call("PING")
        first.call("GET", "none")
    assert a.log == [
        (1, [b"SET", key.encode(), b"v"]),
        (2, [b"incr", key.encode()]),
        (1, [b"GET", b"none"]),
    ]
    assert a.commands("INCR", "GET") == [[b"incr", key.encode()], [b"GET", b"none"]]
    assert a.sequence() == [f"SET {key} v", f"incr {key}", "GET none"]
    assert (b.sequence(), cluster.count("PING")) == ([], 1)
    assert [index for index, _, _ in cluster.log] == [0, 0, 1, 0]
    cluster.wait_all_closed()
    assert [connection.open for connection in a.connections] == [False, False]
    cluster.forget_log()
    assert (a.log, cluster.log) == ([], [])


def test_rules_fit_by_name_key_occurrence_and_number(node: ScriptedNode, key: str) -> None:
    node.on("GET", Error("ERR any"))
    node.on("GET", Error("ERR second of the key"), key=key, nth=2)
    node.on("CLIENT SETNAME", Error("ERR name"), times=1)
    node.on("*", Error("ERR third of all"), nth=3)
    with Wire(node) as wire:
        assert wire.call("GET", key) == b"-ERR any\r\n"
        assert wire.call("GET", key) == b"-ERR second of the key\r\n"
        assert wire.call("GET", key) == b"-ERR third of all\r\n"
        assert wire.call("CLIENT", "SETNAME", "x") == b"-ERR name\r\n"
        assert wire.call("CLIENT", "SETNAME", "x") == b"+OK\r\n"
        assert wire.call("get", "other") == b"-ERR any\r\n"
        node.forget_script()
        assert wire.call("GET", key) == b"$-1\r\n"


def test_steps_run_in_order(cluster: ScriptedCluster, node: ScriptedNode, key: str) -> None:
    node.on("GET", Reply([1, Simple("x"), None]), Raw(b"+extra\r\n"), Moved(cluster.nodes[2]))
    node.on("SET", Ask("nowhere:7", slot=5))
    with Wire(node) as wire:
        wire.send("GET", key)
        wire.expect(b"*3\r\n:1\r\n+x\r\n$-1\r\n+extra\r\n")
        moved = b"-MOVED %d 127.0.0.1:%d\r\n" % (key_slot(key.encode()), cluster.nodes[2].port)
        wire.expect(moved)
        assert wire.call("SET", key, 1) == b"-ASK 5 nowhere:7\r\n"


def test_a_delay_holds_back_its_own_connection_alone(node: ScriptedNode, key: str) -> None:
    node.on("GET", Delay(0.3), Answer())
    with Wire(node) as slow, Wire(node) as quick:
        start = time.monotonic()
        slow.send("PING")
        slow.send("GET", key)
        slow.expect(b"+PONG\r\n")
        assert quick.call("PING") == b"+PONG\r\n"
        assert time.monotonic() - start < 0.25
        slow.expect(b"$-1\r\n")
        assert time.monotonic() - start >= 0.3


def test_silence_lasts_until_the_peer_leaves(
    cluster: ScriptedCluster, node: ScriptedNode, key: str
) -> None:
    node.on("GET", Silence())
    with Wire(node) as wire:
        wire.send("PING")
        wire.send("GET", key)
        wire.send("PING")
        wire.expect(b"+PONG\r\n")
        assert wire.is_silent(0.1)
        cluster.wait_until(lambda: len(node.log) == 3)
    cluster.wait_all_closed()


@pytest.mark.parametrize(
    ("steps", "seen", "ran"),
    [
        ((Drop(),), b"", None),
        ((Run(), Drop()), b"", b"1"),
        ((Cut(2),), b":1", b"1"),
        ((Answer(), Drop()), b":1\r\n", b"1"),
    ],
)
def test_connections_are_dropped_where_the_script_says(
    cluster: ScriptedCluster,
    node: ScriptedNode,
    key: str,
    steps: tuple[Drop | Run | Cut | Answer, ...],
    seen: bytes,
    ran: bytes | None,
) -> None:
    node.on("INCR", *steps)
    with Wire(node) as wire:
        wire.send("INCR", key)
        assert wire.read(100) == seen
    assert cluster.store.data.get(key.encode()) == ran
    cluster.wait_all_closed()


def test_a_reset_is_no_orderly_end(node: ScriptedNode, key: str) -> None:
    node.on("GET", Answer(), Reset())
    with Wire(node) as wire:
        wire.send("GET", key)
        wire.expect(b"$-1\r\n")
        with pytest.raises(ConnectionResetError):
            wire.read(1)


def test_output_is_sliced_paused_and_cut(node: ScriptedNode, key: str) -> None:
    with Wire(node) as wire:
        node.flow.pause = 0.2  # long enough for a busy machine to read each slice by itself
        node.flow.slice_size = 1
        wire.send("SET", key, "value")
        assert [wire.sock.recv(100) for _ in range(5)] == [b"+", b"O", b"K", b"\r", b"\n"]
        node.flow.slice_size = None
        node.flow.pause_output_after(4)
        wire.send("GET", key)
        assert [wire.sock.recv(100), wire.sock.recv(100)] == [b"$5\r\n", b"value\r\n"]
        node.flow.pause = 0.002
        node.flow.cut_output_after(11)
        assert wire.call("PING") == b"+PONG\r\n"
        wire.send("GET", key)
        assert wire.read(100) == b"$5\r\n"
    with Wire(node) as wire:
        node.flow.cut_output_after(7)
        assert wire.call("PING") == b"+PONG\r\n"
        wire.send("PING")
        assert wire.read(100) == b""
    with Wire(node) as wire:
        assert wire.call("PING") == b"+PONG\r\n"


def test_input_is_cut(node: ScriptedNode, key: str) -> None:
    size = len(request("SET", key, "1"))
    node.flow.cut_input_after(size)
    with Wire(node) as wire:
        wire.send("SET", key, "1")
        assert wire.read(100) == b"+OK\r\n"
    node.flow.cut_input_after(size - 1)
    with Wire(node) as wire:
        wire.send("SET", key, "2")
        with pytest.raises(ConnectionResetError):
            wire.read(1)
    with Wire(node) as wire:
        assert wire.call("PING") == b"+PONG\r\n"
    assert node.sequence() == [f"SET {key} 1"]


def test_a_node_that_reads_no_more_fills_the_clients_buffer() -> None:
    with ScriptedCluster(1, socket_buffer=8192) as cluster:
        node = cluster.nodes[0]
        node.on("PING", StopReading(), Answer(), times=1)
        with Wire(node) as wire:
            assert wire.call("PING") == b"+PONG\r\n"
            wire.sock.settimeout(0.2)
            with pytest.raises(socket.timeout):
                wire.sock.sendall(request("SET", "k", b"x" * 20_000_000))
            assert node.sequence() == []
        node.resume_reading()
        with Wire(node) as wire:
            assert wire.call("PING") == b"+PONG\r\n"


def test_lockstep_reads_only_after_everything_was_written() -> None:
    with ScriptedCluster(1, socket_buffer=65536) as cluster:
        node = cluster.nodes[0]
        node.lockstep = True
        node.on("GET", Reply(bytes(5_000_000)))
        with Wire(node) as wire:
            wire.send("GET", "k")
            wire.expect(b"$5000000\r\n")
            wire.send("PING")
            assert cluster.count("PING") == 0
            wire.read(5_000_002)
            wire.expect(b"+PONG\r\n")
            assert cluster.count("PING") == 1


def test_a_node_refuses_connections_and_comes_back(node: ScriptedNode) -> None:
    with Wire(node) as early:
        node.refuse_connections()
        with pytest.raises(ConnectionRefusedError):
            Wire(node)
        assert early.call("PING") == b"+PONG\r\n"
        node.accept_connections()
        with Wire(node) as late:
            assert late.call("PING") == b"+PONG\r\n"
            node.drop_connections()
            assert (early.read(1), late.read(1)) == (b"", b"")
        assert node.open_connections == 0
    with Wire(node) as last:
        last.call("PING")
        node.stop()
        with pytest.raises(ConnectionResetError):
            last.read(1)
        with pytest.raises(ConnectionRefusedError):
            Wire(node)


def test_words_that_nobody_asked_for(cluster: ScriptedCluster, node: ScriptedNode) -> None:
    with Wire(node) as wire:
        cluster.wait_until(lambda: node.open_connections == 1)
        node.push(b"+hello\r\n")
        wire.expect(b"+hello\r\n")
    node.on_connect(Error("ERR max number of clients reached"), Drop(), times=1)
    with Wire(node) as wire:
        assert wire.read(100) == b"-ERR max number of clients reached\r\n"
    with Wire(node) as wire:
        assert wire.call("PING") == b"+PONG\r\n"


def test_a_script_may_call_the_test(cluster: ScriptedCluster, node: ScriptedNode, key: str) -> None:
    def choose(connection: object, args: list[bytes]) -> Error | None:
        cluster.move(key, cluster.nodes[1])
        return Error("ERR moved away") if args[1] == key.encode() else None

    node.on("GET", Call(choose), times=1)
    with Wire(node) as wire:
        assert wire.call("GET", key) == b"-ERR moved away\r\n"
        assert wire.call("GET", key).startswith(b"-MOVED")


def test_errors_of_the_server_thread_are_raised_at_the_end() -> None:
    def fail(connection: object, args: list[bytes]) -> None:
        raise AssertionError("seen on the server thread")

    expected = pytest.raises(AssertionError, match="seen on the server thread")
    with expected, ScriptedCluster(1) as cluster, Wire(cluster.nodes[0]) as wire:
        cluster.nodes[0].on("GET", Call(fail))
        wire.send("GET", "k")
        assert wire.read(1) == b""


@pytest.mark.parametrize(
    "data", [b"GET k\r\n", b"*0\r\n", b"*1\r\n:1\r\n", b"*1\r\n$1\r\nxyz", b"x" * 100]
)
def test_malformed_requests_are_raised_at_the_end(data: bytes) -> None:
    expected = pytest.raises(MalformedRequest)
    with expected, ScriptedCluster(1) as cluster, Wire(cluster.nodes[0]) as wire:
        wire.sock.sendall(data)
        assert wire.read(1) == b""


def test_waiting_is_bounded(cluster: ScriptedCluster) -> None:
    with pytest.raises(AssertionError, match="in vain"):
        cluster.wait_until(lambda: False, timeout=0.05)


def test_the_end_closes_connections_that_are_open() -> None:
    with ScriptedCluster(1) as cluster:
        cluster.nodes[0].on("PING", Delay(60))
        wire = Wire(cluster.nodes[0])
        wire.send("PING")
        cluster.wait_until(lambda: cluster.count("PING") == 1)
    with wire:
        assert wire.read(1) == b""
