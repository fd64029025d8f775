"""Commands that newer servers have, each on a server that has it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException
from rediscluster_c.localcluster import LocalCluster
from tests.cluster.modes import Case, Factory, check

CASES: dict[str, tuple[str, Case]] = {
    "elements": (
        "vadd",
        [
            (lambda c: c.vadd("v", [1.0, 0.0], "a", attributes={"x": 1}), 1),
            (lambda c: c.vadd("v", [1.0, 0.0], "a"), 0),
            (lambda c: c.vadd("v", b"\0\0\0\0\0\0\x80?", "b", quantization="Q8"), 1),
            (lambda c: c.vcard("v"), 2),
            (lambda c: c.vdim("v"), 2),
            (lambda c: c.vemb("v", "a"), [1, 0]),
            (lambda c: sorted(c.vemb("v", "a", raw=True)), ["l2", "quantization", "range", "raw"]),
            (lambda c: c.vinfo("v")["size"], 2),
            (lambda c: c.vinfo("none"), None),
            (lambda c: sorted(c.vrandmember("v", 2)), [b"a", b"b"]),
            (lambda c: c.vrandmember("none"), None),
            # The server draws how many levels of links there are; the lowest comes last.
            (lambda c: c.vlinks("v", "a")[-1], [b"b"]),
            (lambda c: c.vlinks("v", "a", with_scores=True)[-1], {b"b": 0.5}),
            (lambda c: c.vrem("v", "b"), 1),
            (lambda c: c.vrem("v", "b"), 0),
        ],
    ),
    "attributes": (
        "vadd",
        [
            (lambda c: c.vadd("v", [1.0, 0.0], "a", attributes={"x": 1}), 1),
            (lambda c: c.vgetattr("v", "a"), {"x": 1}),
            (lambda c: c.vsetattr("v", "a", {"y": [2]}), 1),
            (lambda c: c.vgetattr("v", "a"), {"y": [2]}),
            (lambda c: c.vsetattr("v", "a", None), 1),
            (lambda c: c.vgetattr("v", "a"), None),
            (lambda c: c.vsetattr("v", "b", "{}"), 0),
        ],
    ),
    "likeness": (
        "8.2.0",
        [
            (lambda c: c.vadd("v", [1.0, 0.0], "a", attributes={"x": 1}), 1),
            (lambda c: c.vadd("v", [0.0, 1.0], "b"), 1),
            (lambda c: c.vismember("v", "a"), True),
            (lambda c: c.vismember("v", "c"), False),
            (lambda c: c.vsim("v", "a"), [b"a", b"b"]),
            (lambda c: c.vsim("v", [1, 0], with_scores=True), {b"a": 1.0, b"b": 0.5}),
            (lambda c: c.vsim("v", "a", with_attribs=True, count=1), {b"a": {"x": 1}}),
            (
                lambda c: c.vsim("v", "a", with_scores=True, with_attribs=True, filter=".x == 1"),
                {b"a": {"score": 1.0, "attributes": {"x": 1}}},
            ),
            (lambda c: c.vsim("v", "a", truth=True, no_thread=True, ef=5, epsilon=0.1), [b"a"]),
            (lambda c: c.vsim("none", "a"), []),
        ],
    ),
    "deleted entries": (
        "xdelex",
        [
            (lambda c: c.xadd("s", {"f": 1}, "1-0"), b"1-0"),
            (lambda c: c.xadd("s", {"f": 1}, "2-0"), b"2-0"),
            (lambda c: c.xgroup_create("s", "g", 0), True),
            (lambda c: len(c.xreadgroup("g", "c", {"s": ">"})[0][1]), 2),
            (lambda c: c.xackdel("s", "g", "1-0", "9-0"), [1, -1]),
            (lambda c: c.xdelex("s", "2-0", ref_policy="ACKED"), [2]),
            (lambda c: c.xadd("s", {"f": 1}, "3-0", maxlen=9, ref_policy="DELREF"), b"3-0"),
            (lambda c: c.xtrim("s", 0, False, ref_policy="DELREF"), 2),
        ],
    ),
    "bits of the first and the others": (
        "8.2.0",
        [
            (lambda c: c.set("{b}1", b"\x0f") and c.set("{b}2", b"\x31"), True),
            (lambda c: c.bitop("DIFF", "{b}", "{b}1", "{b}2") and c.get("{b}"), b"\x0e"),
            (lambda c: c.bitop("DIFF1", "{b}", "{b}1", "{b}2") and c.get("{b}"), b"0"),
            (lambda c: c.bitop("ANDOR", "{b}", "{b}1", "{b}2") and c.get("{b}"), b"\x01"),
            (lambda c: c.bitop("ONE", "{b}", "{b}1", "{b}2") and c.get("{b}"), b">"),
        ],
    ),
    "if it has this value": (
        "delifeq",
        [
            (lambda c: c.set("k", "1"), True),
            (lambda c: c.set("k", "2", ifeq="1"), True),
            (lambda c: c.set("k", "3", ifeq="1"), None),
            (lambda c: c.set("k", "3", ifeq="2", get=True), b"2"),
            (lambda c: c.delifeq("k", "2"), 0),
            (lambda c: c.delifeq("k", "3"), 1),
        ],
    ),
    "several with an expiry": (
        "msetex",
        [
            (lambda c: c.msetex({"{k}1": 1, "{k}2": 2}, "NX", ex=100), 1),
            (lambda c: c.msetex({"{k}1": 3, "{k}3": 3}, "NX"), 0),
            (lambda c: c.ttl("{k}1") > 90, True),
            (lambda c: c.msetex({"{k}1": 4, "{k}2": 5}, "XX", keepttl=True), 1),
            (lambda c: c.mget("{k}1", "{k}2", "{k}3"), [b"4", b"5", None]),
        ],
    ),
    "conditions of a hash": (
        "delifeq",
        [
            (lambda c: c.hsetex("h", "f", 1, ex=100, data_persist_option="XX"), 0),
            (lambda c: c.hsetex("h", "f", 1, ex=100, data_persist_option="NX"), 1),
            (lambda c: c.hsetex("h", "g", 1, data_persist_option=["XX", "FNX"]), 1),
            (lambda c: c.hsetex("h", "g", 1, data_persist_option=["XX", "FNX"]), 0),
        ],
    ),
    "a script": (
        "script_show",
        [
            (lambda c: c.script_show(c.script_load("return 1")), b"return 1"),
        ],
    ),
}


@pytest.mark.parametrize("mode", ["client", "decoding client"])
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.needs(need)) for need, case in CASES.values()],
    ids=CASES,
)
def test_replies(make_client: Factory, mode: str, case: Case) -> None:
    check(make_client, mode, case)


@pytest.mark.needs("msetex")
def test_keys_of_several_slots_are_not_set_on_one_node(rc: Any) -> None:
    """Which the server itself would do."""
    pipe = rc.pipeline()
    for target in (rc, pipe):
        with pytest.raises(RedisClusterException, match="must map to the same key slot"):
            target.msetex({"a": 1, "b": 2})
        with pytest.raises(RedisClusterException, match="must map to the same key slot"):
            target.execute_command("msetex", 2, "a", 1, "b", 2)
    assert rc.mget("a", "b") == [None, None]
    assert rc.execute_command("MSETEX", 2, "{k}a", 1, "{k}b", 2, "NX") == 1


@pytest.mark.needs("clusterscan")
def test_a_scan_goes_through_all_nodes(rc: Any) -> None:
    names = {f"scan:{number}".encode() for number in range(50)}
    rc.mset(dict.fromkeys(names, 1))
    found: set[bytes] = set()
    cursor: Any = 0
    while cursor != b"0":
        cursor, keys = rc.clusterscan(cursor, match="scan:*", count=100)
        found.update(keys)
    assert found == names


@pytest.mark.needs("cluster_slot_stats")
def test_numbers_of_slots(rc: Any) -> None:
    rc.set("k", 1)
    slot = rc.keyslot("k")
    owner = rc.get_node_from_key("k").name
    assert rc.cluster_slot_stats(slot, slot)[owner][slot]["key-count"] == 1
    most = rc.cluster_slot_stats(orderby="key-count", limit=1)
    assert {len(stats) for stats in most.values()} == {1}
    assert list(most[owner]) == [slot]


@pytest.mark.needs("commandlog_get")
def test_a_log_of_large_requests(rc: Any) -> None:
    name = rc.get_node_from_key("k").name
    rc.config_set("commandlog-request-larger-than", 1000, target_nodes=name)
    try:
        rc.set("k", b"x" * 5000)
        (entry,) = rc.commandlog_get(_type="large-request")[name]
        assert entry["command"].startswith(b"SET k xxx")
        assert entry["duration"] > 5000
        assert rc.commandlog_len("large-request")[name] == 1
        assert rc.commandlog_reset("large-request")[name] is True
        assert rc.commandlog_len("large-request")[name] == 0
    finally:
        rc.config_set("commandlog-request-larger-than", 1024 * 1024, target_nodes=name)


@pytest.mark.needs("cluster_flushslot")
def test_a_slot_is_emptied(rc: Any) -> None:
    rc.mset({"{k}1": 1, "{k}2": 2, "a": 3})
    assert rc.cluster_flushslot(rc.keyslot("k")) is True
    assert rc.mget("{k}1", "a") == [None, b"3"]


@pytest.mark.needs("Valkey 9.0.0")
def test_databases_have_keys_of_their_own() -> None:
    with LocalCluster(masters=2, replicas=0, config={"cluster-databases": 4}) as cluster:
        first: Any = RedisCluster(startup_nodes=cluster.startup_nodes, db=0)
        other: Any = RedisCluster.from_url(cluster.url + "/2")
        first.set("k", "first")
        other.mset({"a": 1, "b": 2, "k": "other"})
        assert other.pipeline().get("a").get("b").get("k").execute() == [b"1", b"2", b"other"]
        assert other.pipeline(transaction=True).incr("a").get("a").execute() == [2, b"2"]
        assert sorted(other.scan_iter()) == [b"a", b"b", b"k"]
        assert [first.get("k"), first.get("a")] == [b"first", None]
        assert sum(first.dbsize().values()) == 1
        other.flushdb()
        assert first.get("k") == b"first"
        with pytest.raises(RedisClusterException, match="DB index is out of range .db: "):
            RedisCluster(startup_nodes=cluster.startup_nodes, db=4)


def test_a_server_without_databases_says_so() -> None:
    with LocalCluster(masters=1, replicas=0) as cluster:
        with pytest.raises(RedisClusterException, match="db: a cluster has database 0 alone"):
            RedisCluster(startup_nodes=cluster.startup_nodes, db=1)
        client = RedisCluster(startup_nodes=cluster.startup_nodes, db=0)
        assert client.get("k") is None


@pytest.mark.needs("cluster_migrateslots")
def test_slots_move_at_once_under_load() -> None:
    """Nothing is lost, and nothing runs twice, while a server hands a range of slots over."""
    with LocalCluster(masters=2, replicas=0) as cluster:
        rc: Any = RedisCluster(startup_nodes=cluster.startup_nodes)
        source = rc.get_node_from_key("k")
        target = next(node for node in rc.get_primaries() if node.name != source.name)
        ids = {f"{node['host']}:{node['port']}": node["id"] for node in rc.cluster_nodes()}
        slot = rc.keyslot("k")
        rc.mset({f"{{k}}{number}": number for number in range(1000)})
        assert rc.cluster_migrateslots(source.name, ids[target.name], slot, slot) is True
        count = 0
        deadline = time.monotonic() + 20
        while rc.get_node_from_key("k").name != target.name:
            assert time.monotonic() < deadline
            count += 1
            assert rc.incr("{k}count") == count
            assert rc.pipeline().incrby("{k}sum", 2).get("{k}7").execute() == [2 * count, b"7"]
        assert rc.mget(*(f"{{k}}{number}" for number in range(1000))) == [
            str(number).encode() for number in range(1000)
        ]
        (move,) = rc.cluster_getslotmigrations()[source.name]
        assert (move["operation"], move["state"]) == ("EXPORT", "success")
