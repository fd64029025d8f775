"""MONITOR on a real cluster: what one node runs, and nothing of the others."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c import ConnectionError, RedisCluster, RedisClusterException
from rediscluster_c.monitor import Monitor


def _key_of(rc: RedisCluster, monitor: Monitor) -> str:
    for first, last, nodes in rc.connection_pool.ranges():
        if nodes[0] == (monitor.host, monitor.port):
            return next(key for key in map(str, range(100000)) if first <= rc.keyslot(key) <= last)
    raise AssertionError("no primary")


def _next(monitor: Monitor, word: str) -> dict[str, Any]:
    """The next command that begins so; replicas and other clients may be heard as well."""
    return next(command for command in monitor.listen() if command["command"].startswith(word))


def test_commands_come_as_they_run(rc: RedisCluster) -> None:
    with rc.monitor() as monitor:
        key = _key_of(rc, monitor)
        before = time.time() - 60
        rc.set(key, 'a "b" \\ c')
        rc.get(key)
        found = _next(monitor, "SET")
        assert found.pop("time") > before
        assert int(found.pop("client_port")) > 0
        assert found == {
            "db": 0,
            "client_address": "127.0.0.1",
            "client_type": "tcp",
            "command": f'SET {key} a "b" \\\\ c',
            "arguments": [b"SET", key.encode(), b'a "b" \\ c'],
        }
        assert _next(monitor, "GET")["command"] == f"GET {key}"


def test_a_node_may_be_named(rc: RedisCluster) -> None:
    for _, _, nodes in rc.connection_pool.ranges():
        host, port = nodes[0]
        with rc.monitor(target_node={"host": host, "port": port}) as monitor:
            assert (monitor.host, monitor.port) == (host, port)
            rc.set(_key_of(rc, monitor), "x")
            assert _next(monitor, "SET")
    assert rc.monitor(f"{host}:{port}").port == port
    assert rc.monitor([f"{host}:{port}"]).port == port
    anyone = rc.monitor(rc.RANDOM)
    assert rc.get_node(anyone.host, anyone.port) is not None
    with pytest.raises(TypeError):
        rc.monitor(5)
    with pytest.raises(RedisClusterException, match="no node of the cluster"):
        rc.monitor("127.0.0.1:1")
    with pytest.raises(RedisClusterException, match="takes one node"):
        rc.monitor(rc.ALL_NODES)


def test_without_a_context(rc: RedisCluster) -> None:
    monitor = rc.monitor()
    monitor.start()
    rc.set(_key_of(rc, monitor), "x")
    assert _next(monitor, "SET")
    monitor.close()
    monitor.close()


VALUES = [
    b"v\x92",
    b"v\\x92",
    b"v\x93",
    b'say "hi"',
    b'say \\"hi\\"',
    b'\\\\"',
    b"a\nb",
    b"a\\nb",
    b"\\",
    b"\\\\",
    b"'",
    b"",
    b"\r\t\a\b\0\x7f\xff",
    "\u00e9 \u2028".encode(),
    b"\\x",
    b'] "',
    bytes(range(256)),
]


@pytest.mark.parametrize("decodes", [False, True])
def test_different_arguments_are_different(make_client: Any, decodes: bool) -> None:
    rc = make_client(decode_responses=decodes)
    with rc.monitor() as monitor:
        key = _key_of(rc, monitor)
        for value in VALUES:
            rc.set(key, value)
        found = [_next(monitor, "SET") for _ in VALUES]
    assert [command["arguments"] for command in found] == [
        [b"SET", key.encode(), value] for value in VALUES
    ]
    assert len({command["command"] for command in found}) == len(VALUES)


def test_text_is_text(make_client: Any) -> None:
    rc = make_client(decode_responses=True)
    with rc.monitor() as monitor:
        key = _key_of(rc, monitor)
        rc.set(key, "x")
        assert _next(monitor, "SET")["command"] == f"SET {key} x"


def test_nobody_there(rc: RedisCluster) -> None:
    with pytest.raises(ConnectionError), Monitor(rc.connection_pool, "127.0.0.1:1"):
        pass
