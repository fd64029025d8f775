"""Errors of single commands, and commands that a pipeline refuses.

With raise_on_error=False an error stands in the place of its result, among the other results.
"""

from __future__ import annotations

from nodes import startup_nodes
from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException, ResponseError

rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)
rc.set("non_numeric_key", "abc")

pipe = rc.pipeline()
try:
    pipe.set("valid_key", "value")
    pipe.get("valid_key")
    pipe.incr("non_numeric_key")  # this will fail: what it holds is no number
    results = pipe.execute(raise_on_error=False)

    for i, result in enumerate(results):
        if isinstance(result, Exception):
            print(f"Command {i} failed: {result}")
        else:
            print(f"Command {i} result: {result}")

    # By default the first error is raised, after all commands have run.
    pipe.incr("non_numeric_key")
    try:
        pipe.execute()
    except ResponseError as error:
        print(f"Raised: {error}")

    pipe.mget("key1", "key2")
except RedisClusterException as error:
    print(f"Cluster constraint violation: {error}")
finally:
    pipe.reset()
