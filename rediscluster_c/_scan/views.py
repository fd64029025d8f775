"""What a node says of itself: which process it is, and which slots it has, gets and gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rediscluster_c import _core
from rediscluster_c._commands.node_api import NodeMethods
from rediscluster_c._commands.replies import cluster_nodes
from rediscluster_c._nodes import node_name
from rediscluster_c.exceptions import NoPermissionError

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool


class View(NamedTuple):
    process: str  # another one has other cursors
    slots: frozenset[int]  # that it serves
    leaving: dict[int, str]  # slot: the node that its keys are on their way to
    arriving: frozenset[int]
    epoch: int | None  # grows when a slot comes to it that another one had; None: it may not tell


class _PlainPipeline(_core.Pipeline, NodeMethods):
    """A pipeline in which no override and no callback of the user's has a part."""


def view(client: NodeMethods, node: str) -> View:
    """Ask the node itself: another one may not have heard of a change yet."""
    process, epoch, nodes = _ask(client, node)
    pool = client._pool()
    if isinstance(nodes, NoPermissionError):
        return View(process, _slots_in_table(pool, node), {}, frozenset(), epoch)
    if isinstance(nodes, Exception):
        raise nodes
    own: dict[str, Any] = next(entry for entry in nodes if "myself" in entry["flags"])
    names = {entry["id"]: _name(pool, entry) for entry in nodes}
    leaving = {
        each["slot"]: names[each["node_id"]]
        for each in own["migrations"]
        if each["state"] == "migrating" and each["node_id"] in names
    }
    arriving = [each["slot"] for each in own["migrations"] if each["state"] == "importing"]
    return View(process, frozenset(own["slots"]), leaving, frozenset(arriving), epoch)


def _ask(client: NodeMethods, node: str) -> tuple[str, int | None, Any]:
    pool = client._pool()
    pipe = _PlainPipeline(pool, read_from_replicas=pool.read_from_replicas)
    pipe.command_timeout = pool.command_timeout
    for words in (("INFO", "SERVER"), ("CLUSTER INFO",), ("CLUSTER NODES",)):
        pipe.execute_command(*words, target_nodes=node, NEVER_DECODE=True)
    info, state, nodes = pipe.execute(raise_on_error=False)
    for answer in (info, state):
        if isinstance(answer, Exception) and not isinstance(answer, NoPermissionError):
            raise answer
    # Some managed services leave these out.
    process = "" if isinstance(info, Exception) else info.get("run_id", "")
    epoch = None if isinstance(state, Exception) else state.get("cluster_my_epoch")
    epoch = None if epoch is None else int(epoch)
    return process, epoch, nodes if isinstance(nodes, (list, Exception)) else cluster_nodes(nodes)


def _name(pool: ClusterConnectionPool, entry: dict[str, Any]) -> str:
    return node_name(*pool.mapped(entry["host"], entry["port"]))


def _slots_in_table(pool: ClusterConnectionPool, node: str) -> frozenset[int]:
    """For a user who may not ask for more than CLUSTER SLOTS."""
    pool.refresh()
    return frozenset(
        slot
        for first, last, addresses in pool.ranges()
        if node_name(*addresses[0]) == node
        for slot in range(first, last + 1)
    )
