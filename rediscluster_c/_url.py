"""redis:// and rediss:// URLs, as keywords of RedisCluster and of the pools."""

from __future__ import annotations

from ssl import TLSVersion
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from rediscluster_c import _options
from rediscluster_c.exceptions import RedisClusterException

DEFAULT_PORT = 6379

_FALSE = {"0", "f", "false", "n", "no", "off"}
_TRUE = {"1", "t", "true", "y", "yes", "on"}


def _boolean(text: str) -> bool:
    if text.lower() not in _FALSE | _TRUE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _tls_version(text: str) -> TLSVersion:
    try:
        return TLSVersion[text.replace(".", "_")]
    except KeyError:
        raise ValueError(text) from None


def _boolean_or_integer(text: str) -> bool | int:
    return int(text) if text.isdigit() and text not in ("0", "1") else _boolean(text)


def _boolean_or_name(text: str) -> bool | str:
    return text if text in _options.READ_POLICIES else _boolean(text)


# What the text of a query option becomes; one that is not listed stays a text.
_TYPES: dict[str, tuple[Callable[[str], Any], str]] = {
    **dict.fromkeys(
        """
        decode_responses dynamic_startup_nodes init_slot_cache nodemanager_follow_cluster
        readonly_mode require_full_coverage retry_on_timeout retry_writes
        single_connection_client skip_full_coverage_check socket_keepalive ssl ssl_check_hostname
        ssl_validate_ocsp ssl_validate_ocsp_stapled
        """.split(),
        (_boolean, "True or False"),
    ),
    **dict.fromkeys(
        """
        cluster_down_retry_attempts cluster_error_retry_attempts db max_connections protocol
        reinitialize_steps
        """.split(),
        (int, "an integer"),
    ),
    **dict.fromkeys(
        """
        command_timeout health_check_interval pool_timeout socket_connect_timeout
        socket_timeout timeout
        """.split(),
        (float, "a number"),
    ),
    "ssl_min_version": (_tls_version, "the name of an ssl.TLSVersion, such as TLSv1_2"),
    "failover_timeout": (float, "a number"),
    "read_from_replicas": (_boolean_or_name, "True, False or the name of a policy"),
    "max_connections_per_node": (_boolean_or_integer, "True, False or an integer"),
}


def _option(name: str, text: str) -> Any:
    convert, expected = _TYPES.get(name, (str, "a text"))
    try:
        return convert(text)
    except ValueError:
        raise ValueError(f"{name} in the URL must be {expected}, not {text!r}") from None


def _database(path: str) -> int:
    text = unquote(path).strip("/")
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"the path of the URL can be a database number only, not {text!r}"
        ) from None


def check_database(db: int | None) -> None:
    """A cluster has database 0 and no other."""
    if db is not None and db != 0:
        raise RedisClusterException("Argument 'db' is not possible to use in cluster mode")


def options(url: str, decode_components: bool = True) -> dict[str, Any]:
    """The keywords that the URL stands for: host, port, and what else it says.

    Percent-encoded parts are decoded, user name and password only if decode_components. The options
    of the query have the types that the keywords take. RedisClusterException for unix:// and for a
    database other than 0, ValueError for what is no such URL.
    """
    if not isinstance(url, str):
        raise TypeError(f"a URL is a str, not {type(url).__name__}")
    if url.lower().startswith("unix://"):
        raise RedisClusterException("Unix sockets do not work in a cluster environment")
    if not url.lower().startswith(("redis://", "rediss://")):
        raise ValueError(
            "Redis URL must specify one of the following schemes (redis://, rediss://)"
        )
    parts = urlsplit(url)
    decode = unquote if decode_components else str
    found: dict[str, Any] = {
        "host": unquote(parts.hostname or "localhost"),
        "port": DEFAULT_PORT if parts.port is None else parts.port,
    }
    if parts.username:
        found["username"] = decode(parts.username)
    if parts.password:
        found["password"] = decode(parts.password)
    if parts.scheme == "rediss":
        found["ssl"] = True
    query = {name: _option(name, text) for name, text in parse_qsl(parts.query)}
    if "startup_nodes" in query:
        raise ValueError("startup_nodes cannot stand in the URL: give them beside it")
    check_database(query.pop("db", None if "db" in query else _database(parts.path)))
    return {**found, **query}
