"""The pool behind a client: its options, checked here, then kept and used by the C core."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from rediscluster_c import _core
from rediscluster_c.exceptions import RedisClusterConfigError, RedisClusterException

StartupNode = Mapping[str, Union[str, bytes, int]]
Seconds = Optional[float]

# TCP, TLS and AUTH together; a limit on everything, so None for socket_connect_timeout means this.
CONNECT_TIMEOUT = 10.0


def _address(node: StartupNode) -> tuple[str, int]:
    try:
        host, port = node["host"], int(node["port"])
    except (KeyError, TypeError, ValueError) as error:
        raise RedisClusterConfigError(
            f'a startup node must be {{"host": ..., "port": ...}}, not {node!r}'
        ) from error
    if isinstance(host, bytes):
        host = host.decode()
    if not isinstance(host, str) or not host or not 0 < port < 65536:
        raise RedisClusterConfigError(
            f"a startup node needs a host name and a port from 1 to 65535, not {node!r}"
        )
    return host, port


def _addresses(
    host: Optional[str], port: Optional[int], startup_nodes: Optional[Iterable[StartupNode]]
) -> list[tuple[str, int]]:
    nodes = [_address(node) for node in startup_nodes or []]
    if host:
        nodes.append(_address({"host": host, "port": port or 7000}))
    if not nodes:
        raise RedisClusterException("No startup nodes provided")
    return list(dict.fromkeys(nodes))


def _milliseconds(name: str, seconds: Seconds) -> int:
    """-1 for None: no limit."""
    if seconds is None:
        return -1
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds <= 0:
        raise RedisClusterConfigError(f"{name} must be a number of seconds above 0, or None")
    return max(1, round(seconds * 1000))


def _keepalive(on: Optional[bool], options: Optional[Mapping[int, int]]) -> dict[str, int]:
    import socket

    names = {
        getattr(socket, "TCP_KEEPIDLE", -1): "keepalive_idle",
        getattr(socket, "TCP_KEEPINTVL", -2): "keepalive_interval",
        getattr(socket, "TCP_KEEPCNT", -3): "keepalive_count",
    }
    chosen = {"keepalive": int(on is not False)}
    for option, value in (options or {}).items():
        if option not in names:
            raise RedisClusterConfigError(f"socket_keepalive_options: {option!r} is not known")
        chosen[names[option]] = value
    return chosen


def _remap_rule(rule: Any) -> tuple[Optional[str], Optional[str], int, int]:
    if not isinstance(rule, dict):
        raise RedisClusterConfigError("items inside host_port_remap list must be of dict type")
    if not set(rule) <= {"from_host", "to_host", "from_port", "to_port"}:
        raise RedisClusterConfigError("Invalid keys provided in host_port_remap rule")
    for name in ("host", "port"):
        if (f"from_{name}" in rule) != (f"to_{name}" in rule):
            raise RedisClusterConfigError(
                f"Both from_{name} and to_{name} must be present in host_port_remap rule "
                "if either is defined"
            )
    try:
        ports = int(rule.get("from_port", 0)), int(rule.get("to_port", 0))
    except (TypeError, ValueError):
        raise RedisClusterConfigError(
            "Both from_port and to_port in host_port_remap rule must be integers"
        ) from None
    return rule.get("from_host"), rule.get("to_host"), *ports


def _remaps(rules: Any) -> list[tuple[Optional[str], Optional[str], int, int]]:
    if rules is None:
        return []
    if not isinstance(rules, list):
        raise RedisClusterConfigError("host_port_remap must be a list")
    return [_remap_rule(rule) for rule in rules]


_VERIFY = {"none": False, "optional": True, "required": True}


def _verifies(requirement: Any) -> bool:
    if isinstance(requirement, ssl.VerifyMode):
        return requirement is not ssl.CERT_NONE
    if requirement not in _VERIFY:
        raise RedisClusterConfigError(
            f"ssl_cert_reqs must be 'none', 'optional' or 'required', not {requirement!r}"
        )
    return _VERIFY[requirement]


def _positive(name: str, number: Optional[int]) -> int:
    if number is None:
        return 0
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise RedisClusterConfigError(f"{name} must be an integer above 0, or None")
    return number


class ClusterConnectionPool(_core.Cluster):
    """The connections of one client to all nodes of a cluster, and the slot table.

    A client makes one by itself; make one to share it between clients and pipelines. It connects when
    it is made, unless init_slot_cache is False. RedisClusterException lists each node that was tried
    when none can be reached.
    """

    def __init__(
        self,
        startup_nodes: Optional[Iterable[StartupNode]] = None,
        init_slot_cache: bool = True,
        *,
        host: Optional[str] = None,
        port: Optional[int] = None,
        max_connections: Optional[int] = None,
        max_connections_per_node: Union[bool, int] = False,
        reinitialize_steps: Optional[int] = None,
        skip_full_coverage_check: bool = False,
        cluster_down_retry_attempts: int = 3,
        host_port_remap: Optional[list[dict[str, Any]]] = None,
        username: Optional[str] = None,
        password: Optional[str] = None,
        client_name: Optional[str] = None,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        decode_responses: bool = False,
        socket_timeout: Seconds = None,
        socket_connect_timeout: Seconds = None,
        socket_keepalive: Optional[bool] = None,
        socket_keepalive_options: Optional[Mapping[int, int]] = None,
        retry_on_timeout: bool = False,
        retry_writes: bool = False,
        ssl: bool = False,
        ssl_keyfile: Optional[str] = None,
        ssl_certfile: Optional[str] = None,
        ssl_cert_reqs: Any = "required",
        ssl_ca_certs: Optional[str] = None,
        ssl_ca_path: Optional[str] = None,
        ssl_ca_data: Optional[str] = None,
        ssl_check_hostname: bool = False,
        ssl_password: Optional[str] = None,
        ssl_ciphers: Optional[str] = None,
    ) -> None:
        connect_timeout = socket_connect_timeout or socket_timeout or CONNECT_TIMEOUT
        most = _positive("max_connections", max_connections)
        # True: max_connections is meant for each node, as in redis-py-cluster.
        per_node = most if max_connections_per_node is True else int(max_connections_per_node)
        self.startup_nodes = [
            {"host": name, "port": number} for name, number in _addresses(host, port, startup_nodes)
        ]
        super().__init__(
            startup=[(node["host"], node["port"]) for node in self.startup_nodes],
            remaps=_remaps(host_port_remap),
            encoding=encoding,
            errors=encoding_errors,
            decode=decode_responses,
            username=username,
            password=password,
            client_name=client_name,
            socket_timeout_ms=_milliseconds("socket_timeout", socket_timeout),
            connect_timeout_ms=_milliseconds("socket_connect_timeout", connect_timeout),
            **_keepalive(socket_keepalive, socket_keepalive_options),
            max_connections=0 if max_connections_per_node is True else most,
            max_connections_per_node=per_node,
            down_rounds=cluster_down_retry_attempts,
            timeout_rounds=3 if retry_on_timeout else 1,
            refresh_after_moved=25 if reinitialize_steps is None else reinitialize_steps,
            retry_writes=retry_writes,
            allow_uncovered=skip_full_coverage_check,
            tls=ssl,
            tls_check_hostname=ssl_check_hostname,
            tls_verify=_verifies(ssl_cert_reqs),
            tls_ca_file=ssl_ca_certs,
            tls_ca_path=ssl_ca_path,
            tls_ca_data=ssl_ca_data,
            tls_cert_file=ssl_certfile,
            tls_key_file=ssl_keyfile,
            tls_key_password=ssl_password,
            tls_ciphers=ssl_ciphers,
        )
        if init_slot_cache:
            try:
                self.open()
            except BaseException:
                self.disconnect()  # whoever keeps the exception keeps this object, too
                raise

    def __repr__(self) -> str:
        names = sorted(f"{node['host']}:{node['port']}" for node in self.startup_nodes)
        return f"{type(self).__name__}<{', '.join(names)}>"
