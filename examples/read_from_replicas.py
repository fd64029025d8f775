"""Reads that may go to replicas, to spread the load.

A replica follows its master with a little delay. A program that must see its own last write reads
from the master; this one waits until the replicas have caught up.
"""

from __future__ import annotations

import time
from typing import Any

from nodes import startup_nodes
from rediscluster_c import RedisCluster

rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)
rc.set("readonly_key1", "value1")
rc.set("readonly_key2", "value2")
rc.hset("readonly_hash", "field", "value")

rc_with_replicas = RedisCluster(
    startup_nodes=startup_nodes(), read_from_replicas=True, decode_responses=True
)


def read() -> list[Any]:
    with rc_with_replicas.pipeline(read_from_replicas=True) as pipe:
        pipe.get("readonly_key1")
        pipe.get("readonly_key2")
        pipe.hgetall("readonly_hash")
        results: list[Any] = pipe.execute()
        return results


read_results = read()
for _ in range(50):
    if all(read_results):
        break
    time.sleep(0.1)
    read_results = read()
print(f"Read results: {read_results}")
