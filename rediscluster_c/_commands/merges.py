"""How the replies of several nodes become one: (command, {node: reply}) -> reply.

With aggregate=False the dict stays what it is, for the commands whose methods take that option.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, TypeVar

from rediscluster_c._commands.parsing import _Text

Reply = TypeVar("Reply")
ByNode = Mapping[str, Any]


def _lists(command: str, by_node: ByNode) -> list[list[Any]]:
    for node, reply in by_node.items():
        if not isinstance(reply, (list, tuple, set)):
            raise TypeError(
                f"{command}: {node} answered with '{type(reply).__name__}' instead of a list"
            )
    return list(by_node.values())


def union(command: str, by_node: ByNode) -> list[Any]:
    """All elements of the nodes' lists, each once, in the order they come."""
    return list(dict.fromkeys(element for reply in _lists(command, by_node) for element in reply))


def any_one(command: str, by_node: Mapping[str, Reply]) -> Reply:
    """The reply of the first node: all say the same, SCRIPT LOAD for one."""
    for reply in by_node.values():
        return reply
    raise ValueError(f"{command}: no node has answered")


def all_true(command: str, by_node: ByNode) -> bool:
    return all(by_node.values())


def all_in_place(command: str, by_node: ByNode) -> list[bool]:
    """SCRIPT EXISTS: whether every node has the first script, the second, and so on."""
    lists = _lists(command, by_node)
    if len(set(map(len, lists))) > 1:
        raise ValueError(f"{command}: the nodes' lists are of different lengths")
    return [all(known) for known in zip(*lists)]


def any_true(command: str, by_node: ByNode) -> bool:
    """CLIENT UNBLOCK: whether it was so on some node."""
    return any(by_node.values())


def some_found(command: str, by_node: Mapping[str, Reply | None]) -> Reply | None:
    """RANDOMKEY: what one of the nodes has, none of them always; None if no node has anything."""
    found = [reply for reply in by_node.values() if reply is not None]
    return random.choice(found) if found else None


def least(command: str, by_node: ByNode) -> int | list[int]:
    """WAIT: what is true of every node. WAITAOF: two such numbers."""
    if any(isinstance(reply, list) for reply in by_node.values()):
        return [min(numbers) for numbers in zip(*_lists(command, by_node))]
    fewest: int = min(by_node.values())
    return fewest


def pubsub_channels(
    command: str, by_node: ByNode, *, aggregate: bool = True
) -> list[_Text] | ByNode:
    return union(command, by_node) if aggregate else by_node


def pubsub_numpat(
    command: str, by_node: Mapping[str, int], *, aggregate: bool = True
) -> int | Mapping[str, int]:
    return sum(by_node.values()) if aggregate else by_node


def pubsub_numsub(
    command: str, by_node: ByNode, *, aggregate: bool = True
) -> list[tuple[_Text, int]] | ByNode:
    """(channel, its subscribers on all nodes)."""
    if not aggregate:
        return by_node
    counts: dict[_Text, int] = {}
    for reply in _lists(command, by_node):
        for channel, count in reply:
            counts[channel] = counts.get(channel, 0) + count
    return list(counts.items())
