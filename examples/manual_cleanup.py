"""A pipeline made and reset by hand."""

from __future__ import annotations

from nodes import startup_nodes
from rediscluster_c import RedisCluster

rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)
rc.delete("user:1:profile")

pipe = rc.pipeline()
try:
    pipe.set("user:1:name", "Alice")
    pipe.set("user:1:email", "alice@example.com")
    pipe.hset("user:1:profile", mapping={"age": 30, "city": "New York"})
    pipe.get("user:1:name")
    pipe.hgetall("user:1:profile")
    results = pipe.execute()

    # HSET answers how many fields are new.
    print(f"Set results: {results[:3]}")
    print(f"Name: {results[3]}")
    print(f"Profile: {results[4]}")
finally:
    pipe.reset()
