"""RedisCluster: what is naturally Python around the C type that runs commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable

from rediscluster_c import _core, _options
from rediscluster_c.bitfield import BitFieldOperation
from rediscluster_c.connection import ClusterConnectionPool, StartupNode, describe
from rediscluster_c.crc import Key, keyslot
from rediscluster_c.exceptions import RedisClusterException
from rediscluster_c.lock import Lock
from rediscluster_c.script import Script

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.pipeline import ClusterPipeline
    from rediscluster_c.transaction import ClusterTransaction

Callbacks = Mapping[str, Callable[..., Any]]

_POOL_DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(ClusterConnectionPool).parameters.items()
}


class RedisCluster(_core.Client):
    """A client for Redis and Valkey Cluster, used as redis-py-cluster's RedisCluster is.

    Give a host and port, or startup_nodes=[{"host": ..., "port": ...}, ...]; one that answers is
    enough. Further keywords are those of ClusterConnectionPool: an unknown one is a TypeError.
    Replies are bytes unless decode_responses=True.

    A command that was not sent, that the cluster refused, or that only reads, is sent again by
    itself. A write that was sent and not answered raises UnknownOutcome and is not.
    """

    connection_pool: ClusterConnectionPool
    # Set by the modules of these classes, which derive from this one.
    _pipeline_type: type[ClusterPipeline]
    _cross_slot_type: type[ClusterPipeline]
    _transaction_type: type[ClusterTransaction]

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
        connection_class: None = None,
        read_from_replicas: bool = False,
        cluster_down_retry_attempts: int = 3,
        host_port_remap: list[dict[str, Any]] | None = None,
        *,
        connection_pool: ClusterConnectionPool | None = None,
        result_callbacks: Callbacks | None = None,
        response_callbacks: Callbacks | None = None,
        **options: Any,
    ) -> None:
        if "db" in options:
            raise RedisClusterException("Argument 'db' is not possible to use in cluster mode")
        if connection_class is not None:
            raise TypeError(
                "connection_class: the C core makes its own connections; use ssl=True for TLS"
            )
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
            cluster_down_retry_attempts=cluster_down_retry_attempts,
            host_port_remap=host_port_remap,
        )
        if connection_pool is None:
            connection_pool = ClusterConnectionPool(init_slot_cache=init_slot_cache, **options)
        else:
            _options.beside_pool(options, _POOL_DEFAULTS)
        super().__init__(
            connection_pool,
            result_callbacks=_options.callbacks("result_callbacks", result_callbacks),
            response_callbacks=_options.callbacks("response_callbacks", response_callbacks),
            read_from_replicas=read_from_replicas or readonly_mode,
        )

    def pipeline(
        self,
        transaction: bool | None = None,
        shard_hint: Any | None = None,
        read_from_replicas: bool | None = None,
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
        if transaction:
            return self._transaction_type(
                self._pool(), self.result_callbacks, self.response_callbacks
            )
        pipeline = (self._cross_slot_type if cross_slot else self._pipeline_type)(
            self._pool(),
            self.result_callbacks,
            self.response_callbacks,
            read_from_replicas=(
                self.read_from_replicas if read_from_replicas is None else read_from_replicas
            ),
        )
        pipeline.cross_slot = cross_slot
        return pipeline

    def keyslot(self, key: Key) -> int:
        """Return the hash slot of *key* as this client encodes it (0 to 16383). Nothing is sent."""
        pool = self._pool()
        return keyslot(key, pool.encoding, pool.encoding_errors)

    def register_script(self, script: str | bytes) -> Script:
        """Return a Script that runs this Lua text when it is called. Nothing is sent."""
        return Script(self, script)

    def lock(
        self,
        name: Key,
        timeout: float | None = None,
        sleep: float = 0.1,
        blocking_timeout: float | None = None,
        lock_class: Callable[..., Lock] | None = None,
        thread_local: bool = True,
        *,
        blocking: bool = True,
    ) -> Lock:
        """Return a Lock that is the key *name*, not taken yet; the options are those of Lock.

        *lock_class* is called in place of Lock, with the same arguments.
        """
        options: dict[str, Any] = {} if blocking else {"blocking": False}
        return (lock_class or Lock)(
            self,
            name,
            timeout=timeout,
            sleep=sleep,
            blocking_timeout=blocking_timeout,
            thread_local=thread_local,
            **options,
        )

    def bitfield(self, key: Key, default_overflow: str | None = None) -> BitFieldOperation:
        """Return an object that puts a BITFIELD command together, and sends it by execute().

        *default_overflow*: "WRAP", "SAT" or "FAIL"; see BitFieldOperation.overflow().
        """
        return BitFieldOperation(self, key, default_overflow)

    def __getitem__(self, name: Key) -> Any:
        """Return the value of the string *name*; KeyError if there is none. A pipeline queues."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: Key, value: Key) -> None:
        """Set *name* to *value*, without expiry."""
        self.set(name, value)

    def __delitem__(self, name: Key) -> None:
        """Delete *name*. It is no error if it does not exist."""
        self.delete(name)

    def __contains__(self, *names: Key) -> int:
        """The same as exists()."""
        return self.exists(*names)

    # Without it Python would iterate by __getitem__: on a pipeline, which answers to any, for ever.
    __iter__ = None

    def close(self) -> None:
        """Close the idle connections. The client can be used again: it opens new ones."""
        self._pool().disconnect()

    def _pool(self) -> ClusterConnectionPool:
        try:
            return self.connection_pool
        except AttributeError:
            raise RuntimeError(f"{type(self).__name__}.__init__() was not called") from None

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
