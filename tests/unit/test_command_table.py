"""The command table: every row makes sense. test_surface.py says which rows there have to be."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster, _core
from tests.support.surface import parameters_of

ROWS: list[dict[str, Any]] = _core.commands(compiled=True)
BY_METHOD = {row["method"]: row for row in ROWS}


def test_no_method_has_two_rows() -> None:
    assert len(BY_METHOD) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=BY_METHOD)
def test_a_method_is_a_real_one(row: dict[str, Any]) -> None:
    """help(), inspect and subclasses see a method with a signature, on both types."""
    for owner in (RedisCluster, ClusterPipeline):
        method = getattr(owner, row["method"])
        assert callable(method)
        assert method.__name__ == row["method"]
        found = list(inspect.signature(method).parameters.values())
        assert found[1:] == parameters_of(row)


@pytest.mark.parametrize("row", ROWS, ids=BY_METHOD)
def test_a_method_is_described(row: dict[str, Any]) -> None:
    text = inspect.getdoc(getattr(RedisCluster, row["method"])) or ""
    summary, _, rest = text.partition("\n")
    assert summary.endswith((".", ",", ")")) or "." in text
    page = row["wire"].lower().replace(" ", "-")
    source = f"Server command: {row['wire']}, since version {row['since']}: "
    redis_alone = row["since"] >= "8" and "Valkey" not in row["since"]
    site = "redis.io/docs/latest" if redis_alone else "valkey.io"
    assert rest.endswith(f"\n{source}https://{site}/commands/{page}/")
    assert max(map(len, text.splitlines()[:-1])) <= 110


@pytest.mark.parametrize("row", ROWS, ids=BY_METHOD)
def test_every_parameter_is_encoded(row: dict[str, Any]) -> None:
    kinds = {op["kind"] for op in row["ops"]}
    if not kinds & {"custom", "python"}:  # these may take any
        used = {op["param"] for op in row["ops"]}
        starred = bool(kinds & {"values", "counted_values", "list"})
        for param in row["params"]:
            encoded = starred if param["kind"] == "args" else param["name"] in used
            assert encoded or param["name"] == "target_nodes"


@pytest.mark.parametrize("row", ROWS, ids=BY_METHOD)
def test_the_first_key_is_where_the_route_needs_it(row: dict[str, Any]) -> None:
    if row["route"] in ("key", "split", "cross_slot"):
        assert row["key_at"] >= len(row["wire"].split()) or row["key_at"] == -1
    else:
        assert row["route"] in ("slot", "any", "nodes", "primaries", "blocked")
        assert row["key_at"] == 0


@pytest.mark.parametrize("row", ROWS, ids=BY_METHOD)
def test_replies_of_several_nodes_are_merged_and_others_are_not(row: dict[str, Any]) -> None:
    several = row["route"] in ("split", "nodes", "primaries", "blocked")
    assert (row["merge"] != "none") == several


def test_methods_of_one_command_share_its_facts() -> None:
    by_wire: dict[str, list[dict[str, Any]]] = {}
    for row in ROWS:
        by_wire.setdefault(row["wire"], []).append(row)
    for rows in by_wire.values():
        facts = {(row["route"], row["merge"], row["read"]) for row in rows}
        assert len(facts) == 1
        replies = {row["reply"] for row in rows}
        assert len(replies) == 1 or replies == {"xpending", "xpending_range"}
