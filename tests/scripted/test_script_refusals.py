"""Refusals that a script makes up: it has run, and neither runs again nor leads anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    AskError,
    MovedError,
    RedisError,
    ResponseError,
    TryAgainError,
    WatchError,
)
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.multi import teach_multi
from tests.support.resp import key_slot
from tests.support.scripted import (
    Call,
    Connection,
    Drop,
    Error,
    Moved,
    Reply,
    ScriptedCluster,
    ScriptedNode,
    Silence,
    Step,
    slot_of,
)
from tests.support.steps import Args

COMMANDS = ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"]
WORDS = [
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "CLUSTERDOWN Hash slot not served",
    "LOADING Redis is loading the dataset in memory",
    "LOADING Valkey is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "READONLY You can't write against a read only replica.",
    "READONLY Can not run script with write flag on readonly replica",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
]


class Scripts:
    """Nodes that run a script, whatever it is, unless it is an empty one; each run counts."""

    def __init__(self, cluster: ScriptedCluster, text: str) -> None:
        self.cluster = cluster
        self.text = text
        self.runs: list[ScriptedNode] = []
        self.refusals: list[Step] = []  # what the server says before it looks at the script
        for command in COMMANDS:
            cluster.on(command, Call(self.run))

    def run(self, connection: Connection, args: Args) -> Step | None:
        if self.refusals:
            return self.refusals.pop(0)
        if args[3:] and self.cluster.owner(args[3]) is not connection.node:
            return Moved(self.cluster.owner(args[3]), slot_of(args[3]))
        if args[1] == b"":
            return Error("NOSCRIPT No matching script.")
        self.runs.append(connection.node)
        return Error(self.text) if self.text else Reply("ran")


@pytest.fixture
def other(cluster: ScriptedCluster) -> ScriptedNode:
    return cluster.nodes[1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("hop", ["MOVED", "ASK"])
def test_a_redirect_of_a_script_leads_nowhere(
    cluster: ScriptedCluster, client: RedisCluster, other: ScriptedNode, command: str, hop: str
) -> None:
    key = cluster.key(cluster.nodes[0])
    for address in (other.address, "127.0.0.1:1"):
        scripts = Scripts(cluster, f"{hop} {key_slot(key.encode())} {address}")
        with within(3), pytest.raises(MovedError if hop == "MOVED" else AskError) as caught:
            client.execute_command(command, "some", 1, key, "x")
        error: Any = caught.value
        assert error.outcome == "replied"
        assert scripts.runs == [cluster.nodes[0]]
    assert other.commands(*COMMANDS, "ASKING") == []
    assert client.connection_pool.owner(key_slot(key.encode())) == (
        "127.0.0.1",
        cluster.nodes[0].port,
    )


@pytest.mark.parametrize("command", ["EVAL", "EVALSHA", "FCALL"])
@pytest.mark.parametrize("keys", [0, 1, 2])
@pytest.mark.parametrize("text", WORDS)
def test_a_script_that_speaks_a_servers_words_runs_once(
    cluster: ScriptedCluster, client: RedisCluster, command: str, keys: int, text: str
) -> None:
    scripts = Scripts(cluster, text)
    with within(3), pytest.raises(RedisError):
        client.execute_command(command, "some", keys, *["{k}1", "{k}2"][:keys])
    assert len(scripts.runs) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_slot_that_has_moved_is_followed(
    cluster: ScriptedCluster, client: RedisCluster, other: ScriptedNode, command: str
) -> None:
    key = cluster.key(cluster.nodes[0])
    scripts = Scripts(cluster, "")
    cluster.move(key, other)
    assert client.execute_command(command, "some", 1, key) == b"ran"
    assert scripts.runs == [other]


@pytest.mark.parametrize("text", ["TRYAGAIN later", *WORDS[1:6]])
def test_what_the_server_refuses_for_a_while_is_tried_again(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    """Its first word counts, and that it says so to a script that does nothing as well."""
    scripts = Scripts(cluster, "")
    scripts.refusals = [Error(text)] * 4
    with within(5):
        assert client.eval("some", 1, "k") == b"ran"
    assert len(scripts.runs) == 1


@pytest.mark.parametrize("silent", [False, True])
def test_what_cannot_be_proved_is_not_repeated(
    cluster: ScriptedCluster, connect: Connect, silent: bool
) -> None:
    scripts = Scripts(cluster, "")
    scripts.refusals = [Error("TRYAGAIN later"), Silence() if silent else Drop()]
    client = connect(cluster, socket_timeout=0.3)
    with within(5), pytest.raises(TryAgainError):
        client.eval("some", 1, "k")
    assert scripts.runs == []


def test_a_demoted_primary_is_known_by_the_table(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """A script that does nothing may run on a replica, so it proves nothing of READONLY."""
    scripts = Scripts(cluster, "")
    old, new, _ = cluster.nodes
    cluster.retire(old, new)
    old.on("EVAL", Error("READONLY You can't write against a read only replica."))
    for _ in range(20):
        assert client.eval("some", 0) == b"ran"
    assert len(scripts.runs) == 20


def test_questions_of_a_pipeline_are_asked_together(
    cluster: ScriptedCluster, client: RedisCluster, other: ScriptedNode
) -> None:
    a = cluster.nodes[0]
    keys = cluster.keys(a, 20)
    scripts = Scripts(cluster, "")
    cluster.move(keys[7], other)
    pipe: Any = client.pipeline()
    for key in keys:
        pipe.eval("some", 1, key)
    assert pipe.execute() == [b"ran"] * 20
    assert scripts.runs.count(other) == 1
    assert [args[1] for args in a.commands("EVAL")].count(b"") == 1


@pytest.mark.parametrize("text", ["TRYAGAIN mine", "MOVED {slot} 127.0.0.1:1"])
def test_a_script_under_watch_runs_once(
    cluster: ScriptedCluster, client: RedisCluster, text: str
) -> None:
    teach_multi(cluster)
    scripts = Scripts(cluster, text.format(slot=key_slot(b"k")))

    def run(pipe: Any) -> None:
        pipe.eval("some", 1, "k")

    with within(3), pytest.raises(ResponseError):
        client.transaction(run, "k")
    assert len(scripts.runs) == 1


def test_a_slot_that_has_moved_under_watch_is_a_watch_error(
    cluster: ScriptedCluster, client: RedisCluster, other: ScriptedNode
) -> None:
    teach_multi(cluster)
    scripts = Scripts(cluster, "")
    key = cluster.key(cluster.nodes[0])
    pipe: Any = client.pipeline(transaction=True)
    pipe.watch(key)
    cluster.move(key, other)
    cluster.nodes[0].on("WATCH", Moved(other, slot_of(key)))
    with pytest.raises(WatchError, match="moved"):
        pipe.eval("some", 1, key)
    assert scripts.runs == []
