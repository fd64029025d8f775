"""Refused commands (TRYAGAIN, CLUSTERDOWN, LOADING, ...): wait, try again, and give up in time."""

from __future__ import annotations

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.scripted import Drop, Error, Reply, ScriptedCluster

REFUSALS = [
    ("TRYAGAIN Multiple keys request during rehashing of slot", TryAgainError),
    ("CLUSTERDOWN The cluster is down", ClusterDownError),
    ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is 'no'", MasterDownError),
    ("LOADING Redis is loading the dataset in memory", BusyLoadingError),
    ("READONLY You can't write against a read only replica.", ReadOnlyError),
]
TEXTS = [text for text, _ in REFUSALS]


@pytest.mark.parametrize("text", TEXTS)
def test_a_refused_command_is_tried_again(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    key = cluster.key(cluster.nodes[0])
    cluster.on("INCRBY", Error(text), times=2)
    with within(10):
        assert client.incr(key) == 1
    assert cluster.count("INCRBY") == 3


def test_the_waits_between_tries_add_up(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("GET", Error("TRYAGAIN later"), times=6)
    with at_least(0.005), within(10):
        client.get(cluster.key(cluster.nodes[0]))


@pytest.mark.parametrize(("text", "error"), REFUSALS)
def test_trying_again_ends_with_the_servers_own_error(
    cluster: ScriptedCluster, client: RedisCluster, text: str, error: type[Exception]
) -> None:
    key = cluster.key(cluster.nodes[0])
    cluster.on("SET", Error(text))
    with within(30), pytest.raises(error) as caught:
        client.set(key, "v")
    assert text.split(" ", 1)[1] in str(caught.value)
    assert 2 <= cluster.count("SET") <= 40
    for node in cluster.nodes:
        node.forget_script()
    assert client.set(key, "v") is True


def test_the_user_bounds_the_tries_of_a_cluster_that_is_down(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("SET", Error("CLUSTERDOWN The cluster is down"))
    tries = []
    for attempts in (1, 4):
        client = connect(cluster, cluster_down_retry_attempts=attempts)
        with within(30), pytest.raises(ClusterDownError):
            client.set("k", "v")
        tries.append(cluster.count("SET"))
    assert tries[0] < tries[1]
    assert tries[1] <= 5


def test_readonly_after_a_failover_leads_to_the_new_primary(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    a.on("SET", Error("READONLY You can't write against a read only replica."))
    cluster.move(key, b)
    assert client.set(key, "v") is True
    assert b.sequence() == [f"SET {key} v"]
    assert a.sequence() == [f"SET {key} v"]


def test_a_command_that_blocks_on_a_demoted_primary_goes_on_at_the_new_one(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """The node says that it has not run, and closes; who asks for CLIENT UNBLOCK hears of it."""
    a, b, _ = cluster.nodes
    key = cluster.key(a)
    text = "UNBLOCKED force unblock from blocking operation, instance state changed"
    a.on("BLPOP", Error(f"{text} (master -> replica?)"), Drop(), times=1)
    b.on("BLPOP", Reply([key.encode(), b"v"]))
    cluster.move(key, b)
    assert client.blpop(key, timeout=5) == (key.encode(), b"v")
    assert a.sequence() == [f"BLPOP {key} 5"]
    b.on("BLPOP", Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"))
    with pytest.raises(ResponseError, match="CLIENT UNBLOCK"):
        client.blpop(key, timeout=5)


@pytest.mark.parametrize("text", TEXTS)
def test_in_a_pipeline_the_refused_command_alone_is_sent_again(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    a, b, _ = cluster.nodes
    one, two, three = cluster.keys(a, 3)
    other = cluster.key(b)
    a.on("INCRBY", Error(text), key=two, times=2)
    pipe = client.pipeline()
    for key in (one, two, three, other):
        pipe.incr(key)
    with within(10):
        assert pipe.execute() == [1, 1, 1, 1]
    first = [f"INCRBY {key} 1" for key in (one, two, three)]
    assert a.sequence() == [*first, f"INCRBY {two} 1", f"INCRBY {two} 1"]
    assert b.sequence() == [f"INCRBY {other} 1"]


def test_a_pipeline_keeps_its_replies_when_one_command_is_refused_for_good(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    a = cluster.nodes[0]
    one, two, three = cluster.keys(a, 3)
    a.on("INCRBY", Error("CLUSTERDOWN The cluster is down"), key=two)
    pipe = client.pipeline()
    for key in (one, two, three):
        pipe.incr(key)
    with within(30):
        results = pipe.execute(raise_on_error=False)
    assert results[::2] == [1, 1]
    assert isinstance(results[1], ClusterDownError)
    for key in (one, three):
        assert a.sequence().count(f"INCRBY {key} 1") == 1


def test_other_error_replies_are_final(cluster: ScriptedCluster, client: RedisCluster) -> None:
    cluster.on("SET", Error("OOM command not allowed when used memory > 'maxmemory'."))
    with pytest.raises(Exception, match="OOM command not allowed"):
        client.set("k", "v")
    assert cluster.count("SET") == 1
