"""Programs of the old client that copy, edit and merge the tables of a class or an object."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster, RedisClusterException
from rediscluster_c.utils import dict_merge
from tests.support.clients import Connect
from tests.support.scripted import Reply, ScriptedCluster


def _shout(reply: Any, **options: Any) -> str:
    return str(reply).upper()


class Shouting(RedisCluster):
    RESPONSE_CALLBACKS = dict_merge(RedisCluster.RESPONSE_CALLBACKS, {"GET": _shout})
    RESULT_CALLBACKS = dict_merge(
        RedisCluster.RESULT_CALLBACKS, {"DBSIZE": lambda command, replies: sum(replies.values())}
    )
    NODES_FLAGS = dict_merge(
        RedisCluster.NODES_FLAGS,
        {"ECHO": "all-masters", "MODULE.CALL": "all-nodes", "TTL": "blocked"},
    )


class ShoutingPipeline(ClusterPipeline):
    RESPONSE_CALLBACKS = {**ClusterPipeline.RESPONSE_CALLBACKS, "GET": _shout}


@pytest.fixture
def shouting(cluster: ScriptedCluster) -> Any:
    with Shouting(startup_nodes=cluster.startup_nodes, decode_responses=True) as client:
        client.set("k", "v")
        yield client


def test_a_class_has_callbacks_of_its_own(shouting: Any) -> None:
    assert shouting.get("k") == "V"
    assert shouting.set("k", "w") is True
    assert shouting.pipeline().get("k").set("k", "v").execute() == ["W", True]
    assert ShoutingPipeline(shouting.connection_pool).get("k").execute() == ["V"]


def test_a_class_merges_replies_of_its_own(cluster: ScriptedCluster, shouting: Any) -> None:
    cluster.on("DBSIZE", Reply(2))
    assert shouting.dbsize() == 6


def test_a_class_sends_commands_where_its_flags_say(
    cluster: ScriptedCluster, shouting: Any
) -> None:
    cluster.on("ECHO", Reply("a"))
    cluster.on("MODULE.CALL", Reply(5))
    names = {f"{node['host']}:{node['port']}" for node in cluster.startup_nodes}
    assert shouting.echo("a") == dict.fromkeys(names, "a")
    assert shouting.execute_command("MODULE.CALL", "x") == dict.fromkeys(names, 5)
    with pytest.raises(RedisClusterException, match="TTL is blocked in redis cluster mode"):
        shouting.ttl("k")


def test_an_objects_flags_can_be_edited(cluster: ScriptedCluster, client: Any) -> None:
    cluster.on("ECHO", Reply("a"))
    assert client.nodes_flags == RedisCluster.NODES_FLAGS
    client.nodes_flags["ECHO"] = "random"
    assert client.echo("a") == b"a"
    client.nodes_flags["ECHO"] = "sideways"
    with pytest.raises(RedisClusterException, match=r"nodes_flags\['ECHO'\] is 'sideways'"):
        client.echo("a")
    assert RedisCluster.NODES_FLAGS["ECHO"] != "sideways"


def test_an_objects_callbacks_are_all_there_and_can_be_edited(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client: Any = connect(cluster, decode_responses=True)
    cluster.on("HGETALL", Reply([]))
    callbacks = client.response_callbacks
    assert callbacks == RedisCluster.RESPONSE_CALLBACKS
    assert client.response_callbacks is callbacks
    assert client.set("k", "v") is True
    assert client.hgetall("none") == {}
    callbacks["GET"] = _shout
    assert client.get("k") == "V"
    assert client.pipeline().get("k").set("k", "w").execute() == ["V", True]
    callbacks["GET"] = RedisCluster.RESPONSE_CALLBACKS["GET"]
    assert client.get("k") == "w"


def test_the_name_of_a_command_may_be_written_small(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client: Any = connect(cluster, response_callbacks={"get": _shout}, decode_responses=True)
    client.set("k", "v")
    assert client.get("k") == "V"
    client.set_response_callback("exists", lambda reply: -1)
    assert client.exists("k") == -1


def test_tables_are_dicts_to_copy() -> None:
    tables = [
        RedisCluster.NODES_FLAGS,
        RedisCluster.RESPONSE_CALLBACKS,
        RedisCluster.RESULT_CALLBACKS,
        RedisCluster.CLUSTER_COMMANDS_RESPONSE_CALLBACKS,
    ]
    for table in tables:
        assert type(table) is dict
        assert dict_merge(table.copy(), {"X": 1})["X"] == 1


def test_a_pipeline_has_no_transaction_method() -> None:
    pipe: Any = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    for args in ((), (None,), (print, "key")):
        with pytest.raises(RedisClusterException) as caught:
            pipe.transaction(*args)
        assert str(caught.value).startswith("method RedisCluster.transaction() is not implemented")
