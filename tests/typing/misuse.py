"""What type checkers must object to: an error that is not found is an ignore that is not needed."""

from __future__ import annotations

from typing import NoReturn

from rediscluster_c import ClusterPipeline, RedisCluster


def wrong_values(rc: RedisCluster) -> None:
    rc.get(None)  # type: ignore[arg-type]
    rc.get(["k"])  # type: ignore[arg-type]
    rc.lpush("l", {"a": 1})  # type: ignore[arg-type]
    rc.hset("h", mapping={"a": None})  # type: ignore[dict-item]
    rc.hset("h", mapping=["a"])  # type: ignore[arg-type]
    rc.zadd("z", {"a": "text"})  # type: ignore[dict-item]
    rc.expire("k", "soon")  # type: ignore[arg-type]
    rc.lrange("l", "0", "-1")  # type: ignore[arg-type]


def wrong_names(rc: RedisCluster) -> None:
    rc.get()  # type: ignore[call-arg]
    rc.expire("k", 1, eq=True)  # type: ignore[call-arg]
    rc.gett("k")  # type: ignore[attr-defined]


def replies_taken_for_something_else(rc: RedisCluster, pipe: ClusterPipeline) -> None:
    text: str = rc.get("k")  # type: ignore[assignment]
    number: int = pipe.incr("k")  # type: ignore[assignment]
    print(text, number)


def absent_in_a_pipeline(pipe: ClusterPipeline) -> None:
    pipe.multi()  # type: ignore[attr-defined]


def refused_by_a_pipeline(pipe: ClusterPipeline) -> NoReturn:
    pipe.mget("a", "b")
