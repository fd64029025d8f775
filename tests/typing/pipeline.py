"""What a pipeline's commands return, as type checkers see it. Checked by mypy, not run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from rediscluster_c import ClusterPipeline, RedisCluster


def chain(rc: RedisCluster) -> None:
    with rc.pipeline() as pipe:
        assert_type(pipe, ClusterPipeline)
        assert_type(pipe.set("a", 1).get("a").incr("a"), ClusterPipeline)
        assert_type(pipe.set("a", 1, get=True).zrange("z", 0, -1, withscores=True), ClusterPipeline)
        assert_type(pipe.execute_command("OBJECT ENCODING", "a"), ClusterPipeline)
        assert_type(pipe.ping(target_nodes="127.0.0.1:7000").get("a"), ClusterPipeline)
        assert_type(len(pipe), int)
        assert_type(pipe.execute(), list[Any])
        assert_type(pipe.execute(raise_on_error=False), list[Any])


def queue(pipe: ClusterPipeline, count: int) -> list[Any]:
    for number in range(count):
        pipe.hset(f"user:{number}", mapping={"name": "Alice", "number": number})
        pipe.expire(f"user:{number}", 3600)
    return pipe.execute()


def is_a_client(pipe: ClusterPipeline) -> RedisCluster:
    return pipe


class Traced(ClusterPipeline):
    def trace(self) -> None:
        print(len(self))


def chain_of_a_subclass(pipe: Traced) -> None:
    with pipe as entered:
        assert_type(entered, Traced)
        entered.set("a", 1).get("a").trace()
