"""The pools behind a client: their options, then kept and used by the C core."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from ssl import TLSVersion
from typing import TYPE_CHECKING, Any, NoReturn

from rediscluster_c import events
from rediscluster_c._legacy.connection_classes import (
    ClusterConnection,
    ClusterParser,
    SSLClusterConnection,
    uses_tls,
)
from rediscluster_c._legacy.module_names import lookup
from rediscluster_c._legacy.pool_methods import PoolLookups, refuse_connection
from rediscluster_c._nodes import Node, NodeTable
from rediscluster_c._options import aliases, checks, urls
from rediscluster_c._options.checks import AddressRemap, Seconds, StartupNode
from rediscluster_c._safe_repr import HiddenSecrets
from rediscluster_c.nodemanager import NodeManager

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "ClusterBlockingConnectionPool",
    "ClusterConnection",
    "ClusterConnectionPool",
    "ClusterParser",
    "ClusterReadOnlyConnectionPool",
    "ClusterWithReadReplicasConnectionPool",
    "NodeManager",
    "SSLClusterConnection",
    "Seconds",
    "StartupNode",
    "by_node_context",
]

# TCP, TLS and AUTH together; a limit on everything, so None for socket_connect_timeout means this.
CONNECT_TIMEOUT = 10.0


class ClusterConnectionPool(PoolLookups):
    """The connections of one client to all nodes of a cluster, and the slot table.

    A client makes one by itself; make one to share it between clients and pipelines. It connects
    when it is made, unless init_slot_cache is False. RedisClusterException lists each node that was
    tried when none can be reached.

    A command that was not sent, because its node cannot be reached, waits up to failover_timeout
    seconds (20) for another primary to take the node's place, as long as other nodes answer. With
    0, or a retry of the caller's own, a few quick tries are all; they take about 3 seconds.

    db is the database of all commands, where the servers have more than one in a cluster (Valkey 9
    with cluster-databases); on others no connection can be made with one other than 0.

    socket_connect_timeout bounds the seconds that a connection takes to open, with TLS and login;
    without it socket_timeout does, and without that 10 seconds. socket_timeout (None) bounds the
    seconds without progress on one node, command_timeout (None) those of a whole call, all waits
    and tries included: a reply that comes byte by byte can take as long as it likes without it. A
    command that blocks on the server has its own time beside both. A command over keys of several
    slots that takes several steps has so much time for each.

    When max_connections are in use a call fails at once, or waits pool_timeout seconds for one to
    come back; the limits are on open sockets, idle ones included. A write without a reply is not
    sent again unless retry_writes is True. Clients of a pool read from replicas if its
    read_from_replicas is true, without being told themselves.

    A reply of more than max_reply_bytes bytes of text (1 GiB; below 2 GiB) or max_reply_items
    elements (33,554,432) is not kept: its command gets a ReplyLimitError, though it has run. One
    that is too long to be read to its end and thrown away (16 MiB) costs the connection, and
    what waits for replies behind it fares as with a lost one. Memory is taken as bytes come.

    TCP keepalive is on: a node that vanished without a word is noticed after 6 idle seconds and
    three probes, one each 3 seconds. socket_keepalive_options, {socket.TCP_KEEPIDLE: 60, ...},
    changes that, and socket_keepalive=False turns it off.

    Addresses that the servers name are changed by host_port_remap, a list of rules of which the
    first that fits counts, and then by address_remap, a function of one tuple (host, port) that
    returns another. It must not use this pool; what it raises ends the call that met the address.

    A server's MOVED or ASK may name any address. The command and the credentials go only to what
    the slot table names, or what one of the two has put in another's place. What is sent on
    elsewhere waits for a table that names it, and raises ClusterError after some tries; so an ASK
    to a node that owns no slot yet does. With redirect_only_to_known_nodes=False they go anywhere.

    With ssl=True certificates are checked, and the names in them. ssl_check_hostname=False checks
    no names, as redis-py-cluster did; ssl_cert_reqs="none" checks nothing, and is an error together
    with ssl_check_hostname=True. TLS 1.2 is the oldest version unless ssl_min_version is older.

    on_topology_change, on_node_down and on_redirect are called with an event (see
    rediscluster_c.events) in the thread of the call that met it, when that call is over.

    The message of a command that failed in a pipeline shows its arguments, cut at 64 bytes; with
    hide_values=True the name and the first key alone. A server's own text stays as it is.

    Accepted without effect, as the C core has its own ways: dynamic_startup_nodes,
    health_check_interval, nodemanager_follow_cluster, parser_class, readonly, socket_read_size and
    socket_type.

    A pool can be pickled, and then connects when it is first used. One that has a password has to
    be made with pickle_secrets=True for that, as the pickle shows it.

    As in redis-py 4 and later: require_full_coverage=False is skip_full_coverage_check=True; of
    retry, a Retry, the number of retries counts, for broken connections and for timeouts, and what
    may be sent again and after what pause stays as it is.
    """

    # socket_timeout of the pools that are made without one.
    RedisClusterDefaultTimeout: Seconds = None
    read_from_replicas: bool | str = False

    def __init__(
        self,
        startup_nodes: Iterable[StartupNode] | None = None,
        init_slot_cache: bool = True,
        connection_class: type[Any] | None = None,
        max_connections: int | None = None,
        max_connections_per_node: bool | int = False,
        reinitialize_steps: int | None = None,
        skip_full_coverage_check: bool = False,
        nodemanager_follow_cluster: bool = False,
        host_port_remap: list[dict[str, Any]] | None = None,
        *,
        host: str | None = None,
        port: int | None = None,
        cluster_down_retry_attempts: int = 3,
        username: str | bytes | None = None,
        password: str | bytes | None = None,
        client_name: str | None = None,
        db: int | None = None,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        decode_responses: bool = False,
        command_timeout: Seconds = None,
        socket_timeout: Seconds = None,
        socket_connect_timeout: Seconds = None,
        socket_keepalive: bool | None = None,
        socket_keepalive_options: Mapping[int, int] | None = None,
        address_remap: AddressRemap | None = None,
        retry: Any = None,
        retry_on_timeout: bool = False,
        retry_writes: bool = False,
        require_full_coverage: bool | None = None,
        pool_timeout: Seconds = None,
        failover_timeout: float | None = None,
        max_reply_bytes: int = 2**30,
        max_reply_items: int = 2**25,
        read_from_replicas: bool | str | None = None,
        on_topology_change: events.Callback = None,
        on_node_down: events.Callback = None,
        on_redirect: events.Callback = None,
        hide_values: bool = False,
        redirect_only_to_known_nodes: bool = True,
        pickle_secrets: bool = False,
        ssl: bool = False,
        ssl_keyfile: str | None = None,
        ssl_certfile: str | None = None,
        ssl_cert_reqs: Any = "required",
        ssl_ca_certs: str | None = None,
        ssl_ca_path: str | None = None,
        ssl_ca_data: str | None = None,
        ssl_check_hostname: bool | None = None,
        ssl_password: str | None = None,
        ssl_crl_file: str | None = None,
        ssl_ciphers: str | None = None,
        ssl_ciphersuites: str | None = None,
        ssl_min_version: TLSVersion | None = None,
        **others: Any,
    ) -> None:
        aliases.check_others(others, lambda: signature(type(self).__init__).parameters)
        if read_from_replicas is not None:
            self.read_from_replicas = checks.read_policy(read_from_replicas)
        tls = uses_tls(connection_class, ssl)
        if socket_timeout is None:
            socket_timeout = self.RedisClusterDefaultTimeout
        connect_timeout = socket_connect_timeout
        if connect_timeout is None:
            connect_timeout = CONNECT_TIMEOUT if socket_timeout is None else socket_timeout
        most, per_node = checks.per_node(
            max_connections_per_node, checks.limit("max_connections", max_connections)
        )
        user, secret = checks.credentials(username, password)
        addresses = checks.addresses(host, port, startup_nodes)
        self.encoding, self.encoding_errors = aliases.codec(encoding, encoding_errors, others)
        self.startup_nodes: list[Node] = [{"host": name, "port": at} for name, at in addresses]
        self.connection_class = SSLClusterConnection if tls else ClusterConnection
        self.max_connections = 2**31 if max_connections is None else max_connections
        self.max_connections_per_node = max_connections_per_node
        self.reinitialize_steps = checks.integer(
            "reinitialize_steps", 25 if reinitialize_steps is None else reinitialize_steps
        )
        self.host_port_remap = host_port_remap
        self.nodemanager_follow_cluster = nodemanager_follow_cluster
        self.cluster_down_retry_attempts = aliases.down_rounds(cluster_down_retry_attempts, others)
        self.connection_kwargs = HiddenSecrets(
            host=addresses[0][0],
            port=addresses[0][1],
            username=username,
            password=password,
            client_name=client_name,
            encoding=self.encoding,
            encoding_errors=self.encoding_errors,
            decode_responses=decode_responses,
            socket_timeout=socket_timeout,
            socket_connect_timeout=socket_connect_timeout,
            socket_keepalive=socket_keepalive,
            socket_keepalive_options=socket_keepalive_options,
            retry_on_timeout=retry_on_timeout,
        )
        self.db = checks.database(db)
        self.command_timeout = checks.seconds("command_timeout", command_timeout)
        self.address_remap = checks.address_remap(address_remap)
        self.skip_full_coverage_check = aliases.allow_uncovered(
            skip_full_coverage_check, require_full_coverage
        )
        failover_timeout_ms = checks.failover_timeout(failover_timeout, retry)
        self.failover_timeout = failover_timeout_ms / 1000
        self._node_table = NodeTable(self.skip_full_coverage_check)
        self.retry_writes = retry_writes
        self.pickle_secrets = pickle_secrets
        self.redirect_only_to_known_nodes = redirect_only_to_known_nodes
        super().__init__(
            startup=addresses,
            remaps=checks.remaps(host_port_remap),
            address_remap=self.address_remap,
            observer=events.Observer(on_topology_change, on_node_down, on_redirect),
            report_redirects=on_redirect is not None,
            hide_values=hide_values,
            redirect_only_to_known_nodes=redirect_only_to_known_nodes,
            encoding=self.encoding,
            errors=self.encoding_errors,
            decode=decode_responses,
            username=user,
            password=secret,
            client_name=checks.text("client_name", client_name),
            database=self.db,
            socket_timeout_ms=checks.milliseconds("socket_timeout", socket_timeout),
            pool_timeout_ms=self._pool_timeout_ms(pool_timeout),
            failover_timeout_ms=failover_timeout_ms,
            connect_timeout_ms=checks.milliseconds("socket_connect_timeout", connect_timeout),
            **checks.keepalive(socket_keepalive, socket_keepalive_options),
            max_connections=most,
            max_connections_per_node=per_node,
            max_reply_bytes=checks.integer("max_reply_bytes", max_reply_bytes, least=1),
            max_reply_items=checks.integer("max_reply_items", max_reply_items, least=1),
            down_rounds=self.cluster_down_retry_attempts,
            **aliases.retry_rounds(retry, retry_on_timeout),
            refresh_after_moved=self.reinitialize_steps,
            retry_writes=retry_writes,
            allow_uncovered=self.skip_full_coverage_check,
            tls=tls,
            tls_check_hostname=checks.checks_hostname(ssl_check_hostname, ssl_cert_reqs),
            tls_verify=checks.verifies(ssl_cert_reqs),
            tls_ca_file=checks.text("ssl_ca_certs", ssl_ca_certs),
            tls_ca_path=checks.text("ssl_ca_path", ssl_ca_path),
            tls_ca_data=checks.text("ssl_ca_data", ssl_ca_data),
            tls_cert_file=checks.text("ssl_certfile", ssl_certfile),
            tls_key_file=checks.text("ssl_keyfile", ssl_keyfile),
            tls_key_password=checks.text("ssl_password", ssl_password),
            tls_crl_file=checks.text("ssl_crl_file", ssl_crl_file),
            tls_ciphers=checks.text("ssl_ciphers", ssl_ciphers),
            tls_ciphersuites=checks.text("ssl_ciphersuites", ssl_ciphersuites),
            tls_min_version=checks.tls_version("ssl_min_version", ssl_min_version),
        )
        if init_slot_cache and not self.is_lazy:
            try:
                self.open()
            except BaseException:
                self.disconnect()  # whoever keeps the exception keeps this object, too
                raise

    @classmethod
    def from_url(
        cls, url: str, db: int | None = None, decode_components: bool = False, **options: Any
    ) -> Self:
        """Make a pool from redis://[[username]:[password]@]host[:port][/db][?option=value&...].

        rediss:// is TLS; valkey:// and valkeys:// are redis:// and rediss://. Options are those of
        the constructor; those in the URL win. User name and password are percent-decoded with
        decode_components only. ValueError for another scheme or a value of a wrong type;
        RedisClusterException for unix://.
        """
        return cls(**{"db": db, **options, **url_options(url, decode_components)})

    @property
    def nodes(self) -> NodeManager:
        """The nodes and slots, as they are known now."""
        return NodeManager.of_pool(self)

    def _pool_timeout_ms(self, pool_timeout: Seconds) -> int:
        return 0 if pool_timeout is None else checks.milliseconds("pool_timeout", pool_timeout)

    def __repr__(self) -> str:
        return describe(self, self)


def url_options(
    url: str, decode_components: bool = True, more: urls.Annotations | None = None
) -> dict[str, Any]:
    """The keywords that a URL says, of a pool, or of a client, whose own parameters are *more*."""
    annotations = {
        **aliases.OTHERS,
        **ClusterBlockingConnectionPool.__init__.__annotations__,
        **ClusterConnectionPool.__init__.__annotations__,
        **(more or {}),
    }
    return urls.options(url, annotations, decode_components)


class ClusterBlockingConnectionPool(ClusterConnectionPool):
    """A pool that waits `timeout` seconds (None: as long as it takes) when it is full.

    ConnectionError "No connection available ..." when that was in vain. With
    max_connections_per_node=True max_connections is meant for each node.
    """

    def __init__(
        self,
        startup_nodes: Iterable[StartupNode] | None = None,
        init_slot_cache: bool = True,
        connection_class: type[Any] | None = None,
        max_connections: int | None = 50,
        max_connections_per_node: bool | int = False,
        reinitialize_steps: int | None = None,
        skip_full_coverage_check: bool = False,
        nodemanager_follow_cluster: bool = False,
        timeout: Seconds = 20,
        **options: Any,
    ) -> None:
        self.timeout = timeout
        super().__init__(
            startup_nodes,
            init_slot_cache,
            connection_class,
            max_connections,
            max_connections_per_node,
            reinitialize_steps,
            skip_full_coverage_check,
            nodemanager_follow_cluster,
            **options,
        )

    def _pool_timeout_ms(self, pool_timeout: Seconds) -> int:
        if pool_timeout is not None:
            raise TypeError("pool_timeout: this pool's name for it is timeout")
        return checks.milliseconds("timeout", self.timeout)


class ClusterReadOnlyConnectionPool(ClusterConnectionPool):
    """A pool whose clients read from replicas: RedisCluster(readonly_mode=True) makes one."""

    read_from_replicas: bool | str = True

    def __init__(
        self,
        startup_nodes: Iterable[StartupNode] | None = None,
        init_slot_cache: bool = True,
        connection_class: type[Any] | None = None,
        max_connections: int | None = None,
        nodemanager_follow_cluster: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            startup_nodes,
            init_slot_cache,
            connection_class,
            max_connections,
            nodemanager_follow_cluster=nodemanager_follow_cluster,
            **options,
        )

    def get_master_connection_by_slot(self, slot: int) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_master_connection_by_slot")

    def get_random_master_slave_connection_by_slot(self, slot: int) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_random_master_slave_connection_by_slot")


class ClusterWithReadReplicasConnectionPool(ClusterConnectionPool):
    """A pool whose clients read from replicas: RedisCluster(read_from_replicas=True) makes one."""

    read_from_replicas: bool | str = True

    def get_node_by_slot(self, slot: int, read_command: bool = False) -> Node:
        """Return the primary of *slot*, or for a read_command any node; SlotNotCoveredError if
        there is none."""
        nodes = self.node_table().at(slot)
        return random.choice(nodes) if read_command else nodes[0]


def pool_type(readonly_mode: bool, read_from_replicas: bool) -> type[ClusterConnectionPool]:
    """The pool that a client with these options makes."""
    if readonly_mode:
        return ClusterReadOnlyConnectionPool
    return ClusterWithReadReplicasConnectionPool if read_from_replicas else ClusterConnectionPool


@contextmanager
def by_node_context(pool: ClusterConnectionPool, node: Node) -> Iterator[Any]:
    """Not possible: raises RedisClusterException, as the pool hands out no connections."""
    yield pool.get_connection_by_node(node)


def describe(owner: object, pool: object) -> str:
    """The repr of a pool or its client, also of one whose __init__ has failed or is missing."""
    nodes: list[dict[str, Any]] = getattr(pool, "startup_nodes", [])
    names = sorted(f"{node['host']}:{node['port']}" for node in nodes)
    return f"{type(owner).__name__}<{', '.join(names)}>"


if not TYPE_CHECKING:
    __getattr__ = lookup(__name__)
