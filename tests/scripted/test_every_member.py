"""Every public member of clients and pipelines, used while a command of theirs is at work.

The members are found by introspection. Each is used from inside an argument, from a finalizer, from
the collector's callbacks and from a second thread; it may do its work or refuse, with an exception
that is meant for users, and whatever it does the object stays whole. tools/test-asan runs this too:
a member that looks at what is half written reads what is not there.
"""

from __future__ import annotations

import codecs
import gc
import inspect
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from rediscluster_c import RedisCluster, _core
from tests.support.clients import Connect
from tests.support.multi import teach_multi
from tests.support.scripted import Error, Reply, ScriptedCluster

Act = Callable[[], object]

# Arguments that a name says more about; a member's other ones are 1.
VALUES: dict[str, Any] = {
    "args": ["k"],
    "callback": str,
    "coord": {"k": "v"},
    "exception": ValueError("x"),
    "func": lambda pipe: None,
    "index": 0,
    "items": {"k": "v"},
    "key": "k",
    "keys": ["k"],
    "mapping": {"k": "v"},
    "name": "k",
    "script": "return 1",
    "streams": {"k": "0"},
    "url": "redis://127.0.0.1:1",
}
POSITIONAL: dict[str, tuple[Any, ...]] = {
    "annotate": (0, ValueError("x")),
    "execute_command": ("GET", "k"),
    "watch": ("k",),
}
# They make another object, at another address.
ELSEWHERE = {"from_url"}
SPECIAL = (
    "__bool__ __contains__ __delitem__ __enter__ __exit__ __getitem__ __len__ __repr__".split()
)


def _arguments(name: str, member: Callable[..., Any]) -> tuple[Any, ...]:
    if name in POSITIONAL:
        return POSITIONAL[name]
    if name in SPECIAL:
        return {"__setitem__": ("k", 1), "__exit__": (None, None, None)}.get(
            name, () if name in ("__bool__", "__enter__", "__len__", "__repr__") else ("k",)
        )
    needed = [
        parameter.name
        for parameter in inspect.signature(member).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return tuple(VALUES.get(each, 1) for each in needed)


def _members(target: Any) -> list[str]:
    names = [name for name in dir(type(target)) if not name.startswith("_")]
    return [name for name in names if name not in ELSEWHERE] + [
        name for name in SPECIAL if hasattr(type(target), name)
    ]


def _use(target: Any, name: str) -> None:
    member = getattr(target, name)
    if not callable(member) or isinstance(member, type):
        return
    if name == "run_on_session":
        node = target.connection_pool.startup_nodes[0]
        with _core.Session(target.connection_pool, node["host"], node["port"]) as session:
            member(session)
        return
    found = member(*_arguments(name, member))
    if isinstance(found, Iterator):
        next(found, None)


def use_all(target: Any) -> int:
    """Use every member; SystemError and the like go up. How many there were."""
    names = _members(target)
    for name in names:
        with suppress(RuntimeError, TypeError, ValueError, LookupError, AttributeError):
            try:
                _use(target, name)
            except (SystemError, MemoryError, AssertionError):
                raise
            except Exception as error:  # the exceptions of this package, and what replies cause
                assert type(error).__module__.startswith(("rediscluster_c", "builtins"))
    return len(names)


class Acting:
    """Acts wherever an argument's own code is asked for something."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def items(self) -> list[tuple[str, int]]:
        self.act()
        return [("field", 1)]

    def keys(self) -> list[str]:
        self.act()
        return ["field"]

    def values(self) -> list[int]:
        self.act()
        return [1]

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

    def __eq__(self, other: object) -> bool:
        self.act()
        return False

    def __hash__(self) -> int:
        self.act()
        return 1

    def __float__(self) -> float:
        self.act()
        return 1.0

    def __index__(self) -> int:
        self.act()
        return 0

    def __getattr__(self, name: str) -> Any:
        self.act()
        raise AttributeError(name)


class Timed(Acting):
    def total_seconds(self) -> Any:
        return Acting(self.act)


class Dying:
    """Acts when it is gone."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def __del__(self) -> None:
        self.act()


class Exporter:
    """A buffer whose own code acts (Python 3.12)."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def __buffer__(self, flags: int) -> memoryview:
        self.act()
        return memoryview(b"abc")

    def __release_buffer__(self, view: memoryview) -> None:
        self.act()


def _view(act: Act) -> Any:
    try:
        return memoryview(Exporter(act))  # type: ignore[arg-type,unused-ignore]
    except TypeError:  # before 3.12
        return Exporter(act)


def _collect(target: Any, act: Act) -> None:
    """Let the collector act whenever an object is made, in the midst of each call."""

    def callback(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            gc.callbacks.remove(callback)
            act()

    calls: list[Callable[[], object]] = [
        lambda: target.hset("h", mapping={f"f{n}": [] and n or n for n in range(50)}),
        lambda: getattr(target, "slots", None),
        lambda: getattr(target, "command_stack", None),
        lambda: target.annotate(0, ValueError("x")),
        lambda: target.get("k"),
    ]
    thresholds = gc.get_threshold()
    for call in calls:
        gc.callbacks.append(callback)
        gc.set_threshold(1)
        try:
            with suppress(Exception):
                call()
        finally:
            gc.set_threshold(*thresholds)
            if callback in gc.callbacks:
                gc.callbacks.remove(callback)


# Calls in which `act` runs.
PLACES: dict[str, Callable[[Any, Act], object]] = {
    "items": lambda c, act: c.hset("h", "first", 1, mapping=Acting(act)),
    "a mapping's length": lambda c, act: c.zadd("z", Acting(act)),
    "an iterator": lambda c, act: c.hmget("h", Acting(act), "last"),
    "a flag": lambda c, act: c.set("k", "v", nx=Acting(act)),
    "an attribute": lambda c, act: c.set("k", "v", ex=Acting(act)),
    "a float": lambda c, act: c.set("k", "v", ex=Timed(act)),
    "an equality": lambda c, act: c.rename(Acting(act), "k"),
    "an index": lambda c, act: c.annotate(Acting(act), ValueError("x")),
    "a hash": lambda c, act: c.set_response_callback(Acting(act), str),
    "streams": lambda c, act: c.xread(Acting(act)),
    "a finalizer": lambda c, act: c.hmget("h", (Dying(act) for _ in range(3))),
    "an encoder": lambda c, act: c.get("\N{SNOWMAN}"),
    "a buffer": lambda c, act: c.set("k", _view(act)),
    "a keyword": lambda c, act: c.get("k", target_nodes=Acting(act)),
    "bare arguments": lambda c, act: c.execute_command("GET", "\N{SNOWMAN}", target_nodes=[]),
    "the collector": _collect,
}
KINDS: dict[str, Callable[[Any], Any]] = {
    "client": lambda rc: rc,
    "pipeline": lambda rc: rc.pipeline(),
    "cross-slot pipeline": lambda rc: rc.pipeline(cross_slot=True),
    "transaction": lambda rc: rc.pipeline(transaction=True),
}


@pytest.fixture
def rc(cluster: ScriptedCluster, connect: Connect) -> Any:
    """A client whose encoder can be made to act: the hook is `rc.hooks`."""
    hooks: list[Act] = []

    def handle(error: UnicodeError) -> tuple[str, int]:
        for hook in hooks:
            hook()
        assert isinstance(error, (UnicodeDecodeError, UnicodeEncodeError))
        return "?", error.end

    codecs.register_error("rediscluster-c-acting-too", handle)
    teach_multi(cluster)
    cluster.on("MONITOR", Reply(b"not here"))
    for name in ("CLUSTER INFO", "CLUSTER NODES", "INFO", "SCAN"):  # or scan_iter() waits
        cluster.on(name, Error("ERR not here"))
    made: Any = connect(cluster, encoding="ascii", encoding_errors="rediscluster-c-acting-too")
    made.hooks = hooks
    return made


def _provoke(rc: Any, target: Any, place: str, act: Act) -> int:
    """Let `act` run in a call of the target, once. How often it has."""
    times = 0

    def once() -> None:
        nonlocal times
        if times == 0:
            times += 1
            act()

    if "encoder" in place or "bare" in place:
        rc.hooks.append(once)
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")
        PLACES[place](target, once)
    rc.hooks.clear()
    return times


def _check_whole(target: Any) -> None:
    if isinstance(target, _core.Pipeline):
        target.reset()
        assert target.set("k", 2).set("k", 3).execute() == [True, True]
    else:
        assert target.set("k", 2) is True


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_from_inside_a_call(rc: RedisCluster, kind: str, place: str) -> None:
    target = KINDS[kind](rc)
    if kind != "client":
        target.set("k", "first")
    failed: list[BaseException] = []
    used: list[int] = []

    def act() -> None:
        try:
            used.append(use_all(target))
        except BaseException as error:
            failed.append(error)

    _provoke(rc, target, place, act)
    assert failed == []
    assert all(count > 400 for count in used)
    _check_whole(target)


@pytest.mark.parametrize("place", ["items", "a finalizer"])
@pytest.mark.parametrize("kind", KINDS)
def test_from_a_second_thread(rc: RedisCluster, kind: str, place: str) -> None:
    target = KINDS[kind](rc)
    if kind != "client":
        target.set("k", "first")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            use_all(target)
        except BaseException as error:
            failed.append(error)

    def act() -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()

    assert _provoke(rc, target, place, act) == 1
    assert failed == []
    _check_whole(target)


@pytest.mark.parametrize("kind", KINDS)
def test_from_a_callback_for_a_reply(rc: RedisCluster, kind: str) -> None:
    """A transaction takes replies while its commands are still in the pipeline."""
    target = KINDS[kind](rc)
    used: list[int] = []

    def callback(reply: object) -> object:
        if not used:
            used.append(0)
            used.append(use_all(target))
        return reply

    target.response_callbacks["GET"] = callback
    with warnings.catch_warnings(), suppress(RuntimeError):
        warnings.simplefilter("ignore")
        if kind == "client":
            target.get("k")
        else:
            target.get("k").set("k", 1).execute(raise_on_error=False)
    assert used[1] > 400
    target.response_callbacks.clear()
    _check_whole(target)


LOOKS: dict[str, Callable[[Any], object]] = {
    "annotate": lambda pipe: pipe.annotate(len(pipe) - 1, ValueError("x")),
    "slots": lambda pipe: pipe.slots,
    "command_stack": lambda pipe: pipe.command_stack,
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", list(KINDS)[1:])
def test_a_look_at_a_command_that_is_half_written(rc: RedisCluster, kind: str, look: str) -> None:
    """The finished commands end where the half-written one begins, which a look cannot know."""
    pipe = KINDS[kind](rc).set("{a}first", "x" * 100)
    told: list[str] = []

    def act() -> None:
        with pytest.raises(RuntimeError, match="in the middle of"):
            LOOKS[look](pipe)
        told.append("busy")

    pipe.set("{a}second", "x", nx=Acting(act))
    assert told == ["busy"]
    assert len(pipe) == 2
    LOOKS[look](pipe)
    assert pipe.execute() == [True, True]


@pytest.mark.parametrize("kind", ["pool", *KINDS])
def test_an_init_within_an_init_makes_one_object(rc: RedisCluster, kind: str) -> None:
    """What the inner one has made may be in use already when the outer one goes on."""
    if kind == "pool":
        options: dict[str, Any] = {"startup": [("127.0.0.1", 1)]}
        made: Any = _core.Cluster.__new__(_core.Cluster)
        flag = "retry_writes"
    else:
        options = {"connection_pool": rc.connection_pool}
        made = (_core.Client if kind == "client" else _core.Pipeline).__new__(
            _core.Client if kind == "client" else _core.Pipeline
        )
        flag = "read_from_replicas"

    class Nesting:
        def __bool__(self) -> bool:
            made.__init__(**options)
            return True

    with pytest.raises(TypeError, match="twice"):
        made.__init__(**options, **{flag: Nesting()})
    with pytest.raises(TypeError, match="twice"):
        made.__init__(**options)


class Reclassing(type):
    """Gives an object another class while its old one is being looked at."""

    target: Any = None

    def __getattribute__(cls, name: str) -> Any:
        if name == "execute_command" and Reclassing.target is not None:
            target, Reclassing.target = Reclassing.target, None
            target.__class__ = RedisCluster
            gc.collect()
        return super().__getattribute__(name)


def test_an_object_that_loses_its_class_while_it_is_looked_at(rc: RedisCluster) -> None:
    def make() -> Any:
        class Passing(RedisCluster, metaclass=Reclassing):
            pass

        return Passing(connection_pool=rc.connection_pool)

    for _ in range(20):
        client = make()
        Reclassing.target = client
        assert client.get("k") is None
        assert type(client) is RedisCluster
