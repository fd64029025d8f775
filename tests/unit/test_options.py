"""The constructor's options: each one that is documented is taken, anything else is refused."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from rediscluster_c import (
    ClusterPipeline,
    DataError,
    RedisCluster,
    RedisClusterConfigError,
)
from rediscluster_c import RedisClusterException as ClusterException
from rediscluster_c._options import checks
from rediscluster_c.connection import ClusterConnectionPool

Refused = (TypeError, ValueError, RedisClusterConfigError, ClusterException)


def make(
    host: Any = None, port: Any = None, startup_nodes: Any = None, **options: Any
) -> RedisCluster:
    """A client that has not looked for its cluster, which is at localhost unless it is told."""
    if host is None and startup_nodes is None:
        host, port = "localhost", 1
    return RedisCluster(host, port, startup_nodes, init_slot_cache=False, **options)


def addresses(client: RedisCluster) -> list[tuple[object, object]]:
    return [(node["host"], node["port"]) for node in client.connection_pool.startup_nodes]


ACCEPTED: list[dict[str, Any]] = [
    {"max_connections": 5},
    {"max_connections": None},
    {"max_connections": 5, "max_connections_per_node": True},
    {"max_connections_per_node": 5},
    {"readonly_mode": True},
    {"reinitialize_steps": 5},
    {"reinitialize_steps": None},
    {"skip_full_coverage_check": True},
    {"nodemanager_follow_cluster": True},
    {"connection_class": None},
    {"read_from_replicas": True},
    {"cluster_down_retry_attempts": 5},
    {"host_port_remap": None},
    {"host_port_remap": [{"from_host": "10.0.0.1", "to_host": "127.0.0.1"}]},
    {"host_port_remap": [{"from_port": 7000, "to_port": 8000}]},
    {"username": "somebody", "password": "secret"},
    {"password": "grün"},
    {"password": None},
    {"client_name": "me"},
    {"encoding": "latin-1", "encoding_errors": "replace"},
    {"decode_responses": True},
    {"socket_timeout": 5},
    {"socket_timeout": 0.25, "socket_connect_timeout": 1.5},
    {"socket_timeout": None, "socket_connect_timeout": None},
    {"pool_timeout": 0.5, "max_connections": 1},
    {"ssl": True, "ssl_min_version": ssl.TLSVersion.TLSv1_2},
    {"socket_keepalive": True},
    {"socket_keepalive": None},
    {"socket_keepalive": True, "socket_keepalive_options": {socket.TCP_KEEPCNT: 3}},
    {"retry_on_timeout": True},
    {"retry_writes": True},
    {"redirect_only_to_known_nodes": False},
    {"ssl": True, "ssl_min_version": ssl.TLSVersion.MAXIMUM_SUPPORTED},
    {"ssl": False, "ssl_cert_reqs": "none", "ssl_check_hostname": False},
    {"ssl_validate_ocsp": False, "ssl_validate_ocsp_stapled": False},
    {"ssl_ocsp_context": None, "ssl_ocsp_expected_cert": None},
    {"result_callbacks": {"PING": lambda command, replies: replies}},
    {"response_callbacks": {"GET": str}},
]


@pytest.mark.parametrize("options", ACCEPTED, ids=lambda options: ",".join(options))
def test_a_documented_option_is_taken(options: dict[str, Any]) -> None:
    assert addresses(make(**options)) == [("localhost", 1)]


def test_the_positional_order_is_that_of_redis_py_cluster() -> None:
    client = RedisCluster("localhost", 7, None, 5, False, False, False, 25, True, False, None, True)
    assert addresses(client) == [("localhost", 7)]
    assert client.read_from_replicas is True


@pytest.mark.parametrize("owner", [make, ClusterConnectionPool])
def test_an_unknown_keyword_is_a_type_error_that_names_it(owner: Any) -> None:
    with pytest.raises(TypeError, match="no_such_option"):
        owner(no_such_option=1)


@pytest.mark.parametrize(("given", "database"), [(None, 0), (0, 0), (3, 3)])
def test_a_database_is_the_pools(given: int | None, database: int) -> None:
    assert make(db=given).connection_pool.db == database


@pytest.mark.parametrize("database", [-1, "1", 1.0, True, 2**31])
def test_a_database_is_a_number(database: Any) -> None:
    with pytest.raises(RedisClusterConfigError, match="^db must be an int from 0 to"):
        make(db=database)


@pytest.mark.parametrize("port", [7001, "7001"])
def test_a_port_is_a_number_or_its_text(port: int | str) -> None:
    assert addresses(make(startup_nodes=[{"host": "localhost", "port": port}])) == [
        ("localhost", 7001)
    ]
    assert addresses(make(host="localhost", port=port)) == [("localhost", 7001)]


def test_a_host_alone_has_port_7000() -> None:
    assert addresses(make(host="localhost")) == [("localhost", 7000)]


def test_host_and_startup_nodes_add_up_and_each_node_counts_once() -> None:
    nodes = [{"host": "a", "port": 1}, {"host": b"b", "port": "2"}, {"host": "a", "port": "1"}]
    client = make("b", 2, nodes)
    assert addresses(client) == [("a", 1), ("b", 2)]


def test_what_the_caller_gave_stays_as_it_was() -> None:
    nodes = [{"host": "a", "port": "1"}]
    make("b", 2, nodes)
    assert nodes == [{"host": "a", "port": "1"}]


def test_a_node_may_have_more_than_host_and_port() -> None:
    node = {"host": "a", "port": 1, "name": "a:1", "server_type": "master"}
    assert addresses(make(startup_nodes=[node])) == [("a", 1)]


@pytest.mark.parametrize("nodes", [None, [], ()])
def test_no_startup_nodes(nodes: Any) -> None:
    with pytest.raises(ClusterException, match="^No startup nodes provided$"):
        RedisCluster(startup_nodes=nodes)


@pytest.mark.parametrize(
    "nodes",
    [
        5,
        "localhost:7000",
        [("localhost", 7000)],
        [None],
        [{}],
        {"host": "localhost", "port": 7000},
        [{"host": "localhost"}],
        [{"port": 7000}],
        [{"host": "localhost", "port": "http"}],
        [{"host": "localhost", "port": None}],
        [{"host": "localhost", "port": True}],
        [{"host": "localhost", "port": 1.5}],
        [{"host": "localhost", "port": 0}],
        [{"host": "localhost", "port": 65536}],
        [{"host": "localhost", "port": -1}],
        [{"host": "", "port": 7000}],
        [{"host": 5, "port": 7000}],
        [{"host": "local\0host", "port": 7000}],
        [{"host": "local\ud800host", "port": 7000}],
    ],
)
def test_wrong_startup_nodes_are_described(nodes: Any) -> None:
    with pytest.raises(Refused, match="startup.node|host|port"):
        make(startup_nodes=nodes)


WRONG: list[tuple[str, Any]] = [
    ("port", 0),
    ("port", True),
    ("port", "http"),
    ("port", 65536),
    ("socket_timeout", "1"),
    ("socket_timeout", 0),
    ("socket_timeout", -1),
    ("socket_timeout", True),
    ("socket_timeout", float("nan")),
    ("socket_connect_timeout", [1]),
    ("socket_connect_timeout", -0.5),
    ("socket_connect_timeout", 0),
    ("max_connections", 0),
    ("max_connections", -1),
    ("max_connections", "5"),
    ("max_connections", 1.5),
    ("max_connections_per_node", "5"),
    ("max_connections_per_node", -1),
    ("cluster_down_retry_attempts", "3"),
    ("cluster_down_retry_attempts", None),
    ("reinitialize_steps", "25"),
    ("reinitialize_steps", 2.5),
    ("encoding", 5),
    ("encoding", "no-such-encoding"),
    ("encoding_errors", 5),
    ("encoding_errors", "no-such-handler"),
    ("username", 5),
    ("password", ["secret"]),
    ("password", "sec\0ret"),
    ("password", b"sec\0ret"),
    ("password", bytearray(b"secret")),
    ("password", "sec\ud800ret"),
    ("client_name", 5),
    ("socket_keepalive_options", "x"),
    ("socket_keepalive_options", {socket.TCP_KEEPCNT: "x"}),
    ("socket_keepalive_options", {-5: 1}),
    ("host_port_remap", {}),
    ("connection_class", object),
    ("connection_pool", 5),
    ("response_callbacks", 5),
    ("response_callbacks", {"GET": "str"}),
    ("result_callbacks", {"PING": None}),
    ("result_callbacks", ["PING"]),
    ("ssl_cert_reqs", "perhaps"),
    ("ssl_cert_reqs", []),
    ("ssl_cert_reqs", ""),
    ("ssl_cert_reqs", "cert_"),
    ("ssl_cert_reqs", 1),
    ("ssl_cert_reqs", b"none"),
    ("ssl_certfile", 5),
    ("ssl_ca_path", 5),
    ("ssl_ca_data", b"-----BEGIN CERTIFICATE-----"),
    ("ssl_password", b"secret"),
    ("ssl_validate_ocsp", True),
    ("ssl_validate_ocsp_stapled", True),
    ("ssl_ocsp_context", object()),
    ("ssl_ocsp_expected_cert", b"x"),
    ("ssl_keyfile", 5),
    ("ssl_ca_certs", ["a"]),
    ("ssl_ciphers", 5),
    ("ssl_ciphersuites", 5),
    ("ssl_crl_file", 5),
    ("ssl_min_version", "TLSv1.2"),
    ("pool_timeout", 0),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_and_its_option_named(name: str, value: Any) -> None:
    with pytest.raises(Refused, match=name):
        make(**{"host": "localhost", name: value})


def test_a_name_cannot_be_checked_in_a_certificate_that_is_not() -> None:
    for requirement in ("none", None, ssl.CERT_NONE):
        with pytest.raises(Refused, match="ssl_check_hostname=True has no meaning with"):
            make(host="localhost", ssl=True, ssl_cert_reqs=requirement, ssl_check_hostname=True)
        make(host="localhost", ssl=True, ssl_cert_reqs=requirement)
        make(host="localhost", ssl=True, ssl_cert_reqs=requirement, ssl_check_hostname=False)
    make(host="localhost", ssl=True, ssl_check_hostname=True)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("decode_response", "decode_response (did you mean decode_responses?)"),
        ("pasword", "pasword (did you mean password?)"),
        ("read_from_replica", "read_from_replica (did you mean read_from_replicas?)"),
        ("socket_time_out", "socket_time_out (did you mean socket_timeout?)"),
        ("startup_node", "startup_node (did you mean startup_nodes?)"),
        ("xyz", "xyz"),
    ],
)
def test_a_misspelt_option_is_told_the_nearest(given: str, text: str) -> None:
    kinds: tuple[Any, ...] = (RedisCluster, ClusterConnectionPool)
    for kind in kinds:
        with pytest.raises(TypeError) as caught:
            kind([{"host": "h", "port": 1}], **{given: 1})
        assert str(caught.value) == f"unexpected keyword argument: {text}"


def test_a_host_that_is_a_url_is_told_where_urls_go() -> None:
    for options in ({"host": "redis://h:1"}, {"startup_nodes": [{"host": "redis://h", "port": 1}]}):
        with pytest.raises(RedisClusterConfigError, match=r"not a URL: use RedisCluster.from_url"):
            make(**options)


def test_a_list_or_dict_as_a_value_is_told_of_json() -> None:
    values: list[Any] = [{"a": 1}, ["a"], ("a",)]
    for value in values:
        with pytest.raises(DataError, match=r"json.dumps\(\) makes a string of it$"):
            make().set("k", value)


@pytest.mark.parametrize(
    ("value", "verifies"),
    [
        ("none", False), (None, False), ("CERT_NONE", False), (ssl.CERT_NONE, False),
        ("optional", True), ("CERT_OPTIONAL", True), (ssl.CERT_OPTIONAL, True),
        ("required", True), ("CERT_REQUIRED", True), ("Required", True), (ssl.CERT_REQUIRED, True),
    ],
)  # fmt: skip
def test_every_spelling_of_ssl_cert_reqs(value: Any, verifies: bool) -> None:
    assert checks.verifies(value) is verifies


def test_versions_of_tls() -> None:
    for version, number in [("MINIMUM_SUPPORTED", 0), ("MAXIMUM_SUPPORTED", 0x304)]:
        assert checks.tls_version("x", ssl.TLSVersion[version]) == number
    assert checks.tls_version("x", ssl.TLSVersion.TLSv1_2) == 0x303
    assert checks.tls_version("x", None) == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ((None, None), (None, None)),
        (("", ""), (None, None)),
        ((None, "p"), (None, "p")),
        (("", "p"), (None, "p")),
        (("u", "p"), ("u", "p")),
        (("u", None), ("u", "")),
        (("u", ""), ("u", "")),
        ((b"u", b"p\xff"), (b"u", b"p\xff")),
        ((b"", b""), (None, None)),
    ],
)
def test_credentials_that_are_empty_are_none(given: Any, used: Any) -> None:
    assert checks.credentials(*given) == used


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("x", "host_port_remap must be a list"),
        (["x"], "items inside host_port_remap list must be of dict type"),
        ([{"from": "x"}], "Invalid keys provided in host_port_remap rule"),
        ([{"from_host": "1.1.1.1"}], "Both from_host and to_host must be present"),
        ([{"to_port": 1}], "Both from_port and to_port must be present"),
        ([{"from_port": "x", "to_port": 1}], "Both from_port and to_port .* must be integers"),
        ([{"from_host": 5, "to_host": 6}], "Both from_host and to_host"),
    ],
)
def test_a_wrong_rule_of_host_port_remap(rules: Any, message: str) -> None:
    with pytest.raises(RedisClusterConfigError, match=message):
        make(host_port_remap=rules)


def test_a_pool_may_be_shared() -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    client = RedisCluster(connection_pool=pool)
    assert client.connection_pool is pool
    assert client.pipeline().connection_pool is pool
    assert ClusterPipeline(pool).connection_pool is pool


BESIDE_A_POOL: list[dict[str, Any]] = [
    {"startup_nodes": [{"host": "localhost", "port": 1}]},
    {"host": "localhost"},
    {"port": 1},
    {"max_connections": 5},
    {"max_connections_per_node": True},
    {"reinitialize_steps": 5},
    {"skip_full_coverage_check": True},
    {"cluster_down_retry_attempts": 5},
    {"host_port_remap": []},
    {"decode_responses": True},
    {"parser_class": None},
]


@pytest.mark.parametrize("options", BESIDE_A_POOL, ids=lambda options: ",".join(options))
def test_options_beside_a_pool_have_no_effect(options: dict[str, Any]) -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    before = repr(vars(pool))
    assert RedisCluster(connection_pool=pool, **options).connection_pool is pool
    assert repr(vars(pool)) == before


def test_an_unknown_option_beside_a_pool_is_refused() -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    with pytest.raises(TypeError, match=r"decode_response \(did you mean decode_responses\?\)"):
        RedisCluster(connection_pool=pool, decode_response=True)


def test_defaults_and_options_of_the_client_are_welcome_beside_a_pool() -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    client = RedisCluster(
        connection_pool=pool,
        max_connections=None,
        skip_full_coverage_check=False,
        decode_responses=False,
        read_from_replicas=True,
        response_callbacks={"GET": str},
    )
    assert client.read_from_replicas is True
    assert client.response_callbacks["GET"] is str


def test_a_pipeline_takes_the_documented_arguments() -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    pipe = ClusterPipeline(
        connection_pool=pool,
        result_callbacks={"PING": lambda command, replies: replies},
        response_callbacks={"GET": str},
        startup_nodes=[{"host": "localhost", "port": 1}],
        read_from_replicas=True,
        cluster_down_retry_attempts=5,
    )
    assert pipe.response_callbacks["GET"] is str
    assert list(pipe.result_callbacks) == ["PING"]
    assert pipe.read_from_replicas is True
    with pytest.raises(TypeError, match="no_such_option"):
        ClusterPipeline(pool, no_such_option=1)  # type: ignore[call-arg]


def test_a_client_and_its_pool_show_their_nodes() -> None:
    class Mine(RedisCluster):
        pass

    client = Mine("b", 2, [{"host": "a", "port": 1}], init_slot_cache=False)
    assert repr(client) == "Mine<a:1, b:2>"
    assert repr(client.connection_pool) == "ClusterConnectionPool<a:1, b:2>"
    assert repr(client.pipeline()) == "ClusterPipeline"


@pytest.mark.parametrize("inherited", [True, False])
@pytest.mark.parametrize("given", [True, False, None])
def test_a_pipeline_reads_from_replicas_as_its_client_or_as_told(
    inherited: bool, given: bool | None
) -> None:
    pipe = make(read_from_replicas=inherited).pipeline(read_from_replicas=given)
    assert pipe.read_from_replicas is (inherited if given is None else given)


def own(client: RedisCluster) -> dict[str, Any]:
    """The callbacks that are not the table's."""
    table = RedisCluster.RESPONSE_CALLBACKS
    return {name: f for name, f in client.response_callbacks.items() if table.get(name) is not f}


def test_callbacks_are_each_clients_own() -> None:
    given = {"GET": str}
    client = make(response_callbacks=given)
    client.set_response_callback("SET", bool)
    assert given == {"GET": str}
    pipe = client.pipeline()
    assert own(pipe) == {"GET": str, "SET": bool}
    pipe.set_response_callback("INCRBY", str)
    assert own(client) == {"GET": str, "SET": bool}
