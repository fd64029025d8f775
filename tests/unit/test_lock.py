"""Locks, as far as no server is needed: their options, and what they send."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

import rediscluster_c.lock
from rediscluster_c import RedisCluster, RedisClusterException
from rediscluster_c.exceptions import LockError
from rediscluster_c.lock import Lock


class Recorder(RedisCluster):
    """Notes what is to be sent, and answers to everything with True."""

    sent: list[tuple[Any, ...]]

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent.append(args)
        return True


@pytest.fixture
def client() -> Recorder:
    made = Recorder("localhost", 1, init_slot_cache=False)
    made.sent = []
    return made


def test_the_options_of_a_lock(client: Recorder) -> None:
    lock = client.lock("name")
    assert type(lock) is Lock is rediscluster_c.lock.Lock
    assert (lock.redis, lock.name, lock.local.token) == (client, "name", None)
    assert (lock.timeout, lock.sleep, lock.blocking) == (None, 0.1, True)
    assert (lock.blocking_timeout, lock.thread_local) == (None, True)
    lock = client.lock("name", 10, 0.5, 3, Lock, False, blocking=False)
    assert (lock.timeout, lock.sleep, lock.blocking) == (10, 0.5, False)
    assert (lock.blocking_timeout, lock.thread_local) == (3, False)
    assert client.sent == []


def test_a_class_of_ones_own(client: Recorder) -> None:
    class Old:
        """Knows no more than the locks of redis-py 3."""

        def __init__(
            self,
            redis: Any,
            name: Any,
            timeout: Any = None,
            sleep: Any = 0.1,
            blocking_timeout: Any = None,
            thread_local: Any = True,
        ) -> None:
            self.given = (redis, name, timeout, sleep, blocking_timeout, thread_local)

    old: Any = Old
    made: Any = client.lock("name", 1, 2, 3, lock_class=old, thread_local=False)
    assert made.given == (client, "name", 1, 2, 3, False)


@pytest.mark.parametrize("option", ["timeout", "blocking_timeout"])
@pytest.mark.parametrize("wrong", ["10", b"10", [1]])
def test_seconds_are_a_number(client: Recorder, option: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"^{option} must be a number of seconds, or None, not "):
        client.lock("name", **{option: wrong})


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(10, 10000), (0.5, 500), (1.0006, 1001), (0.0001, 1), (Decimal("0.25"), 250)],
)
def test_a_timeout_is_sent_in_milliseconds(
    client: Recorder, seconds: Any, milliseconds: int
) -> None:
    lock = client.lock("name", timeout=seconds)
    assert lock.acquire(token="t") is True
    assert client.sent == [("SET", "name", b"t", "PX", milliseconds, "NX")]
    lock.reacquire()
    lock.extend(seconds)
    lock.extend(seconds, replace_ttl=True)
    assert [args[5:] for args in client.sent[1:]] == [
        (milliseconds,),
        (milliseconds, "0"),
        (milliseconds, "1"),
    ]


@pytest.mark.parametrize("seconds", [None, 0])
def test_without_a_timeout_nothing_expires(client: Recorder, seconds: int | None) -> None:
    assert client.lock("name", timeout=seconds).acquire() is True
    assert client.sent[0][3:] == ("NX",)


def test_tokens(client: Recorder) -> None:
    lock = client.lock("name")
    found = set()
    for _ in range(50):
        lock.acquire()
        assert isinstance(lock.local.token, bytes)
        found.add(lock.local.token)
    assert len(found) == 50
    given: list[tuple[Any, bytes]] = [("tö", "tö".encode()), (b"\xff", b"\xff"), (5, b"5")]
    for token, wanted in given:
        lock.acquire(token=token)
        assert lock.local.token == wanted


def test_a_thread_that_has_no_token_has_no_lock(client: Recorder) -> None:
    lock = client.lock("name")
    lock.acquire()
    seen: list[Any] = []

    def other_thread() -> None:
        seen.append(lock.local.token)
        seen.append(lock.owned())
        try:
            lock.release()
        except LockError as error:
            seen.append(str(error))

    thread = threading.Thread(target=other_thread)
    thread.start()
    thread.join()
    assert seen == [None, False, "Cannot release an unlocked lock (lock 'name')"]
    assert lock.local.token is not None


def test_a_pipeline_has_no_locks(client: Recorder) -> None:
    with pytest.raises(RedisClusterException, match="a lock needs a client"):
        client.pipeline().lock("name")


def test_a_subclass_may_have_scripts_of_its_own(client: Recorder) -> None:
    class Other(Lock):
        LUA_RELEASE_SCRIPT = "return 1"

    plain = client.lock("name")
    other = client.lock("name", lock_class=Other)
    assert other.lua_release.sha == client.register_script("return 1").sha
    assert other.lua_release.sha != plain.lua_release.sha
    assert other.lua_extend.sha == plain.lua_extend.sha
