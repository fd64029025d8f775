"""SORT with patterns of keys, which not every server takes in a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, DataError, RedisCluster
from tests.support.resp import Value
from tests.support.scripted import Reply, ScriptedCluster

VALUES: list[Value] = [b"a", b"1", b"b", None, b"c", b"3"]
PAIRS = [(b"a", b"1"), (b"b", None), (b"c", b"3")]


def test_groups_are_as_large_as_there_are_patterns(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("SORT", Reply(VALUES))
    assert client.sort("k", by="w_*", get=["#", "v_*"], groups=True) == PAIRS
    assert cluster.owner("k").sequence() == ["SORT k BY w_* GET # GET v_*"]
    assert client.sort("k", get=("a", "b", "c"), groups=True) == [
        (b"a", b"1", b"b"),
        (None, b"c", b"3"),
    ]
    assert client.sort("k", get=["#", "v_*"]) == VALUES
    assert client.sort("k", get="#") == client.sort("k", get=b"#") == VALUES


def test_groups_of_any_size(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("SORT", Reply([b"v"] * 600))
    for _ in range(3):
        assert client.sort("k", get=["#"] * 300, groups=True) == [(b"v",) * 300] * 2


def test_groups_in_a_pipeline_keep_their_sizes(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("SORT", Reply(VALUES))
    patterns = ["#", "v_*"]
    pipe: ClusterPipeline = client.pipeline(cross_slot=True).sort("k", get=patterns, groups=True)
    patterns.append("#")
    pipe.sort("k", get=patterns, groups=True).sort("k")
    assert pipe.execute() == [PAIRS, [(b"a", b"1", b"b"), (None, b"c", b"3")], VALUES]


def test_groups_by_name(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("SORT", Reply(VALUES))
    assert client.execute_command("SORT", "k", "GET", "#", "GET", "v_*", groups=2) == PAIRS


def test_an_override_is_told_the_size(cluster: ScriptedCluster, client: RedisCluster) -> None:
    class Tracing(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            seen.append((args, options))
            return super().execute_command(*args, **options)

    seen: list[Any] = []
    cluster.on("SORT", Reply(VALUES))
    mine = Tracing(connection_pool=client.connection_pool)
    assert mine.sort("k", get=["#", "v_*"], groups=True) == PAIRS
    assert seen == [(("SORT", "k", "GET", "#", "GET", "v_*"), {"groups": 2})]


@pytest.mark.parametrize(
    "options",
    [
        {"groups": True},
        {"groups": True, "get": "#"},
        {"groups": True, "get": ["#"]},
        {"groups": True, "get": []},
        {"start": 1},
        {"num": 1},
        {"get": [None]},
        {"get": 5.5j},
    ],
)
def test_what_does_not_go_together_is_refused_at_once(
    cluster: ScriptedCluster, client: RedisCluster, options: dict[str, Any]
) -> None:
    pipe: ClusterPipeline = client.pipeline(cross_slot=True)
    for target in (client, pipe):
        with pytest.raises(DataError):
            target.sort("k", **options)
    assert len(pipe) == 0
    assert cluster.log == []
