"""Any text, bytes or number goes to the server and comes back, in any encoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediscluster_c import RedisCluster

texts = st.text(st.characters(exclude_categories=["Cs"]))
latin = st.text(st.characters(max_codepoint=255))
plain = settings(max_examples=60)

Clients = dict[str, Any]


@pytest.fixture(scope="module")
def clients(cluster: Any) -> Iterator[Clients]:
    """By encoding, each decoding; "bytes" does not. All know the keys that the examples use."""
    options = getattr(cluster, "options", {})
    made: Clients = {"bytes": RedisCluster(startup_nodes=cluster.startup_nodes, **options)}
    for encoding in ("utf-8", "latin-1", "utf-16", "utf-8-sig"):
        made[encoding] = RedisCluster(
            startup_nodes=cluster.startup_nodes, encoding=encoding, decode_responses=True, **options
        )
    made["bytes"].flushall()
    yield made
    for client in made.values():
        client.close()


@plain
@given(key=st.binary(), value=st.binary(), field=st.binary())
def test_bytes(clients: Clients, key: bytes, value: bytes, field: bytes) -> None:
    rc = clients["bytes"]
    pipe = rc.pipeline().set(key, value).get(key).strlen(key).delete(key)
    pipe.hset(key, field, value).hgetall(key).delete(key)
    found = pipe.execute()
    assert found == [True, value, len(value), 1, 1, {field: value}, 1]


@plain
@given(key=texts, value=texts)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_texts(clients: Clients, encoding: str, key: str, value: str) -> None:
    rc = clients[encoding]
    assert rc.set(key, value) is True
    assert rc.get(key) == value
    assert rc.mget(key, key) == [value, value]
    assert rc.pipeline().append(key, b"").get(key).delete(key).execute()[1:] == [value, 1]


@plain
@given(key=latin, value=latin)
def test_latin_texts(clients: Clients, key: str, value: str) -> None:
    rc = clients["latin-1"]
    assert rc.set(key, value) is True
    assert rc.get(key) == value
    assert clients["bytes"].get(key.encode("latin-1")) == value.encode("latin-1")
    assert rc.delete(key) == 1


@plain
@given(key=texts, value=texts)
def test_a_text_is_its_utf_8_bytes(clients: Clients, key: str, value: str) -> None:
    rc = clients["bytes"]
    assert rc.set(key, value) is True
    assert rc.get(key.encode()) == value.encode()
    assert clients["utf-8"].get(key) == value
    assert rc.delete(key.encode()) == 1


@plain
@given(number=st.integers())
def test_integers(clients: Clients, number: int) -> None:
    """On the wire they are ASCII, whatever the encoding of texts is."""
    for encoding in ("bytes", "utf-8", "latin-1"):
        rc = clients[encoding]
        assert rc.set("n", number) is True
        assert int(rc.get("n")) == number
    assert clients["utf-16"].set("n", number) is True
    assert clients["bytes"].get("n") == b"%d" % number


@plain
@given(number=st.integers(-(2**63), 2**63 - 1))
def test_integers_of_the_server_come_back_as_integers(clients: Clients, number: int) -> None:
    rc = clients["utf-16"]
    assert rc.pipeline().delete("n").incr("n", number).execute()[1] == number


@plain
@given(number=st.floats(allow_nan=False))
def test_floats(clients: Clients, number: float) -> None:
    for encoding in ("bytes", "utf-8", "latin-1"):
        rc = clients[encoding]
        assert rc.set("f", number) is True
        assert float(rc.get("f")) == number
    assert clients["bytes"].get("f") == repr(number).encode()


@plain
@given(scores=st.dictionaries(texts, st.floats(allow_nan=False), min_size=1, max_size=20))
def test_scores(clients: Clients, scores: dict[str, float]) -> None:
    rc = clients["utf-8"]
    pipe = rc.pipeline().delete("z").zadd("z", scores).zrange("z", 0, -1, withscores=True)
    _, count, found = pipe.execute()
    assert count == len(scores)
    assert dict(found) == scores
    assert [score for _, score in found] == sorted(scores.values())


@plain
@given(mapping=st.dictionaries(texts, texts, min_size=1, max_size=30))
def test_mappings(clients: Clients, mapping: dict[str, str]) -> None:
    for encoding in ("utf-8", "utf-16"):
        rc = clients[encoding]
        rc.delete("h")
        assert rc.hset("h", mapping=mapping) == len(mapping)
        assert rc.hgetall("h") == mapping
        assert rc.hmget("h", list(mapping)) == list(mapping.values())
        assert rc.mset({f"m:{key}": value for key, value in mapping.items()}) is True
        assert rc.mget([f"m:{key}" for key in mapping]) == list(mapping.values())


@plain
@given(data=st.binary(max_size=50), start=st.integers(-60, 60), step=st.sampled_from([1, 2, -1, 7]))
def test_memoryviews(clients: Clients, data: bytes, start: int, step: int) -> None:
    rc = clients["bytes"]
    view = memoryview(data)[start::step]
    assert rc.set("v", view) is True
    assert rc.get("v") == view.tobytes()
