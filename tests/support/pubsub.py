"""Pub/sub on scripted nodes: who has subscribed to what, and messages for them."""

from __future__ import annotations

from tests.support.resp import Failure, Value, encode, key_slot
from tests.support.scripted import Call, Connection, Raw, ScriptedCluster, ScriptedNode, Step
from tests.support.steps import Args

KINDS = {b"": b"message", b"P": b"pmessage", b"S": b"smessage"}


class Switchboard:
    """Lets the nodes of a cluster answer SUBSCRIBE and the like as real ones do."""

    def __init__(self, cluster: ScriptedCluster) -> None:
        self._cluster = cluster
        self._subscribed: dict[Connection, list[tuple[bytes, bytes]]] = {}
        for kind in ("", "P", "S"):
            cluster.on(f"{kind}SUBSCRIBE", Call(self._subscribe))
            cluster.on(f"{kind}UNSUBSCRIBE", Call(self._unsubscribe))
        cluster.on("PING", Call(self._ping))

    def subscribed(self, node: ScriptedNode) -> set[str]:
        """What is subscribed on the node's open connections, as "SUBSCRIBE a"."""
        return {
            f"{kind.decode()}SUBSCRIBE {name.decode()}"
            for connection, names in self._subscribed.items()
            for kind, name in names
            if connection.node is node and connection.open
        }

    def publish(self, node: ScriptedNode, name: str, data: str, kind: str = "") -> None:
        """Send a message to who has subscribed to this channel or pattern on the node."""
        words: list[Value] = [KINDS[kind.encode()], name.encode()]
        if kind == "P":
            words.append(name.replace("*", "x").encode())
        self._tell(node, kind, name, [*words, data.encode()])

    def move_away(self, node: ScriptedNode, name: str, to: ScriptedNode) -> None:
        """Give the slot of a sharded channel to another node, as its subscribers are told."""
        self._cluster.move(name, to)
        self._tell(node, "S", name, [b"sunsubscribe", name.encode(), 0])

    def _tell(self, node: ScriptedNode, kind: str, name: str, message: list[Value]) -> None:
        async def send(connection: Connection) -> None:
            if connection.open:  # a child's may have ended since it was looked at
                await connection.send(encode(message))
                await connection.flush()

        wanted = f"{kind}SUBSCRIBE {name}"
        self._cluster.wait_until(lambda: wanted in self.subscribed(node))
        for connection, names in list(self._subscribed.items()):
            if connection.node is node and connection.open:
                if (kind.encode(), name.encode()) in names:
                    self._cluster.await_in_loop(send(connection))

    def _note(self, connection: Connection, names: list[tuple[bytes, bytes]]) -> None:
        with self._cluster.changed:
            self._subscribed[connection] = names
            self._cluster.changed.notify_all()

    def _confirm(self, kind: bytes, word: bytes, name: bytes, count: int) -> bytes:
        return encode([kind.lower() + word, name, count])

    def _subscribe(self, connection: Connection, args: Args) -> Step:
        kind = args[0].upper()[: -len("SUBSCRIBE")]
        names = list(self._subscribed.get(connection, []))
        replies = b""
        for name in args[1:]:
            owner = self._cluster.owner(name)
            if kind == b"S" and owner is not connection.node:
                moved = Failure(f"MOVED {key_slot(name)} {owner.announced_address}")
                return Raw(encode(moved))
            if (kind, name) not in names:
                names.append((kind, name))
            replies += self._confirm(kind, b"subscribe", name, len(names))
        self._note(connection, names)
        return Raw(replies)

    def _unsubscribe(self, connection: Connection, args: Args) -> Step:
        kind = args[0].upper()[: -len("UNSUBSCRIBE")]
        names = list(self._subscribed.get(connection, []))
        replies = b""
        for name in args[1:] or [name for one, name in names if one == kind]:
            if (kind, name) in names:
                names.remove((kind, name))
            replies += self._confirm(kind, b"unsubscribe", name, len(names))
        self._note(connection, names)
        return Raw(replies)

    def _ping(self, connection: Connection, args: Args) -> Step:
        text = b"".join(args[1:])
        if self._subscribed.get(connection):
            return Raw(encode([b"pong", text]))
        return Raw(encode(text) if text else b"+PONG\r\n")
