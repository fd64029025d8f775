"""The runner's own few lines of Redis Cluster: lays the keys and knows the bytes on the wire.

It belongs to no contender, so that none is judged by itself. Blocking sockets, a time limit on
each, simple strings, integers, bulks and arrays; any error reply raises.
"""

from __future__ import annotations

import binascii
import socket
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from bench.workloads import Command, Reply

SLOTS = 16384
CHUNK = 200  # commands written before their replies are read: few enough to fit the sockets


def slot_of(key: bytes) -> int:
    """The slot of a key without hash tags, as all keys of the benchmark are."""
    return binascii.crc_hqx(key, 0) % SLOTS


def encode(command: Command) -> bytes:
    parts = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in command)
    return b"*%d\r\n%s" % (len(command), parts)


def encode_reply(reply: Reply) -> bytes:
    """The bytes that a server sends for a right reply."""
    if isinstance(reply, list):
        return b"*%d\r\n%s" % (len(reply), b"".join(map(encode_reply, reply)))
    return b"+OK\r\n" if isinstance(reply, bool) else b"$%d\r\n%s\r\n" % (len(reply), reply)


def read_reply(file: BinaryIO) -> Any:
    line = file.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server ended the connection")
    kind, text = line[:1], line[1:-2]
    if kind == b"-":
        raise RuntimeError(text.decode(errors="replace"))
    if kind == b"+":
        return text
    number = int(text)
    if kind == b":":
        return number
    if number < 0:
        return None
    if kind == b"*":
        return [read_reply(file) for _ in range(number)]
    return file.read(number + 2)[:-2]


class Node:
    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.socket = socket.create_connection((host, port), timeout=10)
        self.replies = self.socket.makefile("rb")

    def run(self, commands: Sequence[Command]) -> list[Any]:
        self.socket.sendall(b"".join(map(encode, commands)))
        return [read_reply(self.replies) for _ in commands]

    def close(self) -> None:
        self.replies.close()
        self.socket.close()


class Cluster:
    """Connections to all masters of the cluster that the given node belongs to."""

    def __init__(self, host: str, port: int) -> None:
        first = Node(host, port)
        self.nodes: list[Node] = []
        self.owner = [-1] * SLOTS
        try:
            (ranges,) = first.run([(b"CLUSTER", b"SLOTS")])
            (info,) = first.run([(b"INFO", b"server")])
        finally:
            first.close()
        self.server = next(
            line.split(":")[1] for line in info.decode().splitlines() if "redis_version" in line
        )
        addresses: list[tuple[str, int]] = []
        for start, end, master, *_ in ranges:
            address = (master[0].decode() or host, master[1])
            if address not in addresses:
                addresses.append(address)
            self.owner[start : end + 1] = [addresses.index(address)] * (end + 1 - start)
        if -1 in self.owner:
            raise RuntimeError("the cluster does not cover all slots")
        self.nodes = [Node(*address) for address in addresses]

    def owner_of(self, command: Command) -> int:
        return self.owner[slot_of(command[1])]

    def run(self, commands: Iterable[Command]) -> None:
        """Runs single-key commands for their effect."""
        parts: list[list[Command]] = [[] for _ in self.nodes]
        for command in commands:
            parts[self.owner_of(command)].append(command)
        for node, part in zip(self.nodes, parts):
            for start in range(0, len(part), CHUNK):
                node.run(part[start : start + CHUNK])

    def get(self, key: bytes) -> Any:
        return self.nodes[self.owner[slot_of(key)]].run([(b"GET", key)])[0]

    def close(self) -> None:
        for node in self.nodes:
            node.close()
