"""db=: each connection begins with its database, and a server that has none is told apart."""

from __future__ import annotations

import pytest

from rediscluster_c.exceptions import RedisClusterException
from tests.support.clients import Connect
from tests.support.scripted import Error, Reply, ScriptedCluster, Simple


@pytest.mark.parametrize("options", [{}, {"db": 0}, {"db": None}])
def test_without_one_nothing_is_selected(
    cluster: ScriptedCluster, connect: Connect, options: dict[str, int | None]
) -> None:
    connect(cluster, **options).mget("a", "b", "c")
    assert cluster.count("SELECT") == 0


def test_every_connection_selects_it(cluster: ScriptedCluster, connect: Connect) -> None:
    cluster.on("SELECT", Reply(Simple("OK")))
    client = connect(cluster, db=7, init_slot_cache=False)
    for node in cluster.nodes:
        client.set(cluster.key(node), 1)
    for node in cluster.nodes:
        selected = {conn for conn, args in node.log if args == [b"SELECT", b"7"]}
        assert {conn for conn, args in node.log if args[0] == b"SET"} <= selected


@pytest.mark.parametrize(
    "text", ["ERR SELECT is not allowed in cluster mode", "ERR DB index is out of range"]
)
def test_a_refused_one_is_explained(cluster: ScriptedCluster, connect: Connect, text: str) -> None:
    cluster.on("SELECT", Error(text))
    with pytest.raises(
        RedisClusterException, match=f"SELECT was refused: {text} .db: a cluster has database 0"
    ):
        connect(cluster, db=1)
