"""An execute_command of the user's own gets every command, wherever it was put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, DataError, RedisCluster
from rediscluster_c.exceptions import NoScriptError
from tests.cluster.modes import Call, Factory

# A call, the arguments that execute_command gets, and the reply on an empty cluster.
COMMANDS: list[tuple[Call, tuple[Any, ...], Any]] = [
    (lambda c: c.get("k"), ("GET", "k"), None),
    (lambda c: c.get(b"k"), ("GET", b"k"), None),
    (lambda c: c.set("k", 1.5), ("SET", "k", 1.5), True),
    (lambda c: c.set("k", "v", ex=9, nx=True), ("SET", "k", "v", "EX", 9, "NX"), True),
    (lambda c: c.set("k", "v", px=9, xx=True), ("SET", "k", "v", "PX", 9, "XX"), None),
    (lambda c: c.append("k", "v"), ("APPEND", "k", "v"), 1),
    (lambda c: c.incr("k"), ("INCRBY", "k", 1), 1),
    (lambda c: c.decrby("k", 4), ("DECRBY", "k", 4), -4),
    (lambda c: c.getrange("k", 0, -1), ("GETRANGE", "k", 0, -1), b""),
    (lambda c: c.expire("k", 9), ("EXPIRE", "k", 9), False),
    (lambda c: c.exists("k"), ("EXISTS", "k"), 0),
    (lambda c: c.delete("k"), ("DEL", "k"), 0),
    (lambda c: c.type("k"), ("TYPE", "k"), b"none"),
    (lambda c: c.hset("h", "f", "v"), ("HSET", "h", "f", "v"), 1),
    (lambda c: c.hset("h", mapping={"f": 1, "g": 2}), ("HSET", "h", "f", 1, "g", 2), 2),
    (lambda c: c.hmget("h", ["f"], "g"), ("HMGET", "h", "f", "g"), [None, None]),
    (lambda c: c.hgetall("h"), ("HGETALL", "h"), {}),
    (lambda c: c.hincrby("h", "f"), ("HINCRBY", "h", "f", 1), 1),
    (lambda c: c.lpush("l", 1, 2), ("LPUSH", "l", 1, 2), 2),
    (lambda c: c.lpop("l"), ("LPOP", "l"), None),
    (lambda c: c.lpop("l", 2), ("LPOP", "l", 2), None),
    (lambda c: c.lrange("l", 0, 5), ("LRANGE", "l", 0, 5), []),
    (lambda c: c.sadd("s", "m"), ("SADD", "s", "m"), 1),
    (lambda c: c.smembers("s"), ("SMEMBERS", "s"), set()),
    (lambda c: c.zadd("z", {"m": 1}), ("ZADD", "z", 1, "m"), 1),
    (lambda c: c.zadd("z", {"m": 1}, nx=True, ch=True), ("ZADD", "z", "NX", "CH", 1, "m"), 1),
    (lambda c: c.zadd("z", {"m": 1}, incr=True), ("ZADD", "z", "INCR", 1, "m"), 1.0),
    (lambda c: c.zrange("z", 0, -1), ("ZRANGE", "z", 0, -1), []),
    (lambda c: c.zrange("z", 0, 9, desc=True), ("ZREVRANGE", "z", 0, 9), []),
    (lambda c: c.zincrby("z", 2, "m"), ("ZINCRBY", "z", 2, "m"), 2.0),
    (lambda c: c.execute_command("GET", "k"), ("GET", "k"), None),
]
CLIENT_ONLY: list[tuple[Call, tuple[Any, ...], Any]] = [
    (lambda c: c.mget("a", "b"), ("MGET", "a", "b"), [None, None]),
    (lambda c: c.mset({"a": 1, "b": 2}), ("MSET", "a", 1, "b", 2), True),
    (lambda c: c.delete("a", "b"), ("DEL", "a", "b"), 0),
    (lambda c: c.exists("a", "b"), ("EXISTS", "a", "b"), 0),
    (lambda c: c.keys(), ("KEYS", "*"), []),
]


class Tracing:
    """A mixin that notes the commands and passes them on."""

    traced: list[tuple[Any, ...]]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.traced.append(args)
        return super().execute_command(*args, **options)  # type: ignore[misc]


class TracingClient(Tracing, RedisCluster):
    pass


class TracingPipeline(Tracing, ClusterPipeline):
    pass


class Inheriting(RedisCluster):
    """Overrides in the class itself, and is inherited from once more."""

    traced: list[tuple[Any, ...]]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.traced.append(args)
        return super().execute_command(*args, **options)


class Heir(Inheriting):
    pass


def make(rc: Any, kind: type[Any]) -> Any:
    client = kind(connection_pool=rc.connection_pool)
    client.traced = []
    return client


@pytest.mark.parametrize("kind", [TracingClient, Inheriting, Heir])
@pytest.mark.parametrize(("call", "args", "reply"), COMMANDS + CLIENT_ONLY)
def test_a_subclass_gets_every_command(
    rc: Any, kind: type[Any], call: Call, args: tuple[Any, ...], reply: Any
) -> None:
    client = make(rc, kind)
    assert call(client) == reply
    assert client.traced == [args]


def test_a_pipeline_of_ones_own_gets_every_command(rc: Any) -> None:
    pipe = make(rc, TracingPipeline)
    for call, _, _ in COMMANDS:
        assert call(pipe) is pipe
    assert pipe.traced == [args for _, args, _ in COMMANDS]
    assert len(pipe.execute(raise_on_error=False)) == len(COMMANDS)


@pytest.mark.parametrize(("call", "args", "reply"), COMMANDS)
def test_a_pipelines_replies_are_what_they_were(
    rc: Any, call: Call, args: tuple[Any, ...], reply: Any
) -> None:
    pipe = make(rc, TracingPipeline)
    assert call(pipe).execute() == [reply]


CONVERTED: list[tuple[Call, Any]] = [
    (lambda c: c.zrange("z", 0, -1, withscores=True), [(b"m", 2.0)]),
    (lambda c: c.zrange("z", 0, -1, withscores=True, score_cast_func=int), [(b"m", 2)]),
    (lambda c: c.zrange("z", 0, -1, desc=True, withscores=True), [(b"m", 2.0)]),
    (lambda c: c.set("k", "new", get=True), b"old"),
]


@pytest.mark.parametrize(("call", "reply"), CONVERTED)
def test_conversions_come_with_the_command(rc: Any, call: Call, reply: Any) -> None:
    rc.zadd("z", {"m": 2})
    rc.set("k", "old")
    assert call(make(rc, TracingPipeline)).execute() == [reply]
    rc.set("k", "old")
    assert call(make(rc, TracingClient)) == reply


def test_options_reach_it_as_keywords(rc: Any) -> None:
    seen: list[dict[str, Any]] = []

    class Client(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            seen.append(options)
            return super().execute_command(*args, **options)

    client = make(rc, Client)
    client.zrange("z", 0, -1, withscores=True, score_cast_func=int)
    assert seen[0]["withscores"] is True
    assert seen[0]["score_cast_func"] is int


def test_it_may_answer_by_itself(rc: Any) -> None:
    class Offline(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            return " ".join(map(str, args))

    client = Offline("localhost", 1, init_slot_cache=False)
    assert client.set("k", 1) == "SET k 1"  # type: ignore[comparison-overlap]
    assert client.ping() == "PING"  # type: ignore[comparison-overlap]


def test_it_may_raise(rc: Any) -> None:
    class Failing(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            raise LookupError(args[0])

    with pytest.raises(LookupError, match="GET"):
        make(rc, Failing).get("k")


def test_wrong_arguments_do_not_reach_it(rc: Any) -> None:
    for target in (make(rc, TracingClient), make(rc, TracingPipeline)):
        with pytest.raises(DataError, match="argument 'value' of set"):
            target.set("k", None)
        with pytest.raises(TypeError):
            target.set("k")
        assert target.traced == []


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of commands that a patched execute_command gets; see `patch`."""
    return []


def patch(monkeypatch: pytest.MonkeyPatch, owner: type[RedisCluster], traced: list[str]) -> None:
    original = owner.execute_command

    def execute_command(self: RedisCluster, *args: Any, **options: Any) -> Any:
        traced.append(args[0])
        return original(self, *args, **options)

    monkeypatch.setattr(owner, "execute_command", execute_command)


def test_a_patch_on_the_client_class_and_back(
    rc: Any, monkeypatch: pytest.MonkeyPatch, traced: list[str]
) -> None:
    rc.get("k")
    patch(monkeypatch, RedisCluster, traced)
    assert rc.set("k", "v") is True
    assert rc.get("k") == b"v"
    assert rc.mget("k", "j") == [b"v", None]
    assert traced == ["SET", "GET", "MGET"]
    monkeypatch.undo()
    assert rc.get("k") == b"v"
    assert traced == ["SET", "GET", "MGET"]


def test_a_patch_on_the_client_class_leaves_pipelines_alone(
    rc: Any, monkeypatch: pytest.MonkeyPatch, traced: list[str]
) -> None:
    patch(monkeypatch, RedisCluster, traced)
    assert rc.pipeline().set("k", 1).get("k").execute() == [True, b"1"]
    assert traced == []


def test_a_patch_on_the_pipeline_class_and_back(
    rc: Any, monkeypatch: pytest.MonkeyPatch, traced: list[str]
) -> None:
    pipe = rc.pipeline()
    patch(monkeypatch, ClusterPipeline, traced)
    assert pipe.set("k", "v").get("k").execute() == [True, b"v"]
    assert traced == ["SET", "GET"]
    rc.get("k")
    monkeypatch.undo()
    assert pipe.get("k").execute() == [b"v"]
    assert traced == ["SET", "GET"]


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_patch_on_one_object_and_back(rc: Any, pipelined: bool) -> None:
    target, other = (rc.pipeline(), rc.pipeline()) if pipelined else (rc, rc.pipeline())
    traced: list[str] = []
    original = target.execute_command

    def execute_command(*args: Any, **options: Any) -> Any:
        traced.append(args[0])
        return original(*args, **options)

    target.execute_command = execute_command
    target.set("k", "v")
    other.get("k")
    assert traced == ["SET"]
    del target.execute_command
    target.get("k")
    assert traced == ["SET"]


def test_a_class_may_change_its_mind_often(rc: Any) -> None:
    class Client(RedisCluster):
        pass

    client = make(rc, Client)
    for number in range(2000):
        Client.execute_command = lambda self, *args, n=number: n  # type: ignore[method-assign]
        assert client.get("k") == number
        del Client.execute_command
        if number % 100 == 0:
            assert client.get("k") is None


def test_a_pipeline_made_by_an_overriding_client_is_an_ordinary_one(make_client: Factory) -> None:
    client: Any = make_client()
    made = make(client, TracingClient)
    assert made.pipeline().set("k", "v").get("k").execute() == [True, b"v"]
    assert made.traced == []


@pytest.mark.parametrize("count", [2, "2"])
def test_the_number_of_keys_reaches_it_as_an_int(rc: Any, count: Any) -> None:
    client = make(rc, TracingClient)
    with pytest.raises(NoScriptError):
        client.evalsha("0" * 40, count, "{k}a", "{k}b", "value")
    ((_, _, number, *_),) = client.traced
    assert (type(number), number) == (int, 2)


# Calls with target_nodes, and what they answer for one node of an empty cluster.
TARGETED: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (lambda c, **options: c.ping(**options), ("PING",), True),
    (lambda c, **options: c.dbsize(**options), ("DBSIZE",), 0),
    (lambda c, **options: c.keys("k*", **options), ("KEYS", "k*"), []),
    (lambda c, **options: c.execute_command("DBSIZE", **options), ("DBSIZE",), 0),
]


class Targeting(Tracing):
    """Notes target_nodes, too."""

    targets: list[Any]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.targets.append(options.get("target_nodes"))
        return super().execute_command(*args, **options)


class TargetingClient(Targeting, RedisCluster):
    pass


class TargetingPipeline(Targeting, ClusterPipeline):
    pass


@pytest.mark.parametrize(("call", "args", "reply"), TARGETED)
def test_target_nodes_reach_it_as_a_keyword(
    rc: Any, call: Callable[..., Any], args: tuple[Any, ...], reply: Any
) -> None:
    one, *others = rc.get_primaries()
    both = [one, others[0].name]
    names = {one.name: reply, others[0].name: reply}
    for kind in (TargetingClient, TargetingPipeline):
        target = make(rc, kind)
        target.targets = []
        replies = [call(target, target_nodes=one), call(target, target_nodes=both)]
        if kind is TargetingPipeline:
            assert replies == [target, target]
            replies = target.execute()
        assert replies == [reply, [] if args[0] == "KEYS" else names]
        assert target.traced == [args, args]
        assert target.targets[0] is one and target.targets[1] is both


@pytest.mark.parametrize("pipelined", [False, True])
def test_target_nodes_reach_a_patch(
    rc: Any, monkeypatch: pytest.MonkeyPatch, pipelined: bool
) -> None:
    owner = ClusterPipeline if pipelined else RedisCluster
    original = owner.execute_command
    seen: list[dict[str, Any]] = []

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        seen.append(options)
        return original(self, *args, **options)

    monkeypatch.setattr(owner, "execute_command", execute_command)
    node = rc.get_primaries()[0]
    target = rc.pipeline() if pipelined else rc
    reply = target.dbsize(target_nodes=node)
    assert (target.execute() if pipelined else [reply]) == [0]
    assert seen == [{"target_nodes": node}]
