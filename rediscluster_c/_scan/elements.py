"""The elements of one hash, set or sorted set, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rediscluster_c._scan.patience import Patience
from rediscluster_c._scan.views import view
from rediscluster_c.crc import Key
from rediscluster_c.exceptions import AskError, ClusterError, MovedError

if TYPE_CHECKING:
    from rediscluster_c._commands.node_api import NodeMethods

Options = dict[str, Any]


class Elements:
    """Iterates over the parts that HSCAN and the like return, from one server process.

    Where the slot moves, or another process takes over, it begins anew.
    """

    def __init__(
        self,
        client: NodeMethods,
        command: str,
        key: Key,
        words: Sequence[Any],
        options: Options,
    ) -> None:
        self._client = client
        self._command = command
        self._key = key
        self._words = words
        self._options = options
        self._last = False  # there is no part behind the one that came

    def __iter__(self) -> Iterator[Any]:
        patience = Patience(self._client._pool())
        while True:
            try:
                for part in self._parts_of(self._owner()):
                    patience.renew()
                    yield part
                return
            except AskError as error:
                if isinstance(error, MovedError):
                    patience.wait_out(error)
                    continue
            except Exception as error:
                patience.wait_out(error)
                continue
            # The key is where the slot is on its way to, and stays there.
            yield from self._parts({"read_from_replicas": False})
            return

    def _owner(self) -> str:
        node = self._client.get_node_from_key(self._key)
        if node is None:
            raise ClusterError(f"no node serves the slot of {self._key!r}")
        return node.name

    def _parts_of(self, node: str) -> Iterator[Any]:
        begun = None
        for part in self._parts({"target_nodes": node}):
            yield part
            if begun is None and not self._last:
                begun = self._server_of(node)
        if begun is not None and self._server_of(node) != begun:
            raise ClusterError(f"{node} was started anew")

    def _server_of(self, node: str) -> str:
        """The process; a former primary may answer for a key while it loses its data."""
        found = view(self._client, node)
        if self._client.keyslot(self._key) not in found.slots:
            raise ClusterError(f"{node} does not serve the slot of {self._key!r} any more")
        return found.process

    def _parts(self, where: Options) -> Iterator[Any]:
        cursor: Any = 0
        while True:
            cursor, part = self._client.execute_command(
                self._command, self._key, cursor, *self._words, **self._options, **where
            )
            self._last = int(cursor) == 0
            yield part
            if self._last:
                return
