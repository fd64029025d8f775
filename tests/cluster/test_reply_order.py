"""Random pipelines against a model of a few lines: each reply belongs to its command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediscluster_c import RedisCluster, ResponseError

Model = dict[str, Any]
Command = tuple[str, str, tuple[Any, ...]]

# Strings and lists apart: a key of the one kind in a command of the other is WRONGTYPE.
STRINGS = [f"string:{number}" for number in range(12)]
LISTS = [f"list:{number}" for number in range(12)]
values = st.binary(max_size=8) | st.integers(-100, 100).map(lambda number: b"%d" % number)
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def _set(model: Model, key: str, value: bytes) -> Any:
    model[key] = value
    return True


def _append(model: Model, key: str, value: bytes) -> Any:
    if isinstance(model.get(key), list):
        return WRONG_TYPE
    model[key] = model.get(key, b"") + value
    return len(model[key])


def _get(model: Model, key: str) -> Any:
    return WRONG_TYPE if isinstance(model.get(key), list) else model.get(key)


def _incr(model: Model, key: str, amount: int) -> Any:
    old = model.get(key, b"0")
    if isinstance(old, list):
        return WRONG_TYPE
    try:
        if old != b"%d" % int(old):
            raise ValueError
    except ValueError:
        return "value is not an integer or out of range"
    model[key] = b"%d" % (int(old) + amount)
    return int(model[key])


def _delete(model: Model, key: str) -> Any:
    return int(model.pop(key, None) is not None)


def _rpush(model: Model, key: str, *pushed: bytes) -> Any:
    if isinstance(model.get(key), bytes):
        return WRONG_TYPE
    model.setdefault(key, []).extend(pushed)
    return len(model[key])


def _lpop(model: Model, key: str) -> Any:
    if isinstance(model.get(key), bytes):
        return WRONG_TYPE
    if key not in model:
        return None
    first = model[key].pop(0)
    if not model[key]:
        del model[key]
    return first


def _lrange(model: Model, key: str, start: int, end: int) -> Any:
    if isinstance(model.get(key), bytes):
        return WRONG_TYPE
    assert (start, end) == (0, -1)
    return list(model.get(key, []))


MODEL: dict[str, Callable[..., Any]] = {
    "append": _append,
    "delete": _delete,
    "get": _get,
    "incr": _incr,
    "lpop": _lpop,
    "lrange": _lrange,
    "rpush": _rpush,
    "set": _set,
}

keys = st.sampled_from(STRINGS) | st.sampled_from(LISTS)
commands = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(STRINGS), st.tuples(values)),
    st.tuples(st.just("append"), keys, st.tuples(values)),
    st.tuples(st.just("incr"), keys, st.tuples(st.integers(-1000, 1000))),
    st.tuples(st.just("rpush"), keys, st.lists(values, min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just("lrange"), keys, st.just((0, -1))),
    st.tuples(st.sampled_from(["get", "lpop", "delete"]), keys, st.just(())),
)


@pytest.fixture(scope="module")
def rc(cluster: Any) -> Iterator[RedisCluster]:
    with RedisCluster(
        startup_nodes=cluster.startup_nodes, **getattr(cluster, "options", {})
    ) as client:
        yield client


def comparable(replies: list[Any]) -> list[Any]:
    return [str(reply) if isinstance(reply, ResponseError) else reply for reply in replies]


@settings(max_examples=100)
@given(batches=st.lists(st.lists(commands, max_size=60), max_size=4))
def test_each_reply_belongs_to_its_command(rc: Any, batches: list[list[Command]]) -> None:
    rc.delete(*STRINGS, *LISTS)
    model: Model = {}
    pipe = rc.pipeline()
    for batch in batches:
        for method, key, args in batch:
            getattr(pipe, method)(key, *args)
        wanted = [MODEL[method](model, key, *args) for method, key, args in batch]
        assert comparable(pipe.execute(raise_on_error=False)) == wanted


@settings(max_examples=40)
@given(batch=st.lists(commands, max_size=25))
def test_one_by_one_it_is_the_same(rc: Any, batch: list[Command]) -> None:
    rc.delete(*STRINGS, *LISTS)
    model: Model = {}
    for method, key, args in batch:
        try:
            found = getattr(rc, method)(key, *args)
        except ResponseError as error:
            found = str(error)
        assert found == MODEL[method](model, key, *args)


@settings(max_examples=60)
@given(
    written=st.dictionaries(st.sampled_from(STRINGS), values),
    read=st.lists(st.sampled_from(STRINGS), max_size=40),
)
def test_split_commands_too(rc: Any, written: dict[str, bytes], read: list[str]) -> None:
    rc.delete(*STRINGS)
    rc.mset(dict(written))
    assert rc.mget(read) == [written.get(key) for key in read]
    assert rc.exists(*read) == sum(key in written for key in read)
    assert rc.delete(*read) == len(set(read) & set(written))
