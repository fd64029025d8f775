"""Scripts and misbehaving nodes: loaded where they are missing, never run twice without need."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    ConnectionError,
    NoPermissionError,
    NoScriptError,
    ResponseError,
    UnknownOutcome,
)
from rediscluster_c.script import Script
from tests.support.clients import Connect
from tests.support.clock import within
from tests.support.scripted import (
    Call,
    Connection,
    Drop,
    Error,
    Failure,
    Moved,
    Reply,
    Reset,
    ScriptedCluster,
    Step,
    slot_of,
)
from tests.support.steps import Args

NOSCRIPT = "NOSCRIPT No matching script. Please use EVAL."
# Redis' text, Valkey's, and one of a server to come.
TEXTS = [NOSCRIPT, "NOSCRIPT No matching script.", "NOSCRIPT it is not here"]


class Servers:
    """What each node knows of scripts; a script answers with 7."""

    def __init__(self, cluster: ScriptedCluster) -> None:
        self.cluster = cluster
        self.known: dict[int, set[bytes]] = {node.index: set() for node in cluster.nodes}
        cluster.on("SCRIPT LOAD", Call(self.load))
        cluster.on("SCRIPT EXISTS", Call(self.exists))
        cluster.on("EVALSHA", Call(self.run))

    def load(self, connection: Connection, args: Args) -> Step:
        sha = Script(RedisCluster("localhost", 1, init_slot_cache=False), args[2]).sha.encode()
        self.known[connection.node.index].add(sha)
        return Reply(sha)

    def exists(self, connection: Connection, args: Args) -> Step:
        return Reply([int(sha in self.known[connection.node.index]) for sha in args[2:]])

    def run(self, connection: Connection, args: Args) -> Step:
        owner = self.cluster.owner(args[3])
        if owner is not connection.node:
            return Moved(owner, slot_of(args[3]))
        return Reply(7) if args[1] in self.known[connection.node.index] else Error(NOSCRIPT)


@pytest.fixture
def servers(cluster: ScriptedCluster) -> Servers:
    return Servers(cluster)


@pytest.fixture
def script(client: RedisCluster) -> Script:
    return client.register_script("return 7")


def test_a_known_script_costs_one_command(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    a = cluster.nodes[0]
    servers.known[0].add(script.sha.encode())
    assert script(keys=[cluster.key(a)], args=["x"]) == 7
    assert a.sequence() == [f"EVALSHA {script.sha} 1 {cluster.key(a)} x"]
    assert len(cluster.log) == 1


def test_a_missing_script_is_loaded_everywhere_and_run(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    a, b, c = cluster.nodes
    assert script(keys=[cluster.key(a)]) == 7
    run = f"EVALSHA {script.sha} 1 {cluster.key(a)}"
    assert a.sequence() == [run, "SCRIPT LOAD return 7", run]
    assert b.sequence() == c.sequence() == ["SCRIPT LOAD return 7"]
    assert script(keys=[cluster.key(b)]) == 7
    assert cluster.count("SCRIPT LOAD") == 3


@pytest.mark.parametrize("text", TEXTS)
def test_the_first_word_says_that_it_is_missing(
    cluster: ScriptedCluster, servers: Servers, script: Script, text: str
) -> None:
    cluster.on("EVALSHA", Error(text), times=1)
    assert script(keys=["k"], args=["x"]) == 7
    assert cluster.count("EVALSHA") == 2
    assert cluster.count("SCRIPT LOAD") == 3


@pytest.mark.parametrize("text", TEXTS)
def test_a_node_that_has_the_script_did_not_say_so(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster, text: str
) -> None:
    a = cluster.nodes[0]
    script = client.register_script(f"return {{err='{text}'}}")
    servers.known[0].add(script.sha.encode())
    cluster.on("EVALSHA", Error(text))
    with pytest.raises(NoScriptError, match=text.partition(" ")[2]):
        script(keys=[cluster.key(a)])
    assert [name.split()[0] for name in a.sequence()] == ["EVALSHA", "SCRIPT"]
    assert cluster.count("EVALSHA") == 1


def test_a_node_that_does_not_say_whether_it_has_the_script(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    """The script may have run, so it is not run again."""
    cluster.on("EVALSHA", Error(TEXTS[2]))
    cluster.on("SCRIPT EXISTS", Error("NOPERM no"))
    with pytest.raises(NoScriptError):
        script(keys=["k"])
    assert cluster.count("EVALSHA") == 1


@pytest.mark.parametrize("lost", [Drop(), Reset()])
def test_a_lost_reply_is_not_known_and_not_repeated(
    cluster: ScriptedCluster, servers: Servers, script: Script, lost: Step
) -> None:
    servers.known[0].add(script.sha.encode())
    cluster.on("EVALSHA", lost)
    with within(5), pytest.raises(UnknownOutcome):
        script(keys=[cluster.key(cluster.nodes[0])])
    assert cluster.count("EVALSHA") == 1
    assert cluster.count("SCRIPT LOAD") == 0


def test_a_reply_lost_behind_the_load_is_not_repeated_either(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    cluster.nodes[0].on("EVALSHA", Drop(), nth=2)
    with within(5), pytest.raises(UnknownOutcome):
        script(keys=[cluster.key(cluster.nodes[0])])
    assert cluster.count("EVALSHA") == 2


def test_other_errors_are_raised_at_once(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    cluster.on("EVALSHA", Error("ERR the script failed"))
    with pytest.raises(ResponseError, match="the script failed"):
        script(keys=["k"])
    assert cluster.count("EVALSHA") == 1
    assert cluster.count("SCRIPT LOAD") == 0


def test_a_load_whose_reply_is_lost_is_repeated(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    cluster.nodes[0].on("SCRIPT LOAD", Drop(), times=1)
    with within(5):
        assert script(keys=[cluster.key(cluster.nodes[0])]) == 7
    assert len(cluster.nodes[0].commands("SCRIPT LOAD")) == 2


def test_a_primary_that_is_down_matters_only_to_its_own_keys(
    cluster: ScriptedCluster, servers: Servers, connect: Connect
) -> None:
    a, b, _ = cluster.nodes
    script = connect(cluster, failover_timeout=0.5).register_script("return 7")
    b.stop()
    with within(20):
        assert script(keys=[cluster.key(a)]) == 7
    with within(20), pytest.raises(ConnectionError):
        script(keys=[cluster.key(b)])


def test_a_slot_that_moves_to_a_primary_without_the_script(
    cluster: ScriptedCluster, servers: Servers, connect: Connect
) -> None:
    """It is not in the client's table when the script is loaded for the first time."""
    a, b, c = cluster.nodes
    key = cluster.key(a)
    cluster.retire(b, to=c)
    script = connect(cluster).register_script("return 7")

    def move(connection: Connection, args: Args) -> Step:
        cluster.move(key, b)
        return Moved(b, slot_of(key))

    a.on("EVALSHA", Call(move), nth=2)
    assert script(keys=[key]) == 7
    assert len(a.commands("EVALSHA")) == 3  # the last one asks whether it was the server's MOVED
    assert len(b.commands("EVALSHA")) == 2
    assert len(b.commands("SCRIPT LOAD")) == 1


def test_a_server_that_keeps_no_scripts_is_an_error_in_the_end(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    cluster.on("EVALSHA", Error(NOSCRIPT))
    with pytest.raises(NoScriptError, match="No matching script"):
        script(keys=["k"])
    assert cluster.count("EVALSHA") == 3


def test_why_it_could_not_be_loaded_is_the_error(
    cluster: ScriptedCluster, servers: Servers, script: Script
) -> None:
    cluster.on("SCRIPT LOAD", Error("NOPERM this user has no permissions"))
    with pytest.raises(NoPermissionError, match="no permissions"):
        script(keys=["k"])


# ---- pipelines ----


def test_a_pipeline_asks_and_loads_before_it_sends(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster, script: Script
) -> None:
    a, b, c = cluster.nodes
    for node in (a, b):
        servers.known[node.index].add(script.sha.encode())
    pipe: Any = client.pipeline(cross_slot=True)
    key = cluster.key(c)
    assert script(keys=[key], client=pipe.set(key, 1)).execute() == [True, 7]
    asked = [f"SCRIPT EXISTS {script.sha}", "SCRIPT LOAD return 7"]
    assert a.sequence() == b.sequence() == asked
    assert c.sequence() == [*asked, f"SET {key} 1", f"EVALSHA {script.sha} 1 {key}"]
    cluster.forget_log()
    assert script(keys=[key], client=pipe).execute() == [7]
    assert cluster.count("SCRIPT EXISTS") == 3
    assert cluster.count("SCRIPT LOAD") == 0


def test_equal_scripts_are_loaded_once(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster
) -> None:
    pipe: Any = client.pipeline(cross_slot=True)
    for _ in range(3):
        client.register_script("return 7")(keys=["k"], client=pipe)
    assert pipe.execute() == [7, 7, 7]
    assert cluster.count("SCRIPT LOAD") == 3


@pytest.mark.parametrize("command", ["SCRIPT EXISTS", "SCRIPT LOAD"])
def test_nothing_is_sent_when_a_script_cannot_be_loaded(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster, script: Script, command: str
) -> None:
    cluster.nodes[1].on(command, Reply(Failure("ERR not now")))
    pipe: Any = client.pipeline(cross_slot=True).set("k", 1)
    script(keys=["k"], client=pipe)
    with pytest.raises(ResponseError, match="not now"):
        pipe.execute()
    assert cluster.count("SET", "EVALSHA") == 0
    assert (len(pipe), pipe.scripts) == (0, set())


def test_a_pipeline_without_scripts_asks_nothing(
    cluster: ScriptedCluster, servers: Servers, client: RedisCluster, script: Script
) -> None:
    pipe: Any = client.pipeline(cross_slot=True)
    assert pipe.set("k", 1).execute() == [True]
    script(keys=["k"], client=pipe)
    pipe.reset()
    assert pipe.execute() == []
    assert cluster.count("SCRIPT") == 0


def test_scripts_queue_while_reads_go_to_replicas(connect: Connect) -> None:
    with ScriptedCluster(1, replicas=1) as pair:
        Servers(pair)
        reader = connect(pair, read_from_replicas=True)
        script = reader.register_script("return 7")
        for _ in range(10):
            assert script(keys=["k"]) == 7
        assert pair.nodes[1].commands("EVALSHA", "SCRIPT") == []
        assert len(pair.nodes[0].commands("SCRIPT LOAD")) == 1
