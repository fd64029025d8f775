"""Servers that talk nonsense: an error on that command, a new connection, and life goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import ConnectionError, ResponseError
from tests.support.clock import within
from tests.support.resp import Value
from tests.support.scripted import (
    Answer,
    Delay,
    Drop,
    Error,
    Failure,
    Raw,
    Reply,
    ScriptedCluster,
    Simple,
    Step,
)

GARBAGE = [
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    b"\x00\x01\x02\xff\r\n",
    b"\r\n\r\n",
    b"?what\r\n",
    b"$x\r\n",
    b"*x\r\n",
    b"*2\r\n:1\r\n?\r\n",
    b"$99999999999999999999\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
]
TRUNCATED = [b"+O", b":1", b"$5\r\nab", b"$-", b"*3\r\n:1\r\n", b"*2\r\n$3\r\nab", b"-ERR", b"*"]
HUGE = [b"$536870912\r\nab", b"*33554431\r\n:1\r\n"]


@pytest.mark.parametrize("data", GARBAGE)
def test_garbage_is_an_error_and_the_next_call_works(
    cluster: ScriptedCluster, client: RedisCluster, data: bytes
) -> None:
    a = cluster.nodes[0]
    bad, good = cluster.keys(a, 2)
    a.on("*", Raw(data), key=bad)
    with within(10), pytest.raises(ConnectionError) as caught:
        client.incr(bad)
    assert a.address in str(caught.value)
    assert len(a.commands("INCRBY")) == 1
    used = len(a.connections)
    assert client.incr(good) == 1
    assert a.log[-1].conn == used + 1
    cluster.wait_until(lambda: a.open_connections == 1)


@pytest.mark.parametrize("data", TRUNCATED + HUGE)
def test_a_reply_that_breaks_off_is_an_error(
    cluster: ScriptedCluster, client: RedisCluster, data: bytes
) -> None:
    a = cluster.nodes[0]
    bad, good = cluster.keys(a, 2)
    a.on("*", Raw(data), Drop(), key=bad)
    with within(10), pytest.raises(ConnectionError):
        client.incr(bad)
    assert len(a.commands("INCRBY")) == 1
    assert client.incr(good) == 1


@pytest.mark.parametrize("steps", [(Raw(GARBAGE[0]),), (Raw(TRUNCATED[2]), Drop())])
def test_a_read_that_gets_nothing_else_is_an_error(
    cluster: ScriptedCluster, client: RedisCluster, steps: tuple[Step, ...]
) -> None:
    a = cluster.nodes[0]
    bad, good = cluster.keys(a, 2)
    a.on("GET", *steps, key=bad)
    with within(10), pytest.raises(ConnectionError):
        client.get(bad)
    assert client.get(good) is None


@pytest.mark.parametrize("data", [GARBAGE[0], GARBAGE[3], GARBAGE[6]])
def test_garbage_in_a_pipeline_spares_what_was_answered(
    cluster: ScriptedCluster, client: RedisCluster, data: bytes
) -> None:
    a, b, _ = cluster.nodes
    keys, other = cluster.keys(a, 4), cluster.key(b)
    a.on("INCRBY", Raw(data), key=keys[2])
    pipe = client.pipeline()
    for key in (*keys, other):
        pipe.incr(key)
    with within(10):
        results = pipe.execute(raise_on_error=False)
    assert [results[0], results[1], results[4]] == [1, 1, 1]
    assert isinstance(results[2], ConnectionError)
    assert isinstance(results[3], ConnectionError)
    assert a.sequence() == [f"INCRBY {key} 1" for key in keys]
    assert b.sequence() == [f"INCRBY {other} 1"]
    assert client.incr(keys[0]) == 2


@pytest.mark.parametrize("extra", [b"+OK\r\n", b":666\r\n", b"$3\r\nbad\r\n", b"+half", b"*0\r\n"])
@pytest.mark.parametrize("pause", [0, 0.02])
def test_a_reply_too_many_answers_nothing(
    cluster: ScriptedCluster, client: RedisCluster, extra: bytes, pause: float
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    a.on("INCRBY", Answer(), Delay(pause) if pause else Raw(b""), Raw(extra), key=one)
    assert client.incr(one) == 1
    time.sleep(5 * pause)
    assert client.incr(two) == 1
    assert client.get(two) == b"1"
    conns = [conn for conn, args in a.log if args[0] in (b"INCRBY", b"GET")]
    assert conns[0] != conns[1]
    assert conns[1] == conns[2]


def test_words_on_an_idle_connection_answer_nothing(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    one, two = cluster.keys(a, 2)
    client.incr(one)
    a.push(b":666\r\n")
    assert client.incr(two) == 1
    assert client.pipeline().incr(two).incr(one).execute() == [2, 2]
    assert cluster.count("INCRBY") == 4


def test_error_replies_keep_the_connection(cluster: ScriptedCluster, client: RedisCluster) -> None:
    a = cluster.nodes[0]
    key = cluster.key(a)
    client.rpush(key, "x")
    before = len(a.connections)
    for _ in range(20):
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            client.get(key)
    assert client.lrange(key, 0, -1) == [b"x"]
    assert len(a.connections) == before


@pytest.mark.parametrize("text", ["ERR", "", "X", "ERR " + "long " * 5000])
def test_odd_error_replies_are_errors(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    cluster.on("SET", Error(text))
    with pytest.raises(ResponseError) as caught:
        client.set("k", "v")
    assert str(caught.value) in (text, text[4:])
    assert client.get("k") is None


def test_control_characters_of_an_error_reply_are_escaped(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("SET", Error("ERR \x01\x7f"))
    with pytest.raises(ResponseError) as caught:
        client.set("k", "v")
    assert str(caught.value) == r"\x01\x7f"
    assert client.get("k") is None


def test_nested_replies(cluster: ScriptedCluster, client: RedisCluster) -> None:
    nested: Value = [1, [b"two", [3, [None, [], [b"", Simple("six")]]]], b"end"]
    cluster.on("LRANGE", Reply(nested))
    expected = [1, [b"two", [3, [None, [], [b"", b"six"]]]], b"end"]
    assert client.execute_command("LRANGE", "k", 0, -1) == expected
    assert client.pipeline().lrange("k", 0, -1).get("k").execute() == [expected, None]


def test_an_error_inside_a_reply_is_one_of_its_items(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("LRANGE", Reply([1, Failure("ERR inside"), 2]))
    result: Any = client.lrange("k", 0, -1)
    assert [result[0], result[2]] == [1, 2]
    assert isinstance(result[1], ResponseError)
    assert "inside" in str(result[1])


def test_large_replies_of_many_shapes(cluster: ScriptedCluster, client: RedisCluster) -> None:
    shapes: list[Value] = [
        bytes(3_000_000),
        [b"%d" % number for number in range(50_000)],
        [[b"x", number, None] for number in range(10_000)],
        -(2**63),
        2**63 - 1,
        b"",
        [],
        None,
    ]
    expected = [[*shape] if isinstance(shape, list) else shape for shape in shapes]
    for number, shape in enumerate(shapes):
        cluster.on("LRANGE", Reply(shape), key=f"k{number}")
    pipe = client.pipeline()
    for number in range(len(shapes)):
        pipe.execute_command("LRANGE", f"k{number}", 0, -1)
    assert pipe.execute() == expected
