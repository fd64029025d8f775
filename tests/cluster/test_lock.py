"""Locks on a real cluster: who has one, who does not, and for how long."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import LockError, LockNotOwnedError
from rediscluster_c.lock import Lock
from tests.support.clock import at_least, within


@pytest.fixture(params=[False, True], ids=["bytes", "decoded"])
def rc(make_client: Any, request: pytest.FixtureRequest) -> RedisCluster:
    """A client of the cluster, which is empty when the test begins."""
    client: RedisCluster = make_client(decode_responses=request.param)
    client.flushall()
    return client


def stored(rc: RedisCluster, name: str = "name") -> bytes | None:
    value = rc.get(name)
    return value.encode() if isinstance(value, str) else value


def taken(rc: RedisCluster, **options: Any) -> Lock:
    """A lock that is held."""
    lock = rc.lock("name", **options)
    assert lock.acquire(blocking=False) is True
    return lock


# ---- taking and giving back ----


def test_a_lock_is_a_key_until_it_is_released(rc: RedisCluster) -> None:
    lock = taken(rc)
    assert stored(rc) == lock.local.token
    assert rc.ttl("name") == -1
    assert lock.release() is None  # type: ignore[func-returns-value]
    assert stored(rc) is None
    assert lock.local.token is None
    assert lock.acquire() is True


def test_one_at_a_time(rc: RedisCluster) -> None:
    first, second = taken(rc), rc.lock("name")
    assert second.acquire(blocking=False) is False
    assert second.local.token is None
    assert first.acquire(blocking=False) is False
    assert first.owned()
    first.release()
    assert second.acquire(blocking=False) is True


def test_locks_of_other_names_are_other_locks(rc: RedisCluster) -> None:
    for number in range(10):
        assert rc.lock(f"name:{number}").acquire(blocking=False)


@pytest.mark.parametrize("token", ["given", b"given"])
def test_a_token_of_ones_own(rc: RedisCluster, token: Any) -> None:
    lock = rc.lock("name")
    assert lock.acquire(token=token) is True
    assert lock.local.token == stored(rc) == b"given"
    assert lock.owned()
    lock.release()
    assert stored(rc) is None


def test_a_token_that_is_no_text(rc: RedisCluster) -> None:
    lock = rc.lock("name")
    assert lock.acquire(token=b"\xff\x00") is True
    assert lock.owned()
    assert lock.locked()
    lock.release()
    assert not lock.locked()


def test_releasing_what_is_not_held(rc: RedisCluster) -> None:
    lock = rc.lock("name")
    with pytest.raises(LockError, match="^Cannot release an unlocked lock [(]lock 'name'[)]$"):
        lock.release()
    other = taken(rc)
    with pytest.raises(LockError):
        lock.release()
    assert other.owned()


@pytest.mark.parametrize("kind", ["nothing", "another token", "a list"])
def test_releasing_what_was_lost(rc: RedisCluster, kind: str) -> None:
    lock = taken(rc)
    rc.delete("name")
    if kind == "another token":
        rc.set("name", "other")
    elif kind == "a list":
        rc.rpush("name", "other")
    assert not lock.owned()
    with pytest.raises(LockNotOwnedError, match="a lock that's no longer owned [(]lock") as caught:
        lock.release()
    assert caught.value.lock_name == "name"
    assert lock.local.token is None
    assert rc.exists("name") == (kind != "nothing")


# ---- asking ----


def test_locked_and_owned(rc: RedisCluster) -> None:
    lock, other = rc.lock("name"), rc.lock("name")
    assert (lock.locked(), lock.owned(), other.locked(), other.owned()) == (False,) * 4
    lock.acquire()
    assert (lock.locked(), lock.owned(), other.locked(), other.owned()) == (True, True, True, False)
    rc.set("name", "another token")
    assert (lock.locked(), lock.owned()) == (True, False)
    lock.local.token = None
    assert lock.owned() is False


def test_reads_from_replicas_do_not_reach_locks(make_client: Any) -> None:
    client = make_client(read_from_replicas=True)
    client.flushall()
    for number in range(100):
        lock = client.lock(f"name:{number}")
        with lock:
            assert lock.locked()
            assert lock.owned()
        assert not lock.locked()


# ---- waiting ----


def test_waiting_ends_when_the_time_is_over(rc: RedisCluster) -> None:
    taken(rc)
    lock = rc.lock("name", sleep=0.05, blocking_timeout=0.2)
    with within(0.5), at_least(0.1):
        assert lock.acquire() is False
    with within(0.5), at_least(0.2):
        assert lock.acquire(blocking_timeout=0.3) is False
    with within(0.15):
        assert lock.acquire(blocking=False) is False
        assert lock.acquire(blocking_timeout=0) is False


def test_a_sleep_that_would_end_too_late_is_not_begun(rc: RedisCluster) -> None:
    taken(rc)
    with within(0.5):
        assert rc.lock("name", sleep=60, blocking_timeout=1).acquire() is False


def test_a_lock_that_does_not_block(rc: RedisCluster) -> None:
    holder = taken(rc)
    lock = rc.lock("name", blocking=False)
    with within(0.5):
        assert lock.acquire() is False
    assert lock.acquire(blocking=True, blocking_timeout=0.1) is False
    holder.release()
    assert lock.acquire() is True


def test_waiting_until_it_is_released(rc: RedisCluster) -> None:
    holder = taken(rc, thread_local=False)
    timer = threading.Timer(0.2, holder.release)
    timer.start()
    with within(5), at_least(0.15):
        assert rc.lock("name", sleep=0.02).acquire() is True
    timer.join()


def test_waiting_until_it_expires(rc: RedisCluster) -> None:
    lock = taken(rc, timeout=0.2)
    with within(5):
        assert rc.lock("name", sleep=0.02).acquire() is True
    with pytest.raises(LockNotOwnedError):
        lock.release()


# ---- timeouts ----


def left(rc: RedisCluster) -> int:
    return rc.pttl("name")


@pytest.mark.parametrize("timeout", [10, 9.5])
def test_a_timeout_is_the_keys_expiry(rc: RedisCluster, timeout: float) -> None:
    taken(rc, timeout=timeout)
    assert timeout * 1000 - 1000 < left(rc) <= timeout * 1000


def test_extending(rc: RedisCluster) -> None:
    lock = taken(rc, timeout=10)
    assert lock.extend(10) is True
    assert 18000 < left(rc) <= 20000
    assert lock.extend(5.5) is True
    assert 23500 < left(rc) <= 25500
    assert lock.extend(3.5, replace_ttl=True) is True
    assert 2500 < left(rc) <= 3500


def test_extending_by_a_thousand_years(rc: RedisCluster) -> None:
    seconds = 1000 * 365 * 86400
    assert taken(rc, timeout=10).extend(seconds) is True
    assert 0 <= left(rc) - seconds * 1000 <= 10000


def test_reacquiring(rc: RedisCluster) -> None:
    lock = taken(rc, timeout=10.5)
    rc.pexpire("name", 5000)
    assert lock.reacquire() is True
    assert 9000 < left(rc) <= 10500


@pytest.mark.parametrize("verb", ["extend", "reacquire"])
def test_what_cannot_be_kept_longer(rc: RedisCluster, verb: str) -> None:
    def keep(lock: Lock) -> None:
        lock.extend(10) if verb == "extend" else lock.reacquire()

    with pytest.raises(LockError, match=f"^Cannot {verb} an unlocked lock [(]lock 'name'[)]$"):
        keep(rc.lock("name", timeout=10))
    lock = taken(rc)
    with pytest.raises(
        LockError, match=f"^Cannot {verb} a lock with no timeout [(]lock 'name'[)]$"
    ):
        keep(lock)
    lock.release()
    lock = taken(rc, timeout=10)
    rc.set("name", "other", ex=50)
    with pytest.raises(LockNotOwnedError, match=f"^Cannot {verb} a lock that's no longer owned"):
        keep(lock)
    assert left(rc) > 40000


def test_a_lock_that_lost_its_expiry_is_not_extended(rc: RedisCluster) -> None:
    lock = taken(rc, timeout=10)
    rc.persist("name")
    with pytest.raises(LockNotOwnedError):
        lock.extend(10)
    assert lock.reacquire() is True
    assert left(rc) > 9000


# ---- with ----


def test_a_block_has_the_lock(rc: RedisCluster) -> None:
    with rc.lock("name") as lock:
        assert isinstance(lock, Lock)
        assert lock.owned()
        assert stored(rc) == lock.local.token
    assert stored(rc) is None


def test_a_block_that_raises_gives_it_back(rc: RedisCluster) -> None:
    with pytest.raises(ZeroDivisionError), rc.lock("name"):
        raise ZeroDivisionError
    assert stored(rc) is None


def test_a_block_without_the_lock_does_not_run(rc: RedisCluster) -> None:
    taken(rc)
    with pytest.raises(
        LockError, match="^Unable to acquire lock within .* specified [(]lock 'name'"
    ):
        with rc.lock("name", sleep=0.02, blocking_timeout=0.1):
            raise AssertionError("it ran")


def test_a_block_of_a_lock_that_does_not_block_has_it_or_fails_at_once(rc: RedisCluster) -> None:
    held = taken(rc)
    with within(1), pytest.raises(LockError, match="lock 'name'") as caught:
        with rc.lock("name", sleep=60, blocking=False):
            raise AssertionError("it ran")
    assert caught.value.lock_name == "name"
    held.release()
    with rc.lock("name", blocking=False) as lock:
        assert lock.owned()


def test_a_block_that_lost_the_lock_says_so(rc: RedisCluster) -> None:
    with pytest.raises(LockNotOwnedError), rc.lock("name"):
        rc.set("name", "other")


def test_a_block_that_lost_the_lock_may_only_log_it(
    rc: RedisCluster, caplog: pytest.LogCaptureFixture
) -> None:
    with rc.lock("name", raise_on_release_error=False):
        rc.set("name", "other")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "lock 'name'" in caplog.text
    assert stored(rc) == b"other"
    with pytest.raises(ZeroDivisionError), rc.lock("{2}name", raise_on_release_error=False):
        rc.delete("{2}name")
        raise ZeroDivisionError


def test_an_error_of_a_lock_is_copied_with_its_name() -> None:
    error = pickle.loads(pickle.dumps(LockError("lost", lock_name=b"name")))
    assert (str(error), error.message, error.lock_name) == ("lost", "lost", b"name")
    assert (str(LockError()), LockError().lock_name) == ("", None)


# ---- threads ----


def test_threads_exclude_each_other(rc: RedisCluster) -> None:
    shared = rc.lock("name", sleep=0.001, timeout=20)
    inside = [0]
    most = []

    def work(lock: Lock) -> None:
        for _ in range(10):
            with lock:
                inside[0] += 1
                most.append(inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    locks = [shared, shared, rc.lock("name", sleep=0.001), rc.lock("name", sleep=0.001)]
    threads = [threading.Thread(target=work, args=(lock,)) for lock in locks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1] * 40
    assert stored(rc) is None


def release_elsewhere(lock: Lock) -> list[str]:
    errors: list[str] = []

    def work() -> None:
        try:
            lock.release()
        except LockError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    return errors


def test_another_thread_releases_only_what_is_shared(rc: RedisCluster) -> None:
    lock = taken(rc)
    assert release_elsewhere(lock) == ["Cannot release an unlocked lock (lock 'name')"]
    assert lock.owned()
    lock.release()
    lock = taken(rc, thread_local=False)
    assert release_elsewhere(lock) == []
    assert not lock.owned()
    with pytest.raises(LockError):
        lock.release()
