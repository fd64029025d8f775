"""What the intricate commands of servers, connections, users and the cluster send, and refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import ClusterNode, DataError, RedisCluster, RedisClusterException, RedisError

Send = Callable[[Any], Any]

ID = 40 * "a"
NODE = ClusterNode("localhost", 1)


class Recorder(RedisCluster):
    """Keeps what its methods would send, and where to, and sends nothing."""

    sent: tuple[Any, ...] = ()
    targets: Any = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent = args
        self.targets = options.get("target_nodes")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder("localhost", 1, init_slot_cache=False)


@pytest.fixture
def client() -> RedisCluster:
    """Of a cluster that is not there."""
    return RedisCluster("localhost", 1, init_slot_cache=False)


SENT: list[tuple[Send, str]] = [
    # slots that move, and their numbers
    (
        lambda c: c.cluster_migrateslots(NODE, 40 * "a", 1, 5, 9, 9),
        f"CLUSTER MIGRATESLOTS SLOTSRANGE 1 5 9 9 NODE {40 * 'a'}",
    ),
    (lambda c: c.cluster_getslotmigrations(), "CLUSTER GETSLOTMIGRATIONS"),
    (lambda c: c.cluster_cancelslotmigrations(NODE), "CLUSTER CANCELSLOTMIGRATIONS"),
    (lambda c: c.cluster_flushslot(5), "CLUSTER FLUSHSLOT 5"),
    (lambda c: c.cluster_flushslot(5, True), "CLUSTER FLUSHSLOT 5 ASYNC"),
    (lambda c: c.cluster_slot_stats(), "CLUSTER SLOT-STATS SLOTSRANGE 0 16383"),
    (lambda c: c.cluster_slot_stats(7, 8), "CLUSTER SLOT-STATS SLOTSRANGE 7 8"),
    (
        lambda c: c.cluster_slot_stats(orderby="key-count", limit=3, asc=True),
        "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 3 ASC",
    ),
    (
        lambda c: c.cluster_slot_stats(orderby="cpu-usec"),
        "CLUSTER SLOT-STATS ORDERBY cpu-usec DESC",
    ),
    (lambda c: c.commandlog_get(), "COMMANDLOG GET 10 slow"),
    (lambda c: c.commandlog_get(-1, "large-reply"), "COMMANDLOG GET -1 large-reply"),
    (lambda c: c.commandlog_len(), "COMMANDLOG LEN slow"),
    (lambda c: c.commandlog_reset("large-request"), "COMMANDLOG RESET large-request"),
    (lambda c: c.script_show("0a"), "SCRIPT SHOW 0a"),
    # servers
    (lambda c: c.bgsave(), "BGSAVE"),
    (lambda c: c.bgsave(schedule=True), "BGSAVE SCHEDULE"),
    (lambda c: c.config_get(), "CONFIG GET *"),
    (lambda c: c.config_get("a*", "b*"), "CONFIG GET a* b*"),
    (lambda c: c.config_set("a", 1, "b", 2), "CONFIG SET a 1 b 2"),
    (lambda c: c.info(), "INFO"),
    (lambda c: c.info("server", "memory"), "INFO server memory"),
    (lambda c: c.flushall(True), "FLUSHALL ASYNC"),
    (lambda c: c.flushdb(synchronous=True), "FLUSHDB SYNC"),
    (lambda c: c.failover(abort=True), "FAILOVER ABORT"),
    (lambda c: c.failover(timeout=5), "FAILOVER TIMEOUT 5"),
    (lambda c: c.lolwut(), "LOLWUT"),
    (lambda c: c.lolwut(5, 1, 2), "LOLWUT VERSION 5 1 2"),
    (lambda c: c.memory_usage("k"), "MEMORY USAGE k"),
    (lambda c: c.memory_usage("k", samples=0), "MEMORY USAGE k SAMPLES 0"),
    (lambda c: c.module_load("a.so", 1, 2), "MODULE LOAD a.so 1 2"),
    (lambda c: c.module_loadex("a.so"), "MODULE LOADEX a.so"),
    (
        lambda c: c.module_loadex("a.so", {"x": 1, "y": 2}, ["z"]),
        "MODULE LOADEX a.so CONFIG x 1 CONFIG y 2 ARGS z",
    ),
    (lambda c: c.module_loadex("a.so", ["x", 1], args=[]), "MODULE LOADEX a.so CONFIG x 1 ARGS"),
    (lambda c: c.replicaof(), "REPLICAOF NO ONE"),
    (lambda c: c.replicaof("NO", "ONE"), "REPLICAOF NO ONE"),
    (lambda c: c.slaveof("10.0.0.1", 6379), "SLAVEOF 10.0.0.1 6379"),
    (lambda c: c.shutdown(), "SHUTDOWN"),
    (lambda c: c.shutdown(nosave=True, now=True, force=True), "SHUTDOWN NOSAVE NOW FORCE"),
    (lambda c: c.shutdown(True), "SHUTDOWN SAVE"),
    (lambda c: c.slowlog_get(), "SLOWLOG GET"),
    (lambda c: c.slowlog_get(0), "SLOWLOG GET 0"),
    (lambda c: c.wait(1, 100), "WAIT 1 100"),
    (lambda c: c.waitaof(1, 0, 100), "WAITAOF 1 0 100"),
    (lambda c: c.command_list(), "COMMAND LIST"),
    (lambda c: c.command_list(category="read"), "COMMAND LIST FILTERBY ACLCAT read"),
    (lambda c: c.command_list(module="m"), "COMMAND LIST FILTERBY MODULE m"),
    (lambda c: c.command_list(None, None, "x*"), "COMMAND LIST FILTERBY PATTERN x*"),
    # connections
    (lambda c: c.client_kill("1.2.3.4:5"), "CLIENT KILL 1.2.3.4:5"),
    (
        lambda c: c.client_kill_filter(7, "Normal", "a:1", True, "b:2", "me", 9),
        "CLIENT KILL TYPE Normal SKIPME YES ID 7 ADDR a:1 LADDR b:2 USER me MAXAGE 9",
    ),
    (lambda c: c.client_kill_filter(skipme=False), "CLIENT KILL SKIPME NO"),
    (lambda c: c.client_list(), "CLIENT LIST"),
    (lambda c: c.client_list("replica"), "CLIENT LIST TYPE replica"),
    (lambda c: c.client_list(client_id=[1, "2"]), "CLIENT LIST ID 1 2"),
    (lambda c: c.client_pause(5), "CLIENT PAUSE 5"),
    (lambda c: c.client_pause(5, all=False), "CLIENT PAUSE 5 WRITE"),
    (lambda c: c.client_setinfo("LIB-NAME", "x"), "CLIENT SETINFO LIB-NAME x"),
    (lambda c: c.client_unblock("12"), "CLIENT UNBLOCK 12"),
    (lambda c: c.client_unblock(12, True), "CLIENT UNBLOCK 12 ERROR"),
    # users
    (lambda c: c.acl_cat(), "ACL CAT"),
    (lambda c: c.acl_deluser("a", "b"), "ACL DELUSER a b"),
    (lambda c: c.acl_genpass("16"), "ACL GENPASS 16"),
    (lambda c: c.acl_log(), "ACL LOG"),
    (lambda c: c.acl_log(3), "ACL LOG 3"),
    (lambda c: c.acl_log_reset(), "ACL LOG RESET"),
    (lambda c: c.acl_setuser("me"), "ACL SETUSER me off"),
    (
        lambda c: c.acl_setuser("me", True, True, categories=["+read", "-@write"]),
        "ACL SETUSER me on nopass +@read -@write",
    ),
    (
        lambda c: c.acl_setuser("me", passwords="+new", hashed_passwords=["-0f", "+1e"]),
        "ACL SETUSER me off >new !0f #1e",
    ),
    (
        lambda c: c.acl_setuser("me", passwords=["+new", "-old"], commands=["+get", "-set"]),
        "ACL SETUSER me off >new <old +get -set",
    ),
    (
        lambda c: c.acl_setuser("me", keys=["a*", "~b", "%R~c"], channels=["news"]),
        "ACL SETUSER me off ~a* ~b %R~c &news",
    ),
    (
        lambda c: c.acl_setuser(
            "me", reset=True, reset_keys=True, reset_channels=True, reset_passwords=True
        ),
        "ACL SETUSER me reset resetkeys resetchannels resetpass off",
    ),
    # the cluster
    (lambda c: c.cluster_addslots(NODE, 1, 2), "CLUSTER ADDSLOTS 1 2"),
    (lambda c: c.cluster_addslotsrange(NODE, 1, 2), "CLUSTER ADDSLOTSRANGE 1 2"),
    (lambda c: c.cluster_failover(NODE), "CLUSTER FAILOVER"),
    (lambda c: c.cluster_failover(NODE, "force"), "CLUSTER FAILOVER force"),
    (lambda c: c.cluster_meet(NODE, "10.0.0.1", 1), "CLUSTER MEET 10.0.0.1 1"),
    (lambda c: c.cluster_replicate(NODE, ID), f"CLUSTER REPLICATE {ID}"),
    (lambda c: c.cluster_reset(NODE), "CLUSTER RESET SOFT"),
    (lambda c: c.cluster_reset(NODE, soft=False), "CLUSTER RESET HARD"),
    (lambda c: c.cluster_set_config_epoch(NODE, 3), "CLUSTER SET-CONFIG-EPOCH 3"),
    (lambda c: c.cluster_setslot(ID, 5, "node"), f"CLUSTER SETSLOT 5 node {ID}"),
    (lambda c: c.cluster_setslot(NODE, 5, "MIGRATING", ID), f"CLUSTER SETSLOT 5 MIGRATING {ID}"),
    (lambda c: c.cluster_setslot(NODE, 5, "IMPORTING", ID), f"CLUSTER SETSLOT 5 IMPORTING {ID}"),
    (lambda c: c.cluster_setslot(NODE, 5, "stable"), "CLUSTER SETSLOT 5 STABLE"),
    (lambda c: c.cluster_count_failure_report(ID), f"CLUSTER COUNT-FAILURE-REPORTS {ID}"),
    (lambda c: c.cluster_get_keys_in_slot(5, 3), "CLUSTER GETKEYSINSLOT 5 3"),
    (lambda c: c.cluster("Keyslot", "k"), "CLUSTER KEYSLOT k"),
]


@pytest.mark.parametrize(("send", "words"), SENT, ids=[words for _, words in SENT])
def test_what_is_sent(recorder: Recorder, send: Send, words: str) -> None:
    send(recorder)
    name, *arguments = recorder.sent
    assert " ".join(map(str, [name, *arguments])) == words


TOLD: list[Send] = [
    lambda c: c.cluster_addslots(NODE, 1),
    lambda c: c.cluster_links(NODE),
    lambda c: c.cluster_myid(target_node=NODE),
    lambda c: c.cluster_meet(node_id=NODE, host="10.0.0.1", port=1),
    lambda c: c.cluster_reset(NODE),
    lambda c: c.cluster_setslot(NODE, 1, "STABLE"),
    lambda c: c.dbsize(target_nodes=NODE),
    lambda c: c.cluster("info", target_nodes=NODE),
]


@pytest.mark.parametrize("send", TOLD)
def test_who_is_told(recorder: Recorder, send: Send) -> None:
    send(recorder)
    assert recorder.targets is NODE


def test_without_a_node_it_is_every_one(recorder: Recorder) -> None:
    recorder.cluster_myid()
    assert recorder.targets is None


REFUSED: list[tuple[Send, type[Exception], str]] = [
    (lambda c: c.acl_genpass(4097), DataError, "between 0 and 4096"),
    (lambda c: c.acl_genpass("many"), DataError, "between 0 and 4096"),
    (lambda c: c.acl_log("3"), DataError, "^ACL LOG count must be an integer$"),
    (lambda c: c.acl_setuser("me", passwords="new"), DataError, "^Password 0 must be prefixed"),
    (lambda c: c.acl_setuser("me", passwords=["+a", ""]), DataError, "^Password 1 must be pref"),
    (lambda c: c.acl_setuser("me", hashed_passwords="0f"), DataError, "^Hashed password 0 must"),
    (lambda c: c.acl_setuser("me", categories=["all"]), DataError, '^Category "all" must be'),
    (lambda c: c.acl_setuser("me", commands=[b"get"]), DataError, '^Command "get" must be pref'),
    (lambda c: c.acl_setuser("me", selectors=[("get", "a")]), DataError, '^Command "get" must'),
    (lambda c: c.acl_setuser("me", keys=[5]), DataError, "must be a str or bytes, not 5"),
    (lambda c: c.acl_setuser("me", nopass=True, passwords="+a"), DataError, "Cannot set 'nopass'"),
    (lambda c: c.client_kill_filter(), DataError, "must specify at least one filter$"),
    (lambda c: c.client_kill_filter(_type="odd"), DataError, "^CLIENT KILL type must be one of"),
    (lambda c: c.client_kill_filter(skipme=1), DataError, "^CLIENT KILL skipme must be a bool$"),
    (lambda c: c.client_list("slave"), DataError, r"^CLIENT LIST _type must be one of \('normal',"),
    (lambda c: c.client_list(client_id=5), DataError, "^client_id must be a list$"),
    (lambda c: c.client_pause("5"), DataError, "^CLIENT PAUSE timeout must be an integer$"),
    (lambda c: c.client_unblock("x"), ValueError, "invalid literal"),
    (lambda c: c.shutdown(save=True, nosave=True), DataError, "save and nosave cannot both"),
    (lambda c: c.cluster_failover(NODE, "SOON"), RedisError, "^Invalid option for CLUSTER FAIL"),
    (lambda c: c.cluster_setslot(NODE, 1, "SHAKY"), RedisError, "^Invalid slot state: SHAKY$"),
    (lambda c: c.cluster_failover(NODE, 5), RedisError, "^Invalid option for CLUSTER FAILOVER.*5$"),
    (lambda c: c.cluster_setslot(NODE, 1, None), RedisError, "^Invalid slot state: None$"),
    (lambda c: c.cluster_replicate(NODE), DataError, r"cluster_replicate\(\) needs two nodes"),
    (lambda c: c.cluster_addslots(None, 1), TypeError, "the node to go to: 'node_id' is None"),
    (lambda c: c.cluster_countkeysinslot(16384), DataError, "'slot_id' of .* must be a slot"),
    (lambda c: c.cluster_countkeysinslot(True), DataError, "'slot_id' of .* must be a slot"),
]


@pytest.mark.parametrize(("send", "error", "message"), REFUSED)
def test_what_is_refused(
    recorder: Recorder, send: Send, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        send(recorder)
    assert recorder.sent == ()


SLOTS: list[tuple[Send, str]] = [
    (lambda c: c.cluster_delslots(5, 16384), "a slot must be an int from 0 to 16383: 16384"),
    (lambda c: c.cluster_delslots("5"), "a slot must be an int from 0 to 16383: '5'"),
    (lambda c: c.cluster_delslots(True), "a slot must be an int from 0 to 16383: True"),
    (lambda c: c.cluster_delslotsrange(5), "first, last, first, last"),
    (lambda c: c.cluster_delslotsrange(5, 4), "must not end before it begins: 5, 4"),
    (lambda c: c.cluster_setslot_stable(-1), "a slot must be an int from 0 to 16383: -1"),
    (
        lambda c: c.execute_command("CLUSTER COUNTKEYSINSLOT", 16384),
        "must be a slot, an int from 0 to 16383: 16384",
    ),
]


@pytest.mark.parametrize(("send", "message"), SLOTS)
def test_what_is_no_slot(client: RedisCluster, send: Send, message: str) -> None:
    with pytest.raises(DataError, match=message):
        send(client)


NAMELESS: list[Send] = [
    lambda c: c.cluster_bumpepoch(),
    lambda c: c.cluster_flushslots(),
    lambda c: c.cluster_forget(ID),
    lambda c: c.debug_segfault(),
    lambda c: c.failover(),
    lambda c: c.replicaof(),
    lambda c: c.sentinel_masters(),
    lambda c: c.sentinel_ckquorum("service"),
    lambda c: c.shutdown(),
    lambda c: c.slaveof("10.0.0.1", 6379),
    lambda c: c.execute_command("CLUSTER RESET", "HARD"),
    lambda c: c.cluster("delslots", 5),
]


@pytest.mark.parametrize("send", NAMELESS)
def test_what_is_refused_unless_nodes_are_named(client: RedisCluster, send: Send) -> None:
    with pytest.raises(
        RedisClusterException, match="^Command: .* is blocked in redis cluster mode"
    ):
        send(client)


@pytest.mark.parametrize(
    "send", [lambda c: c.client_reply("OFF"), lambda c: c.psync("?", -1), lambda c: c.sync()]
)
def test_what_would_change_a_connection(client: RedisCluster, send: Send) -> None:
    for target in (client, client.pipeline()):
        with pytest.raises(RedisClusterException, match="would change the state of a connection"):
            send(target)


def test_rules_of_a_user_stay_bytes_or_str(recorder: Recorder) -> None:
    recorder.acl_setuser("me", passwords=[b"+\xff", "+ä"], keys=[b"\xff", "ä"])
    assert recorder.sent == ("ACL SETUSER", "me", "off", b">\xff", ">ä", b"~\xff", "~ä")


@pytest.mark.parametrize(
    ("selector", "rule"),
    [
        (("+get", "a*"), "(+get ~a*)"),
        (("-@all", "%W~ä"), "(-@all %W~ä)"),
        ((b"+get", "ä"), "(+get ~ä)".encode()),
        (("+get", b"\xff"), b"(+get ~\xff)"),
    ],
)
def test_a_selector_is_one_word(recorder: Recorder, selector: Any, rule: Any) -> None:
    recorder.acl_setuser("me", selectors=[selector])
    assert recorder.sent == ("ACL SETUSER", "me", "off", rule)


REFUSED_BY_PIPELINES = """
    acl_list acl_setuser client_id client_pause client_unblock cluster_delslots cluster_info
    cluster_myid cluster_reset_all_nodes config_get memory_stats role shutdown wait
""".split()


@pytest.mark.parametrize("name", REFUSED_BY_PIPELINES)
def test_a_pipeline_refuses_what_several_nodes_answer(client: RedisCluster, name: str) -> None:
    pipe = client.pipeline()
    with pytest.raises(
        RedisClusterException, match=f"^ERROR: Calling pipelined function {name} is"
    ):
        getattr(pipe, name)()
    assert len(pipe) == 0
