"""LocalCluster on real servers: forming, losing nodes, moving slots, and above all ending."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rediscluster_c import localcluster
from rediscluster_c._testing import server
from rediscluster_c.localcluster import (
    LocalCluster,
    LocalClusterError,
    Node,
    ServerError,
    TlsFiles,
)
from tests.support.certificates import Authority

KEY = "foo"
SLOT_OF_KEY = 12182


def is_gone(pid: int) -> bool:
    """No process, or one that has ended and only waits to be reaped by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def six() -> Iterator[LocalCluster]:
    with LocalCluster(masters=3, replicas=1, node_timeout=1000) as cluster:
        yield cluster
        cluster.wait_ok()


@pytest.fixture(scope="module")
def pair() -> Iterator[LocalCluster]:
    with LocalCluster(masters=2, replicas=0, config={"maxmemory": "64mb"}) as cluster:
        yield cluster


def test_every_node_says_that_all_is_well(six: LocalCluster) -> None:
    assert len(six.nodes) == 6
    for node in six.nodes:
        info = node.command("CLUSTER", "INFO")
        assert b"cluster_state:ok\r\n" in info
        assert b"cluster_slots_ok:16384\r\n" in info
        assert b"cluster_known_nodes:6\r\n" in info
        assert b"cluster_size:3\r\n" in info
        assert len(node.command("CLUSTER", "SLOTS")) == 3


def test_each_master_has_its_replica(six: LocalCluster) -> None:
    assert len(six.masters) == 3
    replicas = [six.replicas_of(master) for master in six.masters]
    assert [len(of_one) for of_one in replicas] == [1, 1, 1]
    assert {of_one[0].port for of_one in replicas} | {node.port for node in six.masters} == {
        node.port for node in six.nodes
    }


def test_addresses_are_those_of_the_nodes(six: LocalCluster) -> None:
    assert six.startup_nodes == [{"host": "127.0.0.1", "port": node.port} for node in six.nodes]
    assert six.url == f"redis://127.0.0.1:{six.nodes[0].port}"
    with pytest.raises(LocalClusterError, match="started already"):
        six.start()


def test_the_owner_of_a_slot_takes_its_keys_and_its_replica_gets_them(six: LocalCluster) -> None:
    owner = six.node_for_slot(SLOT_OF_KEY)
    assert owner.pipeline([("SET", KEY, "bar"), ("WAIT", 1, 5000)]) == [b"OK", 1]
    replies = six.replicas_of(owner)[0].pipeline([("READONLY",), ("GET", KEY)])
    assert replies == [b"OK", b"bar"]


def test_a_killed_master_is_replaced_and_returns_as_a_replica(six: LocalCluster) -> None:
    master = six.node_for_slot(SLOT_OF_KEY)
    (heir,) = six.replicas_of(master)
    pid, node_id = master.pid, master.node_id
    master.kill()
    assert is_gone(pid)
    assert not master.running
    with pytest.raises(LocalClusterError, match="does not run"):
        master.pause()
    six.wait_ok()
    assert six.node_for_slot(SLOT_OF_KEY) is heir
    master.restart()
    six.wait_ok()
    assert (master.role, heir.role, master.node_id) == ("replica", "master", node_id)
    assert six.replicas_of(heir) == [master]


def test_a_paused_node_keeps_silent_and_goes_on_after_resume(six: LocalCluster) -> None:
    replica = next(node for node in six.nodes if node.role == "replica")
    replica.pause()
    assert (replica.alive, replica.running) == (True, False)
    with pytest.raises(socket.timeout):
        replica.command("PING", timeout=0.2)
    replica.resume()
    assert replica.command("PING") == b"PONG"
    six.wait_ok()


def test_failover_makes_the_replica_the_master(six: LocalCluster) -> None:
    master = six.node_for_slot(0)
    (replica,) = six.replicas_of(master)
    six.failover(replica)
    six.wait_ok()
    assert six.node_for_slot(0) is replica
    assert six.replicas_of(replica) == [master]


def test_a_failover_that_the_server_gave_up_is_begun_again(
    six: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (replica,) = six.replicas_of(six.node_for_slot(0))
    command = replica.command
    begun: list[object] = []

    def lose_the_first(*args: object, timeout: float = 5.0) -> object:
        if args[:2] == ("CLUSTER", "FAILOVER"):
            begun.append(args)
            if len(begun) == 1:
                return b"OK"
        return command(*args, timeout=timeout)

    monkeypatch.setattr(localcluster, "_FAILOVER_SECONDS", 2.0)
    monkeypatch.setattr(replica, "command", lose_the_first)
    six.failover(replica)
    assert len(begun) >= 2
    six.wait_ok()
    assert six.node_for_slot(0) is replica


def test_settings_reach_every_node(pair: LocalCluster) -> None:
    for node in pair.nodes:
        assert node.command("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"67108864"]


def test_a_moved_slot_takes_its_keys_along(pair: LocalCluster) -> None:
    source = pair.node_for_slot(SLOT_OF_KEY)
    target = next(node for node in pair.nodes if node is not source)
    source.pipeline([("SET", f"{{{KEY}}}{i}", i) for i in range(250)])
    assert pair.move_slot(SLOT_OF_KEY, target) == 250
    assert target.command("GET", f"{{{KEY}}}249") == b"249"
    with pytest.raises(ServerError, match=f"^MOVED {SLOT_OF_KEY} 127.0.0.1:{target.port}$"):
        source.command("GET", f"{{{KEY}}}249")
    pair.wait_ok()
    assert pair.node_for_slot(SLOT_OF_KEY) is target
    target.command("FLUSHALL")


def test_a_slot_can_go_to_and_fro_without_a_pause(pair: LocalCluster) -> None:
    slot = 1
    home = pair.node_for_slot(slot)
    away = next(node for node in pair.masters if node is not home)
    for _ in range(10):
        for node in (away, home):
            pair.move_slot(slot, node)
            assert pair.node_for_slot(slot) is node
    pair.wait_ok()
    assert pair.node_for_slot(slot) is home


def test_an_open_slot_answers_ask_for_what_it_no_longer_holds(pair: LocalCluster) -> None:
    slot = 5061  # of the key "bar"
    source = pair.node_for_slot(slot)
    target = next(node for node in pair.nodes if node is not source)
    source.pipeline([("SET", "bar", 1), ("SET", "{bar}2", 2)])
    pair.open_slot(slot, target)
    assert pair.migrate_keys(slot, target, limit=1) == 1
    replies = source.pipeline([("GET", "bar"), ("GET", "{bar}2")])
    asked = [str(reply) for reply in replies if isinstance(reply, ServerError)]
    assert asked == [f"ASK {slot} 127.0.0.1:{target.port}"]
    assert pair.migrate_keys(slot, target) == 1
    pair.close_slot(slot, target)
    pair.wait_ok()
    assert target.pipeline([("GET", "bar"), ("GET", "{bar}2")]) == [b"1", b"2"]
    target.command("FLUSHALL")


def test_a_slot_that_has_got_another_owner_meanwhile_is_opened_there(
    six: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failover may come between the question for the owner and what it is told."""
    owner = six.node_for_slot(SLOT_OF_KEY)
    before, target = [node for node in six.masters if node is not owner]
    answers = [before, owner, owner, owner]
    with monkeypatch.context() as patch:
        patch.setattr(six, "node_for_slot", lambda slot: answers.pop(0))
        six.open_slot(SLOT_OF_KEY, target)
    owner.command("CLUSTER", "SETSLOT", SLOT_OF_KEY, "STABLE")
    target.command("CLUSTER", "SETSLOT", SLOT_OF_KEY, "STABLE")
    with monkeypatch.context() as patch:
        patch.setattr(six, "node_for_slot", lambda slot: before)
        with pytest.raises(ServerError, match="not the owner"):
            six.open_slot(SLOT_OF_KEY, target)
    target.command("CLUSTER", "SETSLOT", SLOT_OF_KEY, "STABLE")


def test_nodes_come_and_go(pair: LocalCluster) -> None:
    master = pair.add_node()
    replica = pair.add_node(replica_of=pair.nodes[0])
    assert (master.role, replica.role) == ("master", "replica")
    assert pair.replicas_of(pair.nodes[0]) == [replica]
    with pytest.raises(LocalClusterError, match="owns slots"):
        pair.remove_node(pair.nodes[0])
    for node in (replica, master):
        pid = node.pid
        pair.remove_node(node)
        assert is_gone(pid)
    assert len(pair.nodes) == 2


def test_a_wait_that_ends_in_vain_shows_the_reason_and_the_logs() -> None:
    with LocalCluster(masters=2, replicas=0) as cluster:
        cluster.nodes[1].kill()
        with pytest.raises(LocalClusterError) as caught:
            cluster.wait_ok(timeout=0.1)
        assert "slots belong to a node that does not run" in str(caught.value)
        assert f"{cluster.nodes[1].port}| " in str(caught.value)


def test_one_master_alone_is_a_cluster_and_can_be_started_again() -> None:
    cluster = LocalCluster(masters=1, replicas=0)
    for _ in range(2):
        with cluster:
            (node,) = cluster.nodes
            pid, directory = node.pid, Path(node.command("CONFIG", "GET", "dir")[1].decode())
            assert node.command("SET", KEY, "bar") == b"OK"
        assert is_gone(pid)
        assert not directory.parent.exists()
        assert cluster.nodes == []


def test_a_node_that_cannot_be_ended_does_not_save_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = LocalCluster(masters=3, replicas=0)
    cluster.start()
    pids = [node.pid for node in cluster.nodes]
    stubborn, directory = cluster.nodes[1], cluster._directory

    def fail() -> None:
        raise subprocess.TimeoutExpired("the server", 10)

    kill = stubborn.kill
    monkeypatch.setattr(stubborn, "kill", fail)
    with pytest.raises(subprocess.TimeoutExpired):
        cluster.stop()
    assert directory is not None
    assert not directory.exists()
    wait_until(lambda: all(is_gone(pid) for pid in pids))  # this one too: by the watchdog
    kill()
    with cluster:
        assert len(cluster.nodes) == 3


def test_the_watchdog_forgets_a_server_that_ended_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgotten: list[int] = []
    forget = server.Watchdog.forget

    def note(self: server.Watchdog, pid: int) -> None:
        forgotten.append(pid)
        forget(self, pid)

    monkeypatch.setattr(server.Watchdog, "forget", note)
    with LocalCluster(masters=1, replicas=0) as cluster:
        (node,) = cluster.nodes
        pid = node.pid
        node.pause()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not node.alive)
        assert forgotten == [pid]
        assert repr(node) == f"<Node 127.0.0.1:{node.port} down>"
    assert forgotten == [pid]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    authority = Authority(tmp_path_factory.mktemp("tls"))
    made = authority.issue("127.0.0.1")
    return TlsFiles(made.cert_file, made.key_file, authority.ca_file, auth_clients=True)


@pytest.mark.needs("tls")
def test_with_tls_and_a_password_nothing_else_is_let_in(files: TlsFiles) -> None:
    password = r'a "long" \\ one'
    with LocalCluster(masters=2, replicas=1, tls=files, password=password) as cluster:
        source = cluster.node_for_slot(SLOT_OF_KEY)
        target = next(node for node in cluster.masters if node is not source)
        assert source.url == f"rediss://127.0.0.1:{source.port}"
        assert source.pipeline([("SET", KEY, "bar"), ("WAIT", 1, 5000)]) == [b"OK", 1]
        assert cluster.move_slot(SLOT_OF_KEY, target) == 1
        assert target.command("GET", KEY) == b"bar"
        with socket.create_connection(("127.0.0.1", source.port), 5) as plain:
            plain.sendall(b"PING\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert plain.recv(100)[:1] != b"+"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(files.ca_cert_file)
        context.load_cert_chain(files.cert_file, files.key_file)
        with socket.create_connection(("127.0.0.1", source.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                secured.sendall(b"PING\r\n")
                assert secured.recv(100).startswith(b"-NOAUTH")


def test_files_that_are_none_are_named(files: TlsFiles) -> None:
    with pytest.raises(LocalClusterError, match="/nowhere.pem .*cannot be used for TLS: "):
        LocalCluster(tls=files._replace(key_file="/nowhere.pem"))


def test_a_lost_race_for_a_port_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = server.free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        offers = [[port], server.free_ports(1)]
        monkeypatch.setattr(localcluster, "free_ports", lambda count: offers.pop(0))
        with LocalCluster(masters=1, replicas=0) as cluster:
            assert len(cluster.nodes) == 1
            assert cluster.nodes[0].port != port


def test_a_wanted_port_that_is_taken_is_an_error() -> None:
    (port,) = server.free_ports(1)
    with socket.create_server(("127.0.0.1", port + 10000)):
        cluster = LocalCluster(masters=1, replicas=0, port_base=port)
        with pytest.raises(LocalClusterError, match=f"port {port} is taken"):
            cluster.start()
        assert cluster.nodes == []


def test_a_failed_start_leaves_nothing_running(monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[subprocess.Popen[bytes]] = []
    launch = server.Watchdog.launch

    def note(self: server.Watchdog, command: list[str], log: Path) -> object:
        launched.append(launch(self, command, log))
        return launched[-1]

    monkeypatch.setattr(server.Watchdog, "launch", note)
    with pytest.raises(LocalClusterError, match="no-such-directive"):
        LocalCluster(masters=2, replicas=0, config={"no-such-directive": "yes"}).start()
    assert len(launched) == 2
    assert all(process.poll() is not None for process in launched)


def test_an_exception_ends_the_servers() -> None:
    pids: list[int] = []

    def fail() -> None:
        with LocalCluster(masters=1, replicas=0) as cluster:
            pids.extend(node.pid for node in cluster.nodes)
            raise KeyError("a failing test")

    with pytest.raises(KeyError):
        fail()
    assert [is_gone(pid) for pid in pids] == [True]


def test_a_forked_child_leaves_the_servers_to_its_parent(pair: LocalCluster) -> None:
    child = os.fork()
    if child == 0:
        left = list(pair.nodes)
        pair.stop()
        os._exit(len(left))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [node.command("PING") for node in pair.nodes] == [b"PONG", b"PONG"]


PROGRAM = """
import sys, time
from rediscluster_c.localcluster import LocalCluster
cluster = LocalCluster(masters=2, replicas=0)
cluster.start()
print(cluster._directory, *(node.pid for node in cluster.nodes), flush=True)
{end}
"""


@pytest.mark.parametrize(
    ("end", "number"),
    [
        ("time.sleep(60)", signal.SIGKILL),
        ("time.sleep(60)", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGINT),
        ("cluster.nodes[1].pause(); time.sleep(60)", signal.SIGKILL),
        ("sys.exit(3)", None),
    ],
)
def test_no_server_outlives_its_program(
    end: str, number: signal.Signals | None, tmp_path: Path
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(end=end)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    )
    assert program.stdout is not None
    directory, *numbers = program.stdout.readline().split()
    pids = [int(text) for text in numbers]
    assert len(pids) == 2
    if number is not None:
        program.send_signal(number)
    program.wait(15)
    program.stdout.close()
    wait_until(lambda: all(is_gone(pid) for pid in pids))
    wait_until(lambda: not Path(directory).exists())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_prints_its_nodes_and_ends_cleanly(
    number: signal.Signals, tmp_path: Path
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "rediscluster_c.localcluster", "--masters=2", "--replicas=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert program.stdout is not None
    lines = [program.stdout.readline().split() for _ in range(5)]
    assert [line[1] for line in lines[:4]] == ["master", "master", "replica", "replica"]
    assert [line[-1] for line in lines[:2]] == ["0-8191", "8192-16383"]
    assert lines[4][:2] == ["Ready:", f"redis://{lines[0][0]}"]
    program.send_signal(number)
    rest, errors = program.communicate(timeout=15)
    assert (program.returncode, rest, errors) == (0, "", "")
    wait_until(lambda: all(is_gone(int(line[3])) for line in lines[:4]))


@pytest.mark.needs("tls")
def test_in_the_foreground_it_speaks_tls_if_told_to(files: TlsFiles) -> None:
    tls = [str(part) for part in files[:3]]
    program = subprocess.Popen(
        [sys.executable, "-m", "rediscluster_c.localcluster", "--masters=1", "--replicas=0",
         "--password=secret", "--tls", *tls],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert program.stdout is not None
    node, ready = [program.stdout.readline().split() for _ in range(2)]
    assert ready[:2] == ["Ready:", f"rediss://{node[0]}"]
    program.send_signal(signal.SIGINT)
    assert program.communicate(timeout=15)[0] == ""
    assert program.returncode == 0


def test_in_the_foreground_a_failure_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert localcluster.main(["--server", absent]) == 1
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert capsys.readouterr().err == f"{absent}: no such server program\n"


def test_a_node_shows_its_state() -> None:
    with LocalCluster(masters=1, replicas=0) as cluster:
        node: Node = cluster.nodes[0]
        shown = [repr(node)]
        node.pause()
        shown.append(repr(node))
        node.kill()
        shown.append(repr(node))
    assert shown == [
        f"<Node 127.0.0.1:{node.port} {state}>" for state in ("running", "paused", "down")
    ]
