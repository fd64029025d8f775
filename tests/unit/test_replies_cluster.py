"""Replies of CLUSTER and SENTINEL commands, as servers of several versions write them."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c._commands import replies

NODES = b"""\
07c3 127.0.0.1:30004@31004 slave e7d1 0 1426238317239 4 connected
e7d1 :30001@31001 myself,master - 0 0 1 disconnected 0-2 5 [7->-07c3] [8-<-07c3]
824f 2001:db8::1:30005 master,fail? - 1 2 5 connected
292f 10.0.0.1:30003@31003,node-3,,tls-port=0,shard-id=6a master - 0 3 7 connected 9
"""


def nodes() -> list[dict[str, Any]]:
    return [
        {
            "id": "07c3",
            "host": "127.0.0.1",
            "port": 30004,
            "cluster-bus-port": 31004,
            "flags": ("slave",),
            "master": "e7d1",
            "ping-sent": 0,
            "pong-recv": 1426238317239,
            "link-state": "connected",
            "slots": [],
            "migrations": [],
        },
        {
            "id": "e7d1",
            "host": "",
            "port": 30001,
            "cluster-bus-port": 31001,
            "flags": ("myself", "master"),
            "master": None,
            "ping-sent": 0,
            "pong-recv": 0,
            "link-state": "disconnected",
            "slots": (0, 1, 2, 5),
            "migrations": [
                {"slot": 7, "node_id": "07c3", "state": "migrating"},
                {"slot": 8, "node_id": "07c3", "state": "importing"},
            ],
        },
        {
            "id": "824f",
            "host": "2001:db8::1",
            "port": 30005,
            "cluster-bus-port": 40005,
            "flags": ("master", "fail?"),
            "master": None,
            "ping-sent": 1,
            "pong-recv": 2,
            "link-state": "connected",
            "slots": [],
            "migrations": [],
        },
        {
            "id": "292f",
            "host": "10.0.0.1",
            "port": 30003,
            "cluster-bus-port": 31003,
            "hostname": "node-3",
            "flags": ("master",),
            "master": None,
            "ping-sent": 0,
            "pong-recv": 3,
            "link-state": "connected",
            "slots": (9,),
            "migrations": [],
        },
    ]


def test_cluster_nodes() -> None:
    assert replies.cluster_nodes(NODES) == nodes()
    assert replies.cluster_nodes(NODES.decode()) == nodes()
    assert replies.cluster_nodes(b"") == []


def test_cluster_replicas_are_a_list_of_lines() -> None:
    assert replies.cluster_nodes(NODES.splitlines()) == nodes()
    assert replies.cluster_nodes([]) == []


def test_a_node_that_does_not_know_its_address() -> None:
    assert replies.cluster_nodes(NODES, current_host="h")[1]["host"] == "h"
    slots = [[0, 16383, [b"", 23001, b"d6b0", []]]]
    assert replies.cluster_slots(slots) == {(0, 16383): {"master": ("", 23001), "slaves": []}}
    assert replies.cluster_slots(slots, current_host="h")[0, 16383]["master"] == ("h", 23001)


def test_cluster_slots() -> None:
    master = [b"10.0.0.1", 7000, b"id", [b"hostname", b"a"]]
    assert replies.cluster_slots([[0, 5, master, [None, 7003, b"x"]], [7, 7, ["h", 7001]]]) == {
        (0, 5): {"master": ("10.0.0.1", 7000), "slaves": [("", 7003)]},
        (7, 7): {"master": ("h", 7001), "slaves": []},
    }
    assert replies.cluster_slots([]) == {}


def test_cluster_shards() -> None:
    node = [b"id", b"d6b0", b"port", 23001, b"ip", b"::1", b"health", b"online"]
    reply = [[b"slots", [0, 5, 7, 7], b"nodes", [node]], [b"slots", [], b"nodes", []]]
    assert replies.cluster_shards(reply) == [
        {
            "slots": [(0, 5), (7, 7)],
            "nodes": [{"id": "d6b0", "port": 23001, "ip": "::1", "health": "online"}],
        },
        {"slots": [], "nodes": []},
    ]


def test_cluster_links() -> None:
    reply = [
        [b"direction", b"to", b"node", b"8149", b"create-time", 1639442739375, b"events", b"rw"]
    ]
    assert replies.cluster_links(reply) == [
        {"direction": "to", "node": "8149", "create-time": 1639442739375, "events": "rw"}
    ]


STATE = [b"name", b"mymaster", b"ip", b"127.0.0.1", b"port", b"6379"]
STATE += [b"flags", b"s_down,master,disconnected", b"num-slaves", b"2", b"quorum", b"x"]


def test_sentinel() -> None:
    state = {
        "name": "mymaster",
        "ip": "127.0.0.1",
        "port": 6379,
        "flags": "s_down,master,disconnected",
        "num-slaves": 2,
        "quorum": "x",
        "is_master": True,
        "is_slave": False,
        "is_sdown": True,
        "is_odown": False,
        "is_sentinel": False,
        "is_disconnected": True,
        "is_master_down": False,
    }
    assert replies.sentinel_master(STATE) == state
    assert replies.sentinel_masters([STATE]) == {"mymaster": state}
    assert replies.sentinel_others([STATE, STATE]) == [state, state]
    assert replies.sentinel_get_master([b"h", b"1"]) == (b"h", 1)
    assert replies.sentinel_get_master(None) is None


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("cluster_nodes", b"07c3 127.0.0.1:30004@31004 slave e7d1 0 1 4"),
        ("cluster_nodes", b"07c3 127.0.0.1 slave e7d1 0 1 4 connected"),
        ("cluster_nodes", b"07c3 h:1@2 master - 0 1 4 connected 0-99999999999"),
        ("cluster_nodes", b"07c3 h:1@2 master - 0 1 4 connected 5-2"),
        ("cluster_nodes", None),
        ("cluster_slots", [[0, 5]]),
        ("cluster_slots", [[0, 5, [b"h", b"7000"]]]),
        ("cluster_slots", None),
        ("cluster_shards", [[b"slots", [0], b"nodes", []]]),
        ("cluster_shards", [[b"slots", []]]),
        ("sentinel_master", [b"name", b"x"]),
        ("sentinel_get_master", [b"h"]),
    ],
)
def test_a_reply_of_another_shape_is_refused(name: str, reply: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}: the server's reply has not the shape"):
        getattr(replies, name)(reply)
