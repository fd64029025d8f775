"""Pauses of what Python tries again: transactions, scans and subscriptions.

Single commands and pipelines are tried again in the core, by its own rules (execution/retry.c).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from rediscluster_c.exceptions import RedisClusterException, RedisError

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool

_FIRST_PAUSE = 0.01  # seconds
_LONGEST_PAUSE = 0.5


class BackOff:
    """Pauses between tries, each twice as long as the one before, less a random part."""

    def __init__(self) -> None:
        self._pause = _FIRST_PAUSE

    def sleep(self, at_most: float | None = None) -> None:
        """Wait for the next pause, or *at_most* seconds."""
        pause = self._pause * random.uniform(0.5, 1)
        time.sleep(pause if at_most is None else min(pause, at_most))
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)


def refresh(pool: ClusterConnectionPool) -> bool:
    """Fetch the slot table; False if no node told one, so that the old one stays."""
    try:
        pool.refresh()
    except (RedisError, RedisClusterException):
        return False
    return True
