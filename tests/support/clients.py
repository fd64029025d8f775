"""What the fixtures of the scripted tests hand out."""

from __future__ import annotations

from typing import Any, Protocol

from rediscluster_c import RedisCluster
from tests.support.scripted import ScriptedCluster


class Connect(Protocol):
    """Makes a client of a scripted cluster; the logs begin when it knows the cluster."""

    def __call__(self, cluster: ScriptedCluster, **options: Any) -> RedisCluster: ...
