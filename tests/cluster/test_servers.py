"""Commands about the servers themselves: options, memory, latency, slow commands, what they can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, ResponseError
from tests.cluster.modes import MODES, Call, Case, Factory, check, needing, wait_for_replicas
from tests.cluster.test_all_nodes import all_nodes, primaries


def everywhere(rc: Any, reply: Any) -> dict[str, Any]:
    return dict.fromkeys(all_nodes(rc), reply)


def one(replies: dict[str, Any]) -> Any:
    """Any node's reply, of those that are alike."""
    return next(iter(replies.values()))


@pytest.mark.parametrize("decodes", [False, True])
def test_echo(make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    assert client.echo("é") == everywhere(client, "é" if decodes else "é".encode())
    assert client.echo(1) == everywhere(client, "1" if decodes else b"1")


def test_time_and_the_last_save(rc: Any) -> None:
    now = datetime.now()
    for seconds, microseconds in rc.time().values():
        assert abs(seconds - now.timestamp()) < 60
        assert 0 <= microseconds < 1_000_000
    assert rc.save() == everywhere(rc, True)
    for moment in rc.lastsave().values():
        assert isinstance(moment, datetime)
        assert abs(moment - now) < timedelta(seconds=60)


def test_role(rc: Any) -> None:
    roles = rc.role()
    assert set(roles) == all_nodes(rc)
    for name, role in roles.items():
        assert role[0] == ("master" if name in primaries(rc) else "slave")


@pytest.fixture
def samples(rc: Any) -> Iterator[Any]:
    yield rc
    rc.config_set("maxmemory-samples", 5)


def test_options(samples: Any) -> None:
    rc = samples
    assert rc.config_set("maxmemory-samples", 7) == everywhere(rc, True)
    assert rc.config_get("maxmemory-samples") == everywhere(rc, {"maxmemory-samples": "7"})
    assert rc.config_get("no such*") == everywhere(rc, {})
    with pytest.raises(ResponseError):
        rc.config_set("no-such-option", 1)
    name = next(iter(primaries(rc)))
    assert rc.config_set("maxmemory-samples", 6, target_nodes=name) is True
    found = rc.config_get("maxmemory-samples")
    assert {node for node, options in found.items() if options["maxmemory-samples"] == "6"} == {
        name
    }
    assert rc.config_get("maxmemory-samples", target_nodes=name) == {"maxmemory-samples": "6"}


@pytest.mark.needs("7.0.0")
def test_several_options_at_once(samples: Any) -> None:
    """Since server 7.0."""
    rc = samples
    found = one(rc.config_get("maxmemory-samples", "maxmemory-policy"))
    policy = found["maxmemory-policy"]
    assert found["maxmemory-samples"] == "5"
    assert one(rc.config_set("maxmemory-samples", 8, "maxmemory-policy", policy)) is True
    assert one(rc.config_get("maxmemory-samples")) == {"maxmemory-samples": "8"}
    assert rc.config_resetstat() == everywhere(rc, True)


@pytest.mark.needs("7.0.0")
def test_several_sections(rc: Any) -> None:
    for fields in rc.info("server", "memory").values():
        assert {"redis_version", "used_memory"} <= set(fields)
        assert "connected_clients" not in fields


@pytest.mark.parametrize("mode", MODES)
def test_memory_of_a_key(make_client: Factory, mode: str) -> None:
    case: Case = [
        (lambda c: c.memory_usage("k"), None),
        (lambda c: c.rpush("k", *range(5)), 5),
    ]
    check(make_client, mode, case)
    client: Any = make_client()
    assert 0 < client.memory_usage("k") <= client.memory_usage("k", samples=0)
    with pytest.raises(ResponseError):
        client.memory_usage("k", samples="x")


def test_memory(rc: Any) -> None:
    for stats in rc.memory_stats().values():
        assert type(stats["total.allocated"]) is int
    assert rc.memory_purge() == everywhere(rc, True)
    for text in (rc.memory_doctor(), rc.memory_malloc_stats()):
        assert set(text) == all_nodes(rc)
        assert all(type(report) is str for report in text.values())
    assert all(type(line) is str for line in rc.memory_help())


@pytest.fixture
def latency(rc: Any) -> Iterator[Any]:
    rc.config_set("latency-monitor-threshold", 1)
    yield rc
    rc.config_set("latency-monitor-threshold", 0)
    rc.latency_reset()


def test_latency(latency: Any) -> None:
    rc = latency
    rc.latency_reset()
    assert rc.latency_latest() == everywhere(rc, [])
    rc.eval("local n = 0; for i = 1, 2000000 do n = n + i end; return n", 1, "k")
    owner = rc.get_node_from_key("k")
    assert owner is not None
    [(event, moment, latest, highest)] = [spike[:4] for spike in rc.latency_latest()[owner.name]]
    assert event == "command"
    assert highest >= latest > 0
    assert rc.latency_history("command")[owner.name] == [(moment, latest)]
    assert "command" in rc.latency_graph("command", target_nodes=owner)
    assert type(rc.latency_doctor()[owner.name]) is str
    assert rc.latency_reset("command", "no such event")[owner.name] == 1


@pytest.mark.needs("latency_histogram")
def test_latency_in_numbers(rc: Any) -> None:
    rc.eval("return 1", 1, "k")
    owner = rc.get_node_from_key("k")
    histogram = rc.latency_histogram("eval")[owner.name]
    assert histogram["eval"]["calls"] >= 1
    assert sum(histogram["eval"]["histogram_usec"].values()) >= 1


@pytest.fixture
def slow(rc: Any) -> Iterator[Any]:
    rc.config_set("slowlog-log-slower-than", 0)
    yield rc
    rc.config_set("slowlog-log-slower-than", 10000)
    rc.slowlog_reset()


@pytest.mark.parametrize("decodes", [False, True])
def test_slow_commands(slow: Any, make_client: Factory, decodes: bool) -> None:
    client: Any = make_client(decode_responses=decodes)
    client.slowlog_reset()
    client.set("k", "é")
    owner = client.get_node_from_key("k")
    assert owner is not None
    calls = client.slowlog_get(128)[owner.name]
    assert "SET k é" in [c["command"] if decodes else c["command"].decode() for c in calls]
    assert all(type(call["duration"]) is int for call in calls)
    assert len(client.slowlog_get(1)[owner.name]) == 1
    assert client.slowlog_len()[owner.name] >= len(calls)
    assert client.slowlog_reset() == everywhere(client, True)


def test_commands(rc: Any) -> None:
    commands = rc.command()
    assert len(commands) == rc.command_count()
    assert (commands["get"]["arity"], commands["get"]["first_key_pos"]) == (2, 1)
    assert rc.lolwut(5, 1, 1, 1).startswith(b"\xe2")
    assert b" ver. " in rc.lolwut(5, 1, 1, 1)
    assert rc.lolwut().endswith(b"\n")


@pytest.mark.needs("command_docs")
def test_descriptions_of_all_commands_are_nested_deeply(rc: Any) -> None:
    docs = rc.command_docs()
    assert len(docs) > 200
    operation = docs["bitfield"]["arguments"][1]
    assert operation["arguments"][1]["arguments"][1]["arguments"]


@pytest.mark.parametrize("levels", [8, 50])
def test_scripts_reply_as_deeply_as_they_like(rc: Any, levels: int) -> None:
    script = "redis.call('INCR', KEYS[1]) local t = {1} for i = 2, ARGV[1] do t = {t} end return t"
    reply = rc.eval(script, 1, "k", levels)
    for _ in range(levels):
        (reply,) = reply
    assert reply == 1
    assert rc.get("k") == b"1"


@pytest.mark.needs("command_docs", "command_getkeysandflags", "command_list")
def test_what_is_known_of_commands(rc: Any) -> None:
    assert rc.command_docs("get")["get"]["since"] == "1.0.0"
    assert rc.command_getkeysandflags("SET", "k", "v") == [[b"k", [b"OW", b"update"]]]
    assert b"get" in rc.command_list()
    assert sorted(rc.command_list(pattern="zs?an*")) == [b"zscan"]
    assert b"get" not in rc.command_list(category="write")
    assert rc.command_list(module="none") == []


def test_modules(rc: Any) -> None:
    for node, fields in rc.info("modules").items():
        loaded = [module["name"] for module in fields.get("modules", [])]
        assert [module["name"] for module in rc.module_list(target_nodes=node)] == loaded


@pytest.mark.parametrize(
    "call",
    needing(
        lambda c: c.module_load("/no/such/module.so"),
        lambda c: c.module_loadex("/no/such/module.so", {"a": 1}, ["b"]),
        lambda c: c.module_unload("none"),
    ),
)
def test_modules_that_there_are_not(rc: Any, call: Call) -> None:
    with pytest.raises(ResponseError):
        call(rc)


@pytest.mark.needs("7.0.0")
def test_debugging_is_not_allowed(rc: Any) -> None:
    rc.set("k", 1)
    with pytest.raises(ResponseError, match="DEBUG command not allowed"):
        rc.debug_object("k")
    with pytest.raises(ResponseError, match="DEBUG command not allowed"):
        rc.debug_segfault(target_nodes=RedisCluster.RANDOM)


@pytest.mark.parametrize("decodes", [False, True])
def test_a_random_key(make_client: Factory, decodes: bool) -> None:
    """Of any node, but of none that is empty."""
    client: Any = make_client(decode_responses=decodes)
    client.flushall()
    assert client.randomkey() is None
    client.set("k", 1)
    assert client.randomkey() == ("k" if decodes else b"k")
    client.mset(dict.fromkeys("abcdefgh", 1))
    owners = {client.get_node_from_key(client.randomkey()) for _ in range(100)}
    assert len(owners) == len(primaries(client))


def test_waiting_for_replicas(rc: Any) -> None:
    rc.set("k", 1)
    assert rc.wait(0, 10) >= 0
    replicas = len(all_nodes(rc)) // len(primaries(rc)) - 1
    assert rc.wait(replicas, 5000) == replicas
    assert rc.wait(replicas + 1, 1) <= replicas


def test_flushing_one_node(rc: Any) -> None:
    rc.mset({f"key:{number}": number for number in range(60)})
    name = next(iter(primaries(rc)))
    assert rc.flushall(synchronous=True, target_nodes=name) is True
    assert rc.dbsize(target_nodes=name) == 0
    wait_for_replicas(rc)
    assert 0 < len(rc.keys()) < 60


def test_what_a_cluster_does_not_do(rc: Any) -> None:
    for pipe in (rc, rc.pipeline()):
        with pytest.raises(ResponseError, match="not allowed in cluster mode"):
            found = pipe.swapdb(0, 1)
            assert found is pipe
            pipe.execute()
    name = next(iter(primaries(rc)))
    calls: list[Callable[[], object]] = [
        lambda: rc.replicaof(target_nodes=name),
        lambda: rc.slaveof("127.0.0.1", 1, target_nodes=name),
        lambda: rc.failover(target_nodes=name),
    ]
    for call in calls:
        with pytest.raises(ResponseError, match="not allowed in cluster mode"):
            call()
    with pytest.raises(ResponseError, match="unknown command"):
        rc.sentinel_masters(target_nodes=name)
    with pytest.raises(RedisClusterException, match="^Command: SENTINEL MASTER is blocked"):
        rc.sentinel_master("service")


def test_saving_in_the_background(rc: Any) -> None:
    assert rc.bgsave(schedule=True) == everywhere(rc, True)
    for name in all_nodes(rc):
        assert rc.bgrewriteaof(target_nodes=name) is True
