"""Clients, pipelines, pools and the module itself: made and thrown away, in every way."""

from __future__ import annotations

import gc
import importlib.util
import socket
import sys
import threading
from types import ModuleType
from typing import Any

import pytest

from rediscluster_c import (
    ClusterConnectionPool,
    ClusterPipeline,
    ConnectionError,
    RedisCluster,
    RedisClusterConfigError,
    RedisClusterException,
    _core,
    exceptions,
)
from tests.leaks.measure import assert_flat, heap_bytes


@pytest.mark.parametrize("closes", [True, False])
def test_clients(nodes: Any, closes: bool) -> None:
    def work() -> None:
        client = RedisCluster(startup_nodes=nodes)
        client.mget("a", "b", "c")
        if closes:
            client.close()

    assert_flat(work, times=25, watched=[RedisCluster, ClusterConnectionPool])


def test_clients_in_cycles(nodes: Any) -> None:
    def work() -> None:
        client: Any = RedisCluster(startup_nodes=nodes)
        client.myself = client
        client.set_response_callback("GET", client.keyslot)
        client.connection_pool.user = client.pipeline().zrange(
            "z", 0, -1, withscores=True, score_cast_func=client.keyslot
        )

    assert_flat(work, times=25, watched=[RedisCluster, ClusterPipeline])


def test_clients_that_are_asked_about_their_nodes(nodes: Any) -> None:
    def work() -> None:
        client = RedisCluster(startup_nodes=nodes)
        assert client.connection_pool.nodes.slots
        assert client.get_nodes()
        client.connection_pool.refresh()
        assert client.connection_pool.nodes.node_from_slot(0)

    assert_flat(work, times=25, watched=[RedisCluster, ClusterConnectionPool])


def test_addresses_that_are_mapped_or_cannot_be(nodes: Any) -> None:
    def fail(address: tuple[str, int]) -> tuple[str, int]:
        raise KeyError(address)

    def work() -> None:
        RedisCluster(startup_nodes=nodes, address_remap=lambda address: address).get("k")
        with pytest.raises(KeyError):
            RedisCluster(startup_nodes=nodes, address_remap=fail)

    assert_flat(work, times=25, watched=[RedisCluster, ClusterConnectionPool])


def test_clients_that_never_connect() -> None:
    options: dict[str, Any] = {
        "host_port_remap": [{"from_host": "10.0.0.1", "to_host": "127.0.0.1"}],
        "username": "u" * 100,
        "password": "p" * 100,
        "client_name": "me",
        "encoding": "latin-1",
    }
    assert_flat(lambda: RedisCluster("localhost", 1, init_slot_cache=False, **options))


def test_clients_that_find_no_cluster() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    def work() -> None:
        with pytest.raises(RedisClusterException):
            RedisCluster("127.0.0.1", port)

    assert_flat(work, times=30)


def test_clients_whose_first_call_fetches_the_slot_table(nodes: Any) -> None:
    def work() -> None:
        with RedisCluster(startup_nodes=nodes, init_slot_cache=False) as client:
            client.ping()

    assert_flat(work, watched=[None])


@pytest.mark.parametrize(
    "options",
    [
        {"no_such_option": 1},
        {"db": 0},
        {"startup_nodes": [{"host": "a", "port": 1}, {"host": "b"}]},
        {"startup_nodes": []},
        {"socket_timeout": "x"},
        {"password": 5},
        {"encoding": "no-such-encoding"},
        {"host_port_remap": [{"from_host": "a", "to_host": "b"}, {"to_port": 1}]},
        {"ssl": True, "ssl_ca_certs": "/no/such/file"},
        {"connection_pool": 5},
        {"response_callbacks": 5},
    ],
)
def test_clients_that_cannot_be_made(options: dict[str, Any]) -> None:
    def work() -> None:
        try:
            RedisCluster(**{"host": None, "init_slot_cache": False, **options})
        except (TypeError, RedisClusterException, RedisClusterConfigError, ConnectionError):
            return
        raise AssertionError("it was made")

    assert_flat(work, watched=[None])


def test_the_c_types_without_their_python() -> None:
    """Objects that were never initialised, or in vain."""

    def work() -> None:
        for made in (_core.Cluster, _core.Client, _core.Pipeline):
            made.__new__(made)
        with pytest.raises(TypeError):
            _core.Cluster(nonsense=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            _core.Client("no pool")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not initialised"):
            _core.Client(_core.Cluster.__new__(_core.Cluster))

    assert_flat(work, watched=[_core.Cluster, _core.Client, _core.Pipeline])


def test_a_pool_whose_init_fails_more_than_once() -> None:
    """Each attempt brings its own names, and the last one takes them along."""

    def work() -> None:
        pool = _core.Cluster.__new__(_core.Cluster)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                pool.__init__(  # type: ignore[misc]
                    tls=True, tls_ca_file="/no/such/file", encoding="ascii", errors="replace"
                )

    assert_flat(work)


def test_subclasses(rc: Any) -> None:
    def work() -> None:
        class Client(RedisCluster):
            def execute_command(self, *args: Any, **options: Any) -> Any:
                return super().execute_command(*args, **options)

        client = Client(connection_pool=rc.connection_pool)
        client.get("string")

    assert_flat(work, watched=[RedisCluster])


@pytest.mark.parametrize("end", ["forgotten", "reset", "executed", "left by with"])
def test_pipelines(rc: Any, end: str) -> None:
    def cast(text: bytes) -> bytes:
        return text

    def work() -> None:
        pipe = rc.pipeline()
        for number in range(50):
            pipe.set(f"key:{number}", "v" * 100)
        pipe.zrange("zset", 0, -1, withscores=True, score_cast_func=cast)
        if end == "reset":
            pipe.reset()
        elif end == "executed":
            pipe.execute()
        elif end == "left by with":
            with pipe:
                pass

    assert_flat(work, watched=[ClusterPipeline, cast, rc.connection_pool])


def test_many_pipelines_at_the_same_time(rc: Any) -> None:
    """More than a pool keeps memory ready for."""

    def work() -> None:
        pipes = [rc.pipeline().set(f"key:{number}", "v" * 100) for number in range(50)]
        assert [pipe.execute() for pipe in pipes] == [[True]] * 50
        pipes = [pipe.get("string") for pipe in pipes]

    assert_flat(work)


def test_threads_that_come_and_go(rc: Any) -> None:
    def work() -> None:
        threads = [threading.Thread(target=rc.mget, args=("string", "number")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert_flat(work, times=25, watched=[rc])


def load() -> ModuleType:
    """The extension once more, apart from the one that is imported."""
    spec = importlib.util.spec_from_file_location("rediscluster_c._core", _core.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_modules() -> None:
    """Each has a state and types of its own, which go with it."""
    first = load()
    assert first is not _core
    assert first.Client is not _core.Client
    assert_flat(lambda: load().commands(), watched=[exceptions, sys.intern("name"), None, 1, "*"])
    assert sys.modules["rediscluster_c._core"] is _core


def collected() -> int:
    gc.collect()
    return heap_bytes()


def test_a_queued_command_takes_little_memory(rc: Any) -> None:
    pipe = rc.pipeline()
    keys = [f"key:{number:06}" for number in range(100_000)]
    before = collected()
    for key in keys:
        pipe.get(key)
    assert (heap_bytes() - before) / len(keys) <= 120


def test_a_huge_pipeline_gives_its_memory_back(rc: Any) -> None:
    pipe = rc.pipeline()
    pipe.get("string").execute()
    before = collected()
    for _ in range(2):
        for _ in range(100_000):
            pipe.get("string")
        assert len(pipe.execute()) == 100_000
    assert collected() - before < 2 << 20


def test_a_huge_value_gives_its_memory_back(rc: Any) -> None:
    rc.get("string")
    before = collected()
    for _ in range(3):
        rc.set("huge", b"x" * (16 << 20))
        assert len(rc.get("huge")) == 16 << 20
        rc.delete("huge")
    assert collected() - before < 2 << 20
