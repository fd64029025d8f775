"""How long a scan waits for a primary that is gone, until another one has taken over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rediscluster_c._retry import BackOff, refresh
from rediscluster_c.exceptions import (
    AuthenticationError,
    ClusterError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    TimeoutError,
)

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool

# Longer than servers take with their default cluster-node-timeout of 15 s.
_SECONDS = 30.0

# What a node says, or does not say, that has lost its place in the cluster.
_PASSING = (ClusterError, ConnectionError, MovedError, RedisClusterException, TimeoutError)


class Patience:
    """Decides whether an error is waited out; renew() after a success begins the time anew."""

    def __init__(self, pool: ClusterConnectionPool) -> None:
        self._pool = pool
        self.renew()

    def renew(self) -> None:
        self._given_up: float | None = None
        self._back_off = BackOff()

    def wait_out(self, error: Exception) -> None:
        """Wait a moment and fetch the slot table; raise the error when it is no use to wait."""
        now = time.monotonic()
        if self._given_up is None:
            self._given_up = now + _SECONDS
        passes = isinstance(error, _PASSING) and not isinstance(error, AuthenticationError)
        if not passes or now > self._given_up:
            raise error
        self._back_off.sleep()
        refresh(self._pool)
