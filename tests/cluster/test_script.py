"""Scripts on a real cluster: loaded where they are missing, and run where their keys are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rediscluster_c import RedisCluster, ResponseError
from rediscluster_c.exceptions import NoScriptError
from rediscluster_c.script import Script
from tests.cluster.modes import Factory

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
KEYS = [f"key:{number}" for number in range(20)]  # some on each primary


def new_script(rc: RedisCluster, text: str) -> Script:
    """A script that no server has seen before."""
    return rc.register_script(f"{text} -- {uuid.uuid4()}")


def known_to(rc: RedisCluster, script: Script) -> list[bool]:
    """Whether each primary knows the script."""
    by_node: dict[str, list[bool]] = {}
    client = RedisCluster(
        connection_pool=rc.connection_pool,
        result_callbacks={"SCRIPT EXISTS": lambda command, replies: by_node.update(replies)},
    )
    client.script_exists(script.sha)
    return [known for [known] in by_node.values()]


def test_it_is_loaded_on_every_primary_when_it_is_missing(rc: RedisCluster) -> None:
    script = new_script(rc, ADD)
    assert not any(known_to(rc, script))
    assert script(keys=["k"], args=[5]) == 5
    assert all(known_to(rc, script))
    assert [script(keys=[key], args=[1]) for key in KEYS] == [1] * len(KEYS)
    assert rc["k"] == b"5"


def test_it_may_be_missing_on_some(rc: RedisCluster) -> None:
    script = new_script(rc, ADD)
    rc.execute_command("EVAL", script.script, 1, KEYS[0], 1)
    assert sum(known_to(rc, script)) == 1
    assert [script(keys=[key], args=[1]) for key in KEYS] == [2] + [1] * (len(KEYS) - 1)


def test_without_keys_it_runs_on_any_primary(rc: RedisCluster) -> None:
    script = new_script(rc, "return {#KEYS, ARGV[1], ARGV[2]}")
    for _ in range(10):
        assert script(args=["a", b"b"]) == [0, b"a", b"b"]
    assert new_script(rc, "return #KEYS + #ARGV")() == 0


def test_several_keys_of_one_slot(rc: RedisCluster) -> None:
    script = new_script(rc, "return {KEYS[1], KEYS[2], ARGV[1]}")
    assert script(["{t}1", b"{t}2"], [1.5]) == [b"{t}1", b"{t}2", b"1.5"]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("return 1", 1),
        ("return nil", None),
        ("return {1, 'two', {3}}", [1, "two", [3]]),
        ("return redis.status_reply('fine')", "fine"),
        ("return 'ä'", "ä"),
    ],
)
def test_replies_are_decoded_and_not_converted(
    make_client: Factory, text: str, reply: object
) -> None:
    script = make_client(decode_responses=True).register_script(text)
    assert script(keys=["k"]) == reply
    assert script(keys=["k"]) == reply


def test_a_script_as_bytes(rc: RedisCluster) -> None:
    assert rc.register_script(b"return '\xff'")() == b"\xff"


def test_an_error_of_the_script_is_raised_and_nothing_repeated(rc: RedisCluster) -> None:
    script = new_script(rc, "redis.call('INCR', KEYS[1]) return redis.error_reply('MINE alone')")
    for count in (1, 2):
        with pytest.raises(ResponseError, match="MINE alone"):
            script(keys=["k"])
        assert rc["k"] == b"%d" % count
    with pytest.raises(ResponseError):
        rc.register_script("this is no Lua")(keys=["k"])


def test_another_client_runs_it(rc: RedisCluster, make_client: Factory) -> None:
    script = new_script(rc, "return 'text'")
    assert script(keys=["k"], client=make_client(decode_responses=True)) == "text"
    assert script(keys=["k"]) == b"text"


def test_callbacks_of_the_user_do_not_disturb_it(rc: Any, make_client: Factory) -> None:
    client = make_client(
        response_callbacks={"SCRIPT LOAD": lambda reply: 1 / 0, "SCRIPT EXISTS": lambda reply: []},
        result_callbacks={"SCRIPT LOAD": lambda command, replies: None},
    )
    pipe: Any = client.pipeline(cross_slot=True)
    new_script(rc, ADD)(keys=["k"], args=[1], client=pipe)
    assert pipe.execute() == [1]


def test_a_pipeline_loads_what_is_missing(rc: RedisCluster) -> None:
    first, second = new_script(rc, ADD), new_script(rc, "return ARGV[1]")
    pipe: Any = rc.pipeline(cross_slot=True)
    for _ in range(2):
        for key in KEYS:
            pipe.set(key, 0)
            first(keys=[key], args=[7], client=pipe)
            pipe.get(key)
        second(args=["x"], client=pipe)
        assert pipe.execute() == [True, 7, b"7"] * len(KEYS) + [b"x"]
        assert pipe.scripts == set()
    assert all(known_to(rc, first) + known_to(rc, second))


def test_a_pipeline_loads_on_demand(rc: RedisCluster) -> None:
    script = new_script(rc, ADD)
    pipe: Any = rc.pipeline(cross_slot=True)
    pipe.load_scripts()
    script(keys=["k"], args=[1], client=pipe)
    pipe.load_scripts()
    assert all(known_to(rc, script))
    assert len(pipe) == 1
    assert pipe.execute() == [1]


def test_a_script_that_does_not_compile_stops_a_pipeline_before_it_begins(rc: RedisCluster) -> None:
    pipe: Any = rc.pipeline(cross_slot=True)
    pipe.set("k", "v")
    new_script(rc, "no Lua")(keys=["k"], client=pipe)
    with pytest.raises(ResponseError, match="[Cc]ompil"):
        pipe.execute()
    assert (len(pipe), pipe.scripts) == (0, set())
    assert pipe.get("k").execute() == [None]


def test_a_plain_pipeline_runs_what_is_loaded(rc: RedisCluster) -> None:
    script = new_script(rc, ADD)
    pipe = rc.pipeline().execute_command("EVALSHA", script.sha, 1, "k", 1)
    with pytest.raises(NoScriptError):
        pipe.execute()
    rc.script_load(script.script)
    assert pipe.execute_command("EVALSHA", script.sha, 1, "k", 1).execute() == [1]
