"""An address where connecting neither succeeds nor fails: a listener whose queue is full."""

from __future__ import annotations

import socket
from types import TracebackType


class BlackHole:
    """A context manager; inside it, connections to `address` are attempted in vain."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._fillers: list[socket.socket] = []
        self.host = "127.0.0.1"
        self.port = 0

    def __enter__(self) -> BlackHole:
        self._listener.bind((self.host, 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        # The kernel lets a few more in than the queue's length says; two that wait are proof.
        waiting = sum(self._fill() for _ in range(6))
        assert waiting >= 2, "the queue is never full"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for sock in (*self._fillers, self._listener):
            sock.close()

    @property
    def address(self) -> str:
        """Where nothing is answered."""
        return f"{self.host}:{self.port}"

    @property
    def startup_node(self) -> dict[str, str | int]:
        """The address as an entry of `startup_nodes`."""
        return {"host": self.host, "port": self.port}

    def _fill(self) -> bool:
        """Connect once more; True when the connection is not made."""
        sock = socket.socket()
        self._fillers.append(sock)
        sock.settimeout(0.05)
        try:
            sock.connect((self.host, self.port))
        except socket.timeout:
            return True
        return False
