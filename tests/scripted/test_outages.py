"""A primary fails in ways that a server cannot be made to: who notices, and what each call costs.

See tests/cluster/test_outages.py for the others, under the same bound.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.support.outages import Crowd
from tests.support.scripted import (
    Drop,
    Error,
    Reply,
    ScriptedCluster,
    ScriptedNode,
    Silence,
)

LOADING = "LOADING Redis is loading the dataset in memory"
DOWN = "CLUSTERDOWN The cluster is down"


def _goes_silent(node: ScriptedNode) -> None:
    node.on("*", Silence())


def _accepts_and_closes(node: ScriptedNode) -> None:
    node.on_connect(Drop())
    node.drop_connections()


def _is_loading(node: ScriptedNode) -> None:
    _refuses(node, LOADING)


def _is_down(node: ScriptedNode) -> None:
    _refuses(node, DOWN)


def _refuses(node: ScriptedNode, text: str) -> None:
    """It has a slot table still, which is as it was."""
    table = node.cluster.slots_reply()
    node.on("*", Error(text))
    node.on("CLUSTER SLOTS", Reply(table))


@pytest.mark.parametrize("fail", [_goes_silent, _accepts_and_closes, _is_loading, _is_down])
def test_each_timeout_and_workload(cluster: ScriptedCluster, fail: Any) -> None:
    a, b, c = cluster.nodes

    def connect(**options: Any) -> RedisCluster:
        return RedisCluster(startup_nodes=cluster.startup_nodes, **options)

    keys = cluster.keys(a, 100)
    with Crowd(connect, keys, cluster.key(c), served=False) as crowd:
        time.sleep(0.3)
        fail(a)
        time.sleep(1.2)
        cluster.retire(a, to=b)
        back_at = time.monotonic()
        cluster.wait_until(lambda: crowd.answered_after(back_at), 20)
    crowd.check(back_at)
    with connect() as client:
        crowd.check_counters(client)
