"""A real Redis or Valkey Cluster on this machine, for tests, demos and benchmarks.

``with LocalCluster(masters=3, replicas=1) as cluster:`` starts servers on free loopback ports in a
temporary directory, joins them and waits until every node agrees that the cluster is ok. However
the program ends, the servers end with it: at ``stop()``, at exit, and when it is killed outright.
It speaks RESP by itself, not through the client that it is there to test. One thread drives one
LocalCluster.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

from rediscluster_c._testing.server import (
    HOST,
    SERVER_VARIABLE,
    Access,
    LocalClusterError,
    Node,
    ServerError,
    TlsFiles,
    Watchdog,
    find_server,
    free_ports,
    wait_for,
)

__all__ = ["LocalCluster", "LocalClusterError", "Node", "ServerError", "TlsFiles", "find_server"]

SLOTS = 16384

# A server gives up a manual failover after 5 seconds, and tells nobody. Sent again sooner, the
# command would begin anew what may be about to succeed.
_FAILOVER_SECONDS = 6.0

ConfigValue = Union[str, int, Sequence[str]]
SlotView = frozenset[tuple[int, int, str, frozenset[str]]]


class LocalCluster:
    """``masters`` nodes that share the slots, each with ``replicas`` replicas.

    ``server`` names the program to run; without it, see ``find_server``.
    ``config`` adds directives to every node's configuration file, over those that stand there. A
    sequence of strings gives the directive once for each.
    ``tls`` makes the nodes speak TLS and nothing else, among each other as well.
    ``password`` is what the default user has to log in with; other users are in ``config``, as
    ``{"user": ["me on >secret ~* +@all"]}``.
    ``port_base`` gives the nodes consecutive ports from there on in place of free ones.
    ``node_timeout`` is cluster-node-timeout in milliseconds; ``timeout`` bounds a wait, in seconds.
    ``start()`` and ``stop()``, or ``with``; after ``stop()`` it can be started again, empty.
    """

    def __init__(
        self,
        masters: int = 3,
        replicas: int = 1,
        *,
        server: str | os.PathLike[str] | None = None,
        config: Mapping[str, ConfigValue] | None = None,
        tls: TlsFiles | None = None,
        password: str | None = None,
        port_base: int | None = None,
        node_timeout: int = 2000,
        timeout: float = 30.0,
    ) -> None:
        if masters < 1 or replicas < 0:
            raise ValueError("masters must be at least 1, replicas at least 0")
        self.nodes: list[Node] = []
        self._masters = masters
        self._replicas = replicas
        self._server = server
        self._config = dict(config or {})
        self._access = Access(tls, password)
        self._port_base = port_base
        self._node_timeout = node_timeout
        self._timeout = timeout
        self._program = ""
        self._directory: Path | None = None
        self._watchdog: Watchdog | None = None

    def __enter__(self) -> LocalCluster:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def startup_nodes(self) -> list[dict[str, Any]]:
        return [{"host": node.host, "port": node.port} for node in self.nodes]

    @property
    def url(self) -> str:
        """redis:// or rediss:// address of the first node, without a password."""
        return self.nodes[0].url

    @property
    def running(self) -> list[Node]:
        return [node for node in self.nodes if node.running]

    @property
    def masters(self) -> list[Node]:
        """The running nodes that are masters now, by their own word."""
        return [node for node in self.running if node.role == "master"]

    def replicas_of(self, master: Node) -> list[Node]:
        """The running nodes that replicate this one now, by their own word."""
        roles = [(node, node.command("ROLE")) for node in self.running]
        return [node for node, role in roles if role[0] == b"slave" and role[2] == master.port]

    def node_for_slot(self, slot: int) -> Node:
        """The master that owns the slot, by its own word; one that does not run, by the others'."""
        for node in self.masters:
            if node.node_id == _owner_of(slot, node.command("CLUSTER", "SLOTS")):
                return node
        owner = _owner_of(slot, self._slots())
        if owner is None:
            raise LocalClusterError(f"nobody owns slot {slot}")
        return self.node_by_id(owner)

    def node_by_id(self, node_id: str) -> Node:
        for node in self.nodes:
            if node.node_id == node_id:
                return node
        raise LocalClusterError(f"no node of this cluster has the id {node_id}")

    def start(self) -> None:
        """Start and join the servers. Whatever goes wrong, Ctrl-C included, leaves none running."""
        if self._directory is not None:
            raise LocalClusterError("the cluster was started already")
        self._program = find_server(self._server)
        try:
            _started.add(self)
            self._directory = Path(tempfile.mkdtemp(prefix="localcluster-"))
            self._watchdog = Watchdog(self._directory)
            self._add_servers(self._masters * (1 + self._replicas))
            self._form()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every server and remove the directory. Does nothing when none was started.

        A step that fails keeps none of the others from being taken; its exception comes after them.
        """
        with contextlib.ExitStack() as steps:  # the last one entered is taken first
            steps.callback(self._let_go)
            if self._directory is not None:
                steps.callback(shutil.rmtree, self._directory, ignore_errors=True)
            if self._watchdog is not None:
                steps.callback(self._watchdog.close)
            for node in self.nodes:
                steps.callback(node.kill)

    def _let_go(self) -> None:
        """Have nothing to do with the servers any more, whether they run or not."""
        self.nodes = []
        self._directory = None
        self._watchdog = None
        _started.discard(self)

    def wait_ok(self, timeout: float | None = None) -> None:
        """Wait until all running nodes agree: one of them serves each slot, and replicas follow."""
        wait_for(self._trouble, self._timeout if timeout is None else timeout, self.nodes)

    def add_node(self, replica_of: Node | None = None) -> Node:
        """A new node: a replica, or a master without slots. Waits until all nodes know it."""
        (node,) = self._add_servers(1)
        for other in self.running:
            if other is not node:
                other.command("CLUSTER", "MEET", node.host, node.port)
        if replica_of is not None:
            self._replicate(node, replica_of)
        self.wait_ok()
        return node

    def remove_node(self, node: Node) -> None:
        """End a node that owns no slot, and have all others forget it."""
        if any(owner == node.node_id for _, _, owner, _ in _slot_view(self._slots())):
            raise LocalClusterError(f"{node!r} owns slots: move them first")
        node.kill()
        self.nodes.remove(node)
        for other in self.running:
            other.command("CLUSTER", "FORGET", node.node_id)
        self.wait_ok()

    def failover(self, replica: Node, option: str | None = None) -> None:
        """Make the replica the master of its shard; ``option`` is None, "FORCE" or "TAKEOVER"."""
        command = ["CLUSTER", "FAILOVER", *([option] if option else [])]
        replica.command(*command)
        given_up = time.monotonic() + _FAILOVER_SECONDS

        def trouble() -> str | None:
            nonlocal given_up
            if replica.role == "master":
                return None
            if time.monotonic() > given_up:
                given_up = time.monotonic() + _FAILOVER_SECONDS
                try:
                    replica.command(*command)
                except ServerError as error:  # it may just have become the master
                    return f"{replica!r}: {error}"
            return f"{replica!r} is still a replica"

        wait_for(trouble, self._timeout, self.nodes)

    def move_slot(self, slot: int, to_node: Node) -> int:
        """Move a slot with its keys, while clients go on. How many keys were moved.

        Nodes that took no part learn of it within a second or so: see ``wait_ok``.
        """
        self.open_slot(slot, to_node)
        moved = self.migrate_keys(slot, to_node)
        self.close_slot(slot, to_node)
        return moved

    def open_slot(self, slot: int, to_node: Node) -> None:
        """Begin to move a slot: its owner now answers ASK for keys that it does not hold."""
        owner = self.node_for_slot(slot)
        try:
            self._open_between(slot, owner, to_node)
        except ServerError:
            heir = self.node_for_slot(slot)
            if heir is owner:
                raise
            self._open_between(slot, heir, to_node)  # a failover had come in between

    def _open_between(self, slot: int, owner: Node, to_node: Node) -> None:
        to_node.command("CLUSTER", "SETSLOT", slot, "IMPORTING", owner.node_id)
        owner.command("CLUSTER", "SETSLOT", slot, "MIGRATING", to_node.node_id)

    def migrate_keys(self, slot: int, to_node: Node, limit: int | None = None) -> int:
        """Move keys of an open slot, all or at most ``limit``. How many were moved."""
        owner = self.node_for_slot(slot)
        password = self._access.password
        login = [] if password is None else ["AUTH", password]
        moved = 0
        while limit is None or moved < limit:
            count = 100 if limit is None else min(100, limit - moved)
            keys = owner.command("CLUSTER", "GETKEYSINSLOT", slot, count)
            if not keys:
                break
            owner.command("MIGRATE", to_node.host, to_node.port, "", 0, 5000, *login, "KEYS", *keys)
            moved += len(keys)
        return moved

    def close_slot(self, slot: int, to_node: Node) -> None:
        """Give an open slot to its new owner, who is told first: somebody always has the slot."""
        self._wait_for_epochs(to_node)
        for node in [to_node, *(other for other in self.masters if other is not to_node)]:
            node.command("CLUSTER", "SETSLOT", slot, "NODE", to_node.node_id)

    def _wait_for_epochs(self, node: Node) -> None:
        """Wait until the node knows the epochs of all masters.

        Its claim to a slot has an epoch of its own, above all that it knows. If another master's is
        as high, for a slot that moved just now, the two claims contradict each other.
        """

        def trouble() -> str | None:
            highest = max(_cluster_info(other)["cluster_my_epoch"] for other in self.masters)
            if _cluster_info(node)["cluster_current_epoch"] < highest:
                return f"{node!r} does not know of epoch {highest}"
            return None

        wait_for(trouble, self._timeout, self.nodes)

    def _slots(self) -> Any:
        """As a master sees them, if one runs: it is told of a moved slot, replicas hear of it."""
        return (self.masters or self.running)[0].command("CLUSTER", "SLOTS")

    def _add_servers(self, count: int) -> list[Node]:
        """Start servers at once. Those that lost the race for a free port get another one."""
        added: list[Node] = []
        while len(added) < count:
            missing = count - len(added)
            for port in self._next_ports(missing):
                self.nodes.append(self._make_node(port))
                self.nodes[-1].launch()
            for node in self.nodes[-missing:]:
                if node.wait_started(self._timeout):
                    added.append(node)
                elif self._port_base is not None:
                    raise LocalClusterError(f"port {node.port} is taken\n{node.log_tail()}")
                else:
                    self.nodes.remove(node)
        return added

    def _next_ports(self, count: int) -> list[int]:
        if self._port_base is None:
            return free_ports(count)
        first = max([self._port_base, *(node.port + 1 for node in self.nodes)])
        return list(range(first, first + count))

    def _make_node(self, port: int) -> Node:
        assert self._directory is not None and self._watchdog is not None
        directory = self._directory / f"node-{port}"
        directory.mkdir()
        (directory / "redis.conf").write_text(self._conf(directory, port))
        return Node(self._program, directory, port, self._watchdog, self._access)

    def _conf(self, directory: Path, port: int) -> str:
        # Replication by disk starts at once; by socket it waits for more replicas to come.
        # A replica is listed only after the first ping of its master: let it come soon.
        settings: dict[str, ConfigValue] = {
            **self._access.settings(port),
            "bind": HOST,
            "dir": f'"{directory}"',
            "save": '""',
            "appendonly": "no",
            "cluster-enabled": "yes",
            "cluster-config-file": "nodes.conf",
            "cluster-node-timeout": self._node_timeout,
            "cluster-announce-ip": HOST,
            "repl-diskless-sync": "no",
            "repl-ping-replica-period": 1,
        }
        if self._major_version() >= 7:
            # Replicas and emptied masters stay where the test has put them.
            settings["cluster-allow-replica-migration"] = "no"
        else:
            settings["cluster-migration-barrier"] = 1000  # so do replicas
        settings.update(self._config)
        lines = []
        for name, value in settings.items():
            values = [value] if isinstance(value, (str, int)) else value
            lines += [f"{name} {text}\n" for text in values]
        return "".join(lines)

    def _major_version(self) -> int:
        answer = subprocess.run(
            [self._program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
        found = re.search(r"v=(\d+)\.", answer.stdout)
        if found is None:
            raise LocalClusterError(f"{self._program} is not a Redis or Valkey server")
        return int(found.group(1))

    def _form(self) -> None:
        """Join the nodes. Epochs that differ from the start spare the nodes from settling them."""
        masters, replicas = self.nodes[: self._masters], self.nodes[self._masters :]
        for i, node in enumerate(masters):
            slots = range(SLOTS * i // len(masters), SLOTS * (i + 1) // len(masters))
            node.command("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            node.command("CLUSTER", "ADDSLOTS", *slots)
        for one, other in itertools.combinations(self.nodes, 2):
            one.command("CLUSTER", "MEET", other.host, other.port)
        for replica, master in zip(replicas, itertools.cycle(masters)):
            self._replicate(replica, master)
        self.wait_ok()

    def _replicate(self, replica: Node, master: Node) -> None:
        def trouble() -> str | None:
            try:
                replica.command("CLUSTER", "REPLICATE", master.node_id)
            except ServerError as error:  # it does not know the master yet
                return f"{replica!r}: {error}"
            return None

        wait_for(trouble, self._timeout, self.nodes)

    def _trouble(self) -> str | None:
        """What keeps the running nodes from agreeing that all is well; None if nothing does."""
        views = set()
        replicas = set()
        for node in self.running:
            try:
                role = node.command("ROLE", timeout=1)
                info = node.command("CLUSTER", "INFO", timeout=1).decode()
                views.add(_slot_view(node.command("CLUSTER", "SLOTS", timeout=1)))
            except (OSError, ServerError) as error:
                return f"{node!r}: {error}"
            state = dict(line.split(":", 1) for line in info.split())
            for name, wanted in self._good_state().items():
                if state[name] != wanted:
                    return f"{node!r}: {name} is {state[name]}, not {wanted}"
            if role[0] != b"master":
                replicas.add(node.node_id)
                if role[3] != b"connected":
                    return f"{node!r}: the link to its master is in state {role[3].decode()}"
        if len(views) != 1:
            return "the nodes do not agree on who serves which slot"
        (view,) = views
        if {owner for _, _, owner, _ in view} - {node.node_id for node in self.running}:
            return "slots belong to a node that does not run"
        listed = frozenset(itertools.chain.from_iterable(followers for *_, followers in view))
        if replicas != {node_id for node_id in listed if self.node_by_id(node_id).running}:
            return "the nodes do not list each replica yet"
        return None

    def _good_state(self) -> dict[str, str]:
        return {
            "cluster_state": "ok",
            "cluster_slots_ok": str(SLOTS),
            "cluster_known_nodes": str(len(self.nodes)),
        }


def _cluster_info(node: Node) -> dict[str, int]:
    """The numbers of CLUSTER INFO."""
    lines = node.command("CLUSTER", "INFO").decode().split()
    fields = (line.partition(":") for line in lines)
    return {name: int(value) for name, _, value in fields if value.isdigit()}


def _slot_view(reply: list[Any]) -> SlotView:
    """CLUSTER SLOTS as a set: first slot, last slot, id of the owner, ids of its replicas."""
    return frozenset(
        (first, last, nodes[0][2].decode(), frozenset(node[2].decode() for node in nodes[1:]))
        for first, last, *nodes in reply
    )


def _owner_of(slot: int, reply: list[Any]) -> str | None:
    """The id of the owner, as the node sees it that gave this reply to CLUSTER SLOTS."""
    for first, last, owner, _ in _slot_view(reply):
        if first <= slot <= last:
            return owner
    return None


_started: set[LocalCluster] = set()


def _stop_all() -> None:
    for cluster in list(_started):
        cluster.stop()


def _abandon_all() -> None:
    """In a forked child: the servers are the parent's, and so is the watchdog's pipe."""
    for cluster in list(_started):
        if cluster._watchdog is not None:
            cluster._watchdog.let_go()
        cluster._let_go()


atexit.register(_stop_all)
os.register_at_fork(after_in_child=_abandon_all)


def _describe(cluster: LocalCluster) -> Iterator[str]:
    view = _slot_view(cluster.nodes[0].command("CLUSTER", "SLOTS"))
    for node in cluster.nodes:
        owned = sorted((first, last) for first, last, owner, _ in view if owner == node.node_id)
        text = " ".join(f"{first}-{last}" for first, last in owned)
        yield f"{node.host}:{node.port}  {node.role:7}  pid {node.pid}  {text}".rstrip()
    yield f"Ready: {cluster.url} (Ctrl-C ends it)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a cluster in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m rediscluster_c.localcluster",
        description="Run a Redis or Valkey Cluster on loopback until Ctrl-C.",
    )
    parser.add_argument("--masters", type=int, default=3)
    parser.add_argument("--replicas", type=int, default=1, help="of each master")
    parser.add_argument("--port-base", type=int, help="first port; default: any free ports")
    parser.add_argument("--server", help=f"server program; default: ${SERVER_VARIABLE}, then PATH")
    parser.add_argument("--password", help="of the default user; default: none")
    parser.add_argument(
        "--tls",
        nargs=3,
        metavar=("CERTIFICATE", "KEY", "CA"),
        help="speak TLS only, with these files in PEM",
    )
    options = parser.parse_args(argv)
    options.tls = options.tls and TlsFiles(*options.tls)

    def interrupt(signum: int, frame: object) -> None:
        # The second signal must not disturb the end that the first one began.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with LocalCluster(**vars(options)) as cluster:
            print("\n".join(_describe(cluster)), flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except (LocalClusterError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
