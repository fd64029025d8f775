"""Replies of CLUSTER commands; CLUSTER INFO is read as INFO is."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import (
    array,
    as_str,
    deep_str,
    fields,
    integer,
    pairs,
    server_text,
)
from rediscluster_c._nodes import SLOTS

_ARROWS = {"->-": "migrating", "-<-": "importing"}


def _migration(word: str) -> dict[str, Any] | None:
    """ "[77->-id]" is a slot on its way to a node, "[77-<-id]" one on its way from it."""
    for arrow, state in _ARROWS.items():
        slot, found, node = word[1:-1].partition(arrow)
        if found:
            return {"slot": int(slot), "node_id": node, "state": state}
    return None


def _range(word: str) -> range:
    first, _, last = word.partition("-")
    slots = range(int(first), int(last or first) + 1)
    if not 0 <= slots.start < slots.stop <= SLOTS:
        raise ValueError(f"no slots: {word!r}")
    return slots


def _address(word: str, current_host: str) -> dict[str, Any]:
    """host:port@bus-port,hostname,and=more: what a server of that version knows."""
    address, _, more = word.partition(",")
    host, _, ports = address.rpartition(":")
    port, _, bus_port = ports.partition("@")
    found = {
        "host": host or current_host,
        "port": int(port),
        "cluster-bus-port": int(bus_port) if bus_port else int(port) + 10000,
    }
    hostname = more.partition(",")[0]
    return {**found, "hostname": hostname} if hostname else found


def _node(line: str, current_host: str) -> dict[str, Any]:
    words = line.split()
    identity, address, flags, master, ping, pong, _, link = words[:8]
    slots: list[int] = []
    migrations = []
    for word in words[8:]:
        migration = _migration(word)
        if migration is None:
            slots.extend(_range(word))
        else:
            migrations.append(migration)
    return {
        "id": identity,
        **_address(address, current_host),
        "flags": tuple(flags.split(",")),
        "master": None if master == "-" else master,
        "ping-sent": int(ping),
        "pong-recv": int(pong),
        "link-state": link,
        # The old client's reply: an empty list for a node that has none.
        "slots": tuple(slots) if words[8:] else [],
        "migrations": migrations,
    }


@server_text
def cluster_nodes(reply: Any, *, current_host: str = "") -> list[dict[str, Any]]:
    """One dict per node, of CLUSTER NODES' text or CLUSTER REPLICAS' list of lines.

    current_host stands for a host that is empty: a node that has not learned its own address.
    """
    lines = deep_str(reply) if isinstance(reply, list) else as_str(reply).splitlines()
    return [_node(line, current_host) for line in lines if line]


@server_text
def cluster_slots(reply: Any, *, current_host: str = "") -> dict[tuple[int, int], dict[str, Any]]:
    """{(first, last): {"master": (host, port), "slaves": [(host, port), ...]}}.

    A server that does not know or does not tell its host leaves it empty: current_host, then.
    """
    slots = {}
    for first, last, *nodes in map(array, array(reply)):
        master, *slaves = (
            (as_str(host or "") or current_host, integer(port)) for host, port, *_ in nodes
        )
        slots[integer(first), integer(last)] = {"master": master, "slaves": slaves}
    return slots


def _shard(entry: Any) -> dict[str, Any]:
    shard = fields(deep_str(entry))
    shard["slots"] = [(int(first), int(last)) for first, last in pairs(shard["slots"])]
    shard["nodes"] = [fields(node) for node in array(shard["nodes"])]
    return shard


@server_text
def cluster_shards(reply: Any) -> list[dict[str, Any]]:
    """[{"slots": [(first, last), ...], "nodes": [{"id": ..., "role": ...}, ...]}, ...]."""
    return [_shard(entry) for entry in array(reply)]


@server_text
def cluster_links(reply: Any) -> list[dict[str, Any]]:
    """One dict per link to another node: "direction", "node", "create-time" and so on."""
    return [fields(deep_str(entry)) for entry in array(reply)]


@server_text
def cluster_slot_stats(reply: Any) -> dict[int, dict[str, int]]:
    """{slot: {name: number}}."""
    return {integer(slot): fields(numbers) for slot, numbers in map(array, array(reply))}
