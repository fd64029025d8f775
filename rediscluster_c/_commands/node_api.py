"""What redis-py 4 and later call the nodes of a cluster, on RedisCluster: get_nodes() and so on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from rediscluster_c import _core
from rediscluster_c._nodes import PRIMARY, REPLICA, ClusterNode, Node
from rediscluster_c.crc import Key, keyslot
from rediscluster_c.exceptions import DataError

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool

_ROLES = {"master": PRIMARY, "slave": REPLICA}


def _cluster_node(node: Node) -> ClusterNode:
    return ClusterNode(node["host"], node["port"], _ROLES.get(node["server_type"]))


class NodeMethods(_core.Client):
    """Part of RedisCluster: the nodes of its cluster as ClusterNode objects.

    The slot table is fetched if it is not known yet. Each method shows the cluster as it is known
    at the time, and nodes that serve no slot and replicate nobody are not known.
    """

    PRIMARIES = "primaries"
    REPLICAS = "replicas"
    ALL_NODES = "all"
    RANDOM = "random"
    DEFAULT_NODE = "default-node"
    NODE_FLAGS = frozenset({PRIMARIES, REPLICAS, ALL_NODES, RANDOM, DEFAULT_NODE})

    connection_pool: ClusterConnectionPool
    _default_node: ClusterNode | None = None

    def _pool(self) -> ClusterConnectionPool:
        try:
            return self.connection_pool
        except AttributeError:
            raise RuntimeError(f"{type(self).__name__}.__init__() was not called") from None

    def keyslot(self, key: Key) -> int:
        """Return the hash slot of *key* as this client encodes it (0 to 16383). Nothing is sent."""
        pool = self._pool()
        return keyslot(key, pool.encoding, pool.encoding_errors)

    def _known_nodes(self, server_type: str | None = None) -> list[ClusterNode]:
        pool = self._pool()
        nodes = pool.node_table().nodes
        if not nodes:
            pool.refresh()
            nodes = pool.node_table().nodes
        return [
            _cluster_node(node)
            for node in list(nodes.values())
            if server_type in (None, node["server_type"])
        ]

    def get_nodes(self) -> list[ClusterNode]:
        """Return all nodes, the primaries first."""
        return self._known_nodes()

    def get_primaries(self) -> list[ClusterNode]:
        """Return the nodes that serve slots."""
        return self._known_nodes("master")

    def get_replicas(self) -> list[ClusterNode]:
        """Return the replicas of these."""
        return self._known_nodes("slave")

    def get_random_node(self) -> ClusterNode:
        """Return any node."""
        return random.choice(self._known_nodes())

    def get_node(
        self,
        host: str | None = None,
        port: int | None = None,
        node_name: str | None = None,
    ) -> ClusterNode | None:
        """Return the node at host and port, or of the name "host:port"; None if there is none.

        "localhost" is its address as well. DataError if neither is given.
        """
        if host is not None and port is not None:
            hosts = (host, "127.0.0.1", "::1") if host == "localhost" else (host,)
            names = [f"{name}:{port}" for name in hosts]
        elif node_name is not None:
            names = [node_name]
        else:
            raise DataError("get_node requires a node_name, or host and port")
        known = {node.name: node for node in self._known_nodes()}
        return next((known[name] for name in names if name in known), None)

    def get_node_from_key(self, key: Key, replica: bool = False) -> ClusterNode | None:
        """Return the primary of the key's slot, or its first replica (None if it has none).

        SlotNotCoveredError if no node serves the slot.
        """
        self._known_nodes()
        nodes = self._pool().node_table().at(self.keyslot(key))
        if not replica:
            return _cluster_node(nodes[0])
        return _cluster_node(nodes[1]) if len(nodes) > 1 else None

    def get_default_node(self) -> ClusterNode:
        """Return the node that DEFAULT_NODE means: the one that was set, while it is in the
        cluster, else the primary of the lowest slot."""
        nodes = self._known_nodes()
        if self._default_node in nodes:
            return nodes[nodes.index(self._default_node)]
        return nodes[0]

    def set_default_node(self, node: Any) -> bool:
        """Let DEFAULT_NODE mean *node*. False, with nothing changed, if the cluster lacks it."""
        found = None if node is None else self.get_node(node_name=getattr(node, "name", ""))
        if found is None:
            return False
        self._default_node = found
        return True
