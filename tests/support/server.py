"""The server that the tests run on, and which of them it can serve.

A test says what it needs by ``@pytest.mark.needs(...)``: methods, whose rows say which versions
have them, versions as a row writes them ("7.4.0, Valkey 9.0.0"), or "tls". A test that needs more
than the server of this run has is counted as deselected.
"""

from __future__ import annotations

import functools
import re
import subprocess
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from rediscluster_c import RedisCluster, _core
from rediscluster_c.localcluster import find_server

SINCE: dict[str, str] = {row["method"]: row["since"] for row in _core.commands()}

# Valkey began as Redis 7.2, and has whatever that had.
_COMMON = (7, 2)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


@dataclass(frozen=True)
class Server:
    """``name`` is "Redis" or "Valkey"."""

    name: str
    version: tuple[int, ...]

    def has(self, since: str) -> bool:
        """Whether it has what came with these versions, e.g. "7.4.0, Valkey 9.0.0"."""
        versions: dict[str, tuple[int, ...]] = {}
        for word in since.split(", "):
            name, _, number = word.rpartition(" ")
            versions[name or "Redis"] = numbers(number)
        if self.name in versions:
            return self.version >= versions[self.name]
        return "Redis" in versions and versions["Redis"][:2] <= _COMMON

    def serves(self, need: str) -> bool:
        """Whether it meets one need of a test."""
        return speaks_tls() if need == "tls" else self.has(SINCE.get(need, need))


def _output(*arguments: str) -> str:
    """What the program of this run's LocalClusters says. It must end by itself."""
    command = [find_server(), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, cwd="/")
    return done.stdout + done.stderr


@functools.cache
def speaks_tls() -> bool:
    """Whether LocalClusters can. A server that can says what it lacks, which is a certificate."""
    return "Failed to configure TLS" in _output("--port", "0", "--tls-port", "1")


@functools.cache
def local_server() -> Server:
    """What LocalClusters run, by the program's own word."""
    shown = _output("--version")
    found = re.match(r"(\w+) server v=([\d.]+)", shown)
    assert found is not None, shown
    return Server(found[1], numbers(found[2]))


class GivenCluster:
    """The part of LocalCluster that tests may use of any cluster, for one that runs already."""

    def __init__(self, url: str) -> None:
        credentials, _, addresses = urlsplit(url).netloc.rpartition("@")
        username, _, password = credentials.partition(":")
        self.startup_nodes: list[dict[str, Any]] = []
        for address in addresses.split(","):
            host, _, port = address.rpartition(":")
            if urlsplit(url).scheme != "redis" or not host or not port.isdigit():
                raise pytest.UsageError(f"--cluster-url is no redis://HOST:PORT[,HOST:PORT]: {url}")
            self.startup_nodes.append({"host": host, "port": int(port)})
        first = addresses.split(",")[0]
        self.url = f"redis://{credentials}@{first}" if credentials else f"redis://{first}"
        named = {"username": unquote(username), "password": unquote(password)}
        self.options: dict[str, Any] = {name: text for name, text in named.items() if text}

    def server(self) -> Server:
        """The oldest of its nodes' servers."""
        found = []
        with RedisCluster(startup_nodes=self.startup_nodes, **self.options) as client:
            for info in client.info("server").values():
                name = "Valkey" if "valkey_version" in info else "Redis"
                found.append(Server(name, numbers(info[f"{name.lower()}_version"])))
        return min(found, key=lambda server: server.version)


def deselect(config: pytest.Config, items: list[pytest.Item], server: Server) -> None:
    """Leave only the tests whose needs the server meets."""
    kept: list[pytest.Item] = []
    lost: list[pytest.Item] = []
    for item in items:
        needs = [need for mark in item.iter_markers("needs") for need in mark.args]
        (kept if all(map(server.serves, needs)) else lost).append(item)
    if lost:
        config.hook.pytest_deselected(items=lost)
        items[:] = kept
