"""Small conversations for tests that disturb each of their bytes in turn, and what must hold then.

A disturbance may cost a reply, never bring a wrong one, never run a write twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    TimeoutError,
    UnknownOutcome,
)
from tests.support.resp import Value, words
from tests.support.scripted import ScriptedCluster, ScriptedNode, Simple

Disturb = Callable[[ScriptedNode, int], None]
LOST = (ConnectionError, TimeoutError)
REDIRECTED = (MovedError, AskError)


class Line(NamedTuple):
    """A command, the reply on the wire, its result, and what a read finds without the write."""

    text: str
    reply: Value
    right: object
    before: object = None
    write: bool = False


def lines_of(tag: str) -> list[Line]:
    """Reads and writes on keys of the tag's slot; each read tells of the write before it."""
    key = f"{{{tag}}}"
    return [
        Line(f"SET {key} text", Simple("OK"), True, write=True),
        Line(f"GET {key}", b"text", b"text"),
        Line(f"RPUSH {key}l a b", 2, 2, write=True),
        Line(f"LRANGE {key}l 0 -1", [b"a", b"b"], [b"a", b"b"], []),
        Line(f"INCRBY {key}n 5", 5, 5, write=True),
        Line(f"GET {key}m", None, None),
    ]


def pipelined(client: RedisCluster, lines: Sequence[Line]) -> list[object]:
    """All lines in one pipeline."""
    pipe = client.pipeline()
    for line in lines:
        pipe.execute_command(*line.text.split())
    return list(pipe.execute(raise_on_error=False))


def one_by_one(client: RedisCluster, lines: Sequence[Line]) -> list[object]:
    """A call for each line."""
    return [result_of(client.execute_command, *line.text.split()) for line in lines]


def result_of(call: Callable[..., object], *args: object) -> object:
    """What a call returns or raises."""
    try:
        return call(*args)
    except RedisClusterException as error:
        raise AssertionError("a lost connection is no fault of the cluster") from error
    except Exception as error:
        return error


def begin(cluster: ScriptedCluster) -> None:
    """Forget what was, and disturb nothing."""
    for node in cluster.nodes:
        node.flow.calm()
    cluster.store.data.clear()
    cluster.store.ran.clear()
    cluster.forget_log()


def check(cluster: ScriptedCluster, lines: Sequence[Line], results: Sequence[object]) -> None:
    """Every result is right, or that of a write whose outcome nobody can know."""
    ran = [words(args) for args in cluster.store.ran]
    assert len(results) == len(lines)
    for number, (line, result) in enumerate(zip(lines, results)):
        unknown = [isinstance(each, UnknownOutcome) for each in results]
        if line.write:
            assert ran.count(line.text) <= 1
            # It did not run; those behind it may have, so that it cannot run any more.
            passed = isinstance(result, REDIRECTED) and any(unknown[number + 1 :])
            behind = isinstance(result, LOST) and any(unknown[:number])
            assert result == line.right or unknown[number] or passed or behind
            assert not passed or line.text not in ran
        elif isinstance(result, LOST + REDIRECTED):
            # Sent again, it might have read what a write behind it has written.
            assert any(unknown[number + 1 :])
        elif number > 0 and isinstance(results[number - 1], Exception):
            assert result in (line.right, line.before)
        else:
            assert result == line.right


def positions(
    cluster: ScriptedCluster, node: ScriptedNode, disturb: Disturb, step: int = 1
) -> Iterator[int]:
    """Begin anew with a disturbance at each byte, until the conversation has no such byte."""
    position = 0
    while True:
        begin(cluster)
        disturb(node, position)
        yield position
        if not node.flow.used:
            begin(cluster)
            return
        position += step


def cut_replies(node: ScriptedNode, position: int) -> None:
    """Let so many bytes of the replies go, then close."""
    node.flow.cut_output_after(position)


def cut_requests(node: ScriptedNode, position: int) -> None:
    """Read so many bytes, then close."""
    node.flow.cut_input_after(position + 1)


def stall_replies(node: ScriptedNode, position: int) -> None:
    """Let so many bytes of the replies go, then say nothing more."""
    node.flow.stall_output_after(position)


def stall_requests(node: ScriptedNode, position: int) -> None:
    """Read so many bytes, then nothing more."""
    node.flow.stall_input_after(position + 1)
