"""What LocalCluster does without a server: finding one, choosing ports, reading replies."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from rediscluster_c._testing import server
from rediscluster_c.localcluster import LocalCluster, LocalClusterError, ServerError, find_server


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_a_missing_server_is_an_error_that_names_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDISCLUSTER_C_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalClusterError) as caught:
        LocalCluster().start()
    assert "apt-get install redis-server" in str(caught.value)
    assert "apt-get install valkey-server" in str(caught.value)
    assert "REDISCLUSTER_C_SERVER" in str(caught.value)


def test_valkey_serves_where_redis_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDISCLUSTER_C_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    valkey = make_program(tmp_path / "valkey-server")
    assert find_server() == str(valkey)
    redis = make_program(tmp_path / "redis-server")
    assert find_server() == str(redis)


def test_the_argument_goes_before_the_variable_and_the_variable_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(tmp_path / "path" / "redis-server")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    variable = make_program(tmp_path / "by-variable")
    argument = make_program(tmp_path / "by-argument")
    monkeypatch.setenv("REDISCLUSTER_C_SERVER", str(variable))
    assert find_server() == str(variable)
    assert find_server(argument) == str(argument)


def test_a_named_server_that_does_not_exist_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDISCLUSTER_C_SERVER", str(tmp_path / "absent"))
    with pytest.raises(LocalClusterError, match="absent: no such server program"):
        LocalCluster().start()


def test_a_program_that_is_no_server_is_refused(tmp_path: Path) -> None:
    program = make_program(tmp_path / "something")
    with pytest.raises(LocalClusterError, match="is not a Redis or Valkey server"):
        LocalCluster(server=program).start()


@pytest.mark.parametrize(("masters", "replicas"), [(0, 0), (-1, 1), (3, -1)])
def test_impossible_sizes_are_refused(masters: int, replicas: int) -> None:
    with pytest.raises(ValueError, match="masters must be at least 1"):
        LocalCluster(masters=masters, replicas=replicas)


def test_stop_without_start_does_nothing() -> None:
    cluster = LocalCluster()
    cluster.stop()
    assert cluster.nodes == []


def test_free_ports_leave_out_those_whose_bus_port_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, free = server.free_ports(2)
    # Connections of a server that was there before may linger: create_server minds them not.
    with socket.create_server(("127.0.0.1", taken + 10000)):
        monkeypatch.setattr("random.sample", lambda *_: [taken, free])
        assert server.free_ports(1) == [free]
        with pytest.raises(LocalClusterError, match="no free ports"):
            server.free_ports(2)


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (b"+OK\r\n", b"OK"),
        (b":-7\r\n", -7),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"$0\r\n\r\n", b""),
        (b"$4\r\na\r\nb\r\n", b"a\r\nb"),
        (b"*3\r\n:1\r\n*1\r\n+x\r\n$1\r\ny\r\n", [1, [b"x"], b"y"]),
    ],
)
def test_replies(sent: bytes, reply: object) -> None:
    assert server._read_reply(io.BytesIO(sent)) == reply


def test_an_error_reply_keeps_its_text() -> None:
    reply = server._read_reply(io.BytesIO(b"-MOVED 1 127.0.0.1:7000\r\n"))
    assert isinstance(reply, ServerError)
    assert str(reply) == "MOVED 1 127.0.0.1:7000"


def test_a_reply_that_ends_early_is_a_connection_error() -> None:
    with pytest.raises(ConnectionError, match="closed the connection"):
        server._read_reply(io.BytesIO(b"*2\r\n+OK\r\n"))


def test_commands_are_sent_as_bulk_strings() -> None:
    assert server._encode(["SET", b"\xff", 12]) == (
        b"*3\r\n$3\r\nSET\r\n$1\r\n\xff\r\n$2\r\n12\r\n"
    )
