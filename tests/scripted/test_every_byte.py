"""A small conversation with one node, disturbed at each of its bytes in turn.

Slices must change nothing. A cut may cost a reply, never bring a wrong one, never run a write
twice and never leave the client unusable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import UnknownOutcome
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.every_byte import (
    Disturb,
    Line,
    begin,
    check,
    cut_replies,
    cut_requests,
    lines_of,
    one_by_one,
    pipelined,
    positions,
)
from tests.support.resp import encode
from tests.support.scripted import ScriptedCluster

Converse = Callable[[RedisCluster, list[Line]], list[object]]

LINES = lines_of("k")
RESULTS = [line.right for line in LINES]
REPLIES = [encode(line.reply) for line in LINES]


@pytest.fixture
def node() -> Iterator[ScriptedCluster]:
    """A cluster of one node, so that the bytes of a conversation have one order."""
    with ScriptedCluster(1) as cluster:
        yield cluster


@pytest.fixture(params=[pipelined, one_by_one])
def converse(request: pytest.FixtureRequest) -> Converse:
    chosen: Converse = request.param
    return chosen


def test_replies_in_slices_of_any_size(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    for size in (1, 2, 3, 5, 8):
        begin(node)
        node.nodes[0].flow.slice_size = size
        assert converse(client, LINES) == RESULTS


def test_a_pause_after_any_byte(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    assert converse(client, LINES) == RESULTS
    used = len(node.nodes[0].connections)
    for position in range(len(b"".join(REPLIES))):
        begin(node)
        node.nodes[0].flow.pause_output_after(position)
        assert converse(client, LINES) == RESULTS
    assert len(node.nodes[0].connections) == used


@pytest.mark.parametrize("disturb", [cut_replies, cut_requests])
def test_a_cut_at_any_byte(
    node: ScriptedCluster, connect: Connect, converse: Converse, disturb: Disturb
) -> None:
    client = connect(node)
    for _ in positions(node, node.nodes[0], disturb):
        with within(5):
            check(node, LINES, converse(client, LINES))
        assert client.get("{k}m") is None


def test_every_cut_costs_something(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    """The cuts above are real: without its reply the last write is not known."""
    client = connect(node)
    begin(node)
    node.nodes[0].flow.cut_output_after(len(b"".join(REPLIES[:4])))
    assert isinstance(converse(client, LINES)[4], UnknownOutcome)


def test_discovery_in_slices(connect: Connect) -> None:
    with ScriptedCluster(2) as cluster:
        for each in cluster.nodes:
            each.flow.slice_size = 1
        assert connect(cluster).set("k", "v") is True


def test_discovery_cut_at_any_byte(connect: Connect) -> None:
    with ScriptedCluster(2) as cluster:
        first, second = cluster.nodes
        for position in range(len(encode(cluster.slots_reply()))):
            first.flow.calm()
            first.flow.cut_output_after(position)
            with within(5):
                client = connect(cluster)
                first.flow.calm()
                assert client.incr(cluster.key(second)) == position + 1
            client.close()
