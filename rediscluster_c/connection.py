"""The pool behind a client: its options, then kept and used by the C core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ssl import TLSVersion
from typing import Any

from rediscluster_c import _core, _options
from rediscluster_c._options import Seconds, StartupNode

__all__ = ["ClusterConnectionPool", "Seconds", "StartupNode"]

# TCP, TLS and AUTH together; a limit on everything, so None for socket_connect_timeout means this.
CONNECT_TIMEOUT = 10.0


class ClusterConnectionPool(_core.Cluster):
    """The connections of one client to all nodes of a cluster, and the slot table.

    A client makes one by itself; make one to share it between clients and pipelines. It connects
    when it is made, unless init_slot_cache is False. RedisClusterException lists each node that was
    tried when none can be reached.

    When max_connections are in use a call fails at once, or waits pool_timeout seconds for one to
    come back. A write without a reply is not sent again unless retry_writes is True.
    """

    def __init__(
        self,
        startup_nodes: Iterable[StartupNode] | None = None,
        init_slot_cache: bool = True,
        *,
        host: str | None = None,
        port: int | None = None,
        max_connections: int | None = None,
        max_connections_per_node: bool | int = False,
        reinitialize_steps: int | None = None,
        skip_full_coverage_check: bool = False,
        cluster_down_retry_attempts: int = 3,
        host_port_remap: list[dict[str, Any]] | None = None,
        username: str | None = None,
        password: str | None = None,
        client_name: str | None = None,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        decode_responses: bool = False,
        socket_timeout: Seconds = None,
        socket_connect_timeout: Seconds = None,
        socket_keepalive: bool | None = None,
        socket_keepalive_options: Mapping[int, int] | None = None,
        retry_on_timeout: bool = False,
        retry_writes: bool = False,
        pool_timeout: Seconds = None,
        ssl: bool = False,
        ssl_keyfile: str | None = None,
        ssl_certfile: str | None = None,
        ssl_cert_reqs: Any = "required",
        ssl_ca_certs: str | None = None,
        ssl_ca_path: str | None = None,
        ssl_ca_data: str | None = None,
        ssl_check_hostname: bool = False,
        ssl_password: str | None = None,
        ssl_ciphers: str | None = None,
        ssl_min_version: TLSVersion | None = None,
    ) -> None:
        connect_timeout = socket_connect_timeout
        if connect_timeout is None:
            connect_timeout = CONNECT_TIMEOUT if socket_timeout is None else socket_timeout
        most, per_node = _options.per_node(
            max_connections_per_node, _options.limit("max_connections", max_connections)
        )
        self.encoding, self.encoding_errors = _options.codec(encoding, encoding_errors)
        addresses = _options.addresses(host, port, startup_nodes)
        self.retry_writes = retry_writes
        self.startup_nodes = [{"host": name, "port": number} for name, number in addresses]
        super().__init__(
            startup=addresses,
            remaps=_options.remaps(host_port_remap),
            encoding=encoding,
            errors=encoding_errors,
            decode=decode_responses,
            username=_options.text("username", username),
            password=_options.text("password", password),
            client_name=_options.text("client_name", client_name),
            socket_timeout_ms=_options.milliseconds("socket_timeout", socket_timeout),
            pool_timeout_ms=(
                0 if pool_timeout is None else _options.milliseconds("pool_timeout", pool_timeout)
            ),
            connect_timeout_ms=_options.milliseconds("socket_connect_timeout", connect_timeout),
            **_options.keepalive(socket_keepalive, socket_keepalive_options),
            max_connections=most,
            max_connections_per_node=per_node,
            down_rounds=_options.integer(
                "cluster_down_retry_attempts", cluster_down_retry_attempts
            ),
            timeout_rounds=3 if retry_on_timeout else 1,
            refresh_after_moved=_options.integer(
                "reinitialize_steps", 25 if reinitialize_steps is None else reinitialize_steps
            ),
            retry_writes=retry_writes,
            allow_uncovered=skip_full_coverage_check,
            tls=ssl,
            tls_check_hostname=ssl_check_hostname,
            tls_verify=_options.verifies(ssl_cert_reqs),
            tls_ca_file=_options.text("ssl_ca_certs", ssl_ca_certs),
            tls_ca_path=_options.text("ssl_ca_path", ssl_ca_path),
            tls_ca_data=_options.text("ssl_ca_data", ssl_ca_data),
            tls_cert_file=_options.text("ssl_certfile", ssl_certfile),
            tls_key_file=_options.text("ssl_keyfile", ssl_keyfile),
            tls_key_password=_options.text("ssl_password", ssl_password),
            tls_ciphers=_options.text("ssl_ciphers", ssl_ciphers),
            tls_min_version=_options.tls_version("ssl_min_version", ssl_min_version),
        )
        if init_slot_cache:
            try:
                self.open()
            except BaseException:
                self.disconnect()  # whoever keeps the exception keeps this object, too
                raise

    def __repr__(self) -> str:
        return describe(self, self)


def describe(owner: object, pool: object) -> str:
    """The repr of a pool or its client, also of one whose __init__ has failed or is missing."""
    nodes: list[dict[str, Any]] = getattr(pool, "startup_nodes", [])
    names = sorted(f"{node['host']}:{node['port']}" for node in nodes)
    return f"{type(owner).__name__}<{', '.join(names)}>"
