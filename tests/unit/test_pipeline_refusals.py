"""What a pipeline refuses, when it is called, and how little that changes."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster
from rediscluster_c import RedisClusterException as ClusterException

BLOCKED = """
bgrewriteaof bgsave bitop brpoplpush client_getname client_kill client_list client_setname
config_get config_resetstat config_rewrite config_set dbsize echo evalsha flushall flushdb info keys
lastsave mget move mset msetnx pfmerge pfcount ping publish randomkey rename renamenx rpoplpush save
scan script_exists script_flush script_kill script_load sdiff sdiffstore
sentinel_get_master_addr_by_name sentinel_master sentinel_masters sentinel_monitor sentinel_remove
sentinel_sentinels sentinel_set sentinel_slaves shutdown sinter sinterstore slaveof slowlog_get
slowlog_len slowlog_reset smove sort sunion sunionstore time
""".split()
# Of the documented API, without a line of its own in redis-py-cluster's list.
ALSO_BLOCKED = ["monitor", "pubsub", "subscribe", "unsubscribe"]
ABSENT = """
multi watch unwatch load_scripts immediate_execute_command _execute_transaction
script_load_for_pipeline exec discard
""".split()


@pytest.fixture
def pipe() -> ClusterPipeline:
    """With one command queued; nothing is reached."""
    made = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    made.get("first")
    return made


ARGUMENTS: list[tuple[Any, ...]] = [(), ("a",), ("a", "b"), (None,)]


@pytest.mark.parametrize("name", [*BLOCKED, *ALSO_BLOCKED])
def test_a_blocked_function_is_refused_whatever_its_arguments(
    pipe: ClusterPipeline, name: str
) -> None:
    for args in ARGUMENTS:
        with pytest.raises(ClusterException) as caught:
            getattr(pipe, name)(*args)
        assert str(caught.value).startswith(
            f"ERROR: Calling pipelined function {name} is blocked when running redis in "
            "cluster mode..."
        )
    assert len(pipe) == 1


BY_NAME: list[tuple[Any, ...]] = [
    ("FLUSHALL",),
    ("flushdb", "ASYNC"),
    (b"KEYS", "*"),
    ("DBSIZE",),
    ("INFO", "server"),
    ("PING",),
]


@pytest.mark.parametrize("args", BY_NAME, ids=str)
def test_what_several_nodes_answer_is_refused_by_name_too(
    pipe: ClusterPipeline, args: tuple[Any, ...]
) -> None:
    with pytest.raises(ClusterException) as caught:
        pipe.execute_command(*args)
    name = (args[0].decode() if isinstance(args[0], bytes) else args[0]).lower()
    assert str(caught.value) == (
        f"ERROR: Calling pipelined function {name} is blocked when running redis in cluster "
        "mode... pipeline(cross_slot=True) takes it"
    )
    assert len(pipe) == 1


def test_an_override_is_no_way_round_a_refusal() -> None:
    class Tracing(ClusterPipeline):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            return super().execute_command(*args, **options)

    client = RedisCluster("localhost", 1, init_slot_cache=False)
    pipe = Tracing(client.connection_pool)
    with pytest.raises(ClusterException, match="function flushall is blocked"):
        pipe.flushall()
    with pytest.raises(ClusterException, match="function flushall is blocked"):
        pipe.execute_command("FLUSHALL")
    assert len(pipe) == 0


def test_target_nodes_have_to_name_nodes(pipe: Any) -> None:
    with pytest.raises(ClusterException, match="function ping is blocked"):
        pipe.ping(target_nodes=None)
    with pytest.raises(TypeError, match="target_nodes must be a node"):
        pipe.ping(target_nodes=5)
    with pytest.raises(ClusterException, match="function mget is blocked"):
        pipe.mget("a", "b", target_nodes="localhost:1")
    assert len(pipe) == 1


@pytest.mark.parametrize("name", ABSENT)
def test_transactions_and_their_like_are_not_implemented(pipe: ClusterPipeline, name: str) -> None:
    for args in ARGUMENTS:
        with pytest.raises(ClusterException) as caught:
            getattr(pipe, name)(*args)
        assert str(caught.value).startswith(f"method {name}() is not implemented")
    assert len(pipe) == 1


TRANSACTION = "pipeline(transaction=True) has it"
CURES = {
    "mget": "pipeline(cross_slot=True) takes it",
    "flushall": "pipeline(cross_slot=True) takes it",
    "smove": "pipeline(cross_slot=True) takes it where its keys share a slot",
    "publish": "pipeline(cross_slot=True) takes it",
    "pubsub": "Call it on the client",
    "monitor": "Call it on the client",
    "watch": TRANSACTION,
    "unwatch": TRANSACTION,
    "multi": TRANSACTION,
}


@pytest.mark.parametrize("name", CURES)
def test_a_refusal_says_who_takes_the_command(pipe: ClusterPipeline, name: str) -> None:
    with pytest.raises(ClusterException) as caught:
        getattr(pipe, name)("a", "b")
    assert str(caught.value).endswith(CURES[name])


@pytest.mark.parametrize("keys", [(), ("a", "b"), ("a", "a", "a")])
def test_only_one_key_can_be_deleted_at_a_time(
    pipe: ClusterPipeline, keys: tuple[str, ...]
) -> None:
    with pytest.raises(
        ClusterException,
        match="^deleting multiple keys is not implemented in pipeline command: "
        r"pipeline\(cross_slot=True\) takes it$",
    ):
        pipe.delete(*keys)
    assert len(pipe) == 1
    assert len(pipe.delete("a")) == 2


def test_a_refused_function_has_a_name_and_a_text(pipe: ClusterPipeline) -> None:
    method = vars(ClusterPipeline)["subscribe"]
    assert method.__name__ == "subscribe"
    assert "RedisClusterException" in method.__doc__


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"transaction": True, "cross_slot": True},
            "a transaction runs on the primary of one slot",
        ),
        ({"transaction": True, "read_from_replicas": True}, "goes with neither cross_slot nor"),
        ({"shard_hint": "a"}, "^shard_hint is deprecated in cluster mode$"),
    ],
)
def test_what_a_pipeline_cannot_be(options: dict[str, Any], message: str) -> None:
    client = RedisCluster("localhost", 1, init_slot_cache=False)
    with pytest.raises(ClusterException, match=message):
        client.pipeline(**options)
    assert isinstance(client.pipeline(transaction=False, shard_hint=None), ClusterPipeline)


@pytest.mark.parametrize("args", [("GET",), ("SET",), ("MGET",)])
def test_a_command_without_a_key_is_refused_at_once(
    pipe: ClusterPipeline, args: tuple[str, ...]
) -> None:
    with pytest.raises(ClusterException, match="No way to dispatch this command .* Missing key"):
        pipe.execute_command(*args)
    with pytest.raises(ClusterException, match="Unable to determine command to use"):
        pipe.execute_command()
    assert len(pipe) == 1
