"""Transactions: MULTI and EXEC on one slot, with watched keys."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest

from rediscluster_c import ClusterTransaction, CrossSlotTransactionError
from rediscluster_c.exceptions import RedisClusterException, RedisError, ResponseError, WatchError
from tests.cluster.modes import Factory


def transaction(rc: Any) -> Any:
    pipe = rc.pipeline(transaction=True)
    assert isinstance(pipe, ClusterTransaction)
    return pipe


def test_replies_are_converted_as_elsewhere(make_client: Factory) -> None:
    for decode, text in ((False, b"1"), (True, "1")):
        rc = make_client(decode_responses=decode)
        rc.flushall()
        pipe = transaction(rc)
        pipe.set("{k}s", 1).get("{k}s").hset("{k}h", "f", 1).hgetall("{k}h")
        pipe.zadd("{k}z", {"1": 1.5}).zrange("{k}z", 0, -1, withscores=True).smembers("{k}none")
        assert len(pipe) == 7
        field = "f" if decode else b"f"
        assert pipe.execute() == [True, text, 1, {field: text}, 1, [(text, 1.5)], set()]
        assert len(pipe) == 0


def test_an_empty_one_sends_nothing(rc: Any) -> None:
    assert transaction(rc).execute() == []


def test_it_runs_whole_or_not_at_all(rc: Any) -> None:
    """Each transaction of one thread is seen whole by those of another."""
    done = threading.Event()

    def write() -> None:
        for number in range(300):
            transaction(rc).set("{k}a", number).set("{k}b", number).execute()
        done.set()

    rc.mset({"{k}a": 0, "{k}b": 0})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not done.is_set():
            a, b = transaction(rc).get("{k}a").get("{k}b").execute()
            assert a == b
    finally:
        writer.join()


def test_a_command_that_fails_does_not_undo_the_others(rc: Any) -> None:
    pipe = transaction(rc)
    pipe.set("k", "text").incr("k").append("k", "!")
    done, failed, length = pipe.execute(raise_on_error=False)
    assert (done, type(failed), length) == (True, ResponseError, 5)
    pipe.get("k").incr("k")
    with pytest.raises(
        ResponseError, match=r"^Command # 2 \(INCRBY k 1\) of pipeline caused error"
    ):
        pipe.execute()


def test_a_command_that_cannot_be_queued_keeps_all_from_running(rc: Any) -> None:
    pipe = transaction(rc)
    pipe.set("k", 1).execute_command("APPEND", "k")
    with pytest.raises(ResponseError, match=r"^Command # 2 \(APPEND k\) .* wrong number of arg"):
        pipe.execute(raise_on_error=False)
    assert rc.get("k") is None
    assert pipe.set("k", 2).execute() == [True]


@pytest.mark.parametrize("raise_on_error", [True, False])
def test_keys_of_several_slots_are_refused_before_anything_is_sent(
    rc: Any, raise_on_error: bool
) -> None:
    pipe = transaction(rc)
    pipe.set("a", 1).set("b", 2)
    with pytest.raises(CrossSlotTransactionError, match="in 3300, 15495: .*hash tag"):
        pipe.execute(raise_on_error)
    assert rc.mget("a", "b") == [None, None]
    with pytest.raises(CrossSlotTransactionError):
        pipe.watch("a", "b")
    with pytest.raises(RedisClusterException, match="MGET over keys of several slots"):
        pipe.mget("a", "b")
    with pytest.raises(RedisClusterException, match="dbsize is blocked"):
        pipe.dbsize()
    assert len(pipe) == 0


def test_commands_over_several_keys_of_one_slot(rc: Any) -> None:
    pipe = transaction(rc)
    pipe.mset({"{k}a": 1, "{k}b": 2}).mget("{k}a", "{k}b").delete("{k}a", "{k}b").exists("{k}a")
    assert pipe.execute() == [True, [b"1", b"2"], 2, 0]


def test_watched_keys_that_stay(rc: Any) -> None:
    rc.set("k", 5)
    with transaction(rc) as pipe:
        assert pipe.watch("k") is True
        value = int(pipe.get("k"))
        assert pipe.hgetall("{k}h") == {}
        pipe.multi()
        assert pipe.set("k", value + 1) is pipe
        assert pipe.execute() == [True]
    assert rc.get("k") == b"6"


def test_a_watched_key_that_changes(rc: Any) -> None:
    with transaction(rc) as pipe:
        pipe.watch("k", "{k}2")
        rc.set("{k}2", "by somebody else")
        pipe.multi()
        pipe.set("k", 1)
        with pytest.raises(WatchError, match="Watched variable changed"):
            pipe.execute()
        assert rc.get("k") is None
        # It can be used again, and watches nothing any more.
        assert pipe.set("k", 2).execute() == [True]


@pytest.mark.parametrize("explicit", [False, True])
def test_watched_keys_are_checked_though_nothing_is_queued(rc: Any, explicit: bool) -> None:
    with rc.pipeline(transaction=True) as pipe:
        for changed in (False, True):
            pipe.watch("{k}1", "{k}2")
            pipe.get("{k}1")
            if changed:
                rc.set("{k}2", "x")
            pipe.get("{k}2")
            if explicit:
                pipe.multi()
            if changed:
                with pytest.raises(WatchError):
                    pipe.execute()
            else:
                assert pipe.execute() == []
        pipe.watch("{k}1")
        rc.set("{k}1", "y")
        pipe.unwatch()
        assert pipe.execute() == []


def test_what_a_transaction_reads_belongs_together(rc: Any) -> None:
    def read(pipe: Any) -> tuple[Any, Any]:
        first = pipe.get("{k}1")
        if first is None:
            rc.pipeline(transaction=True).set("{k}1", 1).set("{k}2", 1).execute()
        return first, pipe.get("{k}2")

    assert rc.transaction(read, "{k}1", "{k}2", value_from_callable=True) == (b"1", b"1")


def test_unwatch_and_reset(rc: Any) -> None:
    pipe = transaction(rc)
    for forget in (pipe.unwatch, pipe.reset, pipe.discard):
        pipe.watch("k")
        rc.incr("k")
        forget()
        assert pipe.set("{k}2", 1).execute() == [True]


def test_watching_in_the_wrong_order(rc: Any) -> None:
    pipe = transaction(rc)
    pipe.set("k", 1)
    with pytest.raises(RedisError, match="Commands without an initial WATCH"):
        pipe.multi()
    pipe.reset()
    pipe.multi()
    with pytest.raises(RedisError, match="nested calls to MULTI"):
        pipe.multi()
    with pytest.raises(RedisError, match="WATCH after a MULTI"):
        pipe.watch("k")
    pipe.reset()
    with pytest.raises(RedisError, match="at least one key"):
        pipe.watch()


def test_while_keys_are_watched_commands_stay_in_their_slot(rc: Any) -> None:
    pipe = transaction(rc)
    pipe.watch("a")
    with pytest.raises(CrossSlotTransactionError):
        pipe.get("b")
    with pytest.raises(CrossSlotTransactionError):
        pipe.watch("b")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        pipe.rpush("a", 1) and pipe.get("a")
    pipe.reset()


def test_connections_go_back(make_client: Factory) -> None:
    """One connection a node is enough: each transaction gives its own back, in whatever way."""
    rc = make_client(max_connections_per_node=1)
    rc.flushall()
    for _ in range(3):
        pipe = transaction(rc)
        pipe.watch("k")
        pipe.get("k")
        pipe.multi()
        assert pipe.set("k", 1).execute() == [True]
        with pytest.raises(ResponseError):
            pipe.execute_command("APPEND", "k").execute()
        pipe.watch("k")
        del pipe
        gc.collect()  # the exception above is part of a cycle, and knows the pipeline
        assert rc.get("k") == b"1"


def test_the_helper_tries_until_no_key_has_changed(rc: Any) -> None:
    rc.set("k", 1)
    tries = []

    def double(pipe: Any) -> str:
        value = int(pipe.get("k"))
        tries.append(value)
        if len(tries) < 3:
            rc.incr("k")
        pipe.multi()
        pipe.set("k", 2 * value)
        return "done"

    assert rc.transaction(double, "k", watch_delay=0.001) == [True]
    assert (tries, rc.get("k")) == ([1, 2, 3], b"6")
    assert rc.transaction(double, "k", value_from_callable=True) == "done"
    assert rc.transaction(lambda pipe: pipe.set("k", 1).get("k")) == [True, b"1"]


def test_scripts_are_loaded_before_it_begins(rc: Any) -> None:
    rc.script_flush()
    script = rc.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    pipe = transaction(rc)
    assert script(["k"], [5], client=pipe) is pipe
    assert pipe.get("k").execute() == [5, b"5"]
    rc.script_flush()
    pipe.watch("k2")
    assert script(["k2"], [1], client=pipe) == 1
    pipe.reset()


@pytest.mark.parametrize("action", ["reset", "execute", "get"])
def test_a_callback_cannot_use_the_transaction_it_is_of(rc: Any, action: str) -> None:
    pipe = transaction(rc)
    arguments = ["{k}a"] if action == "get" else []
    pipe.set_response_callback("GET", lambda reply: getattr(pipe, action)(*arguments))
    for _ in range(50):
        pipe.get("{k}a").set("{k}b", 1)
    results = pipe.execute(raise_on_error=False)
    assert results[1::2] == [True] * 50
    assert all(isinstance(result, RuntimeError) for result in results[::2])
    assert "by a callback" in str(results[0])
    pipe.response_callbacks.clear()
    assert pipe.set("{k}b", 1).execute() == [True]


def test_commands_of_several_nodes_are_no_transaction(rc: Any) -> None:
    """A transaction refuses them; who makes it take them gets an error before anything is sent."""
    pipe = transaction(rc)
    pipe.cross_slot = True
    pipe.flushall()
    with pytest.raises(RedisClusterException, match="cannot run on one session"):
        pipe.execute()
    assert pipe.set("{k}a", 1).execute() == [True]


def test_what_was_queued_before_watch_does_not_run_at_once(rc: Any) -> None:
    """Together with a command that does it would run outside of a transaction."""
    pipe = transaction(rc)
    pipe.set("{k}a", 1).watch("{k}b")
    with pytest.raises(RedisError, match="watch first"):
        pipe.get("{k}b")
    assert rc.get("{k}a") is None
    assert len(pipe) == 0
    assert pipe.get("{k}b") is None
    pipe.reset()
    pipe.set("{k}a", 1).watch("{k}b")
    assert pipe.execute() == [True]
