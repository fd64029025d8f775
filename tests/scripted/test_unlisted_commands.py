"""Commands by their names: to the owner of their key, on connections that are kept clean."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from rediscluster_c import (
    RedisCluster,
    RedisClusterException,
    ResponseError,
    UnknownOutcome,
    _core,
)
from tests.support.ids import shown
from tests.support.scripted import (
    Call,
    Connection,
    Drop,
    Error,
    Reply,
    ScriptedCluster,
    Step,
)
from tests.support.steps import Args

# KEY stands for a key; the words before it are keys of other nodes, where one is taken for it.
FORMS: list[tuple[Any, ...]] = [
    ("EVAL", "return 1", 1, "KEY", "value"),
    ("eval", "return 1", "1", "KEY"),
    (b"EVAL", b"return 1", b"2", "KEY", "{KEY}2"),
    ("EVALSHA", "0123", 1, "KEY"),
    ("EVAL_RO", "return 1", 1, "KEY"),
    ("EVALSHA_RO", "0123", 1, "KEY"),
    ("FCALL", "function", 1, "KEY"),
    ("FCALL_RO", "function", 1, "KEY"),
    ("OBJECT", "ENCODING", "KEY"),
    ("OBJECT ENCODING", "KEY"),
    ("DEBUG", "OBJECT", "KEY"),
    ("memory", b"usage", "KEY"),
    ("MEMORY USAGE", "KEY"),
    ("XGROUP", "CREATE", "KEY", "group", "$"),
    ("XINFO", "STREAM", "KEY"),
    ("BITOP", "AND", "KEY", "{KEY}2", "{KEY}3"),
    ("XREAD", "COUNT", 2, "BLOCK", 1, "STREAMS", "KEY", "0"),
    ("XREAD", "streams", "KEY", "0"),
    ("XREADGROUP", "GROUP", "STREAMS", "STREAMS", "NOACK", "STREAMS", "KEY", ">"),
    ("ZUNION", 2, "KEY", "{KEY}2"),
    ("ZINTER", 1, "KEY"),
    ("ZDIFF", 1, "KEY"),
    ("SINTERCARD", 1, "KEY"),
    ("ZINTERCARD", 1, "KEY"),
    ("LMPOP", 1, "KEY", "LEFT"),
    ("ZMPOP", 1, "KEY", "MIN"),
    ("BLMPOP", 0.1, 1, "KEY", "LEFT"),
    ("BZMPOP", 0.1, 1, "KEY", "MIN"),
    ("ZUNIONSTORE", "KEY", 1, "{KEY}2"),
    ("GETDEL", "KEY"),
    ("GETDEL", memoryview(b"KEY")),
]


def filled_in(form: tuple[Any, ...], key: str) -> list[Any]:
    def fill(word: Any) -> Any:
        if isinstance(word, memoryview):
            return memoryview(key.encode())
        return word.replace("KEY", key) if word in ("KEY", "{KEY}2", "{KEY}3") else word

    return [fill(word) for word in form]


def name_of(form: tuple[Any, ...]) -> str:
    name = form[0].decode() if isinstance(form[0], bytes) else form[0]
    return str(name).split(" ")[0].upper()


def check_that_its_key_leads(
    cluster: ScriptedCluster, client: RedisCluster, form: tuple[Any, ...], queued: bool
) -> None:
    """It arrives once, at the owner of its first key, wherever that is."""
    cluster.on(name_of(form), Error("ERR asked"))  # which no row converts
    for node in cluster.nodes:
        cluster.forget_log()
        args = filled_in(form, cluster.key(node))
        with pytest.raises(ResponseError, match="asked"):
            if queued:
                client.pipeline().execute_command(*args).execute()
            else:
                client.execute_command(*args)
        assert len(node.commands(name_of(form))) == 1
        assert cluster.count(name_of(form)) == 1


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("form", FORMS, ids=shown)
def test_its_first_key_decides_where_it_goes(
    cluster: ScriptedCluster, client: RedisCluster, form: tuple[Any, ...], queued: bool
) -> None:
    check_that_its_key_leads(cluster, client, form, queued)


# What COMMAND INFO says: name, arity, flags, first key, last key, step; then categories, tips, key
# specifications, and the commands that the name begins.
def info(name: str, first: int, *flags: str, parts: list[Any] | None = None) -> list[Any]:
    words = [flag.encode() for flag in flags]
    return [name.encode(), -2, words, first, first, 1, [], [], [], parts or []]


PARTED = info("m.parted", 0, parts=[info("m.parted|at", 3, "readonly"), info("m.parted|no", 0)])
ANSWERS: dict[str, Any] = {
    "M.FIRST": info("m.first", 1, "write"),
    "M.SECOND": info("m.second", 2, "readonly"),
    "M.PARTED": PARTED,
    "MIGRATE": info("migrate", 3, "write", "movablekeys"),
}
# Commands that have no row, or not one that knows where the key is.
ASKED: list[tuple[Any, ...]] = [
    ("M.FIRST", "KEY", "other"),
    ("m.first", memoryview(b"KEY")),
    (b"M.SECOND", "other", "KEY"),
    ("M.PARTED", "at", "other", "KEY"),
    ("M.PARTED AT", "other", "KEY"),
    ("MIGRATE", "host", 7000, "KEY", 0, 100),
    ("MIGRATE", "host", 7000, "", 0, 100, "REPLACE", "KEYS", "KEY", "{KEY}2"),
]


def answer_command(cluster: ScriptedCluster) -> None:
    def answer(connection: Connection, args: Args) -> Step:
        if args[1].upper() == b"INFO":
            return Reply([ANSWERS.get(args[2].decode().upper())])
        assert args[1].upper() == b"GETKEYS"
        return Reply([args[10] if args[5] == b"" else args[5]])  # of MIGRATE

    cluster.on("COMMAND", Call(answer))


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("form", ASKED, ids=shown)
def test_the_server_says_where_the_key_is(
    cluster: ScriptedCluster, client: RedisCluster, form: tuple[Any, ...], queued: bool
) -> None:
    answer_command(cluster)
    check_that_its_key_leads(cluster, client, form, queued)


def test_the_server_is_asked_once(cluster: ScriptedCluster, client: RedisCluster) -> None:
    answer_command(cluster)
    cluster.on("M.FIRST", Reply(1))
    cluster.on("M.PARTED", Reply(2))
    for _ in range(3):
        assert client.execute_command("M.FIRST", "k") == 1
        assert client.execute_command("m.parted", "AT", "x", "k") == 2
        assert client.pipeline().execute_command("M.FIRST", "j").execute() == [1]
    assert cluster.count("COMMAND") == 2


def test_what_only_reads_may_be_read_again(cluster: ScriptedCluster, client: RedisCluster) -> None:
    answer_command(cluster)
    cluster.on("M.SECOND", Drop(), times=1)
    cluster.on("M.SECOND", Reply(1))
    assert client.execute_command("M.SECOND", "x", "k") == 1
    cluster.on("M.FIRST", Drop(), times=1)
    with pytest.raises(UnknownOutcome):
        client.execute_command("M.FIRST", "k")


def test_the_server_finds_no_key(cluster: ScriptedCluster, client: RedisCluster) -> None:
    """Of a command that may have keys, and has none in this call, servers give an empty list."""
    replies: dict[bytes, list[Any]] = {
        b"INFO": [info("m.some", 0, "movablekeys")],
        b"GETKEYS": [],
    }
    cluster.on("COMMAND", Call(lambda _, args: Reply(replies[args[1]])))
    cluster.on("M.SOME", Reply(1))
    assert client.execute_command("M.SOME", 0) == 1


def test_a_view_need_not_be_contiguous(cluster: ScriptedCluster, client: RedisCluster) -> None:
    answer_command(cluster)
    cluster.on("M.FIRST", Reply(1))
    assert client.execute_command("M.FIRST", memoryview(b"k_e_y_")[::2]) == 1
    assert cluster.count("M.FIRST") == 1


def test_a_server_that_says_nothing_about_commands(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    """Its user may not ask, perhaps: the first argument is taken for the key."""
    cluster.on("COMMAND", Error("NOPERM this user has no permissions to run the 'command' command"))
    cluster.on("M.FIRST", Reply(1))
    for node in cluster.nodes:
        cluster.forget_log()
        assert client.execute_command("M.FIRST", cluster.key(node)) == 1
        assert len(node.commands("M.FIRST")) == 1


@pytest.mark.parametrize("name", ["EVAL", "evalsha", b"FCALL"])
@pytest.mark.parametrize("none", [0, "0", b"0"])
def test_a_script_without_keys_runs_anywhere(
    cluster: ScriptedCluster, client: RedisCluster, name: Any, none: Any
) -> None:
    wire = name_of((name,))
    cluster.on(wire, Reply(7))
    assert client.execute_command(name, "code", none, "argument") == 7
    assert client.pipeline().execute_command(name, "code", none).execute() == [7]
    assert cluster.count(wire) == 2


# Commands whose keys have to be of one slot, with words of two: A and B.
CROSSED: list[tuple[Any, ...]] = [
    ("EVAL", "return 1", 2, "A", "B"),
    ("EVAL_RO", "return 1", 2, "A", "B"),
    ("EVALSHA", "0123", 2, "A", "B"),
    ("evalsha", "0123", "3", "A", "A", "B", "value"),
    (b"EVALSHA", "0123", b"2", "A", memoryview(b"B")),
    ("EVALSHA_RO", "0123", 2, "A", "B"),
    ("FCALL", "function", 2, "A", "B"),
    ("FCALL_RO", "function", 2, "A", "B"),
    ("XREAD", "COUNT", 1, "STREAMS", "A", "B", "0", "0"),
    ("MSETEX", 2, "A", "1", "B", "2"),
    ("msetex", b"3", "A", "1", memoryview(b"A"), "2", "B", "3", "NX", "EX", 5),
    ("XREADGROUP", "GROUP", "streams", "c", "streams", "A", "B", ">", ">"),
]
# The same with keys of one slot; what stands behind them may look like keys of others.
TOGETHER: list[tuple[Any, ...]] = [
    ("EVALSHA", "0123", 1, "A", "B"),
    ("EVALSHA", "0123", 2, "A", "A", "B"),
    ("EVALSHA", "0123", 9, "A", "A"),
    ("EVALSHA", "0123", "x", "A", "B"),
    ("EVALSHA", "0123", 10**40, "A", "A"),
    ("EVALSHA", "0123", 0, "A", "B"),
    ("MSETEX", 2, "A", "B", "A", "B", "EX", 5),
    ("MSETEX", 1, "A", "B", "B", "A"),
    ("XREAD", "STREAMS", "A", "A", "B", "B"),
    ("XREAD", "STREAMS", "A", "B"),
    ("XREAD", "STREAMS", "A"),
]


def listed(forms: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Those that the command table has; of others nothing is known here."""
    names = {row["wire"] for row in _core.commands() if row["one_slot"]}
    return [form for form in forms if name_of(form) in names]


@pytest.mark.parametrize("form", listed(CROSSED), ids=shown)
def test_keys_of_several_slots_are_refused(
    cluster: ScriptedCluster, client: RedisCluster, form: tuple[Any, ...]
) -> None:
    pipe = client.pipeline().get("k")
    for target in (client, pipe):
        with pytest.raises(
            RedisClusterException,
            match=f"^{name_of(form)} - all keys must map to the same key slot, and these are in",
        ):
            target.execute_command(*form)
    assert len(pipe) == 1
    assert cluster.log == []


@pytest.mark.parametrize("form", listed(TOGETHER), ids=shown)
def test_keys_of_one_slot_are_not(
    cluster: ScriptedCluster, client: RedisCluster, form: tuple[Any, ...]
) -> None:
    cluster.on(name_of(form), Error("ERR asked"))
    for target in (client, client.pipeline()):
        with pytest.raises(ResponseError, match="asked"):
            target.execute_command(*form)
            target.execute()  # type: ignore[attr-defined]
    assert cluster.count(name_of(form)) == 2


def test_whoever_names_the_node_may_name_any_keys(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    node = cluster.nodes[0]
    node.on("EVALSHA", Reply(7))
    name = f"{node.host}:{node.port}"
    assert client.execute_command("EVALSHA", "0123", 2, "A", "B", target_nodes=name) == 7


MISSING: list[tuple[Any, ...]] = [
    ("EVAL", "return 1"),
    ("EVAL", "return 1", 1),
    ("OBJECT", "ENCODING"),
    ("MEMORY", "USAGE"),
    ("XREAD", "COUNT", 1),
    ("XREAD", "STREAMS"),
    ("XREADGROUP", "GROUP", "STREAMS", "consumer"),
    ("BITOP", "AND"),
    ("ZUNION", 1),
    ("GETDEL",),
]


@pytest.mark.parametrize("args", MISSING, ids=shown)
def test_without_its_key_it_is_refused(
    cluster: ScriptedCluster, client: RedisCluster, args: tuple[Any, ...]
) -> None:
    pipe = client.pipeline().get("k")
    for target in (client, pipe):
        with pytest.raises(RedisClusterException, match=f"Missing key. \\({args[0]}"):
            target.execute_command(*args)
    assert len(pipe) == 1
    assert cluster.log == []


TAKING_OVER: list[tuple[Any, ...]] = [
    ("SUBSCRIBE", "channel"),
    ("psubscribe", "*"),
    (b"SSUBSCRIBE", "channel"),
    ("MONITOR",),
    ("MULTI",),
    ("WATCH", "k"),
    ("SYNC",),
    ("PSYNC", "?", -1),
    ("HELLO", 3),
    ("RESET",),
    ("QUIT",),
    ("SELECT", 0),
    ("AUTH", "password"),
    ("READONLY",),
    ("readwrite",),
    ("ASKING",),
    ("CLIENT", "REPLY", "OFF"),
    ("CLIENT", b"reply", "OFF"),
    (b"client", memoryview(b"REPLY"), "OFF"),
    ("CLIENT REPLY", "SKIP"),
    ("CLIENT", "TRACKING", "ON", "BCAST"),
    ("client tracking on",),
    ("client no-evict", "on"),
    ("client", "No-Touch", "on"),
    ("CLIENT", "CACHING", "YES"),
    ("CLIENT", "CAPA", "redirect"),
    ("client import-source", "on"),
    ("UNSUBSCRIBE", "a", "b"),
    ("punsubscribe",),
    ("SUNSUBSCRIBE", "a"),
    ("REPLCONF", "ack", 0),
    ("CLUSTER", "syncslots", "SYNC"),
    ("SCRIPT", "DEBUG", "YES"),
]


@pytest.mark.parametrize("args", TAKING_OVER, ids=shown)
def test_a_shared_connection_stays_what_it_is(
    cluster: ScriptedCluster, client: RedisCluster, args: tuple[Any, ...]
) -> None:
    pipe = client.pipeline().get("k")
    for target in (client, pipe):
        with pytest.raises(RedisClusterException, match="would change the state of a connection"):
            target.execute_command(*args)
    assert len(pipe) == 1
    assert cluster.log == []


@pytest.mark.parametrize(
    "call",
    [
        lambda rc: rc.client_tracking(),
        lambda rc: rc.client_tracking(True, 7, bcast=True),
        lambda rc: rc.client_tracking_on(clientid=7),
        lambda rc: rc.client_tracking_off(target_nodes="all"),
        lambda rc: rc.client_no_evict("ON"),
        lambda rc: rc.client_no_touch("ON"),
    ],
)
def test_nor_does_a_method_change_it(
    cluster: ScriptedCluster, client: RedisCluster, call: Callable[[Any], Any]
) -> None:
    pipe = client.pipeline().get("k")
    crossing = client.pipeline(cross_slot=True).get("k")
    for target in (client, pipe, crossing, client.pipeline(transaction=True)):
        with pytest.raises(RedisClusterException, match="would change the state of a connection"):
            call(target)
    assert cluster.log == []


def test_a_refused_login_does_not_show_its_password(client: RedisCluster) -> None:
    with pytest.raises(RedisClusterException, match="^AUTH would change"):
        client.execute_command("AUTH", "hunter2", target_nodes=RedisCluster.PRIMARIES)


@pytest.mark.parametrize(
    "said",
    [
        [],
        None,
        b"",
        0,
        [[]],
        [[b"foo"]],
        [b"foo"],
        [[b"foo", 2, None, 1, 1, 1]],
        [[b"foo", 2, [], None, 1, 1]],
        [[1, 2, [], 1, 1, 1, [], [], [], [[]]]],
        [[b"foo", 2, [], 1, 1, 1, [], [], [], [[], None]]],
        [None, None],
    ],
)
def test_an_answer_to_command_info_of_no_known_shape_is_as_good_as_none(
    cluster: ScriptedCluster, client: RedisCluster, said: Any
) -> None:
    """The first word behind the name is nearly always the key, and a redirect repairs the rest."""
    key = cluster.key(cluster.nodes[1])
    cluster.on("COMMAND", Reply(said))
    cluster.nodes[1].on("FOO", Reply(b"done"))
    assert client.execute_command("FOO", key) == b"done"
    assert cluster.nodes[1].commands("FOO") == [[b"FOO", key.encode()]]


@pytest.mark.parametrize("said", [[], None, 7, b"k"])
def test_an_answer_to_command_getkeys_of_no_known_shape_names_no_key(
    cluster: ScriptedCluster, client: RedisCluster, said: Any
) -> None:
    info: Any = [[b"foo", -2, [b"movablekeys"], 0, 0, 0]]
    cluster.on("COMMAND INFO", Reply(info))
    cluster.on("COMMAND GETKEYS", Reply(said))
    cluster.on("FOO", Reply(b"done"))
    assert client.execute_command("FOO", "x", "y") == b"done"
