"""Hosts and texts that servers name: what is no host is refused, and nothing raw goes to a log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError, _core
from tests.support.clients import Connect
from tests.support.scripted import Error, Reply, ScriptedCluster

RAW = "".join(map(chr, [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x2066]))
ODD = [
    "10.0.0.1\nCRITICAL root: payment approved\x1b[2J",
    "127.0.0.1\0.evil",
    ".leading",
    "a b",
    "a" * 256,
    "a" * 10240,
    "evil@host",
    "b\u00fccher",
    "\x9b31m",
]


def is_clean(*texts: str) -> bool:
    return not any(character in RAW for text in texts for character in text)


@pytest.mark.parametrize("host", ODD, ids=range(len(ODD)))
def test_a_table_that_names_no_host_is_refused(
    cluster: ScriptedCluster, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    node = cluster.nodes[0]
    table: Any = [[0, 16383, [host.encode(), node.port, b"id"]]]
    cluster.on("CLUSTER", Reply(table))
    with caplog.at_level(logging.DEBUG), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes)
    assert "names the host" in str(caught.value)
    assert is_clean(str(caught.value), *caplog.messages)


@pytest.mark.parametrize("name", ["hostname", "ip"])
@pytest.mark.parametrize("host", ODD, ids=range(len(ODD)))
def test_metadata_that_is_no_host_is_passed_over(
    cluster: ScriptedCluster, connect: Connect, name: str, host: str
) -> None:
    node = cluster.nodes[0]
    said = b"?" if name == "ip" else b"127.0.0.1"
    entry: Any = [said, node.port, b"id", [name.encode(), host.encode()]]
    cluster.on("CLUSTER", Reply([[0, 16383, entry]]))
    client = connect(cluster)
    assert [found.name for found in client.get_nodes()] == [node.address]


@pytest.mark.parametrize("word", ["MOVED", "ASK"])
@pytest.mark.parametrize("host", ["a b", ".leading", "??", "?x", "evil@host", "a\x1b[2J"])
def test_a_redirect_to_what_is_no_host_is_an_ordinary_error(
    cluster: ScriptedCluster, client: RedisCluster, word: str, host: str
) -> None:
    key = cluster.key(cluster.nodes[0])
    slot = client.keyslot(key)
    cluster.on("GET", Error(f"{word} {slot} {host}:7000"))
    with pytest.raises(ResponseError) as caught:
        client.get(key)
    assert is_clean(str(caught.value))
    assert cluster.count("GET") == 1
    assert len(client.stats()) == 3


def test_texts_of_servers_are_escaped(cluster: ScriptedCluster, client: Any) -> None:
    cluster.on("GET", Error("ERR a\x1b[2Jb\tc\x7fd\u009be\u2028f"))
    with pytest.raises(ResponseError) as caught:
        client.get("k")
    assert str(caught.value) == r"a\x1b[2Jb\x09c\x7fd\x9be\u2028f"


def test_the_texts_of_a_refused_greeting_are_escaped(
    cluster: ScriptedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.on("CLIENT", Error("ERR no\x1b[2J\u009bname"))
    with caplog.at_level(logging.DEBUG), pytest.raises(RedisClusterException) as caught:
        RedisCluster(startup_nodes=cluster.startup_nodes, client_name="me")
    assert is_clean(str(caught.value), *caplog.messages)


def test_a_remap_has_to_name_a_host(cluster: ScriptedCluster) -> None:
    for host in ("a b", ".a", "a\nb"):
        with pytest.raises(Exception, match="the host that address_remap returns must be a name"):
            RedisCluster(
                startup_nodes=cluster.startup_nodes,
                address_remap=lambda address, host=host: (host, address[1]),
            )


def test_python_asks_the_same() -> None:
    assert all(map(_core.is_host, ["a", "10.0.0.1", "fe80::1%eth0", "a_b"]))
    assert not any(map(_core.is_host, [*ODD, "", "\ud800"]))
