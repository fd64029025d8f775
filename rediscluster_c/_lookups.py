"""What redis-py-cluster's pool answered about nodes and connections, as far as a pool here can."""

from __future__ import annotations

import random
from typing import Any, Callable, NoReturn

from rediscluster_c import _core, _options
from rediscluster_c._nodes import Address, Node, NodeTable
from rediscluster_c.exceptions import RedisClusterException
from rediscluster_c.nodemanager import NodeManager


def _inside(name: str) -> NoReturn:
    raise RedisClusterException(
        f"{name}() is not possible: the connections stay inside the C core; "
        "use execute_command(..., target_nodes=...) of RedisCluster to reach one node"
    )


class PoolLookups(_core.Cluster):
    """Part of ClusterConnectionPool: nodes by slot, and the methods that no longer make sense."""

    encoding: str
    encoding_errors: str
    startup_nodes: list[Node]
    reinitialize_steps: int
    host_port_remap: list[dict[str, Any]] | None
    address_remap: Callable[[str, int], Address] | None
    read_from_replicas: bool
    _node_table: NodeTable

    @property
    def nodes(self) -> NodeManager:
        """The nodes and slots, as they are known now."""
        return NodeManager.of_pool(self)

    def node_table(self) -> NodeTable:
        """The nodes and slots behind ``nodes``: the same object until the slot table changes."""
        self._node_table = table = NodeTable.of(self, self._node_table)
        return table

    def mapped(self, host: str, port: int) -> Address:
        """What host_port_remap and address_remap make of an address that a server names."""
        host, port = _options.remapped(_options.remaps(self.host_port_remap), host, port)
        return (host, port) if self.address_remap is None else self.address_remap(host, port)

    def get_master_node_by_slot(self, slot: int) -> Node:
        """Return the primary of *slot*; SlotNotCoveredError if there is none."""
        return self.node_table().at(slot)[0]

    def get_node_by_slot(
        self,
        slot: int,
        read_command: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> Node:
        """Return a node of *slot*: the primary, or any if the pool reads from replicas and
        read_command is true. SlotNotCoveredError if there is none."""
        if read_command and self.read_from_replicas:
            return self.get_node_by_slot_random(slot)
        return self.get_master_node_by_slot(slot)

    def get_node_by_slot_random(self, slot: int) -> Node:
        """Return any node of *slot*; SlotNotCoveredError if there is none."""
        return random.choice(self.node_table().at(slot))

    def reset(self) -> None:
        """Close the idle connections; the next command opens new ones."""
        self.disconnect()

    def get_connection(self, command_name: str, *keys: Any, **options: Any) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        if command_name != "pubsub":
            raise RedisClusterException("Only 'pubsub' commands can be used by get_connection()")
        _inside("get_connection")

    def get_connection_by_node(self, node: Node) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("get_connection_by_node")

    def get_connection_by_slot(self, slot: int) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("get_connection_by_slot")

    def get_connection_by_key(self, key: Any, command: str) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("get_connection_by_key")

    def get_random_connection(self) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("get_random_connection")

    def make_connection(self, node: Node) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("make_connection")

    def release(self, connection: Any) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        _inside("release")
