"""What redis-py-cluster's pool answered about nodes and connections, as far as a pool here can."""

from __future__ import annotations

import random
from typing import Any, Callable, NoReturn

from rediscluster_c import _core
from rediscluster_c._copies import PoolCopies
from rediscluster_c._nodes import Address, Node, NodeTable, node_name
from rediscluster_c._safe_repr import shown
from rediscluster_c.crc import encode
from rediscluster_c.exceptions import RedisClusterException


def refuse_connection(name: str) -> NoReturn:
    """Raise the error of a method that would hand out a connection."""
    raise RedisClusterException(
        f"{name}() is not possible: the connections stay inside the C core; "
        "use execute_command(..., target_nodes=...) of RedisCluster to reach one node"
    )


class Encoder:
    """Makes bytes of values, and texts of replies if decode_responses; as redis-py's does."""

    def __init__(self, encoding: str, encoding_errors: str, decode_responses: bool) -> None:
        self.encoding = encoding
        self.encoding_errors = encoding_errors
        self.decode_responses = decode_responses

    def encode(self, value: Any) -> bytes:
        """Return *value* as it goes to the wire. DataError for a type that cannot go there."""
        return encode(value, self.encoding, self.encoding_errors)

    def decode(self, value: Any, force: bool = False) -> Any:
        """Return a text for bytes if decode_responses, or *force*; anything else as it is."""
        if isinstance(value, memoryview):
            value = value.tobytes()
        if isinstance(value, bytes) and (force or self.decode_responses):
            return value.decode(self.encoding, self.encoding_errors)
        return value


class PoolLookups(PoolCopies):
    """Part of ClusterConnectionPool: nodes by slot, and the methods that no longer make sense."""

    encoding: str
    encoding_errors: str
    startup_nodes: list[Node]
    reinitialize_steps: int
    host_port_remap: list[dict[str, Any]] | None
    address_remap: Callable[[str, int], Address] | None
    connection_kwargs: dict[str, Any]
    nodemanager_follow_cluster: bool
    redirect_only_to_known_nodes: bool
    read_from_replicas: bool | str
    _node_table: NodeTable

    def node_table(self) -> NodeTable:
        """The nodes and slots behind ``nodes``: the same object until the slot table changes."""
        self._node_table = table = NodeTable.of(self, self._node_table)
        return table

    def mapped(self, host: str, port: int, answering: str = "") -> Address:
        """What host_port_remap and address_remap make of an address that a server names.

        A server that does not know its own host says "?" or nothing: it is the one *answering*.
        RedisClusterException for what can be no host.
        """
        host = answering if host in ("", "?") else host
        if not _core.is_host(host):
            raise RedisClusterException(f"a server names the host {shown(host)}, which is none")
        return self.map_address(host, port)

    def redirected(self, host: str, port: int, answering: str) -> Address | None:
        """Where a redirect to this address leads, or None: nobody who is trusted names it."""
        address = self.mapped(host, port, answering)
        known = (
            address != (host, port)
            or node_name(*address) in self.node_table().nodes
            or not self.redirect_only_to_known_nodes
        )
        return address if known else None

    def get_master_node_by_slot(self, slot: int) -> Node:
        """Return the primary of *slot*; SlotNotCoveredError if there is none."""
        return self.node_table().at(slot)[0]

    def get_node_by_slot(self, slot: int, *args: Any, **kwargs: Any) -> Node:
        """Return the primary of *slot*; SlotNotCoveredError if there is none."""
        return self.get_master_node_by_slot(slot)

    def get_node_by_slot_random(self, slot: int) -> Node:
        """Return any node of *slot*; SlotNotCoveredError if there is none."""
        return random.choice(self.node_table().at(slot))

    def get_encoder(self) -> Encoder:
        """Return what makes bytes of values and texts of replies, as this pool's clients do."""
        return Encoder(self.encoding, self.encoding_errors, self.decode_responses)

    def reset(self) -> None:
        """Close the idle connections; the next command opens new ones."""
        self.disconnect()

    def get_connection(self, command_name: str, *keys: Any, **options: Any) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        if command_name != "pubsub":
            raise RedisClusterException("Only 'pubsub' commands can be used by get_connection()")
        refuse_connection("get_connection")

    def get_connection_by_node(self, node: Node) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_connection_by_node")

    def get_connection_by_slot(self, slot: int) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_connection_by_slot")

    def get_connection_by_key(self, key: Any, command: str) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_connection_by_key")

    def get_random_connection(self) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("get_random_connection")

    def make_connection(self, node: Node) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("make_connection")

    def release(self, connection: Any) -> NoReturn:
        """Not possible: raises RedisClusterException."""
        refuse_connection("release")
