"""Hashes, and the replies of their commands."""

from __future__ import annotations

import pytest

from rediscluster_c import RedisCluster
from tests.cluster.modes import MODES, Case, Factory, check, named

CASES: dict[str, Case] = {
    "hset and hget": [
        (lambda c: c.hget("h", "f"), None),
        (lambda c: c.hset("h", "f", "v"), 1),
        (lambda c: c.hset("h", "f", "w"), 0),
        (lambda c: c.hset("h", key="g", value=""), 1),
        (lambda c: c.hget("h", "f"), b"w"),
        (lambda c: c.hget("h", "g"), b""),
        (lambda c: c.hget("h", "missing"), None),
    ],
    "hset with a mapping": [
        (lambda c: c.hset("h", mapping={"age": 30, "city": "New York"}), 2),
        (lambda c: c.hset("h", "age", 31, mapping={b"x": 1.5}), 1),
        (lambda c: c.hset("h", "", "empty"), 1),
        (
            lambda c: c.hgetall("h"),
            {b"age": b"31", b"city": b"New York", b"x": b"1.5", b"": b"empty"},
        ),
    ],
    "hgetall": [
        (lambda c: c.hgetall("h"), {}),
        (lambda c: c.hset("h", mapping={"b": 1, "a": 2}), 2),
        (lambda c: c.hgetall("h"), {b"b": b"1", b"a": b"2"}),
    ],
    "hmget": [
        (lambda c: c.hmget("h", "f"), [None]),
        (lambda c: c.hset("h", mapping={"f": 1, "g": 2}), 2),
        (lambda c: c.hmget("h", ["g", "missing", "f", "g"]), [b"2", None, b"1", b"2"]),
        (lambda c: c.hmget("h", "g", "f"), [b"2", b"1"]),
        (lambda c: c.hmget("h", ["g"], "f"), [b"2", b"1"]),
        (lambda c: c.hmget("h", (name for name in "fg")), [b"1", b"2"]),
    ],
    "hdel": [
        (lambda c: c.hdel("h", "f"), 0),
        (lambda c: c.hset("h", mapping={"f": 1, "g": 2, "i": 3}), 3),
        (lambda c: c.hdel("h", "f", "g", "missing"), 2),
        (lambda c: c.hgetall("h"), {b"i": b"3"}),
    ],
    "hexists": [
        (lambda c: c.hexists("h", "f"), False),
        (lambda c: c.hset("h", "f", ""), 1),
        (lambda c: c.hexists("h", "f"), True),
    ],
    "hincrby": [
        (lambda c: c.hincrby("h", "f"), 1),
        (lambda c: c.hincrby("h", "f", 41), 42),
        (lambda c: c.hincrby("h", "f", amount=-43), -1),
    ],
    "hkeys, hvals and hlen": [
        (lambda c: c.hkeys("h"), []),
        (lambda c: c.hvals("h"), []),
        (lambda c: c.hlen("h"), 0),
        (lambda c: c.hset("h", mapping={"f": 1, "g": "x"}), 2),
        (lambda c: c.hkeys("h"), [b"f", b"g"]),
        (lambda c: c.hvals("h"), [b"1", b"x"]),
        (lambda c: c.hlen("h"), 2),
    ],
    "hset with items": [
        (lambda c: c.hset("h", items=["f", 1, "g", 2]), 2),
        (lambda c: c.hset("h", "i", 3, {"j": 4}, ("k", 5)), 3),
        (lambda c: c.hgetall("h"), {b"f": b"1", b"g": b"2", b"k": b"5", b"i": b"3", b"j": b"4"}),
    ],
    "hincrbyfloat": [
        (lambda c: c.hincrbyfloat("h", "f"), 1.0),
        (lambda c: c.hincrbyfloat("h", "f", 0.5), 1.5),
        (lambda c: c.hincrbyfloat("h", "f", amount=-2), -0.5),
    ],
    "hsetnx and hstrlen": [
        (lambda c: c.hstrlen("h", "f"), 0),
        (lambda c: c.hsetnx("h", "f", "abc"), 1),
        (lambda c: c.hsetnx("h", "f", "d"), 0),
        (lambda c: c.hstrlen("h", "f"), 3),
    ],
    "hrandfield": [
        (lambda c: c.hrandfield("h"), None),
        (lambda c: c.hrandfield("h", 2), []),
        (lambda c: c.hset("h", "f", 1), 1),
        (lambda c: c.hrandfield("h"), b"f"),
        (lambda c: c.hrandfield("h", 2), [b"f"]),
        (lambda c: c.hrandfield("h", count=-2), [b"f", b"f"]),
        (lambda c: c.hrandfield("h", -2, withvalues=True), [(b"f", b"1"), (b"f", b"1")]),
    ],
    "hscan": [
        (lambda c: c.hscan("h"), (0, {})),
        (lambda c: c.hset("h", mapping={"f": 1, "g": 2, "fg": 3}), 3),
        (lambda c: c.hscan("h"), (0, {b"f": b"1", b"g": b"2", b"fg": b"3"})),
        (lambda c: c.hscan("h", 0, "f*", 10), (0, {b"f": b"1", b"fg": b"3"})),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


def test_hmset_is_deprecated_and_works(rc: RedisCluster) -> None:
    class Mine(RedisCluster):
        pass

    with pytest.warns(DeprecationWarning, match=r"^RedisCluster.hmset\(\) .* RedisCluster.hset\("):
        assert rc.hmset("h", {"f": 1, "g": ""}) is True
    with pytest.warns(DeprecationWarning, match=r"^ClusterPipeline\.hmset\(\)") as caught:
        assert rc.pipeline().hmset("h", {"i": 2}).execute() == [True]
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=r"^Mine\.hmset\(\)"):
        Mine(connection_pool=rc.connection_pool).hmset("h", {"j": 3})
    assert rc.hgetall("h") == {b"f": b"1", b"g": b"", b"i": b"2", b"j": b"3"}
