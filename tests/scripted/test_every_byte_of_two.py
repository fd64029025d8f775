"""Conversations with two nodes, disturbed at each byte that either of them reads or writes.

Redirects, split commands, transactions, greetings and large replies: whatever is cut or held, a
call ends, no reply is wrong, and no write runs twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ConnectionError, UnknownOutcome
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
    result_of,
    stall_replies,
    stall_requests,
)
from tests.support.multi import teach_multi
from tests.support.resp import key_slot
from tests.support.scripted import (
    Answer,
    Ask,
    Call,
    Connection,
    ScriptedCluster,
    ScriptedNode,
    Step,
)
from tests.support.steps import Args

CUTS = [cut_replies, cut_requests]
STALLS = [stall_replies, stall_requests]
PATIENCE = 0.25


@pytest.fixture
def two() -> Iterator[ScriptedCluster]:
    with ScriptedCluster(2) as cluster:
        yield cluster


@pytest.fixture(params=[0, 1])
def number(request: pytest.FixtureRequest) -> int:
    """Which of the two nodes is disturbed."""
    chosen: int = request.param
    return chosen


def _both(cluster: ScriptedCluster) -> list[list[Line]]:
    """Lines for either node."""
    return [lines_of(cluster.key(node)) for node in cluster.nodes]


def _hand_over(cluster: ScriptedCluster, tag: str) -> None:
    """Give the tag's slot to the other node: the client's map is old again."""
    first, second = cluster.nodes
    cluster.move(tag, second if cluster.owner(tag) is first else first)


def _ask_for(tag: str, at: ScriptedNode, to: ScriptedNode) -> None:
    """Let `at` send everything about the tag's slot on to the other node."""

    def choose(connection: Connection, args: Args) -> Step:
        migrated = len(args) > 1 and key_slot(args[1]) == key_slot(tag.encode())
        return Ask(to) if migrated else Answer()

    at.on("*", Call(choose))


# ---- a pipeline over both ----


def _play_both(
    two: ScriptedCluster, client: RedisCluster, node: ScriptedNode, disturb: Disturb, step: int
) -> None:
    one, other = _both(two)
    for _ in positions(two, node, disturb, step):
        with within(5):
            results = pipelined(client, one + other)
        check(two, one, results[: len(one)])
        check(two, other, results[len(one) :])
        undisturbed = results[len(one) :] if node is two.nodes[0] else results[: len(one)]
        assert undisturbed == [line.right for line in one]


@pytest.mark.parametrize("disturb", CUTS)
def test_a_pipeline_over_two_nodes(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    _play_both(two, connect(two), two.nodes[number], disturb, 1)


@pytest.mark.parametrize("disturb", STALLS)
def test_a_pipeline_of_which_one_node_falls_silent(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    client = connect(two, socket_timeout=PATIENCE)
    _play_both(two, client, two.nodes[number], disturb, 67)


# ---- redirects ----


@pytest.mark.parametrize("disturb", CUTS)
def test_a_pipeline_that_is_moved(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    client = connect(two)
    tag = two.key(two.nodes[0])
    lines = lines_of(tag)
    for _ in positions(two, two.nodes[number], disturb):
        _hand_over(two, tag)
        with within(5):
            check(two, lines, pipelined(client, lines))


@pytest.mark.parametrize("disturb", CUTS)
def test_a_pipeline_that_is_asked_for(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    client = connect(two)
    tag = two.key(two.nodes[0])
    lines = lines_of(tag)
    _ask_for(tag, *two.nodes)
    for _ in positions(two, two.nodes[number], disturb):
        with within(5):
            check(two, lines, pipelined(client, lines))


@pytest.mark.parametrize("disturb", STALLS)
def test_a_silence_on_the_way_of_a_redirect(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    client = connect(two, socket_timeout=PATIENCE)
    tag = two.key(two.nodes[0])
    lines = lines_of(tag)
    _ask_for(tag, *two.nodes)
    for _ in positions(two, two.nodes[number], disturb, 97):
        with within(5):
            check(two, lines, one_by_one(client, lines[:2]) + pipelined(client, lines[2:]))


# ---- a command for both ----


@pytest.mark.parametrize("disturb", CUTS)
def test_a_command_that_is_split(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    client = connect(two)
    keys = [two.keys(node, 2)[i] for i in range(2) for node in two.nodes]
    for _ in positions(two, two.nodes[number], disturb):
        with within(5):
            written = result_of(client.mset, dict.fromkeys(keys, "v"))
            read = result_of(client.mget, keys)
        assert written is True or isinstance(written, UnknownOutcome)
        assert isinstance(read, list) and set(read) <= {b"v", None}
        assert None not in read or written is not True
        sent = [args for args in two.store.ran if args[0].upper() in (b"MSET", b"SET")]
        assert len(sent) == len({tuple(args) for args in sent})


# ---- a transaction ----


@pytest.mark.parametrize("disturb", CUTS)
def test_a_transaction(
    two: ScriptedCluster, connect: Connect, number: int, disturb: Disturb
) -> None:
    teach_multi(two)
    client = connect(two)
    tag = two.key(two.nodes[0])
    for _ in positions(two, two.nodes[number], disturb, 2):
        _hand_over(two, tag)
        pipe = client.pipeline(transaction=True).set(tag, 1).set(tag, 2)
        with within(5):
            result = result_of(pipe.execute)
        assert result == [True, True] or isinstance(result, (UnknownOutcome, ConnectionError))
        assert len(_ended(two)) <= 1
        assert result != [True, True] or len(_ended(two)) == 1


def _ended(cluster: ScriptedCluster) -> list[Args]:
    """Each EXEC of a transaction whose commands were all queued by the slot's owner."""
    return [
        args
        for node in cluster.nodes
        for args in node.commands("EXEC")
        if cluster.owner(node.commands("SET")[0][1]) is node
    ]


# ---- before the first command ----


@pytest.mark.parametrize("disturb", CUTS)
def test_the_greeting(connect: Connect, number: int, disturb: Disturb) -> None:
    options = {"password": "secret", "client_name": "me", "read_from_replicas": True}
    with ScriptedCluster(1, replicas=1, password="secret") as cluster:
        cluster.store.data[b"k"] = b"0"
        for position in positions(cluster, cluster.nodes[number], disturb):
            with within(5):
                client = connect(cluster, **options)
                wrote = result_of(client.incr, "k")
                read = {client.get("k") for _ in range(8)}
                client.close()
            assert wrote == 1 or isinstance(wrote, UnknownOutcome)
            assert read <= {b"1", None} and len(read) == 1
            assert cluster.store.ran.count([b"INCR", b"k"]) <= 1, position


# ---- a large reply ----


@pytest.mark.parametrize("size", [16 * 1024, 150 * 1024])
def test_a_large_reply(two: ScriptedCluster, connect: Connect, size: int) -> None:
    client = connect(two)
    node = two.nodes[0]
    key = two.key(node)
    value = b"0123456789abcdef" * (size // 16)
    whole = len(b"$%d\r\n" % size) + size + 2
    ends = [*range(12), *range(4096, whole, 9973), *range(whole - 4, whole)]
    for position in ends:
        begin(two)
        two.store.data[key.encode()] = value
        node.flow.cut_output_after(position)
        with within(5):
            results = client.pipeline().get(key).get(key + "x").execute(raise_on_error=False)
        assert node.flow.used
        assert results[0] == value
