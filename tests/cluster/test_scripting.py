"""EVAL and its kin, functions, and the replies of their commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisError, ResponseError
from rediscluster_c.crc import keyslot
from rediscluster_c.exceptions import AskError, MovedError, NoScriptError
from tests.cluster.modes import MODES, Case, Factory, check, named, wait_for_replicas

LIBRARY = """#!lua name=mylib
redis.register_function{function_name="myset",
    callback=function(keys, args) return redis.call("SET", keys[1], args[1]) end}
redis.register_function{function_name="myget", flags={"no-writes"},
    callback=function(keys, args) return redis.call("GET", keys[1]) end}
redis.register_function{function_name="nothing", flags={"no-writes"},
    callback=function(keys, args) return #args end}
"""
UNKNOWN = "0" * 40

CASES: dict[str, Case] = {
    "eval": [
        (lambda c: c.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "k", "v"), b"OK"),
        (
            lambda c: c.eval("return {KEYS[1], ARGV[1], 3, false}", 1, "k", 2.5),
            [b"k", b"2.5", 3, None],
        ),
        (lambda c: c.eval("return #KEYS", 2, "{t}1", "{t}2"), 2),
        (lambda c: c.eval("return #KEYS", "1", "k"), 1),
        (lambda c: c.eval("return ARGV[1]", 0, "v"), b"v"),
    ],
    "eval_ro": [
        (lambda c: c.set("k", "v"), True),
        (lambda c: c.eval_ro("return redis.call('GET', KEYS[1])", 1, "k"), b"v"),
        (lambda c: c.eval_ro("return 1", 0), 1),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("decodes", [False, True])
def test_scripts_by_their_sha1(make_client: Factory, decodes: bool) -> None:
    client = make_client(decode_responses=decodes)
    sha = client.script_load("return KEYS[1]")
    assert isinstance(sha, str)
    for key in ("a", "b", "c", "d"):  # of all nodes
        wanted = key if decodes else key.encode()
        assert client.evalsha(sha, 1, key) == wanted
    assert client.script_exists(sha, UNKNOWN) == [True, False]
    assert client.script_flush() is True
    assert client.script_exists(sha) == [False]
    assert client.script_flush("ASYNC") is True
    with pytest.raises(NoScriptError):
        client.evalsha(sha, 1, "a")


@pytest.mark.needs("evalsha_ro")
def test_scripts_that_only_read_by_their_sha1(rc: RedisCluster) -> None:
    sha = rc.script_load("return KEYS[1]")
    for key in ("a", "b", "c", "d"):
        assert rc.evalsha_ro(sha, 1, key) == key.encode()
        assert rc.pipeline().evalsha_ro(sha, 1, key).execute() == [key.encode()]


def test_a_script_that_some_primary_lacks_is_not_there(rc: RedisCluster) -> None:
    sha = rc.script_load("return 'lacking'")
    assert rc.script_exists(sha) == [True]
    assert rc.script_flush(target_nodes=rc.get_primaries()[0]) is True
    assert rc.script_exists(sha) == [False]


def test_errors_of_scripts(rc: RedisCluster) -> None:
    with pytest.raises(ResponseError, match="NOTBUSY"):
        rc.script_kill()
    with pytest.raises(ResponseError, match="compiling script"):
        rc.eval("return (", 1, "k")


@pytest.mark.needs("function_kill", "eval_ro")
def test_errors_of_functions_and_of_scripts_that_only_read(rc: RedisCluster) -> None:
    with pytest.raises(ResponseError, match="NOTBUSY"):
        rc.function_kill()
    with pytest.raises(ResponseError, match="Write commands are not allowed"):
        rc.eval_ro("return redis.call('SET', KEYS[1], 1)", 1, "k")


@pytest.fixture(params=[False, True], ids=["bytes", "decoded"])
def library(request: pytest.FixtureRequest, make_client: Factory) -> Iterator[RedisCluster]:
    """A client of a cluster whose primaries have the library; it decodes, or does not."""
    client = make_client(decode_responses=request.param)
    client.flushall()
    client.function_flush()
    assert client.function_load(LIBRARY) == "mylib"
    wait_for_replicas(client)  # they are asked what runs, too
    yield client
    client.function_flush()


def text(client: RedisCluster, value: str) -> Any:
    return value if client.connection_pool.decode_responses else value.encode()


@pytest.mark.needs("function_load")
def test_functions(library: RedisCluster) -> None:
    for key in ("a", "b", "c", "d"):
        assert library.fcall("myset", 1, key, "v") == text(library, "OK")
        assert library.fcall_ro("myget", 1, key) == text(library, "v")
    assert library.fcall("nothing", 0, 1, 2) == 2
    piped = library.pipeline().fcall("myset", 1, "a", "w").fcall_ro("myget", 1, "a").execute()
    assert piped == [text(library, "OK"), text(library, "w")]
    with pytest.raises(ResponseError, match="not found"):
        library.fcall("none", 1, "a")


@pytest.mark.needs("function_load")
def test_libraries(library: RedisCluster) -> None:
    with pytest.raises(ResponseError, match="already exists"):
        library.function_load(LIBRARY)
    assert library.function_load(LIBRARY, replace=True) == "mylib"
    listed = library.function_list()
    assert sorted(listed) == sorted(node.name for node in library.get_primaries())
    for (found,) in listed.values():
        assert found["library_name"] == text(library, "mylib")
        assert len(found["functions"]) == 3
        assert "library_code" not in found
    for (found,) in library.function_list("my*", withcode=True).values():
        assert found["library_code"] == text(library, LIBRARY)
    assert set(map(len, library.function_list("other").values())) == {0}
    assert library.function_delete("mylib") is True
    with pytest.raises(ResponseError, match="not found"):
        library.function_delete("mylib")


@pytest.mark.needs("function_load")
def test_libraries_are_dumped_and_restored(library: RedisCluster) -> None:
    dump = library.function_dump()
    assert isinstance(dump, bytes)
    assert library.pipeline().function_dump().execute() == [dump]
    assert library.function_flush("ASYNC") is True
    assert library.function_restore(dump) is True
    with pytest.raises(ResponseError, match="already exists"):
        library.function_restore(dump)
    assert library.function_restore(dump, "REPLACE") is True
    assert library.fcall("nothing", 0) == 0


@pytest.mark.needs("function_load")
def test_what_runs_and_what_there_is(library: RedisCluster) -> None:
    stats = library.function_stats()
    assert sorted(stats) == sorted(node.name for node in library.get_nodes())
    for of_node in stats.values():
        assert of_node["running_script"] is None
        assert of_node["engines"]["LUA"]["libraries_count"] == 1


# What a server says when it has not run a command, and what is only like it.
LOOK_ALIKES = [
    "TRYAGAIN later",
    "TRYAGAIN",
    "CLUSTERDOWN for lunch",
    "MASTERDOWN",
    "LOADING the lorry",
    "READONLY mode is on",
    "READONLYMODE is on",
    "MOVED 1 away",
    "ASK 1 127.0.0.1:1 please",
    # Word for word as servers say it, and of the key's own slot.
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "LOADING Redis is loading the dataset in memory",
    "READONLY You can't write against a read only replica.",
    f"MOVED {keyslot('k')} 127.0.0.1:1",
    f"ASK {keyslot('k')} 127.0.0.1:1",
]
COUNTS = "redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])"
RAISES = "redis.call('INCR', KEYS[1]) error({err=ARGV[1]})"
COUNTING = """#!lua name=counting
redis.register_function("count", function(keys, args)
    redis.call("INCR", keys[1])
    return redis.error_reply(args[1])
end)"""


@pytest.mark.parametrize("text", LOOK_ALIKES)
@pytest.mark.parametrize("script", [COUNTS, RAISES])
def test_a_script_that_speaks_of_refusals_runs_once(
    rc: RedisCluster, script: str, text: str
) -> None:
    """What has run is not run again, whatever it returns, and however it was called."""
    registered = rc.register_script(script)
    pipe, transaction = rc.pipeline(), rc.pipeline(transaction=True)
    calls: list[Callable[[], Any]] = [
        lambda: rc.eval(script, 1, "k", text),
        lambda: rc.execute_command("eval", script, 1, "k", text),
        lambda: rc.execute_command("EVALSHA", registered.sha, 1, "k", text),
        lambda: registered(["k"], [text]),
        lambda: pipe.eval(script, 1, "k", text).execute(),
        lambda: transaction.eval(script, 1, "k", text).execute(),
    ]
    for count, call in enumerate(calls, 1):
        with pytest.raises(RedisError):
            call()
        assert rc.get("k") == b"%d" % count


@pytest.mark.needs("function_load")
@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_function_that_speaks_of_refusals_runs_once(rc: RedisCluster, text: str) -> None:
    rc.function_load(COUNTING, replace=True)
    try:
        with pytest.raises(RedisError):
            rc.fcall("count", 1, "k", text)
        assert rc.get("k") == b"1"
        with pytest.raises(RedisError):
            rc.pipeline().fcall("count", 1, "k", text).execute()
        assert rc.get("k") == b"2"
    finally:
        rc.function_delete("counting")


@pytest.mark.parametrize("hop", ["MOVED", "ASK"])
@pytest.mark.parametrize(
    "how", ["eval", "evalsha", pytest.param("eval_ro", marks=pytest.mark.needs("eval_ro"))]
)
def test_a_redirect_that_a_script_makes_up_leads_to_no_other_node(
    rc: RedisCluster, hop: str, how: str
) -> None:
    owner: Any = rc.get_node_from_key("k")
    other = next(node for node in rc.get_primaries() if node.name != owner.name)
    text = f"{hop} {keyslot('k')} {other.name}"
    returns = COUNTS if how != "eval_ro" else "return redis.error_reply(ARGV[1])"
    name = rc.register_script(returns)
    name.load(rc)
    before = rc.stats()[other.name]["commands"]
    run: Any = getattr(rc, how)
    with pytest.raises(MovedError if hop == "MOVED" else AskError):
        run(name.sha if how == "evalsha" else returns, 1, "k", text)
    assert rc.stats()[other.name]["commands"] == before
    assert rc.get("k") == (None if how == "eval_ro" else b"1")


def test_scripts_follow_a_slot_that_is_on_its_way(rc: RedisCluster) -> None:
    """A script whose key is still there runs there, another behind an ASK."""
    source: Any = rc.get_node_from_key("k")
    target = next(node for node in rc.get_primaries() if node.name != source.name)
    slot = rc.keyslot("k")
    ids = {f"{node['host']}:{node['port']}": node["id"] for node in rc.cluster_nodes()}
    script = rc.register_script("return redis.call('INCR', KEYS[1])")
    assert script(["k"]) == 1
    rc.cluster_setslot(target, slot, "IMPORTING", ids[source.name])
    rc.cluster_setslot(source, slot, "MIGRATING", ids[target.name])
    try:
        assert script(["k"]) == 2
        assert script(["{k}new"]) == 1
        assert rc.eval("return redis.call('INCR', KEYS[1])", 1, "{k}new") == 2
        pipe: Any = rc.pipeline()
        pipe.eval("return redis.call('INCR', KEYS[1])", 1, "{k}new")
        pipe.eval("return redis.call('INCR', KEYS[1])", 1, "k")
        assert pipe.execute() == [3, 3]
    finally:
        rc.execute_command("CLUSTER SETSLOT", slot, "STABLE", target_nodes=source)
        rc.execute_command("CLUSTER SETSLOT", slot, "STABLE", target_nodes=target)
        rc.execute_command("FLUSHALL", target_nodes=target)


NO_SCRIPT = [
    "NOSCRIPT of mine",
    "NOSCRIPT",
    "NOSCRIPT No matching script.",
    "NOSCRIPT No matching script. Please use EVAL.",
]


@pytest.mark.parametrize("text", NO_SCRIPT)
def test_a_script_that_says_there_is_no_script_runs_once(rc: RedisCluster, text: str) -> None:
    with pytest.raises(ResponseError):
        rc.register_script(COUNTS)(["k"], [text])
    assert rc.get("k") == b"1"
    with pytest.raises(ResponseError):
        rc.register_script(COUNTS.replace("ARGV[1]", repr(text)))(["k"])
    assert rc.get("k") == b"2"


def test_a_script_that_reads_that_there_is_no_script_runs_once(rc: RedisCluster) -> None:
    rc.set("{k}told", "NOSCRIPT of mine")
    script = rc.register_script(COUNTS.replace("ARGV[1]", "redis.call('GET', KEYS[2])"))
    with pytest.raises(ResponseError, match="of mine"):
        script(["{k}count", "{k}told"])
    assert rc.get("{k}count") == b"1"
