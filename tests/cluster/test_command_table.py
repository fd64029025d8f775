"""The command table against what a server says of its commands: keys, arity, reads and writes."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core
from tests.cluster.calls import call

ROWS: list[dict[str, Any]] = _core.commands()
METHODS = [row["method"] for row in ROWS]


class Recorder(RedisCluster):
    """Keeps what its methods would send, and sends nothing."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return args


@pytest.fixture(scope="module")
def recorder() -> RedisCluster:
    return Recorder("localhost", 1, init_slot_cache=False)


@pytest.fixture(scope="module")
def described(cluster: Any) -> dict[str, list[Any]]:
    """COMMAND's reply by name: name, arity, flags, first key, last key, step, ..."""
    client = RedisCluster(startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {}))
    with client:
        found = client.execute_command("COMMAND", "INFO", *(row["wire"].split()[0] for row in ROWS))
    return {row["method"]: entry for row, entry in zip(ROWS, found)}


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_the_first_key_is_where_the_server_looks_for_it(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    first_key, flags = described[row["method"]][3], described[row["method"]][2]
    if b"movablekeys" in flags:  # the server has no fixed place to compare with
        assert row["key_at"] > 0
        return
    assert max(row["key_at"], 0) == first_key
    assert (row["route"] in ("key", "split")) == (first_key > 0)


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_only_commands_of_several_keys_are_split(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    last_key, step = described[row["method"]][4:6]
    assert (row["route"] == "split") == (last_key < 0)
    if row["method"] == "mset":
        assert step == 2


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_what_may_run_twice_is_what_the_server_calls_no_write(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    flags = {bytes(flag) for flag in described[row["method"]][2]}
    if b"movablekeys" not in flags:
        assert row["read"] == (b"write" not in flags)
    if row["route"] in ("key", "split"):
        assert row["read"] == (b"readonly" in flags)


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_a_good_call_has_the_number_of_arguments_that_the_server_wants(
    described: dict[str, list[Any]], recorder: RedisCluster, row: dict[str, Any]
) -> None:
    arity = described[row["method"]][1]
    arguments = call(recorder, row["method"])
    assert len(arguments) == arity if arity > 0 else len(arguments) >= -arity
