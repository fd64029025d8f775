"""The command table against what a server says of its commands: keys, arity, reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core
from tests.cluster.calls import call

ROWS: list[dict[str, Any]] = _core.commands()
METHODS = [row["method"] for row in ROWS]
# A channel is no key to a server, but says where this client sends a message.
ROUTED_BY_CHANNEL = {"publish"}
# They take one element of one of their keys.
POPS = {"bzpopmax", "bzpopmin"}
# A server does not call it a write, and yet it matters how often they run.
ACTS = set("eval evalsha fcall function_kill publish script_flush script_kill spublish".split())


class Recorder(RedisCluster):
    """Keeps what its methods would send, and sends nothing."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return args


@pytest.fixture(scope="module")
def recorder() -> RedisCluster:
    return Recorder("localhost", 1, init_slot_cache=False)


@pytest.fixture(scope="module")
def client(cluster: Any) -> Iterator[RedisCluster]:
    options = getattr(cluster, "options", {})
    with RedisCluster(startup_nodes=cluster.startup_nodes, **options) as made:
        yield made


@pytest.fixture(scope="module")
def described(client: RedisCluster) -> dict[str, list[Any]]:
    """COMMAND's reply by name: name, arity, flags, first key, last key, step, ..."""
    found = client.execute_command(
        "COMMAND", "INFO", *(row["wire"].replace(" ", "|") for row in ROWS)
    )
    return {row["method"]: entry for row, entry in zip(ROWS, found)}


def words_of(recorder: RedisCluster, method: str) -> list[bytes]:
    """What a good call of the method sends."""
    name, *arguments = call(recorder, method)
    return [str(word).encode() for word in (*name.split(), *arguments)]


def key_of(row: dict[str, Any], words: list[bytes]) -> bytes:
    """The first key, by what the table knows of its place."""
    return words[row["key_at"] if row["key_at"] > 0 else words.index(b"STREAMS") + 1]


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_the_first_key_is_where_the_server_looks_for_it(
    client: RedisCluster,
    described: dict[str, list[Any]],
    recorder: RedisCluster,
    row: dict[str, Any],
) -> None:
    first_key, flags = described[row["method"]][3], described[row["method"]][2]
    if row["method"] in ROUTED_BY_CHANNEL:
        assert (row["route"], row["key_at"], first_key) == ("key", 1, 0)
    elif b"movablekeys" in flags:  # only a whole command shows it
        words = words_of(recorder, row["method"])
        assert client.execute_command("COMMAND", "GETKEYS", *words)[0] == key_of(row, words)
    else:
        assert max(row["key_at"], 0) == first_key
        assert (row["route"] in ("key", "split", "across")) == (first_key > 0)


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_only_commands_of_several_keys_are_split(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    last_key, step = described[row["method"]][4:6]
    if row["route"] != "across":
        assert (row["route"] == "split") == (last_key < 0 and row["method"] not in POPS)
    if row["method"] == "mset":
        assert step == 2


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_what_may_run_twice_is_what_the_server_calls_no_write(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    flags = {bytes(flag) for flag in described[row["method"]][2]}
    if row["method"] in ACTS:
        assert not row["read"] and b"readonly" not in flags
    elif row["route"] in ("key", "split", "across"):
        assert row["read"] == (b"readonly" in flags)
    else:
        assert row["read"] == (b"write" not in flags)


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_a_good_call_has_the_number_of_arguments_that_the_server_wants(
    described: dict[str, list[Any]], recorder: RedisCluster, row: dict[str, Any]
) -> None:
    arity = described[row["method"]][1]
    words = words_of(recorder, row["method"])
    assert len(words) == arity if arity > 0 else len(words) >= -arity
