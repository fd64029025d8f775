"""The connections of a PubSub: to which node each goes, and how it comes back when it is lost.

Channels and patterns share one connection, as every node passes on what is published anywhere.
Sharded channels have a connection to each node that owns some of their slots. What is here is
called with the lock held, and never waits for a message.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from rediscluster_c._core import Session
from rediscluster_c._nodes import LOST, Address
from rediscluster_c._retry import refresh
from rediscluster_c._safe_repr import shown
from rediscluster_c.crc import keyslot
from rediscluster_c.exceptions import (
    AuthenticationError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    RedisError,
    ResponseError,
    SlotNotCoveredError,
)

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool

Name = Union[bytes, str]
Handler = Optional[Callable[[dict[str, Any]], Any]]

# Seconds between attempts that fail, so that whoever polls does not attempt without end.
PAUSE = 0.25
# Seconds that a node which was silent has for its first sign of life.
PROOF = 0.5
# So many redirects in a row are followed.
MOVES = 16


def address_of(node: Any) -> Address:
    """The address of a node given as "host:port", as a dict or as an object with host and port."""
    if isinstance(node, str):
        host, colon, port = node.rpartition(":")
        if colon and port.isdigit():
            return host, int(port)
    elif isinstance(node, Mapping) and "host" in node and "port" in node:
        return node["host"], int(node["port"])
    elif hasattr(node, "host") and hasattr(node, "port"):
        return node.host, int(node.port)
    raise TypeError(
        f"a node is 'host:port', a dict or an object with host and port, not {shown(node)}"
    )


def primaries_and_replicas(pool: ClusterConnectionPool) -> list[Address]:
    """All nodes, each once; in an order by chance, but primaries before replicas."""
    groups: list[set[Address]] = [set(), set()]
    for _, _, nodes in pool.ranges():
        groups[0].add(nodes[0])
        groups[1].update(nodes[1:])
    groups[1] -= groups[0]
    return [node for group in groups for node in random.sample(sorted(group), len(group))]


class Subscriptions:
    """The channels of one kind: their handlers, and which of them are being left."""

    def __init__(self) -> None:
        self.handlers: dict[Name, Handler] = {}
        self.leaving: set[Name] = set()
        # Unsubscribings that the server has not confirmed yet: of a name that was subscribed again
        # as well, and several of one that is left, subscribed and left.
        self.unconfirmed: Counter[Name] = Counter()

    def add(self, handlers: dict[Name, Handler]) -> None:
        self.handlers.update(handlers)
        self.leaving.difference_update(handlers)

    def leave(self, names: Iterable[Name]) -> None:
        """The server has been asked to unsubscribe these."""
        self.leaving.update(names)
        self.unconfirmed.update(names)

    def left(self, name: Name) -> bool:
        """The server has confirmed one unsubscribing; whether that ends the subscription."""
        self.unconfirmed[name] -= 1
        if self.unconfirmed[name] > 0:
            return False
        del self.unconfirmed[name]
        ended = name in self.leaving
        if ended:
            self.forget([name])
        return ended

    def lost(self, names: Iterable[Name]) -> None:
        """The connection of these is gone: who was being left is left."""
        names = set(names)
        self.forget(self.leaving & names)
        for name in names:
            del self.unconfirmed[name]

    def forget(self, names: Iterable[Name]) -> None:
        for name in list(names):
            self.handlers.pop(name, None)
            self.leaving.discard(name)

    def clear(self) -> None:
        self.handlers.clear()
        self.leaving.clear()
        self.unconfirmed.clear()


class NodeConnection:
    """A conversation with one node, and when it was heard of last."""

    def __init__(self, pool: ClusterConnectionPool, address: Address) -> None:
        self.address = address
        self.session = Session(pool, *address)
        self.answered = False
        self.silent = False
        self.heard = time.monotonic()
        self.asked: float | None = None  # when a PING went out that is not answered yet

    def note_reply(self) -> None:
        self.answered = True
        self.asked = None
        self.heard = time.monotonic()

    def check(self, interval: float, message: str) -> bool:
        """Ask whether the node is there if it was silent for so long; ConnectionError if it is not.

        To be called when everything that has come has been read. Returns whether it has asked.
        """
        now = time.monotonic()
        if self.asked is None:
            if now - self.heard > interval:
                self.session.send("PING", message)
                self.asked = now
                return True
        elif now - self.asked > interval:
            self.silent = True
            raise ConnectionError(f"no answer to a PING within {interval} s {self._name()}")
        return False

    def prove(self) -> None:
        """Wait for a sign of life; closed, and ConnectionError, if there is none."""
        try:
            self.session.call("PING", timeout=PROOF)
        except ResponseError:
            pass  # an answer as well
        except LOST as error:
            self.session.close()
            raise ConnectionError(f"still no sign of life: {error}") from None
        except BaseException:
            self.session.close()
            raise

    def _name(self) -> str:
        return "({}:{})".format(*self.address)


class NodeConnections:
    """All connections of one PubSub, and what is subscribed on them."""

    def __init__(self, pool: ClusterConnectionPool, pinned: Address | None) -> None:
        self._pool = pool
        self._pinned = pinned
        self._lock = threading.RLock()
        self._process = os.getpid()
        self.channels = Subscriptions()
        self.patterns = Subscriptions()
        self.sharded = Subscriptions()
        self._clear()

    def _clear(self) -> None:
        self.main: NodeConnection | None = None
        self.begun = False
        self._slot = 0  # of the first channel or pattern
        self._shards: dict[Address, NodeConnection] = {}
        self._homes: dict[Name, Address] = {}  # of sharded channels, as far as they have one
        self._hints: dict[int, Address] = {}  # where a redirect led
        self._moves = 0
        self._retry_at = 0.0
        self._stale = False  # a connection was lost, and the slot table may be as old as that one
        self._doubtful: set[Address] = set()  # silent, or lost before they had answered
        self._vain = 0  # main connections in a row that were lost before they had answered

    def locked(self) -> AbstractContextManager[bool]:
        """The lock; a child process, in which a thread that held it is gone, has one of its own."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._lock = threading.RLock()
        return self._lock

    def close(self) -> None:
        """Close all connections and forget all subscriptions."""
        for connection in self.all():
            connection.session.close()
        for kind in (self.channels, self.patterns, self.sharded):
            kind.clear()
        self._clear()

    def all(self) -> list[NodeConnection]:
        return [*([] if self.main is None else [self.main]), *self._shards.values()]

    def shards(self, address: Address | None = None) -> list[NodeConnection]:
        """The connections of sharded channels; only the one to this node, if it is given."""
        return [
            connection
            for place, connection in self._shards.items()
            if address is None or place == address
        ]

    # ---- channels and patterns ----

    def say(self, command: str, *args: Any) -> None:
        """Send a command on the main connection; it is opened if need be, once more if it fails.

        The first argument of the first command says which node it goes to.
        """
        if self.main is None:
            if not self.begun and args:
                self._slot = self._slot_of(args[0])
            self._open_main()
        connection = self.main
        assert connection is not None
        try:
            connection.session.send(command, *args)
        except LOST:
            self._drop(connection)
            self._open_main().session.send(command, *args)

    def leave(self, command: str, kind: Subscriptions, names: list[Name]) -> None:
        """Unsubscribe; what no connection knows is forgotten at once. No names: all of the kind."""
        wanted = names or list(kind.handlers)
        if self.main is None:
            kind.forget(wanted)
            return
        try:
            self.main.session.send(command, *wanted)
            kind.leave(wanted)
        except LOST:
            self._drop(self.main)
            kind.forget(wanted)

    def _open_main(self) -> NodeConnection:
        connection = self._connect(self._slot)
        self.begun = True
        try:
            for command, kind in (("SUBSCRIBE", self.channels), ("PSUBSCRIBE", self.patterns)):
                if kind.handlers:
                    connection.session.send(command, *kind.handlers)
        except BaseException:
            connection.session.close()
            raise
        self.main = connection
        return connection

    def _connect(self, slot: int) -> NodeConnection:
        """A connection to the owner of the slot, or to any node if that one cannot be reached."""
        reasons: list[str] = []  # texts only: an exception would keep this call's frame alive
        for address in self._candidates(slot):
            try:
                return self._open(address)
            except AuthenticationError:
                raise
            except LOST as error:
                reasons.append(str(error))
        if not reasons:
            self._pool.refresh()  # which says why no node is known
        told = "; ".join(reasons) or "the slot table names none"
        raise ConnectionError(f"no node can be reached: {told}")

    def _candidates(self, slot: int) -> Iterator[Address]:
        if self._pinned is not None:
            yield self._pinned
            return
        self._freshen()
        tried = set()
        first = self._pool.owner(slot)
        if first is not None and first not in self._doubtful:
            tried.add(first)
            yield first
        refresh(self._pool)  # the node may have been replaced
        others = [self._pool.owner(slot), *primaries_and_replicas(self._pool)]
        for address in sorted(others, key=self._doubtful.__contains__):
            if address is not None and address not in tried:
                tried.add(address)
                yield address

    def _open(self, address: Address) -> NodeConnection:
        """A connection; to a node that is in doubt, when it has given a sign of life."""
        connection = NodeConnection(self._pool, address)
        if address in self._doubtful:
            connection.prove()
            self._doubtful.discard(address)
        return connection

    # ---- sharded channels ----

    def join_shards(self, handlers: dict[Name, Handler]) -> None:
        """Subscribe to sharded channels where their slots are."""
        self.begun = True
        self.sharded.add(handlers)
        for name in handlers:
            self._homes.pop(name, None)
        try:
            self._place()
        except (RedisError, RedisClusterException):
            self._retry_at = time.monotonic() + PAUSE
            raise

    def leave_shards(self, names: list[Name]) -> None:
        """Unsubscribe from sharded channels; no names: from all."""
        for group in self._by_slot(names or list(self.sharded.handlers)).values():
            connection = self._shards.get(self._homes.get(group[0], ("", 0)))
            if connection is None:
                self._forget_shards(group)
                continue
            try:
                connection.session.send("SUNSUBSCRIBE", *group)
                self.sharded.leave(group)
            except LOST:
                self._drop(connection)
                self._forget_shards(group)

    def is_unasked(self, name: Name) -> bool:
        """Whether it is the server's doing that a sharded channel is unsubscribed."""
        return name in self.sharded.handlers and not self.sharded.unconfirmed[name]

    def shard_left(self, name: Name) -> None:
        """The server has confirmed that a sharded channel is unsubscribed."""
        if self.sharded.left(name):
            self._homes.pop(name, None)
            self._hang_up()

    def shard_moved(self, name: Name) -> None:
        """The slot of a sharded channel is elsewhere, so it needs another home."""
        self._homes.pop(name, None)
        refresh(self._pool)

    def _place(self) -> None:
        """Subscribe to all sharded channels that have no home."""
        homeless = [name for name in self.sharded.handlers if name not in self._homes]
        failure: Exception | None = None
        for slot, group in self._by_slot(homeless).items():
            try:
                connection = self._join(slot, group)
                self._homes.update(dict.fromkeys(group, connection.address))
            except (RedisError, RedisClusterException) as error:
                failure = failure or error
        self._hang_up()
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # or it would keep this frame, and with it the connections

    def _hang_up(self) -> None:
        """Close the connections on which nothing is subscribed any more."""
        for address in self._shards.keys() - self._homes.values():
            self._shards.pop(address).session.close()

    def _join(self, slot: int, names: list[Name]) -> NodeConnection:
        """Subscribe to channels of one slot, and once more if that breaks an older connection."""
        connection = self._shard_connection(slot)
        try:
            connection.session.send("SSUBSCRIBE", *names)
        except LOST:
            self._drop(connection)
            connection = self._shard_connection(slot)
            connection.session.send("SSUBSCRIBE", *names)
        return connection

    def _shard_connection(self, slot: int) -> NodeConnection:
        """The connection to the owner of a slot; another node may own it if that one is lost."""
        self._freshen()
        address = self._hints.pop(slot, None) or self._pool.owner(slot)
        if address is not None:
            try:
                return self._line_to(address)
            except AuthenticationError:
                raise
            except LOST:
                refresh(self._pool)
        else:
            self._pool.refresh()
        address = self._pool.owner(slot)
        if address is None:
            raise SlotNotCoveredError(f'Slot "{slot}" not covered by the cluster.')
        return self._line_to(address)

    def _line_to(self, address: Address) -> NodeConnection:
        if address not in self._shards:
            self._shards[address] = self._open(address)
        return self._shards[address]

    def _forget_shards(self, names: list[Name]) -> None:
        self.sharded.forget(names)
        for name in names:
            self._homes.pop(name, None)

    def _by_slot(self, names: Iterable[Name]) -> dict[int, list[Name]]:
        groups: dict[int, list[Name]] = {}
        for name in names:
            groups.setdefault(self._slot_of(name), []).append(name)
        return groups

    # ---- losses ----

    def is_current(self, connection: NodeConnection) -> bool:
        return connection is self.main or self._shards.get(connection.address) is connection

    def note_reply(self, connection: NodeConnection, kind: str) -> None:
        """A message of this type has come; a confirmation ends a row of redirects."""
        connection.note_reply()
        if connection is self.main:
            self._vain = 0
        if kind == "ssubscribe":
            self._moves = 0

    def check(self, connection: NodeConnection, interval: float, message: str) -> None:
        """Look after a silent connection; ConnectionError if it has to be given up.

        A node may answer and be deaf: one that the cluster has been told to forget.
        """
        if connection.check(interval, message) and self._pinned is None:
            known = primaries_and_replicas(self._pool)
            if known and connection.address not in known:
                raise ConnectionError(
                    "{}:{} is no longer in the slot table".format(*connection.address)
                )

    def lost(self, connection: NodeConnection, error: Exception) -> None:
        """Give a connection up. Raises the error if it never was of any use; else repair() is due.

        Not at once if another node can take its place: one may accept connections and close them.
        """
        if not self.is_current(connection):
            return
        replaceable = connection is self.main and self._pinned is None
        self._drop(connection)
        if connection.silent or not connection.answered:
            self._doubtful.add(connection.address)
        if not connection.answered and replaceable:
            self._vain += 1
        if not connection.answered and not (replaceable and self._vain == 1):
            self._retry_at = time.monotonic() + PAUSE
            try:
                raise error
            finally:
                del error

    def moved(self, connection: NodeConnection, error: MovedError) -> None:
        """A slot is elsewhere: subscribe there. Raises the error when that goes on and on."""
        self._moves += 1
        names = self._by_slot(self.sharded.handlers).get(error.slot_id, [])
        homeless = [name for name in names if self._homes.get(name) == connection.address]
        for name in homeless:
            del self._homes[name]
        self.sharded.lost(homeless)
        if self._moves > MOVES:
            self._moves = 0
            self._retry_at = time.monotonic() + PAUSE
            try:
                raise error
            finally:
                del error
        refresh(self._pool)
        if names and self._pool.owner(error.slot_id) == connection.address:
            # Whoever was asked for the slot table knows less than the node that redirected.
            host, _ = connection.address
            address = self._pool.redirected(error.host, error.port, host)
            if address is not None:
                self._hints[error.slot_id] = address

    def repair(self) -> Exception | None:
        """Set up again what was lost. Returns what stands in the way, but not again for a while."""
        if time.monotonic() < self._retry_at:
            return None
        try:
            if self.main is None and (self.channels.handlers or self.patterns.handlers):
                self._open_main()
            if len(self._homes) < len(self.sharded.handlers):
                self._place()
        except (RedisError, RedisClusterException) as error:
            self._retry_at = time.monotonic() + PAUSE
            return error
        return None

    def _drop(self, connection: NodeConnection) -> None:
        """Close a connection; what was being left on it is left."""
        connection.session.close()
        self._stale = True
        if connection is self.main:
            self.main = None
            for kind in (self.channels, self.patterns):
                kind.lost(list(kind.handlers))
            return
        del self._shards[connection.address]
        names = [name for name, home in self._homes.items() if home == connection.address]
        for name in names:
            del self._homes[name]
        self.sharded.lost(names)

    def _freshen(self) -> None:
        """Fetch the slot table if a connection was lost since: another node may have its place."""
        if self._stale:
            self._stale = False
            refresh(self._pool)

    def _slot_of(self, name: Any) -> int:
        return keyslot(name, self._pool.encoding, self._pool.encoding_errors)
