"""Keys of any type in several slots: their values travel as DUMP makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.cross_slot.steps import Words, outcomes, replies, run
from rediscluster_c.exceptions import RedisClusterException, ResponseError

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

_WITHOUT_EXPIRY = -1
_GONE = -2

# Deletes a key that is still as it was set.
_TAKE_BACK = """
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


def _carry(client: RedisCluster, src: Any, dst: Any, *replace: str) -> bool | None:
    """Write the value at src to dst; None without src, False if there is a dst that shall stay."""
    payload, ttl = replies(client, [("DUMP", src), ("PTTL", src)])
    if payload is None or ttl == _GONE:
        return None
    # To RESTORE 0 means for ever, to PTTL less than a millisecond.
    left = 0 if ttl == _WITHOUT_EXPIRY else max(ttl, 1)
    try:
        run(client, "RESTORE", dst, left, payload, *replace)
    except ResponseError as error:
        if str(error).startswith("BUSYKEY"):
            return False
        raise
    return True


def _rename(client: RedisCluster, src: Any, dst: Any, *replace: str) -> bool:
    done = _carry(client, src, dst, *replace)
    if done is None:
        raise ResponseError("no such key")
    if done:
        run(client, "DEL", src)
    return done


def rename(client: RedisCluster, src: Any, dst: Any, replace: Any) -> bool:
    return _rename(client, src, dst, "REPLACE")


def renamenx(client: RedisCluster, src: Any, dst: Any) -> bool:
    return _rename(client, src, dst)


def copy(
    client: RedisCluster, source: Any, destination: Any, destination_db: Any, replace: Any
) -> bool:
    if destination_db not in (None, 0, "0", b"0"):
        raise RedisClusterException(
            f"copy: destination_db={destination_db!r}: a cluster has the database 0 only"
        )
    return bool(_carry(client, source, destination, *(["REPLACE"] if replace else [])))


def msetnx(client: RedisCluster, /, *args: Mapping[Any, Any], **pairs: Any) -> bool:
    values: dict[Any, Any] = {**pairs, **(dict(args[0].items()) if args else {})}
    if any(replies(client, [("EXISTS", key) for key in values])):
        return False
    by_slot: dict[int, dict[Any, Any]] = {}
    for key, value in values.items():
        by_slot.setdefault(client.keyslot(key), {})[key] = value
    groups = list(by_slot.values())
    commands: list[Words] = [
        ("MSETNX", *(word for item in group.items() for word in item)) for group in groups
    ]
    results = outcomes(client, commands)
    if all(result == 1 for result in results):
        return True
    _take_back(client, [group for group, result in zip(groups, results) if result == 1])
    for result in results:
        if isinstance(result, Exception):
            raise result
    return False


def _take_back(client: RedisCluster, groups: list[dict[Any, Any]]) -> None:
    """Delete what was set, as far as that is possible: it is not all that should be set."""
    outcomes(
        client,
        [("EVAL", _TAKE_BACK, 1, key, value) for group in groups for key, value in group.items()],
    )
