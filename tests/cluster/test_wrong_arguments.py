"""None, bool, containers and objects as arguments: DataError at the call, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rediscluster_c import DataError, RedisClusterException, _core
from tests.cluster.calls import PARAMETERS, call, name_of
from tests.cluster.modes import Call

BAD: list[Any] = [None, True, False, [1], (1,), {"a": 1}, {1}, object(), bytearray(b"b"), 1j]
PLACES = [
    (method, word)
    for method, words in PARAMETERS.items()
    for word in words.split()
    if word[0] != ">"  # what may name a node is another question
]
REFUSED = [row["method"] for row in _core.commands() if row["refused"]]


def replacements(word: str) -> list[Any]:
    """Bad values for this parameter, as `call` takes them."""
    if word.startswith("*"):
        return [[bad] for bad in BAD] + [["good", bad] for bad in BAD]
    if word.endswith("]"):
        return [bad for bad in BAD if not hasattr(bad, "__iter__")] + [["good", bad] for bad in BAD]
    if word.endswith("+"):
        alone = [[bad] for bad in BAD if not hasattr(bad, "__iter__")]
        return alone + [[["good", bad]] for bad in BAD] + [["good", bad] for bad in BAD]
    if word.endswith("[]"):
        alone = [bad for bad in BAD if not hasattr(bad, "__iter__")]
        return alone + [["good", bad] for bad in BAD]
    return [bad for bad in BAD if not (word.startswith("?") and bad is None)]


# This test's own commands, and what a command that the table lacks is looked up with, which counts
# as COMMAND on servers before 7.0.
LOOKING = {"cmdstat_info", "cmdstat_ping", "cmdstat_command|info", "cmdstat_command"}


def counted(rc: Any) -> dict[str, int]:
    """How often each node was asked to run each command of the table, refusals included."""
    ours = {f"cmdstat_{row['wire'].lower().replace(' ', '|')}" for row in _core.commands()}
    counts: dict[str, int] = {}
    for node, fields in rc.info("commandstats").items():
        for name in ours & set(fields) - LOOKING:
            stat = fields[name]
            counts[f"{node} {name}"] = stat["calls"] + stat.get("rejected_calls", 0)
    return counts


@pytest.fixture
def nothing_sent(rc: Any) -> Iterator[None]:
    """Nothing that the test does may reach a server."""
    before = counted(rc)
    yield
    assert counted(rc) == before


def test_the_whole_table_is_tested() -> None:
    assert set(PARAMETERS) == {row["method"] for row in _core.commands()}


@pytest.mark.parametrize(("method", "word"), PLACES)
def test_on_the_client(rc: Any, nothing_sent: None, method: str, word: str) -> None:
    name = name_of(word)
    for bad in replacements(word):
        named = rf"'({name}|args)' of {method}\b|'hset' with no key value pairs"
        with pytest.raises(DataError, match=named):
            call(rc, method, **{name: bad})


@pytest.mark.parametrize(("method", "word"), [place for place in PLACES if place[0] not in REFUSED])
def test_on_a_pipeline(rc: Any, method: str, word: str) -> None:
    name = name_of(word)
    pipe = rc.pipeline().set("first", "é").incr("second")
    for bad in replacements(word):
        with pytest.raises((DataError, RedisClusterException)) as caught:
            call(pipe, method, **{name: bad})
        # More than one key is refused before anybody looks at them.
        assert isinstance(caught.value, DataError) or method == "delete"
        assert len(pipe) == 2
    assert pipe.get("first").execute() == [True, 1, "é".encode()]


MAPPINGS: list[tuple[str, Any]] = [
    ("hset", lambda c, bad: c.hset("h", mapping={"f": bad})),
    ("hset", lambda c, bad: c.hset("h", mapping={"f": 1, "g": bad, "h": 3})),
    ("zadd", lambda c, bad: c.zadd("z", {"m": bad})),
    ("mset", lambda c, bad: c.mset({"k": bad})),
    ("mset", lambda c, bad: c.mset({"j": 1, "k": bad})),
    ("mset", lambda c, bad: c.mset(j=1, k=bad)),
]
KEYS: list[tuple[str, Any]] = [
    ("hset", lambda c, bad: c.hset("h", mapping={"f": 1, bad: 2})),
    ("zadd", lambda c, bad: c.zadd("z", {bad: 1})),
    ("mset", lambda c, bad: c.mset({"k": 1, bad: 2})),
]
WITHIN = [(method, put, bad) for method, put in MAPPINGS for bad in BAD] + [
    (method, put, bad)
    for method, put in KEYS
    for bad in BAD
    if not isinstance(bad, (list, dict, set, bytearray))
]


@pytest.mark.parametrize(("method", "put", "bad"), WITHIN)
def test_within_a_mapping(rc: Any, nothing_sent: None, method: str, put: Any, bad: Any) -> None:
    pipe = rc.pipeline()
    for target in [rc] if method in REFUSED else [rc, pipe]:
        with pytest.raises(DataError, match=rf"argument '\w+' of {method}\b"):
            put(target, bad)
    assert len(pipe) == 0


@pytest.mark.parametrize("bad", [5, "text", b"bytes", [1], [("a", 1)], object(), 1.5])
def test_in_place_of_a_mapping(rc: Any, nothing_sent: None, bad: Any) -> None:
    pipe = rc.pipeline()
    for target in (rc, pipe):
        with pytest.raises(DataError, match="mapping"):
            target.hset("h", mapping=bad)
        with pytest.raises(DataError, match="mapping|at least one"):
            target.zadd("z", bad)
    assert len(pipe) == 0


class Items:
    """A mapping to those who do not look closely."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __len__(self) -> int:
        return 1

    def keys(self) -> list[str]:
        return ["key"]

    def __getitem__(self, key: str) -> str:
        return "value"

    def items(self) -> Any:
        if isinstance(self._items, Exception):
            raise self._items
        return self._items


@pytest.mark.parametrize(
    "items",
    [
        5,
        None,
        [5],
        [None],
        ["abc"],
        [()],
        [("a",)],
        [("a", 1, "c")],
        [["a"]],
        LookupError("no items"),
    ],
)
def test_a_mapping_whose_items_are_no_pairs(rc: Any, nothing_sent: None, items: Any) -> None:
    mapping = Items(items)
    puts: list[Call] = [lambda c: c.hset("h", mapping=mapping), lambda c: c.zadd("z", mapping)]
    pipe = rc.pipeline()
    for put in puts:
        for target in (rc, pipe):
            with pytest.raises((DataError, LookupError, TypeError)):
                put(target)
    assert len(pipe) == 0


def test_a_mapping_of_ones_own_is_welcome(rc: Any) -> None:
    own = Items([("field", "value"), (b"n", 1)])
    assert rc.hset("h", mapping=own) == 2
    assert rc.hgetall("h") == {b"field": b"value", b"n": b"1"}
    assert rc.zadd("z", Items([("member", 2)])) == 1
    assert rc.zscore("z", "member") == 2.0


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("args", [("GET",), ("SET", "k"), ("NOSUCH", "k"), ("nosuch",)])
def test_of_execute_command(rc: Any, nothing_sent: None, args: tuple[str, ...], bad: Any) -> None:
    pipe = rc.pipeline()
    for target in (rc, pipe):
        with pytest.raises(DataError, match="Invalid input of type"):
            target.execute_command(*args, bad)
    assert len(pipe) == 0


@pytest.mark.parametrize("bad", [None, 5, ["GET"], object()])
def test_as_a_commands_name(rc: Any, nothing_sent: None, bad: Any) -> None:
    for target in (rc, rc.pipeline()):
        with pytest.raises(DataError, match="name"):
            target.execute_command(bad, "k")


class Refusing:
    """An object that fails wherever it is asked for something."""

    def __iter__(self) -> Iterator[str]:
        raise LookupError("not iterable today")

    def __bool__(self) -> bool:
        raise LookupError("neither true nor false")

    def total_seconds(self) -> float:
        raise LookupError("no time")


REFUSING: list[Call] = [
    lambda c: c.hmget("h", Refusing()),
    lambda c: c.set("k", 1, nx=Refusing()),
    lambda c: c.set("k", 1, ex=Refusing()),
    lambda c: c.expire("k", Refusing()),
    lambda c: c.zadd("z", {"m": 1}, xx=Refusing()),
    lambda c: c.zrange("z", 0, -1, desc=Refusing()),
    lambda c: c.zrange("z", 0, -1, withscores=Refusing()),
    lambda c: c.hset("h", mapping=Refusing()),
]


@pytest.mark.parametrize("put", REFUSING)
def test_an_arguments_own_error_goes_up(rc: Any, nothing_sent: None, put: Call) -> None:
    pipe = rc.pipeline().get("k")
    for target in (rc, pipe):
        with pytest.raises((LookupError, DataError)):
            put(target)
    assert len(pipe) == 1


def test_a_generator_that_fails_midway(rc: Any, nothing_sent: None) -> None:
    def names() -> Iterator[str]:
        yield "good"
        raise LookupError("no more")

    pipe = rc.pipeline()
    with pytest.raises(LookupError):
        rc.mget(names())
    for target in (rc, pipe):
        with pytest.raises(LookupError):
            target.hmget("h", names())
    assert len(pipe) == 0
