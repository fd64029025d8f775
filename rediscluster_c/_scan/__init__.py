"""scan_iter and its like on RedisCluster: iterators that outlive failovers and moving slots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from rediscluster_c import _core
from rediscluster_c._commands.node_api import NodeMethods
from rediscluster_c._scan.elements import Elements
from rediscluster_c._scan.keyspace import keys_of_nodes, keys_of_shards
from rediscluster_c.crc import Key
from rediscluster_c.exceptions import RedisClusterException

Text = Any  # bytes, or str with decode_responses


class ScanMethods(NodeMethods):
    """Part of RedisCluster.

    Each method returns an iterator at once, and asks for the next part when it is used up. What was
    there from the first step to the last comes at least once; what came or went meanwhile may come
    or not. When a primary fails the iterator goes on with its replica as soon as that has taken
    over; it waits for half a minute, and then raises what it has met. As a server's cursors mean
    nothing to another one, that part begins anew, and what has come already may come again.
    """

    def scan_iter(
        self,
        match: Any = None,
        count: int | None = None,
        _type: str | None = None,
        **kwargs: Any,
    ) -> Iterator[Text]:
        """Iterate over the keys of all primaries, one after the other.

        *match*: a pattern. *count*: about so many keys in a step. *_type* (server 6.0): 'string',
        'list', 'set', 'zset', 'hash', 'stream'. *target_nodes*: the nodes to look at, as they are.

        Keys of slots that are moved meanwhile are looked for where they have gone.
        RedisClusterException on a pipeline.
        """
        self._check_iterable("scan_iter")
        targets = kwargs.pop("target_nodes", None)
        if kwargs:
            raise TypeError(
                f"scan_iter() got an unexpected keyword argument {next(iter(kwargs))!r}"
            )
        options = {"match": match, "count": count, "_type": _type}
        if targets is not None:
            return keys_of_nodes(self, targets, options)
        return keys_of_shards(self, options)

    def hscan_iter(
        self, name: Key, match: Any = None, count: int | None = None, no_values: bool = False
    ) -> Iterator[Any]:
        """Iterate over the hash at *name*: (field, value), or fields with *no_values* (server 7.4).

        *match*: a pattern of fields. *count*: about so many in a step; a small hash comes as one.
        RedisClusterException on a pipeline.
        """
        self._check_iterable("hscan_iter")
        words = _words(match, count, *(["NOVALUES"] if no_values else []))
        options: dict[str, Any] = {"no_values": True} if no_values else {}
        parts = Elements(self, "HSCAN", name, words, options)
        return (item for part in parts for item in (part if no_values else part.items()))

    def sscan_iter(self, name: Key, match: Any = None, count: int | None = None) -> Iterator[Text]:
        """Iterate over the members of the set at *name*.

        *match*: a pattern. *count*: about so many in a step; a small set comes as one.
        RedisClusterException on a pipeline.
        """
        self._check_iterable("sscan_iter")
        parts = Elements(self, "SSCAN", name, _words(match, count), {})
        return (member for part in parts for member in part)

    def zscan_iter(
        self,
        name: Key,
        match: Any = None,
        count: int | None = None,
        score_cast_func: Callable[[Any], Any] = float,
    ) -> Iterator[tuple[Text, Any]]:
        """Iterate over the sorted set at *name*: (member, score).

        The scores are what *score_cast_func* makes of the server's texts. *match*: a pattern of
        members. *count*: about so many in a step; a small set comes as one.
        RedisClusterException on a pipeline.
        """
        self._check_iterable("zscan_iter")
        options = {"score_cast_func": score_cast_func}
        parts = Elements(self, "ZSCAN", name, _words(match, count), options)
        return (pair for part in parts for pair in part)

    def _check_iterable(self, name: str) -> None:
        if isinstance(self, _core.Pipeline):
            raise RedisClusterException(
                f"{name}() needs a reply before it can go on, which a pipeline has not: "
                "call it on the client"
            )
        self._pool()


def _words(match: Any, count: int | None, *more: str) -> list[Any]:
    words = [] if match is None else ["MATCH", match]
    return [*words, *([] if count is None else ["COUNT", count]), *more]
