"""The pools of redis-py-cluster: their signatures, and what they still answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import ClusterNode, ClusterPipeline, RedisCluster
from rediscluster_c.connection import (
    ClusterBlockingConnectionPool,
    ClusterConnection,
    ClusterConnectionPool,
    ClusterParser,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
    SSLClusterConnection,
    by_node_context,
)
from rediscluster_c.exceptions import (
    DataError,
    RedisClusterConfigError,
    RedisClusterException,
    SlotNotCoveredError,
)
from tests.support.ids import shown

NODES: list[Any] = [{"host": "h", "port": "7000"}]
NODE = {"host": "h", "port": 7000, "name": "h:7000"}

# The positional parameters of the old pools, in their order.
SIGNATURES = {
    ClusterConnectionPool: """
        startup_nodes init_slot_cache connection_class max_connections max_connections_per_node
        reinitialize_steps skip_full_coverage_check nodemanager_follow_cluster host_port_remap
    """,
    ClusterBlockingConnectionPool: """
        startup_nodes init_slot_cache connection_class max_connections max_connections_per_node
        reinitialize_steps skip_full_coverage_check nodemanager_follow_cluster timeout
    """,
    ClusterReadOnlyConnectionPool: """
        startup_nodes init_slot_cache connection_class max_connections nodemanager_follow_cluster
    """,
}
POOLS: list[type[ClusterConnectionPool]] = [*SIGNATURES, ClusterWithReadReplicasConnectionPool]


@pytest.mark.parametrize(("pool", "names"), SIGNATURES.items())
def test_the_positional_order(pool: type[ClusterConnectionPool], names: str) -> None:
    found = [
        name
        for name, parameter in inspect.signature(pool).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert found == names.split()


# What a connection of redis-py 3.5.3 took by keyword, through any pool and its from_url().
OF_CONNECTIONS: dict[str, Any] = {
    "client_name": "me",
    "db": 0,
    "decode_responses": True,
    "encoding": "utf-8",
    "encoding_errors": "strict",
    "health_check_interval": 30,
    "parser_class": ClusterParser,
    "password": "secret",
    "readonly": True,
    "retry_on_timeout": True,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "socket_keepalive_options": {},
    "socket_read_size": 65536,
    "socket_timeout": 1,
    "socket_type": 0,
    "ssl_ca_certs": None,
    "ssl_cert_reqs": "required",
    "ssl_certfile": None,
    "ssl_check_hostname": False,
    "ssl_keyfile": None,
    "username": "me",
}


@pytest.mark.parametrize("pool", [*POOLS, RedisCluster])
@pytest.mark.parametrize("name", OF_CONNECTIONS)
def test_a_keyword_of_connections_is_taken(pool: Any, name: str) -> None:
    option = {name: OF_CONNECTIONS[name]}
    pool(startup_nodes=NODES, init_slot_cache=False, **option)
    pool.from_url("redis://h:7000", init_slot_cache=False, **option)


@pytest.mark.parametrize("pool", POOLS)
def test_each_pool_serves_clients_and_pipelines(pool: type[ClusterConnectionPool]) -> None:
    made = pool(NODES, False, decode_responses=True, host_port_remap=None)
    client = RedisCluster(connection_pool=made)
    pipe = ClusterPipeline(made)
    reads = pool in (ClusterReadOnlyConnectionPool, ClusterWithReadReplicasConnectionPool)
    assert client.connection_pool is pipe.connection_pool is made
    assert client.read_from_replicas is pipe.read_from_replicas is made.read_from_replicas is reads
    assert repr(made) == f"{pool.__name__}<h:7000>"


def test_limits_are_shown() -> None:
    assert ClusterConnectionPool(NODES, False).max_connections == 2**31
    pool = ClusterConnectionPool(NODES, False, None, 7, True, 5)
    assert (pool.max_connections, pool.max_connections_per_node) == (7, True)
    assert (pool.reinitialize_steps, pool.nodes.reinitialize_steps) == (5, 5)


@pytest.mark.parametrize("timeout", [20, 0.5, None])
def test_a_blocking_pool(timeout: float | None) -> None:
    pool = ClusterBlockingConnectionPool(NODES, False, timeout=timeout)
    assert (pool.max_connections, pool.timeout) == (50, timeout)


@pytest.mark.parametrize("timeout", [0, -1, "20"])
def test_a_blocking_pool_refuses_a_wrong_timeout(timeout: Any) -> None:
    with pytest.raises(RedisClusterConfigError, match="^timeout must be a number of seconds"):
        ClusterBlockingConnectionPool(NODES, False, timeout=timeout)


def test_a_blocking_pool_has_one_name_for_its_timeout() -> None:
    with pytest.raises(TypeError, match="^pool_timeout: this pool's name for it is timeout$"):
        ClusterBlockingConnectionPool(NODES, False, pool_timeout=1)


def test_a_pool_without_a_timeout_has_the_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClusterConnectionPool, "RedisClusterDefaultTimeout", 7.5)
    assert ClusterConnectionPool(NODES, False).connection_kwargs["socket_timeout"] == 7.5
    given = ClusterBlockingConnectionPool(NODES, False, socket_timeout=3)
    assert given.connection_kwargs["socket_timeout"] == 3
    monkeypatch.setattr(ClusterConnectionPool, "RedisClusterDefaultTimeout", -1)
    with pytest.raises(RedisClusterConfigError, match="socket_timeout must be"):
        ClusterConnectionPool(NODES, False)


def test_what_a_pool_was_told_of_connections_can_be_asked() -> None:
    pool = ClusterConnectionPool(
        NODES, False, password="secret", nodemanager_follow_cluster=True, decode_responses=True
    )
    assert pool.connection_kwargs["password"] == "secret"
    assert pool.connection_kwargs["client_name"] is None
    assert pool.nodes.connection_kwargs is pool.connection_kwargs
    assert pool.nodes.nodemanager_follow_cluster is True
    assert "secret" not in repr(pool)


@pytest.mark.parametrize("decodes", [True, False])
def test_an_encoder(decodes: bool) -> None:
    pool = ClusterConnectionPool(NODES, False, encoding="latin-1", decode_responses=decodes)
    for encoder in (pool.get_encoder(), pool.nodes.encoder):
        assert [encoder.encode(value) for value in ("ä", b"b", 1.5, memoryview(b"m"))] == [
            b"\xe4", b"b", b"1.5", b"m"
        ]  # fmt: skip
        with pytest.raises(DataError, match="Invalid input of type: 'NoneType'"):
            encoder.encode(None)
        for value in (b"\xe4", memoryview(b"\xe4")):
            assert encoder.decode(value) == ("ä" if decodes else b"\xe4")
            assert encoder.decode(value, force=True) == "ä"
        assert encoder.decode(5, True) == 5


# ---- connection_class ----


@pytest.mark.parametrize(
    ("given", "ssl", "shown"),
    [
        (None, False, ClusterConnection),
        (ClusterConnection, False, ClusterConnection),
        (SSLClusterConnection, False, SSLClusterConnection),
        (None, True, SSLClusterConnection),
    ],
)
def test_a_connection_class_means_tls_or_not(given: Any, ssl: bool, shown: Any) -> None:
    for pool in (
        ClusterConnectionPool(NODES, False, given, ssl=ssl),
        RedisCluster(
            startup_nodes=NODES, init_slot_cache=False, connection_class=given, ssl=ssl
        ).connection_pool,
    ):
        assert pool.connection_class is shown


def test_a_connection_class_of_ones_own_is_refused() -> None:
    class Mine(ClusterConnection):
        pass

    with pytest.raises(TypeError, match="connection_class must be .*Mine.*; use ssl=True"):
        ClusterConnectionPool(NODES, False, Mine)


# ---- what the pool says of nodes and connections ----


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("skip", [False, True])
def test_a_pool_that_knows_no_slots_says_so(pool: type[ClusterConnectionPool], skip: bool) -> None:
    made = pool(NODES, False, skip_full_coverage_check=skip)
    message = f'^Slot "15495" not covered by the cluster. "skip_full_coverage_check={skip}"$'
    for find in (
        made.get_node_by_slot,
        made.get_master_node_by_slot,
        made.get_node_by_slot_random,
        made.nodes.node_from_slot,
    ):
        with pytest.raises(SlotNotCoveredError, match=message):
            find(15495)
    assert made.nodes.nodes == {}
    assert made.nodes.slots == {}
    assert list(made.nodes.all_nodes()) == []
    with pytest.raises(RedisClusterException, match="No node is known yet"):
        made.nodes.random_node()


@pytest.mark.parametrize(
    "name", ["get_master_connection_by_slot", "get_random_master_slave_connection_by_slot"]
)
def test_a_pool_of_replicas_hands_out_none_either(name: str) -> None:
    with pytest.raises(RedisClusterException, match=rf"^{name}\(\) is not .*target_nodes="):
        getattr(ClusterReadOnlyConnectionPool(NODES, False), name)(7)


HANDED_OUT: list[tuple[str, Callable[[ClusterConnectionPool], object]]] = [
    ("get_connection", lambda pool: pool.get_connection("pubsub", channel="c")),
    ("get_connection_by_node", lambda pool: pool.get_connection_by_node(NODE)),
    ("get_connection_by_slot", lambda pool: pool.get_connection_by_slot(1)),
    ("get_connection_by_key", lambda pool: pool.get_connection_by_key("k", "GET")),
    ("get_random_connection", lambda pool: pool.get_random_connection()),
    ("make_connection", lambda pool: pool.make_connection(NODE)),
    ("release", lambda pool: pool.release(object())),
    ("get_connection_by_node", lambda pool: by_node_context(pool, NODE).__enter__()),
]


@pytest.mark.parametrize(("name", "call"), HANDED_OUT)
def test_connections_are_not_handed_out(
    name: str, call: Callable[[ClusterConnectionPool], object]
) -> None:
    with pytest.raises(RedisClusterException, match=rf"^{name}\(\) is not .*target_nodes="):
        call(ClusterConnectionPool(NODES, False))


def test_get_connection_is_for_pubsub() -> None:
    with pytest.raises(
        RedisClusterException, match="^Only 'pubsub' commands can be used by get_connection"
    ):
        ClusterConnectionPool(NODES, False).get_connection("MONITOR")


# ---- options by the names of others ----


@pytest.mark.parametrize(
    "options",
    [
        {"single_connection_client": False},
        {"unix_socket_path": None},
        {"health_check_interval": 30},
        {"protocol": 2},
        {"dynamic_startup_nodes": False},
        {"cluster_error_retry_attempts": 5},
        {"require_full_coverage": True},
        {"require_full_coverage": False},
        {"retry": None},
        {"address_remap": None},
        {"address_remap": lambda address: address},
    ],
    ids=shown,
)
def test_an_option_of_others_is_taken(options: dict[str, Any]) -> None:
    assert RedisCluster("h", init_slot_cache=False, **options)
    assert ClusterConnectionPool(NODES, False, **options)


def test_the_older_names_of_the_encoding() -> None:
    pool = ClusterConnectionPool(NODES, False, charset="latin-1", errors="replace")
    assert (pool.encoding, pool.encoding_errors) == ("latin-1", "replace")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"single_connection_client": True}, RedisClusterException, "single_connection_client"),
        ({"unix_socket_path": "/tmp/s"}, RedisClusterException, "Unix sockets do not work"),
        ({"protocol": 3}, RedisClusterException, "protocol=3 .* RESP2"),
        ({"charset": "no-such"}, RedisClusterConfigError, "encoding must be"),
        ({"cluster_error_retry_attempts": -1}, RedisClusterConfigError, "retry_attempts must be"),
        ({"retry": 3}, RedisClusterConfigError, "retry must be a Retry"),
        ({"address_remap": {}}, RedisClusterConfigError, "address_remap must be a function"),
        ({"b": 1, "a": 1}, TypeError, "unexpected keyword argument: a, b"),
    ],
)
def test_what_is_not_possible_is_refused(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        ClusterConnectionPool(NODES, False, **options)


class Retry:
    """As redis-py 6 has it; older ones have the attribute only."""

    def __init__(self, retries: object) -> None:
        self._retries = retries

    def get_retries(self) -> object:
        return self._retries


@pytest.mark.parametrize("retries", [0, 3])
def test_a_retry_of_redis_py_is_taken(retries: int) -> None:
    assert ClusterConnectionPool(NODES, False, retry=Retry(retries))


@pytest.mark.parametrize("retries", [-1, None, 2.5, True])
def test_a_retry_without_end_is_refused(retries: object) -> None:
    with pytest.raises(RedisClusterConfigError, match="retry must be a Retry .* 0 or more"):
        ClusterConnectionPool(NODES, False, retry=Retry(retries))


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("10.0.0", "Both from_host and to_host .* must must have all octets specified"),
        ("10.0.0.256", "Both from_host and to_host .* must be a valid ip address"),
    ],
)
def test_a_remap_rule_with_half_an_address(host: str, message: str) -> None:
    for rule in ({"from_host": host, "to_host": "x"}, {"from_host": "x", "to_host": host}):
        with pytest.raises(RedisClusterConfigError, match=message):
            ClusterConnectionPool(NODES, False, host_port_remap=[rule])


def test_startup_nodes_may_be_cluster_nodes() -> None:
    class Others:
        """redis-py's ClusterNode has such attributes, too."""

        def __init__(self) -> None:
            self.host = "g"
            self.port = 7001

    nodes: Any = [ClusterNode("h", 7000), Others(), NODE]
    assert repr(ClusterConnectionPool(nodes, False)) == "ClusterConnectionPool<g:7001, h:7000>"
