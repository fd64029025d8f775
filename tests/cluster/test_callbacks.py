"""Conversions of the user's own, for replies and for what several nodes answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.modes import Factory


def test_a_response_callback_gets_the_plain_reply(rc: Any) -> None:
    rc.set_response_callback("GET", lambda reply: ("got", reply))
    rc.set_response_callback("HGETALL", lambda reply: reply)
    assert rc.set("k", "v") is True
    assert rc.get("k") == ("got", b"v")
    assert rc.get("missing") == ("got", None)
    assert rc.execute_command("GET", "k") == ("got", b"v")
    rc.hset("h", "f", "v")
    assert rc.hgetall("h") == [b"f", b"v"]


def test_a_pipeline_takes_over_the_callbacks_of_its_client(rc: Any) -> None:
    rc.set_response_callback("GET", lambda reply: ("got", reply))
    pipe = rc.pipeline()
    pipe.set_response_callback("STRLEN", str)
    assert pipe.set("k", "v").get("k").strlen("k").execute() == [True, ("got", b"v"), "1"]
    assert rc.strlen("k") == 1


def test_a_callback_of_the_constructor(make_client: Factory) -> None:
    client = make_client(response_callbacks={"GET": lambda reply: reply or "nothing"})
    client.delete("k")
    assert client.get("k") == "nothing"


def test_what_a_response_callback_raises_is_the_commands_error(rc: Any) -> None:
    def fail(reply: Any) -> None:
        raise LookupError(f"no use for {reply!r}")

    rc.set("k", "v")
    rc.set_response_callback("GET", fail)
    with pytest.raises(LookupError, match="no use for b'v'"):
        rc.get("k")
    pipe = rc.pipeline()
    found = pipe.strlen("k").get("k").strlen("k").execute(raise_on_error=False)
    assert (found[0], found[2]) == (1, 1)
    assert isinstance(found[1], LookupError)
    assert rc.strlen("k") == 1


def test_a_result_callback_merges_the_nodes_replies(rc: Any) -> None:
    rc.set_result_callback("DBSIZE", lambda command, replies: (command, sum(replies.values())))
    rc.set_result_callback("KEYS", lambda command, replies: len(replies))
    name, total = rc.dbsize()
    assert (name, type(total)) == ("DBSIZE", int)
    assert rc.keys() == len(rc.ping())


def test_what_a_result_callback_raises_goes_up(rc: Any) -> None:
    rc.set_result_callback("PING", lambda command, replies: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rc.ping()


def test_a_score_function_may_fail(rc: Any) -> None:
    rc.zadd("z", {"a": 1.5})
    with pytest.raises(ValueError, match="invalid literal for int"):
        rc.zrange("z", 0, -1, withscores=True, score_cast_func=lambda text: int(text.decode()))
    assert rc.zrange("z", 0, -1) == [b"a"]


def test_many_different_score_functions_in_one_pipeline(rc: Any) -> None:
    rc.zadd("z", {"a": 2})
    pipe = rc.pipeline()
    for number in range(50):
        pipe.zrange("z", 0, -1, withscores=True, score_cast_func=lambda _, n=number: n)
    assert pipe.execute() == [[(b"a", number)] for number in range(50)]
