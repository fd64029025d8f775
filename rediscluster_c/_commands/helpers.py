"""What a client offers above single commands: scripts, locks, bit fields, access by item."""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, cast

from rediscluster_c import _core
from rediscluster_c.bitfield import BitFieldOperation
from rediscluster_c.crc import Key
from rediscluster_c.lock import Lock
from rediscluster_c.script import Script

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster


class ComposedMethods(_core.Client):
    """A part of RedisCluster."""

    def _whole(self) -> RedisCluster:
        return cast("RedisCluster", self)

    def register_script(self, script: str | bytes) -> Script:
        """Return a Script that runs this Lua text when it is called. Nothing is sent."""
        return Script(self._whole(), script)

    def lock(
        self,
        name: Key,
        timeout: float | None = None,
        sleep: float = 0.1,
        blocking_timeout: float | None = None,
        lock_class: Callable[..., Lock] | None = None,
        thread_local: bool = True,
        *,
        blocking: bool = True,
        raise_on_release_error: bool = True,
    ) -> Lock:
        """Return a Lock that is the key *name*, not taken yet; the options are those of Lock.

        *lock_class* is called in place of Lock, with the same arguments.
        """
        # Those that a lock_class of before may not know are passed when they say something.
        later = {"blocking": blocking, "raise_on_release_error": raise_on_release_error}
        options: dict[str, Any] = {name: False for name, value in later.items() if not value}
        return (lock_class or Lock)(
            self._whole(),
            name,
            timeout=timeout,
            sleep=sleep,
            blocking_timeout=blocking_timeout,
            thread_local=thread_local,
            **options,
        )

    def bitfield(self, key: Key, default_overflow: str | None = None) -> BitFieldOperation:
        """Return an object that puts a BITFIELD command together, and sends it by execute().

        *default_overflow*: "WRAP", "SAT" or "FAIL"; see BitFieldOperation.overflow().
        """
        return BitFieldOperation(self._whole(), key, default_overflow)

    if not TYPE_CHECKING:  # its types are those of the command, and other ones in a pipeline

        @wraps(_core.Client.hmset)
        def hmset(self, name, mapping):
            kind = type(self).__name__
            warnings.warn(
                f"{kind}.hmset() is deprecated. Use {kind}.hset() instead.",
                DeprecationWarning,
                stacklevel=2,
            )
            return super().hmset(name, mapping)

    def __getitem__(self, name: Key) -> Any:
        """Return the value of the string *name*; KeyError if there is none. A pipeline queues."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: Key, value: Key) -> None:
        """Set *name* to *value*, without expiry."""
        self.set(name, value)

    def __delitem__(self, name: Key) -> None:
        """Delete *name*. It is no error if it does not exist."""
        self.delete(name)

    def __contains__(self, *names: Key) -> int:
        """The same as exists()."""
        return self.exists(*names)

    # Without it Python would iterate by __getitem__: on a pipeline, which answers to any, for ever.
    __iter__ = None
