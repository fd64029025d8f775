"""Slots of keys, and hash tags that bring keys into one slot.

The slot is the CRC16 of the key, or of its part in {braces}, modulo 16384, and
rediscluster_c.crc.keyslot computes it. (hashlib has no crc16.) A pipeline takes keys of any slots;
it is a single command over several keys that needs them all in one.
"""

from __future__ import annotations

from nodes import startup_nodes
from rediscluster_c import RedisCluster
from rediscluster_c.crc import keyslot

rc = RedisCluster(startup_nodes=startup_nodes(), decode_responses=True)


def show(key1: str, key2: str) -> None:
    print(f"{key1} is in slot {keyslot(key1)}, {key2} in slot {keyslot(key2)}")
    rc.delete(key1)
    rc.delete(key2)
    if keyslot(key1) == keyslot(key2):
        print("Keys are in same slot - can pipeline together")
        with rc.pipeline() as pipe:
            pipe.hset(key1, "name", "John")
            pipe.hset(key2, "theme", "dark")
            pipe.hget(key1, "name")
            pipe.hget(key2, "theme")
            print(pipe.execute())
    else:
        print("Keys in different slots - use separate commands")


show("user:123:profile", "user:123:settings")
show("{user:123}:profile", "{user:123}:settings")
