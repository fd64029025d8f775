"""A scripted Redis Cluster for tests: real sockets, real slots, and any misbehaviour wanted.

    with ScriptedCluster(3) as cluster:
        a, b, c = cluster.nodes
        a.on("GET", Delay(0.3), Answer(), key="k", nth=2)
        ...
        assert a.sequence() == ["GET k", "GET k"]

Without a script the nodes behave: they know their slots, answer MOVED for the others, and
keep a small store. All nodes are served by one thread, which the context manager ends; what
went wrong in that thread is raised there, so that no fault of a script or a client is lost.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, TypeVar

from tests.support.node import HOST, Arrival, Connection, ScriptedNode
from tests.support.resp import SLOTS, Failure, Simple, Value, encode, key_slot
from tests.support.steps import (
    Answer,
    Args,
    Ask,
    Call,
    Cut,
    Delay,
    Drop,
    Error,
    Moved,
    Raw,
    Reply,
    Reset,
    Run,
    Silence,
    Step,
    StopReading,
)
from tests.support.store import Store, slots_of

__all__ = [
    "Answer",
    "Arrival",
    "Ask",
    "Call",
    "Connection",
    "Cut",
    "Delay",
    "Drop",
    "Error",
    "Failure",
    "Moved",
    "Raw",
    "Reply",
    "Reset",
    "Run",
    "ScriptedCluster",
    "ScriptedNode",
    "Silence",
    "Simple",
    "Step",
    "StopReading",
]

PATIENCE = 5.0
OK = Simple("OK")
Result = TypeVar("Result")


class ScriptedCluster:
    """Nodes with a slot layout on one server thread.

    `masters` share the slots evenly; each has `replicas` more nodes, which follow the masters
    in `nodes`. With a password, connections must log in before anything else. A server that
    is no cluster (`enabled=False`) refuses CLUSTER. All nodes listen on `host`.
    `socket_buffer` bounds what the kernel holds of a conversation.
    """

    def __init__(
        self,
        masters: int = 3,
        *,
        replicas: int = 0,
        host: str = HOST,
        username: str = "default",
        password: str | None = None,
        enabled: bool = True,
        socket_buffer: int | None = None,
    ) -> None:
        self.host = host
        self.username = username
        self.password = password
        self.enabled = enabled
        self.socket_buffer = socket_buffer
        self.store = Store()
        self.changed = threading.Condition(threading.RLock())
        self.log: list[tuple[int, int, Args]] = []
        self.nodes = [ScriptedNode(self, index) for index in range(masters * (1 + replicas))]
        self.owners: list[ScriptedNode | None] = [
            self.nodes[slot * masters // SLOTS] for slot in range(SLOTS)
        ]
        self._masters = masters
        self._faults: list[BaseException] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="scripted-cluster", daemon=True)

    def __enter__(self) -> ScriptedCluster:
        self._thread.start()
        try:
            for node in self.nodes:
                self.await_in_loop(node.start())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()
        if self._faults:
            raise self._faults[0]

    # Where things are.

    @property
    def startup_nodes(self) -> list[dict[str, str | int]]:
        """All nodes, for the constructor of a client."""
        return [node.startup_node for node in self.nodes]

    def owner(self, key: str | bytes) -> ScriptedNode:
        """The node that serves a key."""
        node = self.owners[slot_of(key)]
        assert node is not None, f"nobody serves {key!r}"
        return node

    def keys(self, node: ScriptedNode, count: int, prefix: str = "k") -> list[str]:
        """Keys of different slots that a node serves."""
        found: dict[int, str] = {}
        for number in range(100 * SLOTS):
            key = f"{prefix}{number}"
            if self.owner(key) is node:
                found.setdefault(slot_of(key), key)
            if len(found) == count:
                return list(found.values())
        raise ValueError(f"{node.address} serves fewer than {count} slots")

    def key(self, node: ScriptedNode, prefix: str = "k") -> str:
        """A key that a node serves."""
        return self.keys(node, 1, prefix)[0]

    def move(self, key: str | bytes, to: ScriptedNode | None) -> None:
        """Give the slot of a key to another node, or to nobody."""
        self.assign([slot_of(key)], to)

    def assign(self, slots: Iterable[int], to: ScriptedNode | None) -> None:
        """Give slots to another node, or to nobody."""

        def change() -> None:
            for slot in slots:
                self.owners[slot] = to

        self.in_loop(change)

    def retire(self, node: ScriptedNode, to: ScriptedNode) -> ScriptedNode:
        """Give all slots of a node to another, so that no CLUSTER SLOTS names it any more."""
        self.assign([slot for slot in range(SLOTS) if self.owners[slot] is node], to)
        return node

    def replicas_of(self, master: ScriptedNode) -> list[ScriptedNode]:
        """The replicas of a master."""
        return self.nodes[master.index + self._masters :: self._masters]

    # Scripts and logs of all nodes.

    def on(self, command: str, *steps: Step, **limits: Any) -> None:
        """Script every node; see ScriptedNode.on()."""
        for node in self.nodes:
            node.on(command, *steps, **limits)

    def forget_log(self) -> None:
        """Empty the logs: what comes next is what the test is about."""
        with self.changed:
            self.log.clear()
            for node in self.nodes:
                node.log.clear()

    def count(self, *names: str) -> int:
        """How often commands of these names arrived at any node."""
        return sum(len(node.commands(*names)) for node in self.nodes)

    def wait_until(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait for something that the nodes do; AssertionError if it does not come."""
        with self.changed:
            assert self.changed.wait_for(condition, timeout), f"in vain after {timeout} s"

    def wait_all_closed(self, timeout: float = PATIENCE) -> None:
        """Wait until no client has a connection left."""
        self.wait_until(lambda: not any(node.open_connections for node in self.nodes), timeout)

    # The default answers.

    def answer(self, connection: Connection, args: Args) -> bytes:
        """The reply of a node that behaves."""
        name = args[0].upper()
        if name == b"AUTH":
            return encode(self._log_in(connection, args[1:]))
        if self.password is not None and not connection.authenticated:
            return encode(Failure("NOAUTH Authentication required."))
        if name == b"ASKING":
            connection.asking = True
            return encode(OK)
        if name in (b"READONLY", b"READWRITE"):
            connection.readonly = name == b"READONLY"
            return encode(OK)
        if name == b"CLUSTER":
            return encode(self._cluster(args))
        if name in _FIXED:
            return encode(_FIXED[name])
        return encode(self._refusal(connection, args) or self.store.run(args))

    def slots_reply(self) -> list[Value]:
        """What CLUSTER SLOTS says of the present layout."""
        entries: list[Value] = []
        start = 0
        for slot in range(1, SLOTS + 1):
            owner = self.owners[start]
            if slot < SLOTS and self.owners[slot] is owner:
                continue
            if owner is not None:
                members = [owner, *self.replicas_of(owner)]
                entries.append([start, slot - 1, *(self._member(node) for node in members)])
            start = slot
        return entries

    def _member(self, node: ScriptedNode) -> Value:
        metadata: list[Value] = [*node.announced_metadata]
        return [node.announced_host, node.announced_port or node.port, node.id.encode(), metadata]

    def _log_in(self, connection: Connection, words: Args) -> Value:
        if self.password is None:
            return Failure(
                "ERR AUTH <password> called without any password configured for the default"
                " user. Are you sure your configuration is correct?"
            )
        given = [self.username.encode(), *words][-2:]
        connection.authenticated = given == [self.username.encode(), self.password.encode()]
        if connection.authenticated:
            return OK
        return Failure("WRONGPASS invalid username-password pair or user is disabled.")

    def _cluster(self, args: Args) -> Value:
        if not self.enabled:
            return Failure("ERR This instance has cluster support disabled")
        if [arg.upper() for arg in args[1:]] == [b"SLOTS"]:
            return self.slots_reply()
        return Failure("ERR unknown subcommand. Try CLUSTER HELP.")

    def _refusal(self, connection: Connection, args: Args) -> Failure | None:
        slots = slots_of(args)
        if not slots or not self.enabled:
            return None
        if len(slots) > 1:
            return Failure("CROSSSLOT Keys in request don't hash to the same slot")
        slot = slots.pop()
        owner = self.owners[slot]
        if owner is None:
            return Failure("CLUSTERDOWN Hash slot not served")
        if owner is connection.node or connection.asking:
            return None
        if connection.readonly and connection.node in self.replicas_of(owner):
            return None
        return Failure(f"MOVED {slot} {owner.announced_address}")

    # The server thread.

    def in_loop(self, action: Callable[[], Result]) -> Result:
        """Run a function on the server thread and return what it returns."""

        async def run() -> Result:
            return action()

        if threading.current_thread() is self._thread:
            return action()
        return self.await_in_loop(run())

    def await_in_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on the server thread; not to be called from there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def note_fault(self, error: BaseException) -> None:
        """Keep an error of the server thread; the end of the cluster raises it."""
        self._faults.append(error)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _end(self) -> None:
        try:
            for node in self.nodes:
                self.await_in_loop(node.close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive(), "the server thread does not end"
            self._loop.close()


_FIXED: dict[bytes, Value] = {
    b"PING": Simple("PONG"),
    b"CLIENT": OK,
    b"CONFIG": [b"cluster-require-full-coverage", b"yes"],
}


def slot_of(key: str | bytes) -> int:
    """The slot of a key as a test writes it."""
    return key_slot(key.encode() if isinstance(key, str) else key)
