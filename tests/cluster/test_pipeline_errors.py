"""Errors of commands in a pipeline: raised with number and text, or left in their places."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterCrossSlotError, RedisClusterException, ResponseError

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
CAUSED = "of pipeline caused error:"


@pytest.fixture
def pipe(rc: Any) -> Any:
    """A pipeline, in a cluster with a list "l"."""
    rc.rpush("l", "element")
    return rc.pipeline()


def test_the_first_that_failed_is_raised_when_all_have_run(rc: Any, pipe: Any) -> None:
    pipe.set("a", 1).get("l").incr("l").set("b", 2)
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert type(caught.value) is ResponseError
    assert str(caught.value) == f"Command # 2 (GET l) {CAUSED} {WRONG_TYPE}"
    assert caught.value.args == (str(caught.value),)
    assert caught.value.command == "GET l"
    assert rc.mget("a", "b") == [b"1", b"2"]


@pytest.mark.parametrize(
    ("queue", "text"),
    [
        (lambda p: p.incr("l"), "INCRBY l 1"),
        (lambda p: p.hset("l", "f", "a b"), "HSET l f a b"),
        (lambda p: p.hset("l", mapping={b"f": 1.5}), "HSET l f 1.5"),
        (lambda p: p.set("l", "grün", get=True), "SET l grün GET"),
        (lambda p: p.execute_command("get", "l"), "get l"),
        (lambda p: p.append("l", b"\xff"), "APPEND l \\xff"),
    ],
)
def test_the_message_shows_the_command_as_it_was_sent(pipe: Any, queue: Any, text: str) -> None:
    queue(pipe)
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert str(caught.value) == f"Command # 1 ({text}) {CAUSED} {WRONG_TYPE}"


@pytest.mark.parametrize("arguments", [1, 10_000])
def test_the_message_stays_short(pipe: Any, arguments: int) -> None:
    pipe.append("l", "x" * 1_000_000) if arguments == 1 else pipe.sadd("l", *range(arguments))
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert len(str(caught.value)) < 2000
    assert str(caught.value).endswith(WRONG_TYPE)


def test_the_class_is_that_of_the_error(pipe: Any) -> None:
    pipe.get("a").execute_command("RENAME", "a", "b")
    with pytest.raises(ClusterCrossSlotError) as caught:
        pipe.execute()
    assert str(caught.value).startswith(f"Command # 2 (RENAME a b) {CAUSED} ")


def test_left_in_their_places_errors_are_as_the_server_sent_them(pipe: Any) -> None:
    found = pipe.set("a", 1).get("l").incr("l").get("a").execute(raise_on_error=False)
    assert [found[0], found[3]] == [True, b"1"]
    assert [type(error) for error in found[1:3]] == [ResponseError, ResponseError]
    assert [str(error) for error in found[1:3]] == [WRONG_TYPE, WRONG_TYPE]
    assert found[1] is not found[2]


@pytest.mark.parametrize("raise_on_error", [True, False])
def test_a_failure_empties_the_pipeline_and_it_goes_on(pipe: Any, raise_on_error: bool) -> None:
    pipe.get("l")
    try:
        pipe.execute(raise_on_error)
    except ResponseError:
        assert raise_on_error
    assert len(pipe) == 0
    assert pipe.set("a", 1).get("a").execute() == [True, b"1"]


def test_after_a_refusal_the_queue_is_as_it_was(rc: Any, pipe: Any) -> None:
    pipe.set("a", 1)
    with pytest.raises(RedisClusterException):
        pipe.mget("a", "b")
    with pytest.raises(RedisClusterException):
        pipe.delete("a", "b")
    with pytest.raises(RedisClusterException):
        pipe.execute_command("GET")
    assert pipe.get("a").execute() == [True, b"1"]


def test_an_error_within_with_is_raised_and_resets(rc: Any) -> None:
    rc.rpush("l", 1)
    with pytest.raises(ResponseError, match="WRONGTYPE"), rc.pipeline() as pipe:
        pipe.get("l").set("a", 1)
        pipe.execute()
    assert len(pipe) == 0
    assert rc.get("a") == b"1"


def test_errors_in_any_number(pipe: Any) -> None:
    for _ in range(5000):
        pipe.get("l")
    found = pipe.execute(raise_on_error=False)
    assert len(found) == 5000
    assert {(type(error), str(error)) for error in found} == {(ResponseError, WRONG_TYPE)}
