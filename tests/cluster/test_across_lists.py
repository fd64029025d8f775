"""Elements that move between lists of several slots, as they do between lists of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import DataError, ResponseError
from tests.cluster.across import both
from tests.cluster.modes import Factory


@both
def test_rpoplpush(rc: Any, a: str, b: str, c: str) -> None:
    rc.rpush(a, "x", "")
    rc.rpush(b, "y")
    assert rc.rpoplpush(a, b) == b""
    assert rc.rpoplpush(a, b) == b"x"
    assert rc.rpoplpush(a, b) is None
    assert rc.lrange(b, 0, -1) == [b"x", b"", b"y"]
    assert rc.exists(a) == 0


@both
def test_brpoplpush(rc: Any, a: str, b: str, c: str) -> None:
    rc.rpush(a, "x", "")
    assert rc.brpoplpush(a, b) == b""
    assert rc.brpoplpush(a, b, timeout=1) == b"x"
    assert rc.brpoplpush(a, b, 0.1) is None
    assert rc.lrange(b, 0, -1) == [b"x", b""]


@both
def test_lmove_from_and_to_both_ends(rc: Any, a: str, b: str, c: str) -> None:
    rc.rpush(a, 1, 2, 3, 4)
    rc.rpush(b, "m")
    assert rc.lmove(a, b) == b"1"
    assert rc.lmove(a, b, "RIGHT", "LEFT") == b"4"
    assert rc.lmove(a, b, src="right", dest="right") == b"3"
    assert rc.lmove(a, b, "LEFT", b"LEFT") == b"2"
    assert rc.lmove(a, b) is None
    assert rc.lrange(b, 0, -1) == [b"2", b"4", b"m", b"1", b"3"]


@both
def test_blmove(rc: Any, a: str, b: str, c: str) -> None:
    rc.rpush(a, 1, 2)
    assert rc.blmove(a, b, 1) == b"1"
    assert rc.blmove(a, b, 0, "RIGHT", "LEFT") == b"2"
    assert rc.blmove(a, b, 0.1) is None
    assert rc.lrange(b, 0, -1) == [b"2", b"1"]


def test_ends_that_are_none(rc: Any) -> None:
    rc.rpush("a", 1)
    for call in (rc.lmove, lambda *args: rc.blmove(*args[:2], 1, *args[2:])):
        with pytest.raises(DataError, match="dest must be 'LEFT' or 'RIGHT', not 'TOP'"):
            call("a", "b", "LEFT", "TOP")
        with pytest.raises(DataError, match="src must be 'LEFT' or 'RIGHT', not 1"):
            call("a", "b", 1, "LEFT")
        with pytest.raises(DataError, match=r"dest must be .*\.\.\.$"):
            call("a", "b", "LEFT", "x" * 1_000_000)
    assert rc.llen("a") == 1


@both
def test_a_list_that_is_none_loses_nothing(rc: Any, a: str, b: str, c: str) -> None:
    rc.rpush(a, "x")
    rc.set(b, "v")
    calls: list[Callable[[str, str], Any]] = [
        lambda src, dst: rc.rpoplpush(src, dst),
        lambda src, dst: rc.brpoplpush(src, dst, 1),
        lambda src, dst: rc.lmove(src, dst),
        lambda src, dst: rc.blmove(src, dst, 1),
    ]
    for call in calls:
        for src, dst in ((a, b), (b, a)):
            with pytest.raises(ResponseError, match="^WRONGTYPE"):
                call(src, dst)
    assert rc.lrange(a, 0, -1) == [b"x"]


@pytest.mark.parametrize(
    "move",
    [
        lambda rc: rc.brpoplpush("a", "b", 5),
        lambda rc: rc.blmove("a", "b", 5, "LEFT", "LEFT"),
    ],
)
def test_what_cannot_be_put_is_where_it_was(rc: Any, move: Callable[[Any], Any]) -> None:
    """The destination becomes a string while the source is waited for."""
    failures: list[BaseException] = []

    def wait() -> None:
        try:
            move(rc)
        except ResponseError as error:
            failures.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    deadline = time.monotonic() + 4
    while not any(info["blocked_clients"] for info in rc.info("clients").values()):
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)
    rc.set("b", "no list")
    rc.rpush("a", 1, 2)
    thread.join(10)
    assert not thread.is_alive()
    assert [str(error)[:9] for error in failures] == ["WRONGTYPE"]
    assert rc.lrange("a", 0, -1) == [b"1", b"2"]


@both
def test_an_element_that_is_no_text_has_moved(make_client: Factory, a: str, b: str, c: str) -> None:
    rc: Any = make_client(decode_responses=True)
    rc.flushall()
    rc.rpush(a, b"\xff", "\u00e9")
    assert rc.rpoplpush(a, b) == "\u00e9"
    with pytest.raises(UnicodeDecodeError):
        rc.rpoplpush(a, b)
    assert (rc.llen(a), rc.llen(b)) == (0, 2)


def test_callbacks_of_the_user_do_not_come_between(rc: Any) -> None:
    for command in ("LLEN", "RPOP", "BRPOP", "LPUSH"):
        rc.set_response_callback(command, lambda reply: 1 / 0)
    pipe = rc.pipeline()
    pipe.rpush("a", "x", "y").execute()
    assert rc.rpoplpush("a", "b") == b"y"
    assert rc.brpoplpush("a", "b", 1) == b"x"
    assert rc.lrange("b", 0, -1) == [b"x", b"y"]
