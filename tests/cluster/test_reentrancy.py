"""Arguments and callbacks whose own code uses the client or pipeline that is at work on them."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rediscluster_c import DataError, ResponseError
from tests.cluster.modes import Factory

Action = Callable[[Any], object]

# What the argument's code does to the pipeline.
ACTIONS: dict[str, Action] = {
    "queues": lambda pipe: pipe.set("within", "x" * 1000),
    "queues much": lambda pipe: [pipe.set(f"within:{n}", "x" * 1000) for n in range(200)],
    "executes": lambda pipe: pipe.execute(),
    "resets": lambda pipe: pipe.reset(),
    "closes": lambda pipe: pipe.close(),
    "disconnects": lambda pipe: pipe.connection_pool.disconnect(),
    "queues wrongly": lambda pipe: pipe.set("within", None),
    "counts": len,
}


class Acting:
    """Does something whenever it is asked for its contents."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act

    def items(self) -> list[tuple[str, int]]:
        self.act()
        return [("field", 1)]

    def __len__(self) -> int:
        self.act()
        return 1

    def __iter__(self) -> Iterator[str]:
        self.act()
        yield "field"
        self.act()

    def __bool__(self) -> bool:
        self.act()
        return True

    def total_seconds(self) -> float:
        self.act()
        return 100.0


CALLS: dict[str, Callable[[Any, Any], object]] = {
    "hset": lambda c, acting: c.hset("{a}h", "first", 1, mapping=acting),
    "zadd": lambda c, acting: c.zadd("{a}z", acting),
    "hmget": lambda c, acting: c.hmget("{a}h", acting, "last"),
    "set": lambda c, acting: c.set("{a}k", "v", ex=acting),
    "a flag": lambda c, acting: c.set("{a}k", "v", nx=acting),
    "expire": lambda c, acting: c.expire("{a}k", acting),
    "zrange": lambda c, acting: c.zrange("{a}z", 0, -1, desc=acting),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_a_pipeline_stays_whole(rc: Any, call: str, action: str) -> None:
    """The queue is changed or the call is refused; it never tears."""
    pipe = rc.pipeline().set("first", 1)
    try:
        CALLS[call](pipe, Acting(lambda: ACTIONS[action](pipe)))
    except (RuntimeError, DataError):
        pass
    queued = len(pipe)
    found = pipe.set("last", 2).get("last").execute(raise_on_error=False)
    assert len(found) == queued + 2
    assert found[-2:] == [True, b"2"]
    assert not [reply for reply in found if isinstance(reply, ResponseError)]


@pytest.mark.parametrize("call", CALLS)
def test_what_was_queued_before_is_kept(rc: Any, call: str) -> None:
    pipe = rc.pipeline().set("first", 1)
    with pytest.raises(RuntimeError):
        CALLS[call](pipe, Acting(pipe.execute))
    assert len(pipe) == 1
    assert pipe.execute() == [True]
    assert rc.get("first") == b"1"


@pytest.mark.parametrize("call", CALLS)
def test_a_client_may_be_used_by_its_own_arguments(rc: Any, call: str) -> None:
    done: list[object] = []

    def act() -> None:
        done.append(rc.set("within", 1))
        done.append(rc.pipeline().get("within").mget)
        done.append(rc.mget("within", "missing"))

    CALLS[call](rc, Acting(act))
    assert len(done) % 3 == 0
    assert done[::3] == [True] * (len(done) // 3)
    assert done[2::3] == [[b"1", None]] * (len(done) // 3)


def test_keys_that_use_the_client_while_they_are_split(rc: Any) -> None:
    def keys() -> Iterator[str]:
        for number in range(50):
            rc.mset({f"within:{number}": number, "other": 1})
            yield f"within:{number}"

    assert rc.mget(keys()) == [b"%d" % number for number in range(50)]


@pytest.fixture
def on_error() -> Iterator[list[Callable[[], object]]]:
    """Functions that the error handler "rediscluster-c-acting" calls; it puts a "?" everywhere."""
    functions: list[Callable[[], object]] = []

    def handle(error: UnicodeError) -> tuple[str, int]:
        for function in functions:
            function()
        assert isinstance(error, (UnicodeDecodeError, UnicodeEncodeError))
        return "?", error.end

    codecs.register_error("rediscluster-c-acting", handle)
    yield functions
    functions.clear()


@pytest.mark.parametrize("method", ["hmget", "mget", "hdel", "delete"])
def test_a_list_that_is_emptied_while_it_is_read(
    make_client: Factory, on_error: list[Callable[[], object]], method: str
) -> None:
    client: Any = make_client(encoding="ascii", encoding_errors="rediscluster-c-acting")
    pipe = client.pipeline()
    for _ in range(20):
        names = ["{a}" + chr(256 + number) for number in range(200)]
        on_error[:] = [names.clear]
        if method == "hmget":
            assert client.hmget("h", names)[0] is None
            names += ["\u0100"] * 200
            pipe.hmget("h", names)
        elif method == "mget":
            assert client.mget(names)[0] is None
        else:
            getattr(client, method)("{a}h", *names)
    pipe.execute()


@pytest.mark.parametrize("action", ["queues", "executes", "resets", "disconnects"])
def test_a_score_function_that_uses_its_pipeline(rc: Any, action: str) -> None:
    rc.zadd("z", {"a": 1, "b": 2})
    pipe = rc.pipeline()

    def cast(score: bytes) -> float:
        ACTIONS[action](pipe)
        return float(score)

    for _ in range(3):
        pipe.zrange("z", 0, -1, withscores=True, score_cast_func=cast).zcard("z")
    assert pipe.execute() == [[(b"a", 1.0), (b"b", 2.0)], 2] * 3
    pipe.reset()
    assert pipe.zcard("z").execute() == [2]


def test_a_callback_that_executes_pipelines_of_its_own(rc: Any) -> None:
    depth = 0

    def deeper(reply: bytes) -> Any:
        nonlocal depth
        depth += 1
        return [reply, *rc.pipeline().get("k").execute()] if depth < 20 else reply

    rc.set("k", "v")
    rc.set_response_callback("GET", deeper)
    found = rc.get("k")
    assert depth == 20
    for _ in range(19):
        head, found = found
        assert head == b"v"
    assert found == b"v"


def test_a_callback_that_takes_the_callbacks_away(rc: Any) -> None:
    class Vanishing:
        def __call__(self, reply: bytes) -> tuple[str, bytes]:
            rc.response_callbacks.clear()
            return ("called", reply)

    rc.mset(a=1, b=2)
    rc.response_callbacks["GET"] = Vanishing()
    pipe = rc.pipeline()
    assert rc.get("a") == ("called", b"1")
    assert rc.get("a") == b"1"
    pipe.response_callbacks["GET"] = lambda reply: pipe.response_callbacks.clear()
    assert pipe.get("a").get("b").execute() == [None, b"2"]


def test_a_decoder_that_takes_the_callback_away(
    make_client: Factory, on_error: list[Callable[[], object]]
) -> None:
    """The callback is looked up, then the reply is decoded, which may run anybody's code."""
    client: Any = make_client(decode_responses=True, encoding_errors="rediscluster-c-acting")
    on_error.append(client.response_callbacks.clear)
    client.set("k", b"\xff" * 3)
    for _ in range(50):
        client.response_callbacks["GET"] = type("C", (), {"__call__": lambda self, text: [text]})()
        assert client.get("k") == ["???"]
        assert client.get("k") == "???"


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_callback_that_calls_init_again(rc: Any, pipelined: bool) -> None:
    target = rc.pipeline() if pipelined else rc
    callbacks = target.response_callbacks

    def again(reply: object) -> object:
        with pytest.raises(TypeError, match="twice"):
            type(target).__init__(target, connection_pool=target.connection_pool)
        return reply

    callbacks["GET"] = again
    for _ in range(20):
        found = target.get("k")
        assert (found.get("k").execute() if pipelined else [found]) in ([None], [None, None])
    assert target.response_callbacks is callbacks


def test_keys_deleted_from_the_mapping_that_is_sent(rc: Any) -> None:
    class Field(str):
        """A field whose encoding would empty the mapping that it is from."""

        def encode(self, *args: Any, **kwargs: Any) -> bytes:
            mapping.clear()
            return b"?"

    mapping: dict[Any, Any] = {Field(f"field:{number}"): number for number in range(100)}
    assert rc.hset("h", mapping=mapping) == 100


def test_two_threads_on_one_pipeline_lose_nothing_but_order(rc: Any) -> None:
    """No promise is made for this but that nothing breaks."""
    pipe = rc.pipeline()
    counted: list[int] = []

    def work() -> None:
        for _ in range(300):
            try:
                pipe.hset("h", mapping={"f": 1}).incr("n")
            except RuntimeError:
                continue
            counted.append(len(pipe.execute(raise_on_error=False)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    counted.append(len(pipe.execute()))
    assert rc.get("n") == b"%d" % (sum(counted) // 2)
