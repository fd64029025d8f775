"""Pipelines for many slots: commands are divided, and put together again, in one round."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c.exceptions import DataError, RedisClusterException, ResponseError
from tests.cluster.modes import Factory, empty

KEYS = [f"key:{number}" for number in range(50)]


@pytest.fixture
def pipe(rc: Any) -> Any:
    return rc.pipeline(cross_slot=True)


def test_keys_of_many_slots(rc: Any, pipe: Any) -> None:
    pipe.mset(dict.fromkeys(KEYS, "v")).mget(KEYS).exists(*KEYS, "none").set("last", 1)
    pipe.delete(*KEYS[:10], "none").mget(KEYS[9:11], "last")
    assert len(pipe) == 6
    assert pipe.execute() == [True, [b"v"] * 50, 50, True, 10, [None, b"v", b"1"]]
    assert len(pipe) == 0


def test_keys_out_of_an_iterator(rc: Any, pipe: Any) -> None:
    rc.mset({"a": 1, "b": 2})
    assert pipe.mget(iter(["a", "b"])).mget(key for key in "ba").execute() == [
        [b"1", b"2"],
        [b"2", b"1"],
    ]


def test_keys_of_one_slot_are_one_command(pipe: Any) -> None:
    pipe.mset({"{k}a": 1, "{k}b": 2}).mget("{k}a", "{k}b").delete("{k}a").exists("{k}b")
    assert pipe.execute() == [True, [b"1", b"2"], 1, 1]


def test_commands_for_many_nodes(rc: Any, pipe: Any) -> None:
    pipe.set("k", 1).dbsize().ping().keys().flushall().get("k")
    results = pipe.execute()
    assert results[0] is True
    assert set(results[1]) == set(rc.dbsize())
    assert results[2] == dict.fromkeys(results[1], True)
    assert results[3] == [b"k"]
    assert set(results[4].values()) == {True}
    assert results[5] is None


def test_order_holds(pipe: Any) -> None:
    for number in range(100):
        pipe.mset(dict.fromkeys(KEYS[:5], number)).mget(KEYS[:5])
    results = pipe.execute()
    assert results[1::2] == [[b"%d" % number] * 5 for number in range(100)]


def test_an_error_stands_in_its_place(rc: Any, pipe: Any) -> None:
    rc.rpush(KEYS[0], "x")
    pipe.set("a", 1).execute_command("SET", "b").get("a")
    found = pipe.execute(raise_on_error=False)
    assert (found[0], found[2]) == (True, b"1")
    assert isinstance(found[1], ResponseError)
    pipe.mget(KEYS).get(KEYS[0]).get("a")
    with pytest.raises(ResponseError, match=r"^Command # 2 \(GET key:0\) of pipeline"):
        pipe.execute()


def test_callbacks_see_whole_replies(rc: Any) -> None:
    rc.set_result_callback("DBSIZE", lambda command, sizes: sum(sizes.values()))
    rc.set("k", 1)
    pipe = rc.pipeline(cross_slot=True)
    (size,) = pipe.dbsize().execute()
    assert size >= 1


def test_wrong_arguments_leave_it_as_it_was(pipe: Any) -> None:
    pipe.set("k", 1)
    wrong: Any
    for wrong in (
        lambda: pipe.mget(*KEYS, None),
        lambda: pipe.mset({"a": 1, "b": object(), "c": 2}),
        lambda: pipe.delete("a", "b", True),
        lambda: pipe.keys(None),
    ):
        with pytest.raises(DataError):
            wrong()
        assert len(pipe) == 1
    empty: Any
    for empty in (lambda: pipe.mget([]), lambda: pipe.delete()):
        with pytest.raises((DataError, RedisClusterException)):
            empty()
    assert pipe.execute() == [True]


def test_decoded(make_client: Factory) -> None:
    rc = make_client(decode_responses=True)
    empty(rc)
    pipe = rc.pipeline(cross_slot=True)
    assert pipe.mset({"a": "ä", "b": 1}).mget("b", "a").keys().execute()[1] == ["1", "ä"]


def test_many_of_them(pipe: Any) -> None:
    for _ in range(2000):
        pipe.mget("a", "b")
    assert pipe.execute() == [[None, None]] * 2000


def test_reset_forgets_them(pipe: Any) -> None:
    pipe.mget("a", "b").dbsize()
    pipe.reset()
    assert len(pipe) == 0
    assert pipe.execute() == []
