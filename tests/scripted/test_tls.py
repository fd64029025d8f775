"""TLS where a server has to misbehave, or to tell what it was sent: names, stalls, plaintext."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ConnectionError, RedisClusterException
from tests.support.certificates import Authority
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Moved, Raw, ScriptedCluster
from tests.support.tls import TlsFront, fronts

CLIENT_HELLO = b"\x16\x03"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def front(cluster: ScriptedCluster, authority: Authority) -> Iterator[list[TlsFront]]:
    """The three nodes behind TLS."""
    issued = authority.issue("127.0.0.1", "localhost", "a.example", "b.example")
    with fronts(cluster, issued) as made:
        yield made


@pytest.fixture
def secure(
    cluster: ScriptedCluster, front: list[TlsFront], authority: Authority, connect: Connect
) -> Any:
    """Makes clients that check names."""

    def make(**options: Any) -> RedisCluster:
        options.setdefault("startup_nodes", [each.startup_node for each in front])
        options.setdefault("ssl_check_hostname", True)
        return connect(cluster, ssl=True, ssl_ca_certs=authority.ca_file, **options)

    return make


def use(cluster: ScriptedCluster, client: RedisCluster) -> None:
    for node in cluster.nodes:
        assert client.set(cluster.key(node), "v") is True


def heard(front: list[TlsFront]) -> set[str | None]:
    return {name for each in front for name in each.names}


# Names, as the server hears them.


def test_a_name_is_sent_and_an_address_is_not(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    use(cluster, secure())
    assert heard(front) == {None}
    secure(startup_nodes=[{"host": "localhost", "port": front[0].port}])
    assert heard(front) == {None, "localhost"}


def test_the_name_of_the_slot_table_is_the_one_that_is_sent(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    names = ["a.example", "b.example", "localhost"]
    for node, name in zip(cluster.nodes, names):
        node.announced_metadata = [b"ip", b"127.0.0.1", b"hostname", name.encode()]
    client = secure(startup_nodes=[{"host": "localhost", "port": front[2].port}])
    use(cluster, client)
    assert [set(each.names) for each in front] == [{"a.example"}, {"b.example"}, {"localhost"}]
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    cluster.move(key, b)  # MOVED names the address: the name is known already
    b.drop_connections()
    assert client.get(key) is None or client.get(key) == b"v"
    assert set(front[1].names) == {"b.example"}
    assert len(front[1].names) == 2


def test_a_name_that_goes_is_forgotten(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    for node in cluster.nodes:
        node.announced_metadata = [b"hostname", b"a.example"]
    client = secure()
    use(cluster, client)
    for node in cluster.nodes:
        node.announced_metadata = [b"hostname", b""]
    client.connection_pool.nodes.initialize()
    for node, each in zip(cluster.nodes, front):
        node.drop_connections()
        each.names.clear()
    use(cluster, client)
    assert heard(front) == {None}


def test_addresses_are_mapped_and_names_are_not(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    for number, node in enumerate(cluster.nodes, start=7000):
        node.announced_host, node.announced_port = b"10.255.255.1", number
        node.announced_metadata = [b"hostname", b"a.example"]
    ports = {number: each.port for number, each in enumerate(front, start=7000)}
    rules = [
        {"from_host": "10.255.255.1", "to_host": "127.0.0.1", "from_port": seen, "to_port": port}
        for seen, port in ports.items()
    ]
    startup = [{"host": "localhost", "port": front[0].port}]
    with within(10):
        use(cluster, secure(startup_nodes=startup, host_port_remap=rules))
        assert heard(front) == {"localhost", "a.example"}
        remap = lambda address: ("127.0.0.1", ports[address[1]])  # noqa: E731
        use(cluster, secure(startup_nodes=startup, address_remap=remap))
    assert heard(front) == {"localhost", "a.example"}


def test_a_name_that_is_not_the_certificates_is_refused(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    node = cluster.nodes[0]
    node.announced_metadata = [b"hostname", b"other.example"]
    client = secure(startup_nodes=[front[1].startup_node], failover_timeout=1)
    reason = "certificate of other.example: hostname mismatch"
    with within(30), pytest.raises(ConnectionError, match=reason) as caught:
        client.set(cluster.key(node), "v")
    assert caught.value.node == front[0].address
    assert node.commands("SET") == []
    assert client.set(cluster.key(cluster.nodes[1]), "v") is True
    use(cluster, secure(ssl_check_hostname=False))


def test_a_moved_to_a_node_whose_name_only_the_table_knows(
    cluster: ScriptedCluster, front: list[TlsFront], authority: Authority, secure: Any
) -> None:
    a, b, c = cluster.nodes
    cluster.retire(c, to=b)
    client = secure(startup_nodes=[front[0].startup_node])
    issued = authority.issue("only.example")
    front[2].context.load_cert_chain(issued.cert_file, issued.key_file)
    c.announced_metadata = [b"hostname", b"only.example"]
    key = cluster.key(a)
    cluster.move(key, c)
    with within(20):
        assert client.set(key, "v") is True
    assert front[2].names[-1] == "only.example"


# What is not TLS.


@contextlib.contextmanager
def eavesdropper(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A listener without TLS: its port, and all that each connection has sent to it."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(0.5)
                said = b""
                with contextlib.suppress(OSError):
                    said = sock.recv(65536)
                    if said == b"end":
                        return
                    sock.sendall(answer)
                    while more := sock.recv(65536):
                        said += more
                heard.append(said)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        with socket.create_connection(listener.getsockname()) as sock:
            sock.sendall(b"end")
        thread.join(10)
        listener.close()
    assert not thread.is_alive()


def hello_only(said: bytes) -> bool:
    """One record of TLS, or an alert behind it, and nothing that RESP begins with."""
    return said[:2] == CLIENT_HELLO and said[5:6] == b"\x01" and b"CLUSTER" not in said


@pytest.mark.parametrize("answer", [b"", b"-ERR plain text only\r\n", b"HTTP/1.1 400 Bad\r\n\r\n"])
@pytest.mark.parametrize("how", ["options", "url"])
def test_nothing_is_said_in_plaintext_when_the_cluster_is_looked_for(
    answer: bytes, how: str
) -> None:
    with eavesdropper(answer) as (port, said):
        with within(10), pytest.raises(RedisClusterException) as caught:
            if how == "options":
                RedisCluster("127.0.0.1", port, ssl=True, password="secret", socket_timeout=0.3)
            else:
                RedisCluster.from_url(f"rediss://:secret@127.0.0.1:{port}?socket_timeout=0.3")
    reason = "timeout while connecting" if answer == b"" else "what the server sends is not TLS"
    assert f"127.0.0.1:{port} ({'' if answer == b'' else 'TLS handshake: '}" in str(caught.value)
    assert reason in str(caught.value)
    assert said
    assert all(hello_only(each) and b"secret" not in each for each in said)


def test_nothing_is_said_in_plaintext_to_a_node_of_the_table(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    a, b, _ = cluster.nodes
    with eavesdropper(b"-ERR plain text only\r\n") as (port, said):
        a.announced_port = port
        client = secure(startup_nodes=[front[1].startup_node], failover_timeout=1)
        key = cluster.key(a)
        with within(30), pytest.raises(ConnectionError, match="is not TLS") as caught:
            client.set(key, "v")
        assert caught.value.node == f"127.0.0.1:{port}"
        with within(30), pytest.raises(ConnectionError):
            client.pipeline().set(key, "v").execute()
        with within(30), pytest.raises(ConnectionError), client.pubsub() as listener:
            listener.ssubscribe(key)
            listener.get_message(timeout=1)
        b.on("GET", Moved(f"127.0.0.1:{port}"))
        with within(30), pytest.raises(ConnectionError):
            client.get(cluster.key(b))
    assert len(said) >= 3
    assert all(hello_only(each) and b"$" not in each[:1] for each in said)


def test_a_handshake_that_stalls_is_given_up(
    cluster: ScriptedCluster, front: list[TlsFront], secure: Any
) -> None:
    with eavesdropper(b"") as (port, said):
        client = secure(startup_nodes=[front[1].startup_node], socket_connect_timeout=0.3)
        assert client.set(cluster.key(cluster.nodes[0]), "v") is True
        with within(5), pytest.raises(RedisClusterException) as caught:
            RedisCluster("127.0.0.1", port, ssl=True, socket_connect_timeout=0.2)
    assert re.search(r"timeout while connecting \(TLS handshake\)", str(caught.value))
    assert len(said) == 1


def test_an_interrupt_ends_a_handshake() -> None:
    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        with eavesdropper(b"") as (port, said):
            timer.start()
            with within(2), pytest.raises(KeyboardInterrupt):
                RedisCluster("127.0.0.1", port, ssl=True)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    assert [hello_only(each) for each in said] == [True]


def test_a_server_that_ends_within_the_handshake(cluster: ScriptedCluster) -> None:
    for node in cluster.nodes:
        node.on_connect(Raw(b"\x16\x03\x03\x00\x7a\x02\x00"))
    with eavesdropper(b"\x15\x03\x03\x00\x02\x02\x28") as (port, _):
        with within(10), pytest.raises(RedisClusterException, match="handshake failure"):
            RedisCluster("127.0.0.1", port, ssl=True, socket_timeout=2)


def test_without_tls_a_client_is_told_that_the_server_has_it(
    cluster: ScriptedCluster, front: list[TlsFront]
) -> None:
    """A plaintext client gets an alert, or nothing but the end: an error, and no hang."""
    with within(10), pytest.raises(RedisClusterException, match=front[0].address):
        RedisCluster(startup_nodes=[front[0].startup_node], socket_timeout=2)


@pytest.mark.parametrize("options", [{}, {"password": "secret"}], ids=["plain", "login"])
def test_an_alert_of_tls_names_the_cure(cluster: ScriptedCluster, options: Any) -> None:
    for node in cluster.nodes:
        node.on_connect(Raw(b"\x15\x03\x03\x00\x02\x02\x46"))
    cure = "the server speaks TLS: connect with ssl=True, or begin the URL with rediss://"
    with within(10), pytest.raises(RedisClusterException, match=cure):
        RedisCluster(startup_nodes=cluster.startup_nodes, **options)


def test_sockets_are_closed_whatever_goes_wrong(
    cluster: ScriptedCluster, front: list[TlsFront], authority: Authority
) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    nodes = [each.startup_node for each in front]
    known: dict[str, Any] = {"ssl_ca_certs": authority.ca_file}
    RedisCluster(startup_nodes=nodes, ssl=True, **known).close()
    cluster.wait_all_closed()
    before = count()
    for number in range(20):
        with pytest.raises((RedisClusterException, ConnectionError)):
            RedisCluster(startup_nodes=nodes, ssl=True, ssl_ca_data="x" * (number % 2) or None)
        RedisCluster(startup_nodes=nodes, ssl=True, **known).close()
    cluster.wait_until(lambda: count() <= before + 6)
