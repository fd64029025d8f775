"""The server processes of a LocalCluster: finding the program, starting, talking RESP, ending.

A Node is one server, with its port, its directory and its log. A Watchdog sees to it that no server
outlives this process, even one that is killed outright. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

HOST = "127.0.0.1"
SERVER_VARIABLE = "REDISCLUSTER_C_SERVER"

_BUS_OFFSET = 10000
_POLL_SECONDS = 0.02
# Ports and their bus ports both lie below the range from which the kernel takes outgoing ports.
_PORT_RANGE = range(10000, 22000)


class LocalClusterError(RuntimeError):
    """The cluster could not be started, or did not reach a state in time."""

    __module__ = "rediscluster_c.localcluster"


class ServerError(Exception):
    """An error reply, its text as the server sent it."""

    __module__ = "rediscluster_c.localcluster"


def find_server(server: str | os.PathLike[str] | None = None) -> str:
    """Path of the server to run: the argument, else $REDISCLUSTER_C_SERVER, else one on PATH."""
    wanted = os.fspath(server) if server is not None else os.environ.get(SERVER_VARIABLE)
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise LocalClusterError(f"{wanted}: no such server program")
        return os.path.abspath(found)
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None:
            return os.path.abspath(found)
    raise LocalClusterError(
        "no redis-server or valkey-server on PATH. Install one ('apt-get install redis-server' or"
        f" 'apt-get install valkey-server'), or name a program in {SERVER_VARIABLE}."
    )


def _encode(command: Sequence[object]) -> bytes:
    parts = [b"*%d\r\n" % len(command)]
    for argument in command:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def _read_reply(stream: BinaryIO) -> Any:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the node closed the connection")
    kind, text = line[:1], line[1:-2]
    if kind == b"+":
        return text
    if kind == b"-":
        return ServerError(text.decode(errors="replace"))
    if kind == b":":
        return int(text)
    if int(text) < 0:
        return None
    if kind == b"$":
        return stream.read(int(text) + 2)[:-2]
    return [_read_reply(stream) for _ in range(int(text))]


class TlsFiles(NamedTuple):
    """What servers need for TLS: files in PEM, and whether clients must show certificates, too.

    Nodes are clients of each other: ``cert_file`` has to be good for both, in the eyes of
    ``ca_cert_file``.
    """

    cert_file: str | os.PathLike[str]
    key_file: str | os.PathLike[str]
    ca_cert_file: str | os.PathLike[str]
    auth_clients: bool = False


class Access:
    """How to reach the servers of a cluster: with TLS, with a password, or just so."""

    def __init__(self, tls: TlsFiles | None = None, password: str | None = None) -> None:
        self.tls = tls
        self.password = password
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            # The servers are this process' own, on loopback: what they show is for their clients
            # to check, and may be wrong on purpose.
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE
            try:
                self._context.load_cert_chain(tls.cert_file, tls.key_file)
            except OSError as error:
                files = f"{tls.cert_file} and {tls.key_file}"
                raise LocalClusterError(f"{files} cannot be used for TLS: {error}") from None

    @property
    def scheme(self) -> str:
        return "redis" if self.tls is None else "rediss"

    @contextlib.contextmanager
    def _connect(self, port: int, timeout: float) -> Iterator[socket.socket]:
        with socket.create_connection((HOST, port), timeout) as sock:
            if self._context is None:
                yield sock
                return
            with self._context.wrap_socket(sock) as secured:
                yield secured

    def converse(
        self, port: int, commands: Iterable[Sequence[object]], timeout: float
    ) -> list[Any]:
        """Send the commands over a connection of their own; their replies, errors among them."""
        login = [] if self.password is None else [("AUTH", self.password)]
        requests = [_encode(command) for command in (*login, *commands)]
        with self._connect(port, timeout) as sock, sock.makefile("rb") as stream:
            sock.sendall(b"".join(requests))
            return [_read_reply(stream) for _ in requests][len(login) :]

    def settings(self, port: int) -> dict[str, str | int]:
        """The directives of a server that is to be reached so."""
        found: dict[str, str | int] = {"port": port}
        if self.tls is not None:
            found = {
                "port": 0,
                "tls-port": port,
                "tls-cluster": "yes",
                "tls-replication": "yes",
                "tls-cert-file": _quoted(self.tls.cert_file),
                "tls-key-file": _quoted(self.tls.key_file),
                "tls-ca-cert-file": _quoted(self.tls.ca_cert_file),
                "tls-auth-clients": "yes" if self.tls.auth_clients else "no",
            }
        if self.password is not None:
            found["requirepass"] = found["masterauth"] = _quoted(self.password)
        return found


def _quoted(text: str | os.PathLike[str]) -> str:
    """As one word of a configuration file."""
    escaped = os.fspath(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def free_ports(count: int) -> list[int]:
    """Ports that are free, and whose bus ports are. Somebody else may still take one first."""
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(_PORT_RANGE, 2000):
            if len(ports) == count:
                break
            with contextlib.suppress(OSError), contextlib.ExitStack() as pair:
                for number in (port, port + _BUS_OFFSET):
                    sock = pair.enter_context(socket.socket())
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sock.bind((HOST, number))
                held.enter_context(pair.pop_all())
                ports.append(port)
    if len(ports) < count:
        raise LocalClusterError("no free ports")
    return ports


def wait_for(trouble: Callable[[], str | None], timeout: float, nodes: Iterable[Node]) -> None:
    """Wait until trouble() names none. The error shows the last one named and the nodes' logs."""
    deadline = time.monotonic() + timeout
    while (named := trouble()) is not None:
        if time.monotonic() > deadline:
            tails = "\n".join(node.log_tail() for node in nodes)
            raise LocalClusterError(f"not ready after {timeout:g} s: {named}\n{tails}")
        time.sleep(_POLL_SECONDS)


class Watchdog:
    """Ends the servers when this process can no longer do it, for it was killed.

    A shell in a session of its own reads server pids from a pipe that ends when this process does.
    Each server writes its pid into that pipe before it becomes the server: at no moment does a
    server run unwatched.
    """

    _WATCH = """
        trap '' HUP INT TERM
        pids=
        while read -r sign pid; do
            case $sign in
                +) pids="$pids $pid" ;;
                -)  left=
                    for each in $pids; do [ "$each" = "$pid" ] || left="$left $each"; done
                    pids=$left ;;
            esac
        done
        [ -z "$pids" ] || kill -KILL $pids
        rm -rf -- "$1"
    """
    _BECOME = 'echo "+ $$"; exec "$@" >&2'

    def __init__(self, directory: Path) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", self._WATCH, "localcluster-watchdog", str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        assert self._shell.stdin is not None
        self._pipe = self._shell.stdin

    def launch(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        # What is preloaded into this process (a sanitizer, say) is not meant for the servers.
        # Their own session keeps a terminal's Ctrl-C from them: it is ours to end them.
        environment = {name: text for name, text in os.environ.items() if name != "LD_PRELOAD"}
        with log.open("ab") as output:
            return subprocess.Popen(
                ["/bin/sh", "-c", self._BECOME, "localcluster-server", *command],
                stdin=subprocess.DEVNULL,
                stdout=self._pipe,
                stderr=output,
                start_new_session=True,
                env=environment,
            )

    def forget(self, pid: int) -> None:
        """The server is gone: its pid may soon be somebody else's."""
        # A forked child has closed its pipe: what it sees is not for the watchdog of its parent.
        with contextlib.suppress(OSError, ValueError):
            self._pipe.write(b"- %d\n" % pid)
            self._pipe.flush()

    def let_go(self) -> None:
        """Give up this process' end of the pipe."""
        with contextlib.suppress(OSError):
            self._pipe.close()

    def close(self) -> None:
        self.let_go()
        self._shell.wait(10)


class Node:
    """One server of a LocalCluster, which makes it. It keeps its port and node id over restarts."""

    def __init__(
        self, program: str, directory: Path, port: int, watchdog: Watchdog, access: Access
    ) -> None:
        self.host = HOST
        self.port = port
        self.node_id = ""
        self.paused = False
        self._command = [program, str(directory / "redis.conf")]
        self._log = directory / "server.log"
        self._watchdog = watchdog
        self._access = access
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        state = "down" if not self.alive else "paused" if self.paused else "running"
        return f"<Node {self.host}:{self.port} {state}>"

    @property
    def alive(self) -> bool:
        """The process exists, paused or not."""
        if self._process is not None and self._process.poll() is not None:
            self._gone(self._process.pid)
        return self._process is not None

    @property
    def running(self) -> bool:
        return self.alive and not self.paused

    @property
    def pid(self) -> int:
        """Raises LocalClusterError when there is no process."""
        if self._process is None or not self.alive:
            raise LocalClusterError(f"{self!r} does not run")
        return self._process.pid

    @property
    def role(self) -> str:
        """What the node says it is now: "master" or "replica"."""
        return "master" if self.command("ROLE")[0] == b"master" else "replica"

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return f"{self._access.scheme}://{self.host}:{self.port}"

    def command(self, *args: object, timeout: float = 5.0) -> Any:
        """Run one command on a connection of its own. The reply is raw: bytes, int, None or a list.

        Raises ServerError for an error reply, OSError when the node cannot be reached in time.
        """
        reply = self.pipeline([args], timeout=timeout)[0]
        if isinstance(reply, ServerError):
            raise reply
        return reply

    def pipeline(self, commands: Iterable[Sequence[object]], *, timeout: float = 5.0) -> list[Any]:
        """Run commands one after the other on one connection. Error replies stand in the list."""
        return self._access.converse(self.port, commands, timeout)

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        self._gone(self._process.pid)

    def _gone(self, pid: int) -> None:
        """The process has ended and is reaped."""
        self._watchdog.forget(pid)
        self._process = None
        self.paused = False

    def pause(self) -> None:
        """SIGSTOP: the node keeps its connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)
        self.paused = False

    def restart(self, timeout: float = 30.0) -> None:
        """Start the node again, killing it first if it runs: same port, same node id, no data."""
        self.kill()
        self.launch()
        if not self.wait_started(timeout):
            raise LocalClusterError(f"port {self.port} was taken meanwhile\n{self.log_tail()}")

    def log_tail(self, lines: int = 8) -> str:
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(f"    {self.port}| {line}" for line in text.splitlines()[-lines:])

    def launch(self) -> None:
        self._process = self._watchdog.launch(self._command, self._log)

    def wait_started(self, timeout: float) -> bool:
        """Wait until it answers; False if it ended because its port belongs to somebody else."""

        def trouble() -> str | None:
            if not self.alive:
                return None
            try:
                info = self.command("INFO", "server", timeout=1)
            except (OSError, ServerError) as error:
                return f"{self!r}: {error}"
            return None if b"process_id:%d\r" % self.pid in info else f"{self!r}: foreign server"

        wait_for(trouble, timeout, [self])
        if self.alive:
            self.node_id = self.command("CLUSTER", "MYID").decode()
            return True
        self.kill()
        tail = self.log_tail()
        if "Failed listening" in tail or "Address already in use" in tail:
            return False
        raise LocalClusterError(f"the server ended at its start\n{tail}")
