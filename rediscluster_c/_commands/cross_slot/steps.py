"""What the emulations are made of: commands in one round, with replies that nothing has decoded.

Replies are bytes whatever the client decodes, as values that are moved need not be texts; the
user's response callbacks do not see them. Reads are the primary's where a write depends on them.
Whoever overrides execute_command gets each command, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MethodDescriptorType
from typing import TYPE_CHECKING, Any

from rediscluster_c import _core

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

Words = Sequence[Any]


def _is_overridden(client: RedisCluster) -> bool:
    found = type(client).execute_command
    return (
        "execute_command" in getattr(client, "__dict__", {})
        or not isinstance(found, MethodDescriptorType)
        or found.__objclass__ is not _core.Client
    )


def run(client: RedisCluster, *words: Any, replicas: bool = False) -> Any:
    """The reply of one command; its error is raised."""
    return client.execute_command(*words, NEVER_DECODE=True, read_from_replicas=replicas)


def outcomes(client: RedisCluster, commands: Iterable[Words], replicas: bool = False) -> list[Any]:
    """The replies of commands that all run, in one round; exceptions in the places of failed ones.

    Commands of one slot keep their order.
    """
    if _is_overridden(client):
        return [_outcome(client, words, replicas) for words in commands]
    pipe = _core.Pipeline(
        client.connection_pool, read_from_replicas=client.read_from_replicas and replicas
    )
    pipe.command_timeout = client.command_timeout
    for words in commands:
        pipe.execute_command(*words, NEVER_DECODE=True)
    return pipe.execute(raise_on_error=False)


def _outcome(client: RedisCluster, words: Words, replicas: bool) -> Any:
    try:
        return run(client, *words, replicas=replicas)
    except Exception as error:  # whatever it is, the others shall run as they do in a pipeline
        return error


def replies(client: RedisCluster, commands: Iterable[Words], replicas: bool = False) -> list[Any]:
    """The same, but the first error is raised."""
    results = outcomes(client, commands, replicas)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def text(client: RedisCluster, value: bytes) -> Any:
    """A value as the client's own replies have it: bytes or str."""
    pool = client.connection_pool
    return str(value, pool.encoding, pool.encoding_errors) if pool.decode_responses else value


def listed(keys: Any, args: Iterable[Any]) -> list[Any]:
    """The keys of a method that takes one or a list of them, and more behind it."""
    one = isinstance(keys, (bytes, str, int, float, memoryview))
    return [*([keys] if one else keys), *args]
