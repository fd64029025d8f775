"""TLS in front of scripted nodes: an end of TLS that hands the bytes to the node behind it.

A front has a port of its own, which its node announces from then on, and notes what clients say
when they shake hands. It runs in the cluster's server thread; the context manager ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator

from tests.support.certificates import Issued
from tests.support.node import HOST, READ_SIZE
from tests.support.scripted import ScriptedCluster, ScriptedNode


class TlsFront:
    """The TLS end of one node."""

    def __init__(self, node: ScriptedNode, issued: Issued) -> None:
        self.node = node
        self.names: list[str | None] = []  # the SNI of each client, None for none
        self.port = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(issued.cert_file, issued.key_file)
        self.context.sni_callback = self._note
        self._server: asyncio.AbstractServer
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def startup_node(self) -> dict[str, str | int]:
        """The front as an entry of `startup_nodes`."""
        return {"host": HOST, "port": self.port}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0, ssl=self.context)
        self.port = self._server.sockets[0].getsockname()[1]
        self.node.announced_port = self.port

    async def close(self) -> None:
        self._server.close()
        tasks = list(self._carrying)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _note(self, sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        self.names.append(name)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            behind, to_node = await asyncio.open_connection(HOST, self.node.port)
            with contextlib.closing(to_node):
                ways = [
                    asyncio.ensure_future(_pump(reader, to_node)),
                    asyncio.ensure_future(_pump(behind, writer)),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes until either end has had enough."""
    with contextlib.suppress(OSError):
        while data := await reader.read(READ_SIZE):
            writer.write(data)
            await writer.drain()


@contextlib.contextmanager
def fronts(cluster: ScriptedCluster, issued: Issued) -> Iterator[list[TlsFront]]:
    """A front for each node of a cluster, all with the same certificate."""
    made = [TlsFront(node, issued) for node in cluster.nodes]
    for front in made:
        cluster.await_in_loop(front.start())
    try:
        yield made
    finally:
        for front in made:
            cluster.await_in_loop(front.close())
