"""A pipeline's queued commands as objects, and who sees them before they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster
from rediscluster_c.pipeline import PipelineCommand
from tests.support.clients import Connect
from tests.support.multi import teach_multi
from tests.support.scripted import Reply, ScriptedCluster

# A call, and what is seen of it: args and options.
CALLS: list[tuple[Callable[[Any], object], tuple[Any, ...], dict[str, Any]]] = [
    (lambda p: p.get("k"), ("GET", "k"), {}),
    (lambda p: p.set(b"k", 1.5), ("SET", "k", "1.5"), {}),
    (lambda p: p.set("k", b"\xff\x00"), ("SET", "k", b"\xff\x00"), {}),
    (lambda p: p.set("k", "\u20ac", ex=9, nx=True), ("SET", "k", "\u20ac", "EX", "9", "NX"), {}),
    (lambda p: p.set("", ""), ("SET", "", ""), {}),
    (lambda p: p.object("encoding", "k"), ("OBJECT", "encoding", "k"), {}),
    (lambda p: p.memory_usage("k"), ("MEMORY USAGE", "k"), {}),
    (lambda p: p.execute_command("MEMORY", "USAGE", "k"), ("MEMORY USAGE", "k"), {}),
    (lambda p: p.execute_command("MEMORY USAGE", "k"), ("MEMORY USAGE", "k"), {}),
    (lambda p: p.execute_command(b"get", "k"), ("get", "k"), {}),
    (
        lambda p: p.zrange("z", 0, -1, desc=True, withscores=True, score_cast_func=int),
        ("ZREVRANGE", "z", "0", "-1", "WITHSCORES"),
        {"withscores": True, "score_cast_func": int},
    ),
    (lambda p: p.hset("h", mapping={"a": 1, "b": 2}), ("HSET", "h", "a", "1", "b", "2"), {}),
]


@pytest.mark.parametrize(("call", "args", "options"), CALLS)
@pytest.mark.parametrize("kind", [{}, {"cross_slot": True}, {"transaction": True}])
def test_a_command_as_it_was_queued(
    client: RedisCluster,
    kind: dict[str, Any],
    call: Callable[[Any], object],
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    pipe: Any = client.pipeline(**kind)
    pipe.get("first")
    call(pipe)
    pipe.get("last")
    first, found, last = pipe.command_stack
    assert (found.args, found.options, found.position) == (args, options, 1)
    assert (first.args, last.args) == (("GET", "first"), ("GET", "last"))
    assert (first.position, last.position) == (0, 2)
    assert len(pipe) == 3


def test_it_is_a_snapshot_that_cannot_be_edited(client: RedisCluster) -> None:
    pipe: Any = client.pipeline()
    assert len(pipe.command_stack) == 0
    pipe.get("k")
    stack = pipe.command_stack
    pipe.get("j")
    pipe.reset()
    assert [command.args for command in stack] == [("GET", "k")]
    assert list(pipe.command_stack) == []
    for spoil in (
        lambda: setattr(pipe, "command_stack", []),
        lambda: setattr(stack[0], "args", ()),
        lambda: stack.append(1),
    ):
        with pytest.raises((AttributeError, TypeError)):
            spoil()


def test_a_command_over_many_slots_or_nodes_is_one(client: RedisCluster) -> None:
    pipe: Any = client.pipeline(cross_slot=True)
    keys = [f"k{number}" for number in range(20)]
    pipe.mget(keys).get("k").mset(dict.fromkeys(keys, 1)).dbsize().ping(target_nodes="random")
    found = pipe.command_stack
    assert [command.position for command in found] == [0, 1, 2, 3, 4]
    assert found[0].args == ("MGET", *keys)
    assert found[1].args == ("GET", "k")
    assert found[2].args[:5] == ("MSET", "k0", 1, "k1", 1)
    assert (found[3].args, found[4].args) == (("DBSIZE",), ("PING",))


def test_texts_are_in_the_clients_encoding(cluster: ScriptedCluster, connect: Connect) -> None:
    pipe: Any = connect(cluster, encoding="utf-16-le").pipeline()
    pipe.set("k", "\u20ac").set(b"odd", b"\x00\xd8\x00")
    first, second = pipe.command_stack
    assert first.args == ("SET", "k", "\u20ac")
    assert second.args == ("SET", b"odd", b"\x00\xd8\x00")


def test_a_command_can_be_made_as_the_old_one() -> None:
    command = PipelineCommand(("GET", "k"))
    assert (command.args, dict(command.options), command.position) == (("GET", "k"), {}, None)


@pytest.mark.parametrize("where", ["class", "instance"])
@pytest.mark.parametrize("kind", [{}, {"cross_slot": True}, {"transaction": True}])
def test_who_wraps_execute_sees_every_kind(
    cluster: ScriptedCluster,
    client: RedisCluster,
    monkeypatch: pytest.MonkeyPatch,
    kind: dict[str, Any],
    where: str,
) -> None:
    teach_multi(cluster)
    pipe: Any = client.pipeline(**kind)
    original = ClusterPipeline.execute if where == "class" else pipe.execute
    seen: list[list[Any]] = []

    def execute(*args: Any, **options: Any) -> Any:
        seen.append([command.args for command in pipe.command_stack])
        return original(*args, **options)

    monkeypatch.setattr(ClusterPipeline if where == "class" else pipe, "execute", execute)
    pipe.set("{a}k", 1).set("{a}j", 2)
    assert len(pipe.execute(raise_on_error=False, timeout=5)) == 2
    assert seen == [[("SET", "{a}k", "1"), ("SET", "{a}j", "2")]]
    assert len(pipe) == 0


def test_a_transactions_execute_keeps_its_promises(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    teach_multi(cluster)
    pipe: Any = client.pipeline(transaction=True)
    pipe.watch("{a}k")
    pipe.multi()
    pipe.set("{a}k", 1)
    for timeout in ("1", -1, True):
        with pytest.raises(ValueError, match="timeout"):
            pipe.execute(timeout=timeout)
        assert len(pipe) == 0
    cluster.on("EXEC", Reply(None))
    assert client.transaction(lambda p: None) == []
