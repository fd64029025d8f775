"""Operations on one key each: what a pipeline does best."""

from __future__ import annotations

from typing import Any

from nodes import startup_nodes
from rediscluster_c import RedisCluster


def pipeline_single_key_operations(
    rc: RedisCluster, key_prefix: str, count: int
) -> tuple[list[Any], list[Any]]:
    """Pipeline operations on keys with same prefix."""
    with rc.pipeline() as pipe:
        for i in range(count):
            key = f"{key_prefix}:{i}"
            pipe.set(key, f"value_{i}")
            pipe.expire(key, 3600)  # 1 hour
        results = pipe.execute()
    return results[::2], results[1::2]


rc = RedisCluster(startup_nodes=startup_nodes())
set_results, expire_results = pipeline_single_key_operations(rc, "single", 5)
print(f"Set: {set_results}")
print(f"Expire: {expire_results}")
