"""RESP as a server needs it: requests in, replies out, and the slot of a key.

Requests are read strictly: a client that sends anything but arrays of bulk strings has a
fault, and the test that sees it must fail.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Union

SLOTS = 16384


class Simple(str):
    """A status reply, such as +OK."""


class Failure(str):
    """An error reply, such as -ERR or -MOVED."""


Value = Union[None, int, bytes, str, list["Value"]]


class MalformedRequest(Exception):
    """The client sent bytes that are no request."""


def encode(value: Value) -> bytes:
    """The bytes of one reply; a plain str is a bulk string, Simple and Failure are lines."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, Simple):
        return b"+%b\r\n" % value.encode()
    if isinstance(value, Failure):
        return b"-%b\r\n" % value.encode()
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, (bytes, str)):
        data = value if isinstance(value, bytes) else value.encode()
        return b"$%d\r\n%b\r\n" % (len(data), data)
    return b"*%d\r\n" % len(value) + b"".join(encode(item) for item in value)


def request(*args: bytes | str | int) -> bytes:
    """The bytes of one request, for tests that speak to a node by themselves."""
    parts = [arg if isinstance(arg, bytes) else str(arg).encode() for arg in args]
    return b"*%d\r\n" % len(parts) + b"".join(encode(part) for part in parts)


def key_slot(key: bytes) -> int:
    """The slot of a key; a tag in braces stands for the whole key unless it is empty."""
    start = key.find(b"{")
    end = key.find(b"}", start + 1) if start >= 0 else -1
    if end > start + 1:
        key = key[start + 1 : end]
    return binascii.crc_hqx(key, 0) % SLOTS


def words(args: Sequence[bytes]) -> str:
    """A request as one line of text, for assertions that a person can read."""
    return " ".join(arg.decode("utf-8", "backslashreplace") for arg in args)


class RequestParser:
    """Cuts a stream of bytes into requests; what is incomplete waits for the next bytes."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> list[list[bytes]]:
        """The requests that are complete now; raises MalformedRequest."""
        self._data += data
        self._at = 0
        done = 0
        requests = []
        while True:
            args = self._request()
            if args is None:
                break
            requests.append(args)
            done = self._at
        del self._data[:done]
        return requests

    def _request(self) -> list[bytes] | None:
        count = self._header(b"*")
        if count is None:
            return None
        if count < 1:
            raise MalformedRequest(f"a request of {count} arguments")
        args = []
        for _ in range(count):
            arg = self._bulk()
            if arg is None:
                return None
            args.append(arg)
        return args

    def _header(self, mark: bytes) -> int | None:
        end = self._data.find(b"\r\n", self._at)
        if end < 0:
            if len(self._data) - self._at > 64:
                raise MalformedRequest(f"no end of line in {bytes(self._data[self._at :])!r}")
            return None
        line = bytes(self._data[self._at : end])
        if line[:1] != mark or not line[1:].isdigit():
            raise MalformedRequest(f"{mark!r} and a number expected, not {line!r}")
        self._at = end + 2
        return int(line[1:])

    def _bulk(self) -> bytes | None:
        size = self._header(b"$")
        if size is None:
            return None
        end = self._at + size
        if len(self._data) < end + 2:
            return None
        if self._data[end : end + 2] != b"\r\n":
            raise MalformedRequest(f"an argument longer than its {size} bytes")
        arg = bytes(self._data[self._at : end])
        self._at = end + 2
        return arg
