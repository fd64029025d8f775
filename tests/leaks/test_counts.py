"""Large numbers of calls and of clients: memory, descriptors and threads stay where they are.

What leaks less than a block in forty repetitions, and what grows with the number of calls rather
than with what is kept, shows only here. A tenth of the numbers is enough from day to day; `make
nightly` sets RC_TEST_SCALE=1, and what runs under sanitizers, where all is slower, less.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rediscluster_c import RedisCluster, RedisClusterException, RedisError
from tests.leaks.measure import SANITIZED, Gauge

pytestmark = pytest.mark.alone

SCALE = float(os.environ.get("RC_TEST_SCALE", "0.1"))
COMMANDS = int(10_000_000 * SCALE)
CYCLES = int(1_000 * SCALE)
BATCH = 1_000
SLACK = 64 * 1024  # bytes of the heap; a block for each cycle would be more, also of a thousand


def resident() -> int:
    """Bytes of memory that the process has in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_level(work: Callable[[], object], times: int, *watched: object) -> None:
    """Repeat `work`: nothing may be left of so many, once a tenth of them has filled all caches."""
    for _ in range(max(1, times // 10)):
        work()
    gauge = Gauge(watched)
    gc.collect()
    gauge.growth(lambda: None, 1)
    threads, before = threading.active_count(), resident()
    blocks, heap, descriptors, *references = gauge.growth(work, times)
    assert (threading.active_count() - threads, descriptors) == (0, 0)
    assert blocks < min(200, max(20, times // 2))
    assert heap < SLACK
    assert max(references, default=0) < 5
    # A sanitizer keeps what is freed for a while.
    assert SANITIZED or resident() - before < 4 << 20


def test_ten_million_commands(rc: Any) -> None:
    pipe = rc.pipeline()
    keys = [f"key:{number}" for number in range(BATCH // 2)]

    def work() -> None:
        for key in keys:
            pipe.set(key, "v" * 20).get(key)
        assert len(pipe.execute()) == BATCH

    assert_level(work, COMMANDS // BATCH, pipe, rc, keys[0], None, True)


def test_a_million_of_other_kinds(nodes: Any) -> None:
    """Errors, texts, and commands that are split over nodes."""
    with RedisCluster(startup_nodes=nodes, decode_responses=True) as client:
        client.set("text", "v")
        pipe = client.pipeline()
        keys = [f"key:{number}" for number in range(100)]

        def work() -> None:
            for key in keys:
                pipe.set(key, "grün").get(key).incr("text").lpop("text").exists(key)
            assert len(pipe.execute(raise_on_error=False)) == 5 * len(keys)
            assert client.mset(dict.fromkeys(keys, 1)) is True
            assert client.mget(keys) == ["1"] * len(keys)
            assert client.delete(*keys) == len(keys)

        assert_level(work, COMMANDS // 10 // (8 * len(keys)), pipe, client, None)


def use(client: Any) -> None:
    client.mget("a", "b", "c")


def listen(client: Any) -> None:
    with client.pubsub() as pubsub:
        pubsub.subscribe("a")
        assert pubsub.get_message(timeout=10) is not None


def leave_queued(client: Any) -> None:
    client.pipeline().set("a", 1).set("b", 2)
    client.pipeline(transaction=True).set("a", 1)


@pytest.mark.parametrize("usage", [use, listen, leave_queued])
def test_a_thousand_clients(nodes: Any, usage: Callable[[Any], None]) -> None:
    def work() -> None:
        with RedisCluster(startup_nodes=nodes) as client:
            usage(client)

    assert_level(work, CYCLES, RedisCluster, None)


def test_a_thousand_that_cannot_be_made(nodes: Any) -> None:
    """Refused at once by the system, by a server, and by what a function of the user raises."""

    def fail(address: tuple[str, int]) -> tuple[str, int]:
        raise KeyError(address)

    wrong: list[dict[str, Any]] = [
        {"host": "127.0.0.1", "port": 1},
        {"startup_nodes": nodes, "password": "wrong"},
        {"startup_nodes": nodes, "address_remap": fail},
    ]

    def work() -> None:
        for options in wrong:
            with pytest.raises((RedisError, RedisClusterException, KeyError)):
                RedisCluster(**options)

    assert_level(work, CYCLES // 4, RedisCluster, fail)
