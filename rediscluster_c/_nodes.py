"""The nodes of a cluster, in the forms that programs know: node dicts, and ClusterNode objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rediscluster_c.exceptions import ConnectionError, SlotNotCoveredError, TimeoutError

if TYPE_CHECKING:
    from rediscluster_c import _core

Address = tuple[str, int]
Node = dict[str, Any]

SLOTS = 16384  # of any cluster
LOST = (ConnectionError, TimeoutError)  # a node that does not answer

PRIMARY = "primary"
REPLICA = "replica"


def node_name(host: str, port: int) -> str:
    return f"{host}:{port}"


def make_node(host: str, port: int, server_type: str | None) -> Node:
    """A node as redis-py-cluster describes it; server_type is "master" or "slave"."""
    return {
        "host": host,
        "port": port,
        "name": node_name(host, port),
        "server_type": server_type,
    }


class ClusterNode:
    """One node of a cluster, as redis-py 4 and later name it: for startup_nodes and target_nodes.

    ``server_type`` is "primary" or "replica", or None where nobody has said. Nodes of the same name
    ("host:port") are equal, and hash alike.
    """

    __slots__ = ("host", "name", "port", "server_type")

    def __init__(self, host: str, port: int | str, server_type: str | None = None) -> None:
        self.host = host
        self.port = int(port)
        self.name = node_name(host, self.port)
        self.server_type = server_type

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, ClusterNode) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"ClusterNode({self.host!r}, {self.port}, {self.server_type!r})"


class NodeTable:
    """Nodes and slots of one slot table: made when it is asked for, and kept until it changes."""

    def __init__(self, skip_full_coverage_check: bool) -> None:
        self.skip_full_coverage_check = skip_full_coverage_check  # of the pool, for messages
        self.version = 0
        self.ranges: list[tuple[int, int, list[Address]]] = []
        self.nodes: dict[str, Node] = {}
        self._slots: dict[int, list[Node]] | None = None

    @classmethod
    def of(cls, pool: _core.Cluster, known: NodeTable) -> NodeTable:
        """The table of the pool as it is now: the one that is known, unless it has changed."""
        version, _ = pool.changes()
        if version == known.version:
            return known
        table = cls(known.skip_full_coverage_check)
        table.version = version
        table.ranges = pool.ranges()
        for _, _, addresses in table.ranges:
            table._add(addresses[0], "master")
        for _, _, addresses in table.ranges:
            for address in addresses[1:]:
                table._add(address, "slave")
        return table

    def _add(self, address: Address, server_type: str) -> None:
        self.nodes.setdefault(node_name(*address), make_node(*address, server_type))

    def at(self, slot: int) -> list[Node]:
        """The nodes of one slot, the primary first."""
        for first, last, addresses in self.ranges:
            if first <= slot <= last:
                return [self.nodes[node_name(*address)] for address in addresses]
        raise SlotNotCoveredError(
            f'Slot "{slot}" not covered by the cluster. '
            f'"skip_full_coverage_check={self.skip_full_coverage_check}"'
        )

    @property
    def slots(self) -> dict[int, list[Node]]:
        """{slot: its nodes}; the slots of a range share one list."""
        if self._slots is None:
            slots: dict[int, list[Node]] = {}
            for first, last, addresses in self.ranges:
                nodes = [self.nodes[node_name(*address)] for address in addresses]
                slots.update(dict.fromkeys(range(first, last + 1), nodes))
            self._slots = slots
        return self._slots
