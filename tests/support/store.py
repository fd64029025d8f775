"""The few data commands that a scripted cluster really carries out.

One store serves all nodes of a cluster, so a redirected command finds the data it would find
after a migration, and a total counts what ran wherever it ran.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

from tests.support.resp import Failure, Simple, Value, key_slot

Data = Union[bytes, list[bytes]]
OK = Simple("OK")
WRONG_TYPE = Failure("WRONGTYPE Operation against a key holding the wrong kind of value")


class _Refused(Exception):
    """Ends a command with an error reply."""

    def __init__(self, reply: Failure) -> None:
        super().__init__(reply)
        self.reply = reply


class Store:
    """Strings and lists, one method a command; an unknown command gets the server's words."""

    def __init__(self) -> None:
        self.data: dict[bytes, Data] = {}
        self.ran: list[list[bytes]] = []
        self._commands: dict[bytes, Callable[[list[bytes]], Value]] = {
            b"GET": lambda args: self._string(args[0]),
            b"SET": self._set,
            b"INCR": lambda args: self._add(args[0], 1),
            b"INCRBY": lambda args: self._add(args[0], int(args[1])),
            b"DECRBY": lambda args: self._add(args[0], -int(args[1])),
            b"DEL": lambda args: sum(self.data.pop(key, None) is not None for key in args),
            b"EXISTS": lambda args: sum(key in self.data for key in args),
            b"RPUSH": self._rpush,
            b"LPUSH": self._lpush,
            b"RPOP": lambda args: self._pop(args[0], -1),
            b"LPOP": lambda args: self._pop(args[0], 0),
            b"LLEN": lambda args: len(self._list(args[0])),
            b"LRANGE": self._lrange,
            b"MGET": lambda args: [self._string_or_none(key) for key in args],
            b"MSET": self._mset,
        }

    def run(self, args: list[bytes]) -> Value:
        """Carry the command out and return its reply."""
        self.ran.append(args)
        command = self._commands.get(args[0].upper())
        if command is None:
            return Failure(f"ERR unknown command '{args[0].decode()}'")
        try:
            return command(args[1:])
        except _Refused as refused:
            return refused.reply
        except IndexError:
            return Failure(f"ERR wrong number of arguments for '{args[0].decode().lower()}'")

    def _string(self, key: bytes) -> bytes | None:
        value = self.data.get(key)
        if isinstance(value, list):
            raise _Refused(WRONG_TYPE)
        return value

    def _string_or_none(self, key: bytes) -> bytes | None:
        value = self.data.get(key)
        return value if isinstance(value, bytes) else None

    def _list(self, key: bytes) -> list[bytes]:
        value = self.data.get(key, [])
        if isinstance(value, bytes):
            raise _Refused(WRONG_TYPE)
        return value

    def _set(self, args: list[bytes]) -> Value:
        self.data[args[0]] = args[1]
        return OK

    def _add(self, key: bytes, amount: int) -> int:
        value = self._string(key) or b"0"
        if not value.lstrip(b"-").isdigit():
            raise _Refused(Failure("ERR value is not an integer or out of range"))
        self.data[key] = b"%d" % (int(value) + amount)
        return int(value) + amount

    def _rpush(self, args: list[bytes]) -> int:
        items = self._list(args[0]) + args[1:]
        self.data[args[0]] = items
        return len(items)

    def _lpush(self, args: list[bytes]) -> int:
        items = args[:0:-1] + self._list(args[0])
        self.data[args[0]] = items
        return len(items)

    def _pop(self, key: bytes, index: int) -> Value:
        items = [*self._list(key)]
        if not items:
            return None
        item = items.pop(index)
        self.data[key] = items
        return item

    def _lrange(self, args: list[bytes]) -> Value:
        items = self._list(args[0])
        first, last = (int(arg) + (len(items) if int(arg) < 0 else 0) for arg in args[1:3])
        return [*items[max(first, 0) : last + 1]]

    def _mset(self, args: list[bytes]) -> Value:
        self.data.update(zip(args[::2], args[1::2]))
        return OK


def keys_of(args: list[bytes]) -> list[bytes]:
    """The keys that a command names."""
    name = args[0].upper()
    if name in (b"MGET", b"DEL", b"EXISTS"):
        return args[1:]
    if name == b"MSET":
        return args[1::2]
    return args[1:2]


def slots_of(args: list[bytes]) -> set[int]:
    """The slots of the command's keys."""
    return {key_slot(key) for key in keys_of(args)}
