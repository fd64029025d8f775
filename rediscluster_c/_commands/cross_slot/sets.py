"""Sets of several slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.cross_slot.steps import listed, replies, run, text

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

# A command takes about a million arguments at most.
_CHUNK = 100_000

Members = set[bytes]


def _members(client: RedisCluster, keys: list[Any], replicas: bool) -> list[Members]:
    return replies(client, [("SMEMBERS", key) for key in keys], replicas)


def _difference(sets: list[Members]) -> Members:
    return sets[0].difference(*sets[1:])


def _intersection(sets: list[Members]) -> Members:
    return sets[0].intersection(*sets[1:])


def _union(sets: list[Members]) -> Members:
    return sets[0].union(*sets[1:])


def _texts(client: RedisCluster, members: Members) -> set[Any]:
    return {text(client, member) for member in members}


def _store(client: RedisCluster, dest: Any, members: Members) -> int:
    """Put the members in the place of whatever is at dest, at once."""
    values = list(members)
    pipe = client.pipeline(transaction=True)
    pipe.execute_command("DEL", dest)
    for i in range(0, len(values), _CHUNK):
        pipe.execute_command("SADD", dest, *values[i : i + _CHUNK])
    pipe.execute()
    return len(values)


def sdiff(client: RedisCluster, keys: Any, *args: Any) -> set[Any]:
    return _texts(client, _difference(_members(client, listed(keys, args), True)))


def sinter(client: RedisCluster, keys: Any, *args: Any) -> set[Any]:
    return _texts(client, _intersection(_members(client, listed(keys, args), True)))


def sunion(client: RedisCluster, keys: Any, *args: Any) -> set[Any]:
    return _texts(client, _union(_members(client, listed(keys, args), True)))


def sdiffstore(client: RedisCluster, dest: Any, keys: Any, *args: Any) -> int:
    return _store(client, dest, _difference(_members(client, listed(keys, args), False)))


def sinterstore(client: RedisCluster, dest: Any, keys: Any, *args: Any) -> int:
    return _store(client, dest, _intersection(_members(client, listed(keys, args), False)))


def sunionstore(client: RedisCluster, dest: Any, keys: Any, *args: Any) -> int:
    return _store(client, dest, _union(_members(client, listed(keys, args), False)))


def smove(client: RedisCluster, src: Any, dst: Any, value: Any) -> int:
    if not run(client, "SISMEMBER", src, value):
        return 0
    added = run(client, "SADD", dst, value)
    removed = run(client, "SREM", src, value)
    if not removed and added:
        # Somebody else has taken it meanwhile, and so it is his to put somewhere.
        run(client, "SREM", dst, value)
    return 1 if removed else 0
