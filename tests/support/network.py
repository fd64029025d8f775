"""Forwarders in front of a LocalCluster's nodes, which can cut a node off from all sides.

Bytes of a node that is cut off stand still: nobody is told, as when a cable is pulled. Clients
come through forwarders by `remap`; the nodes themselves, as each announces a forwarder as the port
of its bus. Each node goes out from an address of its own, by which forwarders know it; nodes take
connections from there only with protected-mode switched off. Afterwards the cluster is as it was.
Servers since 7.0.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster, Node

HOST = "127.0.0.1"
BUS_OFFSET = 10000
_PAUSE = 0.01


class Forwarder(threading.Thread):
    """Passes connections to its own `port` on to `target`, a port that may change."""

    def __init__(self, target: int) -> None:
        super().__init__(daemon=True)
        self.target = target
        self.held_hosts: frozenset[str] = frozenset()
        self.holds_all = False
        self.closes_all = False
        self._over = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.start()

    def close(self) -> None:
        self._over.set()
        self.join(10)
        assert not self.is_alive()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def run(self) -> None:
        while not self._over.is_set():
            held = False
            for key, _ in self._selector.select(0.05):
                if key.data is None:
                    self._accept()
                elif self.closes_all:
                    self._close(key.fileobj, key.data[0])
                elif self.holds_all or key.data[1] in self.held_hosts:
                    held = True
                else:
                    self._pass_on(key.fileobj, *key.data)
            if held:
                time.sleep(_PAUSE)

    def _accept(self) -> None:
        outside, (host, _) = self._listener.accept()
        if self.closes_all:
            outside.close()
            return
        try:
            inside = socket.create_connection((HOST, self.target), 5)
        except OSError:
            outside.close()
            return
        for sock, peer in ((outside, inside), (inside, outside)):
            sock.settimeout(5)
            self._selector.register(sock, selectors.EVENT_READ, (peer, host))

    def _pass_on(self, sock: Any, peer: socket.socket, _: str) -> None:
        if sock.fileno() < 0:
            return  # closed just now, together with its peer
        data = b""
        with contextlib.suppress(OSError):
            data = sock.recv(65536)
            peer.sendall(data)
        if not data:
            self._close(sock, peer)

    def _close(self, *both: Any) -> None:
        for each in both:
            if each.fileno() >= 0:
                self._selector.unregister(each)
                each.close()


@contextlib.contextmanager
def client_without_door(cluster: LocalCluster) -> Iterator[RedisCluster]:
    """A client whose only startup node is dead, while all nodes of the cluster live."""
    door = Forwarder(cluster.nodes[0].port)
    try:
        client = RedisCluster(HOST, door.port)
    finally:
        door.close()
    with client:
        yield client


class Network:
    """A context manager around a started cluster, of at most 200 nodes."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster
        self._clients: dict[int, Forwarder] = {}
        self._buses: dict[int, Forwarder] = {}
        self._addresses = {
            node.port: f"127.0.0.{number}" for number, node in enumerate(cluster.nodes, 2)
        }

    def __enter__(self) -> Network:
        for node in self._cluster.nodes:
            self._clients[node.port] = Forwarder(node.port)
            self._buses[node.port] = Forwarder(node.port + BUS_OFFSET)
        for node in self._cluster.nodes:
            self._announce(node, self._buses[node.port].port, self._addresses[node.port])
        self._await(self._is_used_by, "the nodes do not take to the forwarders")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._let_go()
        finally:
            for forwarder in (*self._clients.values(), *self._buses.values()):
                forwarder.close()

    def _let_go(self) -> None:
        """Have the nodes reach each other without forwarders again."""
        for node in self._cluster.nodes:
            self._announce(node, 0, "")
        self._await(self._is_left_by, "the nodes do not leave the forwarders")

    def _announce(self, node: Node, bus_port: int, address: str) -> None:
        node.command("CONFIG", "SET", "bind-source-addr", address)
        node.command("CONFIG", "SET", "cluster-announce-bus-port", bus_port)

    def _await(self, condition: Callable[[Node], bool], what: str) -> None:
        limit = time.monotonic() + 30
        while not all(condition(node) for node in self._cluster.nodes):
            assert time.monotonic() < limit, what
            time.sleep(0.05)
        self._cluster.wait_ok()

    @property
    def remap(self) -> list[dict[str, Any]]:
        """host_port_remap that sends a client through the forwarders."""
        return [
            {"from_host": HOST, "to_host": HOST, "from_port": port, "to_port": forwarder.port}
            for port, forwarder in self._clients.items()
        ]

    @property
    def startup_nodes(self) -> list[dict[str, Any]]:
        return [{"host": HOST, "port": forwarder.port} for forwarder in self._clients.values()]

    def client(self, **options: Any) -> RedisCluster:
        """A client that comes through the forwarders."""
        return RedisCluster(startup_nodes=self.startup_nodes, host_port_remap=self.remap, **options)

    def cut_off(self, node: Node) -> None:
        """Nothing gets to the node or away from it, but for what the test itself asks it."""
        self._clients[node.port].holds_all = True
        self._buses[node.port].holds_all = True
        for forwarder in self._buses.values():
            forwarder.held_hosts |= {self._addresses[node.port]}

    def turn_away(self, node: Node) -> None:
        """Who connects to the node is accepted, and left at once when he says something."""
        self._clients[node.port].closes_all = True

    def restore(self) -> None:
        """Let everything pass again."""
        for forwarder in (*self._clients.values(), *self._buses.values()):
            forwarder.holds_all = forwarder.closes_all = False
            forwarder.held_hosts = frozenset()

    def _is_used_by(self, node: Node) -> bool:
        """Whether it reaches all others by their forwarders."""
        nodes = node.command("CLUSTER", "NODES").decode()
        return all(
            f":{port}@{forwarder.port}" in nodes and f":{port}@{port + BUS_OFFSET}" not in nodes
            for port, forwarder in self._buses.items()
        )

    def _is_left_by(self, node: Node) -> bool:
        """Whether it reaches all others as it did without forwarders."""
        nodes = node.command("CLUSTER", "NODES").decode()
        return all(f":{port}@{port + BUS_OFFSET}" in nodes for port in self._buses)
