"""A small conversation, disturbed at each of its bytes in turn.

Slices must change nothing. A cut may cost a reply, never bring a wrong one, never run a write
twice and never leave the client unusable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ConnectionError, RedisClusterException, UnknownOutcome
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.resp import Value, encode, request, words
from tests.support.scripted import ScriptedCluster, Simple

Converse = Callable[[RedisCluster], list[object]]

REQUESTS = ["SET k text", "GET k", "RPUSH {k}l a b", "LRANGE {k}l 0 -1", "INCRBY {k}n 5", "GET {k}"]
REPLIES: list[Value] = [Simple("OK"), b"text", 2, [b"a", b"b"], 5, None]
RESULTS: list[object] = [True, b"text", 2, [b"a", b"b"], 5, None]
BEFORE_THE_WRITE: list[object] = [None, None, None, [], None, None]
WRITES = (0, 2, 4)
REQUEST_BYTES = sum(len(request(*line.split())) for line in REQUESTS)
REPLY_BYTES = sum(len(encode(reply)) for reply in REPLIES)


def _pipelined(client: RedisCluster) -> list[object]:
    pipe = client.pipeline()
    for line in REQUESTS:
        pipe.execute_command(*line.split())
    return list(pipe.execute(raise_on_error=False))


def _one_by_one(client: RedisCluster) -> list[object]:
    return [_result(client, line) for line in REQUESTS]


def _result(client: RedisCluster, line: str) -> object:
    try:
        result: object = client.execute_command(*line.split())
    except RedisClusterException as error:
        raise AssertionError("a lost connection is no fault of the cluster") from error
    except Exception as error:
        return error
    return result


@pytest.fixture
def node() -> Iterator[ScriptedCluster]:
    """A cluster of one node, so that the bytes of a conversation have one order."""
    with ScriptedCluster(1) as cluster:
        yield cluster


@pytest.fixture(params=[_pipelined, _one_by_one])
def converse(request: pytest.FixtureRequest) -> Converse:
    chosen: Converse = request.param
    return chosen


def _begin(cluster: ScriptedCluster) -> None:
    cluster.nodes[0].flow.calm()
    cluster.store.data.clear()
    cluster.forget_log()


def _check(cluster: ScriptedCluster, results: list[object]) -> None:
    """Every result is right, or that of a write whose outcome nobody can know."""
    lines = [words(args) for _, args in cluster.nodes[0].log]
    for number, (result, right) in enumerate(zip(results, RESULTS)):
        if number in WRITES:
            assert lines.count(REQUESTS[number]) <= 1
            assert result == right or isinstance(result, UnknownOutcome)
        elif isinstance(result, ConnectionError):
            # Sent again, it might have read what a write behind it has written.
            assert any(isinstance(later, UnknownOutcome) for later in results[number + 1 :])
        elif number > 0 and isinstance(results[number - 1], UnknownOutcome):
            assert result in (right, BEFORE_THE_WRITE[number])
        else:
            assert result == right
    assert len(results) == len(RESULTS)


def test_replies_in_slices_of_any_size(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    for size in (1, 2, 3, 5, 8):
        _begin(node)
        node.nodes[0].flow.slice_size = size
        assert converse(client) == RESULTS


def test_a_pause_after_any_byte(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    assert converse(client) == RESULTS
    used = len(node.nodes[0].connections)
    for position in range(REPLY_BYTES):
        _begin(node)
        node.nodes[0].flow.pause_output_after(position)
        assert converse(client) == RESULTS
    assert len(node.nodes[0].connections) == used


def test_replies_cut_at_any_byte(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    for position in range(REPLY_BYTES):
        _begin(node)
        node.nodes[0].flow.cut_output_after(position)
        with within(5):
            _check(node, converse(client))
        assert client.get("{k}") is None


def test_requests_cut_at_any_byte(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    client = connect(node)
    for position in range(1, REQUEST_BYTES + 1):
        _begin(node)
        node.nodes[0].flow.cut_input_after(position)
        with within(5):
            _check(node, converse(client))
        assert client.get("{k}") is None


def test_every_cut_costs_something(
    node: ScriptedCluster, connect: Connect, converse: Converse
) -> None:
    """The cuts above are real: without its reply the last write is not known."""
    client = connect(node)
    _begin(node)
    node.nodes[0].flow.cut_output_after(len(b"".join(encode(reply) for reply in REPLIES[:4])))
    assert isinstance(converse(client)[4], UnknownOutcome)


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
