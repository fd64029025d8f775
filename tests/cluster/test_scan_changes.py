"""Iterators while the cluster changes: what was there all the time comes at least once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster, Node

KEYS = {f"key:{number}".encode() for number in range(4000)}
FIELDS = {b"f%d" % number: b"v" for number in range(2000)}


@pytest.fixture(scope="module")
def changing() -> Iterator[LocalCluster]:
    with LocalCluster(masters=3, replicas=1, node_timeout=1000) as cluster:
        yield cluster


@pytest.fixture
def client(changing: LocalCluster) -> Iterator[Any]:
    changing.wait_ok()
    with RedisCluster(startup_nodes=changing.startup_nodes) as client:
        made: Any = client
        made.flushall()
        made.mset(dict.fromkeys(KEYS, "v"))
        made.hset("h", mapping=FIELDS)
        for node in changing.masters:
            assert node.command("WAIT", 1, 5000) >= 1
        yield made


def begin(elements: Iterator[Any], number: int) -> list[Any]:
    return list(itertools.islice(elements, number))


def other_master(cluster: LocalCluster, node: Node) -> Node:
    return next(master for master in cluster.masters if master is not node)


def test_a_failover(changing: LocalCluster, client: Any) -> None:
    scan = client.scan_iter(count=50)
    found = begin(scan, 300)
    owner = changing.node_for_slot(client.keyslot(found[-1]))
    changing.failover(changing.replicas_of(owner)[0])
    found += scan
    assert set(found) >= KEYS
    assert len(found) < 2 * len(KEYS)


def test_a_failover_under_a_hash(changing: LocalCluster, client: Any) -> None:
    scan = client.hscan_iter("h", count=50)
    found = begin(scan, 300)
    owner = changing.node_for_slot(client.keyslot("h"))
    changing.failover(changing.replicas_of(owner)[0])
    found += scan
    assert dict(found) == FIELDS


def test_a_dead_primary(changing: LocalCluster, client: Any) -> None:
    keys, fields = client.scan_iter(count=50), client.hscan_iter("h", count=50)
    found, pairs = begin(keys, 300), begin(fields, 300)
    owners = {
        changing.node_for_slot(client.keyslot(key)).port: changing.node_for_slot(
            client.keyslot(key)
        )
        for key in (found[-1], "h")
    }
    for owner in owners.values():
        owner.kill()
        try:
            found += begin(keys, 300)
            pairs += begin(fields, 300)
        finally:
            owner.restart()
            changing.wait_ok()
    found += keys
    pairs += fields
    assert set(found) >= KEYS
    assert dict(pairs) == FIELDS


def test_slots_that_go_where_the_scan_has_been(changing: LocalCluster, client: Any) -> None:
    first = changing.node_for_slot(0)
    scan = client.scan_iter(count=50)
    found = begin(scan, 2500)
    ahead = {key for key in KEYS if key not in found}
    assert changing.node_for_slot(client.keyslot(found[0])) is first
    for slot in sorted({client.keyslot(key) for key in ahead})[-40:]:
        changing.move_slot(slot, first)
    found += scan
    assert set(found) >= KEYS


def test_a_slot_that_is_on_its_way(changing: LocalCluster, client: Any) -> None:
    """Some of its keys have gone to where the scan has been; it never gets there meanwhile."""
    first = changing.node_for_slot(0)
    scan = client.scan_iter(count=50)
    found = begin(scan, 2500)
    key = sorted(KEYS.difference(found), key=client.keyslot)[-1]
    slot = client.keyslot(key)
    assert changing.node_for_slot(slot) is not first
    changing.open_slot(slot, first)
    changing.migrate_keys(slot, first)
    found += scan
    changing.close_slot(slot, first)
    assert set(found) >= KEYS
    assert len(found) < len(KEYS) + 100


def test_a_hash_that_moves(changing: LocalCluster, client: Any) -> None:
    slot = client.keyslot("h")
    to = other_master(changing, changing.node_for_slot(slot))
    scan = client.hscan_iter("h", count=50)
    found = begin(scan, 300)
    changing.open_slot(slot, to)
    changing.migrate_keys(slot, to)
    found += begin(scan, 300)
    changing.close_slot(slot, to)
    found += scan
    assert dict(found) == FIELDS


@pytest.mark.needs("7.0.0")  # before, an emptied primary becomes a replica
def test_a_node_that_joins(changing: LocalCluster, client: Any) -> None:
    scan = client.scan_iter(count=50)
    found = begin(scan, 300)
    node = changing.add_node()
    moved = sorted({client.keyslot(key) for key in KEYS.difference(found)})[:30]
    for slot in moved:
        changing.move_slot(slot, node)
    found += scan
    assert set(found) >= KEYS
    for slot in moved:
        changing.move_slot(slot, other_master(changing, node))
    changing.remove_node(node)
