"""Calls of methods follow the rules of Python: TypeError for what no def would take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import RedisCluster

Call = Callable[[Any], object]

WRONG: list[tuple[Call, str]] = [
    (lambda c: c.get(), r"get\(\) missing .*'name'"),
    (lambda c: c.get("a", "b"), r"get\(\) takes 1 positional argument but 2 were given"),
    (lambda c: c.get(key="a"), r"get\(\) got an unexpected keyword argument 'key'"),
    (lambda c: c.get("a", name="b"), r"get\(\) got multiple values for argument 'name'"),
    (lambda c: c.set("a"), r"set\(\) missing .*'value'"),
    (lambda c: c.set("a", "b", EX=5), r"set\(\) got an unexpected keyword argument 'EX'"),
    (lambda c: c.lrange("a", 0), r"lrange\(\) missing .*'end'"),
    (lambda c: c.hset(), r"hset\(\) missing .*'name'"),
    (lambda c: c.zadd("z"), r"zadd\(\) missing .*'mapping'"),
    (lambda c: c.sadd(), r"sadd\(\) missing .*'name'"),
    (lambda c: c.sadd("a", values="b"), r"sadd\(\) got an unexpected keyword argument 'values'"),
    (lambda c: c.set(*"abcdefghijklmno"), r"set\(\) takes .* 14 positional arguments but 15"),
]


@pytest.fixture(scope="module", params=["client", "pipeline"])
def target(request: pytest.FixtureRequest) -> RedisCluster:
    """Nothing is reached: what is called here must fail before that."""
    client = RedisCluster("localhost", 1, init_slot_cache=False)
    return client if request.param == "client" else client.pipeline()


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_call_is_a_type_error(target: RedisCluster, call: Call, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(target)


def test_a_pipeline_takes_no_wrong_call_into_its_queue() -> None:
    pipe = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    pipe.get("a")
    for call, _ in WRONG:
        with pytest.raises(TypeError):
            call(pipe)
    assert len(pipe) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.set(name="n", value="v", ex=5),
        lambda c: c.set("n", value="v"),
        lambda c: c.set("n", "v", None, 5, True),
        lambda c: c.set(**{"value": 1, "name": 2}),
        lambda c: c.incr("n", amount=2),
        lambda c: c.hset(mapping={"f": 1}, name="n"),
        lambda c: c.zrange("z", end=1, start=0, withscores=True),
        lambda c: c.execute_command("GET", "n"),
    ],
)
def test_arguments_go_by_place_or_by_name(call: Call) -> None:
    pipe = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    assert call(pipe) is pipe
    assert len(pipe) == 1


class UninitialisedClient(RedisCluster):
    """Forgets to call RedisCluster.__init__."""

    def __init__(self) -> None:
        pass


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.get("a"),
        lambda c: c.mget("a"),
        lambda c: c.ping(),
        lambda c: c.execute_command("GET", "a"),
        lambda c: c.set_response_callback("GET", str),
        lambda c: c.pipeline(),
        lambda c: c.keyslot("a"),
        lambda c: c.close(),
    ],
)
def test_a_client_without_init_says_so(call: Call) -> None:
    with pytest.raises(RuntimeError, match="__init__"):
        call(UninitialisedClient())


def test_init_happens_once() -> None:
    client = RedisCluster("localhost", 1, init_slot_cache=False)
    with pytest.raises(TypeError, match="twice"):
        RedisCluster.__init__(client, "localhost", 1, init_slot_cache=False)
