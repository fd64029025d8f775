"""RedisCluster: what is naturally Python around the C type that runs commands."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from inspect import signature
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Literal, TypeVar, overload

from rediscluster_c import _core
from rediscluster_c._commands.helpers import ComposedMethods
from rediscluster_c._commands.management import ManagementMethods
from rediscluster_c._commands.target_nodes import resolve
from rediscluster_c._copies import ClientCopies
from rediscluster_c._legacy import command_tables
from rediscluster_c._legacy.client_methods import FormerMethods
from rediscluster_c._legacy.module_names import lookup
from rediscluster_c._options import aliases, checks
from rediscluster_c._scan import ScanMethods
from rediscluster_c.connection import (
    ClusterConnectionPool,
    StartupNode,
    describe,
    pool_type,
    url_options,
)
from rediscluster_c.crc import Key
from rediscluster_c.exceptions import RedisClusterException, WatchError
from rediscluster_c.monitor import Monitor
from rediscluster_c.pubsub import PubSub
from rediscluster_c.utils import CaseInsensitiveDict

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.pipeline import ClusterPipeline
    from rediscluster_c.transaction import ClusterTransaction

__all__ = ["READ_COMMANDS", "CaseInsensitiveDict", "RedisCluster"]

_Pipe = TypeVar("_Pipe", bound="ClusterPipeline")
Callbacks = Mapping[str, Callable[..., Any]]

# The commands that may go to replicas.
READ_COMMANDS = frozenset(row["wire"] for row in _core.commands() if row["read"])

_POOL_DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(ClusterConnectionPool).parameters.items()
}


class RedisCluster(ComposedMethods, ScanMethods, ManagementMethods, FormerMethods, ClientCopies):
    """A client for Redis and Valkey Cluster, used as redis-py-cluster's RedisCluster is.

    Give a host and port, startup_nodes=[{"host": ..., "port": ...}, ...], or a url; one node that
    answers is enough. Further keywords are those of ClusterConnectionPool. An unknown one is a
    TypeError; beside a connection_pool they have no effect, as the pool has its own. Replies are
    bytes unless decode_responses=True.

    A command that was not sent, that the cluster refused, or that only reads, is sent again by
    itself. A write that was sent and not answered raises UnknownOutcome and is not.
    """

    # A subclass may have tables of its own: copies of these, edited.
    CLUSTER_COMMANDS_RESPONSE_CALLBACKS = dict(command_tables.CLUSTER_COMMANDS_RESPONSE_CALLBACKS)
    NODES_FLAGS = dict(command_tables.NODES_FLAGS)
    RESPONSE_CALLBACKS = dict(command_tables.RESPONSE_CALLBACKS)
    RESULT_CALLBACKS = dict(command_tables.RESULT_CALLBACKS)

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        startup_nodes: Iterable[StartupNode] | None = None,
        max_connections: int | None = None,
        max_connections_per_node: bool | int = False,
        init_slot_cache: bool = True,
        readonly_mode: bool = False,
        reinitialize_steps: int | None = None,
        skip_full_coverage_check: bool = False,
        nodemanager_follow_cluster: bool = False,
        connection_class: type[Any] | None = None,
        read_from_replicas: bool | str = False,
        cluster_down_retry_attempts: int = 3,
        host_port_remap: list[dict[str, Any]] | None = None,
        *,
        url: str | None = None,
        connection_pool: ClusterConnectionPool | None = None,
        result_callbacks: Callbacks | None = None,
        response_callbacks: Callbacks | None = None,
        **options: Any,
    ) -> None:
        if connection_pool is not None and not isinstance(connection_pool, ClusterConnectionPool):
            raise TypeError(
                "connection_pool must be a ClusterConnectionPool, "
                f"not {type(connection_pool).__name__}"
            )
        options.update(
            startup_nodes=startup_nodes,
            host=host,
            port=port,
            max_connections=max_connections,
            max_connections_per_node=max_connections_per_node,
            reinitialize_steps=reinitialize_steps,
            skip_full_coverage_check=skip_full_coverage_check,
            connection_class=connection_class,
            cluster_down_retry_attempts=cluster_down_retry_attempts,
            host_port_remap=host_port_remap,
        )
        if connection_pool is not None:
            # The pool's own options count, as they did in redis-py-cluster.
            aliases.check_names(set(options) - set(_POOL_DEFAULTS), lambda: _POOL_DEFAULTS)
        else:
            options.update(
                init_slot_cache=init_slot_cache,
                readonly_mode=readonly_mode,
                read_from_replicas=read_from_replicas,
            )
            connection_pool = _make_pool(options, url)
            read_from_replicas = connection_pool.read_from_replicas  # a URL has its say, too
        super().__init__(
            connection_pool,
            result_callbacks={
                **command_tables.changed(self.RESULT_CALLBACKS, command_tables.RESULT_CALLBACKS),
                **checks.callbacks("result_callbacks", result_callbacks),
            },
            response_callbacks={
                **command_tables.changed(
                    self.RESPONSE_CALLBACKS, command_tables.RESPONSE_CALLBACKS
                ),
                **command_tables.changed(
                    self.CLUSTER_COMMANDS_RESPONSE_CALLBACKS,
                    command_tables.CLUSTER_COMMANDS_RESPONSE_CALLBACKS,
                ),
                **checks.callbacks("response_callbacks", response_callbacks),
            },
            read_from_replicas=(
                read_from_replicas or readonly_mode or connection_pool.read_from_replicas
            ),
        )
        self.command_timeout = connection_pool.command_timeout
        if self.NODES_FLAGS != command_tables.NODES_FLAGS:
            self._node_flags = dict(self.NODES_FLAGS)

    def with_timeout(self, seconds: float | None) -> Self:
        """Return a client on the same connections whose calls take up to *seconds* each.

        All waits and tries are included, and so is what a command blocks for on the server:
        rc.with_timeout(0.5).get("key"). None: any time. TimeoutError when the time is over,
        OutcomeUnknownTimeoutError for a write that may have run.
        """
        client = copy.copy(self)
        client.command_timeout = seconds
        client.bounds_waits = True
        return client

    @classmethod
    def from_url(
        cls,
        url: str,
        db: int | None = None,
        skip_full_coverage_check: bool = False,
        readonly_mode: bool = False,
        read_from_replicas: bool | str = False,
        *,
        decode_components: bool = False,
        **options: Any,
    ) -> Self:
        """Make a client from redis://[[username]:[password]@]host[:port][/db][?option=value&...].

        rediss:// is TLS; valkey:// and valkeys:// are redis:// and rediss://. The port is 6379
        unless it is given. Options are those of the constructor; those in the URL win. User name
        and password are percent-decoded with *decode_components* only, as in redis-py-cluster;
        url= of the constructor decodes them, as in redis-py 4. ValueError for another scheme or a
        value of a wrong type, RedisClusterException for unix://.
        """
        options.update(
            db=db,
            skip_full_coverage_check=skip_full_coverage_check,
            readonly_mode=readonly_mode,
            read_from_replicas=read_from_replicas,
        )
        return cls(**_with_url(options, url_options(url, decode_components, _annotations())))

    @overload
    def pipeline(
        self,
        transaction: Literal[True],
        shard_hint: Any | None = None,
        read_from_replicas: bool | str | None = None,
    ) -> ClusterTransaction: ...

    @overload
    def pipeline(
        self,
        transaction: bool | None = None,
        shard_hint: Any | None = None,
        read_from_replicas: bool | str | None = None,
        *,
        cross_slot: bool = False,
    ) -> ClusterPipeline: ...

    def pipeline(
        self,
        transaction: bool | None = None,
        shard_hint: Any | None = None,
        read_from_replicas: bool | str | None = None,
        *,
        cross_slot: bool = False,
    ) -> ClusterPipeline:
        """Return a pipeline that shares this client's connections.

        *transaction*: its commands run between MULTI and EXEC, on keys of one slot, and keys can be
        watched: see ClusterTransaction. *cross_slot*: it also takes what has to go to several slots
        or nodes (mget, delete of many keys, dbsize, ...). *read_from_replicas* is the client's own
        unless it is given. RedisClusterException for *shard_hint*.
        """
        if shard_hint:
            raise RedisClusterException("shard_hint is deprecated in cluster mode")
        if transaction and (cross_slot or read_from_replicas):
            raise RedisClusterException(
                "a transaction runs on the primary of one slot: "
                "it goes with neither cross_slot nor read_from_replicas"
            )
        # These modules import this one, whose class theirs derive from.
        if transaction:
            from rediscluster_c.transaction import ClusterTransaction

            made = ClusterTransaction(self._pool(), self.result_callbacks, self._response_callbacks)
            return self._limited(made)
        from rediscluster_c.pipeline import ClusterPipeline, CrossSlotPipeline

        kind = CrossSlotPipeline if cross_slot else ClusterPipeline
        pipe = kind(self._pool(), self.result_callbacks, self._response_callbacks)
        pipe.read_from_replicas = (
            self.read_from_replicas if read_from_replicas is None else read_from_replicas
        )
        return self._limited(pipe)

    def _limited(self, pipe: _Pipe) -> _Pipe:
        """A pipeline's time is that of its client."""
        pipe.command_timeout, pipe.bounds_waits = self.command_timeout, self.bounds_waits
        return pipe

    def transaction(
        self,
        func: Callable[[ClusterTransaction], Any],
        *watches: Key,
        shard_hint: Any | None = None,
        value_from_callable: bool = False,
        watch_delay: float | None = None,
    ) -> Any:
        """Watch keys, call func(pipeline), execute what it has queued, until no key had changed.

        *func* reads while keys are watched, then calls the pipeline's multi() and queues. Returns
        the replies of the transaction, or with *value_from_callable* what *func* returned. It waits
        *watch_delay* seconds before each new try. All keys must be in one slot.
        """
        with self.pipeline(True, shard_hint) as pipe:
            while True:
                with suppress(WatchError):
                    if watches:
                        pipe.watch(*watches)
                    value = func(pipe)
                    results = pipe.execute()
                    return value if value_from_callable else results
                if watch_delay:
                    time.sleep(watch_delay)

    def monitor(self, target_node: Any = None) -> Monitor:
        """Return a Monitor of the commands that one node runs.

        target_node is one node, as for target_nodes; None: any primary.
        """
        if target_node is None:
            return Monitor(self._pool())
        (address, *others), _ = resolve(self, target_node)
        if others:
            raise RedisClusterException("monitor() takes one node: target_node names several")
        return Monitor(self._pool(), "{}:{}".format(*address))

    def pubsub(self, **kwargs: Any) -> PubSub:
        """Return a PubSub on this client's cluster; keywords are those of PubSub."""
        return PubSub(self._pool(), **kwargs)

    def stats(self) -> dict[str, dict[str, Any]]:
        """Return what was done with each node since the client was made, {"host:port": numbers}.

        - down (bool): the last connection attempt failed
        - connections: open ones, of which in_use are in use
        - connects, connect_failures: connections made, and attempts that failed
        - losses: conversations that broke or timed out
        - commands: replies received, without those of transactions and subscriptions
        - retries: commands that were sent there after another try
        - redirects, refreshes: MOVED and ASK replies, and slot tables, that the node gave
        - bytes_sent, bytes_received
        - latency: {"count", "total", "recent", "histogram"} of round trips, from the first byte
          sent to the first reply, in seconds; recent is a moving average, histogram is
          {upper bound: count} with bounds that double
        """
        return self._pool().reports()

    def close(self) -> None:
        """Close the idle connections. The client can be used again: it opens new ones."""
        self._pool().disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return describe(self, getattr(self, "connection_pool", None))


def _annotations() -> dict[str, str]:
    return RedisCluster.__init__.__annotations__


def _with_url(options: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The options and what the URL said, which wins, but for its node: they add up."""
    node = {"host": said.pop("host"), "port": said.pop("port")}
    startup_nodes = [*checks.nodes(options.get("startup_nodes")), node]
    return {**options, **said, "startup_nodes": startup_nodes}


def _make_pool(options: dict[str, Any], url: str | None) -> ClusterConnectionPool:
    """A pool as the options and the URL say."""
    if url is not None:
        options = _with_url(options, url_options(url, more=_annotations()))
    policy = checks.read_policy(options.pop("read_from_replicas"))
    kind = pool_type(options.pop("readonly_mode"), bool(policy))
    return kind(**options, read_from_replicas=policy or None)


if not TYPE_CHECKING:
    __getattr__ = lookup(__name__)
