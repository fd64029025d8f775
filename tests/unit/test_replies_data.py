"""Replies about keys, scripts and users, as Redis 7.0 writes them."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c._commands import replies

PALERMO = [b"13.36138933897018433", b"38.11555639549629859"]
CATANIA = [b"15.08726745843887329", b"37.50266842333162032"]


def test_geopos() -> None:
    assert replies.geopos([PALERMO, None]) == [(13.361389338970184, 38.1155563954963), None]
    assert replies.geopos([]) == []


def test_georadius() -> None:
    assert replies.georadius([b"Palermo", b"Catania"]) == [b"Palermo", b"Catania"]
    reply = [[b"P", b"190.4424", 3479099956230698, PALERMO], ["C", "56.4413", 34, CATANIA]]
    assert replies.georadius(reply, withdist=True, withcoord=True, withhash=True) == [
        [b"P", 190.4424, 3479099956230698, (13.361389338970184, 38.1155563954963)],
        ["C", 56.4413, 34, (15.087267458438873, 37.50266842333162)],
    ]
    assert replies.georadius([[b"P", 34]], withhash=True) == [[b"P", 34]]
    assert replies.georadius([]) == []
    assert replies.georadius(2) == 2


def test_sort() -> None:
    assert replies.sort([b"1", b"2", b"3", None]) == [b"1", b"2", b"3", None]
    assert replies.sort(["1", "2", "3", None], groups=2) == [("1", "2"), ("3", None)]
    assert replies.sort([], groups=2) == []
    assert replies.sort(3, groups=2) == 3


def test_lcs() -> None:
    assert replies.lcs(b"\xffmytext") == b"\xffmytext"
    assert replies.lcs(6) == 6
    places = [b"matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], b"len", 6]
    matches: list[Any] = [[(4, 7), (5, 8)], [(2, 3), (0, 1)]]
    assert replies.lcs(places, idx=True) == {"matches": matches, "len": 6}
    lengths = [b"matches", [[[4, 7], [5, 8], 4], [[2, 3], [0, 1], 2]], b"len", 6]
    matches = [[4, (4, 7), (5, 8)], [2, (2, 3), (0, 1)]]
    assert replies.lcs(lengths, idx=True, withmatchlen=True) == {"matches": matches, "len": 6}


STREAM = [b"length", 2, b"last-generated-id", b"2-0", b"groups", 1]


def test_xinfo_stream() -> None:
    entries = [b"first-entry", [b"1-0", [b"a", b"\xff"]], b"last-entry", [b"2-0", [b"b", b"2"]]]
    wanted = {"length": 2, "last-generated-id": b"2-0", "groups": 1}
    assert replies.xinfo_stream([*STREAM, *entries]) == {
        **wanted,
        "first-entry": (b"1-0", {b"a": b"\xff"}),
        "last-entry": (b"2-0", {b"b": b"2"}),
    }
    empty = [*STREAM, b"first-entry", None, b"last-entry", None]
    assert replies.xinfo_stream(empty) == {**wanted, "first-entry": None, "last-entry": None}


def test_xinfo_stream_full() -> None:
    consumer = ["name", "c1", "seen-time", 17, "pel-count", 1, "pending", [["1-0", 17, 1]]]
    group = [
        "name",
        "g",
        "pel-count",
        1,
        "pending",
        [["1-0", "c1", 17, 1]],
        "consumers",
        [consumer],
    ]
    reply = ["length", 1, "entries", [["1-0", ["a", "1"]], ["2-0", None]], "groups", [group]]
    assert replies.xinfo_stream(reply, full=True) == {
        "length": 1,
        "entries": {"1-0": {"a": "1"}, "2-0": {}},
        "groups": [
            {
                "name": "g",
                "pel-count": 1,
                "pending": [["1-0", "c1", 17, 1]],
                "consumers": [
                    {"name": "c1", "seen-time": 17, "pel-count": 1, "pending": [["1-0", 17, 1]]}
                ],
            }
        ],
    }


def test_xinfo_groups() -> None:
    reply = [[b"name", b"g", b"consumers", 1, b"lag", None]]
    assert replies.list_of_dicts(reply) == [{"name": b"g", "consumers": 1, "lag": None}]
    assert replies.list_of_dicts([]) == []


def test_xpending() -> None:
    assert replies.xpending([2, b"1-0", b"2-0", [[b"c1", b"2"]]]) == {
        "pending": 2,
        "min": b"1-0",
        "max": b"2-0",
        "consumers": [{"name": b"c1", "pending": 2}],
    }
    nothing: dict[str, Any] = {"pending": 0, "min": None, "max": None, "consumers": []}
    assert replies.xpending([0, None, None, None]) == nothing


def test_xpending_range() -> None:
    wanted = [
        {"message_id": "1-0", "consumer": "c1", "time_since_delivered": 28, "times_delivered": 0}
    ]
    assert replies.xpending_range([["1-0", "c1", 28, 0]]) == wanted
    by_execute_command: Any = replies.xpending([["1-0", "c1", 28, 0]])
    assert by_execute_command == wanted
    assert replies.xpending_range([]) == []


def test_scripts() -> None:
    assert replies.script_exists([1, 0]) == [True, False]
    function = [b"name", b"f", b"description", None, b"flags", [b"no-writes"]]
    library = [b"library_name", b"lib", b"engine", b"LUA", b"functions", [function]]
    assert replies.function_list([[*library, b"library_code", b"#!lua \xff"]]) == [
        {
            "library_name": b"lib",
            "engine": b"LUA",
            "functions": [{"name": b"f", "description": None, "flags": [b"no-writes"]}],
            "library_code": b"#!lua \xff",
        }
    ]
    assert replies.function_list([]) == []


def test_function_stats() -> None:
    engines = [b"LUA", [b"libraries_count", 1, b"functions_count", 2]]
    wanted = {"LUA": {"libraries_count": 1, "functions_count": 2}}
    assert replies.function_stats([b"running_script", None, b"engines", engines]) == {
        "running_script": None,
        "engines": wanted,
    }
    running = [b"name", b"f", b"command", [b"fcall", b"f", b"0"], b"duration_ms", 9]
    assert replies.function_stats([b"running_script", running, b"engines", engines]) == {
        "running_script": {"name": "f", "command": ["fcall", "f", "0"], "duration_ms": 9},
        "engines": wanted,
    }


def test_pubsub_numsub() -> None:
    assert replies.pubsub_numsub([b"\xff", 0, b"b", 2]) == [(b"\xff", 0), (b"b", 2)]
    assert replies.pubsub_numsub([]) == []


def test_acl_getuser() -> None:
    selector = [b"commands", b"-@all +set", b"keys", b"~x*", b"channels", b""]
    rules = [b"commands", b"-@all +@read +set", b"keys", b"~k* %R~z", b"channels", b"&c*"]
    reply = [b"flags", [b"on"], b"passwords", [b"148de9"], *rules, b"selectors", [selector]]
    assert replies.acl_getuser(reply) == {
        "flags": ["on"],
        "passwords": ["148de9"],
        "commands": ["+set"],
        "categories": ["-@all", "+@read"],
        "keys": [b"~k*", b"%R~z"],
        "channels": [b"&c*"],
        "selectors": [{"commands": "-@all +set", "keys": [b"~x*"], "channels": []}],
        "enabled": True,
    }
    assert replies.acl_getuser(None) is None


def test_acl_getuser_of_server_6() -> None:
    reply = ["flags", ["off"], "passwords", [], "commands", "-@all", "keys", ["~a", "~b"]]
    assert replies.acl_getuser(reply) == {
        "flags": ["off"],
        "passwords": [],
        "commands": [],
        "categories": ["-@all"],
        "keys": ["~a", "~b"],
        "enabled": False,
    }


def test_acl_log() -> None:
    client = b"id=5 addr=127.0.0.1:45140 name= cmd=set user=u"
    reply = [[b"count", 1, b"reason", b"key", b"age-seconds", b"0.002", b"client-info", client]]
    found = {"id": 5, "addr": "127.0.0.1:45140", "name": "", "cmd": "set", "user": "u"}
    assert replies.acl_log(reply) == [
        {"count": 1, "reason": "key", "age-seconds": 0.002, "client-info": found}
    ]
    assert replies.acl_log([]) == []
    assert replies.acl_log(b"OK") is True


@pytest.mark.parametrize(
    ("name", "reply", "options"),
    [
        ("geopos", [[b"1"]], {}),
        ("geopos", None, {}),
        ("georadius", [[b"P", b"x"]], {}),
        ("georadius", b"P", {}),
        ("sort", [b"1", b"2", b"3"], {"groups": 2}),
        ("lcs", [b"matches", [[[4, 7]]]], {}),
        ("lcs", [b"matches", [[[4], [5, 8]]], b"len", 6], {}),
        ("xinfo_stream", [b"first-entry", [b"1-0", [b"a"]]], {}),
        ("xinfo_stream", [b"entries", [], b"groups", [[b"name", b"g"]]], {}),
        ("list_of_dicts", [b"name"], {}),
        ("xpending", None, {}),
        ("xpending", [2, b"1-0"], {}),
        ("xpending_range", [[b"1-0", b"c1", 28]], {}),
        ("xpending_range", [[b"1-0", b"c1", 28, b"1"]], {}),
        ("script_exists", [b"1"], {}),
        ("function_list", [[b"library_name", b"l"]], {}),
        ("function_stats", [b"engines", []], {}),
        ("pubsub_numsub", [b"a"], {}),
        ("pubsub_numsub", [b"a", b"1"], {}),
        ("acl_getuser", [b"flags", [b"on"]], {}),
        ("acl_log", [[b"count", 1]], {}),
    ],
)
def test_a_reply_of_another_shape_is_refused(
    name: str, reply: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=f"{name}: the server's reply has not the shape"):
        getattr(replies, name)(reply, **options)
