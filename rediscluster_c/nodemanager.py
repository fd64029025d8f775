"""NodeManager: who is in the cluster and who serves which slot, as a pool knows it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rediscluster_c._legacy.module_names import lookup
from rediscluster_c._nodes import SLOTS, Node, make_node, node_name
from rediscluster_c.crc import Key, keyslot
from rediscluster_c.exceptions import RedisClusterException

if TYPE_CHECKING:
    from rediscluster_c._legacy.pool_methods import Encoder, PoolLookups
    from rediscluster_c._options.checks import StartupNode

__all__ = ["NodeManager"]


class NodeManager:
    """The nodes and slots of a cluster: ``rc.connection_pool.nodes``, or one made by itself.

    It always shows what the pool knows now, redirects included, and sends nothing by itself:
    initialize() fetches the slot table. Made by itself it knows nothing before that. A node is a
    dict of host, port, name ("host:port") and server_type ("master" or "slave").
    """

    REDIS_CLUSTER_HASH_SLOTS = SLOTS

    def __init__(
        self,
        startup_nodes: Iterable[StartupNode] | None = None,
        reinitialize_steps: int | None = None,
        skip_full_coverage_check: bool = False,
        nodemanager_follow_cluster: bool = False,
        host_port_remap: list[dict[str, Any]] | None = None,
        **connection_kwargs: Any,
    ) -> None:
        # The pool's module needs this one first.
        from rediscluster_c.connection import ClusterConnectionPool

        self._pool: PoolLookups = ClusterConnectionPool(
            startup_nodes,
            False,
            reinitialize_steps=reinitialize_steps,
            skip_full_coverage_check=skip_full_coverage_check,
            nodemanager_follow_cluster=nodemanager_follow_cluster,
            host_port_remap=host_port_remap,
            **connection_kwargs,
        )

    @classmethod
    def of_pool(cls, pool: PoolLookups) -> NodeManager:
        """The view of a pool that is there."""
        manager = cls.__new__(cls)
        manager._pool = pool
        return manager

    @property
    def nodes(self) -> dict[str, Node]:
        """{"host:port": node}, primaries first; empty before the slot table is known."""
        return self._pool.node_table().nodes

    @property
    def slots(self) -> dict[int, list[Node]]:
        """{slot: [its primary, its replicas ...]}; the nodes are those of ``nodes``."""
        return self._pool.node_table().slots

    @property
    def startup_nodes(self) -> list[Node]:
        """The nodes that were named at construction, each with its name."""
        return [
            {**node, "name": node_name(node["host"], node["port"])}
            for node in self._pool.startup_nodes
        ]

    @property
    def orig_startup_nodes(self) -> list[Node]:
        """The same, as {"host": ..., "port": ...}."""
        return [dict(node) for node in self._pool.startup_nodes]

    @property
    def reinitialize_counter(self) -> int:
        """How many MOVED replies came since the slot table was fetched."""
        return self._pool.changes()[1]

    @property
    def reinitialize_steps(self) -> int:
        """After so many of them the table is fetched again."""
        return self._pool.reinitialize_steps

    @property
    def connection_kwargs(self) -> dict[str, Any]:
        """The options of the connections."""
        return self._pool.connection_kwargs

    @property
    def encoder(self) -> Encoder:
        """Makes bytes of keys and values."""
        return self._pool.get_encoder()

    @property
    def nodemanager_follow_cluster(self) -> bool:
        """The option of this name: the nodes of the slot table are asked first, in any case."""
        return self._pool.nodemanager_follow_cluster

    @property
    def host_port_remap(self) -> list[dict[str, Any]] | None:
        """The rules of the option of this name."""
        return self._pool.host_port_remap

    def keyslot(self, key: Key) -> int:
        """Return the slot (0 to 16383) of *key*; DataError for a type that cannot be a key."""
        return keyslot(key, self._pool.encoding, self._pool.encoding_errors)

    def node_from_slot(self, slot: int) -> Node:
        """Return the primary of *slot*; SlotNotCoveredError if there is none."""
        return self._pool.node_table().at(slot)[0]

    def all_nodes(self) -> Iterator[Node]:
        """Each node in turn."""
        return iter(list(self.nodes.values()))

    def all_masters(self) -> Iterator[Node]:
        """Each primary in turn."""
        return iter([node for node in self.nodes.values() if node["server_type"] == "master"])

    def random_node(self) -> Node:
        """Return any node; RedisClusterException before the slot table is known."""
        nodes = list(self.nodes.values())
        if not nodes:
            raise RedisClusterException("No node is known yet: initialize() fetches the slot table")
        return random.choice(nodes)

    def random_startup_node(self) -> Node:
        """Return any of the startup nodes."""
        return random.choice(self.startup_nodes)

    def random_startup_node_ittr(self) -> Iterator[Node]:
        """Yield startup nodes at random, without end."""
        while True:
            yield self.random_startup_node()

    def initialize(self) -> None:
        """Fetch the slot table. RedisClusterException if no node answers, or slots are missing."""
        self._pool.open()

    def reset(self) -> None:
        """The same as initialize()."""
        self.initialize()

    def set_node_name(self, n: Node) -> None:
        """Put the name into a node that has none."""
        n.setdefault("name", node_name(n["host"], n["port"]))

    def make_node_obj(self, host: str, port: int, server_type: str | None) -> tuple[Node, str]:
        """Return a node and its name."""
        node = make_node(host, port, server_type)
        return node, node["name"]

    def set_node(self, host: str, port: int, server_type: str | None = None) -> Node:
        """Put a node into ``nodes``, where it stays until the slot table changes; return it."""
        node = make_node(host, port, server_type)
        self.nodes[node["name"]] = node
        return node

    def remap_internal_node_object(self, node_obj: list[Any]) -> list[Any]:
        """Map the address of [host, port, ...] as the pool does, in place, and return it."""
        node_obj[:2] = self._pool.mapped(node_obj[0], node_obj[1])
        return node_obj

    def get_redis_link(self, host: str, port: int, decode_responses: bool = False) -> Any:
        """Not possible: raises RedisClusterException, as there is no redis-py underneath."""
        raise RedisClusterException(
            "get_redis_link() would be a client of redis-py: "
            "use execute_command(..., target_nodes=...) of RedisCluster"
        )


if not TYPE_CHECKING:
    __getattr__ = lookup(__name__)
