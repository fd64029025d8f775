"""Monitor: the commands that one node runs, as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rediscluster_c._core import Session
from rediscluster_c._pubsub.connections import address_of, primaries_and_replicas
from rediscluster_c._safe_repr import shown
from rediscluster_c.exceptions import InvalidResponse, RedisClusterException

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.connection import ClusterConnectionPool

__all__ = ["Monitor"]

# 1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
_LINE = re.compile(r"([0-9.]+) \[([0-9]+) (.*?)\] (.*)", re.DOTALL)
_ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}


class Monitor:
    """What one node is asked by all its clients: ``rc.monitor()`` makes one.

    Use it as a context manager, and take commands with next_command() or listen(). It has a
    connection of its own, to ``host`` and ``port``. A busy node is slowed down by it.
    """

    def __init__(self, connection_pool: ClusterConnectionPool, target_node: Any = None) -> None:
        """target_node is "host:port", or anything with host and port; None: any primary."""
        self.connection_pool = connection_pool
        self.host, self.port = (
            _any_primary(connection_pool) if target_node is None else address_of(target_node)
        )
        self._session: Session | None = None

    def start(self) -> None:
        """Begin to listen, as the context manager does, and next_command() if need be."""
        if self._session is None or self._session.closed:
            session = Session(self.connection_pool, self.host, self.port)
            try:
                session.call_ok("MONITOR")
            except BaseException:
                session.close()
                raise
            self._session = session

    def next_command(self) -> dict[str, Any]:
        """Wait for the next command and return it, as a dict.

        time (seconds since 1970), db, client_address, client_port (text), client_type ("tcp",
        "unix" or "lua"), arguments (the command's name and arguments, exactly: list of bytes) and
        command: the same in one text, in which a byte that is not printable, or a backslash, stands
        escaped as the server wrote it. ConnectionError when the connection is lost.
        """
        self.start()
        assert self._session is not None
        line = self._session.receive()
        if isinstance(line, bytes):
            line = line.decode("utf-8", "replace")
        return _parse(line)

    def listen(self) -> Iterator[dict[str, Any]]:
        """Yield commands as they come, without end."""
        while True:
            yield self.next_command()

    def close(self) -> None:
        """End it; start() begins anew."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _any_primary(pool: ClusterConnectionPool) -> tuple[str, int]:
    if not pool.ranges():
        pool.refresh()
    nodes = primaries_and_replicas(pool)
    if not nodes:
        raise RedisClusterException("monitor(): the cluster has no node with slots")
    return nodes[0]


def _client(text: str) -> tuple[str, str, str]:
    """Address, port and type of a client."""
    if text == "lua":
        return "lua", "", "lua"
    if text.startswith("unix:"):
        return "unix", text[len("unix:") :], "unix"
    address, _, port = text.rpartition(":")  # an IPv6 address has colons of its own
    return address, port, "tcp"


def _parse(line: Any) -> dict[str, Any]:
    found = _LINE.fullmatch(line) if isinstance(line, str) else None
    if found is None:
        raise InvalidResponse(f"this is no line of MONITOR: {shown(line)}")
    time, db, client, command = found.groups()
    address, port, kind = _client(client)
    words = _ARGUMENT.findall(command)
    return {
        "time": float(time),
        "db": int(db),
        "client_address": address,
        "client_port": port,
        "client_type": kind,
        "command": " ".join(_ESCAPED.sub(_plain_quote, word) for word in words),
        "arguments": [_bytes_of(word) for word in words],
    }


def _plain_quote(found: re.Match[str]) -> str:
    """The rest stays escaped, so that different arguments are different texts."""
    return '"' if found[1] == '"' else found[0]


def _bytes_of(word: str) -> bytes:
    """What a word of MONITOR stands for; servers write ASCII alone."""
    return _ESCAPED.sub(_unescaped, word).encode("latin-1", "replace")


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) == 3 else _CONTROLS.get(code, code)
