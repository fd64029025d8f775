"""What a scripted node does about a command: the steps that `node.on()` takes.

A script is read like a sentence: `node.on("GET", Delay(0.3), Answer())`. Steps run in order
on the connection that brought the command and hold back only that connection.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tests.support.resp import Failure, Value, encode, key_slot

if TYPE_CHECKING:
    from tests.support.node import Connection, ScriptedNode

Args = list[bytes]


class Hangup(Exception):
    """Ends a connection from within a step."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


class Step(Protocol):
    """One thing to do about a command."""

    async def play(self, connection: Connection, args: Args) -> None:
        """Do it; raise Hangup to end the connection."""


@dataclass(frozen=True)
class Answer:
    """Run the command and reply as a real node would."""

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.send(connection.run(args))


@dataclass(frozen=True)
class Run:
    """Run the command and keep its reply back: what happens when a reply is lost."""

    async def play(self, connection: Connection, args: Args) -> None:
        connection.run(args)


@dataclass(frozen=True)
class Cut:
    """Run the command, send the first bytes of its reply and close."""

    size: int

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.send(connection.run(args)[: self.size])
        raise Hangup


@dataclass(frozen=True)
class Reply:
    """Reply with a value, whatever the command is."""

    value: Value

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.send(encode(self.value))


@dataclass(frozen=True)
class Error:
    """Reply with an error; the text begins with its code."""

    text: str

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.send(encode(Failure(self.text)))


@dataclass(frozen=True)
class Raw:
    """Send these bytes: garbage, half a reply, one reply too many."""

    data: bytes

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.send(self.data)


@dataclass(frozen=True)
class _Redirect:
    """MOVED or ASK to a node or, as text, to any address that a server may name."""

    to: ScriptedNode | str
    slot: int | None = None

    async def play(self, connection: Connection, args: Args) -> None:
        slot = key_slot(args[1]) if self.slot is None else self.slot
        address = self.to if isinstance(self.to, str) else self.to.announced_address
        text = f"{type(self).__name__.upper()} {slot} {address}"
        await connection.send(encode(Failure(text)))


class Moved(_Redirect):
    """MOVED <slot of the key> <address>."""


class Ask(_Redirect):
    """ASK <slot of the key> <address>."""


@dataclass(frozen=True)
class Delay:
    """Let time pass; earlier replies go out first."""

    seconds: float

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.flush()
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True)
class Silence:
    """Say nothing more on this connection, and leave it open until the peer closes it."""

    async def play(self, connection: Connection, args: Args) -> None:
        await connection.flush()
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Drop:
    """Close the connection; what was replied before is delivered."""

    async def play(self, connection: Connection, args: Args) -> None:
        raise Hangup


@dataclass(frozen=True)
class Reset:
    """Close the connection with a TCP reset; what was replied before goes out first."""

    async def play(self, connection: Connection, args: Args) -> None:
        raise Hangup(reset=True)


@dataclass(frozen=True)
class StopReading:
    """Read no more on any connection of the node (one read may be under way already)."""

    async def play(self, connection: Connection, args: Args) -> None:
        connection.node.stop_reading()


@dataclass(frozen=True)
class Call:
    """Run a function of the test on the server's thread; an exception in it fails the test.

    It is given the connection and the command and must not block. What it returns is played.
    """

    function: Callable[[Connection, Args], Step | None]

    async def play(self, connection: Connection, args: Args) -> None:
        step = self.function(connection, args)
        if inspect.isawaitable(step):
            raise TypeError("the function of a Call returns a step, it is no coroutine")
        if step is not None:
            await step.play(connection, args)


@dataclass
class Rule:
    """Which commands a script is for; `seen` counts those that fit, used or not."""

    command: tuple[bytes, ...]
    steps: tuple[Step, ...]
    key: bytes | None
    nth: int | None
    times: int | None
    seen: int = 0
    used: int = 0

    def takes(self, args: Args) -> bool:
        """Whether this rule would answer; counts the command if it fits."""
        if not self._fits(args):
            return False
        self.seen += 1
        if self.nth is not None and self.seen != self.nth:
            return False
        return self.times is None or self.used < self.times

    def _fits(self, args: Args) -> bool:
        name = tuple(arg.upper() for arg in args[: len(self.command)])
        if name != self.command and (self.command != ANY or name == CONNECT):
            return False
        return self.key is None or args[1:2] == [self.key]


ANY: tuple[bytes, ...] = (b"*",)
CONNECT: tuple[bytes, ...] = (b"(CONNECT)",)
