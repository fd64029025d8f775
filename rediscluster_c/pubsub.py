"""PubSub: messages of channels, patterns and sharded channels, as redis-py hands them out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rediscluster_c._core import Session
from rediscluster_c._nodes import LOST
from rediscluster_c._pubsub.connections import (
    Handler,
    Name,
    NodeConnection,
    NodeConnections,
    Subscriptions,
    address_of,
)
from rediscluster_c._safe_repr import shown
from rediscluster_c.crc import Key
from rediscluster_c.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    DataError,
    InvalidResponse,
    MovedError,
    PubSubError,
    TryAgainError,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from rediscluster_c.connection import ClusterConnectionPool

__all__ = ["ClusterPubSub", "PubSub", "PubSubWorkerThread"]

Message = dict[str, Any]

# Seconds after which whoever waits looks whether another thread has opened or closed something.
SLICE = 0.25

# Seconds of silence after which a node is asked for a sign of life, and after which it is given up.
HEALTH_CHECK_INTERVAL = 6.0

_NOTHING = object()
_CHANGED = object()
_TEXTS = (str, bytes, memoryview)
_NOT_NOW = (BusyLoadingError, ClusterDownError, TryAgainError)


class ClusterPubSub:
    """Subscriptions of one program: ``rc.pubsub()`` makes one.

    Channels and patterns share a connection to the node that owns the slot of the first of them,
    or to another node when that one is gone; sharded channels are subscribed where their slots
    are. A connection that is lost, a node that is silent (see health_check_interval) and a slot
    that moves are set up again by themselves, by a fresh slot table, and the server's confirmations
    come once more; what was published meanwhile is lost, as always.

    ConnectionError when no node can be reached: the subscriptions stay, and the next call tries
    again. One thread may wait for messages while others subscribe, unsubscribe and close.
    """

    PUBLISH_MESSAGE_TYPES = ("message", "pmessage", "smessage")
    UNSUBSCRIBE_MESSAGE_TYPES = ("unsubscribe", "punsubscribe", "sunsubscribe")
    HEALTH_CHECK_MESSAGE = "redis-py-health-check"

    def __init__(
        self,
        connection_pool: ClusterConnectionPool,
        shard_hint: Any | None = None,
        ignore_subscribe_messages: bool = False,
        *,
        node: Any | None = None,
        host: str | None = None,
        port: int | None = None,
        health_check_interval: float | None = None,
    ) -> None:
        """
        node ("host:port", or anything with host and port), or host and port, say where channels and
        patterns are subscribed. A node that is silent for health_check_interval seconds (None: 6)
        is asked for a sign of life, and given up after as long again; who waits for messages does
        that. 0 leaves it to TCP's keep-alive, which notices a host that is gone and nothing else.
        """
        if (host is None) != (port is None):
            raise DataError("pubsub() takes host and port together")
        pinned = None
        if node is not None:
            pinned = address_of(node)
        elif host is not None and port is not None:
            pinned = (host, int(port))
        self.connection_pool = connection_pool
        self.encoder = connection_pool.get_encoder()
        self.shard_hint = shard_hint
        self.ignore_subscribe_messages = ignore_subscribe_messages
        self.health_check_interval = (
            HEALTH_CHECK_INTERVAL if health_check_interval is None else health_check_interval
        )
        self._connections = NodeConnections(connection_pool, pinned)
        self._closings = 0

    # ---- what is subscribed ----

    @property
    def channels(self) -> dict[Name, Handler]:
        """{channel: its handler, or None}."""
        return self._connections.channels.handlers

    @property
    def patterns(self) -> dict[Name, Handler]:
        """{pattern: its handler, or None}."""
        return self._connections.patterns.handlers

    @property
    def shard_channels(self) -> dict[Name, Handler]:
        """{sharded channel: its handler, or None}."""
        return self._connections.sharded.handlers

    @property
    def pending_unsubscribe_channels(self) -> set[Name]:
        """Channels whose unsubscribing the server has not confirmed yet."""
        return self._connections.channels.leaving

    @property
    def pending_unsubscribe_patterns(self) -> set[Name]:
        """Patterns whose unsubscribing the server has not confirmed yet."""
        return self._connections.patterns.leaving

    @property
    def pending_unsubscribe_shard_channels(self) -> set[Name]:
        """Sharded channels whose unsubscribing the server has not confirmed yet."""
        return self._connections.sharded.leaving

    @property
    def subscribed(self) -> bool:
        """Whether there is a subscription to anything."""
        return bool(self.channels or self.patterns or self.shard_channels)

    @property
    def connection(self) -> Session | None:
        """The connection of channels and patterns, if there is one."""
        connection = self._connections.main
        return None if connection is None else connection.session

    # ---- subscribing ----

    def subscribe(self, *args: Key | Iterable[Key], **kwargs: Handler) -> None:
        """Subscribe to channels; by keyword with a handler, which then gets the messages."""
        self._subscribe("SUBSCRIBE", self._connections.channels, args, kwargs)

    def psubscribe(self, *args: Key | Iterable[Key], **kwargs: Handler) -> None:
        """Subscribe to patterns; by keyword with a handler, which then gets the messages."""
        self._subscribe("PSUBSCRIBE", self._connections.patterns, args, kwargs)

    def ssubscribe(self, *args: Key | Iterable[Key], **kwargs: Handler) -> None:
        """Subscribe to sharded channels, of any slots (server 7.0); by keyword with a handler.

        When a node cannot be reached its channels are subscribed later, by the calls that wait for
        messages.
        """
        handlers = self._handlers("ssubscribe", args, kwargs)
        with self._connections.locked():
            self._connections.join_shards(handlers)

    def unsubscribe(self, *args: Key | Iterable[Key]) -> None:
        """Unsubscribe from these channels, or from all if none is given."""
        with self._connections.locked():
            self._connections.leave("UNSUBSCRIBE", self._connections.channels, self._names(args))

    def punsubscribe(self, *args: Key | Iterable[Key]) -> None:
        """Unsubscribe from these patterns, or from all if none is given."""
        with self._connections.locked():
            self._connections.leave("PUNSUBSCRIBE", self._connections.patterns, self._names(args))

    def sunsubscribe(self, *args: Key | Iterable[Key]) -> None:
        """Unsubscribe from these sharded channels, or from all if none is given."""
        with self._connections.locked():
            self._connections.leave_shards(self._names(args))

    def _subscribe(
        self, command: str, kind: Subscriptions, args: tuple[Any, ...], kwargs: dict[str, Handler]
    ) -> None:
        handlers = self._handlers(command.lower(), args, kwargs)
        with self._connections.locked():
            self._connections.say(command, *handlers)
            # Afterwards: a connection that is opened on the way subscribes to what is known then.
            kind.add(handlers)

    def _handlers(
        self, method: str, args: tuple[Any, ...], kwargs: dict[str, Handler]
    ) -> dict[Name, Handler]:
        handlers: dict[Name, Handler] = dict.fromkeys(self._names(args))
        handlers.update({self._name(name): handler for name, handler in kwargs.items()})
        if not handlers:
            raise DataError(f"{method}() takes at least one channel or pattern")
        return handlers

    def _names(self, args: tuple[Any, ...]) -> list[Name]:
        """The names in arguments or lists of them, as they come in messages, each once."""
        if args and isinstance(args[0], Iterable) and not isinstance(args[0], _TEXTS):
            args = (*args[0], *args[1:])
        return list(dict.fromkeys(self._name(name) for name in args))

    def _name(self, name: Key) -> Name:
        decoded: Name = self.encoder.decode(self.encoder.encode(name))
        return decoded

    # ---- receiving ----

    def get_message(
        self, ignore_subscribe_messages: bool = False, timeout: float | None = 0
    ) -> Message | None:
        """Return the next message, or None: when none came within *timeout* seconds (None: wait for
        any time), or a handler took it, or it is a confirmation that is not wanted.

        A message is a dict of type, pattern, channel and data. RuntimeError before anything was
        subscribed.
        """
        response = self.parse_response(block=timeout is None, timeout=timeout or 0)
        if response is None:
            return None
        return self.handle_message(response, ignore_subscribe_messages)

    def get_sharded_message(
        self,
        ignore_subscribe_messages: bool = False,
        timeout: float | None = 0,
        target_node: Any | None = None,
    ) -> Message | None:
        """The same as get_message(), but for sharded channels alone; of one node, if named."""
        address = None if target_node is None else address_of(target_node)
        self._check_begun()
        response = self._next(timeout, lambda: self._connections.shards(address))
        if response is _NOTHING:
            return None
        return self.handle_message(response, ignore_subscribe_messages)

    def listen(self) -> Iterator[Message]:
        """Yield messages as they come, until nothing is subscribed any more."""
        while self.subscribed:
            response = self.parse_response(block=True)
            message = None if response is None else self.handle_message(response)
            if message is not None:
                yield message

    def parse_response(self, block: bool = True, timeout: float = 0) -> Any:
        """Return what the server says next, as it comes, or None if nothing came in time."""
        self._check_begun()
        response = self._next(None if block else timeout, self._connections.all)
        return None if response is _NOTHING else response

    def handle_message(
        self, response: Any, ignore_subscribe_messages: bool = False
    ) -> Message | None:
        """Make a message of what parse_response() returned, and call its handler if it has one."""
        message = _message_of(response)
        kind = message["type"]
        if kind in self.PUBLISH_MESSAGE_TYPES:
            handler = self._handler_of(message)
            if handler is None:
                return message
            handler(message)
            return None
        if kind == "pong":
            return message
        self._note_unsubscribed(kind, message)
        return None if ignore_subscribe_messages or self.ignore_subscribe_messages else message

    def _handler_of(self, message: Message) -> Handler:
        with self._connections.locked():
            if message["type"] == "pmessage":
                return self.patterns.get(message["pattern"])
            channels = self.shard_channels if message["type"] == "smessage" else self.channels
            return channels.get(message["channel"])

    def _note_unsubscribed(self, kind: str, message: Message) -> None:
        with self._connections.locked():
            if kind == "unsubscribe":
                self._connections.channels.left(message["channel"])
            elif kind == "punsubscribe":
                self._connections.patterns.left(message["channel"])
            elif kind == "sunsubscribe":
                self._connections.shard_left(message["channel"])

    def _check_begun(self) -> None:
        if not self._connections.begun:
            raise RuntimeError(
                "pubsub connection not set: did you forget to call subscribe() or psubscribe()?"
            )

    def _next(self, timeout: float | None, pick: Callable[[], list[NodeConnection]]) -> Any:
        """The next reply on a connection, or _NOTHING; what is lost meanwhile is repaired."""
        end = None if timeout is None else time.monotonic() + timeout
        closings = self._closings
        while closings == self._closings:
            with self._connections.locked():
                failure = self._connections.repair()
                connections = pick()
            changed = False
            for connection in connections:
                response = self._hear(connection)
                changed = changed or response is _CHANGED
                if response is not _NOTHING and response is not _CHANGED:
                    return response
            if failure is not None:
                try:
                    raise failure
                finally:
                    del failure  # or it would keep this frame, and with it the connections
            left = SLICE if end is None else min(SLICE, end - time.monotonic())
            if left <= 0 or (end is None and not connections and not self.subscribed):
                break
            if changed:
                continue
            if connections:
                Session.wait([connection.session for connection in connections], left)
            else:
                time.sleep(left)
        return _NOTHING

    def _hear(self, connection: NodeConnection) -> Any:
        """What has come on a connection; _CHANGED: no message, but another connection."""
        try:
            response = connection.session.receive(0, _NOTHING)
            if response is _NOTHING and self.health_check_interval > 0:
                self._connections.check(
                    connection, self.health_check_interval, self.HEALTH_CHECK_MESSAGE
                )
        except MovedError as error:
            with self._connections.locked():
                self._connections.moved(connection, error)
            return _CHANGED
        except (*LOST, *_NOT_NOW) as error:
            with self._connections.locked():
                self._connections.lost(connection, error)
            return _CHANGED
        if response is _NOTHING:
            return response
        return _CHANGED if self._is_private(connection, response) else response

    def _is_private(self, connection: NodeConnection, response: Any) -> bool:
        asked = connection.asked is not None
        message = _message_of(response)
        with self._connections.locked():
            self._connections.note_reply(connection, message["type"])
            if message["type"] == "sunsubscribe" and self._connections.is_unasked(
                message["channel"]
            ):
                self._connections.shard_moved(message["channel"])
                return True
        is_pong = message["type"] == "pong"
        return asked and is_pong and _text(message["data"]) == self.HEALTH_CHECK_MESSAGE

    # ---- other ----

    def ping(self, message: Key | None = None) -> None:
        """Ask for a sign of life: a message of type "pong" whose data is *message*."""
        with self._connections.locked():
            self._connections.say("PING", "" if message is None else message)

    def check_health(self) -> None:
        """Nothing to do: who waits for messages also looks after the connections."""
        self._check_begun()

    def execute_command(self, *args: Any, **kwargs: Any) -> None:
        """Send a command on the connection of channels and patterns; its reply is a message.

        Keywords are ignored, as they always were.
        """
        with self._connections.locked():
            self._connections.say(*args)

    def run_in_thread(
        self,
        sleep_time: float = 0,
        daemon: bool = False,
        exception_handler: Callable[[Exception, PubSub, PubSubWorkerThread], Any] | None = None,
    ) -> PubSubWorkerThread:
        """Start a thread that gives messages to their handlers until its stop() is called.

        An exception ends it, unless exception_handler(exception, pubsub, thread) takes it.
        PubSubError when something subscribed has no handler.
        """
        for kind, handlers in (
            ("Channel", self.channels),
            ("Pattern", self.patterns),
            ("Shard channel", self.shard_channels),
        ):
            for name, handler in handlers.items():
                if handler is None:
                    raise PubSubError(f"{kind}: '{_text(name)}' has no handler registered")
        thread = PubSubWorkerThread(self, sleep_time, daemon, exception_handler)
        thread.start()
        return thread

    def reset(self) -> None:
        """Forget all subscriptions and close the connections; subscribing begins anew."""
        with self._connections.locked():
            self._closings += 1
            self._connections.close()

    def close(self) -> None:
        """The same as reset(). Threads that wait for messages get none any more."""
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.reset()

    def __del__(self) -> None:
        if hasattr(self, "_closings"):
            self.reset()


PubSub = ClusterPubSub


class PubSubWorkerThread(threading.Thread):
    """Gives the messages of a PubSub to their handlers; run_in_thread() makes and starts one."""

    # With a sleep_time of 0 there is nothing to gain from looking more often for the end.
    _LONGEST_WAIT = 0.1

    def __init__(
        self,
        pubsub: PubSub,
        sleep_time: float,
        daemon: bool = False,
        exception_handler: Callable[[Exception, PubSub, PubSubWorkerThread], Any] | None = None,
    ) -> None:
        super().__init__(daemon=daemon)
        self.pubsub = pubsub
        self.sleep_time = sleep_time
        self.exception_handler = exception_handler
        self._ended = threading.Event()
        self._closings = pubsub._closings

    def run(self) -> None:
        """What the thread does: to be called by start()."""
        try:
            while not self._ended.is_set() and not self._is_closed():
                self._serve_once()
        finally:
            if not self._is_closed():
                self.pubsub.close()

    def _is_closed(self) -> bool:
        """Somebody else has closed the PubSub, and may use it anew already."""
        return self.pubsub._closings != self._closings

    def _serve_once(self) -> None:
        try:
            self.pubsub.get_message(
                ignore_subscribe_messages=True, timeout=self.sleep_time or self._LONGEST_WAIT
            )
        except Exception as error:
            if self._is_closed():
                return
            if self.exception_handler is None:
                raise
            self.exception_handler(error, self.pubsub, self)

    def stop(self) -> None:
        """Let the thread end, which closes the PubSub; join() waits for that."""
        self._ended.set()


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


# How many items a message of each type has.
_LENGTHS = {
    "pong": 2,
    **dict.fromkeys(("message", "smessage"), 3),
    "pmessage": 4,
    **{f"{how}{what}": 3 for how in ("", "p", "s") for what in ("subscribe", "unsubscribe")},
}


def _message_of(response: Any) -> Message:
    if isinstance(response, (bytes, str)):
        # What PING answers while nothing is subscribed.
        return {"type": "pong", "pattern": None, "channel": None, "data": response}
    kind = _text(response[0]) if isinstance(response, list) and response else ""
    wrong = kind not in _LENGTHS or len(response) != _LENGTHS[kind]
    if wrong or any(isinstance(name, list) for name in response[:-1]):
        raise InvalidResponse(f"this is no message of a subscription: {shown(response)}")
    if kind == "pong":
        return {"type": kind, "pattern": None, "channel": None, "data": response[1]}
    if kind == "pmessage":
        pattern, channel, data = response[1:]
    else:
        pattern = None
        channel, data = response[1:]
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}
