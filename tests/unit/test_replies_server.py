"""Replies about a server and its clients, as Redis 7.0 writes them; values as redis-py has them."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, Callable

import pytest

from rediscluster_c._commands import replies

INFO = (
    b"# Server\r\nredis_version:7.0.15\r\nuptime:12\r\nos:Linux 5, x\r\nhz:1.5\r\nmem:1.5M\r\n"
    b"executable:/a=b\r\nconfig_file:\r\n\r\n# Replication\r\n"
    b"slave0:ip=1.2.3.4,port=7,state=online,lag=0.5\r\n# Errorstats\r\nerrorstat_ERR:count=1\r\n"
    b"cmdstat_host:x:calls=1,usec=2\r\ncmdstat_config|get:calls=2,usec_per_call=37.00\r\nodd\r\n"
)


def test_info() -> None:
    wanted = {
        "redis_version": "7.0.15",
        "uptime": 12,
        "os": "Linux 5, x",
        "hz": 1.5,
        "mem": "1.5M",
        "executable": "/a=b",
        "config_file": "",
        "slave0": {"ip": "1.2.3.4", "port": 7, "state": "online", "lag": 0.5},
        "errorstat_ERR": "count=1",
        "cmdstat_host:x": {"calls": 1, "usec": 2},
        "cmdstat_config|get": {"calls": 2, "usec_per_call": 37.0},
        "__raw__": ["odd"],
    }
    assert replies.info(INFO) == wanted
    assert replies.info(INFO.decode()) == wanted
    assert replies.info(b"") == {}


def test_info_has_every_module() -> None:
    found = replies.info(b"module:name=a,ver=1\r\nmodule:name=b,usedby=[x,y]\r\n")
    assert found["module"] == "name=b,usedby=[x,y]"
    assert found["modules"] == [{"name": "a", "ver": 1}, "name=b,usedby=[x,y]"]


def test_info_of_what_is_no_utf8() -> None:
    assert replies.info(b"executable:/\xff\r\n") == {"executable": "/\ufffd"}


def test_config_get() -> None:
    assert replies.config_get([b"port", b"23001", b"dir", None]) == {"port": "23001", "dir": None}
    assert replies.config_get([]) == {}


def test_time_and_lastsave() -> None:
    assert replies.time([b"1795518507", b"313535"]) == (1795518507, 313535)
    assert replies.lastsave(1795518261) == datetime.fromtimestamp(1795518261)
    assert replies.lastsave(0) is None


def test_role() -> None:
    found = replies.role([b"master", 3129659, [[b"127.0.0.1", b"9001", b"3129242"]]])
    assert found == ["master", 3129659, [["127.0.0.1", "9001", "3129242"]]]


def test_memory_stats() -> None:
    overhead = [b"overhead.hashtable.main", 552, b"overhead.hashtable.slot-to-keys", 144]
    reply = [b"peak.allocated", 2454632, b"db.0", overhead, b"fragmentation", b"7.808170"]
    assert replies.memory_stats(reply) == {
        "peak.allocated": 2454632,
        "db.0": {"overhead.hashtable.main": 552, "overhead.hashtable.slot-to-keys": 144},
        "fragmentation": "7.808170",
    }


def test_slowlog_get() -> None:
    reply = [[5, 1795518507, 2, [b"SET", b"\xff", b"v"], b"127.0.0.1:45126", b"me"]]
    wanted: dict[str, Any] = {"id": 5, "start_time": 1795518507, "duration": 2}
    client = {"client_address": b"127.0.0.1:45126", "client_name": b"me"}
    assert replies.slowlog_get(reply) == [{**wanted, "command": b"SET \xff v", **client}]
    old = [[5, 1795518507, 2, ["GET", "k"]]]
    assert replies.slowlog_get(old) == [{**wanted, "command": "GET k"}]
    enterprise = [[5, 1795518507, 2, b"N:3", [b"GET", b"k"], b"a", b"n"]]
    assert replies.slowlog_get(enterprise) == [
        {
            **wanted,
            "complexity": b"N:3",
            "command": b"GET k",
            "client_address": b"a",
            "client_name": b"n",
        }
    ]
    assert replies.slowlog_get([]) == []


def test_latency() -> None:
    assert replies.latency_latest([[b"command", 1795518507, 20, 21]]) == [
        ("command", 1795518507, 20, 21)
    ]
    assert replies.latency_history([[1795518507, 20]]) == [(1795518507, 20)]
    histogram = [b"set", [b"calls", 3, b"histogram_usec", [2, 2, 8, 3]]]
    assert replies.latency_histogram(histogram) == {
        "set": {"calls": 3, "histogram_usec": {2: 2, 8: 3}}
    }


def test_debug_object() -> None:
    reply = b"Value at:0x7f2a refcount:1 encoding:embstr serializedlength:2 lru:35 ql_avg_node:3.00"
    assert replies.debug_object(reply) == {
        "type": "Value",
        "at": "0x7f2a",
        "refcount": 1,
        "encoding": "embstr",
        "serializedlength": 2,
        "lru": 35,
        "ql_avg_node": "3.00",
    }


LINE = b"id=4 addr=127.0.0.1:45126 name= age=0 flags=N multi=-1 cmd=a=b user=default resp=2"


def test_client_list() -> None:
    client = {
        "id": "4",
        "addr": "127.0.0.1:45126",
        "name": "",
        "age": "0",
        "flags": "N",
        "multi": "-1",
        "cmd": "a=b",
        "user": "default",
        "resp": "2",
    }
    assert replies.client_list(LINE + b"\n" + LINE + b"\n") == [client, client]
    assert replies.client_list(b"") == []
    assert replies.client_list(b"addr=/a b:0 name=\n") == [{"addr": "/a b:0", "name": ""}]
    numbers = {"id": 4, "age": 0, "multi": -1}
    assert replies.client_info(LINE + b"\n") == {**client, **numbers}


def test_client_kill() -> None:
    assert replies.client_kill(b"OK") is True
    assert replies.client_kill(3) == 3


def test_client_trackinginfo() -> None:
    reply = [b"flags", [b"on", b"bcast"], b"redirect", 0, b"prefixes", [b"user:"]]
    assert replies.client_trackinginfo(reply) == {
        "flags": ["on", "bcast"],
        "redirect": 0,
        "prefixes": ["user:"],
    }


BEGIN_SEARCH = [b"type", b"index", b"spec", [b"index", 1]]
FIND_KEYS = [b"type", b"range", b"spec", [b"lastkey", 0, b"keystep", 1, b"limit", 0]]
KEYS = [b"flags", [b"RO", b"access"], b"begin_search", BEGIN_SEARCH, b"find_keys", FIND_KEYS]
FLAGS = [b"readonly", b"fast"]


def test_command() -> None:
    get = [b"get", 2, FLAGS, 1, 1, 1, [b"@read"], [], [KEYS], []]
    sub = [b"config|get", -3, [b"admin"], 0, 0, 0, [b"@slow"], [b"nondeterministic_output"], [], []]
    config = [b"config", -2, [], 0, 0, 0, [], [], [], [sub]]
    found = replies.command([get, None, config])
    assert list(found) == ["get", "config"]
    assert found["get"] == {
        "name": "get",
        "arity": 2,
        "flags": ["readonly", "fast"],
        "first_key_pos": 1,
        "last_key_pos": 1,
        "step_count": 1,
        "acl_categories": ["@read"],
        "tips": [],
        "key_specifications": [
            {
                "flags": ["RO", "access"],
                "begin_search": {"type": "index", "spec": {"index": 1}},
                "find_keys": {
                    "type": "range",
                    "spec": {"lastkey": 0, "keystep": 1, "limit": 0},
                },
            }
        ],
        "subcommands": {},
    }
    assert found["config"]["subcommands"]["config|get"]["tips"] == ["nondeterministic_output"]
    assert list(replies.command([[b"get", 2, FLAGS, 1, 1, 1]])["get"])[-1] == "step_count"


def test_command_docs() -> None:
    argument = [b"name", b"key", b"type", b"key", b"key_spec_index", 0]
    block = [b"name", b"condition", b"type", b"oneof", b"arguments", [argument]]
    freq = [b"summary", b"...", b"arguments", [argument]]
    reply = [b"x", [b"since", b"2.2.3", b"arguments", [block], b"subcommands", [b"x|freq", freq]]]
    key = {"name": "key", "type": "key", "key_spec_index": 0}
    assert replies.command_docs(reply) == {
        "x": {
            "since": "2.2.3",
            "arguments": [{"name": "condition", "type": "oneof", "arguments": [key]}],
            "subcommands": {"x|freq": {"summary": "...", "arguments": [key]}},
        }
    }


PLAIN = [b"x", 1, [], 0, 0, 0]


def deepen(innermost: Any, levels: int, around: Callable[[Any], Any]) -> Any:
    for _ in range(levels):
        innermost = around(innermost)
    return innermost


@pytest.mark.parametrize(
    ("convert", "innermost", "around"),
    [
        (replies.command_docs, [b"name", b"x"], lambda x: [b"arguments", [x]]),
        (replies.command_docs, [b"name", b"x"], lambda x: [b"subcommands", [b"x", x]]),
        (
            replies.command,
            [b"x", 1, [], 0, 0, 0],
            lambda x: [b"x", 1, [], 0, 0, 0, [], [], [], [x]],
        ),
        (replies.command, [b"a", b"b"], lambda x: [b"begin", x]),
    ],
)
def test_descriptions_may_be_as_deep_as_replies(
    convert: Callable[[Any], Any], innermost: Any, around: Callable[[Any], Any]
) -> None:
    deep = deepen(innermost, 250, around)
    if convert is replies.command_docs:
        reply = [b"x", deep]
    elif innermost[0] == b"a":
        reply = [[*PLAIN, [], [], [deepen(deep, 250, around)]]]
    else:
        reply = [deep]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        found = convert(reply)
    finally:
        sys.setrecursionlimit(limit)
    assert list(found) == ["x"]


def test_module_list() -> None:
    reply = [[b"name", b"m", b"ver", 20807, b"path", b"/m.so", b"args", [b"x"]]]
    found = replies.module_list(reply)
    assert found == [{"name": "m", "ver": 20807, "path": "/m.so", "args": ["x"]}]


def test_plain_words() -> None:
    assert replies.native(b"default") == replies.native("default") == "default"
    assert replies.native_or_none(None) is None
    assert replies.native_or_none(b"me") == "me"
    assert replies.natives([b"keyspace", b"\xff"]) == ["keyspace", "\ufffd"]
    assert replies.natives_with_none([b"sqc8b49rny0", None]) == ["sqc8b49rny0", None]


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("info", [b"a:1"]),
        ("config_get", [b"port"]),
        ("config_get", None),
        ("time", [b"1"]),
        ("lastsave", b"12"),
        ("memory_stats", [b"peak.allocated"]),
        ("slowlog_get", [[5, 1, 2]]),
        ("slowlog_get", [b"12345"]),
        ("latency_latest", [[b"command", b"x"]]),
        ("latency_history", [[1, 2, 3]]),
        ("debug_object", b"Value at 0x12"),
        ("client_list", b"nonsense\n"),
        ("client_info", b"id=x"),
        ("client_kill", None),
        ("command", [[b"get", 2]]),
        ("natives", b"abc"),
        ("native", 5),
        ("role", b"master"),
    ],
)
def test_a_reply_of_another_shape_is_refused(name: str, reply: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}: the server's reply has not the shape"):
        getattr(replies, name)(reply)
