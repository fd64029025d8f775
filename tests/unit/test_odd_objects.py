"""Objects that are half made, callbacks that are none, and arguments whose own code fails."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import ClusterPipeline, RedisCluster, RedisClusterException, _core, exceptions
from rediscluster_c.connection import ClusterConnectionPool


class Forgetful(RedisCluster):
    """Does not call RedisCluster.__init__."""

    def __init__(self) -> None:
        pass


def test_what_is_half_made_has_a_repr() -> None:
    assert repr(Forgetful()) == "Forgetful<>"
    assert repr(RedisCluster.__new__(RedisCluster)) == "RedisCluster<>"
    assert repr(ClusterConnectionPool.__new__(ClusterConnectionPool)) == "ClusterConnectionPool<>"
    assert repr(ClusterPipeline.__new__(ClusterPipeline)) == "ClusterPipeline"


@pytest.mark.parametrize("callback", [None, "str", 5, {}])
def test_a_callback_has_to_be_callable(callback: Any) -> None:
    client = RedisCluster("localhost", 1, init_slot_cache=False)
    for target in (client, client.pipeline()):
        with pytest.raises(TypeError, match="callable"):
            target.set_response_callback("GET", callback)
        with pytest.raises(TypeError, match="callable"):
            target.set_result_callback("PING", callback)
        assert target.response_callbacks == RedisCluster.RESPONSE_CALLBACKS
        assert target.result_callbacks == {}


@pytest.mark.parametrize("given", [5, [], "GET", str])
def test_the_core_takes_callbacks_as_a_dict(given: Any) -> None:
    pool = ClusterConnectionPool([{"host": "localhost", "port": 1}], False)
    for args in ((given, None), (None, given)):
        with pytest.raises(TypeError, match="callbacks must be a dict"):
            _core.Client(pool, *args)


def test_a_pool_whose_init_has_failed_can_be_made_again() -> None:
    pool = _core.Cluster.__new__(_core.Cluster)
    with pytest.raises(exceptions.ConnectionError, match="ssl_ca_certs"):
        pool.__init__(  # type: ignore[misc]
            tls=True, tls_ca_file="/no/such/file", encoding="ascii"
        )
    with pytest.raises(RuntimeError, match="not called"):
        pool.ranges()
    pool.__init__(startup=[("localhost", 1)], encoding="utf-16-le")  # type: ignore[misc]
    assert pool.ranges() == []
    pipe = _core.Pipeline(pool)
    assert len(pipe.get("a")) == 1


def test_a_memoryview_is_one_key() -> None:
    class Recorder(RedisCluster):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            return args

    client: Any = Recorder("localhost", 1, init_slot_cache=False)
    view = memoryview(b"abc")
    assert client.mget(view, "d") == ("MGET", view, "d")
    assert client.hmget("h", view) == ("HMGET", "h", view)
    assert client.mget([view, "d"]) == ("MGET", view, "d")


class Odd(str):
    """A name whose own code fails."""

    def upper(self) -> str:
        raise KeyboardInterrupt


def test_a_names_own_code_is_not_asked() -> None:
    pipe: Any = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    pipe.execute_command(Odd("get"), "a")
    assert len(pipe) == 1


class Pair:
    """An item of a mapping whose own code fails."""

    def __iter__(self) -> Any:
        raise KeyboardInterrupt


class Mapping:
    def items(self) -> list[Pair]:
        return [Pair()]

    def keys(self) -> list[str]:
        return ["f"]

    def __len__(self) -> int:
        return 1


def test_an_error_in_a_pairs_own_code_goes_up() -> None:
    pipe: Any = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    with pytest.raises(KeyboardInterrupt):
        pipe.hset("h", mapping=Mapping())
    assert len(pipe) == 0


def test_a_type_whose_execute_command_cannot_be_looked_up_says_why() -> None:
    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            if name == "execute_command" and Meta.broken:
                raise LookupError("mine")
            return super().__getattribute__(name)

        broken = True

    class Client(RedisCluster, metaclass=Meta):
        pass

    client = Client("localhost", 1, init_slot_cache=False)
    for _ in range(2):
        with pytest.raises(LookupError, match="mine"):
            client.get("a")
    Meta.broken = False
    with pytest.raises(RedisClusterException):  # no cluster: the look-up is not held against it
        client.get("a")
