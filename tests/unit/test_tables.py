"""The command table as mappings: where commands go, and what is made of their replies."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core

ROUTES = {row["wire"]: row["route"] for row in reversed(_core.commands())}


def test_flags_are_of_commands_that_no_key_leads() -> None:
    flags = RedisCluster.NODES_FLAGS
    assert (flags["DBSIZE"], flags["FLUSHALL"]) == ("all-nodes", "all-masters")
    assert flags["COMMAND INFO"] == "random"
    assert "GET" not in flags and "MGET" not in flags
    assert set(flags) == {wire for wire, route in ROUTES.items() if wire in flags}


@pytest.mark.parametrize(
    ("command", "reply", "options", "expected"),
    [
        ("GET", b"v", {}, b"v"),
        ("GET", None, {}, None),
        ("SET", b"OK", {}, True),
        ("SET", b"old", {"get": True}, b"old"),
        ("EXPIRE", 1, {}, True),
        ("HGETALL", ["f", "ä"], {}, {"f": "ä"}),
        ("SMEMBERS", [b"a", b"b"], {}, {b"a", b"b"}),
        ("ZRANGE", [b"a", b"1.5"], {}, [b"a", b"1.5"]),
        ("ZRANGE", [b"a", b"1.5"], {"withscores": True}, [(b"a", 1.5)]),
        ("ZRANGE", [b"a", b"1"], {"withscores": True, "score_cast_func": int}, [(b"a", 1)]),
        ("INFO", b"# Server\r\nredis_version:7.0.15\r\n", {}, {"redis_version": "7.0.15"}),
    ],
)
def test_a_response_callback_converts_as_the_method_does(
    command: str, reply: Any, options: dict[str, Any], expected: object
) -> None:
    found = RedisCluster.RESPONSE_CALLBACKS[command](reply, **options)
    assert (type(found), found) == (type(expected), expected)


def test_every_command_has_one() -> None:
    assert set(RedisCluster.RESPONSE_CALLBACKS) == set(ROUTES)
    assert all(map(callable, RedisCluster.RESPONSE_CALLBACKS.values()))


def test_the_cluster_commands_have_theirs_apart() -> None:
    apart = RedisCluster.CLUSTER_COMMANDS_RESPONSE_CALLBACKS
    assert set(apart) == {wire for wire in ROUTES if wire.startswith("CLUSTER ")}
    assert all(RedisCluster.RESPONSE_CALLBACKS[name] is each for name, each in apart.items())


def test_an_object_shows_where_commands_go() -> None:
    client = RedisCluster("localhost", 1, init_slot_cache=False)
    for target in (client, client.pipeline()):
        assert target.nodes_flags == RedisCluster.NODES_FLAGS


def test_a_result_callback_merges_as_the_method_does() -> None:
    callbacks = RedisCluster.RESULT_CALLBACKS
    replies = {"a:1": [b"x", b"y"], "b:2": [b"y"]}
    assert callbacks["KEYS"]("KEYS", replies) == [b"x", b"y"]
    assert callbacks["DBSIZE"]("DBSIZE", {"a:1": 1}) == {"a:1": 1}
    assert "GET" not in callbacks
