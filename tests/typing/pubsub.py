"""Pub/sub and MONITOR, as type checkers see them. Checked by mypy, not run."""

from __future__ import annotations

from typing import Any, Optional

from typing_extensions import assert_type

from rediscluster_c import RedisCluster
from rediscluster_c.monitor import Monitor
from rediscluster_c.pubsub import PubSub, PubSubWorkerThread


def handle(message: dict[str, Any]) -> None:
    print(message["data"])


def listen(rc: RedisCluster) -> None:
    with rc.pubsub(ignore_subscribe_messages=True) as pubsub:
        assert_type(pubsub, PubSub)
        pubsub.subscribe("a", b"b", c=handle)
        pubsub.psubscribe(["n*", memoryview(b"m*")], **{"o*": None})
        pubsub.ssubscribe(f"s{number}" for number in range(3))
        assert_type(pubsub.get_message(timeout=0.5), Optional[dict[str, Any]])
        for message in pubsub.listen():
            assert_type(message, dict[str, Any])
        pubsub.unsubscribe()
        thread = pubsub.run_in_thread(sleep_time=0.1, daemon=True)
        assert_type(thread, PubSubWorkerThread)


def watch(rc: RedisCluster) -> None:
    with rc.monitor("127.0.0.1:7000") as monitor:
        assert_type(monitor, Monitor)
        assert_type(monitor.next_command(), dict[str, Any])
