"""BitFieldOperation: puts a BITFIELD command together, and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from rediscluster_c.crc import Key

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.client import RedisCluster

Offset = Union[int, str]
_DEFAULT_OVERFLOW = "WRAP"


class BitFieldOperation:
    """Operations on the bits of one string, for one BITFIELD command; bitfield() makes it.

    Every method returns the object, for chaining; execute() sends the command. A *fmt* is "u8" for
    8 bits unsigned, "i5" for 5 bits signed. An *offset* counts bits; "#2" is two times *fmt*'s
    width.
    """

    def __init__(self, client: RedisCluster, key: Key, default_overflow: str | None = None) -> None:
        self.client = client
        self.key = key
        self._default_overflow = default_overflow
        self.reset()

    def reset(self) -> None:
        """Forget all operations."""
        self.operations: list[tuple[Any, ...]] = []
        self._last_overflow = _DEFAULT_OVERFLOW
        self.overflow(self._default_overflow or _DEFAULT_OVERFLOW)

    def overflow(self, overflow: str) -> Self:
        """Say what the next incrby() and set() do at a number's limits.

        "WRAP" counts on from the other end (the default), "SAT" stays at the limit, "FAIL" does
        nothing and answers None.
        """
        overflow = overflow.upper()
        if overflow != self._last_overflow:
            self._last_overflow = overflow
            self.operations.append(("OVERFLOW", overflow))
        return self

    def incrby(self, fmt: str, offset: Offset, increment: int, overflow: str | None = None) -> Self:
        """Add *increment*; the reply is the new value. *overflow* holds for later ones, too."""
        if overflow is not None:
            self.overflow(overflow)
        self.operations.append(("INCRBY", fmt, offset, increment))
        return self

    def get(self, fmt: str, offset: Offset) -> Self:
        """Read a number; the reply is its value."""
        self.operations.append(("GET", fmt, offset))
        return self

    def set(self, fmt: str, offset: Offset, value: int) -> Self:
        """Write a number; the reply is its old value."""
        self.operations.append(("SET", fmt, offset, value))
        return self

    @property
    def command(self) -> list[Any]:
        """The command as it would be sent now: ["BITFIELD", key, ...]."""
        return ["BITFIELD", self.key, *(word for words in self.operations for word in words)]

    def execute(self) -> Any:
        """Send the command, and forget its operations.

        Returns the reply of each operation but overflow (list of int, None where "FAIL" kept it
        from running); on a pipeline, which queues it, the pipeline.
        """
        command = self.command
        self.reset()
        return self.client.execute_command(*command)
