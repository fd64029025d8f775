"""from_url and url=: what a URL says, and what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from ssl import TLSVersion
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.connection import (
    ClusterBlockingConnectionPool,
    ClusterConnection,
    ClusterConnectionPool,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
    SSLClusterConnection,
    url_options,
)
from rediscluster_c.exceptions import RedisClusterConfigError, RedisClusterException

POOLS: list[type[ClusterConnectionPool]] = [
    ClusterConnectionPool,
    ClusterBlockingConnectionPool,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
]
HERE = {"host": "h", "port": 6379}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", HERE),
        ("redis://h:7000", {"host": "h", "port": 7000}),
        ("REDIS://h/0", HERE),
        ("redis://h/", HERE),
        ("redis://", {"host": "localhost", "port": 6379}),
        ("redis://[::1]:7000", {"host": "::1", "port": 7000}),
        ("rediss://h", {**HERE, "ssl": True}),
        ("redis://:secret@h", {**HERE, "password": "secret"}),
        ("redis://me:se%2Fc%40ret@h", {**HERE, "username": "me", "password": "se/c@ret"}),
        ("redis://m%C3%A9@h", {**HERE, "username": "mé"}),
        ("redis://:100%@h", {**HERE, "password": "100%"}),
        ("redis://h?db=0", HERE),
        ("redis://h/1?db=0", HERE),
        ("redis://h?socket_timeout=3&max_connections=5", {**HERE, "socket_timeout": 3.0,
                                                         "max_connections": 5}),
        ("redis://h?decode_responses=True", {**HERE, "decode_responses": True}),
        ("redis://h?decode_responses=no", {**HERE, "decode_responses": False}),
        ("redis://h?max_connections_per_node=True", {**HERE, "max_connections_per_node": True}),
        ("redis://h?max_connections_per_node=7", {**HERE, "max_connections_per_node": 7}),
        ("redis://h?client_name=a%20b", {**HERE, "client_name": "a b"}),
        ("redis://h?password=p&ssl_cert_reqs=none", {**HERE, "password": "p",
                                                    "ssl_cert_reqs": "none"}),
        ("redis://h?no_such_option=1", {**HERE, "no_such_option": "1"}),
    ],
)  # fmt: skip
def test_what_a_url_says(url: str, expected: dict[str, Any]) -> None:
    found = url_options(url)
    assert found == expected
    assert [type(value) for value in found.values()] == [type(expected[name]) for name in found]


def test_credentials_can_be_left_as_they_are() -> None:
    found = url_options("redis://a%20b:c%20d@h", decode_components=False)
    assert (found["username"], found["password"]) == ("a%20b", "c%20d")


@pytest.mark.parametrize("make", [RedisCluster.from_url, *(pool.from_url for pool in POOLS)])
def test_from_url_decodes_credentials_only_if_told_to(make: Callable[..., Any]) -> None:
    def credentials(**options: Any) -> tuple[str, str]:
        made = make("redis://a%20b:c%20d@h", init_slot_cache=False, **options)
        known = getattr(made, "connection_pool", made).connection_kwargs
        return known["username"], known["password"]

    assert credentials() == credentials(decode_components=False) == ("a%20b", "c%20d")
    assert credentials(decode_components=True) == ("a b", "c d")


def test_a_url_of_the_constructor_is_decoded() -> None:
    client = RedisCluster(url="redis://:c%20d@h", init_slot_cache=False)
    assert client.connection_pool.connection_kwargs["password"] == "c d"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://h", "must specify one of the following schemes"),
        ("h:7000", "must specify one of the following schemes"),
        ("", "must specify one of the following schemes"),
        ("redis://h:port", "[Pp]ort"),
        ("redis://h:99999", "[Pp]ort"),
        ("redis://h/name", "path of the URL must be a database number"),
        ("redis://h?socket_timeout=soon", "socket_timeout in the URL must be a number, not 'soon'"),
        ("redis://h?max_connections=1.5", "max_connections in the URL must be an integer"),
        ("redis://h?decode_responses=perhaps", "decode_responses in the URL must be True or False"),
        ("redis://h?db=x", "db in the URL must be an integer"),
    ],
)
def test_a_wrong_url_is_a_value_error(url: str, message: str) -> None:
    for make in (RedisCluster.from_url, ClusterConnectionPool.from_url):
        with pytest.raises(ValueError, match=message):
            make(url, init_slot_cache=False)


NUMBERS = {
    "a number": (
        "health_check_interval pool_timeout socket_connect_timeout socket_timeout",
        ["5", "0.5"],
        ["soon", "1,5", "5s"],
    ),
    "an integer": (
        "cluster_down_retry_attempts cluster_error_retry_attempts max_connections"
        " reinitialize_steps",
        ["5"],
        ["five", "5.0", "0x5"],
    ),
    "True or False": (
        "decode_responses nodemanager_follow_cluster"
        " readonly_mode redirect_only_to_known_nodes require_full_coverage retry_on_timeout"
        " retry_writes"
        " skip_full_coverage_check socket_keepalive ssl ssl_check_hostname",
        ["True", "false", "1", "0", "YES", "no", "on", "off", "t", "F"],
        ["perhaps", "2", "None"],
    ),
}
POLICIES = ["True", "0", "random", "round_robin", "lowest_latency", "prefer_replica"]
NUMBERS["True, False or the name of a policy"] = (
    "read_from_replicas",
    POLICIES,
    ["fast", "2", "None"],
)

TYPED = [
    (name, expected, good, bad)
    for expected, (names, good, bad) in NUMBERS.items()
    for name in names.split()
]


@pytest.mark.parametrize(("name", "expected", "good", "bad"), TYPED, ids=lambda x: str(x)[:24])
def test_an_option_of_the_query_has_a_type(
    name: str, expected: str, good: list[str], bad: list[str]
) -> None:
    for text in good:
        url = f"redis://h?{name}={text}"
        assert RedisCluster.from_url(url, init_slot_cache=False)
    for text in bad:
        with pytest.raises(
            ValueError, match=f"^{name} in the URL must be {expected}, not '{text}'"
        ):
            RedisCluster.from_url(f"redis://h?{name}={text}", init_slot_cache=False)


@pytest.mark.parametrize(
    "query",
    [
        "socket_timeout=0", "socket_timeout=-1", "socket_timeout=nan", "socket_timeout=inf",
        "max_connections=0", "max_connections_per_node=-1", "reinitialize_steps=-1",
        "encoding=klingon", "encoding_errors=5", "ssl_cert_reqs=perhaps", "ssl_min_version=SSL",
        "ssl_validate_ocsp=yes", "ssl_validate_ocsp_stapled=1", "ssl_ocsp_context=x",
        "protocol=3", "host_port_remap=x", "address_remap=x", "retry=3", "startup_nodes=a:1",
        "socket_keepalive_options=x", "single_connection_client=yes", "no_such_option=1",
        "response_callbacks=x", "result_callbacks=x", "connection_class=x", "port=0",
    ],
)  # fmt: skip
def test_a_wrong_value_in_a_query_is_refused_and_its_option_named(query: str) -> None:
    refused = (TypeError, ValueError, RedisClusterConfigError, RedisClusterException)
    with pytest.raises(refused, match=query.split("=")[0]):
        RedisCluster.from_url(f"rediss://h?{query}", init_slot_cache=False)


def test_what_tls_needs_can_stand_in_a_query() -> None:
    found = url_options(
        "rediss://h?ssl_min_version=TLSv1.2&ssl_cert_reqs=CERT_NONE&ssl_ca_certs=/a%20b"
    )
    assert found == {
        **HERE,
        "ssl": True,
        "ssl_min_version": TLSVersion.TLSv1_2,
        "ssl_cert_reqs": "CERT_NONE",
        "ssl_ca_certs": "/a b",
    }
    assert (
        url_options("rediss://h?ssl_min_version=TLSv1_3")["ssl_min_version"] is TLSVersion.TLSv1_3
    )


@pytest.mark.parametrize("pool", POOLS)
def test_no_unix_sockets(pool: type[ClusterConnectionPool]) -> None:
    for make in (RedisCluster.from_url, pool.from_url):
        with pytest.raises(
            RedisClusterException, match="^Unix sockets do not work in a cluster environment$"
        ):
            make("unix:///tmp/socket", init_slot_cache=False)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(
    ("url", "db", "database"),
    [
        ("redis://h", None, 0),
        ("redis://h/0", None, 0),
        ("redis://h/1", None, 1),
        ("redis://h/1?db=2", None, 2),
        ("redis://h", 3, 3),
        ("redis://h/1", 3, 1),
    ],
)
def test_a_url_names_a_database(
    pool: type[ClusterConnectionPool], url: str, db: int | None, database: int
) -> None:
    assert pool.from_url(url, db=db, init_slot_cache=False).db == database
    client: Any = RedisCluster.from_url(url, db=db, init_slot_cache=False)
    assert client.connection_pool.db == database


@pytest.mark.parametrize("url", [None, 5, b"redis://h"])
def test_a_url_is_a_text(url: Any) -> None:
    with pytest.raises(TypeError, match=f"a URL is a str, not {type(url).__name__}"):
        ClusterConnectionPool.from_url(url)


@pytest.mark.parametrize("pool", POOLS)
def test_each_pool_is_made_from_a_url(pool: type[ClusterConnectionPool]) -> None:
    made = pool.from_url(
        "rediss://h:1?max_connections=7&encoding=latin-1",
        max_connections=5,
        startup_nodes=[{"host": "g", "port": 2}],
        init_slot_cache=False,
    )
    assert type(made) is pool
    assert repr(made) == f"{pool.__name__}<g:2, h:1>"
    assert made.max_connections == 7
    assert made.encoding == "latin-1"
    assert made.connection_class is SSLClusterConnection
    assert pool.from_url("redis://h", init_slot_cache=False).connection_class is ClusterConnection


def test_a_client_is_made_from_a_url() -> None:
    class Mine(RedisCluster):
        pass

    for client in (
        Mine.from_url("redis://h:1", init_slot_cache=False),
        Mine(url="redis://h:1", init_slot_cache=False),
    ):
        assert repr(client) == "Mine<h:1>"
        assert type(client.connection_pool) is ClusterConnectionPool
        assert client.read_from_replicas is False


def test_url_and_nodes_add_up_and_the_url_wins() -> None:
    client = RedisCluster(
        "a", 1, [{"host": "b", "port": 2}], url="redis://h?encoding=latin-1",
        encoding="utf-8", init_slot_cache=False,
    )  # fmt: skip
    assert repr(client) == "RedisCluster<a:1, b:2, h:6379>"
    assert client.connection_pool.encoding == "latin-1"


@pytest.mark.parametrize(
    ("options", "pool"),
    [
        ({"readonly_mode": True}, ClusterReadOnlyConnectionPool),
        ({"read_from_replicas": True}, ClusterWithReadReplicasConnectionPool),
    ],
)
def test_a_client_of_replicas_however_it_is_asked_for(
    options: dict[str, bool], pool: type[ClusterConnectionPool]
) -> None:
    (name,) = options
    for client in (
        RedisCluster("h", init_slot_cache=False, **options),  # type: ignore[arg-type]
        RedisCluster.from_url("redis://h", init_slot_cache=False, **options),
        RedisCluster.from_url(f"redis://h?{name}=yes", init_slot_cache=False),
        RedisCluster(connection_pool=pool.from_url("redis://h", init_slot_cache=False)),
    ):
        assert type(client.connection_pool) is pool
        assert client.read_from_replicas is True
        assert client.pipeline().read_from_replicas is True
        assert client.pipeline(read_from_replicas=False).read_from_replicas is False


@pytest.mark.parametrize("name", ["init_slot_cache", "readonly_mode", "pickle_secrets", "readonly"])
def test_an_option_has_the_type_of_its_parameter(name: str) -> None:
    """A parameter's annotation says it, and the table of other names."""
    found = url_options(f"redis://h?{name}=no", more=RedisCluster.__init__.__annotations__)
    assert found == {**HERE, name: False}
