"""Slots that go and come back, are served by nobody, or by nodes with hidden addresses."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import SlotNotCoveredError
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import Ask, Call, Moved, ScriptedCluster, Step

HIDDEN = b"10.255.255.1"


def _push(client: RedisCluster, *keys: str) -> Any:
    pipe: Any = client.pipeline()
    for number, key in enumerate(keys):
        pipe.rpush(key, number)
    return pipe


def test_there_and_back_within_a_pipeline(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """The slot comes back while the commands that were moved are on their way."""
    a, b, c = cluster.nodes
    key, other = cluster.key(a), cluster.key(c)

    def leave(*_: Any) -> Step:
        cluster.move(key, b)
        return Moved(b)

    def come_back(*_: Any) -> Step:
        cluster.move(key, a)
        return Moved(a)

    a.on("RPUSH", Call(leave), nth=3)
    b.on("RPUSH", Call(come_back), nth=1)
    assert _push(client, key, key, key, other, key).execute() == [1, 2, 3, 1, 4]
    lines = [f"RPUSH {key} {number}" for number in (0, 1, 2, 4)]
    assert a.sequence() == [*lines, *lines[2:]]
    assert b.sequence() == lines[2:]
    assert c.sequence() == [f"RPUSH {other} 3"]
    assert client.lrange(key, 0, -1) == [b"0", b"1", b"2", b"4"]


def test_it_comes_back_between_two_commands_on_their_way(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """The first of the moved ones runs at B, the second has to go back to A, in their order."""
    a, b, _ = cluster.nodes
    key = cluster.key(a)

    def leave(*_: Any) -> Step:
        cluster.move(key, b)
        return Moved(b)

    def come_back(*_: Any) -> Step:
        cluster.move(key, a)
        return Moved(a)

    a.on("RPUSH", Call(leave), nth=2)
    b.on("RPUSH", Call(come_back), nth=2)
    assert _push(client, key, key, key, key).execute() == [1, 2, 3, 4]
    lines = [f"RPUSH {key} {number}" for number in range(4)]
    assert a.sequence() == [*lines, *lines[2:]]
    assert b.sequence() == lines[1:]
    assert client.lrange(key, 0, -1) == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_slot_that_is_covered_by_now(
    cluster: ScriptedCluster, connect: Connect, pipelined: bool
) -> None:
    """One look at the table, and the command goes where it says; the others are not disturbed."""
    a, b, c = cluster.nodes
    key, other = cluster.key(a), cluster.key(c)
    cluster.move(key, None)
    client = connect(cluster, skip_full_coverage_check=True)
    cluster.move(key, b)
    if pipelined:
        assert _push(client, other, key, key).execute() == [1, 1, 2]
    else:
        assert client.rpush(key, 1) == 1
    assert cluster.count("CLUSTER SLOTS") == 1
    assert a.sequence() == []
    assert b.sequence() == [f"RPUSH {key} {number}" for number in ([1, 2] if pipelined else [1])]
    assert c.sequence() == [f"RPUSH {other} 0"] * pipelined


def test_a_slot_that_stays_uncovered_leaves_the_others_their_replies(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    a, b, c = cluster.nodes
    key, other = cluster.key(a), cluster.key(c)
    cluster.move(key, None)
    client = connect(cluster, skip_full_coverage_check=True)
    with within(5):
        results = _push(client, other, key, other).execute(raise_on_error=False)
    assert results[::2] == [1, 2]
    assert isinstance(results[1], SlotNotCoveredError)
    assert a.sequence() == b.sequence() == []
    assert c.sequence() == [f"RPUSH {other} {number}" for number in (0, 2)]
    # A table with gaps lets each node be asked, once.
    assert [len(node.commands("CLUSTER SLOTS")) for node in cluster.nodes] == [1, 1, 1]


def test_a_host_that_is_a_question_mark_is_that_of_the_node_that_answered(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    """Without an address beside it; as a node says that does not know its own hostname."""
    for node in cluster.nodes:
        node.announced_host = b"?"
    client: Any = connect(cluster, startup_nodes=[cluster.nodes[0].startup_node])
    for node in cluster.nodes:
        key = cluster.key(node)
        assert client.incr(key) == 1
        assert node.sequence() == [f"INCRBY {key} 1"]
    assert {node.host for node in client.get_nodes()} == {cluster.host}


@pytest.mark.parametrize("redirect", [Moved, Ask])
@pytest.mark.parametrize("mapped_by", ["host_port_remap", "address_remap"])
def test_hidden_addresses_are_mapped_in_tables_and_redirects_and_of_replicas(
    connect: Connect, redirect: type[Moved] | type[Ask], mapped_by: str
) -> None:
    with ScriptedCluster(2, replicas=1) as cluster:
        a, b = cluster.nodes[:2]
        ports = {7000 + node.index: node.port for node in cluster.nodes}
        for node in cluster.nodes:
            node.announced_host, node.announced_port = HIDDEN, 7000 + node.index
        remap: Any = {
            "address_remap": lambda address: (cluster.host, ports[address[1]]),
            "host_port_remap": [
                {
                    "from_host": HIDDEN.decode(),
                    "to_host": cluster.host,
                    "from_port": inside,
                    "to_port": outside,
                }
                for inside, outside in ports.items()
            ],
        }[mapped_by]
        options: dict[str, Any] = {mapped_by: remap, "read_from_replicas": "prefer_replica"}
        client = connect(
            cluster, startup_nodes=[a.startup_node], socket_connect_timeout=1, **options
        )
        key, read = cluster.keys(a, 2)
        a.on("INCRBY", redirect(b), key=key)
        if redirect is Moved:
            cluster.move(key, b)
        assert client.pipeline().incr(key).incr(key).execute() == [1, 2]
        assert client.get(read) is None
        line = f"INCRBY {key} 1"
        asking = ["ASKING"] * (redirect is Ask)
        assert a.sequence() == [line] * 2
        assert b.sequence() == [*asking, line] * 2
        assert cluster.nodes[2].sequence() == [f"GET {read}"]
        assert cluster.nodes[3].sequence() == []
