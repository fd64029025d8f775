"""Operations on many keys, grouped by slot: each pipeline then talks to one node."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from nodes import startup_nodes
from rediscluster_c import RedisCluster
from rediscluster_c.crc import keyslot


def safe_multi_key_pipeline(rc: RedisCluster, operations: list[dict[str, Any]]) -> list[Any]:
    """Execute operations slot by slot; their results, in the order of the slots' first keys."""
    slot_groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for op in operations:
        slot_groups[keyslot(op["key"])].append(op)

    all_results: list[Any] = []
    for ops in slot_groups.values():
        with rc.pipeline() as pipe:
            for op in ops:
                getattr(pipe, op["command"])(op["key"], *op.get("args", []))
            all_results.extend(pipe.execute())
    return all_results


rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)
for key in ("{user:1}:visits", "{user:2}:visits"):
    rc.delete(key)
operations: list[dict[str, Any]] = [
    {"command": "set", "key": "{user:1}:name", "args": ["Alice"]},
    {"command": "set", "key": "{user:2}:name", "args": ["Bob"]},
    {"command": "incr", "key": "{user:1}:visits"},
    {"command": "get", "key": "{user:1}:name"},
    {"command": "incr", "key": "{user:2}:visits", "args": [10]},
    {"command": "get", "key": "{user:2}:name"},
]
print(safe_multi_key_pipeline(rc, operations))

# The client itself takes several keys of any slots: it splits the command, asks all nodes at once
# and puts the results together again.
print(rc.mget("{user:1}:name", "{user:2}:name"))
