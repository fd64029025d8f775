"""Scripts, locks, bit fields, items and channels, as type checkers see them. Checked, not run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from rediscluster_c import RedisCluster
from rediscluster_c.bitfield import BitFieldOperation
from rediscluster_c.exceptions import LockError
from rediscluster_c.lock import Lock
from rediscluster_c.pubsub import PubSub
from rediscluster_c.script import Script


def scripts(rc: RedisCluster) -> None:
    limit = rc.register_script("return redis.call('incrby', KEYS[1], ARGV[1])")
    assert_type(limit, Script)
    assert_type(limit(keys=["counter"], args=[5]), Any)
    assert_type(limit.sha, str)
    with rc.pipeline() as pipe:
        limit(["counter"], [1], client=pipe)


def locks(rc: RedisCluster) -> None:
    lock = rc.lock("job", timeout=10, blocking_timeout=2.5)
    assert_type(lock, Lock)
    if lock.acquire(blocking=False):
        assert_type(lock.extend(5), bool)
        lock.release()
    try:
        with rc.lock("job", timeout=10, thread_local=False) as held:
            assert_type(held, Lock)
            assert_type(held.owned(), bool)
    except LockError as error:
        print(error)


def bit_fields(rc: RedisCluster) -> None:
    field = rc.bitfield("flags", default_overflow="SAT")
    assert_type(field, BitFieldOperation)
    assert_type(field.set("u8", "#1", 255).incrby("i5", 0, 1), BitFieldOperation)


def items(rc: RedisCluster) -> None:
    rc["k"] = 1
    rc[b"k"] = "text"
    print("k" in rc, rc["k"])
    del rc["k"]


def channels(rc: RedisCluster) -> None:
    with rc.pubsub(ignore_subscribe_messages=True) as listener:
        assert_type(listener, PubSub)
        listener.subscribe("news", alarms=print)
        listener.psubscribe("user:*")
        message = listener.get_message(timeout=0.5)
        if message is not None:
            print(message["channel"], message["data"])
        for message in listener.listen():
            print(message["type"])
        assert_type(listener.subscribed, bool)
        thread = listener.run_in_thread(sleep_time=0.01, daemon=True)
        thread.stop()
