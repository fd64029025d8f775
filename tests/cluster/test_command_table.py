"""The command table against what a server says of its commands: keys, arity, reads and writes.

What the server is too old for is tested in tests/unit alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core
from tests.cluster.calls import call
from tests.support.server import Server

ROWS: list[dict[str, Any]] = _core.commands()
METHODS = [row["method"] for row in ROWS]
# Where the keys of a command decide.
BY_KEY = ("key", "split", "cross_slot")
# Several keys, which must share a slot: no server can take them apart.
NEVER_SPLIT = {"bitop", "blpop", "brpop", "bzpopmax", "bzpopmin"}
# A channel is no key to a server, but says where this client sends a message.
ROUTED_BY_CHANNEL = {"publish"}
NO_KEY_BUT_CHANNEL = {"publish", "spublish"}
# Led by its cursor as others by their key, though a server finds no key in it.
NO_KEY_BUT_CURSOR = {"clusterscan"}
# A server does not call them writes, and yet it matters how often they run: what a script does is
# not known, and there are options, users, connections and the cluster to be changed.
ACTS = set(
    """
    acl_deluser acl_load acl_log acl_log_reset acl_save acl_setuser bgrewriteaof bgsave
    client_kill client_kill_filter client_pause client_setinfo
    client_setname client_unblock
    client_unpause cluster_addslots cluster_addslotsrange cluster_bumpepoch cluster_delslots
    cluster_delslotsrange cluster_failover cluster_flushslots cluster_forget cluster_meet
    cluster_cancelslotmigrations cluster_migrateslots commandlog_reset
    cluster_replicate cluster_reset cluster_save_config cluster_set_config_epoch cluster_setslot
    config_resetstat config_rewrite config_set eval evalsha failover fcall function_kill
    latency_reset memory_purge module_load module_loadex module_unload publish replicaof save
    script_flush script_kill shutdown slaveof slowlog_reset spublish wait waitaof
    """.split()
)
# Not "blocking" to a server that answers it at once in a script.
BLOCKS_TOO = {"wait", "waitaof"}
# No server describes what follows DEBUG, and SENTINEL is known to sentinels alone.
UNDESCRIBED = {row["method"] for row in ROWS if row["wire"].split()[0] in ("DEBUG", "SENTINEL")}
# A server does not take the argument for a key, as it does nothing with it.
ONLY_HERE = {"cluster_keyslot"}


def needs(row: dict[str, Any]) -> list[str]:
    """What a server needs to describe a row: before 7.0 it knows no commands of two words."""
    return [row["since"], *(["7.0.0"] if " " in row["wire"] else [])]


def each(rows: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """A test for each of the rows that a server describes."""
    params = [
        pytest.param(row, id=row["method"], marks=pytest.mark.needs(*needs(row)))
        for row in rows
        if row["method"] not in UNDESCRIBED
    ]
    return pytest.mark.parametrize("row", params)


class Recorder(RedisCluster):
    """Keeps what its methods would send, and sends nothing."""

    sent: tuple[Any, ...]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent = args


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder("localhost", 1, init_slot_cache=False)


def words_of(recorder: Recorder, row: dict[str, Any]) -> list[Any]:
    """A good call, word by word."""
    call(recorder, row["method"])
    name, *arguments = recorder.sent
    return [*name.split(), *arguments]


@pytest.fixture(scope="module")
def described(cluster: Any, recorder: Recorder) -> dict[str, list[Any]]:
    """COMMAND's reply by method: name, arity, flags, first key, last key, step, ...

    Of a command of two words, like OBJECT ENCODING, that of both; left out is what the server does
    not know.
    """
    names = ["|".join(row["wire"].split()) for row in ROWS]
    with RedisCluster(
        startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {})
    ) as client:
        found = dict(zip(METHODS, client.command_info(*names)))
        for row in ROWS:
            entry = found[row["method"]]
            if entry is not None and len(entry) > 9 and entry[9]:  # OBJECT of any kind
                name = "|".join(words_of(recorder, row)[:2])
                [found[row["method"]]] = client.command_info(name)
    return {method: entry for method, entry in found.items() if entry is not None}


@pytest.mark.parametrize("row", ROWS, ids=METHODS)
def test_the_server_knows_what_its_version_brings(
    described: dict[str, list[Any]], server: Server, row: dict[str, Any]
) -> None:
    known = row["method"] not in UNDESCRIBED and all(map(server.has, needs(row)))
    assert (row["method"] in described) == known


def flags_of(entry: list[Any]) -> set[bytes]:
    return {bytes(flag) for flag in entry[2]}


@each(ROWS)
def test_the_first_key_is_where_the_server_looks_for_it(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    entry = described[row["method"]]
    if row["route"] == "blocked" or row["method"] in ONLY_HERE:
        return
    if row["method"] in ROUTED_BY_CHANNEL:
        assert (row["route"], row["key_at"], entry[3]) == ("key", 1, 0)
        return
    movable = b"movablekeys" in flags_of(entry)
    if not movable:
        assert max(row["key_at"], 0) == entry[3]
    assert (row["route"] in BY_KEY) == (entry[3] > 0 or movable)


@each([row for row in ROWS if row["route"] in BY_KEY])
def test_a_call_goes_to_the_slot_of_what_the_server_takes_for_its_key(
    described: dict[str, list[Any]], rc: RedisCluster, recorder: Recorder, row: dict[str, Any]
) -> None:
    if row["method"] in NO_KEY_BUT_CHANNEL | NO_KEY_BUT_CURSOR | ONLY_HERE:
        return
    keys = rc.command_getkeys(*words_of(recorder, row))
    pipe = rc.pipeline(cross_slot=True)
    call(pipe, row["method"])
    assert pipe.slots == {rc.keyslot(keys[0])}


@each(ROWS)
def test_scripts_are_opaque(described: dict[str, list[Any]], row: dict[str, Any]) -> None:
    entry = described[row["method"]]
    flags, categories = flags_of(entry), {bytes(name) for name in entry[6]}
    runs = b"@scripting" in categories and b"movablekeys" in flags
    assert row["opaque"] == runs


@each(ROWS)
@pytest.mark.needs("7.0.0")  # before, a server does not say that some reads may block
def test_what_blocks_on_a_server_is_known_to_block(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    blocks = b"blocking" in flags_of(described[row["method"]])
    assert row["blocking"] == (blocks or row["method"] in BLOCKS_TOO)


@each(ROWS)
def test_only_commands_of_several_keys_are_split(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    last_key, step = described[row["method"]][4:6]
    if row["route"] == "split":
        assert last_key == -1
        assert step == (2 if "mset" in row["method"] else 1)
    elif last_key < 0:
        assert row["route"] == "cross_slot" or row["method"] in NEVER_SPLIT


@each(ROWS)
def test_what_may_run_twice_is_what_the_server_calls_no_write(
    described: dict[str, list[Any]], row: dict[str, Any]
) -> None:
    if row["method"] in ONLY_HERE:
        return
    flags = flags_of(described[row["method"]])
    if row["method"] in ACTS:
        assert not row["read"] and b"readonly" not in flags
        return
    if b"movablekeys" not in flags:
        assert row["read"] == (b"write" not in flags)
    if row["route"] in BY_KEY:
        assert row["read"] == (b"readonly" in flags)


@each(ROWS)
def test_a_good_call_has_the_number_of_arguments_that_the_server_wants(
    described: dict[str, list[Any]], recorder: Recorder, row: dict[str, Any]
) -> None:
    arity = described[row["method"]][1]
    words = words_of(recorder, row)
    assert len(words) == arity if arity > 0 else len(words) >= -arity
