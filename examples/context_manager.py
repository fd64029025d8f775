"""A pipeline as a context manager: it is reset at the end, whatever happens.

Replies are bytes, as Redis sends them, unless the client is made with decode_responses=True.
"""

from __future__ import annotations

from nodes import startup_nodes
from rediscluster_c import RedisCluster

rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)
rc.delete("counter")

with rc.pipeline() as pipe:
    pipe.set("key1", "value1")
    pipe.set("key2", "value2")
    pipe.get("key1")
    pipe.incr("counter")
    results = pipe.execute()
    print(results)

# Commands return the pipeline, so they can be chained.
with RedisCluster(startup_nodes=startup_nodes()).pipeline() as pipe:
    print(pipe.get("key1").get("counter").execute())
