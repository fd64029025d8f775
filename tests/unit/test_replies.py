"""What all conversions in Python have in common, and how replies of several nodes become one."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediscluster_c._commands import replies
from rediscluster_c._commands.replies import merges
from tests.support.programs import output

NAMES = replies.__all__
USERS = {
    "acl_getuser",
    "function_list",
    "georadius",
    "lcs",
    "list_of_dicts",
    "pubsub_numsub",
    "sentinel_get_master",
    "slowlog_get",
    "sort",
    "vgetattr",
    "vlinks",
    "vsim",
    "xinfo_stream",
    "xpending",
    "xpending_range",
}


def test_it_is_known_whose_texts_a_reply_has() -> None:
    found = {name for name in NAMES if not getattr(replies, name).server_text}
    assert found == USERS


@pytest.mark.parametrize("name", NAMES)
def test_a_conversion_takes_the_reply_and_keywords(name: str) -> None:
    function = getattr(replies, name)
    reply, *options = inspect.signature(function).parameters.values()
    assert reply.name == "reply"
    assert {option.kind for option in options} <= {reply.KEYWORD_ONLY, reply.VAR_KEYWORD}
    assert isinstance(function.__annotations__["return"], str)  # make_stub.py wants it as text


WORDS = [b"", b"0", b"id=1", b"a:1", b"name", b"slots", b"groups", b"\xff", "name", "0-1"]
REPLIES = st.recursive(
    st.none() | st.integers(-9, 9) | st.sampled_from(WORDS),
    lambda reply: st.lists(reply, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(NAMES), REPLIES)
def test_any_reply_is_converted_or_refused(name: str, reply: Any) -> None:
    try:
        getattr(replies, name)(reply)
    except ValueError as error:
        assert str(error).startswith(f"{name}: the server's reply has not the shape")


def test_a_long_reply_is_not_shown_whole() -> None:
    with pytest.raises(ValueError) as caught:
        replies.config_get([b"x" * 10000])
    assert len(str(caught.value)) < 400
    assert caught.value.__cause__ is not None


# ---- merging ----


def test_merges_are_there_as_soon_as_the_package_is() -> None:
    """The core looks for them when it is loaded, before anything has imported them."""
    code = "from rediscluster_c._commands import replies; print(replies.merges.union.__name__)"
    assert output(code) == "union\n"


def test_a_union_has_each_element_once() -> None:
    assert merges.union("KEYS", {"a": [b"x", b"y"], "b": [b"y", b"z"]}) == [b"x", b"y", b"z"]
    assert merges.union("KEYS", {}) == []


def test_script_exists_on_all_nodes() -> None:
    by_node = {"a": [True, True, False], "b": [True, False, False]}
    assert merges.all_in_place("SCRIPT EXISTS", by_node) == [True, False, False]
    with pytest.raises(ValueError, match="SCRIPT EXISTS: .* different lengths"):
        merges.all_in_place("SCRIPT EXISTS", {"a": [True], "b": []})


def test_one_for_all() -> None:
    assert merges.any_one("SCRIPT LOAD", {"a": "sha", "b": "sha"}) == "sha"
    with pytest.raises(ValueError, match="SCRIPT LOAD: no node"):
        merges.any_one("SCRIPT LOAD", {})
    assert merges.all_true("SCRIPT FLUSH", {"a": True, "b": True}) is True
    assert merges.all_true("SCRIPT FLUSH", {"a": True, "b": False}) is False
    assert merges.any_true("CLIENT UNBLOCK", {"a": False, "b": True}) is True
    assert merges.any_true("CLIENT UNBLOCK", {"a": False, "b": False}) is False
    assert merges.least("WAIT", {"a": 2, "b": 1, "c": 3}) == 1
    assert merges.least("WAITAOF", {"a": [0, 2], "b": [1, 1]}) == [0, 1]


def test_the_first_that_is_found() -> None:
    found = {merges.some_found("RANDOMKEY", {"a": None, "b": b"", "c": b"k"}) for _ in range(200)}
    assert found == {b"", b"k"}
    assert merges.some_found("RANDOMKEY", {"a": None}) is None


def test_pubsub() -> None:
    channels = {"a": [b"x"], "b": [b"x", b"y"]}
    assert merges.pubsub_channels("PUBSUB CHANNELS", channels) == [b"x", b"y"]
    assert merges.pubsub_numpat("PUBSUB NUMPAT", {"a": 1, "b": 2}) == 3
    counts = {"a": [(b"x", 1), (b"y", 0)], "b": [(b"y", 2), (b"x", 3)]}
    assert merges.pubsub_numsub("PUBSUB NUMSUB", counts) == [(b"x", 4), (b"y", 2)]
    assert merges.pubsub_channels("PUBSUB CHANNELS", channels, aggregate=False) is channels
    assert merges.pubsub_numsub("PUBSUB NUMSUB", counts, aggregate=False) is counts
    numbers = {"a": 1}
    assert merges.pubsub_numpat("PUBSUB NUMPAT", numbers, aggregate=False) is numbers


def test_a_node_that_answered_with_no_list_is_named() -> None:
    for merge in (merges.union, merges.all_in_place, merges.pubsub_numsub):
        with pytest.raises(TypeError, match="X: b answered with 'bytes' instead of a list"):
            merge("X", {"a": [], "b": b"xy"})
