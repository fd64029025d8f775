"""Lock: a lock that all clients of a cluster share, as redis-py's."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from numbers import Number
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rediscluster_c import _core
from rediscluster_c._safe_repr import bad_value
from rediscluster_c.crc import Key, encode
from rediscluster_c.events import logger
from rediscluster_c.exceptions import (
    LockError,
    LockNotOwnedError,
    RedisClusterException,
    RedisError,
    UnknownOutcome,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.client import RedisCluster
    from rediscluster_c.script import Script


class _OwnToken(bytes):
    """A token made here, of random bits: whoever finds it in the key, finds his own lock."""


class _Tokens:
    token: bytes | None = None


class _ThreadsTokens(threading.local):
    token: bytes | None = None


class Lock:
    """A lock that is the key *name* of a cluster: who sets it first, has it.

    *timeout*: seconds until the key expires by itself; None: it stays until it is released.
    *sleep*: seconds between two attempts. *blocking*: whether acquire() waits, *blocking_timeout*
    for at most so many seconds (None: forever). *thread_local*: each thread sees its own token
    only, so that none can release what another holds; False to hand a lock over to another thread.

    Used as a context manager it raises LockError when it was not taken: at once, if it is not to
    block. *raise_on_release_error*: whether the end of the block raises LockError when the lock was
    lost meanwhile; False: it is logged (WARNING). Each LockError has the name as ``lock_name``.

    A reply that gets lost leaves no lock behind that nobody owns, if that can be helped. SET is
    sent again with the same token, which nobody else can have; if the key holds it, the first one
    ran, and the lock is taken. Where no reply comes at all, the token is removed, and the error
    raised; where even that gets no reply, the next acquire() of the same Lock (in the same thread)
    takes up the token where it was left. What remains is the case of a program that gives up then:
    for that there is *timeout*. A token of the caller's own may be somebody else's as well: the
    lost reply is raised at once (UnknownOutcome), and owned() says nothing about it.

    A release is repeated in the same way. When it fails the lock keeps its token, and can be
    released again.
    """

    # Of each, KEYS[1] is the lock's name and ARGV[1] the token that it should have. With pcall a
    # key of another type is not the lock's, and no error.
    LUA_RELEASE_SCRIPT = """
        if redis.pcall('get', KEYS[1]) ~= ARGV[1] then
            return 0
        end
        return redis.call('del', KEYS[1])
    """
    # ARGV[2]: milliseconds; ARGV[3]: "1" if they take the place of what is left, "0" if they add.
    LUA_EXTEND_SCRIPT = """
        if redis.pcall('get', KEYS[1]) ~= ARGV[1] then
            return 0
        end
        local left = redis.call('pttl', KEYS[1])
        if left < 0 then
            return 0
        end
        local time = tonumber(ARGV[2])
        if ARGV[3] == '0' then
            time = time + left
        end
        return redis.call('pexpire', KEYS[1], time)
    """
    # ARGV[2]: milliseconds.
    LUA_REACQUIRE_SCRIPT = """
        if redis.pcall('get', KEYS[1]) ~= ARGV[1] then
            return 0
        end
        return redis.call('pexpire', KEYS[1], ARGV[2])
    """
    # Compared by the primary: a GET might ask a replica, and cannot decode every token.
    LUA_OWNED_SCRIPT = "return redis.pcall('get', KEYS[1]) == ARGV[1]"

    lua_release: Script
    lua_extend: Script
    lua_reacquire: Script
    lua_owned: Script

    def __init__(
        self,
        redis: RedisCluster,
        name: Key,
        timeout: float | None = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        thread_local: bool = True,
        raise_on_release_error: bool = True,
    ) -> None:
        if isinstance(redis, _core.Pipeline):
            raise RedisClusterException("a lock needs a client: a pipeline's commands run later")
        self.redis = redis
        self.name = name
        self.timeout = _seconds("timeout", timeout)
        self.sleep = sleep
        self.blocking = blocking
        self.blocking_timeout = _seconds("blocking_timeout", blocking_timeout)
        self.thread_local = bool(thread_local)
        self.raise_on_release_error = bool(raise_on_release_error)
        self.local: _Tokens | _ThreadsTokens = _ThreadsTokens() if self.thread_local else _Tokens()
        # The token of an attempt that may have run. Always a thread's own: with another thread's
        # token, this one would take that one's success for its own.
        self._doubt = _ThreadsTokens()
        self.register_scripts()

    def register_scripts(self) -> None:
        """Prepare the scripts; they are sent when a node does not know them."""
        register = self.redis.register_script
        self.lua_release = register(self.LUA_RELEASE_SCRIPT)
        self.lua_extend = register(self.LUA_EXTEND_SCRIPT)
        self.lua_reacquire = register(self.LUA_REACQUIRE_SCRIPT)
        self.lua_owned = register(self.LUA_OWNED_SCRIPT)

    def __enter__(self) -> Self:
        if self.acquire():
            return self
        raise self._error(LockError, "Unable to acquire lock within the time specified")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.release()
        except LockError as error:
            if self.raise_on_release_error:
                raise
            logger.warning("a lock was gone at the end of its block: %s", error)

    def _error(self, kind: type[LockError], text: str) -> LockError:
        return kind(f"{text} (lock {self.name!r})", lock_name=self.name)

    # ---- taking it ----

    def acquire(
        self,
        blocking: bool | None = None,
        blocking_timeout: float | None = None,
        token: Key | None = None,
    ) -> bool:
        """Take the lock. Returns whether it was taken; False when it did not become free in time.

        *blocking* and *blocking_timeout* (seconds) take the place of the lock's own. *token*: what
        the key is set to, instead of random bits; it should be nobody else's.
        """
        if blocking is None:
            blocking = self.blocking
        if blocking_timeout is None:
            blocking_timeout = self.blocking_timeout
        stop = None if blocking_timeout is None else time.monotonic() + blocking_timeout
        used = self._own_token() if token is None else self._encoded(token)
        while not self._attempt(used):
            # What would end too late is not begun.
            if not blocking or (stop is not None and time.monotonic() + self.sleep > stop):
                return False
            time.sleep(self.sleep)
        self.local.token = used
        return True

    def do_acquire(self, token: bytes) -> bool:
        """Make one attempt: set the key, if there is none. Returns whether it was set."""
        expiry = _milliseconds(self.timeout) if self.timeout else None
        return bool(self.redis.set(self.name, token, nx=True, px=expiry))

    def _own_token(self) -> bytes:
        return self._doubt.token or _OwnToken(os.urandom(16).hex().encode())

    def _encoded(self, token: Key) -> bytes:
        pool = self.redis.connection_pool
        return encode(token, pool.encoding, pool.encoding_errors)

    def _attempt(self, token: bytes) -> bool:
        if not isinstance(token, _OwnToken):
            return self.do_acquire(token)
        for last in (False, True):
            # With retry_writes the client may have repeated it by itself, and says nothing of it.
            doubtful = self._doubt.token is token or self.redis.connection_pool.retry_writes
            try:
                taken = self.do_acquire(token) or (doubtful and self._holds(token))
            except UnknownOutcome:
                self._doubt.token = token
                if last:
                    self._withdraw(token)
                    raise
            except BaseException:
                # An interrupt may come when the command has been sent.
                self._doubt.token = token
                raise
            else:
                if taken:
                    self._doubt.token = None
                return taken
        raise AssertionError("the last attempt returns or raises")

    def _withdraw(self, token: bytes) -> None:
        """Remove a token that may have been set; if it is not found, it may still come."""
        with suppress(RedisError, RedisClusterException):
            if self._run(self.lua_release, token):
                self._doubt.token = None

    # ---- asking ----

    def locked(self) -> bool:
        """Return whether anybody holds the lock."""
        # Asked of the primary: what a replica says of a lock may be old.
        [found] = self.redis.pipeline(read_from_replicas=False).exists(self.name).execute()
        return bool(found)

    def owned(self) -> bool:
        """Return whether this lock (with thread_local: in this thread) holds the key."""
        token = self.local.token
        if token is None:
            return False
        try:
            return self._holds(token)
        except UnknownOutcome:
            return self._holds(token)  # it changes nothing

    def _holds(self, token: bytes) -> bool:
        return self._run(self.lua_owned, token)

    def _run(self, script: Script, *args: Key) -> bool:
        return bool(script(keys=[self.name], args=args, client=self.redis))

    # ---- giving it back ----

    def release(self) -> None:
        """Give the lock back. LockError if it was not taken, LockNotOwnedError if it was lost.

        After any other error the lock still has its token: release() can be called again.
        """
        token = self.local.token
        if token is None:
            raise self._error(LockError, "Cannot release an unlocked lock")
        # At once: where threads share the token, the next one may set its own any moment.
        self.local.token = None
        try:
            self._release(token)
        except LockNotOwnedError:
            raise
        except BaseException:
            if self.local.token is None:
                self.local.token = token
            raise

    def do_release(self, expected_token: bytes) -> None:
        """Remove the key if it holds the token; LockNotOwnedError if not."""
        if not self._run(self.lua_release, expected_token):
            raise self._error(LockNotOwnedError, "Cannot release a lock that's no longer owned")

    def _release(self, token: bytes) -> None:
        try:
            self.do_release(token)
        except UnknownOutcome:
            if not isinstance(token, _OwnToken):
                raise
            with suppress(LockNotOwnedError):  # then the first one ran
                self.do_release(token)

    # ---- keeping it longer ----

    def extend(self, additional_time: float, replace_ttl: bool = False) -> bool:
        """Add seconds to what the lock has left, or with *replace_ttl* set them. Returns True.

        LockError if it was not taken or has no timeout, LockNotOwnedError if it was lost.
        """
        self._check_can_be_kept("extend")
        return self.do_extend(additional_time, replace_ttl)

    def do_extend(self, additional_time: float, replace_ttl: bool) -> bool:
        """What extend() does once it has checked that there is something to extend."""
        milliseconds = _milliseconds(additional_time)
        return self._keep("extend", self.lua_extend, milliseconds, "1" if replace_ttl else "0")

    def reacquire(self) -> bool:
        """Let the lock have its whole timeout again. Returns True; errors as extend()."""
        self._check_can_be_kept("reacquire")
        return self.do_reacquire()

    def do_reacquire(self) -> bool:
        """What reacquire() does once it has checked that there is something to reacquire."""
        assert self.timeout is not None
        return self._keep("reacquire", self.lua_reacquire, _milliseconds(self.timeout))

    def _check_can_be_kept(self, verb: str) -> None:
        if self.local.token is None:
            raise self._error(LockError, f"Cannot {verb} an unlocked lock")
        if self.timeout is None:
            raise self._error(LockError, f"Cannot {verb} a lock with no timeout")

    def _keep(self, verb: str, script: Script, *args: Key) -> bool:
        if self.local.token is None or not self._run(script, self.local.token, *args):
            raise self._error(LockNotOwnedError, f"Cannot {verb} a lock that's no longer owned")
        return True


def _seconds(name: str, value: Any) -> float | None:
    if value is not None and not isinstance(value, Number):
        raise TypeError(bad_value(name, "a number of seconds, or None", value))
    return value  # type: ignore[return-value]


def _milliseconds(seconds: float) -> int:
    """Rounded; what is more than nothing stays so, as 0 would be refused or expire at once."""
    milliseconds = round(seconds * 1000)
    return 1 if milliseconds == 0 and seconds > 0 else milliseconds
