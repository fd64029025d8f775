"""Commands that every node answers: {node name: reply}, or one merged list."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster, ResponseError
from tests.cluster.modes import Factory, empty, wait_for_replicas


def primaries(rc: RedisCluster) -> set[str]:
    return {f"{host}:{port}" for _, _, [(host, port), *_] in rc.connection_pool.ranges()}


def all_nodes(rc: RedisCluster) -> set[str]:
    return {f"{host}:{port}" for _, _, nodes in rc.connection_pool.ranges() for host, port in nodes}


@pytest.fixture
def filled(rc: RedisCluster) -> RedisCluster:
    """A client of a cluster with 60 keys, some on each primary, and all on replicas."""
    rc.mset({f"key:{number}": number for number in range(60)})
    wait_for_replicas(rc)
    return rc


def test_ping(rc: RedisCluster) -> None:
    assert rc.ping() == dict.fromkeys(all_nodes(rc), True)


def test_dbsize(filled: RedisCluster) -> None:
    sizes = filled.dbsize()
    assert set(sizes) == all_nodes(filled)
    assert all(type(size) is int for size in sizes.values())
    assert sum(sizes[name] for name in primaries(filled)) == 60
    assert all(sizes[name] > 0 for name in primaries(filled))


@pytest.mark.parametrize("name", ["flushall", "flushdb"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_flushing_is_for_primaries(filled: RedisCluster, name: str, asynchronous: bool) -> None:
    flush = getattr(filled, name)
    assert flush(asynchronous=asynchronous) == dict.fromkeys(primaries(filled), True)
    wait_for_replicas(filled)
    assert filled.keys() == []


@pytest.mark.parametrize("decodes", [False, True])
def test_info(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    info: dict[str, dict[str, Any]] = client.info()
    assert set(info) == all_nodes(client)
    for fields in info.values():
        assert type(fields["tcp_port"]) is int
        assert type(fields["mem_fragmentation_ratio"]) in (int, float)
        assert type(fields["redis_version"]) is str
        assert fields["cluster_enabled"] == 1


def test_info_of_one_section(filled: Any) -> None:
    for name, fields in filled.info("keyspace").items():
        assert set(fields) == {"db0"}, name
        assert fields["db0"]["keys"] > 0
        assert "tcp_port" not in fields


@pytest.mark.parametrize("decodes", [False, True])
def test_keys_of_all_nodes_are_one_list(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    empty(client)
    assert client.keys() == []
    names = [f"key:{number}" for number in range(60)]
    client.mset(dict.fromkeys(names, 1))
    wanted: list[Any] = list(names) if decodes else [name.encode() for name in names]
    found = client.keys()
    assert sorted(found) == sorted(wanted)
    assert client.keys("key:7") == [wanted[7]]
    assert sorted(client.keys("key:1?")) == sorted(wanted[10:20])
    assert client.keys(b"nothing*") == []


@pytest.mark.parametrize("odd", [b"text", "text", None, 5, True])
def test_keys_of_a_callback_that_makes_no_list(filled: RedisCluster, odd: Any) -> None:
    filled.set_response_callback("KEYS", lambda reply: odd)
    with pytest.raises(TypeError):
        filled.keys()
    filled.set_response_callback("KEYS", set)
    assert sorted(filled.keys()) == sorted(f"key:{number}".encode() for number in range(60))


def test_by_name_it_is_the_same(filled: RedisCluster) -> None:
    assert filled.execute_command("PING") == filled.ping()
    assert filled.execute_command("dbsize") == filled.dbsize()
    assert sorted(filled.execute_command("KEYS", "*")) == sorted(filled.keys())


def test_one_nodes_error_is_raised_and_the_client_goes_on(rc: RedisCluster) -> None:
    with pytest.raises(ResponseError):
        rc.execute_command("FLUSHALL", "NONSENSE")
    assert rc.ping() == dict.fromkeys(all_nodes(rc), True)
