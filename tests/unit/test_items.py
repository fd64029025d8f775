"""rc[key] and its like: the commands that stand behind them, and what they are not."""

from __future__ import annotations

from typing import Any

import pytest

from rediscluster_c import DataError, RedisCluster


class Recorder(RedisCluster):
    """Notes what is to be sent, and answers with `reply`."""

    reply: Any = None
    sent: list[tuple[Any, ...]]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent.append(args)
        return self.reply


@pytest.fixture
def client() -> Recorder:
    made = Recorder("localhost", 1, init_slot_cache=False)
    made.sent = []
    return made


def test_reading(client: Recorder) -> None:
    for client.reply in (b"value", b"", "text"):
        assert client["k"] == client.reply
    client.reply = None
    for key in ("k", b"k", 1):
        with pytest.raises(KeyError) as caught:
            client[key]
        assert caught.value.args == (key,)
    assert client.sent == [("GET", "k")] * 4 + [("GET", b"k"), ("GET", 1)]


def test_writing_and_deleting(client: Recorder) -> None:
    client["k"] = 1.5
    client.reply = 0
    del client["k"]
    assert client.sent == [("SET", "k", 1.5), ("DEL", "k")]


def test_containing(client: Recorder) -> None:
    for client.reply in (0, 1):
        assert ("k" in client) is bool(client.reply)
    assert client.__contains__("a", "b") == 1
    assert client.sent == [("EXISTS", "k"), ("EXISTS", "k"), ("EXISTS", "a", "b")]


def test_wrong_types(client: Recorder) -> None:
    wrong: Any = None
    with pytest.raises(DataError):
        client[wrong]
    with pytest.raises(DataError):
        client["k"] = wrong
    with pytest.raises(DataError):
        del client[wrong]
    with pytest.raises(DataError):
        wrong in client  # noqa: B015
    assert client.sent == []


def test_a_pipeline_queues() -> None:
    pipe = RedisCluster("localhost", 1, init_slot_cache=False).pipeline()
    pipe["k"] = "v"
    assert pipe["k"] is pipe
    assert "k" in pipe
    del pipe["k"]
    assert len(pipe) == 4


def test_it_is_no_container_to_walk_through(client: RedisCluster) -> None:
    """By __getitem__ alone a pipeline would be walked through without an end."""
    for target in (client, client.pipeline()):
        walked: Any = target
        with pytest.raises(TypeError, match="not iterable"):
            iter(walked)
    pipe: Any = client.pipeline()
    with pytest.raises(TypeError):
        list(pipe)
    assert len(pipe) == 0
