"""Methods of redis-py-cluster's client that send no command, or no longer do, on RedisCluster."""

from __future__ import annotations

import warnings
from typing import Any

from rediscluster_c import _core


def _deprecated(message: str) -> None:
    warnings.warn(message, DeprecationWarning, stacklevel=3)


class FormerMethods(_core.Client):
    """Part of RedisCluster."""

    RedisClusterRequestTTL = 16

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

    def sentinel(self, *args: Any) -> None:
        """Sends nothing: a DeprecationWarning."""
        _deprecated("Use the individual sentinel_* methods")

    def watch(self, *names: Any) -> Any:
        """Sends nothing: a DeprecationWarning, as a key is watched by a pipeline only."""
        _deprecated("Call WATCH from a Pipeline object")

    def unwatch(self) -> Any:
        """Sends nothing: a DeprecationWarning, as a key is watched by a pipeline only."""
        _deprecated("Call UNWATCH from a Pipeline object")
