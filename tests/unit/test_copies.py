"""copy, deepcopy and pickle of clients, pools and pipelines."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable

import pytest

from rediscluster_c import ClusterBlockingConnectionPool, ClusterConnectionPool, RedisCluster

SECRET = "hunter2-secret"
NODES: Any = [{"host": "localhost", "port": 1}]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Named(RedisCluster):
    """A subclass whose constructor is its own."""

    def __init__(self, name: str) -> None:
        super().__init__("localhost", 1, init_slot_cache=False, max_connections=7)
        self.name = [name]


def make(**options: Any) -> RedisCluster:
    return RedisCluster("localhost", 1, init_slot_cache=False, **options)


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def test_a_copy_shares_the_pool_and_not_the_callbacks() -> None:
    client = make(read_from_replicas="round_robin", command_timeout=5)
    client.set_response_callback("GET", str)
    twin = copy.copy(client)
    assert type(twin) is RedisCluster
    assert twin.connection_pool is client.connection_pool
    assert (twin.read_from_replicas, twin.command_timeout) == ("round_robin", 5)
    assert twin.response_callbacks["GET"] is str
    twin.set_response_callback("SET", str)
    assert client.response_callbacks["SET"] is RedisCluster.RESPONSE_CALLBACKS["SET"]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickled])
def test_others_have_a_pool_of_their_own(duplicate: Callable[[Any], Any]) -> None:
    client = make(
        read_from_replicas="round_robin",
        command_timeout=5,
        decode_responses=True,
        response_callbacks={"GET": str},
        client_name="me",
    ).with_timeout(0.5)
    twin = duplicate(client)
    pool, other = client.connection_pool, twin.connection_pool
    assert other is not pool
    assert type(other) is type(pool)
    assert other.startup_nodes == pool.startup_nodes
    assert other.connection_kwargs == pool.connection_kwargs
    assert (twin.read_from_replicas, twin.command_timeout) == ("round_robin", 0.5)
    assert twin.bounds_waits is True
    assert twin.response_callbacks["GET"] is str


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_a_subclass_keeps_its_attributes(duplicate: Callable[[Any], Any]) -> None:
    client = Named("n")
    twin = duplicate(client)
    assert type(twin) is Named
    assert twin.name == ["n"]
    assert (twin.name is client.name) == (duplicate is copy.copy)
    assert twin.connection_pool.max_connections == 7


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_a_copied_pool_is_another_one(duplicate: Callable[[Any], Any]) -> None:
    pools = [
        ClusterConnectionPool(NODES, False, max_connections=7),
        ClusterBlockingConnectionPool(startup_nodes=NODES, init_slot_cache=False, timeout=3),
    ]
    for pool in pools:
        twin = duplicate(pool)
        assert twin is not pool
        assert type(twin) is type(pool)
        assert twin.max_connections == pool.max_connections
    assert twin.timeout == 3


def test_whoever_unpickles_does_not_wait_for_the_cluster() -> None:
    pool = ClusterConnectionPool.__new__(ClusterConnectionPool, NODES)
    pool.is_lazy = True
    pool.__init__(NODES)  # type: ignore[misc]
    twin = pickled(RedisCluster(connection_pool=pool))
    assert repr(twin) == "RedisCluster<localhost:1>"


@pytest.mark.parametrize("secret", [{"password": SECRET}, {"ssl_password": SECRET}])
def test_secrets_are_pickled_only_if_that_is_meant(secret: dict[str, str]) -> None:
    client = make(**secret)
    for protocol in PROTOCOLS:
        for held in (client, client.connection_pool):
            with pytest.raises(TypeError, match="has a password.*pickle_secrets=True") as caught:
                pickle.dumps(held, protocol)
            assert SECRET not in str(caught.value)
    assert SECRET not in repr(vars(client.connection_pool))
    if "password" in secret:
        kwargs = copy.deepcopy(client).connection_pool.connection_kwargs
        assert kwargs["password"] == SECRET
    for protocol in PROTOCOLS:
        told = pickle.dumps(make(pickle_secrets=True, **secret), protocol)
        assert SECRET.encode() in told
        assert type(pickle.loads(told)) is RedisCluster


@pytest.mark.parametrize("options", [{}, {"cross_slot": True}, {"transaction": True}])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_a_pipeline_cannot_be_copied(
    duplicate: Callable[[Any], Any], options: dict[str, bool]
) -> None:
    pipe: Any = make().pipeline(**options)
    with pytest.raises(TypeError, match="cannot be copied or pickled.*copy the client"):
        duplicate(pipe)
