"""CLUSTER commands: what is only asked on the cluster that the tests share, what changes a cluster
on one of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import (
    ClusterNode,
    RedisCluster,
    RedisClusterException,
    ResponseError,
    SlotNotCoveredError,
)
from rediscluster_c.localcluster import LocalCluster
from tests.cluster.modes import MODES, Case, Factory, check, needs_of
from tests.cluster.test_all_nodes import all_nodes, primaries
from tests.support.server import Server

SLOT = 7629  # of the key "k"


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# ---- asking ----


@pytest.mark.parametrize("mode", MODES)
def test_keys_of_a_slot(make_client: Factory, mode: str) -> None:
    """A pipeline asks the slot's owner, too; by name as well."""
    case: Case = [
        (lambda c: c.cluster_keyslot("k"), SLOT),
        (lambda c: c.set("k", 1), True),
        (lambda c: c.cluster_countkeysinslot(SLOT), 1),
        (lambda c: c.cluster_countkeysinslot(slot_id=0), 0),
        (lambda c: c.cluster_get_keys_in_slot(SLOT, 5), [b"k"]),
        (lambda c: c.cluster_get_keys_in_slot(0, 5), []),
        (lambda c: c.execute_command("CLUSTER COUNTKEYSINSLOT", SLOT), 1),
        (lambda c: c.execute_command("cluster", "getkeysinslot", SLOT, 5), [b"k"]),
        (lambda c: c.cluster("countkeysinslot", SLOT), 1),
    ]
    check(make_client, mode, case)


def test_ids(rc: Any) -> None:
    ids = rc.cluster_myid()
    assert set(ids) == all_nodes(rc)
    for name, number in ids.items():
        assert len(number) == 40
        assert rc.cluster_myid(name) == number
        assert rc.cluster_myid(number) == number
        assert rc.cluster_myid(target_node=ClusterNode(*name.split(":"))) == number


@pytest.mark.parametrize("decodes", [False, True])
def test_what_the_cluster_is(make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    names = all_nodes(client)
    for fields in client.cluster_info().values():
        assert fields["cluster_state"] == "ok"
        assert fields["cluster_slots_assigned"] == 16384
    assert client.cluster("info").keys() == client.cluster_info().keys() == names
    assert {f"{n['host']}:{n['port']}" for n in client.cluster_nodes()} >= names
    found = set()
    for nodes in client.cluster_slots().values():
        found |= {f"{host}:{port}" for host, port in (nodes["master"], *nodes["slaves"])}
    assert found == names
    assert client.cluster_save_config() == dict.fromkeys(names, True)


@pytest.mark.needs("cluster_shards", "cluster_links")
@pytest.mark.parametrize("decodes", [False, True])
def test_shards_and_links(make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    names = all_nodes(client)
    shards = client.cluster_shards()
    slots = [pair for shard in shards for pair in shard["slots"]]
    assert sum(last - first + 1 for first, last in slots) == 16384
    links = client.cluster_links()
    assert set(links) == names
    name = next(iter(names))
    assert {link["direction"] for link in client.cluster_links(name)} == {"to", "from"}


def test_replicas_of_a_primary(rc: Any) -> None:
    ids = rc.cluster_myid()
    for name in primaries(rc):
        replicas = rc.cluster_replicas(ids[name])
        assert [r["id"] for r in rc.cluster_slaves(ids[name])] == [r["id"] for r in replicas]
        assert all(replica["master"] == ids[name] for replica in replicas)
        assert len(replicas) == len(all_nodes(rc)) // len(primaries(rc)) - 1
        assert rc.cluster_count_failure_report(ids[name]) == 0
    for ask in (rc.cluster_replicas, rc.cluster_slaves, rc.cluster_count_failure_report):
        with pytest.raises(ResponseError, match="Unknown node"):
            ask(40 * "0")


def test_a_node_that_is_none(rc: Any) -> None:
    for target in (rc, rc.pipeline()):
        with pytest.raises(RedisClusterException, match="no node of the cluster has the id"):
            target.cluster_addslots(40 * "0", 1)
        with pytest.raises(RedisClusterException, match="is no node of the cluster"):
            target.cluster_meet("nowhere:1", "127.0.0.1", 1)
        with pytest.raises(TypeError):
            target.cluster_reset(5)


def test_what_a_server_refuses(rc: Any, server: Server) -> None:
    name = next(iter(primaries(rc)))
    number = rc.cluster_myid(name)
    refused: list[tuple[Callable[[Any], Any], str]] = [
        (lambda c: c.cluster_addslots(name, 0), "already busy"),
        (lambda c: c.cluster_addslotsrange(name, 0, 5), "already busy"),
        (lambda c: c.cluster_failover(name), "should send CLUSTER FAILOVER to a replica"),
        (lambda c: c.cluster_set_config_epoch(name, 5), "config epoch"),
        (lambda c: c.cluster_replicate(name, 40 * "0"), "Unknown node"),
        (lambda c: c.cluster_forget(number, target_nodes=name), "forget myself"),
        (lambda c: c.cluster("nosuch"), "(?i)unknown subcommand"),
    ]
    refused = [one for one in refused if all(map(server.serves, needs_of(one[0])))]
    pipe = rc.pipeline()
    for call, message in refused:
        with pytest.raises(ResponseError, match=message):
            call(rc)
        assert call(pipe) is pipe
    replies = pipe.execute(raise_on_error=False)
    assert [type(reply) for reply in replies] == [ResponseError] * len(refused)


# ---- changing ----


@pytest.fixture
def own() -> Iterator[LocalCluster]:
    with LocalCluster(
        masters=3, replicas=0, config={"cluster-require-full-coverage": "no"}
    ) as made:
        yield made


@pytest.fixture
def client(own: LocalCluster) -> Iterator[Any]:
    with RedisCluster(startup_nodes=own.startup_nodes, skip_full_coverage_check=True) as made:
        yield made


def holder(client: Any, name: str, slot: int) -> bool:
    """Whether the node says that it serves the slot."""
    nodes = client.cluster_nodes(target_nodes=name)
    return any("myself" in node["flags"] and slot in node["slots"] for node in nodes)


@pytest.mark.needs("cluster_delslotsrange")
def test_slots_are_forgotten_by_those_who_serve_them(client: Any) -> None:
    owners = [client.connection_pool.node_table().at(slot)[0]["name"] for slot in (0, 8000, 16383)]
    assert len(set(owners)) == 3
    assert client.cluster_delslots(16383, 0, 8000, 1) == [True] * 4
    for name, slot in zip(owners, (0, 8000, 16383)):
        assert not holder(client, name, slot)
    assert client.cluster_delslotsrange(10, 19, 8010, 8010, 16000, 16005) is True
    for name, slots in zip(owners, [(10, 19), (8010, 8010), (16000, 16005)]):
        assert not any(holder(client, name, slot) for slot in slots)
        assert holder(client, name, slots[1] + 1)
    assert client.cluster_addslots(owners[0], 0, 1) is True
    assert client.cluster_addslotsrange(owners[0], 10, 12, 15, 19) is True
    for slot in (0, 1, 10, 12, 15, 19):
        assert holder(client, owners[0], slot)
    assert not holder(client, owners[0], 13)
    assert client.cluster_delslots() == []
    assert client.cluster_delslots(5, target_nodes=owners[0]) == [True]
    assert not holder(client, owners[0], 5)


def test_a_slot_that_nobody_serves(client: Any) -> None:
    names = primaries(client)
    client.cluster_delslots(7, target_nodes=list(names))
    until(lambda: not any(holder(client, name, 7) for name in names))
    with pytest.raises(SlotNotCoveredError, match='"7" not covered'):
        client.cluster_delslots(6, 7)
    assert holder(client, client.connection_pool.node_table().at(6)[0]["name"], 6)


def test_a_slot_on_its_way(client: Any) -> None:
    source, target = sorted(primaries(client), key=lambda name: not holder(client, name, SLOT))[:2]
    ids = client.cluster_myid()
    assert client.cluster_setslot(target, SLOT, "IMPORTING", ids[source]) is True
    assert client.cluster_setslot(source, SLOT, "MIGRATING", ids[target]) is True

    def migrations(name: str) -> list[dict[str, Any]]:
        nodes = client.cluster_nodes(target_nodes=name)
        found: list[dict[str, Any]] = [node for node in nodes if "myself" in node["flags"]]
        moving: list[dict[str, Any]] = found[0]["migrations"]
        return moving

    assert [one["state"] for one in migrations(source)] == ["migrating"]
    assert [one["node_id"] for one in migrations(target)] == [ids[source]]
    assert client.cluster_setslot_stable(SLOT) is True
    assert migrations(source) == []
    assert client.cluster_setslot(target, SLOT, "stable") is True
    assert migrations(target) == []
    # Both are told whose the slot is; the one whom it is given to by its id alone.
    assert client.cluster_setslot(ids[target], SLOT, "NODE") is True
    assert client.cluster_setslot(source, SLOT, "NODE", ids[target]) is True
    assert holder(client, target, SLOT)
    assert not holder(client, source, SLOT)
    assert client.set("k", 1) is True


def test_a_node_leaves_joins_copies_and_takes_over(
    own: LocalCluster, client: Any, server: Server
) -> None:
    names = sorted(primaries(client))
    number = client.cluster_myid(names[0])
    node = own.add_node()
    address = ClusterNode(node.host, node.port)

    def known(name: Any) -> list[str]:
        return [one["id"] for one in client.cluster_nodes(target_nodes=name)]

    former = client.cluster_myid(address)
    assert client.cluster_reset(address, soft=False) is True
    assert len(node.command("CLUSTER", "NODES").splitlines()) == 1
    assert client.cluster_forget(former, target_nodes=names) == dict.fromkeys(names, True)
    assert not any(former in known(name) for name in names)

    new = node.command("CLUSTER", "MYID").decode()
    assert new != former
    assert client.cluster_meet(names[0], node.host, node.port) is True
    until(lambda: all(new in known(name) for name in names))
    until(lambda: len(known(address)) == 4)
    assert client.cluster_replicate(new, number) is True
    until(lambda: [one["id"] for one in client.cluster_replicas(number)] == [new])

    def link() -> Any:
        return client.info("replication", target_nodes=new).get("master_link_status")

    def one_shard(name: Any) -> bool:
        shards = client.cluster_shards(target_nodes=name)
        return any({number, new} == {one["id"] for one in shard["nodes"]} for shard in shards)

    until(lambda: link() == "up")
    if server.has("7.0.0"):  # to another shard a primary would lose its slots, and stay a primary
        until(lambda: all(one_shard(name) for name in [*names, address]))
    assert client.cluster_failover(new, "TAKEOVER") is True

    def owners() -> list[str]:
        """Of slots, as another primary sees it."""
        return [one["id"] for one in client.cluster_nodes(target_nodes=names[1]) if one["slots"]]

    until(lambda: new in owners() and number not in owners())


def test_epochs_and_all_slots(client: Any) -> None:
    name = sorted(primaries(client))[0]
    assert client.cluster_bumpepoch(target_nodes=name).split()[0] in ("BUMPED", "STILL")
    assert client.cluster_flushslots(target_nodes=name) is True
    nodes = client.cluster_nodes(target_nodes=name)
    assert [node["slots"] for node in nodes if "myself" in node["flags"]] == [[]]


def test_all_nodes_are_reset(own: LocalCluster, client: Any) -> None:
    client.set("k", 1)
    with pytest.raises(ResponseError, match="(?i)keys"):
        client.cluster_reset_all_nodes()
    lonely = [len(node.command("CLUSTER", "NODES").splitlines()) for node in own.nodes]
    assert lonely.count(1) == 2


def test_all_empty_nodes_are_reset(own: LocalCluster, client: Any) -> None:
    ids = [node.command("CLUSTER", "MYID") for node in own.nodes]
    assert client.cluster_reset_all_nodes(soft=False) == [True] * 3
    for node, before in zip(own.nodes, ids):
        assert len(node.command("CLUSTER", "NODES").splitlines()) == 1
        assert node.command("CLUSTER", "MYID") != before


@pytest.mark.needs("7.0.0")
def test_no_shutdown_is_to_be_aborted(client: Any) -> None:
    with pytest.raises(ResponseError, match="No shutdown in progress"):
        client.shutdown(abort=True, target_nodes=next(iter(primaries(client))))


def test_nodes_are_shut_down(own: LocalCluster, client: Any) -> None:
    first, second, third = sorted(primaries(client))
    assert client.shutdown(nosave=True, target_nodes=[first, second]) is None
    assert client.ping(target_nodes=third) is True
    until(lambda: [node.port for node in own.nodes if node.alive] == [int(third.split(":")[1])])
