"""Transactions and pipelines for many slots, as type checkers see it. Checked, not run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from rediscluster_c import ClusterPipeline, RedisCluster
from rediscluster_c.exceptions import WatchError
from rediscluster_c.transaction import ClusterTransaction


def move(rc: RedisCluster) -> list[Any]:
    with rc.pipeline(transaction=True) as pipe:
        assert_type(pipe, ClusterTransaction)
        assert_type(pipe.decr("{user:1}:from").incr("{user:1}:to"), ClusterTransaction)
        return pipe.execute()


def move_what_is_there(rc: RedisCluster) -> bool:
    with rc.pipeline(True) as pipe:
        assert_type(pipe.watch("{user:1}:from"), bool)
        pipe.multi()
        pipe.decr("{user:1}:from")
        try:
            assert_type(pipe.execute(), list[Any])
        except WatchError:
            return False
        finally:
            assert_type(pipe.unwatch(), bool)
    return True


def many_slots(rc: RedisCluster, flag: bool) -> None:
    with rc.pipeline(cross_slot=True) as pipe:
        assert_type(pipe, ClusterPipeline)
        pipe.set("a", 1).get("b")
    assert_type(rc.pipeline(flag), ClusterPipeline)
