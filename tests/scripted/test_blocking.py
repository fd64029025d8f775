"""Commands that block on the server: their own time comes on top of socket_timeout."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import OutcomeUnknownTimeoutError, TimeoutError
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.scripted import Delay, Reply, ScriptedCluster, Silence, Simple

PATIENCE = 0.2
ONCE = SimpleNamespace(_retries=0)  # as a Retry of redis-py tells it


@pytest.fixture
def hasty(cluster: ScriptedCluster, connect: Connect) -> RedisCluster:
    """A client that waits 0.2 seconds for what does not block."""
    return connect(cluster, socket_timeout=PATIENCE, retry=ONCE)


METHODS: dict[str, Callable[[Any], Any]] = {
    "BLPOP": lambda rc: rc.blpop("k", 0.5),
    "BRPOP": lambda rc: rc.brpop(["k"], timeout=0.5),
    "BLMOVE": lambda rc: rc.blmove("{k}1", "{k}2", 0.5),
    "BRPOPLPUSH": lambda rc: rc.brpoplpush("{k}1", "{k}2", 0.5),
    "BLMPOP": lambda rc: rc.blmpop(0.5, 1, "k", direction="LEFT"),
    "BZPOPMIN": lambda rc: rc.bzpopmin("k", 0.5),
    "BZPOPMAX": lambda rc: rc.bzpopmax("k", 0.5),
    "BZMPOP": lambda rc: rc.bzmpop(0.5, 1, ["k"], min=True),
    "XREAD": lambda rc: rc.xread({"k": "$"}, block=500),
    "XREADGROUP": lambda rc: rc.xreadgroup("BLOCK", "c", {"k": ">"}, block=500),
    "WAIT": lambda rc: rc.wait(1, 500, target_nodes=rc.get_node_from_key("k")),
    "WAITAOF": lambda rc: rc.waitaof(1, 0, 500, target_nodes=rc.get_node_from_key("k")),
}
RAW: dict[str, tuple[Any, ...]] = {
    "blpop": ("blpop", "k", 0.5),
    "text": ("BLPOP", "k", "other{k}", "0.5"),
    "bytes": (b"BRPOP", b"k", b"5e-1"),
    "sign": ("BLPOP", "k", "+0.500"),
    "point": ("BLPOP", "k", ".5"),
    "move": ("BLMOVE", "{k}1", "{k}2", "LEFT", "RIGHT", 0.5),
    "mpop": ("blmpop", 0.5, 1, "k", "LEFT"),
    "zmpop": ("BZMPOP", "0.5", 1, "k", "MIN"),
    "xread": ("xread", "block", "500", "streams", "k", "$"),
    "count": ("XREAD", "COUNT", 5, "Block", 500, "STREAMS", "k", "0"),
    "group": ("XREADGROUP", "GROUP", "BLOCK", "7", "BLOCK", 500, "STREAMS", "k", ">"),
}
AT_ONCE: dict[str, tuple[Any, ...]] = {
    "negative": ("BLPOP", "k", -1),
    "no number": ("BLPOP", "k", "soon"),
    "nan": ("BLPOP", "k", "nan"),
    "no block": ("XREAD", "STREAMS", "block", "0"),
    "no exponent": ("BLPOP", "k", "1e"),
}
WITHOUT_END: dict[str, tuple[Any, ...]] = {
    "zero": ("BLPOP", "k", "0"),
    "fraction": ("BLPOP", "k", 0.0),
    "huge": ("BLPOP", "k", 10**30),
    "exponent": ("BLPOP", "k", "1e400"),
    "many": ("BLPOP", "k", 2**63 - 1),
    "read": ("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "k", ">"),
}


def _is_late(call: Callable[[], Any], seconds: float) -> None:
    with at_least(0.95 * seconds), within(seconds + 0.45), pytest.raises(TimeoutError):
        call()


@pytest.mark.parametrize("name", METHODS)
def test_a_silent_node_has_its_commands_own_time_and_socket_timeout(
    cluster: ScriptedCluster, hasty: RedisCluster, name: str
) -> None:
    cluster.on(name, Silence())
    _is_late(lambda: METHODS[name](hasty), 0.5 + PATIENCE)


@pytest.mark.parametrize("words", RAW.values(), ids=RAW)
def test_bare_words_have_the_same(
    cluster: ScriptedCluster, hasty: RedisCluster, words: tuple[Any, ...]
) -> None:
    name = words[0].decode() if isinstance(words[0], bytes) else words[0]
    cluster.on(name.upper(), Silence())
    _is_late(lambda: hasty.execute_command(*words), 0.5 + PATIENCE)


@pytest.mark.parametrize("words", AT_ONCE.values(), ids=AT_ONCE)
def test_what_a_server_refuses_or_answers_at_once_has_no_time_of_its_own(
    cluster: ScriptedCluster, hasty: RedisCluster, words: tuple[Any, ...]
) -> None:
    cluster.on(words[0], Silence())
    _is_late(lambda: hasty.execute_command(*words), PATIENCE)


@pytest.mark.parametrize("words", WITHOUT_END.values(), ids=WITHOUT_END)
def test_without_an_end_the_reply_is_waited_for(
    cluster: ScriptedCluster, hasty: RedisCluster, words: tuple[Any, ...]
) -> None:
    cluster.on(words[0], Delay(4 * PATIENCE), Reply(None))
    with at_least(3 * PATIENCE), within(3):
        assert not hasty.execute_command(*words)


def test_in_a_pipeline_one_blocks_after_another(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    cluster.on("BLPOP", Delay(0.5), Reply(None))
    cluster.on("INCRBY", Silence())
    pipe: Any = hasty.pipeline()
    pipe.blpop("k", 0.5).get("k").blpop("k", 0.5).incr("k")
    with at_least(1.15), within(1.6):
        results = pipe.execute(raise_on_error=False)
    assert results[:3] == [None, None, None]
    assert isinstance(results[3], OutcomeUnknownTimeoutError)


def test_nodes_block_beside_one_another(cluster: ScriptedCluster, hasty: RedisCluster) -> None:
    a, b, c = (cluster.key(node) for node in cluster.nodes)
    cluster.on("BLPOP", Delay(0.5), Reply(None))
    cluster.on("GET", Silence())
    pipe: Any = hasty.pipeline()
    pipe.blpop(a, 0.5).blpop(b, 0.5).get(c)
    with at_least(0.45), within(1.5):
        results = pipe.execute(raise_on_error=False)
    assert results[:2] == [None, None]
    assert isinstance(results[2], TimeoutError)


def test_the_time_of_the_whole_call_ends_it_all_the_same(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    cluster.on("BLPOP", Silence())
    pipe: Any = hasty.pipeline()
    pipe.blpop("k", 0)
    with at_least(0.55), within(0.85), pytest.raises(OutcomeUnknownTimeoutError):
        pipe.execute(timeout=0.6)


def test_a_command_that_blocks_while_keys_are_watched_has_its_time(
    cluster: ScriptedCluster, hasty: RedisCluster
) -> None:
    for name in ("WATCH", "UNWATCH", "MULTI", "DISCARD"):
        cluster.on(name, Reply(Simple("OK")))
    cluster.on("BLPOP", Delay(0.5), Reply(None))
    with hasty.pipeline(transaction=True) as pipe:
        pipe.watch("k")
        assert pipe.blpop("k", 0.5) is None


def test_other_threads_are_not_held_up(cluster: ScriptedCluster, hasty: RedisCluster) -> None:
    cluster.on("BLPOP", Delay(0.6), Reply(None))
    waiter = threading.Thread(target=hasty.blpop, args=("k", 0))
    waiter.start()
    time.sleep(0.1)
    with within(0.3):
        hasty.set("k", "v")
    waiter.join()
