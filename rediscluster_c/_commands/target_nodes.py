"""target_nodes=: the nodes that a caller may name, as addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from rediscluster_c import _core
from rediscluster_c._commands.node_api import NodeMethods
from rediscluster_c._nodes import Address, ClusterNode, node_name
from rediscluster_c._safe_repr import shown
from rediscluster_c.exceptions import RedisClusterException
from rediscluster_c.utils import parse_cluster_nodes

_NODE_ID = re.compile(r"[0-9a-fA-F]{40}")

_EXPECTED = (
    "target_nodes must be a node (ClusterNode, node dict, 'host:port' or node id), "
    "a list, tuple, set or dict of nodes, or one of RedisCluster.PRIMARIES, REPLICAS, ALL_NODES, "
    "RANDOM and DEFAULT_NODE"
)


def resolve(client: NodeMethods, target: Any) -> tuple[list[Address], bool]:
    """The addresses that *target* names, each once, and whether they are one node.

    One node answers with its bare reply; PRIMARIES, REPLICAS and ALL_NODES are never one, however
    many they are, so that a program need not know. A node that the slot table lacks is looked for
    among the startup nodes and in CLUSTER NODES, as is a node id. TypeError for what names no
    nodes, RedisClusterException for nodes that are not in the cluster, and for none at all.
    """
    if isinstance(target, str) and target in client.NODE_FLAGS:
        return _of_flag(client, target)
    if _is_node(target):
        return [_one(client, target)], True
    if not isinstance(target, Iterable):
        raise TypeError(f"{_EXPECTED}, not {type(target).__name__}")
    named = list(target.values() if isinstance(target, Mapping) else target)
    addresses = list(dict.fromkeys(_one(client, node) for node in named))
    if not addresses:
        raise RedisClusterException("target_nodes names no node: it is empty")
    return addresses, len(addresses) == 1


def _of_flag(client: NodeMethods, flag: str) -> tuple[list[Address], bool]:
    if flag == client.RANDOM:
        return [_address(client.get_random_node())], True
    if flag == client.DEFAULT_NODE:
        return [_address(client.get_default_node())], True
    groups: dict[str, Callable[[], list[ClusterNode]]] = {
        client.PRIMARIES: client.get_primaries,
        client.REPLICAS: client.get_replicas,
        client.ALL_NODES: client.get_nodes,
    }
    nodes = groups[flag]()
    if not nodes:
        raise RedisClusterException(f"target_nodes={flag!r}: the cluster has no such node")
    return [_address(node) for node in nodes], False


def _address(node: ClusterNode) -> Address:
    return node.host, node.port


def _is_node(target: Any) -> bool:
    if isinstance(target, Mapping):
        return "host" in target and "port" in target
    return isinstance(target, (str, bytes)) or (hasattr(target, "host") and hasattr(target, "port"))


def _name(node: Any) -> str:
    """What a node is called, or its id."""
    if isinstance(node, (str, bytes)):
        return node if isinstance(node, str) else node.decode("ascii", "replace")
    if isinstance(node, Mapping):
        return node_name(node["host"], node["port"])
    return node_name(node.host, node.port)


def _one(client: NodeMethods, target: Any) -> Address:
    """The address of one node, which has to be in the cluster."""
    if not _is_node(target):
        raise TypeError(f"{_EXPECTED}; it holds a {type(target).__name__}")
    name = _name(target)
    return _of_id(client, name) if _NODE_ID.fullmatch(name) else _known(client, name)


def _known(client: NodeMethods, name: str) -> Address:
    node = client.get_node(node_name=name)
    if node is not None:
        return _address(node)
    addresses = [(node["host"], node["port"]) for node in client.connection_pool.startup_nodes]
    addresses += _cluster_nodes(client).values()
    for address in addresses:
        if node_name(*address) == name:
            return address
    known = ", ".join(sorted({node_name(*address) for address in addresses}))
    raise RedisClusterException(f"{shown(name)} is no node of the cluster, whose nodes are {known}")


def _of_id(client: NodeMethods, node_id: str) -> Address:
    nodes = _cluster_nodes(client)
    if node_id.lower() not in nodes:
        raise RedisClusterException(f"no node of the cluster has the id {node_id}")
    return nodes[node_id.lower()]


def _cluster_nodes(client: NodeMethods) -> dict[str, Address]:
    """{node id: address} of all nodes, as any of them knows them, those without slots included."""
    pool = client.connection_pool
    # A plain client: the caller's own may be a pipeline, or have its commands overridden.
    plain = _core.Client(pool)
    plain.command_timeout = client.command_timeout
    reply = plain.execute_command("CLUSTER NODES")
    nodes = reply if isinstance(reply, list) else parse_cluster_nodes(reply)
    return {node["id"]: pool.mapped(node["host"], node["port"]) for node in nodes if node["host"]}
