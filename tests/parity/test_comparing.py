"""What the comparison of the two clients tells apart, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parity.cases import parse
from tests.parity.differences import MISSING_KEY, alike
from tests.parity.play import Writer, play


class Pairs(dict[Any, Any]):
    """A mapping that is not quite a dict."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (1, 1.0),
        (b"a", "a"),
        (["a"], ("a",)),
        ({"a"}, frozenset({"a"})),
        ({"a": 1}, Pairs(a=1)),
        ({"a": 1}, {b"a": 1}),
        (["a", "b"], ["b", "a"]),
        (None, "None"),
        (ValueError("a"), KeyError("a")),
        ([{"a": [True]}], [{"a": [1]}]),
    ],
)
def test_values_of_different_types_are_told_apart(one: object, other: object) -> None:
    assert Writer([]).write(one) != Writer([]).write(other)
    assert Writer([]).write(one) == Writer([]).write(one)


def test_the_order_of_a_mapping_and_of_a_set_is_no_part_of_them() -> None:
    write = Writer([]).write
    assert write({"a": 1, "b": 2}) == write({"b": 2, "a": 1})
    assert write({"a", "b", "c"}) == "set('a', 'b', 'c')"


def test_a_shape_is_types_and_keys() -> None:
    write = Writer(["shape"]).write
    assert (
        write({"a": [1, 2, "x"], "b": (1.5, None)}) == "{'a': [int, str], 'b': (float, NoneType)}"
    )
    assert write({"a": 1}) != write({"b": 1})


def test_elements_in_any_order() -> None:
    assert Writer(["unordered"]).write([2, 1]) == Writer(["unordered"]).write([1, 2])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1", "1"),
        ("raises DataError: Invalid.", "raises DataError: Invalid. (argument 'name' of get)"),
        ("raises ValueError: no port", "raises ValueError: no port: 'a'"),
        (
            MISSING_KEY,
            "raises RedisClusterException: ERROR: Calling pipelined function time is blocked when "
            "running redis in cluster mode...",
        ),
        (
            "raises TypeError: Redis.get() missing 1 required positional argument: 'name'",
            "raises TypeError: get() missing required argument: 'name'",
        ),
        (
            "raises ResponseError: Command # 1 (GET b'k') of pipeline caused error: no",
            "raises ResponseError: Command # 1 (GET k) of pipeline caused error: no",
        ),
    ],
)
def test_what_the_rules_allow(old: str, new: str) -> None:
    assert alike(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'a'", "'a' (b)"),
        ("raises DataError: Invalid.", "raises DataError: Invalid. Really."),
        ("raises DataError: Invalid.", "raises ResponseError: Invalid."),
        (MISSING_KEY, "5"),
        ("raises TypeError: odd", "raises TypeError: get() missing required argument: 'name'"),
        (
            "raises ResponseError: Command # 1 (GET k) of pipeline caused error: no",
            "raises ResponseError: Command # 1 (GET l) of pipeline caused error: no",
        ),
        (
            "raises ResponseError: Command # 1 (GET k) of pipeline caused error: no",
            "raises DataError: Command # 1 (GET k) of pipeline caused error: no",
        ),
    ],
)
def test_what_no_rule_allows(old: str, new: str) -> None:
    assert not alike(old, new)


class Client:
    """As much of a client as a case needs: it keeps one value."""

    def __init__(self) -> None:
        self.value: object = None
        self.queued: list[object] = []

    def flushall(self) -> None:
        self.value = None

    def pipeline(self) -> Client:
        return Client()

    def put(self, value: object) -> Client:
        self.queued.append(value)
        return self

    def get(self) -> object:
        return self.value

    def __setitem__(self, key: str, value: object) -> None:
        self.value = value

    def __len__(self) -> int:
        return len(self.queued)

    def execute(self) -> list[object]:
        return self.queued


def test_each_statement_has_an_outcome() -> None:
    program = "rc['k'] = 5; v = rc.get(); v + 1; v / 0"
    assert play(Client(), program, [], False, {}) == [
        "None",
        "5",
        "6",
        "raises ZeroDivisionError: division by zero",
    ]


def test_a_pipeline_is_executed_after_each_statement() -> None:
    program = "v = rc.put(5); v + 1; rc.put(1).put(2); rc.get()"
    assert play(Client(), program, [], True, {}) == ["5", "6", "[1, 2]", "None"]


@pytest.mark.parametrize(
    "line", ["get | rc.get('k')", "get: a value", "get: a value (never) | rc.get('k')"]
)
def test_a_line_that_is_no_case_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="calls.txt"):
        parse(line)
