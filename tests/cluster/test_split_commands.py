"""mget, mset, delete and exists over keys of many slots, in the caller's order."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rediscluster_c import DataError, RedisError, ResponseError

MANY = 20_000  # more than there are slots


def test_keys_of_all_slots_keep_their_order(rc: Any) -> None:
    keys = [f"key:{number}" for number in range(1000)]
    random.Random(1).shuffle(keys)
    assert rc.mset({key: f"value of {key}" for key in keys}) is True
    assert rc.mget(keys) == [f"value of {key}".encode() for key in keys]
    assert rc.exists(*keys) == 1000
    assert rc.delete(*keys[:400]) == 400
    assert rc.exists(*keys) == 600
    assert rc.mget(keys) == [None] * 400 + [f"value of {key}".encode() for key in keys[400:]]


def test_more_keys_than_slots(rc: Any) -> None:
    keys = [f"key:{number}" for number in range(MANY)]
    assert rc.mset(dict(zip(keys, range(MANY)))) is True
    assert rc.mget(keys) == [b"%d" % number for number in range(MANY)]
    assert rc.exists(*keys) == MANY
    assert rc.delete(*keys) == MANY
    assert rc.mget(keys) == [None] * MANY


def test_a_key_may_come_more_than_once(rc: Any) -> None:
    rc.mset({"a": 1, "b": 2})
    assert rc.mget("a", "b", "a", "missing", "a") == [b"1", b"2", b"1", None, b"1"]
    assert rc.exists("a", "a", "b", "missing", "a") == 4
    assert rc.delete("a", "b", "a", "missing") == 2


def test_a_key_given_in_two_types_is_one_key(rc: Any) -> None:
    assert rc.mset({"7": "text", 7: "number"}) is True
    assert rc.get("7") == b"number"
    assert rc.mget(7, "7", b"7", memoryview(b"7")) == [b"number"] * 4


def test_no_keys_at_all(rc: Any) -> None:
    assert rc.mget([]) == []
    assert rc.mget([], *[]) == []
    assert rc.delete() == 0
    assert rc.exists() == 0


def test_keys_of_one_slot_stay_together(rc: Any) -> None:
    rc.mset({f"{{tag}}{number}": number for number in range(20)})
    assert rc.mget([f"{{tag}}{number}" for number in range(20)]) == [b"%d" % n for n in range(20)]
    assert rc.delete(*[f"{{tag}}{number}" for number in range(25)]) == 20


@pytest.mark.parametrize("make", [list, tuple, set, iter, dict.fromkeys])
def test_keys_come_from_any_iterable(rc: Any, make: Any) -> None:
    rc.mset(a=1, b=2)
    assert sorted(rc.mget(make(["a", "b"]))) == [b"1", b"2"]


def test_values_of_another_type_are_none(rc: Any) -> None:
    rc.mset(a=1)
    rc.rpush("l", 1)
    assert rc.mget("a", "l") == [b"1", None]


def test_only_a_mapping_can_be_set(rc: Any) -> None:
    for args in ([1, 2],), ("a",), ({"a": 1}, {"b": 2}), (None,):
        for name in ("mset", "msetnx"):
            message = rf"^{name.upper()} requires \*\*kwargs or a single dict arg$"
            with pytest.raises(RedisError, match=message):
                getattr(rc, name)(*args)
    assert rc.keys() == []


@pytest.mark.parametrize("bad", [None, True, [1], {"a": 1}, object()])
def test_a_wrong_value_keeps_all_others_from_being_sent(rc: Any, bad: Any) -> None:
    keys: dict[Any, Any] = {f"key:{number}": number for number in range(50)}
    for mapping in ({**keys, "last": bad}, {"first": bad, **keys}):
        with pytest.raises(DataError, match="argument '.*' of mset"):
            rc.mset(mapping)
    with pytest.raises(DataError, match="argument '.*' of mset"):
        rc.mset(keys, last=bad)
    assert rc.keys() == []


@pytest.mark.parametrize("bad", [None, True, [1], {"a": 1}, object()])
def test_a_wrong_key_keeps_all_others_from_being_sent(rc: Any, bad: Any) -> None:
    rc.mset(a=1, b=2)
    with pytest.raises(DataError, match="of delete"):
        rc.delete("a", "b", bad)
    with pytest.raises(DataError, match="of exists"):
        rc.exists("a", bad)
    with pytest.raises(DataError, match="of mget"):
        rc.mget(["a", bad])
    if bad is None or bad is True:
        with pytest.raises(DataError, match="argument '.*' of mset"):
            rc.mset({"c": 1, bad: 2})
    assert sorted(rc.keys()) == [b"a", b"b"]


def test_in_a_pipeline_a_command_of_several_keys_is_for_one_slot(rc: Any) -> None:
    pipe = rc.pipeline()
    pipe.execute_command("MSET", "{a}1", 1, "{a}2", 2)
    pipe.execute_command("MGET", "{a}1", "{a}2")
    pipe.exists("{a}1", "{a}2", "{a}3")
    assert pipe.execute() == [True, [b"1", b"2"], 2]
    pipe.exists("a", "b", "c")
    with pytest.raises(ResponseError, match="CROSSSLOT|same slot"):
        pipe.execute()
