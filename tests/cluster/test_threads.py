"""Threads that share one client: each gets its own replies, and only those."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rediscluster_c import ClusterError, ConnectionError, RedisClusterException, ResponseError
from tests.cluster.modes import Factory

THREADS = 8


def run_in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    """Run work(0), work(1), ... at the same time; the first exception of any is raised here."""
    raised: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
        assert not thread.is_alive(), "a thread hangs"
    if raised:
        raise raised[0]


def test_single_commands(rc: Any) -> None:
    def work(thread: int) -> None:
        for number in range(200):
            key = f"key:{thread}:{number % 50}"
            assert rc.set(key, f"{thread}.{number}") is True
            assert rc.get(key) == f"{thread}.{number}".encode()

    run_in_threads(work)
    assert sum(len(info) for info in rc.keys()) > 0
    assert len(rc.keys()) == THREADS * 50


def test_a_pipeline_for_each(rc: Any) -> None:
    def work(thread: int) -> None:
        pipe = rc.pipeline()
        for round_ in range(20):
            for number in range(100):
                pipe.set(f"key:{thread}:{number}", round_).get(f"key:{thread}:{number}")
            assert pipe.execute() == [True, b"%d" % round_] * 100

    run_in_threads(work)


def test_commands_of_all_kinds(rc: Any) -> None:
    def work(thread: int) -> None:
        keys = [f"key:{thread}:{number}" for number in range(30)]
        for round_ in range(15):
            assert rc.mset(dict.fromkeys(keys, round_)) is True
            assert rc.mget(keys) == [b"%d" % round_] * 30
            assert len(rc.ping()) > 0
            assert sorted(rc.keys(f"key:{thread}:*")) == sorted(key.encode() for key in keys)
            with pytest.raises(ResponseError, match="not an integer"):
                rc.pipeline().set(keys[0], "x").incr(keys[0]).execute()
            assert rc.delete(*keys) == 30

    run_in_threads(work)


def test_one_counter(rc: Any) -> None:
    seen: list[int] = []
    run_in_threads(lambda thread: seen.extend([rc.incr("n") for _ in range(250)]))
    assert sorted(seen) == list(range(1, THREADS * 250 + 1))


def test_a_waiting_thread_keeps_no_other_from_its_work(rc: Any) -> None:
    waiting = threading.Thread(target=rc.execute_command, args=("BLPOP", "never", 2))
    waiting.start()
    start = time.monotonic()
    while waiting.is_alive() and time.monotonic() - start < 0.3:
        assert rc.set("{never}k", 1) is True
    assert waiting.is_alive()
    rc.rpush("never", "now")
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_bounded_pool_is_waited_for_or_its_end_is_told(make_client: Factory) -> None:
    client: Any = make_client(max_connections=4)
    refused = 0

    def work(thread: int) -> None:
        nonlocal refused
        for number in range(50):
            try:
                assert client.incr(f"{thread}:{number}") >= 1
            except (ConnectionError, ClusterError, RedisClusterException):
                refused += 1

    run_in_threads(work)
    assert client.incr("n") >= 1
    assert refused < THREADS * 50


def test_clients_made_and_thrown_away_by_many_threads(rc: Any, make_client: Factory) -> None:
    def work(thread: int) -> None:
        for number in range(5):
            client = make_client()
            assert client.set(f"key:{thread}", number) is True
            client.close()

    run_in_threads(work)
    assert rc.mget([f"key:{thread}" for thread in range(THREADS)]) == [b"4"] * THREADS


def test_closing_while_others_work(rc: Any) -> None:
    done = threading.Event()

    def work(thread: int) -> None:
        if thread == 0:
            for _ in range(50):
                rc.close()
                time.sleep(0.005)
            done.set()
        while not done.is_set():
            assert rc.pipeline().set(f"k{thread}", 1).get(f"k{thread}").execute() == [True, b"1"]

    run_in_threads(work, 4)
