"""TLS on real servers: whom a client trusts, what it is called, and every way that bytes go."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException
from rediscluster_c.exceptions import ConnectionError, TimeoutError
from rediscluster_c.localcluster import LocalCluster, Node, TlsFiles
from tests.cluster.test_fork import check_all, in_a_child
from tests.cluster.test_interrupts import PROGRAM, interrupt, read_line
from tests.support.certificates import KEY_PASSWORD, Authority, Issued
from tests.support.clock import within
from tests.support.programs import start
from tests.support.threads import Waiter

pytestmark = pytest.mark.needs("tls")

KEY = "foo"
NAME = "node.example"  # no resolver knows it: it is for TLS alone


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Nobody trusts this one."""
    return Authority(tmp_path_factory.mktemp("theirs"))


@pytest.fixture(scope="module")
def issued(ours: Authority) -> Issued:
    """What the servers show, unless a test says otherwise."""
    return ours.issue("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def pair(ours: Authority, issued: Issued) -> Iterator[LocalCluster]:
    files = TlsFiles(issued.cert_file, issued.key_file, ours.ca_file)
    with LocalCluster(masters=2, replicas=0, tls=files) as cluster:
        yield cluster


@pytest.fixture
def make(pair: LocalCluster, ours: Authority) -> Iterator[Any]:
    """Makes clients that trust the servers, and closes them."""
    with contextlib.ExitStack() as made:

        def connect(**options: Any) -> RedisCluster:
            given = {
                "startup_nodes": pair.startup_nodes,
                "ssl": True,
                "ssl_ca_certs": ours.ca_file,
                "socket_timeout": 10,
                **options,
            }
            return made.enter_context(RedisCluster(**given))

        yield connect


@pytest.fixture
def rc(make: Any) -> Any:
    client = make()
    client.flushall()
    return client


@contextlib.contextmanager
def settings(pair: LocalCluster, **chosen: str) -> Iterator[None]:
    """Give all nodes other settings for a while; `_` stands for `-`."""
    names = [name.replace("_", "-") for name in chosen]

    def give(values: list[bytes | str]) -> None:
        words = [word for both in zip(names, values) for word in both]
        for node in pair.nodes:
            node.command("CONFIG", "SET", *words)

    before = pair.nodes[0].command("CONFIG", "GET", *names)
    known = dict(zip(before[::2], before[1::2]))
    try:
        give(list(chosen.values()))
        yield
    finally:
        give([known[name.encode()] for name in names])


def show(pair: LocalCluster, issued: Issued) -> Any:
    """Let all nodes show another certificate."""
    return settings(pair, tls_cert_file=issued.cert_file, tls_key_file=issued.key_file)


def keys_of_both(pair: LocalCluster) -> list[str]:
    """A key of each node."""
    keys = [f"key:{number}" for number in range(100)]
    owners: dict[int, str] = {}
    for key in keys:
        slot = pair.nodes[0].command("CLUSTER", "KEYSLOT", key)
        owners.setdefault(pair.node_for_slot(slot).port, key)
        if len(owners) == 2:
            break
    return list(owners.values())


def works(client: Any, pair: LocalCluster) -> bool:
    """Both nodes take a command."""
    return all(client.set(key, "v") and client.get(key) == b"v" for key in keys_of_both(pair))


def refusal(make: Any, **options: Any) -> str:
    """Why no client can be made; a port of each node stands there."""
    with within(10), pytest.raises((ConnectionError, RedisClusterException)) as caught:
        make(**options)
    return str(caught.value)


# Whom to trust, and as whom to come.


def test_each_way_to_name_the_authority(
    make: Any, pair: LocalCluster, ours: Authority, tmp_path: Path
) -> None:
    for known in (
        {"ssl_ca_certs": ours.ca_file},
        {"ssl_ca_path": str(tmp_path)},
        {"ssl_ca_certs": None, "ssl_ca_data": ours.ca_data},
        {"ssl_ca_certs": None, "ssl_cert_reqs": "none"},
        {"ssl_ca_certs": None, "ssl_cert_reqs": None, "ssl_check_hostname": False},
    ):
        assert works(make(**known), pair)


def test_an_unknown_authority_is_told_for_each_node(
    make: Any, pair: LocalCluster, theirs: Authority
) -> None:
    for known in ({"ssl_ca_certs": theirs.ca_file}, {"ssl_ca_certs": None}):
        text = refusal(make, **known)
        for node in pair.nodes:
            assert f"127.0.0.1:{node.port} (TLS handshake: certificate of 127.0.0.1: " in text
        assert re.search("self.signed certificate", text)


def test_files_that_cannot_be_used_are_named(
    make: Any, ours: Authority, issued: Issued, tmp_path: Path
) -> None:
    other = ours.issue("127.0.0.1")
    empty = tmp_path / "empty.pem"
    empty.touch()
    for options, part in [
        ({"ssl_ca_certs": "/nowhere.pem"}, "ssl_ca_certs .*No such file"),
        ({"ssl_ca_certs": str(empty)}, "ssl_ca_certs"),
        ({"ssl_ca_path": "/nowhere"}, "ssl_ca_path: No such file"),
        ({"ssl_ca_data": "no certificate"}, "ssl_ca_data"),
        ({"ssl_certfile": "/nowhere.pem"}, "ssl_certfile: No such file"),
        ({"ssl_certfile": issued.cert_file}, "ssl_keyfile"),
        ({"ssl_keyfile": issued.key_file}, "ssl_keyfile is of no use without ssl_certfile"),
        ({"ssl_certfile": issued.cert_file, "ssl_keyfile": other.key_file}, "ssl_keyfile: .*match"),
        ({"ssl_certfile": issued.cert_file, "ssl_keyfile": issued.locked_file}, "ssl_keyfile"),
        ({"ssl_ciphers": "no-such-cipher"}, "no cipher in ssl_ciphers is known"),
        ({"ssl_ciphersuites": "no-such-suite"}, "ssl_ciphersuites is not known"),
        ({"ssl_crl_file": "/nowhere.pem"}, "ssl_crl_file: No such file"),
        ({"ssl_crl_file": str(empty)}, "ssl_crl_file"),
        ({"ssl_crl_file": issued.cert_file, "ssl_cert_reqs": "none"}, "ssl_crl_file is of no use"),
    ]:
        with within(5), pytest.raises(ConnectionError, match=part):
            make(**options)


def test_clients_that_must_show_a_certificate(
    make: Any, pair: LocalCluster, ours: Authority, theirs: Authority
) -> None:
    mine = ours.issue("somebody")
    shown = {"ssl_certfile": mine.cert_file, "ssl_keyfile": mine.key_file}
    with settings(pair, tls_auth_clients="yes"):
        assert works(make(**shown), pair)
        assert works(
            make(**{**shown, "ssl_keyfile": mine.locked_file}, ssl_password=KEY_PASSWORD), pair
        )
        both = Path(mine.cert_file).with_name("both.pem")
        both.write_text(Path(mine.key_file).read_text() + Path(mine.cert_file).read_text())
        assert works(make(ssl_certfile=str(both)), pair)
        assert "certificate required" in refusal(make)
        wrong = theirs.issue("somebody")
        text = refusal(make, ssl_certfile=wrong.cert_file, ssl_keyfile=wrong.key_file)
        assert "unknown ca" in text
        old = ours.issue("somebody", expired=True)
        text = refusal(make, ssl_certfile=old.cert_file, ssl_keyfile=old.key_file)
        assert "certificate expired" in text


def test_the_lowest_version_and_the_ciphers_are_heeded(
    make: Any, pair: LocalCluster, ours: Authority
) -> None:
    url = f"{pair.url}?ssl_min_version=TLSv1_3&ssl_ca_certs={ours.ca_file}"
    with settings(pair, tls_protocols="TLSv1.2", tls_ciphers="ECDHE-ECDSA-AES256-GCM-SHA384"):
        assert works(make(ssl_ciphers="ECDHE-ECDSA-AES256-GCM-SHA384"), pair)
        assert "handshake failure" in refusal(make, ssl_ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
        with pytest.raises(RedisClusterException, match="protocol version"):
            RedisCluster.from_url(url)
    with RedisCluster.from_url(url) as client:
        assert works(client, pair)


# Names.


def test_the_certificate_must_be_for_the_address(
    make: Any, pair: LocalCluster, ours: Authority
) -> None:
    assert works(make(), pair)
    with show(pair, ours.issue("elsewhere.example")):
        assert works(make(ssl_check_hostname=False), pair)
        assert works(make(ssl_ca_certs=None, ssl_cert_reqs="none"), pair)
        text = refusal(make)
        for node in pair.nodes:
            assert f":{node.port} (TLS handshake: certificate of 127.0.0.1: IP address" in text


def test_a_certificate_that_has_expired(make: Any, pair: LocalCluster, ours: Authority) -> None:
    with show(pair, ours.issue("127.0.0.1", expired=True)):
        assert "certificate has expired" in refusal(make)
        assert works(make(ssl_cert_reqs="none"), pair)


def test_an_announced_hostname_is_the_name_that_counts(
    make: Any, pair: LocalCluster, ours: Authority, issued: Issued
) -> None:
    """The connection goes to the address: nobody could resolve the name."""
    with announcing(pair, NAME):
        client = make(ssl_check_hostname=True, socket_timeout=1)
        startup = make(ssl_check_hostname=False)
        with show(pair, ours.issue(NAME)):
            for node in pair.nodes:
                node.command("CLIENT", "KILL", "TYPE", "normal")
            # The startup nodes are known by their address, which this certificate is not for ...
            assert "IP address mismatch" in refusal(make, ssl_check_hostname=True)
            # ... but who knows the slot table knows the name, too.
            assert works(client, pair)
            assert works(startup, pair)
            remapped = make(address_remap=lambda address: address, ssl_check_hostname=False)
            assert works(remapped, pair)
        for node in pair.nodes:
            node.command("CLIENT", "KILL", "TYPE", "normal")
        with within(30), pytest.raises(ConnectionError, match="certificate of node.example: host"):
            client.get(KEY)


@contextlib.contextmanager
def announcing(pair: LocalCluster, name: str) -> Iterator[None]:
    """Let all nodes have this hostname for a while, and all others know it."""
    with settings(pair, cluster_announce_hostname=name):
        await_metadata(pair, [b"hostname", name.encode()])
        yield
    await_metadata(pair, [])


def await_metadata(pair: LocalCluster, expected: list[bytes]) -> None:
    deadline = time.monotonic() + 15
    while not all(
        entry[2][3] == expected for node in pair.nodes for entry in node.command("CLUSTER", "SLOTS")
    ):
        assert time.monotonic() < deadline, "the name does not get about"
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["hostname", "unknown-endpoint"])
def test_what_else_may_stand_for_an_endpoint(
    make: Any, pair: LocalCluster, ours: Authority, kind: str
) -> None:
    with announcing(pair, "localhost"):
        with settings(pair, cluster_preferred_endpoint_type=kind):
            with show(pair, ours.issue("localhost", "127.0.0.1")):
                client: Any = make(ssl_check_hostname=True)
                assert works(client, pair)
                hosts = {node.host for node in client.get_nodes()}
                assert hosts == {"localhost" if kind == "hostname" else "127.0.0.1"}


def test_a_preferred_hostname_that_a_node_does_not_have(make: Any, pair: LocalCluster) -> None:
    with settings(pair, cluster_preferred_endpoint_type="hostname"):
        client: Any = make(ssl_check_hostname=True)
        assert works(client, pair)
        assert {node.host for node in client.get_nodes()} == {"127.0.0.1"}


# Every way that bytes go.


def test_big_pipelines_go_both_ways(rc: Any, pair: LocalCluster) -> None:
    values = {f"big:{number}": bytes([number % 256]) * 100_000 for number in range(60)}
    pipe = rc.pipeline()
    for key, value in values.items():
        pipe.set(key, value).get(key)
    with within(40):
        replies = pipe.execute()
    assert replies[::2] == [True] * 60
    assert replies[1::2] == list(values.values())
    value = b"x" * 8_000_000
    assert rc.set(KEY, value) is True
    assert rc.get(KEY) == value
    assert rc.mget(list(values)) == list(values.values())


def test_many_small_commands(rc: Any) -> None:
    pipe = rc.pipeline()
    for number in range(20_000):
        pipe.set(f"small:{number}", number)
    assert pipe.execute() == [True] * 20_000
    for number in range(20_000):
        pipe.get(f"small:{number}")
    assert pipe.execute() == [b"%d" % number for number in range(20_000)]


def test_messages_and_monitor(rc: Any) -> None:
    with rc.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("news")
        listener.psubscribe("n*")
        listener.ssubscribe("shard")
        payload = b"m" * 1_000_000
        rc.publish("news", payload)
        rc.spublish("shard", b"s")
        heard: list[tuple[str, bytes]] = []
        deadline = time.monotonic() + 10
        while len(heard) < 3:
            assert time.monotonic() < deadline
            message = listener.get_message(timeout=1)  # None for what is ignored, too
            if message is not None:
                heard.append((message["type"], message["data"]))
        assert sorted(heard) == [("message", payload), ("pmessage", payload), ("smessage", b"s")]
    node = rc.get_node_from_key(KEY)
    with rc.monitor(target_node=node) as monitor:
        rc.set(KEY, "seen")
        assert monitor.next_command()["command"] == "SET foo seen"


def test_transactions(rc: Any) -> None:
    with rc.pipeline(transaction=True) as pipe:
        pipe.watch(KEY)
        assert pipe.get(KEY) is None
        pipe.multi()
        pipe.set(KEY, 1).incrby(KEY, 41)
        assert pipe.execute() == [True, 42]


def test_connections_that_the_server_closed_are_replaced(rc: Any, pair: LocalCluster) -> None:
    for _ in range(3):
        assert works(rc, pair)
        for node in pair.nodes:
            node.command("CLIENT", "KILL", "TYPE", "normal")
        pipe = rc.pipeline()
        for number in range(50):
            pipe.incr(f"counted:{number}")
        assert len(set(pipe.execute())) == 1


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
def test_connections_are_kept(make: Any, pair: LocalCluster, protocol: str) -> None:
    """What TLS itself sends after the handshake is nothing that nobody asked for."""
    with settings(pair, tls_protocols=protocol):
        client: Any = make(max_connections_per_node=1)
        names = [f"127.0.0.1:{node.port}" for node in pair.nodes]
        ids = [{client.client_id(target_nodes=name) for _ in range(20)} for name in names]
        assert [len(of_one) for of_one in ids] == [1, 1]
        for name in names:
            assert client.pipeline().get("a").get("b").execute() is not None
            assert client.client_id(target_nodes=name) in ids[names.index(name)]


def test_threads_share_a_client(rc: Any, pair: LocalCluster) -> None:
    def work(number: int) -> bool:
        return all(rc.incr(f"mine:{number}") == count for count in range(1, 101))

    threads = [Waiter(partial(work, number)) for number in range(8)]
    assert [thread.finish() for thread in threads] == [True] * 8


def test_a_timeout_leaves_the_client_usable(make: Any, pair: LocalCluster) -> None:
    client: Any = make(socket_timeout=0.3)
    node: Node = pair.node_for_slot(12182)
    assert client.get(KEY) in (None, b"v", b"42")
    node.command("CLIENT", "PAUSE", "1000")
    with within(10), pytest.raises(TimeoutError):
        client.get(KEY)
    time.sleep(1)
    assert client.set(KEY, "v") is True
    node.command("CLIENT", "KILL", "TYPE", "normal")
    assert client.get(KEY) == b"v"


def test_forks_keep_to_their_own_connections(rc: Any) -> None:
    check_all(rc, "before")
    for number in range(3):
        in_a_child(partial(check_all, rc, f"child:{number}"))
        check_all(rc, f"parent:{number}")


def test_a_fork_while_a_thread_is_inside_a_call(rc: Any) -> None:
    stop = threading.Event()

    def work() -> bool:
        while not stop.is_set():
            check_all(rc, f"thread:{time.monotonic()}")
        return True

    worker = Waiter(work)
    try:
        for number in range(3):
            in_a_child(partial(check_all, rc, f"meanwhile:{number}"))
    finally:
        stop.set()
    assert worker.finish() is True


@pytest.mark.parametrize("call", ["command", "pipeline"])
def test_ctrl_c_ends_a_call(pair: LocalCluster, ours: Authority, call: str) -> None:
    options = {"startup_nodes": pair.startup_nodes, "ssl": True, "ssl_ca_certs": ours.ca_file}
    with start(PROGRAM, json.dumps(options), call, "again") as process:
        assert read_line(process.stdout) == "ready"
        assert interrupt(process) < 2
        assert read_line(process.stdout) == "usable"
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
