"""Error replies of real servers, on the client and in the pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterCrossSlotError, DataError, RedisClusterException, ResponseError
from tests.cluster.modes import Call

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "value is not an integer or out of range"

# "s" is a string, "l" a list.
FAILING: list[tuple[Call, str]] = [
    (lambda c: c.get("l"), WRONG_TYPE),
    (lambda c: c.append("l", "x"), WRONG_TYPE),
    (lambda c: c.strlen("l"), WRONG_TYPE),
    (lambda c: c.getrange("l", 0, 1), WRONG_TYPE),
    (lambda c: c.incr("l"), WRONG_TYPE),
    (lambda c: c.decr("l"), WRONG_TYPE),
    (lambda c: c.set("l", 1, get=True), WRONG_TYPE),
    (lambda c: c.hset("s", "f", 1), WRONG_TYPE),
    (lambda c: c.hget("s", "f"), WRONG_TYPE),
    (lambda c: c.hgetall("s"), WRONG_TYPE),
    (lambda c: c.hmget("s", "f"), WRONG_TYPE),
    (lambda c: c.hdel("s", "f"), WRONG_TYPE),
    (lambda c: c.hexists("s", "f"), WRONG_TYPE),
    (lambda c: c.hincrby("s", "f"), WRONG_TYPE),
    (lambda c: c.hkeys("s"), WRONG_TYPE),
    (lambda c: c.hvals("s"), WRONG_TYPE),
    (lambda c: c.hlen("s"), WRONG_TYPE),
    (lambda c: c.lpush("s", 1), WRONG_TYPE),
    (lambda c: c.rpush("s", 1), WRONG_TYPE),
    (lambda c: c.lpop("s"), WRONG_TYPE),
    (lambda c: c.rpop("s", 2), WRONG_TYPE),
    (lambda c: c.lrange("s", 0, 1), WRONG_TYPE),
    (lambda c: c.llen("s"), WRONG_TYPE),
    (lambda c: c.lindex("s", 0), WRONG_TYPE),
    (lambda c: c.ltrim("s", 0, 1), WRONG_TYPE),
    (lambda c: c.sadd("s", 1), WRONG_TYPE),
    (lambda c: c.srem("s", 1), WRONG_TYPE),
    (lambda c: c.smembers("s"), WRONG_TYPE),
    (lambda c: c.sismember("s", 1), WRONG_TYPE),
    (lambda c: c.scard("s"), WRONG_TYPE),
    (lambda c: c.zadd("s", {"m": 1}), WRONG_TYPE),
    (lambda c: c.zrem("s", "m"), WRONG_TYPE),
    (lambda c: c.zrange("s", 0, 1, withscores=True), WRONG_TYPE),
    (lambda c: c.zscore("s", "m"), WRONG_TYPE),
    (lambda c: c.zcard("s"), WRONG_TYPE),
    (lambda c: c.zincrby("s", 1, "m"), WRONG_TYPE),
    (lambda c: c.zrank("s", "m"), WRONG_TYPE),
    (lambda c: c.incr("s"), NOT_AN_INTEGER),
    (lambda c: c.incr("n", 2**64), NOT_AN_INTEGER),
    (lambda c: c.incr("n", "x"), NOT_AN_INTEGER),
    (lambda c: c.incr("n", 1.5), NOT_AN_INTEGER),
    (lambda c: c.lrange("l", "a", "b"), NOT_AN_INTEGER),
    (lambda c: c.hincrby("h", "f", "x"), NOT_AN_INTEGER),
    (lambda c: c.zadd("z", {"m": "x"}), "value is not a valid float"),
    (lambda c: c.zadd("z", {"m": float("nan")}), "value is not a valid float"),
    (lambda c: c.set("k", "v", ex=0), "invalid expire time in "),
    (lambda c: c.set("k", "v", ex=1, px=1), "syntax error"),
    (lambda c: c.set("k", "v", nx=True, xx=True), "syntax error"),
    (lambda c: c.lpop("l", -1), "value is out of range, must be positive"),
    (lambda c: c.lpush("l"), "wrong number of arguments for 'lpush' command"),
    (lambda c: c.execute_command("NOSUCH", "k"), "unknown command "),
]


@pytest.fixture
def filled(rc: Any) -> Any:
    """A client of a cluster with the string "s" and the list "l"."""
    rc.set("s", "text")
    rc.rpush("l", "element")
    return rc


@pytest.mark.parametrize(("call", "message"), FAILING)
def test_an_error_is_raised_and_the_next_call_works(filled: Any, call: Call, message: str) -> None:
    with pytest.raises(ResponseError) as caught:
        call(filled)
    assert type(caught.value) is ResponseError
    assert str(caught.value).startswith(message)
    assert filled.get("s") == b"text"


def test_errors_stand_in_their_places(filled: Any) -> None:
    pipe = filled.pipeline()
    for call, _ in FAILING:
        call(pipe.strlen("s")).get("s")
    found = pipe.execute(raise_on_error=False)
    assert found[::3] == [4] * len(FAILING)
    assert found[2::3] == [b"text"] * len(FAILING)
    for error, (_, message) in zip(found[1::3], FAILING):
        assert type(error) is ResponseError
        assert str(error).startswith(message)


@pytest.mark.parametrize(("call", "message"), FAILING)
def test_an_error_of_a_pipeline_tells_its_command(filled: Any, call: Call, message: str) -> None:
    pipe = call(filled.pipeline().get("s"))
    with pytest.raises(ResponseError) as caught:
        pipe.execute()
    assert type(caught.value) is ResponseError
    prefix, _, text = str(caught.value).partition(" of pipeline caused error: ")
    assert prefix.startswith("Command # 2 (")
    assert text.startswith(message)


def test_an_error_reply_keeps_its_connection(filled: Any) -> None:
    """A client that reconnects after each error is slow, and hides what is wrong."""

    def received() -> int:
        return sum(info["total_connections_received"] for info in filled.info("stats").values())

    before = received()
    for _ in range(20):
        with pytest.raises(ResponseError):
            filled.incr("s")
    filled.pipeline().get("l").incr("s").execute(raise_on_error=False)
    assert received() - before <= 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.hset("h"), "'hset' with no key value pairs"),
        (lambda c: c.hset("h", mapping={}), "'hset' with no key value pairs"),
        (lambda c: c.zadd("z", {}), "ZADD requires at least one element/score pair"),
        (lambda c: c.zadd("z", {"a": 1}, nx=True, xx=True), "ZADD allows either 'nx' or 'xx'"),
        (lambda c: c.zadd("z", {"a": 1, "b": 2}, incr=True), "ZADD option 'incr' only works"),
        (lambda c: c.zadd("z", {"a": 1}, gt=True, lt=True), "ZADD allows"),
        (lambda c: c.zadd("z", {"a": 1}, gt=True, nx=True), "ZADD allows"),
    ],
)
def test_what_no_server_would_take_is_not_sent(rc: Any, call: Call, message: str) -> None:
    pipe = rc.pipeline().get("k")
    for target in (rc, pipe):
        with pytest.raises(DataError, match=message):
            call(target)
    assert pipe.execute() == [None]


def test_keys_of_one_command_in_two_slots(rc: Any) -> None:
    with pytest.raises(ClusterCrossSlotError) as caught:
        rc.execute_command("RENAME", "a", "b")
    message, _, hint = str(caught.value).partition("; ")
    assert message == "Keys in request don't hash to the same slot"
    assert "{hash tag}" in hint


@pytest.mark.parametrize("args", [("GET",), ("set",)])
def test_a_command_without_its_key_goes_nowhere(rc: Any, args: tuple[str, ...]) -> None:
    with pytest.raises(
        RedisClusterException, match="No way to dispatch this command .*Missing key"
    ):
        rc.execute_command(*args)


def test_no_command_at_all(rc: Any) -> None:
    with pytest.raises(RedisClusterException, match="Unable to determine command to use"):
        rc.execute_command()
