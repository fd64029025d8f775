"""What happens to a client's nodes and slot table: as log records, and as events for callbacks.

The logger is "rediscluster_c": INFO for a changed slot table, WARNING for a node that cannot be
connected to, for one that can be again, and for events that were lost; nothing per command or
redirect.
"""

from __future__ import annotations

import logging
from typing import Any, Callable, NamedTuple, Optional, Union

from rediscluster_c._safe_repr import bad_value
from rediscluster_c.exceptions import RedisClusterConfigError

__all__ = ["NodeDown", "Redirect", "TopologyChange"]

logger = logging.getLogger("rediscluster_c")
logger.addHandler(logging.NullHandler())


class TopologyChange(NamedTuple):
    """The slot table was fetched, and slots or nodes are not what they were.

    ``covered`` slots of 16384 have a node. The table itself is the client's: see get_nodes().
    """

    covered: int


class NodeDown(NamedTuple):
    """A connection to ``node`` ("host:port") could not be made, for the first time in a while."""

    node: str
    reason: str


class Redirect(NamedTuple):
    """``node`` sent a command on ``slot`` on to ``target``; ``kind`` is "moved" or "ask".

    Commands of one call that meet the same redirect one after the other are one event.
    """

    kind: str
    slot: int
    node: str
    target: str


Event = Union[TopologyChange, NodeDown, Redirect]
Callback = Optional[Callable[[Any], Any]]


class Observer:
    """Takes events from the C core, in the thread of the call that met them, after that call.

    A callback may use the client. What it raises is logged, and does not touch the call's result.
    """

    def __init__(
        self, on_topology_change: Callback, on_node_down: Callback, on_redirect: Callback
    ) -> None:
        for name, callback in (
            ("on_topology_change", on_topology_change),
            ("on_node_down", on_node_down),
            ("on_redirect", on_redirect),
        ):
            if callback is not None and not callable(callback):
                raise RedisClusterConfigError(
                    bad_value(name, "a function of one event, or None", callback)
                )
        self.on_topology_change = on_topology_change
        self.on_node_down = on_node_down
        self.on_redirect = on_redirect

    def __call__(
        self, kind: str, node: str | None, target: str | None, slot: int, text: str
    ) -> None:
        try:
            self._tell(kind, node or "", target or "", slot, text)
        except Exception:
            logger.exception("a callback for events has failed")

    def _tell(self, kind: str, node: str, target: str, slot: int, text: str) -> None:
        callback: Callback = None
        event: Event | None = None
        if kind == "topology":
            logger.info("the slot table has changed: %d slots have a node", slot)
            callback, event = self.on_topology_change, TopologyChange(slot)
        elif kind == "node_down":
            logger.warning("node %s is down: %s", node, text)
            callback, event = self.on_node_down, NodeDown(node, text)
        elif kind == "node_up":
            logger.warning("node %s can be connected to again", node)
        elif kind == "dropped":
            logger.warning("%d events came too fast to be told", slot)
        else:
            callback, event = self.on_redirect, Redirect(kind, slot, node, target)
        if callback is not None:
            callback(event)
