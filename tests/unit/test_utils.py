"""The helpers of redis-py-cluster: dicts, merging, and replies parsed."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import utils
from rediscluster_c.crc import crc16, keyslot, x_mode_m_crc16_lookup
from rediscluster_c.exceptions import ClusterDownError, RedisClusterException


@pytest.mark.parametrize(
    ("given", "expected"),
    [(b"text", "text"), ("text", "text"), (b"gr\xc3\xbcn", "grün"), (b"\xff", "\ufffd"), (5, 5)],
)
def test_nativestr(given: object, expected: object) -> None:
    assert utils.nativestr(given) == expected


@pytest.mark.parametrize(("reply", "expected"), [(b"OK", True), ("OK", True), (b"no", False)])
def test_bool_ok_takes_further_arguments(reply: Any, expected: bool) -> None:
    assert utils.bool_ok(reply, 1, more=2) is expected


def test_dicts_of_callbacks() -> None:
    first = utils.string_keys_to_dict(["A", "B"], 1)
    assert first == {"A": 1, "B": 1}
    assert utils.dict_merge(first, {"B": 2}, {}) == {"A": 1, "B": 2}
    assert first == {"A": 1, "B": 1}
    assert utils.dict_merge() == {}
    with pytest.raises(ValueError, match="^Value should be of dict type$"):
        utils.dict_merge({}, [])  # type: ignore[arg-type]


def test_a_case_insensitive_dict() -> None:
    found = utils.CaseInsensitiveDict({"get": 1})
    found["Set"] = 2
    found.update({"incr": 3})
    assert found == {"GET": 1, "SET": 2, "INCR": 3}
    assert (found["gEt"], found.get("set"), found.get("no"), found.get("no", 4)) == (1, 2, None, 4)
    assert "Incr" in found
    other: Any = 5
    assert other not in found
    del found["get"]
    assert "GET" not in found


def test_a_blocked_command() -> None:
    with pytest.raises(RedisClusterException, match="^Command: MOVE is blocked in redis cluster"):
        utils.blocked_command(None, "MOVE")


class Down:
    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def call(self, *, reply: str) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise ClusterDownError("down")
        return reply


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_wrapped_function_has_three_tries(failures: int) -> None:
    down = Down(failures)
    assert utils.clusterdown_wrapper(down.call)(reply="up") == "up"
    assert down.calls == failures + 1


def test_a_wrapped_function_gives_up() -> None:
    down = Down(3)
    with pytest.raises(ClusterDownError, match="Unable to rebuild the cluster") as caught:
        utils.clusterdown_wrapper(down.call)(reply="up")
    assert down.calls == 3
    assert str(caught.value.__cause__) == "down"


def test_results_of_nodes_are_merged() -> None:
    assert sorted(utils.merge_result("KEYS", {"a": [1, 2], "b": [2, 3]})) == [1, 2, 3]
    assert utils.first_key("GET", {"a": 5}) == 5
    wrong: Any = [1]
    for function in (utils.merge_result, utils.first_key):
        with pytest.raises(ValueError, match="^Value should be of dict type$"):
            function("KEYS", wrong)
    for res in ({}, {"a": 1, "b": 2}):
        with pytest.raises(RedisClusterException, match="^More then 1 result from command: GET$"):
            utils.first_key("GET", res)


def test_replies_of_pubsub() -> None:
    channels: dict[str, Any] = {"a": [b"x"], "b": [b"x", b"y"]}
    assert sorted(utils.parse_pubsub_channels("PUBSUB CHANNELS", channels)) == [b"x", b"y"]
    assert utils.parse_pubsub_channels("", channels, aggregate=False) is channels
    assert utils.parse_pubsub_numpat("PUBSUB NUMPAT", {"a": 1, "b": 2}) == 3
    assert utils.parse_pubsub_numpat("", {"a": 1}, aggregate=False) == {"a": 1}
    counts: dict[str, Any] = {"a": [(b"x", 1), (b"y", 0)], "b": [(b"x", 2), (b"y", 0)]}
    assert utils.parse_pubsub_numsub("PUBSUB NUMSUB", counts) == [(b"x", 3), (b"y", 0)]
    assert utils.parse_pubsub_numsub("", counts, aggregate=False) is counts


def test_replies_of_cluster() -> None:
    slots = [[0, 5, [b"", 7000, b"id"], [b"h", 7001, b"id"]]]
    assert utils.parse_cluster_slots(slots, current_host="here") == {
        (0, 5): {"master": ("here", 7000), "slaves": [("h", 7001)]}
    }
    line = b"%s :7000@17000 myself,master - 0 0 1 connected 0-2 5 [7->-%s]" % (b"a" * 40, b"b" * 40)
    (node,) = utils.parse_cluster_nodes(line + b"\n", current_host="here")
    assert node["host"] == "here"
    assert node["slots"] == (0, 1, 2, 5)
    assert node["migrations"] == [{"slot": 7, "node_id": "b" * 40, "state": "migrating"}]


def test_nslookup_keeps_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "gethostbyaddr", lambda ip: (f"name-of-{ip}", [], [ip]))
    assert utils.nslookup("10.0.0.1") == "name-of-10.0.0.1"
    assert utils.nslookup("10.0.0.1:7000") == "name-of-10.0.0.1:7000"


def test_crc16() -> None:
    assert crc16(b"123456789") == 0x31C3
    assert crc16(b"key") % 16384 == keyslot("key")
    assert x_mode_m_crc16_lookup[:3] == [0x0000, 0x1021, 0x2042]
    assert len(x_mode_m_crc16_lookup) == 256
