"""One scripted node: a listening socket, its connections, its script and its log.

Everything here runs on the cluster's server thread, in one asyncio loop; the methods that a
test calls hand their work over to it and wait. What a test may read from its own thread, the
logs and the states of the connections, changes under the cluster's condition variable.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

from tests.support.flow import After, Flow
from tests.support.resp import RequestParser, words
from tests.support.steps import CONNECT, Answer, Args, Hangup, Rule, Step

if TYPE_CHECKING:
    from tests.support.scripted import ScriptedCluster

HOST = "127.0.0.1"
READ_SIZE = 65536
HOUSEKEEPING = frozenset(
    b"AUTH CLIENT CLUSTER COMMAND CONFIG HELLO INFO PING READONLY READWRITE".split()
)


class Arrival(NamedTuple):
    """A command that was read, and the number of the connection that brought it."""

    conn: int
    args: Args


class Connection:
    """One accepted connection: what it owes, what it may, whether it is open."""

    def __init__(self, node: ScriptedNode, number: int, sock: socket.socket) -> None:
        self.node = node
        self.number = number
        self.open = True
        self.asking = False
        self.readonly = False
        self.authenticated = False
        self._sock = sock
        self._pending: asyncio.Queue[Args] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._output = bytearray()
        self._reset = False

    def run(self, args: Args) -> bytes:
        """Carry a command out as a real node would and return its reply."""
        return self.node.cluster.answer(self, args)

    async def send(self, data: bytes) -> None:
        """Queue bytes; they go out together with those of the commands that wait already."""
        self._output += data
        if len(self._output) > READ_SIZE:
            await self.flush()

    async def flush(self) -> None:
        """Write what is queued, disturbed as the node's flow says."""
        data = bytes(self._output)
        self._output.clear()
        loop = asyncio.get_running_loop()
        for piece, after in self.node.flow.output(data):
            await loop.sock_sendall(self._sock, piece)
            if after is After.CUT:
                raise Hangup
            if after is After.STALL:
                await asyncio.Event().wait()
            if after is After.PAUSE:
                await asyncio.sleep(self.node.flow.pause)

    async def serve(self) -> None:
        """Read and answer until either side ends the connection."""
        tasks = [asyncio.ensure_future(self._read()), asyncio.ensure_future(self._play())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            for outcome in outcomes:
                self._note_end(outcome)

    def reset_at_close(self) -> None:
        """Make the close of this connection a TCP reset."""
        self._reset = True

    def close(self) -> None:
        """Close the socket, once nothing reads or writes it any more."""
        if self._reset:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()
        with self.node.cluster.changed:
            self.open = False
            self.node.cluster.changed.notify_all()

    def _note_end(self, outcome: BaseException | None) -> None:
        if isinstance(outcome, Hangup):
            self._reset = self._reset or outcome.reset
        elif isinstance(outcome, Exception) and not isinstance(outcome, ConnectionError):
            self.node.cluster.note_fault(outcome)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        parser = RequestParser()
        flow = self.node.flow
        while True:
            await self.node.may_read.wait()
            data = await loop.sock_recv(self._sock, flow.input_limit(READ_SIZE))
            if not data:
                return
            for args in parser.feed(data):
                self._idle.clear()
                self.node.record(self, args)
                self._pending.put_nowait(args)
            after = flow.input_taken(len(data))
            if after is not After.GO_ON or self.node.lockstep:
                await self._idle.wait()
            if after is After.CUT:
                return
            if after is After.STALL:
                await asyncio.Event().wait()
            # A read that finds data does not suspend; what was read comes first.
            await asyncio.sleep(0)

    async def _play(self) -> None:
        try:
            await self._play_steps(self.node.script_for(list(CONNECT)), [])
            while True:
                if self._pending.empty():
                    await self.flush()
                    self._idle.set()
                args = await self._pending.get()
                await self._play_steps(self.node.script_for(args) or (Answer(),), args)
                self.asking = self.asking and args[0].upper() == b"ASKING"
        except Hangup:
            with contextlib.suppress(Hangup):
                await self.flush()
            raise

    async def _play_steps(self, steps: tuple[Step, ...], args: Args) -> None:
        for step in steps:
            await step.play(self, args)


class ScriptedNode:
    """A node of a ScriptedCluster; made by it, never alone."""

    def __init__(self, cluster: ScriptedCluster, index: int) -> None:
        self.cluster = cluster
        self.index = index
        self.host = cluster.host
        self.port = 0
        self.id = f"{index:040x}"
        self.announced_host: bytes | None = self.host.encode()
        self.announced_port: int | None = None
        self.announced_metadata: list[bytes] = []
        self.log: list[Arrival] = []
        self.connections: list[Connection] = []
        self.lockstep = False
        self.flow = Flow()
        self.may_read: asyncio.Event
        self._rules: list[Rule] = []
        self._listener: socket.socket | None = None
        self._reserved: socket.socket | None = None  # the port, while nothing listens
        self._serving: dict[Connection, asyncio.Task[None]] = {}

    # What a test scripts.

    def on(
        self,
        command: str,
        *steps: Step,
        key: str | bytes | None = None,
        nth: int | None = None,
        times: int | None = None,
    ) -> None:
        """Play `steps` for commands of this name ("GET", "CLUSTER SLOTS", "*" for any).

        `key` is the first argument that must follow, `nth` takes the n-th fitting command
        alone, `times` the first so many. The newest rule that takes a command answers it.
        """
        name = tuple(word.encode().upper() for word in command.split())
        raw = key.encode() if isinstance(key, str) else key
        self._add(Rule(name, steps, raw, nth, times))

    def on_connect(self, *steps: Step, times: int | None = None) -> None:
        """Play `steps` on connections as they are accepted, before anything is read."""
        self._add(Rule(CONNECT, steps, None, None, times))

    def forget_script(self) -> None:
        """Answer everything normally from now on."""
        self.cluster.in_loop(self._rules.clear)

    def stop_reading(self) -> None:
        """Leave what clients send in the socket buffers."""
        self.cluster.in_loop(lambda: self.may_read.clear())

    def resume_reading(self) -> None:
        """Read again."""
        self.cluster.in_loop(lambda: self.may_read.set())

    def refuse_connections(self) -> None:
        """Close the listening socket; connections that are open stay."""
        self.cluster.in_loop(self.unlisten)

    def accept_connections(self) -> None:
        """Listen again, on the same port."""
        self.cluster.in_loop(self.listen)

    def drop_connections(self, reset: bool = False) -> None:
        """Close every open connection and wait until it is done."""
        self.cluster.await_in_loop(self._hang_up(reset))

    def stop(self) -> None:
        """Die: refuse new connections and reset the open ones."""
        self.refuse_connections()
        self.drop_connections(reset=True)

    def take_port(self, dead: ScriptedNode) -> None:
        """Listen, from the next accept_connections() on, where `dead` did; both have stopped."""
        assert self._reserved is not None and dead._reserved is not None
        self._reserved.close()
        self._reserved, dead._reserved = dead._reserved, None
        self.port = dead.port

    def push(self, data: bytes) -> None:
        """Send bytes that nobody asked for on every open connection."""
        self.cluster.await_in_loop(self._push(data))

    # What a test reads.

    @property
    def address(self) -> str:
        """Where the node listens."""
        return f"{self.host}:{self.port}"

    @property
    def announced_address(self) -> str:
        """The address that redirects to this node name."""
        return f"{(self.announced_host or b'').decode()}:{self.announced_port or self.port}"

    @property
    def startup_node(self) -> dict[str, str | int]:
        """The node as an entry of `startup_nodes`."""
        return {"host": self.host, "port": self.port}

    @property
    def open_connections(self) -> int:
        """How many connections are open as this side sees it."""
        return sum(connection.open for connection in self.connections)

    def commands(self, *names: str) -> list[Args]:
        """The commands of these names that arrived, in order."""
        wanted = [tuple(name.encode().split()) for name in names]
        with self.cluster.changed:
            arrived = [args for _, args in self.log]
        return [
            args
            for args in arrived
            if any(tuple(arg.upper() for arg in args[: len(name)]) == name for name in wanted)
        ]

    def sequence(self) -> list[str]:
        """What arrived, as lines of text, but for the commands that keep connections going."""
        with self.cluster.changed:
            return [words(args) for _, args in self.log if args[0].upper() not in HOUSEKEEPING]

    # What the server thread does.

    def record(self, connection: Connection, args: Args) -> None:
        """Note that a command arrived."""
        with self.cluster.changed:
            self.log.append(Arrival(connection.number, args))
            self.cluster.log.append((self.index, connection.number, args))
            self.cluster.changed.notify_all()

    def script_for(self, args: Args) -> tuple[Step, ...]:
        """The steps of the rule that takes the command, or none."""
        taking = [rule for rule in self._rules if rule.takes(args)]
        if not taking:
            return ()
        taking[0].used += 1
        return taking[0].steps

    def _bound(self) -> socket.socket:
        """A socket on the port of last time, if there was one, that does not listen."""
        sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.cluster.socket_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.cluster.socket_buffer)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.cluster.socket_buffer)
        sock.setblocking(False)
        sock.bind((self.host, self.port))
        self.port = sock.getsockname()[1]
        return sock

    def listen(self) -> None:
        """Open the listening socket, on the port of last time if there was one."""
        sock = self._reserved or self._bound()
        self._reserved = None
        sock.listen(128)
        self._listener = sock
        asyncio.get_running_loop().add_reader(sock, self._accept, sock)

    def unlisten(self) -> None:
        """Close the listening socket, once those who connected before are let in.

        The port stays reserved, or a server of another process would answer there.
        """
        if self._listener is not None:
            self._accept(self._listener)
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
            self._reserved = self._bound()

    async def start(self) -> None:
        """Begin to serve."""
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.listen()

    async def close(self) -> None:
        """End everything that belongs to this node."""
        self.unlisten()
        if self._reserved is not None:
            self._reserved.close()
        await self._hang_up(reset=False)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.cluster.changed:
                connection = Connection(self, len(self.connections) + 1, sock)
                self.connections.append(connection)
                self.cluster.changed.notify_all()
            task = asyncio.ensure_future(connection.serve())
            self._serving[connection] = task
            task.add_done_callback(functools.partial(self._forget, connection))

    def _add(self, rule: Rule) -> None:
        self.cluster.in_loop(lambda: self._rules.insert(0, rule))

    def _forget(self, connection: Connection, task: asyncio.Task[None]) -> None:
        # Here and not at the end of serve(): a task that is cancelled early never begins.
        del self._serving[connection]
        connection.close()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.cluster.note_fault(error)

    async def _hang_up(self, reset: bool) -> None:
        tasks = list(self._serving.values())
        for connection, task in self._serving.items():
            if reset:
                connection.reset_at_close()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _push(self, data: bytes) -> None:
        for connection in list(self._serving):
            await connection.send(data)
            await connection.flush()
