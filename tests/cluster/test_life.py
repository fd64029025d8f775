"""The life of a client: opening, closing, going on, and ending."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.cluster.modes import Factory


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_one_reachable_node_is_enough(cluster: Any) -> None:
    first = cluster.startup_nodes[0]
    nodes = [{"host": "127.0.0.1", "port": 1}, {**first, "port": str(first["port"])}]
    with RedisCluster(startup_nodes=nodes, **getattr(cluster, "options", {})) as client:
        assert all(client.ping().values())
        assert len(client.ping()) >= len(cluster.startup_nodes)


def test_host_and_port_will_do(cluster: Any) -> None:
    first = cluster.startup_nodes[0]
    options = getattr(cluster, "options", {})
    with RedisCluster(first["host"], first["port"], **options) as client:
        assert client.set("k", "v") is True
        assert client.get("k") == b"v"


@pytest.mark.parametrize(
    "first",
    [
        lambda c: c.get("k"),
        lambda c: c.mget("a", "b", "c"),
        lambda c: c.ping(),
        lambda c: c.pipeline().get("a").get("b").execute(),
    ],
)
def test_without_a_slot_table_the_first_call_fetches_it(make_client: Factory, first: Any) -> None:
    client: Any = make_client(init_slot_cache=False)
    assert client.connection_pool.ranges() == []
    assert first(client) is None or len(first(client)) > 0
    assert client.connection_pool.ranges() != []


def test_the_slot_table_covers_all_slots(rc: Any) -> None:
    ranges = rc.connection_pool.ranges()
    assert ranges[0][0] == 0
    assert ranges[-1][1] == 16383
    assert all(last + 1 == first for (_, last, _), (first, _, _) in zip(ranges, ranges[1:]))


def test_a_closed_client_can_be_used_again(rc: Any) -> None:
    rc.set("k", "v")
    for _ in range(3):
        rc.close()
        rc.close()
        assert rc.get("k") == b"v"


def test_with_closes(make_client: Factory) -> None:
    before = descriptors()
    with make_client() as client:
        client.ping()
        assert descriptors() > before
    assert descriptors() == before


def test_a_forgotten_client_closes_its_connections(cluster: Any) -> None:
    before = descriptors()
    client = RedisCluster(startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {}))
    client.ping()
    watched = weakref.ref(client)
    del client
    assert watched() is None
    assert descriptors() == before


def test_a_client_in_a_cycle_is_collected(cluster: Any) -> None:
    before = descriptors()
    client: Any = RedisCluster(
        startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {})
    )
    client.ping()
    client.set_response_callback("GET", client.keyslot)
    client.myself = client
    pipe = client.pipeline()
    pipe.zrange("z", 0, -1, withscores=True, score_cast_func=pipe.keyslot)
    pipe.connection_pool.back = pipe
    watched = weakref.ref(client), weakref.ref(pipe), weakref.ref(pipe.connection_pool)
    del client, pipe
    gc.collect()
    assert [reference() for reference in watched] == [None, None, None]
    assert descriptors() == before


def test_no_descriptor_is_inherited_by_programs(rc: Any) -> None:
    rc.ping()
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                flags = Path(f"/proc/self/fdinfo/{name}").read_text()
                octal = next(line.split()[1] for line in flags.splitlines() if "flags" in line)
                assert int(octal, 8) & os.O_CLOEXEC
        except FileNotFoundError:
            continue  # the directory's own descriptor, closed by now


def test_a_client_has_a_name_for_the_server(make_client: Factory) -> None:
    client = make_client(client_name="rediscluster-c-test")
    assert set(client.client_getname().values()) == {"rediscluster-c-test"}


def test_a_pool_shared_by_clients(make_client: Factory) -> None:
    client = make_client()
    other: Any = RedisCluster(connection_pool=client.connection_pool)
    client.set("k", "v")
    assert other.get("k") == b"v"
    assert other.connection_pool is client.connection_pool
