"""A child process: connections of its own, and the parent's left as they are."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from rediscluster_c import RedisCluster
from tests.support.scripted import ScriptedCluster


def _succeeds_in_a_child(check: Callable[[], bool]) -> bool:
    """Run a check in a forked child, which the kernel ends if it takes too long."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(10)
            code = 0 if check() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status == 0


def _conns(cluster: ScriptedCluster) -> list[int]:
    return [conn for conn, args in cluster.nodes[0].log if args[0] == b"INCRBY"]


def test_a_child_connects_by_itself(cluster: ScriptedCluster, client: RedisCluster) -> None:
    key = cluster.key(cluster.nodes[0])
    assert client.incr(key) == 1
    assert _succeeds_in_a_child(lambda: client.incr(key) == 2)
    assert client.incr(key) == 3
    first, child, last = _conns(cluster)
    assert first == last
    assert child != first


def test_a_child_that_closes_leaves_the_parent_its_connections(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    key = cluster.key(cluster.nodes[0])
    pipe = client.pipeline()
    assert pipe.incr(key).execute() == [1]

    def close() -> bool:
        client.close()
        return True

    assert _succeeds_in_a_child(close)
    assert _succeeds_in_a_child(lambda: pipe.incr(key).execute() == [2])
    assert pipe.incr(key).execute() == [3]
    first, child, last = _conns(cluster)
    assert first == last
    assert child != first
