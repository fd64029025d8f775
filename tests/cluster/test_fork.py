"""Processes that are forked from one that uses a cluster, also while its threads are at work."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from rediscluster_c import RedisCluster


def fork(check: Callable[[], object]) -> int:
    """Run a check in a forked child, which the kernel ends if it takes too long."""
    pid = os.fork()
    if pid != 0:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)
        check()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def await_success(pid: int) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def in_a_child(check: Callable[[], object]) -> None:
    await_success(fork(check))


def check_all(rc: Any, prefix: str) -> None:
    """A bit of everything, with keys of one's own."""
    keys = [f"{prefix}:{number}" for number in range(50)]
    assert rc.mset(dict.fromkeys(keys, prefix)) is True
    assert rc.mget(keys) == [prefix.encode()] * 50
    pipe = rc.pipeline()
    for key in keys:
        pipe.append(key, "!").get(key)
    assert pipe.execute() == [len(prefix) + 1, f"{prefix}!".encode()] * 50
    assert all(rc.ping().values())
    assert rc.delete(*keys) == 50


def test_parent_and_child_go_on(rc: Any) -> None:
    check_all(rc, "before")
    in_a_child(lambda: check_all(rc, "child"))
    check_all(rc, "after")


def test_a_child_of_a_child(rc: Any) -> None:
    check_all(rc, "before")
    in_a_child(lambda: in_a_child(lambda: check_all(rc, "grandchild")))
    check_all(rc, "after")


def test_both_at_the_same_time(rc: Any) -> None:
    """On shared sockets their replies would mix."""

    def work(name: str) -> None:
        for _ in range(20):
            check_all(rc, name)

    children = [fork(partial(work, f"child{number}")) for number in range(3)]
    work("parent")
    for pid in children:
        await_success(pid)


def test_a_child_has_the_commands_that_were_queued(rc: Any) -> None:
    pipe = rc.pipeline().incr("n").incr("n")

    def execute() -> None:
        assert pipe.execute() == [1, 2]

    in_a_child(execute)
    assert pipe.execute() == [3, 4]


@pytest.mark.parametrize("leave", ["close", "forget"])
def test_a_child_that_leaves_disturbs_nobody(rc: Any, leave: str) -> None:
    check_all(rc, "before")

    def end() -> None:
        nonlocal rc
        if leave == "close":
            rc.close()
        rc = None

    in_a_child(end)
    check_all(rc, "after")


def test_forks_while_threads_are_at_work(rc: Any) -> None:
    """A lock that a thread held at the fork is held by nobody in the child."""
    stop = threading.Event()
    raised: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            while not stop.is_set():
                check_all(rc, f"thread{thread}")
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            in_a_child(partial(check_all, rc, f"child{number}"))
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert raised == []
    check_all(rc, "after")


def test_a_client_made_in_a_child(cluster: Any, rc: RedisCluster) -> None:
    options = {"startup_nodes": cluster.startup_nodes, **getattr(cluster, "options", {})}

    def make() -> None:
        with RedisCluster(**options) as client:
            check_all(client, "own")

    in_a_child(make)
    check_all(rc, "after")
