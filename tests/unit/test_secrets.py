"""A secret that stands in the wrong place, or in the right one, is in no message and no repr."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from rediscluster_c import ClusterBlockingConnectionPool, RedisCluster, RedisClusterConfigError
from rediscluster_c._safe_repr import bad_value, shown
from rediscluster_c.connection import ClusterConnectionPool

SECRET = "hunter2-secret"

URLS = [
    f"redis://:{SECRET}/x@host:1",
    f"redis://:{SECRET}#@host:1",
    f"redis://:{SECRET}?x@host:1",
    f"redis://[{SECRET}@host:1",
    f"redis://[{SECRET}]:1",
    f"redis://me:{SECRET}@host:1/name",
    f"redis://me:12/{SECRET}@host:1",
    f"redis://me:{SECRET}@[::1:7/",
    f"redis://host:{SECRET}",
    f"redis://host?socket_timeout=:{SECRET}@other",
    f"http://me:{SECRET}@host:1",
    f"me:{SECRET}@host:1",
]


def texts_of(error: BaseException | None) -> str:
    """All that a log would show of it, with what came before."""
    texts = []
    while error is not None:
        texts += traceback.format_exception_only(type(error), error)
        texts += [repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.parametrize("url", URLS)
def test_a_malformed_url_is_not_shown(url: str) -> None:
    for make in (RedisCluster.from_url, ClusterConnectionPool.from_url):
        with pytest.raises(ValueError) as caught:
            make(url, init_slot_cache=False)
        assert SECRET not in texts_of(caught.value)


def test_an_error_of_a_url_says_what_to_encode() -> None:
    with pytest.raises(ValueError, match=r"percent-encoded \(urllib.parse.quote"):
        RedisCluster.from_url(f"redis://:{SECRET}/x@host:1")


WRONG: list[dict[str, Any]] = [
    {"startup_nodes": [{"host": "h", "prt": 1, "password": SECRET}]},
    {"startup_nodes": {"host": "h", "port": 1, "password": SECRET}},
    {"startup_nodes": f"redis://:{SECRET}@h:1"},
    {"startup_nodes": [f"redis://:{SECRET}@h:1"]},
    {"host": f"redis://:{SECRET}@h:1"},
    {"host": "h", "port": f"1@{SECRET}"},
    {"host": "h", "password": [SECRET]},
    {"host": "h", "password": f"{SECRET}\0"},
    {"host": "h", "ssl_password": SECRET.encode()},
    {"host": "h", "max_connections": {"password": SECRET}},
    {"host": "h", "retry": type("Odd", (), {"__repr__": lambda _: SECRET})()},
    {"host": "h", "on_redirect": type("Odd", (), {"__repr__": lambda _: SECRET})()},
]


@pytest.mark.parametrize("options", WRONG, ids=lambda options: ",".join(options))
def test_a_refused_option_does_not_show_a_secret(options: dict[str, Any]) -> None:
    with pytest.raises(RedisClusterConfigError) as caught:
        RedisCluster(init_slot_cache=False, **options)
    assert SECRET not in texts_of(caught.value)


@pytest.mark.parametrize("kind", [ClusterConnectionPool, ClusterBlockingConnectionPool])
def test_a_pool_shows_no_password_and_has_it(kind: Any) -> None:
    pool = kind(
        [{"host": "h", "port": 1}], False, password=SECRET, ssl=True, ssl_password=SECRET + "2"
    )
    assert SECRET not in repr(vars(pool))
    assert SECRET not in f"{pool!r} {pool.connection_kwargs} {pool.connection_kwargs!r}"
    assert pool.connection_kwargs["password"] == SECRET
    assert dict(pool.connection_kwargs)["password"] == SECRET


def test_a_pool_without_a_password_shows_that() -> None:
    pool = ClusterConnectionPool([{"host": "h", "port": 1}], False)
    assert "'password': None" in repr(pool.connection_kwargs)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (None, "None"),
        (True, "True"),
        ("soon", "'soon'"),
        (b"\x00\n", r"b'\x00\n'"),
        ("a\x1b[31m", r"'a\x1b[31m'"),
        ("x" * 100, f"'{'x' * 63}..."),
        ("a@b", "a str that is not shown, as it may hold a password"),
        (b"redis://b", "a bytes that is not shown, as it may hold a password"),
        (int, "the class int"),
        ({"a": SECRET, 2: 3}, "a dict with the keys 'a', 2"),
        ([1, "x", [SECRET]], "a list of 1, 'x', an object of type list"),
        ((1, 2, 3, 4, 5), "a tuple of 1, 2, 3, 4, ..."),
        ([], "a list of nothing"),
        (10**100, f"1{'0' * 63}..."),
        (object(), "an object of type object"),
    ],
)
def test_what_is_shown_of_a_value(value: Any, text: str) -> None:
    assert shown(value) == text
    assert bad_value("name", "an int", value) == f"name must be an int, not {text}"
