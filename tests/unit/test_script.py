"""Scripts, as far as no server is needed: their SHA1, and what is refused before it is sent."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from rediscluster_c import DataError, RedisCluster, RedisClusterException
from rediscluster_c.script import Script


def offline(**options: Any) -> RedisCluster:
    return RedisCluster("localhost", 1, init_slot_cache=False, **options)


class Recorder(RedisCluster):
    """Keeps what is to be sent, and sends nothing."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return args


@pytest.mark.parametrize("text", ["return 1", b"return 1"])
def test_the_sha_is_known_without_a_server(text: str | bytes) -> None:
    client = offline()
    script = client.register_script(text)
    assert isinstance(script, Script)
    assert script.sha == hashlib.sha1(b"return 1").hexdigest()
    assert script.script == text
    assert script.registered_client is client
    assert script.sha in repr(script)


def test_the_sha_is_that_of_the_encoded_text() -> None:
    script = offline(encoding="utf-16-le").register_script("return 'ä'")
    assert script.sha == hashlib.sha1("return 'ä'".encode("utf-16-le")).hexdigest()


@pytest.mark.parametrize("text", [None, ["return 1"], True])
def test_a_script_is_text(text: Any) -> None:
    with pytest.raises(DataError, match="Invalid input of type"):
        offline().register_script(text)


def test_what_is_sent() -> None:
    client = Recorder("localhost", 1, init_slot_cache=False)
    script = client.register_script("return 1")

    def words(*args: Any, **options: Any) -> list[Any]:
        name, sha, count, *rest = script(*args, **options)
        assert (name, sha) == ("EVALSHA", script.sha)
        return [int(count), *rest]

    assert words() == [0]
    assert words(["k"]) == [1, "k"]
    assert words(args=(1, b"2")) == [0, 1, b"2"]
    keys = (key for key in ("{t}a", b"{t}b"))
    assert words(keys=keys, args=iter([1.5])) == [2, "{t}a", b"{t}b", 1.5]


def test_another_client_may_run_it() -> None:
    script = offline().register_script("return 1")
    other = Recorder("localhost", 1, init_slot_cache=False)
    assert script(args=["x"], client=other)[3:] == ("x",)


@pytest.mark.parametrize("keys", [["a", "b"], [1, 2.5], ["{t}1", b"{t}2", memoryview(b"x")]])
def test_keys_of_several_slots_are_refused(keys: list[Any]) -> None:
    client = offline()
    script = client.register_script("return 1")
    pipe: Any = client.pipeline(cross_slot=True)
    for target in (client, pipe):
        with pytest.raises(RedisClusterException) as caught:
            script(keys=keys, client=target)
        assert re.fullmatch(
            r"EVALSHA - all keys must map to the same key slot, and these are in slots (\d+) and "
            r"(?!\1\b)\d+; keys with the same \{hash tag\} share one",
            str(caught.value),
        )
    assert len(pipe) == 0
    assert pipe.scripts == set()


@pytest.mark.parametrize("keys", [[None], [["k"]], [True], [None, "a"]])
def test_wrong_keys_are_refused(keys: list[Any]) -> None:
    client = offline()
    script = client.register_script("return 1")
    pipe: Any = client.pipeline(cross_slot=True)
    for target in (client, pipe):
        with pytest.raises(DataError, match="Invalid input of type"):
            script(keys=keys, client=target)
    assert len(pipe) == 0
    assert pipe.scripts == set()


def test_a_plain_pipeline_takes_no_scripts() -> None:
    client = offline()
    pipe = client.pipeline().get("first")
    for script in (client.register_script("return 1"), pipe.register_script("return 1")):
        with pytest.raises(RedisClusterException) as caught:
            script(keys=["k"], client=pipe)
        assert str(caught.value) == (
            "ERROR: Calling pipelined function evalsha is blocked when running redis in "
            "cluster mode... pipeline(cross_slot=True) takes it"
        )
    assert len(pipe) == 1


def test_a_pipeline_that_takes_scripts_remembers_them() -> None:
    client = offline()
    first, second = client.register_script("return 1"), client.register_script("return 2")
    pipe: Any = client.pipeline(cross_slot=True)
    assert first(keys=["a"], client=pipe) is pipe
    assert first(keys=["b"], client=pipe) is pipe
    assert second(client=pipe) is pipe
    assert len(pipe) == 3
    assert pipe.scripts == {first, second}
    pipe.reset()
    assert len(pipe) == 0
    assert pipe.scripts == set()
