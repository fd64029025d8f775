"""Methods of redis-py-cluster's client that send no command, or no longer do, on RedisCluster."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from rediscluster_c import _core
from rediscluster_c._commands import command_info
from rediscluster_c.exceptions import RedisClusterException

if TYPE_CHECKING:
    from rediscluster_c._legacy.pool_methods import Encoder
    from rediscluster_c.connection import ClusterConnectionPool


def _deprecated(message: str) -> None:
    warnings.warn(message, DeprecationWarning, stacklevel=3)


class FormerMethods(_core.Client):
    """Part of RedisCluster."""

    RedisClusterRequestTTL = 16
    connection = None

    NODES_FLAGS: dict[str, str]
    RESPONSE_CALLBACKS: dict[str, Callable[..., Any]]
    connection_pool: ClusterConnectionPool

    @property
    def cluster_down_retry_attempts(self) -> int:
        """How often a call is tried while the cluster is down; an option of the pool."""
        return self.connection_pool.cluster_down_retry_attempts

    @property
    def nodes_flags(self) -> dict[str, str]:
        """NODES_FLAGS of this object: an edit sends a command elsewhere from the next call on.

        A flag is "all-nodes", "all-masters", "random" or "blocked". A pipeline has no use for it.
        """
        if self._node_flags is None:
            self._node_flags = dict(self.NODES_FLAGS)
        return self._node_flags

    @property
    def response_callbacks(self) -> dict[str, Callable[..., Any]]:
        """{command: callback(plain reply, **options)}: an edit counts from the next call on."""
        callbacks = self._response_callbacks
        if len(callbacks) < len(self.RESPONSE_CALLBACKS):
            for command, callback in self.RESPONSE_CALLBACKS.items():
                callbacks.setdefault(command, callback)
        return callbacks

    def get_encoder(self) -> Encoder:
        """Return what makes bytes of values and texts of replies, as this client does."""
        return self.connection_pool.get_encoder()

    @property
    def refresh_table_asap(self) -> bool:
        """False. To set it to True fetches the slot table at once."""
        return False

    @refresh_table_asap.setter
    def refresh_table_asap(self, value: bool) -> None:
        if value:
            self.connection_pool.refresh()

    def readonly(self) -> bool:
        """Let commands that only read go to replicas from now on. Returns True; nothing is sent."""
        self.read_from_replicas = True
        return True

    def readwrite(self) -> bool:
        """Let all commands go to primaries from now on. Returns True; nothing is sent."""
        self.read_from_replicas = False
        return True

    def client(self) -> NoReturn:
        """Not possible: raises RedisClusterException, as no client keeps one connection."""
        raise RedisClusterException(
            "client() would keep one connection: each call takes those it needs, "
            "and a client can be shared by threads"
        )

    def client_no_evict(self, mode: Any) -> NoReturn:
        """Not possible: raises RedisClusterException, as connections are shared."""
        command_info.refuse("CLIENT NO-EVICT")

    def client_no_touch(self, mode: Any) -> NoReturn:
        """Not possible: raises RedisClusterException, as connections are shared."""
        command_info.refuse("CLIENT NO-TOUCH")

    def client_tracking(self, on: bool = True, *args: Any, **kwargs: Any) -> NoReturn:
        """Not possible: raises RedisClusterException, as connections are shared."""
        command_info.refuse("CLIENT TRACKING")

    def client_tracking_on(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not possible: raises RedisClusterException, as connections are shared."""
        command_info.refuse("CLIENT TRACKING")

    def client_tracking_off(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not possible: raises RedisClusterException, as connections are shared."""
        command_info.refuse("CLIENT TRACKING")

    def sentinel(self, *args: Any) -> None:
        """Sends nothing: a DeprecationWarning."""
        _deprecated("Use the individual sentinel_* methods")

    def watch(self, *names: Any) -> Any:
        """Sends nothing: a DeprecationWarning, as a key is watched by a pipeline only."""
        _deprecated("Call WATCH from a Pipeline object")

    def unwatch(self) -> Any:
        """Sends nothing: a DeprecationWarning, as a key is watched by a pipeline only."""
        _deprecated("Call UNWATCH from a Pipeline object")
