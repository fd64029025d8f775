"""Many commands in chunks, so that no pipeline grows without bounds."""

from __future__ import annotations

from nodes import startup_nodes
from rediscluster_c import RedisCluster

rc = RedisCluster(startup_nodes=startup_nodes())

keys_to_set = [f"batch:key:{i}" for i in range(100)]
values = [f"value_{i}" for i in range(100)]
chunk_size = 50

for i in range(0, len(keys_to_set), chunk_size):
    chunk_keys = keys_to_set[i : i + chunk_size]
    chunk_values = values[i : i + chunk_size]
    with rc.pipeline() as pipe:
        for key, value in zip(chunk_keys, chunk_values):
            pipe.set(key, value)
        results = pipe.execute()
        print(f"Set {len(results)} keys in chunk {i // chunk_size + 1}")
